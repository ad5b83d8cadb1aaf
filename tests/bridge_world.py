"""The whole application on two platforms at once: the local one, and a strict Slack, with one clock moved by hand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bot import app as app_
from bot.platforms.slack.manifest import shape
from config import settings as settings_
from config.clock import ManualClock
from config.program import DEMO
from config.program import load as load_program
from storage import gpghome
from tests import pgp, queues
from tests.platforms.slack_standin import Standin
from tests.platforms.slack_standin.control import Slack
from tests.slack_world import PATIENCE, SlackWorld, roles, standing, words
from tests.world import MONDAY, PLAIN, World, template_folder


@dataclass
class Bridge:
    """The bot, and its people on either side."""

    app: app_.App
    clock: ManualClock
    local: World
    slack: SlackWorld

    async def moved(self, to: datetime) -> None:
        """Move the clock and let everything due happen."""
        self.clock.to(to)
        await self.app.ticking.tick()
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        await queues.settled(self.app.engine, most=PATIENCE)

    def told(self, who: str) -> str:
        """Return everything that the bot said to somebody on Slack directly."""
        return "\n".join(words(one) for one in self.slack.slack.person(who).dms() if one.by_app)

    def shown(self, report: str) -> str:
        """Return everything that a triage channel on Slack shows."""
        return "\n".join(words(one) for one in self.slack.said(self.slack.channel(report)))


@contextmanager
def _sender(folder: Path, app: app_.App) -> Iterator[Path]:
    home = folder / "sender"
    home.mkdir(mode=0o700, exist_ok=True)
    pgp.run_gpg(home, "--import", data=app.desk.key.armored.encode())
    try:
        yield home
    finally:
        gpghome.end_processes(home)


@asynccontextmanager
async def bridge(folder: Path, *, triage: str, people: bool = True, rate: float = 20.0, **changes: Any) -> AsyncIterator[Bridge]:
    """Open both platforms; reports are taken on both and triaged on `triage`, whose people hold their roles."""
    clock = ManualClock(MONDAY, rate)
    async with Standin.open(mode="socket", rate=rate, now=clock.now, manifest=shape()) as slack:
        await standing(slack)
        async with running(folder, slack, clock, triage=triage, **changes) as found:
            if people and triage == "slack":
                await roles(slack)
                await found.settled()
            yield found


@asynccontextmanager
async def running(folder: Path, slack: Slack, clock: ManualClock, *, triage: str, **changes: Any) -> AsyncIterator[Bridge]:
    """Run the bot on a workspace and a local world that may be there already."""
    data = folder / "data"
    if not data.exists():
        shutil.copytree(await template_folder(), data)
    settings = settings_.load(data=data, slack_bot_token=slack.bot_token, slack_api_url=slack.api_url,
                              slack_app_token=slack.app_token, admin=f"slack:{slack.person('admin').id}")
    given = {"triage_platform": triage, "intake_platforms": ("local", "slack"), **changes}
    async with app_.opened(settings, port=0, system=clock, poll=0.02, program=replace(load_program(DEMO), **given)) as app:
        stop = asyncio.Event()
        tasks = [asyncio.create_task(app.local.serve(stop)), *(
            asyncio.create_task(app.listen(one)) for one in app.platforms.values())]
        with _sender(folder, app) as sender:
            async with httpx.AsyncClient(base_url=app.local.address, timeout=60, verify=PLAIN) as client:
                try:
                    await asyncio.wait_for(app.platforms["slack"].caught_up.wait(), PATIENCE)
                    local = World(app, client, clock, data, sender, app.desk.key.fingerprint)
                    yield Bridge(app, clock, local, SlackWorld(slack, app, clock, sender))
                finally:
                    stop.set()
                    for task in tasks:
                        task.cancel()
                    await asyncio.wait(tasks, timeout=5)
