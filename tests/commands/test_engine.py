"""The durable engine at work: nothing in clear, nothing twice, nothing lost, lanes in order, faults that stay small."""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos._dbos import _get_dbos_instance
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot import app as app_
from bot import records, wire
from bot.platforms.port import Done, Later, Outcome, Refused, Sending, Unsure
from bot.schedule import Schedule
from bot.sealing import Fault, Sealing, Unavailable, noted, unavailable
from commands.calls import Incoming
from commands.effects import Emitted, Post, Refresh
from commands.text import Body, say
from storage.models import Decision, Delivery, Report
from storage.vault import Vault
from tests.world import World, words_of
from tests.world import world as open_world

pytestmark = pytest.mark.slow

SECRET = "Canary: the quick brown persona jumps over the lazy filter"
SEALED = re.compile(r"1\.[A-Za-z0-9+/]+={0,2}")


@pytest.fixture
async def fast(tmp_path: Path) -> AsyncIterator[World]:
    """A world in which a wait of ten seconds takes a twentieth."""
    async with open_world(tmp_path, rate=200) as found:
        yield found


def files_of(world: World) -> dict[str, bytes]:
    """Return every file of ours but the chat world's own and the master key."""
    return {str(one.relative_to(world.data)): one.read_bytes() for one in world.data.rglob("*")
            if one.is_file() and not one.name.startswith("local.sqlite") and one.name != "master.key"}


def rows(world: World, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the engine's own file."""
    with sqlite3.connect(f"file:{world.data}/engine.sqlite?mode=ro", uri=True, timeout=10) as base:
        return base.execute(query, values).fetchall()


@contextmanager
def instead(owner: Any, name: str, other: Callable[..., Any]) -> Iterator[None]:
    """Put another function in a place for a while."""
    before = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


def full_disk() -> OperationalError:
    return OperationalError("INSERT", {}, Exception("database or disk is full"))


# -- nothing in clear --------------------------------------------------------------------------------------------

async def test_what_people_write_stands_nowhere_in_clear(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = "Canary: which account, and since when"
    report = await world.researcher.sends_report(SECRET, title="Canary title")
    channel = world.channel(report)
    asked = await world.triager_sec.runs(f"reply {answer}", channel)
    assert (await world.triager_sec.submits(asked.form, {"text": answer})).code == "ok"
    await world.researcher.says("Canary: since Tuesday", files={"canary-name.asc": world.encrypted(SECRET).encode()})
    await world.triager_sec.runs("note Canary: a note among us", channel)
    assert answer in await world.researcher.last() or len(await world.researcher.bot_texts()) > 2
    for name, content in files_of(world).items():
        assert b"Canary" not in content, name
        assert b"canary-name" not in content, name
        assert b"\x80\x04\x95" not in content, f"{name} holds a pickle"
    assert "Canary" not in caplog.text
    async with world.app.database.read(world.clock.now()) as work:
        kept = list((await work.session.execute(select(Decision.record))).scalars())
    assert len(kept) >= 4
    assert all(SEALED.fullmatch(one) for one in kept)
    assert {name for (name,) in rows(world, "SELECT DISTINCT serialization FROM workflow_status")} == {"harborlight"}
    outputs = rows(world, "SELECT inputs FROM workflow_status UNION ALL SELECT output FROM workflow_status"
                          " UNION ALL SELECT output FROM operation_outputs")
    assert all(SEALED.fullmatch(one) for (one,) in outputs if one is not None)


async def test_ids_and_lanes_name_nobody(world: World) -> None:
    await world.researcher.sends_report(SECRET)
    for one in rows(world, "SELECT workflow_uuid, coalesce(queue_partition_key, '') FROM workflow_status"):
        for part in one:
            assert "researcher" not in part
            assert "triager" not in part


def test_an_exception_keeps_its_type_and_no_word_of_its_text() -> None:
    sealing = Sealing(Vault.from_setting(Vault.make_master_key()))
    assert sealing.name() == "harborlight"
    found = sealing.deserialize(sealing.serialize(ValueError(SECRET)))
    assert isinstance(found, Fault)
    assert str(found) == "ValueError"
    assert str(sealing.deserialize(sealing.serialize(Fault("KeyError 12ab")))) == "KeyError 12ab"
    away = sealing.deserialize(sealing.serialize(full_disk()))
    assert isinstance(away, Unavailable)
    assert unavailable(away)
    assert not unavailable(found)
    assert isinstance(sealing.deserialize(sealing.serialize(away)), Unavailable), "also when it is recorded again"
    data = {"a": [1, "ü", None], "b": {"!": 1}}
    assert sealing.deserialize(sealing.serialize(data)) == data


def test_an_error_is_logged_with_its_place_and_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError(SECRET)
    except RuntimeError as error:
        reference = noted(error)
    assert reference.startswith("RuntimeError ")
    assert reference.split()[1] in caplog.text
    assert "test_an_error_is_logged" in caplog.text
    assert "Canary" not in caplog.text


# -- faults ------------------------------------------------------------------------------------------------------

def failing(world: World, what: Callable[[], BaseException], *, times: int) -> tuple[Callable[..., Any], list[int]]:
    """Return a dispatch that fails the first times that the researcher's words are handled, and counts."""
    real, tried = world.app.engine.dispatch.run, [0]

    async def run(work: Any, incoming: Incoming, brought: Any = None) -> Any:
        if incoming.platform == "local":
            tried[0] += 1
            if tried[0] <= times:
                raise what()
        return await real(work, incoming, brought)

    return run, tried


async def test_a_fault_is_tried_again_and_then_told_without_a_word_of_it(
    fast: World, caplog: pytest.LogCaptureFixture,
) -> None:
    run, tried = failing(fast, lambda: RuntimeError(SECRET), times=99)
    with instead(fast.app.engine.dispatch, "run", run):
        await fast.researcher.says("hello", settle=False)
        await fast.app.engine.settled()
        while not await fast.researcher.bot_texts():
            await asyncio.sleep(0.02)
        await fast.settled()
        assert tried[0] == 4
        command = await fast.admin.runs("upkeep revive nothing")
    assert command.code == "internal"
    reference = re.search(r"\b[0-9a-f]{8}\b", command.text)
    assert reference is not None
    assert reference.group() in caplog.text
    assert len(await fast.researcher.bot_texts()) == 1
    assert "our" in await fast.researcher.last()
    assert not await fast.admin.bot_texts(), "it is before the opening"
    await fast.passes(hours=2)
    assert await fast.admin.bot_texts(), "operators are told"
    assert "Canary" not in caplog.text
    assert all(b"Canary" not in content for content in files_of(fast).values())


async def test_a_fault_that_passes_leaves_one_report(fast: World) -> None:
    run, tried = failing(fast, lambda: RuntimeError(SECRET), times=2)
    with instead(fast.app.engine.dispatch, "run", run):
        report = await fast.researcher.sends_report("words")
    assert tried[0] == 3
    assert len(await fast.researcher.bot_texts()) == 1
    assert report


async def test_a_database_that_is_away_is_waited_for_as_long_as_it_takes(fast: World) -> None:
    run, tried = failing(fast, full_disk, times=7)
    with instead(fast.app.engine.dispatch, "run", run):
        await fast.researcher.sends_report("words")
    assert tried[0] == 8
    assert len(await fast.researcher.bot_texts()) == 1


async def test_what_was_committed_is_not_decided_twice_when_its_effects_were_not_enqueued(fast: World) -> None:
    lanes = fast.app.engine.lanes
    real, lost = lanes.enqueue, []

    async def enqueue(effects: Any, **named: Any) -> None:
        if not lost:
            lost.append(effects)
            raise full_disk()
        await real(effects, **named)

    with instead(lanes, "enqueue", enqueue):
        await fast.researcher.sends_report("words")
    assert len(lost) == 1
    async with fast.app.database.read(fast.clock.now()) as work:
        assert len(await work.reports.open()) == 1
    assert len(await fast.researcher.bot_texts()) == 1


async def test_a_decision_is_kept_until_its_event_has_ended(world: World) -> None:
    async def kept() -> list[str]:
        async with world.app.database.read(world.clock.now()) as work:
            return list((await work.session.execute(select(Decision.event))).scalars())

    await world.researcher.sends_report("words")
    async with world.app.database.work(world.clock.now()) as work:
        work.session.add(Decision(event="in/nobody-knows", record="-"))
    events = await kept()
    assert len(events) > 1
    with sqlite3.connect(world.data / "engine.sqlite", timeout=10) as base:
        base.execute("UPDATE workflow_status SET status = 'PENDING', executor_id = 'elsewhere' WHERE workflow_uuid = ?",
                     (next(one for one in events if one.startswith("in/") and one != "in/nobody-knows"),))
    await world.app.engine._forget_decisions()
    left = await kept()
    assert len(left) == 1
    assert left[0] in events


async def test_what_could_not_be_finished_is_given_back_and_its_lane_goes_on(fast: World) -> None:
    system = _get_dbos_instance()._sys_db
    real, lost = system.update_workflow_outcome, []

    def outcome(workflow_id: str, *rest: Any, **named: Any) -> Any:
        if workflow_id.startswith("in/") and not lost:
            lost.append(workflow_id)
            raise full_disk()
        return real(workflow_id, *rest, **named)

    with instead(system, "update_workflow_outcome", outcome):
        await fast.researcher.says("hello", settle=False)
        while not lost:
            await asyncio.sleep(0.02)
    await fast.researcher.says("and again", settle=False)
    await fast.app.engine.keep_up()
    assert await fast.app.engine.unfinished(), "what has just begun is left alone"
    with sqlite3.connect(fast.data / "engine.sqlite", timeout=10) as base:
        base.execute("UPDATE workflow_status SET updated_at = updated_at - 120000 WHERE workflow_uuid = ?", lost)
    await fast.app.engine.keep_up()
    await fast.app.engine.settled()
    texts = await fast.researcher.bot_texts()
    assert len(texts) == 2
    assert len(set(texts)) == 2


# -- once, and in order ------------------------------------------------------------------------------------------

async def test_the_same_event_at_once_and_later_is_one(world: World) -> None:
    event = Incoming(platform="local", event="9001", person="researcher", name="researcher", kind="message", place="dm",
                     conversation="dm-researcher", at=world.clock.now(), text=world.encrypted("words"))
    engine = world.app.engine
    await asyncio.gather(*(engine.receive(event) for _ in range(10)))
    await world.settled()
    await engine.receive(replace(event, at=event.at + timedelta(minutes=5)))
    await world.settled()
    assert len(await world.researcher.bot_texts()) == 1
    command = replace(event, event="run-9002", kind="command", line="status", text="")
    replies = await asyncio.gather(*(engine.receive(command) for _ in range(5)))
    assert len({one.text.plain() if hasattr(one.text, "plain") else str(one.text) for one in replies}) == 1


async def test_words_of_one_person_stay_in_order_however_fast_they_come(world: World) -> None:
    report = await world.researcher.sends_report("words")
    said = [f"Sentence number {number:02d} of many." for number in range(15)]
    for text in said:
        await world.researcher.says(text, settle=False)
    await world.researcher.says("Sentence number 99, the last.")
    shown = [one for one in await world.lead.bot_texts(world.channel(report)) if "Sentence number" in one]
    assert [one.splitlines()[0] for one in shown] == [*said, "Sentence number 99, the last."]


async def test_places_in_line_go_on_after_a_restart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        engine = world.app.engine
        engine._closing = True  # records, and begins nothing
        for number in range(5):
            await world.researcher.says(f"word {number}", settle=False)
        while len(await records.unfinished(())) < 5:
            await asyncio.sleep(0.02)
        before = engine._place
    async with open_world(tmp_path) as world:
        assert world.app.engine._place >= before


# -- lanes -------------------------------------------------------------------------------------------------------

class Scripted:
    """A platform that answers as it is told and then performs; it remembers what it was asked."""

    def __init__(self, world: World, answers: list[Outcome | Exception]) -> None:
        self.real, self.answers = world.app.local, answers
        self.name, self.limits = self.real.name, self.real.limits
        self.asked: list[tuple[str, int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()

    async def deliver(self, sending: Sending) -> Outcome:
        self.asked.append((sending.key, sending.attempt))
        self.waiting.set()
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or await self.real.deliver(sending)


@pytest.fixture
async def scripted(fast: World) -> AsyncIterator[tuple[World, Scripted]]:
    """A world whose platform can be told what to answer, with the public channel to post to."""
    platform = Scripted(fast, [])
    fast.app.engine.platforms["local"] = platform  # type: ignore[assignment]
    yield fast, platform
    platform.gate.set()


async def post(world: World, *keys: str, lane: str = "local/hall-of-fame") -> None:
    """Put posts into a lane, with their rows as a command would."""
    now = world.clock.now()
    for number, key in enumerate(keys, 1):
        async with world.app.database.work(now) as work:
            work.session.add(Delivery(key=key, kind="post", lane=lane, state="queued", at=now))
        effect = Post("local", "hall-of-fame", Body(text=say(f"text of {key}")))
        await world.app.engine.lanes.enqueue([wire.pack_emitted(Emitted(key, lane, number, effect))])


async def state_of(world: World, key: str) -> tuple[str, str]:
    async with world.app.database.read(world.clock.now()) as work:
        row = await work.reports.delivery(key)
        assert row is not None
        return row.state, row.reason


async def quiet(world: World, *keys: str) -> None:
    """Wait until none of these is queued any more."""
    for key in keys:
        while (await state_of(world, key))[0] == "queued":
            await asyncio.sleep(0.02)
    await world.settled()


async def test_a_refused_post_is_a_dead_letter_and_the_next_goes_on(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    platform.answers = [Refused("channel_gone")]
    await post(world, "p1", "p2")
    await quiet(world, "p1", "p2")
    assert await state_of(world, "p1") == ("refused", "channel_gone")
    assert await state_of(world, "p2") == ("done", "")
    assert [key for key, _ in platform.asked if key.startswith("p")] == ["p1", "p2"]


async def test_later_keeps_the_lane_waiting_and_in_order(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    platform.answers = [Later(20.0), Later(20.0)]
    await post(world, "p1", "p2")
    await quiet(world, "p1", "p2")
    assert [key for key, _ in platform.asked] == ["p1", "p1", "p1", "p2"]


async def test_after_an_unclear_outcome_the_platform_is_told_to_look(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    platform.answers = [Unsure(1.0, "reset"), ConnectionError(SECRET)]
    await post(world, "p1")
    await quiet(world, "p1")
    assert platform.asked == [("p1", 1), ("p1", 2), ("p1", 3)]
    assert await state_of(world, "p1") == ("done", "")


async def test_an_effect_that_fails_here_each_time_becomes_a_dead_letter(
    scripted: tuple[World, Scripted], caplog: pytest.LogCaptureFixture,
) -> None:
    world, platform = scripted
    platform.answers = [ValueError(SECRET) for _ in range(4)]
    await post(world, "p1", "p2")
    await quiet(world, "p1", "p2")
    assert await state_of(world, "p1") == ("refused", "internal")
    assert await state_of(world, "p2") == ("done", "")
    assert "Canary" not in caplog.text
    assert all(b"Canary" not in content for content in files_of(world).values())


async def test_six_changes_of_a_card_are_two_calls_and_none_goes_back(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    report = await world.researcher.sends_report("words")
    card = f"{report}/card"
    platform.asked.clear()
    platform.waiting.clear()
    platform.gate.clear()
    for _ in range(6):
        async with world.app.database.work(world.clock.now()) as work:
            row = await work.reports.get(report)
            assert row is not None
            row.card_version += 1
            version, channel = row.card_version, row.channel
            place = await work.reports.next_in_lane(f"local/{channel}")
        effect = Refresh("local", card, version, channel=channel)
        await world.app.engine.lanes.enqueue(
            [wire.pack_emitted(Emitted(f"{card}@{version}", f"local/{channel}", place, effect, report))])
        await platform.waiting.wait()
    platform.gate.set()
    await world.settled()
    assert len(platform.asked) == 2
    async with world.app.database.read(world.clock.now()) as work:
        shown = await work.reports.delivery(card)
        now = await work.session.get(Report, report)
        assert shown is not None
        assert now is not None
        assert shown.version == now.card_version


async def test_a_delivery_cut_off_by_the_end_is_looked_at_before_it_is_made_again(tmp_path: Path) -> None:
    async with open_world(tmp_path, rate=200) as world:
        platform = Scripted(world, [])
        platform.gate.clear()
        world.app.engine.platforms["local"] = platform  # type: ignore[assignment]
        await post(world, "p1")
        await platform.waiting.wait()
    assert await asyncio.to_thread(lambda: "the loop has threads again") == "the loop has threads again"
    assert platform.asked == [("p1", 1)]
    async with open_world(tmp_path, rate=200) as world:
        await quiet(world, "p1")
        texts = [words_of(one) for one in await world.lead.messages("hall-of-fame")]
        assert texts == ["text of p1"]
        attempts = rows(world, "SELECT recovery_attempts FROM workflow_status WHERE workflow_uuid = 'p1'")
        assert attempts[0][0] > 1


# -- records -----------------------------------------------------------------------------------------------------

async def test_old_finished_records_are_deleted_and_the_rest_stays(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    await world.researcher.sends_report("words")
    platform.gate.clear()
    await post(world, "p1")
    await platform.waiting.wait()
    engine, now = world.app.engine, datetime.now(UTC)  # noqa: TID251  records are timed by the machine
    count = rows(world, "SELECT count(*) FROM workflow_status")[0][0]
    assert await engine.forget_finished(now - timedelta(days=7)) == 0
    assert await engine.forget_finished(now + timedelta(days=1)) == count - 1
    assert rows(world, "SELECT workflow_uuid FROM workflow_status") == [("p1",)]
    assert rows(world, "SELECT count(*) FROM operation_outputs WHERE workflow_uuid <> 'p1'") == [(0,)]
    platform.gate.set()
    await quiet(world, "p1")


async def test_a_dead_letter_outlives_the_records_and_is_tried_again(scripted: tuple[World, Scripted]) -> None:
    world, platform = scripted
    platform.answers = [Refused("channel_gone")]
    await post(world, "p1", "p2")
    await quiet(world, "p1", "p2")
    await world.app.engine.forget_finished(datetime.now(UTC) + timedelta(days=1))  # noqa: TID251  records are timed by the machine
    assert rows(world, "SELECT workflow_uuid FROM workflow_status") == [("p1",)]
    assert (await world.admin.runs("upkeep revive p1")).code == "ok"
    await quiet(world, "p1")
    assert await state_of(world, "p1") == ("done", "")


async def test_the_clock_waits_for_what_was_said_while_the_bot_was_away(world: World) -> None:
    started = asyncio.Event()

    class Watched(Schedule):
        def start(self) -> None:
            started.set()

    engine = world.app.engine
    platform, gate = Scripted(world, []), asyncio.Event()
    platform.caught_up = asyncio.Event()
    engine.platforms["other"] = platform  # type: ignore[assignment]
    real = engine.dispatch.run

    async def run(*arguments: Any) -> Any:
        await gate.wait()
        return await real(*arguments)

    with instead(engine.dispatch, "run", run):
        waiting = asyncio.create_task(app_._tick(engine, Watched(world.app.ticking.tick)))
        await world.researcher.says("hello", settle=False)
        while not await engine.unfinished():
            await asyncio.sleep(0.01)
        platform.caught_up.set()
        await asyncio.sleep(0.1)
        assert not started.is_set(), "what was said is not handled yet"
        gate.set()
        await waiting
    assert started.is_set()
    del engine.platforms["other"]


async def test_the_records_of_one_report_are_deleted_by_its_name(world: World) -> None:
    first = await world.researcher.sends_report("one")
    second = await world.researcher_2.sends_report("two")
    assert await world.app.engine.forget(prefix=f"{first}/") >= 3
    left = [one for (one,) in rows(world, "SELECT workflow_uuid FROM workflow_status")]
    assert not [one for one in left if one.startswith(first)]
    assert [one for one in left if one.startswith(second)]


def test_a_done_outcome_is_plain_data() -> None:
    assert wire.unpack_outcome(wire.pack_outcome(Done("7"))) == Done("7")


async def test_waiting_for_a_message_ends_when_nobody_listens(world: World) -> None:
    world.tasks[1].cancel()
    await asyncio.wait(world.tasks[1:])
    with pytest.raises(RuntimeError, match="nobody listens"):
        await world.researcher.says("hello")
