"""What doctor says of size: how much each kind takes, what comes in a month, and what the retention rules would free.

Decides which files are which kind. Only looks: no lock, nothing launched. The numbers of the database are `storage/sizes.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import select

from bot import versions
from commands.wording import sizes as wording
from config.clock import Clock, SystemClock
from config.program import Program
from storage import sizes
from storage.database import Database
from storage.models import Report

_FILES = {"blobs/": "blobs", "local.sqlite": "local world", versions.ENGINE_FILE: "engine records"}


async def looked_at(
    data: Path, program: Program, database: Database, now: datetime, *, system: Clock | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return the words and the facts; `system` is the clock of the machine, by which the engine dates its records."""
    files = await asyncio.to_thread(files_of, data)
    month = now + sizes.MONTH
    async with database.read(now) as work:
        tables = await sizes.kept(work)
        grows = await sizes.growth(work, tables)
        frees = [await sizes.freed(work, tables, closed_before=at - program.retention.closed) for at in (now, month)]
        reports = (await work.session.execute(select(func.count()).select_from(Report))).scalar_one()
        records = await sizes.engine_records(work)
    known = {_FILES[name]: number for name, number in files if name in _FILES}
    if records:
        known["engine records"] = records
    held = (system or SystemClock()).now() - program.retention.records
    ended = [await versions.ended(data, database, at.timestamp()) for at in (held, held + timedelta(days=30))]
    bytes_of_records = [known.get("engine records", 0) * some // max(1, whole) for some, whole in ended]
    database_size = sum(number for _, number in tables.tables) or dict(files).get("harborlight.sqlite", 0)
    free = [(one.reports, ended[at][0], one.rows + one.blobs + bytes_of_records[at]) for at, one in enumerate(frees)]
    words = wording.sizes(database_size, tables.kinds, [(name, known[name]) for name in wording.ORDER if known.get(name)],
                          grows=grows, now=free[0], later=free[1], month=month)
    return words, {
        "files": dict(files), "tables": dict(tables.tables), "reports": reports, "kinds": dict(tables.kinds) | known,
        "month": dict(grows.kinds) | {"blobs": grows.blobs},
        "frees": [{"by": at.isoformat(), "reports": one[0], "records": one[1], "bytes": one[2]}
                  for at, one in zip((now, month), free, strict=True)],
    }


def files_of(data: Path) -> list[tuple[str, int]]:
    """Return the files of a data folder with their sizes in bytes; folders, and a database with its log, as one."""
    found: dict[str, int] = {}
    for one in sorted(data.iterdir()):
        inside = one.rglob("*") if one.is_dir() else [one]
        name = f"{one.name}/" if one.is_dir() else one.name.removesuffix("-wal").removesuffix("-shm")
        for file in inside:
            with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                found[name] = found.get(name, 0) + (file.stat().st_size if file.is_file() else 0)
    return sorted(((name, number) for name, number in found.items() if number), key=lambda one: -one[1])
