"""Judging a report: acknowledge, accept, set aside, severity, assign. Two disciplines judge together.

Decides what each act needs and says to whom. The rules are in `config/policy/`; the second signature is in `second.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from commands import record, second, submit, talk, trials
from commands import wording_case as wording
from commands.calls import Call, Problem, Reply
from commands.desk import categories_like, category_choices
from commands.effects import SetMembers
from commands.parsing import normal_id
from commands.registry import Hint, command
from commands.text import Body, Voice, bold, say
from config.policy.guards import Facts, sign_off
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, Discipline, Event, Level, Role, State
from storage.models import Person, Report

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
_LEVELS = tuple(Level)


class Reason(StrEnum):
    """Why a report is closed without a fix."""

    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_REPRODUCED = "not-reproduced"
    INFORMATIVE = "informative"
    SPAM = "spam"


_EVENT = {Reason.DUPLICATE: Event.DUPLICATE, Reason.OUT_OF_SCOPE: Event.OUT_OF_SCOPE,
          Reason.NOT_REPRODUCED: Event.NOT_REPRODUCED, Reason.INFORMATIVE: Event.INFORMATIVE, Reason.SPAM: Event.SPAM}


@command("acknowledge", allow=Allow(Role.TRIAGER, tie=Tie.ROSTER), submit="Acknowledge")
async def acknowledge(call: Call, report: Report, text: Annotated[str, Hint("the words", lines=True)] = "") -> Reply:
    """Acknowledge a report with a human sentence; whoever does becomes assignee."""
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


async def _signed(call: Call, report: Report, level: Level, others: list[str]) -> Facts:
    """Return who has signed a level: the caller and those who proposed it."""
    signed: set[Discipline] = set(call.caller.disciplines)
    for person in others:
        signed |= (await call.work.people.grants(person))[1]
    return Facts(level=level, signed=frozenset(signed), signers=1 + len(others), small=call.program.small,
                 sign_off_levels=call.program.second_person.sign_off_levels)


async def _claimed(call: Call) -> dict[str, str]:
    """Return the category that the report claims, as a start."""
    return {"category": call.report.category or call.report.category_claimed} if call.report is not None else {}


@command("accept", allow=STAFF, title="Accept the report", submit="Accept it", prefill=_claimed)
async def accept(
    call: Call, report: Report, severity: Annotated[Level, Hint("how bad it is")],
    category: Annotated[str, Hint("category", choices=category_choices, search=categories_like, asked=True)] = "",
    why: Annotated[str, Hint("why, in a sentence", lines=True)] = "",
) -> Reply:
    """Accept a report with a level and a category; high and critical need both disciplines."""
    state = State(report.state)
    if not record.reachable(report, Event.ACCEPT) and await record.take(call, report, Event.ACCEPT) == ():
        return Reply(text=say(bold(report.id), " is accepted already."))
    chosen = category or report.category or report.category_claimed
    if chosen not in dict(category_choices(call.desk)):
        raise Problem("bad_argument", "Category: name one, for example jailbreak. Press Accept for the list.",
                      errors={"category": "Choose a category."})
    line = f"accept report={report.id} severity={severity.value} category={chosen}"
    others = await second.signers(call, report, "accept", line)
    if call.caller.id in others:
        raise Problem("second_person", "You proposed this already; it waits for the other discipline.")
    facts = await _signed(call, report, severity, others)
    refusal = sign_off(facts)
    if refusal is not None:
        if state in DONE:
            raise record.refused(report, refusal, Event.ACCEPT)
        await talk.assign_if_nobody(call, report)
        return await second.propose(call, report, "accept", line, refusal.waits_for)
    await second.settle(call, report, "accept")
    report.level, report.category = severity.value, chosen
    await record.take(call, report, Event.ACCEPT, data={"level": severity.value, "category": chosen, "by_hand": "yes"},
                      facts=Facts(level=severity, category=True, signed=facts.signed, signers=facts.signers,
                                  small=facts.small, sign_off_levels=facts.sign_off_levels,
                                  actor_set_it_aside=await _set_it_aside(call, report)))
    await talk.assign_if_nobody(call, report)
    if why.strip():
        row = await record.passage(call, report, "note", why.strip())
        row.shown = f"{report.id}/talk/{row.number}"
        talk.show(call, report, row)
    await record.tell(call, report, wording.accepted(report), "accepted/" + str(await _times(call, report, Event.ACCEPT)))
    await record.note(call, report, "message_out", data={"kind": "decision"})
    return Reply(text=say(bold(report.id), f" is accepted as {severity.value}; the researcher is told. Next: name the owner."))


async def _times(call: Call, report: Report, event: Event) -> int:
    return sum(one.kind == event.value for one in await call.work.ledger.of(report.id))


async def _set_it_aside(call: Call, report: Report) -> bool:
    """Whether the caller set this report aside and an appeal was heard since."""
    aside = {Event.DUPLICATE.value, Event.OUT_OF_SCOPE.value, Event.NOT_REPRODUCED.value, Event.INFORMATIVE.value}
    by_me, same = False, await call.work.people.circle(call.caller.id)
    appealed = False
    for entry in await call.work.ledger.of(report.id):
        by_me = by_me or (entry.kind in aside and entry.person_id in same)
        appealed = appealed or entry.kind == Event.APPEAL.value
    return by_me and appealed


@command("severity", allow=STAFF, title="Change the level", submit="Set the level")
async def severity(
    call: Call, report: Report, level: Annotated[Level, Hint("how bad it is")],
    why: Annotated[str, Hint("why; sent to the researcher when it takes longer now", lines=True)] = "",
) -> Reply:
    """Change the level of an accepted report; clocks are computed again from their start."""
    if report.level == level.value:
        return Reply(text=say(bold(report.id), f" is {level.value} already."))
    line = f"severity report={report.id} level={level.value}"
    others = await second.signers(call, report, "severity", line)
    if call.caller.id in others:
        raise Problem("second_person", "You proposed this already; it waits for the other discipline.")
    facts = await _signed(call, report, level, others)
    refusal = sign_off(facts)
    if refusal is not None:
        return await second.propose(call, report, "severity", line, refusal.waits_for)
    longer = bool(report.level) and _LEVELS.index(level) > _LEVELS.index(Level(report.level))
    await record.take(call, report, Event.RESCORE, data={"level": level.value, "before": report.level},
                      facts=Facts(level=level, longer=longer, reason=bool(why.strip()), signed=facts.signed,
                                  signers=facts.signers, small=facts.small, sign_off_levels=facts.sign_off_levels))
    await second.settle(call, report, "severity")
    report.level = level.value
    if report.state in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED, State.FIX_READY, State.VERIFYING):
        await record.tell(call, report, wording.level_changed(report, why.strip() if longer else ""),
                          f"level/{await _times(call, report, Event.RESCORE)}")
        await record.note(call, report, "message_out", data={"kind": "level"})
    return Reply(text=say(bold(report.id), f" is {level.value} now; the clocks follow."))


@command("close-without-fix", allow=STAFF, title="Close without a fix", submit="Close it")
async def close_without_fix(
    call: Call, report: Report, reason: Annotated[Reason, Hint("reason")],
    text: Annotated[str, Hint("exactly what the researcher reads", lines=True,
                              help="Left empty, our own sentence for the reason is sent.")] = "",
    *, original: Annotated[str, Hint("the report it repeats", help="For a duplicate: its id.")] = "",
    clause: Annotated[str, Hint("the clause of the policy", help="For out of scope.")] = "",
) -> Reply:
    """Close a report as duplicate, out of scope, not reproduced, informative or spam."""
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
            raise Problem("second_person", "You proposed this already; it waits for a second person.")
        await second.settle(call, report, "close-without-fix")
    agreed = frozenset({Role.LEAD}) if Role.LEAD in call.caller.roles else frozenset()
    if reason is Reason.NOT_REPRODUCED and record.reachable(report, event):
        await trials.refuse_not_reproduced(call, report)
    steps = await record.take(
        call, report, event, data={"original": same.id if same else "", "clause": clause.strip()[:80]},
        facts=Facts(original=same is not None, clause=bool(clause.strip() or text.strip()),
                    actor_set_it_aside=await _set_it_aside(call, report), agreed=agreed,
                    agreeing_triagers=1 + len(others)))
    if not steps:
        return Reply(text=say(bold(report.id), " is closed that way already."))
    report.duplicate_of = same.id if same else ""
    if reason is not Reason.SPAM:
        words = text.strip() or (trials.not_reproduced_words(report) if reason is Reason.NOT_REPRODUCED
                                 else wording.reason_words(reason.value, report))
        await talk.to_reporter(call, report, words, "decision")
    return Reply(text=say(bold(report.id), f" is closed: {reason.value.replace('-', ' ')}.",
                          "" if reason is Reason.SPAM else " The researcher is told."))


async def _original(call: Call, report: Report, text: str) -> Report | None:
    wanted = normal_id(text) if text.strip() else None
    found = await call.work.reports.beginning_with(wanted) if wanted else []
    if len(found) != 1 or found[0].id == report.id:
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
        raise Problem("bad_argument", "Only a triager or the lead can be the assignee.", errors={"who": "Choose a triager."})
    if report.person_id in await call.work.people.circle(who.id):
        raise Problem("bad_argument", "The researcher of a report cannot judge it.", errors={"who": "Choose somebody else."})
    part = next(iter(sorted(d.value for d in disciplines)), Role.LEAD.value)
    await submit.add_member(call, report, who.id, part)
    if report.assignee_id == who.id:
        return Reply(text=say("That is so already."))
    report.assignee_id = who.id
    await record.note(call, report, "assigned", data={"to": who.id})
    await set_members(call, report)
    return Reply(text=say("Assigned to ", await call.work.people.name(call.desk.vault, who.id, report.triage_platform), "."))


async def set_members(call: Call, report: Report) -> None:
    """Make a channel's members exactly the roster."""
    number = await call.work.ledger.head()
    call.emit(SetMembers(report.triage_platform, report.channel, await record.members(call, report)),
              f"{report.id}/members/{number[0]}", report=report.id)
