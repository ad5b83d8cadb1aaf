"""When something becomes public: the embargo, the consents, the flags of a case, and what publication lacks.

It decides which move is possible and names the reason when it is not. The embargo's end as a clock is in
config/policy/history.py; who is asked and told is decided by the commands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from config.policy.lifecycle import Refusal
from config.policy.states import EmbargoState, Flag, Role, State
from config.program import Program

_NEEDS: Final = {Flag.FIX_READY: Flag.VENDOR_AWARE, Flag.FIX_DEPLOYED: Flag.FIX_READY}
# Where the first is set and the second is not, the second comes next: a flaw that is public is known to us,
# and an exploit that is public makes the flaw public.
_FORCES: Final = ((Flag.PUBLIC, Flag.VENDOR_AWARE), (Flag.EXPLOIT_PUBLIC, Flag.PUBLIC))


def next_flags(flags: frozenset[Flag]) -> frozenset[Flag]:
    """The flags that may be set next: one at a time, never back, and first what the present ones force."""
    for present, forced in reversed(_FORCES):
        if present in flags and forced not in flags:
            return frozenset({forced})
    return frozenset(
        flag for flag in Flag if flag not in flags and (flag not in _NEEDS or _NEEDS[flag] in flags)
    )


def steps_to(flags: frozenset[Flag], flag: Flag) -> tuple[Flag, ...] | Refusal:
    """The flags to record, in order, for `flag` to be set, with those it forces; none when it is set already.

    Refused with `flag_order` when it needs another flag first.
    """
    if flag in flags:
        return ()
    if flag not in next_flags(flags):
        return Refusal("flag_order")
    steps = [flag]
    now = flags | {flag}
    while (forced := next_flags(now)) and any(one in now and two not in now for one, two in _FORCES):
        (step,) = forced
        steps.append(step)
        now |= {step}
    return tuple(steps)


def possible(flags: frozenset[Flag]) -> bool:
    """Whether a set of flags can be: no fix unknown to us, nothing deployed that was not ready."""
    return all(needed in flags for flag, needed in _NEEDS.items() if flag in flags)


class EmbargoMove(StrEnum):
    """What can happen to an embargo."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    REJECT = "reject"
    TERMINATE = "terminate"


_E = EmbargoState
_M = EmbargoMove
EMBARGO: Final[dict[tuple[EmbargoState, EmbargoMove], EmbargoState]] = {
    (_E.NONE, _M.PROPOSE): _E.PROPOSED,
    (_E.PROPOSED, _M.PROPOSE): _E.PROPOSED,
    (_E.PROPOSED, _M.REJECT): _E.NONE,
    (_E.PROPOSED, _M.ACCEPT): _E.ACTIVE,
    (_E.ACTIVE, _M.PROPOSE): _E.REVISE,
    (_E.ACTIVE, _M.TERMINATE): _E.EXITED,
    (_E.REVISE, _M.PROPOSE): _E.REVISE,
    (_E.REVISE, _M.ACCEPT): _E.ACTIVE,
    (_E.REVISE, _M.REJECT): _E.ACTIVE,
    (_E.REVISE, _M.TERMINATE): _E.EXITED,
}
MAY_MOVE: Final[dict[EmbargoMove, frozenset[Role]]] = {
    _M.PROPOSE: frozenset({Role.REPORTER, Role.LEAD}),
    _M.ACCEPT: frozenset({Role.REPORTER, Role.LEAD}),
    _M.REJECT: frozenset({Role.REPORTER, Role.LEAD}),
    _M.TERMINATE: frozenset({Role.REPORTER, Role.LEAD, Role.CLOCK}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Embargo:
    """An agreement not to publish yet: its state, its end, and what is proposed instead."""

    state: EmbargoState = EmbargoState.NONE
    end: datetime | None = None
    proposed: datetime | None = None
    proposed_by: str = ""
    agreed: frozenset[str] = frozenset()  # the signatories that agree to what is proposed
    extended: bool = False  # the one extension is used


def by_default(at: datetime, program: Program) -> Embargo:
    """The embargo that the policy sets when a report is received."""
    return Embargo(state=EmbargoState.ACTIVE, end=at + program.embargo.length)


def propose(
    embargo: Embargo,
    *,
    by: str,
    end: datetime,
    now: datetime,
    flags: frozenset[Flag],
    program: Program,
) -> Embargo | Refusal:
    """The embargo with a proposed end; the terms in force hold until all signatories have agreed.

    Refused: `embargo_over`, `flag_forbids` (a fix is ready, or P, X or A is set), `in_the_past`, `too_long`
    (a first embargo beyond the default and its extension), `extended_before`, `extension_too_long`.
    """
    after = EMBARGO.get((embargo.state, _M.PROPOSE))
    if after is None:
        return Refusal("embargo_over")
    if flags & {Flag.PUBLIC, Flag.EXPLOIT_PUBLIC, Flag.ATTACKED}:
        return Refusal("flag_forbids")
    if Flag.FIX_READY in flags and not embargo.state.in_force:
        return Refusal("flag_forbids")
    if end <= now:
        return Refusal("in_the_past")
    terms = program.embargo
    if embargo.end is None:
        if end > now + terms.length + terms.extension:
            return Refusal("too_long")
    elif end > embargo.end:
        if embargo.extended:
            return Refusal("extended_before")
        if end > embargo.end + terms.extension:
            return Refusal("extension_too_long")
        if Flag.FIX_READY in flags:
            return Refusal("flag_forbids")
    return replace(embargo, state=after, proposed=end, proposed_by=by, agreed=frozenset({by}))


def accept(embargo: Embargo, *, by: str, signatories: frozenset[str]) -> Embargo | Refusal:
    """The embargo after one side agreed; the new end counts once every signatory has.

    Refused with `nothing_proposed`, or `own_proposal` for the one who proposed.
    """
    after = EMBARGO.get((embargo.state, _M.ACCEPT))
    if after is None or embargo.proposed is None:
        return Refusal("nothing_proposed")
    if by == embargo.proposed_by:
        return Refusal("own_proposal")
    agreed = embargo.agreed | {by}
    if not agreed >= signatories:
        return replace(embargo, agreed=agreed)
    longer = embargo.end is not None and embargo.proposed > embargo.end
    return Embargo(state=after, end=embargo.proposed, extended=embargo.extended or longer)


def reject(embargo: Embargo, *, by: str) -> Embargo | Refusal:
    """The embargo with its old terms, or none if there were none; the proposer may withdraw so too."""
    after = EMBARGO.get((embargo.state, _M.REJECT))
    if after is None or not by:
        return Refusal("nothing_proposed")
    return replace(embargo, state=after, proposed=None, proposed_by="", agreed=frozenset())


def terminate(embargo: Embargo) -> Embargo | Refusal:
    """The embargo that has ended, for good; refused with `no_embargo` when none is in force."""
    after = EMBARGO.get((embargo.state, _M.TERMINATE))
    return (
        Embargo(state=after, end=embargo.end, extended=embargo.extended) if after else Refusal("no_embargo")
    )


def after_flags(embargo: Embargo, flags: frozenset[Flag]) -> Embargo:
    """The embargo after the flags of the case: P or X end it at once, a mere proposal with it."""
    if not flags & {Flag.PUBLIC, Flag.EXPLOIT_PUBLIC}:
        return embargo
    if embargo.state.in_force:
        return Embargo(state=EmbargoState.EXITED, end=embargo.end, extended=embargo.extended)
    if embargo.state is EmbargoState.PROPOSED:
        return Embargo()
    return embargo


def at_time(embargo: Embargo, now: datetime) -> Embargo:
    """The embargo as the clock leaves it: ended when its end has come."""
    if embargo.state.in_force and embargo.end is not None and embargo.end <= now:
        return Embargo(state=EmbargoState.EXITED, end=embargo.end, extended=embargo.extended)
    return embargo


class Urge(StrEnum):
    """What the flags of a case ask of an embargo in force."""

    END_AT_ONCE = "end_at_once"
    DECIDE_WITHIN_A_DAY = "decide_within_a_day"  # the lead ends it, or writes down why not, every day anew
    SHOULD_END = "should_end"
    PREPARE_END = "prepare_end"


def urge(flags: frozenset[Flag]) -> Urge | None:
    """The strongest thing the flags ask of an embargo in force."""
    if flags & {Flag.PUBLIC, Flag.EXPLOIT_PUBLIC}:
        return Urge.END_AT_ONCE
    if Flag.ATTACKED in flags:
        return Urge.DECIDE_WITHIN_A_DAY
    if Flag.FIX_DEPLOYED in flags:
        return Urge.SHOULD_END
    return Urge.PREPARE_END if Flag.FIX_READY in flags else None


class Consent(StrEnum):
    """Where one participant stands towards the embargo."""

    NONE = "none"
    INVITED = "invited"
    SIGNATORY = "signatory"
    DECLINED = "declined"
    LAPSED = "lapsed"


class ConsentMove(StrEnum):
    """What can happen to one participant's consent."""

    INVITE = "invite"
    ACCEPT = "accept"
    DECLINE = "decline"
    TERMS_CHANGED = "terms_changed"
    EMBARGO_GONE = "embargo_gone"


_C = Consent
_CM = ConsentMove
CONSENT: Final[dict[tuple[Consent, ConsentMove], Consent]] = {
    **{(state, _CM.ACCEPT): _C.SIGNATORY for state in (_C.NONE, _C.INVITED, _C.LAPSED)},
    **{(state, _CM.DECLINE): _C.DECLINED for state in (_C.NONE, _C.INVITED, _C.LAPSED)},
    **{(state, _CM.INVITE): _C.INVITED for state in (_C.NONE, _C.LAPSED, _C.DECLINED)},
    (_C.SIGNATORY, _CM.TERMS_CHANGED): _C.LAPSED,
    **{(state, _CM.EMBARGO_GONE): _C.NONE for state in Consent},
}


def consent(state: Consent, move: ConsentMove) -> Consent | Refusal:
    """The consent after a move, or a Refusal with `illegal_consent`."""
    return CONSENT.get((state, move), Refusal("illegal_consent"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known about a report that somebody wants to publish."""

    state: State
    embargo: Embargo
    flags: frozenset[Flag] = frozenset()
    agreed: frozenset[Role] = frozenset()  # of reporter and lead, those who agree to publication
    declined_at: datetime | None = None  # when we declined to fix
    vendors_told_at: datetime | None = None  # other vendors are hit, and the last of them was told then
    others_hit: bool = False
    details: bool = True  # with details; a limited publication shows none
    advisory_agreed: bool | None = None  # a second person read the advisory; not checked when None


def early_rule(case: Case) -> bool:
    """Whether flaw or exploit is public anyway, or it is used in attacks and the embargo was ended."""
    if case.flags & {Flag.PUBLIC, Flag.EXPLOIT_PUBLIC}:
        return True
    return Flag.ATTACKED in case.flags and not case.embargo.state.in_force


def may_publish(case: Case, *, now: datetime, program: Program) -> tuple[str, ...]:
    """What publication still lacks, by name; empty when it is allowed.

    `done` (neither resolved nor declined), `reporter_agreement` and `lead_agreement` matter unless the end of
    the embargo has come or the early rule holds; `advisory_agreement` always matters. Other vendors that are hit
    have their notice before details, however the embargo ended (domain.md section 6). What is public anyway needs
    none: nothing is left to give notice of. What is attacked while it is not public needs them told, without the
    days: users are to be advised within 7, and an advisory, which never holds the payload, is the limited disclosure
    that section 6 calls right while others' models are open.
    """
    if case.state in (State.SPAM, State.WITHDRAWN):
        return ("done",)
    missing: list[str] = []
    end = case.embargo.end
    over = end is not None and end <= now
    if not over and not early_rule(case):
        if case.state not in (State.RESOLVED, State.WONT_FIX, State.CLOSED):
            missing.append("done")
        if Role.REPORTER not in case.agreed:
            missing.append("reporter_agreement")
        if Role.LEAD not in case.agreed:
            missing.append("lead_agreement")
    if case.others_hit and case.details and not case.flags & {Flag.PUBLIC, Flag.EXPLOIT_PUBLIC}:
        told = case.vendors_told_at
        if told is None or (not early_rule(case) and now < told + program.embargo.vendor_notice):
            missing.append("vendor_notice")
    if case.advisory_agreed is False:
        missing.append("advisory_agreement")
    return tuple(missing)


def reporter_may_publish(case: Case, *, now: datetime, program: Program) -> bool:
    """Whether nothing we agreed on keeps the researcher from publishing on their own."""
    if not case.embargo.state.in_force or (case.embargo.end is not None and case.embargo.end <= now):
        return True
    declined = case.declined_at
    return declined is not None and declined + program.embargo.decline_wait <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """What is known about thanking a researcher in public."""

    state: State
    credit: str | None = None  # a name they chose, empty for none; None while they have not said
    public: bool = False
    helped: bool = True  # a duplicate is credited when it added something
    back: bool = False  # it was public and done, and is looked at again: what is public stays public


def may_thank(thanks: Thanks) -> tuple[str, ...]:
    """What a public thank-you still lacks: `credit_choice`, `credit_wanted`, `done`, `helped` or `public`."""
    missing: list[str] = []
    if thanks.credit is None:
        missing.append("credit_choice")
    elif not thanks.credit.strip():
        missing.append("credit_wanted")
    stays = thanks.back and thanks.state not in (State.SPAM, State.WITHDRAWN)
    if not stays and thanks.state not in (State.RESOLVED, State.CLOSED, State.DUPLICATE, State.WONT_FIX, State.INFORMATIVE):
        missing.append("done")
    if thanks.state is State.DUPLICATE and not thanks.helped:
        missing.append("helped")
    if not thanks.public:
        missing.append("public")
    return tuple(missing)


def settled_date(*, ours: datetime, theirs: datetime, default: datetime, fix_out: bool) -> datetime:
    """The date when both sides name different ones: the earlier once a fix is out, else the default."""
    return min(ours, theirs) if fix_out else default
