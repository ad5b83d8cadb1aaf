"""A researcher whose direct messages are closed: nothing is lost, the team knows, and there is another way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


async def dms(world: World, yes: bool, who: str = "researcher") -> None:
    await world.post(f"/api/people/{who}", {"dms": yes})


async def _open(world: World) -> tuple[str, str]:
    report = await world.researcher.sends_report("It gives crime help.")
    await world.passes(hours=2)
    return report, world.channel(report)


async def said(world: World, channel: str) -> str:
    return "\n".join(await world.lead.bot_texts(channel))


async def test_the_team_learns_once_what_to_do_and_the_card_says_it(world: World) -> None:
    report, channel = await _open(world)
    await dms(world, False)
    for text in ("First words.", "Second words."):
        assert (await world.triager_sec.runs(f"reply clear=yes {text}", channel)).code == "ok"
    shown = await said(world, channel)
    assert shown.count("cannot be written to") == 1
    assert shown.count("could not be delivered") == 2
    fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
    assert "direct messages are closed" in fields["Researcher"]


async def test_status_shows_what_was_said_and_the_form_answers_it(world: World) -> None:
    report, channel = await _open(world)
    await dms(world, False)
    await world.triager_sec.runs("ask clear=yes Which account?", channel)
    status = await world.researcher.runs("status", "hall-of-fame")
    assert "Which account?" in status.text
    assert "triager-sec" not in status.text
    button = status.reply["buttons"][0]
    assert button["label"] == f"Answer {report}"
    assert "Which account?" not in (await world.researcher_2.runs("status", "hall-of-fame")).text
    form = (await world.researcher.runs(button["id"], "hall-of-fame")).form
    done = await world.researcher.submits(form, {"text": "A fresh test account."})
    assert done.code == "ok", done
    shown = await said(world, channel)
    assert "A fresh test account." in shown
    assert "could not be delivered" not in shown
    assert "Which account?" not in (await world.researcher.runs("status", "hall-of-fame")).text
    await dms(world, True)
    await world.researcher.says("Back again.")
    assert "\n".join(await world.researcher.bot_texts()).count("Which account?") == 0, "it was read by another way"


async def test_what_was_kept_is_said_in_order_when_they_are_heard_again(world: World) -> None:
    report, channel = await _open(world)
    await dms(world, False)
    for text in ("First words.", "Second words.", "Third words."):
        await world.triager_sec.runs(f"reply clear=yes {text}", channel)
    await world.researcher.says("Are you there?")  # still closed: one knock, not three
    assert "First words." not in "\n".join(await world.researcher.bot_texts())
    await dms(world, True)
    await world.passes(minutes=61)
    await world.researcher.says("And now?")
    told = "\n".join(await world.researcher.bot_texts())
    assert [told.count(f"{one} words.") for one in ("First", "Second", "Third")] == [1, 1, 1]
    assert told.index("First words.") < told.index("Second words.") < told.index("Third words.")
    shown = await said(world, channel)
    assert "could not be delivered" not in shown
    fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
    assert "closed" not in fields["Researcher"]
    assert "undelivered" in (await world.lead.runs("case timeline", channel)).text


async def test_it_is_tried_again_every_day_without_a_word_from_them(world: World) -> None:
    _, channel = await _open(world)
    await dms(world, False)
    await world.triager_sec.runs("reply clear=yes Are you there?", channel)
    await world.passes(hours=24)
    letters = (await world.admin.runs("upkeep dead-letters")).text
    assert "out/" in letters
    await dms(world, True)
    await world.passes(hours=24)
    assert "Are you there?" in "\n".join(await world.researcher.bot_texts())
    alarms = [one for one in await world.admin.bot_texts() if "/out/" in one]
    assert len(alarms) <= 1, "the operators are not told each day"


async def test_a_colleague_hears_no_old_pings_later(world: World) -> None:
    await dms(world, False, "triager-sec")
    report, _ = await _open(world)
    await world.passes(hours=24)
    await dms(world, True, "triager-sec")
    before = len(await world.triager_sec.bot_texts())
    await world.triager_sec.says("hello")
    await world.passes(minutes=10)
    told = (await world.triager_sec.bot_texts())[before:]
    assert not [one for one in told if f"{report}: a new report" in one], told


async def test_the_answer_to_a_form_is_the_receipt_and_the_direct_message_has_the_same_code(world: World) -> None:
    await dms(world, False)
    form = (await world.researcher.runs("report", "hall-of-fame")).form
    done = await world.researcher.submits(form, {"what": "It gives in to a story.", "unlawful": "no"})
    card = done.reply["card"]
    words = words_of({"card": card})
    report = card["report"]
    code = re.search(r"\d{4} \d{4} \d{4} \d{4}", words)
    assert code, words
    assert re.search(r"SHA-256 of what arrived: [0-9a-f]{64}", words)
    assert "Received Mon 30 Nov 2026, 08:00:00 UTC" in words
    assert "by Tue 1 Dec 2026" in words
    assert f"We have it as {report}" in done.text
    await dms(world, True)
    await world.passes(hours=1)
    assert (await world.researcher.runs("status", "hall-of-fame")).text.startswith(report)
    await world.researcher.says("hello")
    receipts = [one for one in await world.researcher.bot_texts() if "Receipt code" in one]
    assert len(receipts) == 1
    assert code[0] in receipts[0]
