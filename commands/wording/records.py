"""The words of an advisory that are ours: headings, facts, numbers."""

from __future__ import annotations

from typing import Final

from config.policy.advisory import Advisory
from config.policy.rates import Trials, wilson

HAPPENED: Final = "What happened"
CHANGED: Final = "What changed"
FACTS: Final = "Facts"
REVISIONS: Final = "Editions"
ID: Final = "Advisory"
SYSTEMS: Final = "Systems"
CATEGORY: Final = "Category"
SEVERITY: Final = "Severity"
VECTOR: Final = "Vector"
CAUSE: Final = "Root cause"
DATES: Final = "Dates"
TRIED: Final = "How it was tried"
THANKS: Final = "Thanks to"
LINKS: Final = "Links"
PUBLISHER: Final = "Published by"
LICENCE: Final = "Licence"
VERDICTS: Final = {
    "verified": "The fix is verified, by us and by the researcher.",
    "verified_internally": "The fix is verified by us.",
    "partial": "The fix is partial.",
    "inconclusive": "Whether the fix holds is not settled.",
    "not_fixed": "It is not fixed.",
    "regressive": "The fix made something else worse.",
}


def edition(number: int, when: str) -> str:
    """Which edition this is."""
    return f"edition {number}, {when}"


def severity(advisory: Advisory) -> str:
    """Level and score with the rubric's version."""
    if not advisory.level:
        return ""
    score = f" {advisory.score}" if advisory.score else ""
    return f"{advisory.level}{score}" + (f" by rubric {advisory.rubric}" if advisory.rubric else "")


def numbers(advisory: Advisory) -> str:
    """How often it worked before and after the fix, and what the verdict is."""
    said = []
    if advisory.before is not None:
        said.append(f"Before the fix it worked in {rate(advisory.before)}.")
    if advisory.after is not None:
        said.append(f"With the fix it worked in {rate(advisory.after)}.")
    if advisory.verdict in VERDICTS:
        said.append(VERDICTS[advisory.verdict])
    if advisory.exploited:
        said.append("It was used in attacks.")
    return " ".join(said)


def rate(trials: Trials) -> str:
    """A count with its 95 % interval: `3 of 10 attempts (11 to 60 %)`."""
    bounds = wilson(trials)
    return f"{trials.k:,} of {trials.n:,} attempts ({bounds.low:.0%} to {bounds.high:.0%})".replace("%", " %").replace(" % to", " to")


def dates(advisory: Advisory) -> str:
    """Reported, accepted, fixed and published, as far as they are known."""
    found = [("reported", advisory.reported), ("accepted", advisory.accepted), ("fixed", advisory.fixed), ("published", advisory.published)]
    return ", ".join(f"{name} {when:%Y-%m-%d}" for name, when in found if when is not None)
