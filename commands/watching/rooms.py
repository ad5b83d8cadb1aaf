"""Room for new channels on a platform that holds only so many: those of the reports that were closed first go away.

Decides whose channel goes: nothing can happen to the report any more, because the times to appeal and to come back are over. What
went through the bot stays sealed in the database as long as the report itself.
"""

from __future__ import annotations

from sqlmodel import col, select

from commands import record
from commands.calls import Call, Reply
from commands.effects import CloseChannel
from commands.registry import clockwork
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Report

_AT_ONCE = 5
_LOOKED_AT = 200


@clockwork("watch-rooms", allow=Allow(Role.CLOCK))
async def watch_rooms(call: Call, platform: str) -> Reply:
    """Remove the channels of the reports that were closed first, a few at once."""
    waits = call.program.waiting
    before = call.now - max(waits.appeal, waits.regress)
    found = (await call.work.session.execute(
        select(Report).where(Report.triage_platform == platform, col(Report.archived_at).is_not(None), col(Report.closed_at) <= before)
        .order_by(col(Report.closed_at)).limit(_LOOKED_AT))).scalars().all()
    gone = set(await call.work.reports.deliveries(_key(one) for one in found))
    for report in [one for one in found if _key(one) not in gone][:_AT_ONCE]:
        await record.note(call, report, "channel_removed")
        call.emit(CloseChannel(platform, report.channel, remove=True), _key(report), report=report.id)
    return Reply()


def _key(report: Report) -> str:
    return f"{report.id}/removed"
