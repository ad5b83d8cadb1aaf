"""What a digest says of judgement: levels and root causes of a period beside those of the period before.

Decides which figures belong together. The questions are in `storage/figures_judged.py`, the words in
`wording/digest_causes.py`, the definitions in `config/policy/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.policy.metrics import Period
from storage.database import Work
from storage.figures_judged import JudgedFigures

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Trend:
    """Counts of a period by name, and those of the period before."""

    now: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of the period."""
        return sum(self.now.values())

    @property
    def change(self) -> int:
        """How many more than in the period before."""
        return self.total - sum(self.before.values())


@dataclass(frozen=True, slots=True)
class Trends:
    """Accepted by level, resolved by root cause, what happened again, what asked for a process review, what one signed."""

    accepted: Trend = field(default_factory=Trend)
    resolved: Trend = field(default_factory=Trend)
    again: Trend = field(default_factory=Trend)
    reviews: tuple[tuple[str, int], ...] = ()
    signed: tuple[tuple[str, str], ...] = ()  # reports whose level one discipline signed, and who was missing

    @property
    def quiet(self) -> bool:
        """Whether nothing of it needs anybody's eyes."""
        return not self.again.total and not self.reviews and not self.signed


async def gather(work: Work, period: Period, earlier: Period) -> Trends:
    """Return the trends of a period against the one before it."""
    figures = JudgedFigures(work)
    both = [(one.since, one.until) for one in (period, earlier)]
    accepted = [await figures.accepted(*one) for one in both]
    resolved = [await figures.resolved(*one) for one in both]
    again = [{"": await figures.again(*one)} for one in both]
    reviews = await figures.reviews(period.since, period.until, most=_LISTED)
    signed = await figures.stood_in(period.since, period.until, most=_LISTED)
    return Trends(Trend(*accepted), Trend(*resolved), Trend(*again), tuple(reviews), tuple(signed))
