"""Questions for the digest about what was judged: accepted by level, resolved by root cause, what happened again.

Decides which rows each figure is counted from; everything is counted in the database. Leaves the definitions to
`config/policy/metrics.py` and every word to `commands/wording/digest_causes.py`. No text and no component is read.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from config.policy.history import RESOLVES
from config.policy.states import Event, State
from storage.counted import ENTRIES, REPORTS

if TYPE_CHECKING:
    from storage.database import Work

_REPORT, _ENTRY = REPORTS, ENTRIES
_r: Any = _REPORT.c
_e: Any = _ENTRY.c
_BOTH = _ENTRY.join(_REPORT, _r.id == _e.report_id)
_STANDS = (State.RESOLVED.value, State.CLOSED.value)  # a report that was taken up again is in neither


class JudgedFigures:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def accepted(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how many reports were accepted in a stretch of time, by the level that they have now."""
        return await self._by(_r.level, _e.kind == Event.ACCEPT.value, since, until)

    async def resolved(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how many reports were resolved in a stretch of time and stay so, by their primary root cause."""
        return await self._by(_r.cause, and_(_e.kind.in_(sorted(RESOLVES)), _r.state.in_(_STANDS)), since, until)

    async def again(self, since: datetime, until: datetime) -> int:
        """Return how many reports were found in a stretch of time to repeat one that was resolved."""
        query = select(func.count(func.distinct(_e.report_id))).where(
            _e.kind == "recurs", _e.at >= since, _e.at < until)
        return int((await self.work.session.execute(query)).scalar_one())

    async def reviews(self, since: datetime, until: datetime, *, most: int) -> list[tuple[str, int]]:
        """Return the reports that asked for a process review in a stretch of time, each with its number in the year."""
        query = select(_e.report_id, _e.data).where(
            _e.kind == "process_review", _e.at >= since, _e.at < until).order_by(
            _e.number).limit(most)
        rows = (await self.work.session.execute(query)).all()
        return [(report, int(json.loads(data).get("number", 0))) for report, data in rows]

    async def stood_in(self, since: datetime, until: datetime, *, most: int) -> list[tuple[str, str]]:
        """Return the levels that one discipline signed in a stretch of time: the report, and which one was missing or "alone"."""
        query = select(_e.report_id, _e.data).where(
            _e.kind.in_((Event.ACCEPT.value, Event.RESCORE.value)), _e.at >= since, _e.at < until,
            or_(_e.data.like('%"alone": "yes"%'), and_(_e.data.like('%"stand_in": "%'), _e.data.not_like('%"stand_in": ""%')))).order_by(
                _e.number).limit(most)
        rows = [(report, json.loads(data)) for report, data in (await self.work.session.execute(query)).all()]
        return [(report, str(data.get("stand_in") or "alone")) for report, data in rows]

    async def _by(self, column: Any, what: Any, since: datetime, until: datetime) -> dict[str, int]:
        query = select(column, func.count(func.distinct(_e.report_id))).select_from(_BOTH).where(
            what, _e.at >= since, _e.at < until).group_by(column)
        return {name: int(count) for name, count in (await self.work.session.execute(query)).all()}
