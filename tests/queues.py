"""Has the queues of a bot in this process looked at only when something is in them, and at once when that changed.

The durable engine asks each queue by a handful of statements, fifty times a second as tests have it: that is a fifth of a core for
a bot that does nothing. Here a thread of a queue first asks the file itself, which costs a hundredth of that. What is then taken
from a queue, in which order and how often is the engine's own business as ever; on PostgreSQL nothing changes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from typing import Any

from dbos import _queue

from bot.engine import Engine

_LOOK = 0.005  # seconds
_WAITING = "SELECT 1 FROM workflow_status WHERE queue_name = ? AND status = 'ENQUEUED' LIMIT 1"
_LEFT = "SELECT 1 FROM workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED') LIMIT 1"
_worker = _queue.queue_worker_thread


class Watched:
    """The event that a queue's thread waits for between two looks; it waits on while nothing is in the queue."""

    def __init__(self, stop: threading.Event, base: sqlite3.Connection, queue: str) -> None:
        """`stop` is the engine's own event, `base` a connection to its records on which nothing is written."""
        self._stop, self._base, self._queue = stop, base, queue
        self._seen = self._version()

    def is_set(self) -> bool:
        """Tell whether the thread is to end."""
        return self._stop.is_set()

    def wait(self, timeout: float) -> bool:
        """Return at once when the thread is to end; else when the queue holds something and the records changed, or it is time."""
        began = time.monotonic()
        while not self._stop.wait(_LOOK):
            version = self._version()
            if version == self._seen and time.monotonic() - began < timeout:
                continue
            if self._base.execute(_WAITING, (self._queue,)).fetchone():
                self._seen = version
                return False
        return True

    def _version(self) -> int:
        return int(self._base.execute("PRAGMA data_version").fetchone()[0])


def _watching(stop: threading.Event, dbos: Any, queue: Any) -> None:
    url = dbos._sys_db.engine.url
    if url.get_backend_name() != "sqlite":
        _worker(stop, dbos, queue)
        return
    with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True, isolation_level=None)) as base:
        _worker(Watched(stop, base, queue.name), dbos, queue)  # type: ignore[arg-type]


async def settled(engine: Engine, *, most: float = 30.0) -> None:
    """Wait as `Engine.settled` does, which is asked once the file holds no work, or where some of it rests."""
    loop = asyncio.get_running_loop()
    end = loop.time() + most
    if engine.database.is_sqlite:
        with closing(sqlite3.connect(f"file:{engine._system_url.database}?mode=ro", uri=True, isolation_level=None)) as base:
            while not engine.lanes.at_rest and base.execute(_LEFT).fetchone() and loop.time() < end:
                await asyncio.sleep(_LOOK)
    await engine.settled(most=max(0.0, end - loop.time()))


def watch() -> None:
    """Have it so from now on in this process."""
    _queue.queue_worker_thread = _watching
