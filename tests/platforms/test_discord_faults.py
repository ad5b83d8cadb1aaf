"""The fault rows of the threat model on a strict Discord: events told twice or out of order, calls that fail in every way.

Each call by itself is in `test_discord_calls.py`, outages are in `test_discord_outages.py`, rooms in `test_discord_rooms.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.discord import answers
from commands.wording.upkeep import REASONS
from tests.discord_world import DiscordWorld, button, discord_world, press
from tests.platforms import discord_once as once
from tests.platforms.discord_once import all_once, dead, died, shown, told, twice

pytestmark = pytest.mark.slow
PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 50
FAULTS = ("lost", "503", "done")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DiscordWorld]:
    async with discord_world(tmp_path) as found:
        yield found


# -- rows 9 to 11: what is heard ------------------------------------------------------------------------------------

async def test_an_event_told_twice_at_once_and_again_later_is_one_report(world: DiscordWorld) -> None:
    world.discord.duplicate_event(2)
    report = await world.report()
    first = next(one for one in world.discord.events("MESSAGE_CREATE") if one.data["author"]["id"] == world.researcher.id)
    await world.settled()
    world.clock.advance(timedelta(minutes=5))
    world.discord.redeliver(first)
    await all_once(world)
    world.discord.duplicate_event()
    said = await world.researcher.dm("One thing more.")
    await world.until(lambda: [one for one in shown(world, report) if "One thing more." in one], "the words in the channel")
    world.discord.duplicate_event()
    await world.researcher.edit(said, "One thing less.")
    await world.until(lambda: [one for one in shown(world, report) if "One thing less." in one], "the words in the channel")
    world.discord.duplicate_event()
    await world.researcher.delete(said)
    await world.until(lambda: [one for one in shown(world, report) if "deleted a message" in one], "the deletion")
    await all_once(world)
    everything = "".join(shown(world, report))
    assert [everything.count(one) for one in ("One thing more.", "One thing less.", "deleted a message")] == [0, 1, 1]


async def test_what_arrives_in_the_wrong_order_is_applied_in_the_right_one(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    world.discord.hold_events()
    said = await world.researcher.dm("It happened on Tuesday.")
    await world.researcher.edit(said, "It happened on Wednesday.")
    gone = await world.researcher.dm("This was a mistake.")
    await world.researcher.delete(gone)
    await world.researcher.dm("Thought 0.")
    world.discord.release_events(backwards=True)
    await world.until(lambda: "Wednesday" in "".join(shown(world, report)), "the edit")
    await world.until(lambda: "Thought 0." in "".join(shown(world, report)), "the last words")
    await all_once(world)
    everything = "".join(shown(world, report))
    assert "Tuesday" not in everything
    assert everything.count("Wednesday") == 1


async def test_a_press_told_again_late_does_nothing(world: DiscordWorld) -> None:
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    asked = await press(world, world.triager_sec, "Acknowledge", channel)
    if asked.modal is not None:
        asked = await world.triager_sec.submit(asked.modal, {})
    await world.until(lambda: "in triage" in shown(world, report)[0], "the card's new state")
    await world.settled()
    interactions = world.discord.events("INTERACTION_CREATE")
    before, cards = len(told(world)), shown(world, report)
    for one in interactions[-2:]:
        world.discord.redeliver(one)  # at once: 40060
    await asyncio.sleep(0.3)
    world.clock.advance(timedelta(minutes=20))
    for one in interactions[-2:]:
        world.discord.redeliver(one)  # after a torn line: 10062 or 50027
    await asyncio.sleep(0.3)
    await all_once(world)
    assert len(told(world)) == before
    assert shown(world, report) == cards
    assert {one.code for one in world.discord.calls("POST /interactions/{interaction_id}/{token}/callback") if one.code} <= {10062, 40060}


async def test_a_command_whose_answer_comes_too_late_is_done_once_and_one_told_too_late_is_not(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    channel = world.channel(report)
    world.discord.hold_handshakes()
    await world.discord.drop()  # the press is replayed, but the person saw it fail
    world.discord.patience(0.05)
    seen = await world.triager_sec.slash("vdp note", text="Told too late.", at=channel)
    assert seen.kind in ("error", "nothing"), seen
    world.clock.advance(timedelta(seconds=10))
    world.discord.hold_handshakes(on=False)
    await world.discord.connected()
    await world.until(lambda: world.discord.gateway()["replayed"], "the replay")
    await asyncio.sleep(0.3)
    assert not any("Told too late" in one for one in shown(world, report))
    world.discord.patience(3.0)
    await world.triager_sec.slash("vdp note", text="Told in time.", at=channel)
    await world.until(lambda: any("Told in time" in one for one in shown(world, report)), "the note")
    await all_once(world)


# -- row 12: told to wait -------------------------------------------------------------------------------------------

async def test_who_is_told_to_wait_waits_and_others_go_on(world: DiscordWorld) -> None:
    discord = world.discord
    discord.fault(once.ROOMS, "limited", retry_after=1.5)
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await world.until(lambda: told(world), "a receipt while no channel can be made")
    assert not world.triage()
    room = (await world.until(world.triage, "the channel"))[0]
    report = "AIV-" + room.name.removeprefix("triage-aiv-").upper()
    await world.until(lambda: shown(world, report), "the card")
    await world.settled()
    for route, scope in ((once.POSTS, "user"), (once.POSTS, "shared"), (once.EDITS, "global")):
        discord.fault(route, "limited", retry_after=0.3, scope=scope)
    for number in range(5):
        await world.researcher.dm(f"Thought {number}.")
    await world.triager_sec.slash("vdp acknowledge", at=room.name)
    await world.until(lambda: "Thought 4." in "".join(shown(world, report)), "the last words")
    await all_once(world)
    assert once.thoughts(world, report, 5) == list(range(5))
    assert "in triage" in shown(world, report)[0]
    assert len([one for one in discord.calls() if one.status == 429]) == 4


# -- row 13: nobody knows whether it happened -----------------------------------------------------------------------

@pytest.mark.parametrize("kind", FAULTS)
async def test_what_may_have_happened_is_looked_up_before_it_is_done_again(world: DiscordWorld, kind: str) -> None:
    discord = world.discord
    discord.fault(once.POSTS, kind, 2)
    discord.fault(once.ROOMS, kind)  # the category
    discord.fault(once.ROOMS, kind, skip=2)  # a room
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    discord.fault(once.EDITS, kind)
    discord.fault(once.POSTS, kind)
    await world.triager_sec.click(world.said(channel)[0], button(world.said(channel)[0], "Acknowledge"))
    await world.until(lambda: "in triage" in shown(world, report)[0], "the card's new state")
    await all_once(world)
    assert {one.route for one in discord.calls() if one.fault} == {once.POSTS, once.ROOMS, once.EDITS}
    assert len([one for one in discord.channels("category") if one.name.startswith("triage")]) == 1
    assert len([one for one in discord.channels("text") if one.name == "triage-threads"]) == 1


@pytest.mark.slow
async def test_a_file_is_shared_once_whatever_is_known_of_it(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    for number, kind in enumerate(("lost", "503", "reset", "half", "done"), 1):
        world.discord.fault(once.POSTS, kind, 2)
        world.discord.fault("GET cdn", "half" if kind == "done" else kind)
        await world.researcher.dm("Here is what it looks like.", files={f"{kind}.png": PICTURE})
        await world.until(lambda most=number: sum(f"Add to {report}" in one.buttons.values() for one in world.told()) == most, "the choice")
        await press(world, world.researcher, f"Add to {report}")
        await world.until(lambda name=f"SPOILER_{kind}.png": name in [
            file["filename"] for one in world.said(world.channel(report)) for file in one.files], f"the picture {kind} in the channel")
        await world.settled()
    await all_once(world)


@pytest.mark.slow
async def test_slow_answers_change_nothing(world: DiscordWorld) -> None:
    world.discord.fault("*", "slow", 30, seconds=0.4)
    report = await world.report()
    await world.researcher.dm("Thought 0.")
    await world.until(lambda: "Thought 0." in "".join(shown(world, report)), "the words in the channel")
    await all_once(world)


@pytest.mark.slow
async def test_an_answer_that_is_deferred_comes_once(world: DiscordWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    report = await world.report()
    await world.settled()
    monkeypatch.setattr(answers, "_SOON", 0.0)
    for kind in ("done", "lost", "500"):
        world.discord.fault("*/messages/@original", kind)
        seen = await world.triager_sec.slash("vdp note", text=f"A note, {kind}.", at=world.channel(report))
        await world.until(lambda seen=seen: world.discord.outcome(seen).kind == "whisper", "an answer")
        assert len(world.discord.outcome(seen).messages) == 1
    assert len([one for one in world.discord.calls() if one.fault]) == 3
    await all_once(world)


# -- row 14: never -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("reason", ["dms_closed", "channel_gone"])
async def test_what_can_never_be_said_is_told_to_the_operators_and_the_rest_goes_on(
    world: DiscordWorld, reason: str,
) -> None:
    report = await world.report()
    await world.moved(world.clock.now().replace(hour=10))
    await world.settled()
    if reason == "dms_closed":
        await world.researcher.close_dms()
        await world.triager_sec.slash("vdp acknowledge", at=world.channel(report))
    else:
        world.discord.delete_channel(world.channel(report))
        await world.researcher.dm("One thing more.")
    await died(world)
    assert {one for _, one in await dead(world)} == {reason}
    seen = await world.admin.slash("vdp-upkeep dead-letters", at="desk")
    words = seen.message.words if seen.message else seen.text
    assert report in words
    assert REASONS[reason] in words
    await world.moved(world.clock.now() + timedelta(hours=1))
    await world.until(lambda: report in "".join(told(world, "admin")), "what the operators hear")
    if reason == "channel_gone":
        assert "somebody removed" in "".join(told(world, "lead")).lower() or report in "".join(told(world, "lead"))
    other = await world.report("outsider", "Title: Another\n\nAnother text.")
    await world.settled()
    assert shown(world, other)
    assert any(other in one for one in told(world, "outsider"))
    assert twice(world.discord) == []
    assert world.discord.invalid() <= 4, "what is refused is not asked again and again"


async def test_a_card_that_somebody_deleted_is_made_again(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    card = world.said(world.channel(report))[0]
    await world.admin.delete(card)
    await world.triager_sec.slash("vdp acknowledge", at=world.channel(report))
    await world.until(lambda: any("in triage" in one for one in shown(world, report)), "the card")
    await all_once(world)
    assert len([one for one in world.said(world.channel(report)) if one.buttons]) == 1


async def test_a_permission_that_is_taken_is_named_and_used_again_when_it_is_back(
    world: DiscordWorld, caplog: pytest.LogCaptureFixture,
) -> None:
    await world.settled()
    world.discord.permissions(remove=["manage_channels"])
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await died(world)
    assert await dead(world) == [("open_channel", "missing_permission")]
    assert "does not let the bot do that: open_channel" in caplog.text
    world.discord.permissions(add=["manage_channels"])
    seen: Any = await world.admin.slash("vdp-upkeep dead-letters", at="desk")
    words = (seen.message.words if seen.message else seen.text).replace("`", "")
    key = next(one for one in words.split() if one.endswith(("/channel:", "/channel"))).rstrip(":")
    await world.admin.slash("vdp-upkeep revive", key=key, at="desk")
    await world.until(world.triage, "the channel")
    await world.until(lambda: world.said(world.triage()[0].name), "the card")
    await all_once(world)
