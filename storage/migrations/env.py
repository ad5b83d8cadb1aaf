"""What Alembic runs for every command: the connection, the tables of this release, and what is none of ours.

Leaves transaction and lock to `storage/migrate.py`, which hands in the sync side of an async connection.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, DateTime, LargeBinary
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from storage import judging, models, own_data, publishing, trials  # noqa: F401  the tables register themselves
from storage.migrate import ours
from storage.sealed import SealedColumn


def rendered(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write a column's type as the plain database type: a step must not change when a class of ours does."""
    if kind == "type" and isinstance(item, SealedColumn | LargeBinary):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, UTCDateTime | DateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


def run(connection: Connection) -> None:
    """Run the command inside the transaction of `connection`."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        # SQLite changes a table by making it anew.
        render_as_batch=context.config.attributes.get("batch", True),
        render_item=rendered,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
