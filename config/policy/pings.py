"""Who is pinged when: whether a mark or an occasion becomes a ping or a line of a list, and at what hour.

It decides the recipient on one report, the kind and the instant. Who that is by name (without an assignee,
both triagers), the words, and the counting of pings already sent are left to the commands. A list is put
together from the open clocks when it goes out; a mark served by a list only says that the list mentions it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy import calendar
from config.policy.deadlines import ClockName, ClockView, Fact, Mark, Status, due_marks, marks_of
from config.policy.states import State, Who
from config.program import Program


class Kind(StrEnum):
    """How somebody hears of something."""

    NOW = "now"  # a mention or a direct message of its own
    MORNING_LIST = "morning_list"
    WEEKEND_LIST = "weekend_list"
    COLLECT = "collect"  # one message for everything since the first


class Occasion(StrEnum):
    """What pings somebody when it happens, without any clock."""

    NEW_REPORT = "new_report"
    EXPLOITED = "exploited"  # or already public, confirmed by one click
    REPORTER_WROTE = "reporter_wrote"
    UNDELIVERED = "undelivered"
    DECISION_WANTED = "decision_wanted"
    TOLD_REPORTER = "told_reporter"  # question, decision, date changed, your turn, published
    OWNER_ASSIGNED = "owner_assigned"


class Need(StrEnum):
    """The groups of a queue and of the morning list."""

    YOU = "needs you"
    WEEK = "this week"
    LATER = "later"
    OTHERS = "waiting for others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """One person on one report is told, in this way, at this instant; `key` names mark or occasion."""

    key: str
    who: Who
    kind: Kind
    at: datetime
    counts: bool  # towards the most that one person gets on a working day
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done at an instant for one report; every key in it is recorded as served.

    The acts come first, one at a time: after each the plan is made anew, because it may end a clock.
    """

    acts: tuple[Mark, ...]
    pings: tuple[Ping, ...]
    overtaken: tuple[Mark, ...]


_ANY_HOUR: Final = frozenset({Who.REPORTER})
_FIRST: Final = frozenset({"50", "ahead-30d", "ahead-7d", "ahead-1d"})
_BY_LIST: Final = _FIRST | frozenset({"tell", "tell-again", "notice-over"})  # never a message of its own
_AHEAD: Final = _FIRST | frozenset({"80", "7d", "1d"})  # marks before something is due


def route(mark: Mark, program: Program) -> tuple[Ping, ...]:
    """The pings of one mark, one for each recipient, all at one instant; none for an act of the clock."""
    working = program.working
    if (mark.urgent and mark.step != "50") or set(mark.to) <= _ANY_HOUR:
        kind, at = Kind.NOW, mark.at
    elif mark.step in _BY_LIST or (mark.step == "80" and not mark.short) or (mark.step == "stand-in" and mark.at > mark.known_at):
        kind, at = Kind.MORNING_LIST, calendar.opening_at_or_after(mark.at, working)
    elif calendar.is_open(mark.at, working):
        kind, at = Kind.NOW, mark.at
    else:
        at = calendar.opening_at_or_after(mark.at, working)
        kind = Kind.MORNING_LIST if mark.step == "80" else Kind.NOW
    if mark.step in _AHEAD and mark.due is not None and at > mark.at:
        before = _weekend_list_before(calendar.local_day(at, working), program)
        # A list that comes too late to help gives way to the one before the days off.
        if before is not None and mark.known_at <= before and mark.due < weekend_until(before, program):
            kind, at = Kind.WEEKEND_LIST, before
    return tuple(
        Ping(
            key=mark.key,
            who=who,
            kind=kind,
            at=at,
            counts=kind is Kind.NOW and not mark.urgent and who not in _ANY_HOUR,
            mark=mark,
        )
        for who in mark.to
    )


def announce(occasion: Occasion, key: str, at: datetime, program: Program) -> tuple[Ping, ...]:
    """The pings for something that happened at `at`; `key` is what the caller calls them."""
    working = program.working

    def ping(who: Who, kind: Kind, when: datetime, *, counts: bool = True) -> Ping:
        return Ping(key=key, who=who, kind=kind, at=when, counts=counts)

    at_work = calendar.at_work(at, working)
    match occasion:
        case Occasion.NEW_REPORT:
            opening = calendar.opening_at_or_after(at, working)
            return (
                ping(Who.TRIAGERS, Kind.NOW, at_work),
                ping(Who.LEAD, Kind.MORNING_LIST, opening, counts=False),
            )
        case Occasion.EXPLOITED:
            return tuple(ping(who, Kind.NOW, at, counts=False) for who in (Who.TRIAGERS, Who.LEAD))
        case Occasion.REPORTER_WROTE:
            collected = calendar.at_work(at + program.pings.collect, working)
            return (ping(Who.ASSIGNEE, Kind.COLLECT, collected),)
        case Occasion.UNDELIVERED:
            return (ping(Who.ASSIGNEE, Kind.NOW, at_work),)
        case Occasion.DECISION_WANTED:
            return (ping(Who.DECIDER, Kind.NOW, at_work),)
        case Occasion.OWNER_ASSIGNED:
            return (ping(Who.OWNER, Kind.NOW, at_work),)
        case Occasion.TOLD_REPORTER:
            return (ping(Who.REPORTER, Kind.NOW, at, counts=False),)


def plan(history: Iterable[Fact], program: Program, *, now: datetime, sent: Collection[str]) -> Plan:
    """What is to be done at `now` for a report whose marks in `sent` are served.

    After an outage what was missed is served once; outside working hours only what may come at any hour.
    """
    history = tuple(history)
    come = due_marks(history, program, now=now, sent=sent)
    skipped = {mark.key for mark in come.overtaken}
    pings: list[Ping] = []
    for mark in marks_of(history, program):
        if mark.key not in sent and mark.key not in skipped:
            pings += [
                late for ping in route(mark, program) if (late := _catch_up(ping, now, program)).at <= now
            ]
    return Plan(tuple(mark for mark in come.serve if mark.act), tuple(pings), come.overtaken)


def next_at(
    history: Iterable[Fact], program: Program, *, now: datetime, sent: Collection[str]
) -> datetime | None:
    """When the plan of a report next holds anything, at the earliest at `now`; None when nothing is ahead."""
    instants: list[datetime] = []
    for mark in marks_of(history, program):
        if mark.key not in sent:
            instants += [_catch_up(ping, now, program).at for ping in route(mark, program)]
            if mark.act:
                instants.append(max(now, mark.at))
    return min(instants, default=None)


def bundled(pings: Iterable[Ping]) -> tuple[tuple[Ping, ...], ...]:
    """The pings of one report put together into messages: one for each person, kind and instant."""
    bundles: dict[tuple[Who, Kind, datetime], list[Ping]] = {}
    for ping in pings:
        bundles.setdefault((ping.who, ping.kind, ping.at), []).append(ping)
    return tuple(tuple(bundle) for bundle in bundles.values())


def capped(ping: Ping, pings_today: int, program: Program) -> Ping:
    """The ping itself, or a line of the next morning list when its person has had enough for the day."""
    if not ping.counts or pings_today < program.pings.cap:
        return ping
    at = calendar.opening_after(ping.at, program.working)
    return replace(ping, kind=Kind.MORNING_LIST, at=at, counts=False)


def opening_after(moment: datetime, program: Program) -> datetime:
    """The next opening later than `moment`: when the next morning list goes out."""
    return calendar.opening_after(moment, program.working)


def weekend_list_on(day: date, program: Program) -> datetime | None:
    """When the list before the days off goes out on a day; None when the next day is a working day."""
    working = program.working
    if not calendar.is_working_day(day, working):
        return None
    if calendar.next_working_day(day, working) == day + timedelta(days=1):
        return None
    early = calendar.closing_of(day, working) - program.pings.weekend_list_before_closing
    return max(early, calendar.opening_of(day, working))


def next_weekend_list(moment: datetime, program: Program) -> datetime | None:
    """The first list before days off later than `moment`; None when the programme never has a day off."""
    day = calendar.local_day(moment, program.working)
    for ahead in range(400):
        at = weekend_list_on(day + timedelta(days=ahead), program)
        if at is not None and at > moment:
            return at
    return None


def weekend_until(list_at: datetime, program: Program) -> datetime:
    """Up to when the list before the days off looks ahead: 10:00 of the next working day by default."""
    working = program.working
    day = calendar.next_working_day(calendar.local_day(list_at, working), working)
    return calendar.at_wall(day, program.pings.weekend_list_until, working)


def before_weekend(views: Iterable[ClockView], list_at: datetime, program: Program) -> tuple[ClockView, ...]:
    """The clocks that fall due after `list_at` and before people are back, in order."""
    until = weekend_until(list_at, program)
    promises = [view for view in views if view.stopped is None and not view.window]
    found = [view for view in promises if view.due is not None and list_at <= view.due < until]
    return tuple(sorted(found, key=lambda view: view.due or until))


_TURNS: Final = {
    **dict.fromkeys((State.NEEDS_INFO, State.RETEST), Who.REPORTER),
    **dict.fromkeys((State.ACCEPTED, State.REMEDIATING, State.MITIGATED), Who.OWNER),
    State.RESOLVED: Who.LEAD,
}


def turn(state: State) -> Who:
    """Whose turn it is: researcher, owner, lead, and in all other states the assignee."""
    return _TURNS.get(state, Who.ASSIGNEE)


def need(
    views: Iterable[ClockView], state: State, *, who: Who, now: datetime, program: Program
) -> tuple[Need, datetime | None]:
    """The group of a report in somebody's list, and the next due time that put it there."""
    mine = watched(views, who, now)
    first = mine[0].due if mine else None
    if any(view.status(now) is Status.BREACHED for view in mine) or (first is not None and within(first, now, program) is Need.YOU):
        return Need.YOU, first
    if turn(state) is not who:
        return Need.OTHERS, first
    return (within(first, now, program) if first is not None else Need.LATER), first


def within(due: datetime, now: datetime, program: Program) -> Need:
    """The group of what is due then and nobody else's: by the next opening, within seven days, or later."""
    if due <= calendar.opening_after(now, program.working):
        return Need.YOU
    return Need.WEEK if due <= now + timedelta(days=7) else Need.LATER


def watched(views: Iterable[ClockView], who: Who, now: datetime) -> tuple[ClockView, ...]:
    """The promises still to be kept that somebody watches, the one that is due first in front."""
    mine = [view for view in views if view.stopped is None and not view.window and _concerns(view, who, now)]
    return tuple(sorted(mine, key=lambda view: (view.due is None, view.due or now)))


def _concerns(view: ClockView, who: Who, now: datetime) -> bool:
    """Whether a clock is somebody's to watch: the lead's only once it is missed or asks for publication."""
    if who is Who.LEAD:
        return view.name is ClockName.PUBLISH or view.status(now) is Status.BREACHED
    return who is Who.ASSIGNEE or any(who in mark.to for mark in view.marks)


def _weekend_list_before(day: date, program: Program) -> datetime | None:
    """The list before the days off that end with `day`; None when the day before is a working day."""
    for back in range(1, 400):
        earlier = day - timedelta(days=back)
        if calendar.is_working_day(earlier, program.working):
            return weekend_list_on(earlier, program)
    return None


def _catch_up(ping: Ping, now: datetime, program: Program) -> Ping:
    """The ping as it is, or when its instant has passed, at the first instant that is decent."""
    if ping.at >= now:
        return ping
    if ping.who in _ANY_HOUR or (ping.mark is not None and ping.mark.urgent and ping.kind is Kind.NOW):
        return replace(ping, at=now)
    kind = Kind.MORNING_LIST if ping.kind is Kind.WEEKEND_LIST else ping.kind
    return replace(ping, at=calendar.at_work(now, program.working), kind=kind)
