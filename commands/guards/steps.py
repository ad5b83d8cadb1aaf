"""Steps of colleagues as they are taken: what a report was before, so that its writer may take the step back for some minutes.

Decides what of a step is kept: the columns and rows that it changed, the ledger entries that it wrote, what it told the researcher.
Which acts are steps is `config/policy/steps.py`; taking one back is `undo.py`. What is kept is sealed under the report's key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import inspect
from sqlmodel import SQLModel, col, select

from commands import record
from commands.calls import Call, Reply
from commands.effects import DirectMessage
from commands.text import Button
from commands.wording import guards as wording
from config.policy.steps import BESIDE, LASTS, UNDOABLE
from storage.judging import Cause, Rating
from storage.models import Member, Passage, Ping, Proposal, Report, Step
from storage.people import new_id
from storage.sealed import Sealed
from storage.trials import Series

_MINE: Final = frozenset({  # columns that follow by themselves, or that no step may take back
    "id", "key", "card_version", "status_version", "next_due_at", "facts_asked_at",
})
KEPT: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {  # rows of a report that steps make or change, and what of them changes
    "proposal": (Proposal, ("state",)),
    "trial_series": (Series, ("stand",)),
    "rating": (Rating, ("settled",)),
    "cause": (Cause, ("gone_at",)),
    "member": (Member, ("person_id", "part")),
    "ping": (Ping, ()),
    "passage": (Passage, ()),
}

Rows = dict[str, dict[str, dict[str, Any]]]  # table, id, columns


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that is being taken: its act, and everything that it may change as it was."""

    act: str
    report: Report
    columns: dict[str, Any]
    rows: Rows
    written: int  # entries that this transaction had written before
    emitted: int  # and effects that it had emitted


@dataclass(frozen=True, slots=True)
class Before:
    """What is kept of a step: columns as [before, after], rows as [before, after], and what the researcher was told."""

    columns: dict[str, tuple[Any, Any]]
    rows: dict[str, dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]]
    told: tuple[str, ...]  # keys of deliveries


async def begin(call: Call, act: str) -> Begun | None:
    """Remember a report as it is before a step; None when the act is no step."""
    report = call.report
    if act not in UNDOABLE or report is None or report.key is None:
        return None
    return Begun(act, report, _columns(report), await rows_of(call, report), len(call.work.ledger.mine), len(call.emitted))


async def keep(call: Call, begun: Begun | None, reply: Reply) -> Reply:
    """Keep what a step changed, and offer on its private answer to take it back; what changed nothing is no step."""
    if begun is None:
        return reply
    await call.work.session.flush()
    report = begun.report
    numbers = [one.number for one in call.work.ledger.mine[begun.written:] if one.report_id == report.id]
    moved = any(one.kind not in BESIDE for one in call.work.ledger.mine[begun.written:] if one.report_id == report.id)
    if not moved:
        return reply
    now, rows = _columns(report), await rows_of(call, report)
    before = {
        "columns": {name: (was, now[name]) for name, was in begun.columns.items() if was != now[name]},
        "rows": {table: _changed(begun.rows[table], rows[table]) for table in rows},
        "told": [key for key, _, effect, about in call.emitted[begun.emitted:]
                 if about == report.id and isinstance(effect, DirectMessage) and key.startswith(f"{report.id}/")],
    }
    row = Step(id=new_id("u"), report_id=report.id, person_id=call.caller.id, act=begun.act, at=call.now, first=min(numbers),
               last=max(numbers))
    row.before = record.box(call, report).seal("step", "before", row.id, json.dumps(before, ensure_ascii=False))
    call.work.session.add(row)
    if reply.form is not None:
        return reply
    back = Button(f"case undo report={report.id} step={row.id}", wording.undo_until(row.at + LASTS, call.program.tz), "quiet")
    return replace(reply, buttons=(*reply.buttons, back))


def opened(call: Call, report: Report, row: Step) -> Before:
    """Return what was kept of a step."""
    found = json.loads(record.box(call, report).open_text("step", "before", row.id, row.before)) if row.before is not None else {}
    return Before(
        columns={name: (was, now) for name, (was, now) in found.get("columns", {}).items()},
        rows={table: {one: (was, now) for one, (was, now) in some.items()} for table, some in found.get("rows", {}).items()},
        told=tuple(found.get("told", ())))


async def newest(call: Call, report: Report) -> Step | None:
    """Return the newest step on a report that was not taken back."""
    await call.work.session.flush()
    found = await call.work.session.execute(select(Step).where(
        Step.report_id == report.id, col(Step.undone_at).is_(None)).order_by(col(Step.last).desc()).limit(1))
    return found.scalars().first()


# -- as plain data -------------------------------------------------------------------------------------------------

def plain(value: Any) -> Any:
    """Return a column's value as JSON can hold it."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, bytes):
        return {"sealed": base64.b64encode(value).decode()}
    return value


def valued(kept: Any) -> Any:
    """Return a column's value from what JSON held."""
    if isinstance(kept, dict):
        return datetime.fromisoformat(kept["at"]) if "at" in kept else Sealed(base64.b64decode(kept["sealed"]))
    return kept


def _columns(report: Report) -> dict[str, Any]:
    names = [one.key for one in inspect(Report).column_attrs]
    return {name: plain(getattr(report, name)) for name in names if name not in _MINE}


async def rows_of(call: Call, report: Report) -> Rows:
    """Return the rows of a report that steps make or change."""
    await call.work.session.flush()
    found: Rows = {}
    for table, (model, names) in KEPT.items():
        found[table] = {one.id: _row(one, names) for one in await _all(call, model, report)}
    return found


async def _all(call: Call, model: Any, report: Report) -> Iterable[Any]:
    found: Iterable[Any] = (await call.work.session.execute(select(model).where(model.report_id == report.id))).scalars().all()
    return found


def _row(one: SQLModel, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain(getattr(one, name)) for name in names}


def _changed(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]],
) -> dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    return {one: (before.get(one), after.get(one)) for one in (*before, *(new for new in after if new not in before))
            if before.get(one) != after.get(one)}
