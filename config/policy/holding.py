"""What keeps a report from being published and does not lie with us: the researcher's word, and the notice to other vendors.

It decides in which stretches that is so. domain.md section 6 lets nothing be published before the end of an embargo without both
sides' word, nor with details before other vendors had their notice; a promise cannot be due before it can be kept. What lies with
us still counts: our own word, other vendors whom nobody told, and the day after nothing stands in the way any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from config.policy.runs import Pause, Why
from config.policy.states import Flag
from config.policy.vendors import Vendors

_ANEW: Final = frozenset({"appeal", "regress"})  # what was agreed on is over
_PUBLIC: Final = frozenset({Flag.PUBLIC.value, Flag.EXPLOIT_PUBLIC.value})


class Holding:
    """What a history says of it so far; `notice` is how long other vendors have before details."""

    def __init__(self, notice: timedelta) -> None:
        self._notice = notice
        self._words: dict[str, datetime] = {}  # when each side agreed to publish
        self._flags: set[str] = set()
        self._vendors = Vendors()
        self._open: dict[Why, Pause] = {}
        self._over: list[Pause] = []

    @property
    def stretches(self) -> tuple[Pause, ...]:
        """The stretches so far; `until` may lie ahead, and is None while nobody knows it."""
        return (*self._over, *self._open.values())

    def read(self, kind: str, at: datetime, data: Mapping[str, str], *, end: datetime | None, in_force: bool) -> None:
        """Takes in the next entry; `end` is that of the embargo, `in_force` whether it is now."""
        if kind == "agreed":
            self._words.setdefault(data.get("side", ""), at)
        elif kind in _ANEW or (kind == "advisory" and "edition" in data and data.get("shown") != "public"):
            self._words.clear()  # who agreed meant other words
        elif kind == "flag":
            self._flags.add(data["flag"])
        self._vendors = self._vendors.read(kind, at, data)
        # Public anyway, or attacked and the embargo ended: nobody's word is needed, and no days are left to wait (may_publish).
        early = bool(self._flags & _PUBLIC) or (Flag.ATTACKED.value in self._flags and not in_force)
        self._set(Why.AGREEMENT, at, None if early else self._their_word(end))
        until = None if early else self._vendors.until(self._notice)
        self._set(Why.NOTICE, at, Pause(self._vendors.first, until, Why.NOTICE) if self._vendors.first and until else None)

    def _their_word(self, end: datetime | None) -> Pause | None:
        """Until the end of the embargo nothing is published without the researcher; from our own word on that is theirs alone."""
        if "reporter" in self._words:
            return None
        ours = self._words.get("staff")
        if end is None:
            return Pause(ours, None, Why.AGREEMENT) if ours is not None else None
        return Pause(min(ours or end, end), end, Why.AGREEMENT)

    def _set(self, why: Why, at: datetime, found: Pause | None) -> None:
        before = self._open.pop(why, None)
        if found is not None:
            self._open[why] = found
        elif before is not None and before.since < at:
            self._over.append(Pause(before.since, min(at, before.until or at), why))
