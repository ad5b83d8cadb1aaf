"""Questions about pings: what waits to be said to whom, what somebody heard today, and whether anything is due at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from storage import doors
from storage.models import Draft, Entry, LinkCode, Person, Ping, Report, Setting, Waiting
from storage.trials import Series, Stand

if TYPE_CHECKING:
    from storage.database import Work

HITS = "regression-hit/"  # settings that hold what a release gate told, sealed, until the clock takes it in
RENEWAL = "key_renewal"  # setting: what is wanted of the programme's key, or was done
NOW, LIST, WEEKEND = "now", "list", "weekend"  # the kinds of a ping that waits


@dataclass(frozen=True, slots=True)
class Ahead:
    """The earliest instant at which the clock has something to do, of each sort; None when there is nothing."""

    report: datetime | None
    ping: datetime | None
    waiting: datetime | None
    beside: bool  # something was written beside us: trials of the harness, hits of a release gate
    doors: bool = False  # a date of the programme's doors stands: an opening, a pause, a rehearsal
    renewal: str = ""  # what is wanted of the programme's key, or the stamp of its renewed copy


class Pings:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def ahead(self) -> Ahead:
        """Return what comes first of each sort: one look into the indexes."""
        report = select(func.min(Report.next_due_at)).where(col(Report.next_due_at).is_not(None)).scalar_subquery()
        ping = select(func.min(Ping.due_at)).where(Ping.kind == NOW, col(Ping.sent_at).is_(None)).scalar_subquery()
        kept = [select(func.min(table.expires_at)).scalar_subquery() for table in (Waiting, Draft, LinkCode)]
        came = exists().where(col(Series.stand) == Stand.CAME.value)
        told = exists().where(col(Setting.name).startswith(HITS), col(Setting.secret).is_not(None))
        renewal = select(Setting.value).where(Setting.name == RENEWAL).scalar_subquery()
        asked: list[Any] = [or_(came, told), renewal, doors.dated(), report, ping, *kept]
        row: tuple[Any, ...] = tuple((await self.work.session.execute(select(*asked))).one())
        found: tuple[datetime | None, ...] = row[3:]
        return Ahead(found[0], found[1], min((one for one in found[2:] if one is not None), default=None), bool(row[0]),
                     bool(row[2]), row[1] or "")

    async def people_due(self) -> list[str]:
        """Return to whom something is to be said now that waits for no list."""
        found = await self.work.session.execute(
            select(Ping.person_id).where(Ping.kind == NOW, col(Ping.sent_at).is_(None), col(Ping.due_at) <= self.work.now)
            .distinct())
        return sorted(person for (person,) in found)

    async def unsent(self, person: str, *kinds: str) -> list[Ping]:
        """Return what is due and not yet said to somebody, oldest first."""
        found = await self.work.session.execute(
            select(Ping).where(Ping.person_id == person, col(Ping.sent_at).is_(None), col(Ping.due_at) <= self.work.now,
                               col(Ping.kind).in_(kinds)).order_by(col(Ping.due_at), col(Ping.id)))
        return list(found.scalars())

    async def collecting(self, person: str, report: str, what: str) -> Ping | None:
        """Return what is being collected for somebody about a report."""
        found = await self.work.session.execute(
            select(Ping).where(Ping.person_id == person, Ping.report_id == report, Ping.what == what,
                               col(Ping.sent_at).is_(None)))
        return found.scalars().first()

    async def heard_since(self, people: Sequence[str], instant: datetime) -> Sequence[Ping]:
        """Return what was said to these people since an instant and counts towards the most of a day."""
        found = await self.work.session.execute(
            select(Ping).where(col(Ping.person_id).in_(people), col(Ping.counts).is_(True), col(Ping.sent_at) >= instant))
        return found.scalars().all()

    async def lists_since(self, people: Sequence[str], instant: datetime) -> Sequence[tuple[str, datetime]]:
        """Return when these people got lists since an instant; lists that came as one message have one instant."""
        found = await self.work.session.execute(
            select(Entry.person_id, Entry.at).where(Entry.kind == "list", col(Entry.at) >= instant, col(Entry.person_id).in_(people))
            .distinct())
        return [(person, at) for person, at in found]

    async def lock(self, person: str) -> Person | None:
        """Return somebody's row and keep other workers from speaking to them until the transaction ends."""
        query = select(Person).where(Person.id == person)
        if self.work.postgres:
            query = query.with_for_update()
        return (await self.work.session.execute(query)).scalars().first()

    async def done(self) -> dict[str, str]:
        """Return how far the recurring work has come, by its name."""
        found = await self.work.session.execute(
            select(Setting.name, Setting.value).where(col(Setting.name).startswith("done/")))
        return {name.removeprefix("done/"): value for name, value in found}

    async def mark_done(self, name: str, until: str) -> None:
        """Write down how far the recurring work has come; never back, also when two processes write at once."""
        insert = postgresql.insert if self.work.postgres else sqlite.insert
        row = insert(Setting).values(name=f"done/{name}", value=until)
        newer = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value},
                                          where=col(Setting.value) < row.excluded.value)
        await self.work.session.execute(newer)
