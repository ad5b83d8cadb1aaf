"""Who hears of what, when and how often: owners, nudges, exploitation at night, zones with summer time, a whole fortnight."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.policy import calendar
from config.policy.calendar import is_open
from config.program import DEMO, load
from tests.commands.watching import ACCEPTED, brought_to, entries, heard, marks, person_of, pings, row_of
from tests.world import World, words_of
from tests.world import world as open_world

pytestmark = pytest.mark.slow

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


async def owned(world: World) -> str:
    """A report of medium level whose fix somebody owns since Monday 10:00: due in 60 days."""
    await world.until(MONDAY.replace(hour=10))
    report = await world.researcher.sends_report(category="jailbreak")
    channel = world.channel(report)
    for line in ("acknowledge", "accept medium jailbreak", "owner owner"):
        done = await world.triager_sec.runs(line, channel)
        assert done.code == "ok", (line, done)
    return report


@pytest.mark.slow
async def test_the_owner_hears_at_once_then_weekly_then_before_it_is_due_and_when_it_is_late(world: World) -> None:
    report = await owned(world)
    assert [one for one in await heard(world, "owner") if "you own the fix" in one[1]]
    for _ in range(63):
        await world.passes("24h")  # each day at 10:00, for nine weeks
    said = await heard(world, "owner")
    weekly = [when for when, text in said if "Your fixes this week: 1 open report" in text]
    assert len(weekly) == 9
    assert {when.weekday() for when in weekly} == {0}
    ahead = [when.date().isoformat() for when, text in said if f"{report}: a fix is due" in text]
    assert ahead == ["2027-01-22", "2027-01-28"], "seven days and one day before Fri 29 Jan"
    late = [text for _, text in said if "promised a fix by Fri 29 Jan 2027, 10:00 UTC" in text]
    assert len(late) == 1
    assert not [text for _, text in said if "Your day" in text], "an owner has a weekly list, no daily one"


async def test_an_accepted_report_without_an_owner_is_the_leads_to_do(world: World) -> None:
    await world.until(MONDAY.replace(hour=10))
    report = await world.researcher.sends_report(category="jailbreak")
    assert (await world.triager_sec.runs("accept medium jailbreak", world.channel(report))).code == "ok"
    await world.until(MONDAY.replace(hour=9) + timedelta(days=1))
    newest = [one for one in await world.lead.messages() if one["author"] == "bot"][-1]
    assert "Your day: 1 needs you today" in words_of(newest)
    assert f"{report}: Name an owner for the fix" in words_of(newest)
    assert newest["buttons"][0]["id"].startswith("owner report=")


async def test_a_nudge_goes_on_once_for_each_missed_promise(world: World) -> None:
    report = await world.researcher.sends_report()
    early = await world.researcher.runs(f"me nudge report={report}")
    assert "is late" in early.text
    await world.until(MONDAY.replace(hour=10) + timedelta(days=1))
    before = len(await heard(world, "lead"))
    first = await world.researcher.presses(f"me nudge report={report}")
    assert "Passed on" in first.text
    asked = [one for one in (await heard(world, "lead"))[before:] if "asks for news" in one[1]]
    assert len(asked) == 1
    assert "an acknowledgement was due Tue 1 Dec 2026, 08:00 UTC" in asked[0][1]
    second = await world.researcher.presses(f"me nudge report={report}")
    assert "once a missed promise" in second.text
    assert len(await heard(world, "lead")) == before + 1
    assert len([one for one in await heard(world, "triager-ml") if "asks for news" in one[1]]) == 1
    await world.until(MONDAY.replace(hour=10) + timedelta(days=2))
    assert "Passed on" in (await world.researcher.presses(f"me nudge report={report}")).text, "another promise is late"


async def test_exploitation_reaches_triagers_and_lead_at_night_and_beyond_the_most_of_a_day(world: World) -> None:
    await world.until(MONDAY.replace(hour=10))
    reports = [await world.researcher.sends_report(title=f"Report {number}") for number in range(6)]
    await world.until(MONDAY.replace(hour=23))
    assert (await world.triager_sec.runs("case flag exploited", world.channel(reports[0]))).code == "ok"
    for person in ("triager-ml", "lead"):
        called = [one for one in await heard(world, person) if "exploited" in one[1]]
        assert [when for when, _ in called] == [MONDAY.replace(hour=23)], person
        assert reports[0] in called[0][1]
    assert not [one for one in await heard(world, "triager-sec") if "exploited" in one[1]], "who said so knows it"
    assert await heard(world, "leadership") == []


async def test_what_was_settled_before_the_opening_is_not_said(world: World) -> None:
    report = await world.researcher.sends_report()
    assert (await world.triager_sec.runs("acknowledge", world.channel(report))).code == "ok"
    await world.until(MONDAY.replace(hour=9))
    assert "a new report" not in str(await heard(world, "triager-ml"))
    assert "a new report" in str(await heard(world, "lead"))


async def test_a_day_without_anything_brings_no_list(world: World) -> None:
    await world.until(MONDAY.replace(hour=9))
    await world.until(MONDAY.replace(hour=17) + timedelta(days=11))
    for person in ("triager-sec", "triager-ml", "lead", "owner", "leadership", "admin"):
        assert await heard(world, person) == [], person


async def test_the_weekly_digest_is_posted_once(world: World) -> None:
    await world.researcher.sends_report()
    for week in (0, 0, 1, 1):
        await world.until(MONDAY.replace(hour=9) + timedelta(weeks=week))
        await world.app.ticking.tick()
        await world.settled()
    posted = [one for one in await world.leadership.messages("leadership") if one["author"] == "bot"]
    assert len(posted) == 2, "on each Monday at nine"
    assert all("AIV-" not in one["text"] for one in posted)


async def test_openings_follow_summer_time(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    working = replace(load(DEMO).working, zone="Europe/Berlin")
    friday = datetime(2027, 3, 26, 15, 0, tzinfo=UTC)  # 16:00 in Berlin; clocks go forward on Sunday
    async with open_world(tmp_path, start=friday - timedelta(hours=1), working=working) as world:
        report = await world.researcher.sends_report()  # 15:00 in Berlin
        await world.until(friday)
        assert "before Mon 29 Mar 2027, 10:00 CEST" in (await heard(world, "triager-sec"))[-1][1]
        late = datetime(2027, 3, 27, 15, 0, tzinfo=berlin)
        await world.until(late.astimezone(UTC))
        notes = [one for one in await heard(world, "researcher") if "did not keep it" in one[1]]
        assert len(notes) == 1
        assert "Sat 27 Mar 2027, 15:00 CET" in notes[0][1]
        before = len(await heard(world, "lead"))
        opening = datetime(2027, 3, 29, 9, 0, tzinfo=berlin).astimezone(UTC)
        assert opening.hour == 7
        await world.until(opening - timedelta(minutes=1))
        assert len(await heard(world, "lead")) == before
        for _ in range(2):
            await world.until(opening)
        new = (await heard(world, "lead"))[before:]
        assert [when for when, _ in new] == [opening]
        assert report in new[0][1]
        # 48 hours around the clock: an hour later on the wall once summer time has begun
        assert "Sun 28 Mar 2027, 16:00 CEST" in new[0][1]


@pytest.mark.slow
async def test_over_a_fortnight_every_mark_is_served_once_and_told_once(world: World) -> None:
    """Reports come, are acknowledged, asked about and accepted at random; ticks come at odd times, sometimes days apart."""
    dice = random.Random(20261130)
    reports: list[str] = []
    end = await world.now() + timedelta(days=14)
    while await world.now() < end:
        if len(reports) < 6 and dice.random() < 0.35:
            reports.append(await world.researcher.sends_report(category="jailbreak", title=f"Report {len(reports)}"))
        if reports and dice.random() < 0.4:
            report = dice.choice(reports)
            line = dice.choice(["acknowledge", "accept medium jailbreak", "owner owner", "ask What exactly? clear=yes"])
            await world[dice.choice(["triager-sec", "triager-ml"])].runs(line, world.channel(report))
        await world.passes(minutes=dice.choice([7, 61, 190, 333, 555, 1440, 2900]))
        if dice.random() < 0.3:
            await world.app.ticking.tick()
    await world.settled()
    working = world.app.program.working
    assert len(reports) == 6
    for report in reports:
        kept = [one.key for one in await entries(world, report) if one.kind == "mark"]
        assert kept
        assert len(kept) == len(set(kept))
    rows = [(row, json.loads(row.data)) for row in await pings(world)]
    told = Counter((row.report_id, data["mark"], row.person_id) for row, data in rows if row.what == "mark")
    assert told
    assert set(told.values()) == {1}, "each mark is one line for each person"
    served = {(report, key) for report in reports for key in await marks(world, report)}
    assert {(report, mark) for report, mark, _ in told} <= served
    now = await world.now()
    for row, data in rows:
        if row.sent_at is None:  # a list that is still to come
            assert row.due_at > now or row.kind == "list" or not is_open(now, working), (row.kind, row.what, row.due_at)
        elif data.get("message"):
            assert is_open(row.sent_at, working), (row.what, row.sent_at)
    messages: dict[tuple[str, datetime], set[str]] = {}
    for row, data in rows:
        if row.sent_at is not None and data.get("message"):
            messages.setdefault((row.person_id, row.sent_at), set()).add(data["message"])
    lead = await person_of(world, "lead")
    assert all(len(keys) == 1 for (who, _), keys in messages.items() if who == lead), "one message at one instant"
    for person in ("triager-sec", "triager-ml", "lead", "leadership", "owner"):
        days = Counter(calendar.local_day(when, working) for when, text in await heard(world, person) if "Your day" in text)
        assert not days or max(days.values()) == 1, person
    late = [text for _, text in await heard(world, "researcher") if "did not keep it" in text]
    assert len(late) == len(set(late))
    for report in reports:
        notes = sorted(when for when, text in await heard(world, "researcher") if "did not keep it" in text and report in text)
        assert all(later - sooner >= timedelta(days=1) for sooner, later in pairwise(notes)), report


async def test_the_record_of_a_deleted_workflow_is_not_needed_to_know_what_was_said(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, ACCEPTED, state="accepted", level="medium")
    await world.passes("50d")
    before = {who: await heard(world, who) for who in ("lead", "triager-sec", "researcher")}
    for prefix in (f"{report}/", "clock/", "ping/", "list/"):
        await world.app.engine.forget(prefix=prefix)
    await world.app.ticking.tick()
    await world.settled()
    assert {who: await heard(world, who) for who in before} == before
    assert (await row_of(world, report)).next_due_at is not None
