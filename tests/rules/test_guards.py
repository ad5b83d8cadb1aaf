from __future__ import annotations

from dataclasses import replace

import pytest

from config.policy.guards import BOTH, Facts, guard
from config.policy.states import Discipline, Event, Level, Role, State, Verdict

SECURITY, ML = frozenset({Discipline.SECURITY}), frozenset({Discipline.ML})
GOOD = Facts(level=Level.MEDIUM, category=True, signed=SECURITY)


def code(event: Event, facts: Facts) -> str | None:
    refusal = guard(event, facts)
    return refusal.code if refusal else None


@pytest.mark.parametrize("level", [Level.MEDIUM, Level.LOW, Level.INFORMATIONAL])
def test_lower_levels_are_accepted_by_one_person(level: Level) -> None:
    assert guard(Event.ACCEPT, replace(GOOD, level=level)) is None


@pytest.mark.parametrize("level", [Level.CRITICAL, Level.HIGH])
@pytest.mark.parametrize("event", [Event.ACCEPT, Event.RESCORE])
def test_high_levels_wait_for_the_other_discipline(level: Level, event: Event) -> None:
    alone = replace(GOOD, level=level)
    refusal = guard(event, alone)
    assert refusal is not None
    assert (refusal.code, refusal.waits_for) == ("other_discipline", (Discipline.ML,))
    assert code(event, replace(alone, signers=2)) == "other_discipline"  # two of the same craft
    assert code(event, replace(alone, signed=BOTH)) == "second_person"  # one person of both crafts
    assert code(event, replace(alone, signed=BOTH, signers=2)) is None
    assert code(event, replace(alone, signed=BOTH, small=True)) is None
    assert code(event, replace(alone, stand_in=Discipline.ML, signers=2)) is None
    assert code(event, replace(alone, stand_in=Discipline.SECURITY, signers=2)) == "other_discipline"


def test_accepting_needs_a_level_a_category_and_agreement_on_the_score() -> None:
    assert code(Event.ACCEPT, replace(GOOD, level=None)) == "no_level"
    assert code(Event.ACCEPT, replace(GOOD, category=False)) == "no_category"
    assert code(Event.ACCEPT, replace(GOOD, reproduction=False)) == "no_reproduction"
    assert code(Event.ACCEPT, replace(GOOD, scores_apart=True)) == "scores_apart"


@pytest.mark.parametrize(
    ("event", "short", "enough", "reason"),
    [
        (Event.START, Facts(roster=ML), Facts(roster=BOTH), "roster_incomplete"),
        (Event.DUPLICATE, Facts(), Facts(original=True), "no_original"),
        (Event.OUT_OF_SCOPE, Facts(), Facts(clause=True), "no_clause"),
        (Event.NOT_REPRODUCED, Facts(trials_reached=False), Facts(trials_reached=True), "not_enough_trials"),
        (Event.SPAM, Facts(agreeing_triagers=1), Facts(agreeing_triagers=2), "second_person"),
        (Event.SPAM, Facts(), Facts(agreed=frozenset({Role.LEAD})), "second_person"),
        (Event.WORK, Facts(), Facts(dated=True), "no_date"),
        (Event.MITIGATE, Facts(), Facts(stop_gap=True), "no_stop_gap"),
        (Event.FIX, Facts(), Facts(build=True), "no_build"),
        (Event.VERIFY, Facts(actor_is_owner=True), Facts(), "verified_by_owner"),
        (
            Event.PASS,
            Facts(verdict=Verdict.INCONCLUSIVE),
            Facts(verdict=Verdict.VERIFIED),
            "verdict_does_not_pass",
        ),
        (
            Event.PASS,
            Facts(verdict=Verdict.VERIFIED, actor_is_owner=True),
            Facts(verdict=Verdict.VERIFIED),
            "verified_by_owner",
        ),
        (
            Event.FAIL,
            Facts(verdict=Verdict.INCONCLUSIVE),
            Facts(verdict=Verdict.PARTIAL),
            "inconclusive_stays",
        ),
        (
            Event.FAIL,
            Facts(verdict=Verdict.VERIFIED),
            Facts(verdict=Verdict.NOT_FIXED),
            "verdict_does_not_fail",
        ),
        (
            Event.RESOLVE_LIMITED,
            Facts(verdict=Verdict.NOT_FIXED, reason=True),
            Facts(verdict=Verdict.PARTIAL, reason=True),
            "verdict_not_limited",
        ),
        (Event.RESCORE, replace(GOOD, longer=True), replace(GOOD, longer=True, reason=True), "no_reason"),
        (Event.LAPSE, Facts(), Facts(time_over=True), "too_early"),
        (Event.SILENCE, Facts(), Facts(time_over=True), "too_early"),
        (Event.APPEAL, Facts(in_time=True), Facts(in_time=True, asked_by_reporter=True), "not_asked"),
        (
            Event.APPEAL,
            Facts(asked_by_reporter=True),
            Facts(asked_by_reporter=True, in_time=True),
            "too_late",
        ),
        (Event.REGRESS, Facts(), Facts(in_time=True), "too_late"),
        (
            Event.CLOSE,
            Facts(state=State.RESOLVED, time_over=True),
            Facts(state=State.RESOLVED, published=True),
            "not_published",
        ),
        (
            Event.CLOSE,
            Facts(state=State.INFORMATIVE),
            Facts(state=State.INFORMATIVE, time_over=True),
            "too_early",
        ),
        (Event.PUBLISH, Facts(missing=("reporter_agreement",)), Facts(), "not_publishable"),
        (Event.INFORMATIVE, Facts(actor_set_it_aside=True), Facts(), "judged_before"),
    ],
)
def test_a_missing_fact_is_named_and_the_fact_is_enough(
    event: Event, short: Facts, enough: Facts, reason: str
) -> None:
    assert code(event, short) == reason
    assert guard(event, enough) is None


def test_declining_needs_lead_and_owner_and_for_critical_leadership() -> None:
    both = Facts(reason=True, level=Level.HIGH, agreed=frozenset({Role.LEAD, Role.OWNER}))
    assert guard(Event.DECLINE, both) is None
    assert code(Event.DECLINE, replace(both, reason=False)) == "no_reason"
    refusal = guard(Event.DECLINE, replace(both, level=Level.CRITICAL))
    assert refusal is not None and refusal.waits_for == (Role.LEADERSHIP,)
    alone = guard(Event.DECLINE, replace(both, agreed=frozenset({Role.OWNER})))
    assert alone is not None and alone.waits_for == (Role.LEAD,)


def test_more_time_waits_for_the_lead() -> None:
    asked = Facts(dated=True, reason=True, agreed=frozenset({Role.OWNER}))
    refusal = guard(Event.MORE_TIME, asked)
    assert refusal is not None and refusal.waits_for == (Role.LEAD,)
    assert guard(Event.MORE_TIME, replace(asked, agreed=frozenset({Role.OWNER, Role.LEAD}))) is None
    assert code(Event.MORE_TIME, replace(asked, dated=False)) == "no_date"


def test_small_teams_may_start_with_one_discipline() -> None:
    assert guard(Event.START, Facts(roster=ML, small=True)) is None


@pytest.mark.parametrize("event", [Event.ACKNOWLEDGE, Event.ASK, Event.ANSWER, Event.CONFIRM, Event.WITHDRAW])
def test_what_needs_nothing_more_has_no_guard(event: Event) -> None:
    assert guard(event, Facts()) is None
