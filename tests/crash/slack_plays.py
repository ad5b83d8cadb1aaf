"""A real bot on a strict Slack in a process of its own, killed and started again, and how that must end."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.platforms.slack.manifest import shape
from config.clock import SystemClock
from tests.platforms.slack_once import ROSTER, twice
from tests.platforms.slack_standin import Standin, process
from tests.platforms.slack_standin.control import Slack
from tests.process import Bot, until
from tests.slack_world import roles, slack_bot, words

TEXT = "Title: Persona prompt\n\nIt gives persona prompts what they ask for."
MORE = "One thing more: it also works in French."


@dataclass(frozen=True)
class Start:
    """A data folder on which everybody has their roles, and a report that is encrypted to its programme."""

    data: Path
    report: str


def prepare(folder: Path, **settings: str) -> Start:
    """Let the bot live once on a Slack of its own: people have the same ids on each."""
    async def once() -> str:
        clock: Any = SystemClock()
        async with Standin.open(manifest=shape()) as slack, slack_bot(folder, slack, clock, **settings) as world:
            await roles(slack)
            await world.settled()
            return world.encrypted(TEXT)

    return Start(folder / "data", asyncio.run(once()))


@dataclass
class House:
    """One Slack that outlives the bot, and the bot."""

    slack: Slack
    bot: Bot
    start: Start
    http: bool

    def begin(self, place: str = "") -> None:
        """Start the bot, to end itself at a place."""
        self.bot.start(place)
        if self.http:
            self.slack.request_url(f"http://127.0.0.1:{self.bot.address.rpartition(' ')[2]}/slack/events")

    def heard(self) -> None:
        """Wait until the bot hears what people do: Slack tells a slash command once, or not at all."""
        until(lambda: self.http or self.slack.sockets()["open"], what="the line")

    def fell(self, answer: object = "") -> None:
        """Wait until the bot has ended itself; `answer` is what it said before, for the report of a failure."""
        try:
            assert self.bot.died() == -9, f"it reached the place: {answer}"
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it never reached the place: {answer}, {self.slack.sockets()}") from None

    def channels(self) -> list[str]:
        """Return the names of the triage channels."""
        return [one.name for one in self.slack.channels() if one.name.startswith("triage-")]

    def shown(self) -> list[str]:
        """Return what the bot said in the triage channels."""
        return [words(one) for name in self.channels() for one in self.slack.messages(name) if one.by_app]

    def told(self) -> list[str]:
        """Return what the bot said to the researcher."""
        return [words(one) for one in self.slack.person("researcher").dms() if one.by_app]

    def carded(self) -> None:
        """Wait for the receipt and the card."""
        until(lambda: any("We have your report" in one for one in self.told()), what="the receipt")
        until(self.shown, what="the card")

    def settled(self) -> None:
        """Wait until everything is done."""
        self.bot.settled()
        asyncio.run(self.slack.settled(seconds=20))
        self.bot.settled()

    def once(self) -> None:
        """Wait until everything is done; look whether it was done once; end the bot and verify its ledger."""
        self.settled()
        assert twice(self.slack) == []
        rooms = [one for one in self.slack.channels() if one.name.startswith("triage-")]
        assert len(rooms) == 1
        assert {self.slack.person(one).name for one in rooms[0].members if one != self.slack.bot_user} >= ROSTER
        assert sum("We have your report" in one for one in self.told()) == 1
        self.bot.kill()
        with sqlite3.connect(f"file:{self.bot.data}/harborlight.sqlite?mode=ro", uri=True, timeout=10) as base:
            assert base.execute("SELECT count(*) FROM report").fetchone() == (1,)
            assert base.execute("SELECT key, state FROM delivery WHERE state <> 'done'").fetchall() == []
        code, said = self.bot.runs("audit", "verify")
        assert code == 0, said


def env(slack: Slack, *, http: bool = False) -> dict[str, str]:
    """Return the settings of a bot on this Slack."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url,
        "HARBORLIGHT_ADMIN": f"slack:{slack.person('admin').id}",
        **({"SLACK_SIGNING_SECRET": slack.signing_secret} if http else {"SLACK_APP_TOKEN": slack.app_token}),
    }


@contextmanager
def house(start: Start, *, http: bool = False) -> Iterator[House]:
    """Open a Slack in a process of its own and a folder for the bot."""
    mode = ("--http", "--retry-delays", "0,1,2") if http else ("--socket",)
    folder = Path(tempfile.mkdtemp(prefix="hl-slack-crash-"))
    try:
        with process(*mode) as slack:
            slack.manifest(shape(url="http://127.0.0.1" if http else ""))
            found = House(slack, Bot(Path(shutil.copytree(start.data, folder / "data")), env(slack, http=http)), start, http)
            try:
                yield found
            finally:
                if found.bot.process is not None and found.bot.process.poll() is None:
                    found.bot.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
