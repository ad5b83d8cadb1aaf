"""Faults on demand: which of the next requests go wrong, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.platforms.discord_standin.things import Json

KINDS = frozenset({"limited", "500", "502", "503", "504", "reset", "slow", "lost", "half", "hang", "mute", "done", "error"})


@dataclass(slots=True)
class Fault:
    """One order: the next `times` requests that fit `pattern`, after `skip` good ones, whose arguments contain `where`."""

    pattern: str
    kind: str
    times: int = 1
    skip: int = 0
    where: Json = field(default_factory=dict)
    retry_after: float = 1.0
    scope: str = "user"
    seconds: float = 0.0
    status: int = 403
    code: int = 50013
    hit: int = 0


class Faults:
    """All orders that are not used up yet."""

    def __init__(self) -> None:
        self.orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let requests go wrong; raises ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"no such fault: {fault.kind}")
        self.orders.append(fault)

    def clear(self) -> None:
        """Let everything go right again."""
        self.orders.clear()

    def next(self, route: str, path: str, args: dict[str, Any]) -> Fault | None:
        """The fault that this request meets, counted as used. A pattern fits the route, the real path, or the method alone."""
        method = route.split(" ", maxsplit=1)[0]
        for one in self.orders:
            fits = one.pattern in {"*", route, method} or fnmatchcase(route, one.pattern) or fnmatchcase(f"{method} {path}", one.pattern)
            if not fits or any(str(args.get(k)) != str(v) for k, v in one.where.items()):
                continue
            if one.skip:
                one.skip -= 1
                continue
            if one.hit < one.times:
                one.hit += 1
                return one
        return None
