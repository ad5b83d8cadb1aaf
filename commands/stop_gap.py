"""A stop-gap after it was recorded: until when it stays, what its owner answers at its end, and that it is off.

Decides what each answer changes. When it is asked about is `config/policy/waits.py`; recording one is `fix.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated

from commands import brief, notify, record
from commands.calls import Call, Problem, Reply
from commands.deadline import end_of
from commands.desk import Desk
from commands.history import facts_of
from commands.next_steps import due_of
from commands.registry import Hint, command
from commands.text import Text
from commands.wording import stop_gap as wording
from config.policy.deadlines import ClockName, Fact
from config.policy.guards import Facts
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Role, State
from config.policy.waits import stop_gap_until
from storage.models import Report

OWNER = Allow(Role.OWNER, tie=Tie.OWNER)


@command("case stop-gap", allow=OWNER, hidden=True, title="Still in place until", submit="It stays until then")
async def stays(call: Call, report: Report, date: Annotated[datetime.date, Hint("until", example="2026-12-31")]) -> Reply:
    """Say until when a stop-gap stays in place; you are asked again then."""
    return await extend(call, report, end_of(call, date))


async def extend(call: Call, report: Report, until: datetime.datetime) -> Reply:
    """Move the end of a stop-gap; the fix is due as before."""
    if State(report.state) is not State.MITIGATED:
        raise Problem("illegal_transition", wording.none_here(report.id))
    await record.note(call, report, "stop_gap", data={"until": until.isoformat()})
    await brief.follow(call, report)
    return Reply(text=wording.stays(until, call.program.tz))


@command("case stop-gap-off", allow=OWNER, hidden=True, title="The stop-gap is off")
async def off(call: Call, report: Report) -> Reply:
    """Say that a stop-gap is off before the fix is ready; the researcher and the lead are told."""
    if State(report.state) is not State.MITIGATED:
        raise Problem("illegal_transition", wording.none_here(report.id))
    due = report.due_on or due_of(facts_of(await call.work.ledger.of(report.id)), call.desk, ClockName.REMEDIATION)
    await record.take(call, report, Event.WORK, facts=Facts(dated=True), data={"due": due.isoformat()} if due is not None else {})
    await record.note(call, report, "stop_gap_off")
    await brief.follow(call, report)
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, wording.off_told(report.id, due, call.program.tz), f"stop-gap-off/{number}")
    await record.note(call, report, "message_out", data={"kind": "stop_gap"})
    await notify.stop_gap_off(call, report)
    return Reply(text=wording.off())


def over(report: Report, history: Iterable[Fact], now: datetime.datetime) -> bool:
    """Whether the end of a stop-gap has come, so that its owner is asked how it goes on."""
    until = stop_gap_until(history) if State(report.state) is State.MITIGATED else None
    return until is not None and until <= now


def on_card(report: Report, history: Iterable[Fact], desk: Desk, now: datetime.datetime) -> list[Text]:
    """Return until when a stop-gap stays, for the card."""
    until = stop_gap_until(history) if State(report.state) is State.MITIGATED else None
    return [wording.on_card(until, desk.program.tz, over=until <= now)] if until is not None else []
