"""How much is kept, by kind, how fast it grows, and what the retention rules would free.

Decides what belongs to which kind and how growth is estimated: bytes of a kind, times the share of its rows that came in the last 90
days, for one month of 30. Only reads, in transactions that take no lock, by indexes and one pass over the small columns. Files are
left to `bot/health_size.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select

from storage.models import Attachment, Delivery, Entry, Report

if TYPE_CHECKING:
    from storage.database import Work

MONTH = timedelta(days=30)
LOOKED_BACK = timedelta(days=90)
KINDS: dict[str, tuple[str, ...]] = {
    "reports": ("report", "passage", "attachment", "member", "proposal", "step"),
    "judging": ("trial_series", "trial_attempt", "rating", "cause", "regression_item"),
    "ledger": ("entry",),
    "deliveries": ("delivery", "lane", "decision"),
    "public": ("edition", "offer", "party"),
    "people": ("person", "identity", "role_grant", "joining", "link_code", "conversation", "data_request", "ping"),
}
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes by kind, the kind that holds most first, and by table; empty where SQLite was built without that."""

    kinds: tuple[tuple[str, int], ...]
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Freed:
    """What the retention of reports frees: how many, and about how many bytes of rows and of blobs."""

    reports: int
    rows: int
    blobs: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Bytes that come in a month of 30 days, by kind, as in the last 90 days; `blobs` beside the database."""

    kinds: tuple[tuple[str, int], ...]
    blobs: int


async def kept(work: Work) -> Kept:
    """Return the sizes of the tables, on PostgreSQL with their indexes."""
    query = ("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' "
             "AND relnamespace = current_schema()::regnamespace") if work.postgres else (
             "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) WHERE aggregate = TRUE GROUP BY tbl_name")
    try:
        rows = (await work.session.execute(text(query))).all()
    except DBAPIError:
        return Kept((), ())
    ours = set(SQLModel.metadata.tables)
    tables = sorted(((str(name), int(number)) for name, number in rows if name in ours), key=lambda one: -one[1])
    return Kept(_by_kind(dict(tables)), tuple(tables))


async def engine_records(work: Work) -> int:
    """Return the bytes of the durable engine's records in the same PostgreSQL database; 0 on SQLite, where they are a file."""
    if not work.postgres:
        return 0
    found = await work.session.execute(text(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname = 'dbos'"))
    return int(found.scalar_one())


def _by_kind(tables: dict[str, int]) -> tuple[tuple[str, int], ...]:
    named = {name: kind for kind, names in KINDS.items() for name in names}
    found: dict[str, int] = {}
    for name, number in tables.items():
        kind = named.get(name, OTHER)
        found[kind] = found.get(kind, 0) + number
    return tuple(sorted(found.items(), key=lambda one: -one[1]))


async def growth(work: Work, sizes: Kept) -> Growth:
    """Return what comes in a month, as in the last 90 days, or since the first row where there is less."""
    since = work.now - LOOKED_BACK
    first = (await work.session.execute(select(func.min(Entry.written_at)))).scalar_one()
    if first is None:
        return Growth((), 0)
    span = max(MONTH / 30, work.now - max(since, first))  # at least a day, so that an hour is not taken for a month
    months = span / MONTH
    shares: dict[str, Any] = {"reports": (Report, Report.received_at), "ledger": (Entry, Entry.written_at),
                              "deliveries": (Delivery, Delivery.at)}
    bytes_of = dict(sizes.kinds)
    found = []
    for kind, (table, at) in shares.items():
        new, whole = (await work.session.execute(
            select(func.count().filter(col(at) >= since), func.count()).select_from(table))).one()
        if whole and bytes_of.get(kind):
            found.append((kind, int(bytes_of[kind] * new / whole / months)))
    if bytes_of.get("judging"):  # with the reports that it is about
        share = next((number for kind, number in found if kind == "reports"), 0)
        found.append(("judging", int(bytes_of["judging"] * share / max(1, bytes_of["reports"]))))
    blobs = (await work.session.execute(select(func.coalesce(func.sum(Attachment.size), 0)).where(col(Attachment.at) >= since))).scalar_one()
    return Growth(tuple(sorted(found, key=lambda one: -one[1])), int(blobs / months))


async def freed(work: Work, sizes: Kept, *, closed_before: datetime) -> Freed:
    """Return what is freed of the reports that were closed by an instant and still hold something."""
    over = [col(Report.closed_at) <= closed_before, or_(col(Report.key).is_not(None), col(Report.channel) != "")]
    number = int((await work.session.execute(select(func.count()).select_from(Report).where(*over))).scalar_one())
    if not number:
        return Freed(0, 0, 0)
    blobs = (await work.session.execute(select(func.coalesce(func.sum(Attachment.size), 0)).where(
        col(Attachment.report_id).in_(select(Report.id).where(*over))))).scalar_one()
    holding = int((await work.session.execute(select(func.count()).select_from(Report).where(
        or_(col(Report.key).is_not(None), col(Report.channel) != "")))).scalar_one())
    rows = sum(number for kind, number in sizes.kinds if kind in ("reports", "judging"))
    return Freed(number, rows * number // max(1, holding), int(blobs))
