"""The embargo by agreement: either side proposes an end, the other accepts, proposes another or refuses; either may end it.

Decides who is asked and told, with one exact end everywhere. What is possible is `config/policy/disclosure.py`; publishing itself
is `disclose.py`. The programme is one party: the lead speaks for it. Others, such as a second vendor, take part by their consent,
which the lead records.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from commands import notify, record, talk
from commands.addressees import people_of
from commands.calls import Call, Problem, Reply
from commands.intake import care
from commands.outside import embargo_days, vendors
from commands.outside.disclose import case_of
from commands.registry import Hint, command, conversation
from commands.text import Body, Text
from commands.wording import embargo as wording
from commands.wording import vendors as wording_vendors
from config.policy import calendar, disclosure
from config.policy.disclosure import Consent, ConsentMove, Embargo
from config.policy.lifecycle import Refusal
from config.policy.roles import Allow, Tie
from config.policy.states import EmbargoState, Flag, Role, Who
from storage.models import Report
from storage.people import PROGRAMME, new_id
from storage.pings import LIST
from storage.publishing import Offer, Party

LEAD = Allow(Role.LEAD, tie=Tie.ROSTER)
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)
End = Annotated[str, Hint("the end", example="2027-03-31 or 2027-03-31T17:00+02:00",
                          help="A day ends when the programme closes on it. A time needs its zone.")]
Seen = Annotated[str, Hint(inner=True)]  # the end that stood beside the button
OURS, THEIRS = "programme", "reporter"


class Act(StrEnum):
    """What a party outside did, as the lead records it."""

    TOLD = "told"  # of the flaw, without a part in the embargo
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"


_MOVES = {Act.INVITED: (ConsentMove.INVITE, Consent.INVITED), Act.ACCEPTED: (ConsentMove.ACCEPT, Consent.SIGNATORY),
          Act.DECLINED: (ConsentMove.DECLINE, Consent.DECLINED)}


# -- what both sides may do --------------------------------------------------------------------------------------

@command("embargo show", allow=ON_IT, reads=True, title="The embargo")
async def show(call: Call, report: Report) -> Reply:
    """Show the embargo: its end, what is proposed, who takes part, and what publication still lacks."""
    offer = await call.work.publishing.offer(report.id)
    others = await vendors.standing(call, report)
    missing = disclosure.may_publish(case_of(report, others), now=call.now, program=call.program)
    said = report.key is not None and care.of(call, report).get("F43", "none") not in ("none", "unknown")
    about = [wording_vendors.shown(others, call.program, said=said)] if vendors.waits(report, others) else []
    buttons = (*wording.staff_buttons(report, offer), *vendors.buttons(report, others)) if Role.LEAD in call.caller.roles else ()
    return Reply(text=wording.shown(report, offer, await _parties(call, report), missing, about, call.program.tz), buttons=buttons)


@conversation("embargo", allow=MINE, reads=True, title="The embargo")
async def mine(call: Call, report: Report) -> Reply:
    """Say until when we ask you to wait, and what is proposed."""
    offer = await call.work.publishing.offer(report.id)
    others, program = await vendors.standing(call, report), call.program
    free = disclosure.reporter_may_publish(case_of(report, others), now=call.now, program=program)
    until = others.until(program.embargo.vendor_notice)
    about = [wording_vendors.for_reporter(until, program.tz)] if vendors.told_or_due(report, others) else []
    return Reply(text=wording.for_reporter(report, offer, free=free, others=about, zone=program.tz),
                 buttons=wording.reporter_buttons(report, offer))


@command("embargo propose", allow=LEAD, title="Propose another end", submit="Propose it")
async def propose(call: Call, report: Report, end: End,
                  why: Annotated[str, Hint("why, for the researcher", lines=True, told=True)] = "") -> Reply:
    """Propose another end of the embargo to the researcher; the old one holds until every side agrees."""
    return await _propose(call, report, end, why, side=OURS)


@conversation("embargo-propose", allow=MINE, hidden=True, title="Propose another end", submit="Propose it")
async def propose_mine(call: Call, report: Report, end: End, why: Annotated[str, Hint("why", lines=True)] = "") -> Reply:
    """Propose another end of the embargo to us."""
    return await _propose(call, report, end, why, side=THEIRS)


@command("embargo accept", allow=LEAD)
async def accept(call: Call, report: Report, *, seen: Seen = "") -> Reply:
    """Accept the end that the researcher proposed."""
    return await _accept(call, report, side=OURS, seen=seen)


@conversation("embargo-accept", allow=MINE, hidden=True)
async def accept_mine(call: Call, report: Report, *, seen: Seen = "") -> Reply:
    """Accept the end that we proposed."""
    return await _accept(call, report, side=THEIRS, seen=seen)


@command("embargo reject", allow=LEAD)
async def reject(call: Call, report: Report) -> Reply:
    """Refuse what is proposed, or take our own proposal back; the old end holds."""
    return await _reject(call, report, side=OURS)


@conversation("embargo-reject", allow=MINE, hidden=True)
async def reject_mine(call: Call, report: Report) -> Reply:
    """Refuse what is proposed, or take your own proposal back."""
    return await _reject(call, report, side=THEIRS)


@command("embargo end", allow=LEAD, title="End the embargo", submit="End it now")
async def end_it(call: Call, report: Report, why: Annotated[str, Hint("why, for the researcher", lines=True, told=True)]) -> Reply:
    """End the embargo now, for good; either side may publish from then on."""
    return await _end(call, report, why, side=OURS)


@conversation("embargo-end", allow=MINE, hidden=True, title="End the embargo", submit="End it now")
async def end_mine(call: Call, report: Report, why: Annotated[str, Hint("why", lines=True)] = "") -> Reply:
    """End the embargo now, for good."""
    return await _end(call, report, why, side=THEIRS)


@command("embargo party", allow=LEAD, title="Another party", submit="Record it")
async def party(
    call: Call, report: Report, act: Annotated[Act, Hint("what they did")],
    name: Annotated[str, Hint("who", example="another vendor", help="Another vendor, or a coordinator.")],
) -> Reply:
    """Record that another vendor or a coordinator was told, or invited, accepted or declined."""
    shown = " ".join(name.split())[:80]
    if not shown:
        raise Problem("bad_argument", wording.who_is_it(), errors={"name": wording.NAME})
    row = await _party(call, report, shown)
    before = Consent(row.consent) if row is not None else Consent.NONE
    if act is Act.TOLD:
        again = row is not None
        if row is None:
            row = await _told(call, report, shown, before)
        until = (await vendors.standing(call, report)).until(call.program.embargo.vendor_notice)
        return Reply(text=wording_vendors.recorded(until, call.program.tz, again=again))
    move, done = _MOVES[act]
    after = before if before is done else disclosure.consent(before, move)
    if isinstance(after, Refusal):
        raise Problem(after.code, wording.party_cannot(before))
    if not EmbargoState(report.embargo).in_force:
        raise Problem("no_embargo", wording.no_embargo(report))
    if row is None:
        row = Party(id=new_id("y"), report_id=report.id, consent=after.value, at=call.now)
        row.name = record.box(call, report).seal("party", "name", row.id, shown)
        call.work.session.add(row)
    if after is not before:
        row.consent = after.value
        await record.note(call, report, "embargo_party", data={"party": row.id, "consent": after.value})
    offer = await call.work.publishing.offer(report.id)
    if act is Act.ACCEPTED and offer is not None and offer.end > call.now and row.id not in offer.agreed.split():
        return await _accept(call, report, side=row.id)  # whoever takes part agrees to what is on the table, too
    return Reply(text=wording.party_recorded(act.value))


# -- how it is done ----------------------------------------------------------------------------------------------

def end_of(call: Call, text: str) -> datetime:
    """Return the instant that was typed: the closing of a day, or a time with its zone; raises Problem that names the field."""
    words = text.strip().upper().replace(" UTC", "+00:00").replace("Z", "+00:00").replace(" ", "T", 1)
    try:
        if len(words) == 10:
            return calendar.closing_of(date.fromisoformat(words), call.program.working)
        found = datetime.fromisoformat(words)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: at the very ends of the calendar, in a zone that lies beyond them
        raise Problem("bad_argument", wording.no_date(), errors={"end": wording.DATE}) from None
    raise Problem("bad_argument", wording.no_zone(), errors={"end": wording.ZONE})


async def standing(call: Call, report: Report) -> Embargo:
    """Return the embargo of a report as the policy sees it, with what is proposed."""
    offer = await call.work.publishing.offer(report.id)
    extended = any(entry.kind == "embargo" and '"longer": "yes"' in entry.data for entry in await call.work.ledger.of(report.id))
    found = Embargo(state=EmbargoState(report.embargo), end=report.embargo_end, extended=extended)
    if offer is None:
        return found
    return Embargo(state=found.state, end=found.end, proposed=offer.end, proposed_by=offer.side, agreed=frozenset(offer.agreed.split()),
                   extended=extended)


async def _propose(call: Call, report: Report, end: str, why: str, *, side: str) -> Reply:
    wanted = end_of(call, end)
    flags = frozenset(Flag(one) for one in report.flags)
    before = await standing(call, report)
    if before.proposed == wanted and before.proposed_by == side:
        return Reply(text=wording.proposed_already(wanted, call.program.tz))
    after = disclosure.propose(before, by=side, end=wanted, now=call.now, flags=flags, program=call.program)
    if isinstance(after, Refusal):
        raise Problem(after.code, wording.refused(after.code, report, call.program, before.end), errors={"end": wording.ANOTHER})
    await _keep(call, report, after, side=side)
    if side == OURS:
        number = (await call.work.ledger.head())[0]
        body = Body(text=wording.we_propose(report, wanted, why.strip(), call.program.tz), buttons=wording.answer_buttons(report, wanted))
        if not await record.tell(call, report, body, f"embargo/{number}") and report.person_id != PROGRAMME:
            raise Problem("no_way_back", wording.unreachable())
        return Reply(text=wording.asked_reporter(wanted, call.program.tz))
    if why.strip():
        await _said(call, report, why)
    await notify.decision_wanted(call, report, (Role.LEAD.value,))
    return Reply(text=wording.asked_us(wanted, call.program.tz))


async def _accept(call: Call, report: Report, *, side: str, seen: str = "") -> Reply:
    before = await standing(call, report)
    if before.proposed is not None and seen and seen != wording.stamp(before.proposed):
        raise Problem("moved_on", wording.another_end(before.proposed, call.program.tz))
    if before.proposed is not None and before.proposed <= call.now:
        raise Problem("in_the_past", wording.refused("in_the_past", report, call.program, before.end))
    parties = frozenset(one.id for one in await call.work.publishing.parties(report.id) if one.consent == Consent.SIGNATORY)
    sides = frozenset({OURS}) if report.person_id == PROGRAMME else frozenset({OURS, THEIRS})
    after = disclosure.accept(before, by=side, signatories=sides | parties | frozenset({before.proposed_by} - {""}))
    if isinstance(after, Refusal):
        raise Problem(after.code, wording.nothing_to_accept(after.code))
    longer = after.proposed is None and after.extended and not before.extended
    await _keep(call, report, after, side=side, longer=longer)
    zone = call.program.tz
    if after.proposed is not None:
        return Reply(text=wording.waits_for_others(zone))
    assert after.end is not None  # noqa: S101  an accepted end is one
    for one in await call.work.publishing.parties(report.id):
        if one.consent == Consent.SIGNATORY and one.id not in before.agreed | {side}:
            one.consent = Consent.LAPSED.value
    number = (await call.work.ledger.head())[0]
    if side != THEIRS:
        await record.tell(call, report, wording.settled(report, after.end, zone), f"embargo/{number}")
    await _tell_lead(call, report, "embargo_moved", after.end)
    return Reply(text=wording.settled(report, after.end, zone))


async def _reject(call: Call, report: Report, *, side: str) -> Reply:
    before = await standing(call, report)
    after = disclosure.reject(before, by=side)
    if isinstance(after, Refusal):
        raise Problem(after.code, wording.nothing_to_accept(after.code))
    await _keep(call, report, after, side=side)
    zone = call.program.tz
    if side == OURS:
        number = (await call.work.ledger.head())[0]
        words = wording.taken_back(report, after.end, zone) if before.proposed_by == OURS else wording.we_refuse(report, after.end, zone)
        await record.tell(call, report, words, f"embargo/{number}")
    else:
        await _tell_lead(call, report, "embargo_refused", after.end)
    return Reply(text=wording.old_end_holds(after.end, zone))


async def _end(call: Call, report: Report, why: str, *, side: str) -> Reply:
    before = await standing(call, report)
    if before.state is EmbargoState.EXITED:
        return Reply(text=wording.over_already())
    after = disclosure.terminate(before)
    if isinstance(after, Refusal):
        raise Problem(after.code, wording.no_embargo(report))
    await embargo_days.over(call, report, by=side)
    if side == OURS:
        number = (await call.work.ledger.head())[0]
        await record.tell(call, report, wording.we_ended(report, why.strip()), f"embargo/{number}")
        return Reply(text=wording.ended())
    if why.strip():
        await _said(call, report, why)
    await _tell_lead(call, report, "embargo_ended", None)
    return Reply(text=wording.ended_mine(report))


async def _tell_lead(call: Call, report: Report, what: str, end: datetime | None) -> None:
    """Have the lead read it in the next morning list, unless they did it themselves."""
    for person in await people_of(call, report, Who.LEAD):
        if person != call.caller.id:
            notify.keep(call, person, report.id, LIST, what, {"due": end.isoformat()} if end is not None else {}, counts=False,
                        due=await notify.next_list(call))


async def _said(call: Call, report: Report, why: str) -> None:
    """Keep the researcher's reason with the report, and show it in its channel."""
    row = await record.passage(call, report, "in", why.strip())
    row.shown = f"{report.id}/talk/{row.number}"
    await record.note(call, report, "message_in", data={"number": row.number})
    talk.show(call, report, row)


async def _keep(call: Call, report: Report, after: Embargo, *, side: str, longer: bool = False) -> None:
    """Write down where the embargo stands now; its clock follows."""
    report.embargo, report.embargo_end = after.state.value, after.end
    offer = await call.work.publishing.offer(report.id)
    if after.proposed is None and offer is not None:
        await call.work.session.delete(offer)
    elif after.proposed is not None:
        if offer is None:
            offer = Offer(report_id=report.id, end=after.proposed, side=after.proposed_by, agreed="", at=call.now)
            call.work.session.add(offer)
        offer.end, offer.side, offer.agreed, offer.at = after.proposed, after.proposed_by, " ".join(sorted(after.agreed)), call.now
    data = {"state": after.state.value, "by": side if side in (OURS, THEIRS) else "party"}
    if after.state.in_force and after.end is not None:
        data["end"] = after.end.isoformat()
    if after.proposed is not None:
        data["proposed"] = after.proposed.isoformat()
        reached = report.person_id != PROGRAMME and THEIRS not in after.agreed
        data["asked"] = THEIRS if reached else OURS  # who is reminded; the programme speaks for the parties outside
    if longer:
        data["longer"] = "yes"
    await record.note(call, report, "embargo", data=data)


async def _party(call: Call, report: Report, name: str) -> Party | None:
    box = record.box(call, report)
    for row in await call.work.publishing.parties(report.id):
        if row.name is not None and box.open_text("party", "name", row.id, row.name).casefold() == name.casefold():
            return row
    return None


async def _told(call: Call, report: Report, name: str, consent: Consent) -> Party:
    """Keep a party outside that is heard of for the first time: whatever it did, it knows of the flaw from now on."""
    row = Party(id=new_id("y"), report_id=report.id, consent=consent.value, at=call.at)
    row.name = record.box(call, report).seal("party", "name", row.id, name)
    call.work.session.add(row)
    await record.note(call, report, "embargo_party", data={"party": row.id, "consent": consent.value, "told": "yes"})
    return row


async def _parties(call: Call, report: Report) -> list[Text]:
    """Return the parties outside by name, each with its consent and since when it knows."""
    box = record.box(call, report)
    return [wording.party(box.open_text("party", "name", row.id, row.name) if row.name is not None else "somebody", row.consent, row.at,
                          call.program.tz) for row in await call.work.publishing.parties(report.id)]
