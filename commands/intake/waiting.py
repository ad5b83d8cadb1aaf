"""What a person sent that is no report yet: kept sealed under a key of its own until they choose or it expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from commands.calls import Call, Incoming, Problem
from commands.wording import case as wording
from storage.models import Waiting
from storage.people import new_id
from storage.vault import Vault


def conversation_key(vault: Vault, incoming: Incoming) -> str:
    """Return the keyed hash under which a conversation is remembered."""
    return vault.blind("conversation", f"{incoming.platform}|{incoming.conversation}")


def event_key(call: Call) -> str:
    """Return a keyed hash of what arrived, for the keys of the answers to it."""
    one = call.incoming
    return call.desk.vault.blind("event", f"{one.platform}|{one.conversation}|{one.event}")[:32]


async def keep(
    call: Call, key: str, kind: str, text: str | bytes, *, form: str = "typed", name: str = "", lasts: timedelta | None = None,
) -> Waiting:
    """Keep something that is no report yet, sealed under a key of its own, until it expires."""
    row = Waiting(
        id=new_id("w"), conversation=key, person_id=call.caller.id, kind=kind, form=form, at=call.at,
        number=len(await call.work.reports.waiting(key, kind)) + 1, platform=call.incoming.platform,
        expires_at=call.now + (lasts or call.program.retention.unclaimed),
    )
    row.key, box = call.desk.vault.new_key(f"waiting|{row.id}")
    row.body = box.seal("waiting", "body", row.id, text)
    if name:
        row.name = box.seal("waiting", "name", row.id, name)
    call.work.session.add(row)
    await call.work.session.flush()
    return row


async def drop(call: Call, rows: Sequence[str]) -> None:
    """Destroy the keys of what is no longer wanted, then the rows."""
    for one in rows:
        row = await call.work.session.get(Waiting, one)
        if row is not None:
            row.key = None
            await call.work.session.flush()
            await call.work.session.delete(row)


async def take(call: Call, draft: str, *kinds: str) -> tuple[Waiting, str]:
    """Return what waits for a choice of the caller; raises Problem `gone` when it was chosen or destroyed."""
    row = await call.work.session.get(Waiting, draft)
    if row is None or row.key is None or row.body is None or row.kind not in kinds or row.person_id != call.caller.id:
        raise Problem("gone", wording.gone())
    box = call.desk.vault.unlock(f"waiting|{row.id}", row.key)
    return row, box.open_text("waiting", "body", row.id, row.body)
