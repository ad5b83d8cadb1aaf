"""Which channel is which: our names for channels and Discord's ids, and the direct conversations of people.

Keeps what was learned in memory, from the line and from our own doing, and asks Discord for the rest; nothing here is stored.
A report's channel may be a private thread: both are found by the same name. Anybody can open a thread and call it as they like, so
only the bot's own count, and of channels with one name the oldest.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.platforms.discord.asked import RefusedCall, asked

TRIAGE = "triage-aiv-"
CATEGORY = "triage"  # then "triage 2" and so on
PARENT = "triage-threads"  # where private threads hang when the server can hold no more channels
_RECENT = 100  # archived threads that are looked through for one that was just made
_CATEGORY = re.compile(r"triage(?: (\d{1,3}))?")


class Places:
    """The channels of one server."""

    def __init__(self, rest: discord.Client, guild: int) -> None:
        """`rest` is asked for what is not known yet."""
        self.rest, self.guild_id = rest, guild
        self._ids: dict[str, int] = {}  # our name, Discord's id
        self._names: dict[int, str] = {}  # Discord's id, our name
        self._direct: dict[str, int] = {}  # person, conversation
        self._whose: dict[int, str] = {}  # conversation, person
        self._categories: dict[int, int] = {}  # number, id
        self.count = 0  # channels of the server when it was last asked
        self._asked = False

    @property
    def bot(self) -> int:
        """The bot's own account."""
        return self.rest.user.id if self.rest.user is not None else 0

    # -- channels ----------------------------------------------------------------------------------------------

    def remember(self, name: str, channel: int) -> None:
        """Keep which channel has our name."""
        self._ids[name], self._names[channel] = channel, name

    def forget(self, channel: int) -> None:
        """Forget a channel that is gone."""
        name = self._names.pop(channel, "")
        if self._ids.get(name) == channel:
            del self._ids[name]
        self._categories = {number: one for number, one in self._categories.items() if one != channel}

    def learn(self, channel: Any) -> None:
        """Keep what the line says of a channel or a thread."""
        name, kind, found = str(getattr(channel, "name", "") or ""), getattr(channel, "type", None), int(channel.id)
        if kind is discord.ChannelType.category:
            number = _CATEGORY.fullmatch(name)
            if number:
                self._categories[int(number[1] or 1)] = found
        elif not name or (isinstance(channel, discord.Thread) and channel.owner_id != self.bot):
            return
        elif found not in self._names:
            self._names[found] = name
            self._ids[name] = min(found, self._ids.get(name, found))

    async def all(self, *, again: bool = False) -> list[Any]:
        """Ask for every channel and running thread, once unless told again, and return what was found; raises as `asked` does."""
        if self._asked and not again:
            return []
        guild = await self.guild()
        found = await asked(guild.fetch_channels())
        threads = await asked(guild.active_threads())
        self.count = len(found)
        there = {one.id for one in found}
        self._categories = {number: one for number, one in self._categories.items() if one in there}
        for one in (*found, *threads):
            self.learn(one)
        self._asked = True
        return [*found, *threads]

    async def guild(self) -> discord.Guild:
        """Return the server with its roles; asked once."""
        if not hasattr(self, "_guild"):
            self._guild = await asked(self.rest.fetch_guild(self.guild_id, with_counts=False))
        return self._guild

    async def find(self, name: str, known: str = "") -> int:
        """Return the id of a channel; `known` is its id where it was made by us. Raises RefusedCall when there is none."""
        if known.isdecimal():
            self.remember(name, int(known))
            return int(known)
        if name not in self._ids:
            await self.all(again=True)
        if name not in self._ids and name.startswith(TRIAGE):
            for one in await self._put_away(None):
                self.learn(one)
        if name not in self._ids:
            raise RefusedCall("channel_gone")
        return self._ids[name]

    async def made(self, name: str) -> int:
        """Return the id of the room that we made under that name, as Discord has it now, or 0: nobody else's, and the first of two."""
        found = [*await self.all(again=True), *(await self._put_away(_RECENT) if name.startswith(TRIAGE) else ())]
        return min((one.id for one in found if one.name == name and self._ours(one)), default=0)

    def _ours(self, channel: Any) -> bool:
        if isinstance(channel, discord.Thread):
            return channel.owner_id == self.bot
        if channel.type is discord.ChannelType.category:
            return False
        return channel.overwrites_for(discord.Object(self.guild_id)).view_channel is False

    async def _put_away(self, most: int | None) -> list[discord.Thread]:
        """Return our threads that are archived, the newest first: Discord lists them beside the others only when asked."""
        parent = self._ids.get(PARENT)
        if parent is None:
            return []
        try:
            room: Any = await asked(self.rest.fetch_channel(parent))
            return await asked(_listed(room, most))
        except RefusedCall as refused:
            if refused.reason == "channel_gone":
                self.forget(parent)
            return []

    def name_of(self, channel: int) -> str:
        """Return our name of a channel, or its id when it has none."""
        return self._names.get(channel, str(channel))

    async def categories(self) -> list[int]:
        """Return the categories of triage channels, in their order."""
        await self.all()
        return [self._categories[number] for number in sorted(self._categories)]

    def next_category(self) -> str:
        """Return the name of the next category."""
        number = max(self._categories, default=0) + 1
        return CATEGORY if number == 1 else f"{CATEGORY} {number}"

    # -- direct conversations ----------------------------------------------------------------------------------

    def remember_direct(self, person: str, channel: int) -> None:
        """Keep which conversation is somebody's own."""
        self._direct[person], self._whose[channel] = channel, person

    def whose(self, channel: int) -> str:
        """Return whose conversation that is, or nothing."""
        return self._whose.get(channel, "")

    def known_direct(self, person: str) -> int:
        """Return the conversation with somebody, or 0 where there is none yet."""
        return self._direct.get(person, 0)

    async def direct(self, person: str) -> int:
        """Return the conversation with somebody; raises as `asked` does."""
        if not person.isdecimal():
            raise RefusedCall("unknown_person")
        if person not in self._direct:
            channel = await asked(self.rest.create_dm(discord.Object(int(person))))
            self.remember_direct(person, channel.id)
        return self._direct[person]


async def _listed(room: discord.TextChannel, most: int | None) -> list[discord.Thread]:
    return [one async for one in room.archived_threads(private=True, limit=most)]
