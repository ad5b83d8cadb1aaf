"""A series that the harness has made reaches its report: the clock says so, whenever the bot next runs.

Decides only that it happens once, under the report's lock. What a series then counts for is decided in `trials.py`; making one, in
`bot/replay/run.py`, which runs beside the bot and has no way to a chat.
"""

from __future__ import annotations

from commands.calls import Call, Reply
from commands.judging import trials
from commands.registry import clockwork
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Report
from storage.trials import Stand


@clockwork("trials-came", allow=Allow(Role.CLOCK))
async def trials_came(call: Call, report: Report, *, series: str) -> Reply:
    """Take in one series whose attempts are all made."""
    found = await call.work.trials.get(series)
    if found is None or found.report_id != report.id or found.stand != Stand.CAME:
        return Reply()
    if report.key is None:  # purged meanwhile: there is nothing left that a count could stand for
        found.stand = Stand.VOID.value
        return Reply()
    await trials.take_in(call, report, found)
    return Reply()
