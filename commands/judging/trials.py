"""Our own trials: recorded by series with their sampling context, added up, planned, and taken in from the harness.

Decides which series count together and what a report shows as its rate. What trials prove is decided in
`config/policy/evidence.py`; the verdict on a fix is `proof.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from commands import brief, record
from commands.calls import Call, Problem, Reply
from commands.intake import care, facts
from commands.judging import severity
from commands.judging.verdicts import Standing, authors, level_of, numbers, pooled, standing
from commands.registry import Hint, YesNo, command
from commands.text import Button, Text, lines
from commands.wording import facts as wording_facts
from commands.wording import trials as wording
from commands.wording import tried
from config import rubric
from config.policy import facts as policy
from config.policy import rates, sampling, trial_plan
from config.policy.evidence import alpha_of, spends, works_always
from config.policy.lifecycle import Refusal
from config.policy.rates import Trials, TrialsError, parse_trials
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, Event, Role, State
from storage.models import Report
from storage.people import new_id
from storage.trials import Kind, Series, Stand

TRIAGER = Allow(Role.TRIAGER, tie=Tie.ROSTER)
ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
_SAME_AGAIN = timedelta(minutes=10)  # the same count from the same person within it is taken for one sent twice
_MOST_VARIANTS = 40


def facts_of(call: Call, report: Report) -> dict[str, str]:
    """Return what is known about a report by the ids of its intake fields."""
    return care.read(record.box(call, report), report)


async def add(
    call: Call, report: Report, kind: Kind, count: Trials, *, context: Mapping[str, str], name: str = "", unseen: bool = True,
    planned: int = 0, round: int = 0,
) -> Series:
    """Keep a series of trials that was made elsewhere, with the context in which it was made."""
    box, identity = record.box(call, report), new_id("t")
    kept = sampling.recorded(context)
    row = Series(
        id=identity, report_id=report.id, number=await call.work.trials.next_number(report.id),
        kind=kind.value, round=round, k=count.k, n=count.n, planned=planned,
        judge=_judge(kept.get("S14", "")), unseen=unseen, person_id=call.caller.id, at=call.at,
        test=call.desk.vault.blind("test", f"{report.id}|{sampling.canonical(kept)}"),
        context=box.seal("trial_series", "context", identity, json.dumps(kept, ensure_ascii=False)),
    )
    if name:
        row.name = box.seal("trial_series", "name", identity, name)
    call.work.session.add(row)
    await call.work.session.flush()
    return row


def _judge(said: str) -> str:
    """Return which of the kinds of judges it is; what people add to it in words stands in the sealed context only."""
    word = said.partition(":")[0].strip().lower()
    return word if word in policy.FIELDS["S14"].values else ""


async def tested(call: Call, report: Report) -> dict[str, str]:
    """Return the context of the newest trials without the fix; that of the report when there are none."""
    made = await call.work.trials.of(report.id, Kind.BEFORE)
    if not made or made[-1].context is None:
        return sampling.recorded(facts_of(call, report))
    box = record.box(call, report)
    found = json.loads(box.open_text("trial_series", "context", made[-1].id, made[-1].context))
    return {str(key): str(value) for key, value in found.items()}


async def sum_up(call: Call, report: Report) -> None:
    """Bring the report's own rate up to date: the series without the fix that are the same test as the newest."""
    count = pooled(await call.work.trials.of(report.id, Kind.BEFORE))
    report.ours_k, report.ours_n = (count.k, count.n) if count else (-1, -1)
    await severity.follow_trials(call, report)
    await brief.follow(call, report)


async def sent_twice(call: Call, report: Report, kind: Kind, count: Trials, name: str = "") -> bool:
    """Tell whether the same person recorded just this a moment ago: then it is the same form, sent again."""
    box = record.box(call, report)
    for one in await call.work.trials.of(report.id, kind):
        if (one.k, one.n, one.person_id) != (count.k, count.n, call.caller.id) or call.at - one.at >= _SAME_AGAIN:
            continue  # only what may be the same is opened
        if (box.open_text("trial_series", "name", one.id, one.name) if one.name else "") == name:
            return True
    return False


async def take_in(call: Call, report: Report, series: Series) -> None:
    """Count a series that the harness made: from here on it stands for the report like one that was typed."""
    if series.stand != Stand.CAME:
        return
    series.stand = (Stand.DONE if series.n > 0 else Stand.VOID).value
    if Kind(series.kind) not in (Kind.BEFORE, Kind.BENIGN_BEFORE):
        series.round = series.round or await fixes(call, report)  # of the fix that was there when it began
    data: dict[str, object] = {"k": series.k, "n": series.n, "dropped": series.dropped, "kind": series.kind, "series": series.id}
    await call.work.session.flush()
    if series.kind == Kind.AFTER:  # a look at a fix, also when nobody tells its count: a run is not repeated until it passes
        data |= {"of": series.round, "spent": spent(await standing(call.work, call.desk, report))}
    await record.note(call, report, "evidence", data=data)
    await call.work.session.flush()
    if series.kind == Kind.BEFORE:
        await sum_up(call, report)
    record.post(call, report, wording.came(series), f"trials/{series.id}")


def said_to_differ(call: Call, report: Report, series: Series) -> bool:
    """Tell whether a series was recorded as another test than the one before the fix."""
    if series.context is None:
        return False
    return sampling.DIFFERS in json.loads(record.box(call, report).open_text("trial_series", "context", series.id, series.context))


def spent(found: Standing) -> bool:
    """Tell whether the newest look at a fix could have passed, by the level and the trials of now."""
    return found.after is not None and spends(found.before, found.after.n, found.ceiling, alpha_of(found.round))


async def not_the_author(call: Call, report: Report) -> None:
    """Refuse trials with a fix from whoever made it, by whichever account."""
    if call.caller.id in await authors(call.work, report):
        raise record.refused(report, Refusal("verified_by_owner"), Event.PASS)


async def fixes(call: Call, report: Report) -> int:
    """Return which fix of a report this is, counted from 1."""
    return sum(one.kind == "fix" for one in await call.work.ledger.of(report.id))


async def newest(call: Call, report: Report) -> Series | None:
    """Return the newest count of ours with the fix that there is now."""
    number = await fixes(call, report)
    made = [one for one in await call.work.trials.of(report.id, Kind.AFTER) if one.round == number]
    return made[-1] if made else None


def open_for_trials(call: Call, report: Report) -> None:
    """Refuse trials of a report that is done, and of what is unlawful to hold: nobody tries that again."""
    if State(report.state) in DONE:
        raise Problem("illegal_transition", wording.done(report.id))
    if policy.unlawful(facts_of(call, report)):
        raise Problem("unlawful_content", wording_facts.no_trials())


@command("case evidence", allow=TRIAGER, title="Our own trials", submit="Record them")
async def evidence(
    call: Call, report: Report,
    trials: Annotated[Trials, Hint("successes and attempts", example="3/10", help="Such as 3/10. Errors and refusals by rate limit "
                                                                                "count in neither.")],
    *, criterion: Annotated[str, Hint("what counts as a success", help="Left empty, as the report says.")] = "",
    judge: Annotated[str, Hint("who or what decides", example="person", help="Left empty, as the report says.")] = "",
    settings: Annotated[str, Hint("sampling", example="temperature=0.7", help="Such as temperature=0.7. Left empty, as the report "
                                                                              "says.")] = "",
    model: str = "", dropped: int = 0, replace: YesNo = YesNo.NO, again: YesNo = YesNo.NO,
) -> Reply:
    """Record our own trials before the fix; after it they cannot be made any more."""
    open_for_trials(call, report)
    if not 0 <= dropped <= rates.MOST:
        raise Problem("bad_argument", tried.dropped_shape(), errors={"dropped": tried.dropped_shape()})
    said = {"S13": criterion, "S14": judge, "S02": model, "S07": settings}
    context = facts_of(call, report) | {key: _checked(call, key, value) for key, value in said.items() if value.strip()}
    if again is YesNo.NO and replace is YesNo.NO and await sent_twice(call, report, Kind.BEFORE, trials):
        return Reply(text=wording.recorded_already(trials))
    if replace is YesNo.YES:
        for one in await call.work.trials.of(report.id, Kind.BEFORE):
            one.stand = Stand.VOID.value
        await call.work.session.flush()
    row = await add(call, report, Kind.BEFORE, trials, context=context)
    row.dropped = dropped
    await record.note(call, report, "evidence", data={"k": trials.k, "n": trials.n, "kind": Kind.BEFORE.value, "series": row.id})
    await sum_up(call, report)
    return Reply(text=lines([wording.recorded(trials, Trials(report.ours_k, report.ours_n)), thin_evidence(report)]),
                 buttons=(Button(f"case plan report={report.id}", "Plan"),))


_ARGUMENT = {"S13": "criterion", "S14": "judge", "S02": "model", "S07": "settings"}


def _checked(call: Call, field: str, text: str) -> str:
    """Return a part of the context as intake writes it, so that equal tests compare equal."""
    try:
        return policy.check(field, text, facts.known(call.desk))
    except policy.FactError as wrong:
        words = wording_facts.wrong(wrong)
        raise Problem("bad_argument", words, errors={_ARGUMENT[field]: words}) from None


def thin_evidence(report: Report) -> Text:
    """Return what our trials without the fix are worth for a fix that comes; nothing where they are not counted."""
    if report.ours_n <= 0 or works_always(report.category, now := Trials(report.ours_k, report.ours_n)):
        return Text()
    level = level_of(report)
    return wording.for_a_fix(wording.collect_before(now, trial_plan.plan_fix(now, rubric.current().ceiling(level)), level))


@command("case variants", allow=TRIAGER, title="Variants tried with the fix", submit="Record them")
async def variants(
    call: Call, report: Report,
    tries: Annotated[str, Hint("one variant per line: how often it worked, and a name", lines=True, example="0/6 in French",
                               help="Such as 0/6 in French. At least five that the author of the fix has not seen, thirty attempts "
                                    "in all.")],
    *, seen: Annotated[YesNo, Hint("has the author of the fix seen them")] = YesNo.NO, again: YesNo = YesNo.NO,
) -> Reply:
    """Record variants of the attack, tried with the fix: whether it is more than a string match."""
    open_for_trials(call, report)
    await not_the_author(call, report)
    round_ = await fixes(call, report)
    if not round_:
        raise Problem("no_fix", wording.no_fix_yet(report.id))
    found = _variants(tries)
    context, fresh = facts_of(call, report), 0
    for count, name in found:
        if again is YesNo.NO and await sent_twice(call, report, Kind.VARIANT, count, name):
            continue
        fresh += 1
        await add(call, report, Kind.VARIANT, count, context=context, name=name, unseen=seen is YesNo.NO, round=round_)
    if fresh:
        k, n = sum(one.k for one, _ in found), sum(one.n for one, _ in found)
        await record.note(call, report, "evidence", data={"k": k, "n": n, "kind": Kind.VARIANT.value, "variants": fresh})
    now = [one for one in await call.work.trials.of(report.id, Kind.VARIANT) if one.round == round_]
    return Reply(text=wording.variants(fresh, now), buttons=(Button(f"result report={report.id}", "Record the result"),))


def _variants(text: str) -> list[tuple[Trials, str]]:
    rows = [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]
    if not rows or len(rows) > _MOST_VARIANTS:
        raise Problem("bad_argument", wording.variants_shape(), errors={"tries": wording.variants_shape()})
    found = []
    for number, row in enumerate(rows, 1):
        count, _, name = row.partition(" ")
        try:
            found.append((parse_trials(count.rstrip(":,")), " ".join(name.split())[:120] or f"variant {number}"))
        except TrialsError as wrong:
            words = wording.variant_wrong(number, wrong.fault)
            raise Problem("bad_argument", words, errors={"tries": words}) from None
    return found


@command("case benign", allow=TRIAGER, title="Ordinary requests", submit="Record them")
async def benign(
    call: Call, report: Report,
    before: Annotated[Trials, Hint("refused without the fix", example="1/50", help="Refusals and ordinary requests, such as 1/50.")],
    after: Annotated[Trials, Hint("refused with the fix", example="2/50")],
    *, again: YesNo = YesNo.NO,
) -> Reply:
    """Record how often ordinary look-alike requests are refused, without the fix and with it."""
    open_for_trials(call, report)
    await not_the_author(call, report)
    round_ = await fixes(call, report)
    if not round_:
        raise Problem("no_fix", wording.no_fix_yet(report.id))
    context = facts_of(call, report)
    for kind, count in ((Kind.BENIGN_BEFORE, before), (Kind.BENIGN_AFTER, after)):
        if again is YesNo.NO and await sent_twice(call, report, kind, count):
            continue
        await add(call, report, kind, count, context=context, round=round_ if kind is Kind.BENIGN_AFTER else 0)
        await record.note(call, report, "evidence", data={"k": count.k, "n": count.n, "kind": kind.value})
    return Reply(text=wording.benign(before, after), buttons=(Button(f"result report={report.id}", "Record the result"),))


@command("case plan", allow=ON_IT, reads=True)
async def plan(
    call: Call, report: Report, seconds: Annotated[int, Hint("seconds for one attempt", low=1, high=3600)] = 10,
) -> Reply:
    """Say how many trials each statement needs: attempts, calls, minutes, and the odds of a wrong pass."""
    found = await standing(call.work, call.desk, report)
    if found.deterministic:
        return Reply(text=wording.plan_once())
    claimed = Trials(report.claimed_k, report.claimed_n) if report.claimed_n > 0 else None
    level = level_of(report)
    of_fix = trial_plan.plan_fix(found.before, rubric.current().ceiling(level), alpha_of(found.round))
    turns = wording.turns_of(facts_of(call, report).get("S12", ""))
    return Reply(text=wording.plan(found, claimed, of_fix, level=level, by_hand=not report.level, seconds=seconds, turns=turns))


@command("case numbers", allow=ON_IT, reads=True)
async def numbers_(call: Call, report: Report) -> Reply:
    """Show every number behind the verdict: bounds, probabilities, limits, and what would settle it."""
    found = await standing(call.work, call.desk, report)
    return Reply(text=wording.plan_once() if found.deterministic else numbers(found))


async def refuse_not_reproduced(call: Call, report: Report) -> None:
    """Refuse to call a report not reproduced before the trials of ours are enough; names the number."""
    claimed = Trials(report.claimed_k, report.claimed_n) if report.claimed_n > 0 else None
    ours = Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None
    theirs, tested_ = sampling.recorded(facts_of(call, report)), await tested(call, report)
    differs = any(theirs[one] != tested_[one] for one in sampling.CONTEXT if one in theirs and one in tested_)
    found = trial_plan.not_seen(ours, claimed, same_context=not differs)
    if found.answer is not trial_plan.Seen.ENOUGH:
        raise Problem("not_enough_trials", wording.not_reproduced_yet(found, ours, claimed))


def not_reproduced_words(report: Report) -> str:
    """Return what the researcher reads when a report is called not reproduced: our numbers, and what may be said by them."""
    claimed = Trials(report.claimed_k, report.claimed_n) if report.claimed_n > 0 else None
    return wording.not_reproduced(report.id, Trials(report.ours_k, report.ours_n), trial_plan.threshold(claimed))


