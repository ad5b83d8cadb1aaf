"""Brings a database to the schema of this release."""

from __future__ import annotations

from sqlmodel import SQLModel

from storage import models  # noqa: F401  the tables register themselves
from storage.database import Database


async def migrate(database: Database) -> None:
    """Create what is missing."""
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
