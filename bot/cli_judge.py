"""The calculators of the command line: `score` and `evidence`. They need no settings, no database and no running bot.

Decides how the results are laid out and what JSON holds; arithmetic and verdicts are those of `config/policy/`, words
those of `commands/wording/judge.py`.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from bot import cli_show as show
from bot.cli_frame import UNUSABLE, AsJson, ending
from commands.wording import judge as wording
from config import rubric as rubric_
from config.policy import evidence as evidence_
from config.policy import rates, severity, trial_plan
from config.policy.rates import Interval, Trials, TrialsError
from config.policy.severity import Explanation, Score
from config.policy.severity_rubric import Rubric
from config.policy.severity_vector import VectorError, parse
from config.policy.states import Level

_WIDE = 50  # characters of a bar
_NEAREST = 6  # changes of a level that are shown
_STYLES = {Level.CRITICAL: "bold red", Level.HIGH: "red", Level.MEDIUM: "yellow", Level.LOW: "green", Level.INFORMATIONAL: "dim"}
LENIENT = {"ignore_unknown_options": True}  # a count below zero is refused by name, not taken for an option


def score(
    vector: Annotated[str, typer.Argument(help="Such as AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n")],
    json: AsJson = False,
) -> None:
    """Score a severity vector: score, level, why, and what would change it."""
    with ending():
        rubric = rubric_.current()
        try:
            parsed = parse(rubric, vector.strip())
        except VectorError as wrong:
            _unusable(*wording.vector_wrong(rubric, wrong))
        found = severity.explain(rubric, severity.score(rubric, parsed))
        if json:
            show.as_json(_score_json(found))
        else:
            _score_words(found)


def evidence(
    count: Annotated[str, typer.Argument(metavar="K/N", help="Successes and attempts, without a fix.")],
    after: Annotated[str, typer.Option(metavar="K/N", help="Successes and attempts with the fix.")] = "",
    level: Annotated[str, typer.Option(help="critical, high, medium, low or informational; all of them unless given.")] = "",
    round_: Annotated[str, typer.Option("--round", metavar="M", help="Which verification of the report this is.")] = "1",
    json: AsJson = False,
) -> None:
    """Say what a count of attempts shows, what it needs, and what a fix's count proves."""
    with ending():
        rubric = rubric_.current()
        before, fixed = _count(count), _count(after) if after else None
        if level and level.strip().lower() not in wording.LEVELS:
            _unusable(wording.no_such_level(level))
        if not (round_.isascii() and round_.isdigit() and len(round_) <= 4 and 1 <= int(round_) <= wording.MOST_ROUNDS):
            _unusable(wording.no_such_round())
        levels = [Level(level.strip().lower())] if level else [one.level for one in reversed(rubric.bands)]
        if json:
            show.as_json(_evidence_json(rubric, before, fixed, levels, int(round_)))
        else:
            _evidence_words(rubric, before, fixed, levels, int(round_))


def _unusable(*sentences: str) -> typer.Exit:
    for one in sentences:
        show.note(one)
    raise typer.Exit(UNUSABLE)


def _count(text: str) -> Trials:
    try:
        return rates.parse_trials(text)
    except TrialsError as wrong:
        raise _unusable(wording.TRIALS[wrong.fault]) from None


# -- score -------------------------------------------------------------------------------------------------------


def _score_words(found: Explanation) -> None:
    one = found.score
    show.line(wording.score_head(one), _STYLES[one.level])
    show.line(f"{one.vector.text}  rubric {one.version}", "dim")
    _list(wording.WHY_HEAD, wording.reasons(one))
    _list(wording.DRIVERS_HEAD, [wording.driver(driver) for driver in found.drivers])
    changes = [wording.change(change) for change in found.changes[:_NEAREST]]
    _list(wording.CHANGES_HEAD, changes or [wording.NOTHING_CHANGES])


def _list(head: str, lines: list[str]) -> None:
    if lines:
        show.line("")
        show.line(head, "bold")
        for one in lines:
            show.line(f"  {one}")


def _score_json(found: Explanation) -> dict[str, Any]:
    one: Score = found.score
    return {
        "vector": one.vector.text, "rubric": one.version, "score": float(one.score), "level": one.level.value,
        "impact": float(one.impact), "likelihood": float(one.likelihood), "formula": float(one.formula),
        "floors": [{"id": floor.id, "score": float(floor.score)} for floor in one.floors],
        "parts": [{"axis": part.axis.code, "option": part.option.code, "adds": float(part.adds)} for part in one.parts],
        "reasons": wording.reasons(one),
        "drivers": [{"axis": driver.axis.code, "option": driver.option.code, "lifts": float(driver.lifts)}
                    for driver in found.drivers],
        "changes": [{"axis": change.axis.code, "from": change.was.code, "to": change.option.code, "score": float(change.score),
                     "level": change.level.value, "computed": change.computed} for change in found.changes],
    }


# -- evidence ----------------------------------------------------------------------------------------------------


def _evidence_words(rubric: Rubric, before: Trials, after: Trials | None, levels: list[Level], round_: int) -> None:
    _count_words("Without a fix", before)
    if after is not None:
        show.line("")
        _count_words("With the fix", after)
    alpha = evidence_.alpha_of(round_)
    if after is None:
        needs = [wording.not_reproduced(trial_plan.threshold(before))]
        needs += [wording.fix_needs(one, trial_plan.plan_fix(before, rubric.ceiling(one), alpha), before) for one in levels]
        _list(wording.NEEDED_HEAD, needs)
    else:
        for one in levels:
            _list(f"{wording.CHECKS_HEAD}, {one.value}", _verdict_words(before, after, rubric.ceiling(one), round_))
    if len(levels) > 1:
        show.line("")
        show.line(wording.NO_LEVEL_NAMED, "dim")


def _verdict_words(before: Trials, after: Trials, ceiling: float, round_: int) -> list[str]:
    low, lower = evidence_.judge_rates(before, after, ceiling, round_)
    verdict = evidence_.rates_verdict(low, lower, after, ceiling)
    settles = dict.fromkeys(way for one in (low, lower) if not one.holds for way in one.settles)
    said = f"{verdict.value}: {wording.VERDICTS[verdict]}" if verdict else wording.BOTH_HOLD
    return [wording.finding(low), wording.finding(lower), said, *(wording.settle(way) for way in settles)]


def _count_words(name: str, count: Trials) -> None:
    display = rates.wilson(count)
    show.line(wording.count_head(name, count), "bold")
    show.console().print(_bar(count, display))
    show.line("  " + wording.between("Wilson, 95 %", display))
    show.line("  " + wording.between("exact, 95 %", rates.exact(count)))
    show.line("  " + wording.one_sided(rates.lower(count), rates.upper(count)))


def _bar(count: Trials, found: Interval) -> Text:
    """A bar from 0 to 100 %: the interval, and in it the rate."""
    low, rate, high = (min(_WIDE - 1, int(one * _WIDE)) for one in (found.low, count.rate, found.high))
    cells = ["=" if low <= place <= high else "." for place in range(_WIDE)]
    cells[rate] = "o"
    bar = Text("  0 % |", "dim")
    for place, cell in enumerate(cells):
        bar.append(cell, "bold cyan" if low <= place <= high else "dim")
    return bar.append("| 100 %", "dim")


def _evidence_json(rubric: Rubric, before: Trials, after: Trials | None, levels: list[Level], round_: int) -> dict[str, Any]:
    alpha, wanted = evidence_.alpha_of(round_), trial_plan.threshold(before)
    found: dict[str, Any] = {
        "before": _count_json(before), "after": _count_json(after) if after else None, "round": round_, "alpha": alpha,
        "not_reproduced": {"needed": wanted.needed, "full": wanted.full, "capped": wanted.capped},
        "fisher": rates.fisher(before, after) if after else None, "levels": [],
    }
    for level in levels:
        ceiling = rubric.ceiling(level)
        plan = trial_plan.plan_fix(before, ceiling, alpha)
        one: dict[str, Any] = {
            "level": level.value, "ceiling": ceiling, "for_ceiling": plan.for_ceiling, "for_comparison": plan.for_comparison,
            "needed": plan.trials, "passes_unchanged": plan.passes_unchanged, "passes_at_ceiling": plan.passes_at_ceiling,
        }
        if after is not None:
            low, lower = evidence_.judge_rates(before, after, ceiling, round_)
            verdict = evidence_.rates_verdict(low, lower, after, ceiling)
            one["checks"] = [
                {"check": each.check.value, "standing": each.standing.value, "why": each.why.value, "measured": each.measured,
                 "limit": each.limit, "reason": wording.finding(each),
                 "settles": [{"way": way.way.value, "number": way.number, "words": wording.settle(way)} for way in each.settles]}
                for each in (low, lower)
            ]
            one["holds"], one["verdict"] = verdict is None, verdict.value if verdict else None
        found["levels"].append(one)
    return found


def _count_json(count: Trials) -> dict[str, Any]:
    display, sure = rates.wilson(count), rates.exact(count)
    return {
        "successes": count.k, "attempts": count.n, "rate": count.rate, "wilson": [display.low, display.high],
        "exact": [sure.low, sure.high], "one_sided": [rates.lower(count), rates.upper(count)],
    }
