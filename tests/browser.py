"""The local platform's page in a real Chromium, for the tests that read and click it as a person does."""

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

from tests.world import MONDAY, World

playwright = pytest.importorskip("playwright.async_api", reason="the browser tests need playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""

MARKS = [
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
    late: type[Exception] = playwright.TimeoutError  # raised when something did not appear in time

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
        """Press the first button of the newest message that has one whose id begins like this."""
        await self.sees(f'.talk [data-act^="{act}"]:visible')
        newest = self.tab.locator(".message", has=self.tab.locator(f'[data-act^="{act}"]:visible')).last
        await newest.locator(f'[data-act^="{act}"]:visible').first.click()

    async def fills(self, **values: str) -> None:
        """Fill the open dialog, each field as its kind wants it."""
        await self.sees("dialog[open]")
        for name, value in values.items():
            row = await self.sees(f'dialog[open] [data-field="{name}"]')
            if await row.locator("input[type=checkbox]").count():
                for box in await row.locator("input[type=checkbox]").all():
                    await box.set_checked(str(await box.get_attribute("value")) in value.split(","))
            elif await row.locator("input[type=radio]").count():
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
            assert not page.complaints, page.complaints
            assert page.strangers == []
        finally:
            await browser.close()
