"""G10: many reports at once on a Slack that keeps its limits, with the time of both sides made shorter by one factor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.slack_world import slack_world, words

pytestmark = pytest.mark.slow

REPORTS = 40
RATE = 20.0
A_MINUTE = 20  # channels that Slack makes in one


async def test_a_burst_loses_nothing_and_keeps_to_the_pace_of_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path, rate=RATE) as world:
        slack = world.slack
        people = [slack.add_person(f"stranger-{number}") for number in range(REPORTS)]
        message = world.encrypted("The model tells its secrets.")
        await world.settled()
        slack.forget_calls()
        loop = asyncio.get_running_loop()
        start = loop.time()
        await asyncio.gather(*(one.dm(message) for one in people))
        while len(made := [one for one in slack.calls("conversations.create") if one.answer.get("ok")]) < REPORTS:
            assert loop.time() - start < 240, f"{len(made)} channels of {REPORTS}"
            await asyncio.sleep(0.2)
        await world.app.engine.settled(most=240)

        calls = slack.calls()
        limited = [one for one in calls if one.status == 429]
        assert len(limited) <= len(calls) / 100
        assert not [one for one in calls if one.status == 200 and not one.answer.get("ok")]
        channels = world.triage()
        assert len(channels) == len({one.name for one in channels}) == REPORTS
        for channel in channels:
            said = world.said(channel.name)
            assert len(said) == 1, "one card"
        for one in people:
            receipts = [said for said in one.dms() if said.by_app]
            assert len(receipts) == 1
            assert "We have your report" in words(receipts[0])
        # How soon the last channel comes is measured by the benchmark (G10); never sooner than Slack can make it.
        at = sorted(one.at for one in made)
        assert at[-1] - at[0] >= (REPORTS - 2 * A_MINUTE) / A_MINUTE * 60
        answered = sorted(one.at for one in slack.calls("chat.postMessage") if str(one.args.get("channel", "")).startswith("U"))
        assert answered[-1] < at[-1], "receipts do not wait for channels"
