"""What people do by hand to a triage channel: seen, put right where the bot can, told to the lead once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commands.calls import Incoming
from tests.commands.watching import entries, heard
from tests.world import World

MONDAY_TEN = datetime(2026, 11, 30, 10, tzinfo=UTC)


async def happens(world: World, report: str, what: str, who: str = "", event: str = "1") -> None:
    """Say what a platform noticed."""
    channel = world.channel(report)
    await world.app.engine.receive(Incoming(
        platform="local", event=f"notice/{event}", person="", name="", kind="notice", place="clock", conversation=channel,
        at=world.clock.now(), line=f"watch-channel channel={channel} what={what}" + (f" who={who}" if who else "")))
    await world.settled()


@pytest.fixture
async def report(world: World) -> str:
    await world.until(MONDAY_TEN)
    return await world.researcher.sends_report("words")


async def drifts(world: World, report: str) -> int:
    return len([one for one in await entries(world, report) if one.kind == "drift"])


async def test_who_was_added_by_hand_is_taken_out_and_the_lead_is_told(world: World, report: str) -> None:
    await happens(world, report, "joined", "leadership")
    assert await drifts(world, report) == 1
    assert any("added to the channel by hand" in words for _, words in await heard(world, "lead"))
    channel = await world.app.local.look(world.channel(report))
    assert "leadership" not in channel.members
    assert "lead" in channel.members


async def test_who_belongs_there_may_come(world: World, report: str) -> None:
    await happens(world, report, "joined", "lead")
    await happens(world, report, "left", "leadership", "2")
    assert await drifts(world, report) == 0


async def test_who_left_is_asked_in_again(world: World, report: str) -> None:
    await happens(world, report, "left", "triager-ml")
    assert await drifts(world, report) == 1
    assert "triager-ml" in (await world.app.local.look(world.channel(report))).members


@pytest.mark.parametrize(("what", "words"), [
    ("renamed", "it has its name again"), ("archived", "archived the channel"), ("removed", "removed the bot"),
])
async def test_what_only_people_can_put_right_is_told(world: World, report: str, what: str, words: str) -> None:
    await happens(world, report, what)
    assert any(words in said for _, said in await heard(world, "lead"))


async def test_the_same_notice_twice_is_one(world: World, report: str) -> None:
    await happens(world, report, "joined", "leadership")
    await happens(world, report, "joined", "leadership")
    assert await drifts(world, report) == 1


async def test_a_channel_that_is_none_of_ours_is_left_alone(world: World, report: str) -> None:
    incoming = Incoming(platform="local", event="notice/9", person="", name="", kind="notice", place="clock",
                        conversation="x", at=world.clock.now(), line="watch-channel channel=general what=joined who=lead")
    assert (await world.app.engine.receive(incoming)).code == "ok"
    assert await drifts(world, report) == 0
