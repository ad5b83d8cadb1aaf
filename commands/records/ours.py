"""An advisory as our own JSON: every public field under its plain name, with the mappings of its category."""

from __future__ import annotations

import json
from typing import Any

from commands.records.publisher import Publisher
from config import taxonomy
from config.policy.advisory import Advisory, stored
from config.policy.rates import wilson


def written(advisory: Advisory, publisher: Publisher) -> dict[str, Any]:
    """Return the record; rates come with their 95 % Wilson interval."""
    found: dict[str, Any] = json.loads(stored(advisory))
    category = taxonomy.current().categories.get(advisory.category)
    mapped = category.mapped if category else ()
    found["category"] = {
        "id": advisory.category, "name": category.name if category else "",
        "mappings": [{"source": one.source.name, "version": one.source.version, "id": one.shown} for one in mapped],
    }
    for key, trials in (("before", advisory.before), ("after", advisory.after)):
        if trials is not None:
            bounds = wilson(trials)
            found[key] |= {"low": round(bounds.low, 4), "high": round(bounds.high, 4)}
    found["publisher"], found["url"] = publisher.name, publisher.page(advisory)
    return found
