"""The stand-in's gateway with the real discord.py, and where that would hide something, with a bare WebSocket."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from config.clock import ManualClock
from tests.platforms.discord_house import intents, logged_in, online, talking
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.control import Discord
from tests.world import MONDAY

Json = dict[str, Any]


class Bare:
    """A WebSocket at the gateway that does only what a test says."""

    def __init__(self, stand: Discord, link: aiohttp.ClientWebSocketResponse) -> None:
        self.stand, self.link = stand, link
        self._unzip = zlib.decompressobj()

    async def hear(self, kind: str = "") -> Json:
        """The next message, or the next event of a kind."""
        while True:
            message = await self.link.receive(timeout=5)
            assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, (message, self.link.close_code)
            if message.type is aiohttp.WSMsgType.BINARY:
                assert message.data.endswith(b"\x00\x00\xff\xff")
                found: Json = json.loads(self._unzip.decompress(message.data))
            else:
                found = json.loads(message.data)
            if kind in {"", found["t"]}:
                return found

    async def say(self, op: int, data: Any) -> None:
        await self.link.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, intents: int = 4097, token: str = "") -> None:
        await self.say(2, {"token": token or self.stand.token, "intents": intents, "properties": {}})

    async def closed(self) -> int:
        """The code with which the gateway closes."""
        while (await self.link.receive(timeout=5)).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            pass
        assert self.link.close_code is not None
        return self.link.close_code


@asynccontextmanager
async def bare(stand: Discord, query: str = "?v=10&encoding=json") -> AsyncIterator[Bare]:
    async with aiohttp.ClientSession() as session, session.ws_connect(stand.gateway_url + query) as link:
        found = Bare(stand, link)
        assert (await found.hear())["op"] == 10
        yield found


@pytest.mark.parametrize("query", ["?v=10&encoding=json", "?v=10&encoding=json&compress=zlib-stream"])
async def test_hello_ready_and_the_guild(query: str) -> None:
    async with Standin.open() as stand, bare(stand, query) as link:
        await link.identify()
        ready = await link.hear()
        assert (ready["op"], ready["s"], ready["t"]) == (0, 1, "READY")
        assert ready["d"]["guilds"] == [{"id": stand.guild_id, "unavailable": True}] and ready["d"]["resume_gateway_url"] == stand.gateway_url
        guild = await link.hear()
        assert guild["s"] == 2 and guild["t"] == "GUILD_CREATE" and {one["name"] for one in guild["d"]["channels"]} >= {"general", "desk"}
        assert all("position" in one for one in guild["d"]["channels"]) and len(guild["d"]["members"]) == 1
        await link.say(1, 2)
        assert (await link.hear())["op"] == 11
        await stand.person("researcher").dm("hello")
        assert (await link.hear())["d"]["content"] == "hello"


async def test_close_codes_for_every_mistake() -> None:
    async with Standin.open() as stand:
        for intents_, token, code in ((4097, "wrong", 4004), (4097 | 1 << 15, "", 4014), (1 << 60, "", 4013)):
            async with bare(stand) as link:
                await link.identify(intents_, token)
                assert await link.closed() == code
        async with bare(stand) as link:
            await link.say(4, {})
            assert await link.closed() == 4003
        async with bare(stand) as link:
            await link.identify()
            await link.identify()
            assert await link.closed() == 4005
        async with bare(stand) as link:
            await link.link.send_str("{")
            assert await link.closed() == 4002
        async with bare(stand) as link:
            await link.say(2, {"token": "x" * 5000})
            assert await link.closed() == 4002
        async with bare(stand) as link:
            await link.identify()
            for _ in range(121):
                await link.say(3, {})
            assert await link.closed() == 4008
        stand.refuse_handshakes()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with bare(stand):
                pass
        assert stand.gateway()["refused"] == 1 and stand.approve(message_content=True) == ["message_content"]
        async with bare(stand) as link:
            await link.identify(4097 | 1 << 15)
            assert (await link.hear())["t"] == "READY"


async def test_a_session_is_resumed_with_what_it_missed_or_not_at_all() -> None:
    clock = ManualClock(MONDAY)
    async with Standin.open(now=clock.now) as stand:
        who = stand.person("researcher")
        async with bare(stand) as link:
            await link.identify()
            session = (await link.hear("READY"))["d"]["session_id"]
        ended = {"token": stand.token, "session_id": session, "seq": 2}
        async with bare(stand) as link:
            await link.say(6, ended)  # the client said goodbye with 1000
            assert (await link.hear())["op"] == 9
            await link.identify()
            session = (await link.hear("READY"))["d"]["session_id"]
            await link.link.close(code=4000)
        await who.dm("one")
        await who.dm("two")
        assert [one.state for one in stand.events("MESSAGE_CREATE")] == ["kept", "kept"]
        resume = {**ended, "session_id": session}
        async with bare(stand) as link:
            await link.say(6, resume)
            heard = [await link.hear() for _ in range(3)]
            assert [one["t"] for one in heard] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
            assert [one["s"] for one in heard] == [3, 4, 5] and heard[1]["d"]["content"] == "two"
            await link.link.close(code=4000)
        async with bare(stand) as link:
            await link.say(6, {**resume, "seq": 99})
            assert await link.closed() == 4007
        clock.advance(timedelta(minutes=4))
        async with bare(stand) as link:
            await link.say(6, resume)
            assert await link.hear() == {"op": 9, "d": False, "s": None, "t": None}
        await who.dm("three")
        assert stand.events("MESSAGE_CREATE")[-1].state == "lost"


async def test_only_what_the_intents_ask_for() -> None:
    async with Standin.open(approved=("message_content",)) as stand, bare(stand) as link, bare(stand) as full:
        await link.identify(1 | 1 << 9)
        await full.identify(1 | 1 << 9 | 1 << 15)
        await link.hear("GUILD_CREATE")
        await full.hear("GUILD_CREATE")
        who = stand.person("researcher")
        await who.dm("not heard")
        said = await who.say("general", "hidden", files={"a.txt": b"x"})
        heard, seen = await link.hear(), await full.hear()
        assert heard["d"]["id"] == said.id == seen["d"]["id"] and seen["d"]["content"] == "hidden"
        assert (heard["d"]["content"], heard["d"]["attachments"], heard["d"]["guild_id"]) == ("", [], stand.guild_id)
        assert heard["d"]["member"]["roles"] == [] and "user" not in heard["d"]["member"]
        await who.say("general", f"<@{stand.bot_user}> open")
        assert (await link.hear())["d"]["content"].endswith("open")
        stand.edit_overwrite("general", "bot", deny=["view_channel"])
        assert (await link.hear())["t"] == "CHANNEL_UPDATE"
        await who.say("general", "unseen")
        assert stand.events("MESSAGE_CREATE")[-1].state == "unheard"
        await link.say(8, {"guild_id": stand.guild_id, "query": "", "limit": 0})
        assert (await link.hear())["d"]["members"] == []
        await link.say(8, {"guild_id": stand.guild_id, "user_ids": [who.id], "limit": 0, "nonce": "n"})
        chunk = (await link.hear())["d"]
        assert chunk["nonce"] == "n" and chunk["members"][0]["user"]["id"] == who.id


async def test_discord_py_resumes_after_a_break() -> None:
    async with talking(rate=50) as (stand, client):
        who = stand.person("researcher")
        for i in range(2):
            stand.hold_handshakes()
            await (stand.close_gateway(4000) if i else stand.drop())
            await who.dm(f"missed {i}")
            assert stand.events("MESSAGE_CREATE")[-1].state == "kept"
            stand.hold_handshakes(False)
            await stand.until(lambda n=i: len(client.messages) > n)  # type: ignore[misc]
        await stand.until(lambda: client.count("resumed") == 2)
        stand.reconnect_gateway()
        await stand.until(lambda: client.count("resumed") == 3)
        stand.invalidate(resumable=True)
        await stand.until(lambda: client.count("resumed") == 4)
        found = stand.gateway()
        assert (found["identifies"], found["resumes"], found["replayed"]) == (1, 4, 2)
        assert [one.content for one in client.messages] == ["missed 0", "missed 1"]


async def test_discord_py_begins_anew_when_the_session_is_lost() -> None:
    async with talking(rate=50) as (stand, client):
        who = stand.person("researcher")
        stand.hold_handshakes()
        stand.lose_sessions()
        await stand.drop()
        await who.dm("lost")
        stand.hold_handshakes(False)
        await stand.until(lambda: client.count("ready") == 2)
        stand.invalidate(resumable=False)
        await stand.until(lambda: client.count("ready") == 3)
        await who.dm("heard")
        await stand.until(lambda: client.messages)
        assert [one.content for one in client.messages] == ["heard"]
        assert [one.content async for one in client.messages[0].channel.history(oldest_first=True)] == ["lost", "heard"]


async def test_a_silent_gateway_is_left() -> None:
    async with talking(rate=50, heartbeat_seconds=0.05, options={"heartbeat_timeout": 0.2}) as (stand, client):
        stand.silent()
        await stand.person("researcher").dm("missed")
        assert stand.events("MESSAGE_CREATE")[-1].state == "kept"
        await stand.until(lambda: client.count("resumed"))
        await stand.until(lambda: client.messages)
        assert stand.gateway()["heartbeats"] > 1


async def test_discord_py_stops_at_fatal_codes() -> None:
    async with Standin.open() as stand:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with logged_in(stand, intents=intents("message_content")) as client:
                await client.connect()
        async with online(stand) as client:
            await stand.revoke_token()
            await stand.until(client.is_closed)
        with pytest.raises(discord.LoginFailure):
            async with logged_in(stand):
                pass
        stand.restore_token()
        async with logged_in(stand) as client:
            assert client.user is not None and str(client.user.id) == stand.bot_user


async def test_events_are_lost_held_turned_around_and_doubled() -> None:
    async with talking(rate=50) as (stand, client):
        who = stand.person("researcher")

        async def said(*texts: str) -> None:
            for one in texts:
                await who.dm(one)

        async def heard(*texts: str) -> None:
            await stand.until(lambda: len(client.messages) >= len(texts), what=str(texts))
            assert tuple(one.content for one in client.messages) == texts
            client.messages.clear()

        stand.lose_events()
        await said("a")
        stand.lose_events(False)
        await said("b")
        await heard("b")
        stand.hold_events()
        await said("c", "d")
        assert client.messages == [] and stand.events()[-1].state == "held"
        stand.release_events(backwards=True)
        await heard("d", "c")
        stand.reorder(2)
        await said("e", "f")
        await heard("f", "e")
        stand.duplicate_event()
        await said("g", "h")
        await heard("g", "g", "h")
        stand.redeliver(stand.events("MESSAGE_CREATE")[-1])
        await heard("h")


async def test_a_link_that_unfolds_is_no_edit() -> None:
    async with talking(rate=50) as (stand, client):
        sent = await stand.person("researcher").dm("see https://example.org")
        stand.unfurl(sent)
        await stand.until(lambda: client.count("edit"))
        told = stand.events("MESSAGE_UPDATE")[-1].data
        assert told["edited_timestamp"] is None and told["embeds"][0]["url"] == "https://example.org"


async def test_a_guild_goes_and_comes_back() -> None:
    async with talking(rate=50) as (stand, client):
        stand.guild_outage()
        await stand.until(lambda: client.guild.unavailable)
        stand.guild_outage(False)
        await stand.until(lambda: not client.guild.unavailable)
        assert client.text("desk").name == "desk"


async def test_edits_and_deletions_are_told() -> None:
    async with talking(rate=50) as (stand, client):
        who = stand.person("researcher")
        sent = await who.dm("one")
        await who.edit(sent, "two")
        await who.delete(sent)
        await stand.until(lambda: client.count("delete"))
        assert [one for one in client.heard if one[0] != "ready"] == [("edit", "two"), ("delete", int(sent.id))]
