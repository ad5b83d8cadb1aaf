"""What an announcement says: who is thanked, for what, and where to read about it."""

from __future__ import annotations

from commands.text import Span, Text, link, say


def hall(name: Span, *, what: str, level: str, fixed: str, broke: bool, when: str, page: str) -> Text:
    """The announcement of one report; `page` is the address of its advisory, if it has one."""
    more = " They also broke a fix of ours in the retest, which helps as much as a find." if broke else ""
    read: tuple[str | Span, ...] = (" ", link("Read the advisory", page), ".") if page else ()
    return say("Thank you, ", name, f". {what}, {level}, found and reported under our policy.{fixed}{more} Published {when}.", *read)
