"""The thinnest line through all floors: an encrypted message becomes a receipt, a private channel and a card."""

from __future__ import annotations

from tests.world import REPORT_ID, World, words_of


async def test_an_encrypted_message_gets_a_receipt_and_a_channel(world: World) -> None:
    report = await world.researcher.sends_report("It gives persona prompts what they ask.", title="Persona prompt")
    assert REPORT_ID.fullmatch(report)
    receipt = words_of((await world.researcher.messages())[-1])
    assert "We have your report" in receipt
    assert "Tue 1 Dec 2026, 08:00 UTC" in receipt
    channel = world.channel(report)
    seen = {one["id"]: one for one in await world.triager_sec.conversations()}
    assert set(seen[channel]["members"]) == {"triager-sec", "triager-ml", "lead"}
    assert seen[channel]["private"]
    shown = words_of((await world.triager_ml.messages(channel))[0])
    assert "Persona prompt" in shown
    assert "It gives persona prompts what they ask." in shown
    assert channel not in {one["id"] for one in await world.researcher.conversations()}
    assert channel not in {one["id"] for one in await world.owner.conversations()}


async def test_the_first_answer_is_short_and_comes_once(world: World) -> None:
    await world.researcher.says("hello")
    first = await world.researcher.last()
    assert len(first) <= 700
    assert "No receipt means we did not get it." in first
    assert not REPORT_ID.search(first)
    await world.researcher.says("are you there")
    assert len(await world.researcher.last()) < 150
