"""What a researcher reads whose report repeats another one. Dates and milestones of the first report, never its id or a word of it."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.text import Span, Text, bold, code, say
from commands.times import day

FIRST, ADDS = "Reported first", "It adds something"


def closed(report: str, first: datetime | None, zone: tzinfo) -> str:
    """The prefilled message of a close as duplicate: when the first report came and what follows."""
    when = f"on {day(first, zone)}" if first is not None else "before"
    return (f"Thank you. {report} describes a flaw that was first reported to us {when}. We tell you when it is fixed and when it is "
            "public, and we thank you in public if your report adds something.")


def fixed(report: str) -> Text:
    """The flaw of the first report is fixed."""
    return say("The flaw that you reported as ", bold(report), " is fixed. We tell you when it is public.")


def public(report: str, *, thanked: bool) -> Text:
    """The first report is published."""
    return say("The flaw that you reported as ", bold(report), " is public. ",
               "Your thanks stand in the hall of fame." if thanked else "You may publish what you found as well.")


def adds(report: str) -> Text:
    """The team found that the report adds something."""
    return say(bold(report), " adds something to the first report, so we thank you too. By which name? Press a button, or send ",
               code("credit"), " and the name.")


def recorded(report: str) -> Text:
    """Answers the colleague who says that it adds something."""
    return say(bold(report), " adds something. The researcher is asked for a name.")


def known(report: str) -> Text:
    """It was said before."""
    return say("That ", bold(report), " adds something is recorded already.")


def adds_nothing(report: str) -> Text:
    """Refuses a credit name for what repeats a report and adds nothing."""
    return say(bold(report), " repeats an earlier report, and we thank whoever adds something to it. Tell us here what yours adds.")


def hall(name: Span, what: str, level: str, when: str) -> Text:
    """The announcement for somebody who added to an earlier report."""
    return say("Thank you, ", name, f". {what}, {level}: what they added to an earlier report helped. Published {when}.")
