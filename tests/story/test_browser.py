"""The page in a real Chromium: one report by clicking, from hello to the hall of fame; narrow windows.

The pictures of README are taken here too: `pytest tests/story/test_browser.py --pictures` writes them into docs/pictures.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.world import MONDAY, World, words_of

playwright = pytest.importorskip("playwright.async_api", reason="the browser tests need playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="the browser tests are left out: there is no chromium (apt install chromium)"),
]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]
PATIENCE = 15_000  # milliseconds until a thing that must appear is called missing
LARGEST = 150_000  # bytes of a picture
STORY = (
    "Asked for help with a crime, the model declines. Asked to stay in the role of a retired locksmith who talks to an "
    "apprentice, it names the tools and the order of the steps. Ten new conversations in the web app, three gave in."
)


@dataclass
class Page:
    """The page as a reader uses it; it notes every complaint of the browser and every address that is asked for."""

    tab: Any
    address: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note what the console says, what breaks, and requests that leave the page's own address."""
        self.tab.on("console", lambda one: self.complaints.append(one.text) if one.type in ("error", "warning") else None)
        self.tab.on("pageerror", lambda one: self.complaints.append(str(one)))
        self.tab.on("request", lambda one: None if one.url.startswith(self.address + "/") else self.strangers.append(one.url))

    async def be(self, who: str, where: str = "") -> None:
        """Choose a person, then a conversation, by the controls at the left."""
        if await self.tab.locator("#person").input_value() != who:
            await self.tab.locator("#person").select_option(who)
            await self.sees("#name")
        await self.go(where or f"dm-{who}")

    async def go(self, where: str) -> None:
        """Open a conversation of the list."""
        row = self.tab.locator(f'[data-where="{where}"]').first
        await row.click()
        await self.sees(f'[data-where="{where}"][aria-current]')

    async def sees(self, selector: str, text: str | re.Pattern[str] = "") -> Any:
        """Wait until something is shown, with these words in it, and return it."""
        found = self.tab.locator(selector)
        if text:
            found = found.filter(has_text=text)
        await found.last.wait_for(state="visible", timeout=PATIENCE)
        return found.last

    async def says(self, text: str) -> None:
        """Type into the message field and send with Enter."""
        await self.tab.locator("#say").fill(text)
        await self.tab.locator("#say").press("Enter")

    async def presses(self, act: str) -> None:
        """Press the newest button whose id begins like this."""
        await (await self.sees(f'.talk [data-act^="{act}"]')).click()

    async def fills(self, **values: str) -> None:
        """Fill the open dialog, each field as its kind wants it."""
        await self.sees("dialog[open]")
        for name, value in values.items():
            row = await self.sees(f'dialog[open] [data-field="{name}"]')
            if await row.locator("input[type=radio]").count():
                await row.locator(f'input[type=radio][value="{value}"]').check()
            elif await row.locator("select").count():
                await row.locator("select").select_option(value)
            else:
                await row.locator("input, textarea").fill(value)

    async def submits(self, *, follows: str = "") -> None:
        """Send the open dialog and wait until it has closed; `follows` is the title of a second one."""
        await self.tab.locator("dialog[open] button[type=submit]").click()
        if follows:
            await self.sees("#dialog-title", follows)
            await self.tab.locator("dialog[open] button[type=submit]").click()
        await self.tab.locator("dialog[open]").wait_for(state="detached", timeout=PATIENCE)

    async def shows_state(self, state: str) -> None:
        """Wait until the case card says this state."""
        await self.sees(".card .pill", re.compile(f"^{re.escape(state)}$"))

    async def picture(self, path: Path) -> None:
        """Take a picture of the window, without a caret and without a ring around what was clicked last."""
        await self.tab.evaluate("document.activeElement && document.activeElement.blur()")
        await self.tab.mouse.move(0, 0)
        await self.snaps(path)

    async def snaps(self, path: Path) -> None:
        """Take a picture of the window as it stands, in few colours, so that it is small."""
        shot = Image.open(io.BytesIO(await self.tab.screenshot(caret="hide", animations="disabled")))
        shot.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        assert path.stat().st_size < LARGEST


@asynccontextmanager
async def browsing(world: World, *, width: int = 1440, height: int = 900, dark: bool = False, at: str = "") -> AsyncIterator[Page]:
    """Open the page of a world in a window of this size."""
    async with playwright.async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce")
            context.set_default_timeout(PATIENCE)
            await context.clock.set_fixed_time(MONDAY)  # the reader's own clock agrees with that of this world
            page = Page(await context.new_page(), world.app.local.address)
            page.listen()
            await page.tab.goto(f"{page.address}/{at}")
            await page.sees("#name")
            yield page
            assert page.complaints == []
            assert page.strangers == []
        finally:
            await browser.close()


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
        await page.shows_state("acknowledged")
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
        await page.tab.locator("#person").focus()
        await page.tab.locator(".theme:visible").first.click()
        await page.tab.locator("#say").fill("/vdp re")
        await page.sees("#choices")
        await page.snaps(pictures / "dark.png")
        await page.tab.locator("#say").fill("")
        await page.tab.locator(".theme:visible").first.click()
        await page.presses("result")
        await page.fills(result="verified", trials="0/59")
        await page.submits()
        await page.shows_state("with the researcher to retest")

        await page.be("researcher")
        await page.presses("me fixed")
        await page.presses("me agree")
        await page.presses("me credit")
        await page.fills(name="Quiet Heron")
        await page.submits()

        await page.be("lead", channel)
        await page.presses("agree")
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
        await page.shows_state("acknowledged")
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
        if width == 390:
            await page.picture(pictures / "phone.png")
        ground = await page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(16, 23, 30)" if width == 320 else "rgb(251, 250, 247)")
