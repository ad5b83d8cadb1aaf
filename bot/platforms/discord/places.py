"""Which channel is which: our names for channels and Discord's ids, and the direct conversations of people.

Keeps what was learned in memory, from the line and from our own doing, and asks Discord for the rest; nothing here is stored.
A report's channel may be a private thread: both are found by the same name.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.platforms.discord.asked import RefusedCall, asked

TRIAGE = "triage-aiv-"
CATEGORY = "triage"  # then "triage 2" and so on
PARENT = "triage-threads"  # where private threads hang when the server can hold no more channels
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
        name, kind = str(getattr(channel, "name", "") or ""), getattr(channel, "type", None)
        if kind is discord.ChannelType.category:
            found = _CATEGORY.fullmatch(name)
            if found:
                self._categories[int(found[1] or 1)] = int(channel.id)
        elif name and self._names.get(int(channel.id)) is None:
            self.remember(name, int(channel.id))

    async def all(self, *, again: bool = False) -> None:
        """Ask for every channel and running thread, once unless told again; raises as `asked` does."""
        if self._asked and not again:
            return
        guild = await self.guild()
        found = await asked(guild.fetch_channels())
        for one in found:
            self.learn(one)
        for thread in await asked(guild.active_threads()):
            self.learn(thread)
        self.count = len(found)
        self._asked = True

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
        if name not in self._ids:
            raise RefusedCall("channel_gone")
        return self._ids[name]

    async def named(self, name: str) -> int:
        """Return the id of a channel or thread with that name as Discord has it now, or 0."""
        await self.all(again=True)
        return self._ids.get(name, 0)

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

    async def direct(self, person: str) -> int:
        """Return the conversation with somebody; raises as `asked` does."""
        if not person.isdecimal():
            raise RefusedCall("unknown_person")
        if person not in self._direct:
            channel = await asked(self.rest.create_dm(discord.Object(int(person))))
            self.remember_direct(person, channel.id)
        return self._direct[person]
