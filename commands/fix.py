"""Getting it fixed: the owner, their brief and date, stop-gaps, more time, the fix, or the decision not to.

Decides what each act needs and what the researcher hears. A date is told, never a name.
"""

from __future__ import annotations

import datetime
from typing import Annotated

from commands import brief, notify, record, second, stop_gap, talk
from commands.calls import Call, Problem, Reply
from commands.deadline import end_of
from commands.history import facts_of
from commands.intake import submit
from commands.next_steps import due_of
from commands.registry import Hint, command
from commands.staff import absence, presence
from commands.text import bold, say
from commands.times import day
from commands.wording import case as wording
from commands.wording import fix as words
from commands.wording import stop_gap as wording_stop_gap
from config.policy import calendar
from config.policy.deadlines import ClockName
from config.policy.guards import Facts
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Flag, Level, Role, State
from storage.models import Person, Report

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
OWNER = Allow(Role.OWNER, tie=Tie.OWNER)


@command("owner", allow=STAFF, title="Name the owner", submit="Name the owner")
async def owner(call: Call, report: Report, who: Annotated[Person, Hint("who", roles=(Role.OWNER,))]) -> Reply:
    """Name who answers for the fix; they get a brief of ten lines."""
    roles, _ = await call.work.people.grants(who.id)
    if Role.OWNER not in roles:
        raise Problem("bad_argument", "That person is no owner. Choose an owner.", errors={"who": "Choose an owner."})
    if report.person_id in await call.work.people.circle(who.id):
        raise Problem("bad_argument", "The researcher of a report cannot own its fix. Choose "
                                      "somebody else.", errors={"who": "Choose somebody else."})
    if report.level == "" or (not record.reachable(report, Event.MORE_TIME) and not record.reachable(report, Event.FIX)):
        await record.take(call, report, Event.WORK)  # refuses by name: it is not accepted, or it is done
    if report.owner_id == who.id:
        return Reply(text=say("That is so already."))
    await absence.refuse_absent(call, who)
    if report.owner_id:
        await record.note(call, report, "owner_gone", data={"who": report.owner_id})
        await brief.follow(call, report)
        await remove_member(call, report, report.owner_id, "owner")
    report.owner_id = who.id
    await submit.add_member(call, report, who.id, "owner")
    await record.note(call, report, "owner", data={"who": who.id})
    await record.set_members(call, report)
    await brief.follow(call, report)
    await notify.owner_assigned(call, report)
    name = await call.work.people.name(call.desk.vault, who.id, report.triage_platform)
    return Reply(text=say(f"{name} has the brief and is asked to take it."))


async def remove_member(call: Call, report: Report, person: str, part: str) -> None:
    """Take somebody off one part of a roster."""
    await call.work.people.leave(report.id, person, part)
    await call.work.ledger.write("roster_left", report=report.id, person=person, data={"part": part, "by": call.caller.id})


@command("case not-mine", allow=OWNER, hidden=True, title="Not mine")
async def not_mine(call: Call, report: Report, why: Annotated[str, Hint("whose it is, if you know", lines=True)] = "") -> Reply:
    """Hand a fix back; the lead names another owner."""
    if report.owner_id not in await presence.acting_for(call.work, call.caller.id):
        return Reply(text=say("It is not yours any more."))
    gone, report.owner_id = report.owner_id, ""
    await record.note(call, report, "owner_gone", data={"who": gone})
    await brief.follow(call, report)
    if why.strip():
        row = await record.passage(call, report, "note", why.strip())
        row.shown = f"{report.id}/talk/{row.number}"
        talk.show(call, report, row)
    await notify.decision_wanted(call, report, (Role.LEAD.value,))
    return Reply(text=say("Handed back; the lead names another owner. You stay in the channel until then."))


async def _promised(call: Call) -> dict[str, str]:
    """Return the day by which the level asks for a fix, which the owner may bring forward."""
    if call.report is None:
        return {}
    limit = due_of(facts_of(await call.work.ledger.of(call.report.id)), call.desk, ClockName.REMEDIATION)
    day_ = calendar.local_day(limit, call.program.working) if limit is not None else None
    if day_ is None or calendar.closing_of(day_, call.program.working) <= call.now:
        return {}
    return {"date": day_.isoformat()}


@command("work", allow=OWNER, title="Take the fix", submit="I take it", prefill=_promised)
async def work(call: Call, report: Report, date: Annotated[datetime.date, Hint("fixed by", example="2026-12-31")]) -> Reply:
    """Take the fix and give the date by which it is done; the researcher hears the date, not your name."""
    due = end_of(call, date)
    if not record.reachable(report, Event.WORK):
        await record.take(call, report, Event.WORK)
        return Reply(text=say("You have it already. To move the date, use more-time."))
    limit = due_of(facts_of(await call.work.ledger.of(report.id)), call.desk, ClockName.REMEDIATION)
    if limit is not None and calendar.local_day(due, call.program.working) > calendar.local_day(limit, call.program.working):
        raise Problem("too_late", words.after_limit(limit, call.program.tz), errors={"date": "Too late for this level."})
    await record.take(call, report, Event.WORK, facts=Facts(dated=True), data={"due": due.isoformat()})
    report.due_on = due
    await brief.follow(call, report)
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, wording.dated(report, due, call.program.tz), f"dated/{number}")
    await record.note(call, report, "message_out", data={"kind": "date"})
    return Reply(text=say("Yours, by ", bold(day(due, call.program.tz)), ". The researcher is told the date."))


@command("mitigate", allow=OWNER, title="Stop-gap in place", submit="It is in place")
async def mitigate(
    call: Call, report: Report, off: Annotated[str, Hint("what is switched off or filtered", lines=True, told=True)], *,
    until: Annotated[datetime.date | None, Hint("until", help="You are asked about it then.", example="2026-12-31", asked=True)] = None,
) -> Reply:
    """Record a stop-gap: what is switched off or filtered until the fix is there."""
    end = end_of(call, until, "until") if until is not None else None
    if State(report.state) is State.MITIGATED and end is not None:
        return await stop_gap.extend(call, report, end)
    data = {"until": end.isoformat()} if end is not None else {}
    if not await record.take(call, report, Event.MITIGATE, facts=Facts(stop_gap=True), data=data):
        return Reply(text=wording_stop_gap.recorded_already())
    await brief.follow(call, report)
    await record.passage(call, report, "stop_gap", off.strip())
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, wording.mitigated(report, off.strip()), f"mitigated/{number}")
    await record.note(call, report, "message_out", data={"kind": "stop_gap"})
    return Reply(text=say("Recorded; the researcher is told. The fix is still due."))


@command("more-time", allow=Allow((Role.OWNER, Role.LEAD), tie=(Tie.OWNER, Tie.ROSTER)), title="More time", submit="Ask the lead")
async def more_time(
    call: Call, report: Report, date: Annotated[datetime.date, Hint("new date", example="2026-12-31")],
    why: Annotated[str, Hint("reason, sent to the researcher", lines=True, told=True)],
    *, meanwhile: Annotated[str, Hint("what is off meanwhile", lines=True, told=True)] = "",
) -> Reply:
    """Ask for a later date; the lead agrees, the researcher is told once, the miss stays in the figures."""
    due = end_of(call, date)
    line = f'more-time report={report.id} date={date.isoformat()} meanwhile="{_quoted(meanwhile)}" why="{_quoted(why)}"'
    agreed = frozenset({Role.LEAD}) if Role.LEAD in call.caller.roles else frozenset()
    facts = Facts(dated=True, reason=bool(why.strip()), agreed=agreed)
    if not agreed:
        if not record.reachable(report, Event.MORE_TIME):
            await record.take(call, report, Event.MORE_TIME)
        return await second.propose(call, report, "more-time", line, (Role.LEAD.value,))
    await record.take(call, report, Event.MORE_TIME, facts=facts, data={"due": due.isoformat()})
    await second.settle(call, report, "more-time", line)
    report.due_on = due
    await brief.follow(call, report)
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, wording.date_changed(report, due, why.strip(), meanwhile.strip(), call.program.tz),
                      f"date/{number}")
    await record.note(call, report, "message_out", data={"kind": "date"})
    return Reply(text=say("The new date is ", bold(day(due, call.program.tz)), "; the researcher is told. The miss stays in the figures."))


def _quoted(text: str) -> str:
    return text.strip().replace('"', "'")


@command("fix", allow=OWNER, title="The fix is ready", submit="It is ready")
async def fix(call: Call, report: Report, build: Annotated[str, Hint("model or build that carries it", lines=True, told=True,
                                                                     example="build 2027-01-18 on the retest endpoint")]) -> Reply:
    """Say that the fix is ready and in which model or build."""
    steps = await record.take(call, report, Event.FIX, facts=Facts(build=bool(build.strip())))
    if not steps:
        return Reply(text=say("The fix is recorded as ready already."))
    await brief.follow(call, report)
    report.flags, report.planned = add_flag(report.flags, Flag.FIX_READY), 0
    await record.passage(call, report, "fix", build.strip())
    await notify.fix_ready(call, report)
    return Reply(text=say("Recorded. A triager verifies it now; whoever made the fix does not."))


def add_flag(flags: str, flag: Flag) -> str:
    """Return the flags with one more; they only ever grow."""
    return flags if flag.value in flags else "".join(one for one in "VFDPXA" if one in flags + flag.value)


@command("case decline", allow=Allow((Role.LEAD, Role.OWNER, Role.LEADERSHIP), tie=(Tie.ROSTER, Tie.OWNER)),
         title="Decide not to fix")
async def decline(
    call: Call, report: Report, why: Annotated[str, Hint("reason and residual risk, sent to the researcher", lines=True, told=True)],
) -> Reply:
    """Decide not to fix; lead and owner decide together, for critical ones leadership too."""
    if not record.reachable(report, Event.DECLINE):
        await record.take(call, report, Event.DECLINE)
        return Reply(text=say("That is decided already."))
    line = f'case decline report={report.id} why="{_quoted(why)}"'
    others = [one for one in await second.signers(call, report, "decline", line) if one != call.caller.id]
    agreed = set(call.caller.roles)
    for person in others:
        agreed |= (await call.work.people.grants(person))[0]
    needed = [Role.LEAD, Role.OWNER] + ([Role.LEADERSHIP] if report.level == Level.CRITICAL else [])
    missing = tuple(role.value for role in needed if role not in agreed)
    if missing or not others:
        return await second.propose(call, report, "decline", line, missing or (Role.OWNER.value,))
    await record.take(call, report, Event.DECLINE, facts=Facts(
        reason=bool(why.strip()), agreed=frozenset(agreed), level=record.level_of(report)))
    await second.settle(call, report, "decline")
    await brief.follow(call, report)
    await talk.to_reporter(call, report, words.declined(report, why.strip(), call.program.embargo.decline_wait), "decision")
    return Reply(text=say(bold(report.id), " will not be fixed; the researcher is told and may publish."))
