"""The words in and beside the picture of a rate: bounds in percent, the ceiling's name, which bounds are drawn.

Decides how a bound is rounded, so that no picture says "at the ceiling" of what lies above it; the bounds themselves
are computed in `config/policy/rates.py`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from config.policy.rates import Interval, Trials
from config.policy.states import Level

BEFORE, AFTER, NO_FIX = "Before", "After", "Attempts"
_CENT: Final = Decimal("0.01")
_NEAR: Final = Decimal("0.5")  # of a point: nearer to the ceiling a bound has two decimals


def bound(rate: float, ceiling: float | None) -> str:
    """A bound in whole percent, with two decimals near the ceiling, and never rounded onto it, to 0 or to 100."""
    percent = Decimal(rate) * 100
    limit = None if ceiling is None else Decimal(str(ceiling)) * 100
    if limit is not None and abs(percent - limit) <= _NEAR:
        near = percent.quantize(_CENT, ROUND_HALF_UP)
        if rate != ceiling and (near - limit) * (percent - limit) <= 0:
            near = limit.quantize(_CENT) + (_CENT if percent > limit else -_CENT)
        return f"{near:f}"
    whole = percent.quantize(Decimal(1), ROUND_HALF_UP)
    if whole in (0, 100) and percent != whole:
        gap = percent if whole == 0 else 100 - percent
        small = gap.quantize(Decimal(1).scaleb(min(gap.adjusted(), -1)))
        return f"{(small if whole == 0 else 100 - small).normalize():f}"
    return f"{whole:f}"


def between(count: Trials, bounds: Interval, ceiling: float | None) -> str:
    """The bounds of a count as they stand beside its bar: "9 to 61 %", "at most 4.95 %", "at least 74 %"."""
    if count.k == 0:
        return f"at most {bound(bounds.high, ceiling)} %"
    if count.k == count.n:
        return f"at least {bound(bounds.low, ceiling)} %"
    low, high = bound(bounds.low, ceiling), bound(bounds.high, ceiling)
    return f"{low} % or close to it" if low == high else f"{low} to {high} %"


def counted(count: Trials) -> str:
    """A count with its base: "3 of 10"."""
    return f"{count.k:,} of {count.n:,}"


def ceiling_name(ceiling: float, level: Level | None) -> str:
    """The name of the amber line."""
    percent = f"{(Decimal(str(ceiling)) * 100).normalize():f} %"
    return f"ceiling for {level.value}, {percent}" if level else f"ceiling, {percent}"


def foot(alpha: float | None) -> str:
    """Which bounds the bars are: the exact ones of a verdict at `alpha`, or Wilson's where nothing is decided."""
    if alpha is None:
        return "Bar: Wilson interval, 95 %. Dot: the share that was seen."
    sure = f"{(100 - Decimal(str(alpha)) * 100).normalize():f} %"
    return f"Bars: exact one-sided {sure} bounds, the ones the verdict uses. Dots: the share that was seen."


def alt(title: str, about: str, rows: list[tuple[str, str, str]], ceiling: str, below: str) -> str:
    """The picture in words: what it finds, each row, the ceiling, which bounds."""
    told = [f"{name}: {count}, {words}." for name, count, words in rows]
    named = [f"{ceiling[0].upper()}{ceiling[1:]}."] if ceiling else []
    return " ".join([f"{title.rstrip('.')}.", *([about] if about else []), *told, *named, below])
