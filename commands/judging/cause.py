"""Why a flaw was there: its primary and contributing root causes, each with the evidence that told it apart.

Decides what may be recorded as a cause and what is said then. Whether the same flaw was there before is decided in
recurring.py; which causes there are, in config/taxonomy.py.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from commands import record
from commands.calls import Call, Problem, Reply
from commands.deadline import end_of
from commands.intake import care
from commands.judging.recurring import component_of, counted, known, of_a_kind, on_card, recurrences, resign
from commands.registry import Hint, command
from commands.text import Button, Text, lines, say
from commands.wording import causes as wording
from config import taxonomy
from config.policy import calendar
from config.policy.roles import Allow, Tie
from config.policy.states import Role, State
from config.taxonomy import UNKNOWN
from storage.judging import Cause
from storage.models import Report
from storage.people import new_id
from storage.vault import Box

__all__ = ["cause", "causes", "known", "on_card", "resign"]

ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
_PRIMARY, _CONTRIBUTING = "primary", "contributing"
_LONGEST = 120  # characters of a component's name


class Part(StrEnum):
    """What a cause is to a report."""

    PRIMARY = _PRIMARY
    CONTRIBUTING = _CONTRIBUTING
    DROP = "drop"


def choices(_desk: object) -> tuple[tuple[str, str], ...]:
    """Return what may be chosen as a root cause: id, and name with the question that tells it apart."""
    return tuple((one.id, wording.choice(one)) for one in taxonomy.current().causes.values())


# -- recording it --------------------------------------------------------------------------------------------------

async def _prefilled(call: Call) -> dict[str, str]:
    """Return what stands, and the system as a start for the component; never a guess at the cause."""
    report = call.report
    if report is None or report.key is None:
        return {}
    working = call.program.working
    again = calendar.local_day(report.follow_up_on, working).isoformat() if report.follow_up_on else ""
    return {"cause": report.cause, "component": _default_component(call, report), "follow_up": again}


def _default_component(call: Call, report: Report) -> str:
    return component_of(report, record.box(call, report)) or care.read(record.box(call, report), report).get("S01", "")[:_LONGEST]


@command("case cause", allow=ON_IT, title="Root cause", submit="Record it", prefill=_prefilled)
async def cause(
    call: Call, report: Report, cause: Annotated[str, Hint("root cause", choices=choices)],
    evidence: Annotated[str, Hint("evidence", lines=True, help=wording.EVIDENCE, asked=True)] = "",
    *, component: Annotated[str, Hint("component", help=wording.COMPONENT, example="acme-chat")] = "",
    follow_up: Annotated[datetime.date | None, Hint("look again on", help=wording.FOLLOW_UP, example="2026-12-31")] = None,
    part: Part = Part.PRIMARY,
) -> Reply:
    """Record why the flaw was there: the primary root cause, or one that contributed, with evidence.

    With part=contributing it is one more that helped; part=drop takes such a one back.
    """
    if report.key is None or State(report.state) in (State.WITHDRAWN, State.SPAM):
        raise Problem("illegal_transition", wording.CLOSED_TO_IT)
    text = evidence.strip()
    match part:
        case Part.PRIMARY:
            return await _primary(call, report, cause, text, component=component, follow_up=follow_up)
        case Part.CONTRIBUTING:
            return await _contributing(call, report, cause, text)
        case Part.DROP:
            return await _drop(call, report, cause)


async def _primary(
    call: Call, report: Report, cause: str, evidence: str, *, component: str, follow_up: datetime.date | None,
) -> Reply:
    again: datetime.datetime | None = None
    if follow_up is not None:
        end_of(call, follow_up, "follow_up")  # refuses a day that is over
        again = calendar.opening_of(follow_up, call.program.working)
    elif cause == UNKNOWN:
        raise Problem("no_follow_up", wording.no_follow_up(), errors={"follow_up": "Give a date, such as 2026-12-31."})
    box = record.box(call, report)
    named = " ".join(component.split()) or _default_component(call, report)
    if len(named) > _LONGEST:
        raise Problem("bad_argument", f"Component: write at most {_LONGEST} characters, such as acme-chat.",
                      errors={"component": f"At most {_LONGEST} characters, such as acme-chat."})
    rows = await call.work.judging.causes(report.id)
    before = next((one for one in rows if one.part == _PRIMARY), None)
    kept = evidence or (_evidence(box, before) if before is not None and before.cause == cause else "")
    was = component_of(report, box)
    if before is not None and (before.cause, _evidence(box, before), was, report.follow_up_on) == (cause, kept, named, again):
        return Reply(text=say(wording.NO_CHANGE))
    for one in rows:
        if one is before or one.cause == cause:  # replaced, or promoted
            one.gone_at = call.now
    _keep(call, report, cause, _PRIMARY, kept)
    report.cause, report.follow_up_on = cause, again
    report.component = box.seal("report", "component", report.id, named) if named else None
    await record.note(call, report, "cause", data={
        "cause": cause, "part": _PRIMARY, "before": before.cause if before is not None else "",
        "follow_up": again.isoformat() if again else ""})
    await resign(call, report)
    await call.work.session.flush()
    found = taxonomy.current().causes[cause]
    parts = [wording.recorded(report.id, found, _PRIMARY, named, evidence=bool(kept) or cause == UNKNOWN),
             wording.experiments() if cause == UNKNOWN else wording.usual_fix(found)]
    parts += [wording.look_again(again, call.program.tz)] if again is not None else []
    parts += [wording.no_component()] if not named else []
    return Reply(text=lines([*parts, *(await _repeated(call, report, named) if cause != UNKNOWN else ())]))


async def _repeated(call: Call, report: Report, component: str) -> list[Text]:
    """Return what is known of the same thing happening before: which reports, how often, what follows."""
    found = [wording.recurrences(await recurrences(call, report), call.program.tz), await counted(call, report, component)]
    if report.signature:
        found.append(wording.third(await of_a_kind(call, report)))
    return found


async def _contributing(call: Call, report: Report, cause: str, evidence: str) -> Reply:
    if cause == UNKNOWN:
        raise Problem("bad_argument", wording.UNKNOWN_CONTRIBUTES, errors={"cause": "Choose a cause that is known."})
    rows = await call.work.judging.causes(report.id)
    if any(one.part == _PRIMARY and one.cause == cause for one in rows):
        raise Problem("bad_argument", wording.IS_PRIMARY, errors={"cause": "Choose another cause."})
    box = record.box(call, report)
    before = next((one for one in rows if one.cause == cause), None)
    if before is not None and evidence in ("", _evidence(box, before)):
        return Reply(text=say(wording.NO_CHANGE))
    if before is not None:
        before.gone_at = call.now
    _keep(call, report, cause, _CONTRIBUTING, evidence)
    await record.note(call, report, "cause", data={"cause": cause, "part": _CONTRIBUTING})
    return Reply(text=wording.recorded(report.id, taxonomy.current().causes[cause], _CONTRIBUTING, "", evidence=bool(evidence)))


async def _drop(call: Call, report: Report, cause: str) -> Reply:
    rows = [one for one in await call.work.judging.causes(report.id) if one.cause == cause]
    if any(one.part == _PRIMARY for one in rows):
        raise Problem("bad_argument", wording.PRIMARY_IS_NOT_DROPPED, errors={"cause": "Choose a contributing cause."})
    if not rows:
        return Reply(text=say(wording.NOT_A_CAUSE_NOW))
    for one in rows:
        one.gone_at = call.now
    await record.note(call, report, "cause", data={"cause": cause, "part": Part.DROP.value})
    return Reply(text=wording.dropped(report.id, taxonomy.current().causes[cause]))


def _keep(call: Call, report: Report, cause: str, part: str, evidence: str) -> None:
    row = Cause(id=new_id("c"), report_id=report.id, cause=cause, part=part, person_id=call.caller.id, at=call.now)
    row.evidence = record.box(call, report).seal("cause", "evidence", row.id, evidence) if evidence else None
    call.work.session.add(row)


def _evidence(box: Box, row: Cause) -> str:
    return box.open_text("cause", "evidence", row.id, row.evidence) if row.evidence is not None else ""


# -- looking at it -------------------------------------------------------------------------------------------------

@command("case causes", allow=ON_IT, reads=True)
async def causes(call: Call, report: Report, cause: Annotated[str, Hint("root cause", choices=choices)] = "") -> Reply:
    """Show the root causes of a report and what happened before, or one cause with its question."""
    tree = taxonomy.current()
    if cause:
        return Reply(text=wording.asked(tree.causes[cause]), buttons=_set_it(report))
    if report.key is None:
        return Reply(text=say(wording.CLOSED_TO_IT))
    box = record.box(call, report)
    rows = await call.work.judging.causes(report.id)
    shown = [(one.part, tree.causes[one.cause], _evidence(box, one)) for one in rows]
    named = component_of(report, box)
    found: Sequence[Text] = wording.standing(report.id, shown, named, report.follow_up_on, call.program.tz)
    if report.cause and report.cause != UNKNOWN:
        return Reply(text=lines([*found, *await _repeated(call, report, named)]), buttons=_set_it(report, rows))
    category = tree.categories.get(report.category or report.category_claimed)
    return Reply(text=lines([*found, *wording.candidates(tree, category)]), buttons=_set_it(report, rows))


def _set_it(report: Report, rows: Sequence[Cause] = ()) -> tuple[Button, ...]:
    line, tree = f"case cause report={report.id}", taxonomy.current()
    drop = [Button(f"{line} cause={one.cause} part={Part.DROP.value}", f"Drop: {tree.causes[one.cause].name}", "quiet")
            for one in rows if one.part == _CONTRIBUTING]
    more = [Button(f"{line} part={Part.CONTRIBUTING.value}", "Add a contributing cause")] if report.cause else []
    return (Button(line, "Change the cause" if report.cause else "Record the cause", "primary"), *more, *drop[:3])
