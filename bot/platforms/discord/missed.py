"""What people said to the bot while it was away: read back from every conversation that is known, the oldest first.

Discord lists no conversations and tells again nothing that a new session missed, so whose conversation is which comes from what
was kept. Decides the order: within a conversation what was missed comes before what is said now. Duplicates are the engine's
business.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

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
        self._left: set[int] = set()
        self._one: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._handle: Handle | None = None
        self._mark: Mark | None = None
        self._known: Known | None = None

    def into(self, handle: Handle, mark: Mark, known: Known) -> None:
        """Give what is found to `handle`; `mark` says how far a conversation was handled, `known` which there are."""
        self._handle, self._mark, self._known = handle, mark, known

    async def again(self) -> None:
        """Read every conversation once more, because something may have been lost."""
        await self.known()
        await self.all()

    async def known(self) -> None:
        """Ask which conversations there are: until they are read, nothing newer in them is handled."""
        assert self._known is not None  # noqa: S101  set before anything arrives
        for person, room in await self._known():
            if room.isdecimal():
                self._places.remember_direct(person, int(room))
                self._left.add(int(room))

    def lost(self, channel: int) -> None:
        """Have one conversation read again before anything newer in it is handled."""
        self._left.add(channel)

    async def all(self) -> None:
        """Read every conversation that is left."""
        async def some(mine: list[int]) -> None:
            for channel in mine:
                while channel in self._left:
                    try:
                        await self.before(channel)
                    except Wait as wait:
                        await asyncio.sleep(self._clock.real(wait.after))
                    except Unclear:
                        await asyncio.sleep(self._clock.real(_AGAIN))

        left = sorted(self._left)
        async with asyncio.TaskGroup() as group:
            for start in range(_AT_ONCE):
                group.create_task(some(left[start::_AT_ONCE]))

    async def before(self, channel: int) -> None:
        """Read one conversation if that was not done yet: what was said now comes after it. Raises Wait and Unclear."""
        if channel not in self._left:
            return
        async with self._one[channel]:
            if channel not in self._left:
                return
            try:
                await self._read(channel)
            except RefusedCall as refused:
                code = refused.code
                log.warning("a conversation's history cannot be read: %d", code)
            self._left.discard(channel)

    async def _read(self, channel: int) -> None:
        assert self._handle is not None  # noqa: S101  set before anything arrives
        assert self._mark is not None  # noqa: S101
        last = (await self._mark(heard.own(self._places.whose(channel)))).partition("/")[0]
        after = int(last) if last.isdecimal() else 0
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
