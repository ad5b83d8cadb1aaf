"""The file of the local world: its tables, one thread that holds it, one transaction at a time.

Decides how the world is kept on disk and who is woken after a change. Leaves what a conversation, a message
or a delivery means to `world.py` and `delivery.py`. Everything stands in clear here, as it does on a real
chat platform; the bot's own database is another file with other rules.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_FORMAT = 1

_TABLES = """
CREATE TABLE people (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL,
    dms INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE conversations (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL,
    private INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE members (
    conversation TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, author TEXT NOT NULL, key TEXT UNIQUE,
    body TEXT NOT NULL, brief TEXT NOT NULL, at TEXT NOT NULL, edited TEXT, erased INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX messages_in_order ON messages (conversation, id);
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER, act INTEGER, name TEXT NOT NULL,
    size INTEGER NOT NULL, picture INTEGER NOT NULL DEFAULT 0, alt TEXT NOT NULL DEFAULT '',
    data BLOB NOT NULL
) STRICT;
CREATE INDEX files_of_message ON files (message);
CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, person TEXT NOT NULL,
    conversation TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE forms (
    shown INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, form TEXT NOT NULL,
    conversation TEXT NOT NULL, message TEXT NOT NULL, fields TEXT NOT NULL, UNIQUE (person, form)
) STRICT;
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, conversation TEXT NOT NULL DEFAULT '',
    message INTEGER NOT NULL DEFAULT 0, person TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


class Store:
    """The open file; every transaction runs on one thread, so nothing ever waits for a lock of ours."""

    def __init__(self, path: Path) -> None:
        """`path` is made with mode 0600 when it is not there yet."""
        self.path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers: set[asyncio.Event] = set()

    async def open(self) -> None:
        """Opens the file; raises ValueError when a newer version of this program wrote it."""
        self._loop = asyncio.get_running_loop()
        # Not the loop's default executor: the durable engine replaces that one, and closes it before us.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="local-world")
        try:
            self._connection = await self._loop.run_in_executor(self._thread, self._connect)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finishes what runs and closes the file; may be called twice."""
        thread, connection = self._thread, self._connection
        self._thread = self._connection = None
        if thread is not None and self._loop is not None:
            if connection is not None:
                await self._loop.run_in_executor(thread, connection.close)
            thread.shutdown(wait=True)

    async def read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `ask` finds, all of it from one instant."""
        return await self._run(lambda base: _transaction(base, "BEGIN", ask))

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in one transaction that is on the disk when this returns; then wake every watcher."""

        def work(base: sqlite3.Connection) -> T:
            found = _transaction(base, "BEGIN IMMEDIATE", change)
            # From this thread, so that a caller who was cancelled meanwhile still leaves nobody asleep.
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.wake)
            return found

        return await self._run(work)

    def wake(self) -> None:
        """Wakes every watcher."""
        for watcher in self._watchers:
            watcher.set()

    @contextmanager
    def watch(self) -> Iterator[asyncio.Event]:
        """Gives an event that is set after each change; whoever waits clears it before looking."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._thread is None or self._connection is None or self._loop is None:
            raise RuntimeError("the local world is not open")
        connection = self._connection
        return await self._loop.run_in_executor(self._thread, lambda: work(connection))

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        base.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            base.execute(f"PRAGMA {pragma}")
        found = base.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            # One script, one transaction: a kill in the middle leaves an empty file, not half a world.
            base.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version={_FORMAT}; COMMIT;")
        elif found != _FORMAT:
            base.close()
            raise ValueError(f"{self.path.name} has format {found}, this version reads format {_FORMAT}")
        return base


def _transaction(base: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
    base.execute(begin)
    try:
        found = work(base)
        base.execute("COMMIT")
    except BaseException:
        if base.in_transaction:
            base.execute("ROLLBACK")
        raise
    return found


def note(
    base: sqlite3.Connection, kind: str, *, conversation: str = "", message: int = 0, person: str = ""
) -> None:
    """Writes down that something changed, for the live stream; `person` makes it theirs alone."""
    base.execute(
        "INSERT INTO changes (kind, conversation, message, person) VALUES (?, ?, ?, ?)",
        (kind, conversation, message, person),
    )
