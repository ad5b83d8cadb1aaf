"""What is said around steps and messages that are taken back, and before words are sent that may be a mistake.

A note is never quoted and a text never repeated: only how much of what was found, and when it was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from commands.text import Text, Words, bold, code, lines, say
from commands.times import clock_time, count
from commands.wording.common import STATE_WORDS, researcher_word
from config.policy.states import State, Word, word

# -- unsend --------------------------------------------------------------------------------------------------------


def unsent(*, sent: bool, on_the_way: bool, reachable: bool, archived: bool, waits: bool, records: timedelta) -> Text:
    """The words are destroyed here but for the sealed record of the command; what is known so far of the other side."""
    if not sent and not on_the_way:
        there = "It was not delivered and never will be."
    elif on_the_way and reachable:
        there = "It had not arrived and is stopped; if it was on its way, it is erased there."
    elif reachable:
        there = "It is being erased on the researcher's side; they may have read it."
    else:
        there = "It could not be erased on the researcher's side: that account is gone. They may have read it."
    line = "" if archived else " Its line in the channel says how that ended; you hear if it failed." if reachable else ""
    still = (" The report still waits for an answer: ask again, or take the question back with ", code("/vdp undo"), ".")
    return say("Erased here; the sealed record of your command goes within ", f"{records.days} days. ", there, line, *(still if waits else ()))


def unsent_already(number: int) -> Text:
    """It was taken back before."""
    return say(f"Message {number} is taken back already; its line in the channel says how that ended.")


def unsent_line(name: str, at: datetime, how: str, zone: tzinfo) -> Text:
    """What stands in the channel in place of the words."""
    return say(f"Unsent by {name}, at {clock_time(at, zone)}: ", _HOW[how])


_HOW: Final[Mapping[str, str]] = MappingProxyType({
    "pending": "erased here, being erased on the researcher's side.",
    "erased": "erased on both sides. The researcher may have read it.",
    "never_sent": "not sent, and never will be.",
    "failed": "not erased there: the researcher may have read it.",
})


def not_erased(report: str, at: datetime, zone: tzinfo) -> Text:
    """Told to whoever took a message back, once the platform has refused."""
    return say("Your message to the researcher of ", bold(report), f", of {clock_time(at, zone)}, could not be erased there: they "
               "may have read it. Ours is erased. If it matters, write to them: ", code("/vdp reply"), ".")


def nothing_to_unsend(report: str, mine: Sequence[tuple[int, datetime]], zone: tzinfo) -> Text:
    """There is no such message of theirs."""
    if not mine:
        return say("You can take back no message to the researcher of ", bold(report), ". Write a correction instead.")
    listed = lines([say(f"{number}  {clock_time(at, zone)}") for number, at in mine])
    return say("Give the number of one of these, such as ", code(f"/vdp unsend {mine[-1][0]}"), ":\n", listed)


def went_beside(report: str, act: str, at: datetime, zone: tzinfo, mine: Sequence[tuple[int, datetime]]) -> Text:
    """The newest words of theirs went out with a step: no message that could be taken back holds them."""
    first = say("What the researcher of ", bold(report), f" was told with {act}, {clock_time(at, zone)}, cannot be taken back. Write a "
                "correction: ", code("/vdp reply"), ".")
    if not mine:
        return first
    listed = lines([say(f"{number}  {clock_time(at, zone)}") for number, at in mine])
    return say(first, " For an earlier message give its number, such as ", code(f"/vdp unsend {mine[-1][0]}"), ":\n", listed)


# -- undo ----------------------------------------------------------------------------------------------------------

TAKEN_BACK: Final = "taken back"


def undo_until(until: datetime, zone: tzinfo) -> str:
    """The button that takes a step back."""
    return f"Undo until {clock_time(until, zone)}"


def act_word(act: str) -> str:
    """Return a command as colleagues know it."""
    return act.removeprefix("case ")


def undone(report: str, act: str, state: State, *, told: bool) -> Text:
    """A step is taken back."""
    return say(f"Taken back: {act_word(act)}. ", bold(report), f" is {STATE_WORDS[state]} again, with the clocks it had. ",
               "The researcher is told once." if told else "The researcher hears nothing.")


def undone_already(report: str) -> Text:
    """It was taken back before."""
    return say("That step on ", bold(report), " is taken back already.")


_STANDS: Final[Mapping[Word, str]] = MappingProxyType({
    Word.RECEIVED: "your report is received; a person looks at it next.",
    Word.BEING_LOOKED_AT: "your report is being looked at again.",
    Word.WAITING_FOR_YOU: "your report waits for your answer to our last question.",
    Word.BEING_FIXED: "your report is accepted and being fixed.",
    Word.YOURS_TO_RETEST: "the fix is yours to try.",
})


def took_back(report: str, at: datetime, state: State, zone: tzinfo, *, asked: bool) -> Text:
    """The one correction to the researcher."""
    stands = _STANDS.get(word(state)[0], f"your report is {researcher_word(state)}.")
    return say(f"We took back what we told you {clock_time(at, zone)} about ", bold(report), f": {stands}",
               " You need not answer that question." if asked else "")


def nothing_to_undo(report: str) -> Text:
    """No step of theirs is left."""
    return say("No step on ", bold(report), " is yours to take back. For words to the researcher use ",
               code("/vdp unsend"), ".")


def not_yours(name: str, act: str, at: datetime, zone: tzinfo) -> Text:
    """The newest step is somebody else's."""
    return say(f"The last step is {name}'s: {act_word(act)}, {clock_time(at, zone)}. Ask them to take it back; yours stays.")


def not_the_last(act: str, at: datetime, zone: tzinfo) -> Text:
    """Another step came after the one that was pressed."""
    return say(f"You did {act_word(act)} after it, {clock_time(at, zone)}. Take that back first with ", code("/vdp undo"), ".")


def undo_too_late(act: str, until: datetime, zone: tzinfo) -> Text:
    """The time is over."""
    return say(f"{act_word(act).capitalize()} could be taken back until {clock_time(until, zone)}. Go on with the steps on the card.")


_SINCE: Final[Mapping[str, str]] = MappingProxyType({
    "answer": "answered", "appeal_asked": "asked for an appeal", "assigned": "assigned it", "owner": "named the owner",
    "owner_gone": "handed the fix back", "proposal": "proposed a step", "proposal_settled": "settled a proposal",
    "evidence": "recorded trials", "flag": "said that it is exploited or public", "credit": "chose the name for the thanks",
    "more_time": "agreed to more time", "cause": "recorded a cause", "scored": "scored it", "facts": "changed facts",
})


def since(name: str, kind: str, at: datetime, zone: tzinfo) -> Text:
    """Something happened after the step that rests on it."""
    what = _SINCE.get(kind, f"took the step {kind.replace('_', ' ')}")
    return say(f"{name[:1].upper()}{name[1:]} {what} at {clock_time(at, zone)}, after your step, so it stays. Talk to them, or go on "
               "with the steps on the card.")


def gone_since(act: str) -> str:
    """Somebody whom the step replaced has left since."""
    return f"The step {act_word(act)} replaced somebody who has no role now, so it stands. Name somebody else."


def rests_on_it(act: str) -> Text:
    """The report is no longer as the step left it."""
    return say(f"Something since rests on {act_word(act)}, so it stays. Go on with the steps on the card.")


_FINAL: Final[Mapping[str, str]] = MappingProxyType({
    "public": "It is published. Correct it in public, and tell the researcher.",
    "called": "People were called, so that stays. Tell them in the channel if it was a mistake.",
    "closed": "Its channel is closed for good. Open a new report that names this one.",
    "agreed": "That is our word to the researcher. Talk to them before you go another way.",
    "trials": "Trials stay recorded. Record the right count with replace=yes, and say why in a note.",
    "regression": "The regression set stays so. Add or drop the item again by hand.",
    "facts": "Write the fact again, in the form of the facts.",
    "theirs": "That was the researcher's own step. Talk to them.",
    "proposal": "That proposal is settled. Make it again with the same command.",
})


def final(reason: str) -> Text:
    """Why this cannot be taken back, and what to do instead."""
    return say(_FINAL[reason])


# -- send anyway ---------------------------------------------------------------------------------------------------

SEND_ANYWAY: Final = "Send anyway"
TITLE: Final = "Send anyway?"


def other_reports(found: Sequence[str]) -> Text:
    """The id of another report is in the text."""
    shown = ", ".join(found[:3]) + (f" and {count(len(found) - 3, 'more')}" if len(found) > 3 else "")
    return say(f"It names {'another report' if len(found) == 1 else 'other reports'}: {shown}.")


def of_a_note(words: int, characters: int, at: datetime, zone: tzinfo) -> Text:
    """Words of an internal note are in the text; they are not repeated."""
    much = count(words, "word") if words else count(characters, "character")
    return say(f"It holds {much} of an internal note of {clock_time(at, zone)}.")


def colleagues(number: int) -> Text:
    """Names of colleagues are in the text."""
    return say(f"It names {'a colleague' if number == 1 else count(number, 'colleague')}; the researcher knows you by your roles.")


def send_anyway(found: Sequence[Words], *, clear: Words = "", fits: bool = True) -> Text:
    """The one question before words go to the researcher."""
    edit = "Edit it, or send it as it stands." if fits else "Send it as it stands, or again with other words."
    return lines([bold(TITLE), *found, *([clear] if clear else []), f"Nothing was sent. {edit}"])
