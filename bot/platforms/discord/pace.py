"""How requests leave: never more in a second than Discord takes from one bot, and none that makes a room is repeated unasked.

The library waits for the windows that answers announce. It knows nothing of the fifty a second that hold for all of them together
until it was refused, and it repeats what a gateway lost an answer to: a message has a number that Discord takes once, a room has
none. Decides nothing about what is asked.
"""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace

import aiohttp

from bot.platforms.discord.asked import Unclear
from config.clock import Clock

_A_SECOND = 45  # of the fifty; some are on their way for longer than others
_MAKES = re.compile(r"/(?:guilds/\d+/channels|channels/\d+/threads)$")


class Pace:
    """The pace of one client."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # on the loop's clock

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a client's connections are watched with."""
        found = aiohttp.TraceConfig()
        found.on_request_start.append(self._starts)
        found.on_request_end.append(_ended)
        return found

    async def _starts(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _start: aiohttp.TraceRequestStartParams) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._clock.real(1 / _A_SECOND)
        if turn > now:
            await asyncio.sleep(turn - now)


async def _ended(_session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
    """Tell the caller, before the library sees it, that nobody knows whether a room was made."""
    if end.method == "POST" and end.response.status >= 500 and _MAKES.search(end.url.path):
        raise Unclear(f"status {end.response.status}")
