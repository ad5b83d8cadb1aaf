"""The stand-in's limits and faults: what goes wrong on demand, and how the real discord.py takes it."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.platforms.discord_house import logged_in, raw, refused
from tests.platforms.discord_standin import Standin

POST = "POST /channels/{channel_id}/messages"


async def test_five_messages_in_five_seconds_and_the_headers_say_so() -> None:
    async with raw(limits=True) as api:
        where, other = api.messages("general"), api.messages("dm")
        seen = [await api.post(where, {"content": str(i)}) for i in range(6)]
        assert [one.status for one in seen] == [200] * 5 + [429]
        assert [one.headers["X-RateLimit-Remaining"] for one in seen] == ["4", "3", "2", "1", "0", "0"]
        assert {one.headers["X-RateLimit-Limit"] for one in seen} == {"5"} and len({one.headers["X-RateLimit-Bucket"] for one in seen}) == 1
        last = seen[-1]
        assert 0 < last.body["retry_after"] <= 5 and last.headers["X-RateLimit-Scope"] == "user" and last.body["global"] is False
        assert last.headers["Retry-After"] and last.headers["Via"]
        assert (await api.post(other, {"content": "another channel"})).status == 200
        assert (await api.post(where, {"content": "early"})).status == 429
        assert [one.early for one in api.stand.calls("/messages")] == [False] * 7 + [True] and api.stand.invalid() == 2
        api.stand.advance(5)
        assert (await api.post(where, {"content": "x"})).status == 200
        assert len(api.stand.messages("general")) == 6


async def test_fifty_in_a_second_but_answers_to_interactions_are_free() -> None:
    async with raw(limits=True) as api:
        path = f"/channels/{api.stand.channel('general').id}"
        found = await asyncio.gather(*(api.get(path if i % 2 else "/users/@me") for i in range(60)))
        over = [one for one in found if one.status == 429]
        assert len(over) == 10 and all(one.headers["X-RateLimit-Scope"] == "global" and one.body["global"] for one in over)
        assert (await api.post("/interactions/1/x/callback", {"type": 4})).code == 10062
        assert (await api.get("/gateway")).status == 200


@pytest.mark.parametrize("kind", ["500", "502", "503", "504"])
async def test_a_server_that_fails_does_nothing(kind: str) -> None:
    async with raw() as api:
        api.stand.fault(POST, kind)
        assert (await api.post(api.messages("dm"), {"content": "x"})).status == int(kind)
        assert (await api.post(api.messages("dm"), {"content": "y"})).status == 200
        assert [one.text for one in api.stand.person("researcher").dms()] == ["y"]
        assert [one.fault for one in api.stand.calls(POST)] == [kind, ""]


@pytest.mark.parametrize(("kind", "done"), [("reset", False), ("lost", True), ("half", True)])
async def test_a_connection_that_breaks_leaves_the_result_unclear(kind: str, done: bool) -> None:
    async with raw() as api:
        api.stand.fault("POST */messages", kind)
        with pytest.raises(aiohttp.ClientError):
            await api.post(api.messages("dm"), {"content": "x"})
        assert bool(api.stand.person("researcher").dms()) is done


async def test_faults_are_counted_skipped_and_aimed() -> None:
    async with raw() as api:
        general, dm = api.messages("general"), api.messages("dm")
        api.stand.fault(POST, "503", times=2, skip=1, where={"channel_id": api.stand.channel("general").id})
        assert [(await api.post(general, {"content": "x"})).status for _ in range(4)] == [200, 503, 503, 200]
        api.stand.fault("POST", "error", status=403, code=50007, where={"content": "bad"})
        assert (await api.post(dm, {"content": "good"})).status == 200
        assert (await api.post(dm, {"content": "bad"})).code == 50007
        api.stand.fault("*", "limited", retry_after=0.01, scope="shared")
        told = await api.get("/users/@me")
        assert told.status == 429 and told.body["retry_after"] == 0.01 and not api.stand.calls()[-1].invalid
        api.stand.fault("*", "503", times=9)
        api.stand.clear_faults()
        assert (await api.get("/users/@me")).status == 200
        api.stand.fault(POST, "slow", seconds=0.02)
        assert (await api.post(dm, {"content": "late"})).status == 200
        with pytest.raises(ValueError, match="no such fault"):
            api.stand.fault("*", "earthquake")
        api.stand.forget_calls()
        assert api.stand.calls() == [] and api.stand.counts() == {}


@pytest.mark.parametrize(("kind", "done"), [("hang", False), ("mute", True)])
async def test_an_answer_that_never_comes(kind: str, done: bool) -> None:
    async with raw() as api:
        api.stand.fault(POST, kind)
        waiting = asyncio.create_task(api.post(api.messages("dm"), {"content": "x"}))
        await api.stand.until(lambda: api.stand.calls(POST) and api.stand.calls(POST)[0].fault)
        await asyncio.sleep(0.05)
        assert not waiting.done() and bool(api.stand.person("researcher").dms()) is done
        api.stand.clear_faults()
        with pytest.raises(aiohttp.ClientError):
            await waiting


async def test_files_go_wrong_as_well() -> None:
    async with raw() as api:
        url = (await api.stand.person("researcher").dm(files={"a.txt": b"abcdef"})).files[0]["url"]
        for kind, status in (("503", 503), ("error", 403)):
            api.stand.fault("GET cdn", kind)
            async with api.session.get(url) as answer:
                assert answer.status == status
        for kind in ("reset", "half"):
            api.stand.fault("GET cdn", kind, times=2)  # aiohttp repeats a GET that breaks on a connection it kept
            with pytest.raises(aiohttp.ClientError):
                async with api.session.get(url) as answer:
                    await answer.read()
            api.stand.clear_faults()
        async with api.session.get(url) as answer:
            assert await answer.read() == b"abcdef"


async def test_discord_py_repeats_with_the_same_nonce_and_posts_once() -> None:
    async with Standin.open(rate=50) as stand, logged_in(stand) as client:
        room = await client.direct("researcher")
        stand.fault(POST, "lost")
        with pytest.raises((aiohttp.ClientError, OSError)):
            await room.send("once", nonce="n")
        await room.send("once", nonce="n")
        assert [one.text for one in stand.person("researcher").dms()] == ["once"]
        stand.fault(POST, "limited", retry_after=0.01)
        await room.send("after a wait")
        assert [one.status for one in stand.calls(POST)] == [200, 200, 429, 200]
        stand.fault(POST, "503")
        assert (await refused(room.send("x"))).status == 503
        await stand.person("researcher").close_dms()
        closed = await refused(room.send("x"))
        assert (closed.status, closed.code) == (403, 50007)


async def test_discord_py_waits_for_the_headers() -> None:
    async with Standin.open(rate=100) as stand, logged_in(stand) as client:
        room = await client.direct("researcher")
        for i in range(11):
            await room.send(str(i))
        assert {one.status for one in stand.calls(POST)} == {200} and len(stand.person("researcher").dms()) == 11
        channel = client.get_partial_messageable(int(stand.channel("desk").id))
        assert isinstance(channel, discord.PartialMessageable)


async def test_a_fault_in_the_standin_itself_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="Traceback"):
        async with raw() as api:
            answer = await api.post(api.messages("general"), {"embeds": [{"title": "x", "footer": "not an object"}]})
            assert answer.status == 418
