from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy import calendar, pings
from config.policy.deadlines import Act, Fact, clocks, marks_of
from config.policy.pings import Kind, Need, Occasion, Ping
from config.policy.states import State, Who
from config.program import Program, parse_length
from tests.rules.timeline import DAY, PROGRAM, ZONES, at, by_key, fact, histories, promising, story, working

TUESDAY = "2026-01-20T10:00Z"


def routed(history: list[Fact], key: str, program: Program = PROGRAM) -> list[tuple[Who, Kind, datetime]]:
    return [(ping.who, ping.kind, ping.at) for ping in pings.route(by_key(history, program)[key], program)]


def test_half_of_a_promise_pings_nobody_and_is_a_line_of_the_next_list() -> None:
    history = story(since="2026-01-20T10:00Z")  # half of 24 h: 22:00
    assert routed(history, "acknowledge/50") == [(Who.ASSIGNEE, Kind.MORNING_LIST, at("2026-01-21T09:00Z"))]
    by_day = story(since="2026-01-20T01:00Z")  # half: 13:00, at work, and still only a list
    assert routed(by_day, "acknowledge/50") == [(Who.ASSIGNEE, Kind.MORNING_LIST, at("2026-01-21T09:00Z"))]


def test_most_of_a_short_promise_pings_the_assignee_in_working_hours() -> None:
    history = story(since="2026-01-19T18:00Z")  # 80 % of 24 h: 13:12 on Tuesday
    assert routed(history, "acknowledge/80") == [(Who.ASSIGNEE, Kind.NOW, at("2026-01-20T13:12Z"))]


def test_most_of_a_short_promise_at_night_is_a_line_of_the_list_before_work() -> None:
    history = story(since="2026-01-19T10:00Z")  # 80 % of 48 h: 00:24 on Wednesday
    assert routed(history, "first-response/80") == [
        (Who.ASSIGNEE, Kind.MORNING_LIST, at("2026-01-21T09:00Z"))
    ]


def test_most_of_a_long_promise_is_only_a_line() -> None:
    history = story(since="2026-01-15T10:00Z")  # 80 % of five business days: Wednesday 10:00, at work
    assert by_key(history)["triage/80"].at == at("2026-01-21T10:00Z")
    assert routed(history, "triage/80") == [(Who.ASSIGNEE, Kind.MORNING_LIST, at("2026-01-22T09:00Z"))]


def test_what_falls_due_before_people_are_back_is_in_the_list_before_the_weekend() -> None:
    history = story(since="2026-01-16T12:00Z")  # Friday; acknowledge due Saturday, first response Sunday
    friday = at("2026-01-16T16:00Z")
    for key in ("acknowledge/50", "acknowledge/80", "first-response/50", "first-response/80"):
        assert routed(history, key) == [(Who.ASSIGNEE, Kind.WEEKEND_LIST, friday)], key
    found = pings.before_weekend(clocks(history, PROGRAM), friday, PROGRAM)
    assert [view.key for view in found] == ["acknowledge", "first-response"]


def test_a_report_after_that_list_waits_for_monday() -> None:
    history = story(since="2026-01-16T16:30Z")
    monday = at("2026-01-19T09:00Z")
    assert routed(history, "acknowledge/80") == [(Who.ASSIGNEE, Kind.MORNING_LIST, monday)]
    assert routed(history, "acknowledge/100") == [
        (Who.ASSIGNEE, Kind.NOW, monday),
        (Who.LEAD, Kind.NOW, monday),
    ]


def test_the_list_looks_ahead_to_ten_on_the_next_working_day() -> None:
    friday = at("2026-01-16T16:00Z")
    assert pings.weekend_until(friday, PROGRAM) == at("2026-01-19T10:00Z")
    program = promising(first_response=parse_length("71 h"))
    just_before = story(since="2026-01-16T10:59Z")  # due Monday 09:59
    assert len(pings.before_weekend(clocks(just_before, program), friday, program)) == 2
    at_ten = story(since="2026-01-16T11:00Z")
    assert len(pings.before_weekend(clocks(at_ten, program), friday, program)) == 1


def test_lists_before_days_off_follow_the_calendar() -> None:
    assert pings.weekend_list_on(date(2026, 1, 16), PROGRAM) == at("2026-01-16T16:00Z")
    assert pings.weekend_list_on(date(2026, 1, 15), PROGRAM) is None
    assert pings.weekend_list_on(date(2026, 1, 17), PROGRAM) is None
    holiday = working(holidays=frozenset({date(2026, 1, 14)}))
    assert pings.weekend_list_on(date(2026, 1, 13), holiday) == at("2026-01-13T16:00Z")
    assert pings.next_weekend_list(at("2026-01-16T16:00Z"), PROGRAM) == at("2026-01-23T16:00Z")
    assert pings.next_weekend_list(at("2026-01-16T15:59Z"), PROGRAM) == at("2026-01-16T16:00Z")
    assert pings.next_weekend_list(at("2026-01-16T15:59Z"), working(days=frozenset(range(7)))) is None
    assert pings.opening_after(at("2026-01-16T10:00Z"), PROGRAM) == at("2026-01-19T09:00Z")


def test_a_breach_pings_assignee_and_lead_at_work_and_tells_the_researcher_at_once() -> None:
    history = story(since="2026-01-16T12:00Z")
    monday = at("2026-01-19T09:00Z")
    assert routed(history, "acknowledge/100") == [
        (Who.ASSIGNEE, Kind.NOW, monday),
        (Who.LEAD, Kind.NOW, monday),
    ]
    assert routed(history, "acknowledge/note") == [(Who.REPORTER, Kind.NOW, at("2026-01-17T12:00Z"))]
    assert routed(history, "first-response/+24h") == [(Who.LEAD, Kind.NOW, at("2026-01-19T12:00Z"))]
    assert routed(history, "first-response/+72h") == [(Who.LEADERSHIP, Kind.NOW, at("2026-01-21T12:00Z"))]


def test_the_owner_is_pinged_in_working_hours() -> None:
    history = story(fact(TUESDAY, "accept", level="high"), fact(TUESDAY, "owner"), since="2026-01-19T10:00Z")
    # Seven days before 2026-02-19 10:00 people are at work; the due time itself is a ping for three.
    assert routed(history, "remediation/7d") == [(Who.OWNER, Kind.NOW, at("2026-02-12T10:00Z"))]
    assert [who for who, _, _ in routed(history, "remediation/100")] == [Who.ASSIGNEE, Who.LEAD, Who.OWNER]


def test_exploitation_pings_at_any_hour_and_never_counts() -> None:
    history = story(fact("2026-01-17T02:00Z", "flag", flag="X"))
    mark = by_key(history)["exploited-statement/80"]
    assert not calendar.is_open(mark.at, PROGRAM.working)
    (ping,) = pings.route(mark, PROGRAM)
    assert (ping.kind, ping.at, ping.counts) == (Kind.NOW, mark.at, False)
    assert pings.capped(ping, 99, PROGRAM) == ping
    found = pings.announce(Occasion.EXPLOITED, "k", at("2026-01-17T02:00Z"), PROGRAM)
    assert {(p.who, p.at, p.counts) for p in found} == {
        (Who.TRIAGERS, at("2026-01-17T02:00Z"), False),
        (Who.LEAD, at("2026-01-17T02:00Z"), False),
    }


@pytest.mark.parametrize(
    ("occasion", "when", "expected"),
    [
        (
            Occasion.NEW_REPORT,
            TUESDAY,
            [
                (Who.TRIAGERS, Kind.NOW, TUESDAY),
                (Who.LEAD, Kind.MORNING_LIST, "2026-01-21T09:00Z"),
            ],
        ),
        (
            Occasion.NEW_REPORT,
            "2026-01-17T02:00Z",
            [
                (Who.TRIAGERS, Kind.NOW, "2026-01-19T09:00Z"),
                (Who.LEAD, Kind.MORNING_LIST, "2026-01-19T09:00Z"),
            ],
        ),
        (Occasion.REPORTER_WROTE, TUESDAY, [(Who.ASSIGNEE, Kind.COLLECT, "2026-01-20T10:02Z")]),
        (Occasion.REPORTER_WROTE, "2026-01-20T16:59Z", [(Who.ASSIGNEE, Kind.COLLECT, "2026-01-21T09:00Z")]),
        (Occasion.UNDELIVERED, "2026-01-20T20:00Z", [(Who.ASSIGNEE, Kind.NOW, "2026-01-21T09:00Z")]),
        (Occasion.DECISION_WANTED, TUESDAY, [(Who.DECIDER, Kind.NOW, TUESDAY)]),
        (Occasion.TOLD_REPORTER, "2026-01-17T02:00Z", [(Who.REPORTER, Kind.NOW, "2026-01-17T02:00Z")]),
        (Occasion.OWNER_ASSIGNED, "2026-01-17T02:00Z", [(Who.OWNER, Kind.NOW, "2026-01-19T09:00Z")]),
    ],
)
def test_occasions(occasion: Occasion, when: str, expected: list[tuple[Who, Kind, str]]) -> None:
    found = pings.announce(occasion, "key", at(when), PROGRAM)
    assert [(ping.who, ping.kind, ping.at) for ping in found] == [
        (who, kind, at(instant)) for who, kind, instant in expected
    ]
    assert all(ping.counts == (ping.who not in (Who.REPORTER, Who.LEAD)) for ping in found)


def test_after_five_pings_the_rest_is_collected_for_the_next_list() -> None:
    (ping,) = pings.announce(Occasion.DECISION_WANTED, "key", at(TUESDAY), PROGRAM)
    assert pings.capped(ping, 4, PROGRAM) == ping
    sixth = pings.capped(ping, 5, PROGRAM)
    assert (sixth.kind, sixth.at, sixth.counts) == (Kind.MORNING_LIST, at("2026-01-21T09:00Z"), False)
    (told,) = pings.announce(Occasion.TOLD_REPORTER, "key", at(TUESDAY), PROGRAM)
    assert pings.capped(told, 99, PROGRAM) == told


def test_after_an_outage_what_was_missed_is_told_once_and_at_a_decent_hour() -> None:
    history = story(since="2026-01-19T10:00Z")  # acknowledge due Tuesday 10:00, first response Wednesday
    night = at("2026-01-20T20:00Z")
    found = pings.plan(history, PROGRAM, now=night, sent=())
    assert [(ping.who, ping.key) for ping in found.pings] == [(Who.REPORTER, "acknowledge/note")]
    assert {mark.key for mark in found.overtaken} == {"acknowledge/50", "acknowledge/80"}
    sent = {ping.key for ping in found.pings} | {mark.key for mark in found.overtaken}
    morning = at("2026-01-21T09:00Z")
    assert pings.next_at(history, PROGRAM, now=night, sent=sent) == morning
    later = pings.plan(history, PROGRAM, now=morning, sent=sent)
    assert {(ping.who, ping.key, ping.kind) for ping in later.pings} == {
        (Who.ASSIGNEE, "acknowledge/100", Kind.NOW),
        (Who.LEAD, "acknowledge/100", Kind.NOW),
        (Who.ASSIGNEE, "first-response/80", Kind.MORNING_LIST),
    }
    assert [mark.key for mark in later.overtaken] == ["first-response/50"]


def test_a_missed_weekend_list_is_made_good_on_monday_morning() -> None:
    history = story(since="2026-01-16T12:00Z")
    saturday = at("2026-01-17T01:00Z")
    assert pings.plan(history, PROGRAM, now=saturday, sent=()).pings == ()
    program = promising(first_response=parse_length("70 h"))  # due Monday 09:30
    history = story(since="2026-01-16T11:30Z")
    friday, monday = at("2026-01-16T16:00Z"), at("2026-01-19T09:00Z")
    assert routed(history, "first-response/80", program) == [(Who.ASSIGNEE, Kind.WEEKEND_LIST, friday)]
    found = pings.plan(history, program, now=monday, sent=())
    late = [(ping.kind, ping.at) for ping in found.pings if ping.key == "first-response/80"]
    assert late == [(Kind.MORNING_LIST, monday)]


def test_one_person_gets_one_message_at_one_instant() -> None:
    history = story(since="2026-01-16T12:00Z")
    monday = at("2026-01-19T09:00Z")
    found = pings.plan(history, PROGRAM, now=monday, sent=()).pings
    bundles = pings.bundled([ping for ping in found if ping.who is Who.LEAD])
    assert len(bundles) == 1
    assert {ping.key for ping in bundles[0]} == {"acknowledge/100", "acknowledge/+24h", "first-response/100"}


def test_acts_of_the_clock_are_planned_at_any_hour_and_ping_nobody() -> None:
    history = story(fact("2026-01-20T22:00Z", "ask"))
    found = pings.plan(history, PROGRAM, now=at("2026-02-19T22:00Z"), sent=())
    assert [mark.act for mark in found.acts] == [Act.LAPSE]
    assert "question/end" not in {ping.key for ping in found.pings}


def test_groups_of_the_morning_list() -> None:
    now = at(TUESDAY)

    def group(history: list[Fact], state: State, who: Who = Who.ASSIGNEE) -> Need:
        return pings.need(clocks(history, PROGRAM), state, who=who, now=now, program=PROGRAM)[0]

    fresh = story(since="2026-01-20T09:30Z")
    assert group(fresh, State.RECEIVED) is Need.WEEK
    assert (
        group(story(since="2026-01-20T08:00Z"), State.RECEIVED) is Need.YOU
    )  # due 08:00, before the opening
    assert group(story(since="2026-01-18T08:00Z"), State.RECEIVED) is Need.YOU  # missed
    asked = story(fact("2026-01-20T09:00Z", "acknowledge"), fact("2026-01-20T09:00Z", "ask"))
    assert group(asked, State.NEEDS_INFO) is Need.OTHERS
    fixing = story(fact("2026-01-19T10:00Z", "accept", level="high"), fact("2026-01-19T11:00Z", "owner"))
    fixing.insert(1, fact("2026-01-17T10:00Z", "acknowledge"))
    assert group(fixing, State.REMEDIATING) is Need.OTHERS
    assert group(fixing, State.REMEDIATING, Who.OWNER) is Need.WEEK
    assert group(fixing, State.REMEDIATING, Who.LEAD) is Need.OTHERS
    assert group(story(since="2026-01-17T08:00Z"), State.RECEIVED, Who.LEAD) is Need.YOU
    low = [replace(one, data={"level": "low"}) if one.kind == "accept" else one for one in fixing]
    assert group(low, State.REMEDIATING, Who.OWNER) is Need.LATER


@settings(max_examples=150, deadline=None)
@given(histories(), ZONES)
def test_each_mark_is_in_exactly_one_list_or_ping_and_nobody_is_woken(history: list[Fact], zone: str) -> None:
    program = working(zone=zone)
    for mark in marks_of(history, program):
        found = pings.route(mark, program)
        assert [ping.who for ping in found] == list(mark.to)
        assert bool(mark.to) != bool(mark.act)
        assert len({(ping.kind, ping.at) for ping in found}) <= 1
        for ping in found:
            _decent(ping, program)
            assert ping.kind is Kind.WEEKEND_LIST or ping.at >= mark.at


def _decent(ping: Ping, program: Program) -> None:
    assert ping.mark is not None
    if ping.who is not Who.REPORTER and not ping.mark.urgent:
        assert calendar.is_open(ping.at, program.working)
    if ping.kind is Kind.MORNING_LIST:
        assert calendar.opening_at_or_after(ping.at, program.working) == ping.at
    if ping.kind is Kind.WEEKEND_LIST:
        day = calendar.local_day(ping.at, program.working)
        assert ping.at == pings.weekend_list_on(day, program)
        assert ping.mark.due is not None and ping.mark.due < pings.weekend_until(ping.at, program)


@settings(max_examples=75, deadline=None)
@given(histories(), ZONES, st.sampled_from([0, 3]))
def test_a_tick_at_each_planned_instant_settles_every_mark_once_and_never_idles(
    history: list[Fact], zone: str, late: int
) -> None:
    program = working(zone=zone)
    now = history[-1].at
    served: list[tuple[str, Who | None]] = []
    sent: set[str] = set()
    for _ in range(200):
        moment = pings.next_at(history, program, now=now, sent=sent)
        if moment is None:
            break
        assert moment >= now
        now = moment + timedelta(hours=late)  # the tick may come late
        found = pings.plan(history, program, now=now, sent=sent)
        if not late:
            assert found.acts or found.pings or found.overtaken
        served += [(mark.key, None) for mark in (*found.acts, *found.overtaken)]
        served += [(ping.key, ping.who) for ping in found.pings]
        for ping in found.pings:
            _awake(ping, now, program)
        sent |= {key for key, _ in served}
    assert pings.next_at(history, program, now=now, sent=sent) is None
    assert len(served) == len(set(served))
    assert sent == {mark.key for mark in marks_of(history, program)}


def _awake(ping: Ping, now: datetime, program: Program) -> None:
    urgent = ping.mark is not None and ping.mark.urgent
    if ping.who is not Who.REPORTER and not urgent:
        assert calendar.is_open(now, program.working)


def test_an_idle_report_has_nothing_ahead() -> None:
    history = story(fact("2026-01-17T10:00Z", "withdraw"), fact("2026-02-17T10:00Z", "close"))
    assert pings.next_at(history, PROGRAM, now=at("2026-03-01T00:00Z") + DAY, sent=()) is None
