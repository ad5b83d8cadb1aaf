"""How the app is told: every event at least once, questions once, and what became of each is on record.

A carrier (sockets or HTTP) makes single attempts. Here is decided when to try again, and what the faults do to it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.platforms.slack_standin.clock import StandinClock
from tests.platforms.slack_standin.things import Json

HOUR = 3600.0


@dataclass(slots=True)
class Attempt:
    """One try to hand something over. `how` is acked, timeout, closed (socket), http_error or connection_failed."""

    at: float
    retry: int
    reason: str
    how: str = ""
    acked_at: float | None = None
    answer: Any = None
    status: int = 0
    no_retry: bool = False
    envelope: str = ""

    def body(self) -> Json:
        """The attempt for the record; the time until the acknowledgement in milliseconds."""
        took = None if self.acked_at is None else round((self.acked_at - self.at) * 1000, 1)
        return {"retry": self.retry, "reason": self.reason, "how": self.how, "ms": took, "answer": self.answer,
                "status": self.status, "envelope_id": self.envelope}


@dataclass(slots=True)
class Delivery:
    """Something that the app is told, and how that went."""

    id: int
    kind: str  # events_api, slash_commands, interactive
    payload: Json
    state: str = "waiting"  # acked, given_up, lost
    attempts: list[Attempt] = field(default_factory=list)

    def body(self) -> Json:
        """The delivery for the record."""
        event = self.payload.get("event") or {}
        return {"id": self.id, "kind": self.kind, "event_id": self.payload.get("event_id", ""), "state": self.state,
                "event": event.get("type") or self.payload.get("type") or self.payload.get("command", ""),
                "payload": self.payload, "attempts": [one.body() for one in self.attempts]}


class Carrier(Protocol):
    """Makes one attempt; `waits` lets it wait for the app to come back."""

    delays: tuple[float, ...]  # real seconds before the next attempts

    async def carry(self, delivery: Delivery, attempt: Attempt, *, answers: bool, waits: bool) -> None:
        """Hand over and fill in the attempt."""


@dataclass(slots=True)
class Tricks:
    """What tests do to deliveries: how many of the next ones are hit."""

    drop_acks: int = 0
    duplicates: int = 0
    reorder: int = 0
    holding: bool = False
    losing: bool = False


class PostRoom:
    """Hands out deliveries through the carrier and keeps the record of them."""

    def __init__(self, clock: StandinClock, carrier: Carrier, *, per_hour: int = 30_000) -> None:
        self.clock = clock
        self.carrier = carrier
        self.per_hour = per_hour
        self.tricks = Tricks()
        self.record: list[Delivery] = []
        self.disabled = False
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._hour = (0.0, 0)
        self._tried: list[tuple[float, bool]] = []

    def event(self, payload: Json) -> None:
        """Tell of an event, as often as it takes; never blocks."""
        if self.disabled:
            return
        delivery = self._recorded("events_api", payload)
        if self._flooded(payload) or self.tricks.losing:
            delivery.state = "lost"
        elif self.tricks.holding or self.tricks.reorder:
            self._held.append(delivery)
            if self.tricks.reorder and len(self._held) >= self.tricks.reorder:
                self.tricks.reorder = 0
                self.release(backwards=True)
        else:
            self._start(delivery)
            if self.tricks.duplicates:
                self.tricks.duplicates -= 1
                self._start(self._recorded("events_api", payload))

    async def ask(self, kind: str, payload: Json) -> Delivery:
        """Tell of a command or an interaction, once, and wait for the answer."""
        delivery = self._recorded(kind, payload)
        await self._attempt(delivery, 0, "", waits=False)
        delivery.state = "acked" if delivery.attempts[-1].how == "acked" else "given_up"
        return delivery

    def again(self, number: int) -> Delivery:
        """Deliver what was delivered before, under the same event id, as Slack may at any time."""
        found = self._recorded("events_api", self.record[number].payload)
        self._start(found)
        return found

    def release(self, *, backwards: bool = False) -> None:
        """Let go of what is held back."""
        held, self._held = self._held, []
        self.tricks.holding = False
        for one in reversed(held) if backwards else held:
            self._start(one)

    @property
    def busy(self) -> int:
        """How many deliveries are on their way or held back."""
        return len(self._tasks) + len(self._held)

    async def close(self) -> None:
        """Stop everything that is on its way."""
        while self._tasks:
            for one in list(self._tasks):
                one.cancel()
            await asyncio.wait(list(self._tasks), timeout=0.1)

    def _recorded(self, kind: str, payload: Json) -> Delivery:
        delivery = Delivery(len(self.record), kind, payload)
        self.record.append(delivery)
        return delivery

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._persist(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _persist(self, delivery: Delivery) -> None:
        retry, reason = 0, ""
        while True:
            attempt = await self._attempt(delivery, retry, reason, waits=True)
            self._watch(attempt)
            if attempt.how == "acked":
                delivery.state = "acked"
                return
            if attempt.no_retry or (retry >= len(self.carrier.delays) and attempt.how != "closed"):
                delivery.state = "given_up"
                return
            # A socket that closes is not the event's fault: the next one gets it, however often that happens.
            reason = "timeout" if attempt.how == "closed" else attempt.how
            retry = min(retry + 1, len(self.carrier.delays))
            if attempt.how != "closed":
                await asyncio.sleep(self.carrier.delays[retry - 1])

    async def _attempt(self, delivery: Delivery, retry: int, reason: str, *, waits: bool) -> Attempt:
        attempt = Attempt(time.monotonic(), retry, reason, envelope=str(uuid.uuid4()))
        delivery.attempts.append(attempt)
        answers = delivery.kind == "slash_commands" or delivery.payload.get("type") in {"view_submission", "block_suggestion"}
        await self.carrier.carry(delivery, attempt, answers=answers, waits=waits)
        return attempt

    def _flooded(self, payload: Json) -> bool:
        started, count = self._hour
        now = self.clock.limits()
        if now - started > HOUR:
            started, count = now, 0
        self._hour = (started, count + 1)
        if count == self.per_hour:
            minute = self.clock.seconds() // 60 * 60
            self._start(self._recorded("events_api", {
                "token": "", "type": "app_rate_limited", "team_id": payload.get("team_id"),
                "minute_rate_limited": minute, "api_app_id": payload.get("api_app_id")}))
        return count >= self.per_hour

    def _watch(self, attempt: Attempt) -> None:
        """Switch the subscription off when nearly everything fails over an hour (never below a thousand attempts)."""
        now = self.clock.limits()
        self._tried.append((now, attempt.how == "acked"))
        if attempt.how not in {"acked", "closed"} and len(self._tried) >= 1000:
            self._tried = [one for one in self._tried if one[0] > now - HOUR]
            good = sum(one[1] for one in self._tried)
            self.disabled = len(self._tried) >= 1000 and good < len(self._tried) * 0.05
