"""A running local platform for tests: the real server on a free loopback port and a small bot that echoes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.platforms.local import Local
from bot.platforms.port import Outcome, Sending
from commands.calls import Choice, Field, Form, Incoming, Panel, Reply, Row
from commands.effects import DirectMessage, OpenChannel, Post
from commands.text import Body, Button, Card, say
from config.clock import ManualClock

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class EchoBot:
    """Records what arrives and answers commands; keeps its marks as the engine would."""

    heard: list[Incoming] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    moves: int = 0

    async def handle(self, incoming: Incoming) -> Reply:
        self.heard.append(incoming)
        if incoming.kind == "message":
            self.marks[incoming.conversation] = incoming.event
            return Reply()
        if incoming.kind == "home":
            row = Row("First answer", "due", at="2026-11-24T09:00:00Z", k=2, n=30)
            return Reply(panel=Panel(sections=(("Clocks", (row,)),), about=f"home of {incoming.name}"))
        if incoming.kind == "complete":
            return Reply(choices=(Choice("queue", f"after {incoming.line!r}", "not here", "queue"),))
        if incoming.kind == "submit":
            given = dict(incoming.values)
            if given.get("level") == "huge":
                return Reply(code="bad_argument", text=say("No."), errors=(("level", "is no\u202e level"),))
            return Reply(text=say(f"{incoming.line}|{incoming.values}"))
        if incoming.line == "accept":
            choice = Field("level", "Level", "choice", True, (("high", "High"), ("low", "Low")), value="low")
            return Reply(form=Form("accept", "Accept", (choice, Field("why", "Why"))))
        if incoming.line == "fail":
            raise LookupError("secret words of a stranger")
        return Reply(text=say(f"{incoming.kind} {incoming.line}"))

    async def mark(self, conversation: str) -> str:
        return self.marks.get(conversation, "")

    async def moved(self) -> None:
        self.moves += 1

    def texts(self) -> list[str]:
        return [one.text for one in self.heard]

    async def hears(self, count: int) -> None:
        """Waits until so many things have arrived."""
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)


@dataclass
class House:
    """The platform, its bot and a client on the page's own address."""

    local: Local
    bot: EchoBot
    web: httpx.AsyncClient
    stop: asyncio.Event

    async def post(self, path: str, **values: Any) -> httpx.Response:
        return await self.web.post(
            path, json={("as" if key == "as_" else key): v for key, v in values.items()}
        )

    async def say(self, who: str, text: str = "", where: str = "dm", **files: bytes) -> httpx.Response:
        attached = [{"name": n, "content_base64": base64.b64encode(d).decode()} for n, d in files.items()]
        return await self.post("/api/say", as_=who, where=where, text=text, files=attached)

    async def messages(self, who: str, where: str, **query: Any) -> list[dict[str, Any]]:
        found = await self.web.get(f"/api/conversations/{where}/messages", params={"as": who, **query})
        assert found.status_code == 200, found.text
        listed: list[dict[str, Any]] = found.json()
        return listed

    async def direct(self, person: str, key: str, body: Body | str) -> Outcome:
        body = Body(say(body)) if isinstance(body, str) else body
        return await self.local.deliver(Sending(DirectMessage("local", person, body), key, 1))

    async def channel(self, name: str, *members: str) -> Outcome:
        return await self.local.deliver(Sending(OpenChannel("local", name, members), f"open/{name}", 1))

    async def posts(self, channel: str, key: str, body: Body | str) -> Outcome:
        body = Body(say(body)) if isinstance(body, str) else body
        return await self.local.deliver(Sending(Post("local", channel, body), key, 1))


@asynccontextmanager
async def house(folder: Path, bot: EchoBot | None = None, **more: Any) -> AsyncIterator[House]:
    """A platform that serves and listens until the block ends."""
    bot = bot or EchoBot()
    more.setdefault("system", ManualClock(START))
    local = Local(folder / "local.sqlite", moved=bot.moved, **more)
    await local.open()
    stop = asyncio.Event()
    serving = asyncio.create_task(local.serve(stop))
    listening = asyncio.create_task(local.receive(bot.handle, bot.mark))
    try:
        async with httpx.AsyncClient(base_url=local.address, timeout=30) as web:
            await _listens(local)
            yield House(local, bot, web, stop)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        stop.set()
        await serving
        await local.close()


async def _listens(local: Local) -> None:
    while local.listener.handle is None:
        await asyncio.sleep(0)


def card(*buttons: Button) -> Body:
    """A message with a card."""
    return Body(card=Card(title=say("A finding"), report="AIV-K7Q3M", level="high", buttons=buttons))
