"""A day that somebody gives as the end of something: the close of work on it, neither past nor too far off."""

from __future__ import annotations

import datetime

from commands.calls import Call, Problem
from config.policy import calendar

_FURTHEST = datetime.timedelta(days=731)


def end_of(call: Call, date: datetime.date, field: str = "date") -> datetime.datetime:
    """Return the close of work on a day; raises Problem when it lies in the past or more than two years off."""
    end = calendar.closing_of(date, call.program.working)
    if end <= call.now:
        raise Problem("bad_argument", "That day is over. Give a later date, such as 2026-12-31.", errors={field: "Give a later date."})
    if end > call.now + _FURTHEST:
        raise Problem("bad_argument", "That is more than two years away. Give a nearer date.", errors={field: "Give a nearer date."})
    return end
