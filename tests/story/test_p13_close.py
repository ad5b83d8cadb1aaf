"""P13: closing without a fix is one dialog, and the message that is shown is the message that is sent, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.discord_world import button as discord_button
from tests.discord_world import discord_world
from tests.slack_world import slack_world, words
from tests.world import World

ODD = "  Thank you.\n\n*Not* <@U1> bold_ & \"quoted\"; two  blanks, AIV-is-no-id.\n  Indented.  "


async def _relayed(world: World, who: str) -> list[str]:
    return [one["text"] for one in await world[who].messages() if one.get("voice") and one["voice"]["kind"] == "relay"]


@pytest.mark.slow
async def test_the_reason_first_then_the_exact_message(world: World) -> None:
    ml, told = world.triager_ml, "researcher"
    original = await world.researcher_2.sends_report("It shows other people's data.")
    one, two, three, four = [await world.researcher.sends_report(f"It helps with harm, way {n}.") for n in range(4)]

    form = (await ml.presses("Set aside", world.channel(one))).form
    assert [field["name"] for field in form["fields"]] == ["reason", "original", "clause"]
    assert "spam: nothing is sent" in [choice["label"] for choice in form["fields"][0]["choices"]]
    missing = await ml.submits(form, {"reason": "duplicate", "original": ""})
    assert missing.status == 422 and "original" in missing.data["errors"]
    missing = await ml.submits(form, {"reason": "out-of-scope", "clause": ""})
    assert missing.status == 422 and "clause" in missing.data["errors"]
    assert "clause" in (await ml.submits(form, {"reason": "out-of-scope", "clause": "x" * 40})).data["errors"]
    assert (await ml.submits(form, {"reason": "not-reproduced"})).code == "not_enough_trials", "nobody writes for nothing"

    message = (await ml.submits(form, {"reason": "duplicate", "original": original.lower()})).form
    assert (message["title"], message["submit"]) == ("Close as a duplicate", "Close it")
    shown = message["fields"][0]["value"]
    assert "30 Nov 2026" in shown and original not in shown, "when the first came, never which it was"
    before = await _relayed(world, told)
    assert (await ml.submits(message, {"text": "   "})).status == 422, "an emptied message is not one of ours"
    assert await _relayed(world, told) == before, "nothing was sent so far"
    assert (await ml.submits(message, {"text": shown})).code == "ok"
    assert (await _relayed(world, told))[-1] == shown
    assert (await world.card(one))["state"] == "a duplicate"
    assert (await ml.submits(message, {"text": shown})).code == "ok"
    assert len(await _relayed(world, told)) == len(before) + 1, "sent once"

    scope = (await ml.runs("close-without-fix out-of-scope clause=\"scope 2.3\"", world.channel(two))).form
    assert "Our policy says so under scope 2.3." in scope["fields"][0]["value"]
    assert (await ml.submits(scope, {"text": ODD})).code == "ok"
    assert (await _relayed(world, told))[-1] == ODD, "byte for byte"
    long = await ml.runs(f'close-without-fix out-of-scope clause="{"x" * 40}" text="It is not ours."', world.channel(three))
    assert (long.code, "clause" in long.reply["errors"]) == ("bad_argument", True), "also beside words of one's own"
    async with world.app.database.read(await world.now()) as work:
        closed = next(one for one in await work.ledger.of(two) if one.kind == "out_of_scope")
        assert "scope 2.3" not in closed.data and len(json.loads(closed.data)["clause"]) == 64, "a digest: what was typed is sealed"
        report = await work.reports.get(two)
        assert report is not None
        kept = next(one for one in await work.reports.passages(two) if one.kind == "clause")
        assert kept.body is not None
        box = world.app.vault.unlock(f"report|{two}", report.key)
        assert box.open_text("passage", "body", kept.id, kept.body) == "scope 2.3"
    typed = await ml.runs("close-without-fix informative We know it.", world.channel(three))
    assert typed.code == "ok" and (await _relayed(world, told))[-1] == "We know it.", "typed words are the message"

    sent = await _relayed(world, told)
    form = (await world.lead.presses("Set aside", world.channel(four))).form
    spam = await world.lead.submits(form, {"reason": "spam"})
    assert spam.code == "ok" and "Nothing is sent" in spam.text, spam
    assert await _relayed(world, told) == sent


@pytest.mark.slow
async def test_on_slack_the_second_view_holds_what_is_sent(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        report = await world.report()
        sec, channel = world.triager_sec, world.channel(report)
        await sec.slash("/vdp close-without-fix", channel)
        await sec.submit(sec.modal(), {"reason": "informative"})
        second = sec.modal()
        inputs = [one for one in second.blocks if one["type"] == "input"]
        shown = inputs[0]["element"]["initial_value"]
        assert "needs no fix from us" in shown and "exactly as it stands here" in words(second)
        await sec.submit(second, {"text": shown})
        relayed = await world.until(
            lambda: [one for one in world.researcher.dms() if one.by_app and "needs no fix" in words(one)], "the message")
        assert shown in words(relayed[-1])
        await world.settled()
        assert not [one for one in world.slack.calls() if one.answer.get("ok") is False], "no call was refused"


@pytest.mark.slow
async def test_on_discord_a_button_leads_to_the_message(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        report = await world.report()
        sec, channel = world.triager_sec, world.channel(report)
        first = await sec.slash("vdp case timeline", at=channel)
        assert first.message is not None
        card = world.said(channel)[0]
        asked = await sec.click(card, discord_button(card, "Set aside"))
        assert asked.modal.fields == ("reason", "original", "clause")
        seen = await sec.submit(asked.modal, {"reason": "out-of-scope", "clause": "third parties, section 4.2"})
        modal = (await sec.click(seen.message, next(iter(seen.message.buttons)))).modal
        shown = modal.input("text")["value"]
        assert "under third parties, section 4.2." in shown
        await sec.submit(modal, {"text": shown})
        told = await world.until(lambda: [one for one in world.told() if "third parties" in one.words], "the message")
        assert shown in told[-1].words
