"""The whole application on a strict Slack: real slack-bolt and slack-sdk, real SQLite and gpg, a clock moved by hand.

`rate` shortens every wait on both sides by the same factor: Slack's limits, and what the bot waits for them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import app as app_
from bot.platforms.serving import listening, serve
from bot.platforms.slack.manifest import shape
from config import settings as settings_
from config.clock import ManualClock
from config.program import DEMO, Program
from config.program import load as load_program
from storage import gpghome
from tests import pgp, queues
from tests.platforms.slack_standin import Standin
from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.seen import Posted
from tests.platforms.slack_standin.someone import Someone
from tests.world import MONDAY, accept_deadlines

ROLES = {"triager-sec": "triager-security", "triager-ml": "triager-ml", "owner": "owner", "lead": "lead", "leadership": "leadership"}
PATIENCE = 20.0  # real seconds


@dataclass
class SlackWorld:
    """The bot on Slack, and the people of the workspace."""

    slack: Slack
    app: app_.App
    clock: ManualClock
    sender: Path = field(default_factory=gpghome.make_home)

    def __getattr__(self, name: str) -> Someone:
        return self.slack.person(name.replace("_", "-"))

    def encrypted(self, text: str) -> str:
        """Return text encrypted to the programme's key, armored."""
        key = self.app.desk.key
        pgp.run_gpg(self.sender, "--import", data=key.armored.encode())
        return pgp.armor(pgp.encrypt(self.sender, [key.fingerprint], text.encode()))

    async def until(self, found: Callable[[], Any], what: str = "") -> Any:
        """Wait for something that is true on Slack, and return it."""
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
        person = self.slack.person(who)
        before = {one.name for one in self.triage()}
        await person.dm(self.encrypted(text))
        channel = await self.until(lambda: next((one for one in self.triage() if one.name not in before), None), "a channel")
        await self.until(lambda: self.said(channel.name), "the card")
        return "AIV-" + channel.name.removeprefix("triage-aiv-")[:5].upper()

    def triage(self) -> list[Any]:
        """Return the triage channels."""
        return [one for one in self.slack.channels() if (one.name or "").startswith("triage-aiv-")]

    def channel(self, report: str) -> str:
        """Return the name of a report's channel."""
        return f"triage-{report.lower()}"

    def said(self, channel: str) -> list[Posted]:
        """Return what the bot said in a channel."""
        return [one for one in self.slack.messages(channel) if one.by_app]

    async def moved(self, to: datetime) -> None:
        """Move the clock and let everything due be started."""
        self.clock.to(to)
        await self.app.ticking.tick()
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        await queues.settled(self.app.engine, most=PATIENCE)


def words(message: Any) -> str:
    """Return everything that a message shows, its blocks included."""
    found: list[str] = [getattr(message, "text", "")]

    def walk(one: Any) -> None:
        if isinstance(one, dict):
            if isinstance(one.get("text"), str):
                found.append(one["text"])
            for value in one.values():
                walk(value)
        elif isinstance(one, list | tuple):
            for value in one:
                walk(value)

    walk(list(message.blocks))
    return re.sub("\u200b|\u2060|\u200c|\u200d", "", "\n".join(found))


def button(message: Any, label: str) -> str:
    """Return the action id of a button with that label; raises LookupError when there is none."""
    for block in message.blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        for one in elements:
            if one.get("type") == "button" and one["text"]["text"] == label:
                return str(one["action_id"])
    raise LookupError(f"no button {label!r}")


def program(**changes: Any) -> Program:
    """Return the demo programme with other values for some of its fields."""
    return replace(load_program(DEMO), **changes)


@asynccontextmanager
async def slack_world(
    folder: Path, *, mode: str = "socket", rate: float = 20.0, start: datetime = MONDAY, people: bool = True, **more: Any,
) -> AsyncIterator[SlackWorld]:
    """Open the bot on a fresh workspace, with its standing channels and, unless told otherwise, everybody's roles."""
    clock = ManualClock(start, rate)
    async with Standin.open(mode=mode, rate=rate, now=clock.now, manifest=shape(), **more) as slack:
        await standing(slack)
        async with slack_bot(folder, slack, clock, mode=mode) as found:
            if people:
                await roles(slack)
                await found.settled()
                async with found.app.database.work(clock.now()) as work:
                    await accept_deadlines(work, found.app.program)
            yield found


async def standing(slack: Slack) -> None:
    """Make the channels that a programme has besides those of its reports."""
    admin = slack.person("admin")
    for name, private in (("hall-of-fame", False), ("leadership", True)):
        channel = await admin.create_channel(name, private=private)
        await admin.invite(channel, slack.bot_user)


async def roles(slack: Slack, given: Mapping[str, str] = ROLES) -> None:
    """Give people their roles."""
    for name, role in given.items():
        for _ in range(5):  # on a busy machine the answer comes later, or too late
            answer = await slack.person("admin").slash(f"/vdp program grant @{name} {role}")
            if re.search("Granted|Recorded|already", words(answer)):
                break
        else:
            raise AssertionError(f"{name} has no role: {answer}")


@asynccontextmanager
async def slack_bot(
    folder: Path, slack: Slack, clock: ManualClock, *, mode: str = "socket", **more: Any,
) -> AsyncIterator[SlackWorld]:
    """Run the bot on a workspace that is there already; `more` are settings."""
    settings = settings_.load(
        data=folder / "data", slack_bot_token=slack.bot_token, slack_api_url=slack.api_url,
        slack_app_token=slack.app_token if mode == "socket" else None,
        slack_signing_secret=slack.signing_secret if mode == "http" else None,
        admin=f"slack:{slack.person('admin').id}", **more,
    )
    async with app_.opened(settings, system=clock, poll=0.02, program=program()) as app:
        platform = app.platforms["slack"]
        stop = asyncio.Event()
        tasks = [asyncio.create_task(app.listen(platform))]
        site = platform.site()
        if site is not None:
            at = listening("127.0.0.1", 0)
            tasks.append(asyncio.create_task(serve(site, at, stop)))
            slack.request_url(f"http://127.0.0.1:{at.getsockname()[1]}/slack/events")
        try:
            await asyncio.wait_for(platform.caught_up.wait(), PATIENCE)
            world = SlackWorld(slack, app, clock)
            yield world
            gpghome.remove_home(world.sender)
        finally:
            stop.set()
            tasks[0].cancel()
            await asyncio.wait(tasks, timeout=5)


async def press(world: SlackWorld, person: Someone, label: str, channel: str = "") -> Any:
    """Press the newest button with that label in a channel, or in the person's own conversation with the bot."""

    def found() -> Any:
        said = world.said(channel) if channel else [one for one in person.dms() if one.by_app]
        for one in reversed(said):
            try:
                return one, button(one, label)
            except LookupError:
                continue
        return None

    message, action = await world.until(found, f"a button {label!r}")
    return await person.click(message, action)
