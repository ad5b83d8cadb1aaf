"""What researchers ask about their own data, and what of a person can be taken out of the database for good.

Decides which rows hold a person. When it is done, what becomes of their reports and what is said is decided in
`commands/own_data/requests.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlmodel import Field, SQLModel, col, select

from storage.models import Conversation, Draft, Identity, Joining, LinkCode, Person, Ping, Waiting

if TYPE_CHECKING:
    from storage.database import Work

PENDING = ("open", "offered")


class DataRequest(SQLModel, table=True):
    """What a researcher asks about their own data: a copy of it, or that it is forgotten; somebody owes it by a date."""

    __tablename__ = "data_request"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    kind: str  # export, forget
    at: datetime
    due_at: datetime = Field(index=True)
    state: str = "open"  # open, offered (a copy is ready, its way is to be chosen), done, withdrawn
    done_at: datetime | None = None
    done_by: str = ""


class OwnData:
    """The questions and the one act, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def pending(self, person: str = "") -> list[DataRequest]:
        """Return the requests that are not answered, of one person or of all, the one due first first.

        What somebody asked who became part of a person since, that person asked.
        """
        query = select(DataRequest).where(col(DataRequest.state).in_(PENDING))
        if person:
            query = query.where(col(DataRequest.person_id).in_(await self.same(person)))
        return list((await self.work.session.execute(query.order_by(col(DataRequest.due_at), col(DataRequest.id)))).scalars())

    async def alone(self, person: str) -> None:
        """Keep other processes from asking for somebody at the same time."""
        if self.work.postgres:
            await self.work.session.execute(select(Person.id).where(Person.id == person).with_for_update())

    async def same(self, person: str) -> frozenset[str]:
        """Return the ids under which somebody may have asked: their own, and those of whoever is part of them now."""
        people = self.work.people
        return frozenset([one for one in await people.circle(person) if await people.now(one) == person])

    async def get(self, request: str) -> DataRequest | None:
        """Return a request; other processes are kept away from it until the transaction ends."""
        query = select(DataRequest).where(DataRequest.id == request)
        if self.work.postgres:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self.work.session.execute(query)).scalars().first()

    async def erase(self, person: Person) -> int:
        """Take somebody out: their accounts, names, keys and what waits of them; return how many accounts there were.

        The bare row stays, because reports and the ledger refer to its id. How far their conversations were read stays under a
        keyed hash, so that nothing old is taken for news.
        """
        session = self.work.session
        people, last = [person], [person.id]
        while last:  # whoever became part of them, and part of those
            more = list((await session.execute(select(Person).where(col(Person.joined_to).in_(last)))).scalars())
            people += more
            last = [one.id for one in more]
        ids = [one.id for one in people]
        accounts = list((await session.execute(select(Identity).where(col(Identity.person_id).in_(ids)))).scalars())
        await session.execute(delete(Draft).where(col(Draft.handle).in_([one.handle for one in accounts])))
        for table in (LinkCode, Waiting, Ping):
            await session.execute(delete(table).where(col(table.person_id).in_(ids)))
        await session.execute(update(Conversation).where(col(Conversation.person_id).in_(ids)).values(
            person_id="", asked_report="", recent=""))
        await session.execute(update(Joining).where(col(Joining.kept_id).in_(ids), col(Joining.undone_at).is_(None)).values(
            undone_at=self.work.now))
        for account in accounts:
            await session.delete(account)
        for one in people:
            one.key = one.pseudonym = one.report_key = None
            one.circle = ""
        await session.flush()
        self.work.people.forget()
        return len(accounts)
