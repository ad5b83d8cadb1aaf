"""The stand-in as a process of its own: one line to begin with, and the same control from outside."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.platforms.slack_house import field_block, modal, on_http, on_sockets, refused
from tests.platforms.slack_standin.opening import ROOT, process
from tests.platforms.slack_standin.refusals import ClientRefuses

pytestmark = pytest.mark.slow


async def test_the_same_control_from_outside_over_sockets() -> None:
    with process("--socket", "--rate", "50", "--full") as slack:
        assert slack.api_url.endswith("/api/")
        async with on_sockets(slack) as echo:
            who = slack.person(slack.user_id)
            sent = await who.dm("hello")
            await slack.settled()
            assert echo.events[0]["ts"] == sent.ts
            echo.opens = modal(field_block("why"))
            assert (await who.slash("/vdp form")).kind == "nothing"
            echo.opens, echo.answer = None, {"response_action": "errors", "errors": {"why": "no"}}
            assert (await who.submit(who.modal(), {"why": "x"})).errors == {"why": "no"}
            assert (await who.upload("a.txt", b"a")).files[0]["size"] == 1
            with pytest.raises(ClientRefuses):
                await who.slash("/other")
            with pytest.raises(LookupError):
                slack.person("nobody")
            slack.fault("auth.test", "error", code="invalid_auth")
            assert await refused(echo.client.auth_test()) == "invalid_auth"
        # The app is gone; the workspace stays, and what was said meanwhile goes to the next one.
        await asyncio.sleep(0.1)
        await who.dm("are you there?")
        async with on_sockets(slack) as echo:
            await slack.settled()
            assert any(one.get("text") == "are you there?" for one in echo.events)
            assert len(who.dms()) == 3 and slack.counts()["apps.connections.open"] == 2


async def test_the_same_control_from_outside_over_http() -> None:
    with process("--http", "--retry-delays", "0,0.1,0.1") as slack:
        async with on_http(slack) as echo:
            assert await slack.verify_url()
            await slack.person("lead").dm("hello")
            await slack.settled()
            assert echo.events and slack.deliveries()[0].state == "acked"
        api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        assert (await api.conversations_history(channel=slack.channel_id))["ok"]


_STUCK = """
import asyncio, sys
from tests.platforms.slack_house import on_sockets
from tests.platforms.slack_standin import connected

async def stuck(next):
    print("heard", flush=True)
    await asyncio.sleep(600)

async def main():
    with connected(sys.argv[1]) as slack:
        async with on_sockets(slack) as echo:
            echo.app.middleware(stuck)
            print("ready", flush=True)
            await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_killed_app_leaves_its_event_to_the_next() -> None:
    with process("--socket") as slack:
        dying = subprocess.Popen([sys.executable, "-c", _STUCK, slack.control_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert dying.stdout is not None
        assert dying.stdout.readline() == "ready\n"
        sent = await slack.person("researcher").dm("x")
        assert dying.stdout.readline() == "heard\n"
        dying.kill()
        dying.wait(10)
        dying.stdout.close()
        async with on_sockets(slack) as echo:
            await slack.settled()
            assert [one["ts"] for one in echo.events] == [sent.ts]
        told = slack.deliveries()[0]
        assert [one["how"] for one in told.attempts] == ["closed", "acked"] and told.state == "acked"
