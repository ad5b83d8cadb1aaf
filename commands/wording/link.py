"""What a person reads who joins accounts on several platforms, or takes them apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from commands.text import Text, bold, code, say
from commands.times import clock_time
from commands.wording.common import ROLE_WORDS, platform_word
from config.policy.states import Role


def issued(shown: str, until: datetime, zone: tzinfo, *, roles: bool) -> Text:
    """A fresh code."""
    return say("Your code is ", bold(shown), ". In your other account send the bot ", code(f"link {shown}"), " by "
               f"{clock_time(until, zone)}. It works once. Whoever sends it becomes you{', with your roles,' if roles else ''} there: "
               "give it to nobody.")


def no_such_code() -> Text:
    """The same for a wrong, a used and an old code."""
    return say("That code is used, over ten minutes old, or mistyped. Send ", code("link"), " in your other account for a fresh one.")


def too_many(until: datetime, zone: tzinfo) -> Text:
    """Too many wrong codes."""
    return say(f"Too many tries. Try again after {clock_time(until, zone)}.")


def same_account() -> Text:
    """A code that was sent where it came from."""
    return say("That code came from this account. Send it in your account on the other platform.")


def sure(platform: str, roles: Iterable[Role], reports: int) -> Text:
    """Asked where the account that types the code has something to lose."""
    has = [ROLE_WORDS[one].partition(" ")[2] or ROLE_WORDS[one] for one in sorted(roles)]
    parts = ([f"your roles here ({', '.join(has)})"] if has else []) + (["the reports you sent from here"] if reports else [])
    return say(f"The account on {platform_word(platform)} that made this code gets {' and '.join(parts)}. Go on only if it is "
               "yours.")


SURE = "It is mine: join them"


def joined(platform: str) -> Text:
    """Said in the account that typed the code."""
    return say(f"Joined: here and on {platform_word(platform)} you have the same reports and roles. Send ",
               code("unlink"), " to undo it.")


def joined_elsewhere(platform: str) -> Text:
    """Said in the account that asked for the code."""
    return say(f"An account on {platform_word(platform)} now has your reports and roles. If that was not you, "
               "send ", code("unlink"), " and tell us.")


def conflict() -> Text:
    """A researcher would become one of those who judge their report."""
    return say("One of these accounts sent a report that the other works on. Keep them apart.")


def nothing_joined() -> Text:
    """There is nothing to undo."""
    return say("This account is joined with no other. Send ", code("link"), " to join one.")


def apart() -> Text:
    """Said where it was undone."""
    return say("Taken apart. Each account has again what it brought.")


def apart_elsewhere() -> Text:
    """Said in the account on the other side."""
    return say("Your accounts are apart again: one sent ", code("unlink"), ". Each has again what it brought.")


def has_roles() -> Text:
    """A receipt code never passes roles on."""
    return say("This account has roles; a receipt code passes none on. Send ", code("link"), " in your other account instead.")
