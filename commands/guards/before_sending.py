"""Before words go to a researcher: do they hold what was meant for somebody else? Then the sender is asked once, "Send anyway?".

Decides what is looked for (another report's id, words of an internal note, colleagues by name) and how the question keeps what was
typed: sealed, for some minutes, as a form that was begun. Which words go to a researcher is said where a parameter is declared
(`Hint.told`), so no command asks by itself. Notes are opened in memory only, and never quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeVar

from commands import drafts, record
from commands.calls import Call, Problem, Reply
from commands.parsing import Line, normal_id
from commands.queue import STAFF_ROLES
from commands.registry import ANYWAY, YesNo, command
from commands.text import Button, Text
from commands.wording import case as wording_case
from commands.wording import forms as wording_forms
from commands.wording import guards as wording
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Passage, Report

WORDS = 6  # consecutive words of a note that are no accident
STRETCH = 25  # or characters, where a language writes no spaces
_EDITED = 2_900  # characters that a form of every platform carries back unharmed
_NOTES_NAMED = 3
_ID = re.compile(r"\baiv[-_ ]?[0-9a-z]{4,5}\b", re.IGNORECASE)
_SPOKEN = frozenset({"in", "report", "reply", "ask", "update", "decision", "acknowledge"})  # what the researcher knows already
_ROLES = frozenset(one.value for one in Role)
_T = TypeVar("_T")


async def question(call: Call, line: Line) -> Reply | None:
    """Return "Send anyway?" for words of a line that are to reach the researcher of the call's report; None when nothing is found.

    What goes to all researchers names no report at all.
    """
    report = call.report
    if line.given.get(ANYWAY, "").strip().lower() == YesNo.YES or (report is None and line.command.report_param is not None):
        return None
    if report is not None and report.key is None:
        return None
    told = [one.name for one in line.command.params if one.hint.told and line.given.get(one.name, "").strip()]
    if not told:
        return None
    found = await look(call, report, [line.given[one] for one in told])
    if not found:
        return None
    asks_clear = report is not None and not report.clear_confirmed and any(one.name == "clear" for one in line.command.params)
    clear = wording_case.goes_in_clear() if asks_clear and line.given.get("clear") != "yes" else ""
    begun = await _begun(call, line, told, clear=bool(clear))
    sends = Button(f"send-anyway draft={begun.id}", wording.SEND_ANYWAY)
    fits = set(begun.wrong) == set(told) and all(len(one) <= _EDITED for one in begun.values.values())
    edits = (Button(f"draft {begun.id}", wording_forms.EDIT, "primary"),) if fits else ()
    return Reply(code="send_anyway", text=wording.send_anyway(found, clear=clear, fits=fits), buttons=(*edits, sends))


async def _begun(call: Call, line: Line, told: Sequence[str], *, clear: bool) -> drafts.Begun:
    """Keep what was typed as a form that was begun, whose one page is to be looked at again."""
    texts = {one.name for one in line.command.params
             if one.hint.told or (one.kind == "text" and not (one.hint.choices or one.hint.inner or one.hint.typed)
                                  and line.command.asks is None)}  # what asks in turn must know what was given so far
    given = {name: value for name, value in line.given.items() if name not in texts and name != ANYWAY}
    if call.report is not None and line.command.report_param is not None:
        given[line.command.report_param.name] = call.report.id
    if clear:  # the same question asked it
        given["clear"] = "yes"
    short = Line(line.command, given).text()
    page = {name: value for name, value in line.given.items() if name in texts}
    form = await call.form_of(short) if call.form_of is not None else None
    shown = {one.name: one.value for one in form.fields} if form is not None else {}
    if set(told) <= set(shown):
        page = shown | page
    return await drafts.keep(call, drafts.Begun("", short, (page,)), errors=[one for one in told if one in shown])


@command("send-anyway", allow=Allow(STAFF_ROLES), hidden=True)
async def send_anyway(call: Call, draft: str) -> Reply:
    """Send words as they stand, after the question."""
    begun = await drafts.find(call, draft.strip())
    if call.again is None:
        raise Problem("gone", wording_forms.form_gone(drafts.LASTS))
    values = {name: value for name, value in begun.values.items() if value.strip()} | {ANYWAY: YesNo.YES.value}
    reply = await call.again(begun.line, values)
    if reply.code in ("ok", "confirm_clear"):
        await drafts.drop(call, begun)
    return reply


# -- what is looked for --------------------------------------------------------------------------------------------

async def look(call: Call, report: Report | None, texts: Iterable[str]) -> list[Text]:
    """Return what words for the researcher of a report, or for every researcher, hold that is meant for somebody else, in sentences."""
    whole = "\n".join(texts)
    found = []
    others = await _other_reports(call, report, whole)
    if others:
        found.append(wording.other_reports(others))
    if report is None:
        return found
    found += await _of_notes(call, report, whole)
    named = 0 if call.program.names_shown else await _colleagues(call, report, whole)
    if named:
        found.append(wording.colleagues(named))
    return found


async def _other_reports(call: Call, report: Report | None, text: str) -> list[str]:
    meant = [normal_id(one.group(0).replace("_", "-").replace(" ", "-")) for one in _ID.finditer(text)]
    ids = list(dict.fromkeys(one for one in meant if one))
    if not ids:
        return []
    known = [report.id, *(one.id for one in await call.work.reports.of_person(report.person_id))] if report is not None else []
    return [one for one in ids if not any(own.startswith(one) for own in known)]


async def _of_notes(call: Call, report: Report, text: str) -> list[Text]:
    """Return of which notes the text holds words that the researcher was not told before, the longest stretch first."""
    mine = _Read(text)
    if len(mine.words) < WORDS and len(mine.letters) < STRETCH:
        return []
    rows = [one for one in await call.work.reports.passages(report.id) if one.body is not None]
    notes = [one for one in rows if one.kind == "note"]
    if not notes:
        return []
    box = record.box(call, report)

    def read(row: Passage) -> _Read:
        return _Read(box.open_text("passage", "body", row.id, row.body) if row.body is not None else "")

    known = [read(one) for one in rows if one.kind in _SPOKEN]
    said = set[tuple[str, ...]]().union(*(one.runs() for one in known)), set[str]().union(*(one.stretches() for one in known))
    found = []
    for row in notes:
        theirs = read(row)
        words = _longest(mine.runs_in_order(), theirs.runs() - said[0], WORDS)
        letters = _longest(mine.stretches_in_order(), theirs.stretches() - said[1], STRETCH)
        if words or letters:
            found.append((words, letters, row.at))
    found.sort(key=lambda one: (-one[0], -one[1]))
    return [wording.of_a_note(words, letters, at, call.program.tz) for words, letters, at in found[:_NOTES_NAMED]]


async def _colleagues(call: Call, report: Report, text: str) -> int:
    """Return how many colleagues of the roster a text names in full."""
    words = f" {' '.join(_Read(text).words)} "
    named = set()
    for one in await call.work.people.roster(report.id):
        for account in await call.work.people.accounts_of(call.desk.vault, one.person_id):
            name = " ".join(_Read(account.name).words)
            if len(name) > 2 and name not in _ROLES and f" {name} " in words:
                named.add(one.person_id)
    return len(named)


class _Read:
    """A text as it is compared: case, spaces, quotes and punctuation do not matter."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", text).casefold()
        plain = "".join(one for one in plain if unicodedata.category(one) != "Cf")
        self.words = re.findall(r"\w+", re.sub(r"(?<=\w)['\u2018\u2019`](?=\w)", "", plain))
        self.letters = " ".join(self.words)

    def runs_in_order(self) -> list[tuple[str, ...]]:
        return [tuple(self.words[at : at + WORDS]) for at in range(len(self.words) - WORDS + 1)]

    def stretches_in_order(self) -> list[str]:
        return [self.letters[at : at + STRETCH] for at in range(len(self.letters) - STRETCH + 1)]

    def runs(self) -> set[tuple[str, ...]]:
        return set(self.runs_in_order())

    def stretches(self) -> set[str]:
        return set(self.stretches_in_order())


def _longest(mine: Sequence[_T], theirs: set[_T], size: int) -> int:
    """Return how long the longest stretch is whose every part is among theirs; 0 when none is."""
    longest = now = 0
    for one in mine:
        now = now + 1 if one in theirs else 0
        longest = max(longest, now)
    return longest + size - 1 if longest else 0
