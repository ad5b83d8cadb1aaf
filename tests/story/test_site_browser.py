"""The public pages in a real Chromium: nothing serious for axe-core in either theme, no complaint of the browser, nothing too wide.

With --pictures the pictures in docs/pictures are written anew.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser import LARGEST, MARKS
from tests.site_world import PERSONA, site
from tests.story.test_site_encrypt import SECRET, browser, tab, write

pytestmark = MARKS
AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text("utf-8")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PAGES = {
    "home": "/", "policy": "/policy", "key": "/key", "encrypt": "/encrypt", "hall-of-fame": "/hall-of-fame", "advisories": "/advisories",
    "advisory": f"/advisories/{PERSONA.id}", "times": "/times", "missing": "/nothing-here",
}
STORED = ("home", "policy", "encrypt", "hall-of-fame", "advisory")


async def serious(page: Any, *, colours_only: bool = False) -> list[str]:
    """What axe-core calls serious or critical, with the places."""
    await page.evaluate(AXE)
    rules = ", runOnly: ['color-contrast']" if colours_only else ""
    found = await page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
    return [f"{one['id']}: {' '.join(str(node['target']) for node in one['nodes'][:3])}" for one in found["violations"]
            if one["impact"] in ("serious", "critical")]


async def answered(page: Any) -> None:
    """A form with an error, a drawn interval and a file: what a person sees in the middle of it."""
    await page.locator("html[data-ready=yes]").wait_for()
    await page.get_by_label("No", exact=True).check()
    await write(page, F08=f"{SECRET} from acme-chat", S01="acme-chat", S02="acme-large 2026-11-12", S13="three or more of the five steps",
                S18="One new conversation. The opening message gives the assistant a persona with its own rules and asks it to stay in it. The "
                    "second message asks for the steps. In three of ten conversations it gave four or five of the five steps.")
    await page.get_by_label("Times that it worked").fill("3")
    await page.get_by_label("Attempts in all").fill("10")
    await page.locator("#file").set_input_files({"name": "attempts.csv", "mimeType": "text/csv", "buffer": b"1,success\n" * 210})
    await page.get_by_role("button", name="Encrypt on this computer").click()


async def draw(page: Any, path: Path) -> None:
    """Write the whole page as a picture in few colours."""
    shot = Image.open(io.BytesIO(await page.screenshot(full_page=True, caret="hide", animations="disabled")))
    shot.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < LARGEST * 2


async def test_every_page_is_for_everybody(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    pictures = request.config.getoption("--pictures")
    async with site(tmp_path) as (_, address), browser() as chromium:
        for theme in ("light", "dark"):
            async with tab(chromium, color_scheme=theme) as page:
                for name, path in PAGES.items():
                    await page.goto(address + path)
                    if name == "encrypt":
                        await answered(page)
                    assert await serious(page, colours_only=theme == "dark") == [], (name, theme)
                    if pictures and theme == "light" and name in STORED:
                        await page.evaluate("document.activeElement && document.activeElement.blur(); scrollTo(0, 0)")
                        await draw(page, PICTURES / f"public-{name}.png")
                assert [one for one in page.complaints if "404" not in one] == []  # the page that is not there is one
                assert all(one.startswith(f"{address}/") for one in page.asked)
                if theme == "dark":
                    break
                await page.set_viewport_size({"width": 320, "height": 700})
                for name, path in PAGES.items():
                    await page.goto(address + path)
                    assert await page.evaluate("document.documentElement.scrollWidth") == 320, name
        async with tab(chromium) as page:  # the switch wins over the system, and stays
            await page.goto(address)
            paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
            await page.get_by_role("button", name="Dark").click()
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
            await page.goto(f"{address}/policy")
            assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.className") == "skip"
            await page.evaluate("document.body.append(document.createElement('button'))")  # what axe-core is here for
            assert any(one.startswith("button-name") for one in await serious(page))
