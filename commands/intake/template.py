"""The report template: `Key: value` lines at the head, then prose under headings. Every line of it is optional.

Decides which keys are understood and how a filled template becomes facts; free text alone is a report as well. The fields are
those of config/policy/facts.py. What is not understood never refuses a report: it is kept as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from config.policy import facts as policy
from config.policy.fact_values import ANYTHING
from config.policy.facts import FIELDS, FactError, Kind, Known
from config.policy.rates import TrialsError, parse_trials

REPORT: Final = "report"  # the key that names a report that the text belongs to
_LONG: Final = (Kind.LINES, Kind.ATTACK)

# key as written, in small letters -> field of domain.md section 2
KEYS: Final[dict[str, str]] = {key: one.id for one in FIELDS.values() for key in one.keys} | {REPORT: REPORT}
_JOINED: Final = {"S04": " to ", "S07": ", ", "S11": ", ", "S02": ", "}  # fields with several keys, each for a part
_LONGEST_KEY: Final = max(map(len, KEYS))
_LINE: Final = re.compile(rf"^\s*([A-Za-z][A-Za-z', -]{{1,{_LONGEST_KEY}}}?)\s*(?:\([^()]*\))?\s*:[ \t]?(.*)$")
_RATE: Final = re.compile(r"\d{1,9}\s*(?:/|of|out of|in)\s*\d{1,9}", re.IGNORECASE)
_RAW_KEPT: Final = 300  # characters of a line that was not understood
DESCRIPTION: Final = 4_000  # characters of a description that stands for content that is unlawful to hold

# What a person most likely knows; F20 comes first.
_SHORT: Final = (
    "Unlawful to hold (yes or no)", "Title", "System", "Model", "Category", "Temperature", "Worked (such as 3 of 10)",
    "Counts as success", "Personal data (none, synthetic, own or other people's)", "Exploited", "Already public",
)
_HEADINGS: Final = ("What happens, and what should happen instead", "How to make it happen", "Attack")
TEMPLATE: Final = "\n".join(f"{one}:" for one in _SHORT) + "\n" + "\n".join(f"\n{one}:\n" for one in _HEADINGS)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a report's text says: facts by field id, what was not understood by field id, and the prose."""

    facts: dict[str, str] = field(default_factory=dict)
    prose: str = ""
    k: int = -1
    n: int = -1
    names: str = ""  # a report that the text says it belongs to
    unclear: dict[str, str] = field(default_factory=dict)
    errors: tuple[FactError, ...] = ()  # why they were not understood


def rate(text: str) -> tuple[int, int]:
    """Return k and n from words such as "3 of 10", or -1 and -1."""
    found = _RATE.search(text)
    try:
        count = parse_trials(found.group(0)) if found else None
    except TrialsError:
        count = None
    return (count.k, count.n) if count is not None else (-1, -1)


def read(text: str, known: Known = ANYTHING) -> Filled:
    """Read a report's text; a line that is no known key ends the head, and a known heading begins a part of the prose."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said, position = _head(lines)
    prose, parts = _parts(lines[position:])
    for key, value in parts:
        said.append((key, value))
    names = next((value for key, value in said if KEYS[key] == REPORT), "")
    return checked(_joined([(key, value) for key, value in said if KEYS[key] != REPORT]), prose=prose, names=names, known=known)


def checked(raw: Mapping[str, str], *, prose: str, names: str = "", known: Known = ANYTHING) -> Filled:
    """Return what was said by field id, each value as it is kept or as not understood."""
    facts: dict[str, str] = {}
    unclear: dict[str, str] = {}
    errors: list[FactError] = []
    for id, value in raw.items():
        try:
            facts[id] = policy.check(id, value, known)
        except FactError as wrong:
            unclear[id] = value[:_RAW_KEPT]
            errors.append(wrong)
    count = policy.trials_of(facts)
    return Filled(facts=facts, prose=prose or facts.get("F09", ""), k=count.k if count else -1, n=count.n if count else -1,
                  names=names, unclear=unclear, errors=tuple(errors))


def _key(line: str) -> tuple[str, str]:
    """Return the known key that a line begins with and its value; no key for any other line."""
    found = _LINE.match(line)
    key = " ".join(found.group(1).lower().split()) if found else ""
    return (key, found.group(2).strip()) if found and key in KEYS else ("", "")


def _is_long(key: str) -> bool:
    return KEYS[key] != REPORT and FIELDS[KEYS[key]].kind in _LONG


def _head(lines: list[str]) -> tuple[list[tuple[str, str]], int]:
    """Return the keys and values at the head, and where the prose begins."""
    said: list[tuple[str, str]] = []
    for position, line in enumerate(lines):
        if not line.strip():
            if said:
                return said, position
            continue
        key, value = _key(line)
        if not key or (_is_long(key) and not _stands_alone(lines, position, value)):
            return said, position
        if value:
            said.append((key, value))
    return said, len(lines)


def _stands_alone(lines: list[str], position: int, value: str) -> bool:
    """Tell whether a long field is given on one line of the head: what follows is no more of it."""
    after = lines[position + 1] if position + 1 < len(lines) else ""
    return bool(value) and (not after.strip() or bool(_key(after)[0]))


def _parts(lines: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return the prose before the first heading, and what stands under each known heading."""
    prose: list[str] = []
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        key, value = _key(line)
        # Within a part only a bare heading ends it: an attack may hold lines that look like keys.
        if key and _is_long(key) and (not value or not parts):
            parts.append((key, [value] if value else []))
        else:
            (parts[-1][1] if parts else prose).append(line)
    said = [(key, "\n".join(held).strip("\n")) for key, held in parts]
    return "\n".join(prose).strip(), [(key, value) for key, value in said if value.strip()]


def _joined(said: list[tuple[str, str]]) -> dict[str, str]:
    """Return what was said by field id; fields with a key for each part are put together, else the first word stands."""
    found: dict[str, str] = {}
    for key, value in said:
        id = KEYS[key]
        part = f"{key} {value}" if id == "S07" and key != "sampling" and "=" not in value else value
        if id not in found:
            found[id] = part
        elif id in _JOINED:
            found[id] += _JOINED[id] + part
    return found


def described(filled: Filled) -> Filled:
    """Return only what describes content that is unlawful to hold: no steps, no attack, no transcript."""
    held = {id: value for id, value in filled.facts.items() if policy.holds(filled.facts, id)}
    unclear = {id: value for id, value in filled.unclear.items() if policy.holds(filled.facts, id)}
    errors = tuple(one for one in filled.errors if one.id in unclear)
    return replace(filled, facts=held, unclear=unclear, errors=errors, prose=filled.prose[:DESCRIPTION])


def description(filled: Filled) -> str:
    """Return the text of a report on content that is unlawful to hold, from its facts and its words."""
    said = [filled.prose, filled.facts.get("F11", ""), filled.facts.get("F32", "")]
    return "\n\n".join(part for part in said if part)[:DESCRIPTION]


def title_of(filled: Filled) -> str:
    """Return the title: the given one, or the first words of the prose."""
    given = filled.facts.get("F08", "") or filled.unclear.get("F08", "")
    if given:
        return given[:120]
    first = next((line.strip() for line in filled.prose.splitlines() if line.strip()), "")
    sentence = re.split(r"(?<=[.!?])\s", first, maxsplit=1)[0]
    words = sentence if len(sentence) <= 90 else sentence[:89].rsplit(" ", 1)[0] + "…"
    return words or "A report without a title"
