"""The guided first run in a real Chromium: somebody who knows nothing does what the guide says, and nothing else.

They press the one button that the guide offers or names, and fill the forms that open. A button that is named must be in
sight: nobody is sent looking for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import MARKS, PATIENCE, STORY, Page, browsing
from tests.proving import VARIANTS
from tests.world import World, words_of

pytestmark = MARKS

TOLD = "The story is told"
READ = 250  # milliseconds that somebody reads before they act
_NAMED = re.compile("Press “(.+?)”")
_LOOK = """() => {
  const [guide, log] = [document.getElementById("guide"), document.getElementById("log")];
  const view = log.getBoundingClientRect();
  const seen = (one) => {
    const place = one.getBoundingClientRect();
    return place.height > 0 && place.top >= view.top - 1 && place.bottom <= view.bottom + 1;
  };
  return {
    words: guide.checkVisibility() ? guide.querySelector("p").textContent : "",
    help: guide.querySelector(".quiet")?.textContent ?? "",
    seen: [...log.querySelectorAll("[data-act]")].filter(seen).map((one) => one.textContent),
    person: document.getElementById("person").value,
  };
}"""
_MOVED = """(words) => document.querySelector("dialog[open]") || document.querySelector("#guide p")?.textContent !== words"""


class Newcomer:
    """Reads the guide and obeys it; answers forms from a list of words, each field's in order, the last one for good."""

    def __init__(self, page: Page, answers: dict[str, list[str]]) -> None:
        self.page, self.tab = page, page.tab
        self.answers: dict[str, Iterator[str]] = {name: _then_the_last(values) for name, values in answers.items()}
        self.did: list[str] = []
        self.again = 0  # how often they looked again because nothing seemed to move, as people do

    async def follow(self, *, most: int = 120) -> None:
        """Do what the guide says until the story is told; raises AssertionError where it leads nowhere."""
        for _ in range(most):
            look = await self.tab.evaluate(_LOOK)
            if look["words"].startswith(TOLD) and not look["help"]:
                return
            await self.tab.wait_for_timeout(READ)
            if await self.tab.evaluate(_LOOK) != look:
                continue  # it was just turning to another person while they read
            if not await self._obey(look):
                await self.tab.wait_for_timeout(50)  # it is about to say something else
        raise AssertionError(f"the guide stops here: {look}, after {self.did}")

    async def _obey(self, look: dict[str, Any]) -> bool:
        """Do one thing; False when there is nothing to do yet."""
        named = _NAMED.search(look["words"])
        if look["help"]:
            button = self.tab.locator("#guide .quiet", has_text=re.compile(f"^{re.escape(look['help'])}$"))
        elif named and named[1] in look["seen"]:
            button = self.tab.locator("#log [data-act]", has_text=re.compile(f"^{re.escape(named[1])}$")).last
        else:
            return False
        try:
            await button.click(timeout=2000)
        except self.page.late:
            return False  # it went while the hand was moving, because the page moved on
        self.did.append(f"{look['person']}: {look['help'] or named[1]}")  # type: ignore[index]
        if look["help"]:
            return True
        try:
            await self.tab.wait_for_function(_MOVED, arg=look["words"], timeout=PATIENCE / 3)
        except self.page.late:
            # The person was just being changed when they looked: what they read was still meant for the one before.
            self.again += 1
            assert self.again <= 2, f"the guide does not move on: {look}, after {self.did}"
            return True
        form = self.tab.locator("dialog[open]")
        if await form.count():
            await self._fill()
            await form.wait_for(state="detached", timeout=PATIENCE)
            await self.tab.wait_for_function(_MOVED, arg=look["words"], timeout=PATIENCE)
        return True

    async def _fill(self) -> None:
        rows = await self.tab.locator("dialog[open] [data-field]").all()
        names = [str(await one.get_attribute("data-field")) for one in rows]
        await self.page.fills(**{name: next(self.answers[name]) for name in names if name in self.answers})
        await self.tab.locator("dialog[open] button[type=submit]").click()


def _then_the_last(values: list[str]) -> Iterator[str]:
    yield from values
    while True:
        yield values[-1]


STRAIGHT = {
    "what": [STORY], "severity": ["medium"], "category": ["jailbreak"], "who": ["owner"], "date": ["2026-12-18"],
    "build": ["build 2026-12-10"], "trials": ["3/10"], "found": ["0/59"], "name": ["Quiet Heron"],
    "cause": ["alignment"], "evidence": ["The plain request is refused, the persona is not."],
}  # fmt: skip
WINDING = STRAIGHT | {
    "severity": ["high"], "date": ["2026-12-18", "2026-12-21"], "build": ["build 2026-12-10", "build 2026-12-15"],
    "found": ["9/30", "0/149"], "tries": [VARIANTS.removeprefix("case variants ").replace("; ", "\n")], "before": ["1/50"], "after": ["2/50"],
}  # fmt: skip


@pytest.mark.parametrize(("answers", "width"), [(STRAIGHT, 1280), (WINDING, 390)], ids=["straight", "winding, on a phone"])
async def test_the_guide_leads_to_the_hall_of_fame(world: World, answers: dict[str, list[str]], width: int) -> None:
    async with browsing(world, width=width, height=844 if width < 720 else 800) as page:
        newcomer = Newcomer(page, answers)
        await page.tab.locator(".start.first").click()
        await newcomer.follow()
        await page.sees(".message", "Quiet Heron")
        assert len({one.partition(":")[0] for one in newcomer.did}) >= 4, newcomer.did
        await page.tab.get_by_label("Close the guide").click()
        await page.tab.locator("#guide").wait_for(state="hidden")
    said = [one["text"] for one in await world.researcher.messages() if one["author"] == "researcher"]
    assert len(said) == 1, said  # hello, once
    hall = await world.researcher_2.messages("hall-of-fame")
    assert len(hall) == 1
    assert "Quiet Heron" in words_of(hall[0])


async def test_the_guide_takes_up_the_story_where_it_stands(world: World) -> None:
    """Opened late, by the second suggestion, and after a reload: it says what comes next all the same."""
    async with browsing(world, width=1280, height=800) as page:
        guide = page.tab.locator("#guide p")
        await page.tab.locator(".start", has_text="Be the triager").click()
        await page.tab.locator("#guide .quiet", has_text="Say hello").click()
        await guide.filter(has_text="Press “Report a flaw”").wait_for()
    report = await world.researcher.sends_report(STORY, category="jailbreak")
    channel = world.channel(report)
    asked = await world.triager_sec.runs("ask Which account did you use?", channel)
    assert (await world.triager_sec.submits(asked.form, {"text": "Which account did you use?"})).code == "ok"
    async with browsing(world, width=1280, height=800, at=f"#triager-sec/{channel}") as page:
        guide = page.tab.locator("#guide p")
        await page.tab.locator("#try button", has_text="Let 25 hours pass").click()
        await guide.filter(has_text="Next, as researcher: answer our question").wait_for()
        await page.tab.locator("#guide .quiet", has_text="Be researcher").click()
        await guide.filter(has_text="Your turn: answer our question. Write it below.").wait_for()
        await page.tab.wait_for_function("() => document.activeElement.id === 'say'")
        await page.says("A fresh test account.")
        await guide.filter(has_text="Next, as triager-").wait_for()
        await page.tab.reload()
        await guide.filter(has_text="Next, as triager-").wait_for()
        await page.tab.locator("#guide .quiet", has_text="Be triager-").click()
        await guide.filter(has_text="Press “Accept”").wait_for()
        await page.tab.wait_for_function("() => document.activeElement.textContent === 'Accept'")
