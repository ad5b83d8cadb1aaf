"""Does the fix hold: verification by somebody who did not write it. Its trials are recorded, the verdict follows from them.

Decides what a verdict moves. What the trials prove is `config/policy/evidence.py`, read for a report by `verdicts.py`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from commands import notify, record, talk
from commands.calls import Call, Problem, Reply
from commands.history import facts_of
from commands.judging import trials
from commands.judging.verdicts import Standing, deterministic, level_of, only_waits, standing
from commands.next_steps import due_of, retest_buttons
from commands.registry import Hint, YesNo, command
from commands.text import Body, Button, lines
from commands.wording import case as wording
from commands.wording import trials as words
from commands.wording.judge import TRIALS
from config import rubric
from config.policy import evidence, sampling, trial_plan
from config.policy.deadlines import ClockName
from config.policy.evidence_terms import Judgement, Same
from config.policy.guards import Facts
from config.policy.rates import MOST, Trials, TrialsError, parse_trials
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Role, State, Verdict
from storage.models import Report
from storage.standing import UNDONE
from storage.trials import Kind

TRIAGER = Allow(Role.TRIAGER, tie=Tie.ROSTER)
_FIXED = frozenset({"fixed", "pass", "passed", "no"})
_WORKS = frozenset({"still-works", "still works", "works", "fail", "failed", "yes"})


class Test(StrEnum):
    """Whether the trials with the fix are the test that was made without it."""

    SAME = "same"
    OTHER_SETTINGS = "other-settings"
    OTHER_CRITERION = "other-criterion"
    OTHER_JUDGE = "other-judge"


_PART = {Test.OTHER_SETTINGS: Same.CONTEXT, Test.OTHER_CRITERION: Same.CRITERION, Test.OTHER_JUDGE: Same.JUDGE}


async def plan(call: Call, report: Report) -> trial_plan.FixPlan:
    """Fix how many attempts the verification that begins now takes; what was spent on earlier ones makes it longer."""
    found = await standing(call.work, call.desk, report)
    ceiling = rubric.current().ceiling(level_of(report))
    made = trial_plan.plan_fix(found.before, ceiling, evidence.alpha_of(found.round))
    report.planned = made.trials or made.for_ceiling
    return made


@command("verify", allow=TRIAGER)
async def verify(
    call: Call, report: Report, attempts: Annotated[int | None, Hint("attempts, if more than needed", low=1, high=MOST)] = None,
) -> Reply:
    """Start verifying a fix; whoever made it does not. The number of attempts is fixed now."""
    await trials.not_the_author(call, report)
    if not await record.take(call, report, Event.VERIFY):
        return Reply(text=words.verified_already())
    made = await plan(call, report)
    report.planned = max(report.planned, attempts or 0)  # with more of them one success need not be the end
    once = deterministic(report)
    return Reply(text=words.yours_to_verify(report.planned, level_of(report), thin=made.trials is None, regression=once),
                 buttons=(Button(f"case plan report={report.id}", "Plan"),) if not once else ())


async def _newest(call: Call) -> dict[str, str]:
    """Return the newest count with this fix, so that it need not be typed again."""
    found = await trials.newest(call, call.report) if call.report is not None else None
    return {"found": f"{found.k}/{found.n}"} if found is not None else {}


@command("result", allow=TRIAGER, title="Result of the verification", submit="Record the result", prefill=_newest)
async def result(
    call: Call, report: Report,
    found: Annotated[str, Hint("how often it still worked", example="0/59", help="Successes and attempts with the fix, all of this "
                               "verification together, such as 0/59. If it works always or never: fixed or still-works.")],
    text: Annotated[str, Hint("what the researcher should know", lines=True, told=True)] = "",
    *, test: Annotated[Test, Hint("the same test as without the fix")] = Test.SAME,
    back: YesNo = YesNo.NO,
) -> Reply:
    """Record how often it still worked with the fix; the verdict follows from the counts."""
    await trials.not_the_author(call, report)
    if State(report.state) is not State.VERIFYING:  # by its rule, the number of attempts is fixed by what is known now
        if not await record.take(call, report, Event.VERIFY):
            await record.take(call, report, Event.PASS)  # refuses by name, unless it has passed already
            return Reply(text=words.result_already())
        await plan(call, report)
    if deterministic(report):
        return await _once(call, report, found, text)
    stood = await _look(call, report, found, test)
    if stood.judgement is None:  # cannot be: there is a count now
        raise Problem("bad_argument", words.found_shape(once=False), errors={"found": words.found_shape(once=False)})
    return await _conclude(call, report, stood.judgement, stood, text, back=back is YesNo.YES)


async def _look(call: Call, report: Report, found: str, test: Test) -> Standing:
    """Return what is proved with a count, kept as a series unless it is the newest one told again."""
    try:
        count = parse_trials(found)
    except TrialsError as wrong:
        message = TRIALS[wrong.fault] if any(char.isdigit() for char in found) else words.found_shape(once=False)
        raise Problem("bad_argument", message, errors={"found": message}) from None
    newest = await trials.newest(call, report)
    again = newest is not None and (newest.k, newest.n) == (count.k, count.n) and not trials.said_to_differ(call, report, newest)
    if again and test is Test.SAME:
        return await standing(call.work, call.desk, report)  # the same count told again, now that something else came in
    same = frozenset(Same)
    context = await trials.tested(call, report) | {"S02": (await last_words(call, report, "fix"))[:300]}  # the build that was tried
    if test is not Test.SAME:
        same, context = same - {_PART[test]}, context | {sampling.DIFFERS: _PART[test].value}
    stood = await standing(call.work, call.desk, report, after=count, same=same)
    await trials.add(call, report, Kind.AFTER, count, context=context, planned=report.planned, round=stood.fixes)
    return stood


async def _conclude(
    call: Call, report: Report, judgement: Judgement, stood: Standing, text: str, *, back: bool,
) -> Reply:
    verdict, after = judgement.verdict, stood.after
    facts = Facts(verdict=verdict, cause=bool(report.cause))
    data: dict[str, object] = {"verdict": verdict.value}
    if after is not None:
        data |= {"k": after.k, "n": after.n, "round": stood.round, "spent": trials.spent(stood)}
    head = words.verdict(judgement, stood.before, after)
    buttons = (Button(f"case numbers report={report.id}", "Numbers"),) if after is not None else ()
    stays = verdict is Verdict.INCONCLUSIVE or (verdict is Verdict.PARTIAL and only_waits(judgement) and not back)
    if not stays:
        event = Event.PASS if verdict is Verdict.VERIFIED else Event.FAIL
        await record.take(call, report, event, facts=facts, data=data)
    else:
        await record.note(call, report, "inconclusive", data=data)
    report.verdict = verdict.value
    report.after_k, report.after_n = (after.k, after.n) if after is not None else (-1, -1)
    if stays:
        return Reply(text=lines([head, words.stays(judgement)]), buttons=buttons)
    if verdict is Verdict.VERIFIED:
        await _to_retest(call, report, after)
        last = words.last_look(report.id)
    else:
        report.due_on, report.planned = report.due_on if report.due_on and report.due_on > call.now else None, 0
        await notify.fix_failed(call, report)
        last = words.goes_back()
    if text.strip():
        await talk.to_reporter(call, report, text.strip(), "update")
    return Reply(text=lines([head, last]), buttons=buttons)


async def _once(call: Call, report: Report, found: str, text: str) -> Reply:
    """One yes or no, for a flaw that works always or never."""
    said = found.strip().lower()
    if said not in _FIXED | _WORKS:
        message = words.found_shape(once=True)
        raise Problem("bad_argument", message, errors={"found": message})
    item = bool(await call.work.judging.regression(report.id))
    judgement = evidence.judge_once(works=said in _WORKS, other_hands=True, regression_item=item)
    stood = await standing(call.work, call.desk, report)
    return await _conclude(call, report, judgement, replace(stood, after=None), text, back=False)


async def _to_retest(call: Call, report: Report, after: Trials | None) -> None:
    """Give the researcher the last look, with the build, the window and our count."""
    await call.work.session.flush()
    end = due_of(facts_of(await call.work.ledger.of(report.id)), call.desk, ClockName.RETEST)
    if end is None:
        return
    build = await last_words(call, report, "fix")
    k, n = (after.k, after.n) if after is not None else (-1, -1)
    body = Body(text=wording.your_retest(report, build, end, call.program.tz, k, n), buttons=retest_buttons(report))
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, body, f"retest/{number}")
    await record.note(call, report, "message_out", data={"kind": "retest"})


async def last_words(call: Call, report: Report, kind: str) -> str:
    """Return the newest passage of a kind, opened."""
    rows = [one for one in await call.work.reports.passages(report.id) if one.kind == kind and one.body is not None
            and one.changed != UNDONE]
    if not rows or rows[-1].body is None:
        return ""
    return record.box(call, report).open_text("passage", "body", rows[-1].id, rows[-1].body)
