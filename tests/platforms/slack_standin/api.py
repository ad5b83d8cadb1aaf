"""How a Web API call is judged before its method sees it: token, tier, scope, faults; and the table of methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.platforms.slack_standin.backend import Backend
from tests.platforms.slack_standin.limits import SPECIAL
from tests.platforms.slack_standin.refusals import Limited, Refusal
from tests.platforms.slack_standin.things import Channel, Json

READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
WRITE = {"public": "channels:manage", "private": "groups:write", "im": "im:write"}
HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}


@dataclass(slots=True)
class Asked:
    """One call of a method by the app."""

    back: Backend
    method: str
    args: Json

    def need(self, name: str) -> str:
        """An argument that has to be there, as text."""
        value = self.args.get(name)
        if value in (None, ""):
            raise Refusal("invalid_arguments", [f"missing required field: {name}"])
        return str(value)

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument that says yes or no."""
        value = self.args.get(name)
        return default if value in (None, "") else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        """An argument that is a whole number."""
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", [f"must be a number [json-pointer:/{name}]"]) from None

    def items(self, name: str) -> list[str]:
        """An argument that is a list: joined by commas, or JSON."""
        value = self.args.get(name)
        if isinstance(value, str) and value.startswith("["):
            value = self.json(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [one.strip() for one in str(value or "").split(",") if one.strip()]

    def json(self, name: str) -> Any:
        """An argument that is JSON, sent as such or as text."""
        value = self.args.get(name)
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                raise Refusal("invalid_arguments", [f"must be valid JSON [json-pointer:/{name}]"]) from None
        return value

    def scope(self, wanted: str) -> None:
        """Refuse the call unless the app has one of these scopes (joined by |)."""
        have = self.back.manifest.scopes
        if wanted and not any(one in have for one in wanted.split("|")):
            raise Refusal("missing_scope", needed=wanted.replace("|", ","), provided=",".join(sorted(have)))

    def channel(self, name: str = "channel", *, member: bool = True, scopes: dict[str, str] | None = None) -> Channel:
        """The conversation that is meant, if the app can know of it; with `member`, if the app is in it."""
        found = self.back.space.channels.get(self.need(name))
        me = self.back.space.bot.id
        if found is None or found.deleted or (found.kind != "public" and me not in found.members):
            raise Refusal("channel_not_found")
        if scopes:
            self.scope(scopes[found.kind])
        if member and me not in found.members:
            raise Refusal("not_in_channel")
        return found

    def page(self, found: list[Json], *, default: int = 100, most: int = 1000) -> tuple[list[Json], Json]:
        """One page of a list, and the metadata that leads to the next."""
        size, cursor = self.number("limit", default), self.text("cursor")
        if not 1 <= size <= most:
            raise Refusal("invalid_limit")
        try:
            start = int(cursor.removeprefix("next:")) if cursor else 0
        except ValueError:
            raise Refusal("invalid_cursor") from None
        more = start + size < len(found)
        return found[start : start + size], {"response_metadata": {"next_cursor": f"next:{start + size}" if more else ""}}


Run = Callable[[Asked], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method: how often a minute, which scope (alternatives joined by |), which token, and what it does."""

    name: str
    per_minute: int
    scope: str
    token: str
    run: Run


METHODS: dict[str, Method] = {}


def method(name: str, per_minute: int, scope: str = "", *, token: str = "bot") -> Callable[[Run], Run]:  # noqa: S107  a kind of token
    """Enter a function into the table."""
    def entered(run: Run) -> Run:
        METHODS[name] = Method(name, per_minute, scope, token, run)
        return run
    return entered


def perform(back: Backend, name: str, args: Json, token: str) -> Json:
    """Judge and do one call; raises Refusal or Limited."""
    found = METHODS.get(name)
    if found is None:
        raise Refusal("unknown_method", req_method=name)
    if found.token != "none":
        _admit(back, found, token)
    per_minute = back.options.posts_per_minute if name == "chat.postMessage" else found.per_minute
    if back.options.history_limited and name in {"conversations.history", "conversations.replies"}:
        per_minute = 1
    back.limits.spend(name, per_minute)
    asked = Asked(back, name, args)
    if found.token == "bot":
        asked.scope(found.scope)
    return {"ok": True, **found.run(asked)}


def _admit(back: Backend, found: Method, token: str) -> None:
    tokens = back.tokens
    if not token:
        raise Refusal("not_authed")
    kind = {tokens.bot: "bot", tokens.app: "app"}.get(token, "")
    if not kind:
        raise Refusal("invalid_auth")
    if kind == "bot" and tokens.state != "live":
        raise Refusal({"revoked": "token_revoked", "expired": "token_expired"}.get(tokens.state, "account_inactive"))
    if kind == "app" and tokens.app_state != "live":
        raise Refusal("token_revoked" if tokens.app_state == "revoked" else "account_inactive")
    if kind != found.token and found.name != "api.test":
        raise Refusal("not_allowed_token_type")


__all__ = ["HISTORY", "METHODS", "READ", "SPECIAL", "WRITE", "Asked", "Limited", "Method", "method", "perform"]
