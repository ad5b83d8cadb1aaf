"""The whole life of one report through the JSON API, from hello to the hall of fame."""

from __future__ import annotations

import pytest

from tests.proving import BEFORE, HIGH
from tests.world import World, words_of

pytestmark = pytest.mark.slow


async def test_from_hello_to_the_hall_of_fame(world: World) -> None:
    researcher, sec, ml, owner, lead = (
        world.researcher, world.triager_sec, world.triager_ml, world.owner, world.lead)
    await researcher.says("hello")
    report = await researcher.sends_report(
        "A persona prompt gets actionable crime help.", title="Persona prompt, acme-chat", system="acme-chat",
        category="jailbreak", worked="3 of 10")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))

    answer = await sec.presses("acknowledge", channel)
    assert answer.code == "ok", answer
    assert "Thank you for" in "\n".join(await researcher.bot_texts())
    assert (await world.card(report))["state"] == "acknowledged"

    asked = await sec.runs("ask Which account did you use?", channel)
    assert asked.code == "confirm_clear"
    asked = await sec.submits(asked.form, {"text": "Which account did you use?"})
    assert asked.code == "ok", asked
    texts = await researcher.bot_texts()
    assert any("Which account did you use?" in one for one in texts)
    assert not any("triager-sec" in one for one in texts)
    assert (await world.card(report))["state"] == "waiting for the researcher"
    await researcher.says("A fresh test account, in the web app.")
    seen = "\n".join(await ml.bot_texts(channel))
    assert "A fresh test account, in the web app." in seen
    assert "dm-researcher" not in seen
    assert (await world.card(report))["state"] == "in triage"

    first = await sec.runs("accept high jailbreak", channel)
    assert first.code == "ok"
    assert "waiting for a triager for machine learning" in first.text
    assert (await world.card(report))["state"] == "in triage"
    assert (await sec.runs("accept high jailbreak", channel)).code == "second_person"
    second = await ml.presses("case agree", channel)
    assert second.code == "ok", second
    card = await world.card(report)
    assert (card["state"], card["level"]) == ("accepted", "high")
    assert any("We accept" in one and "high" in one for one in await researcher.bot_texts())

    assert (await sec.runs("owner owner", channel)).code == "ok"
    members = next(one["members"] for one in await owner.conversations() if one["id"] == channel)
    assert set(members) == {"triager-sec", "triager-ml", "lead", "owner"}
    took = await owner.runs("work 2026-12-18", channel)
    assert took.code == "ok", took
    assert any("Fri 18 Dec 2026" in one for one in await researcher.bot_texts())
    assert (await owner.runs("fix build 2026-12-10 on the retest endpoint", channel)).code == "ok"
    assert (await owner.runs("verify", channel)).code == "not_allowed"
    for line in (*BEFORE, "verify"):
        assert (await ml.runs(line, channel)).code == "ok"
    bad = await ml.runs("result 20/30", channel)
    assert bad.code == "ok", bad
    assert (await world.card(report))["state"] == "being fixed"
    assert (await owner.runs("fix build 2026-12-11", channel)).code == "ok"
    for line in HIGH[:2]:
        assert (await ml.runs(line, channel)).code == "ok"
    good = await ml.runs(HIGH[2], channel)
    assert good.code == "ok", good
    assert (await world.card(report))["state"] == "with the researcher to retest"

    fixed = await researcher.presses("me fixed")
    assert fixed.code == "ok", fixed
    assert (await world.card(report))["state"] == "resolved"
    early = await lead.runs("publish", channel)
    assert early.code == "not_publishable"
    assert "researcher has not agreed" in early.text
    assert (await researcher.presses("me agree")).code == "ok"
    form = await researcher.presses("me credit")
    assert form.form["fields"][0]["name"] == "name"
    assert (await researcher.submits(form.form, {"name": "Quiet Heron"})).code == "ok"
    assert (await lead.presses("agree", channel)).code == "ok"
    done = await lead.presses("publish", channel)
    assert done.code == "ok", done

    hall = await world.researcher_2.messages("hall-of-fame")
    assert len(hall) == 1
    assert "Quiet Heron" in words_of(hall[0])
    assert "crime" not in words_of(hall[0])
    assert next(one["archived"] for one in await lead.conversations() if one["id"] == channel)
    assert (await world.card(report))["next"].startswith("Nothing is left")

    assert (await researcher.runs("credit Someone Else")).code == "ok"
    assert "Someone Else" in words_of((await world.owner.messages("hall-of-fame"))[0])
    assert (await researcher.runs("credit none")).code == "ok"
    assert await world.owner.messages("hall-of-fame") == []
