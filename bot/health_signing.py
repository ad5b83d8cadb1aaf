"""Doctor's look at the key that signs security.txt: whether there is one in the setting, whether it signs, and when it ends.

Decides how bad each is. A file that is served unsigned is no outage, so nothing of it fails; it is said before others notice.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, Literal

from commands.wording import doctor as wording
from storage.signing import SigningError, ends

_SOON: Final = timedelta(days=60)


async def looked_at(key: str, now: datetime) -> tuple[Literal["ok", "warn"], str, str]:
    """Return how the key of the setting is, in words, and what to do."""
    if not key.strip():
        return "warn", wording.SIGNING_EMPTY, wording.SIGNING_HINT
    try:
        end = await asyncio.to_thread(ends, key)
    except SigningError as wrong:
        return "warn", wording.signs_not(str(wrong)), wording.SIGNING_HINT
    if end is not None and end - now <= _SOON:
        return "warn", wording.signing(end, end - now), wording.SIGNING_HINT
    return "ok", wording.signing(end, end - now) if end is not None else wording.SIGNING_FOREVER, ""
