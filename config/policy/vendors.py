"""Whether other vendors' models are hit by a flaw, who of them was told when, and until when that keeps details back.

It decides from what happened to a report (domain.md section 6: "Others' models hit => ask the reporter, then tell vendors or a
coordinator; 14 days' notice before details"). Whether a report may be published is decided in config/policy/disclosure.py, whether
a list of models names others in config/policy/facts.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

READS = frozenset({"others_hit", "embargo_party", "no_vendors"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """What a report's history says of other vendors.

    The notice counts from the last vendor that was told: every one of them is owed the whole of it. A vendor is told once; being
    invited to the embargo, or answering an invitation, is being told.
    """

    known: bool = False  # somebody looked whether other models are named
    named: datetime | None = None  # since when fact S20 names other models
    first: datetime | None = None  # when the first vendor or coordinator was told
    last: datetime | None = None  # and when the last one was
    stated: datetime | None = None  # when the lead wrote down that nobody else is to be told, as long as nothing new came

    @property
    def hit(self) -> bool:
        """Whether others' models are hit, as far as anybody knows."""
        return self.stated is None and (self.named is not None or self.last is not None)

    def until(self, notice: timedelta) -> datetime | None:
        """Until when the notice to those who were told lasts; None while nobody was told, or nobody is to be."""
        return self.last + notice if self.hit and self.last is not None else None

    def read(self, kind: str, at: datetime, data: Mapping[str, str]) -> Vendors:
        """What is known after an entry: `others_hit`, `embargo_party` with `told`, or `no_vendors`; others change nothing."""
        if kind == "others_hit":
            if data.get("hit") == "yes":  # other models than those of the statement
                return replace(self, known=True, named=at, stated=None)
            return replace(self, known=True, named=None)
        if kind == "embargo_party" and data.get("told") == "yes":
            return replace(self, first=self.first or at, last=at, stated=None)
        return replace(self, stated=at) if kind == "no_vendors" else self
