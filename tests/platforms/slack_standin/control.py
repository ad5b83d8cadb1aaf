"""The hands of a test: people who act, faults, and everything there is to see. The same in and out of the process.

Reading and switching is immediate (`slack.calls(...)`); whatever people do is awaited (`await person.dm(...)`).
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import TypeVar

from tests.platforms.slack_standin.seen import Call, Json, Posted, Room, Told
from tests.platforms.slack_standin.someone import Someone, Wire

T = TypeVar("T")


class Slack:
    """The stand-in in a test's hands."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        facts = wire.ask("facts", {})
        self.api_url: str = facts["api_url"]
        self.control_url: str = facts["control_url"]
        self.bot_token: str = facts["bot_token"]
        self.app_token: str = facts["app_token"]
        self.signing_secret: str = facts["signing_secret"]
        self.bot_user: str = facts["bot_user"]
        self.bot_id: str = facts["bot_id"]
        self.team_id: str = facts["team_id"]
        self.user_id: str = facts["user_id"]
        self.channel_id: str = facts["channel_id"]

    # -- people --
    def person(self, key: str) -> Someone:
        """A person by id or name; LookupError for nobody."""
        for one in self._wire.ask("people", {}):
            if key in {one["id"], one["name"]}:
                return Someone(self._wire, one["id"], one["name"])
        raise LookupError(f"no such person: {key}")

    def people(self) -> list[Json]:
        """Everybody, with the app's own user."""
        return list(self._wire.ask("people", {}))

    def add_person(self, name: str, *, id: str = "", email: str = "", guest: str = "") -> Someone:
        """Let somebody in. A guest is multi, single (one channel), blocked (cannot be invited) or hidden."""
        return Someone(self._wire, self._wire.ask("add_person", {"name": name, "id": id, "email": email, "guest": guest}), name)

    def user_group(self, handle: str, users: list[str]) -> str:
        """Make a user group; returns its id."""
        return str(self._wire.ask("user_group", {"handle": handle, "users": users}))

    # -- reading --
    def channels(self) -> list[Room]:
        """Every conversation, archived and deleted ones too."""
        return [Room.of(one) for one in self._wire.ask("channels", {})]

    def channel(self, channel: str) -> Room:
        """One conversation by id or name; LookupError for none."""
        return Room.of(self._wire.ask("channel", {"channel": channel}))

    def messages(self, channel: str, *, everything: bool = False) -> list[Posted]:
        """What was said, oldest first; `everything` adds Slack's own messages and deleted ones."""
        return [Posted.of(one) for one in self._wire.ask("messages", {"channel": channel, "everything": everything})]

    def calls(self, method: str = "") -> list[Call]:
        """Every API call in order, or those of one method (also files.upload, files.download, response_url)."""
        return [Call(**one) for one in self._wire.ask("calls", {"method": method})]

    def counts(self) -> dict[str, int]:
        """How often each method was called."""
        found: dict[str, int] = {}
        for one in self.calls():
            found[one.method] = found.get(one.method, 0) + 1
        return found

    def forget_calls(self) -> None:
        """Begin the record of calls anew."""
        self._wire.ask("forget_calls", {})

    def deliveries(self, kind: str = "") -> list[Told]:
        """Everything the app was told; `kind` is events_api, slash_commands, interactive, or an event's or payload's type."""
        return [Told.of(one) for one in self._wire.ask("deliveries", {"kind": kind})]

    def files(self) -> list[Json]:
        """Every file object."""
        return list(self._wire.ask("files", {}))

    def file_bytes(self, file: str) -> bytes | None:
        """The bytes of a file, None before they came and after they went."""
        found = self._wire.ask("file_bytes", {"file": file})
        return None if found is None else base64.b64decode(found)

    def scheduled(self) -> list[Json]:
        """Scheduled messages that wait."""
        return list(self._wire.ask("scheduled", {}))

    def sockets(self) -> Json:
        """`open`, `opened` (ever) and `pings` (what the app sent)."""
        return dict(self._wire.ask("sockets", {}))

    # -- faults --
    def fault(
        self, method: str, kind: str, times: int = 1, *, skip: int = 0, retry_after: int = 1, seconds: float = 0.0,
        code: str = "", where: Json | None = None,
    ) -> None:
        """Let the next calls of a method go wrong, after `skip` good ones, if their arguments contain `where`.

        limited (429, `retry_after`), 500, 503, reset (nothing done), slow (`seconds`), lost (done, no answer), half (done,
        half an answer), error (`code`); files.download: html, larger, cut.
        """
        self._wire.ask("fault", {"method": method, "kind": kind, "times": times, "skip": skip, "retry_after": retry_after,
                                 "seconds": seconds, "code": code, "where": where or {}})

    def clear_faults(self) -> None:
        """Let every call go right again."""
        self._wire.ask("clear_faults", {})

    def drop_ack(self, times: int = 1) -> None:
        """Lose the next acknowledgements."""
        self._wire.ask("drop_acks", {"times": times})

    def duplicate_event(self, times: int = 1) -> None:
        """Deliver each of the next events twice at once."""
        self._wire.ask("duplicate_events", {"times": times})

    def reorder(self, count: int) -> None:
        """Hold the next `count` events back and deliver the last first."""
        self._wire.ask("reorder_events", {"count": count})

    def hold_events(self) -> None:
        """Keep events back."""
        self._wire.ask("hold_events", {})

    def release_events(self, *, backwards: bool = False) -> None:
        """Deliver what was kept back."""
        self._wire.ask("release_events", {"backwards": backwards})

    def lose_events(self, on: bool = True) -> None:
        """Never deliver what happens from now on (until switched off)."""
        self._wire.ask("lose_events", {"on": on})

    def redeliver(self, told: Told) -> None:
        """Deliver an event once more under its old event id."""
        self._wire.ask("redeliver", {"delivery": told.id})

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """End every socket with a word: warning, refresh_requested, link_disabled."""
        await self._wire.act("disconnect", {"reason": reason})

    async def close_sockets(self) -> None:
        """End every socket without a word."""
        await self._wire.act("close_sockets", {})

    def silent(self, on: bool = True) -> None:
        """Let the open sockets fall silent: no envelope, no pong."""
        self._wire.ask("silent", {"on": on})

    def patience(self, seconds: float = 3.0) -> None:
        """How many real seconds an acknowledgement may take from now on."""
        self._wire.ask("patience", {"seconds": seconds})

    def expire_triggers(self) -> None:
        """Let every trigger given so far be too old."""
        self._wire.ask("expire_triggers", {})

    # -- the app's standing --
    def revoke_tokens(self, which: str = "bot") -> None:
        """Revoke the bot token (and tell so) or the app token."""
        self._wire.ask("revoke_tokens", {"which": which})

    def expire_token(self) -> None:
        """Let the bot token run out."""
        self._wire.ask("expire_token", {})

    def uninstall(self) -> None:
        """Remove the app."""
        self._wire.ask("uninstall", {})

    def restore(self) -> None:
        """Make the tokens good again."""
        self._wire.ask("restore", {})

    def rotate_secret(self) -> str:
        """Sign with a new secret from now on."""
        self.signing_secret = str(self._wire.ask("rotate_secret", {}))
        return self.signing_secret

    def oauth_code(self) -> str:
        """A code that oauth.v2.access takes once."""
        return str(self._wire.ask("oauth_code", {}))

    def manifest(self, given: Json) -> None:
        """Install the app anew with this manifest (parsed, in Slack's shape)."""
        self._wire.ask("manifest", {"given": given})

    def scopes(self, *, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change the scopes; returns those the app has."""
        return list(self._wire.ask("scopes", {"add": add or [], "remove": remove or []}))

    def subscribe(self, *, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change the event subscriptions; returns those the app has."""
        return list(self._wire.ask("subscribe", {"add": add or [], "remove": remove or []}))

    def app_home(self, *, home_tab: bool = True, messages_tab: bool = True, read_only: bool = False) -> None:
        """Switch the tabs of the app."""
        self._wire.ask("app_home", {"home_tab": home_tab, "messages_tab": messages_tab, "read_only": read_only})

    def request_url(self, url: str) -> None:
        """Where HTTP deliveries go."""
        self._wire.ask("request_url", {"url": url})

    async def verify_url(self) -> bool:
        """Whether the request URL answers Slack's challenge."""
        return bool(await self._wire.act("verify_url", {}))

    def skew(self, seconds: int) -> None:
        """Let signatures carry a wrong time."""
        self._wire.ask("skew", {"seconds": seconds})

    def advance(self, seconds: float) -> None:
        """Move the stand-in's time forward."""
        self._wire.ask("advance", {"seconds": seconds})

    # -- waiting --
    async def connected(self, count: int = 1, *, seconds: float = 10.0) -> None:
        """Wait until so many sockets are open."""
        await self._wire.act("connected", {"count": count, "seconds": seconds})

    async def settled(self, *, seconds: float = 10.0) -> None:
        """Wait until nothing is on its way to the app."""
        await self._wire.act("settled", {"seconds": seconds})

    async def until(self, ask: Callable[[], T | None], *, what: str = "what was awaited", seconds: float = 10.0) -> T:
        """Return what `ask` finds once it finds something; AssertionError naming `what` when it never does."""
        end = time.monotonic() + seconds
        while True:
            found = ask()
            if found:
                return found
            assert time.monotonic() < end, f"never came: {what}"
            await asyncio.sleep(0.01)
