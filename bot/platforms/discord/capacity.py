"""Rooms for reports in a server that holds only so many: categories one after the other, then private threads.

Decides where a room is made and who sees it. What is full is found out by asking, never by counting: others make channels too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import discord

from bot.platforms.discord.asked import CATEGORY_FULL, GUILD_FULL, RefusedCall, asked
from bot.platforms.discord.places import PARENT, Places
from bot.platforms.port import Facts

_MEMBER = discord.PermissionOverwrite(
    view_channel=True, send_messages=True, read_message_history=True, attach_files=True, embed_links=True, add_reactions=True,
    use_application_commands=True, send_messages_in_threads=True,
)
_CLOSED = discord.PermissionOverwrite(view_channel=True, read_message_history=True, send_messages=False, add_reactions=False)
_BOT = discord.PermissionOverwrite(
    view_channel=True, send_messages=True, read_message_history=True, attach_files=True, embed_links=True, manage_channels=True,
    manage_threads=True, send_messages_in_threads=True, create_private_threads=True,
)
_PARENT = discord.PermissionOverwrite(view_channel=True, read_message_history=True, send_messages=False,
                                      send_messages_in_threads=True, use_application_commands=True)
_NOBODY = discord.PermissionOverwrite(view_channel=False)
_CROWDED = 480  # channels of the 500 that a server holds
_THREAD_REST = 10_080  # minutes until a thread that is quiet is put away; a message brings it back

Overwrites = dict[Any, discord.PermissionOverwrite]


class Capacity:
    """Makes, fills and closes the rooms of reports."""

    def __init__(self, places: Places) -> None:
        """`places` knows what is there already."""
        self.places = places
        self._threads = False  # whether the server was found full
        self._parent_turn = asyncio.Lock()

    @property
    def crowded(self) -> bool:
        """Whether there is little room left: the rooms of what was closed long ago should go."""
        return self._threads or self.places.count >= _CROWDED

    # -- opening -----------------------------------------------------------------------------------------------

    async def open(self, name: str, members: tuple[str, ...], *, again: bool) -> int:
        """Make a room that exactly these people see and return its id; with `again` look whether it is there. Raises as `asked`."""
        if again and (found := await self.places.named(name)):
            await self.members(found, members)
            return found
        made = 0 if self._threads else await self._channel(name, members)
        if not made:
            made = await self._thread(name, members)
        self.places.remember(name, made)
        return made

    async def _channel(self, name: str, members: tuple[str, ...]) -> int:
        """Make a channel in the first category that takes it; 0 when the server is full."""
        guild = await self.places.guild()
        seen = await self._overwrites(members)
        tried: set[int] = set()
        while True:
            category = next((one for one in reversed(await self.places.categories()) if one not in tried), 0)
            try:
                if not category:
                    category = await self._category()
                made = await asked(guild.create_text_channel(name, overwrites=seen, category=_category(category)))
            except RefusedCall as refused:
                if refused.reason not in (CATEGORY_FULL, GUILD_FULL):
                    if refused.reason == "channel_gone" and category not in tried:  # the category was removed by hand
                        tried.add(category)
                        self.places.forget(category)
                        continue
                    raise
                # The code for a full server is given for a full category too: only that no category can be made tells.
                if not category:
                    self._threads = True
                    return 0
                tried.add(category)
                continue
            self.places.count += 1
            return made.id

    async def _category(self) -> int:
        guild = await self.places.guild()
        name = self.places.next_category()
        made = await asked(guild.create_category(name, overwrites=await self._overwrites(())))
        self.places.learn(made)
        if name == "triage":  # a full server takes no parent for threads any more, so it is made first
            await self._parent()
        return made.id

    async def _parent(self) -> int:
        found = await self.places.named(PARENT)
        if found:
            return found
        guild = await self.places.guild()
        made = await asked(guild.create_text_channel(PARENT, overwrites=await self._overwrites(())))
        self.places.learn(made)
        return made.id

    async def _thread(self, name: str, members: tuple[str, ...]) -> int:
        """Make a private thread; whoever is in it must see the channel that it hangs on."""
        parent_id = await self._parent()
        async with self._parent_turn:  # who sees it is written as a whole
            parent: Any = await self._known(parent_id)
            made = await asked(parent.create_thread(name=name, type=discord.ChannelType.private_thread, invitable=False,
                                                    auto_archive_duration=_THREAD_REST))
            await self._into(made, parent, members)
        return int(made.id)

    # -- who is in ---------------------------------------------------------------------------------------------

    async def members(self, room: int, members: tuple[str, ...]) -> None:
        """Let exactly these people in, besides the bot. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread):
            there = {str(one.id) for one in await asked(found.fetch_members())} - {str(self.places.bot)}
            async with self._parent_turn:
                await self._into(found, await self._known(found.parent_id), sorted(set(members) - there))
            for one in sorted(there - set(members)):
                await asked(found.remove_user(discord.Object(int(one))))
            return
        await asked(found.edit(overwrites=await self._overwrites(members)))

    async def _into(self, thread: Any, parent: Any, members: Iterable[str]) -> None:
        people = [_person(int(one)) for one in members if one.isdecimal()]
        new = {one: _PARENT for one in people if parent.overwrites_for(one).view_channel is not True}
        if new:
            await asked(parent.edit(overwrites={**parent.overwrites, **new}))
        for one in people:
            await asked(thread.add_user(one))

    async def _overwrites(self, members: Iterable[str], member: discord.PermissionOverwrite = _MEMBER) -> Overwrites:
        guild = await self.places.guild()
        found: Overwrites = {guild.default_role: _NOBODY, _person(self.places.bot): _BOT}
        return found | {_person(int(one)): member for one in members if one.isdecimal()}

    # -- closing -----------------------------------------------------------------------------------------------

    async def close(self, room: int) -> None:
        """Let nobody write there any more; what was said stays readable for those who are in. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread):
            await asked(found.edit(locked=True, archived=True))
            return
        there = [str(one.id) for one in found.overwrites if one.id not in (self.places.bot, self.places.guild_id)]
        await asked(found.edit(overwrites=await self._overwrites(there, _CLOSED)))

    async def remove(self, room: int) -> None:
        """Remove a room, so that another one has a place. Raises as `asked` does."""
        found: Any = await self._known(room)
        await asked(found.delete())
        self.places.forget(room)
        if not isinstance(found, discord.Thread):
            self.places.count -= 1
            self._threads = False

    async def look(self, room: int) -> Facts:
        """Return what is known of a room. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread):
            members = [one.id for one in await asked(found.fetch_members())]
            return Facts(exists=True, archived=found.locked, private=True, members=tuple(str(one) for one in members if one != self.places.bot))
        hidden = found.overwrites_for(discord.Object(self.places.guild_id)).view_channel is False
        people = [one.id for one in found.overwrites if one.id not in (self.places.bot, self.places.guild_id)]
        writing = [one for one in people if found.overwrites_for(discord.Object(one)).send_messages is not False]
        return Facts(exists=True, archived=hidden and bool(people) and not writing, private=hidden,
                     members=tuple(str(one) for one in people) if hidden else ())

    async def _known(self, room: int) -> Any:
        try:
            return await asked(self.places.rest.fetch_channel(room))
        except RefusedCall as refused:
            if refused.reason == "channel_gone":
                self.places.forget(room)
            raise


def _person(account: int) -> discord.Object:
    return discord.Object(account, type=discord.Member)


def _category(found: int) -> Any:
    return discord.Object(found)
