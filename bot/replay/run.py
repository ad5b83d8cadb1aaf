"""One run of the harness: attempts side by side until the planned number counts, or until there is a reason to stop.

Decides what is made next, what an answer becomes, and when a run ends early: somebody stops it, everything is dropped, the budget
is used up. Dropped attempts are made up for by further ones, so that n is the number fixed before the start. Leaves HTTP to
`endpoint.py`, the judgement of an answer to `judges.py`, and what is kept to `series.py`. An answer lives
here for as long as it is judged, and goes nowhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.replay.endpoint import Answer, DroppedError, Endpoint
from bot.replay.judges import Judging, Said
from bot.replay.series import DROPPED, Book, GoneError, Made, Slot
from commands.judging.recorded_attack import BENIGN
from config.program import ReplayTarget
from storage.sealed import to_bytes

IN_A_ROW: Final = 10  # dropped attempts after which a target counts as broken
SLOW: Final = 3  # answers that the pattern could not decide: losing more would bend the count


class Ending(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    ALL_DROPPED = "all dropped"
    BUDGET = "budget"
    CAP = "cap"
    SLOW_PATTERN = "slow pattern"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use: attempts and tokens of the whole series, attempts at once."""

    attempts: int
    tokens: int
    concurrency: int

    @classmethod
    def of(cls, target: ReplayTarget, tokens: int | None = None) -> Limits:
        """Return those of a target, with a smaller budget of tokens if one is given."""
        return cls(target.attempts, target.tokens if tokens is None else tokens, target.concurrency)


class Run:
    """The attempts of one series, from where they stand to the end."""

    def __init__(
        self, book: Book, endpoint: Endpoint, judge: Judging, limits: Limits, *, stop: asyncio.Event,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        """`stop` ends the run at once; `told` is called after each attempt."""
        self.book, self._endpoint, self._judge, self._limits = book, endpoint, judge, limits
        self._stop, self._told = stop, told
        self._row = 0  # dropped attempts in a row
        self._largest = 0  # tokens of one attempt
        self._ending: Ending | None = None

    async def go(self) -> Ending:
        """Make what is left of the series; what was written down stays, whatever happens."""
        running: dict[asyncio.Task[Made | None], Slot] = {}
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            while True:
                while self._ending is None and len(running) < self._limits.concurrency:
                    slot = await self._next(len(running))
                    if slot is None:
                        break
                    running[asyncio.ensure_future(self._attempt(slot))] = slot
                if not running or self._ending is not None:
                    break
                done, _ = await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
                for task in [one for one in running if one in done]:
                    await self._ended(running.pop(task), await task)
                if stopping in done:
                    self._ending = Ending.STOPPED
        except GoneError:
            self._ending = Ending.GONE
        finally:
            for one in (*running, stopping):
                one.cancel()
            await asyncio.gather(*running, stopping, return_exceptions=True)
        if self.book.counted >= self.book.planned and await self.book.close():
            return Ending.COMPLETE
        return self._ending or Ending.STOPPED

    async def _next(self, running: int) -> Slot | None:
        """Return the next attempt: one that was left without an outcome, else a new one while some are missing."""
        book = self.book
        if self._stop.is_set():
            self._ending = Ending.STOPPED
        elif book.tokens + running * self._largest >= self._limits.tokens:
            # Those under way may still end within the budget.
            self._ending = None if running else Ending.BUDGET
        elif book.left:
            return book.left.pop(0)
        elif book.counted + running < book.planned:
            if len(book.made) + running < self._limits.attempts:
                return await book.reserve()
            self._ending = None if running else Ending.CAP
        return None

    async def _attempt(self, slot: Slot) -> Made | None:
        """Make one attempt; None when the person who judges has stopped."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            answer = await self._endpoint.ask(self.book.test.messages(slot.number), self.book.test.sampling, slot.seed)
        except DroppedError as wrong:
            return Made(DROPPED, ms=_ms(loop.time() - begun), tokens=wrong.tokens, reason=wrong.reason)
        ms = _ms(loop.time() - begun)
        said = await self._said(slot.number, answer)
        if said is Said.STOP:
            return None
        digest = hashlib.sha256(to_bytes(answer.text)).hexdigest()
        if said in (Said.DROP, Said.SLOW):
            return Made(DROPPED, digest, ms, answer.tokens, said.value)
        return Made(said.value, digest, ms, answer.tokens)

    async def _said(self, number: int, answer: Answer) -> Said:
        if answer.blocked and not answer.text:  # the system said no: a refusal, and never what an attack is after
            return Said.SUCCESS if self.book.kind in BENIGN else Said.FAILURE
        return await self._judge.judge(number, answer)

    async def _ended(self, slot: Slot, made: Made | None) -> None:
        if made is None:
            self.book.left.append(slot)
            self._ending = Ending.STOPPED
            return
        await self.book.record(slot, made)
        self._largest = max(self._largest, made.tokens)
        broken = made.outcome == DROPPED and made.reason != Said.DROP
        self._row = self._row + 1 if broken else 0
        if self._row >= IN_A_ROW:
            self._ending = Ending.ALL_DROPPED
        if self.book.reasons.get(Said.SLOW, 0) >= SLOW:
            self._ending = Ending.SLOW_PATTERN
        self._told()


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
