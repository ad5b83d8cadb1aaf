"""What the clock does for the house: parts that never came, failures, the key, retention, anchors, and cheap ticks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from bot import wire
from bot.schedule import Schedule
from bot.ticking import Ticking, anchor
from commands.watching.upkeep import key_step
from storage.judging import Cause, Rating
from storage.models import Attachment, Delivery, Passage, Waiting
from storage.trials import Series
from tests.commands.watching import brought_to, entries, heard, marks, row_of
from tests.world import World
from tests.world import world as open_world

MONDAY_TEN = datetime(2026, 11, 30, 10, tzinfo=UTC)


async def test_a_part_whose_rest_never_comes_is_answered_once_and_destroyed(world: World) -> None:
    whole = world.encrypted("It tells people how to do harm.")
    await world.researcher.says(whole[: len(whole) // 2])
    await world.passes("4m")
    assert not [one for one in await heard(world, "researcher") if "did not come" in one[1]]
    await world.passes("2m")
    await world.passes("1h")
    said = [one for one in await heard(world, "researcher") if "did not come in 5 min" in one[1]]
    assert len(said) == 1
    async with world.app.database.read(await world.now()) as work:
        assert (await work.session.execute(select(Waiting))).first() is None


async def test_clear_text_that_nobody_chose_is_destroyed_after_a_day_in_silence(world: World) -> None:
    await world.researcher.says("It tells people how to do harm when asked as a grandmother. " * 6)
    before = await heard(world, "researcher")
    await world.passes("25h")
    assert await heard(world, "researcher") == before
    async with world.app.database.read(await world.now()) as work:
        assert (await work.session.execute(select(Waiting))).first() is None
    assert "waiting_destroyed" in [one.kind for one in await entries(world)]


async def test_closed_direct_messages_reach_the_assignee_and_the_operators_once(world: World) -> None:
    await world.until(MONDAY_TEN)
    report = await world.researcher.sends_report()
    await world.post("/api/people/researcher", {"dms": False})
    assert (await world.triager_sec.runs("acknowledge", world.channel(report))).code == "ok"
    said = [one for one in await heard(world, "triager-sec") if "could not be delivered" in one[1]]
    assert len(said) == 1
    assert not [one for one in await heard(world, "triager-ml") if "could not be delivered" in one[1]]
    alarms = [one for one in await heard(world, "admin") if "upkeep revive" in one[1]]
    assert len(alarms) == 1, "what one person cannot be told is one alarm a day"
    shown = str(await world.triager_ml.messages(world.channel(report)))
    assert "could not be delivered" in shown
    await world.until(datetime(2026, 12, 2, 10, 1, tzinfo=UTC))
    again = [one for one in await heard(world, "triager-sec") if "still not delivered" in one[1]]
    assert len(again) == 1
    await world.passes("5d")
    assert len([one for one in await heard(world, "triager-sec") if "still not delivered" in one[1]]) == 1


async def test_what_was_given_up_is_told_by_reference_only(world: World) -> None:
    await world.until(MONDAY_TEN)
    call = world.app.engine._clock_call("watch-internal", "event=in/0a1b reference=cafe0001", person="local|researcher")
    for _ in range(2):
        async with world.app.database.work(await world.now()) as work:
            answer = await world.app.engine.dispatch.run(work, call)
        await world.app.engine.lanes.enqueue([wire.pack_emitted(one) for one in answer.effects])
    await world.settled()
    admin = await heard(world, "admin")
    assert len([one for one in admin if "cafe0001" in one[1]]) == 1
    sender = await heard(world, "researcher")
    assert len([one for one in sender if "it is our fault" in one[1]]) == 1
    assert "cafe0001" not in str(sender)


@pytest.mark.parametrize(("left", "step"), [
    (timedelta(days=61), ""), (timedelta(days=60), "60d"), (timedelta(days=31), "60d"), (timedelta(days=30), "30d"),
    (timedelta(days=8), "14d"), (timedelta(days=2), "7d"), (timedelta(hours=5), "1d"), (timedelta(0), "over-2027-01-04"),
    (timedelta(days=-3), "over-2027-01-04"),
])
def test_the_warnings_before_a_key_expires(left: timedelta, step: str) -> None:
    now = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert key_step(now + left, now, "2027-01-04") == step


async def test_operators_are_warned_of_the_key_once_a_step_and_daily_afterwards(world: World) -> None:
    expires = datetime(2026, 12, 3, 12, tzinfo=UTC)
    desk = world.app.desk
    changed = replace(desk, key=replace(desk.key, expires_at=expires))
    world.app.engine.dispatch.desk = world.app.ticking.desk = changed
    days = []
    for day in range(9):
        await world.until(datetime(2026, 11, 30, 9, tzinfo=UTC) + timedelta(days=day))
        days.append(len([one for one in await heard(world, "admin") if "programme key expire" in one[1]]))
    # Mon: 7 days; Tue, Wed: said already, Wed 09:00 leaves 27 h; Thu: 1 day; Fri: over; weekend: nobody; Mon, Tue: over
    assert days == [1, 1, 1, 2, 3, 3, 3, 4, 5]


async def test_a_report_closed_long_ago_loses_its_key_and_then_its_rows(world: World) -> None:
    report = await world.researcher.sends_report("The secret of the report.", system="acme-chat")
    assert (await row_of(world, report)).sketch is not None
    for line in ("accept medium jailbreak", "case evidence 3/10", "case cause alignment"):
        assert (await world.triager_ml.runs(line, world.channel(report))).code == "ok"
    old = await world.now()
    await brought_to(world, report, [("spam", {}), ("close", {})], state="closed", closed_at=old, archived_at=old)
    blobs = list((world.data / "blobs").iterdir())
    assert blobs
    await world.passes("364d")
    assert (await row_of(world, report)).key is not None
    await world.passes("2d")
    found = await row_of(world, report)
    assert found.key is None
    assert found.title is None and found.sketch is None
    assert (found.state, found.channel) == ("closed", "")
    async with world.app.database.read(await world.now()) as work:
        for table in (Passage, Attachment, Series, Cause, Rating):
            assert (await work.session.execute(select(table))).first() is None
        assert (await work.session.execute(select(Delivery).where(Delivery.report_id == report))).first() is None
        number = (await work.session.execute(text("SELECT count(*) FROM entry WHERE kind = 'purged'"))).scalar_one()
    assert number == 1
    assert not [one for one in (world.data / "blobs").iterdir() if one in blobs]
    left = await world.app.engine.forget(prefix=f"{report}/")
    assert left == 0, "the engine kept records of it"
    await world.passes("2d")  # and it stays quiet
    assert [one.kind for one in await entries(world, report)].count("purged") == 1


async def test_a_purge_that_stopped_half_way_goes_on(world: World) -> None:
    report = await world.researcher.sends_report()
    old = await world.now()
    await brought_to(world, report, [("spam", {}), ("close", {})], state="closed", closed_at=old - timedelta(days=400),
                     archived_at=old, key=None, next_due_at=None)
    await world.app.ticking.tick()
    assert (await row_of(world, report)).channel == ""


async def test_the_head_of_the_ledger_is_anchored_outside_once_a_day(world: World) -> None:
    for _ in range(3):
        await world.passes("10h")
        await world.app.ticking.tick()
        await Ticking(world.app.engine, world.app.desk, data=world.data).tick()
    lines = [one.split() for one in (world.data / "anchors.txt").read_text().splitlines()]
    assert [one[0] for one in lines] == ["2026-11-30", "2026-12-01"]
    async with world.app.database.read(await world.now()) as work:
        for _, number, digest in lines:
            found = (await work.session.execute(text("SELECT digest FROM entry WHERE number = :n"), {"n": int(number)})).scalar()
            assert found == digest


def test_an_anchor_of_the_same_day_is_written_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for number in (3, 4):
        anchor(tmp_path / "anchors.txt", "2026-12-01", number, "ab")
    assert (tmp_path / "anchors.txt").read_text() == "2026-12-01 3 ab\n"


async def test_a_tick_with_nothing_to_do_is_one_read(world: World) -> None:
    await world.until(MONDAY_TEN)
    await world.researcher.sends_report()
    await world.app.ticking.tick()
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        statements.append(statement)

    engine = world.app.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await world.app.ticking.tick()
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in statements if one.startswith("SELECT")]) <= 2, statements
    assert not [one for one in statements if one.split()[0] in ("INSERT", "UPDATE", "DELETE")]


def test_there_is_one_job_whatever_the_number_of_reports() -> None:
    async def tick() -> None:
        raise AssertionError("not started")

    assert Schedule(tick).jobs == 1


async def test_a_report_that_cannot_be_served_is_left_alone_for_an_hour_and_stops_nobody(world: World) -> None:
    broken = await world.researcher.sends_report(title="One")
    fine = await world.researcher.sends_report(title="Two")
    async with world.app.database.work(await world.now()) as work:
        await work.ledger.write("level", report=broken, data={"level": "no level at all"})
        # A record that cannot be read must not stop the others.
        await work.session.execute(text("UPDATE report SET next_due_at = :at WHERE id = :id"),
                                   {"at": "2026-11-30 09:00:00.000000", "id": broken})
    engine = world.app.engine
    from bot import engine as engine_

    kept, engine_.RETRIES = engine_.RETRIES, ()
    try:
        await world.until(MONDAY_TEN + timedelta(days=1))
        assert "acknowledge/100" in await marks(world, fine)
        assert "acknowledge/100" not in await marks(world, broken)
        alarms = len([one for one in await heard(world, "admin") if "given up" in one[1]])
        assert 1 <= alarms <= 2, "the report, and the digest that counts it"
        assert any(fine in one[1] for one in await heard(world, "lead")), "one record keeps nobody from their list"
        await world.passes("10m")
        assert len([one for one in await heard(world, "admin") if "given up" in one[1]]) == alarms
    finally:
        engine_.RETRIES = kept
    assert engine is world.app.engine


async def test_a_restart_says_nothing_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with open_world(tmp_path) as world:
        await world.researcher.sends_report()
        await world.passes("26h")
        before = {who: await heard(world, who) for who in ("lead", "triager-sec", "researcher", "admin")}
        moment = await world.now()
    async with open_world(tmp_path, start=datetime(2026, 11, 30, 8, tzinfo=UTC)) as world:
        assert await world.now() >= moment
        await world.app.ticking.tick()
        await world.passes("1m")
        assert {who: await heard(world, who) for who in before} == before
