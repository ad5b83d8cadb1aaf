"""The table of REST routes, and one request as a route's function sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.platforms.discord_standin import bits
from tests.platforms.discord_standin.refusals import Refused, unknown
from tests.platforms.discord_standin.things import DM, Channel, Json, Message, Person

if TYPE_CHECKING:
    from tests.platforms.discord_standin.backend import Backend


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request; `index` is the n of files[n]."""

    index: int
    filename: str
    data: bytes


@dataclass(slots=True)
class Request:
    """One request, past authorisation and limits."""

    back: Backend
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Upload] = field(default_factory=list)
    size: int = 0  # bytes of the whole body
    reason: str = ""
    status: int = 200

    @property
    def json(self) -> Json:
        """The body as an object; raises Refused when it is none."""
        if not isinstance(self.body, dict):
            raise Refused(400, 50035, "Invalid Form Body",
                          {"_errors": [{"code": "MODEL_TYPE_CONVERT", "message": "Only dictionaries may be used in a ModelType"}]})
        return self.body

    @property
    def bot(self) -> Person:
        """The bot."""
        return self.back.guild.bot

    def guild_there(self) -> None:
        """Refuse another guild, or the guild when the bot has left it."""
        if self.params.get("guild_id") != self.back.guild.id:
            raise unknown("guild")
        if not self.back.guild.present:
            raise Refused(403, 50001, "Missing Access")

    def need(self, *names: str) -> None:
        """Refuse when the bot lacks a permission in the guild as a whole."""
        if bits.bits(*names) & ~bits.base(self.back.guild, self.bot):
            raise Refused(403, 50013, "Missing Permissions")

    def channel(self, *needs: str, name: str = "channel_id") -> Channel:
        """The channel that the request names, as far as the bot sees it and has these permissions there."""
        guild = self.back.guild
        found = guild.channels.get(self.params[name])
        if found is None or found.deleted:
            raise unknown("channel")
        if found.type != DM and not guild.present:
            raise Refused(403, 50001, "Missing Access")
        may = guild.may(self.bot, found)
        if not may & bits.VIEW:
            raise Refused(403, 50001, "Missing Access")
        if needs and bits.bits(*needs) & ~may:
            raise Refused(403, 50013, "Missing Permissions")
        return found

    def message(self, channel: Channel) -> Message:
        """The message that the request names; nobody finds a deleted or an ephemeral one."""
        found = channel.messages.get(self.params["message_id"])
        if found is None or found.deleted or found.seen_by:
            raise unknown("message")
        return found

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number of the query."""
        raw = self.query.get(name)
        if raw is None:
            return default
        if not raw.lstrip("-").isdigit() or not least <= int(raw) <= most:
            word = f"int value should be between {least} and {most}."
            raise Refused(400, 50035, "Invalid Form Body", {name: {"_errors": [{"code": "NUMBER_TYPE_MAX", "message": word}]}})
        return int(raw)


Run = Callable[[Request], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `free` ones need no bot token and do not count for the fifty in a second."""

    method: str
    path: str
    run: Run
    limit: int
    seconds: float
    free: bool
    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        """What counts and faults call it."""
        return f"{self.method} {self.path}"

    def key(self, params: dict[str, str]) -> str:
        """The major parameters, which have windows of their own."""
        return "+".join(params[one] for one in ("channel_id", "guild_id", "webhook_id", "token") if one in params)


ROUTES: list[Route] = []


def route(method: str, path: str, *, limit: int = 50, seconds: float = 1.0, free: bool = False) -> Callable[[Run], Run]:
    """Enter a function as a route; `limit` requests fit into a window of so many of Discord's seconds."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")

    def enter(run: Run) -> Run:
        ROUTES.append(Route(method, path, run, limit, seconds, free, pattern))
        return run

    return enter


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request, literal parts before parameters; None for an unknown path or method."""
    found = [(one, match.groupdict()) for one in ROUTES if one.method == method and (match := one.pattern.match(path))]
    return min(found, key=lambda one: len(one[1]), default=None)
