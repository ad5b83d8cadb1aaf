from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from config.policy import disclosure
from config.policy.disclosure import Case, Consent, ConsentMove, Embargo, EmbargoMove, Thanks, Urge
from config.policy.lifecycle import Refusal
from config.policy.states import EmbargoState, Flag, Role, State
from config.policy.vendors import Vendors
from tests.rules.timeline import DAY, PROGRAM, at

V, F, D, P, X, A = Flag
NOW = at("2026-01-16T16:00Z")
END = NOW + 90 * DAY
BOTH = frozenset({"reporter", "lead"})
ACTIVE = Embargo(state=EmbargoState.ACTIVE, end=END)
NO_FLAGS: frozenset[Flag] = frozenset()


def code(result: object) -> str | None:
    return result.code if isinstance(result, Refusal) else None


def histories(flags: frozenset[Flag] = NO_FLAGS) -> int:
    if flags == frozenset(Flag):
        return 1
    return sum(histories(flags | {flag}) for flag in disclosure.next_flags(flags))


def test_the_flags_have_32_states_and_70_complete_histories() -> None:
    sets = [
        frozenset(f for f, on in zip(Flag, bits, strict=True) if on) for bits in product((0, 1), repeat=6)
    ]
    assert sum(disclosure.possible(flags) for flags in sets) == 32
    assert histories() == 70


def test_flags_go_one_way_and_in_order() -> None:
    assert disclosure.steps_to(NO_FLAGS, V) == (V,)
    assert disclosure.steps_to(frozenset({V}), V) == ()
    assert code(disclosure.steps_to(NO_FLAGS, F)) == "flag_order"
    assert code(disclosure.steps_to(frozenset({V}), D)) == "flag_order"
    assert disclosure.steps_to(frozenset({V, F}), D) == (D,)


def test_a_public_exploit_makes_the_flaw_public_and_a_public_flaw_is_known() -> None:
    assert disclosure.steps_to(frozenset({V}), X) == (X, P)
    assert disclosure.steps_to(NO_FLAGS, X) == (X, P, V)
    assert disclosure.steps_to(NO_FLAGS, P) == (P, V)
    assert disclosure.next_flags(frozenset({P})) == {V}
    assert disclosure.next_flags(frozenset({V, X})) == {P}
    assert code(disclosure.steps_to(frozenset({P}), A)) == "flag_order"


def test_the_embargo_machine_is_the_table_and_nothing_else() -> None:
    e, m = EmbargoState, EmbargoMove
    assert disclosure.EMBARGO == {
        (e.NONE, m.PROPOSE): e.PROPOSED,
        (e.PROPOSED, m.PROPOSE): e.PROPOSED,
        (e.PROPOSED, m.REJECT): e.NONE,
        (e.PROPOSED, m.ACCEPT): e.ACTIVE,
        (e.ACTIVE, m.PROPOSE): e.REVISE,
        (e.ACTIVE, m.TERMINATE): e.EXITED,
        (e.REVISE, m.PROPOSE): e.REVISE,
        (e.REVISE, m.ACCEPT): e.ACTIVE,
        (e.REVISE, m.REJECT): e.ACTIVE,
        (e.REVISE, m.TERMINATE): e.EXITED,
    }
    assert {state for state in e if state.in_force} == {e.ACTIVE, e.REVISE}
    assert disclosure.MAY_MOVE[m.TERMINATE] == {Role.REPORTER, Role.LEAD, Role.CLOCK}


def propose(embargo: Embargo, end: datetime, *flags: Flag, by: str = "reporter") -> Embargo | Refusal:
    return disclosure.propose(embargo, by=by, end=end, now=NOW, flags=frozenset(flags), program=PROGRAM)


def test_the_default_embargo_lasts_90_days() -> None:
    assert disclosure.by_default(NOW, PROGRAM) == ACTIVE


def test_a_longer_embargo_needs_everybody_and_the_old_terms_hold_meanwhile() -> None:
    proposed = propose(ACTIVE, END + 30 * DAY)
    assert isinstance(proposed, Embargo)
    assert (proposed.state, proposed.end) == (EmbargoState.REVISE, END)
    three = BOTH | {"other vendor"}
    half = disclosure.accept(proposed, by="lead", signatories=three)
    assert isinstance(half, Embargo)
    assert (half.state, half.end) == (EmbargoState.REVISE, END)
    agreed = disclosure.accept(half, by="other vendor", signatories=three)
    assert agreed == Embargo(state=EmbargoState.ACTIVE, end=END + 30 * DAY, extended=True)
    assert code(disclosure.accept(proposed, by="reporter", signatories=BOTH)) == "own_proposal"
    assert disclosure.reject(proposed, by="lead") == ACTIVE


def test_there_is_one_extension_of_at_most_30_days() -> None:
    assert code(propose(ACTIVE, END + 31 * DAY)) == "extension_too_long"
    extended = replace(ACTIVE, extended=True)
    assert code(propose(extended, END + DAY)) == "extended_before"
    earlier = propose(extended, END - DAY)
    assert isinstance(earlier, Embargo)
    shortened = disclosure.accept(earlier, by="lead", signatories=BOTH)
    assert shortened == Embargo(state=EmbargoState.ACTIVE, end=END - DAY, extended=True)


def test_shortening_does_not_use_up_the_extension() -> None:
    earlier = propose(ACTIVE, END - DAY)
    assert isinstance(earlier, Embargo)
    assert disclosure.accept(earlier, by="lead", signatories=BOTH) == replace(ACTIVE, end=END - DAY)


@pytest.mark.parametrize("flag", [P, X, A])
def test_no_embargo_is_proposed_once_it_would_hide_nothing(flag: Flag) -> None:
    assert code(propose(Embargo(), END, flag)) == "flag_forbids"
    assert code(propose(ACTIVE, END - DAY, flag)) == "flag_forbids"


def test_a_ready_fix_forbids_new_and_longer_embargoes_but_not_an_earlier_end() -> None:
    assert code(propose(Embargo(), END, V, F)) == "flag_forbids"
    assert code(propose(ACTIVE, END + DAY, V, F)) == "flag_forbids"
    assert isinstance(propose(ACTIVE, END - DAY, V, F), Embargo)


def test_a_first_embargo_is_agreed_by_the_other_side() -> None:
    proposed = propose(Embargo(), NOW + 45 * DAY)
    assert isinstance(proposed, Embargo)
    assert proposed.state is EmbargoState.PROPOSED
    counter = propose(proposed, NOW + 60 * DAY, by="lead")
    assert isinstance(counter, Embargo)
    agreed = disclosure.accept(counter, by="reporter", signatories=BOTH)
    assert agreed == Embargo(state=EmbargoState.ACTIVE, end=NOW + 60 * DAY)
    assert disclosure.reject(proposed, by="lead") == Embargo()
    assert code(propose(Embargo(), NOW)) == "in_the_past"
    assert code(propose(Embargo(), NOW + 121 * DAY)) == "too_long"


def test_an_embargo_that_has_ended_stays_so() -> None:
    gone = disclosure.terminate(ACTIVE)
    assert isinstance(gone, Embargo) and gone.state is EmbargoState.EXITED
    assert code(propose(gone, END)) == "embargo_over"
    assert code(disclosure.terminate(gone)) == "no_embargo"
    assert code(disclosure.accept(gone, by="lead", signatories=BOTH)) == "nothing_proposed"
    assert code(disclosure.accept(ACTIVE, by="lead", signatories=BOTH)) == "nothing_proposed"
    assert code(disclosure.reject(ACTIVE, by="lead")) == "nothing_proposed"


@pytest.mark.parametrize("flag", [P, X])
def test_publicity_ends_an_embargo_at_once(flag: Flag) -> None:
    assert disclosure.after_flags(ACTIVE, frozenset({V, flag})).state is EmbargoState.EXITED
    revised = propose(ACTIVE, END - DAY)
    assert isinstance(revised, Embargo)
    assert disclosure.after_flags(revised, frozenset({V, flag})).state is EmbargoState.EXITED
    proposed = propose(Embargo(), END)
    assert isinstance(proposed, Embargo)
    assert disclosure.after_flags(proposed, frozenset({V, flag})) == Embargo()
    assert disclosure.after_flags(ACTIVE, frozenset({V, F, A})) == ACTIVE


def test_the_clock_ends_an_embargo_at_its_end() -> None:
    assert disclosure.at_time(ACTIVE, END - timedelta(seconds=1)) == ACTIVE
    assert disclosure.at_time(ACTIVE, END).state is EmbargoState.EXITED


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({V}, None),
        ({V, F}, Urge.PREPARE_END),
        ({V, F, D}, Urge.SHOULD_END),
        ({V, F, D, A}, Urge.DECIDE_WITHIN_A_DAY),
        ({V, P, A}, Urge.END_AT_ONCE),
    ],
)
def test_the_flags_urge(flags: set[Flag], expected: Urge | None) -> None:
    assert disclosure.urge(frozenset(flags)) is expected


def test_consents_are_the_table() -> None:
    legal = {
        (Consent.NONE, ConsentMove.INVITE): Consent.INVITED,
        (Consent.LAPSED, ConsentMove.INVITE): Consent.INVITED,
        (Consent.DECLINED, ConsentMove.INVITE): Consent.INVITED,
        (Consent.NONE, ConsentMove.ACCEPT): Consent.SIGNATORY,
        (Consent.INVITED, ConsentMove.ACCEPT): Consent.SIGNATORY,
        (Consent.LAPSED, ConsentMove.ACCEPT): Consent.SIGNATORY,
        (Consent.NONE, ConsentMove.DECLINE): Consent.DECLINED,
        (Consent.INVITED, ConsentMove.DECLINE): Consent.DECLINED,
        (Consent.LAPSED, ConsentMove.DECLINE): Consent.DECLINED,
        (Consent.SIGNATORY, ConsentMove.TERMS_CHANGED): Consent.LAPSED,
    }
    for state, move in product(Consent, ConsentMove):
        result = disclosure.consent(state, move)
        if move is ConsentMove.EMBARGO_GONE:
            assert result is Consent.NONE
        elif (state, move) in legal:
            assert result is legal[state, move]
        else:
            assert code(result) == "illegal_consent"


RESOLVED = Case(state=State.RESOLVED, embargo=ACTIVE, agreed=frozenset({Role.REPORTER, Role.LEAD}))


def missing(case: Case, now: datetime = NOW) -> tuple[str, ...]:
    return disclosure.may_publish(case, now=now, program=PROGRAM)


def test_a_fix_is_published_when_both_sides_agree() -> None:
    assert missing(RESOLVED) == ()
    assert missing(replace(RESOLVED, state=State.WONT_FIX)) == ()
    assert missing(replace(RESOLVED, agreed=frozenset({Role.LEAD}))) == ("reporter_agreement",)
    assert missing(replace(RESOLVED, agreed=frozenset())) == ("reporter_agreement", "lead_agreement")
    assert missing(replace(RESOLVED, state=State.VERIFYING)) == ("done",)


def test_the_end_of_the_embargo_is_enough() -> None:
    case = Case(state=State.REMEDIATING, embargo=ACTIVE)
    assert missing(case, END - timedelta(seconds=1)) == ("done", "reporter_agreement", "lead_agreement")
    assert missing(case, END) == ()


def test_the_early_rule() -> None:
    case = Case(state=State.TRIAGING, embargo=ACTIVE)
    assert missing(replace(case, flags=frozenset({V, P}))) == ()
    assert missing(replace(case, flags=frozenset({V, P, X}))) == ()
    attacked = replace(case, flags=frozenset({V, A}))
    assert "done" in missing(attacked)
    assert missing(replace(attacked, embargo=Embargo(state=EmbargoState.EXITED))) == ()


def test_other_vendors_are_told_before_details_appear() -> None:
    case = replace(RESOLVED, others_hit=True)
    assert missing(case) == ("vendor_notice",)
    assert missing(replace(case, vendors_told_at=NOW - 13 * DAY)) == ("vendor_notice",)
    assert missing(replace(case, vendors_told_at=NOW - 14 * DAY)) == ()
    assert missing(replace(case, details=False)) == ()
    # The end of the embargo frees us from both words, not from the notice.
    assert missing(case, END) == ("vendor_notice",)
    # Public anyway: nothing is left to give notice of. Attacked and not public: told, and not kept waiting.
    assert missing(replace(case, flags=frozenset({V, P}))) == missing(replace(case, flags=frozenset({V, P, X}))) == ()
    attacked = replace(case, flags=frozenset({V, A}), embargo=Embargo(state=EmbargoState.EXITED))
    assert missing(attacked) == ("vendor_notice",)
    assert missing(replace(attacked, vendors_told_at=NOW)) == ()
    assert missing(replace(case, flags=frozenset({V, A}), vendors_told_at=NOW)) == ("vendor_notice",), "its embargo still holds"


def test_who_was_told_is_read_from_what_happened_and_the_last_one_counts() -> None:
    notice = PROGRAM.embargo.vendor_notice
    named = Vendors().read("others_hit", NOW, {"hit": "yes"})
    assert (named.hit, named.until(notice)) == (True, None)
    assert not named.read("others_hit", NOW + DAY, {"hit": "no"}).hit
    one = named.read("embargo_party", NOW + DAY, {"party": "y1", "consent": "invited", "told": "yes"})
    two = one.read("embargo_party", NOW + 3 * DAY, {"party": "y2", "consent": "none", "told": "yes"})
    answered = two.read("embargo_party", NOW + 9 * DAY, {"party": "y1", "consent": "signatory"})
    assert (answered.first, answered.until(notice)) == (NOW + DAY, NOW + 17 * DAY)
    assert two.read("others_hit", NOW + 4 * DAY, {"hit": "no"}).hit, "whoever was told is hit, whatever the fact says"
    nobody = two.read("no_vendors", NOW + 5 * DAY, {"number": "4"})
    assert (nobody.hit, nobody.until(notice)) == (False, None)
    assert nobody.read("others_hit", NOW + 6 * DAY, {"hit": "yes"}).until(notice) == NOW + 17 * DAY
    assert nobody.read("embargo_party", NOW + 6 * DAY, {"party": "y3", "consent": "none", "told": "yes"}).until(notice) == NOW + 20 * DAY


def test_an_advisory_that_nobody_else_read_is_not_published() -> None:
    assert missing(replace(RESOLVED, advisory_agreed=False)) == ("advisory_agreement",)
    assert missing(replace(RESOLVED, advisory_agreed=True)) == ()


@pytest.mark.parametrize("state", [State.SPAM, State.WITHDRAWN])
def test_what_was_dropped_is_never_published(state: State) -> None:
    assert missing(replace(RESOLVED, state=state), END) == ("done",)


def test_the_researcher_may_always_publish_after_the_end_or_14_days_after_a_refusal_to_fix() -> None:
    def may(case: Case, now: datetime) -> bool:
        return disclosure.reporter_may_publish(case, now=now, program=PROGRAM)

    assert not may(RESOLVED, NOW)
    assert may(RESOLVED, END)
    assert may(replace(RESOLVED, embargo=Embargo()), NOW)
    declined = replace(RESOLVED, state=State.WONT_FIX, declined_at=NOW)
    assert not may(declined, NOW + 13 * DAY)
    assert may(declined, NOW + 14 * DAY)


def test_thanks_need_the_explicit_choice_of_a_name() -> None:
    good = Thanks(state=State.RESOLVED, credit="a name", public=True)
    assert disclosure.may_thank(good) == ()
    assert disclosure.may_thank(replace(good, credit=None)) == ("credit_choice",)
    assert disclosure.may_thank(replace(good, credit=" ")) == ("credit_wanted",)
    assert disclosure.may_thank(replace(good, public=False)) == ("public",)
    assert disclosure.may_thank(replace(good, state=State.RETEST)) == ("done",)
    assert disclosure.may_thank(replace(good, state=State.TRIAGING, back=True)) == (), "what is public stays public"
    assert disclosure.may_thank(replace(good, state=State.TRIAGING, back=True, public=False)) == ("public",)
    assert disclosure.may_thank(replace(good, state=State.WITHDRAWN, back=True)) == ("done",)
    duplicate = replace(good, state=State.DUPLICATE)
    assert disclosure.may_thank(duplicate) == ()
    assert disclosure.may_thank(replace(duplicate, helped=False)) == ("helped",)


def test_two_dates_become_one() -> None:
    early, late, default = NOW + DAY, NOW + 9 * DAY, NOW + 5 * DAY
    settle = disclosure.settled_date
    assert settle(ours=late, theirs=early, default=default, fix_out=True) == early
    assert settle(ours=late, theirs=early, default=default, fix_out=False) == default
