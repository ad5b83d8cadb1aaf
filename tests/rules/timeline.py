"""A report's history for tests, written the way one tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

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


# Histories as they may come: any order of the facts that clocks care about.
KINDS: Sequence[tuple[str, dict[str, str]]] = (
    ("acknowledge", {}),
    ("message_out", {}),
    ("ask", {}),
    ("answer", {}),
    ("accept", {"level": "high"}),
    ("accept", {"level": "informational"}),
    ("rescore", {"level": "critical"}),
    ("rescore", {"level": "low"}),
    ("owner", {}),
    ("more_time", {"due": "2026-03-20T10:00+00:00"}),
    ("mitigate", {}),
    ("fix", {}),
    ("pass", {}),
    ("fail", {}),
    ("bypass", {}),
    ("confirm", {}),
    ("informative", {}),
    ("appeal", {}),
    ("flag", {"flag": "X"}),
    ("flag", {"flag": "A"}),
    ("publish", {}),
    ("lapse", {"returned": "yes"}),
    ("embargo", {"state": "revise", "end": "2026-05-01T10:00+00:00", "proposed": "2026-05-20T10:00+00:00", "asked": "programme"}),
    ("embargo", {"state": "active", "end": "2026-05-20T10:00+00:00", "by": "programme"}),
    ("embargo_kept", {}),
    ("agreed", {"side": "staff"}),
    ("others_hit", {"hit": "yes"}),
    ("embargo_party", {"party": "y1", "consent": "invited", "told": "yes"}),
    ("no_vendors", {}),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    moment = draw(st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1))).replace(tzinfo=UTC)  # noqa: DTZ001
    history = [Fact("submit", moment)]
    for kind, data in draw(st.lists(st.sampled_from(KINDS), max_size=12)):
        moment += timedelta(minutes=draw(st.integers(1, 20_000)))
        history.append(Fact(kind, moment, data))
    return history


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
