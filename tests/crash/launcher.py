"""Runs the bot and kills its own process group's process by SIGKILL at a named seam: no crash code in the product.

Usage: python -m tests.crash.launcher SEAM WHEN COUNT -- run --port 0 --data DIR
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bot import cli
from bot.bringing import Bringing
from bot.delivery import Delivering
from bot.engine import Engine
from bot.lanes import Lanes
from bot.platforms.local import Local

SEAMS: dict[str, tuple[type, str]] = {
    "receive": (Engine, "receive"),
    "record": (Engine, "_record"),
    "fetch": (Bringing, "fetch"),
    "bring": (Bringing, "bring"),
    "decide": (Engine, "_decide"),
    "enqueue": (Lanes, "enqueue"),
    "perform": (Delivering, "perform"),
    "deliver": (Local, "deliver"),
    "keep": (Delivering, "_keep"),
}


def arm(seam: str, when: str, count: int) -> None:
    """Have the process die before or after the count-th pass of a seam."""
    owner, name = SEAMS[seam]
    whole: Callable[..., Awaitable[Any]] = getattr(owner, name)
    passes = 0

    async def watched(*arguments: Any, **named: Any) -> Any:
        nonlocal passes
        passes += 1
        mine = passes
        if when == "before" and mine == count:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await whole(*arguments, **named)
        if when == "after" and mine == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)


if __name__ == "__main__":
    arm(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv = ["bot", *sys.argv[5:]]
    cli.main()
