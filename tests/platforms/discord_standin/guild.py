"""The state of one guild and of the direct conversations beside it; what changes is told to whoever listens.

Nothing here asks whether somebody may do what they do: that is the business of the API and of people's clients.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from tests.platforms.discord_standin import bits, payloads
from tests.platforms.discord_standin.names import Snowflakes
from tests.platforms.discord_standin.things import (
    CATEGORY,
    DM,
    EPHEMERAL,
    NEWS,
    PRIVATE_THREAD,
    TEXT,
    Attachment,
    Channel,
    Json,
    Message,
    Overwrite,
    Person,
    Role,
)
from tests.platforms.slack_standin.clock import StandinClock


class Tell(Protocol):
    """Whoever hears what happens: a gateway event by name, with its body or the message it shows."""

    def __call__(self, kind: str, channel: Channel | None, *, data: Json | None = None, message: Message | None = None) -> object: ...


class Guild:
    """People, roles, channels, messages. `tell` is set by the gateway."""

    def __init__(self, clock: StandinClock, cdn: Callable[[Attachment, str], str]) -> None:
        self.now: Callable[[], datetime] = clock.now
        self.cdn = cdn
        self.flakes = Snowflakes(clock.now)
        self.made = clock.now()
        self.name = "Stand-in"
        self.id = self.flakes.new()
        self.application_id = self.flakes.new()
        self.owner_id = ""
        self.people: dict[str, Person] = {}
        self.roles: dict[str, Role] = {self.id: Role(self.id, "@everyone", bits.PUBLIC, 0)}
        self.channels: dict[str, Channel] = {}
        self.present = True  # whether the bot is in the guild
        self.tell: Tell = lambda kind, channel, *, data=None, message=None: None
        self.bot = self.add(Person(self.application_id, "Harborlight", bot=True))
        own = Role(self.flakes.new(), "Harborlight", bits.BOT, 50, managed_by=self.bot.id)
        self.roles[own.id] = own
        self.bot.roles.append(own.id)

    # -- finding --
    def person(self, key: str) -> Person | None:
        """Somebody by id or name."""
        return self.people.get(key) or next((one for one in self.people.values() if one.name == key), None)

    def channel(self, key: str) -> Channel | None:
        """A channel by id or, the newest first, by name; deleted ones only by id."""
        if key in self.channels:
            return self.channels[key]
        found = [one for one in self.channels.values() if one.name == key.removeprefix("#") and not one.deleted and one.type != DM]
        return found[-1] if found else None

    def role(self, key: str) -> Role | None:
        """A role by id or name."""
        return self.roles.get(key) or next((one for one in self.roles.values() if one.name == key), None)

    def direct(self, who: str) -> Channel:
        """The conversation between somebody and the bot, made when there is none."""
        for one in self.channels.values():
            if one.type == DM and who in one.recipients:
                return one
        found = Channel(self.flakes.new(), DM, recipients=[who, self.bot.id], made=self.now())
        self.channels[found.id] = found
        return found

    def places(self) -> list[Channel]:
        """The guild's channels and categories that are there; no threads."""
        return [one for one in self.channels.values() if one.type != DM and not one.is_thread and not one.deleted]

    def threads(self, *, archived: bool = False) -> list[Channel]:
        """The guild's threads that are there, active or archived."""
        return [one for one in self.channels.values() if one.is_thread and not one.deleted and one.archived == archived]

    def may(self, who: Person, channel: Channel) -> int:
        """What somebody may do in a channel."""
        return bits.in_channel(self, who, channel)

    def bot_sees(self, channel: Channel) -> bool:
        """Whether the bot may see a channel."""
        return bool(self.may(self.bot, channel) & bits.VIEW)

    # -- people --
    def add(self, who: Person) -> Person:
        """Let somebody exist, in the guild if so marked."""
        self.people[who.id] = who
        who.joined = self.now() if who.in_guild else None
        if who.in_guild and not who.bot:
            self.tell("GUILD_MEMBER_ADD", None, data=payloads.member(self, who) | {"guild_id": self.id})
        return who

    def leave(self, who: Person) -> None:
        """Let somebody leave the guild: roles go, overwrites stay."""
        who.in_guild, who.roles, who.joined = False, [], None
        for one in self.channels.values():
            if one.is_thread and who.id in one.members:
                self.leave_thread(one, who.id)
        self.tell("GUILD_MEMBER_REMOVE", None, data={"guild_id": self.id, "user": payloads.user(who)})

    # -- channels --
    def create(self, kind: int, name: str, *, parent: str = "", topic: str = "", overwrites: list[Overwrite] | None = None,
               position: int | None = None, nsfw: bool = False, slow: int = 0) -> Channel:
        """Make a channel or a category; without overwrites of its own it takes its category's."""
        if overwrites is None and parent:
            overwrites = [Overwrite(one.id, one.type, one.allow, one.deny) for one in self.channels[parent].overwrites.values()]
        place = len(self.places()) if position is None else position
        found = Channel(self.flakes.new(), kind, name, parent, topic, place, {one.id: one for one in overwrites or []},
                        nsfw=nsfw, slow=slow, made=self.now())
        self.channels[found.id] = found
        self.tell("CHANNEL_CREATE", found, data=payloads.channel(self, found))
        return found

    def changed(self, channel: Channel) -> None:
        """Tell that a channel or thread was changed."""
        kind = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self.tell(kind, channel, data=payloads.channel(self, channel))

    def remove(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread; a category lets its channels go free."""
        for one in list(self.channels.values()):
            if one.parent_id == channel.id and not one.deleted:
                if one.is_thread:
                    self.remove(one)
                else:
                    one.parent_id = ""
                    self.changed(one)
        if channel.is_thread:
            self.tell("THREAD_DELETE", channel, data={"id": channel.id, "guild_id": self.id, "parent_id": channel.parent_id,
                                                      "type": channel.type})
        else:
            self.tell("CHANNEL_DELETE", channel, data=payloads.channel(self, channel))
        channel.deleted = True

    # -- threads --
    def start_thread(self, parent: Channel, kind: int, name: str, owner: str, *, auto_archive: int = 4320,
                     invitable: bool = True) -> Channel:
        """Open a thread; its maker is a member."""
        found = Channel(self.flakes.new(), kind, name, parent.id, owner_id=owner, invitable=invitable or kind != PRIVATE_THREAD,
                        auto_archive=auto_archive, archive_at=self.now(), made=self.now())
        found.members[owner] = self.now()
        self.channels[found.id] = found
        self.tell("THREAD_CREATE", found, data=payloads.channel(self, found) | {"newly_created": True})
        return found

    def join_thread(self, thread: Channel, who: str) -> None:
        """Add somebody to a thread."""
        if who in thread.members:
            return
        thread.members[who] = self.now()
        data = {"id": thread.id, "guild_id": self.id, "member_count": min(50, len(thread.members)),
                "added_members": [payloads.thread_member(thread, who)], "removed_member_ids": []}
        self.tell("THREAD_MEMBERS_UPDATE", thread, data=data)
        if who == self.bot.id:
            self.tell("THREAD_CREATE", thread, data=payloads.channel(self, thread))

    def leave_thread(self, thread: Channel, who: str) -> None:
        """Take somebody out of a thread."""
        data = {"id": thread.id, "guild_id": self.id, "member_count": min(50, len(thread.members)) - 1, "removed_member_ids": [who]}
        self.tell("THREAD_MEMBERS_UPDATE", thread, data=data)
        thread.members.pop(who, None)

    # -- messages --
    def post(self, channel: Channel, message: Message) -> Message:
        """Put a message into a channel and tell of it; an archived thread opens by it."""
        if channel.is_thread and channel.archived:
            channel.archived, channel.archive_at = False, self.now()
            self.changed(channel)
        channel.messages[message.id] = message
        if channel.is_thread and message.author_id not in channel.members:
            self.join_thread(channel, message.author_id)
        self.tell("MESSAGE_CREATE", channel, message=message)
        return message

    def message(self, channel: Channel, author: str, content: str = "") -> Message:
        """A new message that is nowhere yet."""
        return Message(self.flakes.new(), channel.id, author, self.now(), content)

    def edited(self, channel: Channel, message: Message, *, stamped: bool = True) -> None:
        """Tell that a message was changed; ephemeral ones are told to nobody."""
        if stamped:
            message.edited = self.now()
        if not message.flags & EPHEMERAL:
            self.tell("MESSAGE_UPDATE", channel, message=message)

    def erase(self, channel: Channel, message: Message) -> None:
        """Delete a message."""
        message.deleted = True
        if not message.flags & EPHEMERAL:
            data = {"id": message.id, "channel_id": channel.id} | ({} if channel.type == DM else {"guild_id": self.id})
            self.tell("MESSAGE_DELETE", channel, data=data)


ROLE_OF = {"triager-sec": "triager-security", "triager-ml": "triager-ml", "owner": "owner", "lead": "lead", "leadership": "leadership"}
PEOPLE = ("researcher", "triager-sec", "triager-ml", "owner", "lead", "leadership", "admin", "outsider")


def furnish(guild: Guild) -> None:
    """People with their roles, an owner of the guild (admin), three public channels, and one that only staff sees."""
    for name in PEOPLE:
        guild.add(Person(guild.flakes.new(), name, name.replace("-", " ").title()))
    for i, (who, role) in enumerate(ROLE_OF.items(), 1):
        found = Role(guild.flakes.new(), role, 0, i)
        guild.roles[found.id] = found
        person = guild.person(who)
        assert person is not None
        person.roles.append(found.id)
    admin = guild.person("admin")
    assert admin is not None
    guild.owner_id = admin.id
    talk = guild.create(CATEGORY, "Community", overwrites=[])
    guild.create(TEXT, "general", parent=talk.id, overwrites=[])
    silent = Overwrite(guild.id, 0, 0, bits.SEND)
    own = Overwrite(guild.bot.id, 1, bits.VIEW | bits.SEND | bits.EMBED | bits.ATTACH)
    guild.create(NEWS, "announcements", parent=talk.id, overwrites=[silent, own])
    guild.create(TEXT, "front-door", parent=talk.id, overwrites=[Overwrite(guild.id, 0, 0, bits.SEND), own])
    staff = [Overwrite(guild.id, 0, 0, bits.VIEW), Overwrite(guild.bot.id, 1, bits.VIEW | bits.SEND)]
    staff += [Overwrite(one.id, 0, bits.VIEW) for one in guild.roles.values() if one.name in ROLE_OF.values()]
    guild.create(TEXT, "desk", overwrites=staff)
