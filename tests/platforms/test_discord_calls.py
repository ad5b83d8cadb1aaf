"""Calls that fail in every way, one delivery after the other: what comes of them on a strict Discord, and what a lane hears."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.platforms.port import Done, Later, Outcome, Refused, Unsure
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, SetMembers
from commands.text import Body, say
from tests.platforms import discord_once as once
from tests.platforms.discord_once import people, twice
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_working import RATE, STAFF, WORDS, Rooms, full, working

NAME = "triage-aiv-00000"
UNCLEAR = ("lost", "half", "reset", "503")
REPEATED = ("done",)  # by the library itself, a second later


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    async with Standin.open(rate=RATE) as discord, working(discord) as found:
        await found.open("00000")
        yield found


def body(text: str) -> Body:
    return Body(text=say(text))


def standing(rooms: Rooms, channel: str = NAME) -> list[str]:
    """Return what the bot's messages in a channel say."""
    return [one.words for one in rooms.discord.messages(channel)]


@pytest.mark.parametrize("kind", [*UNCLEAR, *(pytest.param(one, marks=pytest.mark.slow) for one in REPEATED)])
async def test_whatever_is_known_of_a_call_it_is_performed_once(rooms: Rooms, kind: str) -> None:
    discord = rooms.discord
    unclear: list[type[Outcome]] = [] if kind in REPEATED else [Unsure]

    def kinds(outcomes: list[Outcome]) -> list[type[Outcome]]:
        return [type(one) for one in outcomes]

    discord.fault(once.POSTS, kind)
    outcomes, done = await rooms.until_done(Post("discord", NAME, body("Thought 0.")))
    assert kinds(outcomes) == unclear
    assert standing(rooms) == ["Thought 0."]
    guest = discord.add_person("guest")
    discord.fault(once.DIRECT, kind)
    discord.fault(once.POSTS, kind)
    outcomes, _ = await rooms.until_done(DirectMessage("discord", guest.id, body("Welcome.")))
    assert kinds(outcomes) == unclear * 2
    assert [one.words for one in guest.dms()] == ["Welcome."]
    discord.fault(once.EDITS, kind)
    outcomes, _ = await rooms.until_done(Edit("discord", "card", body("Thought 1."), channel=NAME), ref=done.ref)
    assert kinds(outcomes) == unclear
    assert standing(rooms) == ["Thought 1."]
    discord.fault(once.ERASES, kind, 1 + len(unclear))  # a connection that breaks under a request that may be repeated is tried at once again
    await rooms.until_done(Erase("discord", "card", channel=NAME), ref=done.ref)
    assert standing(rooms) == []
    if kind in REPEATED:
        assert twice(discord) == []
        return
    discord.fault(once.ROSTERS, kind)
    outcomes, _ = await rooms.until_done(SetMembers("discord", NAME, rooms.accounts("lead", "owner")))
    assert kinds(outcomes) == unclear
    assert people(rooms.room("00000"), discord) == {"lead", "owner"}
    discord.fault(once.ROSTERS, kind)
    outcomes, _ = await rooms.until_done(CloseChannel("discord", NAME))
    assert kinds(outcomes) == unclear
    assert not {"lead", "owner"} & set(rooms.room("00000").writable_by)
    assert {"lead", "owner"} <= set(rooms.room("00000").seen_by)
    assert twice(discord) == []


async def test_a_message_is_found_by_its_words_when_its_number_is_forgotten(rooms: Rooms) -> None:
    """Discord keeps a number for some minutes, and shows none in its history."""
    words = "The same words, *twice* and `always` <@1> again."
    _, first = await rooms.until_done(Post("discord", NAME, body(words)))
    same = Post("discord", NAME, body(words))
    rooms.discord.fault(once.POSTS, "lost")
    assert isinstance(await rooms.does(same, after=first.ref, again="second"), Unsure)
    rooms.discord.advance(3600)  # the number is forgotten
    second = await rooms.does(same, after=first.ref, again="second")
    assert isinstance(second, Done)
    assert second.ref != first.ref
    assert len(standing(rooms)) == 2
    # What was never sent is sent, although the same words stand above.
    rooms.discord.fault(once.POSTS, "reset")
    assert isinstance(await rooms.does(same, after=second.ref, again="third"), Unsure)
    rooms.discord.advance(3600)
    assert isinstance(await rooms.does(same, after=second.ref, again="third"), Done)
    assert len(standing(rooms)) == 3


async def test_a_message_is_found_by_its_number_where_history_shows_it() -> None:
    async with Standin.open(rate=RATE, nonce_in_history=True) as discord, working(discord) as rooms:
        await rooms.open("00000")
        for kind in UNCLEAR:
            discord.fault(once.POSTS, kind)
            await rooms.until_done(Post("discord", NAME, body(f"Words, {kind}.")))
            discord.advance(3600)
        assert standing(rooms) == [f"Words, {kind}." for kind in UNCLEAR]


async def test_a_long_wait_holds_its_own_kind_only(rooms: Rooms) -> None:
    room, direct = rooms.room("00000"), DirectMessage("discord", rooms.accounts("researcher")[0], WORDS)
    rooms.discord.fault(once.POSTS, "limited", retry_after=600.0, where={"channel_id": room.id})
    rooms.discord.forget_calls()
    assert await rooms.does(Post("discord", NAME, WORDS)) == Later(600.0)
    again = await rooms.does(Post("discord", NAME, WORDS))
    assert isinstance(again, Later)
    assert 590 < again.after < 600
    assert isinstance(await rooms.does(direct), Done)
    assert len(rooms.discord.calls(once.POSTS)) == 2, "it is not asked before its time"
    rooms.discord.fault(once.ROOMS, "limited", retry_after=600.0, scope="shared")
    waits = [await rooms.does(OpenChannel("discord", f"triage-aiv-aaaa{one}", ())) for one in range(3)]
    assert all(isinstance(one, Later) and 590 < one.after <= 600 for one in waits), waits
    assert len(rooms.discord.calls(once.ROOMS)) == 1, "who comes after hears it from the first"
    assert isinstance(await rooms.does(direct, again="more"), Done)
    rooms.discord.fault("*", "limited", retry_after=600.0, scope="global")
    assert await rooms.does(direct, again="much more") == Later(600.0)
    rooms.discord.forget_calls()
    assert isinstance(await rooms.does(direct, again="very much more"), Later)
    assert rooms.discord.calls() == []


async def test_what_discord_refuses_for_good_has_a_name_and_is_asked_once(rooms: Rooms, caplog: pytest.LogCaptureFixture) -> None:
    discord, who = rooms.discord, rooms.discord.person("outsider")
    direct, post = DirectMessage("discord", who.id, WORDS), Post("discord", NAME, WORDS)
    assert isinstance(await rooms.does(direct), Done)
    discord.forget_calls()
    await who.close_dms()
    assert await rooms.does(direct, again="closed") == Refused("dms_closed")
    await who.close_dms(closed=False)
    await who.block()
    assert await rooms.does(direct, again="blocked") == Refused("dms_closed")
    await who.block(blocked=False)
    await who.leave_guild()
    assert await rooms.does(direct, again="left") == Refused("dms_closed")
    await who.join()
    assert isinstance(await rooms.does(direct, again="back"), Done)
    for person in ("1", "nobody"):
        assert await rooms.does(DirectMessage("discord", person, WORDS)) == Refused("unknown_person")
    assert "does not let" not in caplog.text
    discord.edit_overwrite(NAME, "bot", allow=["view_channel"], deny=["send_messages"])
    assert await rooms.does(post, again="mute") == Refused("missing_permission")
    discord.edit_overwrite(NAME, "bot", deny=["view_channel"])
    assert await rooms.does(post, again="hidden") == Refused("no_access")
    assert caplog.text.count("does not let the bot do that: post") == 2
    discord.delete_channel(NAME)
    assert await rooms.does(post, again="deleted") == Refused("channel_gone")
    discord.permissions(remove=["manage_channels"])
    assert await rooms.does(OpenChannel("discord", "triage-aiv-11111", ())) == Refused("missing_permission")
    assert discord.invalid() == 6


async def test_a_message_that_is_gone_is_not_edited_and_not_missed(rooms: Rooms) -> None:
    _, done = await rooms.until_done(Post("discord", NAME, WORDS))
    await rooms.discord.person("admin").delete(rooms.discord.messages(NAME)[0])
    assert await rooms.does(Edit("discord", "card", WORDS, channel=NAME), ref=done.ref) == Refused("message_gone")
    assert isinstance(await rooms.does(Erase("discord", "card", channel=NAME), ref=done.ref), Done)
    assert await rooms.does(Edit("discord", "card", WORDS, channel=NAME), ref="") == Refused("message_gone")


async def test_a_standing_channel_that_was_made_anew_is_found(rooms: Rooms) -> None:
    rooms.discord.create_channel("leadership", private=["leadership", "lead", "bot"])
    post = Post("discord", "leadership", WORDS)
    assert isinstance(await rooms.does(post), Done)
    rooms.discord.delete_channel("leadership")
    assert await rooms.does(post, again="two") == Refused("channel_gone")
    rooms.discord.create_channel("leadership", private=["leadership", "lead", "bot"])
    assert isinstance(await rooms.does(post, again="three"), Done)
    rooms.discord.delete_channel("leadership")
    rooms.discord.create_channel("leadership", private=["leadership", "lead", "bot"])
    assert isinstance(await rooms.does(post, again="four"), Done)
    assert standing(rooms, "leadership") == ["Words."]


async def test_in_a_thread_calls_are_performed_once_as_well(rooms: Rooms) -> None:
    full(rooms)
    await rooms.open("00001")
    name = "triage-aiv-00001"
    for kind in UNCLEAR:
        rooms.discord.fault(once.POSTS, kind)
        await rooms.until_done(Post("discord", name, body(f"Words, {kind}.")))
        for route in (once.JOINS, "DELETE /channels/{channel_id}/thread-members/{user_id}", "PUT /channels/{channel_id}/permissions/{target}"):
            rooms.discord.fault(route, kind, 2)
        await rooms.until_done(SetMembers("discord", name, rooms.accounts("lead", "owner")))
        assert people(rooms.room("00001"), rooms.discord) == {"lead", "owner"}
        rooms.discord.clear_faults()
        await rooms.until_done(SetMembers("discord", name, rooms.accounts(*STAFF)))
        rooms.tries.clear()
        rooms.discord.fault(once.ROSTERS, kind)
        await rooms.until_done(CloseChannel("discord", name))
        assert (rooms.room("00001").archived, rooms.room("00001").locked) == (True, True)
        rooms.discord.edit_thread(name, archived=False, locked=False)
        rooms.tries.clear()
    assert standing(rooms, name) == [f"Words, {kind}." for kind in UNCLEAR]
