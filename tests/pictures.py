"""`python -m tests.pictures`: draws the pictures of docs/judgement.md anew; every number in them is computed by the policy.

Decides how the two pictures look that no card shows; the intervals are drawn as cards draw them.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image

from bot import charts_interval
from bot.charts_sheet import EDGE, INK, INK_2, INK_3, LIGHT_INK, LINE, MARK, PAPER, Box, Sheet
from commands.judging.interval_picture import bounds
from commands.wording import interval as wording_interval
from commands.wording import judge as words
from config import rubric as rubrics
from config.policy import rates, severity
from config.policy.rates import ALPHA, Trials
from config.policy.severity_rubric import Kind
from config.policy.severity_vector import parse
from config.policy.states import Level

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures"
PERSONA: Final = "AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:{}"
SHADES: Final = (INK, INK_3, "#8d979e", "#b9c0c5", "#d9dddf")
LEFT, RIGHT = 56, 1144


def _intervals(title: str, about: str, rows: list[tuple[str, Trials, bool]], ceiling: float | None, level: Level | None) -> Sheet:
    found = []
    for name, count, full in rows:
        drawn = bounds(count, ceiling)
        found.append({"name": name, "count": wording_interval.counted(count), "rate": count.rate, "low": drawn.low, "high": drawn.high,
                      "words": wording_interval.between(count, drawn, ceiling), "full": full})
    line = None if ceiling is None else {"at": ceiling, "words": wording_interval.ceiling_name(ceiling, level)}
    foot = wording_interval.foot(None if ceiling is None else ALPHA)
    return charts_interval.sheet(json.loads(json.dumps(
        {"title": title, "about": about, "foot": foot, "rows": found, "ceiling": line})))


def rate() -> Sheet:
    """The same share in ten, a hundred and a thousand tries."""
    rows = [(f"{n:,} tries", Trials(3 * n // 10, n), False) for n in (10, 100, 1_000)]
    about = "It worked in 30 % of the tries each time. Where may the true rate lie?"
    return _intervals("More tries, a narrower answer", about, rows, None, None)


def fix() -> Sheet:
    """Before a fix, and ten or fifty-nine clean tries after it, against the ceiling for medium."""
    ceiling = float(rubrics.current().ceiling(Level.MEDIUM))
    enough = rates.clean_trials(ceiling)
    rows = [("Before", Trials(3, 10), False), ("After", Trials(0, 10), True), ("After", Trials(0, enough), True)]
    return _intervals("Ten clean tries show little", f"No success either time. Only after {enough} does the bar end under the ceiling.",
                      rows, ceiling, Level.MEDIUM)


def passing() -> Sheet:
    """How likely a system that still breaks shows no success, in ten tries and in fifty-nine."""
    on = Sheet(1200, 576)
    on.title("A broken system passes a short test", LEFT, 86, RIGHT - LEFT, size=40)
    on.words(LEFT, 128, "How likely no try works, although the flaw is still there", 23, ink=INK_2)
    left, right, bottom = 330, 1100, 470

    def at(chance: float) -> float:
        return left + (right - left) * chance

    for number, still in enumerate((0.05, 0.1, 0.3)):
        y = 214.0 + 88 * number
        on.words(LEFT, y + 20, f"Works in {100 * still:.0f} %", 25, bold=True)
        for n, top, shade in ((10, y - 16, SHADES[1]), (rates.clean_trials(0.05), y + 20, SHADES[0])):
            chance = rates.passing(still, n)
            on.bar(Box(left, top, max(at(chance), left + 3), top + 30), fill=shade)
            told = words.share(round(chance, 2)) if chance > 0.1 else words.odds(chance)
            clear = max(at(chance) + 14, at(ALPHA) + 14)
            on.words(clear, top + 23, f"{n} tries: {told}", 21)
    on.line(at(ALPHA), 178, at(ALPHA), bottom, ink=MARK, thick=4)
    on.words(at(ALPHA) + 14, 184, "1 in 20", 21, bold=True, ink=LIGHT_INK)
    on.line(left, bottom, right, bottom, ink=EDGE, thick=2)
    for step in range(5):
        on.line(at(step / 4), bottom, at(step / 4), bottom + 8, ink=EDGE, thick=2)
        on.words(at(step / 4), bottom + 38, f"{25 * step} %" if step else "0", 21, ink=INK_3, align="center")
    on.words(LEFT, 554, "A test is good when a system at the ceiling passes it at most once in 20 times.", 20, ink=INK_3)
    return on


def score() -> Sheet:
    """What each answer added to a score, and what a floor raised."""
    rubric = rubrics.current()
    on = Sheet(1200, 620)
    found, public = (severity.score(rubric, parse(rubric, PERSONA.format(flag))) for flag in "ny")
    on.title(f"What each answer adds: {found.score}, {found.level.value}", LEFT, 86, RIGHT - LEFT, size=40)
    on.words(LEFT, 128, "A persona jailbreak that gives actionable help for crime, 3 of 10", 23, ink=INK_2)
    left, right, bottom = 370, 1120, 530

    def at(points: float) -> float:
        return left + (right - left) * points / 10

    bands = [float(one.least) for one in rubric.bands] + [10.0]
    for one, begin, end in zip(rubric.bands, bands, bands[1:], strict=False):
        if begin:
            on.line(at(begin), 188, at(begin), bottom, ink=LINE, thick=2)
        on.words(at(begin), bottom + 32, f"{begin:g}", 21, ink=INK_3, align="center")
        on.words((at(begin) + at(end)) / 2, 180, one.level.value, 21, ink=INK_3, align="center")
    on.words(at(10), bottom + 32, "10", 21, ink=INK_3, align="center")
    on.line(left, bottom, right, bottom, ink=EDGE, thick=2)

    formula, impact = rubric.formula, float(found.impact)
    pieces = [(f"Impact {impact:g}", impact * float(formula.base))]
    pieces += [(f"{part.axis.name}: {part.option.id}", impact * float(formula.of_likelihood * part.adds)) for part in found.parts
               if part.axis.kind is Kind.LIKELIHOOD and part.adds]
    x, y = 0.0, 210.0
    for number, (name, size) in enumerate(pieces):
        on.words(LEFT, y + 26, name, 22)
        on.bar(Box(at(x), y, at(x + size), y + 36), fill=SHADES[1])
        on.words(at(x + size) + 14, y + 26, f"{'+' if number else ''}{round(size, 4):g}", 21)
        x, y = x + size, y + 52
    for name, one, begin in (("Score", found, 0.0), ("If public: the floor", public, float(found.score))):
        on.words(LEFT, y + 26, name, 22, bold=True)
        on.bar(Box(at(begin), y, at(float(one.score)), y + 36), fill=INK if not begin else PAPER, rim=INK, thick=3)
        on.words(at(float(one.score)) + 14, y + 26, f"{one.score} {one.level.value}", 21, bold=True)
        y += 52
    on.words(LEFT, 600, "Impact alone gives 40 % of its points; how likely it is adds up to the other 60 %.", 20, ink=INK_3)
    return on


PICTURES: Final[dict[str, Callable[[], Sheet]]] = {
    "judgement-rate": rate, "judgement-fix": fix, "judgement-passing": passing, "judgement-score": score,
}


def png(name: str) -> bytes:
    """Return a picture in few colours, which is a third of its size and looks the same."""
    with Image.open(io.BytesIO(PICTURES[name]().png())) as drawn:
        out = io.BytesIO()
        drawn.convert("RGB").quantize(48, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    """Write every picture."""
    for name in PICTURES:
        path = FOLDER / f"{name}.png"
        path.write_bytes(png(name))
        sys.stdout.write(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
