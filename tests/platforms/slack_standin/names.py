"""Ids, tokens and time stamps in the shapes that Slack gives them; nothing here knows what they name."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Names:
    """Hands out ids that rise with every call, so that two runs of one test read alike."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        """The next id with this prefix, eleven characters long in all."""
        self._given[prefix] += 1
        left, text = self._given[prefix], ""
        while left:
            left, digit = divmod(left, 36)
            text = _DIGITS[digit] + text
        return prefix + "0" + text.rjust(10 - len(prefix), "0")


class Stamps:
    """Time stamps of messages: seconds and six digits, always rising."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0

    def new(self) -> str:
        """The next time stamp, never one that was given before."""
        micros = int(self._now().timestamp() * 1_000_000)
        self._last = max(micros, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def bot_token() -> str:
    """A new bot token."""
    return f"xoxb-1000000000001-1000000000002-{secrets.token_hex(12)}"


def app_token() -> str:
    """A new app-level token."""
    return f"xapp-1-A0STANDIN01-1000000000003-{secrets.token_hex(32)}"


def secret() -> str:
    """A new signing secret, or any other word that nobody guesses."""
    return secrets.token_hex(16)
