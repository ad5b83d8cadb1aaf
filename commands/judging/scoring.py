"""What a report scores: the answers that people give, with what nobody chooses computed beside them.

Reproducibility follows from trials and the attempt budget, exploitation from the flags of the case. Decides how answers travel in a
button and in a proposal's line. The arithmetic is `config/policy/severity.py`; who must agree, `severity.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from commands.calls import Problem
from commands.desk import Desk
from commands.parsing import argument, read_line
from commands.wording import severity as wording
from config import rubric as rubrics
from config.policy import severity_vector as vectors
from config.policy.evidence import DETERMINISTIC
from config.policy.rates import Trials
from config.policy.severity import Reproducibility, Score, reproducibility, score
from config.policy.severity_rubric import Axis, Kind, Rubric
from config.policy.severity_vector import VectorError
from config.policy.states import SET_ASIDE, Flag, Level, State
from storage.judging import Rating
from storage.models import Proposal, Report

RATE: Final = "R"
_EXPLOITED: Final = frozenset({Flag.ATTACKED.value, Flag.EXPLOIT_PUBLIC.value})
_PACKED: Final = re.compile(r"(\d{1,3}\.\d{1,3})-([a-z]{1,20})-(\d)-(\d{1,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A level as somebody sees it; without a score it was set by hand."""

    level: Level
    category: str
    score: Score | None = None
    budget: str = ""
    rate: Reproducibility | None = None
    differs: tuple[str, ...] = ()  # axes on which a typed vector says something else than what was computed

    @property
    def vector(self) -> str:
        """The vector's text, or nothing."""
        return self.score.vector.text if self.score is not None else ""

    @property
    def answers(self) -> tuple[str, str, tuple[str, ...]]:
        """What was chosen, without what is computed: two people who say the same have the same."""
        given = answers_of(self.score.vector.pairs) if self.score is not None else {}
        return (self.category, self.level.value if self.score is None else self.budget, tuple(given.values()))


# -- what is computed ----------------------------------------------------------------------------------------------

def asked_axes(rubric: Rubric) -> tuple[Axis, ...]:
    """The axes that people answer: all but reproducibility and the flags."""
    return tuple(one for one in rubric.axes if one.kind is not Kind.FLAG and one.code != RATE)


def _count(k: int, n: int) -> Trials | None:
    return Trials(k, n) if 0 <= k <= n and n > 0 else None


def category_of(report: Report) -> str:
    """The category that was decided, else the one that the researcher named."""
    return report.category or report.category_claimed


def is_judged(report: Report) -> bool:
    """Whether the report is accepted, so that its level is one that the researcher was told."""
    state = State(report.asked_in or report.state) if report.state == State.NEEDS_INFO else State(report.state)
    return state not in SET_ASIDE | {State.RECEIVED, State.ACKNOWLEDGED, State.TRIAGING, State.NEEDS_INFO}


def rate_of(report: Report, *, category: str, budget: str) -> Reproducibility:
    """How surely the flaw works: from our own trials once they exist, else from the researcher's."""
    return reproducibility(
        rubrics.current(), ours=_count(report.ours_k, report.ours_n), reporters=_count(report.claimed_k, report.claimed_n),
        budget=budget, deterministic=category in DETERMINISTIC)


def judged(report: Report, answers: Mapping[str, str], *, category: str, budget: str = "") -> Judgement:
    """The judgement of these answers on a report as it stands now; raises VectorError with every fault."""
    rubric = rubrics.current()
    budget = budget or report.budget or rubric.default_budget
    rate = rate_of(report, category=category, budget=budget)
    flags = {one.code: one.options[-1 if _EXPLOITED & set(report.flags) else 0].code for one in rubric.axes if one.kind is Kind.FLAG}
    vector = vectors.of(rubric, {**answers, RATE: rate.code, **flags})
    found = score(rubric, vector, provisional=rate.provisional)
    return Judgement(level=found.level, category=category, score=found, budget=budget, rate=rate)


def answers_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """What people answered in a vector."""
    asked = {one.code for one in asked_axes(rubrics.current())}
    return {axis: code for axis, code in pairs if axis in asked}


def typed(report: Report, text: str, *, category: str, budget: str = "") -> Judgement:
    """The judgement that a typed vector means; what is computed is computed all the same. Raises Problem with every fault."""
    rubric = rubrics.current()
    try:
        vector = vectors.parse(rubric, text.strip())
    except VectorError as wrong:
        said = wording.vector_wrong(rubric, wrong)
        raise Problem("bad_argument", "Vector: ", said, errors={"vector": said}) from None
    found = judged(report, answers_of(vector.pairs), category=category, budget=budget)
    assert found.score is not None  # noqa: S101 - answers were given
    computed = dict(found.score.vector.pairs)
    return replace(found, differs=tuple(axis for axis, code in vector.pairs if computed[axis] != code))


# -- what it would be now ------------------------------------------------------------------------------------------

def current(report: Report) -> Judgement | None:
    """The judgement of the report's answers as things stand now; None when it was set by hand, or by another rubric."""
    rubric = rubrics.current()
    if not report.vector or report.rubric != rubric.version:
        return None
    try:
        pairs = vectors.parse(rubric, report.vector).pairs
    except VectorError:
        return None
    return judged(report, answers_of(pairs), category=category_of(report), budget=report.budget)


def would_be(report: Report) -> Score | None:
    """The score that the same answers give now, where it or its level differs from the one that stands; else None."""
    found = current(report)
    if found is None or found.score is None or (str(found.score.score), found.level.value) == (report.score, report.level):
        return None
    return found.score


# -- how it travels ------------------------------------------------------------------------------------------------

def pack(judgement: Judgement, seen: int) -> str:
    """The answers of a judgement, short enough for a button; `seen` counts what others had said when they were given."""
    rubric = rubrics.current()
    assert judgement.score is not None  # noqa: S101 - a level by hand needs no such button
    names = [name for name, _ in rubric.budgets]
    letters = "".join(answers_of(judgement.score.vector.pairs).values())
    return f"{rubric.prefix.partition(':')[2]}-{letters}-{names.index(judgement.budget)}-{seen}"


def unpack(text: str) -> tuple[dict[str, str], str, int]:
    """The answers, the budget and the count that `pack` wrote; raises Problem for what it did not write."""
    rubric = rubrics.current()
    found = _PACKED.fullmatch(text)
    axes = asked_axes(rubric)
    if found is None or found[1] != rubric.prefix.partition(":")[2] or len(found[2]) != len(axes) or int(found[3]) >= len(rubric.budgets):
        raise Problem("gone", wording.button_gone())
    answers = {axis.code: letter for axis, letter in zip(axes, found[2], strict=True)}
    if any(code not in rubric.by_axis[axis].by_code for axis, code in answers.items()):
        raise Problem("gone", wording.button_gone())
    return answers, rubric.budgets[int(found[3])][0], int(found[4])


def line_of(act: str, report: str, judgement: Judgement, cvss: str = "") -> str:
    """The command line that proposes a judgement and carries all of it."""
    if judgement.score is None:
        parts = [("report", report), ("severity" if act == "accept" else "level", judgement.level.value), ("category", judgement.category)]
    else:
        parts = [("report", report), ("category", judgement.category), ("vector", judgement.vector), ("budget", judgement.budget)]
    return " ".join([act, *(argument(name, value) for name, value in [*parts, ("cvss", cvss)] if value)])


def proposed(desk: Desk, report: Report, row: Proposal) -> Judgement | None:
    """The judgement that a proposal asks for, as things stand now; None for a proposal of something else."""
    if row.act not in ("accept", "severity"):
        return None
    line = desk.vault.common.open_text("proposal", "line", row.id, row.line)
    given = read_line(line, registry=desk.registry, surface="staff").given
    category = given.get("category") or category_of(report)
    level = given.get("severity") or given.get("level") or ""
    if level:
        return Judgement(level=Level(level), category=category)
    try:
        return typed(report, given.get("vector", ""), category=category, budget=given.get("budget", ""))
    except Problem:
        return None


def cvss_of(desk: Desk, row: Proposal) -> str:
    """The CVSS vector that a proposal carries, or nothing."""
    line = desk.vault.common.open_text("proposal", "line", row.id, row.line)
    return read_line(line, registry=desk.registry, surface="staff").given.get("cvss", "")


def rated(rating: Rating) -> str:
    """A rating's score and level in two words."""
    return " ".join(part for part in (rating.score, rating.level) if part)
