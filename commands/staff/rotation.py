"""Whose turn it is: the triager of a craft who was put on a report longest ago.

Decides who is next for a roster, for a report that somebody passes on and for those of somebody who leaves. Nobody is put on
their own report, nobody while they are away. As the order is that of the last turn and not of a count, whoever comes back has
one turn and stands behind everybody else again: no flood.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import col, select

from commands.calls import Call
from commands.staff import presence
from config.policy.states import Discipline, Role
from storage.models import Member, Person, Report


async def next_for(call: Call, report: Report, craft: Discipline, *, but: Collection[str] = ()) -> Person | None:
    """Return who of a craft is next, without these; first those who can enter the report's channel; None when nobody can."""
    people = call.work.people
    theirs = await people.circle(report.person_id)  # with every account that ever was theirs
    able = [one for one in await people.with_role(Role.TRIAGER, craft)
            if one.id not in theirs and one.id not in but and not presence.is_away(one, call.now)]
    for one in await _in_turn(call, able):
        if await people.account(call.desk.vault, one.id, report.triage_platform) is not None:
            return one
    return able[0] if able else None


async def _in_turn(call: Call, able: list[Person]) -> list[Person]:
    """Order those whose last turn was at the same instant by how many they had: somebody of two crafts must not have most of both."""
    level = [one for one in able if one.rotated_at == able[0].rotated_at]
    if len(level) < 2:
        return able
    rows = await call.work.session.execute(select(Member.person_id, func.count()).where(
        col(Member.person_id).in_([one.id for one in level]), col(Member.part).in_([one.value for one in Discipline])).group_by(
            col(Member.person_id)))
    turns = {str(person): int(number) for person, number in rows}
    return [*sorted(level, key=lambda one: (turns.get(one.id, 0), one.id)), *(one for one in able if one not in level)]
