"""The line to Discord: one client of the library, pointed at the addresses in the settings, that reports what it hears.

Decides which intents are asked for, and when it connects again: the library resumes a torn line by itself, and what it gives up is
begun anew here. What can never work (a token that is not taken, an intent that is not allowed) is said once and not tried in a loop:
Discord takes a thousand new sessions a day, and bars whoever asks for too much that is refused.
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

_LONGEST_WAIT = 30.0  # seconds that the library waits to log in
SILENT = 60.0  # real seconds without a sign of life after which a line counts as torn; Discord's own pulse is 41
_AGAIN = (1.0, 5.0, 15.0, 60.0)  # seconds until a line that could not be opened is tried again
_REJECTED = 60.0  # seconds until it is tried again whether Discord takes the token
_HOPELESS = 600.0  # seconds until a session that Discord does not want is begun once more
_BEGIN = 5.0  # seconds between two sessions that are begun
_BEGUN = 5  # sessions in a row that may come to nothing
_FATAL = frozenset((4010, 4011, 4012, 4013, 4014))  # 4004 is the token


class Hears(Protocol):
    """Whoever is told what Discord says."""

    def began(self) -> None:
        """A new session begins: what was said since the last one is never told. Nothing that it tells comes before this."""

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


class NoSessionError(Exception):
    """Discord ends each new session before it has begun."""


class Standing:
    """Whether Discord takes the bot's token: said when that changes, and asked only now and then while it does not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rejected = False
        self._next = 0.0  # on the loop's clock

    def judged(self, *, well: bool) -> None:
        """Keep what Discord thinks of the token, and say so when that changes."""
        if self.rejected == well:
            self.rejected = not well
            if well:
                log.warning("Discord takes the bot's token again")
            else:
                log.error("Discord does not take the bot's token any more: give it another one; what is recorded is kept until then")
        if not well:
            self._next = asyncio.get_running_loop().time() + self._clock.real(_REJECTED)

    def wait(self) -> float:
        """Return the seconds after which to come again; with 0 the caller may ask, and nobody else until it is known what came of it."""
        now = asyncio.get_running_loop().time()
        if not self.rejected:
            return 0.0
        if now < self._next:
            return _REJECTED
        self._next = now + self._clock.real(_REJECTED)
        return 0.0


class Client(discord.Client):
    """The library's client; every event is passed on."""

    def __init__(self, line: Connection, hears: Hears) -> None:
        super().__init__(
            intents=intents(), allowed_mentions=discord.AllowedMentions.none(), max_messages=None, chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(), max_ratelimit_timeout=_LONGEST_WAIT,
            heartbeat_timeout=SILENT,
        )
        self._line, self._hears = line, hears

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:
        """Wait before a session is begun, unless it is the first."""
        await self._line.begins()

    async def on_connect(self) -> None:
        """A new session begins."""
        self._line.came_up()
        self._hears.began()

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

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """A thread was made."""
        await self._hears.channel("made", thread)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """A thread came into sight, or back from the archive."""
        await self._hears.channel("made", thread)

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

    def __init__(self, hears: Hears, token: str, *, clock: Clock, standing: Standing) -> None:
        """`hears` is told everything; `standing` keeps whether the token is taken."""
        self._hears, self._token, self._clock, self._standing = hears, token, clock, standing
        self._client: Client | None = None
        self._up = False
        self._begun = 0  # sessions that were begun since one came to be
        self._refused = ""  # why Discord does not want the line, as far as it was said

    async def keep(self) -> None:
        """Stay connected until cancelled."""
        tries = 0
        while True:
            wait = _AGAIN[min(tries, len(_AGAIN) - 1)]
            self._begun, self._up = 0, False
            tries += 1
            try:
                self._client = Client(self, self._hears)
                await self._client.login(self._token)
                await self._client.connect(reconnect=True)
            except discord.LoginFailure:
                self._standing.judged(well=False)
                wait = _REJECTED
            except (discord.PrivilegedIntentsRequired, NoSessionError) as wrong:
                wait = self._not_wanted(type(wrong).__name__)
            except discord.ConnectionClosed as closed:
                if closed.code == 4004:
                    self._standing.judged(well=False)
                    wait = _REJECTED
                elif closed.code in _FATAL:
                    wait = self._not_wanted(f"close code {closed.code}")
            except Exception as lost:  # the library lets many kinds through when the first handshake fails
                kind = type(lost).__name__
                log.warning("the line to Discord could not be opened: %s; it is tried again", kind)
            if self._up:
                tries = 0
            await self.close()
            await asyncio.sleep(self._clock.real(wait))

    async def begins(self) -> None:
        """Wait before a session is begun; raises NoSessionError when none came of the last ones."""
        self._begun += 1
        if self._begun > _BEGUN:
            raise NoSessionError
        if self._begun > 1 or self._up:
            await asyncio.sleep(self._clock.real(_BEGIN))

    def came_up(self) -> None:
        """Keep that Discord took the bot."""
        self._begun, self._up = 0, True
        self._standing.judged(well=True)
        if self._refused:
            self._refused = ""
            log.warning("Discord lets the bot listen again")

    def _not_wanted(self, kind: str) -> float:
        if self._refused != kind:
            self._refused = kind
            log.error("Discord does not let the bot listen (%s): look at the app's page under Bot, intents; it is tried every ten "
                      "minutes, and what is recorded is kept", kind)
        return _HOPELESS

    async def close(self) -> None:
        """Close the line."""
        if self._client is not None and not self._client.is_closed():
            await self._client.close()
