"""What doctor says of size. Decides words only, as plain strings for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from commands.times import count, day
from commands.wording.doctor import size

ORDER = ("engine records", "blobs", "local world")


class Grows(Protocol):
    """What comes in a month, in bytes."""

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """In the database, by kind."""

    @property
    def blobs(self) -> int:
        """Beside it."""


def sizes(
    database: int, kinds: Sequence[tuple[str, int]], beside: Sequence[tuple[str, int]], *, grows: Grows, now: tuple[int, int, int],
    later: tuple[int, int, int], month: datetime,
) -> str:
    """How much each kind takes, what comes, and what goes: reports, records and bytes, now and within a month."""
    inside = ", ".join(f"{name} {size(number)}" for name, number in kinds if number)
    parts = [f"database {size(database)}" + (f" ({inside})" if inside else ""), *(f"{name} {size(number)}" for name, number in beside)]
    coming = [*grows.kinds, *([("blobs", grows.blobs)] if grows.blobs else [])]
    coming = [(name, number) for name, number in coming if number]
    total = sum(number for _, number in coming)
    most = ", ".join(f"{name} {size(number)}" for name, number in sorted(coming, key=lambda one: -one[1])[:3])
    growth = f"about {size(total)} more a month ({most})" if total else "nothing new in 90 days"
    return "; ".join([*parts, growth, f"retention frees {_freed(now)} now and {_freed(later)} by {day(month)}"])


def _freed(what: tuple[int, int, int]) -> str:
    reports, records, number = what
    named = [count(reports, "report")] if reports else []
    named += [count(records, "engine record")] if records else []
    return f"about {size(number)} ({', '.join(named)})" if named else "nothing"
