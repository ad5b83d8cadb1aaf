"""How the benchmark measures and prints: variants side by side in one run, medians, ratios first.

Decides nothing about the product. Milliseconds are this machine's; a ratio is the median of the ratios of each round, so
that what else the machine does falls on both sides.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    rows: int
    keys: int
    quick: bool
    scratch: Path  # an empty folder that is removed afterwards


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `kept` is None where it only explains another."""

    line: str
    what: str
    measured: str
    ratio: str = ""
    goal: str = ""
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one variant took, in seconds, one figure for each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.seconds)

    def times(self, base: Side) -> float:
        """How many times as long as `base` it took, round by round."""
        return statistics.median(a / b for a, b in zip(self.seconds, base.seconds, strict=True))


def interleaved(rounds: int, variants: Sequence[Callable[[], object]], *, repeat: int = 1, warm: int = 1) -> tuple[Side, ...]:
    """Run each variant once a round and time it; the first rounds are not counted."""
    found: list[list[float]] = [[] for _ in variants]
    for turn in range(warm + rounds):
        for number, variant in enumerate(variants):
            start = time.perf_counter()
            for _ in range(repeat):
                variant()
            if turn >= warm:
                found[number].append((time.perf_counter() - start) / repeat)
    return tuple(Side(tuple(one)) for one in found)


async def interleaved_async(
    rounds: int, variants: Sequence[Callable[[], Awaitable[float | None]]], *, warm: int = 1,
) -> tuple[Side, ...]:
    """The same for coroutines; one that returns seconds has measured itself."""
    found: list[list[float]] = [[] for _ in variants]
    for turn in range(warm + rounds):
        for number, variant in enumerate(variants):
            start = time.perf_counter()
            own = await variant()
            took = time.perf_counter() - start if own is None else own
            if turn >= warm:
                found[number].append(took)
    return tuple(Side(tuple(one)) for one in found)


def ms(seconds: float) -> str:
    """Return seconds as milliseconds in words."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def show(rows: Sequence[Row]) -> None:
    """Print the rows under one another."""
    head = Row("line", "what", "measured", "ratio", "goal")
    cells = [(one.line, one.what, one.measured, one.ratio, one.goal) for one in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    for row, one in zip(cells, (head, *rows), strict=True):
        verdict = "" if one is head or one.kept is None else "kept" if one.kept else "MISSED"
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + f"  {verdict}".rstrip(), flush=True)
