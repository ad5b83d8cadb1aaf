"""What the programme waits for besides the eleven clocks, and the marks of that waiting.

It decides when an unanswered question lapses, when a report that is done closes, when a proposal lapses, when
an undelivered message or a stop-gap is asked about again, and until when an appeal or a stand-in is possible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from config.policy import calendar
from config.policy.embargo_marks import embargo_waits, vendor_waits
from config.policy.history import DROPS, REOPENS, RESOLVES, SETS_ASIDE, Fact, instant
from config.policy.marks import Act, Mark, waiting
from config.policy.runs import ClockName
from config.policy.states import Discipline, Level, Who
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
        *embargo_waits(history),
        *vendor_waits(history, program),
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
        if (level := _missing_craft(history, proposal)) is not None:
            at = stand_in_from(since, critical=level == Level.CRITICAL, program=program)
            if at < end:
                marks.append(replace(_repeat(ClockName.PROPOSAL, stem, since, at, Who.LEAD), key=f"{stem}/stand-in", step="stand-in"))
    return tuple(marks)


def _missing_craft(history: tuple[Fact, ...], proposal: str) -> str | None:
    """The proposed level of a judgement that waits for nothing but one discipline; None for any other proposal."""
    data = next(fact.data for fact in history if fact.kind == "proposal" and fact.data["id"] == proposal)
    judged = data.get("act") in ("accept", "severity") and data.get("needs") in list(Discipline)
    return data.get("level", "") if judged else None


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


def stop_gap_until(history: Iterable[Fact]) -> datetime | None:
    """Until when the stop-gap that is in place was meant to last; None without one, or without an end."""
    until, _ = _stop_gap_end(history)
    return until[1] if until is not None else None


def _stop_gap_end(history: Iterable[Fact]) -> tuple[tuple[datetime, datetime] | None, int]:
    """Since when it is known until when a stop-gap lasts, and how many ends were given."""
    until: tuple[datetime, datetime] | None = None
    turn = 0
    for fact in history:
        if fact.kind in ("mitigate", "stop_gap"):
            turn += 1
            until = (fact.at, instant(fact.data["until"])) if "until" in fact.data else None
        elif fact.kind in ("stop_gap_off", "close") or fact.kind in RESOLVES or fact.kind in SETS_ASIDE | DROPS:
            until = None
    return until, turn


def _stop_gap(history: tuple[Fact, ...]) -> tuple[Mark, ...]:
    until, turn = _stop_gap_end(history)
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


def appeal_until(set_aside: datetime, program: Program) -> datetime:
    """Until when the researcher may appeal."""
    return set_aside + program.waiting.appeal


def vendor_notice_until(told: datetime, program: Program) -> datetime:
    """Until when details wait after other vendors were told."""
    return told + program.embargo.vendor_notice
