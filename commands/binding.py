"""What the words of a line mean: values, colleagues, and how it is refused when they mean nothing.

Decides who is behind a name and whom a form offers. Leaves which report is meant, and whether the caller may, to
`dispatch.py`, and the shape of a value to `parsing.py`.
"""

from __future__ import annotations

import re
from typing import Any

from commands.calls import Call, Problem, Reply
from commands.parsing import Line, choices_of, convert
from commands.registry import Param
from commands.text import Button, code
from commands.wording import common as wording
from storage.models import Person

_PERSON = re.compile(r"p-[0-9a-f]{16}")  # how a form names a colleague who has no account on the caller's platform


async def bind(call: Call, line: Line) -> dict[str, Any]:
    """Return the values of a line's arguments; raises Problem `bad_argument` with what is wrong at each."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for param in line.command.params:
        raw = line.given.get(param.name, "")
        if param.kind == "report":
            values[param.name] = call.report
        elif not raw.strip():
            values[param.name] = param.default
        elif param.kind == "person":
            person, real = await _person(call, raw.strip().lstrip("@"), reads=line.command.reads)
            if not real:
                errors[param.name] = "Nobody here has that name. Whoever is new sends the bot one word first."
            values[param.name] = person
        else:
            try:
                values[param.name] = convert(param, raw, choices_of(param, call.desk))
            except ValueError as wrong:
                errors[param.name] = str(wrong)
    if errors:
        raise unfit(line, errors)
    return values


def unfit(line: Line, errors: dict[str, str]) -> Problem:
    """Return the refusal of arguments that mean nothing."""
    named = {p.name: p.label for p in line.command.params}
    first, words = next(iter(errors.items()))
    return Problem("bad_argument", f"{named[first][:1].upper()}{named[first][1:]}: {words} It is typed ",
                   code(line.command.usage()), ".", errors=errors)


def misshapen(call: Call, line: Line) -> dict[str, str]:
    """Return what is wrong with the values given so far, by parameter; nothing is said of those that are missing."""
    errors: dict[str, str] = {}
    for param in line.command.params:
        raw = line.given.get(param.name, "")
        if raw.strip() and param.kind not in ("report", "person"):
            try:
                convert(param, raw, choices_of(param, call.desk))
            except ValueError as wrong:
                errors[param.name] = str(wrong)
    return errors


async def _person(call: Call, account: str, *, reads: bool) -> tuple[Person | None, bool]:
    """Return who is behind an account, and whether somebody is; the platform's word is enough to make a new person."""
    people, incoming = call.work.people, call.incoming
    if _PERSON.fullmatch(account):
        known = await people.get(await people.now(account))
        return known, known is not None
    person = await people.who(call.desk.vault, incoming.platform, account)
    name = dict(incoming.named).get(account)
    if person is None and name is not None and call.writes:
        person = await people.meet(call.desk.vault, incoming.platform, account, name)
    return person, person is not None or (name is not None and not reads)


async def colleagues(call: Call, wanted: list[Param]) -> tuple[tuple[str, str], ...]:
    """Return whom a form offers: colleagues who hold one of the roles that it asks for, whatever their platform."""
    people, platform = call.work.people, call.incoming.platform
    roles = frozenset(role for one in wanted for role in one.hint.roles)
    found = []
    for person in await people.staff() if wanted else ():
        if roles and not roles & (await people.grants(person))[0]:
            continue
        account = await people.account(call.desk.vault, person, platform)
        known = account is not None or bool(await people.accounts_of(call.desk.vault, person))
        if known:
            found.append((account.account if account else person, await people.name(call.desk.vault, person, platform)))
    return tuple(found)


class Choose(Problem):
    """A refusal that offers buttons: the person chooses and goes on."""

    def __init__(self, code_: str, words: Any, buttons: tuple[Button, ...]) -> None:
        super().__init__(code_, words)
        self.buttons = buttons

    def reply(self) -> Reply:
        """Return the question with its buttons."""
        return Reply(code=self.code, text=self.text, buttons=self.buttons)


def no_such_report(known: str) -> Problem:
    """Return the refusal for a report that is missing or none of the caller's business: the same words."""
    problem = Problem("no_such_report", wording.no_such_report(), audit=bool(known))
    problem.report = known
    return problem


def not_allowed(line: Line, known: str) -> Problem:
    """Return the refusal for a command that the caller's roles do not cover."""
    problem = Problem("not_allowed", wording.not_allowed(line.command.allow.roles), audit=True)
    problem.report = known
    return problem
