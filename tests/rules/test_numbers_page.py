"""docs/numbers.md is what the policy defines, and no number of the digest is without a definition."""

from __future__ import annotations

from commands.digest.definitions import PAGE, render
from commands.digest.numbers import EXACT
from commands.wording import digest_counted
from config.policy import metrics


def test_the_page_of_numbers_is_what_the_policy_defines() -> None:
    assert PAGE.read_text("utf-8") == render(), "write it anew with: python -m commands.digest.definitions"


def test_every_definition_stands_on_the_page_and_in_the_answer_once() -> None:
    page, answer = render(), digest_counted.counted(EXACT).plain()
    for words in (*metrics.HOW.values(), *metrics.TRENDS.values(), *(one.format(most="1,000") for one in metrics.ALSO.values())):
        assert page.count(words) == answer.count(words) == 1, words
    labels = [label for label, _ in digest_counted.definitions(EXACT)]
    assert len(labels) == len(set(labels)) == len(metrics.HOW) + len(metrics.TRENDS) + len(metrics.ALSO)
    assert metrics.IN_PUBLIC in page
