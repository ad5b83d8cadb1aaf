"""One OpenAI-compatible chat endpoint: a request goes out, an answer or the reason why there is none comes back.

Decides what is sent, what is tried again and how long is waited, and what counts as no answer: refused connections, rate limits,
errors, silence, cut or broken answers. Judges nothing. Neither a request nor an answer stands in an exception or a log.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx
from pydantic import SecretStr

from config.clock import Clock
from config.program import ReplayTarget

LONGEST: Final = 4 << 20  # bytes of an answer
_BACK_OFF, _LONGEST_BACK_OFF = 1.0, 30.0  # seconds before the first repetition, and before any
_LONGEST_WAIT: Final = 120.0  # seconds that an endpoint may have us wait
_AGAIN: Final = frozenset((408, 409, 425, 500, 502, 503, 504, 529))
_FILTERED: Final = frozenset(("content_filter", "content_policy_violation"))
_CHARACTERS_A_TOKEN: Final = 4  # where an endpoint does not say what it used


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said; `blocked` when a filter of it stopped the request or the answer."""

    text: str = field(repr=False)
    tokens: int = 0
    blocked: bool = False


class DroppedError(Exception):
    """An attempt without an answer: it counts in neither. `reason` is one of the words of `commands/wording/replay.py`."""

    def __init__(self, reason: str, tokens: int = 0) -> None:
        """`tokens` is what it cost all the same."""
        super().__init__(reason)
        self.reason, self.tokens = reason, tokens


class _Again(Exception):  # noqa: N818  a step on the way, not an error
    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


class Endpoint:
    """A connection to one target, shared by all attempts of a run: who is told to wait has the others wait too."""

    def __init__(self, target: ReplayTarget, key: SecretStr | None, clock: Clock) -> None:
        """`key` is sent as a bearer token; without one no such header is sent."""
        self.target, self._clock = target, clock
        self._resume = 0.0  # loop time before which nothing is sent
        headers = {"Accept-Encoding": "identity"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        # Proxies and .netrc of the machine are left alone: an attack goes where the programme says and nowhere else.
        self._client = httpx.AsyncClient(
            headers=headers, timeout=target.timeout.total_seconds(), trust_env=False, follow_redirects=False,
            limits=httpx.Limits(max_connections=target.concurrency))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, messages: Sequence[Mapping[str, str]], sampling: Mapping[str, float], seed: int | None) -> Answer:
        """Return the endpoint's answer to one request; raises DroppedError when there is none after all repetitions."""
        body: dict[str, Any] = {"model": self.target.model, "messages": list(messages), "stream": False, **sampling}
        if seed is not None and self.target.seeds:
            body["seed"] = seed
        sent = json.dumps(body, ensure_ascii=True).encode()
        for number in range(self.target.retries + 1):
            await self._free()
            try:
                return await self._once(sent)
            except _Again as again:
                if number == self.target.retries:
                    raise DroppedError(again.reason) from None
                await self._rest(number, again)
        raise DroppedError("refused")  # not reached: there is always a first time

    async def _free(self) -> None:
        loop = asyncio.get_running_loop()
        while (left := self._resume - loop.time()) > 0:  # noqa: ASYNC110  a time that others put off, not an event
            await asyncio.sleep(left)

    async def _rest(self, number: int, again: _Again) -> None:
        """Wait before a repetition: as long as was asked for, else longer each time; who was asked has everybody wait."""
        if again.wait is not None:
            wait = self._clock.real(min(again.wait, _LONGEST_WAIT))
            self._resume = max(self._resume, asyncio.get_running_loop().time() + wait)
        else:
            wait = self._clock.real(min(_BACK_OFF * 2**number, _LONGEST_BACK_OFF))
            wait *= 0.75 + secrets.randbelow(500) / 1000  # not all at the same instant
        await asyncio.sleep(wait)

    async def _once(self, sent: bytes) -> Answer:
        try:
            # The library bounds each step; an answer that drips is bounded as a whole.
            async with asyncio.timeout(self.target.timeout.total_seconds()):
                status, headers, data = await self._exchange(sent)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _Again("refused") from None
        except (TimeoutError, httpx.TimeoutException):
            raise DroppedError("timeout", _estimate(sent)) from None
        except httpx.HTTPError:
            raise DroppedError("cut", _estimate(sent)) from None
        if status == 429:
            raise _Again("rate limit", _retry_after(headers.get("retry-after", ""), self._clock.now()))
        if status in _AGAIN:
            raise _Again(f"http {status}", _retry_after(headers.get("retry-after", ""), self._clock.now()))
        if status != 200:
            if _is_filtered(data):
                return Answer("", _estimate(sent), blocked=True)
            raise DroppedError(f"http {status}")
        return _read(sent, data)

    async def _exchange(self, sent: bytes) -> tuple[int, httpx.Headers, bytes]:
        async with self._client.stream(
            "POST", f"{self.target.url}/chat/completions", content=sent, headers={"Content-Type": "application/json"},
        ) as answer:
            data = bytearray()
            async for chunk in answer.aiter_bytes():
                data += chunk
                if len(data) > LONGEST:
                    raise DroppedError("too large", _estimate(sent) + LONGEST // _CHARACTERS_A_TOKEN)
            return answer.status_code, answer.headers, bytes(data)


def _read(sent: bytes, data: bytes) -> Answer:
    found = _json(data)
    if not isinstance(found, dict):
        raise DroppedError("broken", _estimate(sent) + len(data) // _CHARACTERS_A_TOKEN)
    tokens = _tokens(found.get("usage")) or _estimate(sent) + len(data) // _CHARACTERS_A_TOKEN
    choices = found.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        raise DroppedError("empty", tokens)
    blocked = first.get("finish_reason") == "content_filter"
    text = _text(message.get("content"))
    if text is None:
        text = _text(message.get("refusal"))
    if text is None and not blocked:
        raise DroppedError("empty", tokens)
    return Answer(text or "", tokens, blocked)


def _text(content: object) -> str | None:
    if isinstance(content, list):
        parts = [one.get("text") for one in content if isinstance(one, dict)]
        return "".join(one for one in parts if isinstance(one, str)) if parts else None
    return content if isinstance(content, str) else None


def _is_filtered(data: bytes) -> bool:
    """Tell whether an error says that a content filter stopped the request: that is the system's answer, no fault."""
    found = _json(data)
    error = found.get("error") if isinstance(found, dict) else None
    return isinstance(error, dict) and error.get("code") in _FILTERED


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _tokens(usage: object) -> int:
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) and 0 < total < 10**9 else 0


def _estimate(sent: bytes) -> int:
    return len(sent) // _CHARACTERS_A_TOKEN + 1


def _retry_after(header: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", header.strip()):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
