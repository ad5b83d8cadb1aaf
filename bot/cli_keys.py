"""The command line's `keys extend`: a later end for the programme's key, beside a running bot or on the machine of the primary.

Decides what is printed and when it is refused. With `--primary` it needs no database and no settings: it prints the renewed setting.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_show as show
from bot.cli_frame import UNUSABLE, Data, ending, read_settings
from bot.keys import StartError
from commands.key_end import later
from commands.times import clock_time
from commands.wording import key_end as wording
from config import program as program_
from config.clock import SystemClock
from storage import gpghome
from storage.keyring import KeyProblem, KeyRefusedError, Keyring

Day = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The new last day; without it a year later.")]
Primary = Annotated[Path | None, typer.Option("--primary", help="The secret primary key from the recovery kit, where the bot has none.")]


def extend(primary: Primary = None, until: Day = None, data: Data = None) -> None:
    """Extend the programme key by a year; its fingerprint stays."""
    wanted = until.replace(tzinfo=UTC) + timedelta(hours=12) if until is not None else None
    if primary is not None:
        with ending():
            fingerprint, end, setting = _offline(primary, wanted)
            show.note(wording.cli_setting(fingerprint, clock_time(end)))
            typer.echo(f"HARBORLIGHT_PROGRAM_KEY={setting}")
        return
    settings = read_settings(data)
    with ending():
        from bot import examine, renewing
        from storage.database import Database

        async def run() -> tuple[str, datetime]:
            clock = examine.clock_of(settings)
            async with examine.program_keys(settings, program_.load(settings.program or program_.DEMO), clock) as keys:
                database = Database(settings.database)
                try:
                    end = _end(keys.keyring, wanted, clock.now())
                    await renewing.extend(database, keys, end, clock.now(), by="command line")
                finally:
                    await database.close()
                return keys.public.grouped, end

        try:
            grouped, end = asyncio.run(run())
        except KeyRefusedError as refused:
            raise StartError(_why(refused)) from None
        show.line(wording.cli_extended(grouped, clock_time(end)))


def _offline(file: Path, wanted: datetime | None) -> tuple[str, datetime, str]:
    """Return fingerprint, end and the renewed setting of a key whose primary is in a file; nothing of it stays on the machine."""
    home = gpghome.make_home()
    try:
        keyring = Keyring(home)
        try:
            fingerprint = keyring.import_secret(file.read_bytes())
            end = _end(keyring, wanted, SystemClock().now())
            keyring.extend(end)
            return fingerprint, end, base64.b64encode(keyring.secret_key()).decode()
        except KeyRefusedError as refused:
            raise StartError(_why(refused)) from None
    finally:
        gpghome.remove_home(home)


def _end(keyring: Keyring, wanted: datetime | None, now: datetime) -> datetime:
    before = keyring.expires()
    if before is None:
        raise StartError(wording.CLI_NEVER_ENDS)
    end = wanted or later(before, now)
    if end <= max(before, now):
        show.note(wording.cli_earlier(clock_time(before)))
        raise typer.Exit(UNUSABLE)
    return end


def _why(refused: KeyRefusedError) -> str:
    return wording.CLI_NO_PRIMARY if refused.problem is KeyProblem.NO_PRIMARY else wording.CLI_NO_FILE
