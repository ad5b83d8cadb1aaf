"""The durable engine: what arrives is recorded before it is acknowledged, what leaves is performed until it is done.

The only importer of dbos. Decides queues, lanes, retries and recovery; leaves every rule to `commands/dispatch.py` and every
platform's ways to its adapter. Two workflows: `handle` for what arrives, `deliver` for one effect.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal, Self

from dbos import DBOS, AsyncSQLAlchemyDatasource, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine as SyncEngine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot import wire
from bot.delivery import Delivering
from bot.platforms.port import Later, Platform, Refused, Unsure
from commands import intake
from commands.calls import Incoming, Reply
from commands.dispatch import Dispatch
from commands.kept import Kept
from commands.text import say
from commands import wording
from config.clock import Clock
from storage.blobs import Blobs
from storage.database import Database, Work, sqlite_pragmas
from storage.gpg import Gpg
from storage.vault import Vault, VaultError

APPLICATION_VERSION = "1"  # raised only when the steps of a workflow change
RECORDED_TEXT = 64 * 1024  # longer texts travel as a blob beside the record, in bytes
RETRIES = (1.0, 10.0, 60.0)
_FORGET_AT_ONCE = 500
_YEAR = 366 * 86400.0

log = logging.getLogger("harborlight.engine")


class Fault(Exception):  # noqa: N818  what went wrong is in the log under its reference, never in the record
    """An unexpected error, by its type and a reference only."""


class _Sealing(Serializer):
    """JSON under the master key: nothing that the engine stores can be read without it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"!": type(data).__name__, "m": str(data) if isinstance(data, Fault) else ""}
        return self._vault.seal_record(json.dumps(data, ensure_ascii=False, separators=(",", ":")), "engine")

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(self._vault.open_record(serialized_data, "engine"))
        if isinstance(data, dict) and "!" in data and set(data) == {"!", "m"}:
            return Fault(f"{data['!']} {data['m']}".strip())
        return data

    def name(self) -> str:
        return "harborlight"


class _Redacted(logging.Handler):
    """Passes on that something happened, never an exception's text: that could hold what somebody wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log.log(record.levelno, "durable engine: %s line %d %s", record.module, record.lineno, kind)


def _system_engine(url: URL, *, sqlite: bool) -> SyncEngine:
    if not sqlite:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=10)
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        sqlite_pragmas(connection, record)
        connection.isolation_level = "IMMEDIATE"  # as the engine's own SQLite connections

    return engine


class Engine:
    """The engine of one process. Enter it after the master key was checked: launching recovers stored work at once."""

    def __init__(
        self, *, database: Database, system_url: URL, vault: Vault, dispatch: Dispatch, clock: Clock, blobs: Blobs, gpg: Gpg,
        platforms: dict[str, Platform], executor: str, poll: float = 0.15, deliver: bool = True,
    ) -> None:
        """`poll` is how often the queues are looked at, in seconds; without `deliver` this process only records."""
        self.database, self.vault, self.dispatch, self.clock = database, vault, dispatch, clock
        self.blobs, self.gpg, self.platforms, self.executor = blobs, gpg, platforms, executor
        self.delivering = Delivering(database=database, dispatch=dispatch, clock=clock, blobs=blobs, platforms=platforms)
        self._system_url, self._poll, self._deliver_here = system_url, poll, deliver
        self.at_rest: set[str] = set()  # deliveries that wait for a platform or a person, not for us
        self._running = 0

    async def __aenter__(self) -> Self:
        sqlite = self.database.is_sqlite
        self._system = _system_engine(self._system_url, sqlite=sqlite)
        serializer = _Sealing(self.vault)
        config: DBOSConfig = {
            "name": "harborlight",
            "system_database_url": self._system_url.render_as_string(hide_password=False),
            "system_database_engine": self._system,
            "serializer": serializer,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": min(1.0, self._poll * 2),
        }
        DBOS(config=config)
        engine_log = logging.getLogger("dbos")
        engine_log.handlers[:] = [_Redacted()]
        engine_log.propagate = False
        self._datasource = await AsyncSQLAlchemyDatasource.create(
            self.database.url.render_as_string(hide_password=False), engine=self.database.engine, serializer=serializer,
            sessionmaker=async_sessionmaker(class_=AsyncSession, expire_on_commit=False),
        )
        # SQLite serialises by its write lock; on PostgreSQL rows and the chain are locked one by one.
        self._isolation: Literal["SERIALIZABLE", "READ COMMITTED"] = "SERIALIZABLE" if sqlite else "READ COMMITTED"
        self._workflows()
        if not self._deliver_here:
            DBOS.listen_queues(["inbox"])
        DBOS.launch()
        await DBOS.register_queue_async("inbox", partition_concurrency=1, worker_concurrency=4,
                                        polling_interval_sec=self._poll)
        await DBOS.register_queue_async("out", partition_concurrency=1, polling_interval_sec=self._poll)
        return self

    async def __aexit__(self, *_: object) -> None:
        for _wait in range(60):  # up to 3 s for steps that are running now
            if not self._running:
                break
            await asyncio.sleep(0.05)
        await asyncio.get_running_loop().run_in_executor(None, lambda: DBOS.destroy(destroy_registry=True))
        for task in asyncio.all_tasks():
            if "_execute_workflow_async" in repr(task.get_coro()):
                task.cancel()
        self._system.dispose()

    # -- workflows ---------------------------------------------------------------------------------------------

    def _workflows(self) -> None:
        @DBOS.workflow(name="handle", max_recovery_attempts=3)
        async def handle(data: dict[str, Any]) -> dict[str, Any]:
            return await self._handle(data)

        @DBOS.workflow(name="deliver", max_recovery_attempts=None)
        async def deliver(data: dict[str, Any]) -> str:
            return await self._deliver(data)

        self._handle_workflow: Any = handle
        self._deliver_workflow: Any = deliver

    async def _handle(self, data: dict[str, Any]) -> dict[str, Any]:
        reference = ""
        for wait in (*RETRIES, None):
            try:
                return await self._attempt(data)
            except (dbos_error.DBOSException, DBAPIError, VaultError):
                if wait is None:
                    raise
                reference = "database"
            except Fault as fault:
                reference = str(fault)
            except Exception as error:  # noqa: BLE001  everything else is ours, never the sender's
                reference = self._note(error)
            if wait is None:
                break
            await DBOS.sleep_async(self.clock.real(wait))
        return await self._gave_up(data, reference)

    async def _attempt(self, data: dict[str, Any]) -> dict[str, Any]:
        incoming = wire.unpack_incoming(data)
        kept: tuple[Kept, ...] = ()
        if incoming.kind in ("message", "press") and (incoming.files or incoming.kind == "press"):
            kept = wire.unpack_kept(await DBOS.run_step_async({"name": "fetch"}, self._guarded, self._fetch, data))
        brought = await self._bring(incoming, kept)
        answer: dict[str, Any] = await self._datasource.run_tx_step_async(
            {"name": "dispatch", "isolation_level": self._isolation}, self._decide, data, brought
        )
        for one in answer["effects"]:
            await self._enqueue(one)
        for key, turn in answer.get("revived", ()):
            await self._revive(key, turn)
        return dict(answer["reply"])

    async def _decide(self, data: dict[str, Any], brought: intake.Brought) -> dict[str, Any]:
        self._running += 1
        try:
            work = Work(self._datasource.sql_session(), self.clock.now())
            answer = await self.dispatch.run(work, wire.unpack_incoming(data), brought)
            return {"reply": wire.pack_reply(answer.reply), "revived": [list(one) for one in answer.revived],
                    "effects": [wire.pack_emitted(one) for one in answer.effects]}
        except (DBAPIError, Fault):
            raise
        except Exception as error:  # noqa: BLE001
            raise Fault(self._note(error)) from None
        finally:
            self._running -= 1

    async def _gave_up(self, data: dict[str, Any], reference: str) -> dict[str, Any]:
        incoming = wire.unpack_incoming(data)
        with SetWorkflowID(f"internal/{DBOS.workflow_id}"):
            alarm = self._clock_call("watch-internal", f"event={DBOS.workflow_id} reference={reference.split()[-1]}",
                                     person=f"{incoming.platform}|{incoming.person}" if incoming.kind == "message" else "")
            await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(alarm))
        return wire.pack_reply(Reply(code="internal", text=wording.internal(reference.split()[-1])))

    async def _deliver(self, data: dict[str, Any]) -> str:
        emitted = wire.unpack_emitted(data)
        opens = emitted.effect.kind == "open_channel"
        tries = 0
        while True:
            found = await DBOS.run_step_async({"name": "perform"}, self._guarded, self._perform, data, tries + 1)
            outcome = wire.unpack_outcome(found)
            tries += 1
            if isinstance(outcome, Later | Unsure):
                await self._rest(emitted.key, DBOS.sleep_async(self.clock.real(min(outcome.after * max(1, tries), 600.0))))
                continue
            if isinstance(outcome, Refused):
                await self._undelivered(emitted.key, outcome.reason, tries)
                if opens:  # the posts behind it wait in order until somebody revives it
                    await self._rest(emitted.key, DBOS.recv_async("revive", timeout_seconds=_YEAR))
                    continue
            then = getattr(emitted.effect, "then", "")
            if then:
                await self._follow(emitted.key, then)
            return outcome.kind

    async def _revive(self, key: str, turn: int) -> None:
        """Give a dead letter another try: one that holds its lane is woken, one that ended runs again.

        It keeps its key, so that a platform still sees one effect; only its record has a name of its own.
        """
        found = await DBOS.run_step_async({"name": "revive"}, self._guarded, self._dead, key)
        if found is None:
            return
        if found["held"]:
            self.at_rest.discard(found["id"])
            await DBOS.send_async(found["id"], "revive", "revive")
            return
        one = found["effect"]
        with (SetWorkflowID(f"{found['id']}/again/{turn}"),
              SetEnqueueOptions(priority=one["sequence"], queue_partition_key=one["lane"])):
            await DBOS.enqueue_workflow_async("out", self._deliver_workflow, one)

    async def _dead(self, key: str) -> dict[str, Any] | None:
        """Return the record of a dead letter; a card's newest one. One that is deleted stays a dead letter."""
        rows = await DBOS.list_workflows_async(workflow_ids=[key], load_output=False)
        if not rows:  # a card: every version has a record of its own
            rows = [row for row in await DBOS.list_workflows_async(workflow_id_prefix=f"{key}@", load_output=False)
                    if "/again/" not in row.workflow_id]
        last = max(rows, key=lambda row: row.created_at or 0, default=None)
        if last is None or last.input is None:
            async with self.database.work(self.clock.now()) as work:
                kept = await work.reports.delivery(key)
                if kept is not None:
                    kept.state, kept.reason = "refused", "forgotten"
            return None
        return {"id": last.workflow_id, "held": last.status == "PENDING", "effect": last.input["args"][0]}

    async def _rest(self, key: str, waiting: Awaitable[Any]) -> None:
        self.at_rest.add(key)
        try:
            await waiting
        finally:
            self.at_rest.discard(key)

    async def _perform(self, data: dict[str, Any], attempt: int) -> dict[str, Any]:
        # A killed step runs again with the same arguments, so the record's own count of recoveries tells as well.
        status = await DBOS.get_workflow_status_async(str(DBOS.workflow_id))
        recovered = status is not None and (status.recovery_attempts or 0) > 1
        return wire.pack_outcome(await self.delivering.perform(wire.unpack_emitted(data), attempt + int(recovered)))

    async def _undelivered(self, key: str, reason: str, tries: int) -> None:
        with SetWorkflowID(f"undelivered/{DBOS.workflow_id}/{tries}"):
            call = self._clock_call("watch-undelivered", f"key={key} reason={reason}")
            await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(call))

    async def _follow(self, key: str, card: str) -> None:
        with SetWorkflowID(f"then/{DBOS.workflow_id}"):
            call = self._clock_call("watch-card", f"card={card}")
            await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(call))

    # -- steps -------------------------------------------------------------------------------------------------

    async def _guarded(self, run: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Run a step so that nothing of an exception but its type and a reference is ever recorded or logged."""
        self._running += 1
        try:
            return await run(*arguments)
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001
            raise Fault(self._note(error)) from None
        finally:
            self._running -= 1

    async def _fetch(self, data: dict[str, Any]) -> list[Any]:
        incoming = wire.unpack_incoming(data)
        limit = self.dispatch.desk.program.intake.sent
        async with self.database.read(self.clock.now()) as work:
            wanted = await intake.wanted(work, self.dispatch.desk, incoming)
        kept: list[Kept] = []
        for file in wanted:
            content = await self.platforms[incoming.platform].fetch(file, limit)
            if len(content) > limit:
                kept.append(Kept(file.name, "", "", len(content), "", too_large=True))
                continue
            kept.append(Kept.of(file.name, await asyncio.to_thread(self.blobs.keep, content)))
        return wire.pack_kept(tuple(kept))

    async def _bring(self, incoming: Incoming, kept: tuple[Kept, ...]) -> intake.Brought:
        """Open what was sent. A pure computation between the steps: nothing of it is stored, a replay does it again."""
        if incoming.kind != "message" or incoming.place != "dm":
            return intake.Brought(files=kept)
        text = incoming.text
        if incoming.text_blob:
            name, _, key = incoming.text_blob.partition(":")
            text = (await asyncio.to_thread(self.blobs.read, name, bytes.fromhex(key))).decode("utf-8", "replace")
        files = []
        for one in kept:
            files.append(b"" if one.too_large else await asyncio.to_thread(self.blobs.read, one.blob, bytes.fromhex(one.key)))
        async with self.database.read(self.clock.now()) as work:
            before = await intake.parts(work, self.dispatch.desk, incoming)
        return await intake.bring(self.dispatch.desk, self.gpg, self.blobs, text=text, before=before, kept=kept, files=files,
                                  late=incoming.files)

    def _note(self, error: BaseException) -> str:
        """Log an unexpected error under a reference, with where it happened but without its text; return both."""
        reference = secrets.token_hex(4)
        frames = []
        trace = error.__traceback__
        while trace is not None:
            frames.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
            trace = trace.tb_next
        log.error("unexpected %s, reference %s, at %s", type(error).__name__, reference, " > ".join(frames[-6:]))
        return f"{type(error).__name__} {reference}"

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
        return wire.unpack_reply(result)

    async def _record(self, incoming: Incoming) -> None:
        if len(incoming.text.encode()) > RECORDED_TEXT:
            blob = await asyncio.to_thread(self.blobs.keep, incoming.text.encode())
            incoming = _replace(incoming, text="", text_blob=f"{blob.name}:{blob.key.hex()}")
        lane = self.vault.blind("lane", f"{incoming.platform}|{incoming.conversation}")[:24]
        with SetWorkflowID(self.event_id(incoming)), SetEnqueueOptions(queue_partition_key=lane):
            await DBOS.enqueue_workflow_async("inbox", self._handle_workflow, wire.pack_incoming(incoming))

    async def _enqueue(self, one: dict[str, Any]) -> None:
        options = SetEnqueueOptions(priority=one["sequence"], queue_partition_key=one["lane"])
        with SetWorkflowID(one["key"]), options:
            await DBOS.enqueue_workflow_async("out", self._deliver_workflow, one)

    async def mark(self, platform: str, conversation: str) -> str:
        """Return the id of the last handled event of a conversation."""
        async with self.database.read(self.clock.now()) as work:
            return await intake.mark(work, self.vault, platform, conversation)

    def _clock_call(self, line: str, arguments: str = "", *, person: str = "") -> Incoming:
        now = self.clock.now()
        return Incoming(platform="clock", event=f"{line} {arguments}", person=person, name="clock", kind="clock",
                        place="clock", conversation="clock", at=now, line=f"{line} {arguments}".strip())

    async def ask(self, line: str, *, key: str) -> Reply:
        """Run what the clock asks for, once under `key`."""
        with SetWorkflowID(f"clock/{key}"):
            handle = await DBOS.start_workflow_async(self._handle_workflow, wire.pack_incoming(self._clock_call(line)))
        return wire.unpack_reply(await handle.get_result(polling_interval_sec=0.05))

    # -- questions ---------------------------------------------------------------------------------------------

    async def unfinished(self) -> list[str]:
        """Return the ids of work that is recorded and not done, without what waits for a platform or a person."""
        found = await DBOS.list_workflows_async(status=["PENDING", "ENQUEUED", "DELAYED"])
        held = {row.queue_partition_key for row in found if row.workflow_id in self.at_rest}
        return [row.workflow_id for row in found
                if row.workflow_id not in self.at_rest and (not row.queue_partition_key or row.queue_partition_key not in held)]

    async def settled(self, *, most: float = 30.0) -> None:
        """Wait until nothing is left to do, at most `most` real seconds; raises TimeoutError naming what is left."""
        loop = asyncio.get_running_loop()
        end = loop.time() + most
        while left := await self.unfinished():
            if loop.time() > end:
                raise TimeoutError(f"still at work: {sorted(left)[:5]}")
            await asyncio.sleep(0.01)

    async def recover(self, executors: list[str]) -> None:
        """Take over the pending work of processes that are gone."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, executors)

    async def pending_executors(self) -> set[str]:
        """Return the executors that have work in flight."""
        found = await DBOS.list_workflows_async(status=["PENDING"], load_input=False, load_output=False)
        return {str(row.executor_id) for row in found if row.executor_id}

    async def forget(self, *, prefix: str = "", ids: list[str] | None = None) -> int:
        """Delete finished records: those of a purged report at once, by prefix or id."""
        names = list(ids or [])
        if prefix:
            names += [row.workflow_id for row in await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_input=False,
                                                                                load_output=False)]
        if names:
            await DBOS.delete_workflows_async(names)
        return len(names)

    async def forget_finished(self, before: datetime) -> int:
        """Delete the records of work that ended before an instant of the machine's own clock; dead letters go with them."""
        total = 0
        while True:
            found = await DBOS.list_workflows_async(completed_before=before.isoformat(), limit=_FORGET_AT_ONCE,
                                                    load_input=False, load_output=False)
            total += await self.forget(ids=[row.workflow_id for row in found])
            if len(found) < _FORGET_AT_ONCE:
                return total

    async def checkpoint(self) -> None:
        """Empty the write-ahead log of the records, so that what was deleted is gone from it as well."""
        if self.database.is_sqlite:
            await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> None:
        with self._system.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _replace(incoming: Incoming, **changes: Any) -> Incoming:
    from dataclasses import replace

    return replace(incoming, **changes)
