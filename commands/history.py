"""A report's ledger entries as the history that its clocks are computed from."""

from __future__ import annotations

import json
from collections.abc import Iterable

from config.policy import deadlines
from storage.models import Entry


def facts_of(entries: Iterable[Entry]) -> tuple[deadlines.Fact, ...]:
    """Return a report's ledger entries as the history that its clocks are computed from."""
    return tuple(
        deadlines.Fact(one.kind, one.at, {k: str(v) for k, v in json.loads(one.data).items()})
        for one in sorted(entries, key=lambda e: (e.at, e.number))
    )
