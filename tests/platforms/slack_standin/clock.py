"""Two times: the real one, and that of Slack's limits, which may run faster and be moved forward.

Acknowledgements and triggers are measured in real seconds, because the app that is tested works in real time; buckets,
`Retry-After` and the retries of HTTP deliveries are measured on the fast clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from config.clock import SystemClock


class StandinClock:
    """The clock of one stand-in. At rate 50 a minute of limits passes in 1.2 real seconds."""

    def __init__(self, rate: float = 1.0, now: Callable[[], datetime] | None = None) -> None:
        if rate <= 0:
            raise ValueError("the rate of a clock is above zero")
        self.rate = rate
        self._now = now or SystemClock().now
        self._ahead = 0.0

    def now(self) -> datetime:
        """The instant that message time stamps, schedules and response URLs go by: aware, in UTC."""
        return self._now() + timedelta(seconds=self._ahead)

    def seconds(self) -> int:
        """The same instant in whole seconds since 1970."""
        return int(self.now().timestamp())

    def limits(self) -> float:
        """Seconds on the clock of the limits; only differences mean anything."""
        return time.monotonic() * self.rate + self._ahead

    def real(self, seconds: float) -> float:
        """The real seconds that `seconds` of the limits take."""
        return seconds / self.rate

    def advance(self, seconds: float) -> None:
        """Move both times forward; raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("a clock never goes back")
        self._ahead += seconds
