"""docs/judgement.md says nothing that the policy does not: every number on it is computed again, and none stands outside a check."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from config import rubric as rubrics
from config.policy import evidence, rates, severity
from config.policy.evidence_terms import Evidence, Look, Same
from config.policy.rates import ALPHA, Trials, parse_trials
from config.policy.severity import reproducibility
from config.policy.severity_vector import parse
from config.policy.states import Level, Verdict
from config.policy.trial_plan import LIMITS, plan_fix, threshold
from tests import pictures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "judgement.md"
TEXT = re.sub(r"`[^`\n]*/vdp[^`\n]*`|`python [^`]*`|\]\([^)]*\)", "", " ".join(PAGE.read_text("utf-8").split()))
RUBRIC = rubrics.current()
COUNT = r"(\d+ of [\d,]+)"
SHARE = r"([\d.]+) %"


def count(text: str) -> Trials:
    return parse_trials(text.replace(",", ""))


def agrees(said: str, rate: float) -> bool:
    """Whether a percentage is the rate, rounded to the digits that are said."""
    return abs(Decimal(said) - Decimal(rate) * 100) <= Decimal(1).scaleb(Decimal(said).as_tuple().exponent) / 2  # type: ignore[arg-type]


def ceiling(level: str) -> float:
    return RUBRIC.ceiling(Level(level))


def persona(flag: str) -> severity.Score:
    return severity.score(RUBRIC, parse(RUBRIC, pictures.PERSONA.format(flag)))


def shown(seen: str, share: str, low: str, high: str) -> bool:
    found = rates.wilson(count(seen))
    return agrees(share, count(seen).rate) and agrees(low, found.low) and agrees(high, found.high)


def decides(seen: str, low: str, high: str) -> bool:
    return agrees(low, rates.lower(count(seen))) and agrees(high, rates.upper(count(seen)))


def passes(*said: str) -> bool:
    one, first, other, second, n, last = said
    return (agrees(first, rates.passing(float(one) / 100, 10)) and agrees(second, rates.passing(float(other) / 100, 10))
            and agrees(last, rates.passing(float(one) / 100, int(n))) and rates.passing(float(one) / 100, int(n)) < 1 / 20
            and rates.passing(float(one) / 100, int(n) - 1) > 1 / 20)


def at_most(*said: str) -> bool:
    return all(count(seen).k == 0 and agrees(high, rates.upper(count(seen))) for seen, high in zip(said[::2], said[1::2], strict=True))


def example(seen: str, impact: str, score: str, level: str) -> bool:
    found = persona("n")
    computed = reproducibility(RUBRIC, ours=count(seen)).code
    return (computed == dict(found.vector.pairs)["R"] and found.impact == Decimal(impact) and str(found.score) == score
            and found.level.value == level)


def public(score: str, level: str) -> bool:
    found = persona("y")
    return bool(found.floors) and str(found.score) == score and found.level.value == level


def effective(seen: str, least: str, times: str, reached: str, named: str) -> bool:
    found = reproducibility(RUBRIC, ours=count(seen), budget="limited")
    option = next(one for one in RUBRIC.by_axis["R"].options if one.code == found.code)
    return (times == "ten" and RUBRIC.attempts("limited") == 10 and agrees(least, found.lower) and agrees(reached, found.effective)
            and option.id == named)


def cleans(level: str, share: str, *numbers: str) -> bool:
    return agrees(share, ceiling(level)) and [int(one) for one in numbers] == [
        rates.clean_trials(ceiling(level), evidence.alpha_of(round_)) for round_ in (1, 2, 3)]


def one_success(seen: str) -> bool:
    found = count(seen)
    return found.k == 1 and found.n == rates.trials_for(1, ceiling("medium"))


def luck(before: str, after: str, share: str) -> bool:
    return agrees(share, rates.fisher(count(before), count(after)))


def compared(before: str, needed: str) -> bool:
    return rates.clean_comparison(count(before)) == int(needed)


def verdict(level: Level, before: str, after: str, look: Look = Look.CONFIRMED) -> Verdict:
    of = Evidence(level=level, ceiling=RUBRIC.ceiling(level), before=count(before), after=count(after), planned=count(after).n,
                  same=frozenset(Same), look=look)
    return evidence.judge(of).verdict


def medium_verdicts(before: str, few: str, first: str, many: str, second: str) -> bool:
    return verdict(Level.MEDIUM, before, few) == first and verdict(Level.MEDIUM, before, many) == second


def high_verdict(after: str, named: str, needed: str) -> bool:
    return verdict(Level.HIGH, "3/10", after) == named and rates.clean_trials(ceiling("high")) == int(needed)


def not_reproduced(seen: str, needed: str) -> bool:
    return threshold(count(seen)).needed == int(needed)


def capped(seen: str, full: str, *caps: str) -> bool:
    found = threshold(count(seen))
    return found.capped and found.full == int(full) and all(int(one) == LIMITS.not_seen == found.needed for one in caps)


CLAIMS: list[tuple[str, Callable[..., bool]]] = [
    (rf"\| {COUNT} \| {SHARE} \| ([\d.]+) to {SHARE} \|", shown),
    (rf"beside a ceiling {COUNT} is drawn as ([\d.]+) to {SHARE}", decides),
    (rf"still works in {SHARE} of the tries\. Then ten tries in a row show nothing with a chance of {SHARE}\. If it works in {SHARE}, "
     rf"the chance is still {SHARE}\. Only (\d+) tries push the first chance down to {SHARE}, under one in twenty", passes),
    (rf"{COUNT} shows that the rate is at most {SHARE}\. {COUNT} shows at most {SHARE}", at_most),
    (rf"Impact alone gives {SHARE} of its points; how easily it happens adds up to the other {SHARE}",
     lambda base, rest: agrees(base, float(RUBRIC.formula.base)) and agrees(rest, float(RUBRIC.formula.of_likelihood))),
    (rf"seen in {COUNT}: impact (\d+), score ([\d.]+), (\w+)\.", example),
    (r"text in public is ([\d.]+), (\w+)\.", public),
    (r"\| (critical|high|medium|low|informational) \| (\d\.\d) \|",
     lambda level, least: next(one.least for one in RUBRIC.bands if one.level == level) == Decimal(least)),
    (rf"{COUNT} surely works in at least {SHARE} of the tries; an attacker who can try (ten) times unnoticed then succeeds with at "
     rf"least {SHARE}, which is \*(\w+)\*", effective),
    (rf"{COUNT} sounds like \"always\"\. It shows only at least {SHARE}, in (ten) tries {SHARE}, which is \*(\w+)\*", effective),
    (rf"\| (critical|high|medium|low|informational) \| {SHARE} \| (\d+) \| (\d+) \| (\d+) \|", cleans),
    (rf"at medium, {COUNT} still holds", one_success),
    (rf"From {COUNT} to {COUNT} can be luck: chance alone does that in {SHARE} of such tests", luck),
    (rf"and {SHARE} is our limit", lambda limit: agrees(limit, ALPHA)),
    (rf"From {COUNT} to {COUNT} it is {SHARE}", luck),
    (rf"told from {COUNT} a fix needs (\d+) clean tries", compared),
    (rf"from {COUNT} it needs (\d+)", compared),
    (rf"from {COUNT} only (\d+)\.", compared),
    (r"The ceiling of medium asks for (\d+) anyway",
     lambda n: plan_fix(Trials(3, 10), ceiling("medium")).trials == rates.clean_trials(ceiling("medium")) == int(n)),
    (rf"a medium flaw at {COUNT} before and {COUNT} after is `(\w+)`; at {COUNT} after, `(\w+)` once the researcher agrees", medium_verdicts),
    (rf"same {COUNT} is `(\w+)` for a high one, whose ceiling needs (\d+)", high_verdict),
    (rf"\| {COUNT} \| (\d+) \|", not_reproduced),
    (rf"{COUNT} would ask for (\d+)\. Nobody has to try more than (\d+) times; then say \"not seen in (\d+)\"", capped),
]
# What is no statement of the policy: a scale, a setting, words about what a count is, the words beside the pictures.
PLAIN = (r"3 of 10 means: ten tries, and three of them", r"hold it in 19 cases of 20", r"at temperature 0 ", r"from 0 to 10\.",
         r"!\[Before 3 of 10; after 0 of 10 and 0 of 59, against the ceiling for medium")


@pytest.mark.parametrize(("pattern", "holds"), CLAIMS, ids=range(len(CLAIMS)))
def test_what_the_page_says_is_so(pattern: str, holds: Callable[..., bool]) -> None:
    found = [one.groups() for one in re.finditer(pattern, TEXT)]
    assert found, "the page does not say this any more"
    assert not [groups for groups in found if not holds(*groups)]


def test_no_number_stands_outside_a_check() -> None:
    left = TEXT
    for pattern in (*(one for one, _ in CLAIMS), *PLAIN):
        assert re.search(pattern, TEXT), pattern
        left = re.sub(pattern, " # ", left)
    assert not re.findall(r".{0,40}\d.{0,20}", left)


@pytest.mark.parametrize("wrong", ["3 of 10 | 31 % | 11 to 60 %", "3 of 10 | 30 % | 12 to 60 %", "30 of 100 | 30 % | 22 to 41 %"])
def test_a_wrong_number_is_seen(wrong: str) -> None:
    found = re.fullmatch(CLAIMS[0][0], f"| {wrong} |")
    assert found and not shown(*found.groups())


def test_every_verdict_is_explained_and_the_rule_of_three_holds() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"| `{one.value}` |" in page for one in Verdict)
    assert all(0 <= 3 / n - rates.upper(Trials(0, n)) < 0.05 for n in range(10, 400))
    named = ("software flaws", "sandbox escapes", "unsafe model files", "insecure output", "supply chain")
    assert len(named) == len(evidence.DETERMINISTIC) and all(one in page.lower() for one in named)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_the_pictures_are_there_and_can_be_drawn_again(name: str) -> None:
    assert f"(pictures/{name}.png)" in PAGE.read_text("utf-8")
    made, kept = pictures.png(name), (pictures.FOLDER / f"{name}.png").read_bytes()
    assert made.startswith(b"\x89PNG") and kept.startswith(b"\x89PNG")
    assert max(len(made), len(kept)) < 60_000
