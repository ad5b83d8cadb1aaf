"""P15: updates owed are offered together, a truthful sentence for each, editable, one press, and never sent by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.discord_world import button as discord_button
from tests.discord_world import discord_world
from tests.world import Someone, World, buttons_of, words_of


async def _told(who: Someone) -> list[str]:
    return [one["text"] for one in await who.messages() if one.get("voice") and one["voice"]["kind"] == "relay"]


@pytest.mark.slow
async def test_each_has_its_sentence_and_one_press_sends_what_is_left(world: World) -> None:
    ml, lead, owner = world.triager_ml, world.lead, world.owner
    reports = [await world.researcher.sends_report(f"It helps with harm, way {n}.", worked="3 of 10") for n in range(4)]
    await world.passes("1h")
    lines: tuple[tuple[tuple[Someone, str], ...], ...] = (
        ((ml, "accept medium jailbreak"),),
        ((ml, "accept medium jailbreak"), (lead, "owner owner"), (owner, "work 2026-12-10")),
        ((ml, "accept medium jailbreak"), (lead, "owner owner"), (owner, "work 2026-12-18"), (owner, "mitigate The filter is on.")),
        ((ml, "accept medium jailbreak"), (lead, "owner owner"), (owner, "work 2026-12-18"), (owner, "fix build 7")),
    )
    for report, said in zip(reports, lines, strict=True):
        for who, line in said:
            assert (await who.runs(line, world.channel(report))).code == "ok", line
    assert "You owe no update" in (await ml.runs("update")).text
    assert (await ml.runs("update how it stands")).code == "which_report"
    before = await _told(world.researcher)
    await world.until(datetime(2026, 12, 14, 9, 5, tzinfo=UTC))
    morning = (await ml.messages())[-1]
    assert "4 updates are owed" in words_of(morning)
    assert "case updates" in [one["id"] for one in buttons_of(morning)]
    assert await _told(world.researcher) == before, "never by itself"

    queue = (await ml.runs("queue")).reply
    assert "4 updates are owed, the first" in "\n".join(queue["card"]["lines"])
    assert "Write them" in [one["label"] for one in queue["buttons"]]
    form = (await ml.runs("update")).form
    shown = {field["label"].split(",")[0]: field for field in form["fields"]}
    assert {name: field["value"] for name, field in shown.items()} == {
        reports[0]: f"We accepted {reports[0]} on Mon 30 Nov 2026 as medium. We are finding who fixes it and have no date yet.",
        reports[1]: f"We have been fixing {reports[1]} since Mon 30 Nov 2026. We aimed for Thu 10 Dec 2026, which has passed, and "
                    "have no new date yet.",
        reports[2]: f"A stop-gap for {reports[2]} has been in place since Mon 30 Nov 2026. The fix itself follows. We aim for "
                    "Fri 18 Dec 2026.",
        reports[3]: f"A fix for {reports[3]} has been ready since Mon 30 Nov 2026. We check it, then you try it.",
    }
    assert all(not field["required"] for field in form["fields"])

    values = {shown[reports[0]]["name"]: shown[reports[0]]["value"], shown[reports[1]]["name"]: "Two more days; we wait for a build.",
              shown[reports[2]]["name"]: "", shown[reports[3]]["name"]: shown[reports[3]]["value"]}
    assert (await world.triager_sec.runs("verify", world.channel(reports[3]))).code == "ok"  # meanwhile
    done = await ml.submits(form, values)
    assert done.code == "ok" and "2 updates on the way" in done.text, done
    assert f"{reports[3]}: it is verifying by now" in done.text
    told = await _told(world.researcher)
    assert sorted(told[len(before):]) == sorted([shown[reports[0]]["value"], "Two more days; we wait for a build."])
    again = await ml.submits(form, values)
    assert "somebody sent an update meanwhile" in again.text and len(await _told(world.researcher)) == len(told)
    assert {one["label"] for one in done.reply["buttons"]} >= {"Write it again"}
    left = (await ml.runs("update")).form
    assert {one["label"].split(",")[0] for one in left["fields"]} == {reports[2], reports[3]}
    assert "have been checking a fix" in next(one["value"] for one in left["fields"] if one["label"].startswith(reports[3]))
    assert (await ml.submits(left, dict.fromkeys((one["name"] for one in left["fields"]), ""))).status == 422
    named = next(one["name"] for one in left["fields"] if one["label"].startswith(reports[2]))
    asked = await ml.submits(left, dict.fromkeys((one["name"] for one in left["fields"]), "") | {named: "Ask triager-sec about it."})
    anyway = {one["label"]: one["id"] for one in asked.reply["buttons"]}.get(f"Send anyway: {reports[2]}", asked)
    assert isinstance(anyway, str), asked
    count = len(await _told(world.researcher))
    assert (await ml.runs(anyway)).code == "ok" and len(await _told(world.researcher)) == count + 1, "asked once, also here"
    other = (await world.leadership.runs(f"case updates of={reports[2][4:]}"))
    assert other.code == "not_allowed"


@pytest.mark.slow
async def test_on_discord_in_pages_of_four(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        ml = world.triager_ml
        reports = [await world.report(text=f"It helps with harm, way {n}.") for n in range(5)]
        await world.moved(world.clock.now().replace(hour=10))
        for report in reports:
            await ml.slash("vdp accept", severity="medium", category="jailbreak", at=world.channel(report))
        await world.moved(datetime(2026, 12, 14, 9, 5, tzinfo=UTC))
        seen: Any = await ml.slash("vdp update", at="desk")
        if seen.modal is None:
            seen = await ml.click(seen.message, next(iter(seen.message.buttons)))
        assert len(seen.modal.fields) == 4, "a modal holds five things, and one says that there is more"
        texts = {name: seen.modal.input(name)["value"] for name in seen.modal.fields}
        assert all("We accepted AIV-" in text for text in texts.values())
        before = len(world.told())
        seen = await ml.submit(seen.modal, texts)
        assert len(world.told()) == before, "kept, not sent"
        seen = await ml.click(seen.message, discord_button(seen.message, "Continue"))
        texts = {name: seen.modal.input(name)["value"] for name in seen.modal.fields}
        seen = await ml.submit(seen.modal, texts)
        assert "5 updates on the way" in (seen.message.words if seen.message is not None else seen.text)
        await world.until(lambda: len([one for one in world.told() if "We accepted AIV-" in one.words]) >= 5, "the updates")
