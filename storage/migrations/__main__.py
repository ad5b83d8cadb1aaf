"""Writes steps of the schema; for developers only.

    python -m storage.migrations fresh          writes the first step anew; only before the first release
    python -m storage.migrations next "WHAT"    writes the next step: what the tables have and the steps lack

Read what it wrote: renamed columns look like one dropped and one added, and data is never moved by itself.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

from alembic import command
from sqlalchemy import Connection

from storage.database import Database
from storage.migrate import VERSIONS, config_of, head, migrate


async def write(what: str, number: int) -> None:
    """Write the step with this number."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.sqlite")
        try:
            if number > 1:
                await migrate(database)
            async with database.engine.connect() as connection:
                await connection.run_sync(_revision, what, f"{number:04d}")
        finally:
            await database.close()


def _revision(connection: Connection, what: str, number: str) -> None:
    config = config_of(connection)
    config.attributes["batch"] = number != "0001"  # the first step only makes tables
    command.revision(config, message=what, autogenerate=True, rev_id=number)


def main(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    if arguments == ["fresh"]:
        for old in VERSIONS.glob("0001_*.py"):
            old.unlink()
        if head():
            sys.stderr.write("There are later steps: the first one stays as it is. Use `next`.\n")
            return 2
        what, number = "The tables of the first release", 1
    elif len(arguments) == 2 and arguments[0] == "next":
        what, number = arguments[1], int(head() or "0") + 1
    else:
        sys.stderr.write(str(__doc__))
        return 2
    asyncio.run(write(what, number))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
