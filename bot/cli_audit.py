"""The command line's `audit export`: what auditors get of a span, as a folder or one file.

Decides where it goes and when it is refused. Only reads the database, beside a running bot.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_show as show
from bot.cli_frame import UNUSABLE, AsJson, Data, ending, read_settings
from bot.keys import StartError
from commands.wording import audit as wording
from config import program as program_

_DAY = ["%Y-%m-%d"]


def export(
    first: Annotated[datetime, typer.Option("--from", formats=_DAY, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAY, help="The last day, included.")],
    out: Annotated[Path | None, typer.Option("--out", help="A new folder, or a new file that ends in .zip.")] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Write the ledger of a span for auditors: entries, rosters, clocks with their reasons, and a verifier; no report text."""
    from bot import examine, exporting
    from storage import anchors as anchors_
    from storage.database import Database

    settings = read_settings(data)
    place = out or Path(f"audit-{first:%Y-%m-%d}-{last:%Y-%m-%d}.zip")

    async def run() -> exporting.Exported:
        program = program_.load(settings.program or program_.DEMO)
        span = exporting.span_of(first.date(), last.date(), program)
        database = Database(settings.database)
        try:
            examine.check_begun(settings, database)
            async with database.read(examine.clock_of(settings).now()) as work:
                return await exporting.export(work, program, span, anchors_.read(settings.data / anchors_.FILE), place)
        finally:
            await database.close()

    with ending():
        try:
            found = asyncio.run(run())
        except ValueError as wrong:
            show.note(str(wrong))
            raise typer.Exit(UNUSABLE) from None
        except exporting.TakenError as wrong:
            raise StartError(wording.taken(str(wrong))) from None
        if json:
            show.as_json({"path": str(found.path), "entries": found.entries, "clocks": found.clocks, "number": found.number,
                          "digest": found.digest})
        else:
            show.line(wording.done(str(found.path), entries=found.entries, clocks=found.clocks, number=found.number, digest=found.digest))
