"""What was said about a report is destroyed before its time is over: its researcher withdraws it, or is forgotten.

Decides what goes with the words: files, also those that the bot posted in the channel, what colleagues proposed in words, an end of
the embargo that nobody is left to accept. The id and the dates stay, and what stands in public. A card that is drawn again shows
what is left, and the platform takes off what is not sent any more. When a report's time is over is left to `watching/upkeep.py`.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col, select

from commands import brief, record
from commands.calls import Call
from commands.effects import Erase
from commands.outside import embargo_days
from storage.models import Attachment, Proposal, Report


async def erase_texts(call: Call, report: Report) -> None:
    """Erase what was said about a report: title, facts, every passage and file, what is drawn up or proposed."""
    report.title = report.summary = report.facts = report.component = report.sketch = None
    report.signature = ""
    await embargo_days.no_proposal(call, report)
    await call.work.trials.erase(report.id)
    await call.work.judging.erase(report.id)
    await call.work.publishing.erase(report.id)
    await call.work.reports.erase_steps(report.id)
    await _proposals(call, report)
    await call.work.session.execute(update(Attachment).where(col(Attachment.report_id) == report.id).values(blob_key=None, name=None))
    for row in await call.work.reports.passages(report.id):
        row.body, row.erased_at = None, call.now
        if row.shown:
            call.emit(Erase(report.triage_platform, of=row.shown, channel=report.channel), f"{row.shown}/erased",
                      report=report.id)
    if report.archived_at is None:
        await brief.follow(call, report, every=True)
    else:
        await _closed(call, report)
    record.touch(call, report)


async def _closed(call: Call, report: Report) -> None:
    """Take the card and the briefs from a channel that is closed: there, nothing is drawn any more."""
    named = [f"{report.id}/brief/{one.number}" for one in await call.work.ledger.of(report.id) if one.kind == "owner"]
    for card in (f"{report.id}/card", *named):
        stands = await call.work.reports.delivery(card)
        if stands is not None and stands.ref is not None:
            call.emit(Erase(report.triage_platform, of=card, channel=report.channel), f"{card}/erased", report=report.id)


async def _proposals(call: Call, report: Report) -> None:
    """Withdraw what waits for a second person, and destroy the words of every proposal."""
    for one in await call.work.reports.proposals(report.id):
        one.state = "withdrawn"
        await record.note(call, report, "proposal_settled", data={"id": one.id, "how": "erased"})
    for one in (await call.work.session.execute(select(Proposal).where(Proposal.report_id == report.id))).scalars():
        one.line = call.desk.vault.common.seal("proposal", "line", one.id, "")
