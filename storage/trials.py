"""Trial series: who tried an attack how often, in which sampling context, judged by what, and each attempt of ours.

Decides what is remembered of trials and how it is asked for. What a count proves is decided in `config/policy/`; which series
count together, in `commands/judging/trials.py`. Context, names and attempts stand in sealed columns under the report's key.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, func, update
from sqlmodel import Field, SQLModel, col, select

from storage.sealed import SealedColumn
from storage.vault import Sealed

if TYPE_CHECKING:
    from storage.database import Work


def _sealed() -> Column[Sealed | None]:
    return Column(SealedColumn(), nullable=True)


class Kind(StrEnum):
    """What a series was made for."""

    BEFORE = "before"  # ours, without the fix
    AFTER = "after"  # ours, with the fix: one verification
    VARIANT = "variant"  # one paraphrase of the attack, with the fix
    BENIGN_BEFORE = "benign_before"  # ordinary requests refused, without the fix
    BENIGN_AFTER = "benign_after"
    BYPASS = "bypass"  # the researcher's count, with the fix


class Stand(StrEnum):
    """Where a series stands."""

    OPEN = "open"  # attempts are being made
    CAME = "came"  # all attempts are made; the report has not taken notice yet
    DONE = "done"  # counts
    VOID = "void"  # replaced by another one; does not count


class Series(SQLModel, table=True):
    """k successes in n attempts of one test. `round` is the verification that it belongs to, 0 for none."""

    __tablename__ = "trial_series"
    __table_args__ = (Index("trial_series_stand", "stand"),)

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    number: int = 0  # in the order in which they were recorded
    kind: str
    round: int = 0
    k: int = 0
    n: int = 0
    dropped: int = 0  # attempts that count in neither: errors, rate limits
    planned: int = 0  # attempts fixed before the start; 0 when none were
    judge: str = ""  # exact match, regular expression, person, classifier; with its version in the context
    unseen: bool = True  # a variant that the author of the fix has not seen
    person_id: str = ""
    at: datetime
    stand: str = Stand.DONE.value
    test: str = ""  # keyed digest of context, criterion and judge: equal for the same test
    context: Sealed | None = Field(default=None, sa_column=_sealed())  # JSON by field of domain section 2, and "target", "dropped"
    name: Sealed | None = Field(default=None, sa_column=_sealed())  # of a variant


class Attempt(SQLModel, table=True):
    """One attempt of a series that the programme made itself. `detail` is JSON: seed, sha256 of the output, reason, ms."""

    __tablename__ = "trial_attempt"

    id: str = Field(primary_key=True)  # series/number
    series_id: str = Field(foreign_key="trial_series.id", index=True)
    number: int
    outcome: str = "started"  # started, success, failure, dropped
    at: datetime
    detail: Sealed | None = Field(default=None, sa_column=_sealed())


class TrialRecords:
    """The questions about trials, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def of(self, report: str, *kinds: Kind) -> list[Series]:
        """Return a report's series that count, oldest first; of these kinds, or all."""
        query = select(Series).where(Series.report_id == report, Series.stand == Stand.DONE.value)
        if kinds:
            query = query.where(col(Series.kind).in_([one.value for one in kinds]))
        found = await self.work.session.execute(query.order_by(col(Series.number), col(Series.at)))
        return list(found.scalars())

    async def get(self, series: str) -> Series | None:
        """Return one series."""
        return await self.work.session.get(Series, series)

    async def next_number(self, report: str) -> int:
        """Return the number of a report's next series."""
        found = await self.work.session.execute(select(func.max(Series.number)).where(Series.report_id == report))
        return int(found.scalar_one_or_none() or 0) + 1

    async def standing(self, *stands: Stand, report: str = "") -> list[Series]:
        """Return the series that stand so, oldest first."""
        query = select(Series).where(col(Series.stand).in_([one.value for one in stands]))
        if report:
            query = query.where(Series.report_id == report)
        return list((await self.work.session.execute(query.order_by(col(Series.number), col(Series.at)))).scalars())

    async def attempts(self, series: str, outcomes: Collection[str] = ()) -> list[Attempt]:
        """Return the attempts of a series in their order; with these outcomes, or all."""
        query = select(Attempt).where(Attempt.series_id == series)
        if outcomes:
            query = query.where(col(Attempt.outcome).in_(list(outcomes)))
        return list((await self.work.session.execute(query.order_by(col(Attempt.number)))).scalars())

    async def outcomes(self, series: str) -> dict[str, int]:
        """Return how many attempts of a series ended how."""
        found = await self.work.session.execute(
            select(Attempt.outcome, func.count()).where(Attempt.series_id == series).group_by(col(Attempt.outcome)))
        return {row[0]: int(row[1]) for row in found}

    async def erase(self, report: str) -> None:
        """Erase what the series of a report say in words; the counts stay."""
        mine = select(Series.id).where(Series.report_id == report)
        await self.work.session.execute(update(Attempt).where(col(Attempt.series_id).in_(mine)).values(detail=None))
        await self.work.session.execute(update(Series).where(col(Series.report_id) == report).values(context=None, name=None))
