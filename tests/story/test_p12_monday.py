"""P12 as a triager meets it: a Monday with fourteen reports in the local page, by keyboard alone, in a real Chromium.

Nothing here clicks or sets the focus: every step is a key, and the focus is where a reader expects it. The pictures of the
documentation are taken on the way: `pytest tests/story/test_p12_monday.py --pictures` writes them into docs/pictures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import monday
from tests import world as world_
from tests.browser import MARKS, Page, browsing
from tests.world import words_of

pytestmark = MARKS

_FOCUS = """() => {
  const one = document.activeElement;
  return {tag: one.tagName, id: one.id, act: one.getAttribute("data-act") ?? "", type: one.getAttribute("type") ?? "",
          name: one.getAttribute("name") ?? "", words: (one.textContent ?? "").trim(), dialog: Boolean(one.closest("dialog")),
          answer: Boolean(one.closest(".answer")), body: one.classList.contains("body")};
}"""


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go: beside the documentation when that was asked for, else where they are forgotten."""
    folder = Path(__file__).parents[2] / "docs" / "pictures" if request.config.getoption("--pictures") else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def at(page: Page) -> dict[str, object]:
    """Return where the focus is."""
    found: dict[str, object] = await page.tab.evaluate(_FOCUS)
    return found


async def keys(page: Page, *wanted: str) -> None:
    """Press keys, one after the other."""
    for one in wanted:
        await page.tab.keyboard.press(one)


async def tabs_to(page: Page, act: str, *, back: bool = False, most: int = 60) -> int:
    """Press Tab until the focus is on the button of that act; returns how often."""
    for number in range(1, most + 1):
        await keys(page, "Shift+Tab" if back else "Tab")
        if str((await at(page))["act"]).startswith(act):
            return number
    raise AssertionError(f"Tab does not come to {act}")


async def types(page: Page, line: str) -> None:
    """Type into the message field, which has the focus, and send."""
    assert (await at(page))["id"] == "say"
    await page.tab.keyboard.type(line)
    await keys(page, "Escape", "Enter")


async def focus_in_the_answer(page: Page) -> None:
    """Wait until what was pressed is answered and the focus has come along."""
    await page.tab.wait_for_function('() => document.activeElement?.closest(".answer")')


async def test_fourteen_reports_by_keyboard_alone(tmp_path: Path, pictures: Path) -> None:
    async with world_.world(tmp_path, start=monday.THURSDAY, **monday.weekly()) as world:
        reports = await monday.filled(world)
        new = reports[-4:]
        async with browsing(world, at="#triager-ml") as page:
            await page.sees(".message", "Your day:")
            for _ in range(60):
                await keys(page, "Tab")
                if (await at(page))["id"] == "say":
                    break
            # The queue, completed from its first letters.
            await page.tab.keyboard.type("/qu")
            await page.sees("#choices li", "queue")
            await keys(page, "Tab")
            assert await page.tab.locator("#say").input_value() == "/vdp queue "
            await keys(page, "Enter")
            card = await page.sees(".answer .card", "Page 1 of 2")
            assert "14 reports in all" in await card.inner_text()
            assert (await at(page))["id"] == "say", "the field keeps the focus: the next line can be typed"
            await page.snaps(pictures / "monday-queue.png")

            # Act on several: two steps, every key of which says where it is.
            assert await tabs_to(page, "case together", back=True) <= 6, "the answer lies right before the field"
            await keys(page, "Enter")
            await page.sees("dialog[open] [data-field=act]")
            assert (await at(page))["name"] == "act"
            await keys(page, "ArrowDown", "ArrowUp", "Enter")
            await page.sees("dialog[open] [data-field=reports]")
            here = await at(page)
            assert (here["name"], here["type"], here["dialog"]) == ("reports", "checkbox", True)
            await keys(page, "Space", "Space")  # out, and in again
            await page.snaps(pictures / "monday-acts.png")
            await keys(page, "Escape")
            await page.tab.locator("dialog[open]").wait_for(state="detached")
            assert str((await at(page))["act"]).startswith("case together"), "back on the button"
            await keys(page, "Enter")
            await page.sees("dialog[open] [data-field=act]")
            await keys(page, "Enter")
            await page.sees("dialog[open] [data-field=reports]")
            await keys(page, "Enter")
            done = await page.sees(".answer", "acknowledged, and each researcher is told")
            await focus_in_the_answer(page)
            words = await done.inner_text()
            assert all(one in words for one in new)

            # Back to the queue, and on to its second page: the focus comes along.
            await tabs_to(page, "queue", most=4)
            await keys(page, "Enter")
            await page.sees(".answer .card", "Page 1 of 2")
            await focus_in_the_answer(page)
            await tabs_to(page, "queue page=2", most=10)
            await keys(page, "Enter")
            await page.sees(".answer .card", "Page 2 of 2")
            await focus_in_the_answer(page)
            assert (await at(page))["body"]
            await tabs_to(page, "queue page=1", most=10)
            await keys(page, "Enter")
            await page.sees(".answer .card", "Page 1 of 2")

            # Updates owed: what is not to be sent is emptied.
            await focus_in_the_answer(page)
            await tabs_to(page, "case updates", most=10)
            await keys(page, "Enter")
            await page.sees("dialog[open] textarea")
            assert ((await at(page))["tag"], (await at(page))["id"]) == ("TEXTAREA", "field-u1")
            await page.snaps(pictures / "monday-updates.png")
            await keys(page, "Control+a", "Delete", "Tab", "Control+a")
            assert (await at(page))["id"] == "field-u2"
            await page.tab.keyboard.type("We are waiting for a build and write again on Thursday.")
            for _ in range(12):
                await keys(page, "Tab")
                if (await at(page))["type"] == "submit":
                    break
            await keys(page, "Enter")
            sent = await page.sees(".answer", "on the way")
            await focus_in_the_answer(page)
            assert " updates on the way" in await sent.inner_text()

            # Narrowed down, and a reminder, typed.
            for _ in range(10):
                if (await at(page))["id"] == "say":
                    break
                await keys(page, "Tab")
            await types(page, "/vdp queue mine overdue")
            await page.sees(".answer .card", "mine, overdue")
            await types(page, f"/vdp remind {new[0]} tomorrow")
            await page.sees(".answer", "You are reminded Tue 1 Dec 2026, 09:00 UTC")
        heard = [words_of(one) for who in ("researcher", "researcher-2") for one in await world[who].messages()]
        told = "\n".join(heard)
        assert told.count("We are waiting for a build and write again on Thursday.") == 1
        assert all(f"Thank you for {one}" in told for one in new)
