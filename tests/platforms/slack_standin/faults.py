"""Faults on demand: which of the next calls go wrong, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.platforms.slack_standin.things import Json

KINDS = frozenset({"limited", "500", "503", "reset", "slow", "lost", "half", "error", "html", "larger", "cut"})


@dataclass(slots=True)
class Fault:
    """One order: the next `times` calls of a method, after `skip` good ones, whose arguments contain `where`."""

    method: str  # "*" for all; "files.upload" and "files.download" are not methods but go wrong as well
    kind: str
    times: int = 1
    skip: int = 0
    retry_after: int = 1
    seconds: float = 0.0
    code: str = ""
    where: Json = field(default_factory=dict)
    hit: int = 0


class Faults:
    """All orders that are not used up yet."""

    def __init__(self) -> None:
        self.orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let calls go wrong; raises ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"no such fault: {fault.kind}")
        self.orders.append(fault)

    def clear(self) -> None:
        """Let everything go right again."""
        self.orders.clear()

    def next(self, method: str, args: dict[str, Any]) -> Fault | None:
        """The fault that this call meets, counted as used."""
        for one in self.orders:
            if one.method not in {"*", method} or any(str(args.get(k)) != str(v) for k, v in one.where.items()):
                continue
            if one.skip:
                one.skip -= 1
                continue
            if one.hit < one.times:
                one.hit += 1
                return one
        return None
