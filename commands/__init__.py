"""Decides what people, and the clock, may ask for and what then happens.

`MODULES` is the explicit list of command modules: reading it is reading what the bot can do.
"""

from __future__ import annotations

from types import ModuleType


def modules() -> tuple[ModuleType, ...]:
    """Return the command modules in the order in which help lists their commands."""
    from commands import (
        case,
        drafts,
        fix,
        front_door,
        key_end,
        link,
        program,
        queue,
        researcher,
        retest,
        stop_gap,
        talk,
        triage,
        unreached,
        upkeep,
    )
    from commands.daily import reminders, together, updates
    from commands.digest import look as digest_look
    from commands.digest import post as digest
    from commands.guards import before_sending, undo, unsend
    from commands.intake import doorway, facts
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
    from commands.opening import day as opening_day
    from commands.opening import rehearsal
    from commands.outside import advisory, credit, disclose, embargo, embargo_days, policy, rewards
    from commands.own_data import requests as own_data
    from commands.staff import absence, buy_in, leaving, readers
    from commands.watching import channel as watch_channel
    from commands.watching import reports as watch
    from commands.watching import rooms as watch_rooms
    from commands.watching import upkeep as watch_upkeep

    return (
        queue, together, reminders, updates, before_sending, unsend, undo, triage, readers, severity, talk, fix, stop_gap,
        proof, trials, tried, explain, disclose, credit, embargo, embargo_days, advisory, rewards, digest, digest_look, case, category, cause,
        regression, policy, program, rehearsal, opening_day, buy_in, absence, leaving, own_data, upkeep, key_end,
        researcher, doorway, facts, link, retest, drafts, unreached, front_door,
        watch, watch_channel, watch_rooms, watch_upkeep, replayed, regression_hits,
    )
