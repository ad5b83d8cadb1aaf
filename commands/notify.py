"""Who is pinged, when and how often."""

from __future__ import annotations

from commands.calls import Call, Reply
from commands.text import say
from storage.models import Report


async def researcher_wrote(call: Call, report: Report) -> None:
    """Have the assignee hear that the researcher wrote, collected for two minutes."""


async def nudge(call: Call, report: Report) -> Reply:
    """Pass a researcher's nudge on to assignee and lead, once for each missed promise."""
    return Reply(text=say("Passed on."))
