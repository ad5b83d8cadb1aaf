"""The command line's `policy lint`: a policy against the eighteen rules, before anybody reads it.

Decides what it is held against: the programme in the settings, and its key where one was made. Only reads.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_show as show
from bot.cli_frame import FAILED, AsJson, Data, ending, read_settings
from bot.keys import StartError
from commands.wording import policy_lint as wording
from commands.wording.policy_text import filled
from config import program as program_
from config import rubric
from config.policy import calendar
from config.policy.policy_lint import ERROR, Around, Finding, lint

app = typer.Typer(no_args_is_help=True, help="The disclosure policy: whether it keeps its eighteen rules.")


@app.callback()
def _top() -> None:
    """The disclosure policy."""


@app.command("lint")
def lint_(
    file: Annotated[Path | None, typer.Argument(help="A policy in Markdown; the programme's own unless told.")] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Hold the policy against VDP001 to VDP018; ends with 1 on errors."""
    from bot.app import policy_file

    settings = read_settings(data)
    with ending():
        program = program_.load(settings.program or program_.DEMO)
        text = (file or policy_file(settings)).read_text(encoding="utf-8", errors="replace")
        found = asyncio.run(_found(text, program, data))
        if json:
            show.as_json([{"rule": one.rule, "level": one.level, "line": one.line,
                           **dict(zip(("reason", "mend"), wording.words(one), strict=True))} for one in found])
        else:
            for one in found:
                show.line(wording.line(one))
            show.line(wording.summary(found))
        if any(one.level == ERROR for one in found):
            raise typer.Exit(FAILED)


async def _found(text: str, program: program_.Program, data: Path | None) -> tuple[Finding, ...]:
    from bot import examine

    settings = read_settings(data)
    clock = examine.clock_of(settings)
    fingerprint, expires = "", None
    try:
        async with examine.program_keys(settings, program, clock) as keys:
            fingerprint, expires = keys.public.fingerprint, keys.public.expires_at
    except StartError:
        pass  # no key was made yet: the lint says so
    now, version = clock.now(), rubric.current().version
    shown = filled(text, program, fingerprint=fingerprint, rubric=version)
    return lint(shown, Around(program=program, today=calendar.local_day(now, program.working), fingerprint=fingerprint, expires=expires,
                              now=now, rubric=version))
