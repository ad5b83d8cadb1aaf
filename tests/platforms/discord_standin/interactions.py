"""Interactions: what a person asked, the one first answer within three seconds, follow-ups within fifteen minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.platforms.discord_standin.names import interaction_token
from tests.platforms.discord_standin.refusals import Refused, unknown
from tests.platforms.discord_standin.things import Json, Message

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
LIFE = timedelta(minutes=15)
FIRST = {4: "message", 5: "deferred", 6: "deferred_update", 7: "update", 8: "choices", 9: "modal"}


@dataclass(slots=True)
class Asked:
    """One interaction. `first` is the kind of its first answer; `original` the message which that is or edits."""

    id: str
    token: str
    type: int
    user: str
    channel: str
    at: datetime
    since: float  # real seconds
    data: Json
    source: Message | None = None
    first: str = ""
    ephemeral: bool = False
    loading: bool = False
    original: Message | None = None
    messages: list[Message] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)
    modal: str = ""  # id of the modal that was opened
    ms: float | None = None  # real milliseconds until the first answer
    refusals: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Modal:
    """A modal that somebody has open."""

    id: str
    user: str
    channel: str
    data: Json
    source: Message | None = None
    open: bool = True


class Interactions:
    """All interactions and open modals. `seconds` until the first answer are real."""

    def __init__(self, now: Callable[[], datetime], seconds: float) -> None:
        self.now = now
        self.seconds = seconds
        self.all: dict[str, Asked] = {}
        self.by_token: dict[str, Asked] = {}
        self.modals: dict[str, Modal] = {}

    def ask(self, id: str, kind: int, user: str, channel: str, data: Json, source: Message | None = None) -> Asked:
        """Begin an interaction."""
        found = Asked(id, interaction_token(), kind, user, channel, self.now(), time.monotonic(), data, source)
        self.all[id] = self.by_token[found.token] = found
        return found

    def late(self, one: Asked) -> bool:
        """Whether its first answer would come too late now."""
        return time.monotonic() - one.since > self.seconds or self.now() - one.at > LIFE

    def first(self, id: str, token: str) -> Asked:
        """The interaction that a callback answers; raises Refused 10062 when unknown or late, 40060 when answered."""
        found = self.all.get(id)
        if found is None or found.token != token:
            raise unknown("interaction")
        if found.first:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self.late(found):
            raise unknown("interaction")
        return found

    def later(self, token: str) -> Asked:
        """The interaction that a follow-up belongs to; raises Refused 10015 before any answer, 50027 after 15 minutes."""
        found = self.by_token.get(token)
        if found is None or not found.first or found.first in {"choices"}:
            raise unknown("webhook")
        if self.now() - found.at > LIFE:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return found

    def expire(self) -> None:
        """Let every interaction be older than fifteen minutes."""
        for one in self.all.values():
            one.at -= LIFE + timedelta(seconds=1)

    def open_modals(self, user: str) -> list[Modal]:
        """The modal that somebody has open, as a list of one or none: a new one takes the place of the old."""
        return [one for one in self.modals.values() if one.user == user and one.open][-1:]
