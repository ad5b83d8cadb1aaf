"""How a report moves: one table of events, the steps an event implies, and repeating a step already done.

It decides which event may follow in which state and who may bring it about. What else must be true of the
report is decided in config/policy/guards.py; what is then said and sent is decided by the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from config.policy.states import OPEN, SET_ASIDE, Event, Role, State


class To(Enum):
    """Where an event leads when that is no fixed state."""

    SAME = "same"
    BACK = "back"  # to the state in which the question was asked


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is refused, by name; nothing was changed.

    `allowed` lists the events that the state does take. `waits_for` names the people whose agreement would be
    enough: then the act becomes a proposal. `missing` lists what publication still lacks.
    """

    code: str
    allowed: tuple[Event, ...] = ()
    waits_for: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: from any of these states, to that one, brought about by any of these roles."""

    sources: frozenset[State | None]
    to: State | To
    roles: frozenset[Role]


def _step(sources: object, to: State | To, *roles: Role) -> Step:
    if isinstance(sources, State) or sources is None:
        sources = {sources}
    assert isinstance(sources, set | frozenset)  # noqa: S101 - a slip in the table below must not load
    return Step(frozenset(sources), to, frozenset(roles))


S = State
_BACK_TO = frozenset({S.TRIAGING, S.REMEDIATING, S.VERIFYING})
_FIXING = frozenset({S.ACCEPTED, S.REMEDIATING, S.MITIGATED})
_SCORED = frozenset({S.TRIAGING, S.NEEDS_INFO, S.FIX_READY, S.VERIFYING}) | _FIXING
_APPEALABLE = SET_ASIDE - {S.SPAM, S.WITHDRAWN}

TABLE: Final[dict[Event, Step]] = {
    Event.SUBMIT: _step(None, S.RECEIVED, Role.REPORTER, Role.TRIAGER),
    Event.ACKNOWLEDGE: _step(S.RECEIVED, S.ACKNOWLEDGED, Role.TRIAGER),
    Event.START: _step(S.ACKNOWLEDGED, S.TRIAGING, Role.TRIAGER),
    Event.ASK: _step(_BACK_TO, S.NEEDS_INFO, Role.TRIAGER),
    Event.ANSWER: _step(S.NEEDS_INFO, To.BACK, Role.REPORTER),
    Event.LAPSE: _step(S.NEEDS_INFO, S.NOT_REPRODUCIBLE, Role.CLOCK),  # or back, once we have reproduced it
    Event.ACCEPT: _step(S.TRIAGING, S.ACCEPTED, Role.TRIAGER),
    Event.DUPLICATE: _step(S.TRIAGING, S.DUPLICATE, Role.TRIAGER),
    Event.OUT_OF_SCOPE: _step(S.TRIAGING, S.OUT_OF_SCOPE, Role.TRIAGER),
    Event.NOT_REPRODUCED: _step(S.TRIAGING, S.NOT_REPRODUCIBLE, Role.TRIAGER),
    Event.INFORMATIVE: _step(S.TRIAGING, S.INFORMATIVE, Role.TRIAGER),
    Event.SPAM: _step({S.RECEIVED, S.ACKNOWLEDGED, S.TRIAGING}, S.SPAM, Role.LEAD, Role.TRIAGER),
    Event.WORK: _step({S.ACCEPTED, S.MITIGATED}, S.REMEDIATING, Role.OWNER),
    Event.MITIGATE: _step({S.ACCEPTED, S.REMEDIATING}, S.MITIGATED, Role.OWNER),
    Event.FIX: _step({S.REMEDIATING, S.MITIGATED}, S.FIX_READY, Role.OWNER),
    Event.VERIFY: _step(S.FIX_READY, S.VERIFYING, Role.TRIAGER),
    Event.PASS: _step(S.VERIFYING, S.RETEST, Role.TRIAGER),
    Event.FAIL: _step(S.VERIFYING, S.REMEDIATING, Role.TRIAGER),
    Event.CONFIRM: _step(S.RETEST, S.RESOLVED, Role.REPORTER),
    Event.BYPASS: _step(S.RETEST, S.VERIFYING, Role.REPORTER),
    Event.SILENCE: _step(S.RETEST, S.RESOLVED, Role.CLOCK),
    Event.WAIVE: _step(S.RETEST, S.RESOLVED, Role.REPORTER),
    Event.MORE_TIME: _step(_FIXING, To.SAME, Role.OWNER, Role.LEAD),
    Event.RESOLVE_LIMITED: _step({S.VERIFYING, S.RETEST}, S.RESOLVED, Role.LEAD),
    Event.DECLINE: _step(_FIXING, S.WONT_FIX, Role.LEAD, Role.OWNER),
    Event.WITHDRAW: _step(OPEN, S.WITHDRAWN, Role.REPORTER),
    Event.RESCORE: _step(_SCORED, To.SAME, Role.TRIAGER),
    Event.APPEAL: _step(_APPEALABLE, S.TRIAGING, Role.LEAD),
    Event.REGRESS: _step({S.RESOLVED, S.CLOSED}, S.TRIAGING, Role.TRIAGER, Role.REPORTER),
    Event.CLOSE: _step(SET_ASIDE | {S.RESOLVED}, S.CLOSED, Role.CLOCK, Role.LEAD),
    Event.PUBLISH: _step(frozenset(S) - {S.SPAM, S.WITHDRAWN}, To.SAME, Role.LEAD),
}

# Steps that a later one implies, because they need nothing but the person who takes it.
_FIRST_LOOK = (Event.ACKNOWLEDGE, Event.START)
_JUDGING = (
    Event.ASK,
    Event.ACCEPT,
    Event.DUPLICATE,
    Event.OUT_OF_SCOPE,
    Event.NOT_REPRODUCED,
    Event.INFORMATIVE,
    Event.RESCORE,
)
_IMPLIED: Final[dict[tuple[State, Event], tuple[Event, ...]]] = {
    (S.RECEIVED, Event.START): (Event.ACKNOWLEDGE,),
    **{(S.RECEIVED, event): _FIRST_LOOK for event in _JUDGING},
    **{(S.ACKNOWLEDGED, event): (Event.START,) for event in _JUDGING},
    (S.FIX_READY, Event.PASS): (Event.VERIFY,),
    (S.FIX_READY, Event.FAIL): (Event.VERIFY,),
}

# Asking, moving a date or scoring again is a new act each time, never a repetition.
_NEVER_REPEATED = frozenset({Event.ASK, Event.ANSWER, Event.MORE_TIME, Event.RESCORE, Event.BYPASS})


def move(
    state: State | None, event: Event, *, returning: State | None = None, reproduced: bool = False
) -> State | Refusal:
    """The state after `event`, or a Refusal with the code `illegal_transition`.

    `returning` is the state in which the open question was asked, needed for leaving NEEDS_INFO; ValueError
    when it is none of those. With `reproduced` a lapsed question returns there instead of setting the report
    aside.
    """
    step = TABLE[event]
    if state not in step.sources:
        return Refusal("illegal_transition", allowed=allowed(state))
    back = step.to is To.BACK or (event is Event.LAPSE and reproduced)
    if back:
        if returning not in _BACK_TO:
            raise ValueError("leaving NEEDS_INFO needs the state in which the question was asked")
        return returning
    if isinstance(step.to, To):
        if state is None:
            raise ValueError("a report that does not exist has no state to stay in")
        return state
    return step.to


def may(event: Event, role: Role) -> bool:
    """Whether a role may bring an event about; a second person may be needed besides."""
    return role in TABLE[event].roles


def attempt(
    state: State | None, event: Event, role: Role, *, returning: State | None = None
) -> State | Refusal:
    """The state after `event` by `role`, or a Refusal: `not_allowed` or `illegal_transition`."""
    if not may(event, role):
        return Refusal("not_allowed", allowed=allowed(state, role))
    return move(state, event, returning=returning)


def allowed(state: State | None, role: Role | None = None) -> tuple[Event, ...]:
    """The events that a state takes, in the order of the table; only those of one role when it is given."""
    return tuple(
        event
        for event, step in TABLE.items()
        if state in step.sources and (role is None or role in step.roles)
    )


def implied(state: State, event: Event, *, dated: bool = False) -> tuple[Event, ...]:
    """The events to record for `event`, itself last; empty when there is no way that needs nothing more.

    With `dated` the researcher has already been told a target date, so that `fix` may imply `work`.
    """
    if state in TABLE[event].sources:
        return (event,)
    if dated and state is State.ACCEPTED and event is Event.FIX:
        return (Event.WORK, event)
    before = _IMPLIED.get((state, event))
    return (*before, event) if before else ()


def already(state: State, event: Event, *, last: Event | None = None) -> bool:
    """Whether `event` repeats a step that is done, so that the answer is simply ok.

    `last` is the last event that changed the state: it tells a `fail` given twice from one never given.
    """
    step = TABLE[event]
    if state in step.sources or event in _NEVER_REPEATED:
        return False
    if event in _FIRST_LOOK:
        return state in OPEN and state is not State.RECEIVED
    if event in (Event.FAIL, Event.APPEAL, Event.REGRESS):
        return last is event
    return step.to is state and (last is None or last is event)
