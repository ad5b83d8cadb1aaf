"""What was tried, series by series: how often it worked, who tried, when, in which context, judged by what, what was dropped.

Decides what of a series is shown. Only the roster reads it, and only where the bot may open a report's text.
"""

from __future__ import annotations

import json

from commands import record
from commands.calls import Call, Reply
from commands.registry import command
from commands.text import lines
from commands.wording import tried as wording
from config.policy.roles import Allow, Tie
from config.policy.states import Role
from storage.models import Report
from storage.trials import Stand

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)  # not the owner: variants are to stay unseen by who makes the fix
_MOST = 30  # series that are listed; the newest ones


@command("case trials", allow=STAFF, reads=True)
async def tried(call: Call, report: Report) -> Reply:
    """List the trials of a report by series: how often, who, when, in which settings, judged by what."""
    series = [one for one in await call.work.trials.standing(*Stand, report=report.id) if one.n or one.dropped]
    if not series or report.key is None:
        return Reply(text=wording.nothing_tried())
    box = record.box(call, report)
    found = []
    for one in series[-_MOST:]:
        who = await call.work.people.name(call.desk.vault, one.person_id, report.triage_platform) if one.person_id else ""
        if one.person_id in await call.work.people.circle(report.person_id):
            who = wording.THE_RESEARCHER
        context = json.loads(box.open_text("trial_series", "context", one.id, one.context)) if one.context else {}
        name = box.open_text("trial_series", "name", one.id, one.name) if one.name else ""
        found.append(wording.series(one, who=who, context=context, name=name, zone=call.program.tz, shown=report.mode == "open"))
    return Reply(text=lines([*found, wording.more_series(len(series) - _MOST)]))
