"""What is said about other vendors whose models a flaw hits too: who tells them, until when details wait, and for whom."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from commands.text import Button, Text, bold, say
from commands.times import clock_time
from config.policy.vendors import Vendors
from config.program import Program

TOLD: Final = "Record who was told"
TELL: Final = "Tell the other vendors that are hit, and record it"
NOBODY: Final = "Nobody else is to be told"
REASON: Final = "Say in a sentence why no other vendor is to be told, such as: the other model is our own under an older name."


def on_card(found: Vendors, program: Program) -> Text:
    """The one line of a triage card."""
    until = found.until(program.embargo.vendor_notice)
    if until is None:
        return say("Other vendors' models are hit, and nobody is recorded as told. The lead tells them, or a coordinator: "
                   "/vdp embargo party told.")
    return say(f"Other vendors were told; details wait for their notice until {clock_time(until, program.tz)}.")


def shown(found: Vendors, program: Program, *, said: bool) -> Text:
    """How it stands, in `embargo show`; `said` tells whether the researcher said who else knows."""
    days = program.embargo.vendor_notice.days
    more = " The researcher said who else knows: /vdp case facts." if said else ""
    until = found.until(program.embargo.vendor_notice)
    if until is None:
        return say(f"Other vendors' models are hit, and nobody is recorded as told. Tell them or a coordinator, then record it: "
                   f"/vdp embargo party told. Details wait {days} days from then.{more}")
    return say(f"Other vendors have their notice until {clock_time(until, program.tz)}, {days} days after the last one was told.{more}")


def buttons(report: str, *, first: bool = False) -> tuple[Button, ...]:
    """What the lead does about them; `first` before anything else."""
    return (Button(f"embargo party report={report} act=told", TOLD, "primary" if first else "secondary"),
            Button(f"embargo no-vendors report={report}", NOBODY))


def lacks(found: Vendors, program: Program) -> str:
    """What publication lacks, who brings it about and when it is over."""
    until = found.until(program.embargo.vendor_notice)
    if until is None:
        return (f"no other vendor is recorded as told; the lead tells them, and /vdp embargo party told NAME starts their "
                f"{program.embargo.vendor_notice.days} days")
    return f"other vendors have their notice until {clock_time(until, program.tz)}, and details wait for that"


def then_publish(notice: str | None, zone: tzinfo) -> str:
    """What the lead does once an embargo is over; `notice` is until when other vendors have theirs, empty while nobody told them."""
    if notice is None:
        return "Publish it too."
    if not notice:
        return "Other vendors' models are hit, so our details wait: tell them, and record it with /vdp embargo party told."
    return f"Our details wait for the notice to other vendors until {clock_time(datetime.fromisoformat(notice), zone)}; publish it then."


def recorded(until: datetime | None, zone: tzinfo, *, again: bool) -> Text:
    """Answers the lead who recorded a telling."""
    head = "That one was told before, and the first time counts." if again else "Recorded: told."
    return say(f"{head} Details wait until {clock_time(until, zone)}." if until is not None else head)


def nobody(report: str) -> Text:
    """Answers the lead."""
    return say("Recorded with your reason: for ", bold(report), " no other vendor waits for a notice. If one turns up, record it with "
               "/vdp embargo party told.")


def nobody_already(report: str) -> Text:
    """There is none to begin with."""
    return say("For ", bold(report), " no other vendor waits for a notice. Nothing was changed.")


def for_reporter(until: datetime | None, zone: tzinfo) -> Text:
    """What the researcher reads of it."""
    if until is None:
        return say("Other vendors are affected too. We tell them before any details appear.")
    return say(f"Other vendors are affected too and have their notice until {clock_time(until, zone)}. We publish no details before.")


# -- reminders to the lead ---------------------------------------------------------------------------------------

def remind(step: str, due: str) -> str:
    """One line of the lead's morning list."""
    if step == "notice-over":
        return f"the notice to other vendors ended {due}. It keeps no details back any more."
    when = f" If they are told by {due}, their notice ends with the embargo." if due else ""
    head = "other vendors' models are hit" if step == "tell" else "nobody is recorded as having told the other vendors that are hit"
    return f"{head}. Tell them or a coordinator, and record it with /vdp embargo party told.{when}"
