"""Researchers who cannot be written to: direct messages closed, the server left, the bot blocked.

Decides when it is tried again (when they are heard, and daily), what the team learns of it and what it can do, and by which
other way a message goes. What cannot be delivered is kept, and can be read and answered by `status`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, select

from commands import record, talk
from commands.calls import Call, Reply, lane_of
from commands.effects import DirectMessage
from commands.registry import clockwork
from commands.text import Body, Text
from commands.wording import unreached as wording_unreached
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import UNSENT, Delivery, Entry, Identity, Passage, Report

UNREACHABLE = ("dms_closed", "unknown_person")
_TRIED = timedelta(days=30)  # how long something is tried again
_AT_ONCE = 20
_SHOWN = 3  # unread messages of a report that a status shows
_CLOCK = Allow(Role.CLOCK)


# -- what could not be delivered -----------------------------------------------------------------------------------

async def closed(call: Call, report: Report, identity: str, lane: str) -> None:
    """Keep that an account cannot be written to; the message goes another way, or the team learns once what to do."""
    news = False
    for one in await call.work.people.accounts_of(call.desk.vault, report.person_id):
        if lane_of(DirectMessage(one.platform, one.account, Body()), call.desk.vault.blind) == lane:
            news = await call.work.people.reached(one.id, yes=False)
    if news:
        record.touch(call, report)
    other = await record.reporter(call, report)
    if other is not None and other.reachable:
        await _other_way(call, report, identity)
    elif news and report.archived_at is None:
        number = (await call.work.ledger.head())[0]
        record.post(call, report, wording_unreached.for_the_team(), f"unreachable/{number}")


async def _other_way(call: Call, report: Report, identity: str) -> None:
    """Send words once more, to another account of the same person."""
    row = next((one for one in await call.work.reports.passages(report.id) if one.delivery == f"{report.id}/{identity}"), None)
    lost = await call.work.reports.delivery(f"{report.id}/{identity}")
    if row is None or row.body is None or lost is None:
        return
    lost.state, lost.reason = "done", "elsewhere"  # never tried there again: each text once on each side
    number = (await call.work.ledger.head())[0]
    row.delivery = f"{report.id}/{identity}/by/{number}"
    await talk.say_again(call, report, row, f"{identity}/by/{number}")
    await talk.show_again(call, report, row)


# -- trying again --------------------------------------------------------------------------------------------------

async def contact(call: Call) -> None:
    """Keep that somebody was heard, and try again what they could not be told there."""
    one = call.incoming
    found = await call.work.people.heard(call.desk.vault, one.platform, one.person, name=one.name)
    if found is not None and not found.reachable:
        lane = lane_of(DirectMessage(one.platform, one.person, Body()), call.desk.vault.blind)
        await _retry(call, await _lost(call, lane), most=1)


async def _lost(call: Call, lane: str = "") -> Sequence[Delivery]:
    """Return what researchers could not be told, oldest first; what is only true on its day is not said later."""
    query = select(Delivery).where(
        Delivery.state == "refused", Delivery.kind == "direct", col(Delivery.reason).in_(UNREACHABLE),
        col(Delivery.at) > call.now - _TRIED, Delivery.report_id != "")
    if lane:
        query = query.where(Delivery.lane == lane)
    rows = (await call.work.session.execute(query.order_by(col(Delivery.at), col(Delivery.key)))).scalars().all()
    theirs = [one for one in rows if one.key.startswith(f"{one.report_id}/")]  # not what colleagues are pinged about
    if not theirs:
        return ()
    found = await call.work.session.execute(select(Entry.key).where(col(Entry.key).in_([one.key for one in theirs])))
    reminders = set(found.scalars())
    return [one for one in theirs if one.key not in reminders]


async def _retry(call: Call, rows: Sequence[Delivery], *, most: int) -> None:
    """Try dead letters again: a single one is a knock on the door, at most one an hour."""
    for row in rows[:most]:
        hour = f"{call.now:%Y%m%dT%H}"
        if most > 1 or await call.work.ledger.once(f"knock/{row.lane}/{hour}", "retried", report=row.report_id, person="clock",
                                                   data={"key": row.key}):
            row.state, row.revived = "queued", row.revived + 1
            call.revived.append((row.key, row.revived))


@clockwork("watch-unreached", allow=_CLOCK)
async def watch_unreached(call: Call) -> Reply:
    """Knock once at the door of everybody who could not be written to."""
    first: dict[str, Delivery] = {}
    for row in await _lost(call):
        first.setdefault(row.lane, row)
    for row in first.values():
        await _retry(call, [row], most=1)
    return Reply()


@clockwork("watch-delivered", allow=_CLOCK)
async def watch_delivered(call: Call, key: str, handle: str = "") -> Reply:
    """Take note that somebody can be written to again, and say what was kept for them meanwhile."""
    row = await call.work.reports.delivery(key)
    if row is None or row.state == UNSENT:
        return Reply()
    found = (await call.work.session.execute(select(Identity).where(Identity.handle == handle))).scalars().first() if handle else None
    if found is not None and await call.work.people.reached(found.id, yes=True):
        for one in await call.work.reports.of_person(found.person_id, open_only=True):
            record.touch(call, one)
    report = await call.work.reports.get(row.report_id, locked=True) if row.report_id else None
    if report is not None and row.state == "done" and key.startswith(f"{report.id}/"):
        await arrived(call, report, key.removeprefix(f"{report.id}/"))
    await _retry(call, [one for one in await _lost(call, row.lane) if one.key != key], most=_AT_ONCE)
    return Reply()


async def arrived(call: Call, report: Report, identity: str) -> None:
    """Write down that a message which could not be delivered has arrived after all."""
    lost = False
    for entry in await call.work.ledger.of(report.id):
        if entry.kind in ("undelivered", "delivered") and json.loads(entry.data).get("id") == identity:
            lost = entry.kind == "undelivered"
    if lost:
        await record.note(call, report, "delivered", data={"id": identity})


# -- another way ---------------------------------------------------------------------------------------------------

async def unread(call: Call, report: Report) -> list[Passage]:
    """Return what was said to the researcher and could not be delivered, oldest first."""
    rows = [one for one in await call.work.reports.passages(report.id) if one.delivery and one.body is not None]
    known = await call.work.reports.deliveries([one.delivery for one in rows]) if rows else {}
    return [one for one in rows if (found := known.get(one.delivery)) is not None and _waits(found)]


def _waits(row: Delivery) -> bool:
    return row.state == "refused" or (row.state == "queued" and row.revived > 0)


async def shown(call: Call, report: Report) -> list[Text]:
    """Return the newest unread messages as a status shows them."""
    found = []
    for row in (await unread(call, report))[-_SHOWN:]:
        text = record.box(call, report).open_text("passage", "body", row.id, row.body) if row.body else ""
        found.append(wording_unreached.unread(report.id, row.at, text, call.program.tz))
    return found


async def read(call: Call, report: Report) -> None:
    """Take note that the researcher has read what could not be delivered: they answered it."""
    for row in await unread(call, report):
        delivery = await call.work.reports.delivery(row.delivery)
        if delivery is not None:
            delivery.state, delivery.reason, delivery.done_at = "done", "read", call.now
            call.revived[:] = [one for one in call.revived if one[0] != delivery.key]
        await arrived(call, report, f"out/{row.number}")
        await talk.show_again(call, report, row)
