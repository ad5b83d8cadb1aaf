"""The rarer acts on a case: its timeline, second signatures, appeals heard, regressions, flags, the honest exit, closing."""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from commands import notify, record, second, talk
from commands.calls import Call, Problem, Reply
from commands.fix import add_flag
from commands.judging import cause, sign_off
from commands.outside import advisory, disclose, duplicates, embargo_days
from commands.registry import Hint, command
from commands.text import Text, bold, lines, say
from commands.times import clock_time
from commands.wording import case as wording
from commands.wording import common as wording_common
from commands.wording.guards import TAKEN_BACK
from config.policy.disclosure import steps_to
from config.policy.guards import Facts
from config.policy.lifecycle import Refusal
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, EmbargoState, Event, Flag, Role, State, Verdict
from storage.models import Report

LEAD = Allow(Role.LEAD, tie=Tie.ROSTER)
STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
_QUIET = {"mark", "retried", "roster", "roster_left", "clear_confirmed", "alike", "passed_on", "pass_waits"}


@command("case timeline", allow=ON_IT, reads=True)
async def timeline(call: Call, report: Report) -> Reply:
    """Show what happened to a report, by whom and when."""
    rows: list[Text] = []
    written = await call.work.ledger.written(report.id)
    stands = {one.number for one in await call.work.ledger.of(report.id)}
    for entry in written:
        if entry.kind in _QUIET:
            continue
        who = await _who(call, report, entry.person_id)
        data = json.loads(entry.data)
        more = ", ".join(str(data[key]).replace("_", " ") for key in ("level", "verdict", "act", "choice", "side", "flag") if data.get(key))
        rate = f" {data['k']} of {data['n']}" if "k" in data and "n" in data else ""
        rows.append(say(f"{clock_time(entry.at, call.program.tz)}  ", bold(entry.kind.replace("_", " ")), f" by {who}",
                        f": {more}{rate}" if more or rate else "", "" if entry.number in stands else f", {TAKEN_BACK}"))
    return Reply(text=lines(rows[-60:]))


async def _who(call: Call, report: Report, person: str) -> str:
    if person in ("", "clock"):
        return "the clock"
    if report.person_id in await call.work.people.circle(person):
        return "the researcher"
    return await call.work.people.name(call.desk.vault, person, report.triage_platform)


@command("case agree", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER, Role.LEADERSHIP)), hidden=True)
async def agree(call: Call, proposal: str) -> Reply:
    """Agree to what somebody proposed, as the second person."""
    row, _ = await second.find(call, proposal)
    if row.person_id in await call.work.people.circle(call.caller.id):
        raise Problem("second_person", "You proposed this. Ask somebody else to agree, or withdraw it.")
    if call.again is None:
        raise Problem("gone", wording.gone())
    return await call.again(second.line_of(call, row))


@command("case withdraw-proposal", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER)), hidden=True)
async def withdraw_proposal(call: Call, proposal: str) -> Reply:
    """Withdraw a proposal that waits for a second person."""
    row, report = await second.find(call, proposal)
    roster = {one.person_id for one in await call.work.people.roster(report.id)}
    if call.caller.id not in roster:
        raise Problem("gone", wording.gone())
    row.state = "withdrawn"
    await sign_off.take_back(call, report, row)
    await record.note(call, report, "proposal_settled", data={"id": row.id, "how": "withdrawn"})
    return Reply(text=say("Withdrawn; nothing was changed."))


@command("case appeal", allow=LEAD)
async def appeal(call: Call, report: Report) -> Reply:
    """Hear the researcher's appeal: it goes back to triage, to somebody who did not close it."""
    entries = await call.work.ledger.of(report.id)
    asked = any(one.kind == "appeal_asked" for one in entries)
    if not await record.take(call, report, Event.APPEAL, facts=Facts(asked_by_reporter=asked, in_time=True)):
        return Reply(text=say("The appeal is heard already."))
    await duplicates.stands_alone(call, report)
    await _asks_anew(call, report)
    await talk.to_reporter(call, report, f"Your appeal for {report.id} is heard: somebody who did not close it judges it again.", "decision")
    return Reply(text=say("Back in triage. Whoever set it aside does not judge it this time."))


@command("case regress", allow=Allow(Role.TRIAGER, tie=Tie.ROSTER))
async def regress(call: Call, report: Report) -> Reply:
    """Open a resolved report again within 30 days because it is back."""
    ended = [one.at for one in await call.work.ledger.of(report.id)
             if one.kind in (Event.CONFIRM.value, Event.SILENCE.value, Event.WAIVE.value, Event.RESOLVE_LIMITED.value)]
    in_time = bool(ended) and call.now - ended[-1] <= call.program.waiting.regress
    if not await record.take(call, report, Event.REGRESS, facts=Facts(in_time=in_time)):
        return Reply(text=say("It is open again already."))
    report.verdict = ""
    report.closed_at = None  # its words are kept from now on as those of any open report
    await record.reopen(call, report)
    await _asks_anew(call, report)
    return Reply(text=say(bold(report.id), " is back in triage."))


async def _asks_anew(call: Call, report: Report) -> None:
    """Take back what was agreed, or proposed, about publication: it was agreed on another end."""
    advisory.take_back_agreement(report)
    await second.forget(call, report, "embargo agree")


class Exposure(StrEnum):
    """What makes a case urgent."""

    EXPLOITED = "exploited"
    PUBLIC = "public"
    ATTACK_PUBLIC = "attack-public"  # the text that makes it work


_FLAGS = {Exposure.EXPLOITED: Flag.ATTACKED, Exposure.PUBLIC: Flag.PUBLIC, Exposure.ATTACK_PUBLIC: Flag.EXPLOIT_PUBLIC}


@command("case flag", allow=STAFF, title="Exploited or public")
async def flag(call: Call, report: Report, what: Annotated[Exposure, Hint("what is known")]) -> Reply:
    """Say that a flaw is exploited or public already; triagers and lead are called at once."""
    fresh = steps_to(frozenset(Flag(one) for one in report.flags), _FLAGS[what])  # a public attack makes the flaw public
    if isinstance(fresh, Refusal):
        raise Problem(fresh.code, wording_common.flag_order())
    if not fresh:
        return Reply(text=say("That is known already."))
    for letter in fresh:
        report.flags = add_flag(report.flags, letter)
        await record.note(call, report, "flag", data={"flag": letter.value})
    if Flag.PUBLIC in fresh:
        await embargo_days.over(call, report, by="flag")
    await notify.exploited(call, report)
    then = " The embargo has ended." if EmbargoState(report.embargo) is EmbargoState.EXITED else (
        " The lead ends the embargo within a day, or writes down why not." if embargo_days.decides(report) else "")
    return Reply(text=say("Recorded; triagers and lead are called now, at any hour.", then))


@command("case resolve-limited", allow=LEAD)
async def resolve_limited(call: Call, report: Report, why: Annotated[str, Hint("why", lines=True)]) -> Reply:
    """Resolve on limited evidence: the verdict stays partial or inconclusive, and is shown everywhere."""
    verdict = Verdict(report.verdict) if report.verdict else None
    if not await record.take(call, report, Event.RESOLVE_LIMITED, facts=Facts(
            verdict=verdict, reason=bool(why.strip()), cause=cause.known(report))):
        return Reply(text=say("It is resolved already."))
    await disclose.resolved(call, report, verdict or Verdict.INCONCLUSIVE)
    return Reply(text=say(bold(report.id), " is resolved on limited evidence; the verdict stays as it is."))


@command("case close", allow=LEAD)
async def close(call: Call, report: Report) -> Reply:
    """Close a report that is published, or whose time for an appeal is over."""
    entries = await call.work.ledger.of(report.id)
    rested = max((one.at for one in entries if one.kind in {e.value for e in Event}), default=call.now)
    over = call.now - rested >= timedelta(days=call.program.waiting.appeal.days)
    if State(report.state) in DONE and State(report.state) is State.CLOSED:
        return Reply(text=say("It is closed already."))
    await record.take(call, report, Event.CLOSE, facts=Facts(
        state=State(report.state), time_over=over, published=report.published_at is not None,
        agreed_not_to_publish=any(one.kind == "no_publication" for one in entries)))
    report.closed_at = call.now
    record.archive(call, report)
    return Reply(text=say(bold(report.id), " is closed."))
