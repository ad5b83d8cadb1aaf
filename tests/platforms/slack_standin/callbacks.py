"""Signed HTTP: posts to the app's request URL, verification of that URL, retries with their headers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from config.clock import SystemClock
from tests.platforms.slack_standin.delivery import Attempt, Delivery, Tricks
from tests.platforms.slack_standin.names import secret
from tests.platforms.slack_standin.things import Json

AT_ONCE = 100  # posts on their way at the same time


class Callbacks:
    """Delivery to a request URL. Implements Carrier; the delays are real seconds."""

    def __init__(self, tricks: Tricks, *, signing_secret: str, ack_seconds: float, delays: tuple[float, ...]) -> None:
        self.tricks = tricks
        self.url = ""
        self.signing_secret = signing_secret
        self.ack_seconds = ack_seconds
        self.delays = delays
        self.skew = 0  # seconds that the time stamp of a signature is wrong by
        self._session: aiohttp.ClientSession | None = None
        self._room = asyncio.Semaphore(AT_ONCE)

    async def carry(self, delivery: Delivery, attempt: Attempt, *, answers: bool, waits: bool) -> None:
        """Post once; anything but a 2xx within the time is a failure with Slack's word for it."""
        if not self.url:
            attempt.how = "connection_failed"
            return
        if delivery.kind == "events_api":
            body, kind = json.dumps(delivery.payload), "application/json"
        else:
            fields = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
            body, kind = urlencode(fields), "application/x-www-form-urlencoded"
        headers = self._signed(body) | {"Content-Type": kind}
        if attempt.retry:
            headers |= {"X-Slack-Retry-Num": str(attempt.retry), "X-Slack-Retry-Reason": _word(attempt.reason)}
        async with self._room:
            attempt.at = time.monotonic()
            try:
                async with asyncio.timeout(self.ack_seconds), self._open().post(
                    self.url, data=body.encode(), headers=headers, allow_redirects=False
                ) as response:
                    text = await response.text()
                    attempt.status = response.status
                    attempt.no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                    attempt.how = "acked" if response.status < 300 else "http_error"
                    attempt.answer = _answer(text, response.content_type) if attempt.how == "acked" else None
            except TimeoutError:
                attempt.how = "timeout"
            except aiohttp.ClientError:
                attempt.how = "connection_failed"
        if attempt.how == "acked" and self.tricks.drop_acks:
            self.tricks.drop_acks -= 1
            attempt.how, attempt.answer = "timeout", None
        if attempt.how == "acked":
            attempt.acked_at = time.monotonic()

    async def verify(self) -> bool:
        """First contact: whether the app answers the challenge."""
        word = secret()
        body = json.dumps({"type": "url_verification", "challenge": word, "token": "standin"})
        try:
            async with asyncio.timeout(self.ack_seconds), self._open().post(
                self.url, data=body.encode(), headers=self._signed(body) | {"Content-Type": "application/json"}
            ) as response:
                return response.status == 200 and word in await response.text()
        except (TimeoutError, aiohttp.ClientError):
            return False

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _signed(self, body: str) -> dict[str, str]:
        # The receiver compares with its own real clock, whatever the stand-in's clock says.
        stamp = str(int(SystemClock().now().timestamp()) + self.skew)
        digest = hmac.new(self.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "User-Agent": "Slackbot 1.0"}

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


def _word(reason: str) -> str:
    return {"timeout": "http_timeout", "": "unknown_error"}.get(reason, reason)


def _answer(text: str, content_type: str) -> Json | None:
    if not text.strip():
        return None
    if content_type == "application/json":
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
    return {"text": text}
