"""What a researcher reads about themselves: one line a report, and how long we took. For their own eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from commands.text import Text, bold, code, lines, say
from commands.times import count, length
from commands.wording.rewards import money
from config.policy.deadlines import ClockName

_TOOK = {ClockName.ACKNOWLEDGE: "acknowledge", ClockName.FIRST_RESPONSE: "give a first answer"}


def profile(known: str, reports: Sequence[Text], *, more: int, took: Mapping[ClockName, tuple[timedelta, int]]) -> Text:
    """Everything; `took` has for each step the median and of how many reports it is one."""
    head = say("The team knows you as ", bold(known), ". ") if known else Text()
    if not reports:
        return say(head, "You have no report with us yet.")
    parts = [say(head, f"You sent {count(len(reports) + more, 'report')}:"), *(say("• ", one) for one in reports)]
    if more:
        parts.append(say(f"and {more} more: ", code("status")))
    if not took:
        return lines(parts)
    said = " and ".join(f"{length(span)} to {_TOOK[name]} (median of {count(of, 'report')})" for name, (span, of) in took.items())
    return lines([lines(parts), say(f"We took {said}.")], "\n\n")


def line(
    report: str, state: str, *, level: str, public: bool, name: str, link: str, no_name: bool, reward: tuple[int, str, bool] | None,
) -> Text:
    """One report: its state, its level, how it is thanked, what it was given."""
    parts = [state, *([level] if level else []), *(["public"] if public else [])]
    if name:
        beside = f" with {link}" if link else ""
        parts.append(f"{'thanked' if public else 'to be thanked'} as {name}{beside}")
    elif no_name:
        parts.append("no name, as you chose")
    if reward is not None:
        amount, currency, paid = reward
        parts.append(f"{money(amount, currency)}, {'paid' if paid else 'not paid yet'}")
    return say(bold(report), ": " + "; ".join(parts) + ".")
