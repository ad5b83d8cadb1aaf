"""The closed lists of the programme: states, levels, roles, events, verdicts, flags, and words people see.

It decides which names exist and which word stands for a state; how one state follows another is decided in
config/policy/lifecycle.py.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    TRIAGING = "triaging"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"
    REMEDIATING = "remediating"
    MITIGATED = "mitigated"
    FIX_READY = "fix_ready"
    VERIFYING = "verifying"
    RETEST = "retest"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_REPRODUCIBLE = "not_reproducible"
    INFORMATIVE = "informative"
    WONT_FIX = "wont_fix"
    WITHDRAWN = "withdrawn"
    SPAM = "spam"


class Level(StrEnum):
    """How bad a flaw is, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"


class Role(StrEnum):
    """Who may act; the clock is one of them, and everybody is a reporter."""

    REPORTER = "reporter"
    TRIAGER = "triager"
    OWNER = "owner"
    LEAD = "lead"
    LEGAL = "legal"
    PRIVACY = "privacy"
    LEADERSHIP = "leadership"
    ADMIN = "admin"
    CLOCK = "clock"


class Discipline(StrEnum):
    """The two crafts of triage; every report is judged by both."""

    SECURITY = "security"
    ML = "ml"


class Event(StrEnum):
    """What can happen to a report; the names are those of the ledger."""

    SUBMIT = "submit"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    ASK = "ask"
    ANSWER = "answer"
    LAPSE = "lapse"
    ACCEPT = "accept"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_REPRODUCED = "not_reproduced"
    INFORMATIVE = "informative"
    SPAM = "spam"
    WORK = "work"
    MITIGATE = "mitigate"
    FIX = "fix"
    VERIFY = "verify"
    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    CONFIRM = "confirm"
    BYPASS = "bypass"
    SILENCE = "silence"
    WAIVE = "waive"
    MORE_TIME = "more_time"
    RESOLVE_LIMITED = "resolve_limited"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    RESCORE = "rescore"
    APPEAL = "appeal"
    REGRESS = "regress"
    CLOSE = "close"
    PUBLISH = "publish"


class Verdict(StrEnum):
    """What the evidence says about a fix."""

    VERIFIED = "verified"
    VERIFIED_INTERNALLY = "verified_internally"
    PARTIAL = "partial"
    NOT_FIXED = "not_fixed"
    REGRESSIVE = "regressive"
    INCONCLUSIVE = "inconclusive"


class EmbargoState(StrEnum):
    """Where the agreement not to publish yet stands."""

    NONE = "none"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REVISE = "revise"
    EXITED = "exited"

    @property
    def in_force(self) -> bool:
        """Whether the participants are bound by agreed terms."""
        return self in (EmbargoState.ACTIVE, EmbargoState.REVISE)


class Flag(StrEnum):
    """The six one-way facts of a case."""

    VENDOR_AWARE = "V"
    FIX_READY = "F"
    FIX_DEPLOYED = "D"
    PUBLIC = "P"
    EXPLOIT_PUBLIC = "X"
    ATTACKED = "A"


class Word(StrEnum):
    """The six words a researcher sees for a state."""

    RECEIVED = "received"
    BEING_LOOKED_AT = "being looked at"
    WAITING_FOR_YOU = "waiting for you"
    BEING_FIXED = "being fixed"
    YOURS_TO_RETEST = "yours to retest"
    DONE = "done"


class Group(StrEnum):
    """The five groups staff see; done is a filter, not a group."""

    NEW = "new"
    JUDGING = "judging"
    WAITING = "waiting for researcher"
    FIXING = "fixing"
    CHECKING = "checking"


class Who(StrEnum):
    """Whom a mark concerns on one report; the people behind it are looked up by the caller."""

    ASSIGNEE = "assignee"
    TRIAGERS = "triagers"
    OWNER = "owner"
    LEAD = "lead"
    LEADERSHIP = "leadership"
    REPORTER = "reporter"
    DECIDER = "decider"


SET_ASIDE = frozenset(
    {
        State.DUPLICATE,
        State.OUT_OF_SCOPE,
        State.NOT_REPRODUCIBLE,
        State.INFORMATIVE,
        State.WONT_FIX,
        State.WITHDRAWN,
        State.SPAM,
    }
)
DONE = SET_ASIDE | {State.RESOLVED, State.CLOSED}
OPEN = frozenset(State) - DONE

_WORDS: dict[State, tuple[Word, Group]] = {
    State.RECEIVED: (Word.RECEIVED, Group.NEW),
    State.ACKNOWLEDGED: (Word.BEING_LOOKED_AT, Group.NEW),
    State.TRIAGING: (Word.BEING_LOOKED_AT, Group.JUDGING),
    State.NEEDS_INFO: (Word.WAITING_FOR_YOU, Group.WAITING),
    State.ACCEPTED: (Word.BEING_FIXED, Group.FIXING),
    State.REMEDIATING: (Word.BEING_FIXED, Group.FIXING),
    State.MITIGATED: (Word.BEING_FIXED, Group.FIXING),
    State.FIX_READY: (Word.BEING_FIXED, Group.CHECKING),
    State.VERIFYING: (Word.BEING_FIXED, Group.CHECKING),
    State.RETEST: (Word.YOURS_TO_RETEST, Group.CHECKING),
}


def word(state: State, *, done: State | None = None) -> tuple[Word, State | None]:
    """The researcher's word for a state and, when it is done, the state that says why.

    `done` is the state in which the report came to rest, needed for a report that was closed afterwards.
    """
    if state in _WORDS:
        return _WORDS[state][0], None
    return Word.DONE, (done or state) if state is State.CLOSED else state


def group(state: State) -> Group | None:
    """The staff group of a state; None when the report is done."""
    return _WORDS[state][1] if state in _WORDS else None
