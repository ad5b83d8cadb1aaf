"""Figures about the house itself, counted in the ledger: how many encrypted reports came."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from storage.models import Entry, Report
from storage.people import PROGRAMME

if TYPE_CHECKING:
    from storage.database import Work


async def encrypted_since(work: Work, since: datetime, until: datetime) -> int:
    """Return how many reports came encrypted after `since` up to and including `until`; rehearsals and our own are none."""
    found = await work.session.execute(
        select(func.count()).select_from(Entry).where(
            Entry.kind == "submit", col(Entry.at) > since, col(Entry.at) <= until, Entry.person_id != PROGRAMME,
            col(Entry.data).like('%"clear": "no"%'),
            col(Entry.report_id).not_in(select(Report.id).where(col(Report.rehearsal).is_(True)))))
    return int(found.scalar_one())
