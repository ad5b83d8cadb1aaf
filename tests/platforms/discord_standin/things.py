"""The things of a guild: people, roles, channels, threads, messages, attachments, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
TEXT, DM, CATEGORY, NEWS, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 4, 5, 11, 12
EPHEMERAL, LOADING, SUPPRESS_EMBEDS, SILENT, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 2, 1 << 12, 1 << 15


@dataclass(slots=True)
class Person:
    """A user, in the guild or not. `roles` are ids, without @everyone."""

    id: str
    name: str
    global_name: str = ""
    bot: bool = False
    in_guild: bool = True
    roles: list[str] = field(default_factory=list)
    nitro: bool = False
    dms_closed: bool = False
    blocks_bot: bool = False
    joined: datetime | None = None


@dataclass(slots=True)
class Role:
    """A role; the one with the guild's id is @everyone."""

    id: str
    name: str
    permissions: int = 0
    position: int = 1
    managed_by: str = ""  # a bot's user id
    mentionable: bool = False


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies a role (type 0) or a member (type 1)."""

    id: str
    type: int
    allow: int = 0
    deny: int = 0

    def body(self) -> Json:
        """The overwrite object."""
        return {"id": self.id, "type": self.type, "allow": str(self.allow), "deny": str(self.deny)}


@dataclass(slots=True)
class Attachment:
    """A file of a message, a command option or a form."""

    id: str
    filename: str
    data: bytes
    content_type: str
    description: str = ""
    ephemeral: bool = False
    claimed: int = 0  # the size that Discord tells, where it is not that of `data`


@dataclass(slots=True)
class Message:
    """One message. `seen_by` names the only person who sees it; `pinged` who was really notified."""

    id: str
    channel_id: str
    author_id: str
    at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str = ""
    edited: datetime | None = None
    deleted: bool = False
    pinned: bool = False
    reference: Json | None = None
    mentions: list[str] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: list[str] = field(default_factory=list)
    interaction: Json | None = None
    token: str = ""  # of the interaction whose answer it is
    seen_by: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)  # contents it had before


@dataclass(slots=True)
class Channel:
    """A channel, a category, a direct conversation (type 1) or a thread (types 11 and 12)."""

    id: str
    type: int
    name: str = ""
    parent_id: str = ""
    topic: str = ""
    position: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    deleted: bool = False
    nsfw: bool = False
    slow: int = 0
    owner_id: str = ""
    members: dict[str, datetime] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive: int = 4320
    archive_at: datetime | None = None
    made: datetime | None = None

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.type in {PUBLIC_THREAD, PRIVATE_THREAD}

    @property
    def kept(self) -> list[Message]:
        """The messages that are still there, oldest first."""
        return [one for one in self.messages.values() if not one.deleted]
