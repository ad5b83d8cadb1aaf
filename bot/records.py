"""The durable engine's records: what is unfinished, whose it is, what is given back, and what is forgotten.

Decides nothing about what work means; asks and changes the records of the launched engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any

from dbos import DBOS

UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED"]
_SET_ASIDE = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
_AT_ONCE = 500
_ALONE = timedelta(seconds=60)  # a record that nobody works at is left alone as long: its task may be about to start


async def unfinished(at_rest: Collection[str]) -> list[str]:
    """Return the ids of work that is recorded and not done, without what rests and what waits behind it in its lane."""
    found = await DBOS.list_workflows_async(status=UNFINISHED, load_input=False, load_output=False)
    held = {row.queue_partition_key for row in found if row.workflow_id in at_rest}
    return [row.workflow_id for row in found if row.workflow_id not in at_rest
            and (not row.queue_partition_key or row.queue_partition_key not in held)]


async def last_place(queue: str) -> int:
    """Return the last place in line that unfinished work of a queue has, at least 1."""
    found = await DBOS.list_workflows_async(status=UNFINISHED, queue_name=queue, load_input=False, load_output=False)
    return max((row.priority or 0 for row in found), default=1) or 1


async def still_open(ids: Collection[str]) -> set[str]:
    """Return which of these records are not done."""
    names = sorted(ids)
    found: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        rows = await DBOS.list_workflows_async(workflow_ids=names[start:start + _AT_ONCE], status=UNFINISHED, load_input=False,
                                               load_output=False)
        found.update(row.workflow_id for row in rows)
    return found


async def ended(name: str) -> bool:
    """Return whether a record is done; not a step of the work that asks."""
    asked = asyncio.create_task(still_open([name]), context=Context())
    return name not in await asked


async def executors() -> set[str]:
    """Return the names of the processes that have work in flight."""
    found = await DBOS.list_workflows_async(status=["PENDING"], load_input=False, load_output=False)
    return {str(row.executor_id) for row in found if row.executor_id}


async def recover(executor: str) -> None:
    """Give back the work in flight of a process that is gone: it runs again, steps that are recorded do not."""
    await asyncio.to_thread(DBOS._recover_pending_workflows, [executor])


async def give_back_stranded(executor: str, at_work: Collection[str], now: datetime) -> int:
    """Give back what is noted as ours and what no task is at, because its end could not be written; `now` is the machine's.

    It would hold its lane until the next start. It keeps its queue and its place in the lane.
    """
    found = await DBOS.list_workflows_async(status=["PENDING"], executor_id=executor, load_input=False, load_output=False)
    before = (now - _ALONE).timestamp() * 1000
    stranded = [row for row in found if row.workflow_id not in at_work and (row.updated_at or 0) < before]
    for row in stranded:
        await DBOS.resume_workflow_async(row.workflow_id, queue_name=row.queue_name)
    return len(stranded)


async def set_aside() -> list[tuple[str, dict[str, Any]]]:
    """Return what ended the process each time it was tried, with its input; it is not tried again."""
    found = await DBOS.list_workflows_async(status=[_SET_ASIDE], load_output=False)
    return [(row.workflow_id, row.input["args"][0]) for row in found if row.input]


async def dead_letter(key: str) -> tuple[str, bool, dict[str, Any]] | None:
    """Return the record of a dead letter, whether it holds its lane, and its effect; of a card the newest one."""
    rows = await DBOS.list_workflows_async(workflow_id_prefix=f"{key}/again/", status=["PENDING"], load_output=False) or \
        await DBOS.list_workflows_async(workflow_ids=[key], load_output=False)
    if not rows:  # a card: every version has a record of its own
        rows = [row for row in await DBOS.list_workflows_async(workflow_id_prefix=f"{key}@", load_output=False)
                if "/again/" not in row.workflow_id]
    # Versions are counted, times only in seconds.
    last = max(rows, key=lambda row: int(row.workflow_id.rpartition("@")[2] or 0) if "@" in row.workflow_id else 0,
               default=None)
    if last is None or last.input is None:
        return None
    return last.workflow_id, last.status == "PENDING", last.input["args"][0]


async def forget(*, prefix: str = "", ids: list[str] | None = None) -> int:
    """Delete records by id or prefix and return how many; work that is not finished is deleted as well."""
    names = list(ids or [])
    if prefix:
        found = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_input=False, load_output=False)
        names += [row.workflow_id for row in found]
    if names:
        await DBOS.delete_workflows_async(names)
    return len(names)


async def forget_delivery(key: str) -> None:
    """Delete the records of a delivery and of its later tries, with the words in them; not a step of the work that asks."""
    async def gone() -> None:
        await forget(prefix=f"{key}/again/", ids=[key])

    await asyncio.create_task(gone(), context=Context())


async def forget_finished(before: datetime, spare: Collection[str]) -> int:
    """Delete the records of work that ended before an instant of the machine's own clock.

    `spare` are the keys of dead letters: their records stay, so that they can still be tried again.
    """
    total = spared = 0
    while True:
        found = await DBOS.list_workflows_async(completed_before=before.isoformat(), limit=_AT_ONCE, offset=spared,
                                                load_input=False, load_output=False)
        ended = [row.workflow_id for row in found if key_of(row.workflow_id) not in spare]
        spared += len(found) - len(ended)
        total += await forget(ids=ended)
        if len(found) < _AT_ONCE:
            return total


def key_of(record: str) -> str:
    """Return the key of the effect or the card that a delivery's record is about."""
    return record.partition("/again/")[0].partition("@")[0]
