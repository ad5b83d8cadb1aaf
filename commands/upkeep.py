"""What operators ask in chat: how the work stands, what was not delivered, try it again, does the chain hold.

Decides what administrators see, which is keys, reasons and ids, never what was said. Leaves trying again to
the engine, and the deeper examination, which looks at files and keys, to the command line.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from sqlalchemy import func
from sqlmodel import col, select

from commands.calls import Call, Problem, Reply
from commands.digest import house
from commands.registry import Hint, command
from commands.text import lines
from commands.wording import going_live
from commands.wording import upkeep as wording
from config.policy.roles import Allow
from config.policy.states import Role
from storage import doors
from storage.models import HELD, Delivery, Report

OPERATORS = Allow(Role.ADMIN)
DEAD = ("refused", HELD)
OVERDUE = timedelta(hours=1)
_LISTED = 15
_VERIFIED = 20_000  # entries that are verified in chat; more would hold up everybody else


@command("upkeep health", allow=OPERATORS, reads=True)
async def health(call: Call) -> Reply:
    """Say how the work stands: dead letters, what is on the way, overdue marks."""
    found = await call.work.session.execute(
        select(Delivery.state, func.count(), func.min(Delivery.at))
        .where(Delivery.state != "done").group_by(Delivery.state))
    states = {state: (number, oldest) for state, number, oldest in found}
    late = await call.work.session.execute(
        select(func.count()).select_from(Report)
        .where(col(Report.next_due_at) <= call.now - OVERDUE))
    refused, held = (states.get(one, (0, None))[0] for one in DEAD)
    queued, oldest = states.get("queued", (0, None))
    entries, _ = await call.work.ledger.head()
    quiet = await house.silence_of(call)
    stands = going_live.in_health(await doors.standing(call.work, call.desk.vault), call.program.tz)
    return Reply(text=lines([stands, wording.health(
        dead=refused, held=held, queued=queued, oldest=oldest,
        overdue=int(late.scalar_one()), entries=entries, zone=call.program.tz), *quiet]))


@command("upkeep dead-letters", allow=OPERATORS, reads=True)
async def dead_letters(call: Call) -> Reply:
    """List what could not be delivered, with its key, the reason and the report."""
    dead = col(Delivery.state).in_(DEAD)
    session = call.work.session
    total = (await session.execute(select(func.count()).select_from(Delivery).where(dead))).scalar_one()
    found = await session.execute(select(Delivery).where(dead).order_by(col(Delivery.at)).limit(_LISTED))
    rows = [wording.Dead(one.key, one.kind, one.reason, one.report_id, one.at, holds=one.state == HELD) for one in found.scalars()]
    return Reply(text=wording.dead_letters(rows, more=int(total) - len(rows), zone=call.program.tz))


@command("upkeep revive", allow=OPERATORS, submit="Try again")
async def revive(call: Call, key: Annotated[str, Hint("key of the dead letter")]) -> Reply:
    """Try a delivery again that was given up."""
    row = await call.work.reports.delivery(key.strip())
    if row is None or row.state not in DEAD:
        raise Problem("no_dead_letter", wording.no_dead_letter())
    if row.reason == "forgotten":
        raise Problem("forgotten", wording.forgotten())
    row.state, row.revived = "queued", row.revived + 1
    call.revived.append((row.key, row.revived))
    await call.work.ledger.write("revived", report=row.report_id, person=call.caller.id,
                                 data={"key": row.key, "reason": row.reason})
    return Reply(text=wording.revived(row.key, row.kind))


@command("upkeep give-up", allow=OPERATORS, submit="Give it up")
async def give_up(call: Call, key: Annotated[str, Hint("key of the dead letter")]) -> Reply:
    """Let go on what waits behind a channel that could not be opened; it can still be tried again."""
    row = await call.work.reports.delivery(key.strip())
    if row is None or row.state not in DEAD:
        raise Problem("no_dead_letter", wording.no_dead_letter())
    if row.state == HELD:
        row.state = "refused"
        call.revived.append((row.key, 0))
        await call.work.ledger.write("given_up", report=row.report_id, person=call.caller.id, data={"key": row.key, "reason": row.reason})
    return Reply(text=wording.given_up(row.key))


@command("upkeep verify", allow=OPERATORS, reads=True)
async def verify(call: Call) -> Reply:
    """Verify that the ledger's newest entries follow from one another."""
    head, digest = await call.work.ledger.head()
    chain = await call.work.ledger.follow(last=_VERIFIED)
    if chain.faults:
        first = chain.faults[0]
        words = wording.chain_broken(first.number, first.what, len(chain.faults) - 1)
        return Reply(code="chain_broken", text=words)
    return Reply(text=wording.chain_holds(head, digest, first=max(1, head - _VERIFIED + 1)))
