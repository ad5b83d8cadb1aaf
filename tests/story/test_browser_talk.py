"""How the page behaves while people talk in it: where answers stand, what is in view, what has the focus, what is amber."""

from __future__ import annotations

from typing import Any

from tests.browser import MARKS, STORY, Page, browsing
from tests.proving import BEFORE, ENOUGH
from tests.world import World

pytestmark = MARKS

_AMBER = """() => [...document.querySelectorAll(".world button.primary")].filter((one) => one.checkVisibility()
  && getComputedStyle(one).backgroundColor === "rgb(242, 165, 58)").map((one) => one.textContent)"""
_FROM_TOP = """(text) => {
  const log = document.getElementById("log");
  const found = [...log.querySelectorAll(".message")].filter((one) => one.textContent.includes(text)).at(-1);
  return found && Math.round(found.getBoundingClientRect().top - log.getBoundingClientRect().top);
}"""
_AT_END = """() => { const log = document.getElementById("log"); return log.scrollHeight - log.scrollTop - log.clientHeight < 3; }"""
_ORDER = """() => [...document.querySelectorAll("#log > .message, #log > .event")].map((one) =>
  one.classList.contains("answer") ? "answer" : one.textContent)"""


async def _accepted(world: World) -> str:
    report = await world.researcher.sends_report(STORY, title="A persona prompt gets crime help", category="jailbreak")
    channel = world.channel(report)
    assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
    return channel


async def _soon(page: Page, script: str, argument: Any = None) -> None:
    await page.tab.wait_for_function(script, arg=argument)


async def test_a_long_answer_is_read_from_its_beginning_and_ones_own_words_are_always_in_view(world: World) -> None:
    async with browsing(world, width=1280, height=800, at="#researcher") as page:
        await page.says("hello")
        await page.sees('[data-act="me report"]')
        await page.says("policy")
        await page.sees(".message .heading", "Disclosure policy of Acme AI")
        await _soon(page, f"(text) => Math.abs(({_FROM_TOP})(text)) < 40", "A person reads every report.")
        assert await page.tab.locator(".message .item").count() > 20
        assert "##" not in await page.tab.locator("#log").inner_text()
        await page.says("scope")
        await page.sees(".message", "Behaviour counts, not only code")
        await _soon(page, _AT_END)


async def test_a_private_answer_stays_where_it_was_given(world: World) -> None:
    channel = await _accepted(world)
    async with browsing(world, width=1280, height=800, at=f"#lead/{channel}") as page:
        await page.sees(".card")
        await page.says("/vdp case timeline")
        await page.sees(".answer", "accept")
        assert await page.tab.locator("#choices").is_hidden()
        assert (await page.tab.evaluate(_ORDER))[-1] == "answer"
        await world.researcher.says("One more thing: it works on the phone as well.")
        await page.sees(".message", "works on the phone")
        order = await page.tab.evaluate(_ORDER)
        assert order[-2] == "answer", order
        assert "works on the phone" in order[-1]


async def test_one_button_is_amber_the_newest_that_does_what_is_next(world: World) -> None:
    channel = await _accepted(world)
    async with browsing(world, width=1280, height=800, at=f"#lead/{channel}") as page:
        await page.presses("owner")
        form = await page.sees("dialog[open]")
        assert await form.locator(".radio").all_inner_texts() == ["owner"]  # nobody else can be named
        assert await form.locator("input").is_checked()
        await page.submits()
        await page.be("owner", channel)
        await page.sees(".card", "For the owner: ")
        await _soon(page, f"() => ({_AMBER})().join() === 'I take it'")
        amber = page.tab.locator('#log [data-act^="work "]')
        assert ["calm" in str(await one.get_attribute("class")) for one in await amber.all()] == [True, False]
        await amber.last.click()
        assert await page.tab.locator("#field-date").input_value() == "2027-01-29"  # what the level promises
        await page.submits()
        await page.sees(".card .pill", "taken")
        await _soon(page, f"() => ({_AMBER})().join() === 'The fix is ready'")
    asked = await world.owner.runs("fix build 7", channel)
    assert asked.code == "ok", asked
    for line in (*BEFORE, f"result {ENOUGH['medium']}"):
        assert (await world.triager_ml.runs(line, channel)).code == "ok"
    async with browsing(world, width=1280, height=800, at="#researcher") as page:
        await page.sees(".side .mine", "It is fixed")
        await _soon(page, f"() => ({_AMBER})().join() === 'It is fixed'")


async def test_the_keyboard_alone_takes_a_card_one_step_further(world: World) -> None:
    report = await world.researcher.sends_report(STORY, title="A persona prompt gets crime help", category="jailbreak")
    async with browsing(world, width=1280, height=800, at=f"#triager-sec/{world.channel(report)}") as page:
        await (await page.sees('#log [data-act^="acknowledge"]:visible:not(.quiet)')).focus()
        await page.tab.keyboard.press("Enter")
        await page.shows_state("in triage")
        await _soon(page, "() => document.activeElement.matches('article.card')")
        await page.tab.keyboard.press("Tab")
        assert await page.tab.evaluate("document.activeElement.textContent") == "Accept"
        await page.tab.keyboard.press("Enter")
        await page.sees("dialog[open]")
        assert await page.tab.locator("#field-category").input_value() == "jailbreak"  # as the report claims
        await page.tab.keyboard.press("Escape")
        await _soon(page, "() => document.activeElement.textContent === 'Accept'")
