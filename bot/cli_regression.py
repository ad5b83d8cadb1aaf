"""The regression set on the command line: `regression export` for a release gate, `regression report` for what it found.

Decides where attacks may go (a file of one's own, or a pipe; a terminal only when asked for) and that a file is taken whole or
not at all. Both work beside a running bot and without one; reports are opened by the bot's own clock.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_show as show
from bot import examine
from bot import keys as keys_
from bot.cli_frame import UNUSABLE, Data, ending, read_settings
from commands.judging import regression, regression_hits
from commands.wording import regression as wording
from config.settings import Settings
from storage.database import Database, Work
from storage.vault import Vault

app = typer.Typer(no_args_is_help=True, help="The regression set: attacks that every release is tried against.")
_SHOWN = 20  # problems of a file


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a gate's file: results, hits, reports to be opened, hits told before; or what is wrong with it."""

    results: int = 0
    hits: int = 0
    new: int = 0
    known: int = 0
    problems: tuple[str, ...] = ()


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; without one, standard output.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Show it although it holds attacks.")] = False,
    data: Data = None,
) -> None:
    """Write the regression set as JSON lines: the attacks, how they are sampled and judged."""
    with ending():
        if file is None and sys.stdout.isatty() and not yes:
            show.note(wording.TERMINAL)
            raise typer.Exit(UNUSABLE)
        text, items = asyncio.run(exported(read_settings(data)))
        if file is None:
            sys.stdout.write(text)
            return
        keys_.write_private(file, text)
        show.line(wording.written(items, str(file), _digest(text)))


@app.command("report")
def report(
    file: Annotated[Path | None, typer.Argument(help="What the release gate wrote: one JSON object a line.")] = None,
    data: Data = None,
) -> None:
    """Take in what a release gate found; each hit opens a report, the same hit once."""
    with ending():
        if file is None:
            show.note(wording.NO_FILE)
            raise typer.Exit(UNUSABLE)
        found = asyncio.run(taken(read_settings(data), file.read_text("utf-8-sig", errors="replace")))
        for one in found.problems[:_SHOWN]:
            show.note(one)
        if found.problems:
            show.note(wording.wrong_file(found.problems))
            raise typer.Exit(UNUSABLE)
        show.line(wording.taken(found.results, found.hits, found.new, found.known))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def exported(settings: Settings) -> tuple[str, int]:
    """Return the set and how many items it has; the ledger keeps that it left. Raises StartError."""
    async with _work(settings) as (work, vault):
        text, items = await regression.export(work, vault)
        await work.ledger.write("regression_export", data={"items": items, "sha256": _digest(text)})
        return text, items


async def taken(settings: Settings, text: str) -> Taken:
    """Keep the hits of a gate's file for the bot's clock, all or none. Raises StartError."""
    async with _work(settings) as (work, vault):
        results, problems = regression_hits.read(text, [one.id for one in await work.judging.regression()])
        if problems:
            return Taken(problems=tuple(problems))
        new, known = await regression_hits.keep(work, vault, results)
        await work.ledger.write("regression_report", data={
            "results": len(results), "new": new, "known": known, "sha256": _digest(text)})
        return Taken(len(results), sum(one.k > 0 for one in results), new, known)


@asynccontextmanager
async def _work(settings: Settings) -> AsyncIterator[tuple[Work, Vault]]:
    """Open one transaction on a database that was begun, under its own master key."""
    database = Database(settings.database)
    try:
        examine.check_made(settings, database)
        vault = keys_.open_vault(settings)
        now = examine.clock_of(settings).now()
        await examine.check_sealed(database, vault, now)
        async with database.work(now) as work:
            yield work, vault
    finally:
        await database.close()
