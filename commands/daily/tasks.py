"""What is in somebody's day: one reckoning for the queue, the morning list and what is done from there.

Decides for each report in which group it stands for a person, what they are to do and by when, whether the step is theirs, and
which update they owe. When a clock asks for something is decided in `config/policy/pings.py`; the next step in `next_steps.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from commands import second
from commands.addressees import people_of
from commands.calls import Call
from commands.history import facts_of
from commands.judging import score_card
from commands.next_steps import Next, for_staff
from commands.staff import presence
from commands.text import Button, Text
from commands.wording import queue as wording
from config.policy import deadlines, pings
from config.policy.deadlines import ClockName, ClockView, Fact, Status
from config.policy.pings import Need
from config.policy.states import DONE, Role, State, Who
from storage.models import Entry, Proposal, Report

_BATCH = 300
_CRAFTS = ("security", "ml")
_OURS = (ClockName.ACKNOWLEDGE, ClockName.FIRST_RESPONSE, ClockName.UPDATE)  # kept by whoever is assigned, whose turn it ever is
_ORDER = {Need.YOU: 0, Need.WEEK: 1, Need.LATER: 2, Need.OTHERS: 3}
GROUPS = (Need.YOU, Need.WEEK, Need.OTHERS, Need.LATER)  # as a queue shows them


@dataclass(frozen=True, slots=True)
class Task:
    """A report in somebody's day: its group, what is to be done by when, whether that is theirs, and the button for it."""

    report: Report
    need: Need
    due: datetime | None
    what: Text
    turn: str  # triagers, owner, lead, reporter, nobody
    mine: bool  # the next step is this person's
    late: bool  # a promise is missed
    button: Button | None = None
    update: datetime | None = None  # when they owe the researcher an update

    @property
    def press(self) -> Button:
        """The button of its line: the step where it is this person's to take, else a way to look."""
        one = self.button
        if one is not None:
            return Button(one.id, f"{one.label}: {self.report.id}", one.look)
        return Button(f"show report={self.report.id}", f"Open {self.report.id}")


async def tasks_of(call: Call, person: str, roles: frozenset[Role], *, owner: bool = True, done: bool = False) -> list[Task]:
    """Return everything in somebody's day, the most urgent first; with `done` also what is done.

    An owner's own view of a fix is left out for the morning list: owners have a weekly list.
    """
    reports = await call.work.reports.on_roster(person, closed=done)
    if Role.LEADERSHIP in roles:
        reports += await _to_decide(call, person, {one.id for one in reports})
    known = await histories(call, [one.id for one in reports])
    found = [task for one in reports if one.id in known
             and (task := await task_of(call, person, roles, one, known[one.id], owner=owner, done=done)) is not None]
    return in_order(found)


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Return tasks as they are read: what is overdue first, then by due time."""
    return sorted(tasks, key=lambda one: (not one.late, one.due is None, one.due, one.report.received_at, one.report.id))


async def histories(call: Call, reports: Sequence[str]) -> dict[str, tuple[Fact, ...]]:
    """Return the histories that can be read: the record of one report must not keep everybody from their list."""
    entries: dict[str, list[Entry]] = {one: [] for one in reports}
    for first in range(0, len(reports), _BATCH):
        rows = await call.work.session.execute(
            select(Entry).where(col(Entry.report_id).in_(reports[first : first + _BATCH])).order_by(col(Entry.number)))
        for entry in rows.scalars():
            entries[entry.report_id].append(entry)
    found: dict[str, tuple[Fact, ...]] = {}
    for one, written in entries.items():
        with contextlib.suppress(ValueError, KeyError):  # the tick has raised the alarm about it
            history = facts_of(written)
            deadlines.clocks(history, call.program)
            found[one] = history
    return found


async def task_of(
    call: Call, person: str, roles: frozenset[Role], report: Report, history: tuple[Fact, ...], *, owner: bool = False, done: bool = False,
) -> Task | None:
    """Return what a report is to somebody now; nothing when it is done, unless that is asked for."""
    state = State(report.state)
    over = state in DONE and not (state is State.RESOLVED and report.published_at is None)
    if over and not done:
        return None
    proposals = await call.work.reports.proposals(report.id)
    step = await for_staff(call.work, call.desk, report, history, proposals)
    if over:
        return Task(report, Need.LATER, None, step.what, step.turn, mine=False, late=False)
    views, acting = deadlines.clocks(history, call.program), await presence.acting_for(call.work, person)
    places = await parts(call, person, roles, report, owner=owner)
    found = [(*pings.need(views, state, who=who, now=call.now, program=call.program), who) for who in places]
    need, due, who = min(found, key=lambda one: _ORDER[one[0]], default=(Need.OTHERS, None, None))
    view = next(iter(pings.watched(views, who, call.now)), None) if who is not None and due is not None else None
    decides = await _decides(call, person, report, proposals)
    stands = score_card.stand_in(call.desk, report, proposals[0]) if proposals and Role.LEAD in roles and not decides else None
    if stands is not None and stands[1] <= call.now:
        return Task(report, Need.YOU, step.due, wording.STAND_IN, "lead", mine=True, late=_late(views, call.now), button=stands[0],
                    update=_update(views, places, call.now))
    mine = decides if proposals else turn_of(acting, roles, report, step)
    if decides or (need is Need.OTHERS and step.turn == "lead" and Role.LEAD in roles and state is not State.RESOLVED):
        # A decision that waits for them; an owner to be named: the clock is another's, the step is theirs.
        need, due, view = Need.YOU, step.due, None
    elif places and mine and not proposals and step.due is not None and (due is None or step.due < due):
        # The date that an owner gave comes before the one that we promised.
        near = pings.within(step.due, call.now, call.program)
        need, due, view = min(need, near, key=lambda one: _ORDER[one]), step.due, None
    if need is Need.OTHERS:
        near = pings.within(view.due, call.now, call.program) if view is not None and view.due is not None else Need.LATER
        if near is not Need.LATER and view is not None and view.name in _OURS and who is Who.ASSIGNEE:
            need = near  # the step is another's, telling the researcher is theirs
        else:
            due, view = step.due or due, None
    what, button = _act(report, step, view if view is not None and view.due != step.due else None, mine=mine)
    if view is not None and view.name in _OURS and who is Who.ASSIGNEE and view.due != step.due:
        mine = True
    if decides:
        what = wording.decide(proposals[0].act)
    return Task(report, need, due or step.due, what, step.turn, mine=mine, late=_late(views, call.now), button=button,
                update=_update(views, places, call.now))


def turn_of(acting: Container[str], roles: frozenset[Role], report: Report, step: Next) -> bool:
    """Whether a next step is somebody's to take, for themselves or for whom they cover."""
    match step.turn:
        case "owner":
            return report.owner_id in acting
        case "lead":
            return Role.LEAD in roles
        case "triagers":
            return Role.TRIAGER in roles and (not report.assignee_id or report.assignee_id in acting)
        case _:
            return False


async def parts(call: Call, person: str, roles: frozenset[Role], report: Report, *, owner: bool = False) -> list[Who]:
    """Return as what somebody looks at a report."""
    found, acting = [], await presence.acting_for(call.work, person)
    judges = [one.person_id for one in await call.work.people.roster(report.id) if one.part in _CRAFTS]
    if report.assignee_id in acting if report.assignee_id else any(one in acting for one in judges):
        found.append(Who.ASSIGNEE)
    if Role.LEAD in roles:
        found.append(Who.LEAD)
    if owner and report.owner_id and report.owner_id in acting:
        found.append(Who.OWNER)
    return found


def _act(report: Report, step: Next, view: ClockView | None, *, mine: bool) -> tuple[Text, Button | None]:
    """Return what is to be done and its button: the next step, or what an earlier clock asks for beside it."""
    beside = wording.BESIDE.get(view.name) if view is not None else None
    if beside is not None:
        words, line, label = beside
        return words, Button(f"{line} report={report.id}", label)
    first = next((one for one in step.buttons if one.look != "quiet"), None) if mine else None
    return step.what, first


async def _decides(call: Call, person: str, report: Report, proposals: Sequence[Proposal]) -> bool:
    for one in proposals:
        if person != one.person_id and person in await people_of(call, report, Who.DECIDER, mark=f"proposal-{one.id}"):
            return True
    return False


async def _to_decide(call: Call, person: str, known: set[str]) -> list[Report]:
    """Return the reports that wait for leadership, who are on no roster; never their own."""
    theirs = await call.work.people.circle(person)
    rows = await call.work.session.execute(
        select(Report).join(Proposal, col(Proposal.report_id) == col(Report.id)).where(
            col(Proposal.act).in_(second.WITH_LEADERSHIP), Proposal.state == "open", col(Proposal.lapses_at) > call.now).distinct())
    return [one for one in rows.scalars() if one.id not in known and one.person_id not in theirs]


def _late(views: Iterable[ClockView], now: datetime) -> bool:
    return any(one.stopped is None and not one.window and one.status(now) is Status.BREACHED for one in views)


def _update(views: Iterable[ClockView], places: Sequence[Who], now: datetime) -> datetime | None:
    """Return when an update is due that is theirs to write: the assignee's, and once it is late the lead's too."""
    view = next((one for one in views if one.name is ClockName.UPDATE and one.stopped is None), None)
    if view is None or view.due is None:
        return None
    late = Who.LEAD in places and view.status(now) is Status.BREACHED
    return view.due if Who.ASSIGNEE in places or late else None
