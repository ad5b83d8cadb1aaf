"""An advisory as a draft for OSV, for flaws of code in a package that a registry holds.

A hosted model is in no ecosystem, and which package is affected a person knows: `affected` is left for them to fill in.
"""

from __future__ import annotations

from typing import Any, Final

from commands.records.publisher import Publisher
from commands.wording import records as words
from config.policy.advisory import Advisory

SCHEMA: Final = "1.7.3"


def written(advisory: Advisory, publisher: Publisher) -> dict[str, Any]:
    """Return the draft; ids that OSV did not give begin with `x_`."""
    references = [{"type": "ADVISORY", "url": publisher.page(advisory)}] if publisher.url else []
    found: dict[str, Any] = {
        "schema_version": SCHEMA,
        "id": f"x_{advisory.id}",
        "modified": advisory.revised.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "published": advisory.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "summary": advisory.title[:120],
        "details": "\n\n".join(part for part in (advisory.lead, advisory.happened, advisory.changed, words.numbers(advisory)) if part),
        "references": references + [{"type": "WEB", "url": one} for one in advisory.links],
    }
    if advisory.credit:
        found["credits"] = [{"name": advisory.credit, "type": "FINDER"}
                            | ({"contact": [advisory.credit_link]} if advisory.credit_link else {})]
    return found
