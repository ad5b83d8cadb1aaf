"""Anchors of the ledger: numbers and digests of its head, one a day, kept outside the database.

Decides how they are read and compared. A database whose end was cut off, or which was written anew from some
entry on, has a chain that holds; only an anchor shows it. `bot/ticking.py` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, select

from storage.database import Work
from storage.models import Entry

FILE = "anchors.txt"
_LINE = re.compile(r"(?P<day>\S+) (?P<number>\d{1,15}) (?P<digest>[0-9a-f]{64})")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was the head of the ledger on one day."""

    day: str
    number: int
    digest: str


def read(path: Path) -> list[Anchor]:
    """Return the anchors of a file; none without one, and lines of another form are left out."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return []
    found = [_LINE.fullmatch(line.strip()) for line in text.splitlines()]
    return [Anchor(one["day"], int(one["number"]), one["digest"]) for one in found if one]


async def differing(work: Work, anchors: Iterable[Anchor]) -> list[tuple[Anchor, bool]]:
    """Return the anchors that the ledger does not agree with, and whether there is an entry at all."""
    wanted = [one for one in anchors if one.number > 0]
    wrong: list[tuple[Anchor, bool]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = await work.session.execute(
            select(Entry.number, Entry.digest).where(col(Entry.number).in_([one.number for one in part])))
        kept = {row[0]: row[1] for row in rows}
        wrong += [(one, one.number in kept) for one in part if kept.get(one.number) != one.digest]
    return wrong
