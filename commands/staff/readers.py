"""Care for those who read: what is folded, that a report does no harm, and passing one on without a reason.

Decides which words stand open in a channel and who reads a report instead of somebody who asks not to. Nobody asks why; the
roster says who is on it now, and nothing else does. Whose turn it is, is `rotation.py`.
"""

from __future__ import annotations

from typing import Annotated

from sqlmodel import select

from commands import notify, record, talk
from commands.calls import Call, Problem, Reply
from commands.intake import submit
from commands.registry import Hint, YesNo, command
from commands.staff import absence, presence, rotation
from commands.staff.absence import COVER
from commands.text import Body, Button, say
from commands.wording import readers as wording
from commands.wording import staff as wording_staff
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, Discipline, Role, State
from storage.models import Entry, Report

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
TALK = 200  # characters up to which a researcher's words are talk (P1); longer ones may be the attack itself
OPEN = 1_000  # characters of a report's text that stand open on its card once it does no harm
_CRAFTS = frozenset(one.value for one in Discipline)
PASSED, WAITS = "passed_on", "pass_waits"  # in the ledger; no reason, and in no timeline


# -- what is folded ----------------------------------------------------------------------------------------------

def folds(report: Report, kind: str, text: str) -> bool:
    """Whether words of a report stand in its channel only after a click: long ones of the researcher, unless it does no harm."""
    return report.harm and kind == "in" and len(text) > TALK


def folded(report: Report, number: int, body: Body) -> Body:
    """Return a message of the channel with its words folded; files and voice stay."""
    return Body(text=wording.long_words(), voice=body.voice, files=body.files, folded=body.text, folded_title=wording.SHOW_WORDS,
                unfold=f"talk-text report={report.id} number={number}")


@command("talk-text", allow=ON_IT, reads=True, hidden=True)
async def talk_text(call: Call, report: Report, number: int) -> Reply:
    """Show folded words of the researcher, privately."""
    row = next((one for one in await call.work.reports.passages(report.id) if one.number == number and one.kind == "in"), None)
    if row is None or row.body is None or row.erased_at is not None or report.key is None:
        raise Problem("gone", wording.gone())
    return Reply(text=say(record.box(call, report).open_text("passage", "body", row.id, row.body)))


@command("case harmless", allow=STAFF, title="It does no harm to read")
async def harmless(
    call: Call, report: Report, *, harm: Annotated[YesNo, Hint("it may do harm after all", typed=True)] = YesNo.NO,
) -> Reply:
    """Say that reading a report does no harm: its words stand open then; harm=yes folds them again."""
    wanted = harm is YesNo.YES
    if report.harm is wanted:
        return Reply(text=wording.is_so(report.id, harm=wanted))
    report.harm = wanted
    await record.note(call, report, "harm", data={"harm": harm.value})
    for row in await call.work.reports.passages(report.id):
        if row.kind == "in" and row.shown and row.body is not None and row.erased_at is None:
            await talk.show_again(call, report, row)
    return Reply(text=wording.harm_set(report.id, harm=wanted))


# -- passed on ---------------------------------------------------------------------------------------------------

def button(report: Report) -> tuple[Button, ...]:
    """Return the quiet button that passes a report on, while there is anything to read for."""
    return (Button(f"case not-for-me report={report.id}", wording.NOT_FOR_ME, "quiet"),) if State(report.state) not in DONE else ()


@command("case not-for-me", allow=Allow(Role.TRIAGER, tie=Tie.ROSTER), hidden=True, title="Not for me")
async def not_for_me(call: Call, report: Report) -> Reply:
    """Pass a report on to the next in line, without a reason: you leave its roster and its channel."""
    parts = await _parts(call, report, call.caller.id)
    if not parts:
        raise Problem("not_a_reader", wording_staff.not_a_reader(report.id))
    if State(report.state) in DONE:
        raise Problem("illegal_transition", wording.done(report.id))
    left = await _pass(call, report, call.caller.id, parts)
    if left is None:
        if call.caller.id not in await _waiting(call, report):
            await call.work.ledger.write(WAITS, report=report.id, person=call.caller.id, at=call.at, data={"parts": ",".join(parts)})
        return Reply(text=wording_staff.nobody_else(report.id))
    said = wording_staff.passed_to_lead(report.id, left[0]) if left else wording_staff.passed_on(report.id)
    stays = [one.part for one in await call.work.people.roster(report.id) if one.person_id == call.caller.id]
    return Reply(text=say(said, wording.stays_as(stays) if stays else ""))


async def _parts(call: Call, report: Report, person: str) -> list[str]:
    return [one.part for one in await call.work.people.roster(report.id) if one.person_id == person and one.part in _CRAFTS]


async def _pass(call: Call, report: Report, person: str, parts: list[str]) -> list[str] | None:
    """Have others read a report instead of somebody; returns the crafts that the lead is asked for, or None when nobody can.

    Changes nothing when nobody can: a report without a reader would be worse.
    """
    people = call.work.people
    same, theirs = await people.circle(person), await people.circle(report.person_id)
    roster = await people.roster(report.id)
    judges = frozenset() if call.program.small else frozenset(one.person_id for one in roster if one.part in _CRAFTS)
    chosen: dict[str, str] = {}
    for part in parts:
        found = await rotation.next_for(call, report, Discipline(part), but={*same, *judges, *(
            () if call.program.small else chosen.values())})
        if found is not None:
            chosen[part] = found.id
    leads = [one for one in await presence.present(call.work, [one.id for one in await people.with_role(Role.LEAD)], (Role.LEAD,))
             if one not in theirs and one not in same]
    missing = [part for part in parts if part not in chosen]
    if missing and not leads:
        return None
    for part, one in chosen.items():
        await submit.add_member(call, report, one, part)
        joined = await people.get(one)
        if joined is not None:
            joined.rotated_at = call.now
    to = next(iter(chosen.values()), "") or leads[0]
    for part in [one.part for one in roster if one.person_id == person]:
        if part in _CRAFTS or part == COVER or (part == Role.LEAD.value and leads):
            await absence.leave_part(call, report, person, part)
    if missing:
        await submit.add_member(call, report, leads[0], Role.LEAD.value)
    if report.assignee_id == person:
        report.assignee_id = to
    await call.work.ledger.write(PASSED, report=report.id, person=person, at=call.at, data={
        "parts": ",".join(parts), "to": ",".join(chosen.values()), "assignee": report.assignee_id})
    await absence.follow(call, report)
    await record.set_members(call, report)
    await notify.yours_by_rotation(call, report, sorted(set(chosen.values())))
    if missing:
        await notify.nobody_for(call, report, missing)
    return missing


# -- who waits to be relieved ------------------------------------------------------------------------------------

async def _waiting(call: Call, report: Report) -> list[str]:
    """Return who stays on a report only because nobody could take it from them."""
    found: dict[str, None] = {}
    for one in await call.work.ledger.of(report.id):
        if one.kind == WAITS:
            found[one.person_id] = None
        elif one.kind == PASSED:
            found.pop(one.person_id, None)
    return [one for one in found if await _parts(call, report, one)]


async def relieve(call: Call, *, only: Report | None = None) -> None:
    """Let those go who wait for somebody to take a report from them, now that somebody may be there who can."""
    rows = await call.work.session.execute(select(Entry.report_id).where(Entry.kind == WAITS).distinct())
    for name in sorted(rows.scalars()):
        report = await call.work.reports.get(name, locked=True) if only is None or only.id == name else None
        if report is None or report.key is None or State(report.state) in DONE:
            continue
        for person in await _waiting(call, report):
            parts = await _parts(call, report, person)
            there = [one for one in await call.work.people.roster(report.id) if one.person_id != person and one.part in _CRAFTS
                     and Discipline(one.part) in (await call.work.people.grants(one.person_id))[1]]
            if set(parts) <= {one.part for one in there}:  # somebody of their craft was assigned meanwhile
                for part in parts:
                    await absence.leave_part(call, report, person, part)
                if report.assignee_id == person:
                    report.assignee_id = there[0].person_id
                await call.work.ledger.write(PASSED, report=report.id, person=person, at=call.now, data={"parts": ",".join(parts)})
                await record.set_members(call, report)
                record.touch(call, report)
            else:
                await _pass(call, report, person, parts)
