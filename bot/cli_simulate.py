"""`python -m bot simulate`: who would be pinged when under a programme, before people feel it.

Decides what is asked, how the table stands on a terminal, as JSON or as CSV, and that a broken finding ends in failure. What is
played is in `bot/simulate/`; nothing of the operator's data is opened.
"""

from __future__ import annotations

import asyncio
import csv as csv_
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot import cli_show as show
from bot.cli_frame import FAILED, UNUSABLE, AsJson, ending, read_settings
from commands.wording import simulate as wording
from config import program as program_
from config.clock import SystemClock
from config.policy import calendar
from config.program import Program

if TYPE_CHECKING:
    from bot.simulate.findings import Month, Told
    from bot.simulate.run import Played

_SHOWN = 12  # of what breaks a finding


def simulate(
    days: Annotated[int, typer.Option(help="How many days.", min=1, max=366)] = 30,
    reports: Annotated[int, typer.Option(help="How many reports come in.", min=1, max=200)] = 14,
    program: Annotated[Path | None, typer.Option(help="A programme file; else the one of the settings, or the demo's.")] = None,
    seed: Annotated[int, typer.Option(help="The same number gives the same month.")] = 1,
    start: Annotated[datetime | None, typer.Option("--from", help="First day, such as 2026-12-14.", formats=["%Y-%m-%d"])] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print one line a message, for spreadsheets.")] = False,
    json: AsJson = False,
) -> None:
    """Play a month with invented people and show who is pinged when and why; nothing of yours is touched."""
    if csv and json:
        show.note(wording.ONE_FORM)
        raise typer.Exit(UNUSABLE)
    with ending():
        found = program_.load(program or read_settings(None).program or program_.DEMO)
        result = asyncio.run(_played(found, start.date() if start else None, days, reports, seed))
        if json:
            show.as_json(as_data(result))
        elif csv:
            _csv(result)
            _findings(result, _console(error=True))
        else:
            _table(result, _console())
        if not result.holds:
            raise typer.Exit(FAILED)


async def _played(program: Program, start: date | None, days: int, reports: int, seed: int) -> Month:
    from bot.simulate import findings, run

    task = asyncio.current_task()
    with suppress(NotImplementedError, RuntimeError):  # so that the folder is removed
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel if task else lambda: None)
    logging.getLogger("harborlight").setLevel(logging.ERROR)
    today = calendar.local_day(SystemClock().now(), program.working)
    out = _console(error=True)
    with Progress(TextColumn(wording.TITLE), BarColumn(), MofNCompleteColumn(), console=out, transient=True,
                  disable=not out.is_terminal) as progress:
        bar = progress.add_task("", total=days)
        played = await run.play(program, start=start or run.start_of(program, today, days), days=days, reports=reports, seed=seed,
                                progress=lambda day: progress.update(bar, completed=day))
    return findings.month(played)


def _console(*, error: bool = False) -> Console:
    return Console(markup=False, highlight=False, emoji=False, stderr=error)


# -- on a terminal ---------------------------------------------------------------------------------------------

def _table(result: Month, out: Console) -> None:
    played = result.played
    out.print(show.words(_head(played), "bold"))
    for account, roles in played.team.items():
        _person(result, account, " ".join(roles), out)
    for account in dict.fromkeys(one.account for one in result.researchers):
        _person(result, account, "", out)
    _findings(result, out)


def _head(played: Played) -> str:
    from bot.simulate.findings import working_days

    last = calendar.local_day(played.until, played.program.working) - timedelta(days=1)
    first, work = calendar.local_day(played.since, played.program.working), working_days(played)
    holidays = sorted(one for one in played.program.working.holidays
                      if first <= one <= last and one.weekday() in played.program.working.days)
    return wording.head(played.program, first, last, len(work), holidays, len(played.reports), played.seed)


def _person(result: Month, account: str, roles: str, out: Console) -> None:
    from bot.simulate.findings import working_days

    told, working = result.of(account), result.played.program.working
    by_day: dict[date, list[Told]] = {}
    if roles:
        by_day = {day: [] for day in working_days(result.played)}
    for one in told:
        by_day.setdefault(calendar.local_day(one.at, working), []).append(one)
    counted = {day: sum(one.counts or not roles for one in mine) for day, mine in by_day.items()}
    most = max(counted.values(), default=0)
    out.print()
    out.print(show.words(wording.person(account, roles, len(told), most), "bold"))
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for day, mine in sorted(by_day.items()):
        off = not calendar.is_working_day(day, working)
        many = bool(roles) and counted[day] > result.played.program.pings.cap
        quiet = "dim" if not mine else ""
        said = [wording.told(one.at, one.reasons, result.played.program.tz, apart=bool(roles) and not one.counts) for one in mine]
        grid.add_row(show.words(f"  {wording.day_of(day, off=off)}", quiet),
                     show.words(str(counted[day]), "bold red" if many else quiet), show.words(wording.between(said)))
    out.print(grid)


def _findings(result: Month, out: Console) -> None:
    out.print()
    out.print(show.words(wording.FINDINGS, "bold"))
    apart = sum(one.kind == "exploited" for one in result.told)
    for one in result.findings:
        out.print(show.words("  ok    " if one.holds else "  fail  ", "green" if one.holds else "bold red")
                  + show.words(wording.finding(one.name, one.found, one.goal, marks=result.marks, apart=apart)))
        for fault in one.faults[:_SHOWN] if not one.holds else ():
            out.print(show.words(f"        {fault}", "red"))
        if not one.holds and len(one.faults) > _SHOWN:
            out.print(show.words(f"        {wording.more(len(one.faults) - _SHOWN)}", "dim"))
    if not result.holds:
        out.print(show.words(wording.WHAT_NOW))


# -- for programs ----------------------------------------------------------------------------------------------

def as_data(result: Month) -> dict[str, Any]:
    """Return the table and its findings as plain data."""
    played, working = result.played, result.played.program.working

    def one(told: Told) -> dict[str, Any]:
        return asdict(told) | {"at": told.at.isoformat(), "day": calendar.local_day(told.at, working).isoformat()}

    return {
        "program": played.program.name, "zone": working.zone, "cap": played.program.pings.cap, "seed": played.seed,
        "from": calendar.local_day(played.since, working).isoformat(),
        "until": calendar.local_day(played.until, working).isoformat(), "reports": len(played.reports), "marks": result.marks,
        "people": {account: {"roles": list(roles), "told": [one(told) for told in result.of(account)]}
                   for account, roles in played.team.items()},
        "researchers": {account: [one(told) for told in result.of(account)]
                        for account in dict.fromkeys(told.account for told in result.researchers)},
        "findings": [asdict(finding) | {"holds": finding.holds} for finding in result.findings], "holds": result.holds,
    }


def _csv(result: Month) -> None:
    out = csv_.writer(sys.stdout)
    out.writerow(("day", "time", "who", "kind", "counts", "outside", "reports", "why"))
    everything: Sequence[Told] = sorted((*result.told, *result.researchers), key=lambda one: one.at)
    for one in everything:
        local = one.at.astimezone(result.played.program.tz)
        colleague = one.account in result.played.team
        out.writerow((local.date().isoformat(), f"{local:%H:%M}", one.account, one.kind if colleague else "message",
                      "yes" if one.counts else "no", "yes" if one.outside else "no",
                      " ".join(map(str, one.reports)), "; ".join(one.reasons)))
