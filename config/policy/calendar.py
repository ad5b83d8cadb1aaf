"""The working calendar: which days count, how business time passes, and when people are at work.

It decides in the zone of the programme, daylight saving included; which clock counts in business time is
written in the programme. A working day counts 24 h from 00:00 to 24:00 on the wall clock, also where that
changes: an hour that the wall clock skips counts, an hour that it repeats counts once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from config.program import Length, WorkingTime

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_FAR = 4000  # days; more than any run of days off that a programme can mean


def add(start: datetime, length: timedelta, working: WorkingTime) -> datetime:
    """The instant at which `length` of business time has passed since `start`; the earliest there is.

    So what ends with a working day ends at its 24:00, not on the next working morning.
    """
    wall = _wall(start, working.tz)
    if length <= timedelta(0):
        return start
    day, left = wall.date(), length
    if is_working_day(day, working):
        rest = _midnight(day + _DAY) - wall
        if left <= rest:
            return _instant(wall + left, working.tz)
        left -= rest
    while True:
        day = next_working_day(day, working)
        if left <= _DAY:
            return _instant(_midnight(day) + left, working.tz)
        left -= _DAY


def between(start: datetime, end: datetime, working: WorkingTime) -> timedelta:
    """The business time from `start` to `end`; zero when the end comes first."""
    first, last = _wall(start, working.tz), _wall(end, working.tz)
    if last <= first:
        return timedelta(0)
    total = timedelta(0)
    day = first.date()
    while day <= last.date():
        if is_working_day(day, working):
            total += min(last, _midnight(day + _DAY)) - max(first, _midnight(day))
        day += _DAY
    return total


def after(start: datetime, length: Length, working: WorkingTime) -> datetime:
    """The instant `length` after `start`, in business time or around the clock as the length says."""
    return add(start, length.span, working) if length.business else start + length.span


def passed(start: datetime, end: datetime, length: Length, working: WorkingTime) -> timedelta:
    """How much of the time that `length` counts lies between two instants; never less than zero."""
    return between(start, end, working) if length.business else max(end - start, timedelta(0))


def is_working_day(day: date, working: WorkingTime) -> bool:
    """Whether people work on that day."""
    return day.weekday() in working.days and day not in working.holidays


def next_working_day(day: date, working: WorkingTime) -> date:
    """The first working day after `day`."""
    for _ in range(_FAR):
        day += _DAY
        if is_working_day(day, working):
            return day
    raise ValueError("the calendar has no working day left")


def is_open(instant: datetime, working: WorkingTime) -> bool:
    """Whether people are at work at that instant; at the opening yes, at the closing no more."""
    day = local_day(instant, working)
    return is_working_day(day, working) and opening_of(day, working) <= instant < closing_of(day, working)


def opening_at_or_after(instant: datetime, working: WorkingTime) -> datetime:
    """The first opening that is not before `instant`."""
    day = local_day(instant, working)
    if is_working_day(day, working) and opening_of(day, working) >= instant:
        return opening_of(day, working)
    return opening_of(next_working_day(day, working), working)


def opening_after(instant: datetime, working: WorkingTime) -> datetime:
    """The first opening later than `instant`."""
    opening = opening_at_or_after(instant, working)
    return opening if opening > instant else opening_at_or_after(instant + timedelta(microseconds=1), working)


def at_work(instant: datetime, working: WorkingTime) -> datetime:
    """The instant itself while people are at work, else the next opening."""
    return instant if is_open(instant, working) else opening_at_or_after(instant, working)


def local_day(instant: datetime, working: WorkingTime) -> date:
    """The date of an instant in the zone of the programme."""
    return instant.astimezone(working.tz).date()


def opening_of(day: date, working: WorkingTime) -> datetime:
    """The instant at which work begins on a day, whether or not that is a working day."""
    return at_wall(day, working.opening, working)


def closing_of(day: date, working: WorkingTime) -> datetime:
    """The instant at which work ends on a day, whether or not that is a working day."""
    return at_wall(day, working.closing, working)


def at_wall(day: date, moment: time, working: WorkingTime) -> datetime:
    """The first instant at which the wall clock shows `moment`, or has skipped it, on a day.

    A day at the very ends of the calendar, whose instant lies beyond them, is the nearest that every zone can show.
    """
    try:
        return _instant(datetime.combine(day, moment), working.tz)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _wall(instant: datetime, tz: tzinfo) -> datetime:
    """What the wall clock has counted up to: naive, and standing still while an hour is repeated."""
    local = instant.astimezone(UTC).replace(fold=0).astimezone(tz)
    if not local.fold:
        return local.replace(tzinfo=None)
    repeated = (local.replace(fold=0).utcoffset() or timedelta(0)) - (local.utcoffset() or timedelta(0))
    turn = _turn(instant - repeated, instant, tz)
    return (turn - _SECOND).astimezone(tz).replace(tzinfo=None, fold=0) + _SECOND


def _instant(wall: datetime, tz: tzinfo) -> datetime:
    """The first instant at which the wall clock has counted up to `wall`."""
    found = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if found.astimezone(tz).replace(tzinfo=None, fold=0) == wall:
        return found
    return _turn(wall.replace(tzinfo=tz, fold=1).astimezone(UTC), found, tz)


def _turn(before: datetime, later: datetime, tz: tzinfo) -> datetime:
    """The instant, to the second, at which the offset of the zone changes after `before`, up to `later`."""
    before, later = before.astimezone(UTC).replace(microsecond=0), later.astimezone(UTC)
    later = later if not later.microsecond else later.replace(microsecond=0) + _SECOND
    old = before.astimezone(tz).utcoffset()
    while later - before > _SECOND:
        middle = before + timedelta(seconds=(later - before) // _SECOND // 2)
        if middle.astimezone(tz).utcoffset() == old:
            before = middle
        else:
            later = middle
    return later
