"""What application commands may be: names, descriptions, options, choices, nesting, eight thousand characters."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.discord_standin.refusals import Form, units
from tests.platforms.discord_standin.things import Json

CHAT, USER, MESSAGE = 1, 2, 3
SUB, GROUP, STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
_NAME = re.compile(r"[-_'\w]{1,32}$")


def checked(commands: Any) -> list[Json]:
    """Refuse a list of commands that Discord would refuse; returns it."""
    form = Form()
    given = [one for one in form.count("commands", commands, 0, 130) if isinstance(one, dict)]
    for i, one in enumerate(given):
        _command(form, str(i), one)
    for kind, most in MOST.items():
        if sum(one.get("type", CHAT) == kind for one in given) > most:
            form.wrong("commands", "APPLICATION_COMMAND_MAX", f"Maximum number of application commands reached ({most})")
    names = [(one.get("type", CHAT), one.get("name")) for one in given]
    for i, name in enumerate(names):
        if name in names[:i]:
            form.wrong(f"{i}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    form.done()
    return given


def one(command: Json) -> Json:
    """Refuse one command that Discord would refuse; returns it."""
    form = Form()
    _command(form, "command", command)
    form.done()
    return command


def _command(form: Form, at: str, command: Json) -> None:
    kind = command.get("type", CHAT)
    form.choice(f"{at}.type", kind, {CHAT, USER, MESSAGE})
    if kind == CHAT:
        _name(form, f"{at}.name", command.get("name"))
        form.length(f"{at}.description", command.get("description"), 1, 100)
        _options(form, at, command.get("options") or [], 0)
        if size(command) > 8000:
            form.wrong(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    else:
        form.length(f"{at}.name", command.get("name"), 1, 32)
        if command.get("description"):
            form.wrong(f"{at}.description", "APPLICATION_COMMAND_DESCRIPTION", "Context menu commands cannot have a description")
        if command.get("options"):
            form.wrong(f"{at}.options", "APPLICATION_COMMAND_OPTIONS", "Context menu commands cannot have options")
    for k, each in enumerate(command.get("contexts") or []):
        form.choice(f"{at}.contexts.{k}", each, {0, 1, 2})
    for k, each in enumerate(command.get("integration_types") or []):
        form.choice(f"{at}.integration_types.{k}", each, {0, 1})


def _name(form: Form, at: str, value: Any) -> None:
    name = form.length(at, value, 1, 32)
    if name and (not _NAME.match(name) or name != name.lower()):
        form.wrong(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _options(form: Form, at: str, options: list[Json], depth: int) -> None:
    form.count(f"{at}.options", options, 0, 25)
    seen: set[str] = set()
    optional, nested = False, [one.get("type") in {SUB, GROUP} for one in options]
    if any(nested) and not all(nested):
        form.wrong(f"{at}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types "
                   "are mutually exclusive to all other types")
    for i, one in enumerate(options):
        path, kind = f"{at}.options.{i}", one.get("type")
        form.choice(f"{path}.type", kind, range(1, 12))
        _name(form, f"{path}.name", one.get("name"))
        form.length(f"{path}.description", one.get("description"), 1, 100)
        if one.get("name") in seen:
            form.wrong(f"{path}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
        seen.add(str(one.get("name")))
        if kind in {SUB, GROUP}:
            if (kind == GROUP and depth > 0) or depth > 1:
                form.wrong(f"{path}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option nesting is invalid")
            inside = one.get("options") or []
            if kind == GROUP and any(each.get("type") != SUB for each in inside):
                form.wrong(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A group holds sub-commands only")
            if kind == SUB and any(each.get("type") in {SUB, GROUP} for each in inside):
                form.wrong(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command holds no sub-commands")
            _options(form, path, inside, depth + 1)
            continue
        if one.get("required") and optional:
            form.wrong(f"{path}.required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                       "Required options must be placed before non-required options")
        optional = optional or not one.get("required")
        _value(form, path, one)


def _value(form: Form, at: str, one: Json) -> None:
    kind, choices = one.get("type"), one.get("choices")
    if choices:
        if kind not in {STRING, INTEGER, NUMBER} or one.get("autocomplete"):
            form.wrong(f"{at}.choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This option cannot have choices")
        seen = set()
        for k, each in enumerate(form.count(f"{at}.choices", choices, 0, 25)):
            form.length(f"{at}.choices.{k}.name", each.get("name"), 1, 100)
            _fits(form, f"{at}.choices.{k}.value", kind, each.get("value"))
            if each.get("name") in seen:
                form.wrong(f"{at}.choices.{k}.name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", "Option choice name already exists")
            seen.add(each.get("name"))
    if one.get("autocomplete") and kind not in {STRING, INTEGER, NUMBER}:
        form.wrong(f"{at}.autocomplete", "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", "This option type cannot autocomplete")
    for name, lowest in (("min_length", 0), ("max_length", 1)):
        if one.get(name) is not None and not lowest <= int(one[name]) <= 6000:
            form.wrong(f"{at}.{name}", "NUMBER_TYPE_MAX", "int value should be less than or equal to 6000.")


def _fits(form: Form, at: str, kind: Any, value: Any) -> None:
    if kind == STRING:
        form.length(at, value, 1, 100)
    elif not isinstance(value, int | float) or isinstance(value, bool) or (kind == INTEGER and not isinstance(value, int)):
        form.wrong(at, "NUMBER_TYPE_COERCE", "Value is not a number.")


def autocompleted(choices: Any, kind: int) -> list[Json]:
    """Refuse more than 25 choices, or wrong ones; returns them."""
    form = Form()
    found: list[Json] = form.count("data.choices", choices if choices is not None else [], 0, 25)
    for k, each in enumerate(found):
        form.length(f"data.choices.{k}.name", each.get("name"), 1, 100)
        _fits(form, f"data.choices.{k}.value", kind, each.get("value"))
    form.done()
    return found


def size(one: Json) -> int:
    """The characters of names, descriptions and choice values of a command and all that is in it."""
    found = units(str(one.get("name") or "")) + units(str(one.get("description") or ""))
    for each in one.get("choices") or []:
        found += units(str(each.get("name") or "")) + units(str(each.get("value") or ""))
    return found + sum(size(each) for each in one.get("options") or [])
