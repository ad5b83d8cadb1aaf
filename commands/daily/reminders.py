"""Private reminders: kept for one person, said once in working hours, stopping nothing and written in nobody else's record.

Decides who may be reminded of what, that there is one for each person and report, and what it says when its time has come. When
that is, is read in `config/policy/remind.py`; a reminder waits as a ping, said by `watching/lists.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from sqlmodel import col, select

from commands import notify
from commands.calls import Call, Problem, Reply
from commands.daily import tasks
from commands.registry import Hint, command
from commands.text import Button, Text
from commands.wording import reminders as wording
from commands.wording import watch as wording_watch
from commands.wording.common import named
from config.policy.remind import WhenError, reminded_at
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, Role, State
from storage.models import Ping, Report
from storage.pings import NOW

WHAT = "remind"
_NEVER = ("never", "cancel", "no", "off")


def tomorrow(report: str, label: str = wording.TOMORROW) -> Button:
    """Return the button that has somebody reminded at the next opening but one of the day after."""
    return Button(f"case remind report={report} when=tomorrow", label, "quiet")


async def _asks(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    return ("when",) if call.report is not None and not given.get("when") else ()


async def _prefill(_call: Call) -> dict[str, str]:
    return {"when": "tomorrow"}


@command("case remind", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER)), title="Remind me",
         submit="Remind me", asks=_asks, prefill=_prefill)
async def remind(
    call: Call, report: Report | None = None,
    when: Annotated[str, Hint("when", help=wording.HELP, asked=True, example="tomorrow")] = "",
) -> Reply:
    """Be reminded of a report, you alone; without one, list your reminders.

    It comes in working hours, as a direct message with the next step, and stops nothing. Take it back with never.
    """
    zone, working = call.program.tz, call.program.working
    waiting = await _waiting(call, report.id if report is not None else "")
    if report is None:
        if when.strip():
            raise Problem("which_report", "Say which report, or use it in the report's own channel: /vdp case remind AIV-K7Q3M tomorrow.")
        rows = [(one.report_id, one.due_at) for one in waiting]
        buttons = tuple(Button(f"case remind report={one} when=never", f"{wording.CANCEL} {one}") for one, _ in rows[:4])
        return Reply(text=wording.all_of(rows, zone) if rows else wording.none(), buttons=buttons)
    if when.strip().lower() in _NEVER:
        for row in waiting:
            await call.work.session.delete(row)
        return Reply(text=wording.cancelled(report.id) if waiting else wording.none_for(report.id))
    if State(report.state) in DONE and not (State(report.state) is State.RESOLVED and report.published_at is None):
        raise Problem("report_done", wording.done(report.id))
    try:
        at = reminded_at(when, call.now, working)
    except WhenError as wrong:
        raise Problem("bad_argument", wording.wrong(wrong.fault), errors={"when": wording.wrong(wrong.fault)}) from None
    moved = bool(waiting) and waiting[0].due_at != at
    if waiting:
        waiting[0].due_at = at
    else:
        notify.keep(call, call.caller.id, report.id, NOW, WHAT, {}, due=at, counts=False)
    return Reply(text=wording.kept(report.id, at, zone, moved=moved),
                 buttons=(Button(f"case remind report={report.id} when=never", wording.CANCEL, "quiet"),))


async def _waiting(call: Call, report: str) -> list[Ping]:
    """Return the caller's reminders that were not said yet, the next first; those of one report when it is named."""
    query = select(Ping).where(Ping.person_id == call.caller.id, Ping.what == WHAT, col(Ping.sent_at).is_(None))
    if report:
        query = query.where(Ping.report_id == report)
    return list((await call.work.session.execute(query.order_by(col(Ping.due_at), col(Ping.report_id)))).scalars())


# -- when its time has come ----------------------------------------------------------------------------------------

async def live(call: Call, row: Ping, report: Report | None) -> bool:
    """Whether a reminder is still worth saying: the report is not done, and its person still on it."""
    if report is None or (State(report.state) in DONE and not (State(report.state) is State.RESOLVED and report.published_at is None)):
        return False
    roster = await call.work.people.roster(report.id)
    return report.owner_id == row.person_id or any(one.person_id == row.person_id for one in roster)


async def said(call: Call, person: str, rows: Sequence[Ping]) -> tuple[list[Text], list[Button]]:
    """Return what reminders say: the next step of each report as it is now, with its button."""
    roles, _ = await call.work.people.grants(person)
    known = await tasks.histories(call, [row.report_id for row in rows])
    found: list[Text] = []
    buttons: list[Button] = []
    for row in rows:
        report = await call.work.reports.get(row.report_id)
        if report is None or row.report_id not in known:
            continue
        task = await tasks.task_of(call, person, roles, report, known[report.id], owner=True)
        if task is None:
            continue
        found.append(wording_watch.task(named(report), task.what, task.due, call.program.tz))
        buttons.append(task.press)
        if len(rows) == 1:
            buttons.append(tomorrow(report.id, wording.AGAIN))
    return ([wording.head(), *wording_watch.listed(found)] if found else []), buttons
