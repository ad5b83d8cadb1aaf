"""The fault rows of the threat model on a strict Discord: events told twice or out of order, calls that fail in every way.

Outages are in `test_discord_outages.py`, rooms in `test_discord_rooms.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.discord.adapter import Discord
from bot.platforms.port import Done, Later, Outcome, Refused, Sending, Unsure
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, SetMembers
from commands.text import Body, say
from commands.wording_upkeep import REASONS
from tests.discord_world import DiscordWorld, button, discord_world, press
from tests.platforms import discord_once as once
from tests.platforms.discord_once import all_once, dead, died, shown, told, twice

PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 50
FAULTS = ("lost", *(pytest.param(one, marks=pytest.mark.slow) for one in ("503", "reset", "half", "500", "done")))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DiscordWorld]:
    async with discord_world(tmp_path) as found:
        yield found


def platform(world: DiscordWorld) -> Discord:
    found = world.app.platforms["discord"]
    assert isinstance(found, Discord)
    return found


async def until_done(world: DiscordWorld, sending: Sending) -> tuple[list[Outcome], Done]:
    """Deliver until it is done, as a lane does; returns what came before that."""
    outcomes: list[Outcome] = []
    for attempt in range(1, 8):
        found = await platform(world).deliver(replace(sending, attempt=attempt))
        if isinstance(found, Done):
            return outcomes, found
        outcomes.append(found)
        assert not isinstance(found, Refused), found
    raise AssertionError(f"never done: {outcomes}")


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
    await world.until(lambda: "cknowledged" in shown(world, report)[0], "the card's new state")
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
    assert "cknowledged" in shown(world, report)[0]
    assert len([one for one in discord.calls() if one.status == 429]) == 4


async def test_a_wait_that_is_longer_than_the_library_waits_holds_its_own_kind_only(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    body, known = Body(text=say("Words.")), world.discord.channel(world.channel(report)).id
    world.discord.fault(once.POSTS, "limited", retry_after=600.0, where={"channel_id": known})
    assert await platform(world).deliver(Sending(Post("discord", world.channel(report), body), "post", 1, place=known)) == Later(600.0)
    direct = DirectMessage("discord", world.researcher.id, body)
    assert isinstance(await platform(world).deliver(Sending(direct, "direct", 1)), Done)
    world.discord.forget_calls()
    world.discord.fault(once.ROOMS, "limited", retry_after=600.0, scope="shared")
    waits = [await platform(world).deliver(Sending(OpenChannel("discord", f"triage-aiv-aaaa{one}", ()), f"open{one}", 1)) for one in range(3)]
    assert all(isinstance(one, Later) and 590 < one.after <= 600 for one in waits), waits
    assert len(world.discord.calls(once.ROOMS)) == 1, "who comes after hears it from the first"
    assert isinstance(await platform(world).deliver(Sending(direct, "direct again", 1)), Done)


# -- row 13: nobody knows whether it happened -----------------------------------------------------------------------

@pytest.mark.parametrize("kind", FAULTS)
async def test_what_may_have_happened_is_looked_up_before_it_is_done_again(world: DiscordWorld, kind: str) -> None:
    discord = world.discord
    discord.fault(once.POSTS, kind, 2)
    discord.fault(once.ROOMS, kind)  # the category
    discord.fault(once.ROOMS, kind, skip=2)  # a room
    discord.fault(once.DIRECT, kind)
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    discord.fault(once.EDITS, kind)
    discord.fault(once.POSTS, kind)
    await world.triager_sec.click(world.said(channel)[0], button(world.said(channel)[0], "Acknowledge"))
    await world.until(lambda: "cknowledged" in shown(world, report)[0], "the card's new state")
    guest = discord.add_person("guest")
    await until_done(world, Sending(DirectMessage("discord", guest.id, Body(text=say("Welcome."))), "welcome", 1))
    assert [one.words for one in world.told("guest")] == ["Welcome."]
    await all_once(world)
    assert {one.route for one in discord.calls() if one.fault} == {once.POSTS, once.ROOMS, once.EDITS, once.DIRECT}
    assert len([one for one in discord.channels("category") if one.name.startswith("triage")]) == 1
    assert len([one for one in discord.channels("text") if one.name == "triage-threads"]) == 1


@pytest.mark.slow
async def test_rosters_closings_and_erasures_are_done_whatever_is_known_of_them(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    discord, name = world.discord, world.channel(report)
    place = discord.channel(name).id
    for kind in ("lost", "503", "reset", "half", "500", "done"):
        repeated = kind in ("500", "done")  # by the library itself
        wanted = {"triager-sec", "lead", "owner" if kind in ("lost", "reset", "500") else "triager-ml"}
        discord.fault(once.ROSTERS, kind)
        roster = SetMembers("discord", name, tuple(discord.person(one).id for one in sorted(wanted)))
        outcomes, _ = await until_done(world, Sending(roster, f"roster {kind}", 1, place=place))
        assert [type(one) for one in outcomes] == ([] if repeated else [Unsure])
        assert once.people(discord.channel(name), discord) == wanted
        _, done = await until_done(world, Sending(Post("discord", name, Body(text=say("Passage."))), f"passage {kind}", 1, place=place))
        discord.fault(once.ERASES, kind)
        erase = Sending(Erase("discord", "passage", channel=name), f"erase {kind}", 1, ref=done.ref, place=place)
        await until_done(world, erase)
        await until_done(world, replace(erase, attempt=2))
        assert not any("Passage." in one for one in shown(world, report))
    discord.fault(once.ROSTERS, "lost")
    await until_done(world, Sending(CloseChannel("discord", name), "close", 1, place=place))
    assert not wanted & set(discord.channel(name).writable_by)
    assert wanted <= set(discord.channel(name).seen_by)


async def test_a_message_is_found_by_its_words_when_its_number_is_forgotten(world: DiscordWorld) -> None:
    """Discord keeps a number for some minutes, and shows none in its history."""
    report = await world.report()
    await world.settled()
    name = world.channel(report)
    place, card = world.discord.channel(name).id, world.said(name)[-1]
    same = Body(text=say("The same words, *twice* and `always` <@1> again."))
    _, first = await until_done(world, Sending(Post("discord", name, same), "first", 1, place=place))
    sending = Sending(Post("discord", name, same), "second", 1, place=place, after=first.ref)
    world.discord.fault(once.POSTS, "lost")
    assert isinstance(await platform(world).deliver(sending), Unsure)
    world.discord.advance(3600)  # the number is forgotten
    found = await platform(world).deliver(replace(sending, attempt=2))
    assert isinstance(found, Done)
    assert found.ref != first.ref
    assert len([one for one in world.said(name) if "The same words" in one.words]) == 2
    # What was never sent is sent, although the same words stand above.
    third = Sending(Post("discord", name, same), "third", 1, place=place, after=found.ref)
    world.discord.fault(once.POSTS, "reset")
    assert isinstance(await platform(world).deliver(third), Unsure)
    world.discord.advance(3600)
    assert isinstance(await platform(world).deliver(replace(third, attempt=2)), Done)
    assert len([one for one in world.said(name) if "The same words" in one.words]) == 3
    # A card with its embeds and buttons is found as well.
    assert card.embeds
    assert twice(world.discord) == []


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
        await world.until(lambda name=f"{kind}.png": name in [
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


async def test_an_answer_that_is_deferred_comes_once(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    for kind in ("lost", "reset", "503"):
        world.discord.fault("PATCH */messages/@original", kind)
    seen = await world.triager_sec.slash("vdp note", text="A note.", at=world.channel(report))
    assert seen.kind == "whisper"
    await all_once(world)


# -- row 14: never -------------------------------------------------------------------------------------------------

async def lose(world: DiscordWorld, what: str, report: str) -> None:
    """Take away where something is to be said."""
    discord, channel = world.discord, world.channel(report)
    match what:
        case "closed":
            await world.researcher.close_dms()
        case "blocked":
            await world.researcher.block()
        case "left":
            await world.researcher.leave_guild()
        case "deleted":
            discord.delete_channel(channel)
        case "hidden":
            discord.edit_overwrite(channel, "bot", deny=["view_channel"])
        case "mute":
            discord.edit_overwrite(channel, "bot", allow=["view_channel"], deny=["send_messages"])


@pytest.mark.parametrize(("what", "reason"), [
    ("closed", "dms_closed"), ("deleted", "channel_gone"),
    *(pytest.param(*one, marks=pytest.mark.slow) for one in (
        ("blocked", "dms_closed"), ("left", "dms_closed"), ("hidden", "no_access"), ("mute", "missing_permission"))),
])
async def test_what_can_never_be_said_is_told_to_the_operators_and_the_rest_goes_on(
    world: DiscordWorld, what: str, reason: str,
) -> None:
    report = await world.report()
    await world.moved(world.clock.now().replace(hour=10))
    await lose(world, what, report)
    await world.settled()
    if what in ("closed", "blocked", "left"):
        await world.triager_sec.slash("vdp acknowledge", at=world.channel(report))
    else:
        await world.researcher.dm("One thing more.")
    await died(world)
    assert {one for _, one in await dead(world)} == {reason}
    seen = await world.admin.slash("vdp upkeep dead-letters", at="desk")
    words = seen.message.words if seen.message else seen.text
    assert report in words
    assert REASONS[reason] in words
    await world.moved(world.clock.now() + timedelta(hours=1))
    await world.until(lambda: report in "".join(told(world, "admin")), "what the operators hear")
    if what == "deleted":
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
    await world.until(lambda: any("cknowledged" in one for one in shown(world, report)), "the card")
    await all_once(world)
    assert len([one for one in world.said(world.channel(report)) if one.buttons]) == 1


async def test_a_message_that_is_gone_is_not_edited_and_not_missed(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    name = world.channel(report)
    place = world.discord.channel(name).id
    _, done = await until_done(world, Sending(Post("discord", name, Body(text=say("Passage."))), "passage", 1, place=place))
    await world.admin.delete(world.said(name)[-1])
    edit = Edit("discord", "passage", Body(text=say("Better.")), channel=name)
    assert await platform(world).deliver(Sending(edit, "edit", 1, ref=done.ref, place=place)) == Refused("message_gone")
    assert isinstance(await platform(world).deliver(Sending(Erase("discord", "passage", channel=name), "erase", 1, ref=done.ref)), Done)


async def test_a_standing_channel_that_was_made_anew_is_found(world: DiscordWorld) -> None:
    post = Post("discord", "leadership", Body(text=say("Words for some.")))
    assert isinstance(await platform(world).deliver(Sending(post, "one", 1)), Done)
    world.discord.lose_events()
    world.discord.delete_channel("leadership")
    assert await platform(world).deliver(Sending(post, "two", 1)) == Refused("channel_gone")
    world.discord.create_channel("leadership", private=["leadership", "lead", "bot"])
    assert isinstance(await platform(world).deliver(Sending(post, "three", 1)), Done)
    world.discord.lose_events(False)
    assert [one.words for one in world.said("leadership")] == ["Words for some."]


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
    seen: Any = await world.admin.slash("vdp upkeep dead-letters", at="desk")
    words = (seen.message.words if seen.message else seen.text).replace("`", "")
    key = next(one for one in words.split() if one.endswith(("/channel:", "/channel"))).rstrip(":")
    await world.admin.slash("vdp upkeep revive", key=key, at="desk")
    await world.until(world.triage, "the channel")
    await world.until(lambda: world.said(world.triage()[0].name), "the card")
    await all_once(world)
