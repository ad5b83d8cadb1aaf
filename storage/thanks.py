"""Questions for the hall of fame: which reports are public, and who broke a fix.

Decides which rows are asked for. Whether a name may be shown is left to `commands/outside/hall.py`, and a rehearsal is in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlmodel import col, select

from config.policy.states import Event
from storage.models import Entry, Report
from storage.standing import stands

if TYPE_CHECKING:
    from storage.database import Work


async def published(work: Work, *, most: int = 5_000) -> list[Report]:
    """Return the reports that are public, the newest first."""
    found = await work.session.execute(
        select(Report).where(col(Report.published_at).is_not(None), col(Report.rehearsal).is_(False))
        .order_by(col(Report.published_at).desc(), col(Report.id)).limit(most))
    return list(found.scalars())


async def came_back(work: Work, reports: Sequence[str]) -> set[str]:
    """Return those of these reports that were done and public when they were opened again, because the flaw was back."""
    entry, report = Entry.metadata.tables["entry"].c, Report.metadata.tables["report"].c
    found: set[str] = set()
    for start in range(0, len(reports), 500):
        rows = await work.session.execute(
            select(entry.report_id).where(entry.report_id.in_(list(reports[start : start + 500])), entry.kind == Event.REGRESS.value,
                                          report.id == entry.report_id, report.published_at <= entry.at, stands(entry)).distinct())
        found |= {row[0] for row in rows}
    return found


async def broke_a_fix(work: Work, reports: Sequence[str]) -> set[str]:
    """Return those of these reports whose fix was got round in a retest."""
    entry = Entry.metadata.tables["entry"].c
    found: set[str] = set()
    for start in range(0, len(reports), 500):
        rows = await work.session.execute(
            select(entry.report_id).where(entry.report_id.in_(list(reports[start : start + 500])), entry.kind == Event.BYPASS.value,
                                          stands(entry)).distinct())
        found |= {row[0] for row in rows}
    return found
