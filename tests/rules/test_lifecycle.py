from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from config.policy.lifecycle import TABLE, Refusal, allowed, already, attempt, implied, may, move
from config.policy.states import DONE, OPEN, SET_ASIDE, Event, Role, State, group, word

BACK = (State.TRIAGING, State.REMEDIATING, State.VERIFYING)
Row = tuple[str, frozenset[Role]]


def checked_in() -> dict[tuple[State | None, Event], Row]:
    rows: dict[tuple[State | None, Event], Row] = {}
    for line in Path(__file__).with_name("lifecycle.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            state, event, to, *roles = line.split()
            key = (None if state == "-" else State(state), Event(event))
            assert key not in rows, f"listed twice: {line}"
            rows[key] = (to, frozenset(Role(role) for role in roles))
    return rows


ROWS = checked_in()


def test_every_triple_of_state_event_and_role_is_as_listed() -> None:
    seen = 0
    for state, event, role in product((None, *State), Event, Role):
        to, roles = ROWS.get((state, event), ("", frozenset()))
        result = attempt(state, event, role, returning=State.TRIAGING)
        if role in roles:
            seen += 1
            expected = {"same": state, "back": State.TRIAGING}.get(to) or State(to)
            assert result == expected, (state, event, role)
        else:
            assert isinstance(result, Refusal), (state, event, role)
            assert result.code == ("illegal_transition" if may(event, role) else "not_allowed")
    assert seen == sum(len(roles) for _, roles in ROWS.values())


def test_every_event_and_every_state_is_listed() -> None:
    assert {event for _, event in ROWS} == set(Event) == set(TABLE)
    assert {state for state, _ in ROWS} == {None, *State}
    reached = {to for to, _ in ROWS.values()} - {"same", "back"}
    assert reached == {state.value for state in State}


def test_a_refusal_names_what_the_state_takes_instead() -> None:
    refused = move(State.RESOLVED, Event.ACCEPT)
    assert refused == Refusal("illegal_transition", allowed=(Event.REGRESS, Event.CLOSE, Event.PUBLISH))
    assert allowed(State.RETEST, Role.REPORTER) == (
        Event.CONFIRM,
        Event.BYPASS,
        Event.WAIVE,
        Event.WITHDRAW,
    )
    not_theirs = attempt(State.RETEST, Event.CONFIRM, Role.TRIAGER)
    assert isinstance(not_theirs, Refusal) and not_theirs.code == "not_allowed"


@pytest.mark.parametrize("back", BACK)
def test_an_answer_returns_to_where_the_question_was_asked(back: State) -> None:
    assert move(back, Event.ASK) is State.NEEDS_INFO
    assert move(State.NEEDS_INFO, Event.ANSWER, returning=back) is back
    assert move(State.NEEDS_INFO, Event.LAPSE, returning=back) is State.NOT_REPRODUCIBLE
    assert move(State.NEEDS_INFO, Event.LAPSE, returning=back, reproduced=True) is back


@pytest.mark.parametrize("nowhere", [None, State.RECEIVED, State.NEEDS_INFO])
def test_an_answer_without_a_way_back_is_a_fault_of_the_caller(nowhere: State | None) -> None:
    with pytest.raises(ValueError, match="NEEDS_INFO"):
        move(State.NEEDS_INFO, Event.ANSWER, returning=nowhere)


def test_steps_are_implied_only_where_nothing_more_is_needed() -> None:
    first_look = (Event.ACKNOWLEDGE, Event.START)
    assert implied(State.RECEIVED, Event.ACCEPT) == (*first_look, Event.ACCEPT)
    assert implied(State.RECEIVED, Event.ASK) == (*first_look, Event.ASK)
    assert implied(State.ACKNOWLEDGED, Event.DUPLICATE) == (Event.START, Event.DUPLICATE)
    assert implied(State.FIX_READY, Event.PASS) == (Event.VERIFY, Event.PASS)
    assert implied(State.TRIAGING, Event.ACCEPT) == (Event.ACCEPT,)
    assert implied(State.RECEIVED, Event.WORK) == ()
    assert implied(State.ACCEPTED, Event.FIX) == ()  # the date is still to be told
    assert implied(State.ACCEPTED, Event.FIX, dated=True) == (Event.WORK, Event.FIX)
    assert implied(State.RESOLVED, Event.ACCEPT) == ()
    assert implied(State.NEEDS_INFO, Event.ACCEPT) == ()


def test_every_implied_chain_walks_through_the_table_and_one_role_can_take_all_of_it() -> None:
    for state, event in product(State, Event):
        chain = implied(state, event, dated=True)
        if not chain:
            assert state not in TABLE[event].sources
            continue
        assert chain[-1] is event
        here: State = state
        for step in chain:
            after = move(here, step, returning=State.TRIAGING)
            assert isinstance(after, State), (state, event, step)
            here = after
        for role in TABLE[event].roles:
            assert all(may(step, role) for step in chain), (state, event, role)


def test_repeating_a_done_step_is_told_from_a_step_that_never_was() -> None:
    assert already(State.ACKNOWLEDGED, Event.ACKNOWLEDGE)
    assert already(State.RETEST, Event.ACKNOWLEDGE)
    assert already(State.ACCEPTED, Event.ACCEPT)
    assert already(State.SPAM, Event.SPAM)
    assert already(State.REMEDIATING, Event.FAIL, last=Event.FAIL)
    assert not already(State.REMEDIATING, Event.FAIL, last=Event.WORK)
    assert not already(State.RESOLVED, Event.CONFIRM, last=Event.WAIVE)
    assert not already(State.RECEIVED, Event.ACKNOWLEDGE)
    assert not already(State.RESOLVED, Event.ACKNOWLEDGE)
    assert not already(State.NEEDS_INFO, Event.ASK)
    assert not already(State.RESOLVED, Event.ACCEPT)


def test_what_repeats_is_never_also_possible() -> None:
    for state, event in product(State, Event):
        if already(state, event, last=event):
            assert isinstance(move(state, event, returning=State.TRIAGING), Refusal)


def test_six_words_and_five_groups_cover_every_state() -> None:
    assert {word(state)[0].value for state in State} == {
        "received",
        "being looked at",
        "waiting for you",
        "being fixed",
        "yours to retest",
        "done",
    }
    for state in State:
        assert (group(state) is None) == (state in DONE) == (word(state)[1] is not None)
    assert len({group(state) for state in OPEN}) == 5
    assert word(State.CLOSED, done=State.DUPLICATE)[1] is State.DUPLICATE
    assert word(State.SPAM)[1] is State.SPAM
    assert SET_ASIDE < DONE and not OPEN & DONE
