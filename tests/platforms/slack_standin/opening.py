"""Starting a stand-in: in the test's own loop, or as a process of its own that outlives the bot."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from tests.platforms.slack_standin.backend import Backend, Options
from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.desk import Desk
from tests.platforms.slack_standin.manifest import read as read_manifest
from tests.platforms.slack_standin.refusals import ClientRefuses
from tests.platforms.slack_standin.server import application

ROOT = Path(__file__).resolve().parents[3]


class _Near:
    """The wire inside one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask(self, word: str, args: dict[str, Any]) -> Any:
        return self._desk.now(word, args)

    def act(self, word: str, args: dict[str, Any]) -> Awaitable[Any]:
        return self._desk.perform(word, args)


class _Far:
    """The wire to another process, over its control URL."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60.0, trust_env=False, verify=False)  # noqa: S501  loopback, no TLS

    def ask(self, word: str, args: dict[str, Any]) -> Any:
        answer = self._client.post(word, json=args)
        if answer.status_code == 400:
            found = answer.json()
            raise (ClientRefuses if found["error"] == "refused" else LookupError)(found["why"])
        answer.raise_for_status()
        return answer.json()["result"]

    def act(self, word: str, args: dict[str, Any]) -> Awaitable[Any]:
        return asyncio.to_thread(self.ask, word, args)

    def close(self) -> None:
        self._client.close()


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
        await back.close()
        await runner.cleanup()


class Standin:
    """The stand-in in the test's own loop."""

    @staticmethod
    @asynccontextmanager
    async def open(*, mode: str = "socket", rate: float = 1.0, manifest: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[Slack]:
        """Open a workspace; `more` are the fields of Options, `manifest` is in Slack's own shape (parsed)."""
        if manifest is not None:
            more["manifest"] = read_manifest(manifest)
        async with serving(Options(mode=mode, rate=rate, **more)) as desk:
            yield Slack(_Near(desk))


@contextmanager
def connected(control_url: str) -> Iterator[Slack]:
    """The control of a stand-in that runs elsewhere."""
    wire = _Far(control_url)
    try:
        yield Slack(wire)
    finally:
        wire.close()


@contextmanager
def process(*arguments: str) -> Iterator[Slack]:
    """A stand-in as a process of its own, with these arguments of `python -m tests.platforms.slack_standin`."""
    command = [sys.executable, "-m", "tests.platforms.slack_standin", "--port", "0", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line, "the stand-in ended at once"
        with connected(json.loads(line)["control_url"]) as slack:
            yield slack
    finally:
        running.terminate()
        running.wait(10)
        if running.stdout is not None:
            running.stdout.close()
