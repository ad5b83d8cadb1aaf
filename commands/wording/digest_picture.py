"""The data of the digest's picture: its words and where its dots lie.

Decides words and numbers only; how they are drawn is decided in `bot/charts.py`, which also says what the
data holds.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from commands import times
from commands.digest.counting import DOTS, Against, Ages
from commands.digest.numbers import Numbers
from config.policy.deadlines import ClockName
from config.policy.metrics import Times
from config.program import Length

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def late(by: timedelta) -> str:
    """Return how late something is: `4 d late`."""
    return f"{short(by)} late"


def short(by: timedelta, *, hours: int = 48) -> str:
    """Return a length in one unit, rounded down: days from so many hours on."""
    if by < _HOUR:
        return f"{by // timedelta(minutes=1)} min"
    return f"{by // _HOUR} h" if by < hours * _HOUR else f"{by // _DAY} d"


def picture(numbers: Numbers, *, title: str, about: str, foot: str, decide: bool) -> dict[str, Any]:
    """Return the data of the picture; `bot/charts.py` says what it holds."""
    drawn = [one for one in numbers.against if one.took]
    rows = [(numbers.week.times[one.clock], numbers.before.get(one.clock)) for one in drawn]
    return {
        "title": title,
        "about": about,
        "foot": foot,
        "decide": decide,
        "open": {
            "title": "Open, by level and age in days",
            "empty": "No report is open.",
            "rows": [_row(one) for one in numbers.ages],
        },
        "times": {
            "title": "Times against the promise",
            "empty": "Nobody waited for a first answer.",
            "rows": [_against(one) for one in drawn],
            "medians": _medians([now for now, _ in rows], [before for _, before in rows]),
        },
    }


def _row(one: Ages) -> dict[str, Any]:
    found: dict[str, Any] = {
        "level": one.level.value if one.level else "",
        "name": one.level.value if one.level else "not rated yet",
        "count": one.count,
        "words": f"{one.late:,} late, by up to {short(one.latest)}" if one.late else "",
    }
    if one.bars:
        return found | {"bars": [list(bar) for bar in one.bars]}
    return found | {"dots": [[round(age / _DAY, 2), late(by) if by else ""] for age, by in one.dots]}


def _against(one: Against) -> dict[str, Any]:
    promise = _hours(one.promise.span)
    missed_by = [took for took, missed in one.took if missed]
    found: dict[str, Any] = {
        "name": {ClockName.ACKNOWLEDGE: "A person acknowledged"}.get(one.clock, "First real answer"),
        "kept": f"{one.met:,} of {len(one.took):,}",
        "promise": promise,
        "promised": f"promise {_written(one.promise)}",
        "words": f"{len(missed_by):,} late, up to {short(max(missed_by), hours=100)}" if missed_by else "",
    }
    if len(one.took) <= DOTS:
        return found | {
            "dots": [[_hours(took), short(took, hours=100) if missed else ""] for took, missed in one.took]
        }
    step = promise / 6
    counts: dict[tuple[int, bool], int] = {}
    for took, missed in one.took:
        # The axis ends at three times the promise; what took exactly as long as promised was in time.
        bar = min(max(math.ceil(_hours(took) / step) - 1, 0), 17)
        counts[bar, missed] = counts.get((bar, missed), 0) + 1
    return found | {
        "bars": [
            [bar * step, (bar + 1) * step, count, int(missed)]
            for (bar, missed), count in sorted(counts.items())
        ],
        "longest": _hours(max(took for took, _ in one.took)),
    }


def _hours(span: timedelta) -> float:
    return round(span / _HOUR, 2)


def _written(length: Length) -> str:
    return length.written or times.length(length.span)


def _medians(found: list[Times], before: list[Times | None]) -> str:
    if not found or any(one.middle is None for one in found):
        return ""
    words = "Median " + " and ".join(times.length(one.middle) for one in found if one.middle is not None)
    was = [one.middle for one in before if one is not None and one.middle is not None]
    return words + (
        f", before {' and '.join(times.length(one) for one in was)}" if len(was) == len(found) else ""
    )
