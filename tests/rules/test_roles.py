from __future__ import annotations

from itertools import product

from config.policy.roles import Allow, CallerFacts, Denied, Place, Tie, permits
from config.policy.states import Role

TRIAGE = Allow(Role.TRIAGER, Place.TRIAGE_CHANNEL, Tie.ROSTER)


def caller(*roles: Role, place: Place, ties: frozenset[Tie] = frozenset()) -> CallerFacts:
    return CallerFacts(frozenset({Role.REPORTER, *roles}), place, ties)


ON_ROSTER = frozenset({Tie.ROSTER})


def test_role_place_and_tie_must_all_hold() -> None:
    here = Place.TRIAGE_CHANNEL
    assert permits(TRIAGE, caller(Role.TRIAGER, place=here, ties=ON_ROSTER)) is None
    assert permits(TRIAGE, caller(Role.LEAD, place=here, ties=ON_ROSTER)) is Denied.NOT_ALLOWED
    assert permits(TRIAGE, caller(Role.TRIAGER, place=here)) is Denied.NO_SUCH_REPORT
    assert permits(TRIAGE, caller(Role.TRIAGER, place=Place.DM, ties=ON_ROSTER)) is Denied.WRONG_PLACE


def test_somebody_elses_report_is_denied_in_the_words_of_a_missing_one_wherever_they_ask() -> None:
    for place in Place:
        assert permits(TRIAGE, caller(Role.TRIAGER, place=place)) is Denied.NO_SUCH_REPORT


def test_one_of_several_is_enough() -> None:
    allow = Allow((Role.LEAD, Role.LEADERSHIP), (Place.DM, Place.LEADERSHIP), (Tie.ROSTER, Tie.OWNER))
    facts = CallerFacts(frozenset({Role.LEADERSHIP}), Place.LEADERSHIP, frozenset({Tie.OWNER}))
    assert permits(allow, facts) is None


def test_a_permission_without_tie_asks_for_none_and_anywhere_is_everywhere() -> None:
    allow = Allow(Role.REPORTER)
    for place, tie in product(Place, Tie):
        assert permits(allow, CallerFacts(frozenset({Role.REPORTER}), place, frozenset({tie}))) is None


def test_the_clock_passes_only_where_it_is_named() -> None:
    clock = CallerFacts(frozenset({Role.CLOCK}), Place.ANYWHERE)
    assert permits(Allow(Role.CLOCK), clock) is None
    assert permits(Allow(Role.REPORTER), clock) is Denied.NOT_ALLOWED
