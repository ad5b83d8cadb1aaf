"""Brings a database to the schema of this release, one process at a time, all of it or nothing.

Decides when there is something to do, and the lock under which it is done. Leaves the steps to
`storage/migrations/`. Alembic is loaded only when a step is missing: the start of the bot looks at one row.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = FOLDER / "versions"
_LOCK = 7_204_111  # PostgreSQL advisory lock: one process migrates, the others wait for it
_FOREIGN = ("alembic_version", "dbos_")


class MigrationError(Exception):
    """The database cannot be brought to this release; the text says why and what to do."""


def head() -> str:
    """Return the number of the newest step that this release knows, or nothing."""
    return max((one.name[:4] for one in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py")), default="")


async def pending(database: Database) -> bool:
    """Tell whether steps are missing; raises MigrationError when a newer release wrote the database."""
    async with database.engine.connect() as connection:
        return _missing(await connection.run_sync(_revision))


async def migrate(database: Database) -> bool:
    """Run the missing steps and tell whether there were any; raises MigrationError when it cannot be done."""
    if not await pending(database):
        return False
    if database.is_sqlite:
        return await _on_sqlite(database)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await _under_lock(connection)


async def _on_sqlite(database: Database) -> bool:
    # An isolation level is what has our transactions take the write lock when they begin.
    engine = database.engine.execution_options(isolation_level="SERIALIZABLE")
    async with engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        # A changed table is a new one under the old name: rows that refer to it must not follow the old one.
        await raw.execute("PRAGMA foreign_keys=OFF")
        try:
            async with connection.begin():
                done = await _under_lock(connection)
                if done and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                    raise MigrationError("A row refers to one that is gone. Nothing was changed.")
            return done
        finally:
            await raw.execute("PRAGMA foreign_keys=ON")


async def _under_lock(connection: AsyncConnection) -> bool:
    if not _missing(await connection.run_sync(_revision)):
        return False  # another process did it while we waited
    await connection.run_sync(_upgrade)
    return True


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _missing(revision: str) -> bool:
    known = head()
    if revision > known:
        raise MigrationError(f"This database has schema {revision}, and this release knows only {known}. "
                             "Use the newer release, or restore a backup that was made with this one.")
    return revision != known


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(config_of(connection), "head")


def config_of(connection: Connection) -> Config:
    """Return Alembic's configuration for work on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    config.attributes["connection"] = connection
    return config


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether something in the database is ours: the durable engine keeps tables beside our own."""
    return kind != "table" or not (name or "").startswith(_FOREIGN)
