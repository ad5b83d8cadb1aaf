"""One command for several reports: each is a run of its own, permitted, recorded and undone by itself.

Decides that one that fails leaves the others as they are, and is named with its reason. Which command that is, is left to
`together.py` and `updates.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from commands.calls import Call, Problem, Reply
from commands.parsing import normal_id
from commands.wording import case as wording
from storage.models import Report


async def run(call: Call, line: str, report: str, values: Mapping[str, str] | None = None) -> Reply:
    """Run one staff line on one report, with values as of a form, as if it had been done alone.

    A refusal undoes it alone and is returned.
    """
    if call.again is None:
        raise Problem("gone", wording.gone())
    emitted, revived, touched = len(call.emitted), len(call.revived), dict(call.touched)
    try:
        async with call.work.attempt():
            return await call.again(line, values or {})
    except Problem as problem:
        del call.emitted[emitted:]
        del call.revived[revived:]
        call.touched.clear()
        call.touched.update(touched)
        row = call.work.session.identity_map.get(call.work.session.identity_key(Report, report))
        if row is not None:
            await call.work.session.refresh(row)
        if problem.audit:
            await call.work.ledger.write("refused", report=problem.report, person=call.caller.id,
                                         data={"code": problem.code, "line": line.split(" ", 1)[0]})
        return problem.reply()
    finally:
        call.report = None


async def named(call: Call, text: str) -> list[str]:
    """Return the ids that typed words mean, each once, in an order that two people share; raises Problem `bad_argument`."""
    found: set[str] = set()
    for word in (one for one in re.split(r"[,\s]+", text) if one):
        wanted = normal_id(word)
        rows = await call.work.reports.beginning_with(wanted) if wanted else []
        if wanted is None or len(rows) > 1:
            raise Problem("bad_argument", "Name reports by their whole ids, such as AIV-K7Q3M.",
                          errors={"reports": "Write whole ids, such as AIV-K7Q3M."})
        mine = bool(rows) and await on_roster(call, rows[0].id) is not None
        found.add(rows[0].id if mine else wanted)  # of others' reports not even the rest of an id is told
    return sorted(found)


def short(report: str) -> str:
    """Return an id without its beginning, as a form's line has room for it."""
    return report.removeprefix("AIV-")


async def on_roster(call: Call, report: str) -> Report | None:
    """Return a report if the caller is on its roster: nobody else is shown how it stands."""
    found = await call.work.reports.get(report)
    if found is None or not any(one.person_id == call.caller.id for one in await call.work.people.roster(found.id)):
        return None
    return found
