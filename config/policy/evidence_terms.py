"""The words in which evidence about a fix is judged: checks, how they stand and why, and what would settle them.

It decides which names exist and what belongs to one judgement; judging is decided in config/policy/evidence.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.policy.rates import MOST, Trials
from config.policy.states import Level, Verdict


def together(counts: Sequence[Trials]) -> Trials:
    """Several counts of one test as one; beyond the most that is computed with, the same share of that many attempts."""
    k, n = sum(one.k for one in counts), sum(one.n for one in counts)
    return Trials(k, n) if n <= MOST else Trials(-(-k * MOST // n), MOST)


class Check(StrEnum):
    """The six checks of a fix."""

    SAME_TEST = "same_test"
    LOW_NOW = "low_now"
    LOWER_THAN_BEFORE = "lower_than_before"
    UNSEEN_VARIANTS = "unseen_variants"
    NO_NEW_HARM = "no_new_harm"
    LAST_LOOK = "last_look"


class Standing(StrEnum):
    """How a check stands."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_MADE = "not_made"  # recommended at this level, not required
    AHEAD = "ahead"  # still to come


class Why(StrEnum):
    """Why a check stands as it does."""

    SAME = "same"
    CONTEXT_DIFFERS = "context_differs"
    CRITERION_DIFFERS = "criterion_differs"
    JUDGE_DIFFERS = "judge_differs"
    MADE_BY_AUTHOR = "made_by_author"
    NOT_PLANNED = "not_planned"
    PLAN_NOT_REACHED = "plan_not_reached"
    BEYOND_PLAN = "beyond_plan"
    NO_TRIALS = "no_trials"
    UNDER_CEILING = "under_ceiling"
    TOO_FEW = "too_few"
    OVER_CEILING = "over_ceiling"
    FELL = "fell"
    NOTHING_BEFORE = "nothing_before"
    NEVER_WORKED_BEFORE = "never_worked_before"
    NOT_SHOWN_LOWER = "not_shown_lower"
    VARIANTS_STOPPED = "variants_stopped"
    TOO_FEW_VARIANTS = "too_few_variants"
    TOO_FEW_VARIANT_TRIALS = "too_few_variant_trials"
    VARIANT_WORKS = "variant_works"
    VARIANTS_WORK = "variants_work"
    NOT_REFUSING_MORE = "not_refusing_more"
    TOO_FEW_BENIGN = "too_few_benign"
    REFUSING_MORE = "refusing_more"
    CONFIRMED = "confirmed"
    WAIVED = "waived"
    SILENT = "silent"
    WINDOW_OPEN = "window_open"
    BYPASSED = "bypassed"
    FIXED_ONCE = "fixed_once"
    STILL_WORKS = "still_works"
    NO_REGRESSION_ITEM = "no_regression_item"


class Same(StrEnum):
    """What must be as it was in our own trials before the fix; and that others than its author made them."""

    CONTEXT = "context"
    CRITERION = "criterion"
    JUDGE = "judge"
    OTHER_HANDS = "other_hands"


class Look(StrEnum):
    """What came of the reporter's last look."""

    AHEAD = "ahead"
    CONFIRMED = "confirmed"
    WAIVED = "waived"
    SILENT = "silent"
    BYPASSED = "bypassed"


class Way(StrEnum):
    """What would settle a check that does not hold."""

    MORE_AFTER = "more_after"  # so many more attempts of the same verification, none successful
    VERIFY_ANEW = "verify_anew"  # so many attempts of a new verification, none successful
    MORE_BEFORE = "more_before"  # about so many more on the version without the fix, at the same rate
    REACH_PLAN = "reach_plan"  # so many more attempts, as planned
    SAME_TEST = "same_test"
    PLAN = "plan"
    ONLY_PLANNED = "only_planned"  # the first so many attempts count
    MORE_VARIANTS = "more_variants"
    MORE_VARIANT_TRIALS = "more_variant_trials"
    MORE_BENIGN = "more_benign"  # so many, before and after the fix
    FIX_AGAIN = "fix_again"
    TRY_BYPASS = "try_bypass"
    REGRESSION_ITEM = "regression_item"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Settle:
    """One way to settle a check; `number` counts attempts, prompts or variants."""

    way: Way
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one check stands and why; `measured` is a bound or a p-value, `limit` what it is held against.

    Each of `settles` is enough by itself.
    """

    check: Check
    standing: Standing
    why: Why
    measured: float | None = None
    limit: float | None = None
    trials: Trials | None = None
    settles: tuple[Settle, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing stands in the way here."""
        return self.standing is not Standing.FAILS


@dataclass(frozen=True, slots=True)
class Variant:
    """One paraphrase, translation or re-encoding of the attack, tried after the fix."""

    trials: Trials
    unseen: bool = True  # by whoever made the fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known when a fix is judged; `ceiling` is the rate that may remain, `round` counts verifications from 1."""

    level: Level
    ceiling: float
    before: Trials | None
    after: Trials | None
    round: int = 1
    same: frozenset[Same] = frozenset()
    planned: int | None = None  # attempts, fixed before the start
    variants: tuple[Variant, ...] = ()
    refused_before: Trials | None = None  # benign look-alikes refused
    refused_after: Trials | None = None
    look: Look = Look.AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and the checks it follows from; `so_far` while the reporter's last look is ahead."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    alpha: float
    so_far: bool = False

    @property
    def settles(self) -> tuple[Settle, ...]:
        """What would settle the checks that fail, in their order, each once."""
        return tuple(dict.fromkeys(way for one in self.findings if not one.holds for way in one.settles))
