"""The chat world without its web: deliveries, replay, order, clock."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.local import Local, WorldClock
from bot.platforms.local.clock import advanced, reached
from bot.platforms.port import Done, Facts, Refused, Sending, Upload
from commands.calls import FileRef, Incoming, Reply
from commands.effects import CloseChannel, DirectMessage, Edit, Effect, Erase, Post, SetMembers
from commands.text import Body, Button, Card, Image, link, say
from config.clock import ManualClock
from tests.platforms.local_house import START, EchoBot, card, house


def _sending(effect: Effect, key: str, attempt: int = 1, **more: object) -> Sending:
    return Sending(effect, key, attempt, **more)  # type: ignore[arg-type]


async def test_the_same_key_is_one_message_with_one_reference(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        first = await world.direct("researcher", "r/receipt", "Thank you.")
        again = await world.direct("researcher", "r/receipt", "Thank you.")
        both = await asyncio.gather(*(world.direct("researcher", "r/other", "Once.") for _ in range(5)))
        assert isinstance(first, Done) and first.ref and again == first
        assert len(set(both)) == 1
        assert [one["text"] for one in await world.messages("researcher", "dm-researcher")] == [
            "Thank you.",
            "Once.",
        ]


async def test_a_channel_has_exactly_the_roster_it_was_given(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        assert await world.channel("triage-a", "triager-sec", "triager-ml", "lead") == Done("triage-a")
        assert await world.local.look("triage-a") == Facts(
            True, False, True, ("triager-sec", "triager-ml", "lead")
        )
        new = SetMembers("local", "triage-a", ("owner", "lead"))
        assert await world.local.deliver(_sending(new, "m")) == Done("triage-a")
        assert (await world.local.look("triage-a")).members == ("owner", "lead")
        # Opened again by a late retry: what happened since stays.
        assert await world.channel("triage-a", "triager-sec") == Done("triage-a")
        assert (await world.local.look("triage-a")).members == ("owner", "lead")
        assert await world.local.look("triage-b") == Facts(exists=False)
        assert await world.local.look("dm-lead") == Facts(exists=False)


async def test_what_the_world_refuses_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        assert await world.channel("triage-a", "lead", "stranger") == Refused("unknown_person")
        assert not (await world.local.look("triage-a")).exists
        assert await world.channel("hall-of-fame", "lead") == Refused("name_taken")
        assert await world.channel("dm-lead", "lead") == Refused("name_taken")
        assert await world.posts("triage-a", "p", "words") == Refused("channel_gone")
        assert await world.posts("dm-lead", "p", "words") == Refused("channel_gone")
        assert await world.direct("stranger", "d", "words") == Refused("unknown_person")
        gone = Edit("local", "nothing", Body(say("x")), person="lead")
        assert await world.local.deliver(_sending(gone, "e")) == Refused("message_gone")
        assert await world.local.deliver(_sending(CloseChannel("local", "x"), "c")) == Refused("channel_gone")


async def test_closed_direct_messages_refuse_new_words_only(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        sent = await world.direct("researcher", "one", "first")
        await world.local.world.allow_direct("researcher", allowed=False)
        assert await world.direct("researcher", "two", "second") == Refused("dms_closed")
        assert await world.direct("researcher", "one", "first") == sent
        await world.local.world.allow_direct("researcher", allowed=True)
        assert isinstance(await world.direct("researcher", "two", "second"), Done)


async def test_an_archived_channel_takes_nothing_but_an_erasure(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        await world.channel("triage-a", "lead")
        posted = await world.posts("triage-a", "p", "secret words")
        for _ in range(2):
            assert await world.local.deliver(_sending(CloseChannel("local", "triage-a"), "c")) == Done(
                "triage-a"
            )
        archived = Refused("channel_archived")
        assert await world.posts("triage-a", "q", "more") == archived
        assert await world.posts("triage-a", "p", "secret words") == posted
        members = SetMembers("local", "triage-a", ("owner",))
        assert await world.local.deliver(_sending(members, "m")) == archived
        edit = Edit("local", "p", Body(say("other")), channel="triage-a")
        assert await world.local.deliver(_sending(edit, "e")) == archived
        assert [one["text"] for one in await world.messages("lead", "triage-a")] == ["secret words"]
        erase = Erase("local", "p", channel="triage-a")
        assert isinstance(await world.local.deliver(_sending(erase, "x")), Done)
        assert await world.messages("lead", "triage-a") == []


async def test_edits_find_their_message_by_key_or_reference_and_erasing_leaves_no_word(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as world:
        made = await world.posts("hall-of-fame", "fame", "Thanks to zyxwv-name")
        assert isinstance(made, Done)
        edit = Edit("local", "fame", Body(say("Thanks to somebody")), channel="hall-of-fame")
        assert await world.local.deliver(_sending(edit, "e1")) == made
        found = (await world.messages("owner", "hall-of-fame"))[0]
        assert (found["text"], found["edited"]) == ("Thanks to somebody", "2026-11-23T09:00:00.000Z")
        world.local.world.clock.offset = timedelta(hours=1)
        assert await world.local.deliver(_sending(edit, "e1", 2)) == made
        assert (await world.messages("owner", "hall-of-fame"))[0]["edited"] == "2026-11-23T09:00:00.000Z"
        by_ref = Edit("local", "unknown key", Body(say("Thanks")), channel="hall-of-fame")
        assert await world.local.deliver(_sending(by_ref, "e2", ref=made.ref)) == made
        for attempt in (1, 2):
            erase = Erase("local", "fame", channel="hall-of-fame")
            assert await world.local.deliver(_sending(erase, "x", attempt)) == made
        assert await world.messages("owner", "hall-of-fame") == []
        # The post is not made again by a late retry, and no page of the file holds the words.
        assert await world.posts("hall-of-fame", "fame", "Thanks to zyxwv-name") == made
        assert await world.messages("owner", "hall-of-fame") == []
        assert await world.local.deliver(_sending(edit, "e3")) == Refused("message_gone")
    kept = sqlite3.connect(tmp_path / "local.sqlite")
    kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept.close()
    assert b"zyxwv" not in (tmp_path / "local.sqlite").read_bytes()


async def test_pictures_and_files_follow_their_card(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        shown = Body(card=Card(say("Digest"), image=Image("digest", "three open", "{}")))
        first = Sending(
            Post("local", "leadership", shown),
            "d",
            1,
            files=(Upload("a.txt", b"abc"),),
            picture=Upload("d.png", b"P1", "alt"),
        )
        await world.local.deliver(first)
        one = (await world.messages("lead", "leadership"))[0]
        assert [file["name"] for file in one["files"]] == ["a.txt"]
        assert (one["alt"], one["card"]["image"]["file"]) == ("alt", one["picture"])
        edit = Edit("local", "d", shown, channel="leadership")
        await world.local.deliver(Sending(edit, "e", 1, files=(Upload("a.txt", b"abc"),), picture=Upload("d.png", b"P2", "alt 2")))
        two = (await world.messages("lead", "leadership"))[0]
        assert two["alt"] == "alt 2" and two["picture"] != one["picture"] and [file["name"] for file in two["files"]] == ["a.txt"]
        await world.local.deliver(_sending(edit, "e1"))  # nothing else changed: what is not sent any more goes
        less = (await world.messages("lead", "leadership"))[0]
        assert (less["files"], less["picture"]) == ([], two["picture"])
        bare = Edit("local", "d", Body(say("words")), channel="leadership")
        await world.local.deliver(_sending(bare, "e2"))
        three = (await world.messages("lead", "leadership"))[0]
        assert (three["picture"], three["card"], three["files"]) == (None, None, [])


async def test_messages_reach_the_bot_in_order_and_from_the_mark_after_a_restart(tmp_path: Path) -> None:
    bot = EchoBot()
    async with house(tmp_path, bot) as world:
        for number in range(5):
            await world.say("researcher", f"a{number}")
            await world.say("researcher-2", f"b{number}")
        await bot.hears(10)
        assert [t for t in bot.texts() if t[0] == "a"] == [f"a{n}" for n in range(5)]
        assert {one.conversation for one in bot.heard} == {"dm-researcher", "dm-researcher-2"}
        assert all(one.at == START and one.place == "dm" for one in bot.heard)
    # The bot recorded less than it was given, and somebody wrote while it was away.
    later = EchoBot(marks={"dm-researcher": bot.heard[[o.text for o in bot.heard].index("a2")].event})
    away = Local(tmp_path / "local.sqlite", system=ManualClock(START + timedelta(hours=3)))
    await away.world.open()
    place = await away.world.place("researcher", "dm")
    assert place is not None
    await away.world.say(place, "researcher", "while away", [])
    await away.world.close()
    async with house(tmp_path, later) as world:
        await world.say("researcher", "after")
        await later.hears(9)
        assert [one.text for one in later.heard if one.person == "researcher"] == [
            "a3",
            "a4",
            "while away",
            "after",
        ]
        assert [one.text for one in later.heard if one.person == "researcher-2"] == [
            f"b{n}" for n in range(5)
        ]
        assert next(one.at for one in later.heard if one.text == "while away") == START + timedelta(hours=3)


async def test_a_message_that_could_not_be_recorded_keeps_its_place_and_holds_up_nobody_else(
    tmp_path: Path,
) -> None:
    bot = EchoBot()
    troubles = [OSError("disk full"), OSError("disk full")]

    async def full(incoming: Incoming) -> Reply:
        if incoming.text == "first" and troubles:
            raise troubles.pop()
        return await bot.handle(incoming)

    local = Local(tmp_path / "local.sqlite", system=ManualClock(START))
    await local.world.open()
    for who, text in (("researcher", "first"), ("researcher", "second"), ("owner", "other")):
        place = await local.world.place(who, "dm")
        assert place is not None
        await local.world.say(place, who, text, [])
    listening = asyncio.create_task(local.receive(full, bot.mark))
    await bot.hears(3)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    assert bot.texts() == ["other", "first", "second"]
    assert local.listener.handle is None
    await local.close()


async def test_files_are_fetched_up_to_the_limit(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        await world.say("researcher", "", report=b"0123456789")
        await world.bot.hears(1)
        file = world.bot.heard[0].files[0]
        assert (file.name, file.size) == ("report", 10)
        assert await world.local.fetch(file, 100) == b"0123456789"
        assert await world.local.fetch(file, 4) == b"01234"
        with pytest.raises(FileNotFoundError):
            await world.local.fetch(FileRef("999", "x", 1), 4)


async def test_the_clock_survives_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        await world.post("/api/clock", advance="1d 2h")
        await world.channel("triage-a", "lead")
    async with house(tmp_path) as world:
        assert world.local.clock.now() == START + timedelta(hours=26)
        await world.posts("triage-a", "p", "later")
        assert (await world.messages("lead", "triage-a"))[0]["at"] == "2026-11-24T11:00:00.000Z"


def test_how_far_the_clock_moves_is_read_strictly() -> None:
    assert advanced(START, "25h") == START + timedelta(hours=25)
    assert advanced(START, " 1d 2H30m ") == START + timedelta(days=1, hours=2, minutes=30)
    assert reached(START, "2026-12-01T10:00:00+01:00").isoformat() == "2026-12-01T09:00:00+00:00"
    for wrong in ("", "h", "-1h", "1.5h", "1 h", "1y", "999999d", "1h; 2h", "٣h"):
        with pytest.raises(ValueError):
            advanced(START, wrong)
    for wrong in ("", "soon", "2026-12-01T09:00:00", "2026-11-23T08:59:59Z", "9999-12-31T23:59:59-23:00"):
        with pytest.raises(ValueError):
            reached(START, wrong)
    clock = WorldClock(ManualClock(START, rate=10))
    assert clock.now() == START and clock.real(5) == 0.5


async def test_what_is_shown_is_visible_and_links_lead_to_the_web_only(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        words = say(
            "a\u202eb\x1b[31m", link("bad", "javascript:alert(1)"), link("good", "https://example.org/x")
        )
        body = Body(words, card=Card(say("t\u200b"), buttons=(Button("queue", "Que\u202eue"),)))
        await world.direct("researcher", "k", body)
        await world.say("researcher", "x\u202ey")
        bot, mine = await world.messages("researcher", "dm-researcher")
        assert bot["spans"] == [
            ["a\\u202eb\\u001b[31m", "plain", ""],
            ["bad", "plain", ""],
            ["good", "link", "https://example.org/x"],
        ]
        assert (bot["card"]["title"], bot["card"]["buttons"][0]["label"]) == ("t\\u200b", "Que\\u202eue")
        assert mine["text"] == "x\\u202ey"
        await world.bot.hears(1)
        assert world.bot.heard[0].text == "x\u202ey"
        assert "\u202e" not in json.dumps([bot, mine], ensure_ascii=False)


async def test_the_file_is_for_its_owner_and_refuses_another_format(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "local.sqlite"
    local = Local(path, system=ManualClock(START))
    await local.open()
    assert path.stat().st_mode & 0o777 == 0o600
    await local.deliver(_sending(DirectMessage("local", "lead", card()), "k"))
    await local.deliver(_sending(Post("local", "leadership", card()), "k2"))
    await local.close()
    await local.close()
    kept = sqlite3.connect(path)
    kept.execute("PRAGMA user_version = 99")
    kept.close()
    with pytest.raises(ValueError):
        await Local(path).open()


def test_only_this_machine_is_listened_on(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):  # noqa: S104
        with pytest.raises(ValueError):
            Local(tmp_path / "local.sqlite", host=host)


async def test_a_busy_port_is_an_error_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        other = Local(tmp_path / "other.sqlite", port=world.local.port)
        with pytest.raises(OSError):
            await other.open()


async def test_answers_are_not_held_back_to_wait_for_more(tmp_path: Path) -> None:
    local = Local(tmp_path / "local.sqlite")
    await local.open()
    # Without this asyncio leaves Nagle's wait on, and each answer costs 40 ms more.
    assert local._socket is not None and local._socket.proto == socket.IPPROTO_TCP
    await local.close()
