"""Starting a stand-in: in the test's own loop, or as a process of its own that outlives the bot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import web

from tests.platforms.discord_standin.backend import Backend, Options
from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.desk import Desk
from tests.platforms.discord_standin.server import application
from tests.platforms.slack_standin.opening import ROOT, _Far


class _Near:
    """The wire inside one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask(self, word: str, args: dict[str, Any]) -> Any:
        return self._desk.now(word, args)

    def act(self, word: str, args: dict[str, Any]) -> Awaitable[Any]:
        return self._desk.perform(word, args)


@asynccontextmanager
async def serving(options: Options, port: int = 0) -> AsyncIterator[Desk]:
    """A stand-in that answers on loopback until the block ends."""
    back = Backend(options)
    desk = Desk(back)
    runner = web.AppRunner(application(back, desk), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    back.host = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield desk
    finally:
        back.gateway.hold_handshakes(False)
        await back.gateway.drop()
        await runner.cleanup()


class Standin:
    """The stand-in in the test's own loop."""

    @staticmethod
    @asynccontextmanager
    async def open(*, rate: float = 1.0, **more: Any) -> AsyncIterator[Discord]:
        """Open a guild; `more` are the fields of Options."""
        async with serving(Options(rate=rate, **more)) as desk:
            yield Discord(_Near(desk))
            assert not desk.back.troubles, "\n".join(desk.back.troubles)


@contextmanager
def connected(control_url: str) -> Iterator[Discord]:
    """The control of a stand-in that runs elsewhere."""
    wire = _Far(control_url)
    try:
        yield Discord(wire)
    finally:
        wire.close()


@contextmanager
def process(*arguments: str) -> Iterator[Discord]:
    """A stand-in as a process of its own, with these arguments of `python -m tests.platforms.discord_standin`."""
    command = [sys.executable, "-m", "tests.platforms.discord_standin", "--port", "0", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line, "the stand-in ended at once"
        with connected(json.loads(line)["control_url"]) as discord:
            yield discord
    finally:
        running.terminate()
        running.wait(10)
        if running.stdout is not None:
            running.stdout.close()
