"""What is said about an advisory: the words it is drawn up with, its preview, and who is asked again when they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from commands.text import Text, bold, code, lines, quiet, say
from commands.wording import records
from config import taxonomy
from config.policy.advisory import Advisory
from config.policy.facts import FIELDS
from config.policy.states import State

FIRST: Final = "First edition."
EMPTY: Final = "Write one sentence."
NOTE: Final = "Say in one sentence what you corrected."


# -- drawn up from the record ------------------------------------------------------------------------------------

def title(category: str, systems: Sequence[str]) -> str:
    """A title for a report that brought none: what kind of flaw, and where."""
    what = category or "A flaw"
    return f"{what} in {systems[0]}" if systems else what


def happened(summary: str) -> str:
    """What happened, as far as the category says it."""
    return summary or "A researcher found a flaw and reported it under our policy."


def advice(found: Advisory, state: State) -> str:
    """What users should do, by how it ended."""
    if state is State.WONT_FIX:
        return "We decided not to fix this. Take it into account where you rely on the system."
    if found.verdict in ("verified", "verified_internally"):
        return "You need to do nothing: the fix is in place."
    if found.verdict in ("partial", "inconclusive"):
        return "The fix holds in part, or is not settled. Check what the system tells you before you rely on it."
    return "Take care where you rely on the system: this is not fixed yet."


# -- looking at it -----------------------------------------------------------------------------------------------

def preview(found: Advisory, *, public: bool) -> Text:
    """The advisory as people will read it."""
    category = taxonomy.current().categories.get(found.category)
    rows: list[Text] = [
        say(quiet(f"{'Public' if public else 'Draft'}, {found.id}, edition {found.revision}")), say(bold(found.title)), say(found.lead),
        say(records.numbers(found)), say(bold(records.HAPPENED)), say(found.happened),
    ]
    if found.changed:
        rows += [say(bold(records.CHANGED)), say(found.changed)]
    tried = "; ".join(f"{FIELDS[one].label}: {value}" for one, value in found.context)
    facts = [(records.SYSTEMS, ", ".join(one.shown for one in found.systems)), (records.CATEGORY, category.name if category else ""),
             (records.SEVERITY, records.severity(found)), (records.DATES, records.dates(found)), (records.TRIED, tried),
             (records.THANKS, found.credit)]
    rows += [say(f"{name}: {value}") for name, value in facts if value]
    return lines(rows)


def none_yet(report: str) -> Text:
    """It is too early."""
    return say("Nothing is drawn up for ", bold(report), " yet. You see it here once the report is resolved.")


def unchanged() -> Text:
    """The words are the same."""
    return say("These are the words that stand already.")


def kept(*, asked: bool) -> Text:
    """Answers who changed the words."""
    return say("Kept. Both sides agree to these words now.", " The researcher had read others and is asked again." if asked else "")


def changed_since(found: Advisory) -> Text:
    """Asks the researcher again."""
    return say("The advisory's words changed since you read it. This is what would be published:\n\n", preview(found, public=False),
               "\n\nDo you agree to it?")


# -- corrections -------------------------------------------------------------------------------------------------

def corrected(report: str, note: str) -> Text:
    """Tells the researcher of a correction."""
    return say("We corrected the advisory of ", bold(report), f": {note} Send advisory to read it.")


def correction_stands(number: int) -> Text:
    """Answers the second person."""
    return say(f"Edition {number} is public now. The earlier one stands no longer; the list of editions names the correction.")


def stands_already() -> Text:
    """Somebody agreed before."""
    return say("That edition stands already.")


def other_words(report: str) -> Text:
    """The correction was changed after it was proposed."""
    return say("The words of this correction changed since. Read them: ", code(f"/vdp embargo advisory {report}"), ".")


# -- refusals ----------------------------------------------------------------------------------------------------

def too_long(name: str, most: int) -> str:
    """A part of it is too long."""
    return f"The part “{name}” holds at most {most:,} characters. Shorten it; details may follow in a link."


def shorter(most: int) -> str:
    """The same, beside the input."""
    return f"At most {most:,} characters."


def empty(name: str) -> str:
    """A part of it is empty."""
    return f"The part “{name}” needs words. Write one sentence."


def no_note() -> str:
    """A public advisory is changed without saying how."""
    return "This advisory is public, so people must see what changed. Say in one sentence what you corrected."


def somebody_else() -> str:
    """The writer of the words cannot agree to them."""
    return "You wrote these words, so somebody else agrees to them. Ask a triager or the lead."


def lead_first() -> str:
    """A triager agrees to publication although no lead did."""
    return "The lead agrees first; a triager is asked when the lead wrote the advisory. Ask the lead."
