"""Where the time comes from: the only module that reads the system clock.

Everything else takes an instant as an argument, so that tests and the local platform move time by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is and how long a real wait should be."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""

    def real(self, seconds: float) -> float:
        """The number of real seconds to wait for `seconds` of programme time."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place

    def real(self, seconds: float) -> float:
        """The same number of seconds: programme time is real time."""
        return seconds


class ManualClock:
    """A clock that stands still until it is moved, and never goes back."""

    def __init__(self, start: datetime, rate: float = 1.0) -> None:
        """Starts at `start` (aware); a wait of n seconds takes n / rate real seconds."""
        if rate <= 0:
            raise ValueError("the rate of a clock is above zero")
        self._now = _aware(start)
        self._rate = rate

    def now(self) -> datetime:
        """The instant it was last moved to, aware and in UTC."""
        return self._now

    def real(self, seconds: float) -> float:
        """The real seconds to wait for `seconds`, made shorter or longer by the rate."""
        return seconds / self._rate

    def to(self, instant: datetime) -> None:
        """Moves to `instant`; raises ValueError when that lies in the past or is naive."""
        instant = _aware(instant)
        if instant < self._now:
            raise ValueError("a clock never goes back")
        self._now = instant

    def advance(self, by: timedelta) -> None:
        """Moves forward by `by`; raises ValueError when that is negative."""
        self.to(self._now + by)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
