"""What must be true of a report before an event may happen, beyond its state and the actor's role.

It decides from plain facts and names the reason; gathering the facts is left to the commands. A fact whose
default is None is not checked when it is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.policy.lifecycle import Refusal
from config.policy.states import SET_ASIDE, Discipline, Event, Level, Role, State, Verdict

BOTH: Final = frozenset(Discipline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about the report and about the people behind one act."""

    state: State | None = None
    small: bool = False  # one person may hold several roles
    reason: bool = False  # a written reason is given
    agreed: frozenset[Role] = frozenset()  # the roles whose holders agree to this act, the actor's included
    agreeing_triagers: int = 0  # how many different triagers agree, the actor included

    # judging
    roster: frozenset[Discipline] | None = None
    level: Level | None = None
    category: bool = False
    reproduction: bool | None = None  # our own trials are on record
    sign_off_levels: frozenset[str] = frozenset({Level.CRITICAL, Level.HIGH})
    signed: frozenset[Discipline] = frozenset()  # disciplines that signed this level, the actor's included
    signers: int = 1  # how many different people signed
    stand_in: Discipline | None = None  # the discipline for which the lead stands in, with a reason
    scores_apart: bool = False  # two triagers differ by more than one level and have not agreed
    original: bool = False  # the report this one repeats is named
    clause: bool = False  # the clause of the policy is named
    trials_reached: bool | None = None  # enough failed trials in the reporter's context
    actor_set_it_aside: bool = False  # the actor once set this report aside, and an appeal was heard since
    longer: bool = False  # a rescore moves the due time to a later day

    # fixing and checking
    dated: bool = False  # a target date is given or known
    stop_gap: bool = False  # it is said what is off or filtered
    build: bool = False  # the model or build is named
    actor_is_owner: bool = False  # the actor owns the fix
    verdict: Verdict | None = None
    cause: bool | None = None  # a primary root cause is on record
    rate: bool | None = None  # the bypass comes with k of n

    # time and publication
    time_over: bool = False  # the time that must pass before this act is over
    in_time: bool = False  # the time within which this act is possible is not over
    asked_by_reporter: bool = False
    published: bool = False
    agreed_not_to_publish: bool = False
    missing: tuple[str, ...] = ()  # what disclosure.may_publish still misses


def guard(event: Event, facts: Facts) -> Refusal | None:
    """None when nothing stands in the way of `event`, else the reason by name."""
    check = _CHECKS.get(event)
    return check(facts) if check else None


def sign_off(facts: Facts) -> Refusal | None:
    """The reason why a level lacks its second sign-off, if it does."""
    if facts.level is None or facts.level not in facts.sign_off_levels:
        return None
    stand_in = frozenset({facts.stand_in}) if facts.stand_in else frozenset()
    missing = BOTH - facts.signed - stand_in
    if missing:
        return Refusal("other_discipline", waits_for=tuple(sorted(missing)))
    if facts.signers < 2 and not facts.small:
        return Refusal("second_person", waits_for=(Role.TRIAGER,))
    return None


def _unless(fine: bool | None, code: str) -> Refusal | None:
    return Refusal(code) if fine is False else None


def _agreement(facts: Facts, *needed: Role) -> Refusal | None:
    waits_for = tuple(role for role in needed if role not in facts.agreed)
    return Refusal("second_person", waits_for=waits_for) if waits_for else None


def _start(facts: Facts) -> Refusal | None:
    return _unless(facts.roster is None or facts.small or facts.roster >= BOTH, "roster_incomplete")


def _other_judge(facts: Facts) -> Refusal | None:
    return _unless(not facts.actor_set_it_aside, "judged_before")


def _accept(facts: Facts) -> Refusal | None:
    return (
        _other_judge(facts)
        or _unless(facts.level is not None, "no_level")
        or _unless(facts.category, "no_category")
        or _unless(facts.reproduction, "no_reproduction")
        or _unless(not facts.scores_apart, "scores_apart")
        or sign_off(facts)
    )


def _duplicate(facts: Facts) -> Refusal | None:
    return _other_judge(facts) or _unless(facts.original, "no_original")


def _out_of_scope(facts: Facts) -> Refusal | None:
    return _other_judge(facts) or _unless(facts.clause, "no_clause")


def _not_reproduced(facts: Facts) -> Refusal | None:
    return _other_judge(facts) or _unless(facts.trials_reached, "not_enough_trials")


def _spam(facts: Facts) -> Refusal | None:
    if Role.LEAD in facts.agreed or facts.agreeing_triagers >= 2:
        return None
    return Refusal("second_person", waits_for=(Role.LEAD, Role.TRIAGER))


def _rescore(facts: Facts) -> Refusal | None:
    return (
        _unless(facts.level is not None, "no_level")
        or _unless(not facts.longer or facts.reason, "no_reason")
        or sign_off(facts)
    )


def _work(facts: Facts) -> Refusal | None:
    return _unless(facts.dated, "no_date")


def _mitigate(facts: Facts) -> Refusal | None:
    return _unless(facts.stop_gap, "no_stop_gap")


def _fix(facts: Facts) -> Refusal | None:
    return _unless(facts.build, "no_build")


def _verify(facts: Facts) -> Refusal | None:
    return _unless(not facts.actor_is_owner, "verified_by_owner")


def _pass(facts: Facts) -> Refusal | None:
    good = facts.verdict in (Verdict.VERIFIED, Verdict.VERIFIED_INTERNALLY)
    return _verify(facts) or _unless(good, "verdict_does_not_pass") or _unless(facts.cause, "no_cause")


def _fail(facts: Facts) -> Refusal | None:
    if facts.verdict is Verdict.INCONCLUSIVE:
        return Refusal("inconclusive_stays")
    bad = facts.verdict in (Verdict.PARTIAL, Verdict.NOT_FIXED, Verdict.REGRESSIVE)
    return _verify(facts) or _unless(bad, "verdict_does_not_fail")


def _bypass(facts: Facts) -> Refusal | None:
    return _unless(facts.rate, "no_rate")


def _resolve_limited(facts: Facts) -> Refusal | None:
    limited = facts.verdict in (Verdict.INCONCLUSIVE, Verdict.PARTIAL)
    return (
        _unless(limited, "verdict_not_limited")
        or _unless(facts.reason, "no_reason")
        or _unless(facts.cause, "no_cause")
    )


def _more_time(facts: Facts) -> Refusal | None:
    return (
        _unless(facts.dated, "no_date") or _unless(facts.reason, "no_reason") or _agreement(facts, Role.LEAD)
    )


def _decline(facts: Facts) -> Refusal | None:
    needed = (Role.LEAD, Role.OWNER, *((Role.LEADERSHIP,) if facts.level is Level.CRITICAL else ()))
    return _unless(facts.reason, "no_reason") or _agreement(facts, *needed)


def _after_time(facts: Facts) -> Refusal | None:
    return _unless(facts.time_over, "too_early")


def _appeal(facts: Facts) -> Refusal | None:
    return _unless(facts.asked_by_reporter, "not_asked") or _unless(facts.in_time, "too_late")


def _regress(facts: Facts) -> Refusal | None:
    return _unless(facts.in_time, "too_late")


def _close(facts: Facts) -> Refusal | None:
    if facts.state in SET_ASIDE:
        return _after_time(facts)
    return _unless(facts.published or facts.agreed_not_to_publish, "not_published")


def _publish(facts: Facts) -> Refusal | None:
    return Refusal("not_publishable", missing=facts.missing) if facts.missing else None


_CHECKS: Final[dict[Event, Callable[[Facts], Refusal | None]]] = {
    Event.START: _start,
    Event.LAPSE: _after_time,
    Event.ACCEPT: _accept,
    Event.DUPLICATE: _duplicate,
    Event.OUT_OF_SCOPE: _out_of_scope,
    Event.NOT_REPRODUCED: _not_reproduced,
    Event.INFORMATIVE: _other_judge,
    Event.SPAM: _spam,
    Event.WORK: _work,
    Event.MITIGATE: _mitigate,
    Event.FIX: _fix,
    Event.VERIFY: _verify,
    Event.PASS: _pass,
    Event.FAIL: _fail,
    Event.BYPASS: _bypass,
    Event.SILENCE: _after_time,
    Event.MORE_TIME: _more_time,
    Event.RESOLVE_LIMITED: _resolve_limited,
    Event.DECLINE: _decline,
    Event.RESCORE: _rescore,
    Event.APPEAL: _appeal,
    Event.REGRESS: _regress,
    Event.CLOSE: _close,
    Event.PUBLISH: _publish,
}
