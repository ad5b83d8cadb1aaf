"""An advisory as a report for AVID, the database of flaws of AI systems (data model of avidtools 0.3.2).

Their readers drop unknown keys and reject unknown enum values, so only keys and values of that model are written. A person sends
it to the AVID editors, who number it anew.
"""

from __future__ import annotations

from typing import Any, Final

from commands.records.publisher import Publisher
from commands.wording import records as words
from config import taxonomy
from config.policy.advisory import Advisory
from config.policy.rates import Trials, wilson

VERSION: Final = "0.3.3"
_TAXONOMY: Final = "0.2"
_LIFECYCLE: Final = "L06: Deployment"


def written(advisory: Advisory, publisher: Publisher) -> dict[str, Any]:
    """Return the report."""
    found: dict[str, Any] = {
        "data_type": "AVID",
        "data_version": VERSION,
        "metadata": {"report_id": advisory.id},
        "affects": {
            "developer": [publisher.name],
            "deployer": [publisher.name],
            "artifacts": [{"type": "Model" if one.kind == "model" else "System", "name": one.shown} for one in advisory.systems],
        },
        "problemtype": {
            "classof": "Third-party Report",
            "type": "Measurement" if advisory.before is not None else "Issue",
            "description": {"lang": "eng", "value": advisory.title},
        },
        "metrics": _metrics(advisory),
        "references": _references(advisory, publisher),
        "description": {"lang": "eng", "value": "\n\n".join(
            part for part in (advisory.lead, advisory.happened, advisory.changed, words.numbers(advisory)) if part)},
        "impact": _impact(advisory),
        "reported_date": advisory.reported.isoformat(),
    }
    if advisory.credit:
        linked = f"{advisory.credit} ({advisory.credit_link})" if advisory.credit_link else advisory.credit
        found["credit"] = [{"lang": "eng", "value": linked}]
    return found


def _metrics(advisory: Advisory) -> list[dict[str, Any]]:
    results: dict[str, Any] = {}
    for key, trials in (("before", advisory.before), ("after", advisory.after)):
        if trials is not None:
            results[key] = _rate(trials)
    if not results:
        return []
    results |= {"context": dict(advisory.context), "severity": words.severity(advisory), "vector": advisory.vector}
    both = advisory.before is not None and advisory.after is not None
    kind = {"type": "Significance Test", "name": "Fisher's exact test"} if both else {"type": "Static Threshold", "name": "Success criterion"}
    return [{"name": "Attack success rate", "detection_method": kind, "results": results}]


def _rate(trials: Trials) -> dict[str, Any]:
    bounds = wilson(trials)
    return {"successes": trials.k, "attempts": trials.n, "interval_95": [round(bounds.low, 4), round(bounds.high, 4)]}


def _references(advisory: Advisory, publisher: Publisher) -> list[dict[str, str]]:
    found = [{"type": "source", "label": advisory.id, "url": publisher.page(advisory)}] if publisher.url else []
    return found + [{"type": "source", "label": one, "url": one} for one in advisory.links]


def _impact(advisory: Advisory) -> dict[str, Any]:
    category = taxonomy.current().categories.get(advisory.category)
    if category is None:
        return {}
    found: dict[str, Any] = {"avid": {
        "risk_domain": list(category.risks), "sep_view": [_whole(one.id, one.name) for one in category.of("avid_sep")],
        "lifecycle_view": [_LIFECYCLE], "taxonomy_version": _TAXONOMY,
    }}
    atlas = [{"tactic": "", "technique": one.id, "description": one.name} for one in category.of("atlas")]
    cwe = [{"cweId": one.id, "description": one.name, "lang": "eng"} for one in category.of("cwe")]
    return found | ({"atlas": atlas} if atlas else {}) | ({"cwe": cwe} if cwe else {})


def _whole(identity: str, name: str) -> str:
    return name if name.startswith(identity) else f"{identity}: {name}"
