"""What every change of a report has in common: the step, its ledger entry, the clocks and the cards that follow.

Decides how an event with its implied steps is taken and refused, and what is brought up to date at the end of a call. Leaves
what is said to whom to the command that took the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from commands.calls import Call, Problem, lane_of
from commands.effects import CloseChannel, DirectMessage, Post, Refresh, ReopenChannel, SetMembers
from commands.history import facts_of
from commands.text import Body, Words, say
from commands.wording import common as wording
from config.policy import deadlines, pings
from config.policy.guards import Facts, guard
from config.policy.lifecycle import TABLE, Refusal, already, implied, move
from config.policy.states import Event, Level, Role, State
from storage.models import Passage, Report
from storage.people import Account, new_id
from storage.vault import Box

_EVENTS = {event.value: event for event in Event}


async def history(call: Call, report: Report) -> tuple[deadlines.Fact, ...]:
    """Return what happened to a report, in order."""
    return facts_of(await call.work.ledger.of(report.id))


async def last_event(call: Call, report: Report) -> Event | None:
    """Return the last event that moved a report."""
    for entry in reversed(await call.work.ledger.of(report.id)):
        event = _EVENTS.get(entry.kind)
        if event in _MOVING:
            return event
    return None


_MOVING = frozenset(event for event, step in TABLE.items() if isinstance(step.to, State)) | {Event.ANSWER}


async def take(
    call: Call, report: Report, event: Event, *, facts: Facts | None = None, data: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> tuple[Event, ...]:
    """Take a step with the steps it implies; nothing when it repeats a step that is done.

    Raises Problem `illegal_transition` or the guard's code, with nothing changed.
    """
    state = State(report.state)
    if already(state, event, last=await last_event(call, report)):
        return ()
    steps = implied(state, event, dated=report.due_on is not None)
    if not steps:
        raise refused(report, Refusal("illegal_transition", allowed=tuple(one for one in TABLE if implied(state, one))), event)
    if facts is not None:
        refusal = guard(event, facts)
        if refusal is not None:
            raise refused(report, refusal, event)
    for one in steps:
        await note(call, report, one.value, data=data if one is event else None, at=at)
        if one is Event.ASK:
            report.asked_in = report.state
        found = move(State(report.state), one, returning=State(report.asked_in) if report.asked_in else None,
                     reproduced=report.ours_k > 0)
        if isinstance(found, Refusal):  # cannot be: implied() gave the way
            raise refused(report, found, one)
        report.state = found.value
    return steps


async def note(
    call: Call, report: Report, kind: str, *, data: Mapping[str, object] | None = None, at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Write one ledger entry of a report and have its clocks and cards follow."""
    who = "clock" if Role.CLOCK in call.caller.roles else call.caller.id
    if report.rehearsal:
        data = {**(data or {}), "rehearsal": "yes"}
    await call.work.ledger.write(kind, report=report.id, person=who, at=at or call.at, key=key, data=data)
    touch(call, report)


def touch(call: Call, report: Report) -> None:
    """Have the clocks and the cards of a report follow at the end of the call."""
    call.touched[report.id] = report


def reachable(report: Report, event: Event) -> bool:
    """Whether a step is possible now, with what it implies."""
    return bool(implied(State(report.state), event, dated=report.due_on is not None))


def refused(report: Report, refusal: Refusal, event: Event) -> Problem:
    """Return the refusal of a step in words: why, and what is possible instead."""
    problem = Problem(refusal.code, wording.refusal(report.id, State(report.state), event, refusal))
    problem.report = report.id
    return problem


def not_now(report: Report, name: str) -> str:
    """Return why a command is not possible in this state, or nothing."""
    events = wording.COMMAND_EVENTS.get(name)
    if not events:
        return ""
    state = State(report.state)
    if any(implied(state, event, dated=report.due_on is not None) for event in events):
        return ""
    return f"not now: the report is {wording.state_word(state)}"


async def settle(call: Call) -> None:
    """Bring the clocks and cards of every report that this call touched up to date."""
    for report in list(call.touched.values()):
        await reschedule(call, report)
        report.card_version += 1
        if report.archived_at is None or report.archived_at == call.now:
            card = f"{report.id}/card"
            call.emit(Refresh(report.triage_platform, card, report.card_version, channel=report.channel),
                      f"{card}@{report.card_version}", report=report.id)
        await _status(call, report)
    # What archives a channel goes last in its lane: the newest card must still get in.
    last = [one for one in call.emitted if isinstance(one[2], CloseChannel)]
    if last:
        call.emitted[:] = [one for one in call.emitted if not isinstance(one[2], CloseChannel)] + last


async def reschedule(call: Call, report: Report) -> None:
    """Compute when the clock has something to do about a report next: not a mark's instant, but when somebody may be told."""
    sent = await call.work.ledger.keys(report.id)
    own = {key.removeprefix(f"{report.id}/") for key in sent}
    report.next_due_at = pings.next_at(await history(call, report), call.program, now=call.now, sent=own)


async def _status(call: Call, report: Report) -> None:
    if report.state == State.SPAM or report.status_version < 0 or (report.state == State.RECEIVED and not report.status_version):
        return  # one that went back to received has a status already
    account = await reporter(call, report)
    if account is None or not account.reachable:  # drawn anew once they are
        return
    report.status_version += 1
    card, effect = f"{report.id}/status", Refresh(account.platform, "", report.status_version, person=account.account)
    before, lane = await call.work.reports.delivery(card), lane_of(effect, call.desk.vault.blind)
    if before is not None and before.lane != lane:  # they moved to another account: its status is a message of its own
        card = f"{card}/{lane.rpartition('/')[2][:8]}"
    call.emit(replace(effect, card=card), f"{card}@{report.status_version}", report=report.id)


async def reporter(call: Call, report: Report) -> Account | None:
    """Return where the researcher of a report is told something: where they reported, or another account of theirs."""
    there = [one for one in call.desk.platforms if one != report.platform]
    return await call.work.people.reach(call.desk.vault, report.person_id, report.platform, *there)


def box(call: Call, report: Report) -> Box:
    """Return the opened box of a report."""
    return call.desk.vault.unlock(f"report|{report.id}", report.key)


def sealed(call: Call, report: Report, column: str, text: str) -> Any:
    """Return text sealed for a column of a report."""
    return box(call, report).seal("report", column, report.id, text)


async def passage(
    call: Call, report: Report, kind: str, text: str, *, delivery: str = "", shown: str = "", at: datetime | None = None,
    person: str | None = None,
) -> Passage:
    """Keep something that was said about a report, sealed under its key."""
    row = Passage(
        id=new_id("m"), report_id=report.id, number=await call.work.reports.next_number(report.id), kind=kind,
        person_id=call.caller.id if person is None else person, at=at or call.at, delivery=delivery, shown=shown,
        event=call.incoming.event,
    )
    row.body = box(call, report).seal("passage", "body", row.id, text)
    call.work.session.add(row)
    return row


async def tell(call: Call, report: Report, body: Body | Words, key: str, *, then: str = "") -> bool:
    """Send a direct message to the reporter; tells whether there is a way to reach them."""
    account = await reporter(call, report)
    if account is None:
        return False
    message = body if isinstance(body, Body) else Body(text=say(body))
    call.emit(DirectMessage(account.platform, account.account, message, then=then), f"{report.id}/{key}", report=report.id)
    return True


def post(call: Call, report: Report, body: Body | Words, key: str) -> None:
    """Say something in the report's own channel."""
    message = body if isinstance(body, Body) else Body(text=say(body))
    call.emit(Post(report.triage_platform, report.channel, message), f"{report.id}/{key}", report=report.id)


async def tell_person(call: Call, person: str, body: Body, key: str, *, report: str = "") -> bool:
    """Send one direct message to a colleague, where triage happens if they are there; tells whether they have an account."""
    account = await call.work.people.reach(call.desk.vault, person, call.desk.triage_platform, *call.desk.platforms)
    if account is None:
        return False
    call.emit(DirectMessage(account.platform, account.account, body), key, report=report)
    return True


async def members(call: Call, report: Report) -> tuple[str, ...]:
    """Return the accounts of a report's roster on its triage platform, each once."""
    people = [one.person_id for one in await call.work.people.roster(report.id)]
    return tuple(dict.fromkeys(await call.work.people.accounts(call.desk.vault, people, report.triage_platform)))


async def set_members(call: Call, report: Report) -> None:
    """Make a channel's members exactly the roster."""
    number = await call.work.ledger.head()
    call.emit(SetMembers(report.triage_platform, report.channel, await members(call, report)),
              f"{report.id}/members/{number[0]}", report=report.id)


def level_of(report: Report) -> Level | None:
    """Return a report's level, once it has one."""
    return Level(report.level) if report.level else None


def archive(call: Call, report: Report) -> None:
    """Close a report's channel; its newest card still gets in."""
    if report.archived_at is None:
        report.archived_at = call.now
        call.emit(CloseChannel(report.triage_platform, report.channel), f"{report.id}/archive/{report.card_version}", report=report.id)
        touch(call, report)


async def reopen(call: Call, report: Report) -> None:
    """Use a report's channel again, with its roster as it is now."""
    if report.archived_at is not None:
        report.archived_at = None
        number = (await call.work.ledger.head())[0]
        call.emit(ReopenChannel(report.triage_platform, report.channel, await members(call, report)), f"{report.id}/reopen/{number}",
                  report=report.id)
        touch(call, report)
