"""The application commands, from the registry; and back: what somebody chose there as the line that our parser takes.

Decides which command is offered where and how its parameters are asked for: `/vdp` and its sisters for the team in the server, `/report` for
researchers there and in direct messages, "Send to the desk" on a message. No option is required: what is left out, a form asks
for. Discord's own permissions are only defaults, so who may do what is checked where the command runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.platforms.discord.names import APART, VDP
from bot.platforms.discord.text import Json, label
from commands.parsing import argument
from commands.registry import Command, Param, Registry, Surface
from commands.wording import discord_drawing as wording

REPORT, SEND = "report", wording.SEND_TO_DESK
_ME = "me "  # before a line of a researcher
_RENAMED = {"report": "new"}  # what stands below /report, where the word alone would say the same twice
_WORDS = {shown: word for word, shown in _RENAMED.items()}
_MOST = 25
_CHOICES = 25
_CHOICE = 100
_ABOUT = 100
_TYPED = 6_000
_ALL = 8_000  # characters of one command: names, descriptions, choices
# How long descriptions of entries and of their options may be, where all together are too long.
_SHORTER = ((_ABOUT, _ABOUT), *((most, most - 8) for most in range(92, 36, -8)))
_GUILD, _BOT_DM = 0, 1
_GROUP, _SUBCOMMAND, _STRING, _INTEGER, _USER = 2, 1, 3, 4, 6
_KEPT = ("name", "description", "type", "options", "required", "choices", "autocomplete", "min_value", "max_value", "min_length",
         "max_length", "contexts", "integration_types", "default_member_permissions", "nsfw", "value")


# -- going out -----------------------------------------------------------------------------------------------------

def definitions(registry: Registry) -> tuple[Json, ...]:
    """Return all commands as Discord takes them in one overwrite. Raises ValueError where they do not fit."""
    staff = _entries(registry, "staff")
    return (
        _chat(VDP, wording.VDP, [one for one in staff if one["name"] not in APART], contexts=[_GUILD]),
        *(_chat(f"{VDP}-{one['name']}", one["description"], one["options"], contexts=[_GUILD]) for one in staff if one["name"] in APART),
        _chat(REPORT, wording.REPORT, _entries(registry, "researcher"), contexts=[_GUILD, _BOT_DM]),
        {"name": SEND, "type": 3, "contexts": [_GUILD, _BOT_DM], "integration_types": [0]},
    )


def _chat(name: str, about: str, entries: list[Json], *, contexts: list[int]) -> Json:
    if len(entries) > _MOST:
        raise ValueError(f"/{name} has {len(entries)} entries, Discord takes {_MOST}: put some into a group")
    whole: Json = {"name": name, "type": 1, "description": label(about, _ABOUT), "contexts": contexts, "integration_types": [0],
                   "options": entries}
    fits = next((one for one in (_shorter(whole, *most) for most in _SHORTER) if size(one) <= _ALL), None)
    if fits is None:
        raise ValueError(f"/{name} has too many words, Discord takes {_ALL} characters")
    return fits


def _shorter(found: Json, entry: int, option: int) -> Json:
    """Return a command whose descriptions are at most that long: those of its entries, and those of their options."""
    room = {_GROUP: _ABOUT, _SUBCOMMAND: entry}
    return {**found, **({"options": [
        {**_shorter(one, entry, option), "description": label(one["description"], room.get(one["type"], option))}
        for one in found["options"]]} if found.get("options") else {})}


def _entries(registry: Registry, surface: Surface) -> list[Json]:
    """Return the words of a surface, then its groups."""
    flat: list[Json] = []
    groups: dict[str, list[Json]] = {}
    for one in registry.commands:
        if one.surface != surface or one.hidden:
            continue
        group, _, word = one.name.rpartition(" ")
        (groups.setdefault(group, []) if group else flat).append(_entry(one, word))
    for group, entries in groups.items():
        if len(entries) > _MOST:
            raise ValueError(f"the group {group} has {len(entries)} entries, Discord takes {_MOST}")
        flat.append({"type": _GROUP, "name": group, "description": label(wording.group_about(group), _ABOUT), "options": entries})
    return flat


def _entry(one: Command, word: str) -> Json:
    shown = _RENAMED.get(word, word) if one.surface == "researcher" else word
    found: Json = {"type": _SUBCOMMAND, "name": shown, "description": label(one.about, _ABOUT)}
    options = [_option(param) for param in one.params if not param.hint.inner]
    return {**found, "options": options} if options else found


def _option(param: Param) -> Json:
    found: Json = {"name": param.key, "description": label(wording.option(param.label, param.hint.example), _ABOUT), "type": _STRING}
    match param.kind:
        case "person":
            return {**found, "type": _USER}
        case "number":
            bounds = {"min_value": param.hint.low, "max_value": param.hint.high}
            return {**found, "type": _INTEGER, **{name: bound for name, bound in bounds.items() if bound is not None}}
        case "choice":
            return {**found, **_choices(param)}
        case "report":
            return {**found, "autocomplete": True}
    return {**found, "autocomplete": True} if param.hint.choices is not None else {**found, "max_length": _TYPED}


def _choices(param: Param) -> Json:
    values = [str(one.value) for one in param.type] if issubclass(param.type, Enum) else []
    if not 0 < len(values) <= _CHOICES or any(len(one) > _CHOICE for one in values):
        return {"autocomplete": True}
    return {"choices": [{"name": label(one.replace("_", " "), _CHOICE), "value": one} for one in values]}


def size(definition: Mapping[str, Any]) -> int:
    """Return how many characters Discord counts in one command: all names, descriptions and values of choices."""
    found = sum(len(str(definition.get(name) or "")) for name in ("name", "description", "value"))
    return found + sum(size(one) for part in ("options", "choices") for one in definition.get(part) or ())


def same(ours: Iterable[Mapping[str, Any]], theirs: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the commands that Discord has are these, whatever it adds to them and in whatever order it tells them."""
    return sorted(map(_plain, ours)) == sorted(map(_plain, theirs))


def _plain(definition: Mapping[str, Any]) -> str:
    return json.dumps(_stripped(definition), sort_keys=True, ensure_ascii=True)


def _stripped(found: Any) -> Any:
    """Return a definition without what Discord adds: ids, versions, translations, and defaults."""
    if isinstance(found, Mapping):
        kept = {name: _stripped(found[name]) for name in _KEPT if name in found}
        if "type" not in kept and "options" in kept:
            kept["type"] = 1
        for name in ("contexts", "integration_types"):
            if isinstance(kept.get(name), list):
                kept[name] = sorted(kept[name])
        return {name: part for name, part in kept.items() if part not in (None, False, "", [])}
    return [_stripped(one) for one in found] if isinstance(found, list | tuple) else found


# -- coming back ---------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Asked:
    """What is being completed: the command, the option under the cursor, and what stands in it so far."""

    command: str
    surface: Surface
    option: str
    typed: str
    given: tuple[tuple[str, str], ...] = ()


def line(data: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the line that a chosen command means, and the people it names (account, name) as Discord vouches.

    A line of a researcher begins with `me`, so that nobody's roles change what it means. Raises ValueError for any other command.
    """
    surface, name, options = _chosen(data)
    words = [name if surface == "staff" else _ME + name]
    words += [argument(str(one["name"]), _value(one)) for one in options]
    users = (data.get("resolved") or {}).get("users") or {}
    called = [str(one["value"]) for one in options if one.get("type") == _USER]
    named = [(account, _name(users.get(account) or {}) or account) for account in called]
    return " ".join(words), tuple(dict.fromkeys(named))


def asked(data: Mapping[str, Any]) -> Asked | None:
    """Return what is being completed; nothing where no option is under the cursor."""
    surface, name, options = _chosen(data)
    focused = next((one for one in options if one.get("focused")), None)
    if focused is None:
        return None
    given = tuple((str(one["name"]), _value(one)) for one in options if one is not focused)
    return Asked(name, surface, str(focused["name"]), _value(focused), given)


def completions(found: Iterable[tuple[str, str]], typed: str) -> list[Json]:
    """Return what may be chosen (value, words) as Discord shows it: at most 25 that go with what was typed."""
    wanted = typed.strip().casefold()
    shown = {value: words or value for value, words in found
             if 0 < len(value) <= _CHOICE and (wanted in value.casefold() or wanted in words.casefold())}
    return [{"name": label(words, _CHOICE), "value": value} for value, words in shown.items()][:_CHOICES]


def _chosen(data: Mapping[str, Any]) -> tuple[Surface, str, Sequence[Mapping[str, Any]]]:
    """Return the surface, our name of the command and its options."""
    root, _, group = str(data.get("name") or "").partition("-")
    if root not in (VDP, REPORT) or (group and (root != VDP or group not in APART)):
        raise ValueError("no command of ours")
    words: list[str] = [group] if group else []
    options: Sequence[Mapping[str, Any]] = data.get("options") or ()
    while options and options[0].get("type") in (_GROUP, _SUBCOMMAND):
        words.append(str(options[0]["name"]))
        options = options[0].get("options") or ()
    if root == REPORT and words:
        words[-1] = _WORDS.get(words[-1], words[-1])
    return "staff" if root == VDP else "researcher", " ".join(words), options


def _value(one: Mapping[str, Any]) -> str:
    return str(one.get("value") if one.get("value") is not None else "")


def _name(user: Mapping[str, Any]) -> str:
    return str(user.get("global_name") or user.get("username") or "")
