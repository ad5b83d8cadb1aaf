"""Several reports at once, for what does no harm: acknowledge, send an update, be reminded, hand over.

Decides which of a page an act applies to, and that one report that has moved on does not stop the others. Each is a command of its
own (`each.py`): who may, and what is written down, is as if it had been done singly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from commands import binding
from commands.calls import Call, Field, Form, Problem, Reply
from commands.daily import each, filters, updates
from commands.daily.tasks import Task, tasks_of
from commands.parsing import argument
from commands.registry import Hint, command
from commands.text import Button, Text
from commands.wording import reminders as wording_reminders
from commands.wording import together as wording
from commands.wording.common import named
from config.policy.remind import WhenError, reminded_at
from config.policy.roles import Allow
from config.policy.states import DONE, Role, State
from storage.models import Person, Report

LINE = "case together"
PAGE = 10  # lines of a queue that stand on one page
_MOST = 25
_ABLE = (Role.TRIAGER, Role.LEAD)


class Act(StrEnum):
    """What may be done to several reports at once."""

    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    REMIND = "remind"
    HAND_OVER = "hand-over"


def applies(act: Act, report: Report, caller: str, roles: frozenset[Role]) -> bool:
    """Whether an act makes sense for a report as it is now."""
    state = State(report.state)
    match act:
        case Act.ACKNOWLEDGE:
            return state is State.RECEIVED and Role.TRIAGER in roles
        case Act.UPDATE:
            return state not in DONE and bool(roles & set(_ABLE))
        case Act.REMIND:
            return state not in DONE
        case Act.HAND_OVER:
            return state not in DONE and (Role.LEAD in roles or (Role.TRIAGER in roles and report.assignee_id in ("", caller)))


async def on_page(call: Call, of: str, page: int) -> list[Task]:
    """Return the tasks of one page of a queue, as the queue shows them."""
    narrowed = filters.read(of)
    found = await tasks_of(call, call.caller.id, call.caller.roles, done=narrowed.done)
    shown = filters.grouped([one for one in found if narrowed.fits(one, call.caller.id)])
    return shown[(page - 1) * PAGE : page * PAGE]


def _page(given: dict[str, str]) -> int:
    """Return the page of a line that is not complete yet; what is no page is refused once it is."""
    typed = given.get("page", "1")
    return int(typed) or 1 if typed.isdecimal() else 1


async def _offered(call: Call, given: dict[str, str]) -> list[Report]:
    """Return the reports of the page that an act is offered for."""
    act = Act(given["act"].strip().lower().replace("_", "-").replace(" ", "-"))
    tasks = await on_page(call, given.get("of", ""), _page(given))
    return [one.report for one in tasks if applies(act, one.report, call.caller.id, call.caller.roles)]


async def _asks(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    try:
        act = Act(given.get("act", "").strip().lower().replace("_", "-").replace(" ", "-"))
    except ValueError:
        return () if given.get("act") else ("act",)
    if act is Act.UPDATE or (not given.get("reports") and not await _offered(call, given)):
        return ()
    await each.named(call, given.get("reports", ""))  # refuses what is no id before anything else is asked
    also = {Act.HAND_OVER: ("who",), Act.REMIND: ("when",)}.get(act, ())
    return tuple(one for one in ("reports", *also) if not given.get(one))


async def _shape(call: Call, given: dict[str, str], form: Form) -> Form:
    """Offer the acts that apply to something, then the reports of the page and the colleagues."""
    roles = call.caller.roles
    fields: list[Field] = []
    title, about, submit = form.title, form.about, form.submit
    for field in form.fields:
        if field.name == "act":
            tasks = await on_page(call, given.get("of", ""), _page(given))
            number = {act: sum(applies(act, one.report, call.caller.id, roles) for one in tasks) for act in Act}
            able = tuple((act.value, wording.act_of(act.value, number[act])) for act in Act if number[act])
            about, submit = wording.ABOUT, wording.GO_ON
            fields.append(replace(field, choices=able or field.choices, value=able[0][0] if able else ""))
        elif field.name == "reports":
            offered = await _offered(call, given)
            title = wording.TITLES[given["act"]]
            about, submit = wording.ABOUTS[given["act"]], wording.SUBMITS[given["act"]]
            fields.append(replace(
                field, kind="many", required=True, help="", value=",".join(one.id for one in offered),
                choices=tuple((one.id, wording.choice(named(one), one.level, one.state)) for one in offered)))
        elif field.name == "who":
            param = next(one for one in together.params if one.name == "who")
            people = [(account, name) for account, name in await binding.colleagues(call, [param])
                      if account not in (call.incoming.person, call.caller.id)]
            fields.append(replace(field, kind="choice", required=True, choices=tuple(people)))
        else:
            fields.append(replace(field, value="tomorrow"))
    return replace(form, title=title, about=about, submit=submit, fields=tuple(fields))


@command(LINE, allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER)), title=wording.TITLE, submit=wording.GO_ON, asks=_asks, shape=_shape)
async def together(
    call: Call, act: Annotated[Act, Hint("what to do", asked=True)],
    reports: Annotated[str, Hint("which reports", example="K7Q3M 4TX9D", asked=True)] = "", *,
    who: Annotated[Person | None, Hint("the colleague", roles=_ABLE, asked=True)] = None,
    when: Annotated[str, Hint("when", help=wording_reminders.HELP, asked=True)] = "",
    of: Annotated[str, Hint(inner=True)] = "", page: Annotated[int, Hint(low=1, inner=True)] = 1,
) -> Reply:
    """Do what is harmless to several reports at once; one that has moved on is named and left.

    That is: acknowledge, send an update, be reminded, hand over. Each is permitted and written down as if it were done alone.
    """
    if act is Act.UPDATE:
        return await _updates(call, reports, of, page)
    if not reports.strip():
        if not [one for one in await on_page(call, of, page) if applies(act, one.report, call.caller.id, call.caller.roles)]:
            raise Problem("nothing_to_do", wording.nothing_for(act.value))
        raise Problem("bad_argument", wording.CHOOSE, errors={"reports": wording.CHOOSE})
    chosen = await each.named(call, reports)
    if len(chosen) > _MOST:
        raise Problem("bad_argument", wording.too_many(_MOST), errors={"reports": wording.too_many(_MOST)})
    if act is Act.HAND_OVER and who is None:
        raise Problem("bad_argument", wording.NO_COLLEAGUE, errors={"who": wording.NO_COLLEAGUE})
    if act is Act.REMIND:
        _check(call, when)
    done: list[str] = []
    stale: list[tuple[str, Text]] = []
    for report in chosen:
        row = await call.work.reports.get(report)
        able = row is not None and applies(act, row, call.caller.id, call.caller.roles)
        said = await each.run(call, _line(act, report, who, when), report)
        if said.code == "ok" and said.form is None and able:
            done.append(report)
        else:
            stale.append((report, said.text))
    return Reply(code="ok" if done else "stale", text=wording.done(act.value, done, stale), buttons=(Button("queue", wording.QUEUE),))


def _check(call: Call, when: str) -> None:
    try:
        reminded_at(when, call.now, call.program.working)
    except WhenError as wrong:
        words = wording_reminders.wrong(wrong.fault)
        raise Problem("bad_argument", words, errors={"when": words}) from None


def _line(act: Act, report: str, who: Person | None, when: str) -> str:
    match act:
        case Act.HAND_OVER if who is not None:
            return f"assign report={report} who={who.id}"
        case Act.REMIND:
            return f"case remind report={report} {argument('when', when)}"
        case _:
            return f"acknowledge report={report}"


async def _updates(call: Call, reports: str, of: str, page: int) -> Reply:
    """Open the form that has a sentence for each of the reports."""
    chosen: Sequence[str] = await each.named(call, reports) if reports.strip() else [
        one.report.id for one in await on_page(call, of, page) if applies(Act.UPDATE, one.report, call.caller.id, call.caller.roles)]
    if not chosen or call.form_of is None:
        raise Problem("nothing_to_do", wording.nothing_for(Act.UPDATE.value))
    return Reply(form=await call.form_of(f"{updates.LINE} of={','.join(each.short(one) for one in chosen[: updates.MOST])}"))
