"""Two processes on one PostgreSQL database: each thing happens once, and one of them killed stalls nothing.

They share the data folder, as two machines would share a disk: blobs and the local chat world lie there. Each holds a name
of its own in the database.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import app as app_
from bot.takeover import lock_of
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


# -- killed while the other one runs -------------------------------------------------------------------------------

FURTHER = "And one more thing: it also works in French."


@pytest.fixture
def named(pair: tuple[Bot, Bot, Template]) -> tuple[Bot, Bot, Template]:
    """The two under names that stand at their work and at their connections."""
    for bot, name in zip(pair[:2], ("doomed", "other"), strict=True):
        bot.env |= {"HARBORLIGHT_EXECUTOR": name, "PGAPPNAME": name}
    return pair


def start_both(doomed: Bot, other: Bot, place: str) -> None:
    """Start both, the first so that it ends itself at a place."""
    with ThreadPoolExecutor(1) as aside:
        starting = aside.submit(other.start)
        doomed.start(place)
        starting.result()


def freeze_at_rest(other: Bot, url: str) -> None:
    """Have the other one stand still while it holds no lock: what comes now is the doomed one's alone, and nothing is in its
    way."""
    def frozen() -> bool:
        other.freeze()
        if writes(url, "other") or world_is_locked(other):
            other.thaw()
            return False
        return True

    assert run_sql(url, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'other'"), "its connections bear its name"
    until(frozen, what="a moment in which it changes nothing")


def writes(url: str, name: str) -> bool:
    """Tell whether a process is in a transaction that has changed or locked a row."""
    return bool(run_sql(url, "SELECT 1 FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
                             f" AND application_name = '{name}'"))


def world_is_locked(bot: Bot) -> bool:
    with closing(sqlite3.connect(bot.data / "local.sqlite", timeout=0, isolation_level=None)) as world:
        try:
            world.execute("BEGIN IMMEDIATE")
            world.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False


def is_held(url: str, name: str) -> bool:
    """Tell whether some process holds a name."""
    return bool(run_sql(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
                             f" AND (classid::bigint << 32) | objid::bigint = {lock_of(name)}"))


def in_flight(url: str) -> set[str]:
    """Return what stands under the doomed one's name as being worked at."""
    return {row[0] for row in run_sql(url, "SELECT workflow_uuid FROM dbos.workflow_status WHERE status = 'PENDING'"
                                           " AND executor_id = 'doomed'")}


def begun_again(url: str) -> dict[str, tuple[str, str]]:
    """Return what was begun more than once: how it ended, and by whom."""
    return {row[0]: (row[1], row[2]) for row in run_sql(
        url, "SELECT workflow_uuid, status, executor_id FROM dbos.workflow_status WHERE recovery_attempts > 1")}


def each_once(other: Bot, url: str, *, reports: int = 1) -> None:
    """Wait until everything is done: nothing stands twice, nothing is missing, the chain holds."""
    settled(url)
    found = spoken(other)
    assert [one for one, count in found.items() if count > 1] == []
    assert sum("We have your report" in text for _, text in found) == reports
    assert len(other.channels()) == reports
    assert run_sql(url, "SELECT count(*) FROM report") == [(reports,)]
    assert run_sql(url, "SELECT key, state FROM delivery WHERE state <> 'done'") == []
    assert holds(url)


@pytest.mark.parametrize(("place", "cut_off"), [
    ("decide-after@kind='message'", "in/"),  # everything written, nothing committed
    ("deliver-after@/receipt", "/receipt"),  # the researcher reads it, and nobody knows
])
def test_the_next_tick_of_the_other_takes_over_what_waits_in_lanes(
    named: tuple[Bot, Bot, Template], database_url: str, place: str, cut_off: str,
) -> None:
    doomed, other, template = named
    start_both(doomed, other, place)
    freeze_at_rest(other, database_url)
    plays.quietly(lambda: doomed.say("researcher", template.encrypted(plays.TEXT)))
    assert doomed.died() == -9, "it reached the place"
    left = {one for one in in_flight(database_url) if cut_off in one}
    assert len(left) == 1
    until(lambda: not is_held(database_url, "doomed"), what="the end of its hold on its name")
    other.thaw()
    other.say("researcher", FURTHER)  # waits behind what was cut off
    other.say("researcher-2", template.encrypted("Title: Another\n\nAnother text"))
    assert other.post("/api/clock", advance="1m")["status"] == 200
    assert in_flight(database_url) == set(), "one tick was enough"
    assert not is_held(database_url, "doomed"), "the name is free for the next start"
    until(lambda: any(FURTHER in text for name in other.channels() for text in other.texts("lead", name)), what="the next words")
    until(lambda: len(other.channels()) == 2, what="a channel for each report")
    each_once(other, database_url, reports=2)
    again = begun_again(database_url)
    assert left <= again.keys()
    assert set(again.values()) == {("SUCCESS", "other")}


def test_a_command_cut_off_before_its_effects_were_enqueued_is_finished_by_the_other(
    named: tuple[Bot, Bot, Template], database_url: str,
) -> None:
    doomed, other, template = named
    start_both(doomed, other, "enqueue-before@/talk/")  # the answer is committed; a command runs where it was given
    other.say("researcher", template.encrypted(plays.TEXT))
    until(other.channels, what="a channel")
    settled(database_url)
    plays.quietly(lambda: plays.reply(doomed, template))
    assert doomed.died() == -9, "it reached the place"
    until(lambda: any(plays.ANSWER in text for text in other.texts("researcher")), what="the answer, by itself", most=60)
    each_once(other, database_url)
    assert set(begun_again(database_url).values()) == {("SUCCESS", "other")}


def test_a_message_that_a_dead_one_did_not_record_is_found_by_the_other(
    named: tuple[Bot, Bot, Template], database_url: str,
) -> None:
    doomed, other, template = named
    start_both(doomed, other, "record-before")
    plays.quietly(lambda: doomed.say("researcher", template.encrypted(plays.TEXT)))
    assert doomed.died() == -9, "it reached the place"
    until(other.channels, what="a channel, by itself", most=60)
    each_once(other, database_url)
    assert not any(one.startswith("in/") for one in begun_again(database_url)), "it was not in flight"


def test_what_a_process_had_in_hand_when_the_next_one_started_is_taken_over_when_it_is_killed(
    named: tuple[Bot, Bot, Template], database_url: str,
) -> None:
    doomed, other, template = named
    doomed.start("hang enqueue-before@/receipt")
    doomed.say("researcher", template.encrypted(plays.TEXT))
    until(lambda: run_sql(database_url, "SELECT 1 FROM report"), what="a report")
    other.start()
    assert in_flight(database_url), "it lives and keeps what it has"
    doomed.kill()
    until(other.channels, what="a channel, by itself")
    each_once(other, database_url)
    assert set(begun_again(database_url).values()) == {("SUCCESS", "other")}
