"""An advisory as a draft of a CNA's container, for flaws of code. A person asks a CNA for the number and its organisation's id."""

from __future__ import annotations

from typing import Any, Final

from commands.records.publisher import Publisher
from config import taxonomy
from config.policy.advisory import Advisory

NOBODY: Final = "00000000-0000-4000-9000-000000000000"  # stands for the organisation's id until a CNA gives it


def written(advisory: Advisory, publisher: Publisher) -> dict[str, Any]:
    """Return the container (CVE JSON 5.1.1)."""
    category = taxonomy.current().categories.get(advisory.category)
    found: dict[str, Any] = {
        "providerMetadata": {"orgId": NOBODY},
        "title": advisory.title[:256],
        "affected": [_product(one.name, one.version, publisher) for one in advisory.systems] or [_product("unknown", "", publisher)],
        "descriptions": [{"lang": "en", "value": advisory.happened[:4000] or advisory.title}],
        "references": [{"url": one} for one in (publisher.page(advisory), *advisory.links) if one],
    }
    weaknesses = [{"descriptions": [{"lang": "en", "type": "CWE", "cweId": one.id, "description": f"{one.id} {one.name}".strip()}]}
                  for one in (category.of("cwe") if category else ())]
    if weaknesses:
        found["problemTypes"] = weaknesses
    if advisory.credit:
        found["credits"] = [{"lang": "en", "type": "finder", "value": advisory.credit}]
    return {"containers": {"cna": found}}


def _product(name: str, version: str, publisher: Publisher) -> dict[str, Any]:
    found: dict[str, Any] = {"vendor": publisher.name, "product": name, "defaultStatus": "unknown"}
    return found | ({"versions": [{"version": version, "status": "affected"}]} if version else {})
