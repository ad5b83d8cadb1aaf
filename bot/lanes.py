"""The lanes of what leaves: one effect at a time, each until it is done, refused, or waits for somebody.

Decides how often a delivery is tried and what holds a lane; leaves performing it to `delivery.py`, and starting work to
`engine.py`, which runs `deliver` as a workflow.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat
from typing import Any

from dbos import DBOS

from bot import records, wire
from bot.delivery import Delivering
from bot.platforms.port import Done, Later, Refused, Unsure
from bot.sealing import noted, unavailable
from commands.effects import Erase
from config.clock import Clock
from storage.database import Database
from storage.models import UNSENT

APPLICATION_VERSION = "1"  # raised only when the steps of a workflow change
RETRIES = (1.0, 10.0, 60.0)  # seconds between tries when the fault is ours
_GIVE_UP = "give up"  # said to what holds its lane, where it is not to be tried again
LONGEST = 600.0  # seconds between two tries of a delivery whose outcome nobody knows
_YEAR = 366 * 86400.0
_SOON = 0.3  # seconds
_ELSEWHERE = 5.0  # seconds between two looks whether another process has seen our turn come

Guarded = Callable[..., Awaitable[Any]]
Start = Callable[[str, str, str], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


class Lanes:
    """Deliveries, lane by lane."""

    def __init__(
        self, *, database: Database, clock: Clock, delivering: Delivering, guarded: Guarded, start: Start, pause: Pause
    ) -> None:
        """`guarded` runs a step, `start` a call of the clock under a name, `pause` waits durably for seconds."""
        self.database, self.clock, self.delivering = database, clock, delivering
        self._guarded, self._start, self._pause = guarded, start, pause
        self._turns: dict[str, asyncio.Event] = {}
        self.at_rest: set[str] = set()  # deliveries that wait for a platform or a person, not for us
        self.queues: dict[str, str] = {}  # of what is taken only so often: platform and kind of effect, queue
        self.client: Any = None  # the durable engine as its own client, on the connections `system`
        self.system: Any = None

    async def enqueue(self, effects: Sequence[dict[str, Any]], *, name: str = "") -> None:
        """Put effects into their lanes, each once under its key, or a single one under another `name`.

        All at once or none, and not as steps of the event that emitted them: doing it again changes nothing.
        """
        if effects:
            await asyncio.to_thread(self._enqueue, effects, name)

    def _enqueue(self, effects: Sequence[dict[str, Any]], name: str) -> None:
        with self.system.begin() as connection:
            for one in effects:
                self.client.enqueue_in_transaction(connection, {
                    "workflow_name": "deliver", "queue_name": "out", "workflow_id": name or one["key"],
                    "app_version": APPLICATION_VERSION, "priority": one["sequence"], "queue_partition_key": one["lane"],
                }, one)

    async def deliver(self, data: dict[str, Any]) -> str:
        """Perform one effect until it is done or refused; a channel that cannot be opened holds its lane."""
        tries = faults = 0
        while True:
            try:
                tries += 1
                await self._turn(data, tries)
                found: Any = await DBOS.run_step_async({"name": "perform"}, self._guarded, self._perform, data, tries,
                                                  faults > len(RETRIES))
                outcome = wire.unpack_outcome(found)
                if isinstance(outcome, Later):
                    await self._rest(self._pause(outcome.after))
                elif isinstance(outcome, Unsure):
                    await self._rest(self._pause(min(outcome.after * tries, LONGEST)))
                elif await self._ended(data, outcome, tries):
                    return outcome.kind
                else:
                    faults = 0
            except Exception as error:
                noted(error)
                faults += 0 if unavailable(error) else 1
                await self._rest(self._pause(RETRIES[min(max(faults, 1), len(RETRIES)) - 1]))

    async def _turn(self, data: dict[str, Any], tries: int) -> None:
        """Wait for a place in what the platform takes only so often: a queue of its own, shared by all processes."""
        queue = self.queues.get(f"{data['effect']['platform']}/{data['effect']['kind']}")
        if queue is None:
            return
        name = f"{DBOS.workflow_id}/turn/{tries}"
        came = self._turns.setdefault(name, asyncio.Event())
        try:
            await asyncio.to_thread(self.client.enqueue, {
                "workflow_name": "turn", "queue_name": queue, "workflow_id": name, "app_version": APPLICATION_VERSION}, name)
            # Soon the first time: after a restart it may have come before.
            for patience in chain((_SOON,), repeat(_ELSEWHERE)):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await came.wait()
                        return
                if await records.ended(name):
                    return
        finally:
            del self._turns[name]

    def turn_came(self, name: str) -> None:
        """Let go on what waits for its turn here; what waits in another process finds out by itself."""
        if name in self._turns:
            self._turns[name].set()

    async def _ended(self, data: dict[str, Any], outcome: Done | Refused, tries: int) -> bool:
        """Say what became of an effect; false when it is to be tried again, because somebody revived it."""
        emitted = wire.unpack_emitted(data)
        name = str(DBOS.workflow_id)
        if isinstance(outcome, Refused):
            await self._start(f"undelivered/{name}/{tries}", "watch-undelivered",
                              f"key={emitted.key} reason={outcome.reason}")
            # The posts behind a channel wait in order.
            if emitted.effect.kind == "open_channel" and await self._rest(
                    DBOS.recv_async("revive", timeout_seconds=_YEAR)) != _GIVE_UP:
                return False
        handle = self.delivering.reached.pop(emitted.key, "")
        revived = "/again/" in name and emitted.effect.kind == "direct"
        if isinstance(outcome, Done) and (handle or revived):
            await self._start(f"delivered/{name}", "watch-delivered", f"key={emitted.key} handle={handle}".removesuffix(" handle="))
        if isinstance(outcome, Done) and outcome.crowded:
            await self._start(f"rooms/{name}", "watch-rooms", f"platform={emitted.effect.platform}")
        if isinstance(emitted.effect, Erase) and emitted.key.endswith(f"/{UNSENT}"):
            await records.forget_delivery(emitted.effect.of)  # behind it in its lane: it has ended, and is never to be sent again
        then = getattr(emitted.effect, "then", "")
        if then:
            await self._start(f"then/{name}", "watch-card", f"card={then}")
        return True

    async def _rest(self, waiting: Awaitable[Any]) -> Any:
        name = str(DBOS.workflow_id)
        self.at_rest.add(name)
        try:
            return await waiting
        finally:
            self.at_rest.discard(name)

    async def _perform(self, data: dict[str, Any], attempt: int, give_up: bool) -> dict[str, Any]:
        emitted = wire.unpack_emitted(data)
        if give_up:
            return wire.pack_outcome(await self.delivering.give_up(emitted))
        # A killed step runs again with the same arguments, so the record's own count of recoveries tells as well.
        status = await DBOS.get_workflow_status_async(str(DBOS.workflow_id))
        recovered = status is not None and (status.recovery_attempts or 0) > 1
        return wire.pack_outcome(await self.delivering.perform(emitted, attempt + int(recovered)))

    async def revive(self, key: str, turn: int) -> None:
        """Give a dead letter another try: one that holds its lane is woken, one that ended runs again.

        It keeps its key, so that a platform still sees one effect; only its record has a name of its own. Turn 0 is no try: what
        holds its lane is woken to end, and what waits behind it goes on.
        """
        found: Any = await DBOS.run_step_async({"name": "revive"}, self._guarded, self._dead, key)
        if found is None:
            return
        if found["held"]:
            self.at_rest.discard(found["id"])
            await DBOS.send_async(found["id"], "revive" if turn else _GIVE_UP, "revive")
        elif turn:
            await self.enqueue([found["effect"]], name=f"{found['id']}/again/{turn}")

    async def _dead(self, key: str) -> dict[str, Any] | None:
        found = await records.dead_letter(key)
        if found is not None:
            return {"id": found[0], "held": found[1], "effect": found[2]}
        async with self.database.work(self.clock.now()) as work:
            kept = await work.reports.delivery(key)
            if kept is not None:
                kept.state, kept.reason = "refused", "forgotten"
        return None
