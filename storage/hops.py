"""How statements reach SQLite: writers in turn, and no trip to a thread that is not worth it.

A writing transaction first waits for its turn in this process, without a thread and in order of asking; SQLite itself lets
writers wait by sleeping, longer and longer. Once it holds the write lock its statements wait for nothing but memory and run
where they are asked. What may wait goes to the connection's thread: BEGIN and COMMIT, and everything outside a turn, in one
trip for cursor, execution and rows where the driver makes four. Leaves order and errors to the driver.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.util.concurrency import await_

_CHANGES = frozenset(("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER ", "DROP T"))


@dataclass(slots=True)
class _Ran:
    """What is known of a statement once its cursor is closed."""

    description: Any = None
    rowcount: int = -1
    lastrowid: Any = None
    arraysize: int = 1


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that holds nothing open between statements."""

    __slots__ = ()

    _awaitable_cursor_close = False  # nothing is left to close

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Ran()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        return await self._trip(_execute, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        return await self._trip(_execute_many, operation, seq_of_parameters)

    async def _trip(self, run: Any, operation: Any, parameters: Any) -> Any:
        connection: Any = self._connection
        adapted: Any = self._adapt_connection
        async with adapted._execute_mutex:
            if adapted.begins:
                await adapted.began(operation)
            if adapted.writing:
                ran, rows = run(connection._conn, operation, parameters)
            else:
                ran, rows = await connection._execute(run, connection._conn, operation, parameters)
            self._cursor, self._rows = ran, deque(rows)
            return ran


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose statements make one trip each at most."""

    __slots__ = ("_held", "_turn", "begins", "writing")

    _cursor_cls = OneTripCursor

    def __init__(self, dbapi: Any, connection: Any, turn: asyncio.Lock) -> None:
        """`turn` is shared by every connection of this process to the same file."""
        super().__init__(dbapi, connection)
        self._turn, self._held = turn, False
        self.begins = False  # whether the next statement begins a transaction
        self.writing = False  # whether it holds SQLite's write lock

    def begin(self, *, write: bool) -> None:
        """Begin a transaction: one that writes now, any other with its first statement."""
        self.begins = not write
        if write:
            await_(self._take_turn())

    async def began(self, operation: str) -> None:
        """Begin what `begin` put off; a first statement that changes something makes it one that writes."""
        self.begins = False
        if operation.lstrip()[:6].upper() in _CHANGES:
            await self._take_turn()
        else:
            await self._on_thread("BEGIN")

    async def _take_turn(self) -> None:
        await self._turn.acquire()
        self._held = True
        try:
            await self._on_thread("BEGIN IMMEDIATE")
            self.writing = True
        except BaseException:
            self._leave()
            raise

    async def _on_thread(self, operation: str) -> None:
        connection: Any = self._connection
        await connection._execute(_execute, connection._conn, operation, ())

    def _leave(self) -> None:
        self.begins = self.writing = False
        if self._held:
            self._held = False
            self._turn.release()

    def commit(self) -> None:
        """Commit, then let the next one write."""
        self.writing = False
        try:
            if not self.begins:
                super().commit()
        finally:
            self._leave()

    def rollback(self) -> None:
        """Undo everything, then let the next one write."""
        self.writing = False
        try:
            if not self.begins:
                super().rollback()
        finally:
            self._leave()

    def close(self) -> None:
        """Close, whatever was under way."""
        self._leave()
        super().close()

    def terminate(self) -> None:
        """Close without waiting."""
        self._leave()
        super().terminate()


def connecting(turn: asyncio.Lock) -> Callable[[Any, Any, Any, Any], OneTripConnection]:
    """Return what connects as the driver does; listens for `do_connect`."""

    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> OneTripConnection:
        made = dialect.loaded_dbapi.connect(*arguments, **options | {"check_same_thread": False})
        return OneTripConnection(dialect.loaded_dbapi, made._connection, turn)

    return connect


def _execute(connection: sqlite3.Connection, operation: str, parameters: Any) -> tuple[_Ran, Sequence[Any]]:
    cursor = connection.cursor()
    try:
        cursor.execute(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        return _Ran(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


def _execute_many(connection: sqlite3.Connection, operation: str, parameters: Any) -> tuple[_Ran, Sequence[Any]]:
    cursor = connection.cursor()
    try:
        cursor.executemany(operation, parameters)
        return _Ran(None, cursor.rowcount, cursor.lastrowid), ()
    finally:
        cursor.close()
