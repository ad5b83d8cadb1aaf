"""The sentences of the page with the programme's key, and of security.txt."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from commands.text import Text, Words, code, link, say
from commands.times import clock_time, day
from config.program import Program

TITLE: Final = "Our key"
LABEL: Final = "Fingerprint, to compare with the bot’s answer to the word key"
DOWNLOAD, NO_PGP = "Download the key", "No PGP? Write here"
QR: Final = "The fingerprint as a QR code"
ROWS: Final = {"valid": "Valid", "name": "Name in it", "before": "Before it", "also": "Also in"}
COMMANDS: Final = "On the command line"


def lead(program: Program) -> str:
    """What the key is for and who reads what is encrypted to it."""
    return f"Encrypt every detail of a flaw to this key. {readers(program)}"


def readers(program: Program) -> str:
    """Who reads a report."""
    if program.mode == "open":
        return ("One security triager, one machine learning triager and the programme lead read what is inside; the chat platform "
                "holds it in their private channel.")
    return "One security triager, one machine learning triager and the programme lead read what is inside."


def valid(made: datetime, ends: datetime | None, zone: tzinfo) -> str:
    """From when to when the key holds."""
    return f"{day(made, zone)} to {clock_time(ends, zone)}" if ends is not None else f"since {day(made, zone)}, without an end"


def before(fingerprints: tuple[str, ...]) -> Text:
    """The keys before this one."""
    parts: list[Words] = []
    for one in fingerprints:
        parts += [", " if parts else "", code(f"{one[-8:-4]} {one[-4:]}")]
    return say(*parts, ": still opens what was encrypted to it")


def also(*, signed: bool) -> Text:
    """Where the key stands besides."""
    return say(link("security.txt", "/.well-known/security.txt"), ", signed," if signed else "", " and in the bot: send ", code("key"))


def commands(file: str, fingerprint: str) -> list[str]:
    """The three commands that encrypt a report."""
    return [f"gpg --import {file}", f"gpg --fingerprint {fingerprint}", f"gpg --armor --encrypt --recipient {fingerprint} report.txt"]


def then() -> Text:
    """What to do with the result."""
    return say("Compare the fingerprint. Then paste or drop ", code("report.txt.asc"),
               " into a direct message with the bot. A receipt follows within seconds.")


def no_key_end(ends: datetime | None, now: datetime) -> str:
    """Said in place of the first button when the key has ended."""
    return "This key has ended. Do not encrypt to it; ask the contact in security.txt." if ends is not None and ends <= now else ""


# -- security.txt ------------------------------------------------------------------------------------------------------

HEAD: Final = "How to tell us about a flaw in our AI systems. The page named under Policy says what we promise."


def checksum(digest: str) -> str:
    """The comment that vouches for the page that encrypts."""
    return f"SHA-256 of what encrypts at /encrypt: {digest}"
