"""The steps of the schema: they end where the tables are, run once, whole or not at all, at no cost later."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from config.settings import ROOT
from storage import models
from storage.database import Database
from storage.migrate import MigrationError, config_of, head, migrate, ours, pending

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def differences(connection: Connection) -> list[object]:
    """Return what the tables of the code have and the database lacks, or the other way round."""
    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/x.sqlite")
    yield found
    await found.close()


async def test_the_steps_end_where_the_tables_are(database: Database) -> None:
    assert await migrate(database)
    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    assert found == [], "the tables changed: `python -m storage.migrations` says how to write a step"


async def test_a_difference_would_be_seen(database: Database) -> None:
    await migrate(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE report ADD COLUMN extra TEXT"))
        await connection.execute(text("DROP INDEX report_due"))
        found = str(await connection.run_sync(differences))
    assert "extra" in found
    assert "report_due" in found


async def test_the_steps_follow_one_another_to_the_newest(database: Database) -> None:
    async with database.engine.connect() as connection:
        scripts = await connection.run_sync(lambda c: ScriptDirectory.from_config(config_of(c)))
    assert scripts.get_heads() == [head()]
    numbers = [one.revision for one in scripts.walk_revisions()]
    assert numbers == sorted(numbers, reverse=True)


async def test_what_is_done_is_not_done_again(database: Database) -> None:
    assert await pending(database)
    assert await migrate(database)
    async with database.work(NOW) as work:
        work.session.add(models.Setting(name="kept", value="yes"))
    assert not await pending(database)
    assert not await migrate(database)
    async with database.read(NOW) as work:
        assert await work.session.get(models.Setting, "kept") is not None


async def test_of_several_at_once_one_does_it(tmp_path: Path) -> None:
    several = [Database(f"sqlite:///{tmp_path}/x.sqlite") for _ in range(4)]
    assert sorted(await asyncio.gather(*(migrate(one) for one in several))) == [False, False, False, True]
    for one in several:
        await one.close()


async def test_a_step_that_fails_leaves_nothing_behind(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE passage (x)"))
    with pytest.raises(Exception, match="passage"):
        await migrate(database)
    async with database.engine.connect() as connection:
        names = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert set(names.scalars()) == {"passage"}


async def test_foreign_keys_are_watched_again_afterwards(database: Database) -> None:
    await migrate(database)
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1


async def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    await migrate(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (pending, migrate):
        with pytest.raises(MigrationError, match="9999"):
            await ask(database)


async def test_a_start_with_nothing_to_do_does_not_load_the_migration_library(database: Database) -> None:
    await migrate(database)
    asked = (
        "import asyncio, sys\nfrom storage.database import Database\nfrom storage.migrate import migrate\n"
        "assert not asyncio.run(migrate(Database(sys.argv[1])))\nassert 'alembic' not in sys.modules\n"
    )
    command = [sys.executable, "-c", asked, str(database.url.database)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
