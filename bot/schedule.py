"""The schedule: says "it is now ..." at short, regular intervals. It holds no deadline of its own.

The only importer of apscheduler. One job whatever the number of reports: what is due is found in the database, and what
was sent is in the ledger, so a late or doubled tick does no harm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

TICK_SECONDS = 10


class Schedule:
    """Calls `tick` at regular intervals, never two at once."""

    def __init__(self, tick: Callable[[], Awaitable[None]], *, seconds: float = TICK_SECONDS) -> None:
        """`seconds` is real time."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(tick, "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop at once; a tick that runs is the engine's to finish."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return len(self._scheduler.get_jobs())
