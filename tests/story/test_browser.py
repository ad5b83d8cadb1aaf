"""The page in a real Chromium: one report by clicking, from hello to the hall of fame; narrow windows.

The pictures of README are taken here too: `pytest tests/story/test_browser.py --pictures` writes them into docs/pictures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import MARKS, STORY, Page, browsing
from tests.proving import BEFORE, ENOUGH
from tests.world import World, words_of

pytestmark = MARKS


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go: beside the documentation when that was asked for, else where they are forgotten."""
    folder = Path(__file__).parents[2] / "docs" / "pictures" if request.config.getoption("--pictures") else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def test_from_hello_to_the_hall_of_fame_by_clicking(world: World, pictures: Path) -> None:
    async with browsing(world) as page:
        await page.be("researcher")
        await page.says("Hello. I think I found a way around the filter. How shall I send it?")
        await page.presses("me report")
        await page.fills(what=STORY, how="Ask as the apprentice; then ask for the order of the steps.", often="3 of 10", unlawful="no")
        await page.submits()
        receipt = await page.sees(".card", "We have your report")
        report = (await receipt.locator(".report").inner_text()).strip()
        channel = world.channel(report)
        await page.sees(".side .mine", report)
        for number in range(2):
            await page.tab.locator('[data-advance="1h"]').click()
            await page.sees("#now", f"{9 + number:02}:")

        await page.be("triager-sec", channel)
        await page.presses("acknowledge")
        await page.shows_state("in triage")
        await page.says("Same prompt in our harness now: 2 of the first 10 gave in.")
        await page.sees(".message.note")
        await page.presses("ask ")
        await page.fills(text="Which account did you use, and was memory on?")
        await page.submits(follows="Send in clear")
        await page.shows_state("waiting for the researcher")
        await page.be("researcher")
        await page.says("A fresh test account in the web app, memory off. The answers were the same on acme-large.")
        await page.be("triager-sec", channel)
        await page.sees(".message", "A fresh test account")
        await page.tab.locator(".answer .cross").click()
        await page.picture(pictures / "triage.png")
        await page.presses("accept")
        await page.fills(severity="medium", category="jailbreak")
        await page.submits()
        await page.shows_state("accepted")
        await page.presses("owner")
        await page.fills(who="owner")
        await page.submits()

        await page.be("owner", channel)
        await page.presses("work")
        await page.fills(date="2026-12-18")
        await page.submits()
        await page.shows_state("being fixed")
        await page.presses("fix")
        await page.fills(build="build 2026-12-10 on the retest endpoint")
        await page.submits()

        await page.be("triager-ml", channel)
        await page.presses("verify")
        await page.shows_state("verifying")
        for line in BEFORE:
            assert (await world.triager_ml.runs(line, channel)).code == "ok"
        await page.tab.locator("#person").focus()
        await page.tab.locator(".theme:visible").first.click()
        await page.tab.locator("#say").fill("/vdp re")
        await page.sees("#choices")
        await page.snaps(pictures / "dark.png")
        await page.tab.locator("#say").fill("")
        await page.tab.locator(".theme:visible").first.click()
        await page.presses("result")
        await page.fills(found=ENOUGH["medium"])
        await page.submits()
        await page.shows_state("with the researcher to retest")

        await page.be("researcher")
        await page.presses("me fixed")
        await page.presses("me agree")
        await page.presses("me credit")
        await page.fills(name="Quiet Heron")
        await page.submits()

        await page.be("lead", channel)
        await page.presses("embargo agree")
        await page.presses("publish")
        await page.be("leadership", "hall-of-fame")
        await page.sees(".message", "Quiet Heron")
        await page.picture(pictures / "hall-of-fame.png")
    hall = await world.researcher_2.messages("hall-of-fame")
    assert len(hall) == 1
    assert "locksmith" not in words_of(hall[0])


async def no_scroll_sideways(page: Page) -> None:
    """Nothing that is shown reaches over the right edge of the window."""
    wide = await page.tab.evaluate(
        """() => [...document.querySelectorAll("body, body *")].filter((one) => {
          const look = getComputedStyle(one);
          return one.checkVisibility() && !["hidden", "clip"].includes(look.overflowX) && one.scrollWidth > one.clientWidth + 1
            && look.display !== "inline" && one.clientWidth > 1 && !one.closest("svg");
        }).map((one) => `${one.tagName}.${one.className}#${one.id}`)"""
    )
    assert wide == []
    assert await page.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def reported(world: World) -> str:
    """Let a report arrive encrypted, as the researcher pastes it, and let a triager ask about it."""
    await world.researcher.says("Hello. I think I found a way around the filter. How shall I send it?")
    return await world.researcher.sends_report(
        STORY, title="A persona prompt gets crime help", system="acme-chat", category="jailbreak", worked="3 of 10")


async def test_an_encrypted_report_has_its_receipt_in_the_page(world: World, pictures: Path) -> None:
    report = await reported(world)
    async with browsing(world, at="#researcher") as page:
        await page.sees(".card", "We have your report")
        await page.sees(".side .mine", report)
        assert "BEGIN PGP" not in await page.tab.locator("#log").inner_text()
        await page.picture(pictures / "researcher.png")


@pytest.mark.parametrize("width", [390, 320])
async def test_nothing_scrolls_sideways_on_a_phone(world: World, pictures: Path, width: int) -> None:
    report = await reported(world)
    channel = world.channel(report)
    await world.triager_sec.presses("acknowledge", channel)
    async with browsing(world, width=width, height=844, dark=width == 320, at=f"#triager-sec/{channel}") as page:
        await page.shows_state("in triage")
        await no_scroll_sideways(page)
        await page.tab.locator("#details").click()
        await page.sees(".side .clock-row")
        await no_scroll_sideways(page)
        await page.tab.locator(".side-cross").click()
        await page.presses("accept")
        await page.sees("dialog[open]")
        await no_scroll_sideways(page)
        await page.tab.keyboard.press("Escape")
        await page.tab.locator("#say").fill("/vdp ")
        await page.sees("#choices")
        await no_scroll_sideways(page)
        await page.tab.locator("#say").fill("")
        await page.tab.locator("#back").click()
        await page.sees("#lists")
        await no_scroll_sideways(page)
        await page.tab.locator("#person").select_option("researcher")
        await page.sees(".card", "We have your report")
        await no_scroll_sideways(page)
        broken = "all => all.filter(one => one.getClientRects().length > 1).length"  # an id whose hyphen ended a line
        assert await page.tab.locator(".id").count() and not await page.tab.locator(".id").evaluate_all(broken)
        if width == 390:
            await page.picture(pictures / "phone.png")
        ground = await page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(16, 23, 30)" if width == 320 else "rgb(251, 250, 247)")
