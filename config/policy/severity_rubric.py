"""The severity rubric as frozen values, read from the parsed content of rubric.toml.

It decides what a usable rubric is, and names every fault of one that is not. Scoring with it is decided in
config/policy/severity.py; opening the file is left to config/rubric.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from config.policy.states import Level

_ROUNDING: Final = "ROUND_HALF_UP"  # the only one that severity.py knows
_COMPUTED: Final = "R"  # the axis whose option follows from trials
_NO_BUDGETS: Final[Mapping[str, int]] = {}


class RubricError(ValueError):
    """Content that is no usable rubric; `problems` names every fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Kind(StrEnum):
    """What an axis speaks of."""

    IMPACT = "impact"
    LIKELIHOOD = "likelihood"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer on an axis; `rank` counts from 0, the harmless end; `from_rate` only where trials decide."""

    code: str
    id: str
    value: Decimal
    text: str
    rank: int
    from_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """One question of the rubric and its answers, the harmless one first."""

    code: str
    name: str
    kind: Kind
    question: str
    options: tuple[Option, ...]
    by_code: Mapping[str, Option] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {one.code: one for one in self.options})


@dataclass(frozen=True, slots=True)
class Band:
    """A level: the score at which it begins, the rate that may remain after a fix, the points in an exercise."""

    level: Level
    least: Decimal
    ceiling: Decimal
    points: int


@dataclass(frozen=True, slots=True)
class Floor:
    """A score that is the least where every condition holds; `at_least` holds an axis and its least option, each."""

    id: str
    score: Decimal
    impact: Decimal
    at_least: tuple[tuple[Axis, Option], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """The weights between the answers and the score."""

    of_worst: Decimal
    of_sum: Decimal
    cap: Decimal
    base: Decimal
    of_likelihood: Decimal
    weights: tuple[tuple[str, Decimal], ...]
    step: Decimal  # scores are multiples of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """A whole rubric; `version` is what a report keeps, `prefix` is how its vectors begin."""

    version: str
    prefix: str
    axes: tuple[Axis, ...]
    bands: tuple[Band, ...]  # the harmless one first
    formula: Formula
    floors: tuple[Floor, ...]
    confidence: Decimal
    budgets: tuple[tuple[str, int], ...]
    default_budget: str
    by_axis: Mapping[str, Axis] = field(init=False, repr=False, compare=False)
    # What every score needs again: where its axes stand in `axes`, and the ranks that each floor asks for there.
    impact_places: tuple[int, ...] = field(init=False, repr=False, compare=False)
    weighted_places: tuple[tuple[int, Decimal], ...] = field(init=False, repr=False, compare=False)
    floor_places: tuple[tuple[Floor, tuple[tuple[int, int], ...]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = {one.code: number for number, one in enumerate(self.axes)}
        impact = tuple(number for number, one in enumerate(self.axes) if one.kind is Kind.IMPACT)
        weighted = tuple((place[code], weight) for code, weight in self.formula.weights if code in place)
        floors = tuple((one, tuple((place[axis.code], option.rank) for axis, option in one.at_least)) for one in self.floors)
        object.__setattr__(self, "by_axis", {one.code: one for one in self.axes})
        object.__setattr__(self, "impact_places", impact)
        object.__setattr__(self, "weighted_places", weighted)
        object.__setattr__(self, "floor_places", floors)

    @property
    def impact_axes(self) -> tuple[Axis, ...]:
        """The axes that say what happens."""
        return tuple(one for one in self.axes if one.kind is Kind.IMPACT)

    def band(self, level: Level) -> Band:
        """The band of a level."""
        return next(one for one in self.bands if one.level is level)

    def ceiling(self, level: Level) -> float:
        """The success rate that may remain after a fix of this level, from 0 to 1."""
        return float(self.band(level).ceiling)

    def attempts(self, budget: str) -> int:
        """How many attempts an attacker may make unnoticed; raises KeyError for a budget that does not exist."""
        return dict(self.budgets)[budget]


def read(content: Mapping[str, object]) -> Rubric:
    """The rubric of a file's parsed content, its numbers as int or Decimal; raises RubricError with every problem."""
    look = _Look([])
    axes = _axes(content, look)
    bands = _bands(content, look)
    formula = _formula(content, look, axes)
    floors = _floors(content, look, axes)
    computed = look.table(look.table(content, "axis", "axis"), _COMPUTED, "axis.R")
    budgets = computed.get("attempt_budgets")
    if not (isinstance(budgets, dict) and budgets and all(isinstance(one, int) and one >= 1 for one in budgets.values())):
        look.problems.append("axis.R.attempt_budgets: names with a number of attempts from 1")
        budgets = _NO_BUDGETS
    default = look.text(computed, "default_budget", "axis.R")
    if default not in budgets:
        look.problems.append("axis.R.default_budget: one of the attempt budgets")
    confidence = look.number(computed, "confidence", "axis.R")
    if not 0 < confidence < 1:
        look.problems.append("axis.R.confidence: between 0 and 1")
    found = Rubric(
        version=look.text(content, "schema_version"), prefix=look.text(content, "vector_prefix"), axes=axes, bands=bands,
        formula=formula, floors=floors, confidence=confidence, budgets=tuple(budgets.items()), default_budget=default,
    )
    if look.problems:
        raise RubricError(look.problems)
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """Takes values out of tables and notes what is wrong with them."""

    problems: list[str]

    def table(self, holder: Mapping[str, object], key: str, path: str) -> Mapping[str, object]:
        value = holder.get(key)
        if isinstance(value, Mapping):
            return value
        self.problems.append(f"{path}: a table")
        return {}

    def tables(self, holder: Mapping[str, object], key: str, path: str) -> list[Mapping[str, object]]:
        value = holder.get(key)
        if isinstance(value, Sequence) and value and all(isinstance(one, Mapping) for one in value):
            return list(value)
        self.problems.append(f"{path}: at least one table")
        return []

    def text(self, holder: Mapping[str, object], key: str, path: str = "") -> str:
        value = holder.get(key)
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value
        self.problems.append(f"{path}.{key}: a text".lstrip("."))
        return "-"

    def number(self, holder: Mapping[str, object], key: str, path: str) -> Decimal:
        value = holder.get(key)
        # A binary fraction would make 0.35 something else than it says.
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite():
            return Decimal(value)
        self.problems.append(f"{path}.{key}: a number, read as a decimal")
        return Decimal(0)

    def rising(self, values: Sequence[Decimal], path: str, *, strictly: bool = False) -> None:
        if any(b < a or (strictly and a == b) for a, b in pairwise(values)):
            self.problems.append(f"{path}: in rising order")


def _axes(content: Mapping[str, object], look: _Look) -> tuple[Axis, ...]:
    order = content.get("axis_order")
    tables = look.table(content, "axis", "axis")
    if not (isinstance(order, list) and sorted(map(str, order)) == sorted(tables) and len(set(map(str, order))) == len(order)):
        look.problems.append("axis_order: every axis once")
        order = list(tables)
    return tuple(_axis(str(code), look.table(tables, str(code), f"axis.{code}"), look) for code in order)


def _axis(code: str, table: Mapping[str, object], look: _Look) -> Axis:
    path = f"axis.{code}"
    kind = look.text(table, "kind", path)
    if kind not in set(Kind):
        look.problems.append(f"{path}.kind: impact, likelihood or flag")
        kind = Kind.FLAG.value
    options = tuple(
        Option(
            code=look.text(one, "code", f"{path}.option"), id=look.text(one, "id", f"{path}.option"),
            value=look.number(one, "value", f"{path}.option"), text=look.text(one, "text", f"{path}.option"), rank=rank,
            from_rate=look.number(one, "min_effective", f"{path}.option") if code == _COMPUTED else None,
        )
        for rank, one in enumerate(look.tables(table, "option", f"{path}.option"))
    )
    if len({one.code for one in options}) != len(options):
        look.problems.append(f"{path}.option: every code once")
    look.rising([one.value for one in options], f"{path}.option.value")
    if any(one.value < 0 for one in options):
        look.problems.append(f"{path}.option.value: not negative")
    look.rising([one.from_rate for one in options if one.from_rate is not None], f"{path}.option.min_effective")
    return Axis(code, look.text(table, "name", path), Kind(kind), look.text(table, "question", path), options)


def _bands(content: Mapping[str, object], look: _Look) -> tuple[Band, ...]:
    found = []
    for one in look.tables(content, "level", "level"):
        name = look.text(one, "id", "level")
        if name not in set(Level):
            look.problems.append("level.id: a level of the programme")
            continue
        points = one.get("points")
        ceiling = look.number(one, "residual_ceiling", "level")
        if not 0 < ceiling < 1:
            look.problems.append("level.residual_ceiling: between 0 and 1")
        found.append(Band(Level(name), look.number(one, "min", "level"), ceiling, points if isinstance(points, int) else 0))
    if sorted(one.level for one in found) != sorted(Level) or found[0].least != 0:
        look.problems.append("level: every level once, the first from 0")
    look.rising([one.least for one in found], "level.min", strictly=True)
    return tuple(found)


def _formula(content: Mapping[str, object], look: _Look, axes: tuple[Axis, ...]) -> Formula:
    table = look.table(content, "formula", "formula")
    weights = look.table(table, "likelihood_weights", "formula.likelihood_weights")
    found = tuple((code, look.number(weights, code, "formula.likelihood_weights")) for code in weights)
    if sorted(weights) != sorted(one.code for one in axes if one.kind is Kind.LIKELIHOOD):
        look.problems.append("formula.likelihood_weights: every likelihood axis once")
    impact = table.get("impact_axes")
    if not (isinstance(impact, list) and sorted(map(str, impact)) == sorted(one.code for one in axes if one.kind is Kind.IMPACT)):
        look.problems.append("formula.impact_axes: every impact axis once")
    if content.get("rounding") != _ROUNDING:
        look.problems.append(f"rounding: {_ROUNDING}")
    decimals = content.get("decimals")
    if not (isinstance(decimals, int) and 0 <= decimals <= 3):
        look.problems.append("decimals: 0 to 3")
        decimals = 1
    worst, of_sum, cap, base, factor = (
        look.number(table, key, "formula")
        for key in ("max_weight", "sum_weight", "impact_cap", "base_factor", "likelihood_factor")
    )
    if any(one < 0 for one in (worst, of_sum, cap, base, factor, *(weight for _, weight in found))):
        look.problems.append("formula: no negative weight")
    return Formula(of_worst=worst, of_sum=of_sum, cap=cap, base=base, of_likelihood=factor, weights=found,
                   step=Decimal(1).scaleb(-decimals))


def _floors(content: Mapping[str, object], look: _Look, axes: tuple[Axis, ...]) -> tuple[Floor, ...]:
    known = {one.code: one for one in axes}
    found = []
    for one in look.tables(content, "floor", "floor"):
        name = look.text(one, "id", "floor")
        named = look.table(one, "at_least", f"floor.{name}.at_least")
        needed = [(known[axis], known[axis].by_code[str(code)]) for axis, code in named.items()
                  if axis in known and str(code) in known[axis].by_code]
        if len(needed) != len(named):
            look.problems.append(f"floor.{name}.at_least: axes with one of their options")
        impact = look.number(one, "min_impact", f"floor.{name}") if "min_impact" in one else Decimal(0)
        found.append(Floor(name, look.number(one, "score", f"floor.{name}"), impact, tuple(needed)))
    return tuple(found)
