"""What colleagues judged: who scored a report how, which causes it has, and what joined the regression set.

Decides what is remembered and how it is asked for. Scores are computed in `config/policy/severity.py`; recurrence, in
`commands/judging/cause.py`. Words of people and attacks stand in sealed columns under the report's key.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, func, update
from sqlmodel import Field, SQLModel, col, select

from config.policy.states import State
from storage.models import Report
from storage.sealed import SealedColumn
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Work


def _sealed() -> Column[Sealed | None]:
    return Column(SealedColumn(), nullable=True)


class Rating(SQLModel, table=True):
    """One triager's judgement of a report. The newest of each person counts; `settled` once a level stood."""

    __tablename__ = "rating"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    number: int = 0  # in the order in which they were given
    person_id: str
    at: datetime
    level: str
    vector: str = ""  # without one the level was set by hand
    score: str = ""  # a decimal, such as 5.2
    rubric: str = ""  # version
    provisional: bool = False
    budget: str = ""  # attempts that an attacker may make unnoticed, by the rubric's name
    stand_in: str = ""  # the missing discipline for which the lead signed
    settled: bool = False


class Cause(SQLModel, table=True):
    """One root cause of a report, primary or contributing, with the evidence that told it apart."""

    __tablename__ = "cause"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    cause: str  # id in the taxonomy
    part: str  # primary or contributing
    person_id: str = ""
    at: datetime
    gone_at: datetime | None = None  # replaced by another judgement
    evidence: Sealed | None = Field(default=None, sa_column=_sealed())


class RegressionItem(SQLModel, table=True):
    """One attack, or a variant of one, that every release is tried against. `body` is JSON: messages, match, context."""

    __tablename__ = "regression_item"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    kind: str  # attack or variant
    at: datetime
    gone_at: datetime | None = None
    body: Sealed | None = Field(default=None, sa_column=_sealed())


class JudgingRecords:
    """The questions about judgements, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def ratings(self, report: str) -> list[Rating]:
        """Return every judgement of a report's severity, oldest first."""
        found = await self.work.session.execute(
            select(Rating).where(Rating.report_id == report).order_by(col(Rating.number), col(Rating.at)))
        return list(found.scalars())

    async def next_rating(self, report: str) -> int:
        """Return the number of a report's next judgement."""
        found = await self.work.session.execute(select(func.max(Rating.number)).where(Rating.report_id == report))
        return int(found.scalar_one_or_none() or 0) + 1

    async def causes(self, report: str) -> list[Cause]:
        """Return the causes that stand, the primary one first."""
        found = await self.work.session.execute(
            select(Cause).where(Cause.report_id == report, col(Cause.gone_at).is_(None)).order_by(
                col(Cause.part).desc(), col(Cause.at), col(Cause.id)))
        return list(found.scalars())

    async def of_signature(self, signature: str, *, but: str = "") -> list[Report]:
        """Return the other reports with a signature (a keyed digest), newest first."""
        if not signature:
            return []
        found = await self.work.session.execute(
            select(Report).where(Report.signature == signature, Report.id != but, col(Report.rehearsal).is_(False)).order_by(
                col(Report.received_at).desc()))
        return list(found.scalars())

    async def with_cause(self, since: datetime) -> list[Report]:
        """Return the reports received since an instant that have a root cause, oldest first; purged ones are left out."""
        found = await self.work.session.execute(
            select(Report).where(Report.cause != "", col(Report.received_at) > since, col(Report.key).is_not(None),
                                 col(Report.rehearsal).is_(False)).order_by(col(Report.received_at), col(Report.id)))
        return list(found.scalars())

    async def follow_ups(self) -> list[Report]:
        """Return the reports whose root cause is to be looked at again by now, the one that waits longest first."""
        found = await self.work.session.execute(
            select(Report).where(
                col(Report.follow_up_on) <= self.work.now, col(Report.key).is_not(None),
                col(Report.state).not_in([State.WITHDRAWN.value, State.SPAM.value])).order_by(col(Report.follow_up_on), col(Report.id)))
        return list(found.scalars())

    async def regression(self, report: str = "") -> list[RegressionItem]:
        """Return the regression set, oldest first; of one report, or whole."""
        query = select(RegressionItem).where(col(RegressionItem.gone_at).is_(None))
        if report:
            query = query.where(RegressionItem.report_id == report)
        else:  # what a rehearsal leaves for the moment is no part of what releases are tried against
            query = query.where(col(RegressionItem.report_id).not_in(select(Report.id).where(col(Report.rehearsal).is_(True))))
        return list((await self.work.session.execute(query.order_by(col(RegressionItem.at), col(RegressionItem.id)))).scalars())

    async def erase(self, report: str) -> None:
        """Erase what judgements of a report say in words, and what joined the regression set from it."""
        await self.work.session.execute(update(Cause).where(col(Cause.report_id) == report).values(evidence=None))
        await self.work.session.execute(update(RegressionItem).where(
            col(RegressionItem.report_id) == report, col(RegressionItem.gone_at).is_(None)).values(
                body=None, gone_at=self.work.now))
