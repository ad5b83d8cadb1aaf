"""What an answer of Discord's means for the caller: wait, look before trying again, or never try again.

Decides nothing else; the library itself waits as a short window asks, `pace.py` tells of a long one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import TypeVar

import aiohttp
import discord

log = logging.getLogger("harborlight.discord")

T = TypeVar("T")

_PATIENCE = 90.0  # seconds for one call, with the waits that Discord asks for
_REJECTED = 60.0  # seconds until it is tried again whether Discord takes the token

CATEGORY_FULL = "category_full"
CATEGORY_GONE = "category_gone"
GUILD_FULL = "guild_full"
THREADS_FULL = "threads_full"

# Discord's codes, in our words.
_GONE = {
    10003: "channel_gone", 10008: "message_gone", 10013: "unknown_person", 10007: "unknown_person", 50033: "unknown_person",
    10004: "guild_gone", 50001: "no_access",
    50007: "dms_closed", 50278: "dms_closed", 50013: "missing_permission", 50083: "channel_archived",
    30013: GUILD_FULL, 160006: THREADS_FULL, 30033: "thread_full", 40005: "file_too_large",
}


class Wait(Exception):  # noqa: N818  not an error: Discord says when to come again
    """Discord takes no call of this kind for `after` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__("limited")
        self.after = after


class Rejected(Wait):
    """Discord does not take the token: nothing works until another one is given at the next start."""

    def __init__(self) -> None:
        super().__init__(_REJECTED)


class Unclear(Exception):  # noqa: N818  nobody knows whether it happened
    """No answer, or one that tells nothing: the call may have been performed."""


class RefusedCall(Exception):  # noqa: N818  an answer, not a fault of ours
    """Discord refused a call for good; `reason` is our word, `code` Discord's own number."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


async def asked(call: Awaitable[T]) -> T:
    """Return the answer to a call; raises Wait (Rejected too), Unclear or RefusedCall."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await call
    except discord.LoginFailure:
        raise Rejected from None
    except discord.HTTPException as refused:
        raise meaning(refused) from None
    except (aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError) as lost:
        raise Unclear(type(lost).__name__) from None


def meaning(refused: discord.HTTPException) -> Exception:
    """Return what a refusal means: one of Wait, Rejected, Unclear and RefusedCall."""
    if refused.status == 401:
        return Rejected()
    if refused.status == 429:
        return Wait(float(refused.response.headers.get("Retry-After", 1) or 1))
    if refused.status >= 500:
        return Unclear(f"status {refused.status}")
    if refused.code == 50035 and "In parent_id:" in str(refused):  # the library keeps the words of an error, and its code aside
        gone = "CHANNEL_PARENT_INVALID" in str(getattr(refused, "_errors", ""))
        return RefusedCall(CATEGORY_GONE if gone else CATEGORY_FULL, refused.code)
    return RefusedCall(_GONE.get(refused.code, f"discord_{refused.code or refused.status}"), refused.code)
