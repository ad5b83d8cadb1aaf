"""What every command has in common: its settings, and how it ends when something is wrong.

Decides exit codes and that no traceback and no secret is ever printed: of an unexpected fault only its kind
and its place are said.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from bot import cli_show as show
from bot.doing import AskError, NotRunningError
from bot.keys import StartError
from commands.wording import tools as wording
from config import settings as settings_
from config.program import ProgramError
from storage.migrate import MigrationError

FAILED, UNUSABLE, STOPPED = 1, 2, 130
_PORT_ERRORS = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)

Data = Annotated[Path | None, typer.Option("--data", help="Folder for everything that is kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def read_settings(data: Path | None) -> settings_.Settings:
    """Return the settings; ends with every problem at once."""
    try:
        return settings_.load(data=data)
    except settings_.SettingsError as wrong:
        show.note(wording.settings_wrong(wrong.problems))
        raise typer.Exit(UNUSABLE) from None


@contextmanager
def ending(*, port: int | None = None) -> Iterator[None]:
    """Turn what goes wrong inside into a sentence and an exit code; `port` is that of a bot that starts."""
    gc.freeze()  # what was loaded until here stays: no search for garbage has to look at it again
    gc.enable()
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):  # somebody ended it; everything was tidied up
        raise typer.Exit(STOPPED) from None
    except Exception as wrong:
        found: BaseException = wrong
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if isinstance(found, typer.Exit | typer.Abort):
            raise found from None
        if isinstance(found, BrokenPipeError):
            raise typer.Exit(FAILED) from None
        sentence = _sentence(found, port or 0)
        show.note(wording.cannot_start(sentence) if port is not None else sentence)
        raise typer.Exit(UNUSABLE if isinstance(found, AskError) else FAILED) from None


def _sentence(found: BaseException, port: int) -> str:
    match found:
        case StartError() | MigrationError():
            return str(found)
        case ProgramError():
            return wording.program_wrong(found.problems)
        case NotRunningError() | AskError():
            return str(found)
        case DBAPIError():
            return wording.DATABASE_AWAY
        case OSError() if found.filename is None and found.errno in _PORT_ERRORS:
            return wording.port_taken(port)
        case OSError():
            return wording.path_trouble(str(found.filename or "The data folder"), found.strerror or "")
        case sqlite3.Error():
            return wording.path_trouble("The local world's file", type(found).__name__)
    return wording.unexpected(type(found).__name__, place(found))


def place(found: BaseException) -> str:
    """Return the file and line where a fault happened, without its text."""
    frames = traceback.extract_tb(found.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
