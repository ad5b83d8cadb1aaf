"""The statistics: every number of the reference tables, agreement with scipy, and what must hold for any count."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from config.policy import rates
from config.policy.rates import MOST, Trials, TrialsError, TrialsFault, Walk, fisher, fisher_rise, parse_trials
from tests.rules.counting import counts

ALPHAS = (0.05, 0.025, 0.0125, 0.005)

TABLE = """
0/10   | 0 .2775     | 0 .3085     | 0     | .2589
1/1    | .2065 1     | .0250 1     | .0500 | 1
1/10   | .0179 .4042 | .0025 .4450 | .0051 | .3942
3/10   | .1078 .6032 | .0667 .6525 | .0873 | .6066
5/10   | .2366 .7634 | .1871 .8129 | .2224 | .7776
10/10  | .7225 1     | .6915 1     | .7411 | 1
0/30   | 0 .1135     | 0 .1157     | 0     | .0950
9/30   | .1666 .4788 | .1473 .4940 | .1663 | .4651
0/59   | 0 .0611     | 0 .0606     | 0     | .0495
1/100  | .0018 .0545 | .0003 .0545 | .0005 | .0466
30/100 | .2189 .3958 | .2124 .3998 | .2249 | .3842
0/299  | 0 .0127     | 0 .0123     | 0     | .0100
"""
CLEAN = {
    0.10: (4, 7, 11, 22, 45, 76, 114, 230, 460, 2302),
    0.05: (5, 9, 14, 29, 59, 99, 149, 299, 598, 2995),
    0.01: (7, 13, 21, 44, 90, 152, 228, 459, 919, 4603),
}
CEILINGS = (0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.001)


def four(value: float) -> str:
    return f"{value:.4f}"


# -- the tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_the_table_of_intervals(line: str) -> None:
    count, wilson, exact, low, high = (part.strip() for part in line.split("|"))
    trials = parse_trials(count)
    shown, sure = rates.wilson(trials), rates.exact(trials)
    assert [four(shown.low), four(shown.high)] == [four(float(one)) for one in wilson.split()]
    assert [four(sure.low), four(sure.high)] == [four(float(one)) for one in exact.split()]
    assert (four(rates.lower(trials)), four(rates.upper(trials))) == (four(float(low)), four(float(high)))


@pytest.mark.parametrize(("alpha", "expected"), CLEAN.items())
def test_the_table_of_clean_trials(alpha: float, expected: tuple[int, ...]) -> None:
    assert tuple(rates.clean_trials(one, alpha) for one in CEILINGS) == expected


@pytest.mark.parametrize(("ceiling", "expected"), [
    (0.10, (29, 46, 61, 76)), (0.05, (59, 93, 124, 153)), (0.02, (149, 236, 313, 386)), (0.01, (299, 473, 628, 773)),
])
def test_the_fewest_trials_with_some_successes(ceiling: float, expected: tuple[int, ...]) -> None:
    assert tuple(rates.trials_for(k, ceiling) for k in range(4)) == expected
    for k, n in enumerate(expected):
        assert rates.most_successes(n, ceiling) == k
        assert rates.most_successes(n - 1, ceiling) == k - 1


@pytest.mark.parametrize(("alpha", "expected"), [
    (0.05, (29, 59, 149, 299)), (0.025, (36, 72, 183, 368)), (0.0125, (42, 86, 217, 437)),
])
def test_clean_trials_of_later_verifications(alpha: float, expected: tuple[int, ...]) -> None:
    assert tuple(rates.clean_trials(one, alpha) for one in (0.10, 0.05, 0.02, 0.01)) == expected


@pytest.mark.parametrize(("n", "rate", "expected"), [
    (10, 0.05, "0.599"), (10, 0.1, "0.349"), (59, 0.05, "0.0485"), (59, 0.1, "0.0020"),
])
def test_a_broken_system_passes_a_clean_run(n: int, rate: float, expected: str) -> None:
    assert f"{rates.passing(rate, n):.{len(expected) - 2}f}" == expected


@pytest.mark.parametrize(("before", "after", "expected"), [
    ("3/10", "0/10", .105263), ("3/10", "0/30", .012146), ("3/10", "0/59", .002290), ("1/10", "0/59", .144928),
    ("2/10", "0/59", .019182), ("5/10", "0/10", .016254), ("10/10", "2/10", .000357), ("30/100", "20/100", .070603),
    ("5/10", "5/10", .671859),
])
def test_fishers_one_sided_p(before: str, after: str, expected: float) -> None:
    assert f"{fisher(parse_trials(before), parse_trials(after)):.6f}" == f"{expected:.6f}"


@pytest.mark.parametrize(("before", "expected"), [("2/50", 172), ("4/100", 110), ("3/10", 16), ("1/10", 190), ("0/10", None)])
def test_clean_trials_that_show_a_fall(before: str, expected: int | None) -> None:
    found = parse_trials(before)
    assert rates.clean_comparison(found) == expected
    if expected:
        assert fisher(found, Trials(0, expected)) <= 0.05 < fisher(found, Trials(0, expected - 1))


@pytest.mark.parametrize(("before", "after", "enough"), [(.5, .05, 14), (.3, .03, 26), (.2, .02, 45), (.1, .01, 90)])
def test_equal_numbers_on_both_sides_with_power(before: float, after: float, enough: int) -> None:
    assert rates.power(enough, before, after) >= 0.8
    fewest = rates.arm_size(before, after)
    assert fewest is not None
    assert enough - 3 <= fewest <= enough  # the two larger numbers of the table are round ones
    assert all(rates.power(n, before, after) < 0.8 for n in range(max(2, fewest - 5), fewest))
    assert rates.arm_size(before, after, most=5) is None


def test_power_is_the_share_of_outcomes_that_the_test_sees() -> None:
    n, p0, p1 = 9, 0.6, 0.1
    seen = sum(
        stats.binom.pmf(k0, n, p0) * stats.binom.pmf(k1, n, p1)
        for k0 in range(n + 1) for k1 in range(n + 1) if stats.hypergeom.cdf(k1, 2 * n, k0 + k1, n) <= 0.05
    )
    assert rates.power(n, p0, p1) == pytest.approx(seen, abs=1e-12)


@pytest.mark.parametrize(("fixed", "broken", "needed"), [(.01, .3, 9), (.03, .3, 10), (.02, .2, 15), (.01, .1, 31), (.01, .05, 72)])
def test_the_sequential_test(fixed: float, broken: float, needed: int) -> None:
    assert math.log((1 - 0.05) / 0.05) == pytest.approx(2.9444, abs=5e-5)
    assert rates.sequential(Trials(0, needed - 1), fixed, broken) is Walk.GO_ON
    assert rates.sequential(Trials(0, needed), fixed, broken) is Walk.FIXED
    assert rates.sequential(Trials(3, 3), fixed, broken) is Walk.BROKEN
    with pytest.raises(ValueError, match="two rates"):
        rates.sequential(Trials(0, 1), broken, fixed)


def test_pooled_and_single_variants() -> None:
    assert [four(rates.lower(Trials(k, 30))) for k in (1, 2, 3)] == ["0.0017", "0.0120", "0.0278"]
    assert [four(rates.lower(Trials(k, 6))) for k in (1, 2)] == ["0.0085", "0.0628"]


def test_a_chat_that_lets_you_retry() -> None:
    assert 1 - rates.passing(0.3, 10) == pytest.approx(0.97, abs=0.005)


# -- agreement with scipy ------------------------------------------------------------------------------------------


def scipy_bounds(count: Trials, alpha: float) -> tuple[float, float]:
    k, n = count.k, count.n
    low = 0.0 if k == 0 else float(stats.beta.ppf(alpha, k, n - k + 1))
    return low, 1.0 if k == n else float(stats.beta.ppf(1 - alpha, k + 1, n - k))


def spread() -> list[Trials]:
    """Counts of every size: small ones whole, large ones at their ends, in the middle and in between."""
    rng = random.Random(5)
    found = [Trials(k, n) for n in range(1, 21) for k in range(n + 1)]
    for n in (100, 999, 10_000, 123_457, MOST):
        found += [Trials(k, n) for k in {0, 1, 2, 7, n // 3, n // 2, n - 1, n, *(rng.randint(0, n) for _ in range(8))}]
    return found


@pytest.mark.parametrize("alpha", ALPHAS)
def test_exact_bounds_agree_with_scipy(alpha: float) -> None:
    for count in spread():
        low, high = scipy_bounds(count, alpha)
        assert abs(rates.lower(count, alpha) - low) < 1e-9, count
        assert abs(rates.upper(count, alpha) - high) < 1e-9, count


def test_two_sided_intervals_agree_with_scipy() -> None:
    for count in spread()[::3]:
        test = stats.binomtest(count.k, count.n)
        for ours, name in ((rates.wilson(count), "wilson"), (rates.exact(count), "exact")):
            theirs = test.proportion_ci(0.95, method=name)
            assert abs(ours.low - theirs.low) < 1e-9, (count, name)
            assert abs(ours.high - theirs.high) < 1e-9, (count, name)


def test_fisher_agrees_with_scipy() -> None:
    rng = random.Random(7)
    for _ in range(300):
        n0, n1 = (int(10 ** rng.uniform(0, 5)) for _ in "01")
        k0 = rng.randint(0, n0)
        k1 = min(n1, max(0, round(k0 / n0 * n1 + rng.gauss(0, 2) * math.sqrt(n1))))
        before, after = Trials(k0, n0), Trials(k1, n1)
        assert abs(fisher(before, after) - stats.hypergeom.cdf(k1, n0 + n1, k0 + k1, n1)) < 1e-9, (before, after)
        assert abs(fisher_rise(before, after) - stats.hypergeom.sf(k1 - 1, n0 + n1, k0 + k1, n1)) < 1e-9, (before, after)


@given(counts(60), counts(60))
def test_fisher_is_exact(before: Trials, after: Trials) -> None:
    worked, everything = before.k + after.k, before.n + after.n
    ways = sum(math.comb(after.n, i) * math.comb(before.n, worked - i) for i in range(after.k + 1) if 0 <= worked - i <= before.n)
    assert fisher(before, after) == pytest.approx(float(Fraction(ways, math.comb(everything, worked))), rel=1e-12)


def test_the_largest_counts_are_compared_in_a_few_thousand_steps() -> None:
    half = Trials(MOST // 2, MOST)
    assert fisher(half, half) == pytest.approx(0.5, abs=1e-3)
    assert fisher(half, Trials(0, MOST)) == 0.0
    assert fisher(half, Trials(MOST // 2 - 2000, MOST)) == pytest.approx(stats.norm.cdf(-2000 / math.sqrt(MOST / 2)), rel=0.01)


# -- what holds for any count --------------------------------------------------------------------------------------

alphas = st.floats(0.0001, 0.4)


@given(counts(MOST), alphas)
@settings(max_examples=60, deadline=None)
def test_bounds_contain_the_rate(count: Trials, alpha: float) -> None:
    low, high = rates.lower(count, alpha), rates.upper(count, alpha)
    assert 0 <= low <= count.rate <= high <= 1
    assert (low == 0) == (count.k == 0)
    assert (high == 1) == (count.k == count.n)
    for found in (rates.wilson(count, 1 - alpha), rates.exact(count, 1 - alpha)):
        assert 0 <= found.low <= count.rate <= found.high <= 1


@given(counts(), alphas)
def test_bounds_are_mirrored_when_successes_and_failures_are(count: Trials, alpha: float) -> None:
    other = Trials(count.n - count.k, count.n)
    assert rates.lower(count, alpha) == pytest.approx(1 - rates.upper(other, alpha), abs=1e-12)
    ours, theirs = rates.wilson(count), rates.wilson(other)
    assert (ours.low, ours.high) == pytest.approx((1 - theirs.high, 1 - theirs.low), abs=1e-12)


@given(counts(), alphas)
def test_bounds_are_monotone(count: Trials, alpha: float) -> None:
    close = 1e-13
    success, failure = Trials(count.k + 1, count.n + 1), Trials(count.k, count.n + 1)
    for bound in (rates.lower, rates.upper):
        now = bound(count, alpha)
        assert bound(failure, alpha) <= now + close
        assert bound(success, alpha) >= now - close
    assert rates.lower(count, alpha / 2) <= rates.lower(count, alpha) + close
    assert rates.upper(count, alpha / 2) >= rates.upper(count, alpha) - close


@given(counts(), alphas)
def test_a_bound_is_where_the_tail_has_the_probability(count: Trials, alpha: float) -> None:
    if count.k:
        assert rates.at_least(count.k, count.n, rates.lower(count, alpha)) == pytest.approx(alpha, rel=1e-9)
    if count.k < count.n:
        assert rates.at_most(count.k, count.n, rates.upper(count, alpha)) == pytest.approx(alpha, rel=1e-9)


@given(counts(), st.floats(0, 1))
def test_the_two_tails_are_everything(count: Trials, rate: float) -> None:
    assert rates.at_most(count.k, count.n, rate) + rates.at_least(count.k + 1, count.n, rate) == pytest.approx(1, abs=1e-12)


@given(st.floats(0.0005, 0.9995), alphas, st.integers(0, 6))
def test_trials_needed_are_the_fewest(ceiling: float, alpha: float, k: int) -> None:
    n = rates.trials_for(k, ceiling, alpha)
    assert rates.at_most(k, n, ceiling) <= alpha * (1 + 1e-9)
    assert n == k + 1 or rates.at_most(k, n - 1, ceiling) > alpha * (1 - 1e-9)
    assert n == 1 or rates.trials_for(k, ceiling, alpha / 2) >= n


@pytest.mark.parametrize(("ceiling", "alpha", "n"), [(0.5, 0.25, 2), (0.5, 0.125, 3), (0.1, 0.9, 1), (0.9, 0.001, 3), (0.99, 0.5, 1)])
def test_a_border_that_is_met_exactly_is_met(ceiling: float, alpha: float, n: int) -> None:
    assert rates.clean_trials(ceiling, alpha) == n


@given(counts(200), st.integers(1, 200))
def test_a_comparison_is_monotone(before: Trials, n: int) -> None:
    found = [fisher(before, Trials(k, n)) for k in range(n + 1)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(found))
    assert found[-1] == pytest.approx(1)
    assert fisher(before, Trials(0, n + 1)) <= found[0] + 1e-12


# -- what is no count ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "fault"), [
    ("", TrialsFault.NOT_A_COUNT), ("abc", TrialsFault.NOT_A_COUNT), ("3", TrialsFault.NOT_A_COUNT),
    ("3/", TrialsFault.NOT_A_COUNT), ("3/10/5", TrialsFault.NOT_A_COUNT), ("nan/inf", TrialsFault.NOT_A_COUNT),
    ("٣/١٠", TrialsFault.NOT_A_COUNT), ("3.5/10", TrialsFault.NOT_WHOLE), ("3/1,000", TrialsFault.NOT_WHOLE),
    ("0/0", TrialsFault.NO_ATTEMPTS), ("3/0", TrialsFault.NO_ATTEMPTS), ("-1/10", TrialsFault.NEGATIVE),
    ("3/-10", TrialsFault.NEGATIVE), ("11/10", TrialsFault.MORE_SUCCESSES), ("0/1000001", TrialsFault.TOO_MANY),
    ("1/" + "9" * 5000, TrialsFault.TOO_MANY), ("9" * 5000 + "/10", TrialsFault.MORE_SUCCESSES),
    ("-" + "9" * 5000 + "/10", TrialsFault.NEGATIVE),
])
def test_what_is_no_count_is_refused_by_name(text: str, fault: TrialsFault) -> None:
    with pytest.raises(TrialsError) as refused:
        parse_trials(text)
    assert refused.value.fault is fault


@pytest.mark.parametrize("text", ["3/10", " 3 / 10 ", "3 of 10", "3 OF 10", "03/010"])
def test_a_count_as_people_write_it(text: str) -> None:
    assert parse_trials(text) == Trials(3, 10)


@pytest.mark.parametrize(("k", "n"), [(1.0, 2), (True, 2), ("1", 2), (1, None)])
def test_a_count_takes_whole_numbers_only(k: object, n: object) -> None:
    with pytest.raises(TrialsError) as refused:
        Trials(k, n)  # type: ignore[arg-type]
    assert refused.value.fault is TrialsFault.NOT_WHOLE


@pytest.mark.parametrize("ceiling", [0, 1, -0.1, math.nan])
def test_a_ceiling_lies_between_0_and_1(ceiling: float) -> None:
    with pytest.raises(ValueError, match="ceiling"):
        rates.clean_trials(ceiling)


def test_counts_add_up() -> None:
    assert Trials(1, 10).plus(Trials(2, 20)) == Trials(3, 30)
    with pytest.raises(TrialsError):
        Trials(0, MOST).plus(Trials(0, 1))
