"""Puts the public pages together for a running bot, and beside a platform's own addresses.

Decides where they are served when nobody says so, and that nothing of them is loaded before somebody asks for a page: the start of
the bot does not wait for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.keys import StartError
from bot.platforms.serving import listening

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

PORT: Final = 8421
_PLATFORM: Final = ("/slack/", "/health")  # what a platform answers on the same port


class Late:
    """An application that is made for its first request, off the loop."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        """`make` returns the application; it may take its time."""
        self._make = make
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            async with self._making:
                if self._app is None:
                    self._app = await asyncio.to_thread(self._make)
        await self._app(scope, receive, send)


def pages(app: App) -> ASGIApp:
    """Return the public pages of a running bot."""
    return Late(lambda: made(app))


def made(app: App, *, again: float = 1.0) -> ASGIApp:
    """Return the pages at once; they look for changes at most every `again` seconds."""
    from bot.site.gather import Gathering
    from bot.site.pages import Site
    from bot.site.views import Views

    key = app.settings.signing_key
    sign = _signing(key.get_secret_value()) if key is not None else None
    local = {"local": app.platforms["local"].address} if "local" in app.platforms else {}  # type: ignore[attr-defined]
    views = Views(app.desk, app.keys.keyring.facts(), sign is not None, {**local, **dict(app.program.site.direct)})
    return Site(Gathering(app.database, app.desk, app.clock, again=again), views, sign=sign).app()


def _signing(key: str) -> Callable[[str], str]:
    from storage.signing import SigningError, clearsigned

    def sign(text: str) -> str:
        try:
            return clearsigned(text, key)
        except SigningError:
            log.error("security.txt is not signed: HARBORLIGHT_SIGNING_KEY cannot sign")
            return text

    return sign


def beside(platform: ASGIApp, site: ASGIApp) -> ASGIApp:
    """Return what answers a platform's own addresses with the platform, and everything else with the pages."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        theirs = str(scope.get("path", "")).startswith(_PLATFORM)
        await (platform if theirs else site)(scope, receive, send)

    return both


def place(port: int | None) -> socket.socket:
    """Return the socket of the pages on this machine: at the port that was asked for, else at our own or a free one.

    Raises StartError when the port that was asked for is taken.
    """
    if port is None:
        with contextlib.suppress(OSError):
            return listening("127.0.0.1", PORT)
    try:
        return listening("127.0.0.1", port or 0)
    except OSError:
        raise StartError(f"Port {port} is taken. Choose another one for the public pages with --site-port, or leave it out.") from None
