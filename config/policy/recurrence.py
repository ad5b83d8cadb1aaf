"""When a flaw is the same one again: how long a signature is remembered, and which number asks for a review of the process.

It decides from instants only. What a signature is made of and who is told are left to commands/judging/cause.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from config.policy.history import REOPENS, RESOLVES, Fact

REMEMBERED: Final = timedelta(days=365)  # after a report was resolved, and the year in which repetitions are counted
REVIEW: Final = 3  # reports of one signature in a year that ask for a review of the process


def resolved_at(history: Iterable[Fact]) -> datetime | None:
    """When a report was resolved; None when it was not, or was taken up again since."""
    found = None
    for fact in history:
        if fact.kind in RESOLVES:
            found = fact.at
        elif fact.kind in REOPENS:
            found = None
    return found


def recurs(received: datetime, resolved: datetime | None) -> bool:
    """Whether a report received at an instant repeats one that was resolved: no earlier than that, within 365 days of it."""
    return resolved is not None and resolved <= received <= resolved + REMEMBERED


def in_year(received: Iterable[datetime], until: datetime) -> int:
    """How many of these instants lie in the 365 days that end at `until`, which counts as well."""
    return sum(until - REMEMBERED < one <= until for one in received)
