"""The picture of a rate before and after a fix, against the ceiling that the verdict uses.

Decides only how it looks; bounds and words come with the data, from the same place as the verdict, so that
eye and verdict never disagree. The data, 1200 by 500 px:

    title, about, foot      words: what the evidence says; of what; which bounds these are
    rows[]                  one to three {name, count, rate, low, high, words, full}: rates from 0 to 1; `full`: a full dot
    ceiling                 {at, words} or null; without one the axis runs to 100 %
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bot.charts_sheet import EDGE, INK, INK_2, INK_3, LIGHT_INK, MARK, PAPER, Box, Sheet

_LEFT, _RIGHT = 56, 1144
_AXIS = Box(256, 174, 1130, 398)


def axis(bounds: list[float], *, ceiling: bool) -> float:
    """Return where the axis ends: the next 25 % above the largest bound, or 1 without a ceiling."""
    if not ceiling:
        return 1.0
    return min(1.0, 0.25 * (math.floor(max(bounds, default=0.0) / 0.25 + 1e-9) + 1))


def sheet(data: Mapping[str, Any]) -> Sheet:
    """Return the picture as a sheet."""
    on = Sheet(1200, 500)
    on.title(data["title"], _LEFT, 86, _RIGHT - _LEFT, size=40)
    on.words(_LEFT, 128, on.cut(data["about"], 23, _RIGHT - _LEFT), 23, ink=INK_2)
    ceiling = data["ceiling"]
    end = axis(
        [row["high"] for row in data["rows"]] + ([ceiling["at"]] if ceiling else []), ceiling=bool(ceiling)
    )

    def at(share: float) -> float:
        return _AXIS.left + (_AXIS.right - _AXIS.left) * min(max(share, 0.0), end) / end

    _scale(on, end)
    first, step = {1: (288.0, 0), 2: (240.0, 96)}.get(len(data["rows"]), (224.0, 67))
    rows = [
        (row, first + step * number, (at(row["rate"]), at(row["low"]), at(row["high"])))
        for number, row in enumerate(data["rows"])
    ]
    for _, y, (_, low, high) in rows:
        on.line(low, y, high, y, ink=INK, thick=9)
    taken = _ceiling(on, at(ceiling["at"]), ceiling["words"]) if ceiling else []
    for row, y, places in rows:
        _row(on, row, y, places, taken, below=30 if step != 67 else 25)
    on.words(_LEFT, 478, on.cut(data["foot"], 20, _RIGHT - _LEFT), 20, ink=INK_3)
    return on


def _scale(on: Sheet, end: float) -> None:
    on.line(_AXIS.left, 398, _AXIS.right, 398, ink=EDGE, thick=2)
    steps = {0.25: 5, 0.5: 5, 0.75: 3, 1.0: 4}[end]
    for number in range(steps + 1):
        x = _AXIS.left + (_AXIS.right - _AXIS.left) * number / steps
        on.line(x, 398, x, 406, ink=EDGE, thick=2)
        share = f"{100 * end * number / steps:.0f} %" if number else "0"
        on.words(x, 436, share, 21, ink=INK_3, align="center")


def _ceiling(on: Sheet, x: float, words: str) -> list[Box]:
    on.line(x, _AXIS.top, x, 400, ink=MARK, thick=4)
    wide = on.width_of(words, 21, bold=True)
    left = x + 14 if x + 14 + wide <= _RIGHT else x - 14 - wide
    on.words(left, 194, words, 21, bold=True, ink=LIGHT_INK)
    return [Box(x - 10, _AXIS.top, x + 10, 400), Box(left, 174, left + wide, 202)]


def _row(
    on: Sheet, row: Mapping[str, Any], y: float, places: tuple[float, float, float], taken: list[Box], *, below: int
) -> None:
    rate, low, high = places
    on.words(_LEFT, y - 2, on.cut(row["name"], 25, 180, bold=True), 25, bold=True)
    on.words(_LEFT, y + below, row["count"], 22, ink=INK_3)
    on.dot(rate, y, 12, fill=INK if row["full"] else PAPER, rim=INK, thick=4)
    wide = on.width_of(row["words"], 23)
    past = max(
        [high, rate + 14]
        + [box.right + 4 for box in taken if box.top <= y <= box.bottom and box.left > high - 20]
    )
    near = max(high, rate + 14) + 24
    middle = min(max((low + high) / 2 - wide / 2, _AXIS.left), _RIGHT - wide)
    for left, base in (
        (near, y + 8),
        (past + 10, y + 8),
        (high - wide, y - 24),
        (middle, y - 24),
        (middle, y + 40),
        (low - wide - 24, y + 8),
    ):
        box = Box(left, base - 20, left + wide, base + 5)
        if _AXIS.left - 14 <= box.left and box.right <= 1160 and not any(box.touches(one) for one in taken):
            on.words(left, base, row["words"], 23)
            return
    on.words(min(past + 10, 1160 - wide), y + 40, row["words"], 23)
