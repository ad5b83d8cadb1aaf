"""What a researcher changes or deletes after they said it.

Decides what becomes of it: words that were relayed are shown anew and say that they were edited; an edited ciphertext is a new
version beside the old one; a deletion is written down and shown, and what was said stays with the report, as it was received.
"""

from __future__ import annotations

from sqlmodel import col, select

from commands import record, talk
from commands.calls import Call
from commands.text import Body, Voice
from commands.wording import case as wording
from config.policy.codes import Code
from storage.gpg import Opened
from storage.models import Passage, Report


async def corrected(call: Call, text: str, opened: Opened | None) -> bool:
    """Take an edit or a deletion; false when what it is about never became part of a report, so that it is words like any.

    `text` is what the message says now; `opened` what was in it when it is encrypted.
    """
    row, report = await _said(call)
    if row is None or report is None or row.body is None:
        return call.incoming.gone
    if call.incoming.gone:
        row.changed = "deleted"
        await record.note(call, report, "message_deleted", data={"number": row.number})
        number = (await call.work.ledger.head())[0]
        record.post(call, report, Body(text=wording.deleted_by_reporter(), voice=Voice("event")), f"deleted/{number}")
    elif opened is not None:
        if opened.code is not Code.ACCEPTED:
            return False
        await record.note(call, report, "message_edited", data={"number": row.number})
        await talk.from_reporter(call, report, opened.plaintext.decode("utf-8", "replace").replace("\x00", "\ufffd"), encrypted=True)
        return True
    else:
        row.body = record.box(call, report).seal("passage", "body", row.id, text)
        row.changed = "edited"
        await record.note(call, report, "message_edited", data={"number": row.number})
    if row.shown:
        talk.show(call, report, row, version=(await call.work.ledger.head())[0])
    return True


async def _said(call: Call) -> tuple[Passage | None, Report | None]:
    """Return what the caller said with that message, and the report it went to."""
    found = await call.work.session.execute(
        select(Passage).where(Passage.event == call.incoming.edits,
                              col(Passage.person_id).in_(await call.work.people.circle(call.caller.id))))
    row = found.scalars().first()
    return row, await call.work.reports.get(row.report_id, locked=True) if row is not None else None
