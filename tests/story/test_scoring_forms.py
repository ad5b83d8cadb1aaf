"""Scoring by the forms, on each platform: what it touches, the questions that follow, the score, and accepting it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import MARKS, browsing
from tests.discord_world import button as discord_button
from tests.discord_world import discord_world
from tests.slack_world import button as slack_button
from tests.slack_world import slack_world, words
from tests.world import World

pytestmark = pytest.mark.slow

REPORT = "Title: Persona prompt\nCategory: jailbreak\nWorked: 3 of 10\n\nIt gives crime help."
ANSWERS = {"h": "s", "x": "t", "s": "s", "p": "n", "budget": "limited"}


async def test_in_two_forms_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        report = await world.report(text=REPORT)
        sec, channel = world.triager_sec, world.channel(report)
        await sec.slash("/vdp accept", channel)
        answered = await sec.submit(sec.modal(), {"category": "jailbreak", "axes": ["H"]})
        assert answered, answered
        second = sec.modal()
        assert "What harm class does the bypassed safety filter let out?" in words(second)
        assert "actionable help for crime, targeted harassment or hate, encouragement of self-harm" in words(second), "in full below"
        await sec.submit(second, ANSWERS)
        shown = sec.modal()
        assert "5.2" in words(shown)
        assert "3 of 10 by the researcher's count" in words(shown)
        await sec.click(shown, slack_button(shown, "Accept as this"))
        await world.until(lambda: "accepted" in words(world.said(channel)[0]).lower(), "accepted")
        await world.settled()
        assert not [one for one in world.slack.calls() if one.answer.get("ok") is False], "no call was refused"


async def test_on_discord_page_by_page(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        report = await world.report(text=REPORT)
        sec, channel = world.triager_sec, world.channel(report)
        first = await sec.slash("vdp accept", at=channel)
        assert first.modal.fields == ("category", "axes", "severity")
        menu = first.modal.input("axes")
        assert (menu["max_values"], [one["value"] for one in menu["options"] if one.get("default")]) == (5, ["H"])
        seen: Any = await sec.submit(first.modal, {"category": "jailbreak", "axes": ["H", "C"]})
        assert seen.modal is None, "a form cannot answer a form"
        asked: list[str] = []
        for _ in range(4):
            label = next(one for one in seen.message.buttons.values() if one in ("Accept the report", "Continue", "Accept as this"))
            seen = await sec.click(seen.message, discord_button(seen.message, label))
            if label == "Accept as this":
                break
            asked += seen.modal.fields
            given = {"c": "n"} | ANSWERS
            seen = await sec.submit(seen.modal, {name: given[name] for name in seen.modal.fields})
        assert asked == ["c", "h", "x", "s", "p", "budget"]
        await world.until(lambda: "accepted" in world.said(channel)[0].words.lower(), "accepted")
        assert "5.2 medium" in seen.message.words


@pytest.mark.slow
async def test_a_line_that_carries_everything_fits_a_button_on_discord(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        report = await world.report(text=REPORT)
        sec, channel = world.triager_sec, world.channel(report)
        seen: Any = await sec.slash("vdp accept", at=channel, axes="C,H,I,A,G", category="prompt-injection-indirect", budget="unlimited")
        while seen.modal is not None or "Continue" in seen.message.buttons.values():
            if seen.modal is None:
                seen = await sec.click(seen.message, discord_button(seen.message, "Continue"))
            seen = await sec.submit(seen.modal, {name: {"h": "x", "x": "z", "s": "a", "p": "p"}.get(name, "n") for name in seen.modal.fields})
        seen = await sec.click(seen.message, discord_button(seen.message, "Accept as this"))
        assert "waiting for" in seen.message.words


@MARKS[0]
@MARKS[1]
@MARKS[2]
async def test_by_clicking_on_the_page(world: World) -> None:
    report = await world.researcher.sends_report("It gives crime help.", title="Persona prompt", category="jailbreak", worked="3 of 10")
    assert (await world.triager_sec.presses("acknowledge", world.channel(report))).code == "ok"
    async with browsing(world, at=f"#triager-sec/{world.channel(report)}") as page:
        await page.presses("accept")
        await page.sees('dialog[open] [data-field="axes"]')
        boxes = page.tab.locator('dialog[open] [data-field="axes"] input[type=checkbox]')
        assert await boxes.count() == 5
        assert [await one.get_attribute("value") for one in await boxes.all() if await one.is_checked()] == ["H"]
        await page.fills(category="jailbreak", axes="C,H")
        await page.tab.locator("dialog[open] button[type=submit]").click()
        await page.sees('dialog[open] [data-field="c"]')
        await page.fills(c="n", **ANSWERS)
        await page.tab.locator("dialog[open] button[type=submit]").click()
        shown = await page.sees(".answer", "5.2")
        await shown.get_by_text("Accept as this").click()
        await page.shows_state("accepted")
    assert (await world.card(report))["level"] == "medium"
