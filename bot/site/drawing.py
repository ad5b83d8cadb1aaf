"""The small drawings of the pages as SVG: rates before and after a fix against the ceiling, and the key's fingerprint as a QR code.

Decides where things lie, in percent of whatever width there is; colours are the style sheet's. The bounds are those of the picture in
chat (`commands/judging/interval_picture.py`).
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import segno
from markupsafe import Markup

from commands.judging import interval_picture
from commands.wording import interval as words
from config import rubric
from config.policy.advisory import Advisory
from config.policy.rates import ALPHA
from config.policy.states import Level

_STEP: Final = 0.25  # the axis ends at a quarter


@dataclass(frozen=True, slots=True)
class Row:
    """One count: its name, the count in words, where its bar and its dot lie in percent of the axis, and the bounds in words."""

    name: str
    count: str
    low: float
    high: float
    dot: float
    between: str
    full: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Two counts on one axis; `ceiling` in percent of the axis, None without one."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    ceiling: float | None
    ceiling_words: str
    foot: str
    alt: str


def chart(advisory: Advisory, title: str) -> Chart | None:
    """Return the picture of an advisory's rates, or nothing where there is no count."""
    counts = [(name, one) for name, one in ((words.BEFORE, advisory.before), (words.AFTER, advisory.after)) if one is not None]
    if not counts:
        return None
    ceiling = _ceiling(advisory)
    bounds = [(name, one, interval_picture.bounds(one, ceiling)) for name, one in counts]
    top = min(1.0, (math.floor(max([found.high for _, _, found in bounds] + [ceiling or 0.0]) / _STEP) + 1) * _STEP)
    rows = tuple(Row(name, words.counted(one), _at(found.low, top), _at(found.high, top), _at(one.rate, top),
                     words.between(one, found, ceiling), name == words.AFTER) for name, one, found in bounds)
    steps = 3 if top == 3 * _STEP else 5
    ticks = tuple((round(100 * at / steps, 2), _percent(top * at / steps)) for at in range(steps + 1))
    level = Level(advisory.level) if ceiling is not None else None
    line = words.ceiling_name(ceiling, level) if ceiling is not None else ""
    foot = words.foot(ALPHA if ceiling is not None else None)
    alt = words.alt(title, "", [(one.name, one.count, one.between) for one in rows], line, foot)
    return Chart(rows, ticks, None if ceiling is None else _at(ceiling, top), line, foot, alt)


def _at(rate: float, top: float) -> float:
    return round(100 * rate / top, 2)


def _percent(share: float) -> str:
    return f"{100 * share:g} %" if share else "0"


def _ceiling(advisory: Advisory) -> float | None:
    """The rate that may remain, where the rubric that scored it is the one we have."""
    current = rubric.current()
    if not advisory.level or advisory.rubric != current.version:
        return None
    found = current.ceiling(Level(advisory.level))
    return found if 0 < found < 1 else None


@lru_cache(maxsize=4)
def qr(fingerprint: str) -> Markup:
    """Return a fingerprint as a QR code, the way that programs for keys read one."""
    out = io.BytesIO()
    segno.make(f"OPENPGP4FPR:{fingerprint}", error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, scale=1, omitsize=True, svgclass="qr", lineclass=None, nl=False)
    return Markup(out.getvalue().decode())  # noqa: S704  drawn here from hex digits
