"""Which entries of the ledger still stand: those of a step that was undone are left out, wherever something is decided from it.

The ledger itself keeps every entry. An entry `undone` names the first and the last number of the step; the row of that step says
the same to aggregates. An entry with a key stays: what may happen only once has happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, or_, select

from storage.models import Entry, Step

UNDONE: Final = "undone"  # the kind of the entry that takes a step back

_STEP: Table = Step.metadata.tables["step"]
_s: Any = _STEP.c


def ranges(entries: Iterable[Entry]) -> list[tuple[int, int]]:
    """Return first and last number of every step that these entries of one report take back."""
    found = []
    for one in entries:
        if one.kind == UNDONE:
            data = json.loads(one.data)
            found.append((int(data["first"]), int(data["last"])))
    return found


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Return one report's entries without those of undone steps, in their order."""
    gone = ranges(entries)
    if not gone:
        return list(entries)
    return [one for one in entries if one.key or not any(first <= one.number <= last for first, last in gone)]


def stands(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an entry, by its table's columns, is of no step that was undone."""
    undone = select(1).where(_s.report_id == entry.report_id, _s.undone_at.is_not(None), entry.number.between(_s.first, _s.last))
    found: ColumnElement[bool] = or_(entry.key.is_not(None), ~undone.exists())
    return found
