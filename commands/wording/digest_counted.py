"""How every number of the digest is counted, in words; the definitions are those of the policy."""

from __future__ import annotations

from commands.text import Text, bold, lines, say
from commands.wording.digest_causes import ACCEPTED, AGAIN, RESOLVED, REVIEW, SIGNED
from config.policy import metrics

_HOW = {
    "received": "Received",
    "resolved": "Resolved",
    "open": "Open",
    "times": "Times",
    "promises": "Promises",
    "unowned": "Without an owner",
    "public_soon": "Public within 30 days, fix or not",
    "exploited": "Being exploited",
}
_TRENDS = {"accepted": ACCEPTED, "causes": RESOLVED, "again": AGAIN, "review": REVIEW, "signed": SIGNED}
_ALSO = {
    "Wants a decision": (
        "What waits for the lead or leadership, accepted reports without an owner, promises late by more than 72 h, and exploited flaws."
    ),
    "Asked for last week": "What the last weekly digest asked for, and where that stands now.",
    "Decided this week": "What was decided in the period, with the state in which those reports are now.",
    "In the picture": (
        "A dot is a report. Lateness is measured against the date first promised. A promise in working time "
        "is drawn in working hours."
    ),
    "Very many reports": (
        "With more than {most} in two weeks the database counts. Then questions to the researcher are not taken off the times. "
        "Missed promises are those whose end was marked. Met ones are counted for acknowledgement, first answer, judgement and fix."
    ),
}


def counted(most: int) -> Text:
    """Return the definition of every number; up to `most` reports are counted one by one."""
    rows = [say(bold(label), ": ", metrics.HOW[name]) for name, label in _HOW.items()]
    rows += [say(bold(label), ": ", metrics.TRENDS[name]) for name, label in _TRENDS.items()]
    rows += [say(bold(label), ": ", words.format(most=f"{most:,}")) for label, words in _ALSO.items()]
    return lines(rows, between="\n\n")
