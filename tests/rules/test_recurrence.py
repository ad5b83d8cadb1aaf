"""When a flaw is the same one again, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.policy.history import Fact
from config.policy.recurrence import in_year, recurs, resolved_at

DONE = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.mark.parametrize(("received", "expected"), [
    (DONE - SECOND, False), (DONE, True), (DONE + 365 * DAY, True), (DONE + 365 * DAY + SECOND, False),
])
def test_a_report_repeats_one_that_was_resolved_up_to_365_days_before(received: datetime, expected: bool) -> None:
    assert recurs(received, DONE) is expected
    assert not recurs(received, None)


@pytest.mark.parametrize("kind", ["confirm", "silence", "waive", "resolve_limited"])
def test_every_way_to_resolve_counts_until_it_is_taken_up_again(kind: str) -> None:
    story = [Fact("accept", DONE - DAY), Fact(kind, DONE)]
    assert resolved_at(story[:1]) is None
    assert resolved_at(story) == DONE
    assert resolved_at([*story, Fact("regress", DONE + DAY)]) is None
    assert resolved_at([*story, Fact("regress", DONE + DAY), Fact("confirm", DONE + 2 * DAY)]) == DONE + 2 * DAY


def test_a_year_holds_its_last_instant_and_not_its_first() -> None:
    assert in_year([DONE, DONE - SECOND, DONE - 365 * DAY + SECOND, DONE - 365 * DAY, DONE + SECOND], DONE) == 3
