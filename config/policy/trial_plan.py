"""How many trials each statement needs, known before anybody starts.

It decides the numbers for: to reproduce, to call it not reproduced, to call a fix verified; and how likely a still
broken system passes. What the trials then prove is decided in config/policy/evidence.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from config.policy import rates
from config.policy.rates import ALPHA, MOST, Trials
from config.policy.states import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers that an adopter may change, in attempts, prompts or variants."""

    not_seen: int = 300  # attempts without a success after which nobody has to try on
    variants: int = 5
    variant_trials: int = 30
    benign: int = 50
    strict_levels: frozenset[Level] = frozenset({Level.CRITICAL, Level.HIGH})  # where variants and benign prompts are required


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Threshold:
    """The attempts without a success after which a report may be called not reproduced.

    `full` is the number that the reporter's count asks for, None when it shows no rate; `needed` is it within the cap.
    """

    needed: int
    full: int | None

    @property
    def capped(self) -> bool:
        """Whether only "not seen in so many" may be said."""
        return self.full is None or self.full > self.needed


def threshold(reporters: Trials | None, limits: Limits = LIMITS) -> Threshold:
    """The attempts for "not reproduced"; as many see it at least once in 19 of 20 cases if the reporter is right."""
    if reporters is None or reporters.k == 0:
        return Threshold(limits.not_seen, None)
    full = rates.clean_trials(rates.lower(reporters))
    return Threshold(min(full, limits.not_seen), full)


class Seen(StrEnum):
    """Whether a report may be called not reproduced."""

    ENOUGH = "enough"
    TOO_FEW = "too_few"
    SEEN = "seen"
    OTHER_CONTEXT = "other_context"


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The answer, the number it rests on, and how many attempts are still missing."""

    answer: Seen
    threshold: Threshold
    more: int = 0


def not_seen(
    tried: Trials | None, reporters: Trials | None, *, same_context: bool = True, limits: Limits = LIMITS
) -> NotSeen:
    """Whether attempts of ours, in the reporter's context, are enough to call a report not reproduced."""
    wanted = threshold(reporters, limits)
    if tried is not None and tried.k > 0:
        return NotSeen(Seen.SEEN, wanted)
    if not same_context:
        return NotSeen(Seen.OTHER_CONTEXT, wanted, wanted.needed)
    more = wanted.needed - (tried.n if tried else 0)
    return NotSeen(Seen.TOO_FEW, wanted, more) if more > 0 else NotSeen(Seen.ENOUGH, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPlan:
    """The attempts without a success that verify a fix; None where no number can, because it hardly worked before."""

    ceiling: float
    for_ceiling: int
    for_comparison: int | None
    passes_unchanged: float | None  # the probability that a system at the rate before passes
    passes_at_ceiling: float  # the same for a system just at the ceiling

    @property
    def trials(self) -> int | None:
        """The attempts that settle both, none successful."""
        return None if self.for_comparison is None else max(self.for_ceiling, self.for_comparison)

    @property
    def thin(self) -> bool:
        """Whether the trials before the fix are few: more of them now are cheaper than many after it."""
        return self.for_comparison is None or self.for_comparison > self.for_ceiling


def plan_fix(before: Trials | None, ceiling: float, alpha: float = ALPHA) -> FixPlan:
    """How many attempts a verification takes, from the trials before the fix and the rate that may remain."""
    alone = rates.clean_trials(ceiling, alpha)
    compared = rates.clean_comparison(before, alpha) if before else None
    n = max(alone, compared or 0)
    return FixPlan(
        ceiling=ceiling, for_ceiling=alone, for_comparison=compared,
        passes_unchanged=rates.passing(before.rate, n) if before else None, passes_at_ceiling=rates.passing(ceiling, n),
    )


def clean_needed(before: Trials | None, ceiling: float, alpha: float = ALPHA) -> int | None:
    """The attempts of a verification, none successful, that show both a low and a lower rate; None when no number can."""
    return plan_fix(before, ceiling, alpha).trials


def before_needed(before: Trials, after: Trials, alpha: float = ALPHA) -> int | None:
    """About how many more attempts without the fix, at the rate seen, let the counts be told apart; None if none do."""
    if before.k == 0:
        return None
    most = MOST // before.n
    low, high = 1, most
    if rates.fisher(Trials(before.k * most, before.n * most), after) > alpha:
        return None
    while low < high:
        middle = (low + high) // 2
        if rates.fisher(Trials(before.k * middle, before.n * middle), after) <= alpha:
            high = middle
        else:
            low = middle + 1
    return (low - 1) * before.n
