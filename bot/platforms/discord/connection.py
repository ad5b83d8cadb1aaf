"""The line to Discord: one client of the library, pointed at the addresses in the settings, that reports what it hears.

Decides which intents are asked for, and when it connects again: the library resumes a torn line by itself, and what it gives up is
begun anew here. What can never work (a token that is not taken, an intent that is not allowed) is not tried in a loop.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any, Protocol

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from config.clock import Clock

log = logging.getLogger("harborlight.discord")

LONGEST_WAIT = 30.0  # seconds that the library waits by itself for a bucket; longer ones are the lane's
_AGAIN = (1.0, 5.0, 15.0, 60.0)  # seconds until a line that could not be opened is tried again
_FATAL = frozenset((4004, 4010, 4011, 4012, 4013, 4014))


class Hears(Protocol):
    """Whoever is told what Discord says."""

    async def ready(self) -> None:
        """The line is up, and what was said meanwhile was not told."""

    async def message(self, message: discord.Message) -> None:
        """Somebody said something."""

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was changed."""

    async def deleted(self, channel: int, message: int, guild: int | None) -> None:
        """A message was taken back."""

    async def interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form."""

    async def channel(self, what: str, channel: Any) -> None:
        """A channel or thread was made, changed or removed; `what` is made, changed or gone."""


def intents() -> discord.Intents:
    """Return as few as possible: the server's channels, and direct messages, whose text needs no privilege."""
    found = discord.Intents.none()
    found.guilds = True
    found.dm_messages = True
    return found


class Client(discord.Client):
    """The library's client; every event is passed on."""

    def __init__(self, hears: Hears) -> None:
        super().__init__(
            intents=intents(), allowed_mentions=discord.AllowedMentions.none(), max_messages=None, chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(), max_ratelimit_timeout=LONGEST_WAIT, guild_ready_timeout=1.0,
        )
        self._hears = hears

    async def on_ready(self) -> None:
        """The line is up."""
        await self._hears.ready()

    async def on_message(self, message: discord.Message) -> None:
        """Somebody said something."""
        await self._hears.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was changed."""
        await self._hears.edited(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was taken back."""
        await self._hears.deleted(payload.channel_id, payload.message_id, payload.guild_id)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form."""
        await self._hears.interaction(interaction)

    async def on_guild_channel_create(self, channel: Any) -> None:
        """A channel was made."""
        await self._hears.channel("made", channel)

    async def on_guild_channel_update(self, _before: Any, after: Any) -> None:
        """A channel was changed."""
        await self._hears.channel("changed", after)

    async def on_guild_channel_delete(self, channel: Any) -> None:
        """A channel was removed."""
        await self._hears.channel("gone", channel)

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """A thread was changed."""
        await self._hears.channel("changed", payload)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was removed."""
        await self._hears.channel("gone", payload)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Say that an event failed, and nothing of what was in it."""
        method, kind = event_method, type(sys.exc_info()[1]).__name__
        log.error("an event of Discord's could not be handled: %s, %s", method, kind)


def point(api_url: str, gateway_url: str) -> None:
    """Point the library at these addresses, for every client made afterwards."""
    Route.BASE = api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here


class Connection:
    """A client that is kept connected. What the bot does on Discord goes over another one, which needs no line."""

    def __init__(self, hears: Hears, token: str, *, clock: Clock) -> None:
        """`hears` is told everything."""
        self._hears, self._token, self._clock = hears, token, clock
        self._client: Client | None = None
        self.rejected = False  # whether Discord took the token away

    async def keep(self) -> None:
        """Stay connected until cancelled."""
        tries = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                self._client = Client(self._hears)
                await self._client.login(self._token)
                self.judged(well=True)
                await self._client.connect(reconnect=True)
            except (discord.LoginFailure, discord.PrivilegedIntentsRequired) as wrong:
                self.judged(well=False, kind=type(wrong).__name__)
                tries = len(_AGAIN)
            except discord.ConnectionClosed as closed:
                if closed.code in _FATAL:
                    self.judged(well=False, kind=f"close code {closed.code}")
                    tries = len(_AGAIN)
            except Exception as lost:  # the library lets many kinds through when the first handshake fails
                kind = type(lost).__name__
                log.warning("the line to Discord could not be opened: %s; it is tried again", kind)
            if asyncio.get_running_loop().time() - began > _AGAIN[-1]:
                tries = 0
            await self.close()
            await asyncio.sleep(self._clock.real(_AGAIN[min(tries, len(_AGAIN) - 1)]))
            tries += 1

    def judged(self, *, well: bool, kind: str = "") -> None:
        """Keep whether Discord takes the token, and say so when that changes."""
        if self.rejected == well:
            self.rejected = not well
            if well:
                log.warning("Discord takes the bot's token again")
            else:
                log.error("Discord does not take the bot any more (%s): look at its token and its intents; what is recorded is kept "
                          "until then", kind)

    async def close(self) -> None:
        """Close the line."""
        if self._client is not None and not self._client.is_closed():
            await self._client.close()
