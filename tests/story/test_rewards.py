"""Rewards: the usual amount, a second person above the limit, told to the researcher, paid outside and marked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config.program import DEMO, ProgramError, Rewards, read
from tests.commands.watching import entries
from tests.world import World, words_of
from tests.world import world as open_world

RULES = Rewards(currency="EUR", amounts=(("critical", 5000), ("medium", 500)), second_person_above=1000, budget=2000)


async def accepted(world: World) -> str:
    report = await world.researcher.sends_report(title="Persona prompt")
    await world.triager_sec.presses("acknowledge", world.channel(report))
    found = await world.triager_sec.runs("accept medium jailbreak", world.channel(report))
    assert found.code == "ok", found
    return report


@pytest.mark.slow
async def test_a_reward_is_given_told_and_paid(tmp_path: Path) -> None:
    async with open_world(tmp_path, rewards=RULES) as world:
        early = await world.researcher.sends_report(title="Another one")
        assert (await world.lead.runs("program reward 500", world.channel(early))).code == "illegal_transition"
        report = await accepted(world)
        channel = world.channel(report)
        form = (await world.lead.runs("program reward", channel)).form
        assert [(one["name"], one["value"]) for one in form["fields"] if one["name"] == "amount"] == [("amount", "500")]
        assert (await world.triager_sec.runs("program reward 500", channel)).code == "not_allowed"
        given = await world.lead.runs("program reward 500", channel)
        assert "This year: 500 EUR of 2,000 EUR." in given.text
        assert "we thank you with 500 EUR" in await world.researcher.last()
        assert "has 500 EUR already" in (await world.lead.runs("program reward 500", channel)).text
        first = await world.lead.runs("program reward 2500", channel)
        assert "waiting for" in first.text.lower()
        assert (await world.lead.runs("program reward 2500", channel)).code == "second_person"
        assert "500 EUR this year" in (await world.lead.runs("program rewards")).text, "nothing is changed by one person"
        assert report in str((await world.leadership.runs("queue")).data), "it waits for them"
        # Another amount takes the place of what was proposed: nobody agreed to that.
        assert (await world.leadership.runs(f"program reward report={report} amount=600")).code == "not_allowed", "the lead gives"
        assert (await world.lead.runs("program reward 1000", channel)).code == "ok", "the limit itself needs nobody else"
        assert [json.loads(one.data)["how"] for one in await entries(world, report) if one.kind == "proposal_settled"] == ["replaced"]
        assert "waiting for" in (await world.lead.runs("program reward 2500", channel)).text.lower()
        agreed = await world.leadership.runs(f"program reward report={report} amount=2500")
        assert "over the budget" in agreed.text, agreed
        assert "2,500 EUR" in await world.researcher.last()
        assert (await world.lead.runs("program paid", channel)).code == "ok"
        assert "is on its way to you" in await world.researcher.last()
        assert (await world.lead.runs("program reward 0", channel)).code == "paid"
        assert "All of it is paid" in (await world.leadership.runs("program rewards")).text
        before = await accepted(world)
        assert (await world.lead.runs("program reward 300", world.channel(before))).code == "ok"
        now = await world.now()

    # Another currency from now on: what was given before is named beside it, and counts against no budget.
    async with open_world(tmp_path, start=now, rewards=replace(RULES, currency="USD")) as world:
        report = await accepted(world)
        given = await world.lead.runs("program reward 500", world.channel(report))
        assert "This year: 500 USD of 2,000 USD. Beside it, not in the sum: 2,800 EUR." in given.text and "over" not in given.text
        listed = (await world.lead.runs("program rewards")).text
        assert "500 USD this year of 2,000 USD. Beside it, not in the sum: 2,800 EUR. 300 EUR and 500 USD not paid yet." in listed
        shown = words_of({"card": (await world.lead.runs("digest")).reply["card"], "author": "bot"})
        assert "500 USD of 2,000 USD in 2026, 3 rewards, 500 USD unpaid. Beside it, not in the sum: 2,800 EUR." in shown
        assert "This year: 800 USD" in (await world.lead.runs("program reward 300", world.channel(before))).text, "as many, of another kind"


async def test_thanks_only_is_said(world: World) -> None:
    report = await accepted(world)
    found = await world.lead.runs("program reward 500", world.channel(report))
    assert (found.code, "thanks only" in found.text) == ("no_rewards", True)


def test_a_programme_names_its_currency_and_amounts() -> None:
    text = DEMO.read_text("utf-8")
    good = read(text + '\n[rewards]\ncurrency = "EUR"\nhigh = 2000\nsecond_person_above = 1000\n').rewards
    assert good is not None
    assert (good.of("high"), good.of("low"), good.budget) == (2000, 0, 0)
    with pytest.raises(ProgramError) as wrong:
        read(text + '\n[rewards]\ncurrency = "eur"\nsecond_person_above = -1\n')
    assert len(wrong.value.problems) == 3
    assert read(text).version == read(text.replace("# What the programme pays", "# What it pays")).version
