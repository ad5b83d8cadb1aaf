"""The closed union of things the bot may do to the outside.

An effect is plain data that the durable engine performs; nothing else leaves. Channels are named by us, people by
their account on the platform. How an effect looks on a platform is that platform's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commands.text import Body


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """Says `body` to one person; `then` names a card that is drawn again when the outcome is known."""

    platform: str
    person: str
    body: Body
    then: str = ""
    kind: Literal["direct"] = "direct"


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """Makes a private channel with exactly `members` (accounts), once."""

    platform: str
    channel: str
    members: tuple[str, ...]
    kind: Literal["open_channel"] = "open_channel"


@dataclass(frozen=True, slots=True)
class SetMembers:
    """Makes the roster of a channel exactly `members`."""

    platform: str
    channel: str
    members: tuple[str, ...]
    kind: Literal["set_members"] = "set_members"


@dataclass(frozen=True, slots=True)
class Post:
    """Says `body` in a channel."""

    platform: str
    channel: str
    body: Body
    then: str = ""
    kind: Literal["post"] = "post"


@dataclass(frozen=True, slots=True)
class Refresh:
    """Shows the newest state of a card: posts it the first time, edits it afterwards, skips what is older than shown.

    A card is a name, not content: the body is rendered when it is delivered, so an older card never replaces a newer.
    Exactly one of `channel` and `person` is given.
    """

    platform: str
    card: str
    version: int
    channel: str = ""
    person: str = ""
    kind: Literal["refresh"] = "refresh"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the message that the effect with key `of` made."""

    platform: str
    of: str
    body: Body
    channel: str = ""
    person: str = ""
    kind: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True)
class Erase:
    """Removes the message that the effect with key `of` (or the card of that name) made."""

    platform: str
    of: str
    channel: str = ""
    person: str = ""
    then: str = ""
    kind: Literal["erase"] = "erase"


@dataclass(frozen=True, slots=True)
class CloseChannel:
    """Archives a channel; what was said stays readable for its members.

    With `remove` it goes away where a platform holds only so many: what went through the bot stays sealed in the database.
    """

    platform: str
    channel: str
    remove: bool = False
    kind: Literal["close_channel"] = "close_channel"


@dataclass(frozen=True, slots=True)
class ReopenChannel:
    """Lets exactly `members` write again in a channel that was archived; a platform that cannot do that makes another one."""

    platform: str
    channel: str
    members: tuple[str, ...]
    kind: Literal["reopen_channel"] = "reopen_channel"


Effect = DirectMessage | OpenChannel | SetMembers | Post | Refresh | Edit | Erase | CloseChannel | ReopenChannel


@dataclass(frozen=True, slots=True)
class Emitted:
    """An effect with its identity: the key makes it look like once, lane and sequence number keep its order."""

    key: str
    lane: str
    sequence: int
    effect: Effect
    report: str = ""
