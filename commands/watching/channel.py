"""What people do by hand to a triage channel: noticed, written down, told to the lead, and put right where the bot can.

A platform says what happened as a notice; the clock's commands answer it. What the bot did itself is no drift.
"""

from __future__ import annotations

from typing import Annotated

from commands import notify, record
from commands.calls import Call, Reply
from commands.effects import SetMembers
from commands.registry import Hint, clockwork
from commands.watching.reports import CLOCK
from storage.models import Report

_WHAT = (("joined", "joined"), ("left", "left"), ("renamed", "renamed"), ("archived", "archived"), ("removed", "removed"))


@clockwork("watch-channel", allow=CLOCK)
async def watch_channel(
    call: Call, channel: str, what: Annotated[str, Hint("what happened", choices=lambda _desk: _WHAT)], who: str = "",
) -> Reply:
    """Answer what somebody did by hand to a triage channel; a channel that is not ours, or is closed, is left alone."""
    report = await call.work.reports.of_channel(call.incoming.platform, channel)
    if report is None or report.archived_at is not None:
        return Reply()
    there = await record.members(call, report)
    if (what == "joined" and who in there) or (what == "left" and who not in there):
        return Reply()
    person = await call.work.people.who(call.desk.vault, call.incoming.platform, who) if who else None
    name = await call.work.people.name(call.desk.vault, person.id, call.incoming.platform) if person is not None else ""
    await record.note(call, report, "drift", data={"what": what, "who": person.id if person is not None else ""})
    if what in ("joined", "left"):
        _put_right(call, report, there)
    await notify.drifted(call, report, what, name)
    return Reply()


def _put_right(call: Call, report: Report, members: tuple[str, ...]) -> None:
    call.emit(SetMembers(report.triage_platform, report.channel, members), f"{report.id}/drift/{call.incoming.event}",
              report=report.id)
