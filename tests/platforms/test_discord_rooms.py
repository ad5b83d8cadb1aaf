"""Rooms on a strict Discord whose categories and server are small: where reports go when they are full, and who sees them there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.port import Done, Facts, Later, Refused, Sending
from commands.effects import CloseChannel, Edit, Erase, OpenChannel, Post, ReopenChannel, SetMembers
from commands.text import Body, say
from tests.discord_world import DiscordWorld
from tests.platforms import discord_once as once
from tests.platforms.discord_once import Lives, all_once, people, private, shown
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_working import RATE, STAFF, WORDS, Rooms, full, working


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    async with Standin.open(rate=RATE) as discord, working(discord) as found:
        yield found


async def looked(rooms: Rooms, channel: str) -> Facts:
    found = await rooms.platform.look(channel)
    return replace(found, members=tuple(sorted(found.members)))


# -- channels ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", [50035, 30013])
async def test_a_full_category_is_followed_by_the_next_and_a_full_server_by_threads(rooms: Rooms, code: int) -> None:
    rooms.discord.caps(per_category=3, category_code=code)
    for number in range(7):
        assert (await rooms.open(f"{number:05}")).kind == "text"
    assert rooms.categories() == {"triage": 3, "triage 2": 3, "triage 3": 1}
    full(rooms, more=2)
    for number in range(7, 9):
        assert (await rooms.open(f"{number:05}")).parent == "triage 3"
    rooms.discord.forget_calls()
    for number in range(9, 13):
        made = await rooms.open(f"{number:05}")
        assert (made.kind, made.parent, made.invitable) == ("private_thread", "triage-threads", False)
    assert len([one for one in rooms.discord.calls(once.ROOMS) if one.code]) == 4, "what is full is found out once"
    parent = rooms.discord.channel("triage-threads")
    assert not {"outsider", "researcher"} & set(parent.seen_by)
    assert set(STAFF) <= set(parent.seen_by)
    assert not set(STAFF) & set(parent.writable_by)
    assert rooms.discord.invalid() == 0


async def test_a_category_that_takes_the_last_place_is_no_way_out(rooms: Rooms) -> None:
    rooms.discord.caps(per_category=1)
    await rooms.open("00000")
    full(rooms, more=1)
    assert (await rooms.open("00001")).kind == "private_thread"
    assert (await rooms.open("00002")).kind == "private_thread"


async def test_a_category_or_parent_that_somebody_removed_is_made_again(rooms: Rooms) -> None:
    await rooms.open("00000")
    rooms.discord.delete_channel("triage")
    assert (await rooms.open("00001")).parent == "triage"
    full(rooms, more=1)
    assert (await rooms.open("00002")).kind == "text"
    assert (await rooms.open("00003")).kind == "private_thread"
    rooms.discord.delete_channel("triage-threads")
    assert (await rooms.open("00004")).kind == "private_thread"
    assert (await rooms.does(Post("discord", "triage-aiv-00003", WORDS))) == Refused("channel_gone")


async def test_a_room_is_never_made_twice(rooms: Rooms) -> None:
    for threads in (False, True):
        if threads:
            full(rooms)
        for kind in ("lost", "half", "503", "504", "done", "reset"):
            rooms.discord.fault(once.THREADS if threads else once.ROOMS, kind)
            if threads:
                rooms.discord.fault(once.JOINS, kind if kind not in ("504", "done") else "lost", skip=1)
            await rooms.open(f"{kind[:4]}{int(threads)}")
    assert len({one.name for one in rooms.discord.channels()}) == len(rooms.discord.channels())


async def test_only_what_we_made_is_taken_for_ours(rooms: Rooms) -> None:
    """Anybody can open a thread, and whoever may make channels can give them any name."""
    rooms.discord.create_channel("triage-aiv-00000")
    rooms.discord.fault(once.ROOMS, "reset", times=3)
    for _ in range(4):
        found = await rooms.does(OpenChannel("discord", "triage-aiv-00000", rooms.accounts("lead")))
    assert isinstance(found, Done)
    assert found.ref != rooms.discord.channels("text")[-2].id
    made = next(one for one in rooms.discord.channels() if one.id == found.ref)
    assert private(made, rooms.discord)
    assert isinstance(await rooms.does(Post("discord", "triage-aiv-00000", WORDS)), Done)
    assert len(rooms.discord.messages(made)) == 1


async def test_rosters_change_and_rooms_close_in_channels_as_in_threads(rooms: Rooms) -> None:
    for name in ("00000", "00001"):
        room = await rooms.open(name)
        channel = room.name
        for roster in (("lead",), ("lead", "owner", "triager-ml"), ("owner",)):
            assert isinstance(await rooms.does(SetMembers("discord", channel, rooms.accounts(*roster))), Done)
            assert people(rooms.room(name), rooms.discord) == set(roster)
            assert await looked(rooms, channel) == Facts(exists=True, members=tuple(sorted(rooms.accounts(*roster))))
        assert isinstance(await rooms.does(CloseChannel("discord", channel)), Done)
        assert isinstance(await rooms.does(CloseChannel("discord", channel)), Done), "again changes nothing"
        found = rooms.room(name)
        assert "owner" in found.seen_by
        if found.kind == "text":
            assert "owner" not in found.writable_by
        else:
            assert (found.archived, found.locked) == (True, True)
        assert (await rooms.platform.look(channel)).archived
        for _ in range(2):
            assert isinstance(await rooms.does(ReopenChannel("discord", channel, rooms.accounts("owner", "lead"))), Done)
        assert await looked(rooms, channel) == Facts(exists=True, members=tuple(sorted(rooms.accounts("owner", "lead"))))
        again = rooms.room(name)
        assert people(again, rooms.discord) == {"owner", "lead"}
        assert {"owner", "lead"} <= set(again.writable_by) if again.kind == "text" else (again.archived, again.locked) == (False, False)
        assert isinstance(await rooms.does(CloseChannel("discord", channel, remove=True)), Done)
        assert isinstance(await rooms.does(CloseChannel("discord", channel, remove=True)), Done)
        assert await rooms.platform.look(channel) == Facts(exists=False)
        full(rooms)


# -- threads -------------------------------------------------------------------------------------------------------

async def test_somebody_of_the_roster_who_left_keeps_nobody_out(rooms: Rooms) -> None:
    await rooms.open("00000")
    full(rooms)
    await rooms.discord.person("triager-ml").leave_guild()
    effect = OpenChannel("discord", "triage-aiv-00001", rooms.accounts(*STAFF))
    assert isinstance(await rooms.does(effect), Done)
    assert people(rooms.room("00001"), rooms.discord) == {"triager-sec", "lead"}
    rooms.discord.edit_overwrite("triage-threads", "lead", remove=True)
    assert isinstance(await rooms.does(OpenChannel("discord", "triage-aiv-00002", rooms.accounts("lead"))), Done)
    assert people(rooms.room("00002"), rooms.discord) == {"lead"}, "they were let see the parent again"


async def test_when_no_more_threads_fit_a_report_waits_and_nobody_is_asked_again_and_again(rooms: Rooms) -> None:
    await rooms.open("00000")
    full(rooms)
    first = await rooms.open("00001")
    rooms.discord.caps(active_threads=1)
    rooms.discord.forget_calls()
    effects = [OpenChannel("discord", f"triage-aiv-{number:05}", rooms.accounts("lead")) for number in range(2, 6)]
    for effect in effects:
        found = await rooms.does(effect)
        assert isinstance(found, Later), found
    assert len(rooms.discord.calls(once.THREADS)) == 1
    assert isinstance(await rooms.does(CloseChannel("discord", first.name)), Done)
    rooms.discord.caps(active_threads=10)
    await rooms.discord.until(lambda: rooms.platform.capacity.wait() == 0, what="the end of the wait")
    for effect in effects:
        assert isinstance(await rooms.does(effect), Done)


async def test_a_window_that_is_used_up_for_minutes_is_kept_without_asking() -> None:
    """The library would wait for it silently; the last call of such a window is left."""
    async with Standin.open() as discord, working(discord, 1.0) as rooms:  # in real time: fifty threads in five minutes
        await rooms.open("00000")
        full(rooms)
        for number in range(1, 54):
            found = await rooms.does(OpenChannel("discord", f"triage-aiv-{number:05}", ()))
            assert isinstance(found, Done if number <= 49 else Later), (number, found)
        assert isinstance(found, Later)
        assert 200 < found.after <= 300
        assert len(discord.calls(once.THREADS)) == 49
        assert discord.invalid() == 0


async def test_a_thread_that_was_archived_by_hand_or_by_rest_takes_everything(rooms: Rooms) -> None:
    await rooms.open("00000")
    full(rooms)
    thread = await rooms.open("00001")
    card = await rooms.does(Post("discord", thread.name, WORDS))
    assert isinstance(card, Done)
    edit = Edit("discord", "card", Body(text=say("Better words.")), channel=thread.name)
    effects = (SetMembers("discord", thread.name, rooms.accounts("owner", "lead")), edit,
               Erase("discord", "card", channel=thread.name), Post("discord", thread.name, Body(text=say("Other words."))))
    for locked in (False, True):
        card = await rooms.does(Post("discord", thread.name, Body(text=say(f"A card, {locked}."))))
        assert isinstance(card, Done)
        for effect in effects:
            rooms.discord.edit_thread(thread.name, archived=True, locked=locked)
            ref = card.ref if effect.kind in ("edit", "erase") else ""
            assert isinstance(await rooms.does(effect, ref=ref), Done), effect
            found = rooms.room("00001")
            assert (found.archived, found.locked) == (locked, locked), "one that was closed is closed again"
        rooms.discord.edit_thread(thread.name, archived=False, locked=False)
    rooms.discord.edit_thread(thread.name, archived=True)
    assert isinstance(await rooms.does(CloseChannel("discord", thread.name)), Done)
    found = rooms.room("00001")
    assert (found.archived, found.locked) == (True, True)
    assert people(found, rooms.discord) == {"owner", "lead"}


async def test_a_process_that_begins_anew_knows_the_threads_of_the_last(rooms: Rooms) -> None:
    discord = rooms.discord
    await rooms.open("00000")
    full(rooms)
    for number in range(1, 4):
        await rooms.open(f"{number:05}")
    assert isinstance(await rooms.does(CloseChannel("discord", "triage-aiv-00002")), Done)
    discord.edit_thread("triage-aiv-00003", archived=True)
    async with working(discord) as anew:
        for number in range(4):
            found = await looked(anew, f"triage-aiv-{number:05}")
            assert found == Facts(exists=True, archived=number == 2, members=tuple(sorted(rooms.accounts(*STAFF)))), number
        assert (await anew.platform.look("triage-aiv-99999")) == Facts(exists=False)
        for number in (1, 3):
            assert isinstance(await anew.does(Post("discord", f"triage-aiv-{number:05}", WORDS)), Done)
        discord.edit_thread("triage-aiv-00003", archived=True)
        for number in (1, 3):  # openings that nobody knows the end of
            effect = OpenChannel("discord", f"triage-aiv-{number:05}", rooms.accounts(*STAFF))
            assert await anew.platform.deliver(Sending(effect, "open", 2)) == Done(rooms.places[effect.channel])
        assert len(discord.threads()) == 3


# -- the whole bot -------------------------------------------------------------------------------------------------

@pytest.mark.slow
async def test_a_report_in_a_thread_lives_as_one_in_a_channel(tmp_path: Path) -> None:
    async with Lives.begun(tmp_path, rate=20.0) as lives:
        discord = lives.discord
        async with lives.life() as world:
            first = await world.report()
            await world.settled()
            discord.caps(per_guild=1)
            second = await world.report("outsider", "Title: Another\n\nIn a thread.")
            await all_once(world, reports=2)
            assert discord.channel(world.channel(second)).kind == "private_thread"
        async with lives.life() as world:
            seen = await world.triager_sec.slash("vdp acknowledge", at=world.channel(second))
            assert seen.kind in ("whisper", "modal", "updated"), seen
            await world.until(lambda: "in triage" in shown(world, second)[0], "the card's new state")
            discord.edit_thread(world.channel(second), archived=True)
            await world.outsider.dm("Thought 0.")
            await world.until(lambda: "Thought 0." in shown(world, second)[-1], "the words in the thread")
            await world.settled()
            discord.edit_thread(world.channel(second), archived=True)
        async with lives.life() as world:
            assert discord.channel(world.channel(second)).archived
            seen = await world.triager_ml.slash("vdp note", text="From the archive.", at=world.channel(second))
            assert seen.kind == "whisper", seen
            await world.until(lambda: "From the archive." in shown(world, second)[-1], "the note")
            await _closed(world, second)
            await _closed(world, first)
            await all_once(world, reports=2)


async def _closed(world: DiscordWorld, report: str) -> None:
    done = await world.triager_sec.slash("vdp close-without-fix", reason="informative", text="We know it.", at=world.channel(report))
    if done.modal is not None:
        await world.triager_sec.submit(done.modal, {"text": "We know it."})
    await world.settled()
    await world.moved(world.clock.now() + timedelta(days=1))
