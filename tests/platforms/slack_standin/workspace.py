"""The state of the workspace and everything that can happen in it. No HTTP, no limits, no permissions.

Whatever happens is told to one listener as (kind of event, channel, event): who hears of it is decided elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from tests.platforms.slack_standin.clock import StandinClock
from tests.platforms.slack_standin.names import Names, Stamps
from tests.platforms.slack_standin.things import APP, TEAM, Channel, File, Json, Message, Person

Told = Callable[[str, Channel | None, Json], None]


class Workspace:
    """People, conversations and files of one team, with one app and its bot user."""

    def __init__(self, clock: StandinClock, base: Callable[[], str]) -> None:
        self.clock = clock
        self.base = base
        self.names = Names()
        self.stamps = Stamps(clock.now)
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.tell: Told = lambda kind, channel, event: None
        self.bot = self.add(Person("U0STANDIN01", "harborlight", is_bot=True, real_name="Harborlight"))
        self.bot_id = "B0STANDIN01"

    def add(self, person: Person) -> Person:
        """Let a person into the workspace."""
        self.people[person.id] = person
        return person

    def person(self, key: str) -> Person | None:
        """A person by id or by name."""
        return self.people.get(key) or next((one for one in self.people.values() if one.name == key), None)

    def named(self, name: str) -> Channel | None:
        """The channel that has this name, archived ones too: their names stay taken."""
        return next((one for one in self.channels.values() if one.name == name and not one.deleted), None)

    # -- conversations --
    def create(self, name: str, *, private: bool, creator: str) -> Channel:
        """Make a channel whose only member is its creator."""
        found = Channel(self.names.new("C"), name, "private" if private else "public", creator, self.clock.seconds(), [creator])
        self.channels[found.id] = found
        self._system(found, creator, f"<@{creator}> has joined the channel", "channel_join")
        return found

    def direct(self, user: str) -> Channel:
        """The direct conversation between the bot and a person, made when there is none."""
        for one in self.channels.values():
            if one.kind == "im" and user in one.members:
                return one
        found = Channel(self.names.new("D"), "", "im", self.bot.id, self.clock.seconds(), [self.bot.id, user])
        self.channels[found.id] = found
        return found

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        """Make a person a member, by invitation or by themselves."""
        channel.members.append(user)
        event: Json = {"type": "member_joined_channel", "user": user, "channel": channel.id, "channel_type": channel.letter,
                       "team": TEAM}
        if inviter:
            event["inviter"] = inviter
        self._system(channel, user, f"<@{user}> has joined the channel", "channel_join", inviter=inviter)
        self.tell("member_joined_channel", channel, event)

    def leave(self, channel: Channel, user: str, by: str = "") -> None:
        """End a membership; `by` is whoever removed the person."""
        self._system(channel, user, f"<@{user}> has left the channel", "channel_leave")
        event: Json = {"type": "member_left_channel", "user": user, "channel": channel.id, "channel_type": channel.letter,
                       "team": TEAM}
        self.tell("member_left_channel", channel, event)
        channel.members.remove(user)
        if user == self.bot.id:
            kind = "group_left" if channel.kind == "private" else "channel_left"
            self.tell(kind, None, {"type": kind, "channel": channel.id, "actor_id": by or user})

    def archive(self, channel: Channel, user: str) -> None:
        """Close a channel: nothing is posted any more, everything stays readable."""
        self._system(channel, user, "archived the channel", "channel_archive")
        channel.archived = True
        self.tell(f"{channel.type}_archive", channel, {"type": f"{channel.type}_archive", "channel": channel.id, "user": user})

    def unarchive(self, channel: Channel, user: str) -> None:
        """Open an archived channel again."""
        channel.archived = False
        self._system(channel, user, "un-archived the channel", "channel_unarchive")
        kind = f"{channel.type}_unarchive"
        self.tell(kind, channel, {"type": kind, "channel": channel.id, "user": user})

    def rename(self, channel: Channel, name: str, user: str) -> None:
        """Give a channel another name."""
        channel.former.append(channel.name)
        old, channel.name = channel.name, name
        self._system(channel, user, f'has renamed the channel from "{old}" to "{name}"', "channel_name", old_name=old, name=name)
        body = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created, "is_channel": False}
        self.tell(f"{channel.type}_rename", channel, {"type": f"{channel.type}_rename", "channel": body})

    def remove(self, channel: Channel, user: str) -> None:
        """Delete a channel for good."""
        self.tell(f"{channel.type}_deleted", channel, {"type": f"{channel.type}_deleted", "channel": channel.id, "actor_id": user})
        channel.deleted = True

    def describe(self, channel: Channel, word: str, text: str, user: str) -> None:
        """Set topic or purpose."""
        setattr(channel, word, text)
        self._system(channel, user, f"set the channel {word}: {text}", f"channel_{word}", **{word: text})

    # -- messages --
    def post(self, channel: Channel, user: str, text: str, **more: Any) -> Message:
        """Put a message into a conversation and tell of it."""
        message = Message(self.stamps.new(), user, text, **more)
        channel.messages[message.ts] = message
        body = self.body(channel, message, event=True)
        self.tell(f"message.{_event_kind(channel)}", channel, body)
        if f"<@{self.bot.id}>" in text and channel.kind != "im" and not message.by_app and not message.subtype:
            self.tell("app_mention", channel, {**body, "type": "app_mention"})
        return message

    def _system(self, channel: Channel, user: str, text: str, subtype: str, **extra: Any) -> None:
        self.post(channel, user, text, subtype=subtype, extra={k: v for k, v in extra.items() if v})

    def edit(self, channel: Channel, message: Message, *, text: str, blocks: list[Json], by: str = "", files: bool = True) -> None:
        """Change a message and tell of both versions."""
        before = self.body(channel, message)
        message.text, message.blocks = text, blocks
        if not files:
            message.files = []
        message.edited = {"user": by or message.user, "ts": self.stamps.new()}
        self._hidden(channel, "message_changed", {"message": self.body(channel, message), "previous_message": before})

    def erase(self, channel: Channel, message: Message) -> None:
        """Delete a message and tell what it was."""
        before = self.body(channel, message)
        message.deleted = True
        message.text, message.blocks, message.files = "", [], []
        self._hidden(channel, "message_deleted", {"deleted_ts": message.ts, "previous_message": before})

    def _hidden(self, channel: Channel, subtype: str, more: Json) -> None:
        ts = self.stamps.new()
        event = {"type": "message", "subtype": subtype, **more, "channel": channel.id, "hidden": True, "ts": ts,
                 "event_ts": ts, "channel_type": channel.type}
        self.tell(f"message.{_event_kind(channel)}", channel, event)

    def body(self, channel: Channel, message: Message, *, event: bool = False, metadata: bool = False) -> Json:
        """The message object, as history shows it or as its event carries it."""
        found: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": TEAM}
        if message.subtype:
            found["subtype"] = message.subtype
        if message.by_app:
            icons = {"id": self.bot_id, "app_id": APP, "name": self.bot.name, "team_id": TEAM, "deleted": False}
            found |= {"bot_id": self.bot_id, "app_id": APP, "bot_profile": icons}
        if message.blocks:
            found["blocks"] = message.blocks
        if message.files:
            found["files"] = [self._file(one) for one in message.files]
            found["upload"] = False
        if message.thread:
            found["thread_ts"] = message.thread
            parent = channel.messages.get(message.thread)
            if parent is not None and parent is not message:
                found["parent_user_id"] = parent.user
        if metadata and message.metadata:
            found["metadata"] = message.metadata
        if message.edited:
            found["edited"] = message.edited
        if message.reactions:
            found["reactions"] = [{"name": k, "users": v, "count": len(v)} for k, v in message.reactions.items()]
        replies = channel.thread(message.ts)
        if replies:
            found |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        found |= message.extra
        if event:
            found |= {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.type}
        return found

    def _file(self, name: str) -> Json:
        found = self.files[name]
        if found.foreign:
            return {"id": found.id, "mode": "file_access", "file_access": "check_file_info", "created": 0}
        return found.body(self.base())

    # -- files --
    def file(self, user: str, name: str, length: int, *, title: str = "", alt: str = "") -> File:
        """Announce a file whose bytes come later."""
        found = File(self.names.new("F"), name, title or name, user, self.clock.seconds(), length, secrets.token_urlsafe(18), alt=alt)
        self.files[found.id] = found
        return found

    def sees(self, user: str, file: File) -> bool:
        """Whether a person or the bot may read a file: its owner, or a member of a place where it was shared."""
        if file.for_app and user == self.bot.id:
            return True
        return user == file.user or any(user in self.channels[one].members for one in file.channels if one in self.channels)

    def share(self, channel: Channel, user: str, files: list[File], text: str = "", **more: Any) -> Message:
        """Post a message that carries files, and tell of each file as well."""
        for one in files:
            one.channels = sorted({*one.channels, channel.id})
        message = self.post(channel, user, text, files=[one.id for one in files], subtype="file_share", **more)
        for one in files:
            one.shares[channel.id] = message.ts
            self.tell("file_shared", channel, {
                "type": "file_shared", "file_id": one.id, "user_id": user, "file": {"id": one.id}, "channel_id": channel.id})
        return message


def _event_kind(channel: Channel) -> str:
    return {"public": "channels", "private": "groups"}.get(channel.kind, "im")
