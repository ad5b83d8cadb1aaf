"""The written definition of every number that leadership sees.

It decides what is counted, from when to when, and says so in words beside each number. Gathering the records
and drawing the digest are left to the commands. Counts and times only: no title and no person enters here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy.deadlines import ClockName, ClockView, Why
from config.policy.states import OPEN, Flag, Level, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the figures need to know about one report."""

    received: datetime
    state: State
    level: Level | None = None  # None until it was judged
    resolved: datetime | None = None
    published: bool = False
    owned: bool = False
    embargo_end: datetime | None = None  # while an embargo is in force
    flags: frozenset[Flag] = frozenset()
    clocks: tuple[ClockView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time: from `since` up to but not including `until`."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment lies in the period."""
        return moment is not None and self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Count:
    """A number and how it was counted."""

    value: int
    how: str


@dataclass(frozen=True, slots=True)
class Times:
    """Median and 90th percentile of some durations, None when there were none, and how they were counted."""

    middle: timedelta | None
    ninety: timedelta | None
    of: int
    how: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises met and missed, and how they were counted."""

    met: int
    missed: int
    how: str


class Age(StrEnum):
    """How long ago an open report was received."""

    WEEK = "up to 7 days"
    MONTH = "8 to 30 days"
    QUARTER = "31 to 90 days"
    OLDER = "over 90 days"


@dataclass(frozen=True, slots=True)
class Open:
    """Open reports by level (None: not judged yet) and age, and how they were counted."""

    cells: Mapping[tuple[Level | None, Age], int]
    how: str

    @property
    def total(self) -> int:
        """All open reports."""
        return sum(self.cells.values())


HOW: Final[Mapping[str, str]] = {
    "received": "Reports whose first message came in the period, whatever became of them.",
    "resolved": "Reports that reached resolved in the period, and were not reopened since.",
    "times": (
        "From the start of the clock to its stop, for clocks that stopped in the period because the step was "
        "taken. Time in which the researcher had been asked something is left out. Half of the values are at "
        "or below the median, nine of ten at or below the 90th percentile, which is a value that occurred."
    ),
    "promises": (
        "Met: the step was taken in the period, by the time first promised. Missed: the promised time passed "
        "in the period without the step. A late step stays a miss, also when more time was granted or the "
        "level was lowered afterwards. What was withdrawn or was spam before its time counts as neither."
    ),
    "open": "Reports that are not done, by level and by days since they were received.",
    "unowned": "Accepted reports that are not done and whose fix nobody has taken.",
    "public_soon": (
        "Reports not yet public whose embargo ends, or whose publication is due, within 30 days, fixed or "
        "not. Overdue ones are included."
    ),
    "exploited": "Reports not done in which attacks were seen or an exploit is public.",
}

# What stands beside these numbers, what a digest asks for, and what it says of itself.
ALSO: Final[Mapping[str, str]] = {
    "change": (
        "Received and resolved of the period, and of the one before it: as many days before, for a calendar month the month before. "
        "Both are counted alike; what was reopened since counts as resolved in neither."
    ),
    "rewards": (
        "What was given in the calendar year of the programme's zone and not taken back, paid or not, in whole units, beside the "
        "budget of that year."
    ),
    "buy_in": (
        "Product areas of the programme's scope for whose deadlines nobody answers: no owner accepted them, or the lengths until "
        "stop-gap and fix changed since, or whoever accepted is an owner no more. Asked for once of owners, weekly of the lead, "
        "and after 14 days once of leadership."
    ),
    "wanted": (
        "First what is exploited and has no advisory yet, accepted reports without an owner, and product areas for whose deadlines "
        "nobody answers; then what waits for a signature of the lead or leadership, and promises late by more than 72 h."
    ),
    "asked": "What the digest before this one asked for, weekly or monthly as this one, and where that stands now.",
    "decided": "What was decided in the period, with the state in which those reports are now.",
    "period": (
        "The weekly digest covers the seven days before its day, the monthly one the calendar month before. Asked for at any time "
        "it goes back 7, 30 or 365 days from now. What stands, such as open reports, is counted as it is when the digest is made."
    ),
    "picture": (
        "A dot is a report. Lateness is measured against the date first promised. A promise in working time "
        "is drawn in working hours."
    ),
    "many": (
        "With more than {most} in the period and the one before it the database counts. Then questions to the researcher are not "
        "taken off the times. Missed promises are those whose end was marked. Met ones are counted for acknowledgement, first "
        "answer, judgement and fix, and are not compared with the period before."
    ),
    "silence": (
        "Reports whose first message was encrypted to our key in the last 30 days, and in the 30 before; rehearsals and what the "
        "programme itself reports are not counted. None lately after some before is said, because the way in may be broken."
    ),
}

# What stands on the public pages, which the digest does not show.
IN_PUBLIC: Final = (
    "Of the promises whose time ended in the last 90 days, those where the step was taken in time. Counted as in the digest "
    "for leadership; shown from five on, so that no number tells of a single report."
)

# Counted by name, each beside the period before; the names are those of the digest's sections.
TRENDS: Final[Mapping[str, str]] = {
    "accepted": (
        "Reports accepted in the period, each once, by the level that they have now. In brackets: how many more or "
        "fewer than in the period before."
    ),
    "causes": (
        "Reports that reached resolved in the period and were not taken up again, by their primary root cause as it "
        "is recorded now. In brackets: the change against the period before."
    ),
    "again": (
        "Reports found in the period to have the root cause, category and component of one that was resolved up to "
        "365 days before they came, and what a release gate found to work again."
    ),
    "review": (
        "Root causes recorded in the period that made a report the third or later one of its cause, category and "
        "component in 365 days; each kind is named once a year."
    ),
    "signed": (
        "Levels that need both disciplines and were settled in the period with one of them: the lead stood in for the other, "
        "or in a small team one person signed for both."
    ),
}

SOON: Final = timedelta(days=30)
PUBLIC_SPAN: Final = timedelta(days=90)  # what the public is told about
FEWEST: Final = 5  # of what is counted for the public
TIMED: Final = (
    ClockName.ACKNOWLEDGE,
    ClockName.FIRST_RESPONSE,
    ClockName.TRIAGE,
    ClockName.REMEDIATION,
    ClockName.VERIFICATION,
)
PROMISED: Final = (
    ClockName.ACKNOWLEDGE,
    ClockName.FIRST_RESPONSE,
    ClockName.TRIAGE,
    ClockName.MITIGATION,
    ClockName.REMEDIATION,
    ClockName.VERIFICATION,
    ClockName.UPDATE,
    ClockName.PUBLISH,
    ClockName.EXPLOITED,
)
_ACCEPTED: Final = frozenset(
    {State.ACCEPTED, State.REMEDIATING, State.MITIGATED, State.FIX_READY, State.VERIFYING, State.RETEST}
)
_AGES: Final = ((7, Age.WEEK), (30, Age.MONTH), (90, Age.QUARTER))


def received(records: Iterable[Record], period: Period) -> Count:
    """How many reports came in during a period."""
    return Count(sum(period.holds(record.received) for record in records), HOW["received"])


def resolved(records: Iterable[Record], period: Period) -> Count:
    """How many reports were resolved in a period."""
    return Count(sum(period.holds(record.resolved) for record in records), HOW["resolved"])


def times(records: Iterable[Record], name: ClockName, period: Period) -> Times:
    """How long one step took where it was taken in a period."""
    durations = sorted(
        _duration(view, view.stopped)
        for view in _views(records, (name,))
        if view.stopped is not None and view.fulfilled and period.holds(view.stopped)
    )
    if not durations:
        return Times(None, None, 0, HOW["times"])
    return Times(middle(durations), percentile(durations, 90), len(durations), HOW["times"])


def promises(records: Iterable[Record], names: Sequence[ClockName], period: Period, *, now: datetime) -> Kept:
    """How many promises were met and how many were missed in a period."""
    met = missed = 0
    for view in _views(records, names):
        broken = broken_at(view, now)
        if broken is not None:
            missed += period.holds(broken)
        elif view.fulfilled:
            met += period.holds(view.stopped)
    return Kept(met, missed, HOW["promises"])


def in_public(met: int, missed: int) -> Kept | None:
    """What is told to everybody of a promise: nothing while so few reports are behind it that a number tells of single ones."""
    return Kept(met, missed, IN_PUBLIC) if met + missed >= FEWEST else None


def broken_at(view: ClockView, now: datetime) -> datetime | None:
    """When a promise was broken, by `now`; None when it was not."""
    if not view.missed(now):
        return None
    return view.missed_due or view.promised


def open_reports(records: Iterable[Record], now: datetime) -> Open:
    """The open reports by level and age."""
    cells: dict[tuple[Level | None, Age], int] = {}
    for record in records:
        if record.state in OPEN:
            key = (record.level, age(record.received, now))
            cells[key] = cells.get(key, 0) + 1
    return Open(cells, HOW["open"])


def age(since: datetime, now: datetime) -> Age:
    """The age group of a report received at `since`, by full days."""
    days = (now - since) // timedelta(days=1)
    return next((group for most, group in _AGES if days <= most), Age.OLDER)


def unowned(records: Iterable[Record]) -> Count:
    """How many accepted reports nobody has taken."""
    return Count(sum(record.state in _ACCEPTED and not record.owned for record in records), HOW["unowned"])


def public_soon(records: Iterable[Record], now: datetime) -> Count:
    """How many reports become public within 30 days, fixed or not."""
    return Count(
        sum((at := public_at(record)) is not None and at <= now + SOON for record in records),
        HOW["public_soon"],
    )


def public_at(record: Record) -> datetime | None:
    """When a report that is not public is to become so; None when no date is set."""
    if record.published:
        return None
    due = [
        view.due
        for view in record.clocks
        if view.name is ClockName.PUBLISH and view.stopped is None and view.due
    ]
    return min([*due, *([record.embargo_end] if record.embargo_end else [])], default=None)


def exploited(records: Iterable[Record]) -> Count:
    """How many open reports are being exploited."""
    signs = {Flag.ATTACKED, Flag.EXPLOIT_PUBLIC}
    return Count(
        sum(record.state in OPEN and bool(signs & record.flags) for record in records), HOW["exploited"]
    )


def middle(ordered: Sequence[timedelta]) -> timedelta:
    """The median of rising values: the middle one, or half way between the middle two.

    ValueError when there are none.
    """
    if not ordered:
        raise ValueError("no values")
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(ordered: Sequence[timedelta], share: int) -> timedelta:
    """The smallest value with at least `share` per cent of all values at or below it (nearest rank).

    `ordered` rises; ValueError when it is empty.
    """
    if not ordered:
        raise ValueError("no values")
    return ordered[max(1, math.ceil(len(ordered) * share / 100)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """All numbers of one digest."""

    period: Period
    received: Count
    resolved: Count
    exploited: Count
    open: Open
    unowned: Count
    public_soon: Count
    promises: Kept
    times: Mapping[ClockName, Times]

    @property
    def quiet(self) -> bool:
        """Whether one line says it all: nothing came, was resolved, missed, exploited or wants a decision."""
        busy = (
            self.received,
            self.resolved,
            self.exploited,
            self.unowned,
            self.public_soon,
        )
        return not any(count.value for count in busy) and not self.promises.missed


def week(records: Iterable[Record], period: Period, *, now: datetime) -> Week:
    """The numbers of a digest for a period, as they stand at `now`."""
    records = tuple(records)
    return Week(
        period=period,
        received=received(records, period),
        resolved=resolved(records, period),
        exploited=exploited(records),
        open=open_reports(records, now),
        unowned=unowned(records),
        public_soon=public_soon(records, now),
        promises=promises(records, PROMISED, period, now=now),
        times={name: times(records, name, period) for name in TIMED},
    )


def _views(records: Iterable[Record], names: Sequence[ClockName]) -> Iterable[ClockView]:
    return (view for record in records for view in record.clocks if view.name in names)


def _duration(view: ClockView, stopped: datetime) -> timedelta:
    """The time around the clock that a step took, without open questions."""
    asked = (
        min(pause.until or stopped, stopped) - pause.since
        for pause in view.pauses
        if pause.why is Why.QUESTION and pause.since < stopped
    )
    return stopped - view.started - sum(asked, timedelta(0))


