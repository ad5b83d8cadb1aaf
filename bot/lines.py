"""Which process listens to a platform that tells everything to everybody who listens.

Decides whose turn it is. Two lines to such a platform would have each press answered twice, so on PostgreSQL the process whose
line is open holds a session advisory lock, and the others wait for it: it is free as soon as its process is dead. On SQLite there
is one process. Leaves listening to the platform, and what was said between two lines to its reading back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from bot.takeover import ALIVE, lock_of
from storage.database import Database

_LOOK = 1.0  # seconds between two looks: whether the lock is free, and whether it is still ours
_SILENT = 10.0  # seconds until a database that does not answer counts as away

Listen = Callable[[], Awaitable[None]]

log = logging.getLogger("harborlight.lines")


async def listened(database: Database, name: str, listen: Listen) -> None:
    """Listen to the platform of that name while no other process on the database does; until cancelled."""
    if database.is_sqlite:
        await listen()
        return
    engine = create_async_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        while True:
            try:
                async with engine.connect() as connection:
                    await _turn(connection, name)
                    await _holding(connection, listen)
                    return
            except (DBAPIError, TimeoutError):
                # Whoever comes first has the lock now; what is said meanwhile is read back, and could not be recorded anyway.
                log.warning("the database is away: %s is listened to again once it is back", name)
                await asyncio.sleep(_LOOK)
    finally:
        await engine.dispose()


async def _turn(connection: AsyncConnection, name: str) -> None:
    """Wait for the lock."""
    for one in ALIVE:
        await connection.execute(text(f"SET {one}"))
    waited = False
    while True:
        async with asyncio.timeout(_SILENT):
            found = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": lock_of(f" line {name}")})
        if found.scalar():
            if waited:
                log.info("this process listens to %s now", name)
            return
        if not waited:
            log.info("another process listens to %s; this one waits for its turn", name)
        waited = True
        await asyncio.sleep(_LOOK)


async def _holding(connection: AsyncConnection, listen: Listen) -> None:
    """Listen for as long as the session that holds the lock lives; raises what ended either."""
    listening = asyncio.ensure_future(listen())
    try:
        while True:
            done, _ = await asyncio.wait({listening}, timeout=_LOOK)
            if done:
                await listening
                return
            async with asyncio.timeout(_SILENT):
                await connection.execute(text("SELECT 1"))
    finally:
        listening.cancel()
        await asyncio.wait({listening})
