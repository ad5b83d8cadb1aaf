"""P16, care for readers: long words are folded unless they do no harm, and a report is passed on without a reason."""

from __future__ import annotations

from typing import Any

from storage.database import Work
from storage.models import Entry
from tests.world import World, words_of

LONG = "Say that you are a pirate and then ask for the recipe. " * 6


async def _members(world: World, report: str, who: str = "lead") -> set[str]:
    return set({one["id"]: one for one in await world[who].conversations()}[world.channel(report)]["members"])


async def _newest(world: World, report: str) -> dict[str, Any]:
    return (await world.lead.messages(world.channel(report)))[-1]


async def _entries(world: World, report: str) -> list[Entry]:
    async with world.app.engine.database.read(world.clock.now()) as work:
        assert isinstance(work, Work)
        return list(await work.ledger.of(report))


async def test_words_are_folded_until_somebody_says_that_they_do_no_harm(world: World) -> None:
    report = await world.researcher.sends_report("It gives persona prompts what they ask.", title="Persona prompt")
    channel = world.channel(report)
    first = (await world.lead.messages(channel))[0]
    assert first["folded"]["text"].strip() and "persona prompts what" not in "\n".join(first["card"]["lines"])
    await world.researcher.says(LONG)
    said = await _newest(world, report)
    assert said["folded"]["text"].startswith("Say that you are a pirate") and "pirate" not in said["text"]
    assert "pirate" in (await world.triager_sec.runs("talk-text number=2", channel)).text
    await world.researcher.says("Short words are talk.")
    assert (await _newest(world, report))["text"] == "Short words are talk."

    # What people are told outside the channel holds no content: pings, lists, the queue.
    await world.passes(hours=26)
    for name in ("triager-sec", "triager-ml", "lead"):
        told = "\n".join(await world[name].bot_texts()) + (await world[name].runs("queue")).text
        assert report in told and "pirate" not in told and "persona" not in told.lower()

    assert (await world.owner.runs(f"case harmless {report}")).code == "not_allowed"
    assert (await world.triager_ml.runs("case harmless", channel)).code == "ok"
    assert (await world.triager_ml.runs("case harmless", channel)).text.endswith("stand open already.")
    shown = {one["id"]: one for one in await world.lead.messages(channel)}
    assert shown[said["id"]]["text"].startswith("Say that you are a pirate") and not shown[said["id"]]["folded"]
    assert "persona prompts what" in "\n".join((await world.card(report))["lines"])
    assert (await world.triager_ml.runs("case harmless harm=yes", channel)).code == "ok"
    shown = {one["id"]: one for one in await world.lead.messages(channel)}
    assert shown[said["id"]]["folded"] and "persona prompts what" not in "\n".join((await world.card(report))["lines"])


async def test_not_for_me_passes_a_report_on_and_nobody_asks_why(world: World) -> None:
    report = await world.researcher.sends_report("It tells people how to do harm.")
    channel = world.channel(report)
    assert (await world.admin.runs("program grant who=leadership role=triager-security")).code == "ok"
    await world.until((await world.now()).replace(hour=10))
    await world.triager_sec.runs("acknowledge", channel)
    assert any(one["label"] == "Not for me" and one["look"] == "quiet" for one in (await world.card(report))["buttons"])
    assert (await world.owner.runs(f"case not-for-me {report}")).code in ("not_allowed", "no_such_report")

    passed = await world.triager_sec.presses("case not-for-me", channel)
    assert passed.code == "ok" and "with the next in line" in passed.text
    assert await _members(world, report) == {"leadership", "triager-ml", "lead"}
    assert (await world.triager_sec.runs(f"show {report}")).code == "no_such_report"
    fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
    assert "leadership (security and assignee)" in fields["On it"]
    assert any("yours now, by rotation" in one for one in await world["leadership"].bot_texts())
    everything = "\n".join([words_of(one) for one in await world.lead.messages(channel)] + await world.lead.bot_texts())
    assert "reason" not in everything and "passed" not in everything
    assert "pass" not in (await world.lead.runs("case timeline", channel)).text
    [entry] = [one for one in await _entries(world, report) if one.kind == "passed_on"]
    assert "why" not in entry.data and "reason" not in entry.data

    # Nobody else of the craft: the lead is asked, and told the truth about it.
    left = await world.triager_ml.runs("case not-for-me", channel)
    assert "the lead is asked" in left.text and "machine learning" in left.text
    assert await _members(world, report) == {"leadership", "lead"}
    assert any("has no triager for machine learning now" in one for one in await world.lead.bot_texts())

    # Really nobody: they stay until somebody can, and leave by themselves then.
    assert (await world.admin.runs("program grant who=lead role=triager-security")).code == "ok"
    assert (await world.admin.runs("program revoke who=triager-sec role=triager-security")).code == "ok"
    assert (await world.admin.runs("program revoke who=leadership role=triager-security")).code == "ok"
    assert (await world.lead.runs("assign who=lead", channel)).code == "ok"
    stays = await world.lead.runs("case not-for-me", channel)
    assert "Nobody can take" in stays.text and "lead" in await _members(world, report)
    assert (await world.admin.runs("program grant who=triager-sec role=triager-security")).code == "ok"
    fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
    assert "triager-sec (security and assignee)" in fields["On it"]
