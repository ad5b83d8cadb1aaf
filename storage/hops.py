"""One trip to SQLite's thread for each statement.

Decides how a statement travels: cursor, execution, rows and closing go to the connection's thread together, where the
driver's own cursor goes four times and each trip costs more than most statements. Leaves the rest to the driver: order,
errors, and the thread, so that waiting for another writer never holds the event loop.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor


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
        async with self._adapt_connection._execute_mutex:
            ran, rows = await connection._execute(run, connection._conn, operation, parameters)
            self._cursor, self._rows = ran, deque(rows)
            return ran


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose statements make one trip each."""

    __slots__ = ()

    _cursor_cls = OneTripCursor


def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> OneTripConnection:
    """Connect as the driver does; listens for `do_connect`."""
    made = dialect.loaded_dbapi.connect(*arguments, **options)
    return OneTripConnection(dialect.loaded_dbapi, made._connection)


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
