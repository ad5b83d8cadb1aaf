"""A look at what waits for a second signature on a report: what was proposed, word by word, and the button that agrees.

Decides what leadership may see of a report before they sign: its id, level and state, and the line that was proposed. The report
itself stays with those who are on it.
"""

from __future__ import annotations

from commands import second
from commands.calls import Call, Reply
from commands.registry import command
from commands.text import Button
from commands.times import clock_time
from commands.wording import digest_decisions as wording
from config.policy.roles import Allow, Tie
from config.policy.states import Role, State
from storage.models import Report

_MOST = 3


@command("digest-look", allow=Allow((Role.LEADERSHIP, Role.LEAD), tie=Tie.ROSTER), reads=True, hidden=True)
async def digest_look(call: Call, report: Report) -> Reply:
    """Show what waits for a second signature on a report, privately, with the button that agrees."""
    rows = (await call.work.reports.proposals(report.id))[:_MOST]
    if not rows:
        return Reply(text=wording.nothing_waits(report.id))
    same = await call.work.people.circle(call.caller.id)
    found = [(wording.act(one.act), one.needs, clock_time(one.lapses_at, call.program.tz), second.line_of(call, one)) for one in rows]
    agree = [Button(f"case agree proposal={one.id}", f"Agree: {wording.act(one.act)}") for one in rows if one.person_id not in same]
    opens = [Button(f"show report={report.id}", f"Open {report.id}", "quiet")] if Role.LEAD in call.caller.roles else []
    return Reply(text=wording.look(report.id, report.level, State(report.state), found), buttons=(*agree, *opens))
