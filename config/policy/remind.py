"""When a private reminder comes: what a person writes as a time, and the working hours that it keeps to.

Decides which words are understood and that nobody is reminded outside working hours. Who is reminded of what, and whether it is
still worth saying, is left to the commands.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy import calendar
from config.program import WorkingTime

FURTHEST: Final = timedelta(days=366)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_IN: Final = re.compile(r"(?:in )?(\d{1,4}) ?(h|hours?|d|days?|w|weeks?|min|minutes?)")


class Fault(StrEnum):
    """Why no time could be read."""

    UNKNOWN = "unknown"
    PAST = "past"
    TOO_FAR = "too_far"


class WhenError(ValueError):
    """Words that name no time at which somebody can be reminded; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        """`fault` is the reason."""
        super().__init__(fault.value)
        self.fault = fault


def reminded_at(text: str, now: datetime, working: WorkingTime) -> datetime:
    """Return the instant of a reminder: the opening of the day that is meant, or the instant itself within working hours.

    A day off gives way to the next working day, an hour outside working hours to the next opening. Raises WhenError.
    """
    words = " ".join(text.lower().replace(",", " ").split()).removeprefix("on ").removeprefix("next ")
    today = calendar.local_day(now, working)
    found = _IN.fullmatch(words)
    try:
        if found is not None and found.group(2)[0] in "hm":
            number = int(found.group(1))
            at = now + (timedelta(hours=number) if found.group(2)[0] == "h" else timedelta(minutes=number))
            return _decent(calendar.at_work(at, working), now)
        if found is not None:
            day = today + timedelta(days=int(found.group(1)) * (7 if found.group(2)[0] == "w" else 1))
        elif words == "tomorrow":
            day = today + timedelta(days=1)
        elif words == "week":
            day = today + timedelta(days=7 - today.weekday())
        elif len(words) >= 3 and (named := [n for n, name in enumerate(_DAYS) if name.startswith(words)]):
            day = today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1)
        else:
            day = date.fromisoformat(words)
    except OverflowError:
        raise WhenError(Fault.TOO_FAR) from None
    except ValueError as wrong:
        if isinstance(wrong, WhenError):
            raise
        raise WhenError(Fault.UNKNOWN) from None
    if day <= today:
        raise WhenError(Fault.PAST)
    if day - today > FURTHEST:
        raise WhenError(Fault.TOO_FAR)
    if not calendar.is_working_day(day, working):
        day = calendar.next_working_day(day, working)
    return _decent(calendar.opening_of(day, working), now)


def _decent(at: datetime, now: datetime) -> datetime:
    if at <= now:
        raise WhenError(Fault.PAST)
    if at - now > FURTHEST + timedelta(days=7):
        raise WhenError(Fault.TOO_FAR)
    return at
