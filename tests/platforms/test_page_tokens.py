"""The page of the local platform keeps its promises about contrast, size and reach.

Computes every ratio again from the stylesheet itself, so that a changed colour is judged by what it is.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "bot" / "platforms" / "local" / "pages"
STYLE = "".join((PAGES / one).read_text(encoding="utf-8") for one in ("tokens.css", "style.css"))
FILES = sorted(path for path in PAGES.iterdir() if path.is_file())

GROUNDS = ("paper", "sunk", "press", "raised", "wash")
LEVELS = ("critical", "high", "medium", "low", "informational")
TEXTS = ("ink", "ink-2", "ink-3", "light-ink", "good", "bad", *LEVELS)
SIGNS = ("edge", "mark", "focus")
BLOCKS = {
    "light": ":root {",
    "dark by system": ':root:not([data-theme="light"]) {',
    "dark by choice": ':root[data-theme="dark"] {',
}
NAMESPACE = "http://www.w3.org/2000/svg"  # the name of a vocabulary; nothing is fetched from it


def _tokens(block: str) -> dict[str, str]:
    start = STYLE.index(BLOCKS[block])
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", STYLE[start : STYLE.index("}", start)]))


def _luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_the_one_of_the_guideline() -> None:
    """Black on white is 21, a colour on itself 1, and mid grey on white is the known 4.48."""
    assert _ratio("#000000", "#ffffff") == pytest.approx(21)
    assert _ratio("#bb6f00", "#bb6f00") == pytest.approx(1)
    assert _ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_and_signs_stand_out_on_every_ground(block: str, ground: str) -> None:
    """Text reaches 4.5 and what is drawn reaches 3, on each of the five grounds."""
    tokens = _tokens(block)
    least = dict.fromkeys(TEXTS, 4.5) | dict.fromkeys(SIGNS, 3.0)
    found = {name: _ratio(tokens[name], tokens[ground]) for name in least}
    weak = {name: ratio for name, ratio in found.items() if ratio < least[name]}
    assert not weak


@pytest.mark.parametrize("block", BLOCKS)
def test_the_clock_bar_and_the_primary_button_are_readable(block: str) -> None:
    """What stands on the night and on the amber has its own ink."""
    tokens = _tokens(block)
    assert _ratio(tokens["night-ink"], tokens["night"]) >= 8
    assert _ratio(tokens["night-2"], tokens["night"]) >= 7
    assert _ratio(tokens["light"], tokens["night"]) >= 3
    assert _ratio(tokens["on-light"], tokens["light"]) >= 4.5
    assert _ratio(tokens["paper"], tokens["ink"]) >= 4.5


def test_both_ways_into_the_dark_lead_to_the_same_colours() -> None:
    """The switch and the system's wish set the same tokens, and all that the light theme sets."""
    assert _tokens("dark by system") == _tokens("dark by choice")
    assert _tokens("light").keys() == _tokens("dark by choice").keys()


def test_colours_come_from_tokens_only() -> None:
    """Outside the token blocks and the print rules there is no colour of its own."""
    start = STYLE.index("}", STYLE.index(BLOCKS["dark by choice"]))
    rest = STYLE[start : STYLE.index("@media print")]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)|rgba?\(|hsla?\(", rest)


def test_every_token_that_is_used_is_set() -> None:
    """No rule asks for a property that no block sets."""
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", STYLE)) <= set(re.findall(r"--([a-z0-9-]+):", STYLE))


def test_the_stylesheet_stays_small() -> None:
    """Under 24 kB unpacked, with every component."""
    assert len(STYLE.encode()) < 24_000


def test_modules_stay_short() -> None:
    """No module grows beyond what is read in one go."""
    assert {path.name: text.count("\n") for path, text in _texts(".js") if text.count("\n") > 300} == {}


def _texts(*endings: str) -> list[tuple[Path, str]]:
    return [
        (path, path.read_text(encoding="utf-8")) for path in FILES if not endings or path.suffix in endings
    ]


def test_no_file_reaches_outside_the_machine() -> None:
    """No address with a host, in any file, and nothing that would load one."""
    assert _texts(".js")
    for path, text in _texts():
        seen = text.replace(NAMESPACE, "")
        assert not re.search(r"[a-z]{2,}://|[\"'(]//|@import|url\(|sendBeacon|WebSocket", seen), path.name


def test_no_data_becomes_markup() -> None:
    """Nothing turns a string into elements, code or styles."""
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|srcdoc|DOMParser"
    for path, text in _texts(".js"):
        assert not re.search(forbidden, text), path.name


def test_the_page_fits_the_strict_content_policy() -> None:
    """No script, style or listener stands inside the page itself."""
    page = (PAGES / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == ["", ""]


def test_icons_are_few_and_all_there() -> None:
    """At most sixteen symbols, and each one that a module names is drawn in the page."""
    page = (PAGES / "index.html").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="i-([a-z]+)"', page))
    named = {name for _, text in _texts(".js") for name in re.findall(r"\bicon\(\"([a-z]+)\"", text)}
    assert len(drawn) <= 16
    assert named | set(re.findall(r'href="#i-([a-z]+)"', page)) <= drawn


def test_every_module_that_is_imported_is_there() -> None:
    """Imports name files of this folder only."""
    names = {path.name for path in FILES}
    for path, text in _texts(".js"):
        assert {name.removeprefix("./") for name in re.findall(r'from "([^"]+)"', text)} <= names, path.name
