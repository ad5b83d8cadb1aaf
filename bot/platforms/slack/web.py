"""Slack by HTTP: signed requests to one address, and whether the bot is well.

Leaves checking signatures to Bolt and what a request means to `adapter.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATH = "/slack/events"
MOST = 1024 * 1024  # bytes; Slack sends files as references


def site(app: AsyncApp, *, well: Callable[[], bool]) -> Starlette:
    """Return the site; `well` says whether Slack still takes the bot's token."""
    requests = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST:
            return PlainTextResponse("too large\n", 413)
        return await requests.handle(request)

    async def health(_: Request) -> Response:
        return PlainTextResponse("well\n") if well() else PlainTextResponse("Slack refuses the bot's token\n", 503)

    return Starlette(routes=[Route(PATH, events, methods=["POST"]), Route("/health", health)])
