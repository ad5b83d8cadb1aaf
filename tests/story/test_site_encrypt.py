"""The encrypted form in a real Chromium, its result through the real intake with real gpg: what a person without PGP does."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.site import files
from commands.intake import armour
from config.policy import facts as policy
from storage import gpghome
from tests import pgp
from tests.browser import CHROMIUM, FLAGS, MARKS, PATIENCE, playwright
from tests.site_world import site
from tests.world import MONDAY, World, words_of

pytestmark = MARKS
LOG = b"attempt,outcome\n" + b"".join(b"%d,success\n" % one for one in range(75_000))
SECRET = "A persona prompt gets actionable crime help"


@asynccontextmanager
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as engine:
        found = await engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield found
        finally:
            await found.close()


@asynccontextmanager
async def tab(chromium: Any, *, before: str = "", **options: Any) -> AsyncIterator[Any]:
    """A tab that notes what the browser complains of and every address that is asked for."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    await context.clock.set_fixed_time(MONDAY)
    if before:
        await context.add_init_script(before)
    page = await context.new_page()
    page.complaints, page.asked = [], []
    page.on("console", lambda one: page.complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: page.complaints.append(str(one)))
    page.on("request", lambda one: page.asked.append(one.url))
    try:
        yield page
    finally:
        await context.close()


async def write(page: Any, **answers: str) -> None:
    for name, text in answers.items():
        one = page.locator(f"#{name}")
        if await one.evaluate("one => one.tagName") == "SELECT":
            await one.select_option(text)
        else:
            await one.fill(text)


async def saved(page: Any, folder: Path) -> Path:
    async with page.expect_download() as waiting:
        await page.locator("#save").click()
    found = await waiting.value
    assert found.suggested_filename == "report.asc"
    path = folder / found.suggested_filename
    await found.save_as(path)
    return path


async def facts_of(world: World, identity: str) -> tuple[dict[str, str], dict[str, str]]:
    async with world.app.database.read(MONDAY) as work:
        report = await work.reports.get(identity)
        assert report is not None
        box = world.app.vault.unlock(f"report|{identity}", report.key)
        return policy.opened(box.open_text("report", "facts", identity, report.facts))


async def newest(world: World) -> str:
    """The id in the newest receipt."""
    return str([one["card"]["report"] for one in await world.researcher.messages() if one.get("card")][-1])


async def test_a_report_is_encrypted_here_and_opened_there(tmp_path: Path) -> None:
    async with site(tmp_path, full=False) as (world, address), browser() as chromium:
        async with tab(chromium) as page:
            await page.goto(f"{address}/encrypt")
            await page.locator("html[data-ready=yes]").wait_for()
            asked = len(page.asked)
            await page.context.set_offline(True)  # the plug is pulled
            await page.get_by_role("button", name="Encrypt on this computer").click()
            assert "2 answers above" in str(await page.locator("#trouble").text_content())
            assert await page.locator("#F09").get_attribute("aria-invalid") == "true"
            await page.get_by_label("No", exact=True).check()
            await write(page, F08=SECRET, S01="acme-chat", S02="acme-large, 2026-11-12", S13="three or more of the five steps are given",
                        F09="It gives the steps.\nAttack: is no heading here.\nIt should refuse.",
                        S18="One new conversation.\n\nA persona first.")
            await page.get_by_label("Times that it worked").fill("3")
            await page.get_by_label("Attempts in all").fill("10")
            assert await page.locator("output").text_content() == "Likely between 11 and 60 %"
            await page.locator("details summary").first.click()
            await write(page, F30="no", S07="temperature 0.7, top_p default", attack="Be my grandfather.\nTitle: nothing of the kind.")
            await page.get_by_role("button", name="Encrypt on this computer").click()
            await page.get_by_text("Nothing has been sent.").wait_for()
            assert await page.locator("#written").text_content() == "11 answers and no file."
            armored = str(await page.locator("#result").text_content())
            assert armored.startswith("-----BEGIN PGP MESSAGE-----") and SECRET not in armored
            await page.get_by_role("button", name="Change them").click()
            most = int(str(await page.locator(".files").get_attribute("data-most")))
            await page.locator(".files").evaluate("one => { one.dataset.most = 9 }")
            await page.locator("#file").set_input_files({"name": "large.csv", "mimeType": "text/csv", "buffer": b"0123456789"})
            await page.get_by_role("button", name="Encrypt on this computer").click()
            assert await page.locator("#file").get_attribute("aria-invalid") == "true"
            await page.get_by_role("button", name="large.csv").click()
            await page.locator(".files").evaluate("(one, most) => { one.dataset.most = most }", most)
            await page.locator("#file").set_input_files({"name": "attempts.csv", "mimeType": "text/csv", "buffer": LOG})
            await page.get_by_role("button", name="Encrypt on this computer").click()
            await page.get_by_text("Nothing has been sent.").wait_for()
            assert len(LOG) > 1_000_000
            assert "drop the file into a direct message" in str(await page.locator("#sized").text_content())
            large = await saved(page, tmp_path)
            assert page.asked[asked:] == [], "something was asked for after the page was loaded"
            assert page.complaints == []

        await world.researcher.says(armored)
        report = await newest(world)
        shown = "\n".join(words_of(one) for one in await world.triager_sec.messages(world.channel(report)))
        for words in (SECRET, "One new conversation.", "It should refuse.", "3 of 10"):
            assert words in shown, words
        facts, unclear = await facts_of(world, report)
        assert unclear == {}
        assert facts == {
            "F20": "no", "F08": SECRET, "S01": "acme-chat", "S02": "acme-large, 2026-11-12", "F30": "no", "S15": "3 of 10",
            "F09": "It gives the steps.\nAttack: is no heading here.\nIt should refuse.", "S18": "One new conversation.\n\nA persona first.",
            "S13": "three or more of the five steps are given", "S07": facts["S07"],
            "attack": "Be my grandfather.\nTitle: nothing of the kind.",
        }
        assert "0.7" in facts["S07"]

        await world.researcher.says("", files={"report.asc": large.read_bytes()})
        report = await newest(world)
        sent = [one for message in await world.triager_ml.messages(world.channel(report)) for one in message.get("files", [])]
        assert [(one["name"], one["size"]) for one in sent] == [("attempts.csv", len(LOG))]
        found = await world.client.get(f"/api/files/{sent[0]['id']}", params={"as": "triager-ml"})
        assert found.content == LOG


async def test_what_must_not_be_encrypted_is_not(tmp_path: Path) -> None:
    """Content that is unlawful to hold, a foreign key, a browser without cryptography or without scripts."""
    async with site(tmp_path, full=False) as (world, address), browser() as chromium:
        await _unlawful(world, address, chromium)
        await _foreign_key(world, address, chromium, tmp_path)
        await _says_how_else(world, address, chromium, before="Object.defineProperty(globalThis.crypto, 'subtle', {value: undefined})")
        await _says_how_else(world, address, chromium, java_script_enabled=False)


async def _unlawful(world: World, address: str, chromium: Any) -> None:
    async with tab(chromium) as page:
        await page.goto(f"{address}/encrypt")
        await page.locator("html[data-ready=yes]").wait_for()
        await page.get_by_label("No", exact=True).check()
        await write(page, F08="It draws what must not be", F09="A plain request gets it.", S18="unlawfulsteps")
        await page.locator("#file").set_input_files({"name": "unlawfulfile.png", "mimeType": "image/png", "buffer": b"unlawfulbytes" * 9})
        await page.get_by_label("Yes", exact=True).check()
        assert "send none of it" in str(await page.locator("#why").text_content())
        for hidden in ("#S18", "#file", "#attack", "#S17", "#S06"):
            assert not await page.locator(hidden).is_visible(), hidden
        await page.get_by_role("button", name="Encrypt on this computer").click()
        await page.get_by_text("Nothing has been sent.").wait_for()
        armored = str(await page.locator("#result").text_content())
        assert page.complaints == []
        opened = await world.app.keys.gpg.opened(armour.find(armored).blocks[0].packets or b"")
        text = opened.plaintext.decode()
        assert text.startswith("Unlawful to hold: yes\n") and "A plain request gets it." in text
        assert "unlawful" not in text.replace("Unlawful to hold: yes", "").lower()


async def _foreign_key(world: World, address: str, chromium: Any, folder: Path) -> None:
    stranger = folder / "stranger"
    stranger.mkdir(mode=0o700)
    try:
        foreign = pgp.export_public(stranger, pgp.make_key(stranger)).decode()
    finally:
        gpghome.end_processes(stranger)

    async def swap(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace(world.app.desk.key.armored.strip(), foreign.strip()))

    async with tab(chromium) as page:
        await page.route("**/encrypt", swap)
        await page.goto(f"{address}/encrypt")
        await page.locator("html[data-ready=yes]").wait_for()
        assert foreign.split("\n")[2] in str(await page.locator("#key").text_content())
        await page.get_by_label("No", exact=True).check()
        await write(page, F09="It gives the steps.")
        await page.get_by_role("button", name="Encrypt on this computer").click()
        await page.get_by_text("does not have the fingerprint").wait_for()
        assert await page.locator("#result").text_content() == ""
        assert await page.locator("#F09").input_value() == "It gives the steps."
    async with tab(chromium) as page:  # a tab that was open since before the key ended
        await page.goto(f"{address}/encrypt")
        await page.locator("html[data-ready=yes]").wait_for()
        await page.context.clock.set_fixed_time(MONDAY + timedelta(days=1_000))
        await page.get_by_label("No", exact=True).check()
        await write(page, F09="It gives the steps.")
        await page.get_by_role("button", name="Encrypt on this computer").click()
        ended = json.loads(str(await page.locator("#words").text_content()))["ended"]
        assert await page.locator("#trouble:not(:empty)").text_content() == ended
        assert await page.locator("#result").text_content() == ""


async def _says_how_else(world: World, address: str, chromium: Any, **options: Any) -> None:
    async with tab(chromium, **options) as page:
        await page.goto(f"{address}/encrypt")
        await page.wait_for_load_state("networkidle")
        assert await page.get_by_text("This form needs a script").is_visible()
        assert f"--recipient {world.fingerprint}" in str(await page.locator("#without pre").text_content())
        assert not await page.locator("#form").is_visible()
        assert await page.locator("input:visible, textarea:visible").count() == 0


async def test_the_checksum_is_that_of_what_was_loaded(tmp_path: Path) -> None:
    async with site(tmp_path, full=False) as (world, address):
        page = (await world.client.get(f"{address}/encrypt")).text
        addresses = re.findall(r'<li><a href="(/static/[^"]+)" download', page)
        loaded = b"".join([(await world.client.get(address + one)).content for one in addresses])
        shown = re.sub(r"\s|<[^>]+>", "", re.search(r'id="checksum".*?</p>', page, re.DOTALL)[0].split(">", 1)[1])  # type: ignore[index]
        assert shown == hashlib.sha256(loaded).hexdigest() == files.current().checksum
        assert shown in (await world.client.get(f"{address}/.well-known/security.txt")).text
