"""P2: the first answer says who reads, by when a person answers, the scope, safe harbour, and what no receipt means."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from config.program import DEMO, load
from config.program_reader import parse_length
from tests.world import REPORT_ID, World, buttons_of, words_of
from tests.world import world as opened


async def test_the_first_answer_and_the_one_line_after_it(world: World) -> None:
    me = world.researcher
    await me.says("hello")
    (first,) = [one for one in await me.messages() if one["author"] == "bot"]
    said = words_of(first)
    assert len(said) <= 700
    assert "Our security and machine learning triagers read what you send" in said
    assert "a person answers by Wed 2 Dec 2026, 08:00 UTC" in said, "an absolute time"
    (scope,) = [line for line in said.splitlines() if line.startswith("In scope: ")]
    assert all(one.name in scope for one in load(DEMO).scope[:3])
    assert scope.count("we take no legal action and keep your account open.") == 1
    assert "No receipt means we did not get it." in said
    assert [one["label"] for one in buttons_of(first)] == ["Report a flaw", "Encrypt first", "Policy"]
    assert not REPORT_ID.search(said) and not re.search("aiv-", said, re.IGNORECASE)

    await world.passes(days=29)
    await me.says("hello again")
    again = await me.last()
    assert "\n" not in again and len(again) < 120
    await world.passes(days=2)
    await me.says("still there?")
    assert words_of((await me.messages())[-1]).startswith("Hello, this is the disclosure desk"), "once in 30 days"


@pytest.mark.slow
async def test_promises_in_working_time_are_meant_so_everywhere(tmp_path: Path) -> None:
    """Section 5: `acknowledge = "1 working day"` is Friday 16:00 to Monday 16:00 in policy, first answer, receipt and clock."""
    promises = replace(load(DEMO).promises, acknowledge=parse_length("1 working day"), first_response=parse_length("2 working days"))
    async with opened(tmp_path, promises=promises) as world:
        me = world.researcher
        await world.passes(days=4, hours=8)  # Friday 4 Dec, 16:00
        await me.says("hello")
        assert "answers by Tue 8 Dec 2026, 16:00 UTC" in await me.last()
        report = await me.sends_report()
        receipt = words_of(next(one for one in reversed(await me.messages()) if one["card"]))
        assert "by Mon 7 Dec 2026, 16:00 UTC" in receipt and "by Tue 8 Dec 2026, 16:00 UTC" in receipt
        assert (await world.card(report))["next_by"].endswith("by Mon 7 Dec 2026, 16:00 UTC")
        panel = (await world.get("/api/home", {"as": "researcher", "where": "dm"})).data
        assert "1 working day" in str(panel) and panel["demo"] is True
        await world.until((await world.now()).replace(day=7, hour=15, minute=59))
        assert not any("did not keep" in one for one in await me.bot_texts())
        await world.passes("2m")
        assert sum("did not keep" in one for one in await me.bot_texts()) == 1
