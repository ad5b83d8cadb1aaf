"""The live stream of the local API: server-sent events with what one person, or any of several, may see.

Decides the names of the events: `hello`, `message`, `edit`, `erase`, `conversation`, `clock`, and `reset`
when too much happened meanwhile to tell it one by one. Leaves who may see what to `rows.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

from bot.platforms.local.clock import stamp
from bot.platforms.local.rows import Json
from bot.platforms.local.world import World

BEAT = 15.0  # seconds of silence after which a comment shows that the line is alive


async def events(
    world: World, people: Sequence[str], *, after: int | None, ending: asyncio.Event, beat: float
) -> AsyncIterator[bytes]:
    """Gives what changes for `people` after the change `after`, until `ending` is set and the store woken."""
    with world.store.watch() as changed:
        oldest, newest = await world.newest_change()
        reached = newest if after is None else after
        yield _event("hello", {"now": stamp(world.clock.now())}, reached)
        if reached > newest or (newest and reached < oldest - 1):
            reached = newest
            yield _event("reset", {}, reached)
        while not ending.is_set():
            changed.clear()
            upto, found = await world.changes(people, reached)
            for one in found:
                data = {"now": stamp(world.clock.now())} if one.kind == "clock" else one.data
                yield _event(one.kind, data, one.id)
            if upto > reached:
                reached = upto
                continue
            try:
                await asyncio.wait_for(changed.wait(), beat)
            except TimeoutError:
                yield b": still here\n\n"


def _event(name: str, data: Json, number: int) -> bytes:
    # One line of data whatever it holds: JSON writes line breaks as escapes.
    return f"id: {number}\nevent: {name}\ndata: {json.dumps({'kind': name, **data})}\n\n".encode()
