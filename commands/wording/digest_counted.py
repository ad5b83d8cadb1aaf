"""How every number of the digest is counted, in words; the definitions are those of the policy.

Decides under which heading each definition stands: in the answer to [How counted] and on the page docs/numbers.md alike.
"""

from __future__ import annotations

from commands.digest.spans import Span
from commands.text import Text, bold, lines, say
from commands.wording.digest import CHANGE, SPENT
from commands.wording.digest_causes import ACCEPTED, AGAIN, RESOLVED, REVIEW, SIGNED
from commands.wording.digest_decisions import WANTS, asked_label, decided_label
from commands.wording.silence import DESK
from config.policy import metrics

_LABELS = {
    "promises": "Promises",
    "exploited": "Being exploited",
    "wanted": WANTS,
    "buy_in": "Deadlines that nobody accepted",
    "received": "Received",
    "resolved": "Resolved",
    "change": CHANGE,
    "open": "Open",
    "times": "Times",
    "public_soon": "Public within 30 days, fix or not",
    "unowned": "Without an owner",
    "asked": asked_label(Span.WEEK),
    "decided": decided_label(Span.WEEK),
    "rewards": SPENT,
    "accepted": ACCEPTED,
    "causes": RESOLVED,
    "again": AGAIN,
    "review": REVIEW,
    "signed": SIGNED,
    "silence": DESK,
    "period": "Which days",
    "picture": "In the picture",
    "many": "Very many reports",
}


def definitions(most: int) -> list[tuple[str, str]]:
    """Return every heading with its definition, in the order of a digest; up to `most` reports are counted one by one."""
    words = {**metrics.HOW, **metrics.TRENDS, **metrics.ALSO}
    return [(label, words[name].replace("{most}", f"{most:,}")) for name, label in _LABELS.items()]


def counted(most: int) -> Text:
    """Return the definition of every number; up to `most` reports are counted one by one."""
    return lines([say(bold(label), ": ", words) for label, words in definitions(most)], between="\n\n")


def page(most: int) -> str:
    """Return the page of definitions as Markdown, with what stands on the public pages."""
    rows = [f"## {label}\n\n{words}" for label, words in definitions(most)]
    head = ("# What every number means\n\nThis page is written from `config/policy/metrics.py` by `python -m commands.digest.definitions`. "
            "Change that, not this page. *How counted* at every digest says the same.")
    return "\n\n".join([head, *rows, f"## On the public pages\n\n{metrics.IN_PUBLIC}"]) + "\n"
