from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy.deadlines import (
    Act,
    ClockName,
    Fact,
    Mark,
    clocks,
    due_marks,
    marks,
    marks_of,
    next_due,
)
from config.policy.marks import order
from config.policy.pings import Kind, route
from config.policy.states import Who
from config.policy.waits import appeal_until, stand_in_from, vendor_notice_until
from config.program import parse_length
from tests.rules.timeline import (
    DAY,
    FRIDAY,
    HOUR,
    PROGRAM,
    ZONES,
    at,
    by_key,
    fact,
    histories,
    promising,
    story,
    view,
)

ACCEPTED = "2026-01-20T10:00Z"


def accepted(*more: Fact, level: str = "high") -> list[Fact]:
    return story(fact("2026-01-16T18:00Z", "acknowledge"), fact(ACCEPTED, "accept", level=level), *more)


def times(history: list[Fact], stem: str) -> dict[str, datetime]:
    return {key: mark.at for key, mark in by_key(history).items() if key.rpartition("/")[0] == stem}


def test_the_ladder_of_a_promise() -> None:
    history = story()
    assert times(history, "first-response") == {
        "first-response/50": at("2026-01-17T16:00Z"),
        "first-response/80": at("2026-01-18T06:24Z"),
        "first-response/100": at("2026-01-18T16:00Z"),
        "first-response/note": at("2026-01-18T16:00Z"),
        "first-response/+24h": at("2026-01-19T16:00Z"),
        "first-response/+72h": at("2026-01-21T16:00Z"),
    }
    found = by_key(history)
    assert found["first-response/80"].short and not found["triage/80"].short
    assert {key: found[f"triage/{key}"].to for key in ("50", "80", "100", "note", "+24h", "+72h")} == {
        "50": (Who.ASSIGNEE,),
        "80": (Who.ASSIGNEE,),
        "100": (Who.ASSIGNEE, Who.LEAD),
        "note": (Who.REPORTER,),
        "+24h": (Who.LEAD,),
        "+72h": (Who.LEADERSHIP,),
    }


def test_shares_of_business_time_are_business_time() -> None:
    assert times(story(), "triage")["triage/50"] == at("2026-01-21T04:00Z")  # 60 of 120 business hours
    assert times(story(), "triage")["triage/80"] == at("2026-01-22T16:00Z")


def test_a_pause_moves_the_marks_behind_it_and_keeps_those_before() -> None:
    history = story(fact("2026-01-21T10:00Z", "ask"))
    assert times(history, "triage") == {"triage/50": at("2026-01-21T04:00Z")}
    history.append(fact("2026-01-22T10:00Z", "answer"))
    assert times(history, "triage")["triage/80"] == at("2026-01-23T16:00Z")


def test_a_promise_in_working_days_is_short_up_to_two() -> None:
    program = promising(first_response=parse_length("2 working days"))
    assert by_key(story(), program)["first-response/80"].short


def test_a_clock_that_stopped_has_no_marks() -> None:
    history = story(fact("2026-01-19T10:00Z", "message_out"))
    assert times(history, "first-response") == {}
    assert marks(view(history, ClockName.FIRST_RESPONSE)) == ()


def test_the_owner_is_reminded_before_a_fix_is_due_and_when_it_is_late() -> None:
    unowned = by_key(accepted())
    assert "remediation/7d" not in unowned
    assert unowned["remediation/100"].to == (Who.ASSIGNEE, Who.LEAD)
    owned = by_key(accepted(fact("2026-01-21T10:00Z", "owner")))
    assert owned["remediation/7d"].at == at(ACCEPTED) + 23 * DAY
    assert owned["remediation/1d"].at == at(ACCEPTED) + 29 * DAY
    assert owned["remediation/7d"].to == (Who.OWNER,)
    assert owned["remediation/100"].to == (Who.ASSIGNEE, Who.LEAD, Who.OWNER)
    # A reminder that would come before the work began is none.
    assert "mitigation/7d" not in owned
    assert owned["mitigation/1d"].at == at(ACCEPTED) + 6 * DAY


def test_reminders_follow_a_granted_date_under_keys_of_their_own() -> None:
    history = accepted(
        fact("2026-01-21T10:00Z", "owner"),
        fact("2026-02-10T10:00Z", "more_time", due="2026-03-10T10:00+00:00"),
    )
    moved = times(history, "remediation+1")
    assert times(history, "remediation") == {}
    assert moved["remediation+1/7d"] == at("2026-03-03T10:00Z")
    assert moved["remediation+1/100"] == at("2026-03-10T10:00Z")
    assert moved["remediation+1/50"] == at("2026-02-24T10:00Z")
    again = [*history, fact("2026-03-09T10:00Z", "more_time", due="2026-03-20T10:00+00:00")]
    assert times(again, "remediation+2")["remediation+2/100"] == at("2026-03-20T10:00Z")


def test_a_rescore_moves_marks_and_each_still_goes_out_once() -> None:
    history = accepted()
    sent = {mark.key for mark in marks_of(history, PROGRAM) if mark.at <= at("2026-02-10T10:00Z")}
    assert "remediation/50" in sent
    history.append(fact("2026-02-10T10:00Z", "rescore", level="low"))
    later = due_marks(history, PROGRAM, now=at("2026-06-30T10:00Z"), sent=sent)
    assert "remediation/50" not in {mark.key for mark in later.serve + later.overtaken}
    assert "remediation/100" in {mark.key for mark in later.serve}


def test_marks_that_a_later_one_overtook_are_not_served() -> None:
    found = due_marks(story(), PROGRAM, now=at("2026-01-18T20:00Z"), sent=())
    assert {mark.key for mark in found.serve} == {
        "acknowledge/100",
        "acknowledge/note",
        "acknowledge/+24h",
        "first-response/100",
        "first-response/note",
    }
    assert {mark.key for mark in found.overtaken} == {
        "acknowledge/50",
        "acknowledge/80",
        "first-response/50",
        "first-response/80",
    }
    again = due_marks(
        story(),
        PROGRAM,
        now=at("2026-01-18T20:00Z"),
        sent={mark.key for mark in found.serve + found.overtaken},
    )
    assert again.serve == again.overtaken == ()


def test_the_researcher_gets_at_most_one_honest_note_a_day() -> None:
    told = story(fact("2026-01-17T16:00Z", "mark", key="acknowledge/note"))
    assert by_key(told)["first-response/note"].at == at("2026-01-18T16:00Z")
    told = story(fact("2026-01-18T02:00Z", "mark", key="acknowledge/note"))
    assert by_key(told)["first-response/note"].at == at("2026-01-19T02:00Z")
    assert by_key(told)["first-response/100"].at == at("2026-01-18T16:00Z")


def test_exploitation_is_urgent_at_any_hour_and_nothing_else_is() -> None:
    found = by_key(accepted(fact("2026-01-21T10:00Z", "flag", flag="X")))
    urgent = {key for key, mark in found.items() if mark.urgent}
    assert urgent == {key for key in found if key.startswith("exploited")}
    assert {"exploited/100", "exploited-statement/80"} <= urgent
    assert found["exploited-statement/80"].short


def test_an_open_question_is_noted_twice_and_lapses() -> None:
    history = story(fact("2026-01-20T10:00Z", "ask"))
    assert times(history, "question") == {
        "question/note-7d": at("2026-01-27T10:00Z"),
        "question/note-21d": at("2026-02-10T10:00Z"),
        "question/end": at("2026-02-19T10:00Z"),
    }
    found = by_key(history)
    assert found["question/end"].act is Act.LAPSE and found["question/end"].to == ()
    assert found["question/note-7d"].to == (Who.REPORTER,)
    history += [fact("2026-01-21T10:00Z", "answer")]
    assert times(history, "question") == {}
    history += [fact("2026-01-22T10:00Z", "ask")]
    assert times(history, "question-2")["question-2/end"] == at("2026-02-21T10:00Z")


def test_a_retest_is_noted_before_its_end_and_ends_in_silence() -> None:
    history = accepted(fact("2026-02-02T10:00Z", "fix"), fact("2026-02-03T10:00Z", "pass"))
    assert times(history, "retest") == {
        "retest/note-7d": at("2026-02-10T10:00Z"),
        "retest/end": at("2026-02-17T10:00Z"),
    }
    assert by_key(history)["retest/end"].act is Act.SILENCE


def test_the_clock_acts_before_anybody_is_told() -> None:
    history = accepted(fact("2026-02-02T10:00Z", "fix"), fact("2026-02-03T10:00Z", "pass"), level="medium")
    end = at("2026-02-17T10:00Z")  # the wait for an update is over at this very instant too
    found = [mark for mark in marks_of(history, PROGRAM) if mark.at == end]
    assert found[0].act is Act.SILENCE
    assert {mark.clock for mark in found[1:]} == {ClockName.UPDATE}
    told = by_key(story())["acknowledge/100"]
    act = replace(told, key="zz/end", act=Act.CLOSE)
    assert sorted([told, act], key=order) == [act, told]


def test_both_sides_are_reminded_before_an_embargo_ends_and_anew_when_its_end_moves() -> None:
    def ahead(history: list[Fact]) -> dict[str, tuple[datetime, Who]]:
        return {key.rpartition("/")[2]: (mark.at, mark.to[0]) for key, mark in by_key(history).items() if key.startswith("embargo-until")}

    end = at(FRIDAY) + 90 * DAY
    assert ahead(story()) == {"ahead-30d": (end - 30 * DAY, Who.LEAD), "ahead-7d": (end - 7 * DAY, Who.LEAD),
                              "ahead-1d": (end - DAY, Who.LEAD), "told": (end - 7 * DAY, Who.REPORTER)}
    near = story(fact("2026-02-01T10:00Z", "embargo", state="active", end="2026-02-06T10:00+00:00"))
    assert ahead(near) == {"ahead-1d": (at("2026-02-05T10:00Z"), Who.LEAD)}, "what would have come before it was agreed on comes never"
    before = {key for key in by_key(story()) if key.startswith("embargo-until")}
    assert before.isdisjoint(by_key(near)), "another end has keys of its own"
    for done in (fact("2026-02-01T10:00Z", "publish"), fact("2026-02-01T10:00Z", "flag", flag="P"), fact("2026-02-01T10:00Z", "informative")):
        assert ahead(story(done)) == {}
    assert ahead(story(fact("2026-02-01T10:00Z", "informative"), fact("2026-02-02T10:00Z", "appeal"))) == ahead(story())
    late = due_marks(story(), PROGRAM, now=end - HOUR, sent=())
    assert {"ahead-30d", "ahead-7d"} <= {mark.step for mark in late.overtaken}


def test_a_proposed_end_is_asked_about_once_more() -> None:
    def asks(history: list[Fact]) -> list[tuple[datetime, Who]]:
        return [(mark.at, mark.to[0]) for key, mark in by_key(history).items() if key.startswith("embargo-offer")]

    terms = {"state": "revise", "end": "2026-04-16T16:00+00:00", "proposed": "2026-05-01T10:00+00:00"}
    theirs = story(fact("2026-02-01T10:00Z", "embargo", **terms, by="reporter", asked="programme"))
    assert asks(theirs) == [(at("2026-02-08T10:00Z"), Who.LEAD)]
    ours = [*theirs, fact("2026-02-03T10:00Z", "embargo", **terms, by="programme", asked="reporter")]
    assert asks(ours) == [(at("2026-02-10T10:00Z"), Who.REPORTER)]
    assert asks([*ours, fact("2026-02-04T10:00Z", "embargo", state="active", end="2026-05-01T10:00+00:00", by="reporter")]) == []
    soon = terms | {"proposed": "2026-02-06T10:00+00:00"}
    assert asks(story(fact("2026-02-01T10:00Z", "embargo", **soon, by="reporter"))) == [], "it is over before anybody is asked again"


def test_attacks_ask_for_a_decision_about_the_embargo_every_day_anew() -> None:
    history = accepted(fact("2026-01-21T10:00Z", "flag", flag="A"))
    assert times(history, "embargo-decision") == {
        "embargo-decision/50": at("2026-01-21T22:00Z"), "embargo-decision/100": at("2026-01-22T10:00Z"),
        "embargo-decision/+24h": at("2026-01-23T10:00Z"), "embargo-decision/+72h": at("2026-01-25T10:00Z")}
    assert [mark.to for key, mark in by_key(history).items() if key.startswith("embargo-decision")] == [(Who.LEAD,)] * 3 + [(Who.LEADERSHIP,)]
    assert by_key(history)["embargo-decision/100"].urgent
    kept = [*history, fact("2026-01-22T09:00Z", "embargo_kept")]
    assert times(kept, "embargo-decision") == {}
    assert times(kept, "embargo-decision-2")["embargo-decision-2/100"] == at("2026-01-23T09:00Z")
    for over in (fact("2026-01-22T09:30Z", "embargo", state="exited"), fact("2026-01-22T09:30Z", "flag", flag="P"),
                 fact("2026-01-22T09:30Z", "not_reproduced")):
        assert times([*kept, over], "embargo-decision-2") == {}
    assert times(accepted(fact("2026-01-21T10:00Z", "flag", flag="X")), "embargo-decision") == {}


def test_the_lead_is_asked_to_tell_other_vendors_and_hears_when_their_notice_is_over() -> None:
    named = story(fact("2026-01-19T10:00Z", "others_hit", hit="yes"))
    assert not [mark for mark in by_key(named).values() if mark.clock is ClockName.VENDORS], "a claim that nobody has looked at yet"
    judged = [*named, fact("2026-01-21T10:00Z", "accept", level="high")]
    found = [mark for mark in by_key(judged).values() if mark.clock is ClockName.VENDORS]
    assert [(mark.step, mark.at, mark.due, mark.to) for mark in found] == [
        ("tell", at("2026-01-21T10:00Z"), at("2026-04-02T16:00Z"), (Who.LEAD,)),
        ("tell-again", at("2026-01-28T10:00Z"), at("2026-04-02T16:00Z"), (Who.LEAD,))]
    assert {ping.kind for mark in found for ping in route(mark, PROGRAM)} == {Kind.MORNING_LIST}
    told = [*judged, fact("2026-01-22T10:00Z", "embargo_party", party="y1", consent="none", told="yes")]
    (over,) = [mark for mark in by_key(told).values() if mark.clock is ClockName.VENDORS]
    assert (over.step, over.at) == ("notice-over", at("2026-02-05T10:00Z"))
    for end in (fact("2026-01-23T10:00Z", "no_vendors"), fact("2026-01-23T10:00Z", "flag", flag="P"), fact("2026-01-23T10:00Z", "publish")):
        assert not [mark for mark in by_key([*told, end]).values() if mark.clock is ClockName.VENDORS]


def test_an_embargo_ends_by_the_clock() -> None:
    mark = by_key(story())["embargo/end"]
    assert (mark.at, mark.act) == (at("2026-04-16T16:00Z"), Act.EMBARGO_END)


def test_a_report_set_aside_closes_after_the_time_for_an_appeal() -> None:
    history = story(fact("2026-01-19T10:00Z", "informative"))
    assert by_key(history)["closing/end"].at == at("2026-02-18T10:00Z")
    assert by_key(history)["closing/end"].act is Act.CLOSE
    appealed = [*history, fact("2026-01-20T10:00Z", "appeal")]
    assert "closing/end" not in by_key(appealed)
    again = [*appealed, fact("2026-01-21T10:00Z", "informative")]
    assert by_key(again)["closing-2/end"].at == at("2026-02-20T10:00Z")
    assert not times([*again, fact("2026-02-20T10:00Z", "close")], "closing-2")


def test_a_resolved_report_closes_once_it_is_clear_what_becomes_public() -> None:
    history = accepted(
        fact("2026-02-02T10:00Z", "fix"),
        fact("2026-02-03T10:00Z", "pass"),
        fact("2026-02-10T10:00Z", "confirm"),
    )
    assert "closing/end" not in by_key(history)
    early = [*history, fact("2026-02-12T10:00Z", "publish")]
    assert by_key(early)["closing/end"].at == at("2026-03-12T10:00Z")
    late = [*history, fact("2026-04-01T10:00Z", "no_publication")]
    assert by_key(late)["closing/end"].at == at("2026-04-01T10:00Z")


def test_a_proposal_is_repeated_once_and_lapses() -> None:
    history = accepted(fact("2026-01-23T16:00Z", "proposal", id="7"))
    found = by_key(history)
    assert found["proposal-7/repeat"].at == at("2026-01-27T16:00Z")
    assert found["proposal-7/repeat"].to == (Who.DECIDER,)
    assert found["proposal-7/end"].at == at("2026-01-30T16:00Z")
    assert found["proposal-7/end"].act is Act.PROPOSAL_LAPSE
    settled = [*history, fact("2026-01-24T16:00Z", "proposal_settled", id="7")]
    assert not times(settled, "proposal-7")


def test_an_undelivered_message_and_a_stop_gap_are_asked_about_again() -> None:
    history = accepted(
        fact("2026-01-23T16:00Z", "undelivered", id="m1"),
        fact("2026-01-23T17:00Z", "mitigate", until="2026-02-20T10:00+00:00"),
    )
    found = by_key(history)
    assert found["delivery-m1/repeat"].at == at("2026-01-27T16:00Z")
    assert found["stop-gap/repeat"].at == at("2026-02-20T10:00Z")
    assert found["stop-gap/repeat"].to == (Who.OWNER,)
    history.append(fact("2026-01-24T10:00Z", "undelivered", id="m2"))
    assert "delivery-m2/repeat" not in by_key(history), "one after the other is one trouble"
    history.append(fact("2026-01-24T16:00Z", "delivered", id="m1"))
    assert "delivery-m1/repeat" not in by_key(history)
    assert "delivery-m2/repeat" in by_key(history)


def test_the_next_instant_is_that_of_the_earliest_unsent_mark() -> None:
    history = story()
    assert next_due(history, PROGRAM, set()) == at("2026-01-17T04:00Z")
    assert next_due(history, PROGRAM, {"acknowledge/50"}) == at("2026-01-17T11:12Z")
    every = {mark.key for mark in marks_of(history, PROGRAM)}
    assert next_due(history, PROGRAM, every) is None
    assert next_due(story(fact(FRIDAY, "withdraw")), PROGRAM, {"closing/end"}) is None


def test_times_that_other_rules_ask_for() -> None:
    friday = at(FRIDAY)
    assert stand_in_from(friday, critical=True, program=PROGRAM) == friday
    assert stand_in_from(friday, critical=False, program=PROGRAM) == at("2026-01-20T16:00Z")
    assert appeal_until(friday, PROGRAM) == friday + 30 * DAY
    assert vendor_notice_until(friday, PROGRAM) == friday + 14 * DAY


@settings(max_examples=200, deadline=None)
@given(histories(), ZONES)
def test_every_key_is_used_once_and_working_it_out_again_gives_the_same(
    history: list[Fact], zone: str
) -> None:
    program = replace(PROGRAM, working=replace(PROGRAM.working, zone=zone))
    found = marks_of(history, program)
    assert len({mark.key for mark in found}) == len(found)
    assert list(found) == sorted(found, key=lambda mark: mark.at)
    assert marks_of(tuple(history), program) == found
    assert clocks(iter(history), program) == clocks(history, program)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(histories())
def test_served_one_by_one_or_all_at_once_each_mark_is_settled_once(history: list[Fact]) -> None:
    end = history[-1].at + 400 * DAY
    settled: list[str] = []
    while (moment := next_due(history, PROGRAM, settled)) is not None and moment <= end:
        found = due_marks(history, PROGRAM, now=moment, sent=settled)
        assert found.serve or found.overtaken
        settled += [mark.key for mark in found.serve + found.overtaken]
    assert len(settled) == len(set(settled))
    at_once = due_marks(history, PROGRAM, now=end, sent=())
    assert {mark.key for mark in at_once.serve + at_once.overtaken} == set(settled)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 5_000), ZONES)
def test_a_question_never_makes_anything_due_earlier(
    asked: int, answered: int, start: int, zone: str
) -> None:
    program = replace(PROGRAM, working=replace(PROGRAM.working, zone=zone))
    begin = at(FRIDAY) + timedelta(minutes=start)
    plain = [Fact("submit", begin)]
    since = begin + timedelta(minutes=asked)
    paused = [*plain, Fact("ask", since), Fact("answer", since + timedelta(minutes=answered))]
    for name in (ClockName.TRIAGE, ClockName.EMBARGO, ClockName.ACKNOWLEDGE):
        with_pause, without = view(paused, name, program).due, view(plain, name, program).due
        assert with_pause is not None and without is not None
        assert with_pause >= without


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 40_000), st.integers(0, 3_000), ZONES)
def test_a_later_start_is_never_due_earlier(start: int, later: int, zone: str) -> None:
    program = replace(PROGRAM, working=replace(PROGRAM.working, zone=zone))
    one = [Fact("submit", at(FRIDAY) + timedelta(minutes=start))]
    two = [Fact("submit", one[0].at + timedelta(minutes=later))]
    for first, second in zip(clocks(one, program), clocks(two, program), strict=True):
        assert first.due is not None and second.due is not None
        assert first.due <= second.due


@pytest.mark.parametrize("step", ["100", "note"])
def test_marks_carry_what_a_reminder_says(step: str) -> None:
    mark: Mark = by_key(story())[f"triage/{step}"]
    assert mark.clock is ClockName.TRIAGE
    assert mark.due == mark.at == at("2026-01-23T16:00Z")
    assert mark.known_at == at(FRIDAY)
    assert mark.at - at(FRIDAY) == 7 * 24 * HOUR


def test_a_due_time_explains_itself() -> None:
    history = story(fact("2026-01-20T10:00Z", "ask"), fact("2026-01-22T10:00Z", "answer"))
    pieces = view(history, ClockName.TRIAGE).explain()
    assert [piece.what for piece in pieces] == ["started", "length", "paused", "due"]
    assert pieces[1].length == parse_length("5 business days")
    assert (pieces[2].at, pieces[2].until) == (at("2026-01-20T10:00Z"), at("2026-01-22T10:00Z"))
    assert pieces[3].at == at("2026-01-27T16:00Z")
    stopped = view([*history, fact("2026-01-23T10:00Z", "informative")], ClockName.TRIAGE).explain()
    assert (stopped[-1].what, stopped[-1].why) == ("stopped", "informative")
