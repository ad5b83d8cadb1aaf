"""An advisory as Markdown, to be read and to be copied. Words of people are escaped: they never become markup."""

from __future__ import annotations

import re

from commands.records.publisher import Publisher
from commands.times import day
from commands.wording import records as words
from config import taxonomy
from config.policy.advisory import Advisory

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~])")


def written(advisory: Advisory, publisher: Publisher) -> str:
    """Return the advisory as one Markdown page."""
    parts = [f"# {plain(advisory.title)}", plain(advisory.lead)]
    numbers = words.numbers(advisory)
    if numbers:
        parts.append(plain(numbers))
    parts += [f"## {words.HAPPENED}", _paragraphs(advisory.happened)]
    if advisory.changed:
        parts += [f"## {words.CHANGED}", _paragraphs(advisory.changed)]
    parts += [f"## {words.FACTS}", "\n".join(f"- {name}: {value}" for name, value in _facts(advisory, publisher))]
    if len(advisory.revisions) > 1:
        parts += [f"## {words.REVISIONS}",
                  "\n".join(f"{one.number}. {day(one.at)}: {plain(one.note)}" for one in advisory.revisions)]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Return text of people so that Markdown shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _paragraphs(text: str) -> str:
    return "\n\n".join(plain(one) for one in re.split(r"\n\s*\n", text) if one.strip())


def _facts(advisory: Advisory, publisher: Publisher) -> list[tuple[str, str]]:
    category = taxonomy.current().categories.get(advisory.category)
    cause = taxonomy.current().causes.get(advisory.cause)
    mapped = ", ".join(one.shown for one in category.mapped) if category else ""
    found = [
        (words.ID, f"{advisory.id}, " + words.edition(advisory.revision, day(advisory.revised))),
        (words.SYSTEMS, ", ".join(plain(one.shown) for one in advisory.systems)),
        (words.CATEGORY, f"{category.name} ({mapped})" if category and mapped else category.name if category else ""),
        (words.SEVERITY, words.severity(advisory)),
        (words.VECTOR, f"`{advisory.vector}`" if advisory.vector else ""),
        (words.CAUSE, cause.name if cause else ""),
        (words.DATES, words.dates(advisory)),
        (words.THANKS, _credit(advisory)),
        (words.LINKS, ", ".join(f"<{one}>" for one in advisory.links)),
        (words.PUBLISHER, plain(publisher.name) + (f", <{publisher.page(advisory)}>" if publisher.url else "")),
        (words.LICENCE, advisory.licence),
    ]
    return [(name, value) for name, value in found if value]


def _credit(advisory: Advisory) -> str:
    if not advisory.credit:
        return ""
    return plain(advisory.credit) + (f", <{advisory.credit_link}>" if advisory.credit_link else "")
