"""Does the fix hold: verification by somebody who did not write it, its result, and evidence of our own.

Here a result is a verdict word with k of n; what follows from trials by the rules of the rubric has its place in `judge`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from commands import notify, record, talk
from commands import wording_case as wording
from commands.calls import Call, Problem, Reply
from commands.history import facts_of
from commands.next_steps import due_of, retest_buttons
from commands.registry import Hint, command
from commands.text import Body, bold, say
from config.policy.deadlines import ClockName
from config.policy.guards import Facts
from config.policy.rates import Trials
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Role, State, Verdict
from storage.models import Report

TRIAGER = Allow(Role.TRIAGER, tie=Tie.ROSTER)


class Result(StrEnum):
    """What a verification found; `pass` and `fail` are the short words."""

    VERIFIED = "verified"
    PARTIAL = "partial"
    NOT_FIXED = "not_fixed"
    REGRESSIVE = "regressive"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"


_VERDICT = {Result.PASS: Verdict.VERIFIED, Result.FAIL: Verdict.NOT_FIXED}


def judge(result: Result, after: Trials) -> Verdict:
    """Return the verdict; a triager's word may not say verified while every attempt still worked."""
    verdict = _VERDICT.get(result) or Verdict(result.value)
    if verdict is Verdict.VERIFIED and after.k == after.n:
        raise Problem("bad_argument", "It still worked every time, so it is not verified. Record not_fixed.",
                      errors={"result": "Record not_fixed."})
    return verdict


@command("case evidence", allow=TRIAGER, title="Our own trials", submit="Record them")
async def evidence(call: Call, report: Report, trials: Annotated[Trials, Hint("successes and attempts", example="3/10")]) -> Reply:
    """Record our own trials before the fix; after it they cannot be made any more."""
    report.ours_k, report.ours_n = trials.k, trials.n
    await record.note(call, report, "evidence", data={"k": trials.k, "n": trials.n})
    return Reply(text=say(f"Recorded: {trials.k} of {trials.n} of our own."))


@command("verify", allow=TRIAGER)
async def verify(call: Call, report: Report) -> Reply:
    """Start verifying a fix; whoever made it does not."""
    mine = report.owner_id in await call.work.people.circle(call.caller.id)
    if not await record.take(call, report, Event.VERIFY, facts=Facts(actor_is_owner=mine)):
        return Reply(text=say("It is being verified already."))
    return Reply(text=say("Yours to verify. Record what you find with result."))


@command("result", allow=TRIAGER, title="Result of the verification", submit="Record the result")
async def result(
    call: Call, report: Report, result: Annotated[Result, Hint("verdict")],
    trials: Annotated[Trials, Hint("still worked", example="0/59", help="Successes and attempts after the fix, such as 0/59.")],
    text: Annotated[str, Hint("what the researcher should know", lines=True)] = "",
) -> Reply:
    """Record what the verification found: a verdict, and how often it still worked."""
    verdict = judge(result, trials)
    facts = Facts(verdict=verdict, actor_is_owner=report.owner_id in await call.work.people.circle(call.caller.id))
    data = {"verdict": verdict.value, "k": trials.k, "n": trials.n}
    if verdict is Verdict.INCONCLUSIVE:
        if State(report.state) is not State.VERIFYING:
            await record.take(call, report, Event.VERIFY, facts=Facts(actor_is_owner=facts.actor_is_owner))
        report.verdict, report.after_k, report.after_n = verdict.value, trials.k, trials.n
        await record.note(call, report, "inconclusive", data=data)
        return Reply(text=say("Recorded as inconclusive: nothing moves. Collect more trials, then record the result again."))
    event = Event.PASS if verdict is Verdict.VERIFIED else Event.FAIL
    if not await record.take(call, report, event, facts=facts, data=data):
        return Reply(text=say("That result is recorded already."))
    report.verdict, report.after_k, report.after_n = verdict.value, trials.k, trials.n
    if event is Event.FAIL:
        report.due_on = report.due_on if report.due_on and report.due_on > call.now else None
        await notify.fix_failed(call, report)
        if text.strip():
            await talk.to_reporter(call, report, text.strip(), "update")
        return Reply(text=say(f"Recorded: {verdict.value.replace('_', ' ')}, {trials.k} of {trials.n}. It goes back to the owner."))
    await call.work.session.flush()
    end = due_of(facts_of(await call.work.ledger.of(report.id)), call.desk, ClockName.RETEST)
    build = await last_words(call, report, "fix")
    if end is not None:
        body = Body(text=wording.your_retest(report, build, end, call.program.tz, trials.k, trials.n),
                    buttons=retest_buttons(report))
        number = (await call.work.ledger.head())[0]
        await record.tell(call, report, body, f"retest/{number}")
        await record.note(call, report, "message_out", data={"kind": "retest"})
    if text.strip():
        await talk.to_reporter(call, report, text.strip(), "update")
    return Reply(text=say(bold(report.id), " passed; the researcher has the last look now."))


async def last_words(call: Call, report: Report, kind: str) -> str:
    """Return the newest passage of a kind, opened."""
    rows = [one for one in await call.work.reports.passages(report.id) if one.kind == kind and one.body is not None]
    if not rows or rows[-1].body is None:
        return ""
    return record.box(call, report).open_text("passage", "body", rows[-1].id, rows[-1].body)
