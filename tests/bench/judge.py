"""J1 and J2: what a score and an interval cost. Plain figures: the issue asks for the cost, not for a limit."""

from __future__ import annotations

import random

from config.policy import rates, severity
from config.policy.evidence import judge_rates
from config.policy.rates import MOST, Trials
from config.policy.severity_vector import parse
from config.policy.trial_plan import plan_fix
from config.rubric import current
from tests.bench.table import Row, Side, Size, interleaved


def us(side: Side) -> str:
    """Return a median as microseconds in words."""
    return f"{side.median * 1e6:,.1f} us"


def j1(size: Size) -> list[Row]:
    """A score: from text with its reasons, as a number alone, and explained."""
    rubric = current()
    options = [axis.options for axis in rubric.axes]
    rng = random.Random(1)
    texts = ["/".join((rubric.prefix, *(f"{axis.code}:{rng.choice(axis.options).code}" for axis in rubric.axes))) for _ in range(500)]
    vectors = [parse(rubric, one) for one in texts]
    chosen = [tuple(rng.choice(each) for each in options) for _ in range(500)]
    numbers, scored, explained = interleaved(size.rounds, [
        lambda: [severity.value(rubric, one) for one in chosen],
        lambda: [severity.score(rubric, parse(rubric, one)) for one in texts],
        lambda: [severity.explain(rubric, severity.score(rubric, one)) for one in vectors[:50]],
    ])
    return [
        Row("J1", "one score as a number alone", us(_each(numbers, 500))),
        Row("J1", "one vector: parsed, scored, with its reasons", us(_each(scored, 500)), f"{scored.times(numbers):.1f}x"),
        Row("J1", "one score explained", us(_each(explained, 50)), f"{10 * explained.times(numbers):.0f}x"),
    ]


def j2(size: Size) -> list[Row]:
    """An interval, at a thousand and at a million attempts, and the checks of a fix."""
    rows = []
    for name, share in (("1 success", 0.0), ("half of them", 0.5)):
        small, large = (Trials(max(1, int(n * share)), n) for n in (1_000, MOST))
        a, b = interleaved(size.rounds, [lambda one=small: rates.exact(one), lambda one=large: rates.exact(one)], repeat=5)
        rows.append(Row("J2", f"exact interval, {name}: of 1,000,000 / of 1,000", f"{us(b)} / {us(a)}", f"{b.times(a):.1f}x"))
    half = Trials(MOST // 2, MOST)
    shown, checks, plan = interleaved(size.rounds, [
        lambda: rates.wilson(half), lambda: judge_rates(half, Trials(MOST // 50, MOST), 0.05), lambda: plan_fix(Trials(2, 50), 0.05),
    ], repeat=5)
    rows.append(Row("J2", "Wilson interval of 1,000,000", us(shown)))
    rows.append(Row("J2", "both checks of a fix, 1,000,000 before and after", us(checks)))
    rows.append(Row("J2", "the plan for a fix", us(plan)))
    return rows


def _each(side: Side, count: int) -> Side:
    return Side(tuple(one / count for one in side.seconds))
