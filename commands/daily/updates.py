"""Updates that are owed to researchers, offered together: a truthful sentence for each, editable, one press.

Decides which are owed, what the record says of each, and what is not sent because it changed meanwhile. Nothing here is ever sent
by itself; sending one is `update` in `talk.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from commands import record
from commands.calls import Call, Field, Form, Problem, Reply
from commands.daily import each
from commands.daily.tasks import Task, tasks_of
from commands.judging.verdicts import deterministic
from commands.next_steps import due_of
from commands.outside import vendors
from commands.registry import Hint, command
from commands.text import Button, Text, lines
from commands.wording import together as wording_together
from commands.wording import updates as wording
from config.policy.deadlines import ClockName, Fact
from config.policy.roles import Allow
from config.policy.states import Event, Role, State
from storage.models import Report

LINE = "case updates"
AHEAD = timedelta(days=2)
MOST = 8  # in one form: what a platform with small forms shows in two pages
_NAMES = tuple(f"u{number}" for number in range(1, MOST + 1))
_MOVES = frozenset(one.value for one in Event) - {Event.RESCORE.value}
_CAME: dict[State, tuple[Event, ...]] = {
    State.NEEDS_INFO: (Event.ASK,), State.ACCEPTED: (Event.ACCEPT,), State.REMEDIATING: (Event.WORK,),
    State.MITIGATED: (Event.MITIGATE,), State.FIX_READY: (Event.FIX,), State.VERIFYING: (Event.VERIFY, Event.BYPASS),
    State.RESOLVED: (Event.CONFIRM, Event.SILENCE, Event.WAIVE, Event.RESOLVE_LIMITED),
}


# -- what is owed --------------------------------------------------------------------------------------------------

def owed(tasks: Iterable[Task], now: datetime) -> list[Task]:
    """Return the tasks of which an update is due within two days, or late; the earliest first."""
    found = [one for one in tasks if one.update is not None and one.update <= now + AHEAD]
    return sorted(found, key=lambda one: (one.update, one.report.id))


def first(found: Sequence[Task], now: datetime) -> tuple[datetime, bool]:
    """Return when the first of those owed is due, and whether it is late."""
    due = min(one.update for one in found if one.update is not None)
    return due, due < now


async def sentence(call: Call, report: Report) -> str:
    """Return what the record says of a report, for its researcher."""
    history = await record.history(call, report)
    decide = due_of(history, call.desk, ClockName.TRIAGE)
    waits, until = vendors.lasting(call.desk, report, vendors.of(call.desk, report, history), call.now)
    return wording.sentence(report, wording.Known(
        since=_since(history, State(report.state)), decide_by=decide if decide is not None and decide > call.now else None,
        retest_until=due_of(history, call.desk, ClockName.RETEST), tried=0 if deterministic(report) else max(0, report.ours_n),
        now=call.now, waits=waits, notice_until=until), call.program.tz)


def _since(history: Sequence[Fact], state: State) -> datetime | None:
    kinds = {one.value for one in _CAME.get(state, ())}
    return next((one.at for one in reversed(history) if one.kind in kinds), None)


# -- the form ------------------------------------------------------------------------------------------------------

async def _asks(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    """Ask for one text for each report; without any named, for those that are owed now."""
    if "of" not in given:
        found = owed(await tasks_of(call, call.caller.id, call.caller.roles), call.now)
        if not found:
            return ()
        given["of"] = ",".join(each.short(one.report.id) for one in found[:MOST])
    if "seen" not in given:
        given["seen"] = str((await call.work.ledger.head())[0])
    reports = await each.named(call, given["of"])
    given["of"] = ",".join(each.short(one) for one in reports[:MOST])
    return tuple(name for name, _ in zip(_NAMES, reports, strict=False) if not given.get(name))


async def _shape(call: Call, given: dict[str, str], form: Form) -> Form:
    """Label each text by its report and put the sentence into it."""
    reports = dict(zip(_NAMES, await each.named(call, given.get("of", "")), strict=False))
    tasks = {one.report.id: one for one in await tasks_of(call, call.caller.id, call.caller.roles)}
    fields: list[Field] = []
    for field in form.fields:
        name = reports.get(field.name, "")
        report = await each.on_roster(call, name)
        if report is None:
            fields.append(replace(field, label=name or field.label, required=False))
            continue
        due = tasks[name].update if name in tasks else None
        label = wording.label(name, State(report.state), due, call.program.tz, late=due is not None and due < call.now)
        fields.append(replace(field, label=label, required=False, value=await sentence(call, report)))
    return replace(form, title=wording.TITLE, about=wording.ABOUT, fields=tuple(fields))


_TEXT = Hint("the update", lines=True, inner=True)


@command(LINE, allow=Allow((Role.TRIAGER, Role.LEAD)), hidden=True, title=wording.TITLE, submit="Send them", asks=_asks, shape=_shape)
async def updates(
    call: Call, *, of: Annotated[str, Hint(inner=True)] = "", seen: Annotated[int, Hint(low=0, inner=True)] = 0,
    u1: Annotated[str, _TEXT] = "", u2: Annotated[str, _TEXT] = "", u3: Annotated[str, _TEXT] = "", u4: Annotated[str, _TEXT] = "",
    u5: Annotated[str, _TEXT] = "", u6: Annotated[str, _TEXT] = "", u7: Annotated[str, _TEXT] = "", u8: Annotated[str, _TEXT] = "",
) -> Reply:
    """Send the updates that are owed, each as it was written; an empty one is left out."""
    if not of:
        return Reply(text=wording.nothing_owed())
    texts = {report: text for report, text in zip(await each.named(call, of), (u1, u2, u3, u4, u5, u6, u7, u8), strict=False) if text.strip()}
    if not texts:
        raise Problem("bad_argument", wording.nothing_written(), errors={"u1": wording.nothing_written().plain()})
    sent: list[str] = []
    stale: list[tuple[str, Text]] = []
    asked: list[Button] = []  # of texts that are sent only when somebody says so once more
    for report, text in texts.items():
        why = await _changed(call, report, seen)
        if why is not None:
            stale.append((report, why))
            continue
        said = await each.run(call, f"update report={report}", report, {"text": text})
        if said.code == "ok" and said.form is None:
            sent.append(report)
        else:
            stale.append((report, said.text))
            asked += [Button(one.id, f"{one.label}: {report}", one.look) for one in said.buttons[:2]]
    await call.work.session.flush()
    left = [one for one in owed(await tasks_of(call, call.caller.id, call.caller.roles), call.now) if one.report.id not in sent]
    rest = [one for one in left if one.report.id not in texts]
    buttons = asked
    if stale:
        again = ",".join(each.short(report) for report, _ in stale)
        buttons.append(Button(f"{LINE} of={again}", wording.AGAIN))
    if rest:
        buttons.append(Button(f"{LINE} of={','.join(each.short(one.report.id) for one in rest[:MOST])}", wording.NEXT, "primary"))
    buttons.append(Button("queue", wording_together.QUEUE))
    text_ = lines([wording.sent(sent) if sent else "", wording.not_sent(stale), wording.left(len(rest)) if rest else ""])
    return Reply(code="ok" if sent or not stale else "stale", text=text_, buttons=tuple(buttons))


async def offer(call: Call, text: str) -> Reply:
    """Open what is owed, for `update` without a report; words without one are for nobody."""
    if text.strip():
        raise Problem("which_report", wording.which())
    if call.form_of is None or not owed(await tasks_of(call, call.caller.id, call.caller.roles), call.now):
        return Reply(text=wording.nothing_owed())
    return Reply(form=await call.form_of(LINE))


async def _changed(call: Call, report: str, seen: int) -> Text | None:
    """Return why a sentence that was read is no longer true: a step was taken, or an update sent, since the entry `seen`."""
    row = await each.on_roster(call, report)
    if row is None or not seen:
        return None
    later = [one for one in await call.work.ledger.of(report) if one.number > seen]
    if any(one.kind in _MOVES for one in later):
        return wording.moved_on(State(row.state))
    if any(one.kind == "message_out" and json.loads(one.data).get("kind") == "update" for one in later):
        return wording.told_already()
    return None
