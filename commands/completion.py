"""What may follow in a command line, and what may stand in its options.

Shows only commands that the caller's roles cover, each with why not when it is not possible now, and only reports of theirs.
"""

from __future__ import annotations

from commands import record
from commands.calls import Call, Choice
from commands.parsing import choices_of
from commands.registry import Command, Surface
from commands.wording.common import state_word
from config.policy.roles import CallerFacts
from config.policy.states import DONE, Role, State
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


async def values(call: Call) -> tuple[Choice, ...]:
    """Return what may stand in one option of a command, with words; only what the caller may see anyway.

    The line names the command, and the message of what arrived the option, as it is typed; its text is what stands in it so far.
    """
    line = call.incoming.line
    surface: Surface = "researcher" if line.startswith("me ") else "staff"
    one = call.desk.registry.get(surface, line.removeprefix("me ").strip())
    param = next((param for param in one.params if param.key == call.incoming.message), None) if one is not None else None
    if one is None or param is None or not one.allow.roles & (call.caller.roles | {Role.REPORTER}):
        return ()
    if param.hint.search is not None and call.incoming.text.strip():
        return tuple(Choice(value, shown, meant=True) for value, shown in param.hint.search(call.incoming.text))
    if param.kind != "report":
        return tuple(Choice(value, shown) for value, shown in choices_of(param, call.desk))
    reports = call.work.reports
    mine = await (reports.on_roster(call.caller.id) if surface == "staff" else reports.of_person(call.caller.id))
    found = [one for one in mine if State(one.state) not in DONE] or mine
    return tuple(Choice(one.id, ", ".join(part for part in (one.id, state_word(State(one.state)), one.level) if part)) for one in found)


def _why_not(one: Command, facts: CallerFacts, here: Report | None) -> str | None:
    """Return why a command is not allowed now, nothing when it is, None when it is none of the caller's."""
    if not one.allow.roles & facts.roles:
        return None
    if one.report_param is not None and here is not None:
        return record.not_now(here, one.name)
    return ""
