"""Who listens where only one may: on a real PostgreSQL, and alone on SQLite."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.lines import listened
from bot.takeover import lock_of
from storage.database import Database
from tests.postgres import run_sql


class Ears:
    """Those who listen now, and how often somebody began to."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.begun: list[str] = []

    def of(self, name: str) -> Callable[[], Any]:
        async def listen() -> None:
            self.now.append(name)
            self.begun.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                self.now.remove(name)

        return listen


async def until(found: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.slow
@pytest.mark.postgres
async def test_one_listens_and_is_followed_when_its_session_ends(database_url: str) -> None:
    ears, database = Ears(), Database(database_url)
    first = asyncio.create_task(listened(database, "discord", ears.of("first")))
    await until(lambda: ears.now == ["first"])
    second = asyncio.create_task(listened(database, "discord", ears.of("second")))
    other = asyncio.create_task(listened(database, "elsewhere", ears.of("other")))
    await until(lambda: "other" in ears.now)
    await ended(other)
    assert ears.now == ["first"], "platforms are told apart, and the second waits"
    key = lock_of(" line discord") % 2**64
    killed = run_sql(database_url, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                                   f" AND classid::bigint = {key >> 32} AND objid::bigint = {key % 2**32}")
    assert killed == [(True,)]
    await until(lambda: len(ears.begun) == 3 and len(ears.now) == 1)  # whoever was faster
    await ended(first)
    await until(lambda: ears.now == ["second"])
    await ended(second)
    assert ears.now == []
    await database.close()


@pytest.mark.slow
@pytest.mark.postgres
async def test_what_goes_wrong_in_listening_is_told(database_url: str) -> None:
    async def wrong() -> None:
        raise LookupError("of ours")

    database = Database(database_url)
    with pytest.raises(LookupError):
        await listened(database, "discord", wrong)
    await database.close()


async def test_on_sqlite_there_is_nobody_to_wait_for(tmp_path: Path) -> None:
    ears, database = Ears(), Database(f"sqlite:///{tmp_path}/one.sqlite")
    task = asyncio.create_task(listened(database, "discord", ears.of("only")))
    await until(lambda: ears.now == ["only"])
    await ended(task)
    assert ears.now == []
    await database.close()
