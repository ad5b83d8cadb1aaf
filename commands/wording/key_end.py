"""What is said about the end of the programme's key, and about moving it. Decides words only."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.text import Text, code, lines, pre, say
from commands.times import clock_time, day

BUTTON = "Extend by a year"


def wanted(until: datetime, zone: tzinfo) -> Text:
    """The end is being moved."""
    return say(f"The key is being extended until {clock_time(until, zone)}; its fingerprint stays. You hear here when it is done. "
               "Then publish it where the old one stands.")


def far_off(expires: datetime | None, zone: tzinfo) -> Text:
    """There is nothing to extend yet."""
    if expires is None:
        return say("The key never expires.")
    return say(f"The key is valid until {clock_time(expires, zone)}, more than a year ahead.")


def by_hand(fingerprint: str, until: datetime) -> Text:
    """The bot has no primary: what to run where it is."""
    return lines([
        say("The bot lacks the primary key, so it cannot move the end. Take the primary from the recovery kit to a machine "
            "without a network, and run there:"),
        pre(f"python -m bot keys extend --primary primary.asc --until {until:%Y-%m-%d}"),
        say("Put the setting it prints into ", code("HARBORLIGHT_PROGRAM_KEY"),
            f" and restart the bot. The fingerprint stays {fingerprint}."),
    ], "\n\n")


def digest(expires: datetime, *, over: bool, zone: tzinfo) -> Text:
    """One line at the foot of the digest."""
    if over:
        return say(f"The programme key expired {day(expires, zone)}: researchers cannot encrypt to us. An administrator extends it.")
    return say(f"The programme key expires {day(expires, zone)}. An administrator extends it by a year.")


def near(due: str) -> str:
    """A line of an administrator's list."""
    return f"the programme key expires {due}. Extend it by a year; its fingerprint stays."


def over(due: str) -> str:
    """The same once it is over."""
    return f"the programme key expired {due}. Researchers cannot encrypt to us; extend it today."


def extended(due: str) -> str:
    """The end was moved."""
    return f"the programme key is extended until {due}, same fingerprint. Publish it anew where the old one stands."


def refused(due: str) -> str:
    """The end could not be moved."""
    return f"the programme key could not be extended and still ends {due}. Run keys extend on the machine to see why."


# Beside the key: who has it from before an extension.
OLDER_COPY = "We may extend it under this fingerprint; a saved copy works until its own day."
CLI_NO_PRIMARY = ("This key holds no secret primary, so its end cannot be moved. Take it from the recovery kit and run "
                  "keys extend --primary FILE.")
CLI_NO_FILE = "That file cannot be read, or holds no secret key. Export the primary with gpg --export-secret-keys."
CLI_NEVER_ENDS = "The key never expires. Nothing is to be done."


def cli_earlier(end: str) -> str:
    """The day that was asked for extends nothing."""
    return f"Give a future day after the key's end, {end}, such as --until 2030-12-31."


def cli_extended(fingerprint: str, until: str) -> str:
    """Said on the command line once the end was moved."""
    return f"{fingerprint} now expires {until}. A running bot shows it within seconds; publish it where the old one stands."


def cli_setting(fingerprint: str, until: str) -> str:
    """Said above the renewed setting."""
    return (f"{fingerprint} now expires {until}. Put this line into the bot's settings and restart it. "
            "It holds a secret: show nobody.")
