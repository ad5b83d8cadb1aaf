"""Writes a programme of one's own: the demo's file with other answers, all its comments kept.

Decides how the few answers of `setup` become a complete program.toml, and how a product's name becomes its id. What a valid
programme is, `program.py` says; asking is left to `bot/setup/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from config.program import DEMO, WEEKDAYS

KINDS = ("product", "model", "endpoint")
_SHORT = {name[:3]: name for name in WEEKDAYS}


@dataclass(frozen=True, slots=True)
class Product:
    """One item of the scope: its name and its kind."""

    name: str
    kind: str = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is asked about a programme; everything else is a default."""

    name: str
    products: tuple[Product, ...]
    days: tuple[str, ...]
    zone: str
    embargo_days: int
    small: bool
    today: date


def days_of(text: str) -> tuple[str, ...]:
    """Return the working days that a text such as "monday-friday" or "sun, mon, tue" names; raises ValueError for anything else."""
    found: set[int] = set()
    for part in re.split(r"[,;]| and ", re.sub(r"\s*(-|–| to )\s*", "-", text.strip().lower())):
        first, _, last = part.strip().partition("-")
        start, end = _day(first), _day(last or first)
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(WEEKDAYS[number] for number in sorted(found))


def _day(word: str) -> int:
    name = _SHORT.get(word.strip()[:3])
    if name is None or not name.startswith(word.strip()):
        raise ValueError("write days such as monday-friday, or sunday-thursday")
    return WEEKDAYS.index(name)


def ids_of(products: Sequence[Product]) -> list[str]:
    """Return an id for each product, made of its name, each once."""
    found: list[str] = []
    for one in products:
        plain = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-")[:50].strip("-") or "system"
        number, name = 2, plain
        while name in found:
            name, number = f"{plain}-{number}", number + 1
        found.append(name)
    return found


def program_text(answers: Answers) -> str:
    """Return a complete program.toml: the demo's with these answers, its comments kept."""
    text = DEMO.read_text("utf-8")
    days = ", ".join(_quoted(one) for one in answers.days)
    for key, value in (
        ("name", _quoted(answers.name)), ("size", _quoted("small" if answers.small else "normal")), ("zone", _quoted(answers.zone)),
        ("days", f"[{days}]"), ("date", answers.today.isoformat()),
    ):
        text = _set(text, key, value)
    head, embargo, rest = text.partition("[embargo]\n")
    text = head + embargo + _set(rest, "length", _quoted(f"{answers.embargo_days} days"))
    # Nobody's address is guessed: theirs is written in when the pages are put online.
    text = re.sub(r"(?m)^\[site\]\n(?:[a-z]+ = .*\n)+", lambda found: re.sub(r"(?m)^", "# ", found[0].rstrip()) + "\n", text)
    scope = "\n\n".join(f"[[scope]]\nid = {_quoted(identity)}\nname = {_quoted(one.name)}\nkind = {_quoted(one.kind)}"
                        for identity, one in zip(ids_of(answers.products), answers.products, strict=True))
    return re.sub(r"^\[\[scope\]\]$.*?(?=\n# |\Z)", lambda _: scope + "\n", text, count=1, flags=re.DOTALL | re.MULTILINE)


def _set(text: str, key: str, value: str) -> str:
    """Return the text with the first line of that key set; a comment behind it keeps its column where there is room."""
    def line(found: re.Match[str]) -> str:
        comment, before = found["comment"] or "", f"{key} = {value}"
        return before + (" " * max(2, found.start("comment") - found.start() - len(before)) + comment if comment else "")

    pattern = rf'^{key} = (?:"[^"\n]*"|\[[^\]\n]*\]|[^#\n]*?)(?:[ ]*(?P<comment>#.*))?$'
    return re.sub(pattern, line, text, count=1, flags=re.MULTILINE)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
