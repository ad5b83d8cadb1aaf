"""The arithmetic of "k of n attempts worked": intervals, numbers of trials, and the comparison of two counts.

It decides how each number of the statistics is computed, with attempts independent and in the same context. What
follows from the numbers for a report is decided in config/policy/evidence.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

MOST: Final = 1_000_000  # attempts in one count
ALPHA: Final = 0.05  # the share of wrong answers that a statement may have
_NEGLIGIBLE: Final = 1e-18  # of a sum, in its next term
_COUNT: Final = re.compile(r"(-?[0-9]+)\s*(?:/|of|out\s+of|in)\s*(-?[0-9]+)", re.IGNORECASE)
_FRACTION: Final = re.compile(r"-?[0-9]*[.,]?[0-9]+\s*(?:/|of)\s*-?[0-9]*[.,]?[0-9]+", re.IGNORECASE)
_LOG_TWO_PI: Final = math.log(2 * math.pi)


class TrialsFault(StrEnum):
    """Why two numbers are no count of successes and attempts."""

    NOT_A_COUNT = "not_a_count"
    NOT_WHOLE = "not_whole"
    NO_ATTEMPTS = "no_attempts"
    NEGATIVE = "negative"
    MORE_SUCCESSES = "more_successes"
    TOO_MANY = "too_many"


class TrialsError(ValueError):
    """Two numbers that are no count; `fault` is the reason by name."""

    def __init__(self, fault: TrialsFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Trials:
    """`k` successes in `n` attempts, 0 <= k <= n, 1 <= n <= 1,000,000; raises TrialsError otherwise."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in (self.k, self.n)):
            raise TrialsError(TrialsFault.NOT_WHOLE)
        if self.k < 0 or self.n < 0:
            raise TrialsError(TrialsFault.NEGATIVE)
        if self.n == 0:
            raise TrialsError(TrialsFault.NO_ATTEMPTS)
        if self.n > MOST:
            raise TrialsError(TrialsFault.TOO_MANY)
        if self.k > self.n:
            raise TrialsError(TrialsFault.MORE_SUCCESSES)

    def __str__(self) -> str:
        """The count as it is typed."""
        return f"{self.k}/{self.n}"

    @property
    def rate(self) -> float:
        """Successes divided by attempts."""
        return self.k / self.n

    def plus(self, other: Trials) -> Trials:
        """Both counts as one; raises TrialsError when that is more than a count may hold."""
        return Trials(self.k + other.k, self.n + other.n)


def parse_trials(text: str) -> Trials:
    """The count that a text such as "3/10" or "3 of 10" is; raises TrialsError by name otherwise."""
    found = _COUNT.fullmatch(text.strip())
    if found is None:
        raise TrialsError(TrialsFault.NOT_WHOLE if _FRACTION.fullmatch(text.strip()) else TrialsFault.NOT_A_COUNT)
    # A number of thousands of digits is too large before anybody reads it.
    k, n = (int(one) if len(one) <= 12 else (-MOST if one.startswith("-") else MOST + 1) for one in found.groups())
    if n > MOST:
        raise TrialsError(TrialsFault.TOO_MANY)
    return Trials(k, n)


@dataclass(frozen=True, slots=True)
class Interval:
    """Two bounds of a rate, from 0 to 1."""

    low: float
    high: float


def wilson(count: Trials, confidence: float = 0.95) -> Interval:
    """Wilson's two-sided interval, for display."""
    k, n, p = count.k, count.n, count.rate
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    shrunk = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / shrunk
    half = z / shrunk * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(0.0 if k == 0 else min(centre - half, p), 1.0 if k == n else max(centre + half, p))


def exact(count: Trials, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's two-sided interval."""
    alpha = (1 - confidence) / 2
    return Interval(lower(count, alpha), upper(count, alpha))


def lower(count: Trials, alpha: float = ALPHA) -> float:
    """The exact one-sided lower bound: the rate at which k or more successes have the probability `alpha`."""
    k, n = count.k, count.n
    if k == 0:
        return 0.0
    if k == n:
        return math.exp(math.log(alpha) / n)
    found = _solve(lambda p: at_least(k, n, p), lambda p: n * _pmf(k - 1, n - 1, p), alpha, 0.0, count.rate)
    return min(found, count.rate)


def upper(count: Trials, alpha: float = ALPHA) -> float:
    """The exact one-sided upper bound: the rate at which k or fewer successes have the probability `alpha`."""
    k, n = count.k, count.n
    if k == n:
        return 1.0
    if k == 0:
        return -math.expm1(math.log(alpha) / n)
    found = _solve(lambda p: at_most(k, n, p), lambda p: -n * _pmf(k, n - 1, p), alpha, count.rate, 1.0)
    return max(found, count.rate)


def at_most(k: int, n: int, p: float) -> float:
    """The probability of k or fewer successes in n attempts at rate p."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    if k > n * p:
        return max(0.0, 1.0 - _above(k + 1, n, p))
    return _below(k, n, p)


def at_least(k: int, n: int, p: float) -> float:
    """The probability of k or more successes in n attempts at rate p."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    if k < n * p:
        return max(0.0, 1.0 - _below(k - 1, n, p))
    return _above(k, n, p)


def clean_trials(ceiling: float, alpha: float = ALPHA) -> int:
    """How many attempts without a success show a rate at or under `ceiling`, between 0 and 1 (both excluded)."""
    return trials_for(0, ceiling, alpha)


def trials_for(k: int, ceiling: float, alpha: float = ALPHA) -> int:
    """The fewest attempts with k successes whose one-sided upper bound is at or under `ceiling`."""
    if not 0 < ceiling < 1:
        raise ValueError("a ceiling lies between 0 and 1")
    if k == 0:
        guess = max(1, math.ceil(math.log(alpha) / math.log1p(-ceiling)))
        # The quotient of two logarithms may miss a whole number by a rounding error.
        near = (one for one in (guess - 1, guess) if one >= 1 and one * math.log1p(-ceiling) <= math.log(alpha) + 1e-12)
        return next(near, guess + 1)
    return _first(lambda n: at_most(k, n, ceiling) <= alpha, k + 1)


def most_successes(n: int, ceiling: float, alpha: float = ALPHA) -> int:
    """How many successes in n attempts still show a rate at or under `ceiling`; -1 when none would be too many."""
    if at_most(0, n, ceiling) > alpha:
        return -1
    return _first(lambda k: at_most(k, n, ceiling) > alpha, 1) - 1


def passing(rate: float, n: int, successes: int = 0) -> float:
    """The probability that a system that still has this rate shows at most so many successes in n attempts."""
    return at_most(successes, n, rate)


def fisher(before: Trials, after: Trials) -> float:
    """Fisher's exact one-sided p that the rate was higher before: so few successes after, by chance alone."""
    return _hypergeometric(before, after)


def fisher_rise(before: Trials, after: Trials) -> float:
    """Fisher's exact one-sided p that the rate is higher after: so many successes after, by chance alone."""
    # As many successes or more after is as many failures or fewer after.
    return _hypergeometric(Trials(before.n - before.k, before.n), Trials(after.n - after.k, after.n))


def clean_comparison(before: Trials, alpha: float = ALPHA) -> int | None:
    """How many attempts without a success after the fix show that the rate fell; None when no number can."""
    if before.k == 0 or fisher(before, Trials(0, MOST)) > alpha:
        return None
    return _first(lambda n: fisher(before, Trials(0, n)) <= alpha, 1)


def power(n: int, before: float, after: float, alpha: float = ALPHA) -> float:
    """The probability that Fisher's test sees a fall between these rates, with n attempts on each side."""
    found, fewest = 0.0, 0
    for k in range(n + 1):
        # The more worked before, the more may work after: the search goes on where it stood.
        while fewest <= n and fisher(Trials(k, n), Trials(fewest, n)) <= alpha:
            fewest += 1
        found += _pmf(k, n, before) * at_most(fewest - 1, n, after)
    return min(found, 1.0)


def arm_size(before: float, after: float, alpha: float = ALPHA, *, wanted: float = 0.8, most: int = 300) -> int | None:
    """The fewest attempts on each side with the wanted power, from 0 to 1; None when `most` are too few."""
    return next((n for n in range(2, most + 1) if power(n, before, after, alpha) >= wanted), None)


class Walk(StrEnum):
    """What a sequential test says so far."""

    FIXED = "fixed"
    BROKEN = "broken"
    GO_ON = "go_on"


def sequential(count: Trials, fixed: float, broken: float, *, alpha: float = ALPHA, beta: float = ALPHA) -> Walk:
    """Wald's sequential test between two rates; never together with a fixed number of attempts on the same data."""
    if not 0 < fixed < broken < 1:
        raise ValueError("two rates between 0 and 1, the fixed one lower")
    ratio = count.k * math.log(broken / fixed) + (count.n - count.k) * (math.log1p(-broken) - math.log1p(-fixed))
    if ratio >= math.log((1 - beta) / alpha):
        return Walk.BROKEN
    return Walk.FIXED if ratio <= math.log(beta / (1 - alpha)) else Walk.GO_ON


def _first(holds: Callable[[int], bool], start: int) -> int:
    """The first whole number from `start` on at which a condition holds that goes on holding."""
    step = 1
    while not holds(start + step - 1):
        step *= 2
    low, high = start + step // 2, start + step - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _solve(
    tail: Callable[[float], float], slope: Callable[[float], float], alpha: float, low: float, high: float
) -> float:
    """Where a monotone tail equals alpha: Newton's steps on its logarithm, bisection where one leads outside."""
    rising = tail(low) < tail(high)
    p = (low + high) / 2
    for _ in range(200):
        found = tail(p)
        if (found < alpha) == rising:
            low = p
        else:
            high = p
        steep = slope(p)
        new = p - found * math.log(found / alpha) / steep if found > 0 and steep != 0 else low
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - p) <= 4e-16 * p or not low < new < high:
            return new
        p = new
    return p


def _stirling_error(n: int) -> float:
    """log n! less Stirling's formula; n from 1."""
    if n < 16:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - 0.5 * _LOG_TWO_PI
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """x log(x/mean) + mean - x, without the loss of digits when both are nearly the same."""
    gap = x - mean
    if abs(gap) >= 0.1 * (x + mean):
        return x * math.log(x / mean) - gap
    v = gap / (x + mean)
    total, term = gap * v, 2 * x * v
    for j in range(3, 2001, 2):
        term *= v * v
        more = total + term / j
        if more == total:
            break
        total = more
    return total


def _pmf(k: int, n: int, p: float) -> float:
    """The probability of exactly k successes; by Loader's expansion, since lgamma alone loses 9 digits at n = 1e6."""
    if p <= 0:
        return 1.0 if k == 0 else 0.0
    if p >= 1:
        return 1.0 if k == n else 0.0
    if k == 0:
        return math.exp(n * math.log1p(-p))
    if k == n:
        return math.exp(n * math.log(p))
    logarithm = (_stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
                 - _deviance(k, n * p) - _deviance(n - k, n * (1 - p)))
    return math.exp(logarithm) * math.sqrt(n / (2 * math.pi * k * (n - k)))


def _below(k: int, n: int, p: float) -> float:
    """The sum of the probabilities from k down; right while k is not above the mean, where they only fall."""
    term = total = _pmf(k, n, p)
    odds = (1 - p) / p if p > 0 else 0.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1) * odds
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return min(total, 1.0)


def _above(k: int, n: int, p: float) -> float:
    """The sum of the probabilities from k up; right while k is not below the mean."""
    term = total = _pmf(k, n, p)
    odds = p / (1 - p) if p < 1 else 0.0
    for i in range(k, n):
        term *= (n - i) / (i + 1) * odds
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return min(total, 1.0)


def _hypergeometric(before: Trials, after: Trials) -> float:
    """The probability of after.k or fewer successes after, when all successes fall by chance on all attempts."""
    n0, n1, worked = before.n, after.n, before.k + after.k
    everything = n0 + n1
    if worked in (0, everything):
        return 1.0
    down = after.k * everything <= n1 * worked  # at or under the mean: sum downwards, else the other side upwards
    first = after.k if down else after.k + 1
    if first > min(n1, worked):
        return 1.0
    share = worked / everything
    term = total = _pmf(first, n1, share) * _pmf(worked - first, n0, share) / _pmf(worked, everything, share)
    if down:
        for i in range(first, max(0, worked - n0), -1):
            term *= i * (n0 - worked + i) / ((n1 - i + 1) * (worked - i + 1))
            total += term
            if term <= total * _NEGLIGIBLE:
                break
        return min(total, 1.0)
    for i in range(first, min(n1, worked)):
        term *= (n1 - i) * (worked - i) / ((i + 1) * (n0 - worked + i + 1))
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return max(0.0, 1.0 - total)
