"""What people do in Discord's client besides using the bot: write, edit, delete, join, leave, and what an admin does.

What the client itself would not let them do raises ClientRefuses; the bot never hears of it.
"""

from __future__ import annotations

import base64
import mimetypes

from tests.platforms.discord_standin import bits, mentions, payloads
from tests.platforms.discord_standin.backend import Backend
from tests.platforms.discord_standin.markdown import alive
from tests.platforms.discord_standin.names import kept_name
from tests.platforms.discord_standin.refusals import ClientRefuses, units
from tests.platforms.discord_standin.things import (
    CATEGORY,
    DM,
    TEXT,
    Attachment,
    Channel,
    Json,
    Message,
    Overwrite,
    Person,
    Role,
)

NITRO, PLAIN = 4000, 2000


class Acts:
    """People's doings. Every public method is an operation of the control surface: JSON in, JSON out."""

    def __init__(self, back: Backend) -> None:
        self.back = back

    # -- finding --
    def _person(self, who: str) -> Person:
        found = self.back.guild.person(who)
        if found is None:
            raise LookupError(f"no such person: {who}")
        return found

    def _place(self, channel: str, who: Person | None = None) -> Channel:
        """A channel by id, name, or `dm`; `who` has to see it."""
        guild = self.back.guild
        found = guild.direct(who.id) if channel in {"", "dm"} and who is not None else guild.channel(channel)
        if found is None:
            raise LookupError(f"no such channel: {channel}")
        if who is not None and (found.deleted or not guild.may(who, found) & bits.VIEW):
            raise ClientRefuses(f"{who.name} does not see this channel")
        return found

    def _message(self, channel: Channel, message: str, who: Person | None = None) -> Message:
        found = channel.messages.get(message)
        if found is None or found.deleted or (who is not None and found.seen_by not in {"", who.id}):
            raise LookupError(f"no such message: {message}")
        return found

    def _may_write(self, who: Person, channel: Channel, bit: int = bits.SEND) -> None:
        if channel.type == DM:
            if self.back.options.mutual_needed and (not who.in_guild or not self.back.guild.present):
                raise ClientRefuses("no guild in common with the app")
            if who.blocks_bot:
                raise ClientRefuses("this user is blocked")
            return
        may = self.back.guild.may(who, channel)
        if channel.is_thread and channel.locked and not may & bits.MANAGE_THREADS:
            raise ClientRefuses("this thread is locked")
        if not may & bit:
            raise ClientRefuses("no permission to do this in this channel")

    def _shown(self, channel: Channel, message: Message) -> Json:
        found = payloads.message(self.back.guild, message, nonce=True)
        return found | {"channel": channel.id, "by": self.back.guild.people[message.author_id].name, "deleted": message.deleted,
                        "pinged": list(message.pinged), "history": list(message.history), "seen_by": message.seen_by}

    # -- messages --
    def say(self, who: str, channel: str, text: str, files: list[Json] | None = None, reply_to: str = "") -> Json:
        """Write a message; a text that is too long becomes message.txt, as the client does with a paste."""
        person = self._person(who)
        place = self._place(channel, person)
        if place.type == CATEGORY:
            raise ClientRefuses("nobody writes into a category")
        self._may_write(person, place)
        given = list(files or [])
        most = NITRO if person.nitro else PLAIN
        if units(text) > most:
            given.append({"name": "message.txt", "content_base64": base64.b64encode(text.encode()).decode()})
            text = ""
        if not text.strip() and not given:
            raise ClientRefuses("an empty message is not sent")
        if len(given) > 10:
            raise ClientRefuses("ten files at most")
        message = self.back.guild.message(place, person.id, text.strip())
        message.attachments = [self._file(one, person) for one in given]
        if reply_to:
            source = self._message(place, reply_to, person)
            message.type = 19
            message.reference = {"type": 0, "channel_id": place.id, "message_id": source.id}
        mentions.apply(self.back.guild, place, message, None, mentions.EVERYTHING)
        self.back.guild.post(place, message)
        mentions.draw_in(self.back.guild, place, message)
        return self._shown(place, message)

    def _file(self, given: Json, who: Person, *, ephemeral: bool = False) -> Attachment:
        data = base64.b64decode(given["content_base64"])
        claimed = int(given.get("claimed") or 0)
        if max(len(data), claimed) > (500 if who.nitro else 10) * 2**20:
            raise ClientRefuses("this file is too large")
        kind = given.get("content_type") or mimetypes.guess_type(given["name"])[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        found = Attachment(self.back.guild.flakes.new(), kept_name(given["name"]), data, kind, ephemeral=ephemeral, claimed=claimed)
        self.back.files[found.id] = found
        return found

    def edit(self, who: str, channel: str, message: str, text: str) -> Json:
        """Change one's own message."""
        person = self._person(who)
        place = self._place(channel, person)
        found = self._message(place, message, person)
        if found.author_id != person.id:
            raise ClientRefuses("this is somebody else's message")
        if units(text) > (NITRO if person.nitro else PLAIN):
            raise ClientRefuses("too long")
        found.history.append(found.content)
        found.content = text
        self.back.guild.edited(place, found)
        return self._shown(place, found)

    def delete(self, who: str, channel: str, message: str) -> None:
        """Delete one's own message, or anybody's with the permission; an ephemeral one is dismissed."""
        person = self._person(who)
        place = self._place(channel, person)
        found = self._message(place, message, person)
        if not found.seen_by and found.author_id != person.id and (
                place.type == DM or not self.back.guild.may(person, place) & bits.MANAGE_MESSAGES):
            raise ClientRefuses("this is somebody else's message")
        self.back.guild.erase(place, found)

    def react(self, who: str, channel: str, message: str, emoji: str) -> None:
        """React to a message."""
        person = self._person(who)
        place = self._place(channel, person)
        self._message(place, message, person).reactions.setdefault(emoji, []).append(person.id)
        data = {"user_id": person.id, "channel_id": place.id, "message_id": message, "emoji": {"id": None, "name": emoji},
                "burst": False, "type": 0} | ({} if place.type == DM else {"guild_id": self.back.guild.id})
        self.back.guild.tell("MESSAGE_REACTION_ADD", place, data=data)

    # -- standing --
    def close_dms(self, who: str, closed: bool = True) -> None:
        """Close or open one's direct messages to members of the guild."""
        self._person(who).dms_closed = closed

    def block(self, who: str, blocked: bool = True) -> None:
        """Block the bot, or no longer."""
        self._person(who).blocks_bot = blocked

    def nitro(self, who: str, on: bool = True) -> None:
        """Have Nitro or not."""
        self._person(who).nitro = on

    def leave_guild(self, who: str) -> None:
        """Leave the guild."""
        self.back.guild.leave(self._person(who))

    def join_guild(self, who: str) -> None:
        """Join the guild, without roles."""
        person = self._person(who)
        person.in_guild = True
        self.back.guild.add(person)

    def add_person(self, name: str, in_guild: bool = True, roles: list[str] | None = None) -> str:
        """Let somebody exist; returns the id."""
        found = Person(self.back.guild.flakes.new(), name, name.replace("-", " ").title(), in_guild=in_guild)
        found.roles = [self._role(one).id for one in roles or []]
        return self.back.guild.add(found).id

    # -- what an admin does --
    def _role(self, key: str) -> Role:
        found = self.back.guild.role(key)
        if found is None:
            raise LookupError(f"no such role: {key}")
        return found

    def _target(self, key: str) -> tuple[str, int]:
        """A role or a person, by id or name, as an overwrite names it."""
        if key in {"everyone", "@everyone"}:
            return self.back.guild.id, 0
        role = self.back.guild.role(key)
        return (role.id, 0) if role is not None else (self.back.guild.bot.id if key == "bot" else self._person(key).id, 1)

    def create_channel(self, name: str, kind: str = "text", parent: str = "", topic: str = "", private: list[str] | None = None) -> str:
        """Make a channel or a category; `private` names the roles and people who alone see it. Returns its id."""
        given = None
        if private is not None:
            given = [Overwrite(self.back.guild.id, 0, 0, bits.VIEW)]
            given += [Overwrite(*self._target(one), allow=bits.VIEW | bits.SEND) for one in private]
        where = self._place(parent).id if parent else ""
        number = {"text": TEXT, "category": CATEGORY, "news": 5, "voice": 2}[kind]
        return self.back.guild.create(number, name, parent=where, topic=topic, overwrites=given).id

    def delete_channel(self, channel: str) -> None:
        """Delete a channel."""
        self.back.guild.remove(self._place(channel))

    def edit_overwrite(self, channel: str, target: str, allow: list[str], deny: list[str], remove: bool = False) -> None:
        """Change what a role or person may do in a channel, or take the overwrite away."""
        place = self._place(channel)
        id, kind = self._target(target)
        place.overwrites.pop(id, None)
        if not remove:
            place.overwrites[id] = Overwrite(id, kind, bits.bits(*allow), bits.bits(*deny))
        self.back.guild.changed(place)

    def unfurl(self, channel: str, message: str) -> None:
        """Let the links of a message unfold: it changes, though nobody edited it."""
        place = self._place(channel)
        found = self._message(place, message)
        links = [one.split(":", 1)[1] for one in alive(found.content) if one.startswith("link:")]
        found.embeds = [*found.embeds, *({"type": "link", "url": one, "title": "A page"} for one in links)]
        self.back.guild.edited(place, found, stamped=False)

    def guild_outage(self, on: bool = True) -> None:
        """Let the guild be unavailable at the gateway, or come back."""
        guild = self.back.guild
        if on:
            guild.tell("GUILD_DELETE", None, data={"id": guild.id, "unavailable": True})
        else:
            guild.tell("GUILD_CREATE", None, data=payloads.guild_create(guild))

    def rename_channel(self, channel: str, name: str) -> None:
        """Rename a channel."""
        place = self._place(channel)
        place.name = name
        self.back.guild.changed(place)

    def edit_thread(self, channel: str, archived: bool | None = None, locked: bool | None = None) -> None:
        """Archive, open, lock or unlock a thread."""
        place = self._place(channel)
        place.archived = place.archived if archived is None else archived
        place.locked = place.locked if locked is None else locked
        place.archive_at = self.back.clock.now()
        self.back.guild.changed(place)

    def thread_member(self, channel: str, who: str, add: bool = True) -> None:
        """Add somebody to a thread or take them out."""
        place = self._place(channel)
        id = self.back.guild.bot.id if who == "bot" else self._person(who).id
        (self.back.guild.join_thread if add else self.back.guild.leave_thread)(place, id)

    def give_role(self, who: str, role: str, take: bool = False) -> None:
        """Give somebody a role, or take it."""
        person, found = self._person(who), self._role(role)
        person.roles = [one for one in person.roles if one != found.id] + ([] if take else [found.id])
        self.back.guild.tell("GUILD_MEMBER_UPDATE", None, data=payloads.member(self.back.guild, person) | {"guild_id": self.back.guild.id})

    def create_role(self, name: str, permissions: list[str], mentionable: bool = False) -> str:
        """Make a role; returns its id."""
        guild = self.back.guild
        found = Role(guild.flakes.new(), name, bits.bits(*permissions), 10, mentionable=mentionable)
        guild.roles[found.id] = found
        guild.tell("GUILD_ROLE_CREATE", None, data={"guild_id": guild.id, "role": payloads.role(found)})
        return found.id
