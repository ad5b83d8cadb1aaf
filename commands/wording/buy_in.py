"""What is said about buy-in: who answers for the deadlines of a product area, and who is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from commands.text import Text, bold, lines, say
from commands.times import clock_time, count, day, length
from config.policy.states import Level
from config.program import Length

WHO_IS_MISSING = "Who is missing"
SEE = "See the deadlines"
Lengths = Sequence[tuple[Level, Length | None, Length | None]]


def accept_button(area: str) -> str:
    """The button with which an owner accepts."""
    return f"Accept for {area}"


def _one(found: Length) -> str:
    return found.written or length(found.span)


def deadlines(found: Lengths) -> Text:
    """The deadlines that an owner accepts, one line a level."""
    rows = []
    for level, stop_gap, fix in found:
        parts = [f"stop-gap in {_one(stop_gap)}" if stop_gap else "", f"fix in {_one(fix)}" if fix else ""]
        rows.append(say(bold(level.value), ": ", ", ".join(part for part in parts if part), "."))
    return lines([say("The deadlines, counted from the day a report is accepted:"), *rows])


def accepted(area: str, found: Lengths) -> Text:
    """Answers the owner who accepts."""
    return lines([say("You answer for the deadlines of ", bold(area), " from now on."), deadlines(found),
                  say("If a date cannot be held, ask the lead with more-time before it is over.")])


def accepted_already(area: str, at: datetime, zone: tzinfo) -> Text:
    """Nothing would change."""
    return say("You accepted the deadlines of ", bold(area), f" on {day(at, zone)}. That stands.")


def register(rows: Sequence[tuple[str, str, datetime | None, datetime | None]], found: Lengths, zone: tzinfo, *, owner: bool,
             owners: int) -> Text:
    """The register: area, who accepted, when, and since when nobody does."""
    listed = []
    for area, who, at, since in rows:
        if who and at is not None:
            listed.append(say(bold(area), f": accepted by {who}, {day(at, zone)}."))
        else:
            listed.append(say(bold(area), ": nobody has accepted", f", open since {day(since, zone)}." if since else " yet."))
    missing = sum(not who for _, who, _, _ in rows)
    if not missing:
        tail = "Every product area has an owner who accepted. A change of the lengths, or of the owner, asks anew."
    elif not owners:
        tail = "Nobody holds the role of owner. Grant it with program grant; the new owner is asked in their next list."
    elif owner:
        tail = "Accept those that are yours. If a length cannot be held, tell the lead before you accept."
    else:
        tail = "Ask the owners: each accepts with program accept-deadlines and the area."
    return lines([lines(listed), deadlines(found), say(tail)], "\n\n")


def one_by_one(names: Sequence[str]) -> str:
    """Names as they stand in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# -- lines of lists and pings ------------------------------------------------------------------------------------

def line(what: str, data: Mapping[str, str], zone: tzinfo) -> str:
    """One line about areas without an owner who accepted, or about accepted reports that nobody owns."""
    since = clock_time(datetime.fromisoformat(data["since"]), zone) if data.get("since") else ""
    areas, number = data.get("areas", ""), int(data.get("count", "1"))
    match what:
        case "buy_in":
            return f"Nobody has accepted the deadlines of {areas}. Accept those that are yours, or tell the lead what cannot be held."
        case "buy_in_lead":
            return f"Still nobody has accepted the deadlines of {areas}, since {since}. Ask the owners."
        case "buy_in_leadership":
            return f"For two weeks nobody has accepted the deadlines of {areas}. Decide with the lead who answers for them."
        case "unowned_lead":
            return f"{_unowned(number)} for a week or more, one since {since}. Name the owner."
        case _:
            return f"{_unowned(number)} for two weeks or more, one since {since}. Decide with the lead who fixes what."


def _unowned(number: int) -> str:
    return f"{count(number, 'accepted report has', 'accepted reports have')} had no owner"


# -- the digest --------------------------------------------------------------------------------------------------

def decide(number: int) -> str:
    """What is to be decided first, without a name."""
    return f"who answers for the deadlines of {count(number, 'product area')}."


def row(areas: Sequence[str], since: datetime | None, zone: tzinfo) -> Text:
    """The line of what wants a decision."""
    when = f" since {clock_time(since, zone)}." if since else " yet."
    return say(bold(one_by_one(areas)), f": which owner accepts the deadlines; nobody{when}")
