"""The owner's brief: at most ten lines on what to fix, by when and why, offered until it is taken or handed back.

Decides when it is posted and what becomes of its buttons; its words are in `wording/fix.py`. It is a card: what it shows is
read when it is delivered, so that it never offers what has been done.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from commands import record
from commands.calls import Call
from commands.desk import Desk
from commands.effects import Refresh
from commands.history import facts_of
from commands.intake import care
from commands.judging.verdicts import level_of
from commands.outside.fame import Shown
from commands.text import Button
from commands.times import day
from commands.wording import fix as words
from commands.wording.common import state_word
from config import rubric
from config.policy import deadlines
from config.policy.deadlines import ClockName
from config.policy.rates import Trials
from config.policy.states import Event, State
from config.policy.trial_plan import plan_fix
from storage.database import Work
from storage.models import Entry, Report
from storage.vault import Box

_TAKEN = (Event.WORK.value, Event.MITIGATE.value, Event.FIX.value)
_FIXING = (State.ACCEPTED, State.REMEDIATING, State.MITIGATED)


async def follow(call: Call, report: Report, *, every: bool = False) -> None:
    """Post the brief of the owner who was named last, or bring it up to date; nothing when nobody was named yet.

    `every` brings those of earlier owners up to date as well: a title that is erased stands in each.
    """
    entries = await call.work.ledger.of(report.id)
    named = [one.number for one in entries if one.kind == "owner"]
    if not named:
        return
    version = (await call.work.ledger.head())[0]
    for number in named if every else named[-1:]:
        card = f"{report.id}/brief/{number}"
        call.emit(Refresh(report.triage_platform, card, version, channel=report.channel), f"{card}@{version}", report=report.id)


async def render(work: Work, desk: Desk, report: Report, *, box: Box, number: int) -> Shown | None:
    """Return the brief that was posted with the ledger entry of that number, as it stands now."""
    entries = await work.ledger.of(report.id)
    owner = next((str(json.loads(one.data).get("who", "")) for one in entries if one.number == number), "")
    if not owner:
        return None
    view = deadlines.clock(deadlines.clocks(facts_of(entries), desk.program), ClockName.REMEDIATION)
    since = [one for one in entries if one.number > number]
    title = box.open_text("report", "title", report.id, report.title) if report.title else report.id
    name = await work.people.name(desk.vault, owner, report.triage_platform)
    shown, by, buttons = _standing(report, since, name, desk)
    now = Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None
    plan = plan_fix(now, rubric.current().ceiling(level_of(report)))
    body = words.brief(report, title, view.due if view is not None else None, desk.program.tz,
                       component=_component(report, box), state=shown, taken=by, tries=plan.trials or plan.for_ceiling, buttons=buttons)
    return Shown((await work.ledger.head())[0], body)


def _component(report: Report, box: Box) -> str:
    """Return which part is concerned: the component once a cause is known, else the system that the report names."""
    if report.component is not None:
        return box.open_text("report", "component", report.id, report.component)
    return care.read(box, report).get("S01", "") if report.mode == "open" else ""


def _standing(report: Report, since: Sequence[Entry], name: str, desk: Desk) -> tuple[str, str, tuple[Button, ...]]:
    """Return the brief's state in a word, who took it and when, and what its owner can still press."""
    took = next((one for one in since if one.kind in _TAKEN), None)
    by = f"{name}, {day(took.at, desk.program.tz)}" if took is not None else ""
    if any(one.kind in ("owner", "owner_gone") for one in since):
        return "handed back", by, ()
    state = State(report.state)
    if took is not None:
        return "taken", by, ()
    if state not in _FIXING:
        return state_word(state), "", ()
    offered = words.brief_buttons(report.id)
    return "brief", "", tuple(button for event, button in offered if event is None or record.reachable(report, event))
