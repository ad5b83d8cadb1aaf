"""Rooms for reports in a server that holds only so many: categories one after the other, then private threads.

Decides where a room is made and who sees it. What is full is found out by asking, never by counting: others make channels too.
Rooms are made one after the other: Discord takes few at once, and a category or a wait that one found is there for the next.
Who is in a thread is asked person by person, because Discord lists members only to bots with a privilege.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Literal

import discord

from bot.platforms.discord.asked import (
    CATEGORY_FULL,
    CATEGORY_GONE,
    GUILD_FULL,
    THREADS_FULL,
    RefusedCall,
    Rejected,
    Wait,
    asked,
)
from bot.platforms.discord.pace import Pace
from bot.platforms.discord.places import PARENT, Places
from bot.platforms.port import Facts
from config.clock import Clock

log = logging.getLogger("harborlight.discord")

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
_CROWDED_THREADS = 300.0  # seconds until a server that can hold no more threads is asked again
_ABSENT = frozenset(("no_access", "unknown_person"))  # somebody who left the server, or never was in it
_THREAD_REST: Literal[10080] = 10_080  # minutes until a thread that is quiet is put away; a message brings it back

Overwrites = dict[Any, discord.PermissionOverwrite]


class Capacity:
    """Makes, fills and closes the rooms of reports."""

    def __init__(self, places: Places, pace: Pace, *, clock: Clock) -> None:
        """`places` knows what is there already, `pace` how long no room is to be asked for."""
        self.places, self._pace, self._clock = places, pace, clock
        self._threads = False  # whether the server was found full
        self._making = asyncio.Lock()
        self._later = 0.0  # on the loop's clock: no room can be made before
        self._seeing: set[int] = set()  # who was let see the channel that threads hang on

    @property
    def crowded(self) -> bool:
        """Whether there is little room left: the rooms of what was closed long ago should go."""
        return self._threads or self.places.count >= _CROWDED

    # -- opening -----------------------------------------------------------------------------------------------

    async def open(self, name: str, members: tuple[str, ...], *, again: bool) -> int:
        """Make a room that exactly these people see and return its id; with `again` look whether it is there. Raises as `asked`."""
        async with self._making:
            loop = asyncio.get_running_loop()
            if left := self.wait():
                raise Wait(left)
            try:
                return await self._open(name, members, again=again)
            except Rejected:
                raise
            except Wait as wait:
                self._later = loop.time() + wait.after
                raise
            except RefusedCall as refused:
                if refused.reason != THREADS_FULL:
                    raise
                log.error("the server can hold no more threads: reports wait for a room until one is closed")
                self._later = loop.time() + self._clock.real(_CROWDED_THREADS)
                self._threads = False  # a channel may have gone meanwhile
                raise Wait(_CROWDED_THREADS) from None

    def wait(self) -> float:
        """Return the real seconds until a room can be made, as far as Discord told."""
        return max(0.0, max(self._later, self._pace.rooms) - asyncio.get_running_loop().time())

    async def _open(self, name: str, members: tuple[str, ...], *, again: bool) -> int:
        if again and (found := await self.places.made(name)):
            await self.members(found, members)
            return found
        made = 0 if self._threads else await self._channel(name, members)
        if not made:
            made = await self._thread(name, members)
        self.places.remember(name, made)
        return made

    async def _channel(self, name: str, members: tuple[str, ...]) -> int:
        """Make a channel in the first category that takes it, the newest first; 0 when the server is full."""
        try:
            await self._parent()  # a full server takes none any more, so it is there before it is needed
        except RefusedCall as refused:
            if refused.reason != GUILD_FULL:
                raise
        guild = await self.places.guild()
        seen = await self._overwrites(members)
        for category in (*reversed(await self.places.categories()), 0):
            try:
                made = await asked(guild.create_text_channel(name, overwrites=seen, category=_category(category or await self._category())))
            except RefusedCall as refused:
                if refused.reason == CATEGORY_GONE:  # somebody removed it by hand
                    self.places.forget(category)
                elif refused.reason not in (CATEGORY_FULL, GUILD_FULL):
                    raise
                continue  # the code for a full server is given for a full category too: only that no category can be made tells
            self.places.count += 1
            return made.id
        self._threads = True
        return 0

    async def _category(self) -> int:
        guild = await self.places.guild()
        name = self.places.next_category()
        made = await asked(guild.create_category(name, overwrites=await self._overwrites(())))
        self.places.learn(made)
        return made.id

    async def _parent(self) -> int:
        """Return the channel that threads hang on."""
        try:
            return await self.places.find(PARENT)
        except RefusedCall:
            guild = await self.places.guild()
            made = await asked(guild.create_text_channel(PARENT, overwrites=await self._overwrites(())))
            self.places.learn(made)
            self._seeing.clear()
            return made.id

    async def _thread(self, name: str, members: tuple[str, ...]) -> int:
        """Make a private thread; whoever is in it must see the channel that it hangs on."""
        parent = await self._parent()
        try:
            made = await asked(self.places.rest.http.start_thread_without_message(
                parent, name=name, type=discord.ChannelType.private_thread.value, invitable=False, auto_archive_duration=_THREAD_REST))
        except RefusedCall as refused:
            if refused.reason != "channel_gone":
                raise
            self.places.forget(parent)  # somebody removed it by hand
            return await self._thread(name, members)
        await self._into(int(made["id"]), parent, members)
        return int(made["id"])

    # -- who is in ---------------------------------------------------------------------------------------------

    async def members(self, room: int, members: tuple[str, ...]) -> None:
        """Let exactly these people in, besides the bot. Raises as `asked` does."""
        found: Any = await self._known(room)
        if not isinstance(found, discord.Thread):
            await asked(found.edit(overwrites=await self._overwrites(members)))
            return
        await self._into(found.id, found.parent_id, members)
        for one in await self._those_in(found):
            if str(one) not in members:
                try:
                    await asked(found.remove_user(discord.Object(one)))
                except RefusedCall as refused:
                    if refused.reason != "unknown_person":  # they went by themselves
                        raise

    async def _into(self, thread: int, parent: int, members: Iterable[str]) -> None:
        http = self.places.rest.http
        for one in [int(one) for one in members if one.isdecimal()]:
            if one not in self._seeing:
                await self._let_see(parent, one)
            try:
                try:
                    await asked(http.add_user_to_thread(thread, one))
                except RefusedCall as refused:
                    if refused.reason != "no_access":
                        raise
                    await self._let_see(parent, one)  # somebody took it from them by hand
                    await asked(http.add_user_to_thread(thread, one))
            except RefusedCall as refused:
                if refused.reason not in _ABSENT:
                    raise
                log.warning("somebody of a report's roster is not in the server, and was not added to its thread")

    async def _let_see(self, parent: int, person: int) -> None:
        allow, deny = _PARENT.pair()
        await asked(self.places.rest.http.edit_channel_permissions(parent, person, str(allow.value), str(deny.value), 1))
        self._seeing.add(person)

    async def _those_in(self, thread: discord.Thread) -> list[int]:
        """Return who is in a thread, of those who can be: whoever was ever let see the channel that it hangs on."""
        parent: Any = await self._known(thread.parent_id)
        there = []
        for one in parent.overwrites:
            if one.id in (self.places.bot, self.places.guild_id):
                continue
            try:
                await asked(thread.fetch_member(one.id))
            except RefusedCall as refused:
                if refused.reason != "unknown_person":
                    raise
            else:
                there.append(one.id)
        return there

    async def _overwrites(self, members: Iterable[str], member: discord.PermissionOverwrite = _MEMBER) -> Overwrites:
        guild = await self.places.guild()
        found: Overwrites = {guild.default_role: _NOBODY, _person(self.places.bot): _BOT}
        return found | {_person(int(one)): member for one in members if one.isdecimal()}

    # -- closing -----------------------------------------------------------------------------------------------

    async def close(self, room: int) -> None:
        """Let nobody write there any more; what was said stays readable for those who are in. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread):
            if not (found.locked and found.archived):
                await asked(found.edit(locked=True, archived=True))
            return
        there = [str(one.id) for one in found.overwrites if one.id not in (self.places.bot, self.places.guild_id)]
        await asked(found.edit(overwrites=await self._overwrites(there, _CLOSED)))

    async def reopen(self, room: int, members: tuple[str, ...]) -> None:
        """Let exactly these people write in a room that was closed. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread) and (found.locked or found.archived):
            await asked(found.edit(locked=False, archived=False))
        await self.members(room, members)

    async def wake(self, room: int) -> bool:
        """Open a thread that is archived, so that something can be changed in it, and tell whether it was closed. Raises as `asked`."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread) and found.archived:
            await asked(found.edit(archived=False))
        return bool(getattr(found, "locked", False))

    async def remove(self, room: int) -> None:
        """Remove a room, so that another one has a place. Raises as `asked` does."""
        found: Any = await self._known(room)
        await asked(found.delete())
        self.places.forget(room)
        if not isinstance(found, discord.Thread):
            self.places.count -= 1
            self._threads = False

    def freed(self) -> None:
        """Try channels again: somebody removed one."""
        self._threads = False

    async def look(self, room: int) -> Facts:
        """Return what is known of a room. Raises as `asked` does."""
        found: Any = await self._known(room)
        if isinstance(found, discord.Thread):
            return Facts(exists=True, archived=found.locked, private=True, members=tuple(str(one) for one in await self._those_in(found)))
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
