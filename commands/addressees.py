"""Who a mark or an occasion of a report concerns, as people: the assignee, both triagers, the owner, whoever decides.

Decides who is told instead when a place is empty or its holder away. Nobody is ever addressed about a report of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from commands.calls import Call
from commands.staff import presence
from config.policy.states import Discipline, Role, Who
from storage.models import Proposal, Report

_CRAFTS = frozenset(one.value for one in Discipline)
_JUDGES = (Role.TRIAGER, Role.LEAD)  # who may act for a triager


async def people_of(call: Call, report: Report, who: Who, *, mark: str = "") -> list[str]:
    """Return the ids of the people behind `who`, each once; `mark` is the key of the mark, for who decides a proposal.

    Who is away is replaced by their cover, or by others on the report, then the lead; only when really nobody is there, who is
    away stands in the list all the same.
    """
    match who:
        case Who.ASSIGNEE:
            known = [report.assignee_id] if report.assignee_id else []
            return (await _there(call, report, known, _JUDGES) or await _there(call, report, await triagers(call, report), _JUDGES)
                    or await _leads(call, report) or await _others(call, report, known))
        case Who.TRIAGERS:
            known = await triagers(call, report)
            return await _there(call, report, known, _JUDGES) or await _leads(call, report) or await _others(call, report, known)
        case Who.OWNER:
            known = [report.owner_id] if report.owner_id else []
            found = await _there(call, report, known, (Role.OWNER,))
            return found or (await _leads(call, report) or known if known else [])
        case Who.LEAD:
            return await _leads(call, report)
        case Who.LEADERSHIP if report.rehearsal:
            return []  # nobody above the lead is called for a test
        case Who.LEADERSHIP:
            known = await holding(call, Role.LEADERSHIP)
            return await _there(call, report, known, (Role.LEADERSHIP,)) or await _others(call, report, known)
        case Who.DECIDER:
            return await _deciders(call, report, proposal_of(mark))
        case Who.REPORTER:
            return []  # told in their own conversation, not pinged


async def away_leads(call: Call, report: Report) -> list[str]:
    """Return the leads where no triager and no lead of a report is there, nor anybody for them; nobody as long as somebody is."""
    leads = await holding(call, Role.LEAD)
    return [] if await _there(call, report, [*await triagers(call, report), *leads], _JUDGES) else await _others(call, report, leads)


async def triagers(call: Call, report: Report) -> list[str]:
    """Return the triagers of a report's roster, without who is away as long as somebody is there."""
    found = [one.person_id for one in await call.work.people.roster(report.id) if one.part in _CRAFTS]
    there = [one for one in found if await presence.here(call.work, one)]
    return there or found


async def holding(call: Call, role: Role) -> list[str]:
    """Return who holds a role, whatever the report."""
    return [one.id for one in await call.work.people.with_role(role)]


async def needed(call: Call, report: Report, needs: Iterable[str], *, but: str = "") -> list[str]:
    """Return who may give what is asked for, each need a role or a craft; never who asked.

    The cover of an absent triager may give what needs that one's craft only when it is the cover's own craft as well.
    """
    found: list[str] = []
    roster = await call.work.people.roster(report.id)
    for need in needs:
        if need in _CRAFTS:
            known = [one.person_id for one in roster if one.part == need]
            able = [one for one in await _there(call, report, known, (Role.TRIAGER,))
                    if Discipline(need) in (await call.work.people.grants(one))[1]]
            held = [one.id for one in await call.work.people.with_role(Role.TRIAGER, Discipline(need))]
            found += able or ([] if known else await _there(call, report, held)) or (
                [] if known and await presence.here(call.work, known[0]) else await _leads(call, report))
        elif need == Role.TRIAGER.value:
            found += await _there(call, report, await triagers(call, report), _JUDGES)
        elif need == Role.OWNER.value and report.owner_id:
            found += await _there(call, report, [report.owner_id], (Role.OWNER,)) or await _leads(call, report)
        elif need in list(Role):
            found += await _there(call, report, await holding(call, Role(need)), (Role(need),))
    return await _others(call, report, [one for one in found if one != but])


def proposal_of(mark: str) -> str:
    """Return the id of the proposal that a mark is about, or nothing."""
    stem = mark.partition("/")[0]
    return stem.removeprefix("proposal-") if stem.startswith("proposal-") else ""


async def _deciders(call: Call, report: Report, proposal: str) -> list[str]:
    row = await call.work.session.get(Proposal, proposal) if proposal else None
    if row is None:
        return await _leads(call, report)
    needs: Sequence[str] = ()
    for entry in await call.work.ledger.of(report.id):
        if entry.kind == "proposal" and (data := json.loads(entry.data)).get("id") == proposal:
            needs = str(data.get("needs", "")).split(",")
    return await needed(call, report, needs, but=row.person_id) or await _leads(call, report)


async def _leads(call: Call, report: Report) -> list[str]:
    """Return the leads who are there or their covers, else leadership, else the leads all the same."""
    known = await holding(call, Role.LEAD)
    return (await _there(call, report, known, (Role.LEAD,))
            or await _there(call, report, await holding(call, Role.LEADERSHIP), (Role.LEADERSHIP,)) or await _others(call, report, known))


async def _there(call: Call, report: Report, people: Iterable[str], roles: Iterable[Role] = ()) -> list[str]:
    """Return these people, who is away replaced by a cover with such a role; nobody about a report of their own."""
    theirs = await call.work.people.circle(report.person_id)
    return [one for one in await presence.present(call.work, people, roles) if one not in theirs]


async def _others(call: Call, report: Report, people: Iterable[str]) -> list[str]:
    theirs = await call.work.people.circle(report.person_id)
    return [one for one in dict.fromkeys(people) if one and one not in theirs]
