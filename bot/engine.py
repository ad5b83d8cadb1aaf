"""The durable engine: what arrives is recorded before it is acknowledged, what leaves is performed until it is done.

Decides queues, lanes, retries and recovery; leaves every rule to `commands/dispatch.py`, every platform's ways to its
adapter, what an event brings to `bringing.py`, deliveries to `lanes.py`, the keeping of records to `records.py` and what
one may hold to `sealing.py`. Two workflows: `handle` for what arrives, `deliver` for one effect.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Self
from weakref import WeakValueDictionary

from dbos import DBOS, DBOSClient, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error
from sqlalchemy import delete
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from bot import records, wire
from bot.bringing import Bringing
from bot.delivery import Delivering
from bot.lanes import APPLICATION_VERSION, RETRIES, Lanes
from bot.platforms.port import Platform
from bot.sealing import Fault, Sealing, noted, redact, system_engine, unavailable
from bot.takeover import Seat
from commands.calls import Incoming, Reply
from commands.dispatch import Dispatch
from commands.intake import messages as intake
from commands.intake.brought import Brought
from commands.intake.kept import Kept
from commands.text import say
from commands.wording import common as wording
from config.clock import Clock, SystemClock
from storage.blobs import Blobs
from storage.database import Database
from storage.gpg import Gpg
from storage.models import Decision
from storage.vault import Vault

_AT_ONCE = 500
RECORDED_TEXT = 64 * 1024  # longer texts travel as a blob beside the record, in bytes

log = logging.getLogger("harborlight.engine")


class Engine:
    """The engine of one process. Enter it after the master key was checked: launching recovers stored work at once."""

    def __init__(
        self, *, database: Database, system_url: URL, vault: Vault, dispatch: Dispatch, clock: Clock, blobs: Blobs, gpg: Gpg,
        platforms: dict[str, Platform], seat: Seat, poll: float = 0.15, deliver: bool = True,
        encrypt: Callable[[bytes], str] | None = None,
    ) -> None:
        """`poll` is how often the queues are looked at, in seconds; without `deliver` this process only records.

        `encrypt` makes a message to the programme key; without it there are no rehearsals.
        """
        self.database, self.vault, self.dispatch, self.clock = database, vault, dispatch, clock
        self.blobs, self.gpg, self.platforms, self.seat = blobs, gpg, platforms, seat
        self.delivering = Delivering(database=database, dispatch=dispatch, clock=clock, blobs=blobs, platforms=platforms)
        self.bringing = Bringing(database=database, clock=clock, desk=dispatch.desk, blobs=blobs, gpg=gpg, platforms=platforms,
                                 encrypt=encrypt)
        self.lanes = Lanes(database=database, clock=clock, delivering=self.delivering, guarded=self._guarded,
                           start=self._start, pause=self._pause)
        self._system_url, self._poll, self._deliver_here = system_url, poll, deliver
        self._tasks: dict[str, asyncio.Task[Any]] = {}  # what this process works at
        self._told: set[str] = set()  # events that were set aside, as far as this process told of them
        self._running = 0  # steps and transactions
        self._decided = True  # whether there may be decisions whose events have ended since
        self._place = 1  # in the line of what arrives
        self._recording: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # conversation, whose turn it is
        self._closing = False

    async def __aenter__(self) -> Self:
        sqlite = self.database.is_sqlite
        self._system = system_engine(self._system_url, sqlite=sqlite)
        self._serializer = Sealing(self.vault)
        config: DBOSConfig = {
            "name": "harborlight",
            "system_database_url": self._system_url.render_as_string(hide_password=False),
            "system_database_engine": self._system,
            "serializer": self._serializer,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.seat.name,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": min(1.0, self._poll * 2),
        }
        DBOS(config=config)
        redact("dbos")  # it sets up its own log when it is made
        self._workflows()
        self.lanes.system = self._system
        self.lanes.client = DBOSClient(system_database_engine=self._system, serializer=self._serializer,
                                       application_name="harborlight", lazy=True)
        if not self._deliver_here:
            DBOS.listen_queues(["inbox"])
        DBOS.launch()
        await DBOS.register_queue_async("inbox", partition_concurrency=1, worker_concurrency=6,
                                        polling_interval_sec=self._poll)
        await DBOS.register_queue_async("out", partition_concurrency=1, polling_interval_sec=self._poll)
        for platform in self.platforms.values():
            for tier in platform.limits.tiers:
                name = self.lanes.queues[f"{platform.name}/{tier.kind}"] = f"{platform.name}-{tier.kind}"
                await DBOS.register_queue_async(name, limiter={"limit": tier.most, "period": self.clock.real(tier.seconds)},
                                                polling_interval_sec=self._poll * 2)
        if sqlite:
            self._place = await records.last_place("inbox")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True  # nothing new begins: what runs ends soon, the rest is taken up by the next start
        for _wait in range(60):  # up to 3 s
            if not self._running:
                break
            await asyncio.sleep(0.05)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as aside:  # not the loop's own threads: they are what is taken down
            await loop.run_in_executor(aside, lambda: DBOS.destroy(destroy_registry=True))
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="after-engine"))
        self._system.dispose()

    # -- workflows ---------------------------------------------------------------------------------------------

    def _workflows(self) -> None:
        @DBOS.workflow(name="handle", max_recovery_attempts=3)
        async def handle(data: dict[str, Any]) -> dict[str, Any]:
            with self._at_work():
                return await self._handle(data)

        @DBOS.workflow(name="deliver", max_recovery_attempts=None)
        async def deliver(data: dict[str, Any]) -> str:
            with self._at_work():
                return await self.lanes.deliver(data)

        @DBOS.workflow(name="turn")
        async def turn(name: str) -> None:
            self.lanes.turn_came(name)

        self._handle_workflow: Any = handle

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        name, task = str(DBOS.workflow_id), asyncio.current_task()
        assert task is not None  # noqa: S101  a workflow of ours runs in a task
        self._tasks[name] = task
        try:
            yield
        finally:
            if self._tasks.get(name) is task:
                del self._tasks[name]

    async def _handle(self, data: dict[str, Any]) -> dict[str, Any]:
        """Run one event to its end: tried again at once when the database is away, three times when the fault is ours."""
        faults = outages = 0
        given_up = ""
        while True:
            try:
                return await (self._gave_up(data, given_up) if given_up else self._attempt(data))
            except Exception as error:
                reference = noted(error)
                if unavailable(error):
                    outages += 1
                    wait = RETRIES[min(outages, len(RETRIES)) - 1]
                elif given_up:
                    raise Fault(reference) from None
                elif faults == len(RETRIES):
                    given_up = reference
                    continue
                else:
                    faults += 1
                    wait = RETRIES[faults - 1]
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        try:
            await DBOS.sleep_async(self.clock.real(seconds))
        except Exception as error:
            noted(error)
            await asyncio.sleep(self.clock.real(seconds))

    async def _attempt(self, data: dict[str, Any]) -> dict[str, Any]:
        incoming = wire.unpack_incoming(data)
        kept: tuple[Kept, ...] = ()
        if incoming.kind in ("message", "press") and (incoming.files or incoming.kind == "press"):
            kept = wire.unpack_kept(await DBOS.run_step_async({"name": "fetch"}, self._guarded, self.bringing.fetch, data))
        brought = await self.bringing.bring(incoming, kept)
        await self._unless_closing()
        answer = await self._decide(data, brought)
        await self.lanes.enqueue(answer["effects"])
        for key, turn in answer.get("revived", ()):
            await self.lanes.revive(key, turn)
        return dict(answer["reply"])

    async def _decide(self, data: dict[str, Any], brought: Brought) -> dict[str, Any]:
        """Decide an event in one transaction; what an earlier try of it committed stands."""
        event = str(DBOS.workflow_id)
        self._running += 1
        try:
            async with self.database.work(self.clock.now()) as work:
                before = await work.session.get(Decision, event)
                if before is not None:
                    return dict(self._serializer.deserialize(before.record))
                self._decided = True
                answer = await self.dispatch.run(work, wire.unpack_incoming(data), brought)
                found = {"reply": wire.pack_reply(answer.reply), "revived": [list(one) for one in answer.revived],
                         "effects": [wire.pack_emitted(one) for one in answer.effects]}
                work.session.add(Decision(event=event, record=self._serializer.serialize(found)))
            return found
        except (DBAPIError, Fault):
            raise
        except Exception as error:
            raise Fault(noted(error)) from None
        finally:
            self._running -= 1

    async def _gave_up(self, data: dict[str, Any], reference: str) -> dict[str, Any]:
        mark = reference.rsplit(maxsplit=1)[-1]
        await self._alarm(str(DBOS.workflow_id), mark, wire.unpack_incoming(data))
        return wire.pack_reply(Reply(code="internal", text=wording.internal(mark)))

    async def _alarm(self, event: str, mark: str, incoming: Incoming) -> None:
        """Tell the operators, and the sender of a message, of an event that was given up; once for each event."""
        person = f"{incoming.platform}|{incoming.person}" if incoming.kind == "message" else ""
        with SetWorkflowID(f"internal/{event}"):
            alarm = self._clock_call("watch-internal", f"event={event} reference={mark}", person=person)
            await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(alarm))

    async def _start(self, name: str, line: str, arguments: str) -> None:
        with SetWorkflowID(name):
            call = self._clock_call(line, arguments)
            await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(call))

    # -- steps -------------------------------------------------------------------------------------------------

    async def _unless_closing(self) -> None:
        if self._closing:
            await asyncio.Event().wait()  # until this task is cancelled: the next start takes it up here

    async def _guarded(self, run: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Run a step so that nothing of an exception but its type and a reference is ever recorded or logged."""
        await self._unless_closing()
        self._running += 1
        try:
            return await run(*arguments)
        except DBAPIError:
            raise
        except Exception as error:
            raise Fault(noted(error)) from None
        finally:
            self._running -= 1

    # -- ways in -----------------------------------------------------------------------------------------------

    def event_id(self, incoming: Incoming) -> str:
        """Return the workflow id of what arrived: the same thing twice is one workflow, and no platform id is in clear."""
        place = f"{incoming.platform}|{incoming.conversation}|{incoming.event}"
        return "in/" + self.vault.blind("event", place)[:40]

    async def receive(self, incoming: Incoming) -> Reply:
        """Take what a platform gives: a message is recorded, a command answered, a question looked up."""
        if incoming.kind == "message":
            await self._record(incoming)
            return Reply()
        async with self.database.read(self.clock.now()) as work:
            reply = await self.dispatch.look(work, incoming)
        if reply is not None:
            return reply
        with SetWorkflowID(self.event_id(incoming)):
            handle = await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(incoming))
        patience = self.platforms[incoming.platform].limits.patience if incoming.platform in self.platforms else 2.0
        try:
            result = await asyncio.wait_for(handle.get_result(polling_interval_sec=0.05), patience)
        except TimeoutError:
            return Reply(text=say("Recorded. The answer follows in a moment."))
        except Exception as error:
            return Reply(code="internal", text=wording.internal(noted(error).split()[-1]))
        return wire.unpack_reply(result)

    async def _record(self, incoming: Incoming) -> None:
        lane = self.vault.blind("lane", f"{incoming.platform}|{incoming.conversation}")[:24]
        # Platforms give what one person says fast side by side, and recording takes its time: in the order in which it came.
        turn = self._recording[lane] = self._recording.get(lane) or asyncio.Lock()
        async with turn:
            await self._enqueue(incoming, lane)

    async def _enqueue(self, incoming: Incoming, lane: str) -> None:
        if len(incoming.text.encode()) > RECORDED_TEXT:
            blob = await asyncio.to_thread(self.blobs.keep, incoming.text.encode())
            incoming = replace(incoming, text="", text_blob=f"{blob.name}:{blob.key.hex()}")
        # On SQLite the engine counts time in whole seconds and draws lots within one: places in line are given here. On
        # PostgreSQL, where other processes give places as well, it counts milliseconds, and a recording takes longer.
        if self.database.is_sqlite:
            self._place += 1
        options = SetEnqueueOptions(queue_partition_key=lane, priority=self._place)
        with SetWorkflowID(self.event_id(incoming)), options:
            try:
                await DBOS.enqueue_workflow_async("inbox", self._handle_workflow, wire.pack_incoming(incoming))
            except dbos_error.MaxRecoveryAttemptsExceededError:
                log.warning("an event that was set aside arrived again")

    async def mark(self, platform: str, conversation: str) -> str:
        """Return the id of the last handled event of a conversation."""
        async with self.database.read(self.clock.now()) as work:
            return await intake.mark(work, self.vault, platform, conversation)

    async def known(self, platform: str) -> list[tuple[str, str]]:
        """Return the accounts of a platform that ever spoke to the bot, each with its id of their own conversation."""
        async with self.database.read(self.clock.now()) as work:
            return await work.people.rooms(self.vault, platform)

    def _clock_call(self, line: str, arguments: str = "", *, person: str = "") -> Incoming:
        now = self.clock.now()
        return Incoming(platform="clock", event=f"{line} {arguments}", person=person, name="clock", kind="clock",
                        place="clock", conversation="clock", at=now, line=f"{line} {arguments}".strip())

    async def ask(self, line: str, *, key: str) -> Reply:
        """Run what the clock asks for, once under `key`."""
        with SetWorkflowID(f"clock/{key}"):
            handle = await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(self._clock_call(line)))
        return wire.unpack_reply(await handle.get_result(polling_interval_sec=0.05))

    # -- upkeep ------------------------------------------------------------------------------------------------

    async def keep_up(self) -> None:
        """Take over what a dead process left, give back what lost its task, tell of what was set aside."""
        for gone in await self.seat.vacant(await records.executors()):
            async with gone:
                await records.recover(gone.name)
        await records.give_back_stranded(self.seat.name, self._tasks.keys(), SystemClock().now())
        for event, data in await records.set_aside():
            if event not in self._told:
                self._told.add(event)
                await self._alarm(event, secrets.token_hex(4), wire.unpack_incoming(data))
        await self._forget_decisions()

    async def _forget_decisions(self) -> None:
        """Delete the decisions whose events have ended: the engine's own records stand for them."""
        if not self._decided:
            return
        self._decided = False
        async with self.database.read(self.clock.now()) as work:
            found = list((await work.session.execute(select(Decision.event))).scalars())
        left = await records.still_open(found)
        self._decided = self._decided or bool(left)
        ended = sorted(set(found) - left)
        for start in range(0, len(ended), _AT_ONCE):
            async with self.database.work(self.clock.now()) as work:
                await work.session.execute(delete(Decision).where(col(Decision.event).in_(ended[start:start + _AT_ONCE])))

    async def unfinished(self) -> list[str]:
        """Return the ids of work that is recorded and not done, without what waits for a platform or a person."""
        return await records.unfinished(self.lanes.at_rest)

    async def settled(self, *, most: float = 30.0, of: str = "") -> None:
        """Wait until nothing is left to do whose id begins with `of`, at most `most` real seconds; raises TimeoutError naming it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + most
        while left := [one for one in await self.unfinished() if one.startswith(of)]:
            if loop.time() > end:
                raise TimeoutError(f"still at work: {sorted(left)[:5]}")
            await asyncio.sleep(0.01)

    async def forget(self, *, prefix: str = "", ids: list[str] | None = None) -> int:
        """Delete records: those of a purged report at once, by prefix or id."""
        return await records.forget(prefix=prefix, ids=ids)

    async def forget_finished(self, before: datetime) -> int:
        """Delete the records of work that ended before an instant of the machine's own clock, but for dead letters."""
        async with self.database.read(self.clock.now()) as work:
            spare = await work.reports.dead_letters()
        return await records.forget_finished(before, spare)

    async def checkpoint(self) -> None:
        """Empty the write-ahead log of the records, so that what was deleted is gone from it as well."""
        if self.database.is_sqlite:
            await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> None:
        with self._system.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
