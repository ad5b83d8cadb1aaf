"""One tick: what the clock has to do now is started, each report's by a record of its own.

Decides what is looked at in a tick; what is due is decided by the policy, what happens then by `commands/watch.py`.
"""

from __future__ import annotations

import asyncio

from bot.engine import Engine
from commands.desk import Desk


class Ticking:
    """Starts what is due."""

    def __init__(self, engine: Engine, desk: Desk) -> None:
        """`engine` is launched."""
        self.engine, self.desk = engine, desk
        self._one = asyncio.Lock()

    async def tick(self) -> None:
        """Start everything that is due now; returns when it was started."""
        async with self._one:
            now = self.engine.clock.now()
            stamp = now.strftime("%Y%m%dT%H%M%S")
            async with self.engine.database.read(now) as work:
                due = await work.reports.due(now)
            for report, at in due:
                await self.engine.ask(f"watch-report report={report}", key=f"{report}/{at:%Y%m%dT%H%M%S}/{stamp}")
