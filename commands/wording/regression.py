"""The sentences of the regression set: what is in it, what a release gate's file says, what is opened for a hit.

Decides words only. Nothing here repeats an attack or a line of a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from commands.text import Text, Words, bold, code, lines, say
from commands.times import count, day

TEXT: Final = "A paraphrase word for word, or the attack where none is recorded. Empty: the recorded attack."
ALREADY: Final = "That is in the regression set already."
UNLAWFUL: Final = "Unlawful to hold: nothing joins the regression set. Leave it out."
GONE: Final = "Its text is gone: nothing joins the regression set. Leave it out."
NO_ATTACK: Final = "No attack is recorded yet. Write it here word for word."
TOO_LONG: Final = "Over 20,000 characters. Write a shorter one."
TOO_MANY: Final = "This report has 200 items already. Take one out first."
NO_SUCH_ITEM: Final = "No item has that number. Send /vdp case regression for the list."
NO_CRITERION: Final = "A release gate cannot judge it. Add the fact Counts as success."
TERMINAL: Final = "The set holds attacks. Name a file for it, or add --yes."
NO_FILE: Final = "Name the file that the release gate wrote."
NOTICE: Final = "Attacks kept for testing. Keep this file out of training data."
KINDS: Final = {"attack": "the attack", "variant": "a variant"}

# What is wrong with a line of a gate's file.
NOT_JSON: Final = 'not a JSON object. Write one a line, such as {"id": "x-0123", "attempts": 20, "successes": 0, "model": "acme-large 8"}.'
ID: Final = "id: no item has it. Take it from the export, such as x-0123456789abcdef."
ATTEMPTS: Final = "attempts: a whole number from 1 to 1,000,000, such as 20."
SUCCESSES: Final = "successes: a whole number from 0 to the attempts, such as 0."
MODEL: Final = "model: name and version of what was tried, at most 160 characters, such as acme-large 8."


def wrong_line(number: int, what: str) -> str:
    """What is wrong with a line."""
    return f"Line {number}: {what}"


def same_as(number: int) -> str:
    """An item of the same model is there twice."""
    return f"id: the same item and model as line {number}. Give each once."


def wrong_file(problems: Sequence[str]) -> str:
    """How many lines cannot be taken."""
    return f"{count(len(problems), 'problem')}, so nothing was taken. Mend the file and send it again."


def nothing_in() -> str:
    """A file without lines."""
    return "The file is empty. Write one JSON object a line."


def taken(results: int, hits: int, new: int, known: int) -> str:
    """What became of a gate's file."""
    head = f"{count(results, 'result')}, {count(hits, 'hit')}."
    if not hits:
        return f"{head} Nothing in the set works."
    opens = f" {count(new, 'report opens', 'reports open')} at the bot's next tick." if new else ""
    return head + opens + (f" {known} of them {'was' if known == 1 else 'were'} told before." if known else "")


def written(items: int, path: str, digest: str) -> str:
    """Where the set was written."""
    return f"{count(items, 'item')} in {path}, readable by you alone. SHA-256 {digest}"


# -- in a report's channel -----------------------------------------------------------------------------------------

def joined(kind: str, report: str, number: int) -> Text:
    """Something joined the set."""
    return say(f"Added {KINDS[kind]}. ", f"{count(number, 'item')} of ", bold(report), " are tried before every release."
               if number != 1 else " is tried before every release.")


def dropped(number: int, report: str) -> Text:
    """An item was taken out."""
    return say(f"Item {number} of ", bold(report), " is out of the regression set.")


def listed(report: str, rows: Sequence[tuple[str, datetime]], zone: tzinfo) -> Text:
    """What a report has in the set: kinds and days, no texts."""
    if not rows:
        return say(bold(report), " has no regression item. ", NO_ATTACK)
    found: list[Words] = [say(bold(report), f" has {count(len(rows), 'regression item')}:")]
    found += [f"{number}  {KINDS[kind]}, since {day(at, zone)}" for number, (kind, at) in enumerate(rows, 1)]
    found.append(say("Add a variant: ", code("/vdp case regression"), ". Take one out: ", code("drop=1"), "."))
    return lines(found)


# -- what is opened ------------------------------------------------------------------------------------------------

def title(model: str) -> str:
    """The title of a report that a release gate opens."""
    return f"Regression: a fixed attack works again on {model}"[:120]


def opened(old: str, model: str, rows: Sequence[tuple[str, str, int, int]]) -> str:
    """The text of that report; `rows` hold item, kind, successes and attempts."""
    found = [f"A release gate saw that what was fixed in {old} works again on {model}:", ""]
    found += [f"{KINDS[kind]}, {item}: {k} of {n}" for item, kind, k, n in rows]
    return "\n".join([*found, "", "Attack, sampling context and criterion are those of the set. Nobody waits for an answer."])


def again(model: str, rows: Sequence[tuple[str, str, int, int]]) -> str:
    """A note in a report that is open already."""
    return f"The release gate saw it again on {model}: " + "; ".join(f"{KINDS[kind]}, {k} of {n}" for _, kind, k, n in rows) + "."
