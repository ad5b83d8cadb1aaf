"""A CVSS v4 vector that a triager gives: read, named when it is wrong, shown beside our own score, never derived.

Decides what is taken as one. The arithmetic is the library's, which is loaded when the first vector is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commands.calls import Problem
from commands.wording import severity as wording

_PREFIX: Final = "CVSS:4.0/"
_LONGEST: Final = 400  # characters of a vector; with every optional metric it has about 240


@dataclass(frozen=True, slots=True)
class Cvss:
    """A CVSS v4 vector in its usual order, and its score from 0.0 to 10.0."""

    vector: str
    score: str


def read(text: str) -> Cvss:
    """Return a vector with its score; raises Problem with every fault by name."""
    from cvss import CVSS4
    from cvss.exceptions import CVSSError

    given = text.strip()
    wrong = _wrong(given)
    if wrong:
        raise Problem("bad_argument", "CVSS: ", " ".join(wrong), errors={"cvss": " ".join(wrong)})
    try:
        found = CVSS4(given)
    except CVSSError:
        raise Problem("bad_argument", "CVSS: ", wording.no_cvss(), errors={"cvss": wording.no_cvss()}) from None
    return Cvss(str(found.clean_vector()), f"{found.base_score:.1f}")


def score_of(vector: str) -> str:
    """Return the score of a vector that was read before; nothing without one."""
    return read(vector).score if vector else ""


def _wrong(text: str) -> list[str]:
    """Return every fault; what is no metric of CVSS is not repeated."""
    from cvss.constants4 import METRICS_MANDATORY, METRICS_VALUE_NAMES

    if not text.startswith(_PREFIX) or len(text) > _LONGEST:
        return [wording.no_cvss()]
    faults: list[str] = []
    seen: set[str] = set()
    for part in text.removeprefix(_PREFIX).split("/"):
        metric, _, value = part.partition(":")
        if metric not in METRICS_VALUE_NAMES:
            faults.append(wording.cvss_unknown())
        elif metric in seen:
            faults.append(wording.cvss_twice(metric))
        elif value not in METRICS_VALUE_NAMES[metric]:
            faults.append(wording.cvss_value(metric, list(METRICS_VALUE_NAMES[metric])))
        seen.add(metric)
    missing = [one for one in METRICS_MANDATORY if one not in seen]
    return list(dict.fromkeys([*faults, *([wording.cvss_missing(missing)] if missing else [])]))
