"""The sentences of the command line: what is missing, what is wrong, what to do next.

Decides words only, as plain strings for a terminal. What operators read in chat is in `upkeep.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.policy.codes import Code

# The groups of `python -m bot --help`, in the order in which an operator meets them.
PANEL_START = "Start"
PANEL_OWN = "A programme of your own"
PANEL_HOSTED = "Hosted"
PANEL_CARE = "Look after it"
PANEL_JUDGE = "Judge reports"

NOT_RUNNING = "The bot is not running on this data folder. Start it with `run`, then repeat this."
DATABASE_AWAY = "The database cannot be read. Check DATABASE_URL, the server and the disk; nothing was changed."
DATABASE_FOREIGN = "Not Harborlight's database, or never finished its first start."
WRONG_KEY = "HARBORLIGHT_MASTER_KEY: not the key that sealed this database. Nothing was changed."
NO_PROGRAM_KEY = "No programme key yet. Start the bot once with `run`, or set HARBORLIGHT_PROGRAM_KEY."
WHO = "Say who does it, such as --as triager-sec."
NOTHING_ASKED = "This opened no form. Leave out --set."
ENDS_WITH_EMPTY = "several lines; an empty one ends it"

CODES: dict[Code, str] = {
    Code.ACCEPTED: "opens, and would become a report",
    Code.NOT_PGP: "is not an OpenPGP message",
    Code.EMPTY: "holds nothing",
    Code.PLAINTEXT_MESSAGE: "is clear text; the sender would be asked whether to use it",
    Code.PUBLIC_KEY: "is a public key, not a message",
    Code.PRIVATE_KEY: "holds a private key; nothing would be kept",
    Code.CLEARSIGNED: "is signed text, not encrypted",
    Code.SIGNED_ONLY: "is signed, not encrypted",
    Code.DETACHED_SIGNATURE: "is a signature alone",
    Code.WRONG_RECIPIENT: "is encrypted to another key",
    Code.SYMMETRIC_ONLY: "is encrypted with a password only",
    Code.NO_INTEGRITY: "has no protection against changes",
    Code.TAMPERED: "was changed on the way",
    Code.TRUNCATED: "ends too early",
    Code.MALFORMED: "breaks the rules of the format",
    Code.UNSUPPORTED_FORMAT: "uses a format that this gpg cannot open",
    Code.TOO_LARGE: "is larger than the programme takes",
    Code.DECOMPRESSION_BOMB: "grows past the limit when it is opened",
    Code.TOO_COMPLEX: "has too many packets, layers or recipients",
    Code.EMPTY_PLAINTEXT: "opens, and holds nothing",
    Code.MULTIPLE_MESSAGES: "holds more than one message",
    Code.INCOMPLETE: "is a part; the rest is missing",
    Code.UNSUPPORTED_FILE: "is a file that intake does not take",
    Code.INTERNAL: "could not be examined here; try again",
}
SHORT_TALK = "is a few words in clear text: talk, not a report"


def mode_not_built(mode: str) -> str:
    """Why the bot does not start: the programme says that reports are read in a way that does not exist yet."""
    return (f'mode: {mode} is planned and not built; its triagers could not open a report, and researchers would be promised too '
            'much. Write mode = "open" in the programme file.')


UNREADABLE_MISSING = "there is no such file"
UNREADABLE_KIND = "it is not a file"
UNREADABLE = "it cannot be read"


def never_started(data: str) -> str:
    """Said when a tool is pointed at a folder in which no bot has ever run."""
    return f"{data} holds nothing of Harborlight. Start the bot once with `run --data {data}`, or name the right folder with --data."


def cannot_start(why: str) -> str:
    """Said when a command ends before it began."""
    return f"Harborlight cannot start: {why}"


def settings_wrong(problems: list[str]) -> str:
    """List every problem of the settings."""
    return "Harborlight cannot start:\n" + "\n".join(f"  {one}" for one in problems)


def program_wrong(problems: Iterable[str]) -> str:
    """List every problem of the programme file."""
    return "The programme file has problems:\n" + "\n".join(f"  {one}" for one in problems)


def port_taken(port: int) -> str:
    """Said when the port of the page cannot be had."""
    return f"Port {port} cannot be used; another program may have it. Try --port 0."


def path_trouble(name: str, why: str) -> str:
    """Said when a file or a folder cannot be used."""
    return f"{name} cannot be used: {why}. Check its owner and the disk's room."


def unexpected(kind: str, where: str) -> str:
    """Said of a fault of ours: its kind and where, never its text, which could hold a secret."""
    return f"Something went wrong on our side ({kind} at {where}). Run it again; if it stays, report this line."


def not_there(name: str) -> str:
    """Said when nothing answers as a bot does."""
    return f"No bot answers at {name}. {NOT_RUNNING}"


def unknown_field(name: str, fields: list[str]) -> str:
    """Refuses a --set for a field that the form does not have."""
    return f"The form has no field {name}. Its fields: {', '.join(fields)}."


def not_a_pair(text: str) -> str:
    """Refuses a --set that is no pair."""
    return f"{text}: write --set name=value."


def still_needed(name: str) -> str:
    """Said when input ended before a needed field was given."""
    return f"Still needed: {name}. Nothing was sent; give it with --set {name}=..."


def no_such_choice(name: str) -> str:
    """Refuses an answer that is none of the choices."""
    return f"{name}: choose one by number or name."


def no_such_file(name: str) -> str:
    """Refuses a file that cannot be read."""
    return f"{name} cannot be read. Nothing was sent."


def migrated(done: bool) -> str:
    """Said after a migration."""
    return "The database is at this release now." if done else "The database is at this release already."


def audit_holds(count: int, digest: str, anchors: int) -> str:
    """Said when the whole chain holds."""
    seen = f", and {anchors} {'anchor agrees' if anchors == 1 else 'anchors agree'}" if anchors else "; no anchor to compare with"
    return f"The ledger holds: {count} entries, each from the one before{seen}. Head {digest}."


def audit_broken(number: int, what: str) -> str:
    """One break of the chain."""
    return f"Entry {number} {what}."


def audit_advice(count: int) -> str:
    """Said below the breaks."""
    faults = "1 fault" if count == 1 else f"{count} faults"
    return f"The ledger is broken, {faults}. Stop the bot, copy the database, and compare with your last backup."


def anchor_differs(day: str) -> str:
    """A break that only an anchor shows."""
    return f"differs from the anchor of {day}"


def anchor_missing(day: str) -> str:
    """An anchored entry that is gone."""
    return f"is missing, the anchor of {day} names it"


OLDER_KEY = "older, opens only"


def expires(at: str) -> str:
    """When a key ends."""
    return f"expires {at}" if at else "never expires"
