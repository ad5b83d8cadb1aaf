"""A real Bolt app beside the stand-in, over either transport, for the tests of the stand-in itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.opening import Standin

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def field_block(name: str, *, element: Json | None = None, **more: Any) -> Json:
    element = element or {"type": "plain_text_input"}
    return {"type": "input", "block_id": name, "label": plain(name), "element": {"action_id": "it", **element}, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Send"), "blocks": list(blocks), **more}


@dataclass
class Echo:
    """A Bolt app that keeps what it hears and answers as a test tells it."""

    slack: Slack
    app: AsyncApp
    client: AsyncWebClient
    handler: AsyncSocketModeHandler | None = None
    events: list[Json] = field(default_factory=list)
    bodies: list[Json] = field(default_factory=list)
    heads: list[Json] = field(default_factory=list)
    answer: Json = field(default_factory=dict)  # what an acknowledgement says
    opens: Json | None = None  # the modal that a command or a click opens
    acks: bool = True


def echo(slack: Slack) -> Echo:
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    found = Echo(slack, AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True), client)

    @found.app.middleware
    async def heads(body: Json, req: Any, next: Any) -> None:
        found.bodies.append(body)
        found.heads.append(req.headers)
        await next()

    async def event(event: Json) -> None:
        found.events.append(event)

    async def asked(ack: Any, body: Json, client: AsyncWebClient) -> None:
        if not found.acks:
            return
        if found.opens is not None:
            call = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
            await call(trigger_id=body["trigger_id"], view=found.opens)
        await ack(**found.answer)

    import re

    everything = re.compile(".*")
    found.app.event(everything)(event)
    found.app.command(everything)(asked)
    found.app.action(everything)(asked)
    found.app.view(everything)(asked)
    found.app.view_closed(everything)(asked)
    found.app.shortcut(everything)(asked)
    return found


@asynccontextmanager
async def on_sockets(slack: Slack) -> AsyncIterator[Echo]:
    found = echo(slack)
    found.handler = AsyncSocketModeHandler(found.app, slack.app_token, ping_interval=1)
    await found.handler.connect_async()
    await slack.connected()
    try:
        yield found
    finally:
        await found.handler.close_async()


@asynccontextmanager
async def on_http(slack: Slack) -> AsyncIterator[Echo]:
    found = echo(slack)
    runner = web.AppRunner(found.app.web_app(path="/slack/events"), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    try:
        yield found
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talking(mode: str, **options: Any) -> AsyncIterator[Echo]:
    async with Standin.open(mode=mode, **options) as slack, (on_sockets if mode == "socket" else on_http)(slack) as found:
        yield found


async def refused(call: Any) -> str:
    """The code with which Slack refuses this call; AssertionError when it goes well."""
    try:
        answer = await call
    except SlackApiError as wrong:
        return str(wrong.response["error"])
    raise AssertionError(f"went well: {answer.data}")
