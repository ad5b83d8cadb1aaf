"""A programme of one's own, set up by the real command with its questions answered on standard input."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx

from bot import app as app_
from config import settings as settings_
from config.clock import ManualClock
from storage import gpghome
from tests import pgp
from tests.platforms.slack_standin.control import Slack
from tests.slack_world import PATIENCE, SlackWorld
from tests.world import MONDAY, World

ROOT = Path(__file__).resolve().parents[1]


async def set_up(folder: Path, answers: Sequence[str], *flags: str, gone: bool = False) -> tuple[int, str]:
    """Run `python -m bot setup` in an empty folder as an operator does, also what it asks of the recovery kit; its code and words.

    With `gone` the terminal goes away after the answers.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "setup", "--into", str(folder), *flags, cwd=ROOT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(("\n".join(answers) + "\n").encode())
    await process.stdin.drain()
    if gone:
        process.stdin.close()
    said = ""
    while chunk := await process.stdout.read(4096):
        said += chunk.decode()
        asked = re.search(r"Type group (\d+) of the master key: line \d, place \d: $", said)
        if asked:
            key = master_key(said)
            process.stdin.write((key[4 * int(asked[1]) - 4:4 * int(asked[1])] + "\n").encode())
            await process.stdin.drain()
    return await process.wait(), said


def master_key(said: str) -> str:
    """Return the master key as the printed kit shows it, typed without its blanks."""
    found = re.search(r"MASTER KEY.*\n((?:  (?:[0-9a-f]{4} ?)+\n){2})", said)
    assert found is not None, said
    return re.sub(r"\s", "", found[1])


def settings_of(folder: Path) -> Mapping[str, str]:
    """Return the settings file as a shell reads it, for `config.settings.load`."""
    found = {}
    for line in (folder / ".env").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            found[name.removeprefix("HARBORLIGHT_").lower()] = next(iter(shlex.split(value)), "")
    return found


@asynccontextmanager
async def own_world(folder: Path, *, start: datetime = MONDAY) -> AsyncIterator[World]:
    """Run the programme that stands in a folder on the local platform, with a clock that is moved by hand."""
    clock = ManualClock(start)
    settings = settings_.load(**settings_of(folder))
    async with app_.opened(settings, port=0, system=clock, poll=0.02) as app:
        stop = asyncio.Event()
        tasks = [asyncio.create_task(app.local.serve(stop)),
                 asyncio.create_task(app.local.receive(app.engine.receive, lambda c: app.engine.mark("local", c)))]
        sender = gpghome.make_home()
        pgp.run_gpg(sender, "--import", data=app.desk.key.armored.encode())
        async with httpx.AsyncClient(base_url=app.local.address, timeout=60, verify=False) as client:  # noqa: S501  loopback
            try:
                yield World(app, client, clock, settings.data, sender, app.desk.key.fingerprint)
            finally:
                stop.set()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                gpghome.end_processes(sender)
                gpghome.remove_home(sender)


@asynccontextmanager
async def own_slack(folder: Path, slack: Slack, clock: ManualClock) -> AsyncIterator[SlackWorld]:
    """Run the programme that stands in a folder on a Slack workspace, whose tokens are among its settings."""
    given = {name.lower(): value for name, value in settings_of(folder).items()}
    settings = settings_.load(**given, slack_api_url=slack.api_url)
    async with app_.opened(settings, system=clock, poll=0.02) as app:
        task = asyncio.create_task(app.listen(app.platforms["slack"]))
        try:
            await asyncio.wait_for(app.platforms["slack"].caught_up.wait(), PATIENCE)
            world = SlackWorld(slack, app, clock)
            yield world
            gpghome.remove_home(world.sender)
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=5)
