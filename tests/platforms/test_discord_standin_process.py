"""The stand-in as a process of its own: one line to begin with, and the same control from outside."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.platforms.discord_house import VDP, online
from tests.platforms.discord_standin import process
from tests.platforms.discord_standin.refusals import ClientRefuses
from tests.platforms.slack_standin.opening import ROOT

pytestmark = pytest.mark.slow


async def test_the_same_control_from_outside() -> None:
    with process("--rate", "50", "--per-guild", "6") as discord:
        who = discord.person("researcher")
        async with online(discord) as client:
            sent = await who.dm("hello", files={"a.txt": b"abc"})
            await discord.until(lambda: client.messages)
            assert str(client.messages[0].id) == sent.id and await client.messages[0].attachments[0].read() == b"abc"
            await client.http.bulk_upsert_global_commands(int(discord.application_id), [VDP])

            async def answer(asked: Any) -> None:
                await asked.response.send_message("seen", ephemeral=True)

            client.answer = answer
            assert (await who.slash("vdp add", file=("p.txt", b"x"))).text == "seen" and who.whispers()[0].text == "seen"
            with pytest.raises(ClientRefuses):
                await who.slash("other")
            with pytest.raises(LookupError):
                discord.person("nobody")
            discord.create_channel("x", private=["lead", "bot"])
            assert set(discord.channel("x").seen_by) == {"Harborlight", "lead", "admin"} and discord.caps()["per_guild"] == 6
        # The bot is gone; the guild stays, and the next one reads what was said meanwhile.
        await who.dm("are you there?")
        async with online(discord) as client:
            room = await client.direct("researcher")
            assert [one.content async for one in room.history(limit=1)] == ["are you there?"]
            assert discord.gateway()["identifies"] == 2


_STUCK = """
import asyncio, sys
from tests.platforms.discord_house import online
from tests.platforms.discord_standin import connected

async def main():
    with connected(sys.argv[1]) as discord:
        async with online(discord) as client:
            print("ready", flush=True)
            await discord.until(lambda: client.messages, seconds=60)
            print("heard", flush=True)
            await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_killed_bot_leaves_a_session_behind() -> None:
    with process() as discord:
        dying = subprocess.Popen([sys.executable, "-c", _STUCK, discord.control_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert dying.stdout is not None
        assert dying.stdout.readline() == "ready\n"
        await discord.person("researcher").dm("x")
        assert dying.stdout.readline() == "heard\n"
        dying.kill()
        dying.wait(10)
        dying.stdout.close()
        await discord.until(lambda: discord.gateway()["open"] == 0)
        await discord.person("researcher").dm("y")
        assert [one.state for one in discord.events("MESSAGE_CREATE")] == ["told", "kept"]
