"""A report's history for tests, written the way one tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from config.policy.deadlines import ClockName, ClockView, Fact, Mark, clock, clocks, marks_of
from config.program import DEMO, Program, load

PROGRAM = load(DEMO)
FRIDAY = "2026-01-16T16:00Z"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def fact(when: str | datetime, kind: str, **data: str) -> Fact:
    return Fact(kind, at(when) if isinstance(when, str) else when, data)


def story(*facts: Fact, since: str = FRIDAY) -> list[Fact]:
    return [fact(since, "submit"), *facts]


def view(history: list[Fact], name: ClockName, program: Program = PROGRAM) -> ClockView:
    found = clock(clocks(history, program), name)
    assert found is not None, f"no clock {name}"
    return found


def due(history: list[Fact], name: ClockName, program: Program = PROGRAM) -> datetime | None:
    return view(history, name, program).due


def by_key(history: list[Fact], program: Program = PROGRAM) -> dict[str, Mark]:
    found = marks_of(history, program)
    keyed = {mark.key: mark for mark in found}
    assert len(keyed) == len(found), "a key is used twice"
    return keyed


def working(**changes: object) -> Program:
    return replace(PROGRAM, working=replace(PROGRAM.working, **changes))  # type: ignore[arg-type]


def promising(**changes: object) -> Program:
    return replace(PROGRAM, promises=replace(PROGRAM.promises, **changes))  # type: ignore[arg-type]


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
