"""The platform port: everything that crosses between Harborlight and a chat platform, as plain data.

A platform translates and holds no rule. It inherits nothing, knows no other platform and never touches the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from commands.calls import FileRef, Incoming, Reply
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, ReopenChannel, SetMembers

Deliverable = DirectMessage | OpenChannel | SetMembers | Post | Edit | Erase | CloseChannel | ReopenChannel
"""What reaches a platform: the engine turns a Refresh into a first message or an Edit before it gets here."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that go out with a message, loaded at the last moment; `alt` is set for pictures."""

    name: str
    data: bytes
    alt: str = ""
    hidden: bool = False  # nothing of it is to be seen before a click, where a platform can do that


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery: the effect, its key, and `attempt` (1 the first time; above 1 look before acting again)."""

    effect: Deliverable
    key: str
    attempt: int
    ref: str = ""  # the platform's reference of the message that is edited or erased
    place: str = ""  # the platform's reference of the channel, where we made it
    only_look: bool = False  # say nothing more: only find what an earlier try may have said
    after: str = ""  # reference of the newest message that is known there, when this one may have been sent already
    files: tuple[Upload, ...] = ()
    picture: Upload | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Performed; `ref` finds the message again for an edit. `crowded`: the platform has little room for more channels.

    The first word of `ref` is how the platform names the message in what people reply; what follows a blank is its own affair.
    """

    ref: str = ""
    crowded: bool = False
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the lane waits `after` seconds."""

    after: float
    kind: Literal["later"] = "later"


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether it happened: look before acting again, after `after` seconds."""

    after: float = 1.0
    reason: str = ""
    kind: Literal["unsure"] = "unsure"


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused for good; `reason` is a stable machine word such as `dms_closed` or `channel_gone`."""

    reason: str
    kind: Literal["refused"] = "refused"


Outcome = Done | Later | Unsure | Refused


@dataclass(frozen=True, slots=True)
class Tier:
    """What a platform takes only so often: effects of one kind, `most` within `seconds`."""

    kind: str
    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can carry: text in characters, uploads in bytes, seconds between messages to one place."""

    text: int = 40_000
    upload: int = 64 * 1024 * 1024
    pace: float = 0.0
    channel_name: int = 80
    form_fields: int = 20
    patience: float = 2.0  # seconds that a caller waits for the answer to a command
    tiers: tuple[Tier, ...] = ()
    one_line: bool = False  # everything is told to each process that listens: one does at a time
    own_names: bool = False  # a channel has an id of the platform's own: deliveries say it as `place`


@dataclass(frozen=True, slots=True)
class Facts:
    """What a platform knows of a channel."""

    exists: bool
    archived: bool = False
    private: bool = True
    members: tuple[str, ...] = ()


Handle = Callable[[Incoming], Awaitable[Reply]]
"""Gives what arrived to the engine. A message is recorded and answered with an empty Reply; a command with its own."""

Mark = Callable[[str], Awaitable[str]]
"""The event id of the last handled message of a conversation, or nothing."""

Known = Callable[[], Awaitable[Sequence[tuple[str, str]]]]
"""The accounts of a platform that ever spoke to the bot, each with the platform's id of their own conversation."""


async def nobody() -> Sequence[tuple[str, str]]:
    """Return no accounts: for a platform that can be asked which conversations there are."""
    return ()


class Platform(Protocol):
    """One chat platform."""

    name: str
    limits: Limits
    caught_up: asyncio.Event  # set once everything that was missed before the start has been given to `handle`

    async def receive(self, handle: Handle, mark: Mark, known: Known = nobody) -> None:
        """Give each Incoming to `handle`, first those newer than the marks; run until cancelled."""

    async def deliver(self, sending: Sending) -> Outcome:
        """Perform one effect; with `attempt` above 1 look before acting."""

    async def fetch(self, file: FileRef, limit: int) -> bytes:
        """Return the bytes behind a file reference, cut off at `limit` + 1 so that too large can be told."""

    async def look(self, channel: str) -> Facts:
        """Return what is known of a channel."""

    def site(self) -> Any | None:
        """Return the ASGI application that takes the platform's requests from outside, where there is one."""
