"""What people said to the bot while it was away: read back from every conversation that is known, the oldest first.

Discord lists no conversations and tells again nothing that a new session missed, so whose conversation is which comes from what
was kept. Decides the order: within a conversation one thing is handled after the other, and what was missed before what is said now;
else a later message would count as the last one that was handled, and what came before it be lost. Duplicates are the engine's
business.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

from bot.platforms.discord import heard
from bot.platforms.discord.asked import RefusedCall, Unclear, Wait, asked
from bot.platforms.discord.places import Places
from bot.platforms.port import Handle, Known, Mark
from config.clock import Clock

log = logging.getLogger("harborlight.discord")

_AGAIN = 2.0  # seconds until a conversation that could not be read is read again
_AT_ONCE = 4  # conversations that are read side by side
_PAGE = 100


class Missed:
    """The conversations whose history was not read yet since something may have been lost."""

    def __init__(self, places: Places, *, clock: Clock) -> None:
        """`places` learns whose conversation is whose."""
        self._places, self._clock = places, clock
        self._left: dict[int, int] = {}  # conversation, and where its reading begins when nothing of it was handled yet
        self._one: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asking = asyncio.Lock()
        self._unasked = True  # whether every conversation is to be read, and nobody asked yet which there are
        self._handle: Handle | None = None
        self._mark: Mark | None = None
        self._known: Known | None = None

    def into(self, handle: Handle, mark: Mark, known: Known) -> None:
        """Give what is found to `handle`; `mark` says how far a conversation was handled, `known` which there are."""
        self._handle, self._mark, self._known = handle, mark, known

    def everything(self) -> None:
        """Have every conversation read before anything newer in it is handled, because something may have been lost."""
        self._unasked = True

    def lost(self, channel: int, message: int) -> None:
        """Have one conversation read before anything newer in it is handled, because this message could not be recorded."""
        self._left[channel] = min(message - 1, self._left.get(channel, message - 1))

    async def all(self) -> None:
        """Read every conversation that is left."""
        async def some(mine: list[int]) -> None:
            for channel in mine:
                while channel in self._left:
                    try:
                        async with self.turn(channel):
                            pass
                    except Wait as wait:
                        await asyncio.sleep(self._clock.real(wait.after))
                    except Unclear:
                        await asyncio.sleep(self._clock.real(_AGAIN))

        await self._ask()
        left = sorted(self._left)
        async with asyncio.TaskGroup() as group:
            for start in range(_AT_ONCE):
                group.create_task(some(left[start::_AT_ONCE]))

    @asynccontextmanager
    async def turn(self, channel: int) -> AsyncIterator[None]:
        """Hold a conversation, read back what is left of it: whatever is said now comes after. Raises Wait and Unclear."""
        async with self._one[channel]:
            await self._ask()
            if channel in self._left:
                try:
                    await self._read(channel, self._left[channel])
                except RefusedCall as refused:
                    code = refused.code
                    log.warning("a conversation's history cannot be read: %d", code)
                self._left.pop(channel, None)
            yield

    async def _ask(self) -> None:
        """Ask which conversations there are, once after something may have been lost."""
        assert self._known is not None  # noqa: S101  set before anything arrives
        async with self._asking:
            if not self._unasked:
                return
            for person, room in await self._known():
                if room.isdecimal():
                    self._places.remember_direct(person, int(room))
                    self._left.setdefault(int(room), 0)
            self._unasked = False

    async def _read(self, channel: int, after: int) -> None:
        assert self._handle is not None  # noqa: S101  set before anything arrives
        assert self._mark is not None  # noqa: S101
        last = (await self._mark(heard.own(self._places.whose(channel)))).partition("/")[0]
        after = int(last) if last.isdecimal() else after
        room = self._places.rest.get_partial_messageable(channel, type=discord.ChannelType.private)
        while True:
            found = await asked(_page(room, after))
            for one in found:
                incoming = heard.message(one, self._places)
                if incoming is not None:
                    await self._handle(incoming)
            if len(found) < _PAGE:
                return
            after = found[-1].id


async def _page(room: discord.PartialMessageable, after: int) -> list[discord.Message]:
    return [one async for one in room.history(limit=_PAGE, after=discord.Object(after), oldest_first=True)]
