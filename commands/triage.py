"""Taking a report in hand: acknowledge, set aside, assign. How bad it is, and accepting it, is judged in `judging/severity.py`.

Decides what each act needs and says to whom. The rules are in `config/policy/`; the second signature is in `second.py`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from commands import record, second, talk
from commands.calls import Call, Form, Problem, Reply
from commands.intake import submit
from commands.judging import trials
from commands.outside import duplicates
from commands.parsing import normal_id
from commands.registry import Hint, YesNo, command
from commands.staff import absence, readers
from commands.text import Body, Voice, bold, say
from commands.wording import case as wording
from commands.wording import set_aside as wording_aside
from config.policy.guards import Facts
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Role
from storage.models import Person, Report

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
_CLAUSE = 30  # characters: it travels in the line of a form


class Reason(StrEnum):
    """Why a report is closed without a fix."""

    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_REPRODUCED = "not-reproduced"
    INFORMATIVE = "informative"
    SPAM = "spam"


_EVENT = {Reason.DUPLICATE: Event.DUPLICATE, Reason.OUT_OF_SCOPE: Event.OUT_OF_SCOPE,
          Reason.NOT_REPRODUCED: Event.NOT_REPRODUCED, Reason.INFORMATIVE: Event.INFORMATIVE, Reason.SPAM: Event.SPAM}


async def _asks_words(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    report = call.report
    if report is None or given.get("edit") != YesNo.YES or given.get("text") or not record.reachable(report, Event.ACKNOWLEDGE):
        return ()
    return ("text",)


async def _usual_words(call: Call) -> dict[str, str]:
    return {"text": wording.acknowledgement(call.report.id)} if call.report is not None else {}


@command("acknowledge", allow=Allow(Role.TRIAGER, tie=Tie.ROSTER), submit="Acknowledge", asks=_asks_words, prefill=_usual_words)
async def acknowledge(
    call: Call, report: Report, text: Annotated[str, Hint("the words", lines=True, asked=True, told=True)] = "", *,
    edit: Annotated[YesNo, Hint(inner=True)] = YesNo.NO,
) -> Reply:
    """Acknowledge a report with a human sentence; whoever does becomes assignee."""
    if edit is YesNo.YES and not text.strip() and record.reachable(report, Event.ACKNOWLEDGE):
        raise Problem("bad_argument", wording_aside.NO_WORDS, errors={"text": wording_aside.NO_WORDS})
    if not await record.take(call, report, Event.ACKNOWLEDGE):
        return Reply(text=say(bold(report.id), " is acknowledged already."))
    await talk.assign_if_nobody(call, report)
    row = await record.passage(call, report, "acknowledge", text.strip() or wording.acknowledgement(report.id))
    row.delivery, row.shown = f"{report.id}/out/{row.number}", f"{report.id}/talk/{row.number}"
    words = record.box(call, report).open_text("passage", "body", row.id, row.body) if row.body else ""
    body = Body(text=say(words), voice=Voice("relay", name=await talk.speaker(call, report), label=report.id))
    await record.tell(call, report, body, f"out/{row.number}", then=row.shown)
    talk.show(call, report, row)
    return Reply(text=say("Acknowledged; the researcher is told. You are the assignee."))


async def _asks_aside(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    """Ask for the reason first, then for the message as it will be sent; spam has none."""
    report = call.report
    if report is None:
        return ()
    try:
        reason = Reason(given.get("reason", "").strip().lower().replace("_", "-").replace(" ", "-"))
    except ValueError:
        return () if given.get("reason") else ("reason", "original", "clause")
    if given.get("text") or reason is Reason.SPAM or given.get("adds") == YesNo.YES or not record.reachable(report, _EVENT[reason]):
        return ()
    if reason is Reason.DUPLICATE:
        await _original(call, report, given.get("original", ""))
    if reason is Reason.OUT_OF_SCOPE:
        _clause(given.get("clause", ""))
    if reason is Reason.NOT_REPRODUCED:
        await trials.refuse_not_reproduced(call, report)
    return ("text",)


async def _shape_aside(call: Call, given: dict[str, str], form: Form) -> Form:
    """Put the exact message into the form, so that what is sent was seen."""
    report = call.report
    if report is None or form.fields[:1] == () or form.fields[0].name == "reason":
        return replace(form, about=wording_aside.ABOUT_REASON, submit=wording_aside.GO_ON)
    reason = Reason(given["reason"].strip().lower().replace("_", "-").replace(" ", "-"))
    same = await _original(call, report, given.get("original", "")) if reason is Reason.DUPLICATE else None
    words = _message(call, report, reason, same, given.get("clause", ""))
    fields = tuple(replace(one, value=words, required=True, help="") for one in form.fields)
    return replace(form, title=wording_aside.title(reason.value), about=wording_aside.ABOUT_MESSAGE, submit=wording_aside.CLOSE, fields=fields)


def _message(call: Call, report: Report, reason: Reason, same: Report | None, clause: str) -> str:
    """Return what the researcher reads when nobody changes it."""
    if reason is Reason.NOT_REPRODUCED:
        return trials.not_reproduced_words(report)
    words = wording.reason_words(reason.value, report, first=same.received_at if same else None, zone=call.program.tz)
    return wording_aside.with_clause(words, clause.strip()) if reason is Reason.OUT_OF_SCOPE and clause.strip() else words


def _clause(text: str) -> None:
    wrong = wording_aside.NO_CLAUSE if not text.strip() else wording_aside.LONG_CLAUSE if len(text.strip()) > _CLAUSE else ""
    if wrong:
        raise Problem("no_clause" if not text.strip() else "bad_argument", wrong, errors={"clause": wrong})


@command("close-without-fix", allow=STAFF, title="Close without a fix", submit=wording_aside.CLOSE, asks=_asks_aside, shape=_shape_aside)
async def close_without_fix(
    call: Call, report: Report, reason: Annotated[Reason, Hint("reason", choices=lambda _desk: wording_aside.REASONS)],
    text: Annotated[str, Hint("exactly what the researcher reads", lines=True, told=True, asked=True)] = "",
    *, original: Annotated[str, Hint("the report it repeats", help="For a duplicate: its id.")] = "",
    clause: Annotated[str, Hint("the clause of the policy", help=wording_aside.CLAUSE_HELP)] = "",
    adds: Annotated[YesNo, Hint("adds something", typed=True)] = YesNo.NO,
) -> Reply:
    """Close a report as duplicate, out of scope, not reproduced, informative or spam."""
    if reason is not Reason.SPAM and not text.strip() and "text" in dict(call.incoming.values):  # it was shown, and emptied
        raise Problem("bad_argument", wording_aside.NO_MESSAGE, errors={"text": wording_aside.NO_MESSAGE})
    event = _EVENT[reason]
    same = await _original(call, report, original) if reason is Reason.DUPLICATE else None
    others: list[str] = []
    if reason is Reason.SPAM and Role.LEAD not in call.caller.roles:
        line = f"close-without-fix report={report.id} reason=spam"
        others = await second.signers(call, report, "close-without-fix", line)
        if not others:
            if not record.reachable(report, event):
                await record.take(call, report, event)
            return await second.propose(call, report, "close-without-fix", line, (Role.LEAD, Role.TRIAGER))
        if call.caller.id in others:
            raise Problem("second_person", "You proposed this already. Ask another triager, or the lead.")
        await second.settle(call, report, "close-without-fix")
    agreed = frozenset({Role.LEAD}) if Role.LEAD in call.caller.roles else frozenset()
    if reason is Reason.NOT_REPRODUCED and record.reachable(report, event):
        await trials.refuse_not_reproduced(call, report)
    clause = clause.strip() if reason is Reason.OUT_OF_SCOPE else ""
    if len(clause) > _CLAUSE:
        _clause(clause)
    steps = await record.take(
        call, report, event,  # the ledger tells that a clause was named, and no word of it
        data={"original": same.id if same else "", "clause": call.desk.vault.blind("clause", clause) if clause else ""},
        facts=Facts(original=same is not None, clause=bool(clause or text.strip()),
                    actor_set_it_aside=await second.set_it_aside(call, report), agreed=agreed,
                    agreeing_triagers=1 + len(others)))
    if not steps and adds is YesNo.YES and report.duplicate_of:
        return await duplicates.helped(call, report)
    if not steps:
        return Reply(text=say(bold(report.id), " is closed that way already."))
    report.duplicate_of = same.id if same else ""
    if clause:
        await record.passage(call, report, "clause", clause)
    if reason is not Reason.SPAM:
        words = text if text.strip() else _message(call, report, reason, same, clause)
        await talk.to_reporter(call, report, words, "decision")
        if adds is YesNo.YES and same is not None:
            await duplicates.helped(call, report)
    if same is not None and same.published_at is not None:
        await duplicates.follow(call, same)
    return Reply(text=say(bold(report.id), f" is closed: {reason.value.replace('-', ' ')}.",
                          " Nothing is sent to the researcher." if reason is Reason.SPAM else " The researcher is told."))


async def _original(call: Call, report: Report, text: str) -> Report | None:
    wanted = normal_id(text) if text.strip() else None
    found = await call.work.reports.beginning_with(wanted) if wanted else []
    if len(found) != 1 or found[0].id == report.id or found[0].rehearsal is not report.rehearsal:
        raise Problem("bad_argument", "Name the report that this one repeats, as original=AIV-....",
                      errors={"original": "Write the id of the other report."})
    return found[0]


@command("assign", allow=STAFF, title="Assign", submit="Assign")
async def assign(
    call: Call, report: Report, who: Annotated[Person, Hint("who", roles=(Role.TRIAGER, Role.LEAD))],
) -> Reply:
    """Make somebody the assignee; they join the roster."""
    roles, disciplines = await call.work.people.grants(who.id)
    if not roles & {Role.TRIAGER, Role.LEAD}:
        raise Problem("bad_argument", "Only a triager or the lead can be the assignee. Choose one.", errors={"who": "Choose a triager."})
    if report.person_id in await call.work.people.circle(who.id):
        raise Problem("bad_argument", "The researcher of a report cannot judge it. Choose "
                                      "somebody else.", errors={"who": "Choose somebody else."})
    await absence.refuse_absent(call, who)
    part = next(iter(sorted(d.value for d in disciplines)), Role.LEAD.value)
    await submit.add_member(call, report, who.id, part)
    if report.assignee_id == who.id:
        return Reply(text=say("That is so already."))
    report.assignee_id = who.id
    await record.note(call, report, "assigned", data={"to": who.id})
    await record.set_members(call, report)
    await readers.relieve(call, only=report)
    return Reply(text=say("Assigned to ", await call.work.people.name(call.desk.vault, who.id, report.triage_platform), "."))
