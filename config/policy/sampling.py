"""The sampling context of a trial series: which facts make two series the same test.

It decides what must be equal before counts are added up or compared. The model's version and its endpoint are left out:
a fix is a new version, often served elsewhere. What each fact means is said in config/policy/facts.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from config.policy.evidence_terms import Same

CONTEXT: Final = ("S06", "S07", "S08", "S09", "S10", "S11", "S12")  # domain section 2: prompt, sampling, seed, tools, sources
CRITERION: Final = ("S13", "match")
JUDGE: Final = ("S14",)
RECORDED: Final = ("S02", "S03", *CONTEXT, *CRITERION, *JUDGE)  # what a series keeps of the facts of its report


DIFFERS: Final = "differs"  # a part of the test that was said to differ from the one before


def recorded(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that a series keeps; what is not known is absent, never a default."""
    return {one: facts[one].strip() for one in (*RECORDED, DIFFERS) if facts.get(one, "").strip()}


def canonical(context: Mapping[str, str]) -> str:
    """The same text for the same test, whatever the model's version."""
    return json.dumps([[one, context.get(one, "")] for one in (*CONTEXT, *CRITERION, *JUDGE, DIFFERS)], ensure_ascii=False)


def same(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[Same]:
    """What two series have in common: the context, the criterion, the judge. What one of them does not tell is no difference."""
    parts = {Same.CONTEXT: CONTEXT, Same.CRITERION: CRITERION, Same.JUDGE: JUDGE}
    return frozenset(part for part, ids in parts.items() if after.get(DIFFERS) != part.value
                     and all(before[one] == after[one] for one in ids if one in before and one in after))
