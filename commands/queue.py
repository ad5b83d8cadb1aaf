"""What is there to do: the queue, grouped, and the live card of one report, privately."""

from __future__ import annotations

from datetime import timedelta

from commands import case_card
from commands.calls import Call, Reply
from commands.desk import categories
from commands.history import facts_of
from commands.next_steps import Next, for_staff
from commands.panel import turn_of
from commands.parsing import unknown
from commands.record import box
from commands.registry import command
from commands.text import Button, Card, Text, bold, code, lines, say
from commands.times import clock_time
from config.policy.roles import Allow, Tie
from config.policy.states import Role
from storage.models import Report

STAFF_ROLES = (Role.TRIAGER, Role.OWNER, Role.LEAD, Role.LEGAL, Role.PRIVACY, Role.LEADERSHIP, Role.ADMIN)
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))


@command("show", allow=ON_IT, reads=True)
async def show(call: Call, report: Report) -> Reply:
    """Show the live card of a report, privately, with what you can do now."""
    body = await case_card.case_card(call.work, call.desk, report, box(call, report))
    return Reply(card=body.card)


@command("report-text", allow=ON_IT, reads=True, hidden=True)
async def report_text(call: Call, report: Report) -> Reply:
    """Show the text of a report, privately: where a message cannot be folded a button asks for it."""
    body = await case_card.case_card(call.work, call.desk, report, box(call, report))
    return Reply(text=body.folded)


@command("queue", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER, Role.ADMIN)), reads=True)
async def queue(call: Call) -> Reply:
    """Show your reports: needs you, this week, waiting for others."""
    groups: dict[str, list[Text]] = {"Needs you": [], "This week": [], "Waiting for others": []}
    buttons: list[Button] = []
    for one in await call.work.reports.on_roster(call.caller.id):
        history = facts_of(await call.work.ledger.of(one.id))
        step = await for_staff(call.work, call.desk, one, history, await call.work.reports.proposals(one.id))
        if step.turn == "nobody":
            continue
        mine = await turn_of(call, one, step)
        soon = step.due is not None and step.due - call.now <= timedelta(days=7)
        group = "Needs you" if mine else "This week" if soon and step.turn != "reporter" else "Waiting for others"
        groups[group].append(_line(call, one, step))
        if mine and step.buttons and len(buttons) < 3:
            first = step.buttons[0]
            buttons.append(Button(first.id, f"{first.label}: {one.id}", "primary" if not buttons else "secondary"))
    found = [(name, rows) for name, rows in groups.items() if rows]
    if not found:
        return Reply(text=say("No report waits for you. New ones come to you by rotation."))
    needs = len(groups["Needs you"])
    title = f"{needs} {'needs' if needs == 1 else 'need'} you" if needs else "Nothing needs you now"
    return Reply(card=Card(title=say(title), fields=tuple((name, lines(rows)) for name, rows in found), buttons=tuple(buttons)))


def _line(call: Call, report: Report, step: Next) -> Text:
    category = categories().get(report.category or report.category_claimed)
    parts = [category.name if category else "no category yet", report.level or "not judged yet", step.what.plain()]
    due = f" by {clock_time(step.due, call.program.tz)}" if step.due else ""
    return say(bold(report.id), ": ", ", ".join(parts), due, ".")


@command("help", allow=Allow(STAFF_ROLES), reads=True)
async def help_(call: Call, word: str = "") -> Reply:
    """List the commands you can use, or explain one."""
    mine = [one for one in call.desk.registry.commands
            if one.surface == "staff" and not one.hidden and one.allow.roles & call.caller.roles]
    wanted = word.strip().lower().removeprefix("/vdp").strip()
    if wanted:
        found = [one for one in mine if one.name == wanted or one.name.startswith(wanted + " ")]
        if not found:
            raise unknown(wanted, registry=call.desk.registry, surface="staff")
        return Reply(text=lines([lines([say(code(one.usage())), say(one.about), say(one.more)]) for one in found], "\n\n"))
    rows = [say(code("/vdp " + one.name), f"  {one.about}") for one in mine]
    return Reply(text=lines([*rows, say("In a report's channel its id may be left out. Send ", code("/vdp help accept"),
                                        " for one of them.")]))


