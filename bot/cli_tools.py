"""The operators' commands: inspect, migrate, doctor, audit, keys.

Decides what each prints and when it ends in failure. None of them launches the durable engine; all but
`migrate` only look, and work beside a running bot.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_show as show
from bot.cli_frame import FAILED, AsJson, Data, ending, read_settings
from commands.times import clock_time
from commands.wording import tools as wording
from config import program as program_
from config.settings import Settings

audit = typer.Typer(no_args_is_help=True, help="The ledger: who did what, chained by hash.")
keys = typer.Typer(no_args_is_help=True, help="The master key and the programme's key.")
discord = typer.Typer(no_args_is_help=True, help="Discord: how the bot is added to a server.")
slack = typer.Typer(no_args_is_help=True, help="Slack: how the app is set up.")


def inspect(
    files: Annotated[list[str], typer.Argument(help="Files; .txt stands for a typed message.")],
    joined: Annotated[bool, typer.Option("--joined", help="One person's messages, in this order.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Say what intake would say of each file."""
    from bot import examine

    settings = read_settings(data)

    async def look() -> list[examine.Row]:
        program = program_.load(settings.program or program_.DEMO)
        async with examine.program_keys(settings, program, examine.clock_of(settings)) as opened:
            return await examine.inspect(files, opened, joined=joined, sent_limit=program.intake.sent)

    with ending():
        rows = asyncio.run(look())
        (show.rows_json if json else show.rows)(rows)
        if any(one.code == examine.UNREADABLE for one in rows):
            raise typer.Exit(FAILED)


def migrate(data: Data = None) -> None:
    """Bring the database to this release."""
    settings = read_settings(data)
    with ending():
        show.line(wording.migrated(asyncio.run(_migrate(settings))))


async def _migrate(settings: Settings) -> bool:
    from bot.versions import refuse_foreign
    from storage.database import Database
    from storage.migrate import migrate as run

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database)
    try:
        await refuse_foreign(settings.data, database)
        return await run(database)
    finally:
        await database.close()


def doctor(json: AsJson = False, data: Data = None) -> None:
    """Look at everything that can go wrong, and say what to do."""
    from bot import health

    with ending():
        found = asyncio.run(health.doctor(data))
        (show.checks_json if json else show.checks)(found)
        if any(one.state == "fail" for one in found):
            raise typer.Exit(FAILED)


@audit.command("verify")
def verify(json: AsJson = False, data: Data = None) -> None:
    """Verify that every entry of the ledger follows from the one before it."""
    from bot import examine

    settings = read_settings(data)
    with ending():
        found = asyncio.run(examine.audit(settings))
        if json:
            show.as_json({"ok": not found.faults, "entries": found.entries, "head": found.head,
                          "anchors": found.anchors,
                          "faults": [{"number": one.number, "what": one.what} for one in found.faults]})
        elif not found.faults:
            show.line(wording.audit_holds(found.entries, found.head, found.anchors))
        else:
            for one in found.faults[:20]:
                show.line(wording.audit_broken(one.number, one.what))
            show.line(wording.audit_advice(len(found.faults)))
        if found.faults:
            raise typer.Exit(FAILED)


@slack.command("manifest")
def slack_manifest(
    url: Annotated[str, typer.Option("--http", help="Address of the bot for HTTP; without it Socket Mode.")] = "",
) -> None:
    """Print the app's manifest, to be pasted where Slack makes apps."""
    from bot.platforms.slack.manifest import manifest

    typer.echo(manifest(url=url), nl=False)


@discord.command("invite")
def discord_invite(
    application: Annotated[str, typer.Argument(help="The application's id; without it the token in the settings tells.")] = "",
    data: Data = None,
) -> None:
    """Print the address that adds the bot to a server, and what each permission is for."""
    with ending():
        from bot.health_discord import invitation

        address, reasons = asyncio.run(invitation(read_settings(data), application))
        for permission, reason in reasons:
            show.line(f"  {permission:<28}{reason}")
        show.line("")
        typer.echo(address)


@keys.command("master")
def master() -> None:
    """Print a new master key and nothing else."""
    from storage.vault import Vault

    typer.echo(Vault.make_master_key())


@keys.command("show")
def show_key(data: Data = None) -> None:
    """Show the programme key: its fingerprint and when it expires."""
    with ending():
        for fingerprint, expires in asyncio.run(_public(data))[1]:
            show.line(f"{fingerprint}  {expires}".rstrip())


@keys.command("export")
def export(data: Data = None) -> None:
    """Print the programme's public key, armored."""
    with ending():
        typer.echo(asyncio.run(_public(data))[0].strip())


async def _public(data: Path | None) -> tuple[str, list[tuple[str, str]]]:
    from bot import examine

    settings = read_settings(data)
    program = program_.load(settings.program or program_.DEMO)
    async with examine.program_keys(settings, program, examine.clock_of(settings)) as opened:
        public = opened.public
        found = [(public.grouped, wording.expires(clock_time(public.expires_at) if public.expires_at else ""))]
        found += [(one, wording.OLDER_KEY) for one in public.older]
        return public.armored, found
