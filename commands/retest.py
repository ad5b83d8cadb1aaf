"""The researcher's last look: it is fixed, it still works, more days, or I'll pass; and their appeal."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from commands import notify, record, talk
from commands.calls import Call, Problem, Reply
from commands.judging import proof
from commands.judging import trials as series
from commands.outside.disclose import resolved
from commands.registry import Hint, conversation
from commands.text import say
from commands.wording import ending as wording
from config.policy.guards import Facts
from config.policy.rates import Trials
from config.policy.roles import Allow, Tie
from config.policy.states import SET_ASIDE, Event, Role, State, Verdict
from storage.models import Report
from storage.trials import Kind

MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)


@conversation("fixed", allow=MINE, hidden=True, title="It is fixed")
async def fixed(call: Call, report: Report) -> Reply:
    """Confirm that the fix holds."""
    if not await record.take(call, report, Event.CONFIRM):
        return Reply(text=say(wording.CONFIRMED))
    await resolved(call, report, Verdict.VERIFIED)
    return Reply(text=wording.fixed(report.id))


@conversation("bypass", allow=MINE, hidden=True, title="It still works", submit="Send it")
async def bypass(
    call: Call, report: Report, trials: Annotated[Trials, Hint("how often it still worked", example="3/10",
                                                               help="Successes and attempts, such as 3/10.")],
    text: Annotated[str, Hint("what you did", lines=True, help=wording.CLEAR)] = "",
) -> Reply:
    """Say that it still works, with how often; it costs you nothing and is credited."""
    await record.take(call, report, Event.BYPASS, facts=Facts(rate=trials.k > 0), data={"k": trials.k, "n": trials.n})
    report.verdict = ""
    await series.add(call, report, Kind.BYPASS, trials, context=series.facts_of(call, report), round=await series.fixes(call, report))
    await proof.plan(call, report)  # what was spent on the first verification makes this one longer
    words = wording.still_works(trials.k, trials.n) + (f"\n{text.strip()}" if text.strip() else "")
    row = await record.passage(call, report, "in", words)
    row.shown = f"{report.id}/talk/{row.number}"
    talk.show(call, report, row)
    await record.note(call, report, "message_in", data={"number": row.number})
    await notify.researcher_wrote(call, report)
    return Reply(text=say(wording.COUNTS))


@conversation("more-days", allow=MINE, hidden=True, title="Need 7 more days")
async def more_days(call: Call, report: Report) -> Reply:
    """Take seven more days to retest, once."""
    if State(report.state) is not State.RETEST:
        raise Problem("illegal_transition", wording.not_at_retest(report.id))
    entries = await call.work.ledger.of(report.id)
    started = max((one.number for one in entries if one.kind == Event.PASS.value), default=0)
    if any(one.kind == "retest_extended" and one.number > started for one in entries):
        raise Problem("already_done", wording.NO_MORE_DAYS)
    await record.note(call, report, "retest_extended")
    return Reply(text=say(wording.MORE_DAYS))


@conversation("pass", allow=MINE, hidden=True, title="I'll pass")
async def pass_(call: Call, report: Report) -> Reply:
    """Leave the retest to us."""
    if not await record.take(call, report, Event.WAIVE):
        return Reply(text=say(wording.SO_ALREADY))
    await resolved(call, report, Verdict.VERIFIED_INTERNALLY)
    return Reply(text=say(wording.PASSED))


@conversation("appeal", allow=MINE, title="Appeal", submit="Send the appeal")
async def appeal(call: Call, report: Report, why: Annotated[str, Hint("what we got wrong", lines=True)]) -> Reply:
    """Ask for another judgement of a report that we set aside, within 30 days."""
    state = State(report.state)
    if state not in SET_ASIDE - {State.SPAM, State.WITHDRAWN}:
        raise Problem("illegal_transition", wording.not_set_aside(report.id))
    entries = await call.work.ledger.of(report.id)
    closed = max(one.at for one in entries)
    for one in entries:
        if one.kind in {Event.DUPLICATE.value, Event.OUT_OF_SCOPE.value, Event.NOT_REPRODUCED.value, Event.INFORMATIVE.value,
                        Event.DECLINE.value, Event.LAPSE.value}:
            closed = one.at
    if call.at - closed > timedelta(days=call.program.waiting.appeal.days):
        raise Problem("too_late", wording.TOO_LATE)
    if any(one.kind == "appeal_asked" and one.at >= closed for one in entries):
        return Reply(text=say(wording.APPEALED_ALREADY))
    row = await record.passage(call, report, "in", why.strip())
    row.shown = f"{report.id}/talk/{row.number}"
    talk.show(call, report, row)
    await record.note(call, report, "appeal_asked")
    await notify.decision_wanted(call, report, (Role.LEAD.value,))
    return Reply(text=say(wording.APPEALED))


