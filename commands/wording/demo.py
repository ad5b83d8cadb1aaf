"""What the demo says of each step: what was done, and who saw what.

Decides words only, as plain strings for a terminal. The story itself is `bot/demo.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from commands.times import clock_time

TITLE = "The story of one report"
PLAYED = "That was the whole life of a report, on a real bot. Begin your own with `run`."

REPORT = ("Title: Persona prompt opens a refused topic\nSystem: acme-chat\nCategory: jailbreak\nWorked: 3 of 10\n\n"
          "A persona prompt makes the assistant explain step by step what it refuses to explain otherwise.")
TELLING_WORDS = "step by step"
QUESTION = "Which account did you use?"
ANSWER = "A fresh test account, in the web app."
CREDIT = "Quiet Heron"


def hello(by: str) -> str:
    """The first answer."""
    return f"A researcher says hello and hears who reads, and that a person answers by {by}."


def sent(report: str, digest: str) -> str:
    """The receipt."""
    return f"They send one encrypted message and get a receipt for {report}, with the SHA-256 {digest[:12]}… of what arrived."


def opened(channel: str, members: list[str]) -> str:
    """The private channel."""
    return f"The private channel {channel} opens for {', '.join(members)}; the researcher does not see it."


def acknowledged(who: str) -> str:
    """The acknowledgement."""
    return f"{who} acknowledges with one press; the researcher reads it from “a security triager”."


def talked(pseudonym: str) -> str:
    """A question and its answer."""
    return f"A question goes out without a name, the answer comes in; the channel knows the researcher as {pseudonym}."


def morning(now: datetime, who: str) -> str:
    """The next morning."""
    return f"{clock_time(now)}: the clock moves on, and {who} finds one morning list with what is due."


def accepted(level: str) -> str:
    """Two disciplines accept."""
    return f"Security proposes {level}, machine learning agrees; the report is accepted and the researcher told why."


def tried() -> str:
    """Trials of our own, before there is a fix."""
    return "Before anybody fixes it: it works in 3 of 10 of our own tries, so in 11 to 60 % of all. The cause is named: alignment."


def taken(on: date) -> str:
    """The owner takes the fix."""
    return f"The owner reads the brief and takes it until {on:%a} {on.day} {on:%b} {on.year}; the researcher hears the date, not the name."


def failed_fix() -> str:
    """The first fix does not hold."""
    return "The first fix is tried by somebody else: it still works in 9 of 30. Back to the owner."


def good_fix() -> str:
    """The second fix holds."""
    return ("The second fix holds in ten tries, which proves little. It holds in 149, for variants as well, and refuses nothing "
            "ordinary: it is the researcher's to retest.")


def retested() -> str:
    """The researcher retests."""
    return "The researcher tries again and presses [It is fixed]; the report is resolved."


def published(name: str) -> str:
    """Agreement, credit, publication."""
    return f"Both sides agree to publish, the researcher asks to be thanked as {name}, the lead publishes."


def digest() -> str:
    """What leadership reads."""
    return "Leadership asks for the digest: counts and promises, no title, no reporter."


def hall(now: datetime) -> str:
    """The hall of fame."""
    return f"{clock_time(now)}: everybody reads the hall of fame; the channel is archived."


def chain(entries: int) -> str:
    """The ledger."""
    return f"The ledger has {entries} entries, and each follows from the one before."


def missed(what: str) -> str:
    """A step that did not show what it should."""
    return f"This step should have shown {what}, and did not. The story ends here."
