"""The sentences about reports that resemble one another. They name an id and a reason, never a word of the other report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from commands.text import Text, bold, say

SIGNATURE, TEXT, FACTS = "signature", "text", "facts"  # as the ledger names the reasons

REASONS: Final = {SIGNATURE: "same signature", TEXT: "similar text", FACTS: "same category and system"}


def alike(other: str, why: Sequence[str], percent: int) -> Text:
    """That a report may repeat another one, and why."""
    told = [REASONS[one] + (f" (about {percent} %)" if one == TEXT and percent else "") for one in why if one in REASONS]
    return say("May repeat ", bold(other), f": {', '.join(told)}.")


def repeats(other: str) -> str:
    """The button that closes a report as a repeat."""
    return f"It repeats {other}"


def sure(report: str, other: str) -> str:
    """What is asked once more before it is closed."""
    return f"Close {report} as a repeat of {other}? The researcher is told, and can appeal."
