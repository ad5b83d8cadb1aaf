"""What leadership reads of judgement in the digest: levels, root causes, what happened again.

Decides words only. In brackets stands the change against the period before.
"""

from __future__ import annotations

from collections.abc import Iterable

from commands.digest.causes import Trend, Trends
from commands.text import Text, code, lines, say
from commands.times import count
from config import taxonomy
from config.policy.states import Level

ACCEPTED, RESOLVED, AGAIN, REVIEW = "Accepted, by level", "Resolved, by root cause", "Happened again", "Process review"
SIGNED = "Signed by one discipline"
_MISSING = {"security": "the lead stood in for security", "ml": "the lead stood in for machine learning",
            "alone": "one person signed for both disciplines"}


def sections(trends: Trends) -> dict[str, Text]:
    """Return the sections by their heading; what has no content is empty."""
    causes = [*taxonomy.current().causes, ""]
    return {
        ACCEPTED: _row(trends.accepted, [(level.value, level.value) for level in Level]),
        RESOLVED: _row(trends.resolved, [(one, _cause(one)) for one in causes]),
        AGAIN: _again(trends.again),
        REVIEW: lines([say(code(report), f": number {number} in a year with the same cause, category and component. Ask why it "
                                         "keeps coming.") for report, number in trends.reviews]),
        SIGNED: lines([say(code(report), f": {_MISSING.get(who, who)}.") for report, who in trends.signed]),
    }


def _row(trend: Trend, names: Iterable[tuple[str, str]]) -> Text:
    if not trend.total:
        return Text()
    parts = [f"{trend.now.get(name, 0):,} {words}{_change(trend.now.get(name, 0) - trend.before.get(name, 0))}"
             for name, words in names if trend.now.get(name) or trend.before.get(name)]
    return say(f"{trend.total:,}{_change(trend.change)}: {', '.join(parts)}.")


def _again(trend: Trend) -> Text:
    if not trend.total:
        return Text()
    return say(f"{count(trend.total, 'report')}{_change(trend.change)} with the cause, category and component of one that was "
               "resolved in the "
               "365 days before.")


def _cause(id_: str) -> str:
    found = taxonomy.current().causes.get(id_)
    return f"{found.name[:1].lower()}{found.name[1:]}" if found else "without a cause"


def _change(by: int) -> str:
    return f" ({abs(by):,} {'more' if by > 0 else 'fewer'})" if by else ""
