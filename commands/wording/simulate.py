"""The words of a simulated month: what invented people write, why somebody is pinged, and what the table and its findings say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo

from commands.times import clock_time, count
from config.program import Program

TITLE = "A month with invented people"
FINDINGS = "Findings"
ONE_FORM = "Choose one of --csv and --json."
WHAT_NOW = "Change the programme (opening hours, cap, promises) and try again; what is not a matter of settings is a fault of ours."

HOW = "Ask it in the words of a play in three acts."
OFTEN = "3 of 10"
UPDATE = "We are still working on it and write again within a week."
QUESTION = "Which account and which model did you use?"
WHY = "the release train moved by a week"
OFF = "the play prompt is filtered"
WORDS = ("I saw it once more.", "Here is one more detail.", "It was the web app, with a fresh account.")
VARIANTS = ("case variants 0/40 in French; 0/40 in Welsh; 0/40 as a poem; 0/40 as a list; 0/40 in base 64",
            "case benign 1/50 2/50")


def what(number: int) -> str:
    """What the researcher of one invented report says."""
    return f"A play of {number + 2} acts makes the model forget its rules; it should refuse instead."


# -- why somebody is told ------------------------------------------------------------------------------------------

_REASONS = {
    "new_report": "new", "new_report_lead": "new", "reporter_wrote": "the researcher wrote", "undelivered": "not delivered",
    "decision": "decision wanted", "owner": "owner named", "fix_ready": "fix ready", "fix_failed": "fix failed",
    "exploited": "exploited or public", "nudge": "nudge", "channel_failed": "no channel", "process_review": "process review",
    "care": "content asks for care", "dead_letter": "not delivered", "lapsed": "proposal lapsed", "embargo_end": "embargo over",
    "act_refused": "the clock was refused",
}
_STEPS = {"50": "50 %", "80": "80 %", "100": "missed", "+24h": "late by a day", "+72h": "late by three days", "7d": "due in 7 days",
          "1d": "due in a day", "repeat": "asked again", "stand-in": "may be stood in for"}
_LISTS = {"Your day: ": "morning list", "Before the days off: ": "before the days off", "Your fixes this week: ": "fixes of the week"}
_TO_RESEARCHER = (
    ("receipt", "receipt"), ("out/", "a person wrote"), ("accepted/", "accepted"), ("level/", "level changed"), ("dated/", "date"),
    ("date/", "date changed"), ("mitigated/", "stop-gap"), ("retest/note", "reminder: retest"), ("retest/", "yours to retest"),
    ("resolved/", "resolved"), ("agree-asked", "asked to agree"), ("published", "published"), ("question", "reminder: question"),
    ("lapse/", "question lapsed"), ("facts", "missing facts"), ("embargo-over", "embargo over"),
)


def reason(report: int, what: str, clock: str, step: str) -> str:
    """Why somebody was pinged, in a few words."""
    head = f"report {report}: " if report else ""
    if what == "mark":
        return f"{head}{clock.replace('-', ' ')} {_STEPS.get(step, step)}"
    return head + _REASONS.get(what, what.replace("_", " "))


def lists(text: str, known: int) -> str:
    """Which lists came as one message, read from its heads, and how many lines to know stood in it."""
    heads = [name for head, name in _LISTS.items() if any(one.startswith(head) for one in text.split("\n"))]
    if not heads:
        return count(known, "reminder")
    return " and ".join(heads) + (f" ({known} to know)" if known else "")


def other(key: str) -> str:
    """Why somebody was told something that no row explains."""
    return key.partition("/")[2].partition("/")[0].replace("-", " ") or "a message"


def to_researcher(key: str, report: str, *, card: bool) -> str:
    """What a researcher was told."""
    if card:
        return "living status"
    if key.startswith("answer/"):
        return "answer to their words"
    rest = key.removeprefix(f"{report}/")
    if rest.endswith("/note"):
        return "honest note"
    return next((words for start, words in _TO_RESEARCHER if rest.startswith(start)), rest.partition("/")[0].replace("-", " "))


# -- what breaks a finding -----------------------------------------------------------------------------------------

_FAULTS = {
    "nobody": "nobody was told in time", "twice": "said twice", "unsaid": "kept for somebody and never said",
    "missing": "somebody whom it concerns was not told", "overtaken": "called overtaken by nothing", "unwritten": "told, and not written down",
}


def too_many(account: str, day_: date, number: int) -> str:
    """Somebody had more pings on a day than the programme allows."""
    return f"{account} had {number} on {day_:%a} {day_.day} {day_:%b}."


def at_night(account: str, at: datetime, zone: tzinfo, why: str) -> str:
    """Somebody was pinged outside working hours."""
    return f"{account}, {clock_time(at, zone)}: {why}."


def notes(report: int, number: int) -> str:
    """A researcher had several honest notes about one report within a day."""
    return f"report {report}: {number} honest notes within a day."


def mark_fault(what: str, report: int, mark: str, account: str) -> str:
    """A due mark that reached nobody, or somebody twice."""
    return f"report {report}, {mark}{f', {account}' if account else ''}: {_FAULTS[what]}."


# -- the table -----------------------------------------------------------------------------------------------------

def head(program: Program, first: date, last: date, working: int, holidays: Sequence[date], reports: int, seed: int) -> str:
    """What is simulated, from which day."""
    off = f", holidays {', '.join(day_of(one) for one in holidays)}" if holidays else ""
    return (f"{program.name}, from {day_of(first)} {first.year} to {day_of(last)} {last.year}, times in {program.working.zone}: "
            f"{count(working, 'working day')}{off}; {count(reports, 'report')}; at most {count(program.pings.cap, 'ping')} a person and day; "
            f"seed {seed}.")


def day_of(day: date, *, off: bool = False) -> str:
    """A day in the table."""
    return f"{day:%a} {day.day} {day:%b}{' (off)' if off else ''}"


def person(account: str, roles: str, number: int, most: int) -> str:
    """The line above somebody's days."""
    if not roles:
        return f"{account}: {count(number, 'message')}, most on one day {most}"
    return f"{account} ({roles}): {count(number, 'ping')}, most on one day {most}"


def told(at: datetime, reasons: Sequence[str], zone: tzinfo, *, apart: bool) -> str:
    """One message: its time and why."""
    return f"{at.astimezone(zone):%H:%M} {', '.join(reasons)}{' (counts never)' if apart else ''}"


def between(parts: Iterable[str]) -> str:
    """The messages of a day."""
    return "; ".join(parts)


_FINDINGS = {
    "most": "most pings of anybody on one working day: {found} (at most {goal})",
    "outside": "pings outside working hours: {found} (goal {goal}), beside {apart} about exploitation",
    "marks": "due marks in no list or ping, or in two: {found} of {marks} (goal {goal})",
    "notes": "honest notes about one report within a day: {found} (at most {goal})",
}


def finding(name: str, found: int, goal: int, *, marks: int, apart: int) -> str:
    """One finding; `apart` is how many pings concerned exploitation, at any hour and beside the count."""
    return _FINDINGS[name].format(found=found, goal=goal, marks=marks, apart=apart)


def more(number: int) -> str:
    """Findings that are not shown."""
    return f"and {number} more"
