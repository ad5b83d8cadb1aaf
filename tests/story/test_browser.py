"""The page in a real Chromium: one report by clicking, from hello to the hall of fame; narrow windows; the guide.

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

from tests.world import World, words_of

playwright = pytest.importorskip("playwright.async_api", reason="the browser tests need playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""

pytestmark = [
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
        shot.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
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
        await page.picture(pictures / "researcher.png")
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
        await page.be("triager-ml", channel)
        await page.sees(".message", "A fresh test account")
        await page.picture(pictures / "triage.png")

        await page.be("triager-sec", channel)
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
