"""The eight properties of the score, the worked examples, the vectors and the reading of a rubric."""

from __future__ import annotations

import copy
import hashlib
import itertools
import tomllib
from collections.abc import Callable
from decimal import ROUND_UP, Context, Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import rates, severity
from config.policy.rates import Trials
from config.policy.severity import Whose, explain, reproducibility, score, value
from config.policy.severity_rubric import Kind, RubricError, read
from config.policy.severity_vector import Fault, Vector, VectorError, Wrong, chosen, of, parse
from config.policy.states import Level
from config.rubric import RUBRIC, current, load
from tests.rules.counting import counts

RUBRIC_NOW = current()
CONTENT = tomllib.loads(RUBRIC.read_text("utf-8"), parse_float=Decimal)
EXAMPLES = {one["id"]: one for one in CONTENT["example"]}
PERSONA = EXAMPLES["persona-jailbreak"]["vector"]
# SHA-256 of all 2,500,000 scores of AIR:1.0 in tenths, one byte each, the last axis turning fastest.
ALL_SCORES = "2a0ee1f453823ea76f8ad3cb622df7c78cf48346e9c4c247aa64dd59a786c887"

vectors = st.tuples(*(st.sampled_from([one.code for one in axis.options]) for axis in RUBRIC_NOW.axes)).map(
    lambda codes: of(RUBRIC_NOW, dict(zip((axis.code for axis in RUBRIC_NOW.axes), codes, strict=True))))


def number_of(vector: Vector) -> Decimal:
    return value(RUBRIC_NOW, chosen(RUBRIC_NOW, vector))


def rank(code: str) -> int:
    return RUBRIC_NOW.by_axis["R"].by_code[code].rank


# -- properties 1, 2 and 5: every vector there is ------------------------------------------------------------------


def by_whole_numbers() -> np.ndarray:
    """Every score in tenths, from the file alone and without Decimal: a second way to the same numbers."""
    shape = [len(CONTENT["axis"][code]["option"]) for code in CONTENT["axis_order"]]
    grid = dict(zip(CONTENT["axis_order"], np.indices(shape, dtype=np.int64, sparse=True), strict=True))

    def values(code: str, scale: int) -> np.ndarray:
        return np.array([int(one["value"] * scale) for one in CONTENT["axis"][code]["option"]])[grid[code]]

    tenths = [values(code, 10) for code in "CHIAG"]
    worst = tenths[0]
    for one in tenths[1:]:
        worst = np.maximum(worst, one)
    impact = np.minimum(10_000, 85 * worst + 15 * sum(tenths))  # thousandths
    likelihood = 35 * values("X", 100) + 30 * values("R", 100) + 25 * values("S", 100) + 10 * values("P", 100)  # 1e-4
    found = (impact * (400_000 + 60 * likelihood) + 50_000_000) // 100_000_000  # half up
    e, h, r, c, g, x = (grid[code] for code in "EHRCGX")
    for floor, holds in ((70, (e == 1) & (impact >= 4_500)), (90, (h == 4) & (r >= 3)), (70, (c == 4) & (r >= 2)),
                         (90, (g == 4) & (r >= 3) & (x >= 2))):
        found = np.where(holds, np.maximum(found, floor), found)
    return found


@pytest.fixture(scope="module")
def all_scores() -> np.ndarray:
    return by_whole_numbers()


def test_all_vectors_are_monotone_and_in_range(all_scores: np.ndarray) -> None:
    assert all_scores.size == 2_500_000
    for place, axis in enumerate(RUBRIC_NOW.axes):
        assert (np.diff(all_scores, axis=place) >= 0).all(), axis.code
    assert (all_scores.min(), all_scores[all_scores > 0].min(), all_scores.max()) == (0, 9, 100)
    harmless = all_scores[0, 0, 0, 0, 0]
    assert (harmless == 0).all()
    assert int((all_scores == 0).sum()) == harmless.size
    assert hashlib.sha256(all_scores.astype(np.uint8).tobytes()).hexdigest() == ALL_SCORES


@pytest.mark.slow
def test_the_policy_scores_a_million_vectors_as_whole_numbers_do(all_scores: np.ndarray) -> None:
    *others, flags = [axis.options for axis in RUBRIC_NOW.axes]  # every answer on nine axes, with the flag set or not in turn
    picked = [(number ^ number >> 2) & 1 for number in range(1_250_000)]
    found = np.fromiter((float(value(RUBRIC_NOW, (*rest, flags[pick])))
                         for rest, pick in zip(itertools.product(*others), picked, strict=True)), dtype=np.float64)
    expected = all_scores.reshape(-1, 2)[np.arange(found.size), picked]
    assert 0.4 < np.mean(picked) < 0.6
    assert (np.rint(found * 10) == expected).all()
    assert np.allclose(found * 10, expected, atol=1e-9)


@given(vectors)
def test_raising_one_answer_never_lowers_the_score(vector: Vector) -> None:
    options = chosen(RUBRIC_NOW, vector)
    now = value(RUBRIC_NOW, options)
    assert Decimal(0) <= now <= Decimal(10)
    assert (now == 0) == all(one.rank == 0 for axis, one in zip(RUBRIC_NOW.axes, options, strict=True) if axis.kind is Kind.IMPACT)
    for place, axis in enumerate(RUBRIC_NOW.axes):
        for higher in axis.options[options[place].rank + 1:]:
            assert value(RUBRIC_NOW, (*options[:place], higher, *options[place + 1:])) >= now


@given(vectors)
def test_the_same_vector_has_the_same_score_whatever_the_callers_decimal_context_is(vector: Vector) -> None:
    now = score(RUBRIC_NOW, vector)
    with localcontext(Context(prec=2, rounding=ROUND_UP)):
        assert score(RUBRIC_NOW, vector) == now
        assert value(load(), chosen(RUBRIC_NOW, vector)) == now.score
    assert now.version == CONTENT["schema_version"] == "1.0.0"


# -- property 3: reproducibility -----------------------------------------------------------------------------------


@given(counts(), st.sampled_from(["single", "limited", "unlimited"]))
def test_a_success_never_lowers_r_and_a_failure_never_raises_it(count: Trials, budget: str) -> None:
    now = rank(reproducibility(RUBRIC_NOW, ours=count, budget=budget).code)
    better, worse = Trials(count.k + 1, count.n + 1), Trials(count.k, count.n + 1)
    assert rank(reproducibility(RUBRIC_NOW, ours=better, budget=budget).code) >= now
    assert rank(reproducibility(RUBRIC_NOW, ours=worse, budget=budget).code) <= now


@given(counts())
def test_more_attempts_for_the_attacker_never_lower_r(count: Trials) -> None:
    found = [rank(reproducibility(RUBRIC_NOW, ours=count, budget=one).code) for one in ("single", "limited", "unlimited")]
    assert found == sorted(found)
    assert (found[0] == 0) == (count.k == 0)


def test_one_of_one_must_not_overstate() -> None:
    found = reproducibility(RUBRIC_NOW, reporters=Trials(1, 1))
    assert (found.code, round(found.lower, 4), round(found.effective, 2)) == ("o", 0.05, 0.40)


def test_our_own_trials_replace_the_reporters_and_end_the_provisional_score() -> None:
    theirs = reproducibility(RUBRIC_NOW, reporters=Trials(10, 10))
    ours = reproducibility(RUBRIC_NOW, reporters=Trials(10, 10), ours=Trials(1, 50), budget="single")
    assert (theirs.code, theirs.whose, theirs.provisional) == ("c", Whose.REPORTERS, True)
    assert (ours.code, ours.whose, ours.provisional) == ("r", Whose.OURS, False)


@pytest.mark.parametrize(("trials", "deterministic", "code"), [
    (None, False, "u"), (Trials(0, 50), False, "u"), (None, True, "c"), (Trials(1, 1), True, "c"), (Trials(0, 3), True, "u"),
])
def test_no_success_is_unproven_and_a_deterministic_flaw_consistent(trials: Trials | None, deterministic: bool, code: str) -> None:
    assert reproducibility(RUBRIC_NOW, ours=trials, deterministic=deterministic).code == code


def test_a_budget_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        reproducibility(RUBRIC_NOW, ours=Trials(1, 1), budget="endless")


# -- property 4: levels --------------------------------------------------------------------------------------------


def test_the_level_never_falls_when_the_score_rises() -> None:
    order = [band.level for band in RUBRIC_NOW.bands]
    found = [order.index(severity.level(RUBRIC_NOW, Decimal(tenth) / 10)) for tenth in range(101)]
    assert found == sorted(found)
    borders = {str(Decimal(tenth) / 10): order[found[tenth]].value for tenth in range(1, 101) if found[tenth] != found[tenth - 1]}
    assert borders == {"1.5": "low", "4": "medium", "7": "high", "9": "critical"}


def test_triagers_more_than_one_level_apart_must_talk_and_the_higher_stands() -> None:
    assert severity.apart(RUBRIC_NOW, Level.LOW, Level.HIGH)
    assert not severity.apart(RUBRIC_NOW, Level.MEDIUM, Level.HIGH)
    assert not severity.apart(RUBRIC_NOW, Level.LOW, Level.LOW)
    assert severity.standing(RUBRIC_NOW, Level.LOW, Level.HIGH) is Level.HIGH
    assert severity.standing(RUBRIC_NOW, Level.CRITICAL, Level.INFORMATIONAL) is Level.CRITICAL


def test_what_may_remain_after_a_fix() -> None:
    assert {band.level.value: RUBRIC_NOW.ceiling(band.level) for band in RUBRIC_NOW.bands} == {
        "critical": 0.01, "high": 0.02, "medium": 0.05, "low": 0.10, "informational": 0.10}


# -- property 6: vectors as text -----------------------------------------------------------------------------------


@given(vectors)
def test_text_to_vector_to_text_is_the_identity(vector: Vector) -> None:
    assert parse(RUBRIC_NOW, vector.text) == vector
    assert parse(RUBRIC_NOW, vector.text).text == vector.text


@given(st.text(alphabet="AIR:1.0/CHIAGXRSPEnmsk \n", max_size=80))
def test_whatever_is_accepted_is_its_own_text(text: str) -> None:
    for one in (text, PERSONA[:-1] + text, text + PERSONA):
        try:
            assert parse(RUBRIC_NOW, one).text == one
        except VectorError as wrong:
            assert wrong.wrong


@pytest.mark.parametrize(("text", "wrong"), [
    ("", (Wrong(Fault.NOT_A_VECTOR),)),
    ("high", (Wrong(Fault.NOT_A_VECTOR),)),
    ("CVSS:4.0/AV:N/AC:L", (Wrong(Fault.NOT_A_VECTOR),)),
    ("AIR:1.0/" * 100, (Wrong(Fault.NOT_A_VECTOR),)),
    (PERSONA.lower(), (Wrong(Fault.NOT_A_VECTOR),)),
    (PERSONA.replace("1.0", "2.0"), (Wrong(Fault.WRONG_VERSION, value="2.0"),)),
    (PERSONA.replace("1.0", "<b>"), (Wrong(Fault.WRONG_VERSION),)),
    (PERSONA + "/Z:n", (Wrong(Fault.UNKNOWN_AXIS, "Z"),)),
    (PERSONA + "/" + "Z" * 13 + ":n", (Wrong(Fault.UNKNOWN_AXIS),)),
    (PERSONA.replace("/H:s", ""), (Wrong(Fault.MISSING_AXIS, "H"),)),
    ("AIR:1.0", tuple(Wrong(Fault.MISSING_AXIS, code) for code in "CHIAGXRSPE")),
    (PERSONA.replace("H:s", "H:q"), (Wrong(Fault.UNKNOWN_VALUE, "H", "q"),)),
    (PERSONA.replace("H:s", "H:S"), (Wrong(Fault.UNKNOWN_VALUE, "H", "S"),)),
    (PERSONA.replace("H:s", "H:"), (Wrong(Fault.UNKNOWN_VALUE, "H"),)),
    (PERSONA.replace("H:s", "H:s:s"), (Wrong(Fault.UNKNOWN_VALUE, "H"),)),
    (PERSONA + "/H:s", (Wrong(Fault.DOUBLED_AXIS, "H"),)),
    (PERSONA + "/H:x", (Wrong(Fault.DOUBLED_AXIS, "H"),)),
    (PERSONA + "/", (Wrong(Fault.NOT_A_PAIR),)),
    (PERSONA + "/H", (Wrong(Fault.NOT_A_PAIR, "H"),)),
    (PERSONA + " ", (Wrong(Fault.UNKNOWN_VALUE, "E"),)),
    (PERSONA.replace("H:s", "Q:s"), (Wrong(Fault.UNKNOWN_AXIS, "Q"), Wrong(Fault.MISSING_AXIS, "H"))),
])
def test_what_is_no_vector_is_refused_by_name(text: str, wrong: tuple[Wrong, ...]) -> None:
    with pytest.raises(VectorError) as refused:
        parse(RUBRIC_NOW, text)
    assert refused.value.wrong == wrong


def test_another_order_is_refused_with_the_vector_that_is_meant() -> None:
    first, second, *rest = PERSONA.split("/")[1:]
    with pytest.raises(VectorError) as refused:
        parse(RUBRIC_NOW, "/".join(["AIR:1.0", second, first, *rest]))
    assert (refused.value.wrong, refused.value.meant) == ((Wrong(Fault.WRONG_ORDER),), PERSONA)


def test_a_vector_of_another_rubric_is_not_scored() -> None:
    with pytest.raises(VectorError):
        score(RUBRIC_NOW, Vector("AIR:2.0", parse(RUBRIC_NOW, PERSONA).pairs))


def test_answers_make_a_vector_and_one_can_be_changed() -> None:
    vector = parse(RUBRIC_NOW, PERSONA)
    assert of(RUBRIC_NOW, dict(vector.pairs)) == vector
    assert vector.with_code("E", "y").text == EXAMPLES["persona-jailbreak-public"]["vector"]
    assert vector.code("X") == "t"
    with pytest.raises(KeyError):
        vector.code("Z")


# -- property 7: reasons -------------------------------------------------------------------------------------------


@given(vectors)
def test_every_score_comes_with_its_reasons(vector: Vector) -> None:
    one = score(RUBRIC_NOW, vector)
    assert one.score == number_of(vector) == max([one.formula, *(floor.score for floor in one.floors)])
    assert bool(one.floors) == (one.score > one.formula)
    assert all(floor.score == one.score for floor in one.floors)
    assert one.level is severity.level(RUBRIC_NOW, one.score)
    adds = {kind: sum((part.adds for part in one.parts if part.axis.kind is kind), Decimal(0)) for kind in Kind}
    assert min(Decimal(10), adds[Kind.IMPACT]) == one.impact
    assert (adds[Kind.LIKELIHOOD], adds[Kind.FLAG]) == (one.likelihood, 0)


def test_a_floor_that_was_reached_without_it_is_not_listed() -> None:
    one = score(RUBRIC_NOW, parse(RUBRIC_NOW, EXAMPLES["agent-code-execution"]["vector"]))  # bulk, and 8.5 by the formula
    assert [floor.id for floor in one.floors] == ["FLOOR-EXEC"]
    both = of(RUBRIC_NOW, {"C": "b", "H": "n", "I": "n", "A": "n", "G": "n", "X": "r", "R": "o", "S": "s", "P": "n", "E": "y"})
    assert [floor.id for floor in score(RUBRIC_NOW, both).floors] == ["FLOOR-WILD", "FLOOR-BULK"]
    higher = of(RUBRIC_NOW, {"C": "n", "H": "x", "I": "n", "A": "n", "G": "n", "X": "r", "R": "l", "S": "s", "P": "n", "E": "y"})
    assert [floor.id for floor in score(RUBRIC_NOW, higher).floors] == ["FLOOR-EXTREME"]


# -- property 8: the worked examples -------------------------------------------------------------------------------


def test_there_are_seventeen_examples() -> None:
    assert len(CONTENT["example"]) == len(EXAMPLES) == 17


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_file_reproduces(name: str) -> None:
    given_ = EXAMPLES[name]
    repeats = reproducibility(RUBRIC_NOW, reporters=Trials(given_["successes"], given_["trials"]), budget=given_["budget"])
    assert f"{repeats.lower:.4f}" == f"{given_['lower']:.4f}"
    assert f"{repeats.effective:.4f}" == f"{given_['effective']:.4f}"
    vector = parse(RUBRIC_NOW, given_["vector"])
    assert vector.with_code("R", repeats.code) == vector
    one = score(RUBRIC_NOW, vector, provisional=repeats.provisional)
    assert (one.impact, one.likelihood) == (given_["impact"], given_["likelihood"])
    assert (str(one.score), one.level.value) == (str(given_["score"]), given_["level"])
    assert [floor.id for floor in one.floors] == given_["floors"]
    assert one.provisional


# -- explanation ---------------------------------------------------------------------------------------------------


@given(vectors)
def test_an_explanation_names_the_nearest_changes_of_one_answer(vector: Vector) -> None:
    one = score(RUBRIC_NOW, vector)
    found = explain(RUBRIC_NOW, one)
    assert [driver.lifts for driver in found.drivers] == sorted((driver.lifts for driver in found.drivers), reverse=True)
    named = {(change.axis.code, change.steps > 0): change for change in found.changes}
    assert len(named) == len(found.changes)
    for axis in RUBRIC_NOW.axes:
        now = axis.by_code[vector.code(axis.code)].rank
        for upwards in (True, False):
            others = axis.options[now + 1:] if upwards else axis.options[:now][::-1]
            levels = [severity.level(RUBRIC_NOW, number_of(vector.with_code(axis.code, other.code))) for other in others]
            nearest = next((place for place, level in enumerate(levels) if level is not one.level), None)
            change = named.get((axis.code, upwards))
            assert (change is None) == (nearest is None)
            if change is not None and nearest is not None:
                assert (change.option, change.level) == (others[nearest], levels[nearest])
                assert change.score == number_of(vector.with_code(axis.code, change.option.code))
                assert change.computed == (axis.code == "R")


def test_what_drives_a_public_jailbreak_and_what_would_change_it() -> None:
    found = explain(RUBRIC_NOW, score(RUBRIC_NOW, parse(RUBRIC_NOW, EXAMPLES["persona-jailbreak-public"]["vector"])))
    assert [(one.axis.code, str(one.lifts)) for one in found.drivers] == [("H", "7.0"), ("E", "1.8")]
    first = found.changes[0]
    assert (first.axis.code, first.option.id, first.level, str(first.score)) == ("E", "no", Level.MEDIUM, "5.2")


# -- reading a rubric ----------------------------------------------------------------------------------------------


def broken(change: Callable[[Any], object]) -> tuple[str, ...]:
    content = copy.deepcopy(CONTENT)
    change(content)
    with pytest.raises(RubricError) as refused:
        read(content)
    return refused.value.problems


def swap(options: list[Any]) -> None:
    options[1], options[2] = options[2], options[1]


@pytest.mark.parametrize(("change", "place"), [
    (lambda c: c.pop("schema_version"), "schema_version"),
    (lambda c: c.update(vector_prefix=" "), "vector_prefix"),
    (lambda c: c.update(rounding="ROUND_DOWN"), "rounding"),
    (lambda c: c.update(decimals=-1), "decimals"),
    (lambda c: c.update(axis_order=["C"]), "axis_order"),
    (lambda c: c.pop("axis"), "axis"),
    (lambda c: c["axis"]["C"].update(kind="other"), "axis.C.kind"),
    (lambda c: c["axis"]["C"].update(option=[]), "axis.C.option"),
    (lambda c: c["axis"]["C"]["option"][1].update(code="n"), "axis.C.option"),
    (lambda c: c["axis"]["C"]["option"][1].update(value=2.0), "axis.C.option.value"),
    (lambda c: swap(c["axis"]["H"]["option"]), "axis.H.option.value"),
    (lambda c: c["axis"]["R"].update(attempt_budgets={"single": 0}), "axis.R.attempt_budgets"),
    (lambda c: c["axis"]["R"].update(default_budget="endless"), "axis.R.default_budget"),
    (lambda c: c["axis"]["R"].update(confidence=Decimal(1)), "axis.R.confidence"),
    (lambda c: c["formula"]["likelihood_weights"].pop("X"), "formula.likelihood_weights"),
    (lambda c: c["formula"].update(impact_axes=["C"]), "formula.impact_axes"),
    (lambda c: c["formula"].update(base_factor=Decimal(-1)), "formula"),
    (lambda c: c["level"].pop(), "level"),
    (lambda c: c["level"].pop(0), "level"),
    (lambda c: c.update(level=[]), "level"),
    (lambda c: swap(c["level"]), "level.min"),
    (lambda c: c["level"][0].update(residual_ceiling=0), "level.residual_ceiling"),
    (lambda c: c["floor"][0].update(at_least={"Z": "y"}), "floor.FLOOR-WILD.at_least"),
    (lambda c: c["floor"][0].update(at_least={"E": "q"}), "floor.FLOOR-WILD.at_least"),
])
def test_a_faulty_rubric_is_refused_with_the_place_of_the_fault(change: Callable[[Any], object], place: str) -> None:
    assert any(one.startswith((f"{place}:", f"{place}.")) for one in broken(change)), broken(change)


def test_a_file_that_is_none(tmp_path: Any) -> None:
    (tmp_path / "rubric.toml").write_text("axis = [", "utf-8")
    with pytest.raises(RubricError):
        load(tmp_path / "rubric.toml")
    with pytest.raises(OSError, match="rubric"):
        load(tmp_path / "no-rubric.toml")


def test_the_rule_for_r_is_the_one_sided_bound() -> None:
    assert reproducibility(RUBRIC_NOW, ours=Trials(60, 100), budget="single").lower == rates.lower(Trials(60, 100), 0.05)
