"""What the clock asks of a report and of a person: serve the marks that have come, and say what is due to be said.

Decides nothing about time: `config/policy/` says which marks have come and whether they become a ping or a line of a list.
Every mark is written down under its key together with what it set off, so it is served once, whatever stops in between.
"""

from __future__ import annotations

from datetime import datetime

from commands import notify, record, talk, unreached
from commands.addressees import people_of
from commands.calls import Call, Reply
from commands.digest.post import monthly, weekly
from commands.guards import unsend
from commands.history import facts_of
from commands.registry import clockwork
from commands.text import Body, Button
from commands.watching import acts as watch_acts
from commands.watching import lists as watch_lists
from config.policy import pings
from config.policy.deadlines import ClockName, Mark
from config.policy.pings import Kind, Plan
from config.policy.roles import Allow
from config.policy.states import Role, Who
from storage.models import UNSENT, Report
from storage.pings import LIST, NOW, WEEKEND, Pings

CLOCK = Allow(Role.CLOCK)
_MOST_ACTS = 20  # of one report at one instant; more would be a rule that feeds itself


@clockwork("watch-report", allow=CLOCK)
async def watch_report(call: Call, report: Report) -> Reply:
    """Serve every mark of a report that has come: the clock's own acts first, then who is told."""
    if report.key is None:  # purged: nothing is waited for any more
        report.next_due_at = None
        return Reply()
    found = await _plan(call, report)
    for _ in range(_MOST_ACTS):
        if not found.acts:
            break
        outcome = await watch_acts.perform(call, report, found.acts[0])
        await _served(call, report, found.acts[0], outcome)
        found = await _plan(call, report)
    for mark in found.overtaken:
        await _served(call, report, mark, "overtaken")
    for bundle in pings.bundled(one for one in found.pings if one.who is Who.REPORTER):
        await _to_reporter(call, report, [one.mark for one in bundle if one.mark is not None])
    for mark in {one.mark.key: one.mark for one in found.pings if one.mark is not None}.values():
        await _to_colleagues(call, report, mark, [one for one in found.pings if one.mark is mark])
    await record.reschedule(call, report)
    return Reply()


async def _plan(call: Call, report: Report) -> Plan:
    await call.work.session.flush()
    entries = await call.work.ledger.of(report.id)
    sent = {one.key.removeprefix(f"{report.id}/") for one in entries if one.key}
    return pings.plan(facts_of(entries), call.program, now=call.now, sent=sent)


async def _served(call: Call, report: Report, mark: Mark, how: str) -> None:
    await call.work.ledger.once(f"{report.id}/{mark.key}", "mark", report=report.id, person="clock", at=call.now,
                                data={"key": mark.key, "how": how})


async def _to_reporter(call: Call, report: Report, marks: list[Mark]) -> None:
    """Tell the researcher, at any hour: one honest note for all that was missed, or a reminder that it is their turn."""
    late = [one for one in marks if one.step == "note"]
    if late:
        body = Body(text=watch_acts.late_note(call, report, late), buttons=(Button(f"me nudge report={report.id}", "Nudge"),))
        await record.tell(call, report, body, late[0].key)
    for mark in marks:
        if mark not in late:
            await record.tell(call, report, watch_acts.reminder(report, mark, call), mark.key)
        await _served(call, report, mark, "told")
    record.touch(call, report)


async def _to_colleagues(call: Call, report: Report, mark: Mark, found: list[pings.Ping]) -> None:
    data = {"mark": mark.key, "clock": mark.clock.value, "step": mark.step, "due": mark.due.isoformat() if mark.due else ""}
    told: set[str] = set()
    for ping in found:
        if ping.who is Who.REPORTER:
            continue
        kind, due = await _where(call, ping)
        for person in await people_of(call, report, ping.who, mark=mark.key):
            if person in told:
                continue
            told.add(person)
            row = notify.keep(call, person, report.id, kind, "mark", data, counts=ping.counts, due=due)
            if mark.urgent and ping.kind is Kind.NOW:
                await notify.say_now(call, person, [row])  # whatever the hour
        await _served(call, report, mark, ping.kind.value)
    if mark.step in ("100", "stand-in") or mark.clock is ClockName.STOP_GAP:
        record.touch(call, report)  # the card says that it is late, or offers what is possible now


async def _where(call: Call, ping: pings.Ping) -> tuple[str, datetime]:
    """Return how a ping is kept and from when; a list that has gone out already is followed by the next morning's."""
    match ping.kind:
        case Kind.NOW | Kind.COLLECT:
            return NOW, call.now
        case Kind.WEEKEND_LIST:
            today = watch_lists.stamp(watch_lists.BEFORE_DAYS_OFF, call.now, call.program)
            if (await Pings(call.work).done()).get(watch_lists.BEFORE_DAYS_OFF, "") < today:
                return WEEKEND, call.now
            return LIST, await notify.next_list(call)
        case Kind.MORNING_LIST:
            return LIST, await notify.next_list(call)


@clockwork("watch-person", allow=CLOCK)
async def watch_person(call: Call, person: str, *, lists: str = "") -> Reply:
    """Tell somebody what is due for them now, with the lists that go out, as one message."""
    await watch_lists.tell(call, person, [one for one in lists.split(",") if one])
    return Reply()


@clockwork("watch-digest", allow=CLOCK)
async def watch_digest(call: Call) -> Reply:
    """Post the weekly digest, and the monthly one where the programme wants it, once their time has come."""
    await weekly(call)
    await monthly(call)
    return Reply()


@clockwork("watch-card", allow=CLOCK)
async def watch_card(call: Call, card: str) -> Reply:
    """Draw a card again after the delivery that it shows has an outcome."""
    name, _, part = card.partition("/")
    report = await call.work.reports.get(name, locked=True)
    if report is None or report.key is None:
        return Reply()
    if part.partition("/")[0] in ("card", "status"):
        record.touch(call, report)
        return Reply()
    if not part.startswith("talk/"):
        return Reply()
    number = part.removeprefix("talk/")
    said = next((one for one in await call.work.reports.passages(report.id) if str(one.number) == number), None)
    row = await call.work.reports.delivery(said.delivery) if said is not None and said.delivery else None
    if row is not None and row.state == "done":
        await unreached.arrived(call, report, f"out/{number}")
    if said is not None:
        if said.changed == UNSENT:
            await unsend.ended(call, report, said)
        await talk.show_again(call, report, said)
    return Reply()
