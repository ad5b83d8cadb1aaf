"""P6: a whole life from hello to the hall of fame: six words, one living status, few messages, roles for names.

And section 7: nothing that people see on the way shows an inner state, a flag letter, a vector, a p-value or an alpha.
"""

from __future__ import annotations

import re

import pytest

from tests.proving import BEFORE, HIGH
from tests.world import World, words_of

pytestmark = pytest.mark.slow

HIDDEN = re.compile(
    r"\b(?:ACKNOWLEDGED|FIX_READY|REVISE|CLOSED|TRIAGING|NEEDS_INFO)\b|\b[VFDPXA]{2,6}\b|\b[A-Z]{1,3}:[A-Z](?:/[A-Z]{1,3}:[A-Z])+"
    r"|\bp ?[=<>] ?0|p-value|\balpha\b|significan")
STATES_HIDDEN = {"acknowledged", "fix ready", "fix_ready", "revise", "closed"}


def test_the_pattern_finds_what_is_hidden() -> None:
    for text in ("state FIX_READY", "flags VFD", "AV:N/AC:L/PR:N", "p = 0.03", "p<0.05", "alpha 0.05", "a significant difference"):
        assert HIDDEN.search(text), text
    assert not HIDDEN.search("AIV-VFDPX is fixed: 3 of 10, AND SHA-256 of A4".replace("AIV-VFDPX", "it"))


async def test_from_hello_to_the_hall_of_fame(world: World) -> None:
    researcher, sec, ml, owner, lead = (
        world.researcher, world.triager_sec, world.triager_ml, world.owner, world.lead)
    await researcher.says("hello")
    greeted = len(await researcher.bot_texts())
    six: list[str] = []

    async def status(word: str, turn: str) -> None:
        """The status in words, and the one living message: whose turn it is, and by when."""
        six.append(word)
        said = (await researcher.runs("status")).text
        assert f": {word}. {turn}" in said, said
        living = [one["card"] for one in await researcher.messages() if one["card"] and one["card"]["title"] == "Persona prompt, acme-chat"]
        assert len(living) <= 1
        if living:
            assert (living[0]["state"], living[0]["next"].startswith(turn.rstrip("."))) == (word, True), living[0]
            if "Your turn: answer" not in turn and not word.startswith("done"):
                assert re.search(r"by \w{3} \d+ \w{3} 20\d\d, \d\d:\d\d UTC", living[0]["next_by"]), living[0]
            assert not re.search(r"\bin \d+ (?:d|h|min)\b", words_of({"card": living[0]})), "it is edited: absolute times"
        card = await world.card(report)
        assert card["state"] not in STATES_HIDDEN
        assert not HIDDEN.search(words_of({"card": card}).replace(report, "")), card
    report = await researcher.sends_report(
        "A persona prompt gets actionable crime help.", title="Persona prompt, acme-chat", system="acme-chat",
        category="jailbreak", worked="3 of 10")
    channel = world.channel(report)
    await status("received", "A person acknowledges it")
    await world.until((await world.now()).replace(hour=10))

    answer = await sec.presses("acknowledge", channel)
    assert answer.code == "ok", answer
    assert "Thank you for" in "\n".join(await researcher.bot_texts())
    await status("being looked at", "We look at it and decide")

    asked = await sec.runs("ask Which account did you use?", channel)
    assert asked.code == "confirm_clear"
    asked = await sec.submits(asked.form, {"text": "Which account did you use?"})
    assert asked.code == "ok", asked
    texts = await researcher.bot_texts()
    assert any("Which account did you use?" in one for one in texts)
    assert not any("triager-sec" in one for one in texts)
    assert (await world.card(report))["state"] == "waiting for the researcher"
    await status("waiting for you", "Your turn: answer our question")
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
    await status("being fixed", "We fix it")
    assert (await owner.runs("fix build 2026-12-10 on the retest endpoint", channel)).code == "ok"
    await status("being fixed", "We check the fix")
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
    await status("yours to retest", "Your turn: confirm the fix or break it")

    fixed = await researcher.presses("me fixed")
    assert fixed.code == "ok", fixed
    assert (await world.card(report))["state"] == "resolved"
    await status("done, fixed", "Your turn: may we publish it")
    assert list(dict.fromkeys(six)) == ["received", "being looked at", "waiting for you", "being fixed", "yours to retest", "done, fixed"]
    early = await lead.runs("publish", channel)
    assert early.code == "not_publishable"
    assert "researcher has not agreed" in early.text
    assert (await researcher.presses("me agree")).code == "ok"
    form = await researcher.presses("me credit")
    assert form.form["fields"][0]["name"] == "name"
    assert (await researcher.submits(form.form, {"name": "Quiet Heron"})).code == "ok"
    assert (await lead.presses("embargo agree", channel)).code == "ok"
    done = await lead.presses("publish", channel)
    assert done.code == "ok", done

    messages = [one for one in await researcher.messages() if one["author"] == "bot"][greeted:]
    new = [one for one in messages if one["voice"] is None]  # what relays our words, or says where theirs went, is talk
    assert len(new) <= 8, [words_of(one)[:60] for one in new]
    told = "\n".join(words_of(one) for one in messages).replace(report, "")
    names = [one["name"] for one in (await world.get("/api/people")).data]  # type: ignore[call-overload]
    assert {one["voice"]["name"] for one in messages if one["voice"]} - {""} <= {"a security triager", "a machine-learning triager"}
    assert not [name for name in names if name.startswith("triager") and name in told]
    assert not HIDDEN.search(told)
    await lead.runs("case numbers", channel)
    for who in (sec, ml, owner, lead):
        seen = "\n".join([*(await who.bot_texts()), *(await who.bot_texts(channel))]).replace(report, "")
        assert not HIDDEN.search(seen), HIDDEN.search(seen)

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
