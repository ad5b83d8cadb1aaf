from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import metrics
from config.policy.deadlines import ClockName, Fact, clocks
from config.policy.metrics import Age, Period, Record
from config.policy.states import Flag, Level, State
from tests.rules.timeline import DAY, HOUR, PROGRAM, at, fact, story

C = ClockName
WEEK = Period(since=at("2026-01-12T00:00Z"), until=at("2026-01-19T00:00Z"))
NEXT = Period(since=at("2026-01-19T00:00Z"), until=at("2026-01-26T00:00Z"))
NOW = at("2026-03-01T00:00Z")


def record(history: list[Fact], state: State = State.TRIAGING, **more: object) -> Record:
    base = Record(received=history[0].at, state=state, clocks=clocks(history, PROGRAM))
    return replace(base, **more)  # type: ignore[arg-type]


def acknowledged(after: timedelta, since: str = "2026-01-12T10:00Z") -> Record:
    return record(story(fact(at(since) + after, "acknowledge"), since=since))


def test_a_period_holds_its_start_and_not_its_end() -> None:
    reports = [
        record(story(since=when)) for when in ("2026-01-12T00:00Z", "2026-01-18T23:59Z", "2026-01-19T00:00Z")
    ]
    assert metrics.received(reports, WEEK).value == 2
    assert metrics.received(reports, NEXT).value == 1


def test_resolved_reports() -> None:
    one = record(story(), State.RESOLVED, resolved=at("2026-01-18T00:00Z"))
    assert metrics.resolved([one, record(story())], WEEK).value == 1
    assert metrics.resolved([one], NEXT).value == 0


def test_median_and_ninetieth_percentile() -> None:
    reports = [acknowledged(hours * HOUR) for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 20)]
    found = metrics.times(reports, C.ACKNOWLEDGE, WEEK)
    assert (found.middle, found.ninety, found.of) == (5.5 * HOUR, 9 * HOUR, 10)
    none = metrics.times(reports, C.ACKNOWLEDGE, NEXT)
    assert (none.middle, none.ninety, none.of) == (None, None, 0)


def test_time_for_the_researchers_answer_is_left_out() -> None:
    history = story(
        fact("2026-01-13T10:00Z", "ask"),
        fact("2026-01-14T10:00Z", "answer"),
        fact("2026-01-15T10:00Z", "accept", level="low"),
        since="2026-01-12T10:00Z",
    )
    assert metrics.times([record(history)], C.TRIAGE, WEEK).middle == 2 * DAY


def test_time_for_checking_a_fix_that_failed_is_counted() -> None:
    history = story(
        fact("2026-01-12T10:00Z", "accept", level="low"),
        fact("2026-01-13T10:00Z", "fix"),
        fact("2026-01-15T10:00Z", "fail"),
        fact("2026-01-16T10:00Z", "fix"),
        since="2026-01-12T10:00Z",
    )
    assert metrics.times([record(history)], C.REMEDIATION, WEEK).middle == 4 * DAY


def test_a_late_step_is_a_miss_when_it_was_due_and_never_a_promise_met() -> None:
    on_time, late = acknowledged(24 * HOUR), acknowledged(8 * DAY)
    kept = metrics.promises([on_time, late], [C.ACKNOWLEDGE], WEEK, now=NOW)
    assert (kept.met, kept.missed) == (1, 1)
    after = metrics.promises([on_time, late], [C.ACKNOWLEDGE], NEXT, now=NOW)
    assert (after.met, after.missed) == (0, 0)


def test_a_promise_still_open_is_neither_until_its_time_has_passed() -> None:
    open_one = record(story(since="2026-01-18T20:00Z"))
    before = metrics.promises([open_one], [C.ACKNOWLEDGE], NEXT, now=at("2026-01-19T20:00Z"))
    assert (before.met, before.missed) == (0, 0)
    after = metrics.promises([open_one], [C.ACKNOWLEDGE], NEXT, now=at("2026-01-19T20:01Z"))
    assert (after.met, after.missed) == (0, 1)


def test_more_time_and_a_softer_score_do_not_mend_a_miss() -> None:
    granted = story(
        fact("2026-01-12T10:00Z", "accept", level="critical"),
        fact("2026-01-14T10:00Z", "more_time", due="2026-02-14T10:00+00:00"),
        fact("2026-02-01T10:00Z", "fix"),
        since="2026-01-12T09:00Z",
    )
    rescored = story(
        fact("2026-01-12T10:00Z", "accept", level="critical"),
        fact("2026-01-24T10:00Z", "rescore", level="low"),
        fact("2026-02-01T10:00Z", "fix"),
        since="2026-01-12T09:00Z",
    )
    reports = [record(granted), record(rescored)]
    kept = metrics.promises(reports, [C.REMEDIATION], NEXT, now=NOW)  # both were due on 2026-01-19 10:00
    assert (kept.met, kept.missed) == (0, 2)
    everything = Period(since=at("2026-01-01T00:00Z"), until=NOW)
    assert metrics.promises(reports, [C.REMEDIATION], everything, now=NOW).met == 0


def test_what_was_withdrawn_in_time_is_neither_met_nor_missed() -> None:
    gone = record(story(fact("2026-01-12T12:00Z", "withdraw"), since="2026-01-12T10:00Z"), State.WITHDRAWN)
    kept = metrics.promises([gone], metrics.PROMISED, WEEK, now=NOW)
    assert (kept.met, kept.missed) == (0, 0)


def test_windows_of_the_researcher_are_no_promises() -> None:
    assert not {C.RETEST, C.EMBARGO} & set(metrics.PROMISED)


def test_open_reports_by_level_and_age() -> None:
    now = at("2026-03-01T10:00Z")
    ages = {
        "2026-02-22T10:00Z": Age.WEEK,
        "2026-02-21T10:00Z": Age.MONTH,
        "2026-01-30T10:00Z": Age.MONTH,
        "2026-01-29T10:00Z": Age.QUARTER,
        "2025-12-01T10:00Z": Age.QUARTER,
        "2025-11-30T10:00Z": Age.OLDER,
    }
    for when, group in ages.items():
        assert metrics.age(at(when), now) is group, when
    reports = [
        record(story(since="2026-02-22T10:00Z"), level=Level.HIGH),
        record(story(since="2026-02-23T10:00Z"), level=Level.HIGH),
        record(story(since="2026-02-23T10:00Z")),
        record(story(since="2026-02-23T10:00Z"), State.RESOLVED, level=Level.HIGH),
    ]
    found = metrics.open_reports(reports, now)
    assert found.cells == {(Level.HIGH, Age.WEEK): 2, (None, Age.WEEK): 1}
    assert found.total == 3


def test_unowned_accepted_reports() -> None:
    reports = [
        record(story(), State.ACCEPTED),
        record(story(), State.ACCEPTED, owned=True),
        record(story(), State.TRIAGING),
        record(story(), State.RESOLVED),
        record(story(), State.VERIFYING),
    ]
    assert metrics.unowned(reports).value == 2


def test_what_becomes_public_within_30_days_fixed_or_not() -> None:
    now = at("2026-03-17T16:00Z")
    end = at("2026-04-16T16:00Z")
    waiting = record(story(), State.REMEDIATING, embargo_end=end)
    assert metrics.public_soon([waiting], now).value == 1
    assert metrics.public_soon([waiting], now - timedelta(seconds=1)).value == 0
    assert metrics.public_soon([replace(waiting, published=True)], now).value == 0
    assert metrics.public_soon([waiting], end + DAY).value == 1  # overdue
    resolved = story(
        fact("2026-01-20T10:00Z", "accept", level="low"),
        fact("2026-01-21T10:00Z", "fix"),
        fact("2026-01-22T10:00Z", "pass"),
        fact("2026-01-23T10:00Z", "confirm"),
    )
    done = record(resolved, State.RESOLVED, embargo_end=end)
    assert metrics.public_at(done) == at("2026-02-22T10:00Z")


def test_exploited_reports() -> None:
    reports = [
        record(story(), flags=frozenset({Flag.VENDOR_AWARE, Flag.ATTACKED})),
        record(story(), flags=frozenset({Flag.VENDOR_AWARE, Flag.PUBLIC})),
        record(story(), State.RESOLVED, flags=frozenset({Flag.ATTACKED})),
    ]
    assert metrics.exploited(reports).value == 1


def test_every_number_of_a_week_says_how_it_was_counted() -> None:
    found = metrics.week([acknowledged(HOUR)], WEEK, now=at("2026-01-19T00:00Z"))
    hows = [
        found.received.how,
        found.resolved.how,
        found.exploited.how,
        found.open.how,
        found.unowned.how,
        found.public_soon.how,
        found.promises.how,
        *(times.how for times in found.times.values()),
    ]
    assert set(hows) == set(metrics.HOW.values())
    assert found.received.value == 1
    assert not found.quiet
    assert found.times[C.ACKNOWLEDGE].middle == HOUR


def test_a_quiet_week_is_one() -> None:
    assert metrics.week([], WEEK, now=WEEK.until).quiet
    assert not metrics.week([record(story(), State.ACCEPTED)], WEEK, now=WEEK.until).quiet


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=99)), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_occurred_with_enough_at_or_below(
    values: list[timedelta], share: int
) -> None:
    ordered = sorted(values)
    found = metrics.percentile(ordered, share)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= share * len(values)
    assert sum(value < found for value in values) * 100 < share * len(values)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        metrics.percentile([], 90)
    with pytest.raises(ValueError, match="no values"):
        metrics.middle([])


def test_the_median_of_an_odd_number_is_the_middle_one() -> None:
    assert metrics.middle([HOUR, 2 * HOUR, 9 * HOUR]) == 2 * HOUR


def test_a_miss_is_dated() -> None:
    late = acknowledged(8 * DAY)
    (view,) = (view for view in late.clocks if view.name is C.ACKNOWLEDGE)
    assert metrics.broken_at(view, NOW) == at("2026-01-13T10:00Z")
    moment: datetime = at("2026-01-13T10:00Z")
    assert metrics.broken_at(view, moment) is None
