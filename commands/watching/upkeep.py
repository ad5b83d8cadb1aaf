"""What the clock asks of the house: what waited too long, what could not be delivered, what was given up, keys, retention.

Decides who hears of a failure and in which words, and what is destroyed when. Nobody is told a word of what was sent.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from commands import drafts, notify, record, unreached
from commands.calls import Call, Reply
from commands.effects import DirectMessage
from commands.intake import waiting
from commands.registry import clockwork
from commands.text import Body
from commands.wording import intake as wording_intake
from config.policy import calendar
from config.policy.codes import Code
from config.policy.roles import Allow
from config.policy.states import Role
from storage.judging import Cause, Rating, RegressionItem
from storage.models import Attachment, Delivery, Draft, LinkCode, Member, Passage, Ping, Proposal, Report
from storage.trials import Attempt, Series

CLOCK = Allow(Role.CLOCK)
_WARN_DAYS = (60, 30, 14, 7, 1)  # before the programme key expires
_AT_ONCE = 200


# -- what waited too long ----------------------------------------------------------------------------------------

@clockwork("watch-waiting", allow=CLOCK)
async def watch_waiting(call: Call) -> Reply:
    """Destroy what nobody completed or chose in time; who sent parts of a message hears so once."""
    rows = await call.work.reports.expired()
    told: set[str] = set()
    for row in rows:
        if row.kind == "part" and row.conversation not in told:
            told.add(row.conversation)
            account = await call.work.people.account(call.desk.vault, row.person_id, row.platform)
            if account is not None:
                text = wording_intake.answer(Code.INCOMPLETE, call.desk, wait=call.program.intake.wait_for_parts)
                call.emit(DirectMessage(row.platform, account.account, Body(text=text)), f"answer/{row.id}/incomplete")
            await call.work.ledger.write("intake", person=row.person_id, data={"code": Code.INCOMPLETE.value})
        elif row.kind != "part":
            await call.work.ledger.write("waiting_destroyed", person=row.person_id, data={"kind": row.kind})
    await waiting.drop(call, [row.id for row in rows])
    for draft in (await call.work.session.execute(select(Draft).where(col(Draft.expires_at) <= call.now).limit(_AT_ONCE))).scalars():
        await drafts.shred(call, draft)
    await call.work.session.execute(delete(LinkCode).where(col(LinkCode.expires_at) <= call.now))
    return Reply()


# -- what failed -------------------------------------------------------------------------------------------------

@clockwork("watch-undelivered", allow=CLOCK)
async def watch_undelivered(call: Call, key: str, reason: str = "") -> Reply:
    """Tell the assignee, and the operators, of a message that could not be delivered."""
    row = await call.work.reports.delivery(key) or await call.work.reports.delivery(key.rpartition("@")[0])
    if row is None:
        return Reply()
    report = await call.work.reports.get(row.report_id, locked=True) if row.report_id else None
    if row.kind == "direct" and report is not None and key.startswith(f"{report.id}/"):
        await _lost(call, report, key.removeprefix(f"{report.id}/"), reason, row.lane)
    elif row.kind == "open_channel" and report is not None:
        await notify.channel_failed(call, report)
    if row.revived and reason in unreached.UNREACHABLE:
        return Reply()  # tried again by itself: the operators know
    # One alarm for everything that one person cannot be told on one day; else one for each letter and each try.
    day = calendar.local_day(call.now, call.program.working).isoformat()
    gone = await _colleague(call, key, report) if reason in ("unknown_person", "cant_invite") else ""
    if gone:  # their account left the platform: what to do is known, and one letter more or less is not the point
        data = {"platform": row.lane.partition("/")[0]}
        if await call.work.ledger.once(f"account-gone/{gone}/{day}", "account_gone", person=gone, data=data):
            await notify.account_gone(call, gone)
        return Reply()
    once = f"dead/{row.lane}/{day}" if "/dm/" in row.lane else f"dead/{row.key}/{row.revived}"
    data = {"key": row.key, "reason": reason}
    if await call.work.ledger.once(once, "dead_letter", report=row.report_id, person="clock", data=data):
        await notify.tell_operators(call, row.report_id, "dead_letter", data)
    return Reply()


async def _colleague(call: Call, key: str, report: Report | None) -> str:
    """Return which colleague cannot be told, or not be asked back into a channel that they left; nothing when it is somebody else."""
    if key.startswith("list/"):
        person = key.rpartition("/")[2]
    elif report is not None and key.startswith(f"{report.id}/drift/"):
        drifts = [json.loads(one.data) for one in await call.work.ledger.of(report.id) if one.kind == "drift"]
        person = str(drifts[-1].get("who", "")) if drifts and drifts[-1].get("what") == "left" else ""
    else:
        row = await call.work.session.get(Ping, key.removeprefix("ping/")) if key.startswith("ping/") else None
        person = row.person_id if row is not None else ""
    return person if person and (await call.work.people.grants(person))[0] else ""


async def _lost(call: Call, report: Report, identity: str, reason: str, lane: str) -> None:
    """Write down that a message did not reach the researcher; the assignee hears of the first in a row."""
    lost: set[str] = set()
    for entry in await call.work.ledger.of(report.id):
        if entry.key == f"{report.id}/{identity}":
            return  # the clock's own words; the colleague whom this mark concerns knows it anyway
        if entry.kind == "undelivered":
            lost.add(json.loads(entry.data).get("id", ""))
        elif entry.kind == "delivered":
            lost.discard(json.loads(entry.data).get("id", ""))
    if identity in lost:
        return
    await record.note(call, report, "undelivered", data={"id": identity, "reason": reason})
    if not lost:
        await notify.undelivered(call, report)
    if reason in unreached.UNREACHABLE:
        await unreached.closed(call, report, identity, lane)


@clockwork("watch-internal", allow=CLOCK)
async def watch_internal(call: Call, event: str, reference: str) -> Reply:
    """Tell the operators the reference of what was given up, and whoever sent it that it is our fault; once each."""
    if not await call.work.ledger.once(f"internal/{event}", "internal", person="clock", data={"reference": reference}):
        return Reply()
    await notify.tell_operators(call, "", "internal", {"reference": reference})
    platform, _, account = call.incoming.person.partition("|")
    if account:
        text = wording_intake.answer(Code.INTERNAL, call.desk)
        call.emit(DirectMessage(platform, account, Body(text=text)), f"answer/{event}/internal")
    return Reply()


# -- the programme key -------------------------------------------------------------------------------------------

def key_step(expires: datetime, now: datetime, day: str) -> str:
    """Return which warning about a key's expiry is due: days before, or the day after; nothing while it is far off."""
    left = expires - now
    if left <= timedelta(0):
        return f"over-{day}"
    return next((f"{days}d" for days in reversed(_WARN_DAYS) if left <= timedelta(days=days)), "")


@clockwork("watch-key", allow=CLOCK)
async def watch_key(call: Call) -> Reply:
    """Have the operators' lists name the end of the programme key in time; tell them daily once it is over."""
    expires = call.desk.key.expires_at
    if expires is None:
        return Reply()
    step = key_step(expires, call.now, calendar.local_day(call.now, call.program.working).isoformat())
    once = f"key/{call.desk.key.fingerprint[-16:]}/{expires.date().isoformat()}/{step}"
    if step and await call.work.ledger.once(once, "key_expiry", person="clock", data={"step": step}):
        over = step.startswith("over")
        data = {"due": expires.isoformat(), "over": "yes" if over else ""}
        if over:
            await notify.tell_operators(call, "", "key", data)
        else:
            await notify.list_for_operators(call, "key", data)
    return Reply()


# -- retention ---------------------------------------------------------------------------------------------------

@clockwork("watch-shred", allow=CLOCK)
async def watch_shred(call: Call, report: Report) -> Reply:
    """Destroy the data key of a report whose time is over: from here on nothing of it can be read."""
    kept = timedelta(0) if report.rehearsal else call.program.retention.closed
    if report.closed_at is None or report.closed_at + kept > call.now:
        return Reply(code="too_early")
    report.key = report.title = report.summary = report.facts = report.component = report.sketch = None
    report.credit_name = report.credit_link = None
    report.next_due_at, report.signature = None, ""
    await call.work.trials.erase(report.id)
    await call.work.judging.erase(report.id)
    await call.work.publishing.erase(report.id)
    await call.work.reports.erase_steps(report.id)
    for row in (await call.work.session.execute(select(Attachment).where(Attachment.report_id == report.id))).scalars():
        row.blob_key = row.name = None
    return Reply()


@clockwork("watch-purge", allow=CLOCK)
async def watch_purge(call: Call, report: Report) -> Reply:
    """Remove the rows of a report whose key is destroyed; its id, its dates and its ledger entries stay."""
    if report.key is not None:
        return Reply(code="too_early")
    await call.work.session.flush()
    series = select(Series.id).where(Series.report_id == report.id)
    await call.work.session.execute(delete(Attempt).where(col(Attempt.series_id).in_(series)))
    for table in (Attachment, Passage, Proposal, Member, Ping, Series, Rating, Cause, RegressionItem):
        await call.work.session.execute(delete(table).where(col(table.report_id) == report.id))
    await call.work.reports.forget_steps(report.id)
    # The announcement in the hall of fame outlives the report: it must stay possible to take it down.
    await call.work.session.execute(
        delete(Delivery).where(col(Delivery.report_id) == report.id, col(Delivery.key).not_like("hall/%")))
    await call.work.ledger.once(f"{report.id}/purged", "purged", report=report.id, person="clock")
    report.channel = report.receipt = report.sha256 = ""
    return Reply()
