"""The register of buy-in, read from the ledger: which product area has an owner who accepted the deadlines.

Decides which entry speaks for an area. When an acceptance stands is decided by `config/policy/buy_in.py`. An area that is open
has an entry `buy_in_open`, written when the clock first saw it: from then on the time of asking counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from config.policy import buy_in
from config.policy.states import Role
from config.program import Program
from storage.models import Entry, Grant

if TYPE_CHECKING:
    from storage.database import Work

ACCEPTED, OPEN = "buy_in", "buy_in_open"


@dataclass(frozen=True, slots=True)
class Area:
    """One product area: by whom and when its deadlines were accepted, or since when nobody does."""

    id: str
    name: str
    person: str = ""
    at: datetime | None = None
    since: datetime | None = None  # of an open one; None while no tick has seen it
    newest: int = 0  # number of the newest acceptance, whether or not it stands
    opening: int = 0  # number of the entry that says it is open

    @property
    def open(self) -> bool:
        """Whether nobody answers for its deadlines."""
        return not self.person


async def register(work: Work, program: Program) -> tuple[Area, ...]:
    """Return every product area of the programme's scope as it stands, in the order of the scope."""
    owners = await owners_since(work)
    wanted = buy_in.digest(program)
    # Sorted here: asked for in their order, SQLite would walk through the whole ledger.
    rows = sorted((await work.session.execute(select(Entry).where(col(Entry.kind).in_((ACCEPTED, OPEN))))).scalars(),
                  key=lambda one: one.number)
    said: dict[str, list[tuple[Entry, dict[str, Any]]]] = {}
    for row in rows:
        data = json.loads(row.data)
        said.setdefault(str(data.get("area", "")), []).append((row, data))
    found = []
    for item in program.scope:
        of = said.get(item.id, [])
        accepted = [one for one in of if one[0].kind == ACCEPTED]
        newest = accepted[-1][0].number if accepted else 0
        area = Area(item.id, item.name, newest=newest)
        for row, data in reversed(accepted):
            holder = await work.people.now(row.person_id)
            since = owners.get(holder)
            if holder != row.person_id and since is not None:
                since = min(since, row.written_at)  # accounts were joined: the role came with them, and so does their word
            if buy_in.stands(str(data.get("lengths", "")), row.written_at, lengths=wanted, owner_since=since):
                area = Area(item.id, item.name, holder, row.at, newest=newest)
                break
        else:
            seen = [row for row, data in of if row.kind == OPEN and data.get("lengths") == wanted and row.number > newest]
            if seen:
                area = Area(item.id, item.name, since=seen[0].at, newest=newest, opening=seen[0].number)
        found.append(area)
    return tuple(found)


async def owners_since(work: Work) -> dict[str, datetime]:
    """Return since when each owner has that role."""
    rows = await work.session.execute(select(Grant.person_id, Grant.granted_at).where(Grant.role == Role.OWNER.value))
    return {row[0]: row[1] for row in rows}
