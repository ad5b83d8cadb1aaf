"""What people said while the bot was away: read back from the history of every direct conversation.

Decides the order: within a conversation what was missed comes before what is said now. Duplicates are the engine's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta

from bot.platforms.port import Handle, Mark
from bot.platforms.slack import heard
from bot.platforms.slack.api import Api, SlackError, Unclear, Wait
from bot.platforms.slack.places import Places

log = logging.getLogger("harborlight.slack")

_FIRST_WORDS = timedelta(days=3)
_AGAIN = 2.0  # seconds until a conversation that could not be read is read again


class Missed:
    """The conversations whose history was not read yet since the start."""

    def __init__(self, api: Api, places: Places) -> None:
        """`places` learns whose conversation is whose."""
        self._api, self._places = api, places
        self._left: dict[str, str] = {}  # conversation by Slack's id, and whose it is
        self._one: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._handle: Handle | None = None
        self._mark: Mark | None = None

    def into(self, handle: Handle, mark: Mark) -> None:
        """Give what is found to `handle`; `mark` says how far a conversation was handled."""
        self._handle, self._mark = handle, mark

    async def known(self) -> None:
        """Ask which direct conversations there are; tried until Slack answers."""
        while True:
            try:
                async for one in self._api.pages("conversations.list", "channels", types="im", exclude_archived=True):
                    self._left[str(one["id"])] = str(one.get("user", ""))
                    self._places.remember_direct(str(one.get("user", "")), str(one["id"]))
                return
            except SlackError as refused:
                scope = refused.needed
                log.error("Slack does not say which conversations there are; the scope %s may be missing", scope)
                return
            except Wait as wait:
                await asyncio.sleep(self._api.real(wait.after))
            except Unclear:
                await asyncio.sleep(self._api.real(_AGAIN))

    async def again(self) -> None:
        """Read every conversation once more, because something may have been lost."""
        await self.known()
        await self.all()

    async def all(self) -> None:
        """Read every conversation that is left."""
        while self._left:
            for channel in sorted(self._left):
                try:
                    await self.before(channel)
                except Wait as wait:
                    await asyncio.sleep(self._api.real(wait.after))
                except Unclear:
                    await asyncio.sleep(self._api.real(_AGAIN))

    async def before(self, channel: str) -> None:
        """Read one conversation if that was not done yet: what was said now comes after it. Raises Wait and Unclear."""
        if channel not in self._left:
            return
        async with self._one[channel]:
            if channel not in self._left:
                return
            try:
                await self._read(channel)
            except SlackError as refused:
                scope = refused.needed
                log.warning("a conversation's history cannot be read; the scope %s may be missing", scope)
            self._left.pop(channel, None)

    async def _read(self, channel: str) -> None:
        assert self._handle is not None  # noqa: S101  set before anything arrives
        assert self._mark is not None  # noqa: S101
        last = await self._mark(heard.own(self._left[channel]))
        # Who never wrote before may have written while the bot was away; older words belong to an earlier installation.
        oldest = last or str((self._api.now() - _FIRST_WORDS).timestamp())
        found = [one async for one in self._api.pages("conversations.history", "messages", channel=channel, oldest=oldest)]
        for event in reversed(found):  # Slack gives the newest first
            incoming = await heard.message(event | {"channel": channel, "channel_type": "im"}, self._places)
            if incoming is not None and incoming.event > last:
                await self._handle(incoming)
