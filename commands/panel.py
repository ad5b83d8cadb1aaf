"""What stands beside a conversation: for colleagues the clocks and facts of a report, for researchers their reports."""

from __future__ import annotations

from dataclasses import replace

from commands.calls import Call, Panel, Row
from commands.desk import categories
from commands.history import facts_of
from commands.judging.verdicts import deterministic
from commands.next_steps import Next, for_reporter, for_staff, lasts
from commands.staff import presence
from commands.text import Button
from commands.times import away, by, clock_time, length, soon
from commands.wording import going_live as wording_live
from commands.wording.case import role_shown
from commands.wording.common import ROLE_WORDS, researcher_word
from config.policy import deadlines
from config.policy.deadlines import ClockName, ClockView, Status
from config.policy.states import Discipline, Role, State
from storage import doors
from storage.models import Report

_CLOCKS: dict[ClockName, tuple[str, str]] = {
    ClockName.ACKNOWLEDGE: ("Acknowledged", "the acknowledgement"),
    ClockName.FIRST_RESPONSE: ("First answer", "the first real answer"),
    ClockName.TRIAGE: ("Judgement", "a judgement"), ClockName.MITIGATION: ("Stop-gap", "a stop-gap"),
    ClockName.REMEDIATION: ("Fix ready", "a fix"), ClockName.VERIFICATION: ("Verdict", "a verdict"),
    ClockName.RETEST: ("Retest", "the researcher's retest"), ClockName.UPDATE: ("Update owed", "an update"),
    ClockName.EMBARGO: ("Embargo ends", "the embargo"), ClockName.PUBLISH: ("Published", "publication"),
    ClockName.EXPLOITED: ("Advice to users", "advice to users"),
}
_MINE = 6  # reports beside a researcher's conversation, where fewer are open


async def panel(call: Call) -> Panel:
    """Return the panel for the caller and the conversation they look at."""
    staff = bool(call.caller.roles - {Role.REPORTER})
    sections: list[tuple[str, tuple[Row, ...]]] = []
    if call.here is not None and staff:
        sections += await _case(call, call.here)
    elif not staff:
        sections += await _mine(call)
    sections += [*await _not_open(call), *_promises(call)]
    next_at, next_text = await _next_deadline(call)
    return Panel(sections=tuple(sections), waiting=tuple(await _waiting(call, staff=staff)), next_at=next_at,
                 next_text=next_text, about=await _about(call), demo=call.desk.demo)


async def _about(call: Call) -> str:
    roles = call.caller.roles - {Role.REPORTER}
    if not roles:
        known = call.work.people.pseudonym(call.desk.vault, call.caller.person) if call.caller.person else ""
        return "Outside the organisation." + (f" Known here as {known}." if known else "")
    words = []
    for role in sorted(roles):
        shown = ROLE_WORDS[role].removeprefix("the ").removeprefix("an ").removeprefix("a ")
        if role is Role.TRIAGER and call.caller.disciplines:
            crafts = {Discipline.SECURITY: "security", Discipline.ML: "machine learning"}
            shown += ", " + " and ".join(sorted(crafts[one] for one in call.caller.disciplines))
        words.append(shown)
    text = "; ".join(words)
    return text[:1].upper() + text[1:] + "."


async def _not_open(call: Call) -> list[tuple[str, tuple[Row, ...]]]:
    """Return, for whoever opens the programme, what they do next as long as it is not open."""
    if not call.caller.roles & {Role.LEAD, Role.ADMIN} or (await doors.standing(call.work, call.desk.vault)).live:
        return []
    missing = Button("program go-live", wording_live.MISSING)
    return [(wording_live.NOT_OPEN, (Row("", wording_live.OPEN_IT, buttons=(missing,)),))]


async def _case(call: Call, report: Report) -> list[tuple[str, tuple[Row, ...]]]:
    history = facts_of(await call.work.ledger.of(report.id))
    latest: dict[ClockName, ClockView] = {}
    for view in deadlines.clocks(history, call.program):
        if view.name in _CLOCKS and not view.key.startswith("exploited-statement"):
            latest[view.name] = view
    shown = [view for name, view in latest.items() if not (view.stopped is not None and name is ClockName.UPDATE)]
    running = sorted((view for view in shown if view.stopped is None and view.due is not None), key=lambda one: one.due or call.now)
    still = [view for view in shown if view not in running]
    rows = [_clock_row(call, view) for view in [*still, *running]]
    soonest = next((number for number, row in enumerate(rows) if row.mark == "ring" and row.at), None)
    if soonest is not None:
        rows[soonest] = replace(rows[soonest], mark="light")
    sections: list[tuple[str, tuple[Row, ...]]] = [("Clocks", tuple(rows))]
    rates = []
    for k, n, words in ((report.claimed_k, report.claimed_n, "claimed"), (report.ours_k, report.ours_n, "ours"),
                        (report.after_k, report.after_n, "after the fix")):
        if n > 0 and not deterministic(report):
            rates.append(Row(f"{k} of {n}", words, k=k, n=n))
    if rates:
        sections.append(("Success rate, 95 % interval", tuple(rates)))
    facts = []
    category = categories().get(report.category or report.category_claimed)
    if category is not None:
        facts.append(Row("Category", category.name + ("" if report.category else ", claimed")))
    facts.append(Row("Received", clock_time(report.received_at, call.program.tz)))
    facts.append(Row("Policy", f"version {report.policy_version}"))
    if report.credit:
        facts.append(Row("Credit", {"asked": "asked, not answered", "name": "by name", "none": "no name"}[report.credit]))
    sections.append(("Report", tuple(facts)))
    readers = []
    for member in await call.work.people.roster(report.id):
        name = await call.work.people.name(call.desk.vault, member.person_id, report.triage_platform)
        you = ", you" if member.person_id == call.caller.id else ""
        readers.append(Row(name, role_shown(member.part) + you))
    readers.append(Row("", "The researcher is not here."))
    sections.append(("Who can read this channel", tuple(readers)))
    return sections


def _clock_row(call: Call, view: ClockView) -> Row:
    label = _CLOCKS[view.name][0]
    status = view.status(call.now)
    if status is Status.STOPPED and view.stopped is not None:
        late = view.late_by(call.now)
        took = f"after {length(view.stopped - view.started)}, promised {view.length.written or length(view.length.span)}"
        if late and not view.window:
            return Row(label, took, "late", detail=f"late by {length(late)}")
        return Row(label, took, "check")
    if view.due is None or status is Status.PAUSED:
        return Row(label, "paused while the researcher answers", "ring")
    if status is Status.BREACHED:
        return Row(label, clock_time(view.due, call.program.tz), "late", detail=f"late by {length(call.now - view.due)}",
                   at=view.due.isoformat())
    return Row(label, by(view.due, call.now, call.program.tz), "ring", at=view.due.isoformat())


async def _mine(call: Call) -> list[tuple[str, tuple[Row, ...]]]:
    mine = await call.work.reports.of_person(call.caller.id) if call.caller.person else []
    if not mine:
        return [("My reports", (Row("", "None yet. Send one to the bot, and it stands here with its next date."),))]
    rows = []
    mine.sort(key=lasts, reverse=True)  # those that are done stand last; among each, the newest first
    shown = mine[:max(_MINE, sum(map(lasts, mine)))]
    for one in shown:
        found = await for_reporter(call.work, call.desk, one)
        turn = found.turn == "reporter"
        due = f", by {clock_time(found.due, call.program.tz)}" if found.due else ""
        rows.append(Row(one.id, found.what.plain() + due, "light" if turn else "ring" if found.due else "check",
                        detail=researcher_word(State(one.state)), at=found.due.isoformat() if found.due else "",
                        buttons=found.buttons[:2] if turn else ()))
    if len(mine) > len(shown):
        rows.append(Row("", f"{len(mine) - len(shown)} more: send status"))
    return [("My reports", tuple(rows))]


def _promises(call: Call) -> list[tuple[str, tuple[Row, ...]]]:
    if call.here is not None:
        return []
    program, key = call.program, call.desk.key
    rows = (
        Row(program.promises.acknowledge.written, "a person acknowledges"),
        Row(program.promises.first_response.written, "a first real answer"),
        Row(length(program.embargo.length), "then you may publish, whatever we do"),
    )
    ends = f"Ends {clock_time(key.expires_at, program.tz)}." if key.expires_at else ""
    return [("What we promise", rows), ("Programme key", (Row("", key.grouped, "key", detail=ends),))]


async def _next_deadline(call: Call) -> tuple[str, str]:
    """Return the next instant at which the clock has something to do, for the clock bar of the local page."""
    if call.incoming.platform != "local" or not call.desk.demo:
        return "", ""
    found = await call.work.reports.next_due()
    if found is None:
        return "", ""
    report, at = found
    history = facts_of(await call.work.ledger.of(report))
    sent = {key.removeprefix(f"{report}/") for key in await call.work.ledger.keys(report)}
    mark = next((one for one in deadlines.marks_of(history, call.program) if one.key not in sent), None)
    what = ""
    if mark is not None:
        words = _CLOCKS.get(mark.clock, ("", mark.clock.value.replace("-", " ")))[1]
        step = {"50": "half of the time for ", "80": "four fifths of the time for "}.get(mark.step, "")
        what = f": {report}, {step}{words}"
    return at.isoformat(), f"{away(at, call.now)}{what}"


async def _waiting(call: Call, *, staff: bool) -> list[tuple[str, str]]:
    """Return the conversations in which somebody waits for the caller."""
    if call.caller.person is None:
        return []
    found: list[tuple[str, str]] = []
    if not staff:
        for one in await call.work.reports.of_person(call.caller.id, open_only=False):
            step = await for_reporter(call.work, call.desk, one)
            if step.turn == "reporter":
                found.append((f"dm-{call.incoming.person}", f"{one.id}: {step.what.plain()}"))
        return found[:1]
    for one in await call.work.reports.on_roster(call.caller.id):
        history = facts_of(await call.work.ledger.of(one.id))
        step = await for_staff(call.work, call.desk, one, history, await call.work.reports.proposals(one.id))
        if await turn_of(call, one, step):
            due = f" by {soon(step.due, call.program.tz)}" if step.due else ""
            where = one.channel if one.triage_platform == call.incoming.platform else f"dm-{call.incoming.person}"
            found.append((where, ("" if where == one.channel else f"{one.id}: ") + step.what.plain() + due))
    return found


async def turn_of(call: Call, report: Report, step: Next) -> bool:
    """Whether the next step is the caller's."""
    match step.turn:
        case "owner":
            return report.owner_id in await presence.acting_for(call.work, call.caller.id)
        case "lead":
            return Role.LEAD in call.caller.roles
        case "triagers":
            return Role.TRIAGER in call.caller.roles and report.assignee_id in {"", *await presence.acting_for(call.work, call.caller.id)}
        case _:
            return False
