"""When a call comes too early: a bucket per method by its tier, one message a second per channel, a cap per workspace.

A bucket holds what a minute allows and fills evenly, so a burst of one minute's worth passes and the long run never does
better than the tier. Half a call of slack keeps a client that keeps its pace to the millisecond out of trouble.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.platforms.slack_standin.clock import StandinClock
from tests.platforms.slack_standin.refusals import Limited

TIER1, TIER2, TIER3, TIER4 = 1, 20, 50, 100
SPECIAL = 600  # a minute; methods without a tier of their own
_SLACK = 0.5  # calls
_LANE_SLACK = 0.1  # messages


@dataclass(slots=True)
class _Bucket:
    per_second: float
    most: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more fits; zero when it fits now."""
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.left >= 1 - 1e-9 else (1 - self.left) / self.per_second


@dataclass(slots=True)
class Limits:
    """The buckets of one app in one workspace. `posts_per_minute` is the cap over all channels (unverified figure)."""

    clock: StandinClock
    enforced: bool = True
    posts_per_minute: int = SPECIAL
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)

    def spend(self, method: str, per_minute: int) -> None:
        """Count one call of a method, or raise Limited with whole seconds to wait; a refused call costs nothing."""
        self._take(method, per_minute / 60, per_minute + _SLACK)

    def post(self, method: str, channel: str) -> None:
        """Count one message in a channel, or raise Limited; only what is really posted is counted."""
        self._take(f"{method} {channel}", 1.0, 1 + _LANE_SLACK)

    def _take(self, name: str, rate: float, most: float) -> None:
        if not self.enforced:
            return
        now = self.clock.limits()
        bucket = self._buckets.setdefault(name, _Bucket(rate, most, most, now))
        if wait := bucket.wait(now):
            seconds = max(1, math.ceil(wait))
            self.told(name, seconds)
            raise Limited(seconds)
        bucket.left -= 1

    def told(self, name: str, seconds: int) -> None:
        """Remember that this method (and channel) was told to wait."""
        self._told[name] = self.clock.limits() + seconds

    def early(self, method: str, channel: str = "") -> bool:
        """Whether a call comes while a wait that was told to it is still running (a tenth of a second forgiven)."""
        now = self.clock.limits()
        names = [method, f"{method} {channel}"] if channel else [method]
        return any(self._told.get(name, 0.0) > now + 0.1 * self.clock.rate for name in names)
