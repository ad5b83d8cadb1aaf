"""The hall of fame: an announcement that exists only with the researcher's explicit credit choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commands.cards import Shown
    from commands.desk import Desk
    from storage.database import Work


async def render(work: Work, desk: Desk, report: str) -> Shown | None:
    """Return the announcement of a report's finder as it stands now; nothing without their consent."""
    from commands.cards import Shown
    from commands.text import Body, bold, say

    found = await work.reports.get(report)
    if found is None or found.key is None or found.credit != "name" or found.published_at is None:
        return None
    box = desk.vault.unlock(f"report|{found.id}", found.key)
    name = box.open_text("report", "credit_name", found.id, found.credit_name) if found.credit_name else ""
    return Shown(found.status_version, Body(text=say("Thank you, ", bold(name))))
