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
    agreed_reporter_at: datetime | None = None
    agreed_staff_at: datetime | None = None


class Offer(SQLModel, table=True):
    """Another end of a report's embargo that one side proposed; the old one holds until every signatory agreed."""

    __tablename__ = "offer"

    report_id: str = Field(primary_key=True, foreign_key="report.id")
    end: datetime
    side: str  # who proposed it: reporter, programme, or the id of a party
    agreed: str  # who agreed so far, with blanks between them
    at: datetime


class Party(SQLModel, table=True):
    """Somebody outside who takes part in an embargo: another vendor, a coordinator. `consent` as config/policy/disclosure.py has it."""

    __tablename__ = "party"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    name: Sealed | None = Field(default=None, sa_column=Column(SealedColumn(), nullable=True))  # under the report's key
    consent: str
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
