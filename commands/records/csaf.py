"""An advisory as a CSAF 2.0 informational advisory: for organisations that publish CSAF already.

That profile has no `vulnerabilities`, which is right for a flaw that is a behaviour with a rate. It asks for a note and for an
external reference, so it is drawn up only where the programme has public pages.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from commands.records.publisher import Publisher
from commands.wording import records as words
from config.policy.advisory import Advisory


def written(advisory: Advisory, publisher: Publisher) -> dict[str, Any]:
    """Return the document; `publisher` has public pages."""
    notes = [("description", words.HAPPENED, advisory.happened), ("summary", words.SEVERITY, words.severity(advisory)),
             ("details", words.CHANGED, " ".join(part for part in (advisory.changed, words.numbers(advisory)) if part)),
             ("other", words.SYSTEMS, ", ".join(one.shown for one in advisory.systems))]
    document: dict[str, Any] = {
        "category": "csaf_informational_advisory",
        "csaf_version": "2.0",
        "lang": "en",
        "title": advisory.title,
        "distribution": {"tlp": {"label": "WHITE"}},
        "publisher": {"category": "vendor", "name": publisher.name, "namespace": publisher.url},
        "notes": [{"category": "general", "title": "Advice", "text": advisory.lead},
                  *({"category": kind, "title": title, "text": text} for kind, title, text in notes if text)],
        "references": [
            {"category": "self", "summary": advisory.id, "url": f"{publisher.url.rstrip('/')}/advisories/{name_of(advisory)}"},
            {"category": "external", "summary": advisory.title, "url": publisher.page(advisory)},
            *({"category": "external", "summary": one, "url": one} for one in advisory.links),
        ],
        "tracking": {
            "id": advisory.id,
            "status": "final",
            "version": str(advisory.revision),
            "initial_release_date": _instant(advisory.published),
            "current_release_date": _instant(advisory.revised),
            "revision_history": [{"number": str(one.number), "date": _instant(one.at), "summary": one.note or words.edition(one.number, "")}
                                 for one in advisory.revisions],
        },
    }
    if advisory.credit:
        thanked = {"names": [advisory.credit]} | ({"urls": [advisory.credit_link]} if advisory.credit_link else {})
        document["acknowledgments"] = [thanked]
    return {"document": document}


def name_of(advisory: Advisory) -> str:
    """Return the name that CSAF asks of a file: the id in small letters; it lies in a folder of its own."""
    return f"csaf/{re.sub('[^+a-z0-9-]+', '_', advisory.id.lower())}.json"


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
