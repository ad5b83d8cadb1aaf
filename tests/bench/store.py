"""G6 and G14: the question what is due, and the transaction of a report, through the product's own store.

The bare figures are the same SQL: Core on one connection for the question, and for the transaction the very statements
that the product sent, played again on a twin of its file by Python's own SQLite.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import String, cast, create_engine, event, insert, literal, true
from sqlmodel import col, select

from storage.database import Database, Work, sqlite_pragmas
from storage.migrate import migrate
from storage.models import Delivery, Passage, Person, Report
from storage.people import new_id
from storage.vault import Vault
from tests.bench.table import Row, Size, interleaved_async, ms

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
DUE = 100
TEXT = ("The model repeats its system prompt when it is asked in verse. " * 70)[:4096]
Statements = list[tuple[str, Any, bool]]


async def fill(file: Path, rows: int) -> None:
    """Make a database with this many open reports, a hundred of them due."""
    database = Database(str(file))
    await migrate(database)
    await database.close()
    engine = create_engine(f"sqlite:///{file}")
    table = Report.__table__  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA cache_size=-200000")
        connection.execute(insert(Person), [{"id": "p-1", "created_at": NOW}])
        plain = {
            "person_id": "p-1", "platform": "local", "triage_platform": "local", "channel": "", "mode": "open", "state": "triaged",
            "level": "high", "received_at": NOW, "opened_at": NOW, "program_version": "1", "policy_version": "1", "sha256": "0" * 64,
        }
        first = min(rows, 1_000)
        connection.execute(insert(Report), [
            plain | {"id": f"AIV-{number:05}", "next_due_at": NOW + timedelta(minutes=(number - DUE + 1) * (7 if number >= DUE else 1))}
            for number in range(first)
        ])
        if rows > first:  # the rest is copied from those that are not due
            turn = select(literal(1).label("n")).cte("turn", recursive=True)
            turn = turn.union_all(select(turn.c.n + 1).where(turn.c.n < rows // (first - DUE) + 1))
            others = [one for one in table.columns if one.name != "id"]
            named = table.c.id + "-" + cast(turn.c.n, String)
            copied = select(named, *others).join_from(table, turn, true()).where(table.c.next_due_at > NOW).limit(rows - first)
            connection.execute(insert(Report).from_select(["id", *(one.name for one in others)], copied))
    engine.dispose()


def g6(size: Size) -> list[Row]:
    """What is due, among few and among very many."""
    few, many = min(1_000, size.rows), size.rows
    files = {few: size.scratch / "few.sqlite", many: size.scratch / "many.sqlite"}
    for count, file in files.items():
        asyncio.run(fill(file, count))
    return asyncio.run(_g6(size, files))


async def _g6(size: Size, files: dict[int, Path]) -> list[Row]:
    few, many = files
    databases = {count: Database(str(file)) for count, file in files.items()}
    engine = create_engine(f"sqlite:///{files[many]}")
    event.listen(engine, "connect", sqlite_pragmas)
    query = select(Report.id, Report.next_due_at).where(
        col(Report.next_due_at).is_not(None), col(Report.next_due_at) <= NOW).order_by(col(Report.next_due_at)).limit(500)
    times = 20

    def within(count: int) -> Callable[[], Awaitable[float]]:
        async def asked() -> float:
            async with databases[count].read(NOW) as work:
                start = time.perf_counter()
                for _ in range(times):
                    assert len(await work.reports.due(NOW)) == DUE
                return (time.perf_counter() - start) / times

        return asked

    async def whole() -> float:
        start = time.perf_counter()
        for _ in range(times):
            async with databases[many].read(NOW) as work:
                await work.reports.due(NOW)
        return (time.perf_counter() - start) / times

    with engine.connect() as connection:

        async def core() -> float:
            start = time.perf_counter()
            for _ in range(times):
                assert len(connection.execute(query).all()) == DUE
            return (time.perf_counter() - start) / times

        bare, small, large, opened = await interleaved_async(size.rounds * 2, [core, within(few), within(many), whole])
    engine.dispose()
    for one in databases.values():
        await one.close()
    return [
        Row("G6", f"due among {many:,}: ours / bare Core", f"{ms(large.median)} / {ms(bare.median)}", f"{large.times(bare):.2f}x",
            "<= 3x", large.times(bare) <= 3),
        Row("G6", "the same with its transaction", ms(opened.median), f"{opened.times(bare):.2f}x", "< 5 ms", opened.median < 0.005),
        Row("G6", f"due among {many:,} / among {few:,}", f"{ms(large.median)} / {ms(small.median)}", f"{large.times(small):.2f}x",
            "<= 1.5x", large.times(small) <= 1.5),
    ]


@contextmanager
def written(database: Database, into: list[Statements]) -> Iterator[None]:
    """Collect what each transaction writes, exactly as it goes to the driver."""
    current: Statements = []

    def sent(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            current.append((statement, parameters, many))

    def committed(_: Any) -> None:
        into.append(list(current))
        current.clear()

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "commit", committed)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", sent)
        event.remove(engine, "commit", committed)


def twin_of(file: Path) -> Path:
    """Return a copy of a database as it stands, its log included."""
    twin = file.with_suffix(".twin")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(twin)) as target:
        source.backup(target)
    return twin


@contextmanager
def raw(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file as the product does, without anything in between."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        sqlite_pragmas(connection)
        yield connection


def play(connection: sqlite3.Connection, statements: Statements) -> float:
    """Write the same again in one transaction; returns the seconds."""
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for statement, parameters, many in statements:
        (connection.executemany if many else connection.execute)(statement, parameters)
    connection.execute("COMMIT")
    return time.perf_counter() - start


async def beside(database: Database, file: Path, write: Callable[[int], Awaitable[float]], *, rounds: int, repeat: int
                 ) -> tuple[list[float], list[float], Statements]:
    """Return the seconds of the product's transaction and of the bare one, a median of each round, and what was written."""
    ours: list[float] = []
    bare: list[float] = []
    sent: list[Statements] = []
    number = 0
    with raw(twin_of(file)) as connection, written(database, sent):
        for turn in range(rounds + 1):
            a, b = [], []
            for _ in range(repeat):
                number += 1
                sent.clear()
                a.append(await write(number))
                assert len(sent) == 1
                b.append(play(connection, sent[0]))
            if turn:
                ours.append(sorted(a)[repeat // 2])
                bare.append(sorted(b)[repeat // 2])
    return ours, bare, sent[0]


def g14(size: Size) -> list[Row]:
    """A report's transaction through the store, and the whole of what the product decides with it."""
    return asyncio.run(_g14(size))


async def _g14(size: Size) -> list[Row]:
    from tests.bench import whole

    file = size.scratch / "alone.sqlite"
    database = Database(str(file))
    await migrate(database)
    vault = Vault.from_setting(Vault.make_master_key())
    async with database.work(NOW) as work:
        work.session.add(Person(id="p-1", created_at=NOW))

    async def write(number: int) -> float:
        start = time.perf_counter()
        async with database.work(NOW) as work:
            await _report(work, vault, number)
        return time.perf_counter() - start

    repeat = 20 if size.quick else 50
    rows = [_row("a report of 4 KB, 2 entries, 1 outbox row: ours / the same statements",
                 await beside(database, file, write, rounds=size.rounds, repeat=repeat), goal=True)]
    await database.close()
    shutil.rmtree(size.scratch / "whole", ignore_errors=True)
    rows.append(_row("the whole decision on a message: ours / its statements", await whole.decision(size)))
    return rows


async def _report(work: Work, vault: Vault, number: int) -> None:
    report = Report(
        id=f"AIV-{number:05}", person_id="p-1", platform="local", triage_platform="local", channel=f"c-{number}", mode="open",
        state="received", received_at=NOW, opened_at=NOW, program_version="1", policy_version="1", sha256="0" * 64,
    )
    report.key, box = vault.new_key(f"report|{report.id}")
    report.title = box.seal("report", "title", report.id, "A title")
    passage = Passage(id=new_id("m"), report_id=report.id, number=1, kind="report", at=NOW)
    passage.body = box.seal("passage", "body", passage.id, TEXT)
    work.session.add(report)
    await work.session.flush()
    work.session.add(passage)
    work.session.add(Delivery(key=f"{report.id}/receipt", kind="direct_message", report_id=report.id, lane="dm", state="queued", at=NOW))
    for kind in ("submit", "roster"):
        await work.ledger.write(kind, report=report.id)


def _row(what: str, found: tuple[list[float], list[float], Statements], *, goal: bool = False) -> Row:
    ours, bare, statements = found
    ratio = sorted(a / b for a, b in zip(ours, bare, strict=True))[len(ours) // 2]
    middle = len(ours) // 2
    return Row("G14", f"{what} ({len(statements)})", f"{ms(sorted(ours)[middle])} / {ms(sorted(bare)[middle])}", f"{ratio:.1f}x",
               "<= 8x" if goal else "", ratio <= 8 if goal else None)


