"""Plain words on their way to any platform: addresses found in them, how long they are, where they are cut.

Decides nothing about markup, and not what counts as an address: that is what a platform's clients make a link of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

_AFTER_ADDRESS = ".,;:!?)]}'’”"


def addresses(words: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    """Return the pieces of a text in order, each with whether it is an address by `pattern`, without what only follows one."""
    at = 0
    for found in pattern.finditer(words):
        address = found[0].rstrip(_AFTER_ADDRESS)
        if not address:
            continue
        if found.start() > at:
            yield words[at:found.start()], False
        yield address, True
        at = found.start() + len(address)
    if at < len(words):
        yield words[at:], False


def units(text: str) -> int:
    """Return how long a text is to clients: a character outside the basic plane counts as two."""
    return len(text) + sum(char > "\uffff" for char in text)


def clipped(text: str, most: int) -> str:
    """Return at most `most` characters as clients count them, with an ellipsis where something was cut."""
    if len(text) <= most // 2 or units(text) <= most:
        return text
    room = most - 1
    for at, char in enumerate(text):
        room -= units(char)
        if room < 0:
            return text[:at].rstrip() + "…"
    return text


def epoch(instant: str) -> int | None:
    """Return the seconds of an instant (ISO 8601) that every client can show; nothing for any other."""
    try:
        found = datetime.fromisoformat(instant)
    except ValueError:
        return None
    return int(found.timestamp()) if found.tzinfo is not None and 1970 <= found.year <= 9990 else None
