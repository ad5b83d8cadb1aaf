"""Two processes on one PostgreSQL database: each thing happens once, and one of them killed stalls nothing.

They share the data folder, as two machines would share a disk: blobs and the local chat world lie there. Each holds a name
of its own in the database.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import app as app_
from config import settings as settings_
from storage import gpghome
from storage.database import Database
from storage.ledger import verify
from tests import pgp
from tests import world as world_
from tests.crash import plays
from tests.postgres import run_sql
from tests.process import Bot, Template, report_in, until

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
async def pair(tmp_path: Path, database_url: str) -> Iterator[tuple[Bot, Bot, Template]]:
    """Two processes that are not started yet, and how to encrypt to their programme."""
    data = tmp_path / "data"
    shutil.copytree(await world_.template_folder(), data)
    sender = tmp_path / "sender"
    sender.mkdir(mode=0o700)
    async with app_.opened(settings_.load(data=data, database_url=database_url), port=0) as app:
        pgp.run_gpg(sender, "--import", data=app.desk.key.armored.encode())
        fingerprint = app.desk.key.fingerprint
    for one in data.glob("local.sqlite*"):
        one.unlink()
    env = {"DATABASE_URL": database_url, "HARBORLIGHT_EXECUTOR": "web"}
    bots = Bot(data, dict(env)), Bot(data, dict(env))
    yield *bots, Template(data, sender, fingerprint)  # type: ignore[misc]
    for one in bots:
        if one.process is not None and one.process.poll() is None:
            one.kill()
    gpghome.end_processes(sender)
    gpghome.sweep_stale_homes()


def done(url: str) -> bool:
    left = run_sql(url, "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')")
    return bool(left[0][0] == 0)


def settled(url: str) -> None:
    until(lambda: done(url), what="the end of every record")


def spoken(bot: Bot) -> Counter[tuple[str, str]]:
    """Return how often each text of the bot stands in each conversation that anybody sees."""
    found: Counter[tuple[str, str]] = Counter()
    seen: set[int] = set()
    for person in bot.get("/api/people"):
        for place in bot.get("/api/conversations", who=person["id"]):
            for message in bot.messages(person["id"], place["id"]):
                if message["author"] == "bot" and message["id"] not in seen:
                    seen.add(message["id"])
                    found[place["id"], world_.words_of(message)] += 1
    return found


def holds(url: str) -> bool:
    async def ask() -> bool:
        database = Database(url)
        async with database.read(world_.MONDAY) as work:
            entries = [entry async for entry in work.ledger.entries()]
        await database.close()
        return verify(entries) == [] and len(entries) > 0

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, ask()).result()


def executors(url: str) -> set[str]:
    return {row[0] for row in run_sql(url, "SELECT DISTINCT executor_id FROM dbos.workflow_status"
                                           " WHERE executor_id IS NOT NULL")}


def test_each_reminder_goes_out_once(pair: tuple[Bot, Bot, Template], database_url: str) -> None:
    first, second, template = pair
    with ThreadPoolExecutor(2) as both:  # also a first start at once
        list(both.map(lambda bot: bot.start(), (first, second)))
        assert first.address != second.address
        held = run_sql(database_url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert held[0][0] >= 2
        for number in range(6):
            (first, second)[number % 2].say("researcher" if number < 3 else "researcher-2",
                                            template.encrypted(f"Title: Report {number}\n\nText {number}"))
        until(lambda: len(first.channels()) == 6, what="six channels")
        settled(database_url)
        now = datetime.fromisoformat(first.get("/api/clock")["now"])
        for hours in (22, 27, 50, 76, 120):
            to = (now + timedelta(hours=hours)).isoformat()
            answers = list(both.map(lambda bot, to=to: bot.post("/api/clock", to=to), (first, second)))  # type: ignore[misc]
            assert [one["status"] for one in answers] == [200, 200]
            settled(database_url)
    found = spoken(first)
    assert found == spoken(second)
    assert sum(found.values()) > 20, "reminders went out"
    assert [place for place, count in found.items() if count > 1] == []
    assert holds(database_url)
    assert len(executors(database_url)) == 2, "both worked"
    assert (first.stop(), second.stop()) == (0, 0)


@pytest.mark.parametrize("place", ["deliver-after", "decide-after", "deliver-before:2"])
def test_the_next_start_under_its_name_goes_on(
    pair: tuple[Bot, Bot, Template], database_url: str, place: str,
) -> None:
    doomed, other, template = pair
    doomed.start(place)
    plays.quietly(lambda: doomed.say("researcher", template.encrypted(plays.TEXT)))
    assert doomed.died() == -9
    assert not done(database_url), "it left work in flight"
    other.start()
    until(other.channels, what="a channel")
    settled(database_url)
    other.say("researcher", "And one more thing: it also works in French.")
    until(lambda: any("French" in text for text in other.texts("lead", other.channels()[0])), what="the next in the lane")
    settled(database_url)
    found = spoken(other)
    assert [one for one, count in found.items() if count > 1] == []
    assert sum("We have your report" in text for _, text in found) == 1
    assert len(other.channels()) == 1
    assert holds(database_url)
    report_in(other.texts("researcher")[:1])
