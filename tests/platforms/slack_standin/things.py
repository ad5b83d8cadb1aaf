"""The things of a workspace: people, conversations, messages, files; as plain records with Slack's JSON for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TEAM = "T0STANDIN01"
DOMAIN = "standin"
APP = "A0STANDIN01"


@dataclass(slots=True)
class Person:
    """A member of the workspace. `guest` is "", "multi" or "single" (at most one channel)."""

    id: str
    name: str
    email: str = ""
    real_name: str = ""
    is_bot: bool = False
    deleted: bool = False
    guest: str = ""
    tz: str = "Europe/Berlin"

    def body(self, *, email: bool) -> Json:
        """The user object; the address only with its scope."""
        profile = {"display_name": self.name, "real_name": self.real_name or self.name, "team": TEAM}
        if email and self.email:
            profile["email"] = self.email
        return {
            "id": self.id, "team_id": TEAM, "name": self.name, "deleted": self.deleted,
            "real_name": self.real_name or self.name, "tz": self.tz, "tz_offset": 0, "profile": profile, "is_admin": False,
            "is_owner": False, "is_bot": self.is_bot, "is_restricted": bool(self.guest), "is_app_user": False,
            "is_ultra_restricted": self.guest == "single", "updated": 0,
        }


@dataclass(slots=True)
class File:
    """A file. Until `ready` it has no type, no address and no shares, as Slack fills them in later."""

    id: str
    name: str
    title: str
    user: str
    created: int
    length: int
    ticket: str = ""
    data: bytes | None = None
    mode: str = "hosted"
    mimetype: str = "application/octet-stream"
    alt: str = ""
    shares: dict[str, str] = field(default_factory=dict)  # channel -> ts of the message
    channels: list[str] = field(default_factory=list)
    done: bool = False
    ready: bool = False
    deleted: bool = False
    foreign: bool = False
    for_app: bool = False  # given to the app in a modal

    def body(self, base: str) -> Json:
        """The file object as files.info and messages show it."""
        found: Json = {
            "id": self.id, "created": self.created, "timestamp": self.created, "name": self.name, "title": self.title,
            "mimetype": "", "filetype": "", "pretty_type": "", "user": self.user, "user_team": TEAM, "editable": False,
            "size": self.length, "mode": self.mode, "is_external": False, "external_type": "", "is_public": False,
            "public_url_shared": False, "channels": [], "groups": [], "ims": [], "file_access": "visible",
        }
        if not self.ready:
            return found
        name = self.name.replace(" ", "_").lower()
        kind = self.name.rpartition(".")[2].lower() if "." in self.name else "binary"
        where = f"{base}/files-pri/{TEAM}-{self.id}"
        found |= {
            "mimetype": self.mimetype, "filetype": kind, "pretty_type": kind.upper(), "url_private": f"{where}/{name}",
            "url_private_download": f"{where}/download/{name}", "permalink": f"{base}/files/{self.user}/{self.id}/{name}",
        }
        for prefix, place in (("D", "ims"), ("C", "groups"), ("G", "groups")):
            found[place] = found[place] + [one for one in self.shares if one.startswith(prefix)]
        found["shares"] = {"private": {one: [{"ts": ts}] for one, ts in self.shares.items()}}
        if self.alt:
            found["alt_txt"] = self.alt
        return found


@dataclass(slots=True)
class Message:
    """One message, from a person, from the app, or from Slack itself."""

    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread: str = ""
    subtype: str = ""
    by_app: bool = False
    files: list[str] = field(default_factory=list)
    metadata: Json | None = None
    edited: Json | None = None
    deleted: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class Channel:
    """A conversation: kind is public, private or im."""

    id: str
    name: str
    kind: str
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    archived: bool = False
    deleted: bool = False
    topic: str = ""
    purpose: str = ""
    former: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    canvas: str = ""

    @property
    def type(self) -> str:
        """The word that events use for the kind: channel, group or im."""
        return {"public": "channel", "private": "group"}.get(self.kind, "im")

    @property
    def letter(self) -> str:
        """The letter that membership events use for the kind."""
        return {"public": "C", "private": "G"}.get(self.kind, "D")

    def body(self, me: str) -> Json:
        """The conversation object as `me` sees it."""
        base: Json = {"id": self.id, "created": self.created, "is_archived": self.archived, "is_im": self.kind == "im",
                      "is_org_shared": False, "context_team_id": TEAM, "updated": self.created * 1000}
        if self.kind == "im":
            other = next((one for one in self.members if one != me), me)
            return base | {"user": other, "is_user_deleted": False, "priority": 0}
        words = {"topic": self.topic, "purpose": self.purpose}
        return base | {
            "name": self.name, "name_normalized": self.name, "is_channel": self.kind == "public",
            "is_group": self.kind == "private", "is_mpim": False, "is_private": self.kind == "private",
            "is_general": False, "is_shared": False, "is_ext_shared": False, "is_pending_ext_shared": False,
            "is_member": me in self.members, "creator": self.creator, "unlinked": 0, "previous_names": list(self.former),
            **{name: {"value": text, "creator": "", "last_set": 0} for name, text in words.items()},
        }

    def thread(self, ts: str) -> list[Message]:
        """The replies below this message, oldest first."""
        return [one for one in self.messages.values() if one.thread == ts and one.ts != ts and not one.deleted]
