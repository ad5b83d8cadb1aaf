"""The numbers and names of a programme in the words of its policy: what stands for `{{ name }}` in policy.md.

Decides how they read. An unknown name stays as it is, so that the lint finds it.
"""

from __future__ import annotations

import re
from typing import Final

from config.program import LEVELS, Length, PerLevel, Program

_HOLE: Final = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_KINDS: Final = {"model": "model", "endpoint": "endpoint", "product": "product"}


def filled(text: str, program: Program, *, fingerprint: str = "", rubric: str = "") -> str:
    """Return a policy with its placeholders filled in from the programme, its key and the version of the rubric."""
    known = values(program, fingerprint=fingerprint, rubric=rubric)
    return _HOLE.sub(lambda found: known.get(found[1], found[0]), text)


def values(program: Program, *, fingerprint: str = "", rubric: str = "") -> dict[str, str]:
    """Return what each placeholder stands for; what is not known yet is left out."""
    clocks, embargo = program.clocks, program.embargo
    found = {
        "name": program.name,
        "scope": "\n".join(f"- {one.id}: {one.name} ({_KINDS[one.kind]})" for one in program.scope),
        "acknowledge": length(program.promises.acknowledge),
        "first_response": length(program.promises.first_response),
        "triage": by_level(clocks.triage),
        "update": by_level(clocks.update),
        "remediation": by_level(clocks.remediation),
        "retest": by_level(clocks.retest),
        "statement": length(clocks.statement),
        "embargo": f"{embargo.length.days} days",
        "extension": f"{embargo.extension.days} days",
        "vendor_notice": f"{embargo.vendor_notice.days} days",
        "appeal": f"{program.waiting.appeal.days} days",
        "retention": f"{program.retention.closed.days} days",
        "zone": program.working.zone,
        "version": program.policy.version,
        "date": program.policy.date.isoformat(),
    }
    if fingerprint:
        found["fingerprint"] = " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))
    if rubric:
        found["rubric"] = rubric
    return found


def length(one: Length) -> str:
    """Return a length in words: `24 hours`, `5 business days`, `90 minutes`."""
    minutes = int(one.span.total_seconds() // 60)
    if one.business:
        return _count(minutes // 1440, "business day")
    if minutes % 60:
        return _count(minutes, "minute")
    return _count(minutes // 60, "hour") if minutes < 72 * 60 else _count(minutes // 1440, "day")


def by_level(lengths: PerLevel) -> str:
    """Return lengths by level, levels of one length together: `7 days for critical and high, 14 days for the rest`."""
    groups: dict[str, list[str]] = {}
    for level in LEVELS:
        one = lengths.of(level)
        if one is not None:
            groups.setdefault(length(one), []).append(level)
    if len(groups) == 1:
        return next(iter(groups))
    whole = sum(len(levels) for levels in groups.values()) == len(LEVELS)
    parts = []
    for number, (words, levels) in enumerate(groups.items(), 1):
        rest = whole and number == len(groups) and len(levels) > 1
        parts.append(f"{words} for {'the rest' if rest else _listed(levels)}")
    return ", ".join(parts)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
