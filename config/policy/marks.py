"""The marks of a clock: the instants at which somebody is to be told, or the clock itself acts.

It decides which marks there are, whom each concerns, and which are overtaken by later ones. Whether a mark
becomes a ping or a line of a list, and at what hour, is decided in config/policy/pings.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy.runs import ClockName, Run
from config.policy.states import Who

SHORT: Final = timedelta(hours=48)  # promises up to this length ping at 80 %
_OWNED: Final = frozenset({ClockName.MITIGATION, ClockName.REMEDIATION})
_OVERTAKEN: Final = {"50": ("80", "100"), "7d": ("1d", "100"), "80": ("100",), "1d": ("100",),
                     "ahead-30d": ("ahead-7d", "ahead-1d"), "ahead-7d": ("ahead-1d",)}


class Act(StrEnum):
    """What the clock itself does when a mark comes."""

    LAPSE = "lapse"
    SILENCE = "silence"
    CLOSE = "close"
    EMBARGO_END = "embargo_end"
    PROPOSAL_LAPSE = "proposal_lapse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One instant of one clock that is served exactly once under its key.

    `step` is 50, 80, 100, note, +24h, +72h, 7d or 1d (before the due time), note-7d and the like (after the
    start), repeat, stand-in, ahead-7d and the like or told (before an embargo ends), tell, tell-again or
    notice-over (of other vendors), or end.
    """

    key: str
    clock: ClockName
    step: str
    at: datetime
    to: tuple[Who, ...] = ()
    act: Act | None = None
    due: datetime | None = None  # when the clock itself is due
    known_at: datetime  # since when this instant has been known
    short: bool = False  # of a promise of 48 h or less
    urgent: bool = False  # concerns exploitation: at any hour


@dataclass(frozen=True, slots=True)
class Due:
    """Marks whose time has come: to serve, and to record as served because a later one overtook them."""

    serve: tuple[Mark, ...]
    overtaken: tuple[Mark, ...]


def ladder(run: Run, *, owned: bool, last_note: datetime | None) -> tuple[Mark, ...]:
    """The marks of a clock that can be missed, in order of time; none once it has stopped.

    `owned` tells whether somebody has taken the fix; `last_note` is when the researcher last got an honest
    note about a missed promise, of which they get at most one a day.
    """
    if run.stopped is not None:
        return ()
    due = run.reach()
    # Reminders follow a granted date, so they need keys of their own.
    stem = f"{run.key}+{run.grants}" if run.granted else run.key
    urgent = run.name is ClockName.EXPLOITED
    short = run.length.span <= SHORT and not run.granted

    def mark(step: str, at: datetime, *to: Who) -> Mark:
        return Mark(
            key=f"{stem}/{step}",
            clock=run.name,
            step=step,
            at=at,
            to=to,
            due=due,
            known_at=run.known_at,
            short=short,
            urgent=urgent,
        )

    marks = [
        mark(step, at, Who.ASSIGNEE)
        for step, share in (("50", 0.5), ("80", 0.8))
        if (at := run.reach(share)) is not None
    ]
    if due is not None:
        in_charge = (Who.OWNER,) if owned and run.name in _OWNED else ()
        if in_charge:
            begun = run.granted[0] if run.granted else run.started
            for step, before in (("7d", timedelta(days=7)), ("1d", timedelta(days=1))):
                if due - before > begun:
                    marks.append(mark(step, due - before, Who.OWNER))
        note_at = due if last_note is None else max(due, last_note + timedelta(days=1))
        marks += [
            mark("100", due, Who.ASSIGNEE, Who.LEAD, *in_charge),
            mark("note", note_at, Who.REPORTER),
            mark("+24h", due + timedelta(hours=24), Who.LEAD),
            mark("+72h", due + timedelta(hours=72), Who.LEADERSHIP),
        ]
    return tuple(sorted(marks, key=order))


def window(run: Run, act: Act, notes: Sequence[timedelta]) -> tuple[Mark, ...]:
    """The marks of a clock that ends in an act: the notes to the researcher before it, and its end."""
    end = run.reach()
    if run.stopped is not None or end is None:
        return ()
    return waiting(run.name, run.key, since=run.started, end=end, act=act, notes=notes, known_at=run.known_at)


def waiting(
    clock: ClockName,
    stem: str,
    *,
    since: datetime,
    end: datetime,
    act: Act,
    notes: Sequence[timedelta] = (),
    known_at: datetime | None = None,
) -> tuple[Mark, ...]:
    """Notes to the researcher so long after `since`, those before the end, and the act at the end."""
    known_at = known_at or since
    marks = [
        Mark(
            key=f"{stem}/note-{note.days}d",
            clock=clock,
            step=f"note-{note.days}d",
            at=since + note,
            to=(Who.REPORTER,),
            due=end,
            known_at=known_at,
        )
        for note in notes
        if since + note < end
    ]
    last = Mark(key=f"{stem}/end", clock=clock, step="end", at=end, act=act, due=end, known_at=known_at)
    return (*marks, last)


def order(mark: Mark) -> tuple[datetime, bool, str]:
    """Sorts marks by time; at the same instant the clock acts before anybody is told."""
    return mark.at, mark.act is None, mark.key


def due(marks: Iterable[Mark], *, now: datetime, sent: Collection[str]) -> Due:
    """The marks that have come by `now` and are not in `sent`, apart from those that a later one overtook."""
    come = sorted((mark for mark in marks if mark.at <= now), key=order)
    keys = {mark.key for mark in come}
    serve: list[Mark] = []
    overtaken: list[Mark] = []
    for mark in come:
        if mark.key in sent:
            continue
        stem = mark.key.rpartition("/")[0]
        later = any(f"{stem}/{step}" in keys for step in _OVERTAKEN.get(mark.step, ()))
        (overtaken if later else serve).append(mark)
    return Due(tuple(serve), tuple(overtaken))
