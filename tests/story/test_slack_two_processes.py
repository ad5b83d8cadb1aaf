"""Two bots on one Slack and one PostgreSQL: what both hear is done by one of them, and one that dies stalls nothing (row 22)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.slack.manifest import shape
from storage import gpghome
from storage.database import Database
from storage.ledger import verify
from tests.crash.slack_plays import Start, env, prepare
from tests.platforms.slack_once import ROSTER, said_by_the_bot, twice
from tests.platforms.slack_standin import process
from tests.platforms.slack_standin.control import Slack
from tests.postgres import run_sql
from tests.process import Bot, until
from tests.slack_world import words
from tests.world import MONDAY

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

PATIENCE = 90.0


@dataclass
class Two:
    """One Slack, two bots, their database, and a report that is encrypted to their programme."""

    slack: Slack
    bots: tuple[Bot, Bot]
    url: str
    start: Start

    def undone(self) -> list[tuple[Any, ...]]:
        """Return what is not delivered yet."""
        return run_sql(self.url, "SELECT key, state FROM delivery WHERE state <> 'done'")

    def settled(self, reports: int) -> None:
        """Wait until so many reports are there, and everything that follows from them is done."""
        until(lambda: run_sql(self.url, "SELECT count(*) FROM report") == [(reports,)], what="the reports", most=PATIENCE)
        until(lambda: not self.undone(), what="the end of every delivery", most=PATIENCE)
        until(lambda: run_sql(self.url, "SELECT count(*) FROM dbos.workflow_status WHERE status IN"
                                        " ('PENDING', 'ENQUEUED', 'DELAYED')") == [(0,)],
              what="the end of every record", most=PATIENCE)

    def once(self, reports: int) -> None:
        """Look whether everything was done once."""
        assert twice(self.slack) == []
        rooms = [one for one in self.slack.channels() if one.name.startswith("triage-")]
        assert len(rooms) == reports
        for room in rooms:
            assert {self.slack.person(one).name for one in room.members if one != self.slack.bot_user} == ROSTER
        said = said_by_the_bot(self.slack)
        assert sum("We have your report" in words(one) for one in said) == reports
        reminders = Counter((one.channel, words(one)) for one in said if one.channel.startswith("D"))
        assert [one for one, count in reminders.items() if count > 1] == []


@pytest.fixture
def two(tmp_path: Path, postgres: Any) -> Iterator[Two]:
    name = f"s_{os.urandom(6).hex()}"
    run_sql(postgres.get_uri(), f"CREATE DATABASE {name}")
    url = postgres.get_uri(database=name)
    start = prepare(tmp_path, database_url=url)
    with process("--socket") as slack:
        slack.manifest(shape())
        both = tuple(Bot(start.data, {**env(slack), "DATABASE_URL": url, "HARBORLIGHT_EXECUTOR": "one"}) for _ in range(2))
        with ThreadPoolExecutor(2) as aside:
            list(aside.map(lambda bot: bot.start(), both))
        asyncio.run(slack.connected(2, seconds=30))
        yield Two(slack, both, url, start)  # type: ignore[arg-type]
        for bot in both:
            if bot.process is not None and bot.process.poll() is None:
                bot.kill()
    run_sql(postgres.get_uri(), f"DROP DATABASE {name} WITH (FORCE)")
    gpghome.sweep_stale_homes()


def send(two: Two, number: int) -> None:
    """Have people send a report each, at once, and Slack tell each of both bots."""
    people = [two.slack.add_person(f"stranger-{os.urandom(3).hex()}") for _ in range(number)]
    two.slack.duplicate_event(number)

    async def all_of_them() -> None:
        await asyncio.gather(*(one.dm(two.start.report) for one in people))

    asyncio.run(all_of_them())


def test_each_effect_is_done_by_one_and_a_dead_one_stalls_nothing(two: Two) -> None:
    send(two, 5)
    two.settled(5)
    two.once(5)
    workers = run_sql(two.url, "SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE executor_id LIKE 'one%'")
    assert len(workers) == 2, "both of them work"
    send(two, 3)
    until(lambda: run_sql(two.url, "SELECT count(*) FROM report")[0][0] > 5, what="the first of the others")
    two.bots[0].kill()
    two.settled(8)
    two.once(8)

    async def broken() -> list[Any]:
        database = Database(two.url)
        async with database.read(MONDAY) as work:
            entries = [entry async for entry in work.ledger.entries()]
        await database.close()
        return verify(entries) if entries else ["empty"]

    assert asyncio.run(broken()) == []
