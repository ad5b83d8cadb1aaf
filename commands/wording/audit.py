"""What is said about an export for auditors, in its README and on the command line. Decides words only, as plain strings."""

from __future__ import annotations

from datetime import date, datetime

from commands.times import clock_time
from config.policy.deadlines import Piece

BACKWARDS = "The last day is before the first one. Write --from and --to as days, such as 2026-01-01."
_WHY = {"question": "the researcher was asked something", "checking": "a fix was thought to be ready",
        "agreement": "the researcher had not agreed to publish", "notice": "other vendors had their notice"}
_STEPS = {"capped": "never later than", "granted": "more time was granted until", "due": "due"}


def taken(path: str) -> str:
    """There is something where the export was to go."""
    return f"{path} is there already, and nothing was written. Name another place with --out."


def done(path: str, *, entries: int, clocks: int, number: int, digest: str) -> str:
    """An export was written."""
    return (f"{path}: {entries} entries and {clocks} clocks. The last entry is {number}, digest {digest}. Give the auditors that digest "
            "and your copy of anchors.txt apart from the export.")


def piece(one: Piece) -> str:
    """One piece of why a clock was due when it was."""
    match one.what:
        case "started":
            return f"started {_when(one.at)}"
        case "length":
            return f"length {one.length.written if one.length is not None else ''}".strip()
        case "paused":
            return f"did not count from {_when(one.at)} to {_when(one.until) or 'now'}: {_WHY.get(one.why, one.why)}"
        case "held":
            return f"lay with others from {_when(one.at)} to {_when(one.until) or 'now'}: {_WHY.get(one.why, one.why)}"
        case "stopped":
            return f"stopped {_when(one.at)}" + (f" by {one.why.replace('_', ' ')}" if one.why else "")
        case _:
            return f"{_STEPS.get(one.what, one.what)} {_when(one.at)}"


def _when(instant: datetime | None) -> str:
    return clock_time(instant) if instant is not None else ""


def readme(first: date, last: date, *, entries: int, number: int, digest: str) -> str:
    """The page that lies beside the files."""
    return f"""An export of the ledger of a disclosure programme
=================================================

Span: {first.isoformat()} to {last.isoformat()}, both days included, as they were written down.
Entries: {entries}. The last one is number {number}, with the digest
{digest}

The ledger is where the bot writes what was done, by whom and when, before it
answers. Entries are never changed. Each is bound to the one before it by its
SHA-256, and once a day number and digest of the newest one are written to a
file outside the database.

What is here
------------
ledger.jsonl   the entries, one a line, in order
roster.csv     who was given or lost a role, or a place on a report
clocks.jsonl   each clock that ran in the span: start, due, stopped, pauses,
               and why it was due then; worked out from the ledger with the
               programme's numbers of today, as it stood at the end of the span
anchors.txt    the anchors of the span: day, number, digest
manifest.json  the span, the link to the entry before it, and the SHA-256 of
               each file
verify.py      a program of one page that checks all of it; read it first

What is not here: text and titles of reports, messages, files, and the names or
accounts of people. A person is an id that means nothing outside the programme.

How to check it
---------------
    python verify.py

It ends with 0 faults when every entry follows from the one before. That proves
that the export agrees with itself. For more, ask for the anchors and the last
digest by another way, from a machine that the programme's operators do not
write to, and run

    python verify.py --anchors THEIR-COPY.txt --head DIGEST

All times are UTC.
"""
