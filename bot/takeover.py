"""The name of this process among those on one database, and what a dead one leaves behind.

Decides who is who and who is gone. On PostgreSQL each process holds a session advisory lock named like itself; a name whose
lock is free is nobody's, and what its process had in flight may be taken over. On SQLite a file lock of the data folder
keeps every other process out (`bot/app.py`), so every other name is nobody's. Leaves taking over to `engine.py`.

A pooler that hands a session to several clients (transaction pooling) does not keep such locks: connect without one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import Database

_MOST = 1000  # processes of one name
# A machine that vanished without a word would keep its lock for hours: have the server ask after half a minute.
ALIVE = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")

log = logging.getLogger("harborlight.takeover")


class SeatError(Exception):
    """No name could be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Vacant:
    """A name that is nobody's, held while its work is taken over, so that two do not."""

    name: str
    _seat: Seat

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._seat.let_go(self.name)


class Seat:
    """The name that this process holds for as long as it lives."""

    def __init__(self, database: Database, wanted: str) -> None:
        """`wanted` is the name from the settings; a number is added where another process has it."""
        self.name = wanted
        self.lost = asyncio.Event()  # another process has our name: this one must end
        self._database, self._wanted = database, wanted
        self._connection: AsyncConnection | None = None
        self._engine = None if database.is_sqlite else create_async_engine(
            database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)

    async def take(self) -> str:
        """Take the wanted name or the first free one after it, and return it."""
        if self._engine is None:
            return self.name
        await self._connect()
        for number in range(1, _MOST):
            name = self._wanted if number == 1 else f"{self._wanted}-{number}"
            if await self._try(name):
                if number > 1:
                    log.warning("another process has the name %s: this one is %s", self._wanted, name)
                self.name = name
                return name
        raise SeatError(f"{_MOST} processes are named {self._wanted}")

    async def leave(self) -> None:
        """Give the name back."""
        if self._connection is not None:
            with contextlib.suppress(DBAPIError):  # the server lets go of a lost session by itself, of a closed one soon
                await self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            await self._connection.close()
            self._connection = None
        if self._engine is not None:
            await self._engine.dispose()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Keep every other process that starts waiting: keys and people of a new installation are made once."""
        if self._connection is None:
            yield
            return
        await self._connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": lock_of(" start")})
        try:
            yield
        finally:
            await self.let_go(" start")

    async def vacant(self, names: Collection[str]) -> list[Vacant]:
        """Return those of other processes' names that are nobody's; each is held until its `async with` ends."""
        await self._still_ours()
        return [Vacant(name, self) for name in sorted(names) if name != self.name and await self._try(name)]

    async def let_go(self, name: str) -> None:
        """Let go of another name."""
        if self._connection is not None:
            await self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": lock_of(name)})

    async def _still_ours(self) -> None:
        """Take our name again after the connection was lost; when somebody else has it by now, say that it is lost."""
        if self._connection is None:
            return
        try:
            await self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            await self._connection.invalidate()
            await self._connect()
            if not await self._try(self.name):
                log.error("the connection that held the name %s was lost, and another process took it", self.name)
                self.lost.set()

    async def _connect(self) -> None:
        assert self._engine is not None  # noqa: S101  only called on PostgreSQL
        if self._connection is not None:
            await self._connection.close()
        self._connection = await self._engine.connect()
        for one in ALIVE:
            await self._connection.execute(text(f"SET {one}"))

    async def _try(self, name: str) -> bool:
        if self._connection is None:
            return True
        found = await self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": lock_of(name)})
        return bool(found.scalar())


def lock_of(name: str) -> int:
    """Return the advisory lock of a name: 64 bits of its digest, as PostgreSQL counts them."""
    return int.from_bytes(hashlib.sha256(f"harborlight/{name}".encode()).digest()[:8], "big", signed=True)
