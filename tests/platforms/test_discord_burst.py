"""G11: many reports at once on a Discord that keeps its limits and fills up, with the time of both sides made shorter by one factor."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.discord_world import discord_world
from tests.platforms.discord_once import POSTS, ROOMS, ROSTER, early, people, private, queued, twice

pytestmark = pytest.mark.slow

REPORTS = 40
CHANNELS = 18
BESIDES = 3  # places in the server that go to two categories of ten and to the channel that threads hang on
RATE = 20.0


async def test_a_burst_loses_nothing_and_asks_for_nothing_that_is_refused(tmp_path: Path) -> None:
    async with discord_world(tmp_path, rate=RATE, per_category=10) as world:
        discord = world.discord
        strangers = [discord.add_person(f"stranger-{number}") for number in range(REPORTS)]
        message = world.encrypted("The model tells its secrets.")
        await world.settled()
        discord.caps(per_guild=len(discord.channels(light=True)) + CHANNELS + BESIDES)
        discord.forget_calls()
        await asyncio.gather(*(one.dm(message) for one in strangers))
        end = time.monotonic() + 120
        while len([one for one in discord.channels(light=True) if one.name.startswith("triage-aiv-")]) < REPORTS or await queued(world):
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        await world.settled()

        assert discord.invalid() == 0
        assert early(discord) == []
        assert twice(discord) == []
        rooms = world.triage()
        assert len(rooms) == len({one.name for one in rooms}) == REPORTS
        assert [one.kind for one in rooms] == ["text"] * CHANNELS + ["private_thread"] * (REPORTS - CHANNELS)
        for room in rooms:
            assert people(room, discord) == ROSTER
            assert len(world.said(room.name)) == 1, "one card"
        assert all(private(one, discord) for one in rooms[:1] + rooms[-1:])
        for one in strangers:
            receipts = [said.words for said in one.dms() if said.author == str(discord.bot_user)]
            assert len(receipts) == 1
            assert "We have your report" in receipts[0]
        calls = discord.calls()
        refused = [one for one in calls if one.status >= 400]
        assert len(refused) <= 10, "what is full is found out once"
        assert len(discord.calls(POSTS)) == 2 * REPORTS
        assert len(discord.calls(ROOMS)) == CHANNELS + BESIDES + len(refused)
        answered = [one.at for one in discord.calls(POSTS) if one.params["channel_id"] in {one.dms()[0].channel for one in strangers}]
        assert max(answered) < max(one.at for one in calls), "receipts do not wait for rooms"
