"""The command line."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from config import settings as settings_

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Harborlight: a disclosure programme for AI systems.")


@app.callback()
def _top() -> None:
    """Harborlight: a disclosure programme for AI systems, in chat."""


def _settings(data: Path | None) -> settings_.Settings:
    try:
        return settings_.load(data=data)
    except settings_.SettingsError as wrong:
        typer.echo("Harborlight cannot start:\n" + "\n".join(f"  {one}" for one in wrong.problems), err=True)
        raise typer.Exit(2) from None


@app.command()
def run(
    port: Annotated[int, typer.Option(help="Port of the local page; 0 picks a free one.")] = 8420,
    data: Annotated[Path | None, typer.Option(help="Folder for everything that is kept.")] = None,
) -> None:
    """Run the bot; with no platform token that is the local platform."""
    from bot import app as app_

    found = _settings(data)
    app_.quiet_logs()
    try:
        asyncio.run(app_.run(found, port=port, ready=lambda address: print(f"local: {address}", flush=True)))
    except app_.StartError as wrong:
        typer.echo(f"Harborlight cannot start: {wrong}", err=True)
        raise typer.Exit(1) from None
    except OSError as wrong:
        typer.echo(f"Harborlight cannot start: {wrong.strerror or type(wrong).__name__}. Is port {port} in use? "
                   "Try --port 0.", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line."""
    app()
    sys.exit(0)
