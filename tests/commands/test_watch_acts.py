"""What the clock does to a report by itself: once, at its time, with a word to whoever it concerns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.models import Proposal
from storage.pings import LIST
from tests.commands.watching import ACCEPTED, PASSED, brought_to, entries, heard, marks, person_of, pings, row_of
from tests.world import World

pytestmark = pytest.mark.slow


async def test_silence_after_a_retest_resolves_on_our_own_numbers(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, PASSED, state="retest", level="medium", verdict="verified")
    await world.passes("8d")
    until = "is yours to try until Mon 14 Dec 2026, 08:00 UTC"
    assert len([one for one in await heard(world, "researcher") if until in one[1]]) == 1
    await world.until(datetime(2026, 12, 14, 7, 59, tzinfo=UTC))
    assert (await row_of(world, report)).state == "retest"
    await world.passes("1m")
    found = await row_of(world, report)
    assert (found.state, found.verdict, found.credit) == ("resolved", "verified_internally", "asked")
    over = "is resolved: the fix holds on our own tests"
    assert len([one for one in await heard(world, "researcher") if over in one[1]]) == 1
    assert (await marks(world, report)).count("retest/end") == 1
    assert [one.kind for one in await entries(world, report)].count("silence") == 1


async def test_a_resolved_report_closes_thirty_days_later_once_it_is_published(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, (*PASSED, ("confirm", {}), ("publish", {})), state="resolved", level="medium",
                     published_at=await world.now(), embargo="exited")
    await world.passes("29d")
    assert (await row_of(world, report)).state == "resolved"
    await world.passes("1d")
    found = await row_of(world, report)
    assert found.state == "closed"
    assert found.closed_at == found.archived_at == datetime(2026, 12, 30, 8, tzinfo=UTC)
    assert next(one for one in await world.lead.conversations() if one["id"] == found.channel)["archived"]


async def test_a_report_that_is_not_published_never_closes_by_itself(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, (*PASSED, ("confirm", {})), state="resolved", level="medium")
    await world.passes("40d")
    assert (await row_of(world, report)).state == "resolved"


async def test_the_embargo_ends_and_both_sides_hear(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, ACCEPTED, state="accepted", level="medium")
    assert (await row_of(world, report)).embargo == "active"
    await world.until(datetime(2027, 2, 28, 7, 0, tzinfo=UTC))  # a Sunday; received 30 Nov 2026, 08:00
    assert (await row_of(world, report)).embargo == "active"
    await world.passes("2h")
    assert (await row_of(world, report)).embargo == "exited"
    over = [text for _, text in await heard(world, "researcher") if "You may publish" in text]
    assert len(over) == 1
    assert not [one for one in await heard(world, "lead") if "embargo has ended" in one[1]]
    await world.until(datetime(2027, 3, 1, 9, 0, tzinfo=UTC))
    assert len([one for one in await heard(world, "lead") if "embargo has ended" in one[1]]) == 1


async def test_a_proposal_is_repeated_once_then_lapses_and_its_proposer_reads_it_in_the_list(world: World) -> None:
    await world.until(datetime(2026, 11, 30, 10, tzinfo=UTC))
    report = await world.researcher.sends_report(category="jailbreak")
    made = await world.triager_sec.runs("accept high jailbreak", world.channel(report))
    assert made.code == "ok", made
    await world.until(datetime(2026, 12, 2, 10, tzinfo=UTC))
    waits = [one for one in await heard(world, "triager-ml") if "a proposal waits" in one[1]]
    assert [when for when, _ in waits] == [datetime(2026, 12, 2, 10, tzinfo=UTC)]
    assert not [one for one in await heard(world, "triager-sec") if "a proposal waits" in one[1]]
    await world.until(datetime(2026, 12, 7, 10, tzinfo=UTC))
    async with world.app.database.read(await world.now()) as work:
        from sqlmodel import select

        assert [one.state for one in (await work.session.execute(select(Proposal))).scalars()] == ["lapsed"]
    assert [one.kind for one in await pings(world) if one.what == "lapsed"] == [LIST]
    await world.until(datetime(2026, 12, 8, 9, tzinfo=UTC))
    assert len([one for one in await heard(world, "triager-sec") if "proposal (accept) lapsed" in one[1]]) == 1


async def test_an_act_that_does_not_fit_is_served_once_and_the_lead_is_told(world: World) -> None:
    report = await world.researcher.sends_report()
    await brought_to(world, report, PASSED, state="accepted", level="medium")  # the record and the row disagree
    await world.passes("15d")
    assert (await row_of(world, report)).state == "accepted"
    assert (await marks(world, report)).count("retest/end") == 1
    await world.passes("2h")
    assert len([one for one in await heard(world, "lead") if "could not take its step" in one[1]]) == 1


async def test_a_late_verification_reaches_leadership_three_days_later_and_nobody_twice(world: World) -> None:
    report = await world.researcher.sends_report()
    sec = await person_of(world, "triager-sec")
    await brought_to(world, report, (*ACCEPTED, ("work", {}), ("fix", {})), state="fix_ready", level="medium", assignee_id=sec)
    for _ in range(16 * 4):
        await world.passes("6h")
    late = [one for one in await marks(world, report) if one.startswith("verification/")]
    assert sorted(late) == ["verification/+24h", "verification/+72h", "verification/100", "verification/50",
                            "verification/80", "verification/note"]
    leadership = [one for one in await heard(world, "leadership") if report in one[1]]
    assert len([one for one in leadership if "a check of the fix" in one[1] and "three days later" in one[1]]) == 1
    assert all(one[0].weekday() < 5 and 9 <= one[0].hour < 17 for one in leadership)
    assert len([one for one in await heard(world, "lead") if "a check of the fix was due" in one[1]]) == 1
    assert not [one for one in await heard(world, "triager-ml") if "a check of the fix" in one[1]], "another is assigned"
    told = [one for one in await heard(world, "researcher") if "a check of the fix" in one[1]]
    assert len(told) == 1
    assert timedelta(0) <= told[0][0] - datetime(2026, 12, 7, 8, tzinfo=UTC) < timedelta(hours=6)
