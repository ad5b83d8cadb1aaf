"""The sentences of the operators' commands: what was not delivered, how the work stands, what the chain says.

Decides words only. What the command line of the operators says is in `tools.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from commands.text import Text, Words, bold, code, lines, say
from commands.times import clock_time, count

REASONS: dict[str, str] = {
    "dms_closed": "their direct messages are closed",
    "unknown_person": "nobody has that account any more",
    "channel_gone": "the channel is gone",
    "channel_archived": "the channel is archived",
    "message_gone": "the message is gone",
    "missing_permission": "the bot lacks a permission there",
    "no_access": "the bot does not see it",
    "guild_full": "the server can hold no more channels",
    "name_taken": "another channel has the name",
    "platform_off": "its platform is not connected",
    "forgotten": "its record is deleted, so it cannot be tried again",
}

KINDS: dict[str, str] = {
    "direct": "a direct message", "open_channel": "a new channel", "set_members": "a roster",
    "post": "a post", "refresh": "a card", "edit": "an edit", "erase": "an erasure",
    "close_channel": "the closing of a channel", "reopen_channel": "a channel that is used again",
}


def reason(word: str) -> str:
    """Return why something could not be delivered."""
    return REASONS.get(word, word.replace("_", " ") or "no reason was given")


def kind(word: str) -> str:
    """Return what a delivery is."""
    return KINDS.get(word, word.replace("_", " "))


def health(
    *, dead: int, held: int, queued: int, oldest: datetime | None, overdue: int, entries: int, zone: tzinfo,
) -> Text:
    """Say how the work stands, worst first."""
    found: list[Words] = []
    if dead or held:
        found.append(say(bold(count(dead + held, "dead letter")), f", {held} of them hold a lane. See ",
                         code("/vdp upkeep dead-letters"), "."))
    if overdue:
        found.append(say(bold(count(overdue, "report")), " should have been looked at an hour ago. Run ",
                         code("doctor"), " on the machine."))
    if queued:
        since = f", the oldest since {clock_time(oldest, zone)}" if oldest else ""
        found.append(f"{count(queued, 'delivery', 'deliveries')} on the way{since}.")
    if not found:
        found.append("Everything was delivered and no mark is overdue.")
    found.append(f"The ledger has {count(entries, 'entry', 'entries')}.")
    return lines(found)


@dataclass(frozen=True, slots=True)
class Dead:
    """One dead letter in a list: key, kind, reason, report, when it was begun, and whether others wait behind it."""

    key: str
    kind: str
    reason: str
    report: str
    at: datetime
    holds: bool


def dead_letters(rows: list[Dead], *, more: int, zone: tzinfo) -> Text:
    """List what could not be delivered: key, kind, reason, report and when it was begun."""
    if not rows:
        return say("There are no dead letters. Nothing waits for you here.")
    found: list[Words] = [say(bold(count(len(rows) + more, "dead letter")), ". Mend the cause, then send ",
                              code("/vdp upkeep revive KEY"), " to try again.")]
    for one in rows:
        about = f" about {one.report}" if one.report else ""
        waits = (" What comes after it waits; ", code(f"/vdp upkeep give-up {one.key}"), " lets it go on.") if one.holds else ()
        found.append(say(code(one.key), f": {kind(one.kind)}{about}, {clock_time(one.at, zone)}; {reason(one.reason)}.", *waits))
    if more:
        found.append(f"{more} more; revive some of these to see them.")
    return lines(found)


def revived(key: str, what: str) -> Text:
    """Said when a dead letter is tried again."""
    return say("Trying again: ", code(key), f", {kind(what)}. If it fails once more, it is listed again.")


def given_up(key: str) -> Text:
    """Said when nothing waits behind a dead letter any more."""
    return say("Nothing waits behind ", code(key), " any more; what cannot be delivered without it is listed. ",
               code("/vdp upkeep revive KEY"), " still tries it again.")


def no_dead_letter() -> Text:
    """Refuses a key that names no dead letter."""
    return say("No dead letter has that key. Copy one from ", code("/vdp upkeep dead-letters"), ".")


def forgotten() -> Text:
    """Refuses to revive what is no longer recorded."""
    return say("The record of this one is deleted. Say it anew in the report's channel.")


def chain_holds(entries: int, digest: str, *, first: int) -> Text:
    """Said when the entries that were looked at follow from one another."""
    part = "every entry follows" if first <= 1 else f"the entries from number {first} on follow"
    rest = "" if first <= 1 else " The whole chain is verified on the machine, with audit verify."
    return say(f"The ledger holds: {part} from the one before. {count(entries, 'entry', 'entries')}, head ",
               code(digest[:16]), f".{rest}")


def chain_broken(number: int, what: str, more: int) -> Text:
    """Said when an entry does not follow from the one before it."""
    others = f" {count(more, 'more fault')} after it." if more else ""
    return say(bold(f"The ledger is broken at entry {number}"), f": it {what}.{others} Stop the bot, copy the database, and "
                                                                "compare with your last backup and DATA/anchors.txt.")
