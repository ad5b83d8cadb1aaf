"""The picture of a card: drawn when somebody is to see it, off the loop, with a library that is loaded for the first one.

Decides only when drawing happens; how it looks is `charts.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from functools import lru_cache

from bot.platforms.port import Upload
from commands.text import Card

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
    except (OSError, ValueError, RuntimeError):  # a face that is gone, a disk that is full: the words stand without the picture
        log.warning("a picture could not be drawn; its card goes out without it")
        return None


@lru_cache(maxsize=64)  # a card is shown anew at each change of its report; its picture changes with a count only
def _draw(kind: str, data: str) -> bytes:
    from bot import charts  # the library is heavy: it is loaded here, never at start and not on the loop

    return charts.draw(kind, data)
