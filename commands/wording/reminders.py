"""What is said about private reminders: when they come, what they say, which there are."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.text import Text, bold, code, lines, say
from commands.times import clock_time
from config.policy.remind import Fault

TOMORROW = "Remind me tomorrow"
AGAIN = "Again tomorrow"
CANCEL = "Cancel"
EXAMPLE = "tomorrow, monday, in 3 days, 2 h, 2026-12-24"
HELP = f"For example {EXAMPLE}. Only you see it, and it stops nothing."

_FAULTS = {
    Fault.UNKNOWN: f"Write a time such as {EXAMPLE}.",
    Fault.PAST: f"That is not ahead of us. Write a later time, such as {EXAMPLE}.",
    Fault.TOO_FAR: "A reminder comes within a year. Write an earlier time, such as in 3 days.",
}


def wrong(fault: Fault) -> str:
    """No time could be read."""
    return _FAULTS[fault]


def kept(report: str, at: datetime, zone: tzinfo, *, moved: bool) -> Text:
    """A reminder is kept, or came to another time."""
    head = "The reminder now comes" if moved else "You are reminded"
    return say(f"{head} {clock_time(at, zone)} of ", bold(report), ". Only you see it, and it stops no clock.")


def cancelled(report: str) -> Text:
    """A reminder was taken back."""
    return say("You are not reminded of ", bold(report), " any more. Its clocks go on as before.")


def none_for(report: str) -> Text:
    """There was no reminder to take back."""
    return say("No reminder of ", bold(report), " waits for you. Set one with ", code("/vdp case remind tomorrow"), ".")


def none() -> Text:
    """Somebody has no reminder."""
    return say("No reminder waits for you. Set one in a report's channel with ", code("/vdp case remind tomorrow"), ".")


def all_of(rows: list[tuple[str, datetime]], zone: tzinfo) -> Text:
    """Somebody's reminders, the next first."""
    return lines([say(bold("Your reminders")), *(say("• ", bold(report), f": {clock_time(at, zone)}") for report, at in rows),
                  say("Cancel one below, or move it by setting it again.")])


def done(report: str) -> Text:
    """Nothing is left to be reminded of."""
    return say(bold(report), " is done, so nothing is left to remember. Choose another report.")


def head() -> Text:
    """Above what somebody asked to be reminded of."""
    return say(bold("You asked to be reminded"))
