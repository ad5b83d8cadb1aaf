"""Unsend: a message of ours to the researcher is destroyed here, and erased there or stopped on its way.

Decides who may take which message back, and tells truthfully how that ended: the platform's answer comes later than ours, so the
line in the channel is drawn again then, and the caller is told when it failed. What the researcher may have read is not unread. Words that
went out with a step, such as a stop-gap or a later date, are no message of their own: they stay, and whoever asks is told so.
"""

from __future__ import annotations

import json
from collections.abc import Set
from enum import StrEnum
from typing import Annotated

from commands import record, talk
from commands.calls import Call, Problem, Reply, lane_of
from commands.desk import Desk
from commands.effects import Erase
from commands.registry import Hint, command
from commands.text import Body, Voice
from commands.wording import guards as wording
from config.policy.roles import Allow, Tie
from config.policy.states import EmbargoState, Event, Role, State
from storage.database import Work
from storage.models import UNSENT, Delivery, Entry, Passage, Report

ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER, Role.LEADERSHIP), tie=(Tie.ROSTER, Tie.OWNER))
_LISTED = 5
_BESIDE = {  # which step sends words that are no message of their own: the command, and the kind of what goes out with it
    Event.MITIGATE.value: ("mitigate", "stop_gap"), Event.MORE_TIME.value: ("more-time", "date"), Event.RESCORE.value: ("severity", "level"),
}
_EMBARGO = "embargo"


class How(StrEnum):
    """What became of a message that was taken back."""

    PENDING = "pending"
    ERASED = "erased"
    NEVER_SENT = "never_sent"
    FAILED = "failed"


@command("case unsend", allow=ON_IT)
async def unsend(
    call: Call, report: Report, number: Annotated[int | None, Hint("number of the message", low=1)] = None,
) -> Reply:
    """Take back your last message to the researcher, or one of the team's, on both sides."""
    ours = [one for one in await call.work.reports.passages(report.id) if one.delivery]
    circle = await call.work.people.circle(call.caller.id)
    any_of_them = bool(call.caller.roles & {Role.TRIAGER, Role.LEAD})
    if number is None:
        mine = [one for one in ours if one.person_id in circle and one.erased_at is None]
        row = mine[-1] if mine else None
        await _refuse_beside(call, report, circle, row, mine)
    else:
        row = next((one for one in ours if one.number == number and (any_of_them or one.person_id in circle)), None)
    if row is not None and row.changed == UNSENT:
        return Reply(text=wording.unsent_already(row.number))
    if row is None or row.body is None:
        left = [one for one in ours if one.body is not None and (any_of_them or one.person_id in circle)]
        raise Problem("nothing_to_unsend", wording.nothing_to_unsend(
            report.id, [(one.number, one.at) for one in left[-_LISTED:]], call.program.tz))
    before = await call.work.reports.delivery(row.delivery)
    sent = before is None or before.state == "done"  # a row that is gone says nothing: then it may have been read
    queued = before is not None and before.state == "queued"
    row.body, row.erased_at, row.changed = None, call.now, UNSENT
    await record.note(call, report, UNSENT, data={"number": row.number, "id": row.delivery.removeprefix(f"{report.id}/")})
    known = await _there(call, report, row, before) if before is not None else False
    _here(call, report, row)
    await talk.show_again(call, report, row)
    waits = report.state == State.NEEDS_INFO and row.kind == "ask" and not any(
        one.kind == "ask" and one.number > row.number for one in ours)
    return Reply(text=wording.unsent(sent=sent, on_the_way=queued, reachable=known, archived=report.archived_at is not None,
                                     waits=waits, records=call.program.retention.records))


async def _refuse_beside(call: Call, report: Report, circle: Set[str], row: Passage | None, mine: list[Passage]) -> None:
    """Refuse when the caller's newest words to the researcher went out with a step: an older message is not what they mean."""
    entries = await call.work.ledger.written(report.id)
    sent = 0 if row is None else next((one.number for one in reversed(entries) if _is_of(one, row)), 0)
    found = _beside([one for one in entries if one.number > sent], circle)
    if found is not None:
        raise Problem("nothing_to_unsend", wording.went_beside(
            report.id, _BESIDE.get(found.kind, (_EMBARGO,))[0], found.at, call.program.tz, [(one.number, one.at) for one in mine[-_LISTED:]]))


def _is_of(entry: Entry, row: Passage) -> bool:
    """Whether an entry was written when a message was sent."""
    if entry.kind == "message_out":
        return bool(json.loads(entry.data).get("number") == row.number)
    return entry.kind == row.kind and entry.at == row.at  # an acknowledgement


def _beside(entries: list[Entry], circle: Set[str]) -> Entry | None:
    """Return the newest step of somebody's with which the researcher was told their words; a proposal's are its proposer's."""
    found: Entry | None = None
    step: Entry | None = None
    proposed: dict[str, str] = {}
    for one in entries:
        data = json.loads(one.data)
        if one.kind == "proposal":
            proposed[str(data.get("act", ""))] = one.person_id
        elif one.kind in _BESIDE:
            step = one if proposed.pop(_BESIDE[one.kind][0], one.person_id) in circle else None
        elif one.kind == "message_out" and step is not None and data.get("kind") == _BESIDE[step.kind][1]:
            found, step = step, None
        elif one.kind == _EMBARGO and one.person_id in circle and data.get("by") == "programme":
            found = one if "proposed" in data or data.get("state") == EmbargoState.EXITED else found
    return found


def _here(call: Call, report: Report, row: Passage) -> None:
    """Take the words from a channel that is closed: there, nothing is drawn any more."""
    if report.archived_at is not None and row.shown:
        call.emit(Erase(report.triage_platform, of=row.shown, channel=report.channel), f"{row.shown}/unsent", report=report.id)


async def _there(call: Call, report: Report, row: Passage, delivery: Delivery) -> bool:
    """Stop the delivery, and erase what it left behind in the order of its lane; tells whether there is anywhere to erase it."""
    delivery.state, delivery.reason = UNSENT, ""
    call.revived[:] = [one for one in call.revived if one[0] != delivery.key]
    for one in await call.work.people.accounts_of(call.desk.vault, report.person_id):
        effect = Erase(one.platform, of=delivery.key, person=one.account, then=row.shown)
        if lane_of(effect, call.desk.vault.blind) == delivery.lane:
            call.emit(effect, _erasure(delivery.key), report=report.id)
            return True
    return False


def _erasure(key: str) -> str:
    return f"{key}/unsent"


# -- how it ended --------------------------------------------------------------------------------------------------

async def how(work: Work, row: Passage) -> How:
    """Return what became of a message that was taken back, as far as the platform has said."""
    found = await work.reports.deliveries((row.delivery, _erasure(row.delivery)))
    sent, erased = found.get(row.delivery), found.get(_erasure(row.delivery))
    if erased is not None and erased.state == "queued":
        return How.PENDING
    if sent is None or sent.done_at is None:
        return How.NEVER_SENT
    return How.ERASED if erased is not None and erased.state == "done" else How.FAILED


async def shown(work: Work, desk: Desk, report: Report, row: Passage) -> Body:
    """Return the line that stands in the channel in place of the words: who took them back, when, and how that ended."""
    name = await work.people.name(desk.vault, await _taken_back_by(work, report, row), report.triage_platform)
    at = row.erased_at or row.at
    return Body(text=wording.unsent_line(name, at, (await how(work, row)).value, desk.program.tz), voice=Voice("event"))


async def ended(call: Call, report: Report, row: Passage) -> None:
    """Tell whoever took a message back when it could not be erased there; once."""
    if await how(call.work, row) is not How.FAILED:
        return
    who = await _taken_back_by(call.work, report, row)
    body = Body(text=wording.not_erased(report.id, row.at, call.program.tz))
    await record.tell_person(call, who, body, f"unsent/{report.id}/{row.number}", report=report.id)


async def _taken_back_by(work: Work, report: Report, row: Passage) -> str:
    return next((one.person_id for one in reversed(await work.ledger.of(report.id))
                 if one.kind == UNSENT and json.loads(one.data).get("number") == row.number), row.person_id)
