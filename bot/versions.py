"""Which unfinished records the durable engine of this release can go on with: those of its own version of the workflows.

Decides when an upgrade is refused: while deliveries or messages of another version are under way, whose steps this release does not
have. Only looks, without launching the engine, and before anything is migrated; nothing is changed or lost.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import lanes
from bot.keys import StartError
from commands.wording import versions as wording
from storage.database import Database

ENGINE_FILE = "engine.sqlite"
_UNFINISHED = "('PENDING', 'ENQUEUED', 'DELAYED')"
_COUNT = (f"SELECT application_version, count(*) FROM {{table}} WHERE status IN {_UNFINISHED} "  # noqa: S608  names of ours
          "AND application_version IS NOT NULL GROUP BY application_version")


async def unfinished(data: Path, database: Database) -> dict[str, int]:
    """Return how many records are unfinished, by the version of the workflows that made them; empty before the first start."""
    if database.is_sqlite:
        return await asyncio.to_thread(_in_file, data / ENGINE_FILE)
    try:
        async with database.engine.connect() as connection:
            if (await connection.execute(text("SELECT to_regclass('dbos.workflow_status')"))).scalar() is None:
                return {}
            return {str(version): int(count) for version, count in await connection.execute(
                text(_COUNT.format(table="dbos.workflow_status")))}
    except DBAPIError:
        return {}


def _in_file(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as base:
        try:
            return {str(version): int(count) for version, count in base.execute(_COUNT.format(table="workflow_status"))}
        except sqlite3.OperationalError:  # begun and never finished: there is no table yet
            return {}


def foreign(found: dict[str, int]) -> int:
    """Return how many of these this release cannot go on with."""
    return sum(count for version, count in found.items() if version != lanes.APPLICATION_VERSION)


async def refuse_foreign(data: Path, database: Database) -> None:
    """Raise StartError while records of another version are unfinished."""
    count = foreign(await unfinished(data, database))
    if count:
        raise StartError(wording.refused(count))


async def ended(data: Path, database: Database, before: float) -> tuple[int, int]:
    """Return how many records of the engine ended before an instant of the machine's clock (seconds), and how many there are."""
    query = "SELECT count(*) FILTER (WHERE completed_at <= :before), count(*) FROM {table}"
    if database.is_sqlite:
        return await asyncio.to_thread(_ended_in_file, data / ENGINE_FILE, query, int(before * 1000))
    try:
        async with database.engine.connect() as connection:
            row = (await connection.execute(text(query.format(table="dbos.workflow_status")), {"before": int(before * 1000)})).one()
            return int(row[0]), int(row[1])
    except DBAPIError:
        return 0, 0


def _ended_in_file(path: Path, query: str, before: int) -> tuple[int, int]:
    if not path.exists():
        return 0, 0
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as base:
        try:
            row = base.execute(query.format(table="workflow_status"), {"before": before}).fetchone()
        except sqlite3.OperationalError:
            return 0, 0
        return int(row[0]), int(row[1])
