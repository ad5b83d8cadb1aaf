"""When a request comes too early: windows per route and channel, renames that no header announces, fifty in a second.

A window begins with its first request. Seconds here are Discord's; what is told to a client is real seconds.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

from config.clock import SystemClock
from tests.platforms.discord_standin.refusals import Limited
from tests.platforms.slack_standin.clock import StandinClock

GLOBAL = (50, 1.0)


@dataclass(slots=True)
class _Window:
    limit: int
    seconds: float
    left: int
    until: float

    def renewed(self, now: float) -> _Window:
        """This window, or the next one when it is over."""
        if now >= self.until:
            self.left, self.until = self.limit, now + self.seconds
        return self


@dataclass(slots=True)
class Limits:
    """All windows of one bot. `enforced` off still sends headers, of windows that never run out."""

    clock: StandinClock
    enforced: bool = True
    per_second: int = GLOBAL[0]
    renames: tuple[int, float] = (2, 600.0)
    _windows: dict[str, _Window] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)

    def _take(self, name: str, limit: int, seconds: float) -> _Window:
        """Count one; raises Limited with real seconds."""
        now = self.clock.limits()
        found = self._windows.get(name)
        if found is None:
            found = self._windows[name] = _Window(limit, seconds, limit, now + seconds)
        found.renewed(now)
        if found.left <= 0 and self.enforced:
            raise Limited(self.clock.real(found.until - now))
        found.left = max(0 if self.enforced else 1, found.left - 1)
        return found

    def spend(self, route: str, key: str, limit: int, seconds: float, *, everywhere: bool) -> dict[str, str]:
        """Count one request of a route; returns its headers, or raises Limited (which `headers_of` describes)."""
        name = f"{route} {key}"
        if everywhere:
            try:
                self._take("*", self.per_second, GLOBAL[1])
            except Limited as wait:
                self.remember(name, wait.seconds)
                raise Limited(wait.seconds, "global") from None
        try:
            self._take(name, limit, seconds)
        except Limited as wait:
            self.remember(name, wait.seconds)
            raise
        return self.headers(route, key)

    def rename(self, channel: str) -> None:
        """Count a change of name or topic; the headers never say that there is such a limit."""
        try:
            self._take(f"rename {channel}", *self.renames)
        except Limited as wait:
            self.remember(f"rename {channel}", wait.seconds)
            raise Limited(wait.seconds, "shared", 20028) from None

    def headers(self, route: str, key: str) -> dict[str, str]:
        """The X-RateLimit headers of a route's window."""
        found = self._windows.get(f"{route} {key}")
        if found is None:
            return {}
        left = max(0.0, self.clock.real(found.until - self.clock.limits()))
        reset = SystemClock().now().timestamp() + left
        digest = hashlib.sha256(route.encode()).hexdigest()[:16]
        return {"X-RateLimit-Limit": str(found.limit), "X-RateLimit-Remaining": str(found.left), "X-RateLimit-Reset": f"{reset:.3f}",
                "X-RateLimit-Reset-After": f"{left:.3f}", "X-RateLimit-Bucket": digest}

    @staticmethod
    def refusal(wait: Limited) -> dict[str, str]:
        """The headers that a 429 has besides."""
        found = {"Retry-After": str(math.ceil(wait.seconds)), "X-RateLimit-Scope": wait.scope}
        return found | ({"X-RateLimit-Global": "true"} if wait.scope == "global" else {})

    def remember(self, name: str, seconds: float) -> None:
        """Remember that this window was told to wait so many real seconds."""
        self._told[name] = self.clock.limits() + seconds * self.clock.rate

    def early(self, route: str, key: str) -> bool:
        """Whether a request comes while a wait that was told to its window still runs (a twentieth of a second forgiven)."""
        return self._told.get(f"{route} {key}", 0.0) > self.clock.limits() + 0.05 * self.clock.rate
