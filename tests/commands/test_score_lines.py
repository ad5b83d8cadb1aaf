"""Answers in a button and in a proposal's line: whole, short enough for every platform, and read back as they were given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.discord import forms
from bot.platforms.discord.buttons import pressed
from commands import modules
from commands.calls import Form, Problem
from commands.desk import categories
from commands.judging import score_card, scoring
from commands.parsing import read_line
from commands.registry import Registry
from config import rubric as rubrics
from storage.models import Report

REGISTRY = Registry.of(modules())
RUBRIC = rubrics.current()
AT = datetime(2026, 11, 30, tzinfo=UTC)
answers = st.fixed_dictionaries({axis.code: st.sampled_from([one.code for one in axis.options]) for axis in scoring.asked_axes(RUBRIC)})
budgets = st.sampled_from([name for name, _ in RUBRIC.budgets])


def report(**more: object) -> Report:
    return Report(id="AIV-K7Q3M", person_id="p", platform="local", triage_platform="local", channel="c", mode="open", state="triaging",
                  received_at=AT, opened_at=AT, program_version="1", policy_version="1", sha256="", claimed_k=3, claimed_n=10, **more)


@settings(max_examples=200, deadline=None)
@given(answers, budgets, st.sampled_from(sorted(categories())), st.integers(0, 9_999), st.sampled_from(["accept", "severity"]))
def test_a_button_carries_every_answer(chosen: dict[str, str], budget: str, category: str, seen: int, act: str) -> None:
    found = scoring.judged(report(), chosen, category=category, budget=budget)
    assert scoring.unpack(scoring.pack(found, seen)) == (chosen, budget, seen)
    line = score_card.take(report(), act, found, seen).id
    assert len("!" + line) <= 100, "a button of Discord holds no more"
    assert pressed("!" + line).line == line  # type: ignore[union-attr]
    read = read_line(line, registry=REGISTRY, surface="staff").given
    assert (read["category"], read["scored"]) == (category, scoring.pack(found, seen))
    axes = ",".join(one.code for one in RUBRIC.impact_axes)
    field = forms.Field("h", "H", "choice", choices=(("a", "A"), ("b", "B")))
    forms.view(Form(f"{act} report=AIV-K7Q3M seen={seen} category={category} axes={axes}", "Score", (field,)))  # not too long for a modal


@settings(max_examples=200, deadline=None)
@given(answers, budgets, st.sampled_from(sorted(categories())), st.sampled_from(["accept", "severity"]))
def test_a_proposal_carries_everything(chosen: dict[str, str], budget: str, category: str, act: str) -> None:
    found = scoring.judged(report(), chosen, category=category, budget=budget)
    read = read_line(scoring.line_of(act, "AIV-K7Q3M", found, "CVSS:4.0/AV:N"), registry=REGISTRY, surface="staff").given
    again = scoring.typed(report(), read["vector"], category=read["category"], budget=read["budget"])
    assert (again.vector, again.budget, again.category, again.differs) == (found.vector, budget, category, ())
    assert (read["report"], read["cvss"]) == ("AIV-K7Q3M", "CVSS:4.0/AV:N")


@pytest.mark.parametrize("text", ["", "x", "1.0-nsnnntsn", "2.0-nsnnntsn-1-0", "1.0-nsnnnts-1-0", "1.0-nsnnntsq-1-0", "1.0-nsnnntsn-7-0",
                                  "1.0-nsnnntsn-1-99999", "1.0-nsnnntsn-1-0 "])
def test_what_no_button_wrote_is_refused(text: str) -> None:
    with pytest.raises(Problem) as wrong:
        scoring.unpack(text)
    assert wrong.value.code == "gone"


def test_what_is_computed_is_never_taken_from_a_button() -> None:
    answers_, budget, _ = scoring.unpack("1.0-nsnnntsn-1-0")
    quiet = scoring.judged(report(), answers_, category="jailbreak", budget=budget)
    loud = scoring.judged(report(flags="VA"), answers_, category="jailbreak", budget=budget)
    tried = scoring.judged(report(ours_k=0, ours_n=9), answers_, category="jailbreak", budget=budget)
    assert [str(one.score.score) for one in (quiet, loud, tried) if one.score] == ["5.2", "7.0", "4.2"]
    assert [one.score.provisional for one in (quiet, loud, tried) if one.score] == [True, True, False]
    assert scoring.would_be(report(vector=quiet.vector, score="5.2", level="medium", rubric="1.0.0")) is None
    moved = scoring.would_be(report(flags="A", vector=quiet.vector, score="5.2", level="medium", rubric="1.0.0"))
    assert moved is not None
    assert str(moved.score) == "7.0"
    assert scoring.would_be(report(flags="A", level="medium")) is None, "a level by hand has no answers"
    assert scoring.would_be(report(flags="A", vector=quiet.vector, score="5.2", level="medium", rubric="0.9.0")) is None
