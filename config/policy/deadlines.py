"""The eleven clocks of a report, as anybody may look at them, worked out from its history alone.

It decides what is due when, what is late by how much, and why; a due time can be worked out again on any
later day and is always explained. What a fact does to a clock is decided in config/policy/history.py, the
marks on a clock in config/policy/marks.py, and whether a mark becomes a ping in config/policy/pings.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy.embargo_marks import before_end
from config.policy.history import Fact, Reading
from config.policy.marks import Act, Due, Mark, due, ladder, order, window
from config.policy.runs import ClockName, Pause, Run, Why
from config.policy.waits import waits
from config.program import Length, Program

__all__ = [
    "Act",
    "ClockName",
    "ClockView",
    "Due",
    "Fact",
    "Mark",
    "Pause",
    "Piece",
    "Status",
    "Why",
    "clock",
    "clocks",
    "due_marks",
    "marks",
    "marks_of",
    "next_due",
]


class Status(StrEnum):
    """What a clock does at an instant."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    BREACHED = "breached"
    ENDED = "ended"  # a window that is over; no promise was broken


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of an explained due time: started, length, paused, capped, held, granted, due or stopped."""

    what: str
    at: datetime | None = None
    until: datetime | None = None
    length: Length | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One run of a clock as its history tells it; `due` is None while a pause keeps it open.

    `promised` is the due time without any grant of more time, the measure of the figures. `missed_due` is a
    due time that had passed when the clock was changed or stopped. A `window` ends in an act, no breach.
    """

    name: ClockName
    key: str
    started: datetime
    length: Length
    due: datetime | None
    promised: datetime | None
    stopped: datetime | None
    stopped_by: str
    fulfilled: bool
    pauses: tuple[Pause, ...]
    missed_due: datetime | None
    granted: datetime | None
    cap: datetime | None
    holds: tuple[Pause, ...]  # in which it lay with others, so that it was not due
    window: bool
    marks: tuple[Mark, ...]

    def status(self, now: datetime) -> Status:
        """What the clock does at `now`."""
        if self.stopped is not None and self.stopped <= now:
            return Status.STOPPED
        if self.due is not None and now > self.due:
            return Status.ENDED if self.window else Status.BREACHED
        paused = any(
            pause.since <= now and (pause.until is None or now < pause.until) for pause in self.pauses
        )
        return Status.PAUSED if paused else Status.RUNNING

    def missed(self, now: datetime) -> bool:
        """Whether the promise was broken by `now`; it stays so, forgiven or not."""
        passed = self.missed_due is not None and self.missed_due < now
        return not self.window and (passed or self.late_by(now) > timedelta(0))

    def late_by(self, now: datetime) -> timedelta:
        """How long after the promised time the clock stopped, or runs by now; zero when it is not late."""
        if self.promised is None or self.window:
            return timedelta(0)
        return max(timedelta(0), min(now, self.stopped or now) - self.promised)

    def left(self, now: datetime) -> timedelta | None:
        """The time around the clock until it is due, never below zero; None while that is open."""
        return None if self.due is None else max(timedelta(0), self.due - now)

    def explain(self) -> tuple[Piece, ...]:
        """Why the clock is due when it is, piece by piece."""
        pieces = [Piece("started", at=self.started), Piece("length", length=self.length)]
        pieces += [Piece("paused", at=pause.since, until=pause.until, why=pause.why) for pause in self.pauses]
        pieces += [Piece("held", at=hold.since, until=hold.until, why=hold.why) for hold in self.holds if hold.until != hold.since]
        pieces += [
            Piece(what, at=at, why=why)
            for what, at, why in (
                ("capped", self.cap, ""),
                ("granted", self.granted, ""),
                ("due", self.due, ""),
                ("stopped", self.stopped, self.stopped_by),
            )
            if at is not None
        ]
        return tuple(pieces)


def clocks(history: Iterable[Fact], program: Program) -> tuple[ClockView, ...]:
    """Every run of every clock of a report, in the order in which they started."""
    reading = Reading(program, history)
    return tuple(_view(run, reading, program) for run in reading.runs)


def clock(views: Iterable[ClockView], name: ClockName) -> ClockView | None:
    """The last run of one clock; for `exploited` the whole, not its first statement."""
    found = [view for view in views if view.name is name and not view.key.startswith("exploited-statement")]
    return found[-1] if found else None


def marks(view: ClockView) -> tuple[Mark, ...]:
    """The marks still ahead or unserved on one clock, in order of time; none once it has stopped."""
    return view.marks


def marks_of(history: Iterable[Fact], program: Program) -> tuple[Mark, ...]:
    """All marks of a report, those of its clocks and of what else it waits for, in order of time."""
    history = tuple(history)
    found = [mark for view in clocks(history, program) for mark in view.marks]
    return tuple(sorted([*found, *waits(history, program)], key=order))


def due_marks(history: Iterable[Fact], program: Program, *, now: datetime, sent: Collection[str]) -> Due:
    """The marks of a report whose instant has come by `now`; whether to ping for them is another matter."""
    return due(marks_of(history, program), now=now, sent=sent)


def next_due(history: Iterable[Fact], program: Program, sent: Collection[str]) -> datetime | None:
    """The instant of the earliest mark that is not in `sent`; None when nothing is ahead."""
    return min((mark.at for mark in marks_of(history, program) if mark.key not in sent), default=None)


_WINDOWS: Final = {ClockName.RETEST: Act.SILENCE, ClockName.EMBARGO: Act.EMBARGO_END}


def _view(run: Run, reading: Reading, program: Program) -> ClockView:
    act = _WINDOWS.get(run.name)
    if act is None:
        found = ladder(run, owned=reading.owned, last_note=reading.last_note)
    else:
        notes = program.waiting.notes if run.name is ClockName.RETEST else ()
        found = window(run, act, notes)
        if run.name is ClockName.EMBARGO and not reading.left:
            found = tuple(sorted((*before_end(run), *found), key=order))
    return ClockView(
        name=run.name,
        key=run.key,
        started=run.started,
        length=run.length,
        due=run.reach(),
        promised=run.reach(promised=True),
        stopped=run.stopped,
        stopped_by=run.stopped_by,
        fulfilled=run.fulfilled,
        pauses=tuple(run.pauses),
        missed_due=run.missed_due,
        granted=run.granted[1] if run.granted else None,
        cap=run.cap,
        holds=run.holds,
        window=act is not None,
        marks=found,
    )
