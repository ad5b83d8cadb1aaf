"""What may follow in a command line: only commands that the caller's roles cover, each with why not when it is not possible now."""

from __future__ import annotations

from commands import record
from commands.calls import Call, Choice
from commands.registry import Command, Surface
from config.policy.roles import CallerFacts
from config.policy.states import Role
from storage.models import Report

_MOST = 12


def choices(call: Call, facts: CallerFacts) -> tuple[Choice, ...]:
    """Return what may follow what was typed, at most twelve; `facts` are the caller's where they stand."""
    typed = call.incoming.line.removeprefix("/vdp").lstrip().lower()
    surface: Surface = "staff" if call.caller.roles - {Role.REPORTER} else "researcher"
    first = typed.split(" ")[0]
    found = []
    for one in call.desk.registry.commands:
        if one.surface != surface or one.hidden or not (one.name.startswith(typed) or one.name == first):
            continue
        why = _why_not(one, facts, call.here)
        if why is not None:
            found.append(Choice(one.name, one.about, why, one.usage()))
    return tuple(found[:_MOST])


def _why_not(one: Command, facts: CallerFacts, here: Report | None) -> str | None:
    """Return why a command is not allowed now, nothing when it is, None when it is none of the caller's."""
    if not one.allow.roles & facts.roles:
        return None
    if one.report_param is not None and here is not None:
        return record.not_now(here, one.name)
    return ""
