"""Who says whether an answer is a success: exact match, a regular expression under a limit of time, or a person.

Decides how each is asked. A pattern comes from a stranger and an answer from a model, so they meet in a process of its own that
is killed when it takes too long. Nothing here is written anywhere; a person is shown answers by whoever has the terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from bot.replay.endpoint import Answer
from commands.judging.recorded_attack import Judge, Recorded
from storage.sealed import to_bytes

SECONDS: Final = 2.0  # for one text
_FIRST: Final = 10.0  # for the start of the process and the pattern itself
_MATCHING = Path(__file__).with_name("matching.py")


class Said(StrEnum):
    """What a judge says of an answer."""

    SUCCESS = "success"
    FAILURE = "failure"
    SLOW = "slow pattern"
    DROP = "person"
    STOP = "stop"


Ask = Callable[[int, Answer], Awaitable[Said]]  # number of the attempt, its answer


class PatternError(Exception):
    """The pattern is none, or takes too long to compile."""


class Judging(Protocol):
    """A judge at work."""

    async def judge(self, number: int, answer: Answer) -> Said:
        """Say what an answer is."""


@dataclass(frozen=True, slots=True)
class Exact:
    """An answer is a success when it is the recorded text, blanks at both ends aside."""

    match: str

    def __repr__(self) -> str:
        return "<exact match>"

    async def judge(self, number: int, answer: Answer) -> Said:
        """Compare."""
        return Said.SUCCESS if answer.text.strip() == self.match.strip() else Said.FAILURE


class Pattern:
    """An answer is a success when the recorded pattern is found in it."""

    def __init__(self, match: str, *, seconds: float = SECONDS) -> None:
        """`seconds` is the limit for one text."""
        self._match, self._seconds = match, seconds
        self._one = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        async with self._one:
            await self._ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def judge(self, number: int, answer: Answer) -> Said:
        """Search; a search that takes too long is ended with its process."""
        async with self._one:
            child = await self._ready()
            try:
                async with asyncio.timeout(self._seconds):
                    found = await _asked(child, answer.text)
            except TimeoutError:
                found = b""
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next one's
                raise
            if found not in (b"y", b"n"):  # out of time, or out of memory and gone
                await self._end()
                return Said.SLOW
            return Said.SUCCESS if found == b"y" else Said.FAILURE

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        # An empty environment: what holds our keys is not handed on.
        child = self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_MATCHING), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={}, cwd="/", start_new_session=True)
        try:
            async with asyncio.timeout(_FIRST):
                good = await _asked(child, self._match) == b"+"
        except TimeoutError:
            good = False
        except asyncio.CancelledError:
            await self._end()
            raise
        if not good:
            await self._end()
            raise PatternError
        return child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await asyncio.shield(child.wait())


async def _asked(child: asyncio.subprocess.Process, text: str) -> bytes:
    if child.stdin is None or child.stdout is None:
        return b""
    data = to_bytes(text)
    try:
        child.stdin.write(struct.pack(">I", len(data)) + data)
        await child.stdin.drain()
        return await child.stdout.read(1)
    except (BrokenPipeError, ConnectionResetError):
        return b""


class Person:
    """A person is shown one answer after the other, never two at once."""

    def __init__(self, ask: Ask) -> None:
        """`ask` shows an answer and returns what was said of it."""
        self._ask, self._one, self._stopped = ask, asyncio.Lock(), False

    async def judge(self, number: int, answer: Answer) -> Said:
        """Ask; once the person has stopped, nobody is asked any more."""
        async with self._one:
            if self._stopped:
                return Said.STOP
            said = await self._ask(number, answer)
            self._stopped = said is Said.STOP
            return said


@contextlib.asynccontextmanager
async def opened(test: Recorded, ask: Ask, *, seconds: float = SECONDS) -> AsyncIterator[Judging]:
    """Open the judge that a test names, a pattern with `seconds` for each answer; raises PatternError."""
    match test.judge:
        case Judge.EXACT:
            yield Exact(test.match)
        case Judge.PATTERN:
            async with Pattern(test.match, seconds=seconds) as judge:
                yield judge
        case Judge.PERSON:
            yield Person(ask)
