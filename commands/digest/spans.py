"""Which stretch of time a digest covers, what it is compared with, and when it is due.

A week is the seven days before the day of the weekly digest; a month is a calendar month. What is asked for at any time goes back
from now: 7, 30 or 365 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from config.policy import calendar
from config.policy.metrics import Period
from config.program import Program

_DAY = timedelta(days=1)


class Span(StrEnum):
    """How much time a digest covers."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def days(self) -> int:
        """How far one that is asked for goes back."""
        return {Span.WEEK: 7, Span.MONTH: 30, Span.YEAR: 365}[self]

    @property
    def kind(self) -> str:
        """The kind of the ledger entry that the digest of such a span leaves."""
        return "digest" if self is Span.WEEK else f"digest_{self.value}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one digest covers, and the stretch before it that it is compared with."""

    span: Span
    period: Period
    earlier: Period


def back_from(span: Span, now: datetime) -> Stretch:
    """Return the days up to now, beside as many before them."""
    return before(Period(since=now - span.days * _DAY, until=now), span)


def before(period: Period, span: Span = Span.WEEK) -> Stretch:
    """Return a period beside as long a one before it."""
    return Stretch(span, period, Period(since=period.since - (period.until - period.since), until=period.since))


def last_week(now: datetime, program: Program) -> tuple[Stretch, datetime]:
    """Return the seven days that the newest weekly digest covers, and when that digest was due."""
    tz, digest = program.tz, program.digest
    local = now.astimezone(tz)
    day = local.date() - timedelta(days=(local.weekday() - digest.weekday) % 7)
    if _at(day, digest.hour, program) > now:
        day -= timedelta(days=7)
    starts = [_at(day - timedelta(days=back), 0, program) for back in (14, 7, 0)]
    return _stretch(Span.WEEK, starts), _at(day, digest.hour, program)


def last_month(now: datetime, program: Program) -> tuple[Stretch, datetime]:
    """Return the calendar month that the newest monthly digest covers, and when it was due: on the first working day after it."""
    first = now.astimezone(program.tz).date().replace(day=1)
    if (due := _monthly(first, program)) > now:
        first = _previous(first)
        due = _monthly(first, program)
    starts = [_at(one, 0, program) for one in (_previous(_previous(first)), _previous(first), first)]
    return _stretch(Span.MONTH, starts), due


def name(stretch: Stretch, program: Program) -> str:
    """Return what a digest is called in the ledger: the ISO week in which it ends, such as `2026-W47`, or the month, `2026-11`."""
    last = (stretch.period.until.astimezone(program.tz) - timedelta(microseconds=1)).date()
    if stretch.span is Span.MONTH:
        return f"{last:%Y-%m}"
    year, week, _ = last.isocalendar()
    return f"{year}-W{week:02}"


def year_of(now: datetime, program: Program) -> Period:
    """Return the calendar year, in the zone of the programme, that holds an instant."""
    year = now.astimezone(program.tz).year
    return Period(since=_at(date(year, 1, 1), 0, program), until=_at(date(year + 1, 1, 1), 0, program))


def _stretch(span: Span, starts: list[datetime]) -> Stretch:
    earlier, since, until = starts
    return Stretch(span, Period(since=since, until=until), Period(since=earlier, until=since))


def _at(day: date, hour: int, program: Program) -> datetime:
    return datetime.combine(day, time(hour), program.tz).astimezone(UTC)


def _previous(first: date) -> date:
    return (first - _DAY).replace(day=1)


def _monthly(first: date, program: Program) -> datetime:
    day = first if calendar.is_working_day(first, program.working) else calendar.next_working_day(first, program.working)
    return _at(day, program.digest.hour, program)
