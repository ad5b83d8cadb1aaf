"""The command line: run the bot, do something through it, play its story, and look after it.

Decides what each command needs and how it ends: 0 good, 1 it failed, 2 the settings or the arguments cannot be
used, 3 the bot refused. Only `run` and `demo` launch the durable engine. Leaves the operators' tools to
`cli_tools.py` and how answers look to `cli_show.py`.
"""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot import cli_audit, doing
from bot import cli_judge as judge
from bot import cli_keys as keys
from bot import cli_policy as policy
from bot import cli_regression as regression
from bot import cli_replay as replay
from bot import cli_setup as setup_
from bot import cli_show as show
from bot import cli_simulate as simulate
from bot import cli_tools as tools
from bot.cli_frame import FAILED, UNUSABLE, Data, ending, read_settings
from commands.wording import tools as wording
from config import settings as settings_

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _top(
    env: Annotated[Path | None, typer.Option("--env", help="File of settings to read instead of .env in the checkout.", exists=True,
                                             dir_okay=False, readable=True)] = None,
) -> None:
    """Harborlight: a disclosure programme for AI systems, in chat."""
    if env is not None:
        settings_.read_from(env)


@app.command(rich_help_panel=wording.PANEL_START)
def run(
    port: Annotated[int, typer.Option(help="Port of the local page; 0 picks a free one.", min=0, max=65535)] = 8420,
    site_port: Annotated[int | None, typer.Option(help="Port of the public pages; left out, 8421 or a free one.", min=0, max=65535)] = None,
    data: Data = None,
) -> None:
    """Run the bot on the platforms whose tokens are set, else on the local page; and the public pages."""
    _run("all", port, data, site_port=site_port)


def web(
    port: Annotated[int, typer.Option(help="Port of the public pages, and of Slack's requests.", envvar="PORT", min=0, max=65535)] = 8420,
    data: Data = None,
) -> None:
    """Serve the public pages and take Slack's requests by HTTP; workers do the work. Several may share one PostgreSQL database."""
    _run("web", port, data)


def worker(data: Data = None) -> None:
    """Do the work that `web` records. Several may share one PostgreSQL database."""
    _run("worker", 0, data)


def _run(part: Literal["all", "web", "worker"], port: int, data: Path | None, *, site_port: int | None = None) -> None:
    from bot import app as app_

    settings = read_settings(data)
    app_.quiet_logs()
    ready = False

    def announce(platform: str, address: str) -> None:
        nonlocal ready
        if platform == "local":
            doing.announce(settings.data, address)
            ready = True
        print(f"{platform}: {address}", flush=True)

    with ending(port=port):
        try:
            asyncio.run(app_.run(settings, port=port, part=part, ready=announce, site_port=site_port))
        finally:
            if ready:  # another bot's file is left alone
                doing.withdraw(settings.data)


@app.command(rich_help_panel=wording.PANEL_START)
def do(
    line: Annotated[list[str] | None, typer.Argument(help="A command line, such as: queue")] = None,
    who: Annotated[str, typer.Option("--as", help="Who does it, such as triager-sec.")] = "",
    where: Annotated[str, typer.Option(help="Where: dm, or the id of a conversation.")] = "dm",
    given: Annotated[list[str] | None, typer.Option("--set", help="name=value, for a field of a form.")] = None,
    data: Data = None,
) -> None:
    """Do something through the running bot, as somebody of the local platform."""
    if not who:
        show.note(wording.WHO)
        raise typer.Exit(UNUSABLE)
    settings = read_settings(data)
    with ending():
        pairs = dict(_pair(one) for one in given or [])
        code = doing.do(doing.find(settings.data), " ".join(line or []), who=who, where=where, given=pairs,
                        ask=show.ask, show=show.reply)
        raise typer.Exit(code)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise doing.AskError(wording.not_a_pair(text))
    return name.strip(), value


@app.command(rich_help_panel=wording.PANEL_START)
def demo() -> None:
    """Play the whole story of one report on the terminal, in under a minute; leaves nothing behind."""
    from bot import demo as demo_

    with ending():
        if not asyncio.run(demo_.play(show.console())):
            raise typer.Exit(FAILED)


tools.keys.command("kit")(setup_.kit_confirmed)
tools.keys.command("extend")(keys.extend)
tools.audit.command("export")(cli_audit.export)
app.command(rich_help_panel=wording.PANEL_OWN)(setup_.setup)
app.add_typer(tools.slack, name="slack", rich_help_panel=wording.PANEL_OWN)
app.add_typer(tools.discord, name="discord", rich_help_panel=wording.PANEL_OWN)
app.add_typer(policy.app, name="policy", rich_help_panel=wording.PANEL_OWN)
app.command(rich_help_panel=wording.PANEL_OWN)(simulate.simulate)
app.command(rich_help_panel=wording.PANEL_HOSTED)(web)
app.command(rich_help_panel=wording.PANEL_HOSTED)(worker)
app.command(rich_help_panel=wording.PANEL_CARE)(tools.doctor)
app.add_typer(tools.keys, name="keys", rich_help_panel=wording.PANEL_CARE)
app.add_typer(tools.audit, name="audit", rich_help_panel=wording.PANEL_CARE)
app.command(rich_help_panel=wording.PANEL_CARE)(tools.migrate)
app.command(rich_help_panel=wording.PANEL_JUDGE)(judge.score)
app.command(rich_help_panel=wording.PANEL_JUDGE, context_settings=judge.LENIENT)(judge.evidence)
app.command(rich_help_panel=wording.PANEL_JUDGE)(replay.replay)
app.add_typer(regression.app, name="regression", rich_help_panel=wording.PANEL_JUDGE)
app.command(rich_help_panel=wording.PANEL_JUDGE)(tools.inspect)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a poor terminal shows an escape, never a traceback
    app()
