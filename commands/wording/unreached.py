"""What is said about a researcher who cannot be written to, and to them when they come by another way."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.text import Text, bold, code, say, shorten
from commands.times import clock_time

_SHOWN = 1_500  # characters of one message in a status


def for_the_team() -> Text:
    """Said once in the report's channel."""
    return say("The researcher cannot be written to: their direct messages are closed, or they left. Nothing is lost. What you "
               "send is kept; they can read and answer it with ", code("status"), ", and we try again daily and when we hear "
               "from them. Write as usual.")


def unread(report: str, at: datetime, text: str, zone: tzinfo) -> Text:
    """One message that could not be delivered, as a status shows it."""
    return say("We wrote to you about ", bold(report), f", {clock_time(at, zone)}, and could not deliver it:\n", shorten(text, _SHOWN))


def open_your_messages() -> Text:
    """How a person gets their messages as before."""
    return say("Your direct messages are closed to us. Answer with the button, or open them.")
