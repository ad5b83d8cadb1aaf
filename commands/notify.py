"""Who hears of what happens to a report, and how: at once, at the next opening, collected, or as a line of a list.

The rule of whom and when is `config/policy/pings.py`; this module finds the people, counts what they heard today and keeps
what has to wait. Nobody is pinged for what they did themselves. Lists and what waited are said by `watching/lists.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from commands import record
from commands.addressees import away_leads, needed, people_of
from commands.calls import Call, Reply
from commands.history import facts_of
from commands.staff import presence
from commands.text import Body, Button, Text
from commands.wording import buy_in as wording_buy_in
from commands.wording import embargo_time as wording_embargo
from commands.wording import key_end as wording_key_end
from commands.wording import own_data as wording_own_data
from commands.wording import staff as wording_staff
from commands.wording import stop_gap as wording_stop_gap
from commands.wording import watch as wording_watch
from commands.wording.common import named
from config.policy import calendar, deadlines, pings
from config.policy.calendar import after
from config.policy.deadlines import ClockName
from config.policy.pings import Kind, Occasion
from config.policy.states import Role, Who
from storage.models import Ping, Report
from storage.people import new_id
from storage.pings import LIST, NOW, Pings

MORNING = "morning"  # how the morning list is called where it is written down
_WITH_WEEKEND_LIST = {Role.TRIAGER, Role.OWNER}  # who may get a list before days off


# -- what happens to a report ------------------------------------------------------------------------------------

async def new_report(call: Call, report: Report, *, urgent: bool = False) -> None:
    """Tell the two triagers of a new report in working hours, and the lead in the morning list.

    One that says it is `urgent`, exploited or public, reaches the leads at once, at any hour, when everybody is away.
    """
    due = after(report.received_at, call.program.promises.acknowledge, call.program.working)
    data = {"since": report.received_at.isoformat(), "due": due.isoformat()}
    told: set[str] = set()
    if urgent and (leads := await away_leads(call, report)):
        now = next(one for one in pings.announce(Occasion.EXPLOITED, "new", call.now, call.program) if one.who is Who.LEAD)
        await _announce(call, report, now, leads, "new_urgent", data)
        told.update(leads)
    for ping in pings.announce(Occasion.NEW_REPORT, "new", call.now, call.program):
        what = "new_report" if ping.who is Who.TRIAGERS else "new_report_lead"
        people = [one for one in await people_of(call, report, ping.who) if one not in told]
        told.update(people)
        await _announce(call, report, ping, people, what, data)


async def researcher_wrote(call: Call, report: Report) -> None:
    """Have the assignee hear that the researcher wrote, collected for two minutes."""
    for ping in pings.announce(Occasion.REPORTER_WROTE, "wrote", call.now, call.program):
        await _announce(call, report, ping, await people_of(call, report, ping.who), "reporter_wrote",
                        {"since": call.at.isoformat(), "count": "1"})


async def owner_assigned(call: Call, report: Report) -> None:
    """Tell the owner of a fix that it is theirs."""
    view = deadlines.clock(deadlines.clocks(await record.history(call, report), call.program), ClockName.REMEDIATION)
    due = view.due.isoformat() if view is not None and view.due is not None and view.stopped is None else ""
    there = await call.work.people.account(call.desk.vault, report.owner_id, report.triage_platform)
    data = ({"due": due} if due else {}) | ({} if there else {"on": report.triage_platform})
    await _occasion(call, report, Occasion.OWNER_ASSIGNED, "owner", data)


async def decision_wanted(call: Call, report: Report, needs: Sequence[str]) -> None:
    """Tell whoever can give what is needed, roles or crafts, that a decision waits for them."""
    people = await needed(call, report, [str(one) for one in needs], but=call.caller.id)
    mine = [one for one in await call.work.reports.proposals(report.id)
            if one.person_id == call.caller.id and one.at == call.now]
    for ping in pings.announce(Occasion.DECISION_WANTED, "decision", call.now, call.program):
        await _announce(call, report, ping, people, "decision", {"proposal": mine[-1].id} if mine else {})


async def exploited(call: Call, report: Report) -> None:
    """Call triagers and lead at once, at any hour; this never counts towards the most of a day."""
    told: set[str] = set()
    for ping in pings.announce(Occasion.EXPLOITED, "exploited", call.now, call.program):
        people = [one for one in await people_of(call, report, ping.who) if one not in told]
        told.update(people)
        await _announce(call, report, ping, people, "exploited", {})


async def fix_ready(call: Call, report: Report) -> None:
    """Tell the triagers, without the owner, that a fix waits to be verified."""
    people = [one for one in await people_of(call, report, Who.ASSIGNEE) if one != report.owner_id]
    for ping in pings.announce(Occasion.UNDELIVERED, "fix", call.now, call.program):  # the same rule: assignee, at work
        await _announce(call, report, ping, people or await people_of(call, report, Who.TRIAGERS), "fix_ready", {})


async def fix_failed(call: Call, report: Report) -> None:
    """Tell the owner that the fix did not hold."""
    await _occasion(call, report, Occasion.OWNER_ASSIGNED, "fix_failed", {})


async def undelivered(call: Call, report: Report) -> None:
    """Tell the assignee that a message could not be delivered."""
    await _occasion(call, report, Occasion.UNDELIVERED, "undelivered", {})


async def channel_failed(call: Call, report: Report) -> None:
    """Tell the lead that the channel of a report could not be opened."""
    people = await people_of(call, report, Who.LEAD)
    for ping in pings.announce(Occasion.UNDELIVERED, "channel", call.now, call.program):  # the same rule: once, at work
        await _announce(call, report, ping, people, "channel_failed", {})


async def process_review(call: Call, report: Report, number: int) -> None:
    """Tell leadership that a report is the third of its kind in a year; the lead where there is no leadership."""
    people = await people_of(call, report, Who.LEADERSHIP) or await people_of(call, report, Who.LEAD)
    for ping in pings.announce(Occasion.UNDELIVERED, "review", call.now, call.program):  # the same rule: once, at work
        await _announce(call, report, ping, people, "process_review", {"count": str(number)})


async def care(call: Call, report: Report, people: Sequence[str], body: Body, key: str) -> None:
    """Tell people what the content of a report asks of them; who hears of it later hears only that it does."""
    at = calendar.at_work(call.now, call.program.working)
    heard = await heard_today(call, people) if at <= call.now else {}
    for person in people:
        row = keep(call, person, report.id, NOW, "care", {}, due=at)
        if heard.get(person, call.program.pings.cap) < call.program.pings.cap:
            await say_rows(call, person, [row], body, f"{report.id}/{key}/{person}")


async def drifted(call: Call, report: Report, what: str, name: str) -> None:
    """Tell the lead that a channel is no longer as the bot made it."""
    people = await people_of(call, report, Who.LEAD)
    for ping in pings.announce(Occasion.UNDELIVERED, "drift", call.now, call.program):  # the same rule: once, at work
        await _announce(call, report, ping, people, f"drift_{what}", {"name": name})


async def took_over(call: Call, person: str, number: int) -> None:
    """Tell somebody once that they took over the reports of a colleague who left."""
    at = calendar.at_work(call.now, call.program.working)
    row = keep(call, person, "", NOW, "took_over", {"count": str(number)}, due=at)
    if at <= call.now and person != call.caller.id:
        await say_now(call, person, [row])


async def yours_by_rotation(call: Call, report: Report, people: Sequence[str]) -> None:
    """Tell somebody that a report is theirs now by rotation; not whose it was."""
    for ping in pings.announce(Occasion.UNDELIVERED, "rotation", call.now, call.program):  # the same rule: once, at work
        await _announce(call, report, ping, people, "rotation", {})


async def nobody_for(call: Call, report: Report, crafts: Sequence[str]) -> None:
    """Ask the lead to take a report, or to assign somebody, for which no triager of a craft is left."""
    people = await people_of(call, report, Who.LEAD)
    for ping in pings.announce(Occasion.DECISION_WANTED, "nobody", call.now, call.program):
        await _announce(call, report, ping, people, "nobody_for", {"crafts": ",".join(crafts)})


async def stop_gap_off(call: Call, report: Report) -> None:
    """Have the lead read in the next morning list that a stop-gap is off before the fix."""
    for person in await people_of(call, report, Who.LEAD):
        keep(call, person, report.id, LIST, "stop_gap_off", {}, counts=False, due=await next_list(call))


async def account_gone(call: Call, person: str) -> None:
    """Tell the administrators that a colleague's account is gone from a platform."""
    await tell_operators(call, "", "account_gone", {"who": person})


async def nudge(call: Call, report: Report) -> Reply:
    """Pass a researcher's nudge on to assignee and lead, once for each missed promise."""
    history = facts_of(await call.work.ledger.of(report.id))
    zone = call.program.tz
    missed = [view for view in deadlines.clocks(history, call.program)
              if view.stopped is None and not view.window and view.due is not None and view.due < call.now]
    if not missed:
        return Reply(text=wording_watch.not_late(report))
    fresh = []
    for view in missed:
        stem = f"{report.id}/nudge/{view.key}/{view.due:%Y%m%dT%H%M}"
        if await call.work.ledger.once(stem, "nudge", report=report.id, person=call.caller.id, at=call.at):
            fresh.append(view)
    if not fresh:
        asked = max((entry.at for entry in await call.work.ledger.of(report.id) if entry.kind == "nudge"), default=call.now)
        return Reply(text=wording_watch.nudged_already(asked, zone))
    late = min(fresh, key=lambda view: view.due or call.now)
    data = {"clock": late.name.value, "due": late.due.isoformat() if late.due else ""}
    told: set[str] = set()
    for who in (Who.ASSIGNEE, Who.LEAD):
        people = [one for one in await people_of(call, report, who) if one not in told]
        told.update(people)
        for ping in pings.announce(Occasion.UNDELIVERED, "nudge", call.now, call.program):  # the same rule: once, at work
            await _announce(call, report, ping, people, "nudge", data)
    return Reply(text=wording_watch.nudged(calendar.at_work(call.now, call.program.working), zone))


# -- the means ---------------------------------------------------------------------------------------------------

async def _occasion(call: Call, report: Report, occasion: Occasion, what: str, data: Mapping[str, str]) -> None:
    for ping in pings.announce(occasion, what, call.now, call.program):
        await _announce(call, report, ping, await people_of(call, report, ping.who), what, data)


async def _announce(
    call: Call, report: Report, ping: pings.Ping, people: Sequence[str], what: str, data: Mapping[str, str],
) -> None:
    now: dict[str, Ping] = {}
    for person in people:
        if person == call.caller.id:
            continue
        if ping.kind is Kind.MORNING_LIST:
            keep(call, person, report.id, LIST, what, data, counts=False, due=max(ping.at, await next_list(call)))
            continue
        if ping.kind is Kind.COLLECT:
            row = await Pings(call.work).collecting(person, report.id, what)
            if row is not None:
                before = json.loads(row.data)
                row.data = json.dumps(before | {"count": str(int(before.get("count", "1")) + 1)})
                continue
        row = keep(call, person, report.id, NOW, what, data, counts=ping.counts, due=ping.at)
        if ping.at <= call.now and ping.kind is Kind.NOW:
            now[person] = row
    if now:
        heard = await heard_today(call, list(now))
        for person, row in now.items():
            await say_now(call, person, [row], heard=heard[person])


def keep(
    call: Call, person: str, report: str, kind: str, what: str, data: Mapping[str, str], *, due: datetime, counts: bool = True,
) -> Ping:
    """Keep one thing that somebody is to hear, at the earliest at `due`."""
    row = Ping(id=new_id("n"), person_id=person, report_id=report, kind=kind, what=what, counts=counts, due_at=due,
               data=json.dumps(dict(data), sort_keys=True))
    call.work.session.add(row)
    return row


async def next_list(call: Call) -> datetime:
    """Return when the next morning list goes out: now while today's still has to, else at the next opening."""
    working = call.program.working
    if calendar.is_open(call.now, working):
        today = calendar.local_day(call.now, working).isoformat()
        if (await Pings(call.work).done()).get(MORNING, "") < today:
            return call.now
    return pings.opening_after(call.now, call.program)


async def heard_today(call: Call, people: Sequence[str]) -> dict[str, int]:
    """Return how many messages that count each had on this day of the programme; what was put together is one.

    A list is a message like any other; the one before the days off counts from the morning for those who may get it.
    """
    working = call.program.working
    today = calendar.local_day(call.now, working)
    midnight = calendar.at_wall(today, _MIDNIGHT, working)
    heard: dict[str, set[str]] = {person: set() for person in people}
    for row in await Pings(call.work).heard_since(people, midnight):
        message = json.loads(row.data).get("message", "")
        if message and not message.startswith("list/"):
            heard[row.person_id].add(message)
    for person, at in await Pings(call.work).lists_since(people, midnight):
        heard[person].add(f"list/{at.isoformat()}")
    before = pings.weekend_list_on(today, call.program)
    for person in people if before is not None and call.now < before else ():
        if (await call.work.people.grants(person))[0] & _WITH_WEEKEND_LIST:
            heard[person].add("list/ahead")
    return {person: len(messages) for person, messages in heard.items()}


_MIDNIGHT = datetime.min.time()


async def say_now(call: Call, person: str, rows: Sequence[Ping], *, heard: int | None = None) -> bool:
    """Say in one direct message what waits for no list; who has heard enough today reads it in the next list instead.

    `heard` is how many they had today, when that is known. Tells whether anything was said now.
    """
    if heard is None:
        heard = (await heard_today(call, [person]))[person]
    if any(row.counts for row in rows) and heard >= call.program.pings.cap:
        for row in rows:
            if row.counts:
                row.kind, row.due_at = LIST, pings.opening_after(call.now, call.program)
        rows = [row for row in rows if not row.counts]
    if not rows:
        return False
    words = [await line(call, row) for row in rows]
    reports = [one for one in dict.fromkeys(row.report_id for row in rows) if one]
    buttons = (*house_buttons(rows), *(Button(f"show report={one}", f"Open {one}") for one in reports))[:3]
    body = Body(text=words[0] if len(words) == 1 else wording_watch.several(words), buttons=buttons)
    return await say_rows(call, person, rows, body, f"ping/{rows[0].id}")


async def line(call: Call, row: Ping, more: Mapping[str, str] | None = None) -> Text:
    """Return the one line that says what was kept, with what is known only now; it says so where it is about a rehearsal."""
    report = await call.work.reports.get(row.report_id) if row.report_id else None
    data = json.loads(row.data) | (more or {})
    return wording_watch.line(row.what, named(report) if report is not None else row.report_id, data, call.program.tz)


def house_buttons(rows: Sequence[Ping]) -> tuple[Button, ...]:
    """Return what can be pressed for what asks for more than a look: what concerns the house, the end of a stop-gap; each once."""
    found: list[Button] = []
    for row in rows:
        if row.what == "account_gone":
            who = json.loads(row.data).get("who", "")
            found.append(Button(f"program leave who={who}", wording_staff.SEE_WHAT_HANGS, "primary"))
        elif row.what == "mark" and json.loads(row.data).get("clock") == ClockName.STOP_GAP:
            found += wording_stop_gap.buttons(row.report_id)
        elif row.what == "mark" and json.loads(row.data).get("clock") == ClockName.DECISION:
            found += wording_embargo.decision_buttons(row.report_id)
        elif row.what == "key":
            found.append(Button("upkeep extend-key", wording_key_end.BUTTON, "primary"))
        elif row.what.startswith("data_request"):
            found.append(Button("program requests", wording_own_data.SHOW))
        elif row.what.startswith("buy_in"):
            found.append(Button("program buy-in", wording_buy_in.SEE if row.what == "buy_in" else wording_buy_in.WHO_IS_MISSING))
        elif row.what.startswith("unowned_"):
            first = json.loads(row.data).get("ids", "").partition(",")[0]
            found.append(Button(f"owner report={first}", f"Name the owner of {first}"))
    return tuple(dict.fromkeys(found))


async def say_rows(call: Call, person: str, rows: Sequence[Ping], body: Body, key: str) -> bool:
    """Send one message to a colleague and mark what it says as said; tells whether they have an account."""
    reports = {row.report_id for row in rows}
    sent = await record.tell_person(call, person, body, key,
                                    report=next(iter(reports)) if len(reports) == 1 else "")
    for row in rows:
        row.sent_at = call.now
        row.data = json.dumps(json.loads(row.data) | ({"message": key} if sent else {}), sort_keys=True)
    return sent


async def tell_operators(call: Call, report: str, what: str, data: Mapping[str, str]) -> None:
    """Tell every administrator in working hours, counted and collected like any ping."""
    at = calendar.at_work(call.now, call.program.working)
    for person in await _admins(call):
        row = keep(call, person, report, NOW, what, data, due=at)
        if at <= call.now:
            await say_now(call, person, [row])


async def list_for_operators(call: Call, what: str, data: Mapping[str, str]) -> None:
    """Have every administrator read something in their next morning list."""
    for person in await _admins(call):
        keep(call, person, "", LIST, what, data, due=await next_list(call))


async def _admins(call: Call) -> list[str]:
    """Return the administrators who are there, or their covers who hold that role; all of them when nobody is."""
    known = [one.id for one in await call.work.people.with_role(Role.ADMIN)]
    return await presence.present(call.work, known, (Role.ADMIN,)) or known
