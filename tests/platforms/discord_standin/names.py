"""Snowflakes, tokens and instants in the shapes that Discord gives them; nothing here knows what they name."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

EPOCH = 1_420_070_400_000  # milliseconds: the first second of 2015


class Snowflakes:
    """Hands out ids that always rise, also when the clock stands still."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0

    def new(self) -> str:
        """The next id; its upper bits are the instant."""
        found = (int(self._now().timestamp() * 1000) - EPOCH) << 22
        self._last = max(found, self._last + 1)
        return str(self._last)


def instant(snowflake: str, start: datetime) -> datetime:
    """When a snowflake was made; `start` is any aware instant, for its zone."""
    return datetime.fromtimestamp(0, start.tzinfo) + timedelta(milliseconds=(int(snowflake) >> 22) + EPOCH)


def stamp(when: datetime) -> str:
    """An instant as Discord writes it: ISO 8601 with six digits of fraction."""
    return when.isoformat(timespec="microseconds")


def kept_name(filename: str) -> str:
    """A file's name as Discord keeps it: blanks become underscores, other strange signs go."""
    found = re.sub(r"[^A-Za-z0-9._-]", "", filename.replace(" ", "_")).lstrip(".")
    return found[-100:] or "unknown"


def bot_token(user: str) -> str:
    """A new bot token of this user id."""
    head = base64.urlsafe_b64encode(user.encode()).decode().rstrip("=")
    return f"{head}.G{secrets.token_hex(2)}x.{secrets.token_urlsafe(28)}"


def secret() -> str:
    """A word that nobody guesses."""
    return secrets.token_hex(16)


def interaction_token() -> str:
    """A new interaction token."""
    return "aW" + secrets.token_urlsafe(96)
