"""The command `replay`: try a report's attack again on a configured endpoint, and keep what came of it.

Decides what may be typed. Everything else is loaded only when it is: `replay/terminal.py` shows the run, `replay/run.py` makes it.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_frame import AsJson, Data, ending, read_settings


class For(StrEnum):
    """What a run is for."""

    BEFORE = "before"
    AFTER = "after"
    VARIANT = "variant"
    BENIGN_BEFORE = "benign-before"
    BENIGN_AFTER = "benign-after"


def replay(
    report: Annotated[str, typer.Argument(help="The report, such as AIV-K7Q3M.")],
    target: Annotated[str, typer.Option(help="The endpoint: the name of a table under replay in the programme.")],
    n: Annotated[int | None, typer.Option("--n", help="Attempts that count; as many as this kind needs unless given.",
                                          min=1, max=100_000)] = None,
    for_: Annotated[For, typer.Option("--for", help="What is tried.")] = For.BEFORE,
    name: Annotated[str, typer.Option(help="The variant's name, kept sealed.")] = "",
    attack: Annotated[Path | None, typer.Option(help="TOML file with what the report does not say, a variant or prompts.")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Attempts at once.", min=1, max=64)] = None,
    budget: Annotated[int | None, typer.Option(help="Tokens for the series; at most what the programme allows.", min=1)] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds for one attempt.", min=1, max=3600)] = None,
    continue_: Annotated[bool, typer.Option("--continue", help="Go on with the open series.")] = False,
    throw_away: Annotated[bool, typer.Option("--throw-away", help="Give up the open series; it does not count.")] = False,
    vary_seed: Annotated[bool, typer.Option("--vary-seed", help="A fresh seed for each attempt in place of the recorded one.")] = False,
    by: Annotated[str, typer.Option(help="Who makes the trials, such as slack:U012345.")] = "",
    shown: Annotated[bool, typer.Option("--show", help="Show meanwhile how often it worked; not where a fix is verified.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Begin without asking.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Try a report's attack again on an endpoint, judge each answer, and keep the count."""
    settings = read_settings(data)
    with ending():
        from bot.replay import terminal

        raise typer.Exit(terminal.run(
            settings, terminal.asked(
                report=report, target=target, n=n, kind=for_.value, name=name, file=attack, concurrency=concurrency, budget=budget,
                timeout=timeout, go_on=continue_, throw_away=throw_away, vary_seed=vary_seed, by=by),
            terminal.Look(shown, yes, json)))
