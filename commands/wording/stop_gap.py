"""What owners read about a stop-gap: until when it stays, what is asked at its end, and what the researcher hears when it is off."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.text import Button, Text, bold, code, say
from commands.times import day

ASKED = "Say how the stop-gap goes on"


def buttons(report: str) -> tuple[Button, ...]:
    """The three answers at the end of a stop-gap."""
    r = f"report={report}"
    return (Button(f"case stop-gap {r}", "Still in place until ...", "primary"), Button(f"fix {r}", "The fix is ready"),
            Button(f"case stop-gap-off {r}", "It is off"))


def on_card(until: datetime, zone: tzinfo, *, over: bool) -> Text:
    """Until when it stays, on the card."""
    if over:
        return say(f"The stop-gap was meant to last until {day(until, zone)}; the owner is asked.")
    return say(f"Stop-gap until {day(until, zone)}; the owner is asked then.")


def stays(until: datetime, zone: tzinfo) -> Text:
    """A new end is recorded."""
    return say("Recorded: it stays in place until ", bold(day(until, zone)), ". You are asked again then. The fix is still due.")


def recorded_already() -> Text:
    """A stop-gap without a new date changes nothing."""
    return say("A stop-gap is recorded already. To move its end, send ", code("/vdp case stop-gap 2026-12-31"), ".")


def none_here(report: str) -> Text:
    """There is no stop-gap."""
    return say("No stop-gap of ", bold(report), " is in place. To record one, send ", code("/vdp mitigate"), ".")


def off() -> Text:
    """The answer when it is off."""
    return say("Recorded: the stop-gap is off, and the researcher is told. The fix is due as before.")


def off_told(report: str, due: datetime | None, zone: tzinfo) -> Text:
    """To the researcher: it is off before the fix."""
    date = f" The date we aim for is {day(due, zone)}." if due else ""
    return say("The stop-gap for ", bold(report), f" is no longer in place, and the fix is not ready yet.{date}")
