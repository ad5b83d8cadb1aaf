"""Decides what people, and the clock, may ask for and what then happens.

`MODULES` is the explicit list of command modules: reading it is reading what the bot can do.
"""

from __future__ import annotations

from types import ModuleType


def modules() -> tuple[ModuleType, ...]:
    """Return the command modules in the order in which help lists their commands."""
    from commands import (
        case,
        category,
        cause,
        digest,
        disclose,
        drafts,
        explain,
        facts,
        fix,
        front_door,
        link,
        program,
        proof,
        queue,
        regression,
        regression_hits,
        replayed,
        researcher,
        retest,
        severity,
        talk,
        triage,
        trials,
        unreached,
        upkeep,
        watch,
        watch_channel,
        watch_rooms,
        watch_upkeep,
    )

    return (
        queue, triage, severity, talk, fix, proof, trials, explain, disclose, digest, case, category, cause, regression, program, upkeep,
        researcher, facts, link, retest, drafts, unreached, front_door, watch, watch_channel, watch_rooms, watch_upkeep, replayed,
        regression_hits,
    )
