"""How requests leave: never more in a second than Discord takes from one bot, and none that makes a room is repeated unasked.

The library waits for the windows that answers announce: well for the short ones, silently and inside the call for those that last
minutes, which are the caller's to wait for. It knows nothing of the fifty a second that hold for all of them together until it was
refused. And it repeats what a gateway lost an answer to: a message has a number that Discord takes once, a room has none. Decides
nothing about what is asked.
"""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace

import aiohttp
from yarl import URL

from bot.platforms.discord.asked import Unclear, Wait
from config.clock import Clock

_LONG = 30.0  # real seconds: a longer wait is the caller's
_A_SECOND = 45  # of the fifty; some are on their way for longer than others
_EVERY = "*"
_MAKES = re.compile(r"/(?:guilds/\d+/channels|channels/\d+/threads)$")


class Pace:
    """The pace of one client."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # on the loop's clock, as are the others
        self._closed: dict[str, float] = {}  # what Discord refused for long, and until when
        self.rooms = 0.0  # until when no room is to be asked for: the last call of a long window is left, the library would sleep on it

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a client's connections are watched with."""
        found = aiohttp.TraceConfig()
        found.on_request_start.append(self._starts)
        found.on_request_end.append(self._ended)
        return found

    async def _starts(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, start: aiohttp.TraceRequestStartParams) -> None:
        """Wait for a turn; raises Wait for what was refused for long."""
        now = asyncio.get_running_loop().time()
        left = max(self._closed.get(one, 0.0) for one in (_window(start.method, start.url), _EVERY)) - now
        if left > 0:
            raise Wait(left)
        turn = max(now, self._next)
        self._next = turn + self._clock.real(1 / _A_SECOND)
        if turn > now:
            await asyncio.sleep(turn - now)

    async def _ended(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        """Look at an answer before the library does; raises Wait for a long wait, and Unclear when a room may have been made."""
        headers, status, now = end.response.headers, end.response.status, asyncio.get_running_loop().time()
        makes = end.method == "POST" and _MAKES.search(end.url.path) is not None
        if status == 429 and (wait := float(headers.get("Retry-After") or 0)) > _LONG:
            self._closed = {window: until for window, until in self._closed.items() if until > now}
            self._closed[_EVERY if headers.get("X-RateLimit-Global") else _window(end.method, end.url)] = now + wait
            raise Wait(wait)
        if makes and status >= 500:
            raise Unclear(f"status {status}")
        if makes and headers.get("X-RateLimit-Remaining") in ("0", "1"):
            wait = float(headers.get("X-RateLimit-Reset-After") or 0)
            self.rooms = now + wait if wait > _LONG else self.rooms


def _window(method: str, url: URL) -> str:
    return f"{method} {url.path}"
