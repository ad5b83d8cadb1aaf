"""The whole application on a strict Discord: the real discord.py, real SQLite and gpg, a clock moved by hand.

`rate` shortens every wait on both sides by the same factor: Discord's limits, and what the bot waits for them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot import app as app_
from config import settings as settings_
from config.clock import ManualClock
from storage import gpghome
from storage.models import Delivery
from tests import pgp, queues
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.seen import Posted
from tests.platforms.discord_standin.someone import Someone
from tests.slack_world import ROLES, program
from tests.world import MONDAY, accept_deadlines

PATIENCE = 20.0  # real seconds


@dataclass
class DiscordWorld:
    """The bot on Discord, and the people of the server."""

    discord: Discord
    app: app_.App
    clock: ManualClock
    sender: Path = field(default_factory=gpghome.make_home)

    def __getattr__(self, name: str) -> Someone:
        return self.discord.person(name.replace("_", "-"))

    def encrypted(self, text: str) -> str:
        """Return text encrypted to the programme's key, armored."""
        key = self.app.desk.key
        pgp.run_gpg(self.sender, "--import", data=key.armored.encode())
        return pgp.armor(pgp.encrypt(self.sender, [key.fingerprint], text.encode()))

    async def until(self, found: Callable[[], Any], what: str = "") -> Any:
        """Wait for something that is true on Discord, and return it."""
        end = time.monotonic() + PATIENCE
        while True:
            one = found()
            if one:
                return one
            if time.monotonic() > end:
                raise AssertionError(f"it did not come: {what}")
            await asyncio.sleep(0.02)

    async def report(self, who: str = "researcher", text: str = "The model tells its secrets. It did so in 3 of 10 tries.") -> str:
        """Send an encrypted report and return its id once its channel has its card."""
        before = {one.name for one in self.triage()}
        await self.discord.person(who).dm(self.encrypted(text))
        channel = await self.until(lambda: next((one for one in self.triage() if one.name not in before), None), "a channel")
        await self.until(lambda: self.said(channel.name), "the card")
        return "AIV-" + channel.name.removeprefix("triage-aiv-")[:5].upper()

    def triage(self) -> list[Any]:
        """Return the rooms of reports, channels and threads."""
        found = [*self.discord.channels("text"), *self.discord.threads()]
        return [one for one in found if (one.name or "").startswith("triage-aiv-")]

    def channel(self, report: str) -> str:
        """Return the name of a report's channel."""
        return f"triage-{report.lower()}"

    def said(self, channel: str) -> list[Posted]:
        """Return what the bot said in a channel."""
        return [one for one in self.discord.messages(channel) if one.author == str(self.discord.bot_user)]

    def told(self, who: str = "researcher") -> list[Posted]:
        """Return what the bot said to somebody directly."""
        return [one for one in self.discord.person(who).dms() if one.author == str(self.discord.bot_user)]

    async def moved(self, to: datetime) -> None:
        """Move the clock and let everything due be started."""
        self.clock.to(to)
        await self.app.ticking.tick()
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        await queues.settled(self.app.engine, most=PATIENCE)


@asynccontextmanager
async def discord_world(
    folder: Path, *, rate: float = 20.0, start: datetime = MONDAY, people: bool = True, **more: Any,
) -> AsyncIterator[DiscordWorld]:
    """Open the bot on a fresh server, with its standing channels and, unless told otherwise, everybody's roles."""
    clock = ManualClock(start, rate)
    async with Standin.open(rate=rate, now=clock.now, **more) as discord:
        standing(discord)
        async with discord_bot(folder, discord, clock) as found:
            if people:
                await roles(discord)
                await found.settled()
                async with found.app.database.work(clock.now()) as work:
                    await accept_deadlines(work, found.app.program)
            yield found


def standing(discord: Discord) -> None:
    """Make the channels that a programme has besides those of its reports."""
    discord.create_channel("hall-of-fame")
    discord.create_channel("leadership", private=["leadership", "lead", "bot"])


async def roles(discord: Discord, given: Mapping[str, str] = ROLES) -> None:
    """Give people their roles."""
    for name, role in given.items():
        for _ in range(5):  # on a busy machine the answer comes too late
            answer = await discord.person("admin").slash("vdp-program grant", who=name, role=role, at="desk")
            if re.search("Granted|Recorded|already", answer.text):
                break
        else:
            raise AssertionError(f"{name} has no role: {answer}")


@asynccontextmanager
async def discord_bot(folder: Path, discord: Discord, clock: ManualClock, **more: Any) -> AsyncIterator[DiscordWorld]:
    """Run the bot on a server that is there already; `more` are settings."""
    settings = settings_.load(
        data=folder / "data", discord_token=discord.token, discord_guild=str(discord.guild_id), discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url, admin=f"discord:{discord.person('admin').id}", **more,
    )
    async with app_.opened(settings, system=clock, poll=0.02, program=program()) as app:
        platform = app.platforms["discord"]
        task = asyncio.create_task(app.listen(platform))
        try:
            await asyncio.wait_for(platform.caught_up.wait(), PATIENCE)
            world = DiscordWorld(discord, app, clock)
            yield world
            gpghome.remove_home(world.sender)
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=5)


def button(message: Posted, label: str) -> str:
    """Return the custom_id of a button with that label; raises LookupError when there is none."""
    for custom, shown in message.buttons.items():
        if shown == label:
            return custom
    raise LookupError(f"no button {label!r}")


async def press(world: DiscordWorld, person: Someone, label: str, channel: str = "") -> Any:
    """Press the newest button with that label in a channel, or in the person's own conversation with the bot."""

    def found() -> Any:
        said = world.said(channel) if channel else [one for one in person.dms() if one.author == str(world.discord.bot_user)]
        for one in reversed(said):
            try:
                return one, button(one, label)
            except LookupError:
                continue
        return None

    message, custom = await world.until(found, f"a button {label!r}")
    return await person.click(message, custom)


async def dead(world: DiscordWorld) -> list[tuple[str, str, str]]:
    """Return what could not be delivered: its key, its kind and the reason."""
    async with world.app.database.read(world.clock.now()) as work:
        rows = (await work.session.execute(select(Delivery).where(col(Delivery.state) != "done"))).scalars()
        return sorted((one.key, one.kind, one.reason) for one in rows)
