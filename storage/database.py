"""One database, one transaction at a time: `Work` is what a transaction can do.

Decides pragmas, isolation and how a transaction begins. Leaves tables to `models.py` and the durable engine's session to
`bot/engine.py`, which brings its own for commands; `work()` here serves migrations, tests and upkeep, `read()` everything
that only looks.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage import hops

if TYPE_CHECKING:
    from storage.judging import JudgingRecords
    from storage.ledger import Ledger
    from storage.people import People
    from storage.publishing import Publishing
    from storage.reports import Reports
    from storage.trials import TrialRecords

BUSY_MS = 15_000


class Work:
    """One transaction: its session, its one instant, and the questions and records it offers."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        """`now` stays the same for the whole transaction."""
        self.session = session
        self.now = now

    @cached_property
    def ledger(self) -> Ledger:
        """The append-only record."""
        from storage.ledger import Ledger

        return Ledger(self)

    @cached_property
    def reports(self) -> Reports:
        """Questions about reports."""
        from storage.reports import Reports

        return Reports(self)

    @cached_property
    def people(self) -> People:
        """Questions about people."""
        from storage.people import People

        return People(self)

    @cached_property
    def trials(self) -> TrialRecords:
        """Questions about trial series."""
        from storage.trials import TrialRecords

        return TrialRecords(self)

    @cached_property
    def publishing(self) -> Publishing:
        """What became public."""
        from storage.publishing import Publishing

        return Publishing(self)

    @cached_property
    def judging(self) -> JudgingRecords:
        """Questions about scores, causes and the regression set."""
        from storage.judging import JudgingRecords

        return JudgingRecords(self)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Open a part of the transaction that is undone alone when it raises; what was looked up in it is looked up anew."""
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            for known in ("ledger", "reports", "people", "trials", "judging"):
                self.__dict__.pop(known, None)
            raise

    @property
    def postgres(self) -> bool:
        """Whether rows must be locked one by one; on SQLite a transaction holds the whole file."""
        return self.session.get_bind().dialect.name == "postgresql"


def database_url(text: str) -> URL:
    """Return the async URL for a setting such as `postgres://...`, `sqlite:///file` or a plain path."""
    if "://" not in text:
        text = f"sqlite:///{text}"
    url = make_url(text.replace("postgres://", "postgresql://", 1))
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise ValueError(f"DATABASE_URL: {backend} is not supported; use PostgreSQL or SQLite")


def sqlite_pragmas(connection: Any, _record: Any = None) -> None:
    """Set what every SQLite connection of ours needs: durability, foreign keys, deletion that deletes."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Only what writes takes the write lock; the durable engine marks its write session with an isolation level.
    raw: Any = connection.connection.dbapi_connection
    raw.begin(write=bool(connection.get_execution_options().get("isolation_level")))


class Database:
    """The bot's database, SQLite or PostgreSQL."""

    def __init__(self, url: str | URL) -> None:
        """`url` is a DATABASE_URL or a path."""
        self.url = database_url(url) if isinstance(url, str) else url
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"hide_parameters": True}
        if not self.is_sqlite:
            options |= {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if self.is_sqlite:

            @event.listens_for(self.engine.sync_engine, "connect")
            def _connect(connection: Any, _record: Any) -> None:
                connection.isolation_level = None
                sqlite_pragmas(connection)

            event.listen(self.engine.sync_engine, "do_connect", hops.connecting(asyncio.Lock()))
            event.listen(self.engine.sync_engine, "begin", _begin)
        self.sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self._writing = self.engine.execution_options(isolation_level="SERIALIZABLE") if self.is_sqlite else self.engine

    @asynccontextmanager
    async def work(self, now: datetime) -> AsyncIterator[Work]:
        """Open a writing transaction; leaving the block commits, an exception rolls back."""
        async with AsyncSession(self._writing, expire_on_commit=False) as session, session.begin():
            yield Work(session, now)

    @asynccontextmanager
    async def read(self, now: datetime) -> AsyncIterator[Work]:
        """Open a transaction that only looks: it takes no write lock and is rolled back."""
        async with self.sessions() as session:
            yield Work(session, now)

    async def checkpoint(self) -> None:
        """Empty SQLite's write-ahead log, so that what was deleted is gone from it as well."""
        if self.is_sqlite:
            async with self.engine.connect() as connection:
                raw = await connection.get_raw_connection()
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
