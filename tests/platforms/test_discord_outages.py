"""Outages on a strict Discord: lines that end in every way, a database that is away, a bot that is away for hours.

What only concerns the line is proved on the adapter alone, with a desk that writes down what it hears; the rest on the whole bot.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.discord import connection
from bot.platforms.discord.adapter import Discord
from commands import modules
from commands.calls import Incoming, Reply
from commands.registry import Registry
from config.clock import ManualClock
from tests.discord_world import MONDAY, PATIENCE
from tests.platforms.discord_once import Lives, all_once, shown, thoughts, told
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.control import Discord as Stand

RATE = 20.0


class Desk:
    """A desk that writes down what it hears, each thing once, while its database is there."""

    def __init__(self) -> None:
        self.heard: dict[str, Incoming] = {}
        self.away = False
        self.tries = 0

    async def handle(self, incoming: Incoming) -> Reply:
        self.tries += 1
        await asyncio.sleep(0.001)
        if self.away:
            raise OSError("the database is away")
        self.heard.setdefault(incoming.event, incoming)
        return Reply()

    async def mark(self, conversation: str) -> str:
        if self.away:
            raise OSError("the database is away")
        found = [one.event for one in self.heard.values() if one.conversation == conversation and not one.edits]
        return found[-1] if found else ""

    async def known(self) -> Sequence[tuple[str, str]]:
        if self.away:
            raise OSError("the database is away")
        return sorted({(one.person, one.room) for one in self.heard.values() if one.room})

    def said(self, who: str = "") -> list[str]:
        return [one.text for one in self.heard.values() if who in ("", one.name)]


class Ear:
    """The adapter with its line, a desk, and the server."""

    def __init__(self, discord: Stand, desk: Desk, platform: Discord) -> None:
        self.discord, self.desk, self.platform = discord, desk, platform

    async def hears(self, *words: str, who: str = "researcher") -> None:
        """Wait until exactly these words of somebody were heard, in this order."""
        await self.discord.until(lambda: len(self.desk.said(who)) >= len(words), what=words[-1], seconds=PATIENCE)
        await asyncio.sleep(0.05)
        assert self.desk.said(who) == list(words)


@asynccontextmanager
async def listening(discord: Stand, desk: Desk, clock: ManualClock) -> AsyncIterator[Ear]:
    """Let the adapter live once."""
    platform = Discord(token=discord.token, guild=str(discord.guild_id), api_url=discord.api_url, gateway_url=discord.gateway_url,
                       registry=Registry.of(modules()), clock=clock)
    await platform.open()
    task = asyncio.create_task(platform.receive(desk.handle, desk.mark, desk.known))
    try:
        await asyncio.wait_for(platform.caught_up.wait(), PATIENCE)
        yield Ear(discord, desk, platform)
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=5)
        await platform.close()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    clock = ManualClock(MONDAY, RATE)
    async with Standin.open(rate=RATE, now=clock.now) as discord, listening(discord, Desk(), clock) as found:
        yield found


# -- row 15: the line ----------------------------------------------------------------------------------------------

@pytest.mark.slow
async def test_a_line_that_ends_in_any_way_loses_nothing(ear: Ear) -> None:
    discord, words = ear.discord, []
    for number, how in enumerate(("torn", "op 7", "op 9, resumable", "closed", "op 9", "lost", "refused")):
        connects, words = discord.gateway()["connects"], [*words, f"{how}, before", f"{how}, meanwhile", f"{how}, after"]
        await discord.person("researcher").dm(words[-3])
        discord.hold_handshakes()
        match how:
            case "torn":
                await discord.drop()
            case "op 7":
                discord.reconnect_gateway()
            case "op 9, resumable":
                discord.invalidate(resumable=True)
            case "op 9":
                discord.invalidate(resumable=False)
            case "closed":
                await discord.close_gateway(4000)
            case "lost":
                discord.lose_sessions()
                await discord.drop()
            case "refused":
                discord.refuse_handshakes()
                await discord.drop()
        await discord.until(lambda: not discord.gateway()["open"], what="the end of the line")
        await discord.person("researcher").dm(words[-2])
        discord.hold_handshakes(on=False)
        await discord.until(lambda last=connects: discord.gateway()["connects"] > last and discord.gateway()["open"], what="a line")
        await discord.person("researcher").dm(words[-1])
        await ear.hears(*words)
        assert discord.gateway()["identifies"] == 1 + sum(one in ("op 9", "lost") for one in ("torn", "op 7", "op 9, resumable", "closed",
                                                                                             "op 9", "lost", "refused")[:number + 1])
    assert len(ear.desk.heard) == len(words)


async def test_what_is_said_as_a_new_session_begins_comes_after_what_was_missed(ear: Ear) -> None:
    """Else it counts as the last thing that was handled, and what was missed is never looked for."""
    discord = ear.discord
    people = [discord.person(one) for one in ("researcher", "outsider", "owner")]
    for one in people:
        await one.dm("Thought 0.")
    for one in people:
        await ear.hears("Thought 0.", who=one.name)
    discord.hold_handshakes()
    discord.lose_sessions()
    await discord.drop()
    for one in people:
        for number in (1, 2):
            await one.dm(f"Thought {number}.")
    discord.fault("GET /channels/{channel_id}/messages", "slow", 2, seconds=0.3)
    discord.fault("GET /channels/{channel_id}/messages", "503", 2)
    discord.hold_handshakes(on=False)
    await discord.connected()
    for one in people:
        for number in (3, 4):
            await one.dm(f"Thought {number}.")
    for one in people:
        await ear.hears(*(f"Thought {number}." for number in range(5)), who=one.name)


@pytest.mark.slow
async def test_a_first_handshake_that_is_refused_is_tried_again() -> None:
    """The library lets an AttributeError through."""
    clock = ManualClock(MONDAY, RATE)
    async with Standin.open(rate=RATE, now=clock.now) as discord:
        discord.refuse_handshakes(2)
        async with listening(discord, Desk(), clock) as ear:
            await discord.person("researcher").dm("hello")
            await ear.hears("hello")
        assert discord.gateway()["refused"] == 2


@pytest.mark.slow
async def test_a_line_that_falls_silent_is_noticed_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENT", 1.0)
    clock = ManualClock(MONDAY, RATE)
    async with Standin.open(rate=RATE, now=clock.now, heartbeat_seconds=0.3) as discord, listening(discord, Desk(), clock) as ear:
        discord.silent()
        await discord.person("researcher").dm("Does anybody hear?")
        await ear.hears("Does anybody hear?")
        assert discord.gateway()["resumes"] >= 1


# -- rows 16, 17 and 20: the bot or its database was away ----------------------------------------------------------

async def test_more_than_a_page_of_missed_words_is_read_in_order(ear: Ear) -> None:
    discord, who = ear.discord, ear.discord.person("researcher")
    await who.dm("Thought 0.")
    await ear.hears("Thought 0.")
    discord.hold_handshakes()
    discord.lose_sessions()
    await discord.drop()
    for number in range(1, 231):
        await who.dm(f"Thought {number}.")
    discord.fault("GET /channels/{channel_id}/messages", "lost", skip=1)
    discord.fault("GET /channels/{channel_id}/messages", "limited", skip=2, retry_after=0.1)
    discord.forget_calls()
    discord.hold_handshakes(on=False)
    await ear.hears(*(f"Thought {number}." for number in range(231)))
    assert ear.desk.tries < 2 * 231 + 10
    assert len(discord.calls("GET /channels/{channel_id}/messages")) <= 8


async def test_what_could_not_be_recorded_is_read_back_in_order_once_the_database_is_there(
    ear: Ear, caplog: pytest.LogCaptureFixture,
) -> None:
    discord, who = ear.discord, ear.discord.person("researcher")
    ear.desk.away = True
    for number in range(5):
        await who.dm(f"Thought {number}.")  # their very first words
    seen = await who.slash("report status")
    assert "Try again in a minute" in seen.text
    await asyncio.sleep(0.5)  # ten seconds of the bot's
    discord.forget_calls()
    await asyncio.sleep(0.5)
    assert len(discord.calls()) <= 10, "it is tried now and then"
    ear.desk.away = False
    await who.dm("Thought 5.")
    await ear.hears(*(f"Thought {number}." for number in range(6)))
    assert "Thought" not in caplog.text
    assert "it is read back" in caplog.text


@pytest.mark.slow
async def test_a_new_session_while_the_database_is_away_reads_all_of_it_later(ear: Ear) -> None:
    discord = ear.discord
    for name in ("researcher", "outsider"):
        await discord.person(name).dm("Thought 0.")
        await ear.hears("Thought 0.", who=name)
    discord.hold_handshakes()
    discord.lose_sessions()
    await discord.drop()
    await discord.person("researcher").dm("Thought 1.")
    ear.desk.away = True
    discord.hold_handshakes(on=False)
    await discord.connected()
    await discord.person("outsider").dm("Thought 1.")
    await asyncio.sleep(1.3)  # the library waits one for the guild
    ear.desk.away = False
    for name in ("researcher", "outsider"):
        await ear.hears("Thought 0.", "Thought 1.", who=name)


@pytest.mark.slow
async def test_after_an_hour_away_everybody_is_heard_once_and_in_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Lives.begun(tmp_path, rate=RATE) as lives:
        discord, clock = lives.discord, lives.clock
        async with lives.life() as world:
            report = await world.report()
            await world.outsider.dm("hello")
            await world.until(lambda: told(world, "outsider"), "an answer")
            another = world.encrypted("Title: First words\n\nSaid while nobody heard.")
            unheard = world.encrypted("Title: Nobody\n\nTheir very first words.")
            await world.settled()
        clock.advance(timedelta(minutes=20))
        guest = discord.add_person("guest")
        await guest.dm(unheard)
        for number in range(12):
            clock.advance(timedelta(minutes=2))
            await discord.person("researcher").dm(f"Thought {number}.")
        await discord.person("outsider").dm(another)
        clock.advance(timedelta(minutes=16))
        discord.forget_calls()
        async with lives.life() as world:
            await discord.person("researcher").dm("Thought 12.")
            await world.until(lambda: thoughts(world, report, 13)[-1:] == [12], "the last words")
            await world.until(lambda: len(world.triage()) == 2, "the other report")
            await all_once(world, reports=2)
            assert thoughts(world, report, 13) == list(range(13))
            # The first words of somebody who was never heard are not found; a command works.
            assert told(world, "guest") == []
            seen = await guest.slash("report new")
            assert seen.modal is not None
            await guest.dm(unheard)
            await world.until(lambda: len(world.triage()) == 3, "their report")
            await all_once(world, reports=3)
            assert shown(world, report)
        assert discord.command_writes()["writes"] == 1
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR and one.name.startswith("harborlight")]
