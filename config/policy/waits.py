"""What the programme waits for besides the eleven clocks, and the marks of that waiting.

It decides when an unanswered question lapses, when a report that is done closes, when a proposal lapses, when
an undelivered message or a stop-gap is asked about again, and until when an appeal or a stand-in is possible.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.policy import calendar
from config.policy.history import DROPS, REOPENS, RESOLVES, SETS_ASIDE, Fact, instant
from config.policy.marks import Act, Mark, waiting
from config.policy.runs import ClockName
from config.policy.states import Who
from config.program import Program


def waits(history: Iterable[Fact], program: Program) -> tuple[Mark, ...]:
    """The marks of everything that is still waited for at the end of a history."""
    history = tuple(history)
    return (
        *_question(history, program),
        *_closing(history, program),
        *_proposals(history, program),
        *_deliveries(history, program),
        *_stop_gap(history),
    )


def _question(history: tuple[Fact, ...], program: Program) -> tuple[Mark, ...]:
    asked: datetime | None = None
    turn = 0
    for fact in history:
        if fact.kind == "ask":
            asked, turn = fact.at, turn + 1
        elif fact.kind in ("answer", "lapse") or fact.kind in DROPS:
            asked = None
    if asked is None:
        return ()
    rules = program.waiting
    stem = "question" if turn == 1 else f"question-{turn}"
    return waiting(
        ClockName.QUESTION,
        stem,
        since=asked,
        end=asked + rules.lapse,
        act=Act.LAPSE,
        notes=rules.notes,
    )


def _closing(history: tuple[Fact, ...], program: Program) -> tuple[Mark, ...]:
    done: datetime | None = None
    settled: datetime | None = None  # when it was clear whether this is published
    resolved = False
    turn = 0
    for fact in history:
        lapsed = fact.kind == "lapse" and fact.data.get("returned") != "yes"
        if fact.kind in RESOLVES or fact.kind in SETS_ASIDE | DROPS or lapsed:
            done, resolved, turn = fact.at, fact.kind in RESOLVES, turn + 1
        elif fact.kind in REOPENS or fact.kind == "close":
            done = None
        elif fact.kind in ("publish", "no_publication") or fact.data.get("flag") == "P":
            settled = settled or fact.at
    if done is None or (resolved and settled is None):
        return ()
    end = done + program.waiting.appeal
    if resolved and settled is not None:
        end = max(end, settled)
    stem = "closing" if turn == 1 else f"closing-{turn}"
    return waiting(ClockName.CLOSING, stem, since=done, end=end, act=Act.CLOSE)


def _proposals(history: tuple[Fact, ...], program: Program) -> tuple[Mark, ...]:
    rules, marks = program.second_person, list[Mark]()
    for proposal, since in _open(history, "proposal", "proposal_settled").items():
        stem = f"proposal-{proposal}"
        end = calendar.after(since, rules.lapse, program.working)
        again = calendar.after(since, rules.repeat, program.working)
        if again < end:
            marks.append(_repeat(ClockName.PROPOSAL, stem, since, again, Who.DECIDER))
        marks += waiting(ClockName.PROPOSAL, stem, since=since, end=end, act=Act.PROPOSAL_LAPSE)
    return tuple(marks)


def _deliveries(history: tuple[Fact, ...], program: Program) -> tuple[Mark, ...]:
    rules = program.second_person
    return tuple(
        _repeat(
            ClockName.DELIVERY,
            f"delivery-{message}",
            since,
            calendar.after(since, rules.repeat, program.working),
            Who.ASSIGNEE,
        )
        for message, since in _open(history, "undelivered", "delivered", "unsent").items()
    )[:1]  # asked about again once, whatever follows the first that is still open


def _stop_gap(history: tuple[Fact, ...]) -> tuple[Mark, ...]:
    until: tuple[datetime, datetime] | None = None
    turn = 0
    for fact in history:
        if fact.kind == "mitigate":
            turn += 1
            until = (fact.at, instant(fact.data["until"])) if "until" in fact.data else None
        elif fact.kind in RESOLVES or fact.kind in SETS_ASIDE | DROPS or fact.kind == "close":
            until = None
    if until is None:
        return ()
    stem = "stop-gap" if turn == 1 else f"stop-gap-{turn}"
    return (_repeat(ClockName.STOP_GAP, stem, until[0], until[1], Who.OWNER),)


def _open(history: tuple[Fact, ...], opened: str, *settled: str) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for fact in history:
        if fact.kind == opened:
            found[fact.data["id"]] = fact.at
        elif fact.kind in settled:
            found.pop(fact.data["id"], None)
    return found


def _repeat(clock: ClockName, stem: str, since: datetime, at: datetime, to: Who) -> Mark:
    return Mark(key=f"{stem}/repeat", clock=clock, step="repeat", at=at, to=(to,), due=at, known_at=since)


def stand_in_from(asked: datetime, *, critical: bool, program: Program) -> datetime:
    """From when the lead may stand in for a discipline asked to sign at `asked`; for critical at once."""
    return asked if critical else calendar.after(asked, program.second_person.stand_in, program.working)


def regress_until(done: datetime, program: Program) -> datetime:
    """Until when a fix that is undone reopens the report instead of opening a new one."""
    return done + program.waiting.regress


def appeal_until(set_aside: datetime, program: Program) -> datetime:
    """Until when the researcher may appeal."""
    return set_aside + program.waiting.appeal


def vendor_notice_until(told: datetime, program: Program) -> datetime:
    """Until when details wait after other vendors were told."""
    return told + program.embargo.vendor_notice
