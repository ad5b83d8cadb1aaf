"""The picture of a card: drawn when somebody is to see it, off the loop, with a library that is loaded for the first one.

Decides only when and where drawing happens; how it looks is `charts.py`. A digest, which is rare, is drawn in a child process, so
that a bot that draws nothing else never holds the library. An interval stands on a card that changes often: it is drawn here.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import subprocess
import sys
from functools import lru_cache

from bot.platforms.port import Upload
from commands.text import Card
from config.settings import ROOT

_APART = frozenset({"digest"})
_PATIENCE = 60  # seconds for one picture

log = logging.getLogger("harborlight.pictures")


async def drawn(card: Card | None) -> Upload | None:
    """Return the picture that a card describes, as a PNG with its words; nothing for a card without one, or if it cannot be drawn."""
    image = card.image if card is not None else None
    if image is None:
        return None
    # A platform that cannot change a file knows by its name whether it showed this picture already.
    name = f"{image.kind}-{hashlib.sha256(image.data.encode()).hexdigest()[:8]}.png"
    try:
        return Upload(name, await asyncio.to_thread(_draw, image.kind, image.data), image.alt)
    except (OSError, ValueError, RuntimeError, subprocess.SubprocessError):  # a face is gone, a disk is full: the words stand
        log.warning("a picture could not be drawn; its card goes out without it")
        return None


@lru_cache(maxsize=64)  # a card is shown anew at each change of its report; its picture changes with a count only
def _draw(kind: str, data: str) -> bytes:
    if kind in _APART:
        done = subprocess.run([sys.executable, "-m", "bot.charts", kind], input=data.encode(), capture_output=True, check=True,
                              timeout=_PATIENCE, cwd=ROOT)
        return done.stdout
    from bot import charts  # the library is heavy: it is loaded here, never at start and not on the loop

    return charts.draw(kind, data)
