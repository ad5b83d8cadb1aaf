"""Decides what people, and the clock, may ask for and what then happens.

`MODULES` is the explicit list of command modules: reading it is reading what the bot can do.
"""

from __future__ import annotations

from types import ModuleType


def modules() -> tuple[ModuleType, ...]:
    """Return the command modules in the order in which help lists their commands."""
    from commands import (
        before_sending,
        case,
        disclose,
        drafts,
        fix,
        front_door,
        link,
        program,
        queue,
        researcher,
        retest,
        talk,
        triage,
        undo,
        unreached,
        unsend,
        upkeep,
    )
    from commands.digest import post as digest
    from commands.intake import facts
    from commands.judging import (
        category,
        cause,
        explain,
        proof,
        regression,
        regression_hits,
        replayed,
        severity,
        trials,
        tried,
    )
    from commands.watching import channel as watch_channel
    from commands.watching import reports as watch
    from commands.watching import rooms as watch_rooms
    from commands.watching import upkeep as watch_upkeep

    return (
        queue, before_sending, unsend, undo, triage, severity, talk, fix, proof, trials, tried, explain, disclose, digest, case, category, cause, regression, program, upkeep,
        researcher, facts, link, retest, drafts, unreached, front_door, watch, watch_channel, watch_rooms, watch_upkeep, replayed,
        regression_hits,
    )
