"""Who answers for the deadlines of a product area: what an owner accepts, when that stands, and when somebody is asked again.

It decides which lengths of the programme an owner accepts, that an acceptance is void once they change or its giver is no owner
any more, and the steps of asking. Who accepted what is read from the ledger by `storage/buy_in.py`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Final

from config.policy.states import Level
from config.program import Length, Program

AGAIN: Final = timedelta(days=7)  # how often the lead is asked again
LEADERSHIP: Final = timedelta(days=14)  # when leadership is asked, once


def lengths(program: Program) -> tuple[tuple[Level, Length | None, Length | None], ...]:
    """The lengths that bind an owner, by level: until a stop-gap and until the fix; None where there is no clock."""
    clocks = program.clocks
    found = ((level, clocks.mitigation.of(level), clocks.remediation.of(level)) for level in Level)
    return tuple(one for one in found if one[1] is not None or one[2] is not None)


def digest(program: Program) -> str:
    """What names exactly these lengths; other words for the same length, such as 168 h for 7 days, change nothing."""
    content = [[level.value, *([one.span.total_seconds(), one.business] if one else None for one in (stop_gap, fix))]
               for level, stop_gap, fix in lengths(program)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def stands(accepted: str, written: datetime, *, lengths: str, owner_since: datetime | None) -> bool:
    """Whether an acceptance of some lengths, written at an instant, still stands.

    `owner_since` is when its giver got the role of owner that they hold now, None when they hold it no more.
    """
    return accepted == lengths and owner_since is not None and owner_since <= written


def weeks_open(since: datetime, now: datetime) -> int:
    """How many full weeks something has been open: with each of them the lead is asked again."""
    return max(0, (now - since) // AGAIN)


def for_leadership(since: datetime, now: datetime) -> bool:
    """Whether something has been open for so long that leadership is asked."""
    return now - since >= LEADERSHIP
