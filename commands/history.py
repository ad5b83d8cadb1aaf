"""A report's ledger entries as the history that its clocks are computed from."""

from __future__ import annotations

import json
from collections.abc import Iterable

from config.policy import deadlines
from storage.models import Entry
from storage.standing import standing


def facts_of(entries: Iterable[Entry]) -> tuple[deadlines.Fact, ...]:
    """Return a report's ledger entries as the history that its clocks are computed from, without what was undone."""
    return tuple(
        deadlines.Fact(one.kind, one.at, {k: str(v) for k, v in json.loads(one.data).items()})
        for one in sorted(standing(list(entries)), key=lambda e: (e.at, e.number))
    )
