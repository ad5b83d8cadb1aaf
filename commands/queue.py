"""What is there to do: the queue, grouped, and the live card of one report, privately."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from commands import case_card
from commands.calls import Call, Problem, Reply
from commands.daily import filters, reminders, together, updates
from commands.daily.filters import Narrowed
from commands.daily.tasks import GROUPS, Task, in_order, tasks_of
from commands.daily.together import PAGE
from commands.desk import categories
from commands.parsing import unknown
from commands.record import box
from commands.registry import Hint, command
from commands.text import Button, Card, Text, code, lines, say
from commands.wording import queue as wording
from commands.wording.common import named, state_word
from config.policy.pings import Need
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, OPEN, Role, State
from storage.models import Report

STAFF_ROLES = (Role.TRIAGER, Role.OWNER, Role.LEAD, Role.LEGAL, Role.PRIVACY, Role.LEADERSHIP, Role.ADMIN)
OPEN_OR_UNPUBLISHED = OPEN | {State.RESOLVED}
_PAGE = re.compile(r"\bpage=(\d{1,4})\b")
_FIRST = 3  # lines that come with a button
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))


@command("show", allow=ON_IT, reads=True)
async def show(call: Call, report: Report) -> Reply:
    """Show the live card of a report, privately, with what you can do now."""
    body = await case_card.case_card(call.work, call.desk, report, box(call, report))
    later = (reminders.tomorrow(report.id),) if State(report.state) not in DONE else ()
    return Reply(card=body.card, buttons=later)


@command("report-text", allow=ON_IT, reads=True, hidden=True)
async def report_text(call: Call, report: Report) -> Reply:
    """Show the text of a report, privately: where a message cannot be folded a button asks for it."""
    body = await case_card.case_card(call.work, call.desk, report, box(call, report))
    return Reply(text=body.folded)


@command("queue", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER, Role.LEADERSHIP, Role.ADMIN)), reads=True)
async def queue(
    call: Call, words: Annotated[str, Hint("narrowed down to", example="mine high")] = "", *,
    page: Annotated[int, Hint(low=1, typed=True)] = 1,
) -> Reply:
    """Show your reports: needs you, this week, waiting for others.

    Narrow it down by words, several at once if you like: mine, overdue, a level, new, judging, waiting, fixing, checking, done.
    """
    beside = _PAGE.search(words)  # typed after the words, it is one of them
    if beside is not None:
        words, page = _PAGE.sub(" ", words), max(1, int(beside.group(1)))
    narrowed = filters.read(words)
    every = await tasks_of(call, call.caller.id, call.caller.roles, done=narrowed.done)
    found = filters.grouped([one for one in every if narrowed.fits(one, call.caller.id)])
    zone = call.program.tz
    ahead = next((one for one in in_order(every) if one.due is not None and one.due >= call.now), None)
    if not found:
        due = ahead.due if ahead is not None else None
        return Reply(text=wording.nothing_fits(narrowed.words, due, zone) if narrowed.words and every else wording.nothing(call.caller.roles))
    last = -(-len(found) // PAGE)
    if page > last:
        raise Problem("bad_argument", wording.no_such_page(last), errors={"page": wording.no_such_page(last)})
    shown = found[(page - 1) * PAGE : page * PAGE]
    return Reply(card=_card(call, narrowed, page, last, found, shown, ahead), buttons=_beside(call, narrowed, page, last, shown))


def _card(
    call: Call, narrowed: Narrowed, page: int, last: int, found: Sequence[Task], shown: Sequence[Task], ahead: Task | None,
) -> Card:
    zone = call.program.tz
    number = {group: sum(one.need is group and State(one.report.state) in OPEN_OR_UNPUBLISHED for one in found) for group in GROUPS}
    needs = number[Need.YOU]
    said: list[Text] = []
    if not needs and not narrowed.words and ahead is not None and ahead.due is not None:
        said.append(wording.next_deadline(named(ahead.report), ahead.what, ahead.due, zone))
    owed = updates.owed(found, call.now)
    if owed:
        due, late = updates.first(owed, call.now)
        said.append(wording.updates_owed(len(owed), due, zone, late=late))
    if last > 1:
        said.append(wording.pages(page, last, len(found)))
    fields = []
    for group in GROUPS:
        rows = [_line(call, one) for one in shown if one.need is group and State(one.report.state) in OPEN_OR_UNPUBLISHED]
        if rows:
            fields.append((f"{wording.HEADS[group]} ({number[group]})", lines(rows)))
    over = [_line(call, one) for one in shown if State(one.report.state) not in OPEN_OR_UNPUBLISHED]
    if over:
        fields.append((wording.DONE, lines(over)))
    head = wording.title_of(narrowed.words, len(found)) if narrowed.words else \
        wording.title(needs, number[Need.WEEK], number[Need.OTHERS])
    first = [one for one in shown if one.need is Need.YOU or (one.need is Need.WEEK and one.mine)][:_FIRST]
    buttons = tuple(Button(one.press.id, one.press.label, "secondary" if place else "primary") for place, one in enumerate(first))
    return Card(title=head, lines=tuple(said), fields=tuple(fields), buttons=buttons)


def _beside(call: Call, narrowed: Narrowed, page: int, last: int, shown: Sequence[Task]) -> tuple[Button, ...]:
    """Return what is offered for the page as a whole: updates owed, acts on several, the pages before and after."""
    of = f" words={narrowed.typed}" if narrowed.words else ""
    buttons = []
    if updates.owed(shown, call.now):
        buttons.append(Button(updates.LINE, wording.WRITE))
    if call.caller.roles & {Role.TRIAGER, Role.LEAD, Role.OWNER} and any(State(one.report.state) not in DONE for one in shown):
        given = f" of={narrowed.typed}" if narrowed.words else ""
        buttons.append(Button(f"{together.LINE}{given}" + (f" page={page}" if page > 1 else ""), wording.ACT))
    if page > 1:
        buttons.append(Button(f"queue{of} page={page - 1}", wording.BACK))
    if page < last:
        buttons.append(Button(f"queue{of} page={page + 1}", wording.MORE))
    return tuple(buttons)


def _line(call: Call, task: Task) -> Text:
    report, zone = task.report, call.program.tz
    category = categories().get(report.category or report.category_claimed)
    name = category.name if category else ""
    if State(report.state) not in OPEN_OR_UNPUBLISHED:
        return wording.line_done(named(report), name, report.level, state_word(State(report.state)))
    turn = "" if task.mine or task.need is Need.YOU else task.turn
    return wording.line(named(report), name, report.level, task.what, waits=turn, due=task.due,
                        late=task.due is not None and task.due < call.now, zone=zone)


@command("help", allow=Allow(STAFF_ROLES), reads=True)
async def help_(call: Call, word: str = "") -> Reply:
    """List the commands you can use, or explain one."""
    mine = [one for one in call.desk.registry.commands
            if one.surface == "staff" and not one.hidden and one.allow.roles & call.caller.roles]
    wanted = word.strip().lower().removeprefix("/vdp").strip()
    if wanted:
        found = [one for one in mine if one.name == wanted or one.name.startswith(wanted + " ")]
        if not found:
            raise unknown(wanted, registry=call.desk.registry, surface="staff")
        return Reply(text=lines([lines([say(code(one.usage())), say(one.about), say(one.more)]) for one in found], "\n\n"))
    rows = [say(code("/vdp " + one.name), f"  {one.about}") for one in mine]
    return Reply(text=lines([*rows, say("In a report's channel its id may be left out. Send ", code("/vdp help accept"),
                                        " for one of them.")]))


