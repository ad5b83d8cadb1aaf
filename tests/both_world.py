"""The whole application on a strict Discord and a strict Slack at once, with one clock moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import app as app_
from bot.platforms.slack.manifest import shape
from config import settings as settings_
from config.clock import Clock, ManualClock
from storage import gpghome
from tests import discord_world, queues, slack_world
from tests.discord_world import DiscordWorld
from tests.platforms.discord_standin import Standin as DiscordStandin
from tests.platforms.discord_standin.control import Discord
from tests.platforms.slack_standin import Standin as SlackStandin
from tests.platforms.slack_standin.control import Slack
from tests.slack_world import PATIENCE, ROLES, SlackWorld, program, words
from tests.world import MONDAY


@dataclass
class Both:
    """The bot, and its people on either side."""

    app: app_.App
    clock: Clock
    discord: DiscordWorld
    slack: SlackWorld

    async def moved(self, to: datetime) -> None:
        """Move the clock and let everything due happen."""
        self.discord.clock.to(to)
        await self.app.ticking.tick()
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        await queues.settled(self.app.engine, most=PATIENCE)


@asynccontextmanager
async def both(
    folder: Path, *, triage: str, rate: float = 20.0, staff: Mapping[str, str] = ROLES, **changes: Any,
) -> AsyncIterator[Both]:
    """Open both platforms; reports are taken on both and triaged on `triage`, where the `staff` hold their roles."""
    clock = ManualClock(MONDAY, rate)
    async with DiscordStandin.open(rate=rate, now=clock.now) as discord, SlackStandin.open(
            mode="socket", rate=rate, now=clock.now, manifest=shape()) as slack:
        await standing(discord, slack)
        there: Any = {"slack": slack, "discord": discord}[triage]
        for name in staff.keys() - {one["name"] for one in there.people()}:
            there.add_person(name)
        async with running(folder, discord, slack, clock, triage=triage, **changes) as found:
            await (slack_world.roles(slack, staff) if triage == "slack" else discord_world.roles(discord, staff))
            await found.settled()
            yield found


async def standing(discord: Discord, slack: Slack) -> None:
    """Make the channels that a programme has besides those of its reports."""
    discord_world.standing(discord)
    await slack_world.standing(slack)


def given(discord: Discord, slack: Slack, triage: str) -> dict[str, Any]:
    """Return the settings of a bot on both, whose operator is where the triage is."""
    admin = {"slack": slack, "discord": discord}[triage].person("admin").id
    return {
        "discord_token": discord.token, "discord_guild": str(discord.guild_id), "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url, "slack_bot_token": slack.bot_token, "slack_api_url": slack.api_url,
        "slack_app_token": slack.app_token, "admin": f"{triage}:{admin}",
    }


@asynccontextmanager
async def running(
    folder: Path, discord: Discord, slack: Slack, clock: Any, *, triage: str, database_url: str | None = None, **changes: Any,
) -> AsyncIterator[Both]:
    """Run the bot on a server and a workspace that may have a past."""
    settings = settings_.load(data=folder / "data", database_url=database_url, **given(discord, slack, triage))
    placed = {"triage_platform": triage, "intake_platforms": ("discord", "slack"), **changes}
    async with app_.opened(settings, port=0, system=clock, poll=0.02, program=program(**placed)) as app:
        tasks = [asyncio.create_task(app.listen(one)) for one in app.platforms.values()]
        try:
            for one in app.platforms.values():
                await asyncio.wait_for(one.caught_up.wait(), PATIENCE)
            on_discord = DiscordWorld(discord, app, clock)
            yield Both(app, clock, on_discord, SlackWorld(slack, app, clock, on_discord.sender))
            gpghome.remove_home(on_discord.sender)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=5)


def on_slack(world: Both, who: str) -> str:
    """Return everything that the bot said to somebody on Slack directly."""
    return "\n".join(words(one) for one in world.slack.slack.person(who).dms() if one.by_app)


def on_discord(world: Both, who: str) -> str:
    """Return everything that the bot said to somebody on Discord directly."""
    return "\n".join(one.words for one in world.discord.told(who))
