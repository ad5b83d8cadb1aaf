"""The fault rows of the threat model on a strict Slack: events told twice or out of order, calls that fail in every way.

Outages are in `test_slack_outages.py`, the death of the process in `tests/crash/test_slack_kills.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.port import Done, Sending, Unsure
from commands.effects import CloseChannel
from commands.wording.upkeep import REASONS
from tests.platforms.slack_once import all_once, dead, shown, told, twice
from tests.slack_world import PATIENCE, SlackWorld, button, press, slack_world, words

pytestmark = pytest.mark.slow

PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 50
FAULTS = ("lost", "reset", *(pytest.param(one, marks=pytest.mark.slow) for one in ("500", "503", "half")))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path) as found:
        yield found


@pytest.fixture(params=["socket", "http"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path, mode=request.param, ack_seconds=1.0) as found:
        yield found


# -- rows 9 to 11: what is heard ------------------------------------------------------------------------------------

async def test_an_event_told_twice_at_once_and_again_later_is_one_report(both: SlackWorld) -> None:
    both.slack.duplicate_event()
    report = await both.report()
    first, second = both.slack.deliveries("message")[:2]
    assert first.event_id == second.event_id
    await both.settled()
    both.clock.advance(timedelta(minutes=5))
    both.slack.redeliver(first)
    await all_once(both)
    assert [one.state for one in both.slack.deliveries("message") if one.event_id == first.event_id] == ["acked"] * 3
    both.slack.duplicate_event()
    await both.researcher.dm("One thing more.")
    await both.until(lambda: [one for one in shown(both, report) if "One thing more." in one], "the words in the channel")
    await all_once(both)
    assert sum("One thing more." in one for one in shown(both, report)) == 1


async def test_an_acknowledgement_that_is_lost_changes_nothing(both: SlackWorld) -> None:
    both.slack.drop_ack()
    await both.report()
    await all_once(both)
    ways = [attempt["how"] for one in both.slack.deliveries("message") for attempt in one.attempts]
    assert ways[:2] == ["timeout", "acked"]


async def test_a_file_told_as_two_kinds_of_event_is_one_report(world: SlackWorld) -> None:
    world.slack.subscribe(add=["file_shared", "app_mention", "message.groups"])
    await world.researcher.upload("report.asc", world.encrypted("The model tells its secrets.").encode(), mode="snippet")
    channel = await world.until(world.triage, "a channel")
    report = "AIV-" + channel[0].name.removeprefix("triage-aiv-").upper()
    await world.until(lambda: shown(world, report), "the card")
    assert [one.event for one in world.slack.deliveries("events_api")][-2:] != []
    assert {"message", "file_shared"} <= {one.event for one in world.slack.deliveries("events_api")}
    await world.triager_sec.say(channel[0].name, f"<@{world.slack.bot_user}> what is this?")  # as message and as mention
    await all_once(world)
    assert {one.state for one in world.slack.deliveries("events_api")} == {"acked"}
    assert len(shown(world, report)) == 1


async def test_what_arrives_in_the_wrong_order_is_kept_or_asked_for_again(world: SlackWorld) -> None:
    lines = world.encrypted("The model tells its secrets.").splitlines(keepends=True)
    world.slack.reorder(3)
    for part in (lines[:4], lines[4:6], lines[6:]):
        await world.researcher.dm("".join(part))
    await world.until(lambda: "again" in "".join(told(world)), "what to do with an end that has no beginning")
    report = await world.report()
    world.slack.reorder(2)
    await world.researcher.dm("This was the first.")
    await world.researcher.dm("This was the second.")
    await world.until(lambda: sum("This was the" in one for one in shown(world, report)) == 2, "the words in the channel")
    await all_once(world)


async def test_words_of_one_person_stay_in_order(world: SlackWorld) -> None:
    report = await world.report()
    await world.settled()
    for number in range(8):
        await world.researcher.dm(f"Thought {number} of eight.")
    await world.until(lambda: "Thought 7" in "".join(shown(world, report)), "the last words")
    await all_once(world)
    told_ = [one for text in shown(world, report) for one in range(8) if f"Thought {one} of eight." in text]
    assert told_ == list(range(8))


# -- row 12: told to wait -------------------------------------------------------------------------------------------

async def test_who_is_told_to_wait_waits_and_others_go_on(world: SlackWorld) -> None:
    slack = world.slack
    slack.fault("conversations.create", "limited", retry_after=30)
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await world.until(lambda: told(world), "a receipt while no channel can be made")
    assert not world.triage()
    channel = (await world.until(world.triage, "the channel"))[0].name
    report = "AIV-" + channel.removeprefix("triage-aiv-").upper()
    await world.until(lambda: shown(world, report), "the card")
    await world.settled()
    for method in ("chat.postMessage", "chat.update"):
        slack.fault(method, "limited", 2, retry_after=3)
    for number in range(5):
        await world.researcher.dm(f"Thought {number} of five.")
    await world.triager_sec.slash("/vdp acknowledge", channel)
    await world.until(lambda: "Thought 4" in "".join(shown(world, report)), "the last words")
    await all_once(world)
    assert [one for text in shown(world, report) for one in range(5) if f"Thought {one} of five." in text] == list(range(5))
    assert "in triage" in shown(world, report)[0]
    assert len([one for one in slack.calls() if one.status == 429]) == 5


# -- row 13: nobody knows whether it happened -----------------------------------------------------------------------

@pytest.mark.parametrize("kind", FAULTS)
async def test_what_may_have_happened_is_looked_up_before_it_is_done_again(world: SlackWorld, kind: str) -> None:
    slack = world.slack
    slack.fault("chat.postMessage", kind, 2)
    for method in ("conversations.create", "conversations.invite"):
        slack.fault(method, kind)
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    slack.fault("chat.update", kind)
    slack.fault("chat.postMessage", kind)
    await world.triager_sec.click(world.said(channel)[0], button(world.said(channel)[0], "Acknowledge"))
    await world.until(lambda: "in triage" in shown(world, report)[0], "the card's new state")
    await all_once(world)
    hit = {one.method for one in slack.calls() if one.fault == kind}
    assert hit == {"chat.postMessage", "conversations.create", "conversations.invite", "chat.update"}


@pytest.mark.parametrize("kind", ["lost", *(pytest.param(one, marks=pytest.mark.slow) for one in ("500", "503", "reset", "half"))])
async def test_a_file_is_shared_once_whatever_is_known_of_it(world: SlackWorld, kind: str) -> None:
    report = await world.report()
    await world.settled()
    steps = ("chat.postMessage", "files.getUploadURLExternal", "files.upload", "files.completeUploadExternal")
    for method in steps:
        # The bytes are answered in plain words: there is no half of them.
        world.slack.fault(method, "lost" if (method, kind) == ("files.upload", "half") else kind)
    await world.researcher.upload("screen.png", PICTURE, text="Here is what it looks like.")
    await press(world, world.researcher, f"Add to {report}")
    await world.until(lambda: "screen.png" in [file["name"] for one in world.said(world.channel(report)) for file in one.files],
                      "the picture in the channel")
    await all_once(world)
    assert {one.method for one in world.slack.calls() if one.fault} == set(steps)


async def test_a_channel_is_archived_once_whatever_is_known_of_it(world: SlackWorld) -> None:
    report = await world.report()
    await world.settled()
    platform, effect = world.app.platforms["slack"], CloseChannel("slack", world.channel(report))
    for kind in ("500", "503", "reset", "half", "lost"):
        world.slack.fault("conversations.archive", kind)
        assert isinstance(await platform.deliver(Sending(effect, "archive", 1)), Unsure)
        assert isinstance(await platform.deliver(Sending(effect, "archive", 2)), Done)
        assert world.slack.channel(world.channel(report)).archived
        await world.lead.unarchive(world.channel(report))


# -- row 14: never -------------------------------------------------------------------------------------------------

async def lost(world: SlackWorld, what: str, report: str) -> None:
    """Take away where something is to be said."""
    lead, channel = world.lead, world.channel(report)
    match what:
        case "person":
            await world.researcher.deactivate()
        case "direct":
            world.slack.app_home(messages_tab=False)
        case "archived":
            await lead.archive(channel)
        case "deleted":
            await lead.delete_channel(channel)
        case "removed":
            await lead.remove(channel, world.slack.bot_user)


@pytest.mark.parametrize(("what", "reason"), [
    ("person", "unknown_person"), ("archived", "channel_archived"),
    *(pytest.param(*one, marks=pytest.mark.slow) for one in (
        ("direct", "dms_closed"), ("deleted", "channel_gone"), ("removed", "channel_gone"))),
])
async def test_what_can_never_be_said_is_told_to_the_operators_and_the_rest_goes_on(
    world: SlackWorld, what: str, reason: str,
) -> None:
    report = await world.report()
    await world.moved(world.clock.now().replace(hour=10))
    await lost(world, what, report)
    await world.settled()
    if what in ("person", "direct"):
        await world.triager_sec.slash("/vdp acknowledge", world.channel(report))
    else:
        await world.researcher.dm("One thing more.")
    async with asyncio.timeout(PATIENCE):
        while not await dead(world):
            await asyncio.sleep(0.05)
    await world.settled()
    assert {one for _, one in await dead(world)} == {reason}
    seen = words(await world.admin.slash("/vdp upkeep dead-letters"))
    assert report in seen
    assert REASONS[reason] in seen
    assert "dead letter" in words(await world.admin.slash("/vdp upkeep health"))
    await world.moved(world.clock.now() + timedelta(hours=1))
    if what == "direct":  # then operators cannot be written to either: they see it, and try again once it is put right
        world.slack.app_home()
        key = next(found for found in seen.split() if found.startswith(f"{report}/out/"))
        await world.admin.slash(f"/vdp upkeep revive {key}")
        await world.until(lambda: "Thank you for" in "".join(told(world)), "the acknowledgement")
    else:
        await world.until(lambda: report in "".join(told(world, "admin")), "what the operators hear")
    if what == "archived":
        assert "somebody archived the channel" in "".join(told(world, "lead"))
    other = await world.report("outsider", "Title: Another\n\nAnother text.")
    await world.settled()
    assert shown(world, other)
    assert any(other in one for one in told(world, "outsider"))
    assert twice(world.slack) == []
