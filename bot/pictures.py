"""The picture of a card: drawn when somebody is to see it, off the loop, with a library that is loaded for the first one.

Decides only when drawing happens; how it looks is `charts.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import lru_cache

from bot.platforms.port import Upload
from commands.text import Card


async def drawn(card: Card | None) -> Upload | None:
    """Return the picture that a card describes, as a PNG with its words; nothing for a card without one."""
    image = card.image if card is not None else None
    if image is None:
        return None
    # A platform that cannot change a file knows by its name whether it showed this picture already.
    name = f"{image.kind}-{hashlib.sha256(image.data.encode()).hexdigest()[:8]}.png"
    return Upload(name, await asyncio.to_thread(_draw, image.kind, image.data), image.alt)


@lru_cache(maxsize=64)  # a card is shown anew at each change of its report; its picture changes with a count only
def _draw(kind: str, data: str) -> bytes:
    from bot import charts  # the library is heavy: it is loaded here, never at start and not on the loop

    return charts.draw(kind, data)
