"""What is said when a release meets work that another one began. Decides words only, as plain strings for a terminal."""

from __future__ import annotations

from commands.times import count

GOOD = "nothing of another release is under way"
HINT = ("Start the earlier release and wait until its doctor says that nothing is on the way. Pause intake meanwhile. "
        "Where /vdp upkeep dead-letters says that others wait, revive or give up. Then stop it and start this one.")


def found(number: int) -> str:
    """What stands in the way."""
    return f"{count(number, 'record')} of another release {'is' if number == 1 else 'are'} unfinished, and this one cannot go on with them"


def refused(number: int) -> str:
    """Why this release does not start or migrate."""
    return f"{found(number)[0].upper()}{found(number)[1:]}. Nothing was changed. {HINT} Where it is gone, restore the backup you made before."
