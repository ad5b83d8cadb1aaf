"""Who is there and who acts for whom: absences, covers, covers of covers.

Decides nothing about a report. Whoever is away is represented by their cover, and by the cover's own cover while that one is
away too; a circle of people who are all away ends with nobody. Setting an absence is `absence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import col, select

from config.policy.states import Role
from storage.database import Work
from storage.models import Person


def is_away(person: Person | None, now: datetime) -> bool:
    """Whether somebody is away at `now`."""
    return person is not None and person.away_until is not None and person.away_until > now


async def here(work: Work, person: str) -> bool:
    """Whether somebody is known and not away."""
    found = await work.session.get(Person, person)
    return found is not None and not is_away(found, work.now)


async def instead_of(work: Work, person: str, roles: Iterable[Role] = ()) -> str:
    """Return who acts for somebody now: themselves while they are there, else their cover; nothing when that is nobody.

    A cover holds a role here; with `roles`, one of these: nobody is told of what they could not do.
    """
    seen: set[str] = set()
    found = await work.session.get(Person, person)
    while found is not None and is_away(found, work.now):
        seen.add(found.id)
        nxt = await work.people.now(found.cover_id) if found.cover_id else ""
        found = await work.session.get(Person, nxt) if nxt and nxt not in seen else None
    if found is None:
        return ""
    if found.id == person:
        return person
    wanted = frozenset(roles)
    able = wanted & (await work.people.grants(found.id))[0] if wanted else found.id in await work.people.staff()
    return found.id if able else ""


async def absent(work: Work) -> Sequence[Person]:
    """Return everybody who is away now, those first who come back first."""
    found = await work.session.execute(
        select(Person).where(col(Person.away_until) > work.now).order_by(col(Person.away_until), col(Person.id)))
    return found.scalars().all()


async def acting_for(work: Work, person: str) -> frozenset[str]:
    """Return for whom somebody acts: for themselves, and for everybody who is away and whom they cover in the end."""
    found = {person}
    for one in await absent(work):
        if one.cover_id and await instead_of(work, one.id) == person:
            found.add(one.id)
    return frozenset(found)


async def present(work: Work, people: Iterable[str], roles: Iterable[Role] = ()) -> list[str]:
    """Return these people, each who is away replaced by their cover or left out, each once."""
    wanted = frozenset(roles)
    found = [await instead_of(work, one, wanted) for one in people]
    return [one for one in dict.fromkeys(found) if one]
