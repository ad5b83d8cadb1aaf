"""The words that narrow a queue down: whose, how late, how bad, how far.

Decides which words there are and what they mean together: words of one sort add up, words of different sorts narrow further.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.calls import Problem
from commands.daily.tasks import GROUPS, Task
from commands.wording import queue as wording
from config.policy.pings import Need
from config.policy.states import DONE, Group, Level, State, group

_STATES: Mapping[str, Group] = {"new": Group.NEW, "judging": Group.JUDGING, "waiting": Group.WAITING, "fixing": Group.FIXING,
                                "checking": Group.CHECKING}
_LEVELS = tuple(one.value for one in Level)
WORDS: Mapping[str, Sequence[str]] = {
    "Whose": ("mine",), "When": ("overdue",), "Level": _LEVELS, "State": (*_STATES, "done"),
}
_ALL = tuple(word for words in WORDS.values() for word in words)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a queue shows: the words, in one order and each once."""

    words: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether what is done is asked for."""
        return "done" in self.words

    @property
    def typed(self) -> str:
        """The words as one argument, without blanks."""
        return ",".join(self.words)

    def fits(self, task: Task, person: str) -> bool:
        """Whether a task is shown."""
        report = task.report
        if "mine" in self.words and not (
                task.mine or person in (report.assignee_id, report.owner_id) or task.need in (Need.YOU, Need.WEEK)):
            return False
        if "overdue" in self.words and not task.late:
            return False
        levels = [one for one in self.words if one in _LEVELS]
        if levels and report.level not in levels:
            return False
        states = [one for one in self.words if one in _STATES]
        if not states and not self.done:
            return True
        state = State(report.state)
        return (self.done and state in DONE) or any(group(state) is _STATES[one] for one in states)


def read(text: str) -> Narrowed:
    """Return what typed words mean; raises Problem `bad_argument` with all the words there are."""
    given = text.lower().replace(",", " ").split()
    wrong = [one for one in given if one not in _ALL]
    if wrong:
        near = difflib.get_close_matches(wrong[0], _ALL, 1, 0.6)
        said = wording.unknown_word(near[0] if near else "", WORDS)
        raise Problem("bad_argument", said, errors={"words": said.plain()})
    return Narrowed(tuple(one for one in _ALL if one in given))


def grouped(tasks: Iterable[Task]) -> list[Task]:
    """Return tasks group by group, as a queue shows them; in a group they keep their order."""
    return sorted(tasks, key=lambda one: GROUPS.index(one.need))
