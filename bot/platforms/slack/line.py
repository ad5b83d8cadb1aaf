"""The line to Slack in Socket Mode: kept up, and looked back over after it was torn.

Slack tells an event a few times within seconds and then gives up. Decides when that may have happened: after every end of a
connection that was not announced, and after an announced one that lasted. Leaves connecting to Slack's own client, and
reading back to whoever is told.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.platforms.slack.api import Api

log = logging.getLogger("harborlight.slack")

PING = 5  # seconds; a line that fell silent is noticed within three of them
_BRIEF = 5.0  # seconds that an announced change of connection may take
_LOOK = 5.0  # seconds between two looks whether the line is up
_DOWN = 3  # looks after which it is said that it is not
_LONGEST = 2_000  # characters of what Slack says about the line itself

Again = Callable[[], Awaitable[None]]


class Line:
    """One connection that is replaced when it ends."""

    def __init__(self, app: AsyncApp, token: str, *, api: Api, again: Again) -> None:
        """`again` reads back what people said, whenever something may have been lost."""
        quiet = logging.getLogger("slack_bolt.line")  # the client tells of every try; it is said once, here
        quiet.setLevel(logging.CRITICAL)
        self._sockets = AsyncSocketModeHandler(app, token, logger=quiet, web_client=api.client, ping_interval=PING)
        self._sockets.client.on_message_listeners.append(self._heard)
        self._again = again
        self._torn = asyncio.Event()
        self._ended: float | None = None  # when an end was announced, by the loop's clock
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect; tried until Slack takes it."""
        self._ended = asyncio.get_running_loop().time()  # what is read back at the start goes as far as here
        self._keeping = asyncio.create_task(self._keep())
        await self._sockets.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self._sockets.close_async()  # type: ignore[no-untyped-call]

    async def _heard(self, message: aiohttp.WSMessage) -> None:
        text = message.data if isinstance(message.data, str) else ""
        if not text.startswith("{") or len(text) > _LONGEST:
            return
        now = asyncio.get_running_loop().time()
        match json.loads(text).get("type"):
            case "disconnect":
                self._ended = now
            case "hello":
                if self._ended is None or now - self._ended > _BRIEF:
                    self._torn.set()
                self._ended = None

    async def _keep(self) -> None:
        down = 0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._torn.wait(), _LOOK)
            if self._torn.is_set():
                self._torn.clear()
                await self._look_back()
            if await self._sockets.client.is_connected():
                if down >= _DOWN:
                    log.warning("the line to Slack is up again")
                down = 0
                continue
            # An address is good for one try and half a minute; the client itself would keep to one that is used up.
            self._sockets.client.wss_uri = None
            down += 1
            if down == _DOWN:
                log.error("the line to Slack is down and tried again and again; look at the connection and at SLACK_APP_TOKEN")

    async def _look_back(self) -> None:
        try:
            await self._again()
        except Exception as wrong:  # such as a database that is away
            kind = type(wrong).__name__
            log.warning("what was said while the line was torn could not be read: %s; it is tried again", kind)
            self._torn.set()
            await asyncio.sleep(_LOOK)
