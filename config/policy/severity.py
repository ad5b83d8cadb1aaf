"""How bad a flaw is: a vector of answers, its score, its level, and why.

It decides by the rubric alone, in decimal arithmetic: the same vector and the same version of the rubric give the same
score on any machine. Reproducibility is computed from trials, never chosen. The words for people are left to
commands/wording/judge.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

from config.policy import rates
from config.policy.rates import Trials
from config.policy.severity_rubric import Axis, Floor, Kind, Option, Rubric
from config.policy.severity_vector import Vector, chosen
from config.policy.states import Level

_EXACT: Final = Context(prec=40)  # whatever the caller's own context is, nothing is rounded before the last step
_NOTHING: Final = Decimal(0)
_REPRODUCIBILITY: Final = "R"


# -- reproducibility ---------------------------------------------------------------------------------------------


class Whose(StrEnum):
    """Whose trials a score rests on."""

    OURS = "ours"
    REPORTERS = "reporters"
    NOBODYS = "nobodys"


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """The option on axis R and what it follows from; `lower` and `effective` are rates from 0 to 1."""

    code: str
    lower: float
    effective: float
    budget: str
    trials: Trials | None
    whose: Whose
    deterministic: bool = False

    @property
    def provisional(self) -> bool:
        """Whether our own trials are still missing."""
        return self.whose is not Whose.OURS


def reproducibility(
    rubric: Rubric, *, ours: Trials | None = None, reporters: Trials | None = None, budget: str = "", deterministic: bool = False,
) -> Reproducibility:
    """Compute R from trials, ours once they exist, and from what an attacker may try unnoticed.

    A deterministic flaw is consistent unless it was tried and never worked. Raises KeyError for a budget that does
    not exist; an empty one is the rubric's default.
    """
    budget = budget or rubric.default_budget
    attempts = rubric.attempts(budget)
    trials, whose = (ours, Whose.OURS) if ours else (reporters, Whose.REPORTERS) if reporters else (None, Whose.NOBODYS)
    options = rubric.by_axis[_REPRODUCIBILITY].options
    lower = rates.lower(trials, float(1 - rubric.confidence)) if trials else 0.0
    effective = 1.0 if lower == 1 else -math.expm1(attempts * math.log1p(-lower))
    if trials is None:
        option = options[-1] if deterministic else options[0]
    elif trials.k == 0:
        option = options[0]
    elif deterministic:
        option = options[-1]
    else:
        option = next(one for one in reversed(options[1:]) if one.from_rate is not None and one.from_rate <= effective)
    return Reproducibility(option.code, lower, effective, budget, trials, whose, deterministic)


# -- score -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer adds: points of impact on an impact axis, a share of 1 on a likelihood axis."""

    axis: Axis
    option: Option
    adds: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score and its reasons; `version` is that of the rubric, which the report keeps."""

    vector: Vector
    score: Decimal
    level: Level
    impact: Decimal
    likelihood: Decimal
    formula: Decimal  # the score before any floor
    floors: tuple[Floor, ...]  # those that set the score; one already reached without it is not among them
    parts: tuple[Part, ...]
    version: str
    provisional: bool


def score(rubric: Rubric, vector: Vector, *, provisional: bool = False) -> Score:
    """The score of a vector of this rubric, with its level and its reasons."""
    options = chosen(rubric, vector)
    with localcontext(_EXACT):
        impact, likelihood = _impact(rubric, options), _likelihood(rubric, options)
        formula = _formula(rubric, impact, likelihood)
        parts = _parts(rubric, options)
    found = value(rubric, options)
    setting = tuple(floor for floor, needs in rubric.floor_places
                    if formula < floor.score == found and _holds(floor, needs, options, impact))
    return Score(
        vector=vector, score=found, level=level(rubric, found), impact=impact, likelihood=likelihood, formula=formula,
        floors=setting, parts=parts, version=rubric.version, provisional=provisional,
    )


def value(rubric: Rubric, options: Sequence[Option]) -> Decimal:
    """The score of one option on every axis, as a number alone: 0.0 to 10.0."""
    with localcontext(_EXACT):
        impact = _impact(rubric, options)
        found = _formula(rubric, impact, _likelihood(rubric, options))
        for floor, needs in rubric.floor_places:
            if floor.score > found and _holds(floor, needs, options, impact):
                found = floor.score
        return found


def level(rubric: Rubric, score: Decimal) -> Level:
    """The level of a score: the last that begins at or under it."""
    return next(one.level for one in reversed(rubric.bands) if one.least <= score)


def apart(rubric: Rubric, one: Level, other: Level) -> bool:
    """Whether two levels are more than one step apart, so that their triagers must talk."""
    return abs(_rank(rubric, one) - _rank(rubric, other)) > 1


def standing(rubric: Rubric, one: Level, other: Level) -> Level:
    """The higher of two levels, which stands until their triagers agree."""
    return max(one, other, key=lambda level: _rank(rubric, level))


def _rank(rubric: Rubric, level: Level) -> int:
    return [one.level for one in rubric.bands].index(level)


def _impact(rubric: Rubric, options: Sequence[Option]) -> Decimal:
    values = [options[place].value for place in rubric.impact_places]
    formula = rubric.formula
    return min(formula.cap, formula.of_worst * max(values) + formula.of_sum * sum(values, _NOTHING))


def _likelihood(rubric: Rubric, options: Sequence[Option]) -> Decimal:
    total = _NOTHING
    for place, weight in rubric.weighted_places:
        total += weight * options[place].value
    return total


def _formula(rubric: Rubric, impact: Decimal, likelihood: Decimal) -> Decimal:
    formula = rubric.formula
    found = impact * (formula.base + formula.of_likelihood * likelihood)
    return found.quantize(formula.step, ROUND_HALF_UP)


def _holds(floor: Floor, needs: tuple[tuple[int, int], ...], options: Sequence[Option], impact: Decimal) -> bool:
    for place, rank in needs:
        if options[place].rank < rank:
            return False
    return impact >= floor.impact


def _parts(rubric: Rubric, options: Sequence[Option]) -> tuple[Part, ...]:
    formula, weights = rubric.formula, dict(rubric.weighted_places)
    worst = max(rubric.impact_places, key=lambda place: options[place].value)
    found = []
    for place, (axis, option) in enumerate(zip(rubric.axes, options, strict=True)):
        if axis.kind is Kind.IMPACT:
            weight = formula.of_sum + (formula.of_worst if place == worst else 0)
        else:
            weight = weights.get(place, _NOTHING)
        found.append(Part(axis, option, option.value * weight))
    return tuple(found)


# -- explanation -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Driver:
    """An answer and by how much the score would be lower with the harmless one on its axis."""

    axis: Axis
    option: Option
    lifts: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """The nearest other answer on one axis that changes the level, and what the score is then."""

    axis: Axis
    option: Option
    was: Option
    score: Decimal
    level: Level

    @property
    def steps(self) -> int:
        """How many options away it is; more than 0 towards the harmful end."""
        return self.option.rank - self.was.rank

    @property
    def computed(self) -> bool:
        """Whether only trials can change this answer."""
        return self.axis.code == _REPRODUCIBILITY


@dataclass(frozen=True, slots=True)
class Explanation:
    """What drove a score, the strongest first, and what would change its level, the nearest first."""

    score: Score
    drivers: tuple[Driver, ...]
    changes: tuple[Change, ...]


def explain(rubric: Rubric, scored: Score) -> Explanation:
    """What drove a score, and the nearest change of one axis, up and down, that changes its level."""
    options = chosen(rubric, scored.vector)
    drivers, changes = [], []
    for place, (axis, now) in enumerate(zip(rubric.axes, options, strict=True)):
        scores = [value(rubric, (*options[:place], other, *options[place + 1:])) for other in axis.options]
        if scored.score > scores[0]:
            drivers.append(Driver(axis, now, scored.score - scores[0]))
        for others in (range(now.rank + 1, len(scores)), range(now.rank - 1, -1, -1)):
            for rank in others:
                if (reached := level(rubric, scores[rank])) is not scored.level:
                    changes.append(Change(axis, axis.options[rank], now, scores[rank], reached))
                    break
    drivers.sort(key=lambda one: -one.lifts)
    changes.sort(key=lambda one: (abs(one.steps), abs(one.score - scored.score)))
    return Explanation(scored, tuple(drivers), tuple(changes))
