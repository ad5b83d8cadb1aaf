"""G8: the weekly digest of a large house: what its numbers take beside the bare SQL that they come from, and the memory they need.

The bare figure is the very statements that the product sent, sent again by Python's own SQLite on a file of the same house, rows
fetched. Beside it stand the four plain aggregates without which there is no digest. The picture is drawn elsewhere, and not here.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert

from commands.digest import numbers, spans
from commands.wording import digest as wording
from config.program import DEMO, load
from storage.database import Database
from storage.migrate import migrate
from storage.models import Person, Report
from tests.bench.store import raw
from tests.bench.table import Row, Size, interleaved_async, ms

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
ENTRIES = 10  # of each report
YEARS = 3
PROGRAM = load(DEMO)
# What happens to a report, and how many hours after it came.
LIFE = (("submit", 0), ("acknowledge", 10), ("message_out", 20), ("start", 30), ("accept", 70), ("owner", 80), ("work", 120),
        ("message_out", 200), ("fix", 500), ("confirm", 700))
PLAIN = (
    "SELECT kind, count(*) FROM entry WHERE at >= :since AND at < :until GROUP BY kind",
    "SELECT count(*) FROM entry WHERE kind = 'submit' AND at >= :since AND at < :until",
    "SELECT level, state, count(*) FROM report WHERE state NOT IN ('resolved', 'closed') GROUP BY level, state",
    "SELECT level, count(*) FROM report WHERE state = 'closed' GROUP BY level ORDER BY 2 DESC LIMIT 20",
)


async def fill(file: Path, reports: int) -> None:
    """Make a house of three years: four of five reports closed, the rest open, ten entries each."""
    database = Database(str(file))
    await migrate(database)
    async with database.work(NOW) as work:
        work.session.add(Person(id="p-1", created_at=NOW))
        await work.session.flush()
        plain = {"person_id": "p-1", "platform": "local", "triage_platform": "local", "channel": "", "mode": "open", "state": "closed",
                 "level": "high", "received_at": NOW, "opened_at": NOW, "published_at": NOW, "program_version": "1", "policy_version": "1",
                 "sha256": "", "embargo_end": NOW}
        await work.session.execute(insert(Report), [plain | {"id": "base"}])
    await database.close()
    step = timedelta(days=365 * YEARS) / reports
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
        shape = connection.execute("SELECT received_at FROM report").fetchone()[0]
        stamp = "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch') || '.000000'"
        assert len(shape) == len("2026-11-30 09:00:00.000000"), shape
        first = NOW.timestamp() - (365 * YEARS + 0.5) * 86_400
        came = f"({first} + n * {step.total_seconds()})"
        columns = [row[1] for row in connection.execute("PRAGMA table_info(report)")]
        own = {
            "id": "printf('AIV-%08d', n)", "received_at": stamp.format(came), "opened_at": stamp.format(came),
            "state": "CASE WHEN n % 5 THEN 'closed' WHEN n % 3 = 0 THEN 'received' WHEN n % 3 = 1 THEN 'accepted' ELSE 'remediating' END",
            "level": "CASE n / 5 % 5 WHEN 0 THEN 'critical' WHEN 1 THEN 'high' WHEN 2 THEN 'medium' WHEN 3 THEN 'low' ELSE '' END",
            "owner_id": "CASE WHEN n % 100 THEN 'p-1' ELSE '' END", "published_at": "CASE WHEN n % 5 THEN published_at END",
            "cause": "CASE WHEN n % 5 THEN 'alignment' ELSE '' END", "embargo": "'active'",
            "embargo_end": stamp.format(f"({came} + 90 * 86400)"),
        }
        turns = f"WITH RECURSIVE turn(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turn WHERE n < {reports})"
        values = ", ".join(own.get(one, one) for one in columns)
        connection.execute(f"INSERT INTO report ({', '.join(columns)}) {turns} SELECT {values} FROM turn, report WHERE id = 'base'")
        connection.execute("DELETE FROM report WHERE id = 'base'")
        life = " UNION ALL ".join(f"SELECT {place} AS place, '{kind}' AS kind, {hours} AS hours" for place, (kind, hours) in enumerate(LIFE))
        at = stamp.format(f"({came} + hours * 3600)")
        connection.execute("DELETE FROM entry")
        connection.execute(f"""INSERT INTO entry (number, previous, digest, at, written_at, kind, report_id, person_id, key, data)
            {turns} SELECT n * {ENTRIES} + place, printf('%09d', n * {ENTRIES} + place), '', {at}, {at}, kind, printf('AIV-%08d', n), 'p-1',
            NULL, '{{"level": "high", "who": "p-1"}}' FROM turn, ({life})""")
        connection.executescript("ANALYZE; PRAGMA journal_mode=WAL")


async def counted(database: Database) -> float:
    """Count one weekly digest and put it in words; returns the seconds."""
    async with database.read(NOW) as work:
        start = time.perf_counter()
        found = await numbers.gather(work, PROGRAM, spans.last_week(NOW, PROGRAM)[0])
        wording.head(found, PROGRAM, live=False)
        wording.card(found, PROGRAM, live=False)
        return time.perf_counter() - start


async def once(file: Path) -> None:
    """Count the digest of a house that was not open before."""
    database = Database(str(file))
    await counted(database)
    await database.close()


def growth(small: Path, large: Path, into: Any) -> None:
    """Put into a queue how much memory the digest of a large house needs above that of a small one, at its highest, in bytes."""
    asyncio.run(once(small))
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    asyncio.run(once(large))
    into.put(_memory("VmHWM") - before)


def _memory(name: str) -> int:
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def g8(size: Size) -> list[Row]:
    """The numbers of a week: the product's way, the same statements bare, and the memory."""
    large, small = size.scratch / "large.sqlite", size.scratch / "small.sqlite"
    asyncio.run(fill(small, 2_000))
    asyncio.run(fill(large, size.rows))
    rows = asyncio.run(_g8(size, large))
    spawn = multiprocessing.get_context("spawn")
    found = spawn.Queue()
    child = spawn.Process(target=growth, args=(small, large, found))
    child.start()
    child.join(timeout=600)
    grown = found.get(timeout=1)
    return [*rows, Row("G8", "memory of one digest, at its highest", f"{grown / 1e6:.1f} MB", "", "< 20 MB", grown < 20_000_000)]


async def _g8(size: Size, file: Path) -> list[Row]:
    sent: list[tuple[str, Any]] = []
    database = Database(str(file))

    def before(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: bool) -> None:
        if statement.lstrip()[:6].upper() in ("SELECT", "WITH R"):
            sent.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", before)
    async with database.read(NOW) as work:
        found = await numbers.gather(work, PROGRAM, spans.last_week(NOW, PROGRAM)[0])
    event.remove(database.engine.sync_engine, "before_cursor_execute", before)
    period = found.week.period
    week = {name: f"{at:%Y-%m-%d %H:%M:%S}.000000" for name, at in (("since", period.since), ("until", period.until))}
    with raw(file) as connection:

        async def ours() -> float:
            return await counted(database)

        async def bare() -> float:
            return _took(lambda: [connection.execute(*one).fetchall() for one in sent])

        async def plain() -> float:
            return _took(lambda: [connection.execute(one, week if ":since" in one else {}).fetchall() for one in PLAIN])

        whole, same, four = await interleaved_async(min(size.rounds, 5), [ours, bare, plain])
    await database.close()
    words = f"a week of {size.rows:,} reports and {size.rows * ENTRIES:,} entries"
    return [
        Row("G8", f"{words}: ours / the same {len(sent)} statements", f"{ms(whole.median)} / {ms(same.median)}", f"{whole.times(same):.2f}x",
            "<= 2x", whole.times(same) <= 2),
        Row("G8", "beside four plain aggregates: events, received, open, thanked", ms(four.median), f"{whole.times(four):.1f}x"),
    ]


def _took(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
