"""The report template: `Key: value` lines at the head, then prose. Every line of it is optional.

Decides which keys are understood and how a filled template becomes facts; free text alone is a report as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# key as written -> field of domain.md section 2
FIELDS: dict[str, str] = {
    "title": "F08", "category": "F10", "system": "S01", "model": "S02", "endpoint": "S03", "temperature": "S07",
    "language": "S11", "counts as success": "S13", "worked": "S15", "other people's data": "F21", "exploited": "F30",
    "already public": "F31", "credit": "F42", "report": "report",
}
_ALIASES = {"attempts": "worked", "success": "worked", "success rate": "worked", "product": "system", "version": "model",
            "criterion": "counts as success", "public": "already public"}
_HEAD = re.compile(r"^\s*([A-Za-z][A-Za-z' ]{1,24}?)\s*:\s?(.*)$")
_RATE = re.compile(r"(\d{1,9})\s*(?:/|of|out of|in)\s*(\d{1,9})", re.IGNORECASE)
_LONGEST = 300

TEMPLATE = """\
Title:
System:
Model:
Category:
Worked:
Counts as success:
Exploited:
Already public:

What happens, and what should happen instead:

How to make it happen:
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a report's text says: facts by field id, and the prose."""

    facts: dict[str, str] = field(default_factory=dict)
    prose: str = ""
    k: int = -1
    n: int = -1
    names: str = ""  # a report that the text says it belongs to


def rate(text: str) -> tuple[int, int]:
    """Return k and n from words such as "3 of 10", or -1 and -1."""
    found = _RATE.search(text)
    if not found:
        return -1, -1
    k, n = int(found.group(1)), int(found.group(2))
    return (k, n) if 0 <= k <= n and 1 <= n <= 1_000_000 else (-1, -1)


def read(text: str) -> Filled:
    """Read a report's text; lines that are no known key end the head and begin the prose."""
    facts: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    position = 0
    for position, line in enumerate(lines):  # noqa: B007
        if not line.strip():
            if facts:
                break
            continue
        found = _HEAD.match(line)
        key = found.group(1).strip().lower() if found else ""
        key = _ALIASES.get(key, key)
        if found is None or key not in FIELDS:
            break
        value = found.group(2).strip()[:_LONGEST]
        if value:
            facts[FIELDS[key]] = value
    else:
        position = len(lines)
    prose = "\n".join(lines[position:]).strip()
    k, n = rate(facts.get("S15", ""))
    return Filled(facts=facts, prose=prose, k=k, n=n, names=facts.pop("report", ""))


def title_of(filled: Filled) -> str:
    """Return the title: the given one, or the first words of the prose."""
    given = filled.facts.get("F08", "")
    if given:
        return given[:120]
    first = next((line.strip() for line in filled.prose.splitlines() if line.strip()), "")
    sentence = re.split(r"(?<=[.!?])\s", first, maxsplit=1)[0]
    words = sentence if len(sentence) <= 90 else sentence[:89].rsplit(" ", 1)[0] + "…"
    return words or "A report without a title"
