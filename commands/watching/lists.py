"""What one person is told by the clock at one instant: what was kept for them, and the lists of the day, as one message.

Decides what stands in a morning list, in the list before days off and in an owner's weekly list, and drops what has become
moot. When a list is due is decided by `config/policy/pings.py` and asked for by the tick.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import select

from commands import notify
from commands.addressees import people_of, proposal_of
from commands.calls import Call
from commands.daily import reminders, tasks, updates
from commands.notify import MORNING
from commands.outside import vendors
from commands.own_data import requests as own_data
from commands.staff import absence, buy_in, presence, readers
from commands.text import Body, Button, Text, lines, say
from commands.wording import causes as wording_causes
from commands.wording import queue as wording_queue
from commands.wording import watch as wording_watch
from commands.wording.common import named
from config import taxonomy
from config.policy import calendar, deadlines, pings
from config.policy.deadlines import ClockName, Fact
from config.policy.pings import Need
from config.policy.states import DONE, Level, Role, State, Who
from config.program import Program
from storage.models import Entry, Ping, Proposal, Report
from storage.own_data import PENDING, DataRequest
from storage.pings import LIST, NOW, WEEKEND, Pings

BEFORE_DAYS_OFF, OWNER = "weekend", "owner"
_FIRST = 3  # lines of a morning list that come with a button
_FIXING = (State.ACCEPTED, State.REMEDIATING, State.MITIGATED)
_LEVELS = [one.value for one in Level]


async def tell(call: Call, person: str, wanted: Iterable[str]) -> None:
    """Tell somebody what is due for them: each wanted list once, with everything that was kept, in one message."""
    somebody = await Pings(call.work).lock(person)
    if somebody is None:
        return
    lists = [name for name in wanted if not await _sent(call, person, name)]
    kinds = [NOW, *([LIST] if MORNING in lists else []), *([WEEKEND] if BEFORE_DAYS_OFF in lists else [])]
    rows = await _still(call, await Pings(call.work).unsent(person, *kinds))
    if presence.is_away(somebody, call.now):
        await absence.hold(call, somebody, rows)
        return
    asked = [row for row in rows if row.what == reminders.WHAT]
    words, offered = await reminders.said(call, person, asked) if asked else ([], [])
    if not lists:
        if words:
            await notify.say_rows(call, person, asked, Body(text=lines(words), buttons=tuple(offered[:_FIRST + 1])), f"ping/{asked[0].id}")
        await notify.say_now(call, person, [row for row in rows if row not in asked])
        return
    meanwhile = await absence.returned(call, somebody) if MORNING in lists else []
    if MORNING in lists:
        await readers.relieve(call)  # somebody may be back who can read
    roles, _ = await call.work.people.grants(person)
    reports = await call.work.reports.on_roster(person)
    histories = await tasks.histories(call, [one.id for one in reports])
    reports = [one for one in reports if one.id in histories]
    parts: list[Text] = [*meanwhile, *words]
    buttons: list[Button] = []
    if MORNING in lists:
        head, buttons = await _day(call, person, roles, reports, histories)
        again, more = await _causes(call, person)
        parts += [*head, *again]
        buttons = list(dict.fromkeys([*offered[:1], *buttons, *more]))[: _FIRST + 1]
    said: set[tuple[str, str]] = set()
    if BEFORE_DAYS_OFF in lists:
        found, said = await _days_off(call, person, reports, histories)
        parts += found
    if OWNER in lists:
        parts += _fixes(call, await presence.acting_for(call.work, person), reports, histories)
    known = [await notify.line(call, row, await _by_now(call, row)) for row in rows
             if row not in asked and (row.report_id, json.loads(row.data).get("clock", "")) not in said]
    if known:
        parts += [wording_watch.reminders(), *wording_watch.to_know(known)]
    if MORNING in lists:
        house, asks = await own_data.in_list(call, person, alone=not parts)
        parts += house
        buttons = [*dict.fromkeys((*notify.house_buttons(rows), *asks)), *buttons][: _FIRST + 2]
    if not parts:
        return
    if MORNING in lists and not buttons:
        named = [one for one in dict.fromkeys(row.report_id for row in rows) if one]
        buttons = [Button(f"show report={one}", f"Open {one}") for one in named[:_FIRST]]
    for name in lists:
        await call.work.ledger.once(_key(call, person, name), "list", person=person, at=call.now, data={"list": name})
    await notify.say_rows(call, person, rows, Body(text=lines(parts), buttons=tuple(buttons)), _key(call, person, lists[0]))


async def _by_now(call: Call, row: Ping) -> dict[str, str]:
    """Return what a line says as it stands when it is read: after an embargo ended, other vendors may have been told."""
    report = await call.work.reports.get(row.report_id) if row.what == "embargo_end" else None
    if report is None:
        return {}
    waits, until = vendors.lasting(call.desk, report, await vendors.standing(call, report), call.now)
    return {"notice": until.isoformat() if until is not None else ""} if waits else {}


def stamp(name: str, now: datetime, program: Program) -> str:
    """Return the day, or for the owner's list the week, for which a list goes out at `now`."""
    day = calendar.local_day(now, program.working)
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}" if name == OWNER else day.isoformat()


def _key(call: Call, person: str, name: str) -> str:
    return f"list/{name}/{stamp(name, call.now, call.program)}/{person}"


async def _sent(call: Call, person: str, name: str) -> bool:
    found = await call.work.session.execute(select(Entry.number).where(Entry.key == _key(call, person, name)))
    return found.first() is not None


async def _still(call: Call, rows: Sequence[Ping]) -> list[Ping]:
    """Return what is still worth saying; what was settled in the meantime is put away unsaid."""
    named = sorted({row.report_id for row in rows if row.report_id})
    histories = await tasks.histories(call, named)
    marks = {one: {mark.key for mark in deadlines.marks_of(history, call.program)} for one, history in histories.items()}
    found = []
    for row in rows:
        data = json.loads(row.data)
        report = await call.work.reports.get(row.report_id) if row.report_id else None
        match row.what:
            case "mark":
                live = data.get("mark") in marks.get(row.report_id, (data.get("mark"),)) and not await _settled(call, proposal_of(data["mark"]))
            case "new_report":
                live = report is not None and State(report.state) is State.RECEIVED
            case "new_report_lead":
                live = report is not None and State(report.state) not in DONE
            case "decision":
                live = not await _settled(call, data.get("proposal", ""))
            case "fix_ready":
                live = report is not None and State(report.state) in (State.FIX_READY, State.VERIFYING)
            case reminders.WHAT:
                live = await reminders.live(call, row, report)
            case "key":
                live = data.get("due", "") == (call.desk.key.expires_at.isoformat() if call.desk.key.expires_at else "")
            case "data_request_new" | "data_request_soon" | "data_request_due":
                asked = await call.work.session.get(DataRequest, data.get("id", ""))
                live = asked is not None and asked.state in PENDING
            case one if one in buy_in.AREAS or one in buy_in.UNOWNED:
                live = await buy_in.live(call, row)
            case "owner" | "fix_failed":
                live = report is not None and report.owner_id in await presence.acting_for(call.work, row.person_id)
            case _:
                live = True
        if live:
            found.append(row)
        else:
            row.sent_at = call.now
    await call.work.session.flush()
    return found


async def _settled(call: Call, proposal: str) -> bool:
    row = await call.work.session.get(Proposal, proposal) if proposal else None
    return row is not None and row.state != "open"


# -- the morning list --------------------------------------------------------------------------------------------

async def _day(
    call: Call, person: str, roles: frozenset[Role], reports: Sequence[Report], histories: dict[str, tuple[Fact, ...]],
) -> tuple[list[Text], list[Button]]:
    found = tasks.in_order([task for one in reports if (
        task := await tasks.task_of(call, person, roles, one, histories[one.id])) is not None])
    yours = [one for one in found if one.need is Need.YOU]
    week = sum(one.need is Need.WEEK for one in found)
    if not yours and not week:
        return [], []
    head = wording_watch.your_day(len(yours), week, sum(one.need is Need.OTHERS for one in found))
    zone = call.program.tz
    parts = [head, *(wording_watch.task(named(one.report), one.what, one.due, zone) for one in yours[:_FIRST])]
    buttons = [Button(one.press.id, one.press.label, "secondary" if place else "primary") for place, one in enumerate(yours[:_FIRST])]
    owed = updates.owed(found, call.now)
    if owed:
        due, late = updates.first(owed, call.now)
        parts.append(wording_queue.updates_owed(len(owed), due, zone, late=late))
        buttons.append(Button(updates.LINE, wording_queue.WRITE))
    return parts, buttons


async def _causes(call: Call, person: str) -> tuple[list[Text], list[Button]]:
    """Return the root causes that this person is to look at again by now: as assignee or their stand-in, or as lead."""
    found: list[Text] = []
    buttons: list[Button] = []
    for one in await call.work.judging.follow_ups():
        if one.follow_up_on is not None and person in (*await people_of(call, one, Who.ASSIGNEE), *await people_of(call, one, Who.LEAD)):
            cause = taxonomy.current().causes.get(one.cause)
            found.append(wording_causes.follow_up(named(one), cause, one.follow_up_on, call.program.tz))
            buttons.append(Button(f"case cause report={one.id}", f"Record the cause: {one.id}"))
    return ([wording_causes.follow_up_head(), *wording_watch.listed(found)], buttons) if found else ([], [])


# -- the other lists ---------------------------------------------------------------------------------------------

async def _days_off(
    call: Call, person: str, reports: Sequence[Report], histories: dict[str, tuple[Fact, ...]],
) -> tuple[list[Text], set[tuple[str, str]]]:
    """Return what falls due before people are back, and which clocks of which reports that names."""
    at = pings.weekend_list_on(calendar.local_day(call.now, call.program.working), call.program)
    if at is None:
        return [], set()
    found: list[tuple[datetime, Text]] = []
    said: set[tuple[str, str]] = set()
    acting = await presence.acting_for(call.work, person)
    for one in reports:
        views = deadlines.clocks(histories[one.id], call.program)
        judge = Who.ASSIGNEE in await tasks.parts(call, person, frozenset(), one)
        for view in pings.before_weekend(views, at, call.program):
            mine = judge or (one.owner_id in acting and view.name in (ClockName.REMEDIATION, ClockName.MITIGATION))
            if mine and view.due is not None:
                said.add((one.id, view.name.value))
                found.append((view.due, wording_watch.falls_due(named(one), view.name, view.due, call.program.tz)))
    if not found:
        return [], said
    head = wording_watch.before_days_off(pings.weekend_until(at, call.program), call.program.tz)
    return [head, *wording_watch.to_know([words for _, words in sorted(found, key=lambda pair: pair[0])])], said


def _fixes(
    call: Call, acting: frozenset[str], reports: Sequence[Report], histories: dict[str, tuple[Fact, ...]],
) -> list[Text]:
    """Return an owner's open fixes by level and due date."""
    rows: list[tuple[int, datetime | None, Report]] = []
    for one in reports:
        if one.owner_id in acting and State(one.state) in _FIXING:
            view = deadlines.clock(deadlines.clocks(histories[one.id], call.program), ClockName.REMEDIATION)
            due = view.due if view is not None and view.stopped is None else None
            rows.append((_LEVELS.index(one.level) if one.level in _LEVELS else len(_LEVELS), due, one))
    if not rows:
        return []
    rows.sort(key=lambda row: (row[0], row[1] is None, row[1], row[2].id))
    shown = [wording_watch.one_fix(named(one), one.level, due, call.program.tz) for _, due, one in rows]
    return [say(wording_watch.your_fixes(len(rows))), *wording_watch.listed(shown)]
