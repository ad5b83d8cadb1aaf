"""Pictures are drawn for real and then looked at: sizes, words, dots, greys, bytes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from itertools import combinations, pairwise
from typing import Any

import matplotlib.image
import numpy
import pytest
from matplotlib.patches import Ellipse, Rectangle

from bot import charts, charts_interval
from bot.charts_sheet import DPI, INK, MARK, PAPER, SMALLEST, Sheet

Json = dict[str, Any]


def level(name: str, dots: list[list[Any]], words: str = "") -> Json:
    return {"level": name, "name": name or "not rated yet", "count": len(dots), "dots": dots, "words": words}


def bars(name: str, found: list[list[int]], words: str = "") -> Json:
    return {"level": name, "name": name, "count": sum(one[0] for one in found), "bars": found, "words": words}


def digest(**changes: Any) -> Json:
    found: Json = {
        "title": "Two first answers came late",
        "about": "Mon 23 to Sun 29 Nov 2026: 14 open (2 more), 6 received, 4 resolved",
        "foot": "Decide first: the critical report has had no owner for 3 days.",
        "decide": True,
        "open": {
            "title": "Open, by level and age in days",
            "empty": "No report is open.",
            "rows": [
                level("critical", [[3, ""]]),
                level("high", [[6, ""], [19, ""], [41, "4 d late"]], "1 late, by 4 d"),
                level("medium", [[2, ""], [9, ""], [17, ""], [23, ""], [38, ""], [52, ""]]),
                level("low", [[12, ""], [33, ""], [70, ""]]),
                level("informational", [[27, ""]]),
            ],
        },
        "times": {
            "title": "Times against the promise",
            "empty": "Nobody was promised an answer this week.",
            "medians": "Median 7 h and 36 h, before 9 h and 31 h",
            "rows": [
                {
                    "name": "A person acknowledged",
                    "kept": "6 of 6",
                    "promise": 24,
                    "promised": "promise 24 h",
                    "words": "",
                    "dots": [[2, ""], [3, ""], [5.5, ""], [8, ""], [14, ""], [20, ""]],
                },
                {
                    "name": "First real answer",
                    "kept": "4 of 6",
                    "promise": 48,
                    "promised": "promise 48 h",
                    "words": "2 late, up to 66 h",
                    "dots": [[6, ""], [11, ""], [29, ""], [42, ""], [55, "55 h"], [66, "66 h"]],
                },
            ],
        },
    }
    rows = changes.pop("rows", None)
    times = changes.pop("times", None)
    if rows is not None:
        found["open"]["rows"] = rows
    if times is not None:
        found["times"] |= times
    return found | changes


def interval(**changes: Any) -> Json:
    found: Json = {
        "title": "The fix holds: at most 4.95 %, ceiling 5 %",
        "about": "Medium. Share of attempts that met the criterion.",
        "foot": "Bars: exact one-sided 95 % bounds, the ones the verdict uses. Same context and judge.",
        "rows": [
            {
                "name": "Before",
                "count": "9 of 30",
                "rate": 0.3,
                "low": 0.166,
                "high": 0.465,
                "words": "17 to 47 %",
                "full": False,
            },
            {
                "name": "After",
                "count": "0 of 59",
                "rate": 0.0,
                "low": 0.0,
                "high": 0.0495,
                "words": "at most 4.95 %",
                "full": True,
            },
        ],
        "ceiling": {"at": 0.05, "words": "ceiling for medium, 5 %"},
    }
    return found | changes


LONG = (
    "Four promises were broken, one flaw is being exploited and three accepted reports have no owner at all"
)
MANY = "Decide first: whether the advice goes out before there is a fix, because the agreed date is near " * 2
WITHOUT = {"rows": [], "medians": ""}
HUNDREDS = [[(7 * number) % 60 + 1, (number > 5) * (number % 3)] for number in range(36)]

CASES: dict[str, tuple[str, Json]] = {
    "as in the drawing": ("digest", digest()),
    "quiet": (
        "digest",
        digest(title="A quiet week", rows=[], times=WITHOUT, decide=False, foot="Nothing to decide."),
    ),
    "one": ("digest", digest(rows=[level("low", [[0, ""]])], times=WITHOUT)),
    "all late": (
        "digest",
        digest(
            rows=[
                level(
                    name,
                    [
                        [38 + i, ""],
                        [41 + i, f"{4 + i} d late"],
                        [46 + i, f"{9 + i} d late"],
                        [90, "1 d late"],
                    ],
                    "3 late, by up to 12 d",
                )
                for i, name in enumerate(("critical", "high", "medium", "low", "informational"))
            ]
        ),
    ),
    "same age": (
        "digest",
        digest(
            rows=[
                *(level(name, [[5, ""]] * 25) for name in ("critical", "high", "medium", "low")),
                level("informational", []),
                level("", [[1, ""]] * 3),
            ]
        ),
    ),
    "bars": (
        "digest",
        digest(
            rows=[
                bars("critical", [[3, 0], [9, 2], [12, 5], [7, 0]], "7 late, by up to 12 d"),
                bars("high", HUNDREDS, "44 late, by up to 212 d"),
                bars("medium", HUNDREDS, "44 late, by up to 212 d"),
                bars("low", [[26, 0]]),
                level("informational", []),
                level("", [[2, ""]]),
            ]
        ),
    ),
    "very old": (
        "digest",
        digest(rows=[level("low", [[5, ""], [4000, "3910 d late"]], "1 late, by 3910 d")]),
    ),
    "long words": ("digest", digest(title=LONG, foot=MANY, about=LONG * 2, times={"medians": LONG})),
    "longest words": ("digest", digest(title=LONG * 3, foot=MANY * 3)),
    "many late answers": (
        "digest",
        digest(
            times={
                "rows": [
                    {
                        "name": "A person acknowledged",
                        "kept": "0 of 20",
                        "promise": 24,
                        "promised": "promise 1 working day",
                        "words": "20 late, up to 49 h",
                        "dots": [[30 + i, f"{30 + i} h"] for i in range(20)],
                    },
                    {
                        "name": "First real answer",
                        "kept": "810 of 1,204",
                        "promise": 48,
                        "promised": "promise 2 working days",
                        "words": "394 late, up to 300 h",
                        "bars": [[4 * i, 4 * i + 4, (i * 7) % 40, int(i >= 12)] for i in range(36)],
                        "longest": 300,
                    },
                ]
            }
        ),
    ),
    "off the axis": (
        "digest",
        digest(
            times={
                "rows": [
                    {
                        "name": "A person acknowledged",
                        "kept": "0 of 2",
                        "promise": 24,
                        "promised": "promise 24 h",
                        "words": "2 late, up to 900 h",
                        "dots": [[25, "25 h"], [900, "900 h"]],
                    }
                ]
            }
        ),
    ),
    "interval": ("interval", interval()),
    "interval without a ceiling": ("interval", interval(ceiling=None)),
    "interval across the ceiling": (
        "interval",
        interval(ceiling={"at": 0.3, "words": "ceiling for low, 30 %"}),
    ),
    "interval to the end": (
        "interval",
        interval(ceiling={"at": 0.9, "words": "ceiling for informational, 90 %"}),
    ),
    "interval with long words": ("interval", interval(title=LONG, about=LONG * 2, foot=LONG * 2)),
}


def drawn(name: str) -> Sheet:
    kind, data = CASES[name]
    return charts.sheet(kind, json.dumps(data))


def said(sheet: Sheet) -> list[str]:
    return [one.get_text() for one in sheet.figure.texts]


def boxes(sheet: Sheet) -> list[Any]:
    return [one.get_window_extent() for one in sheet.figure.texts]


def dots(sheet: Sheet) -> list[Ellipse]:
    return [one for one in sheet.figure.artists if isinstance(one, Ellipse)]


def pixels(sheet: Sheet) -> Any:
    return matplotlib.image.imread(io.BytesIO(sheet.png()))[..., :3]


def lightness(colour: str) -> float:
    """L* of a colour, as it is seen in grey."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 116 * y ** (1 / 3) - 16


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_drawn_in_its_size(name: str) -> None:
    kind, data = CASES[name]
    found = charts.draw(kind, json.dumps(data))
    assert found.startswith(b"\x89PNG")
    assert matplotlib.image.imread(io.BytesIO(found)).shape[:2] == (
        (630, 1200) if kind == "digest" else (500, 1200)
    )


@pytest.mark.parametrize("name", CASES)
def test_the_same_data_gives_the_same_bytes(name: str) -> None:
    kind, data = CASES[name]
    assert charts.draw(kind, json.dumps(data)) == charts.draw(kind, json.dumps(data))


def test_another_process_draws_the_same_bytes() -> None:
    kind, data = CASES["as in the drawing"]
    program = (
        "import sys\nfrom bot import charts\nsys.stdout.buffer.write(charts.draw(sys.argv[1], sys.argv[2]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, kind, json.dumps(data)], capture_output=True, check=True
    )
    assert other.stdout == charts.draw(kind, json.dumps(data))


@pytest.mark.parametrize("name", CASES)
def test_no_words_are_too_small_to_read_at_half_size(name: str) -> None:
    for one in drawn(name).figure.texts:
        assert one.get_fontsize() * DPI / 72 >= SMALLEST - 1e-6, one.get_text()


def test_smaller_words_are_refused() -> None:
    with pytest.raises(ValueError, match="smallest"):
        Sheet(100, 100).words(0, 50, "small", 19)


@pytest.mark.parametrize("name", CASES)
def test_words_stay_on_the_sheet_and_clear_of_one_another(name: str) -> None:
    sheet = drawn(name)
    for one, box in zip(sheet.figure.texts, boxes(sheet), strict=True):
        assert box.x0 >= 20 and box.x1 <= sheet.width - 20, one.get_text()
        assert box.y0 >= 5 and box.y1 <= sheet.height - 10, one.get_text()
    for (one, here), (other, there) in combinations(zip(said(sheet), boxes(sheet), strict=True), 2):
        wide = min(here.x1, there.x1) - max(here.x0, there.x0)
        high = min(here.y1, there.y1) - max(here.y0, there.y0)
        assert wide <= 0 or high <= 4, (one, other)  # px; the boxes hold room for letters that are not there


@pytest.mark.parametrize("name", ["as in the drawing", "all late", "very old", "off the axis"])
def test_words_do_not_lie_on_dots(name: str) -> None:
    sheet = drawn(name)
    for one, box in zip(said(sheet), boxes(sheet), strict=True):
        for dot in dots(sheet):
            x, y = dot.get_center()
            reach = dot.width / 2
            inside = (
                box.x0 - reach + 2 < x < box.x1 + reach - 2 and box.y0 + 5 - reach < y < box.y1 - 4 + reach
            )
            assert not inside, one


def test_one_dot_a_report_at_its_age() -> None:
    sheet = drawn("as in the drawing")
    left = [dot for dot in dots(sheet) if 270 < dot.get_center()[0] < 600]
    assert len(left) == 14
    medium = sorted(dot.get_center()[0] for dot in left if dot.get_center()[1] == 630 - 342)
    assert medium == pytest.approx([276 + 314 * days / 90 for days in (2, 9, 17, 23, 38, 52)])


def test_what_is_late_has_a_thick_rim_and_says_so() -> None:
    sheet = drawn("as in the drawing")
    left = [dot for dot in dots(sheet) if 270 < dot.get_center()[0] < 600]
    thick = [dot for dot in left if dot.get_linewidth() * DPI / 72 > 3]
    assert len(thick) == 1 and matplotlib.colors.to_hex(thick[0].get_edgecolor()) == INK
    assert {"4 d late", "55 h", "66 h"} <= set(said(sheet))


def test_late_reports_that_lie_too_close_share_one_sentence() -> None:
    words = said(drawn("all late"))
    assert words.count("3 late, by up to 12 d") + words.count("3 late") == 5
    assert not [one for one in words if one.endswith("d late")]


def test_reports_of_the_same_age_stay_apart() -> None:
    places = [dot.get_center() for dot in dots(drawn("same age")) if dot.get_center()[0] > 270]
    assert len(places) == 4 * 25 + 3 + 12
    assert len(set(places)) == len(places)


def test_many_reports_become_bars_and_older_ones_stand_at_the_end() -> None:
    sheet = drawn("bars")
    found = [one for one in sheet.figure.artists if isinstance(one, Rectangle) and one.get_x() < 600]
    assert len(found) == 4 + 36 + 36 + 1
    assert len([dot for dot in dots(sheet) if 270 < dot.get_center()[0] < 600]) == 1
    assert max(one.get_x() + one.get_width() for one in found) <= 592
    assert "360+" in said(sheet) and "360+" in said(drawn("very old"))


def test_a_level_without_reports_keeps_its_row_and_has_no_axis() -> None:
    sheet = charts.sheet(
        "digest", json.dumps(digest(rows=[level("critical", []), level("low", [[3, ""]])], times=WITHOUT))
    )
    assert "critical" in said(sheet) and "0" in said(sheet)
    flat = [
        one
        for one in sheet.figure.artists
        if hasattr(one, "get_xdata") and list(one.get_xdata()) == [276, 590]
    ]
    assert len(flat) == 1


def test_a_quiet_week_has_the_same_frame_and_no_axes() -> None:
    sheet = drawn("quiet")
    assert said(sheet) == [
        "A quiet week",
        CASES["quiet"][1]["about"],
        "Open, by level and age in days",
        "No report is open.",
        "Times against the promise",
        "Nobody was promised an answer this",
        "week.",
        "Nothing to decide.",
    ]
    assert len(sheet.figure.artists) == 2, "two hairlines and nothing else"


def test_amber_is_the_promise_and_the_one_thing_to_decide() -> None:
    colours = [
        matplotlib.colors.to_hex(one.get_color() if hasattr(one, "get_color") else one.get_facecolor())
        for one in drawn("as in the drawing").figure.artists
    ]
    assert colours.count(MARK) == 3
    assert MARK not in [
        matplotlib.colors.to_hex(one.get_color() if hasattr(one, "get_color") else one.get_facecolor())
        for one in drawn("quiet").figure.artists
    ]


def test_levels_can_be_told_apart_in_grey() -> None:
    steps = [
        lightness(charts.FILLS[name]) for name in ("critical", "high", "medium", "low", "informational", "")
    ]
    assert [round(one) for one in steps[:5]] == pytest.approx([30, 51, 67, 78, 85], abs=1)
    assert all(later - earlier >= 6 for earlier, later in pairwise(steps))


def test_the_greys_are_on_the_paper() -> None:
    found = pixels(drawn("as in the drawing"))
    grey = found @ numpy.array([0.2126, 0.7152, 0.0722])
    centres = [(250, 3), (296, 6), (342, 9), (388, 12), (434, 27)]
    steps = [float(grey[y, round(276 + 314 * days / 90)]) for y, days in centres]
    assert all(later - earlier > 0.04 for earlier, later in pairwise(steps))
    assert lightness(PAPER) > 95


def test_words_are_never_read_as_formulas() -> None:
    sheet = charts.sheet("digest", json.dumps(digest(title="Costs $x^2$ and $y_1$ more")))
    assert said(sheet)[0] == "Costs $x^2$ and $y_1$ more"
    assert sheet.png()
    assert not sheet.figure.texts[0].get_parse_math()


@pytest.mark.parametrize(
    ("bound", "end"), [(0.0495, 0.25), (0.24, 0.25), (0.25, 0.5), (0.465, 0.5), (0.76, 1), (1, 1)]
)
def test_the_axis_ends_at_the_next_quarter_above_the_largest_bound(bound: float, end: float) -> None:
    assert charts_interval.axis([0.01, bound], ceiling=True) == end
    assert charts_interval.axis([0.01, bound], ceiling=False) == 1


def test_before_is_hollow_after_is_full_and_the_ceiling_is_amber() -> None:
    sheet = drawn("interval")
    fills = [matplotlib.colors.to_hex(dot.get_facecolor()) for dot in dots(sheet)]
    assert fills == [PAPER, INK]
    assert "ceiling for medium, 5 %" in said(sheet)
    assert all(
        matplotlib.colors.to_hex(one.get_color()) != MARK
        for one in drawn("interval without a ceiling").figure.artists
        if hasattr(one, "get_color")
    )


def test_an_unknown_kind_and_broken_data_are_refused() -> None:
    with pytest.raises(KeyError):
        charts.draw("pie", "{}")
    with pytest.raises(ValueError, match="Expecting"):
        charts.draw("digest", "no data")


def test_the_drawing_library_is_not_loaded_before_the_first_picture() -> None:
    program = "import sys, bot, commands, bot.platforms.port\nsys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    source = re.sub(r"#.*", "", open(charts.__file__).read() + open(charts_interval.__file__).read())  # noqa: SIM115, PTH123
    assert "pyplot" not in source


@pytest.mark.slow
def test_a_digest_is_drawn_by_a_child_and_the_bot_never_holds_the_library() -> None:
    program = (
        "import asyncio, json, sys\n"
        "from bot import pictures\n"
        "from commands.text import Card, Image, say\n"
        "data = sys.stdin.read()\n"
        "card = Card(title=say('A week'), image=Image('digest', 'said', data))\n"
        "found = asyncio.run(pictures.drawn(card))\n"
        "assert 'matplotlib' not in sys.modules\n"
        "sys.stdout.buffer.write(found.data if found else b'none')\n"
    )
    for data, drawn_ in (
        (json.dumps(digest(rows=[level("low", [[0, ""]])], times=WITHOUT)), None),
        ("no data", b"none"),
    ):
        done = subprocess.run([sys.executable, "-c", program], input=data.encode(), capture_output=True, check=True)
        assert done.stdout == (drawn_ or charts.draw("digest", data))
        assert b"no data" not in done.stderr
