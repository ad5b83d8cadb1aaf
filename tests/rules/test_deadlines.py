from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.policy.deadlines import ClockName, Status, clocks
from config.program import parse_length
from tests.rules.timeline import (
    DAY,
    FRIDAY,
    HOUR,
    PROGRAM,
    at,
    due,
    fact,
    promising,
    story,
    view,
    working,
)

C = ClockName
ACCEPTED = "2026-01-20T10:00Z"


def accepted(level: str = "high", *more: object) -> list:  # type: ignore[type-arg]
    return story(fact("2026-01-16T18:00Z", "acknowledge"), fact(ACCEPTED, "accept", level=level), *more)  # type: ignore[arg-type]


def test_the_worked_example_of_a_report_on_friday_afternoon() -> None:
    history = story()
    assert due(history, C.ACKNOWLEDGE) == at("2026-01-17T16:00Z")
    assert due(history, C.FIRST_RESPONSE) == at("2026-01-18T16:00Z")
    assert due(history, C.TRIAGE) == at("2026-01-23T16:00Z")
    assert due(history, C.EMBARGO) == at("2026-04-16T16:00Z")


def test_the_worked_example_with_a_pause() -> None:
    history = story(fact("2026-01-20T10:00Z", "ask"), fact("2026-01-22T10:00Z", "answer"))
    assert due(history, C.TRIAGE) == at("2026-01-27T16:00Z")
    assert due(history, C.ACKNOWLEDGE) == at("2026-01-17T16:00Z")
    assert due(history, C.EMBARGO) == at("2026-04-16T16:00Z")


def test_the_worked_example_with_a_holiday() -> None:
    assert due(story(), C.TRIAGE, working(holidays=frozenset({date(2026, 1, 19)}))) == at("2026-01-26T16:00Z")


def test_the_worked_example_of_a_report_on_saturday() -> None:
    assert due(story(since="2026-01-17T09:00Z"), C.TRIAGE) == at("2026-01-24T00:00Z")


def test_a_pause_counts_only_the_business_time_it_covers() -> None:
    history = story(fact("2026-01-16T22:00Z", "ask"), fact("2026-01-19T01:00Z", "answer"))
    assert due(history, C.TRIAGE) == at("2026-01-23T19:00Z")  # two hours of Friday and one of Monday


def test_promises_may_be_made_in_working_days() -> None:
    program = promising(
        acknowledge=parse_length("1 working day"), first_response=parse_length("2 working days")
    )
    assert due(story(), C.ACKNOWLEDGE, program) == at("2026-01-19T16:00Z")
    assert due(story(), C.FIRST_RESPONSE, program) == at("2026-01-20T16:00Z")


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-27T16:00+01:00", "2026-04-03T16:00+02:00"),
        ("Europe/Berlin", "2026-10-23T16:00+02:00", "2026-10-30T16:00+01:00"),
        ("America/New_York", "2026-03-06T16:00-05:00", "2026-03-13T16:00-04:00"),
        ("America/New_York", "2026-10-30T16:00-04:00", "2026-11-06T16:00-05:00"),
    ],
)
def test_triage_keeps_the_wall_time_when_clocks_change_and_the_embargo_does_not(
    zone: str, start: str, end: str
) -> None:
    history = story(since=start)
    assert due(history, C.TRIAGE, working(zone=zone)) == at(end)
    assert due(history, C.ACKNOWLEDGE, working(zone=zone)) == at(start) + 24 * HOUR
    assert due(history, C.EMBARGO, working(zone=zone)) == at(start) + 90 * DAY


def test_acknowledging_is_no_first_response() -> None:
    history = story(fact("2026-01-16T18:00Z", "acknowledge"))
    assert view(history, C.ACKNOWLEDGE).status(at("2026-01-20T00:00Z")) is Status.STOPPED
    assert view(history, C.FIRST_RESPONSE).status(at("2026-01-18T16:00Z")) is Status.RUNNING
    assert view(history, C.FIRST_RESPONSE).status(at("2026-01-18T16:01Z")) is Status.BREACHED
    answered = [*history, fact("2026-01-17T10:00Z", "message_out")]
    assert view(answered, C.FIRST_RESPONSE).stopped == at("2026-01-17T10:00Z")


@pytest.mark.parametrize(
    "kind", ["ask", "accept", "duplicate", "out_of_scope", "informative", "not_reproduced"]
)
def test_a_judgement_told_to_the_researcher_is_a_first_response(kind: str) -> None:
    history = story(fact("2026-01-17T10:00Z", kind, level="low"))
    assert view(history, C.FIRST_RESPONSE).stopped_by == kind


@pytest.mark.parametrize(
    ("level", "mitigation", "remediation", "update"),
    [
        ("critical", 72 * HOUR, 7 * DAY, 7 * DAY),
        ("high", 7 * DAY, 30 * DAY, 7 * DAY),
        ("medium", None, 60 * DAY, 14 * DAY),
        ("low", None, 90 * DAY, 14 * DAY),
        ("informational", None, None, 14 * DAY),
    ],
)
def test_lengths_by_level(
    level: str, mitigation: timedelta | None, remediation: timedelta | None, update: timedelta
) -> None:
    found = {run.name: run.due for run in clocks(accepted(level), PROGRAM)}
    assert found.get(C.MITIGATION) == (at(ACCEPTED) + mitigation if mitigation else None)
    assert found.get(C.REMEDIATION) == (at(ACCEPTED) + remediation if remediation else None)
    assert found[C.UPDATE] == at(ACCEPTED) + update


def test_mitigation_is_stopped_by_a_stop_gap_or_a_fix_and_remediation_by_the_fix_alone() -> None:
    gap = accepted("high", fact("2026-01-22T10:00Z", "mitigate"))
    assert view(gap, C.MITIGATION).stopped_by == "mitigate"
    assert view(gap, C.REMEDIATION).stopped is None
    fixed = [*gap, fact("2026-01-30T10:00Z", "fix")]
    assert view(fixed, C.REMEDIATION).stopped_by == "fix"
    assert due(fixed, C.VERIFICATION) == at("2026-02-06T10:00Z")
    at_once = accepted("high", fact("2026-01-22T10:00Z", "fix"))
    assert view(at_once, C.MITIGATION).stopped_by == "fix"


def test_remediation_pauses_for_a_question_and_the_mitigation_does_not() -> None:
    history = accepted("high", fact("2026-01-25T10:00Z", "ask"))
    assert due(history, C.REMEDIATION) is None
    assert view(history, C.REMEDIATION).status(at("2026-02-01T00:00Z")) is Status.PAUSED
    assert due(history, C.MITIGATION) == at(ACCEPTED) + 7 * DAY
    history.append(fact("2026-01-28T10:00Z", "answer"))
    assert due(history, C.REMEDIATION) == at(ACCEPTED) + 33 * DAY


def test_a_question_asked_after_the_due_time_mends_nothing() -> None:
    history = story(fact("2026-01-26T10:00Z", "ask"), fact("2026-01-28T10:00Z", "answer"))
    assert due(history, C.TRIAGE) == at("2026-01-23T16:00Z")
    assert view(history[:2], C.TRIAGE).status(at("2026-01-27T00:00Z")) is Status.BREACHED


def test_a_question_asked_at_the_very_end_comes_too_late() -> None:
    history = story(fact("2026-01-23T16:00Z", "ask"), fact("2026-01-26T10:00Z", "answer"))
    assert due(history, C.TRIAGE) == at("2026-01-23T16:00Z")
    assert view(history, C.TRIAGE).missed(at("2026-01-24T00:00Z"))


def test_a_rescore_after_a_fix_that_failed_asks_for_a_stop_gap_again() -> None:
    history = accepted(
        "medium",
        fact("2026-02-02T10:00Z", "fix"),
        fact("2026-02-03T10:00Z", "fail"),
        fact("2026-02-03T11:00Z", "rescore", level="high"),
    )
    assert due(history, C.MITIGATION) == at(ACCEPTED) + 7 * DAY
    ready = [*history[:-2], fact("2026-02-03T11:00Z", "rescore", level="high")]
    assert C.MITIGATION not in {run.name for run in clocks(ready, PROGRAM)}


def test_a_fix_that_fails_was_no_fix_and_the_checking_is_not_counted() -> None:
    history = accepted("high", fact("2026-02-09T10:00Z", "fix"), fact("2026-02-13T10:00Z", "fail"))
    assert view(history, C.REMEDIATION).status(at("2026-02-14T00:00Z")) is Status.RUNNING
    assert due(history, C.REMEDIATION) == at(ACCEPTED) + 34 * DAY
    assert view(history, C.VERIFICATION).stopped_by == "fail"
    history += [fact("2026-02-16T10:00Z", "fix"), fact("2026-02-17T10:00Z", "pass")]
    second = view(history, C.VERIFICATION)
    assert (second.key, second.stopped_by) == ("verification-2", "pass")


def test_the_retest_ends_in_silence_and_can_be_extended_once() -> None:
    history = accepted("high", fact("2026-02-02T10:00Z", "fix"), fact("2026-02-03T10:00Z", "pass"))
    assert due(history, C.RETEST) == at("2026-02-17T10:00Z")
    history.append(fact("2026-02-10T10:00Z", "retest_extended"))
    assert due(history, C.RETEST) == at("2026-02-24T10:00Z")
    history.append(fact("2026-02-11T10:00Z", "retest_extended"))
    assert due(history, C.RETEST) == at("2026-02-24T10:00Z")
    late = at("2026-03-01T00:00Z")
    assert view(history, C.RETEST).status(late) is Status.ENDED
    assert not view(history, C.RETEST).missed(late)


def test_a_critical_retest_takes_seven_days() -> None:
    history = accepted("critical", fact("2026-01-21T10:00Z", "fix"), fact("2026-01-22T10:00Z", "pass"))
    assert due(history, C.RETEST) == at("2026-01-29T10:00Z")


def test_a_bypass_starts_the_verification_anew() -> None:
    history = accepted(
        "high",
        fact("2026-02-02T10:00Z", "fix"),
        fact("2026-02-03T10:00Z", "pass"),
        fact("2026-02-04T10:00Z", "bypass"),
    )
    assert view(history, C.RETEST).stopped_by == "bypass"
    assert due(history, C.VERIFICATION) == at("2026-02-11T10:00Z")


def test_each_message_begins_the_wait_for_the_next() -> None:
    history = story(fact("2026-01-16T18:00Z", "acknowledge"))
    assert due(history, C.UPDATE) == at("2026-01-30T18:00Z")
    history.append(fact("2026-01-20T18:00Z", "message_out"))
    assert due(history, C.UPDATE) == at("2026-02-03T18:00Z")
    history.append(fact("2026-01-21T18:00Z", "message_in"))
    assert due(history, C.UPDATE) == at("2026-02-03T18:00Z")
    history.append(fact("2026-01-22T18:00Z", "duplicate"))
    assert view(history, C.UPDATE).stopped == at("2026-01-22T18:00Z")


def test_steps_recorded_at_one_instant_are_one_message() -> None:
    history = story(*(fact(ACCEPTED, kind, level="high") for kind in ("acknowledge", "start", "accept")))
    updates = [run for run in clocks(history, PROGRAM) if run.name is C.UPDATE]
    assert [run.due for run in updates] == [at(ACCEPTED) + 7 * DAY]


def resolved(*more: object) -> list:  # type: ignore[type-arg]
    return accepted(
        "high",
        fact("2026-02-02T10:00Z", "fix"),
        fact("2026-02-03T10:00Z", "pass"),
        fact("2026-02-10T10:00Z", "confirm"),
        *more,
    )


def test_publication_is_due_after_30_days_or_with_the_embargo() -> None:
    assert due(resolved(), C.PUBLISH) == at("2026-03-12T10:00Z")
    shorter = resolved(fact("2026-02-11T10:00Z", "embargo", state="active", end="2026-02-20T10:00+00:00"))
    assert due([*shorter, fact("2026-02-12T10:00Z", "agreed", side="reporter")], C.PUBLISH) == at("2026-02-20T10:00Z")
    assert due(shorter, C.EMBARGO) == at("2026-02-20T10:00Z")
    assert view(resolved(fact("2026-02-20T10:00Z", "publish")), C.PUBLISH).stopped_by == "publish"
    assert view(resolved(fact("2026-02-20T10:00Z", "publish")), C.EMBARGO).stopped_by == "publish"
    agreed = view(resolved(fact("2026-02-20T10:00Z", "no_publication")), C.PUBLISH)
    assert agreed.stopped is not None and not agreed.fulfilled


SHORTER = fact("2026-02-11T10:00Z", "embargo", state="active", end="2026-02-20T10:00+00:00")  # a Friday
OUR_WORD = fact("2026-02-12T10:00Z", "agreed", side="staff")


def published(history: list, when: str) -> bool:  # type: ignore[type-arg]
    """Whether publishing then kept our promise."""
    run = view([*history, fact(when, "publish")], C.PUBLISH)
    assert run.fulfilled and run.missed(at("2027-01-01T00:00Z")) == (run.late_by(at("2027-01-01T00:00Z")) > timedelta(0))
    return not run.missed(at("2027-01-01T00:00Z"))


def test_publishing_after_an_agreed_end_without_the_researchers_word_is_no_miss_of_ours() -> None:
    # Nobody may publish before the end, so the promise is kept within a working day of it: until Monday.
    assert published(resolved(SHORTER), "2026-02-20T10:01Z")
    assert published(resolved(SHORTER), "2026-02-23T10:00Z")
    assert not published(resolved(SHORTER), "2026-02-23T10:01Z")
    # With both words nothing but we kept it back.
    both = resolved(SHORTER, OUR_WORD, fact("2026-02-13T10:00Z", "agreed", side="reporter"))
    assert published(both, "2026-02-20T10:00Z") and not published(both, "2026-02-20T10:01Z")


def test_a_word_that_the_researcher_owes_holds_the_date_and_one_that_we_owe_does_not() -> None:
    assert due(resolved(), C.PUBLISH) == at("2026-03-12T10:00Z"), "we have not agreed ourselves"
    owed = resolved(OUR_WORD)
    assert due(owed, C.PUBLISH) == at("2026-04-17T16:00Z"), "a working day after the embargo, Thursday 16 April 16:00"
    assert {mark.key for mark in view(owed, C.PUBLISH).marks} >= {"publish/50", "publish/100"}
    late = [*owed, fact("2026-03-20T10:00Z", "agreed", side="reporter")]
    assert due(late, C.PUBLISH) == at("2026-03-23T10:00Z")
    assert published(late, "2026-03-23T09:00Z") and not published(late, "2026-03-23T11:00Z")
    # Other words: both are asked again. Taken up again: everything counts anew.
    reworded = [*owed, fact("2026-03-01T10:00Z", "advisory", edition="1")]
    assert due(reworded, C.PUBLISH) == at("2026-03-12T10:00Z")
    free = [fact(FRIDAY, "submit", embargo="none"), *resolved(OUR_WORD)[1:]]
    assert due(free, C.PUBLISH) is None and not view(free, C.PUBLISH).missed(at("2027-01-01T00:00Z"))
    assert [mark.step for mark in view(free, C.PUBLISH).marks] == ["50", "80"]
    held = next(one for one in view(owed, C.PUBLISH).explain() if one.what == "held")
    assert (held.why, held.at, held.until) == ("agreement", OUR_WORD.at, at("2026-04-16T16:00Z"))


def test_the_notice_to_other_vendors_holds_the_date_once_they_were_told() -> None:
    agreed = resolved(fact("2026-02-10T11:00Z", "others_hit", hit="yes"), OUR_WORD, fact("2026-02-12T11:00Z", "agreed", side="reporter"))
    assert due(agreed, C.PUBLISH) == at("2026-03-12T10:00Z"), "nobody was told, and telling is ours"
    told = [*agreed, fact("2026-03-05T10:00Z", "embargo_party", party="y1", consent="none", told="yes")]
    assert due(told, C.PUBLISH) == at("2026-03-20T10:00Z"), "14 days, to Thursday, and a working day"
    second = [*told, fact("2026-03-06T10:00Z", "embargo_party", party="y2", consent="invited", told="yes")]
    assert due(second, C.PUBLISH) == at("2026-03-23T10:00Z")
    assert due([*second, fact("2026-03-07T10:00Z", "embargo_party", party="y2", consent="signatory")], C.PUBLISH) == at("2026-03-23T10:00Z")
    nobody = [*second, fact("2026-03-09T10:00Z", "no_vendors", number="3")]
    assert due(nobody, C.PUBLISH) == at("2026-03-12T10:00Z")


def test_what_is_public_already_is_not_due_to_be() -> None:
    history = accepted("high", fact("2026-01-22T10:00Z", "publish"), fact("2026-02-02T10:00Z", "fix"))
    history += [fact("2026-02-03T10:00Z", "pass"), fact("2026-02-10T10:00Z", "confirm")]
    assert C.PUBLISH not in {run.name for run in clocks(history, PROGRAM)}


def test_an_embargo_that_ended_before_the_fix_does_not_make_the_publication_late() -> None:
    history = accepted(
        "high", fact("2026-01-21T10:00Z", "embargo", state="active", end="2026-02-01T10:00+00:00")
    )
    history += [fact("2026-02-02T10:00Z", "fix"), fact("2026-02-03T10:00Z", "pass")]
    history.append(fact("2026-02-10T10:00Z", "confirm"))
    assert due(history, C.PUBLISH) == at("2026-03-12T10:00Z")


def test_a_resolved_report_owes_no_more_updates() -> None:
    assert view(resolved(fact("2026-02-11T10:00Z", "message_out")), C.UPDATE).stopped == at(
        "2026-02-10T10:00Z"
    )


@pytest.mark.parametrize("kind", ["spam", "withdraw"])
def test_what_is_dropped_stops_every_clock_and_keeps_no_promise(kind: str) -> None:
    for run in clocks(story(fact("2026-01-17T10:00Z", kind)), PROGRAM):
        assert run.stopped == at("2026-01-17T10:00Z")
        assert not run.fulfilled
        assert not run.missed(at("2027-01-01T00:00Z"))


def test_exploitation_asks_for_an_advisory_and_publicity_for_a_first_statement_too() -> None:
    attacked = accepted("high", fact("2026-01-21T10:00Z", "flag", flag="A"))
    assert due(attacked, C.EXPLOITED) == at("2026-01-28T10:00Z")
    assert due(attacked, C.EMBARGO) == at(FRIDAY) + 90 * DAY
    public = [*attacked, fact("2026-01-22T10:00Z", "flag", flag="X")]
    found = {run.key: run for run in clocks(public, PROGRAM)}
    assert found["exploited"].due == at("2026-01-28T10:00Z")
    assert found["exploited-statement"].due == at("2026-01-23T10:00Z")
    assert found["embargo"].stopped == at("2026-01-22T10:00Z")
    told = [*public, fact("2026-01-23T09:00Z", "statement")]
    found = {run.key: run for run in clocks(told, PROGRAM)}
    assert found["exploited-statement"].stopped and found["exploited"].stopped is None
    drafted = [*told, fact("2026-01-24T09:00Z", "advisory", edition="1")]
    assert view(drafted, C.EXPLOITED).stopped is None, "other words in a draft warn nobody"
    assert view([*told, fact("2026-01-24T09:00Z", "advisory", edition="1", shown="public")], C.EXPLOITED).stopped is not None
    advised = [*told, fact("2026-01-25T09:00Z", "advisory")]
    assert view(advised, C.EXPLOITED).stopped == at("2026-01-25T09:00Z")


def test_our_own_publication_is_no_leak() -> None:
    names = {run.name for run in clocks(resolved(fact("2026-02-20T10:00Z", "publish")), PROGRAM)}
    assert C.EXPLOITED not in names


def test_no_embargo_when_the_submission_says_so() -> None:
    history = [fact(FRIDAY, "submit", embargo="none")]
    assert C.EMBARGO not in {run.name for run in clocks(history, PROGRAM)}


def test_a_rescore_counts_from_the_original_start() -> None:
    harder = accepted("medium", fact("2026-01-23T10:00Z", "rescore", level="high"))
    assert due(harder, C.REMEDIATION) == at(ACCEPTED) + 30 * DAY
    assert due(harder, C.MITIGATION) == at(ACCEPTED) + 7 * DAY
    softer = accepted("high", fact("2026-01-23T10:00Z", "rescore", level="low"))
    assert due(softer, C.REMEDIATION) == at(ACCEPTED) + 90 * DAY
    gone = view(softer, C.MITIGATION)
    assert (gone.stopped_by, gone.fulfilled) == ("level", False)
    again = [*softer, fact("2026-01-24T10:00Z", "rescore", level="critical")]
    assert due(again, C.MITIGATION) == at(ACCEPTED) + 72 * HOUR
    mitigated = accepted(
        "medium", fact("2026-01-21T10:00Z", "mitigate"), fact("2026-01-22T10:00Z", "rescore", level="high")
    )
    assert C.MITIGATION not in {run.name for run in clocks(mitigated, PROGRAM)}


def test_a_softer_score_does_not_undo_a_miss() -> None:
    history = accepted("critical", fact("2026-02-10T10:00Z", "rescore", level="low"))
    fix = view(history, C.REMEDIATION)
    assert fix.due == at(ACCEPTED) + 90 * DAY
    assert fix.missed_due == at(ACCEPTED) + 7 * DAY
    assert fix.missed(at("2026-02-11T00:00Z"))
    assert fix.status(at("2026-02-11T00:00Z")) is Status.RUNNING


def test_more_time_moves_the_date_and_the_miss_stays() -> None:
    history = accepted("high", fact("2026-02-10T10:00Z", "more_time", due="2026-03-10T12:00+00:00"))
    fix = view(history, C.REMEDIATION)
    assert fix.due == at("2026-03-10T12:00Z")
    assert fix.promised == at(ACCEPTED) + 30 * DAY
    assert fix.status(at("2026-03-01T00:00Z")) is Status.RUNNING
    done = view([*history, fact("2026-03-01T10:00Z", "fix")], C.REMEDIATION)
    assert done.missed(at("2026-04-01T00:00Z"))
    assert done.late_by(at("2026-04-01T00:00Z")) == 10 * DAY
    early = view([*history, fact("2026-02-15T10:00Z", "fix")], C.REMEDIATION)
    assert not early.missed(at("2026-04-01T00:00Z"))


def test_a_rescore_after_a_grant_counts_from_the_original_start_again() -> None:
    history = accepted(
        "high",
        fact("2026-02-10T10:00Z", "more_time", due="2026-03-10T12:00+00:00"),
        fact("2026-02-11T10:00Z", "rescore", level="medium"),
    )
    fix = view(history, C.REMEDIATION)
    assert (fix.due, fix.granted) == (at(ACCEPTED) + 60 * DAY, None)


def test_a_question_moves_a_granted_date_too() -> None:
    history = accepted(
        "high",
        fact("2026-02-10T10:00Z", "more_time", due="2026-03-10T12:00+00:00"),
        fact("2026-02-12T10:00Z", "ask"),
        fact("2026-02-14T10:00Z", "answer"),
    )
    assert due(history, C.REMEDIATION) == at("2026-03-12T12:00Z")


def test_late_and_on_time_are_told_apart_to_the_instant() -> None:
    on_time = view(story(fact("2026-01-17T16:00Z", "acknowledge")), C.ACKNOWLEDGE)
    late = view(story(fact("2026-01-17T16:00:01Z", "acknowledge")), C.ACKNOWLEDGE)
    assert not on_time.missed(at("2026-02-01T00:00Z"))
    assert late.missed(at("2026-02-01T00:00Z"))
    assert late.late_by(at("2026-02-01T00:00Z")) == timedelta(seconds=1)


def test_a_lapsed_question_ends_the_triage_or_lets_it_go_on() -> None:
    asked = story(fact("2026-01-20T10:00Z", "ask"))
    ended = [*asked, fact("2026-02-19T10:00Z", "lapse")]
    assert view(ended, C.TRIAGE).stopped_by == "lapse"
    back = [*asked, fact("2026-02-19T10:00Z", "lapse", returned="yes")]
    assert due(back, C.TRIAGE) == at("2026-02-24T16:00Z")


@pytest.mark.parametrize("kind", ["appeal", "regress"])
def test_a_reopened_report_is_triaged_on_a_clock_of_its_own(kind: str) -> None:
    base = story(fact("2026-01-19T10:00Z", "informative")) if kind == "appeal" else resolved()
    history = [*base, fact("2026-02-12T10:00Z", kind)]
    again = view(history, C.TRIAGE)
    assert (again.key, again.due) == ("triage-2", at("2026-02-19T10:00Z"))
    assert due(history, C.UPDATE) is not None
    accepted_again = [*history, fact("2026-02-13T10:00Z", "accept", level="high")]
    assert due(accepted_again, C.REMEDIATION) == at("2026-03-15T10:00Z")
    assert view(accepted_again, C.REMEDIATION).stopped is None


def test_all_eleven_clocks_are_known() -> None:
    history = resolved(fact("2026-02-11T10:00Z", "flag", flag="A"))
    assert {run.name for run in clocks(history, PROGRAM)} == set(list(C)[:11])


def test_facts_that_do_not_concern_time_do_no_harm() -> None:
    history = accepted()
    noisy = [item for one in history for item in (one, fact(one.at, "note"), fact(one.at, "message_in"))]
    assert clocks(noisy, PROGRAM) == clocks(history, PROGRAM)
