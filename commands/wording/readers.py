"""What colleagues read about reading: folded words, a report that does no harm, one that is passed on."""

from __future__ import annotations

from collections.abc import Sequence

from commands.text import Text, bold, code, say
from commands.wording.case import role_shown

SHOW_WORDS = "Show the words; they may hold what they describe"
SHOW_REPORT = "Show the report"
NOT_FOR_ME = "Not for me"


def long_words() -> Text:
    """Stands for words of the researcher that are folded."""
    return say("A longer message. It is folded, because it may hold what it describes.")


def gone() -> Text:
    """The words are not kept any more."""
    return say("That is no longer here: it was taken back or erased. See the card for what is left.")


def is_so(report: str, *, harm: bool) -> Text:
    """Nothing to change."""
    return say("The words of ", bold(report), " are folded already." if harm else " stand open already.")


def harm_set(report: str, *, harm: bool) -> Text:
    """Whether words are folded was changed."""
    if harm:
        return say("The words of ", bold(report), " are folded again.")
    return say("The words of ", bold(report), " stand open from now on. To fold them again, send ", code("/vdp case harmless harm=yes"), ".")


def done(report: str) -> Text:
    """Nothing is left to read for."""
    return say(bold(report), " is done: nobody has to read it any more. See /vdp queue for what is open.")


def stays_as(parts: Sequence[str]) -> str:
    """What keeps somebody on a roster all the same."""
    return f" You stay on it as {' and '.join(role_shown(one) for one in parts)}; another one can take that over."
