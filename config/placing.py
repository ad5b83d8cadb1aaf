"""Which platforms are connected, and what happens on which: a pure decision from the programme and the tokens at hand.

Decides where reports are taken and where they are triaged. Opening the platforms is left to `bot/app.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from config.program import PLATFORMS, Program, ProgramError
from config.settings import Settings

_TOKENS = {"slack": "slack_bot_token", "discord": "discord_token"}  # the setting that connects a platform


@dataclass(frozen=True, slots=True)
class Placing:
    """The platforms that are opened, the one of triage, and those that take reports."""

    opened: tuple[str, ...]
    triage: str
    intake: tuple[str, ...]


def tokens_of(settings: Settings) -> tuple[str, ...]:
    """Return the platforms for which the settings hold a token."""
    return tuple(name for name, field in _TOKENS.items() if getattr(settings, field, None) is not None)


def placed(program: Program, tokens: Collection[str]) -> Placing:
    """Return where things happen; `tokens` are the platforms that the settings give one for.

    The local platform needs none: it is opened where the programme names it, and alone where there is no token at all.
    Raises ProgramError for a platform that is named and has no token.
    """
    named = {program.triage_platform, *program.intake_platforms} - {""}
    problems = [
        f"{key}: names {platform}, and the settings hold no token for it. Give one, or take the name out"
        for key, names in (("triage_platform", (program.triage_platform,)), ("intake_platforms", program.intake_platforms))
        for platform in names if platform not in ("", "local", *tokens)
    ]
    if problems:
        raise ProgramError(problems)
    local = "local" in named or not tokens
    opened = tuple(one for one in PLATFORMS if one in tokens or (one == "local" and local))
    usual = next((one for one in ("slack", "discord") if one in tokens), "local")
    return Placing(opened=opened, triage=program.triage_platform or usual, intake=program.intake_platforms or opened)
