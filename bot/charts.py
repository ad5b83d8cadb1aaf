"""Pictures for chat: the digest, and before and after. Data in, PNG out; the same data gives the same bytes.

Decides only how it looks. Every word in a picture comes with the data, as `commands/` wrote it. Imported with
the first picture and never at start, because the drawing library is heavy. The data is JSON.

`digest`, 1200 by 630 px:

    title, about, foot      words: the finding; week and counts; the one thing to decide
    decide                  true: the foot asks for something, so the light stands before it
    open                    {title, empty, rows}; `empty` is the sentence when there is nothing to show
      rows[]                {level, name, count, words, dots | bars}; `level` is "" for what is not rated yet
        dots[]              [age in days, "4 d late" or ""]
        bars[]              [count, how many of them are late], 10 days each, the 36th and everything older
        words               what stands for the single labels where these do not fit: "7 late, by up to 12 d"
    times                   {title, empty, rows, medians}
      rows[]                {name, kept, promise, promised, words, dots | bars, longest}
        promise, promised   the promise in hours, and in words
        dots[]              [hours, "55 h" when late, else ""]
        bars[]              [from hour, to hour, count, late]
        longest             hours, with bars

`interval`, 1200 by 500 px: see `charts_interval.py`.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot import charts_interval
from bot.charts_sheet import INK, INK_2, INK_3, KEPT, LIGHT_INK, LINE, MARK, PAPER, Box, Sheet

FILLS: Final = {  # lighter step by step, so that they can be told apart in grey
    "critical": "#8f1218",
    "high": "#c8553d",
    "medium": "#d3992b",
    "low": "#a3c9ad",
    "informational": "#d0d5d8",
    "": PAPER,
}
_RIMS: Final = {
    "critical": "#5f0a0f",
    "high": "#93382a",
    "medium": "#996a12",
    "low": "#5f8f70",
    "informational": "#7f8a92",
    "": INK_2,
}
BAR_DAYS: Final = 10
MOST_DAYS: Final = 360  # what is older stands at the end of the axis
_LEFT, _RIGHT = 56, 1144
_AXIS = Box(276, 0, 590, 0)
_TIMES = Box(664, 0, _RIGHT, 0)
_EDGE = 612  # words on the left end here
_SIZE = 22.0
_LABEL = 20.0

_drawing = threading.Lock()  # the library keeps caches of its own and is not made for threads


def draw(kind: str, data: str) -> bytes:
    """Return the picture as a PNG; raises KeyError for an unknown kind, ValueError for no JSON."""
    with _drawing:
        return sheet(kind, data).png()


def sheet(kind: str, data: str) -> Sheet:
    """Return the picture as a sheet whose words and shapes can still be looked at."""
    return _KINDS[kind](json.loads(data))


def _digest(data: Mapping[str, Any]) -> Sheet:
    on = Sheet(1200, 630)
    on.title(data["title"], _LEFT, 92, _RIGHT - _LEFT)
    on.words(_LEFT, 134, on.cut(data["about"], 23, _RIGHT - _LEFT), 23, ink=INK_2)
    on.line(628, 183, 628, 490, ink=LINE, thick=2)
    on.line(_LEFT, 526, _RIGHT, 526, ink=LINE, thick=2)
    _open(on, data["open"])
    _times(on, data["times"])
    _foot(on, data["foot"], decide=data["decide"])
    return on


def _head(on: Sheet, x: float, words: str) -> None:
    on.words(x, 204, words, 23, bold=True)


def _foot(on: Sheet, words: str, *, decide: bool) -> None:
    x = _LEFT
    if decide:
        on.dot(66, 571, 9, fill=MARK, rim=MARK, thick=0)
        x = 92
    most = _RIGHT - x
    ink = INK if decide else INK_2
    for size in (26, 24, 22):
        if on.width_of(words, size, bold=decide) <= most:
            on.words(x, 580, words, size, bold=decide, ink=ink)
            return
    for number, row in enumerate(on.wrapped(words, 22, most, bold=decide)):
        on.words(x, 578 + 30 * number, row, 22, bold=decide, ink=ink)


def _empty(on: Sheet, x: float, most: float, words: str) -> None:
    for number, row in enumerate(on.wrapped(words, _SIZE, most, rows=4)):
        on.words(x, 258 + 34 * number, row, _SIZE, ink=INK_2)


def _open(on: Sheet, part: Mapping[str, Any]) -> None:
    _head(on, _LEFT, part["title"])
    rows = part["rows"]
    if not any(row["count"] for row in rows):
        _empty(on, _LEFT, 590 - _LEFT, part["empty"])
        return
    scale = _days_scale(rows)
    first, pitch = (250, 46) if len(rows) <= 5 else (246, 41)
    for number, row in enumerate(rows):
        _row(on, row, first + pitch * number, scale, reach=pitch / 2 - 6)
    step = {30: 10, 60: 20, 90: 30, 180: 60, 360: 120}[scale]
    older = any(
        len(row["bars"]) * BAR_DAYS >= MOST_DAYS
        if "bars" in row
        else row["dots"] and max(row["dots"])[0] > scale
        for row in rows
    )
    for days in range(0, scale + 1, step):
        x = _AXIS.left + (_AXIS.right - _AXIS.left) * days / scale
        on.words(
            x, 486, f"{days}+" if days == MOST_DAYS and older else str(days), 21, ink=INK_3, align="center"
        )


def _days_scale(rows: list[Mapping[str, Any]]) -> int:
    oldest = max(
        [dot[0] for row in rows for dot in row.get("dots", ())]
        + [BAR_DAYS * len(row["bars"]) for row in rows if "bars" in row]
        + [0]
    )
    return next((days for days in (30, 60, 90, 180) if oldest <= days), MOST_DAYS)


def _row(on: Sheet, row: Mapping[str, Any], y: float, scale: int, *, reach: float) -> None:
    level, there = row["level"], bool(row["count"])
    ink = INK if there else INK_3
    on.words(_LEFT, y + 8, row["name"], _SIZE, ink=ink)
    on.words(246, y + 8, f"{row['count']:,}", _SIZE, bold=there, ink=ink, align="right")
    if not there:
        return
    per_day = (_AXIS.right - _AXIS.left) / scale
    if "bars" in row:
        _bars(on, row, y, per_day)
        return
    on.line(_AXIS.left, y, _AXIS.right, y, ink=LINE, thick=2)
    dots = sorted(row["dots"], key=lambda dot: dot[0])
    radius, shifts = _spread([per_day * min(dot[0], scale) for dot in dots], 10, reach)
    places = [
        (_AXIS.left + per_day * min(dot[0], scale), y + down) for dot, down in zip(dots, shifts, strict=True)
    ]
    taken = [Box(x - radius - 4, at - radius - 2, x + radius + 4, at + radius + 2) for x, at in places]
    late = [(x, y, dot[1]) for (x, _), dot in zip(places, dots, strict=True) if dot[1]]
    for box, words in _labels(on, late, taken, row["words"]):
        if box.bottom > y:  # the line stops for the words
            on.bar(Box(box.left - 4, y - 3, box.right + 4, y + 3), fill=PAPER)
        on.words(box.left, box.bottom - 4, words, _LABEL, bold=True)
    for (x, at), dot in zip(places, dots, strict=True):
        thick = bool(dot[1])
        on.dot(
            x, at, radius, fill=FILLS[level], rim=INK if thick else _RIMS[level], thick=3.5 if thick else 1
        )


def _spread(places: list[float], radius: float, reach: float) -> tuple[float, list[float]]:
    """Move dots that would hide one another off the line: sorted places in, radius and shifts out."""
    groups: list[list[float]] = []
    for x in places:
        if groups and x - groups[-1][0] < 6:
            groups[-1].append(x)
        else:
            groups.append([x])
    if len(groups) == len(places):
        return radius, [0.0] * len(places)
    radius *= 0.7
    most = reach - radius
    return radius, [
        0.0 if len(group) == 1 else most * (2 * number / (len(group) - 1) - 1)
        for group in groups
        for number in range(len(group))
    ]


def _labels(
    on: Sheet, late: list[tuple[float, float, str]], dots: list[Box], instead: str
) -> list[tuple[Box, str]]:
    """Place what late dots say beside or above them, or one sentence for all when that is not possible."""
    placed: list[tuple[Box, str]] = []
    for x, y, words in late:
        wide = on.width_of(words, _LABEL, bold=True)
        for left, top in ((x + 18, y - 12), (x - 18 - wide, y - 12), (x - wide / 2, y - 33)):
            box = Box(left, top, left + wide, top + 23)
            inside = _AXIS.left - 12 <= box.left and box.right <= _EDGE
            if inside and not any(box.touches(one) for one in [*dots, *(found for found, _ in placed)]):
                placed.append((box, words))
                break
        else:
            return [_instead(on, instead, y, dots)]
    return placed


def _instead(on: Sheet, words: str, y: float, dots: list[Box]) -> tuple[Box, str]:
    for one in (words, words.partition(",")[0]):
        box = Box(_EDGE - on.width_of(one, _LABEL, bold=True), y - 12, _EDGE, y + 11)
        if not any(box.touches(dot) for dot in dots):
            return box, one
    return Box(_EDGE - on.width_of(words, _LABEL, bold=True), y - 35, _EDGE, y - 12), words


def _bars(on: Sheet, row: Mapping[str, Any], y: float, per_day: float) -> None:
    level, bars = row["level"], row["bars"]
    filled = Box(_AXIS.left, y - 18, _AXIS.left + per_day * BAR_DAYS * len(bars) + 12, y + 10)
    box, words = _instead(on, row["words"], y, [filled])
    begin, above = box.left, bool(words) and box.bottom < y
    base, high = y + 10, 17 if above else 28
    on.line(_AXIS.left, base, _AXIS.right if above or not words else begin - 8, base, ink=LINE, thick=2)
    tallest = max(count for count, _ in bars)
    for number, (count, late) in enumerate(bars):
        if not count:
            continue
        left = _AXIS.left + per_day * BAR_DAYS * number
        right = left + max(3.0, per_day * BAR_DAYS - 1)
        on.bar(
            Box(left, base - max(4.0, high * count / tallest), right, base),
            fill=FILLS[level],
            rim=_RIMS[level],
            thick=1,
        )
        if late:  # what is late has a thick rim, here a thick foot
            on.line(left, base + 2, right, base + 2, ink=INK, thick=4)
    if words:
        on.words(begin, y - 12 if above else y + 8, words, _LABEL, bold=True)


def _times(on: Sheet, part: Mapping[str, Any]) -> None:
    _head(on, _TIMES.left, part["title"])
    rows = part["rows"]
    if not rows:
        _empty(on, _TIMES.left, _TIMES.right - _TIMES.left, part["empty"])
        return
    longest = max(row["promise"] for row in rows)
    most = max(
        [dot[0] for row in rows for dot in row.get("dots", ())] + [row.get("longest", 0) for row in rows]
    )
    # What took longer than the axis is long stands at its end, with its hours.
    scale = min(max(1.5 * longest, 1.05 * most), 3 * longest)
    for number, row in enumerate(rows):
        _against(on, row, 246 + 120 * number, (_TIMES.right - _TIMES.left - 12) / scale, scale)
    if part["medians"]:
        on.words(_TIMES.left, 482, on.cut(part["medians"], 21, _TIMES.right - _TIMES.left), 21, ink=INK_2)


def _against(on: Sheet, row: Mapping[str, Any], y: float, per_hour: float, scale: float) -> None:
    kept = on.width_of(row["kept"], _SIZE, bold=True)
    on.words(_TIMES.left, y + 8, on.cut(row["name"], _SIZE, 460 - kept), _SIZE)
    on.words(_TIMES.right, y + 8, row["kept"], _SIZE, bold=True, align="right")
    line = y + 38
    on.line(_TIMES.left, line, _TIMES.right, line, ink=LINE, thick=2)

    def at(hours: float) -> float:
        return _TIMES.left + per_hour * min(hours, scale)

    late: list[tuple[float, float, str]] = []
    if "bars" in row:
        tallest = max(count for _, _, count, _ in row["bars"])
        for begin, end, count, missed in row["bars"]:
            if count:
                box = Box(
                    at(begin),
                    line + 9 - max(2.0, 24 * count / tallest),
                    max(at(begin) + 3, at(end) - 1),
                    line + 9,
                )
                on.bar(box, fill=INK if missed else KEPT)
    else:
        dots = sorted(row["dots"], key=lambda dot: dot[0])
        radius, shifts = _spread([at(dot[0]) for dot in dots], 8.5, 15)
        for (hours, words), down in zip(dots, shifts, strict=True):
            rim = 2 if radius > 8 else 1
            on.dot(at(hours), line + down, radius, fill=INK if words else KEPT, rim=PAPER, thick=rim)
            if words:
                late.append((at(hours), line, words))
    promise = at(row["promise"])
    on.line(promise, line - 20, promise, line + 20, ink=MARK, thick=4)
    wide = on.width_of(row["promised"], 21, bold=True)
    right = max(promise + 3, _TIMES.left + wide)
    on.words(right, line + 42, row["promised"], 21, bold=True, ink=LIGHT_INK, align="right")
    _hours(on, late, row["words"], right + 16, line + 42)


def _hours(on: Sheet, late: list[tuple[float, float, str]], instead: str, begin: float, y: float) -> None:
    """Write the hours of the late ones below their dots, or one sentence for all when they do not fit."""
    placed: list[tuple[float, str]] = []
    left = begin
    for x, _, words in late:
        wide = on.width_of(words, 21, bold=True)
        left = max(left, x - wide / 2)
        placed.append((left, words))
        left += wide + 14
    over = left - 14 - _TIMES.right
    if late and over > 0:  # a last one at the very end moves in
        placed = [(min(x, _TIMES.right - on.width_of(words, 21, bold=True)), words) for x, words in placed]
        rights = [x + on.width_of(words, 21, bold=True) + 10 for x, words in placed]
        if any(right > x for right, (x, _) in zip(rights, placed[1:], strict=False)) or placed[0][0] < begin:
            placed = []
    if placed:
        for x, words in placed:
            on.words(x, y, words, 21, bold=True)
    elif instead:
        short = instead.partition(",")[0]
        fits = on.width_of(instead, 21, bold=True) <= _TIMES.right - begin
        on.words(_TIMES.right, y, instead if fits else short, 21, bold=True, align="right")


_KINDS: Final[dict[str, Callable[[Mapping[str, Any]], Sheet]]] = {
    "digest": _digest,
    "interval": charts_interval.sheet,
}


if __name__ == "__main__":  # the child process of `pictures.py`: data in, PNG out
    sys.stdout.buffer.write(draw(sys.argv[1], sys.stdin.buffer.read().decode()))
