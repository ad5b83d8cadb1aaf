"""Whether nothing encrypted came for long although it came before: then the way in may be broken, and nobody tells.

It decides the stretches of time that are compared, and when that is suspicious. Counting is left to storage/.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

QUIET_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Quiet:
    """How many reports came encrypted to our key lately, and how many in as long a time before.

    Counted are reports whose first message was encrypted, by the platform's time of that message; rehearsals and what the programme
    itself reports are not. None lately is suspicious only when there were some before: then the way in may be broken (a key that
    ended, a changed address), and nobody tells.
    """

    recent: int
    before: int
    days: int = QUIET_DAYS

    @property
    def suspicious(self) -> bool:
        """Whether somebody should try the way in."""
        return not self.recent and self.before > 0


def quiet_periods(now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """The last 30 days and the 30 before them, each as its beginning and its end."""
    length = timedelta(days=QUIET_DAYS)
    return (now - length, now), (now - 2 * length, now - length)
