"""Undo: one's own newest step on a report is taken back within minutes, and the researcher hears of it once.

Decides when that is still possible and what is put back. What was kept of the step is `steps.py`; what may be taken back at all,
`config/policy/steps.py`. Messages that were sent stay: taking those back is `unsend.py`. Nothing leaves the ledger.
"""

from __future__ import annotations

from typing import Annotated

from commands import brief, record
from commands.calls import Call, Problem, Reply
from commands.effects import Erase
from commands.guards import steps
from commands.guards.steps import Before, valued
from commands.outside import fame
from commands.registry import Hint, command
from commands.staff import absence
from commands.text import Text
from commands.wording import guards as wording
from config.policy.roles import Allow, Tie
from config.policy.states import Role, State
from config.policy.steps import BESIDE, FINAL, LASTS
from storage.judging import Cause, Rating
from storage.models import Entry, Member, Passage, Ping, Proposal, Report, Step
from storage.standing import UNDONE, standing
from storage.trials import Series, Stand

ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER, Role.LEADERSHIP), tie=(Tie.ROSTER, Tie.OWNER))


@command("case undo", allow=ON_IT)
async def undo(call: Call, report: Report, *, step: Annotated[str, Hint(inner=True)] = "") -> Reply:
    """Take back your own last step on a report, within 30 minutes; the researcher gets one correction."""
    row, before = await _mine(call, report, step)
    if row.undone_at is not None:
        return Reply(text=wording.undone_already(report.id))
    owned = [one.number for one in await call.work.ledger.of(report.id) if one.kind == "owner" and row.first <= one.number <= row.last]
    row.undone_at = call.now
    told = await _was_told(call, before)
    await record.note(call, report, UNDONE, data={
        "first": row.first, "last": row.last, "act": row.act, "told": "yes" if told else "no"})
    asked = State(report.state) is State.NEEDS_INFO
    for name, (was, _) in before.columns.items():
        setattr(report, name, valued(was))
    if before.columns.get("archived_at", (None, None))[0] is not None:  # the step had its channel used again
        report.archived_at = None
        record.archive(call, report)
    if await _rows(call, report, before):
        await record.set_members(call, report)
    if _back(before):
        await absence.follow(call, report)  # somebody of them may be away since
    for number in owned:
        card = f"{report.id}/brief/{number}"
        call.emit(Erase(report.triage_platform, of=card, channel=report.channel), f"{card}/undone", report=report.id)
    await brief.follow(call, report)
    await fame.follow(call, report)
    if told:
        words = wording.took_back(report.id, row.at, State(report.state), call.program.tz, asked=asked and row.act == "ask")
        told = await record.tell(call, report, words, f"undone/{row.id}")
    return Reply(text=wording.undone(report.id, row.act, State(report.state), told=told))


# -- whether it is possible ----------------------------------------------------------------------------------------

async def _mine(call: Call, report: Report, wanted: str) -> tuple[Step, Before]:
    """Return the step that is taken back; raises Problem, by name, when there is none or something stands in the way."""
    row = await steps.newest(call, report)
    if wanted and (row is None or row.id != wanted):
        known = await call.work.session.get(Step, wanted)
        if known is not None and known.report_id == report.id and known.undone_at is not None:
            return known, Before({}, {}, ())
        if known is None or known.report_id != report.id or row is None:
            raise Problem("nothing_to_undo", wording.nothing_to_undo(report.id))
    entries = standing(await call.work.ledger.written(report.id))
    since = [one for one in entries if one.number > (row.last if row else 0) and one.kind not in BESIDE]
    if row is None:
        last = next((one for one in reversed(entries) if one.kind in FINAL), None)
        raise Problem("nothing_to_undo", wording.final(FINAL[last.kind]) if last else wording.nothing_to_undo(report.id))
    zone, name = call.program.tz, await _name(call, report, row.person_id)
    circle = await call.work.people.circle(call.caller.id)
    if row.person_id not in circle:
        raise Problem("not_yours", wording.not_yours(name, row.act, row.at, zone))
    if wanted and row.id != wanted:
        raise Problem("not_the_last", wording.not_the_last(row.act, row.at, zone))
    if call.at - row.at > LASTS:
        raise Problem("too_late", wording.undo_too_late(row.act, row.at + LASTS, zone))
    if since:
        raise Problem("happened_since", await _in_the_way(call, report, since[0], circle))
    before = steps.opened(call, report, row)
    if row.before is None or any(steps.plain(getattr(report, one)) != now for one, (_, now) in before.columns.items()):
        raise Problem("happened_since", wording.rests_on_it(row.act))
    for person in _back(before):
        roles, _ = await call.work.people.grants(await call.work.people.now(person))
        if not roles or report.person_id in await call.work.people.circle(person):
            raise Problem("happened_since", wording.gone_since(row.act))
    return row, before


def _back(before: Before) -> set[str]:
    """Return who would be on a report again."""
    columns = {str(before.columns[one][0] or "") for one in ("assignee_id", "owner_id") if one in before.columns}
    rows = {str(was["person_id"]) for was, _ in before.rows.get("member", {}).values() if was is not None}
    return (columns | rows) - {""}


async def _in_the_way(call: Call, report: Report, entry: Entry, circle: frozenset[str]) -> Text:
    who = await _name(call, report, entry.person_id)
    if entry.person_id in circle and entry.kind in FINAL:
        return wording.final(FINAL[entry.kind])
    return wording.since(who, entry.kind, entry.at, call.program.tz)


async def _name(call: Call, report: Report, person: str) -> str:
    if person in ("", "clock"):
        return "the clock"
    if report.person_id in await call.work.people.circle(person):
        return "the researcher"
    return await call.work.people.name(call.desk.vault, person, report.triage_platform)


async def _was_told(call: Call, before: Before) -> bool:
    """Whether the step told the researcher something that reached them or is on its way."""
    found = await call.work.reports.deliveries(before.told)
    return any(one.state == "queued" or one.done_at is not None for one in found.values())


# -- what is put back ----------------------------------------------------------------------------------------------

async def _rows(call: Call, report: Report, before: Before) -> bool:
    """Put back the rows that a step made or changed; tells whether the roster is another one now."""
    session, roster = call.work.session, False
    for identity, (was, now) in before.rows.get("member", {}).items():
        roster = True
        if was is None and now is not None:
            await call.work.people.leave(report.id, now["person_id"], now["part"])
            await call.work.ledger.write("roster_left", report=report.id, person=now["person_id"],
                                         data={"part": now["part"], "by": call.caller.id})
        elif was is not None and await session.get(Member, identity) is None:
            await call.work.people.join(report.id, was["person_id"], was["part"])
            await call.work.ledger.write("roster", report=report.id, person=was["person_id"],
                                         data={"part": was["part"], "by": call.caller.id})
    for identity, (was, _) in before.rows.get("proposal", {}).items():
        proposal = await session.get(Proposal, identity)
        if proposal is not None:
            proposal.state = was["state"] if was is not None else "withdrawn"
    for identity, (was, _) in before.rows.get("trial_series", {}).items():
        series = await session.get(Series, identity)
        if series is not None:
            series.stand = was["stand"] if was is not None else Stand.VOID.value
    for identity, (was, _) in before.rows.get("cause", {}).items():
        cause = await session.get(Cause, identity)
        if cause is not None:
            cause.gone_at = valued(was["gone_at"]) if was is not None else call.now
    for identity, (was, _) in before.rows.get("rating", {}).items():
        rating = await session.get(Rating, identity)
        if rating is not None and was is not None:
            rating.settled = was["settled"]
        elif rating is not None:  # it has no word for a judgement that was taken back; the ledger keeps what it was
            await session.delete(rating)
    await _unsaid(call, before)
    await session.flush()
    return roster


async def _unsaid(call: Call, before: Before) -> None:
    """Forget pings that the step caused and nobody has heard yet, and what was said with it for later steps to read."""
    for identity, (was, _) in before.rows.get("ping", {}).items():
        ping = await call.work.session.get(Ping, identity) if was is None else None
        if ping is not None and ping.sent_at is None:
            await call.work.session.delete(ping)
    for identity, (was, _) in before.rows.get("passage", {}).items():
        said = await call.work.session.get(Passage, identity) if was is None else None
        if said is not None and not said.delivery and not said.shown:
            said.changed = UNDONE
