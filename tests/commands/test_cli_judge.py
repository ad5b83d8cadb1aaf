"""The calculators: `score` and `evidence`, their words, their JSON and what they refuse."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli import app
from commands.wording import judge as wording
from config.policy.evidence_terms import Check, Finding, Settle, Standing, Way, Why
from config.policy.rates import Trials, TrialsFault
from config.policy.states import Verdict
from config.rubric import RUBRIC
from tests.commands.process import command

PERSONA = "AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n"
PUBLIC = PERSONA.replace("E:n", "E:y")
EXAMPLES = tomllib.loads(RUBRIC.read_text("utf-8"))["example"]


def run(*words: str) -> Result:
    done = CliRunner().invoke(app, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def read(*words: str) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


# -- score ---------------------------------------------------------------------------------------------------------


def test_a_score_with_its_reasons_and_what_would_change_it() -> None:
    done = run("score", PUBLIC)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "7.0  high"
    assert f"{PUBLIC}  rubric 1.0.0" in lines
    for said in (
        "  Impact 7 of 10. Harmful content: serious (",
        "  Likelihood 0.565 of 1: exploitability trivial adds 0.315, reproducibility likely adds 0.225, reach self adds 0.025, ",
        "  By the formula 5.2.",
        "  A floor (FLOOR-WILD) raised it from 5.2 to 7.0: exploited in the wild is yes and the impact is at least 4.5.",
        "  Exploited in the wild, yes: without it the score would be 1.8 lower.",
        "  Medium (5.2) if exploited in the wild were no: no evidence.",
    ):
        assert any(line.startswith(said) for line in lines), said


def test_what_only_attempts_can_change_is_said() -> None:
    done = run("score", "AIR:1.0/C:n/H:x/I:n/A:n/G:n/X:t/R:c/S:s/P:n/E:n")
    assert "reproducibility were occasional" in done.stdout
    assert "Only attempts change that: a lower rate." in done.stdout


def test_no_harm_is_no_score() -> None:
    done = run("score", PERSONA.replace("H:s", "H:n"))
    assert done.stdout.startswith("0.0  informational\n")
    assert "none of the five kinds of harm" in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["id"] for one in EXAMPLES])
def test_every_example_as_json(example: dict[str, Any]) -> None:
    found = read("score", example["vector"])
    assert (found["vector"], found["rubric"], found["level"]) == (example["vector"], "1.0.0", example["level"])
    assert (found["score"], found["impact"], found["likelihood"]) == (example["score"], example["impact"], example["likelihood"])
    assert [one["id"] for one in found["floors"]] == example["floors"]
    assert len(found["parts"]) == 10
    assert found["reasons"]
    for change in found["changes"]:
        other = example["vector"].replace(f"{change['axis']}:{change['from']}", f"{change['axis']}:{change['to']}")
        assert (read("score", other)["score"], read("score", other)["level"]) == (change["score"], change["level"])


@pytest.mark.parametrize(("vector", "said"), [
    ("", "A vector begins with AIR:1.0"),
    ("CVSS:4.0/AV:N", "A vector begins with AIR:1.0"),
    (PERSONA.replace("1.0", "2.0"), "This vector is of version 2.0. Score it again as AIR:1.0."),
    (PERSONA + "/Z:n", "There is no axis Z. The axes are C, H, I, A, G, X, R, S, P, E."),
    (PERSONA.replace("/H:s", ""), "H (Harmful content) is missing. Allowed: n (none), m (mild), w (moderate), s (serious), x (extreme)."),
    (PERSONA.replace("X:t", "X:q"), "X (Exploitability) has no value q. Allowed: r (research), "),
    (PERSONA + "/H:s", "H (Harmful content) is given twice. Give it once."),
    (PERSONA + "/H", "H is not written as axis:value. Write it such as H:s."),
    (PERSONA.replace("C:n/H:s", "H:s/C:n"), f"The axes stand in another order. Write {PERSONA}"),
])
def test_what_is_no_vector_is_refused_by_name(vector: str, said: str) -> None:
    done = run("score", vector)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_every_fault_is_said_at_once_and_nothing_odd_is_repeated() -> None:
    done = run("score", "AIR:1.0/C:n/\x1b[31m:n/Q:n/H:z")
    assert "There is no axis of that name." in done.stderr
    assert "There is no axis Q." in done.stderr
    assert "H (Harmful content) has no value z." in done.stderr
    assert "E (Exploited in the wild) is missing." in done.stderr
    assert "\x1b[31m" not in done.stderr


def test_the_vector_that_a_refusal_shows_can_be_scored() -> None:
    shown = run("score", "nonsense").stderr.split()[-1]
    assert read("score", shown)["vector"] == shown


# -- evidence ------------------------------------------------------------------------------------------------------


def test_a_count_with_its_intervals_and_what_it_needs() -> None:
    lines = run("evidence", "3/10", "--level", "medium").stdout.splitlines()
    assert lines[:5] == [
        "Without a fix: 3 of 10, 30 %",
        "  0 % |" + "." * 5 + "=" * 10 + "o" + "=" * 15 + "." * 19 + "| 100 %",
        "  Wilson, 95 %          10.8 % to 60.3 %",
        "  exact, 95 %           6.67 % to 65.2 %",
        "  one-sided, 95 % each  at least 8.73 %; at most 60.7 %",
    ]
    assert "  To call it not reproduced: 33." in lines
    assert any(line.startswith("  To verify a fix, medium, at most 5 % may remain: 59. An unchanged system passes") for line in lines)
    assert not any("high" in line for line in lines)


def test_every_level_unless_one_is_named() -> None:
    said = run("evidence", "3/10").stdout
    for level, number in (("critical", 299), ("high", 149), ("medium", 59), ("low", 29), ("informational", 29)):
        assert f"To verify a fix, {level}, " in said
        assert f"may remain: {number}." in said
    assert "--level" in said


@pytest.mark.parametrize(("words", "said"), [
    (("3/10", "--after", "0/10", "--level", "medium"), ("inconclusive:", "0.1053; the limit is 0.05.", "Not enough tries yet: 49 more")),
    (("3/10", "--after", "0/59", "--level", "medium"), ("Low now: holds.", "Lower than before: holds.", "Both checks of the counts hold.")),
    (("3/10", "--after", "0/59", "--level", "HIGH"), ("partial:", "Low now: fails.", "Not enough tries yet: 90 more")),
    (("1/10", "--after", "0/59", "--level", "medium"), ("inconclusive:", "probability 0.1449;", "131 more", "about 20 more without the fix")),
    (("3/10", "--after", "0/59", "--level", "medium", "--round", "2"), ("partial:", "the limit is 0.025.", "13 more, none successful")),
    (("3/10", "--after", "9/30", "--level", "low"), ("not_fixed:", "It goes back to the owner.")),
    (("3/10", "--after", "1/59", "--level", "medium"), ("partial:", "then verify anew: 72 attempts, none successful.")),
    (("0/10", "--after", "0/59", "--level", "medium"), ("inconclusive:", "0 of 10 worked before, so no fall can show.")),
    (("2/50", "--level", "medium"), ("172, 172 of them only because few were made before the fix.",)),
    (("1/10",), ("To call it not reproduced: 300; this count asks for 585, so say \"not seen in 300\".",)),
    (("0/10",), ("this count shows no rate", "no number is enough, it never worked before.")),
    (("3 of 10",), ("3 of 10, 30 %",)),
])
def test_the_verdict_on_the_counts(words: tuple[str, ...], said: tuple[str, ...]) -> None:
    done = run("evidence", *words)
    assert done.exit_code == 0
    for one in said:
        assert one in done.stdout, done.stdout


def test_the_numbers_as_json() -> None:
    found = read("evidence", "3/10", "--after", "0/59")
    assert found["before"]["wilson"] == pytest.approx([0.1078, 0.6032], abs=5e-5)
    assert found["before"]["exact"] == pytest.approx([0.0667, 0.6525], abs=5e-5)
    assert found["after"]["one_sided"] == pytest.approx([0, 0.0495], abs=5e-5)
    assert found["fisher"] == pytest.approx(0.002290, abs=5e-7)
    assert found["not_reproduced"] == {"needed": 33, "full": 33, "capped": False}
    assert [(one["level"], one["needed"], one["holds"], one["verdict"]) for one in found["levels"]] == [
        ("critical", 299, False, "partial"), ("high", 149, False, "partial"), ("medium", 59, True, None), ("low", 29, True, None),
        ("informational", 29, True, None)]
    high = found["levels"][1]
    assert high["checks"][0]["settles"] == [{"way": "more_after", "number": 90, "words": "Not enough tries yet: 90 more, none successful."}]
    assert [one["standing"] for one in high["checks"]] == ["fails", "holds"]


def test_json_without_a_fix_says_only_what_is_needed() -> None:
    found = read("evidence", "2/50", "--level", "medium", "--round", "2")
    assert (found["after"], found["fisher"], found["round"], found["alpha"]) == (None, None, 2, 0.025)
    assert [set(one) & {"checks", "verdict"} for one in found["levels"]] == [set()]
    assert found["levels"][0]["for_ceiling"] == 72


@pytest.mark.parametrize(("words", "fault"), [
    (("11/10",), TrialsFault.MORE_SUCCESSES), (("0/0",), TrialsFault.NO_ATTEMPTS), (("-1/10",), TrialsFault.NEGATIVE),
    (("3/-10",), TrialsFault.NEGATIVE), (("three/ten",), TrialsFault.NOT_A_COUNT), (("3",), TrialsFault.NOT_A_COUNT),
    (("",), TrialsFault.NOT_A_COUNT), (("0.3/1",), TrialsFault.NOT_WHOLE), (("3/1000001",), TrialsFault.TOO_MANY),
    (("3/" + "9" * 5000,), TrialsFault.TOO_MANY), (("3/10", "--after", "60/59"), TrialsFault.MORE_SUCCESSES),
    (("3/10", "--after", "x"), TrialsFault.NOT_A_COUNT),
])
def test_what_is_no_count_is_refused_by_name(words: tuple[str, ...], fault: TrialsFault) -> None:
    done = run("evidence", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip() == wording.TRIALS[fault]


@pytest.mark.parametrize(("words", "said"), [
    (("--level", "severe"), "There is no level severe. Choose critical, high, medium, low or informational."),
    (("--level", "\x1b[31m"), "There is no level of that name."),
    (("--round", "0"), "Write a whole number from 1 to 100, such as --round 2."),
    (("--round", "-1"), "Write a whole number from 1 to 100, such as --round 2."),
    (("--round", "two"), "Write a whole number from 1 to 100, such as --round 2."),
    (("--round", "9" * 5000), "Write a whole number from 1 to 100, such as --round 2."),
])
def test_levels_and_rounds_that_are_none(words: tuple[str, ...], said: str) -> None:
    done = run("evidence", "3/10", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "\x1b[31m" not in done.stderr


def test_the_largest_counts_are_answered() -> None:
    found = read("evidence", "500000/1000000", "--after", "499999/1000000", "--round", "100")
    assert found["before"]["exact"][0] < 0.5 < found["before"]["exact"][1]
    assert {one["verdict"] for one in found["levels"]} == {"not_fixed"}
    assert "999,999 of 1,000,000, 99.9999 %" in run("evidence", "999999/1000000").stdout


@pytest.mark.slow
def test_both_as_real_processes() -> None:
    scored = command("score", PERSONA)
    assert (scored.code, scored.err) == (0, "")
    assert scored.out.startswith("5.2  medium\n")
    judged = command("evidence", "3/10", "--after", "0/59", PYTHONIOENCODING="ascii")
    assert judged.code == 0
    assert judged.out.isascii()
    assert command("evidence", "3/0").code == 2


# -- words ---------------------------------------------------------------------------------------------------------


def test_there_are_words_for_everything() -> None:
    for why in Why:
        one = Finding(check=Check.LOW_NOW, standing=Standing.FAILS, why=why, measured=0.5, limit=0.05, trials=Trials(1, 2))
        assert wording.finding(one).endswith(".")
    for way in Way:
        for number in (None, 1, 2000):
            said = wording.settle(Settle(way, number))
            assert said.endswith(".")
            assert "None" not in said
    assert set(wording.TRIALS) == set(TrialsFault)
    assert set(wording.VERDICTS) == set(Verdict)
    assert set(wording.CHECKS) == set(Check)
    assert set(wording.STANDING) == set(Standing)


@given(st.floats(0, 1))
def test_a_share_is_near_its_rate_and_never_0_or_100_where_it_is_not(rate: float) -> None:
    said = wording.share(rate)
    number = float(said.removesuffix(" %"))
    assert number == pytest.approx(100 * rate, rel=0.06, abs=0)
    assert (number == 0) == (rate == 0)
    assert (number == 100) == (rate == 1)
