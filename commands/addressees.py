"""Who a mark or an occasion of a report concerns, as people: the assignee, both triagers, the owner, whoever decides.

Decides who stands in when a place is empty. Nobody is ever addressed about a report of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from commands.calls import Call
from config.policy.states import Discipline, Role, Who
from storage.models import Person, Proposal, Report

_CRAFTS = frozenset(one.value for one in Discipline)


async def people_of(call: Call, report: Report, who: Who, *, mark: str = "") -> list[str]:
    """Return the ids of the people behind `who`, each once; `mark` is the key of the mark, for who decides a proposal."""
    match who:
        case Who.ASSIGNEE:
            found = [report.assignee_id] if report.assignee_id else await triagers(call, report)
            if await _all_away(call, found):
                found = await triagers(call, report)
            return _others(report, found or await holding(call, Role.LEAD))
        case Who.TRIAGERS:
            return _others(report, await triagers(call, report) or await holding(call, Role.LEAD))
        case Who.OWNER:
            return _others(report, [report.owner_id] if report.owner_id else [])
        case Who.LEAD:
            return _others(report, await holding(call, Role.LEAD))
        case Who.LEADERSHIP:
            return _others(report, await holding(call, Role.LEADERSHIP))
        case Who.DECIDER:
            return _others(report, await _deciders(call, report, proposal_of(mark)))
        case Who.REPORTER:
            return []  # told in their own conversation, not pinged


async def triagers(call: Call, report: Report) -> list[str]:
    """Return the triagers of a report's roster, without who is away as long as somebody is there."""
    found = [one.person_id for one in await call.work.people.roster(report.id) if one.part in _CRAFTS]
    here = [one for one in found if not await _all_away(call, [one])]
    return here or found


async def holding(call: Call, role: Role) -> list[str]:
    """Return who holds a role, whatever the report."""
    return [one.id for one in await call.work.people.with_role(role)]


async def needed(call: Call, report: Report, needs: Iterable[str], *, but: str = "") -> list[str]:
    """Return who may give what is asked for, each need a role or a craft; never who asked."""
    found: list[str] = []
    roster = await call.work.people.roster(report.id)
    for need in needs:
        if need in _CRAFTS:
            craft = [one.person_id for one in roster if one.part == need]
            found += craft or [one.id for one in await call.work.people.with_role(Role.TRIAGER, Discipline(need))]
        elif need == Role.TRIAGER.value:
            found += await triagers(call, report)
        elif need == Role.OWNER.value and report.owner_id:
            found.append(report.owner_id)
        elif need in list(Role):
            found += await holding(call, Role(need))
    return _others(report, [one for one in found if one != but])


def proposal_of(mark: str) -> str:
    """Return the id of the proposal that a mark is about, or nothing."""
    stem = mark.partition("/")[0]
    return stem.removeprefix("proposal-") if stem.startswith("proposal-") else ""


async def _deciders(call: Call, report: Report, proposal: str) -> list[str]:
    row = await call.work.session.get(Proposal, proposal) if proposal else None
    if row is None:
        return await holding(call, Role.LEAD)
    needs: Sequence[str] = ()
    for entry in await call.work.ledger.of(report.id):
        if entry.kind == "proposal" and (data := json.loads(entry.data)).get("id") == proposal:
            needs = str(data.get("needs", "")).split(",")
    return await needed(call, report, needs, but=row.person_id) or await holding(call, Role.LEAD)


async def _all_away(call: Call, people: Sequence[str]) -> bool:
    for one in people:
        person = await call.work.session.get(Person, one)
        if person is not None and (person.away_until is None or person.away_until <= call.now):
            return False
    return bool(people)


def _others(report: Report, people: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(people) if one and one != report.person_id]
