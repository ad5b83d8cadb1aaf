from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy import calendar
from config.program import DEMO, Length, WorkingTime, load

UTC_WEEK = load(DEMO).working
BERLIN = replace(UTC_WEEK, zone="Europe/Berlin")
NEW_YORK = replace(UTC_WEEK, zone="America/New_York")
EVERY_DAY = frozenset(range(7))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def days(number: int) -> timedelta:
    return number * DAY


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-01-16T16:00Z", days(5), "2026-01-23T16:00Z"),  # Friday to Friday
        ("2026-01-16T16:00Z", days(1), "2026-01-19T16:00Z"),  # Friday to Monday
        ("2026-01-17T09:00Z", days(5), "2026-01-24T00:00Z"),  # Saturday: the end of Friday
        ("2026-01-19T00:00Z", days(5), "2026-01-24T00:00Z"),
        ("2026-01-16T16:00Z", 8 * HOUR, "2026-01-17T00:00Z"),  # used up with the day itself
        ("2028-02-28T12:00Z", days(2), "2028-03-01T12:00Z"),  # over a leap day
        ("2027-12-31T12:00Z", days(1), "2028-01-03T12:00Z"),  # over the year's end
    ],
)
def test_business_time_in_utc(start: str, length: timedelta, end: str) -> None:
    assert calendar.add(at(start), length, UTC_WEEK) == at(end)
    assert calendar.between(at(start), at(end), UTC_WEEK) == length


def test_holidays_do_not_count() -> None:
    monday_off = replace(UTC_WEEK, holidays=frozenset({date(2026, 1, 19)}))
    assert calendar.add(at("2026-01-16T16:00Z"), days(5), monday_off) == at("2026-01-26T16:00Z")
    assert calendar.between(at("2026-01-16T16:00Z"), at("2026-01-20T01:00Z"), monday_off) == 9 * HOUR
    saturday_off = replace(UTC_WEEK, holidays=frozenset({date(2026, 1, 17)}))
    assert calendar.add(at("2026-01-16T16:00Z"), days(5), saturday_off) == at("2026-01-23T16:00Z")


@pytest.mark.parametrize(
    ("working", "start", "end"),
    [
        # Berlin goes forward on Sunday 2026-03-29 and back on Sunday 2026-10-25.
        (BERLIN, "2026-03-27T16:00+01:00", "2026-03-30T16:00+02:00"),
        (BERLIN, "2026-10-23T16:00+02:00", "2026-10-26T16:00+01:00"),
        # New York goes forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
        (NEW_YORK, "2026-03-06T16:00-05:00", "2026-03-09T16:00-04:00"),
        (NEW_YORK, "2026-10-30T16:00-04:00", "2026-11-02T16:00-05:00"),
    ],
)
def test_a_working_day_keeps_its_wall_time_over_a_change_of_clocks(
    working: WorkingTime, start: str, end: str
) -> None:
    assert calendar.add(at(start), days(1), working) == at(end)
    assert calendar.between(at(start), at(end), working) == days(1)


def test_a_working_day_that_is_short_or_long_counts_24_hours() -> None:
    sundays = replace(BERLIN, days=EVERY_DAY)
    # Forward: 02:00 becomes 03:00, so 02:30 never is; it is reached when the hour is skipped.
    assert calendar.add(at("2026-03-28T02:30+01:00"), days(1), sundays) == at("2026-03-29T03:00+02:00")
    assert calendar.add(at("2026-03-29T00:00+01:00"), days(1), sundays) == at("2026-03-30T00:00+02:00")
    assert calendar.between(at("2026-03-29T00:00+01:00"), at("2026-03-30T00:00+02:00"), sundays) == days(1)
    # Back: 02:00 to 03:00 comes twice and counts once, the first time.
    assert calendar.add(at("2026-10-24T02:30+02:00"), days(1), sundays) == at("2026-10-25T02:30+02:00")
    assert calendar.between(at("2026-10-25T00:00+02:00"), at("2026-10-26T00:00+01:00"), sundays) == days(1)
    assert calendar.between(at("2026-10-25T02:10+01:00"), at("2026-10-25T02:50+01:00"), sundays) == 0 * HOUR


def test_a_fold_that_means_nothing_changes_nothing() -> None:
    start = datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert calendar.add(start.replace(fold=1), HOUR, UTC_WEEK) == calendar.add(start, HOUR, UTC_WEEK)


def test_opening_hours() -> None:
    assert calendar.is_open(at("2026-01-16T09:00Z"), UTC_WEEK)
    assert not calendar.is_open(at("2026-01-16T17:00Z"), UTC_WEEK)
    assert not calendar.is_open(at("2026-01-17T12:00Z"), UTC_WEEK)
    assert calendar.at_work(at("2026-01-16T12:00Z"), UTC_WEEK) == at("2026-01-16T12:00Z")
    assert calendar.at_work(at("2026-01-16T17:00Z"), UTC_WEEK) == at("2026-01-19T09:00Z")
    assert calendar.at_work(at("2026-01-16T08:00Z"), UTC_WEEK) == at("2026-01-16T09:00Z")
    assert calendar.opening_at_or_after(at("2026-01-16T09:00Z"), UTC_WEEK) == at("2026-01-16T09:00Z")
    assert calendar.opening_after(at("2026-01-16T09:00Z"), UTC_WEEK) == at("2026-01-19T09:00Z")
    assert calendar.opening_after(at("2026-03-28T12:00+01:00"), BERLIN) == at("2026-03-30T09:00+02:00")
    assert calendar.at_wall(date(2026, 3, 29), time(2, 30), BERLIN) == at("2026-03-29T03:00+02:00")


def test_a_calendar_without_a_working_day_is_a_fault() -> None:
    with pytest.raises(ValueError, match="working day"):
        calendar.next_working_day(date(2026, 1, 1), replace(UTC_WEEK, days=frozenset()))


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Jerusalem",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "Asia/Kolkata",
    ]
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 - made aware next
    lambda naive: naive.replace(tzinfo=UTC)
)
# Half of the instants lie around the changes of clocks, where mistakes live.
TURNS = st.builds(
    lambda turn, minutes: at(turn) + timedelta(minutes=minutes),
    st.sampled_from(
        [
            "2026-03-29T01:00Z",
            "2026-10-25T01:00Z",
            "2026-03-08T07:00Z",
            "2026-11-01T06:00Z",
            "2026-03-27T00:00Z",
            "2026-10-24T21:00Z",
        ]
    ),
    st.integers(-200, 200),
)
SPANS = st.timedeltas(timedelta(0), timedelta(days=20))


@st.composite
def weeks(draw: st.DrawFn) -> WorkingTime:
    return replace(
        UTC_WEEK,
        zone=draw(ZONES),
        days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        holidays=draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5)),
    )


@settings(max_examples=300, deadline=None)
@given(weeks(), INSTANTS | TURNS, SPANS, st.integers(0, 300))
def test_a_later_start_never_ends_earlier_and_the_end_is_never_before_the_start(
    working: WorkingTime, start: datetime, span: timedelta, minutes: int
) -> None:
    end = calendar.add(start, span, working)
    assert end >= start
    assert calendar.add(start + timedelta(minutes=minutes), span, working) >= end


@settings(max_examples=300, deadline=None)
@given(weeks(), INSTANTS | TURNS, SPANS)
def test_what_is_added_has_passed_and_not_a_moment_earlier(
    working: WorkingTime, start: datetime, span: timedelta
) -> None:
    end = calendar.add(start, span, working)
    passed = calendar.between(start, end, working)
    # An hour that is skipped passes at once, so more than asked for may have gone by.
    assert span <= passed <= span + HOUR
    if span > timedelta(0):
        assert calendar.between(start, end - timedelta(microseconds=1), working) < span


@settings(max_examples=200, deadline=None)
@given(weeks(), INSTANTS | TURNS, SPANS, SPANS)
def test_business_time_adds_up(working: WorkingTime, start: datetime, one: timedelta, two: timedelta) -> None:
    middle, end = start + one, start + one + two
    total = calendar.between(start, middle, working) + calendar.between(middle, end, working)
    assert total == calendar.between(start, end, working)


@settings(max_examples=200, deadline=None)
@given(weeks(), INSTANTS | TURNS)
def test_the_next_opening_is_open_and_nothing_before_it_is(working: WorkingTime, moment: datetime) -> None:
    opening = calendar.opening_at_or_after(moment, working)
    assert opening >= moment
    assert calendar.is_open(opening, working)
    assert calendar.opening_after(opening, working) > opening
    assert calendar.at_work(moment, working) in (moment, opening)


def test_lengths_choose_how_to_count() -> None:
    start = at("2026-01-16T16:00Z")
    assert calendar.after(start, Length(days(1)), UTC_WEEK) == at("2026-01-17T16:00Z")
    assert calendar.after(start, Length(days(1), business=True), UTC_WEEK) == at("2026-01-19T16:00Z")
    assert calendar.passed(start, at("2026-01-19T16:00Z"), Length(DAY), UTC_WEEK) == days(3)
    assert calendar.passed(start, at("2026-01-19T16:00Z"), Length(DAY, business=True), UTC_WEEK) == days(1)
    assert calendar.passed(at("2026-01-19T16:00Z"), start, Length(DAY), UTC_WEEK) == days(0)
