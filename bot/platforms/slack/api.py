"""Calls to Slack's Web API, and what may be done after one that failed.

Decides what an answer means for the caller: wait, look before trying again, or never try again. Keeps one pause for each
method when Slack asks for one. Leaves which methods are called to its callers.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from config.clock import Clock

SLACK = "https://slack.com/api/"
_FILE_HOSTS = ("files.slack.com",)
_PAGE = 200
_PATIENCE = 20  # seconds for one call
_CHUNK = 64 * 1024
_REJECTED = 60.0  # seconds until it is tried again whether Slack takes the token
_TOKEN = frozenset(("token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed"))

Json = dict[str, Any]

log = logging.getLogger("harborlight.slack")


class Wait(Exception):  # noqa: N818  not an error: Slack says when to come again
    """Slack takes no call of this kind for `after` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__("ratelimited")
        self.after = after


class Rejected(Wait):
    """Slack does not take the token: nothing works until it is given back, or another one is given at the next start."""

    def __init__(self, code: str) -> None:
        super().__init__(_REJECTED)
        self.code = code


class Unclear(Exception):  # noqa: N818  nobody knows whether it happened
    """No answer, or one that tells nothing: the call may have been performed."""


class SlackError(Exception):
    """Slack refused a call for good; `code` is Slack's own word, `needed` the scope that is missing."""

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(code)
        self.code, self.needed = code, needed


class Api:
    """The Web API with one token."""

    def __init__(self, token: str, *, url: str, clock: Clock) -> None:
        """`url` is the address of the API, ending in a slash; waits are asked of `clock`."""
        self.url = url
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))
        self.client = AsyncWebClient(token=token, base_url=url, session=self.session, timeout=_PATIENCE)
        self.client.retry_handlers.clear()  # what is tried again is decided by the lane, in order
        self.scopes = ""  # that the token has, once it was asked who it is
        self.rejected = False  # whether Slack took the token away
        self._token, self._clock = token, clock
        self._until: dict[str, float] = {}  # method, when it may be called again, by the loop's clock

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def call(self, method: str, *, token: str | None = None, **arguments: Any) -> Json:
        """Call a method and return its answer; raises Wait (Rejected too), Unclear or SlackError."""
        loop = asyncio.get_running_loop()
        left = self._until.get(method, 0.0) - loop.time()
        if left > 0:
            raise Wait(left / max(self._clock.real(1.0), 1e-9))
        given = {name: value for name, value in arguments.items() if value is not None}
        nested = any(isinstance(value, dict | list) for value in given.values())
        kind: Json = {"json": given} if nested else {"data": given}
        headers = {"Authorization": f"Bearer {token}"} if token is not None else None
        try:
            answer = await self.client.api_call(method, headers=headers, **kind)
        except SlackApiError as refused:
            meaning = self._meaning(method, refused, loop.time())
            if isinstance(meaning, Rejected) and token is None and method != "auth.test":  # asked at the start, which says it
                self.judged(well=False)
            raise meaning from None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError) as lost:
            raise Unclear(type(lost).__name__) from None
        if token is None:
            self.judged(well=True)
        if method == "auth.test":
            self.scopes = str(answer.headers.get("x-oauth-scopes", ""))
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def _meaning(self, method: str, refused: SlackApiError, now: float) -> Exception:
        response: Any = refused.response
        data = response.data if isinstance(response.data, dict) else {}
        code = str(data.get("error", ""))
        if response.status_code == 429 or code in ("ratelimited", "rate_limited"):
            after = float(response.headers.get("Retry-After", 1) or 1)
            self._until[method] = now + self._clock.real(after)
            return Wait(after)
        if response.status_code >= 500 or code in ("internal_error", "fatal_error", "service_unavailable", "request_timeout"):
            return Unclear(f"status {response.status_code}")
        if not code:
            return Unclear(f"status {response.status_code}")  # not Slack's own answer: from something on the way
        return Rejected(code) if code in _TOKEN else SlackError(code, str(data.get("needed", "")))

    def judged(self, *, well: bool) -> None:
        """Keep whether Slack takes the bot's token, and say so when that changes."""
        if self.rejected == well:
            self.rejected = not well
            if well:
                log.warning("Slack takes the bot's token again")
            else:
                log.error("Slack does not take the bot's token any more: install the app again and give its new token; "
                          "what is recorded is kept until then")

    def now(self) -> datetime:
        """Return the present instant."""
        return self._clock.now()

    def real(self, seconds: float) -> float:
        """Return how long a wait of so many seconds really is."""
        return self._clock.real(seconds)

    async def pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[Json]:
        """Yield every item of a list that Slack gives in pages; raises as `call` does."""
        cursor = ""
        while True:
            answer = await self.call(method, limit=_PAGE, cursor=cursor or None, **arguments)
            for one in answer.get(key, []):
                yield one
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor", ""))
            if not cursor:
                return

    async def upload(self, name: str, data: bytes, *, channel: str, title: str = "", alt: str = "") -> str:
        """Share a file in a channel and return its id; raises as `call` does."""
        asked = await self.call("files.getUploadURLExternal", filename=name, length=len(data), alt_txt=alt or None)
        await self._posted(str(asked["upload_url"]), data)
        file = str(asked["file_id"])
        await self.call("files.completeUploadExternal", files=[{"id": file, "title": title or name}], channel_id=channel)
        return file

    async def _posted(self, address: str, data: bytes) -> None:
        try:
            async with self.session.post(address, data=data) as response:
                if response.status != 200:
                    raise Unclear(f"status {response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as lost:
            raise Unclear(type(lost).__name__) from None

    async def download(self, address: str, limit: int) -> bytes:
        """Return at most `limit` bytes from an address of Slack's own; raises FileNotFoundError when it gives no file."""
        if not self._ours(address):
            raise FileNotFoundError("an address that is not Slack's")
        try:
            async with self.session.get(address, headers={"Authorization": f"Bearer {self._token}"}, allow_redirects=False,
                                        ) as response:
                # A token without access gets a login page and status 200.
                if response.status != 200 or response.content_type == "text/html":
                    raise FileNotFoundError("no file there")
                found = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    found += chunk
                    if len(found) >= limit:
                        break
                return bytes(found[:limit])
        except (aiohttp.ClientError, TimeoutError) as lost:
            raise OSError(type(lost).__name__) from None

    def _ours(self, address: str) -> bool:
        """Whether the token may go there: Slack's file host, or the host of the API itself."""
        found, own = urlsplit(address), urlsplit(self.url)
        if found.netloc == own.netloc:
            return found.scheme == own.scheme
        return found.scheme == "https" and found.hostname in _FILE_HOSTS
