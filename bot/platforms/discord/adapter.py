"""The Discord platform: one server, the direct messages of its members, and what the bot does there.

Decides what follows from each thing that the line tells. What is said is recorded before anything else; Discord tells nothing
again, so what could not be recorded is read back. Leaves reading events to `heard.py`, answering to `answers.py`, and performing
effects to `deliver.py`. Two clients: one listens (`connection.py`), one acts, so that a process that only works needs no line.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any, Self

import aiohttp
import discord

from bot.platforms.discord import commands, connection, heard, invite
from bot.platforms.discord.answers import Answers
from bot.platforms.discord.asked import RefusedCall, Rejected, Unclear, Wait, asked
from bot.platforms.discord.capacity import Capacity
from bot.platforms.discord.deliver import Deliveries
from bot.platforms.discord.missed import Missed
from bot.platforms.discord.pace import Pace
from bot.platforms.discord.places import Places
from bot.platforms.port import Facts, Handle, Known, Limits, Mark, Outcome, Sending
from bot.platforms.port import nobody as nobody_known
from commands.calls import FileRef, Incoming, Reply
from commands.registry import Registry
from commands.wording import discord as wording
from config.clock import Clock
from config.settings import Settings

log = logging.getLogger("harborlight.discord")

_AGAIN = 5.0  # seconds until what could not be recorded is read back
_FRESH = timedelta(minutes=1)  # a change that is told before the message it changes is told within that time
_HEARD = 2_000  # messages that are remembered to have been told
_CHUNK = 64 * 1024


class CannotStartError(Exception):
    """Discord cannot be used as it is set up; the text says what to do."""


class Discord:
    """One server as a platform of the bot."""

    name = "discord"
    limits = Limits(text=2_000, upload=10 * 1024 * 1024, pace=1.0, channel_name=100, form_fields=5, patience=60.0, own_names=True,
                    one_line=True)

    def __init__(self, *, token: str, guild: str, api_url: str, gateway_url: str, registry: Registry, clock: Clock) -> None:
        """`registry` holds the commands that are offered."""
        self._token, self._guild, self._registry, self._clock = token, guild, registry, clock
        self._urls = api_url, gateway_url
        self.caught_up = asyncio.Event()
        self._handle: Handle | None = None
        self._unread = asyncio.Event()  # set while something that was said may not have been heard
        self._heard: dict[str, None] = {}  # the last messages that were told
        self._early: dict[str, Incoming] = {}  # messages that were taken back before they were told
        self._began = False  # whether a new line began since it was read back

    @classmethod
    def of(cls, settings: Settings, clock: Clock, registry: Registry) -> Self:
        """Return the server that the settings name."""
        token = settings.discord_token.get_secret_value() if settings.discord_token else ""
        return cls(token=token, guild=settings.discord_guild or "", api_url=settings.discord_api_url,
                   gateway_url=settings.discord_gateway_url, registry=registry, clock=clock)

    # -- start and end -----------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Check what was given; raises CannotStartError with what to do."""
        if not self._guild.isdecimal():
            raise CannotStartError(wording.guild_missing())
        connection.point(*self._urls)
        pace = Pace(self._clock)
        # Nothing is listened to here: this client only acts.
        self.rest = discord.Client(intents=connection.intents(), allowed_mentions=discord.AllowedMentions.none(), max_messages=None,
                                   http_trace=pace.trace())
        self.places = Places(self.rest, int(self._guild))
        self.capacity = Capacity(self.places, pace, clock=self._clock)
        standing = connection.Standing(self._clock)
        self.deliveries = Deliveries(self.places, self.capacity, standing)
        self.missed = Missed(self.places, clock=self._clock)
        self.answers = Answers(self.places, clock=self._clock)
        self.line = connection.Connection(self, self._token, clock=self._clock, standing=standing)
        try:
            await self._checked()
        except BaseException:
            await self.rest.close()
            raise

    async def _checked(self) -> None:
        try:
            await asked(self.rest.login(self._token))
            application = int(self.rest.application_id or 0)
            address = invite.address(application, int(self._guild))
            try:
                guild = await self.places.guild()
                me = await asked(guild.fetch_member(self.places.bot))
            except RefusedCall:
                raise CannotStartError(wording.no_guild(self._guild, address)) from None
            lacking = invite.lacking(me.guild_permissions)
            if lacking:
                raise CannotStartError(wording.lacks(lacking, address))
        except Rejected:
            raise CannotStartError(wording.token_refused()) from None
        except (Wait, Unclear, RefusedCall):
            raise CannotStartError(wording.unreachable()) from None

    async def offered(self) -> bool:
        """Tell whether Discord knows the commands as they are now. Raises as `asked` does."""
        theirs: Any = await asked(self.rest.http.get_global_commands(int(self.rest.application_id or 0)))
        return commands.same(commands.definitions(self._registry), theirs)

    async def _offer(self) -> None:
        """Tell Discord which commands there are, when it knows others: so many changes a day are free."""
        ours: Any = list(commands.definitions(self._registry))
        try:
            if not await self.offered():
                await asked(self.rest.http.bulk_upsert_global_commands(int(self.rest.application_id or 0), payload=ours))
        except (RefusedCall, Wait, Unclear) as refused:
            kind = str(refused)
            log.error("Discord does not take the commands: %s; those of an earlier start stay, and the next start tries again", kind)

    async def close(self) -> None:
        """Close the connections."""
        await self.line.close()
        await self.rest.close()

    def site(self) -> None:
        """Return nothing: Discord is listened to, it sends no requests."""
        return

    # -- what arrives ------------------------------------------------------------------------------------------

    async def receive(self, handle: Handle, mark: Mark, known: Known = nobody_known) -> None:
        """Give what people said while the bot was away, then what they say now; until cancelled."""
        self.missed.into(self._record, mark, known)
        self.missed.everything()
        await self._offer()
        self._handle = handle
        reading = asyncio.create_task(self._reading())
        try:
            await self.line.keep()
        finally:
            self._handle = None
            reading.cancel()
            await self.line.close()

    def began(self) -> None:
        """Have everything read back before anything newer is handled: a new line tells nothing of what was said before it."""
        self.missed.everything()
        self._began = True
        self._unread.set()

    async def _reading(self) -> None:
        """Read back what may have been missed, whenever something was; the first time ends the catching up."""
        while True:
            await self._unread.wait()
            self._unread.clear()
            await self._read_back()
            self.caught_up.set()

    async def _read_back(self) -> None:
        while True:
            try:
                if self._began:
                    await self.places.all(again=True)
                    self._began = False
                await self.missed.all()
                return
            except Wait as wait:
                await asyncio.sleep(self._clock.real(wait.after))
            except Exception as wrong:  # such as a database that is away
                kind = type(wrong).__name__
                log.warning("what was said meanwhile could not be read: %s; it is tried again", kind)
                await asyncio.sleep(self._clock.real(_AGAIN))

    async def message(self, message: discord.Message) -> None:
        """Record what somebody said to the bot."""
        await self._take(heard.message(message, self.places), message.channel.id, message.id)
        await self._take(self._early.pop(str(message.id), None), message.channel.id, message.id)

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Record what somebody changed; a message that was not told yet is told by its change."""
        if payload.guild_id is not None:
            return
        edit = heard.edited(payload.message, self.places)
        if edit is not None and self._ahead(payload.message_id):
            await self._take(heard.message(payload.message, self.places), payload.channel_id, payload.message_id)
        await self._take(edit, payload.channel_id, payload.message_id)

    async def deleted(self, channel: int, message: int, guild: int | None) -> None:
        """Record what somebody took back, once it was told."""
        if guild is not None:
            return
        gone = heard.deleted(channel, message, self.places, self._clock.now())
        if gone is not None and self._ahead(message):
            self._early = {**dict(list(self._early.items())[-_HEARD:]), str(message): gone}
            return
        await self._take(gone, channel, message)

    def _ahead(self, message: int) -> bool:
        """Tell whether a change came before the message that it changes."""
        return str(message) not in self._heard and self._clock.now() - discord.utils.snowflake_time(message) < _FRESH

    async def _take(self, incoming: Incoming | None, channel: int, message: int) -> None:
        """Have something recorded after everything that was said before it; what cannot be recorded now is read back later."""
        if incoming is None or self._handle is None:
            return
        try:
            async with self.missed.turn(channel):
                try:
                    await self._record(incoming)
                except Exception:
                    self.missed.lost(channel, message)
                    raise
        except Exception as wrong:
            kind = type(wrong).__name__
            log.warning("something that was said could not be recorded: %s; it is read back", kind)
            self._unread.set()

    async def _record(self, incoming: Incoming) -> Reply:
        """Have a message recorded, and remember that it was told."""
        assert self._handle is not None  # noqa: S101  looked at before
        reply = await self._handle(incoming)
        if not incoming.edits:
            self._heard[incoming.event] = None
            if len(self._heard) > _HEARD:
                del self._heard[next(iter(self._heard))]
        return reply

    async def interaction(self, interaction: discord.Interaction) -> None:
        """Answer what somebody asked for."""
        if self._handle is not None:
            await self.answers.answer(interaction, self._asked)

    async def _asked(self, incoming: Incoming) -> Reply:
        """Have what an interaction brings handled: a message in its turn, as any other."""
        assert self._handle is not None  # noqa: S101  looked at before
        direct = self.places.known_direct(incoming.person)
        if incoming.kind != "message" or not direct:
            return await self._handle(incoming)
        async with self.missed.turn(direct):
            return await self._handle(incoming)

    async def channel(self, what: str, channel: Any) -> None:
        """Keep what the line says of channels; what people did by hand to one of ours is passed on."""
        if what != "gone":
            self.places.learn(channel)
            return
        found = int(getattr(channel, "id", 0) or getattr(channel, "thread_id", 0))
        self.capacity.freed()
        notice = heard.notice(found, "removed", self.places, self._clock.now())
        self.places.forget(found)
        if notice is not None and self._handle is not None:
            await self._handle(notice)

    # -- what leaves -------------------------------------------------------------------------------------------

    async def deliver(self, sending: Sending) -> Outcome:
        """Perform one effect; with `attempt` above 1 look before acting."""
        return await self.deliveries.perform(sending)

    async def fetch(self, file: FileRef, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit` + 1; raises FileNotFoundError when it is gone, OSError when it is away."""
        where, _, rest = file.id.partition(":")
        message, _, attachment = rest.partition(":")
        try:
            address = attachment.partition(":")[2] if not where else await self._address(int(where), int(message), int(attachment))
        except RefusedCall:
            raise FileNotFoundError(file.id) from None
        except (Wait, Unclear) as lost:
            raise OSError(type(lost).__name__) from None
        return await self._download(address, limit + 1)

    async def _address(self, channel: int, message: int, attachment: int) -> str:
        """Return where a file can be fetched now: addresses are good for a day, so the message is asked again."""
        found = await asked(self.rest.get_partial_messageable(channel).fetch_message(message))
        for one in found.attachments:
            if one.id == attachment:
                return one.url
        raise RefusedCall("file_gone")

    async def _download(self, address: str, most: int) -> bytes:
        found = bytearray()
        try:
            async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as response:
                if response.status != 200 or response.content_type == "text/html":
                    raise FileNotFoundError("no file there")
                async for chunk in response.content.iter_chunked(_CHUNK):
                    found += chunk
                    if len(found) >= most:
                        break
        except (aiohttp.ClientError, TimeoutError) as lost:
            raise OSError(type(lost).__name__) from None
        return bytes(found[:most])

    async def look(self, channel: str) -> Facts:
        """Return what is known of a channel."""
        try:
            return await self.capacity.look(await self.places.find(channel))
        except RefusedCall:
            return Facts(exists=False)
