"""What becomes public and when: who agreed to which end of an embargo, and the editions of each advisory.

Decides what is remembered of both. What an advisory holds is decided in `config/policy/advisory.py`, when one may
appear in `config/policy/disclosure.py`. An edition is public, and sealed all the same: one that was drawn up and never
published tells a thief nothing.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Column
from sqlmodel import Field, SQLModel, col, select

from config.policy import advisory
from config.policy.advisory import Advisory
from storage.sealed import SealedColumn
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Work
    from storage.vault import Vault


class Shown(StrEnum):
    """How an edition stands."""

    DRAFT = "draft"  # both sides look at it
    PUBLIC = "public"
    REPLACED = "replaced"  # by a later edition


class Edition(SQLModel, table=True):
    """One edition of a report's advisory; `id` is the report's id and the number of the edition, with a slash between."""

    __tablename__ = "edition"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    number: int
    shown: str
    at: datetime  # when it was drawn up, and once it is public, when it appeared
    body: Sealed | None = Field(default=None, sa_column=Column(SealedColumn(), nullable=True))  # JSON, under the common box
    by: str = ""  # who changed its words last; nobody did as long as it is only drawn up


class Offer(SQLModel, table=True):
    """Another end of a report's embargo that one side proposed; the old one holds until every signatory agreed."""

    __tablename__ = "offer"

    report_id: str = Field(primary_key=True, foreign_key="report.id")
    end: datetime
    side: str  # who proposed it: reporter, programme, or the id of a party
    agreed: str  # who agreed so far, with blanks between them
    at: datetime


class Party(SQLModel, table=True):
    """Somebody outside who knows of a flaw: another vendor, a coordinator. `consent` to the embargo as config/policy/disclosure.py has it."""

    __tablename__ = "party"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    name: Sealed | None = Field(default=None, sa_column=Column(SealedColumn(), nullable=True))  # under the report's key
    consent: str
    at: datetime  # when they were told, or were heard of first


class Reward(SQLModel, table=True):
    """What a researcher gets for a report, in whole units of the programme's currency; the last one of a report counts."""

    __tablename__ = "reward"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    amount: int
    currency: str
    by: str
    at: datetime = Field(index=True)
    paid_at: datetime | None = None  # marked by hand
    gone_at: datetime | None = None  # replaced, or taken back


class PolicyText(SQLModel, table=True):
    """A version of the policy as it was announced. It is public, and stands as it is."""

    __tablename__ = "policy_text"

    version: str = Field(primary_key=True)
    date: str
    sha256: str
    text: str
    at: datetime


class Publishing:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def editions(self, report: str) -> list[Edition]:
        """Return every edition of a report's advisory, the first one first."""
        found = await self.work.session.execute(select(Edition).where(Edition.report_id == report).order_by(col(Edition.number)))
        return list(found.scalars())

    async def offer(self, report: str) -> Offer | None:
        """Return the end that is proposed for a report's embargo."""
        return await self.work.session.get(Offer, report)

    async def parties(self, report: str) -> list[Party]:
        """Return who else takes part in a report's embargo, in the order in which they came."""
        found = await self.work.session.execute(select(Party).where(Party.report_id == report).order_by(col(Party.at), col(Party.id)))
        return list(found.scalars())

    async def policies(self) -> list[PolicyText]:
        """Return the versions of the policy that were announced, the newest first."""
        found = await self.work.session.execute(select(PolicyText).order_by(col(PolicyText.date).desc(), col(PolicyText.at).desc()))
        return list(found.scalars())

    async def reward(self, report: str) -> Reward | None:
        """Return the reward of a report that stands."""
        found = await self.work.session.execute(select(Reward).where(Reward.report_id == report, col(Reward.gone_at).is_(None)))
        return found.scalars().first()

    async def rewards(self, since: datetime, until: datetime) -> list[Reward]:
        """Return the rewards that were given in a stretch of time and stand, the newest first."""
        found = await self.work.session.execute(
            select(Reward).where(col(Reward.gone_at).is_(None), col(Reward.at) >= since, col(Reward.at) < until)
            .order_by(col(Reward.at).desc()))
        return list(found.scalars())

    async def erase(self, report: str) -> None:
        """Erase what was drawn up and what was agreed; what stands in public stays."""
        for row in await self.editions(report):
            if row.shown == Shown.DRAFT.value:
                row.body = None
        for party in await self.parties(report):
            party.name = None
        offer = await self.offer(report)
        if offer is not None:
            await self.work.session.delete(offer)

    async def public(self, vault: Vault, *, most: int = 500) -> list[Advisory]:
        """Return the advisories that stand in public, the newest first."""
        found = await self.work.session.execute(
            select(Edition).where(Edition.shown == Shown.PUBLIC.value).order_by(col(Edition.at).desc()).limit(most))
        return [one for row in found.scalars() if (one := opened(vault, row)) is not None]


def opened(vault: Vault, row: Edition) -> Advisory | None:
    """Return what an edition says; nothing once it was erased."""
    return advisory.read(vault.common.open_text("edition", "body", row.id, row.body)) if row.body is not None else None


def sealed(vault: Vault, row: Edition, what: Advisory) -> None:
    """Write what an edition says."""
    row.body = vault.common.seal("edition", "body", row.id, advisory.stored(what))
