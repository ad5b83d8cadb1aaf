"""Agreement and publication: both sides say yes, credit is asked for, the clock of the embargo may decide instead.

Decides what is asked when a report is resolved and what publishing does. The rules of who must agree are in
`config/policy/disclosure.py`; the announcement itself is `fame.py`.
"""

from __future__ import annotations

from commands import record, second
from commands.calls import Call, Problem, Reply
from commands.fix import add_flag
from commands.judging import regression
from commands.next_steps import publication_buttons
from commands.outside import advisory, duplicates, embargo_days, fame, vendors
from commands.registry import command, conversation
from commands.text import Body, say
from commands.wording import advisory as wording_advisory
from commands.wording import case as wording
from commands.wording import embargo_time as wording_embargo
from commands.wording import ending
from config.policy.disclosure import Case, Embargo, may_publish
from config.policy.guards import Facts
from config.policy.roles import Allow, Tie
from config.policy.states import EmbargoState, Event, Flag, Role, State, Verdict
from config.policy.vendors import Vendors
from storage.models import Report

MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)
LEAD = Allow(Role.LEAD, tie=Tie.ROSTER)
_AGREEABLE = (State.RESOLVED, State.WONT_FIX, State.CLOSED)


async def resolved(call: Call, report: Report, verdict: Verdict) -> None:
    """Close the work on a report: the verdict stands, and consent and credit are asked in one message."""
    report.verdict = verdict.value
    report.flags = add_flag(report.flags, Flag.FIX_DEPLOYED) if Flag.FIX_READY.value in report.flags else report.flags
    report.credit = report.credit or "asked"
    if verdict in (Verdict.VERIFIED, Verdict.VERIFIED_INTERNALLY):  # what is known to work still would be found by every release
        await regression.join(call, report)
    body = Body(text=wording.resolved(report, verdict), buttons=publication_buttons(report))
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, body, f"resolved/{number}")
    await record.note(call, report, "message_out", data={"kind": "resolved"})
    if verdict in (Verdict.VERIFIED, Verdict.VERIFIED_INTERNALLY):
        await duplicates.follow(call, report)


def case_of(report: Report, others: Vendors) -> Case:
    """Return what the rules of publication look at; `others` is what is known about other vendors."""
    agreed = set()
    if report.agreed_reporter_at is not None:
        agreed.add(Role.REPORTER)
    if report.agreed_staff_at is not None:
        agreed.add(Role.LEAD)
    return Case(
        state=State(report.state), embargo=Embargo(state=EmbargoState(report.embargo), end=report.embargo_end),
        flags=frozenset(Flag(one) for one in report.flags), agreed=frozenset(agreed),
        others_hit=others.hit, vendors_told_at=others.last,
    )


def _refuse_rehearsal(report: Report) -> None:
    if report.rehearsal:
        raise Problem("rehearsal", ending.rehearsed(report.id))


@conversation("agree", allow=MINE, title="Agree to publish")
async def agree(call: Call, report: Report) -> Reply:
    """Agree that a resolved report is published."""
    if State(report.state) not in _AGREEABLE:
        raise Problem("illegal_transition", ending.not_resolved(report.id))
    if report.agreed_reporter_at is not None:
        return Reply(text=say(ending.AGREED_ALREADY))
    report.agreed_reporter_at = call.now
    await advisory.current(call, report)  # drawn up by now at the latest: they agree to these words
    await record.note(call, report, "agreed", data={"side": "reporter"})
    named = report.credit in ("name", "none")
    return Reply(text=ending.agreed(report.id, named=named), buttons=() if named else publication_buttons(report)[1:])


@command("embargo agree", allow=Allow((Role.LEAD, Role.TRIAGER), tie=Tie.ROSTER), title="Agree to publish")
async def agree_staff(call: Call, report: Report) -> Reply:
    """Agree, for our side, that a resolved report is published with its advisory as it stands."""
    _refuse_rehearsal(report)
    if State(report.state) not in _AGREEABLE:
        raise Problem("illegal_transition", ending.not_resolved(report.id, staff=True))
    if report.agreed_staff_at is not None:
        return Reply(text=say(ending.OUR_SIDE_AGREED))
    line = f"embargo agree report={report.id}"
    others = await second.signers(call, report, "embargo agree", line)
    if call.caller.id in others:
        raise Problem("second_person", wording_advisory.somebody_else())
    if not others and Role.LEAD not in call.caller.roles:
        raise Problem("not_allowed", wording_advisory.lead_first())
    wrote = await advisory.writer(call, report) in await call.work.people.circle(call.caller.id)
    if wrote and not others and not call.program.small:
        return await second.propose(call, report, "embargo agree", line, (Role.TRIAGER.value, Role.LEAD.value))
    await second.settle(call, report, "embargo agree")
    report.agreed_staff_at = call.now
    await record.note(call, report, "agreed", data={"side": "staff"})
    waiting = report.agreed_reporter_at is None
    if waiting:
        shown = wording_advisory.preview(await advisory.preview(call, report), public=False)
        body = Body(text=ending.waits_for_you(report.id, shown),
                    buttons=publication_buttons(report)[: 3 if report.credit not in ("name", "none") else 1])
        await record.tell(call, report, body, f"agree-asked/{(await call.work.ledger.head())[0]}")  # other words are asked about anew
    return Reply(text=ending.recorded(waiting=waiting))


@command("publish", allow=LEAD)
async def publish(call: Call, report: Report) -> Reply:
    """Publish a report: both sides agreed, or the embargo is over."""
    _refuse_rehearsal(report)
    if report.published_at is not None:
        return Reply(text=ending.published_already(report.id))
    others = await vendors.standing(call, report)
    missing = may_publish(case_of(report, others), now=call.now, program=call.program)
    if missing and record.reachable(report, Event.PUBLISH):
        end = report.embargo_end if EmbargoState(report.embargo).in_force else None
        raise Problem("not_publishable", wording_embargo.not_yet(report, missing, end, others, call.program))
    await record.take(call, report, Event.PUBLISH, facts=Facts(missing=missing))
    report.published_at = call.now
    report.flags = add_flag(report.flags, Flag.PUBLIC)
    await embargo_days.over(call, report, by="publication")
    await advisory.published(call, report)
    await fame.follow(call, report)
    await duplicates.follow(call, report)
    await record.tell(call, report, wording.published(report, credited=report.credit == "name"), "published")
    await record.note(call, report, "message_out", data={"kind": "published"})
    if State(report.state) in (State.RESOLVED, State.WONT_FIX, State.CLOSED):
        record.archive(call, report)
    return Reply(text=ending.published(report.id, report.credit))
