"""What is said between the pages of a form that a platform shows in several."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from commands.text import Text, say
from commands.times import clock_time, length

CONTINUE = "Continue"
CORRECT = "Correct it"
EDIT = "Edit"


def goes_on(until: datetime, zone: tzinfo) -> Text:
    """One page is kept, and there is another."""
    return say(f"Kept, and not sent yet. Press {CONTINUE} for the rest; it is kept until {clock_time(until, zone)}.")


def form_gone(lasts: timedelta) -> Text:
    """A form that was sent already, or left open too long."""
    return say(f"That form is no longer open: it was sent, or left for more than {length(lasts)} and destroyed. Open it again.")
