"""How the bot starts on Discord, what it says when it cannot, and what it does while Discord does not want it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.discord import connection
from bot.platforms.discord.adapter import CannotStartError, Discord
from commands import modules
from commands.registry import Registry
from config.clock import ManualClock
from tests.discord_world import MONDAY, discord_world
from tests.platforms.discord_once import POSTS, all_once, queued, shown
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.control import Discord as Stand


def platform(discord: Stand, **given: Any) -> Discord:
    values = {"token": discord.token, "guild": str(discord.guild_id), "api_url": discord.api_url, "gateway_url": discord.gateway_url,
              "registry": Registry.of(modules()), "clock": ManualClock(MONDAY, 50.0)} | given
    return Discord(**values)


async def refusal(one: Discord) -> str:
    with pytest.raises(CannotStartError) as wrong:
        await asyncio.wait_for(one.open(), 20)
    return str(wrong.value)


async def test_a_start_that_cannot_work_says_what_to_do_and_asks_once() -> None:
    async with Standin.open() as discord:
        said = await refusal(platform(discord, token="MTIz.wrong.token"))
        assert "DISCORD_TOKEN" in said
        assert "wrong" not in said
        for guild in ("1234567890", "", "my server"):
            assert "DISCORD_GUILD" in await refusal(platform(discord, guild=guild))
        assert "1234567890" in await refusal(platform(discord, guild="1234567890"))
        discord.permissions(remove=["manage_channels", "manage_threads"])
        said = await refusal(platform(discord))
        assert "manage channels" in said
        assert "manage threads" in said
        assert "embed links" not in said
        discord.kick_bot()
        assert "is not in the server" in await refusal(platform(discord))
        assert discord.gateway()["identifies"] == 0
        assert discord.invalid() <= 5


async def test_discord_that_is_away_at_the_start_is_said() -> None:
    async with Standin.open() as discord:
        discord.fault("*", "503")
        assert "could not be asked" in await refusal(platform(discord))
        discord.fault("GET /guilds/{guild_id}", "reset", times=2)  # the first is asked again at once
        assert "could not be asked" in await refusal(platform(discord))
        discord.fault("GET /users/@me", "limited", retry_after=600.0)
        assert "could not be asked" in await refusal(platform(discord))
        assert "DISCORD_API_URL" in await refusal(platform(discord, api_url="http://127.0.0.1:9/api/v10"))


@pytest.mark.slow
async def test_a_token_that_is_taken_away_is_said_once_and_the_work_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "harborlight")
    async with discord_world(tmp_path, rate=60.0) as world:
        discord = world.discord
        report = await world.report()
        await world.outsider.dm("hello")
        await world.until(lambda: world.told("outsider"), "an answer")
        other = world.encrypted("Title: Another\n\nAnother text.")
        await world.settled()
        assert not await queued(world)
        await discord.revoke_token()
        discord.forget_calls()
        await world.researcher.dm("Thought 0.")
        await world.outsider.dm(other)
        world.clock.to(world.clock.now() + timedelta(days=2))  # the acknowledgement is late, and that is to be said
        await world.app.ticking.tick()
        await asyncio.sleep(1.5)  # ninety seconds of the bot's
        assert await queued(world)
        assert 1 <= discord.invalid() <= 6, "it asks once a minute, beside what was on its way"
        discord.restore_token()
        await world.until(lambda: len(world.triage()) == 2, "the other channel")
        await world.until(lambda: "Thought 0." in "".join(shown(world, report)), "the words in the channel")
        await all_once(world, reports=2)
    said = [one.getMessage().split(":")[0] for one in caplog.records if "the bot's token" in one.getMessage()]
    assert said == ["Discord does not take the bot's token any more", "Discord takes the bot's token again"]
    assert discord.token not in caplog.text


@pytest.mark.slow
async def test_what_is_to_be_said_without_a_token_waits_without_a_call(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        discord = world.discord
        reports = [await world.report(who) for who in ("researcher", "outsider", "owner")]
        await world.settled()
        discord.fault(POSTS, "error", status=401, code=0, times=100)
        discord.forget_calls()
        for report in reports:
            await world.triager_sec.slash("vdp acknowledge", at=world.channel(report))
        await asyncio.sleep(1)  # twenty seconds of the bot's
        assert await queued(world)
        assert len([one for one in discord.calls() if one.status == 401]) <= 3, "one for each that was on its way"
        discord.clear_faults()
        await all_once(world, reports=3)


@pytest.mark.slow
async def test_an_intent_that_is_refused_is_said_once_and_no_session_is_begun_in_a_loop(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = connection.intents()
    asked.message_content = True
    monkeypatch.setattr(connection, "intents", lambda: asked)
    async with Standin.open() as discord:
        one = platform(discord, clock=ManualClock(MONDAY, 1_000.0))
        await one.open()
        listening = asyncio.create_task(one.line.keep())
        await asyncio.sleep(2.5)  # forty minutes of the bot's
        assert 2 <= discord.gateway()["identifies"] <= 5
        said = [record.getMessage() for record in caplog.records if record.name == "harborlight.discord"]
        assert [text.partition("(")[0] for text in said] == ["Discord does not let the bot listen "]
        discord.approve(message_content=True)
        await discord.until(lambda: discord.gateway()["open"], what="a session")
        await discord.until(lambda: "lets the bot listen again" in caplog.text, what="the good word")
        listening.cancel()
        await one.close()


async def test_sessions_that_come_to_nothing_are_begun_ever_more_slowly() -> None:
    async with Standin.open() as discord:
        clock = ManualClock(MONDAY, 1_000.0)
        one = platform(discord, clock=clock)
        await one.open()
        line = one.line
        for _ in range(5):
            await line.begins()
        with pytest.raises(connection.NoSessionError):
            await line.begins()
        line.came_up()
        await line.begins()
        await one.close()
