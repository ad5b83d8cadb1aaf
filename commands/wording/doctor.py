"""The sentences of doctor: what was found, and what to do where it is not as it should be.

Decides words only, as plain strings for a terminal. Each hint is one act.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from commands.times import clock_time, count, length

SETTINGS_GOOD = "can be used"
SETTINGS_HINT = "Set these in the environment or .env, then run doctor again."
PROGRAM_HINT = "Correct the programme file; docs/operator.md explains each number."
DATA_GOOD = "is there, for its owner only"
DATA_OPEN = "can be read by others"
DATA_OPEN_HINT = "Run chmod 700 on it, and see who else has an account here."
START_HINT = "Start the bot once with `run`, or name the right folder with --data."
RUNNING, STOPPED = "runs at", "does not run"
DATABASE_GOOD = "answers"
DATABASE_HINT = "Check DATABASE_URL and that the server runs."
SCHEMA_GOOD = "is the one of this release"
SCHEMA_OLD = "is older than this release"
SCHEMA_HINT = "Run `migrate`; the bot also does so when it starts."
SCHEMA_NEW_HINT = "Use the release that wrote it, or restore a backup."
MASTER_GOOD = "is the one that sealed this database"
MASTER_HINT = "Put the right master key back; without it nothing stored can be read."
KEY_HINT = "Put the programme key back, or look at gpg on this machine."
KEY_FOREVER = "opens what is encrypted to it, never expires"
EXPIRY_HINT = "Run `keys extend` or /vdp upkeep extend-key before then, and publish the renewed key."
LEDGER_HINT = "Run `audit verify`, stop the bot, and compare with your last backup."
MARKS_GOOD = "every one that is due was sent"
MARKS_HINT = "Start the bot, or look in its log."
DEAD_GOOD = "none"
DEAD_HINT = "See /vdp upkeep dead-letters, mend the cause, then /vdp upkeep revive KEY."
QUEUE_GOOD = "nothing waits"
OPEN = "reports are taken"
PAUSE_HINT = "Over 30 days: end it with /vdp program intake open, or say so on the policy page."
QUEUE_HINT = "Start the bot, or see /vdp upkeep dead-letters."
SLACK_GOOD = "takes the bot's tokens, with every scope"
SLACK_HINT = "See docs/slack.md for each token and scope."
SLACK_CHANNEL_HINT = "Make the channel and invite the bot, or name another under [channels]."
DISK_HINT = "Make room: a full disk stops intake."
SIGNING_EMPTY = "HARBORLIGHT_SIGNING_KEY is set and holds no key, so security.txt is not signed"
SIGNING_FOREVER = "signs security.txt, and never expires"
SIGNING_HINT = "Put a secret key that signs, without a passphrase, in HARBORLIGHT_SIGNING_KEY, and start the bot again."
CHECK_HINT = "Run doctor again; if it stays, report this line."


def programme(name: str, version: str) -> str:
    """Which programme it is."""
    return f"{name}, version {version[:12]}"


def slack_channel(name: str) -> str:
    """A standing channel that is there."""
    return f"#{name} is there, the bot in it"


def slack_no_channel(name: str) -> str:
    """A standing channel that is missing."""
    return f"#{name} is missing or archived, or without the bot"


def entries(number: int, looked_at: int, digest: str) -> str:
    """How far the ledger goes and how much of it was verified."""
    return f"{count(number, 'entry', 'entries')}, the newest {looked_at} follow, head {digest[:16]}"


def broken(number: int, what: str) -> str:
    """Where the ledger breaks."""
    return f"entry {number} {what}"


def key(fingerprint: str, expires: datetime, left: timedelta) -> str:
    """The programme key and how long it is good for."""
    end = f"expires {clock_time(expires)}, in {length(left)}" if left > timedelta() else f"expired {clock_time(expires)}"
    return f"{fingerprint} opens what is encrypted to it; it {end}"


def signing(expires: datetime, left: timedelta) -> str:
    """The key of security.txt and how long it is good for."""
    if left <= timedelta():
        return f"expired {clock_time(expires)}, so security.txt is not signed"
    return f"signs security.txt; it expires {clock_time(expires)}, in {length(left)}"


def signs_not(why: str) -> str:
    """The key of security.txt makes no signature."""
    return f"security.txt is not signed: {why}"


def overdue(names: list[str], more: int) -> str:
    """Marks that should have been sent."""
    rest = f" and {more} more" if more else ""
    return f"unsent for over an hour: {', '.join(names)}{rest}"


def dead(messages: int, cards: int) -> str:
    """What could not be delivered."""
    parts = [count(messages, "message")] if messages else []
    parts += [count(cards, "card")] if cards else []
    return " and ".join(parts) + " could not be delivered"


def queue(number: int, oldest: timedelta) -> str:
    """What is on its way."""
    return f"{count(number, 'delivery', 'deliveries')}, the oldest for {length(oldest)}"


def disk(free: int) -> str:
    """How much room is left."""
    return f"{size(free)} free"


def size(number: int) -> str:
    """A number of bytes for people, rounded down."""
    for unit, step in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= step:
            return f"{number // step} {unit}"
    return f"{number} B"


def not_looked_at(kind: str) -> str:
    """A check that failed itself."""
    return f"could not be looked at ({kind})"
