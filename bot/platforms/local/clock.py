"""The clock of the local world: the time of the system, plus an offset that only grows.

Decides how a person says how far the clock is to move. Leaves keeping the offset to `world.py` and starting
what has become due to whoever listens.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.clock import Clock

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ADVANCE = re.compile(r"(?:\d{1,6}[mhd]\s*)+", re.ASCII)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # dates stay far from the end of the calendar, where sums overflow


class WorldClock:
    """A clock whose offset is set by hand and kept with the world."""

    def __init__(self, system: Clock) -> None:
        """`system` tells the time before anybody moves it."""
        self._system = system
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present instant of the world, aware and in UTC."""
        return self._system.now() + self.offset

    def real(self, seconds: float) -> float:
        """The number of real seconds to wait for `seconds`: moving the clock does not make waits shorter."""
        return self._system.real(seconds)


def kept_offset(path: Path) -> timedelta:
    """Return how far a world's clock was moved, read beside whoever has the file open; zero without one."""
    if not path.exists():
        return timedelta()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            row = base.execute("SELECT value FROM facts WHERE name = 'offset'").fetchone()
    except sqlite3.Error:
        return timedelta()
    return timedelta(microseconds=int(row[0])) if row else timedelta()


def advanced(now: datetime, text: str) -> datetime:
    """Return the instant that lies `text` ("25h", "1d 2h", "90m") after `now`; raises ValueError."""
    text = text.strip().lower()
    if not _ADVANCE.fullmatch(text):
        raise ValueError("not a length of time")
    by = sum((int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([mhd])", text)), timedelta())
    return _reachable(now, now + min(by, _LATEST - now + timedelta(days=1)))


def reached(now: datetime, text: str) -> datetime:
    """Return the instant that `text` (ISO 8601 with a zone) names; raises ValueError for the past."""
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar") from None
    return _reachable(now, instant)


def _reachable(now: datetime, instant: datetime) -> datetime:
    if instant < now:
        raise ValueError("the clock never goes back")
    if instant >= _LATEST:
        raise ValueError("too far ahead")
    return instant


def stamp(instant: datetime) -> str:
    """Return an instant as the API writes it: ISO 8601 in UTC with milliseconds and a Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
