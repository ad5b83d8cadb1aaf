"""The door of the local server: only this machine's own page and programs come in.

Decides which requests may have been caused by a foreign web site and refuses them before anything reads
them: a wrong Host (a name that was made to point here), a wrong Origin, a cross-site fetch, a body that a
plain form could send.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.platforms.local.refusals import Refusal, foreign, not_json

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
_OURS = ("127.0.0.1", "localhost", "[::1]")


class Guard:
    """Stands before the application and lets in what cannot come from elsewhere."""

    def __init__(self, app: ASGIApp, *, port: Callable[[], int]) -> None:
        """`port` tells the port that is served, known once the socket is bound."""
        self._app = app
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses or passes one request on; adds the headers to whatever is answered."""
        api = str(scope["path"]).startswith("/api/")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store" if api else "no-cache")
            await send(message)

        refused = self._refusal(str(scope["method"]), Headers(scope=scope), api=api)
        if refused is not None:
            await refused.response()(scope, receive, dressed)
        else:
            await self._app(scope, receive, dressed)

    def _refusal(self, method: str, headers: Headers, *, api: bool) -> Refusal | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in {f"{name}:{self._port()}" for name in _OURS}:
            return foreign()
        if any(origin != f"http://{hosts[0].lower()}" for origin in headers.getlist("origin")):
            return foreign()
        site = headers.get("sec-fetch-site", "none")
        # The page itself may be opened from a link elsewhere; what it asks afterwards is its own.
        if site not in {"none", "same-origin"} and (api or headers.get("sec-fetch-mode") != "navigate"):
            return foreign()
        if method not in {"GET", "HEAD"}:
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return not_json()
        return None
