"""The picture of a rate: the bounds are those of the verdict, and no rounding carries one across the ceiling."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from bot import charts
from commands.judging.interval_picture import picture
from commands.wording import interval as words
from config.policy import rates
from config.policy.rates import Trials
from config.policy.states import Level


def test_with_a_ceiling_the_bars_are_the_exact_bounds_of_the_verdict() -> None:
    image = picture(Trials(3, 10), Trials(0, 59), 0.05, title="The fix holds", about="Medium.", level=Level.MEDIUM)
    data = json.loads(image.data)
    before, after = data["rows"]
    assert (before["name"], before["count"], before["full"]) == ("Before", "3 of 10", False)
    assert (before["low"], before["high"]) == (rates.lower(Trials(3, 10)), rates.upper(Trials(3, 10)))
    assert (after["name"], after["words"], after["full"]) == ("After", "at most 4.95 %", True)
    assert after["high"] == pytest.approx(0.0495, abs=5e-5)
    assert data["ceiling"] == {"at": 0.05, "words": "ceiling for medium, 5 %"}
    assert image.alt == ("The fix holds. Medium. Before: 3 of 10, 9 to 61 %. After: 0 of 59, at most 4.95 %. "
                         "Ceiling for medium, 5 %. "
                         "Bars: exact one-sided 95 % bounds, the ones the verdict uses. Dots: the share that was seen.")


def test_without_a_ceiling_it_is_wilsons_interval_on_the_whole_scale() -> None:
    data = json.loads(picture(Trials(3, 10), None, None, title="It works", about="").data)
    (row,) = data["rows"]
    assert (row["name"], row["words"]) == ("Attempts", "11 to 60 %")
    assert (row["low"], row["high"]) == pytest.approx((0.1078, 0.6032), abs=5e-5)
    assert data["ceiling"] is None
    assert "Wilson" in data["foot"]


def test_the_second_look_draws_the_bounds_of_the_second_look() -> None:
    image = picture(Trials(3, 10), Trials(0, 59), 0.05, title="Not yet", about="", alpha=0.025)
    after = json.loads(image.data)["rows"][1]
    assert after["high"] == rates.upper(Trials(0, 59), 0.025) > 0.05
    assert "97.5 %" in json.loads(image.data)["foot"]


@pytest.mark.parametrize(("rate", "said"), [
    (0.0495, "4.95"), (0.05, "5.00"), (0.0500001, "5.01"), (0.0499999, "4.99"), (0.0549, "5.49"), (0.0551, "6"),
    (0.0451, "4.51"), (0.044, "4"), (0.003, "0.3"), (0.0, "0"), (1.0, "100"), (0.9999, "99.99"), (0.2589, "26"),
])
def test_bounds_are_whole_near_the_ceiling_finer_and_never_across_it(rate: float, said: str) -> None:
    assert words.bound(rate, 0.05) == said


@pytest.mark.parametrize("ceiling", [0.01, 0.02, 0.025, 0.05, 0.10])
def test_what_is_said_lies_on_the_side_of_the_ceiling_where_the_bound_lies(ceiling: float) -> None:
    for step in range(1, 20_000):
        rate = step / 100_000 + 1e-9
        said = Decimal(words.bound(rate, ceiling)) / 100
        assert (said > Decimal(str(ceiling))) == (rate > ceiling), (rate, said)


@pytest.mark.parametrize(("before", "after", "ceiling"), [
    (Trials(10, 10), Trials(10, 10), 0.01), (Trials(0, 1), Trials(1, 1), 0.10), (None, Trials(0, 1_000_000), 0.05),
    (Trials(999_999, 1_000_000), None, None), (Trials(1, 2), Trials(500_000, 1_000_000), 0.02),
])
def test_extreme_counts_can_be_drawn(before: Trials | None, after: Trials | None, ceiling: float | None) -> None:
    image = picture(before, after, ceiling, title="Extreme", about="Any")
    assert charts.draw("interval", image.data).startswith(b"\x89PNG")
    assert "nan" not in image.data
    assert not any(wrong in image.alt for wrong in (" 0 %", "at most 0 %", "at least 100 %"))


def test_no_count_is_no_picture() -> None:
    with pytest.raises(ValueError, match="a count"):
        picture(None, None, 0.05, title="", about="")
