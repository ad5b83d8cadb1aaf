"""A small real discord.py client beside the stand-in, for the tests of the stand-in itself."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.opening import Standin

Json = dict[str, Any]
Answer = Callable[[discord.Interaction[Any]], Awaitable[Any]]


def intents(*more: str) -> discord.Intents:
    found = discord.Intents.none()
    for name in ("guilds", "dm_messages", *more):
        setattr(found, name, True)
    return found


class Echo(discord.Client):
    """A client that keeps what it hears and answers interactions as a test tells it."""

    def __init__(self, stand: Discord, **options: Any) -> None:
        super().__init__(**{"intents": intents(), "guild_ready_timeout": 0.05, "allowed_mentions": discord.AllowedMentions.none(), **options})
        self.stand = stand
        self.heard: list[tuple[str, Any]] = []
        self.messages: list[discord.Message] = []
        self.asked: list[discord.Interaction[Any]] = []
        self.answer: Answer | None = None
        self.trouble: list[BaseException] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again at once; discord.py itself waits five seconds here."""

    async def on_ready(self) -> None:
        self.heard.append(("ready", None))

    async def on_resumed(self) -> None:
        self.heard.append(("resumed", None))

    async def on_message(self, message: discord.Message) -> None:
        if message.author.id != int(self.stand.bot_user):
            self.messages.append(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.heard.append(("edit", event.data["content"]))

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.heard.append(("delete", event.message_id))

    async def on_guild_channel_delete(self, channel: Any) -> None:
        self.heard.append(("channel_delete", channel.name))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.asked.append(interaction)
        if self.answer is not None:
            try:
                await self.answer(interaction)
            except discord.HTTPException as wrong:
                self.trouble.append(wrong)

    @property
    def guild(self) -> discord.Guild:
        found = self.get_guild(int(self.stand.guild_id))
        assert found is not None
        return found

    def text(self, name: str) -> discord.TextChannel:
        found = self.get_channel(int(self.stand.channel(name).id))
        assert isinstance(found, discord.TextChannel)
        return found

    async def direct(self, who: str) -> discord.DMChannel:
        return await self.create_dm(discord.Object(int(self.stand.person(who).id)))

    def count(self, kind: str) -> int:
        return sum(one[0] == kind for one in self.heard)


def point(stand: Discord) -> None:
    """Point discord.py at the stand-in, as the bot does."""
    Route.BASE = stand.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(stand.gateway_url)


@asynccontextmanager
async def logged_in(stand: Discord, **options: Any) -> AsyncIterator[Echo]:
    """A client over REST only."""
    point(stand)
    client = Echo(stand, **options)
    await client.login(stand.token)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def online(stand: Discord, **options: Any) -> AsyncIterator[Echo]:
    """A client that is ready at the gateway."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    async with logged_in(stand, **options) as client:
        running = asyncio.create_task(client.connect())
        try:
            await asyncio.wait_for(client.wait_until_ready(), 10)
            yield client
        finally:
            await client.close()
            with suppress(Exception):
                await running


@asynccontextmanager
async def talking(*, options: Json | None = None, **more: Any) -> AsyncIterator[tuple[Discord, Echo]]:
    async with Standin.open(**more) as stand, online(stand, **options or {}) as client:
        yield stand, client


@dataclass(slots=True)
class Replied:
    """What came back of a raw request."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def paths(self) -> dict[str, str]:
        """The form errors: path and code."""
        found: dict[str, str] = {}

        def walk(at: str, tree: Json) -> None:
            for name, value in tree.items():
                if name == "_errors":
                    found[at] = value[0]["code"]
                else:
                    walk(f"{at}.{name}" if at else name, value)

        walk("", self.body.get("errors", {}))
        return found


class Raw:
    """REST without discord.py: no retries, no waiting, exactly one request for each call."""

    def __init__(self, stand: Discord, session: aiohttp.ClientSession) -> None:
        self.stand = stand
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any) -> Replied:
        headers = {"Authorization": f"Bot {self.stand.token if token is None else token}", **more.pop("headers", {})}
        given = {} if body is None else {"json": body}
        async with self.session.request(method, self.stand.api_url + path, headers=headers, **given, **more) as answer:
            text = await answer.text()
            found = json.loads(text) if answer.headers.get("Content-Type") == "application/json" else text
            return Replied(answer.status, found, dict(answer.headers))

    async def post(self, path: str, body: Any = None, **more: Any) -> Replied:
        return await self.ask("POST", path, body, **more)

    async def patch(self, path: str, body: Any = None) -> Replied:
        return await self.ask("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Replied:
        return await self.ask("PUT", path, body)

    async def get(self, path: str) -> Replied:
        return await self.ask("GET", path)

    async def delete(self, path: str) -> Replied:
        return await self.ask("DELETE", path)

    async def upload(self, path: str, files: list[tuple[str, bytes]], body: Json | None = None) -> Replied:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(body or {}))
        for i, (name, data) in enumerate(files):
            form.add_field(f"files[{i}]", data, filename=name, content_type="application/octet-stream")
        return await self.ask("POST", path, data=form)

    def messages(self, channel: str) -> str:
        """The path of a channel's messages; `dm` is that with the researcher."""
        found = self.stand.person("researcher").room() if channel == "dm" else self.stand.channel(channel)
        return f"/channels/{found.id}/messages"


@asynccontextmanager
async def raw(**options: Any) -> AsyncIterator[Raw]:
    """A stand-in without limits, asked request by request."""
    async with Standin.open(**{"limits": False, **options}) as stand, aiohttp.ClientSession() as session:
        yield Raw(stand, session)


@dataclass(slots=True)
class Refusal:
    """How Discord refused: HTTP status, its code, and the text with the paths of what was wrong."""

    status: int
    code: int
    text: str = field(default="")


async def refused(call: Awaitable[Any]) -> Refusal:
    """How Discord refuses this call; AssertionError when it goes well."""
    try:
        answer = await call
    except discord.HTTPException as wrong:
        return Refusal(wrong.status, wrong.code, str(wrong))
    raise AssertionError(f"went well: {answer}")


# -- commands and components that several tests use --
def option(name: str, kind: int = 3, **more: Any) -> Json:
    return {"type": kind, "name": name, "description": name, **more}


SEVERITY = option("severity", required=True, choices=[{"name": "High", "value": "high"}, {"name": "Low", "value": "low"}])
VDP: Json = {"name": "vdp", "type": 1, "description": "the desk", "contexts": [0, 1], "integration_types": [0], "options": [
    option("accept", 1, options=[SEVERITY, option("report", autocomplete=True), option("days", 4, min_value=1, max_value=90)]),
    option("add", 1, options=[option("file", 11, required=True), option("who", 6), option("at", 7), option("role", 8)]),
    option("hold", 2, options=[option("start", 1), option("end", 1)]),
]}
SEND: Json = {"name": "Send to the desk", "type": 3, "contexts": [0, 1]}
STAFF: Json = {"name": "staff", "type": 1, "description": "x", "default_member_permissions": "8", "contexts": [0]}


def commands_of(api: Raw, guild: bool = False) -> str:
    return f"/applications/{api.stand.application_id}" + (f"/guilds/{api.stand.guild_id}" if guild else "") + "/commands"


def view(*items: discord.ui.Item[Any]) -> discord.ui.View:
    found = discord.ui.View(timeout=None)
    for one in items:
        found.add_item(one)
    return found
