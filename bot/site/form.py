"""The questions of the encrypted form: which fields of a report are asked first, and which are folded.

Decides order and kind of a question; what a field allows and under which key the template knows it is `config/policy/facts.py`, the
words are `commands/wording/site_encrypt.py`. The browser puts the answers together as a filled template, which intake reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commands.wording import site_encrypt as words
from config.policy import facts
from config.policy.facts import FIELDS, NOT_HELD, Kind
from config.program import Program

FIRST: Final = ("F08", "S01", "S02", "F09", "S18", "S13", "S15")
MORE: Final = ("F10", "F07", "F30", "F31", "F21", "F11", "S03", "S07", "S06", "S09", "S11", "attack", "S17", "S20",
               "F40", "F42", "F44")
_SELECTED: Final = frozenset({"F30"})  # asked as a choice alone, though words may follow
_NOT_ASKED: Final = frozenset({"S15", "S20", "S13"})  # of what is unlawful to hold: answering would have somebody try it again


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `key` is that of the template; `held` says that it is asked of anything, also of what is unlawful to hold."""

    id: str
    label: str
    help: str
    key: str
    kind: str  # line, lines, select or trials
    most: int
    options: tuple[tuple[str, str], ...]
    held: bool


def questions(program: Program, *, more: bool) -> tuple[Question, ...]:
    """Return the questions that stand first, or with `more` those that are folded."""
    return tuple(_question(one, program) for one in (MORE if more else FIRST))


def _question(id_: str, program: Program) -> Question:
    one = FIELDS[id_]
    options: tuple[tuple[str, str], ...] = ()
    if one.kind is Kind.SYSTEM:
        options = (*((each.id, each.name) for each in program.scope), (facts.UNKNOWN, words.UNKNOWN_SYSTEM))
    elif one.kind is Kind.CHOICE or id_ in _SELECTED:
        options = tuple((value, value) for value in one.values)
    kind = ("trials" if one.kind is Kind.TRIALS else "select" if options
            else "lines" if one.kind in (Kind.LINES, Kind.ATTACK) else "line")
    label, help_ = words.QUESTIONS.get(id_, (f"{one.label}", words.such_as(one.example)))
    return Question(id_, label, help_, one.keys[0].capitalize(), kind, one.longest, options, id_ not in NOT_HELD | _NOT_ASKED)
