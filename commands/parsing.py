"""One line of text to arguments, and arguments to values; forms and help come from the same declaration.

Decides the grammar of product.md section 6: words in the declared order, options as name=value, the last text argument
takes the rest of the line, quotes are optional and only `"` quotes; in quotes after a name, `""` is a quote. Leaves looking
up reports and people to `dispatch.py`.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from commands.calls import Field, Form, Problem
from commands.registry import Command, Hint, Param, Registry, Surface
from commands.text import Words, code
from commands.wording.judge import TRIALS
from config.policy.rates import Trials, TrialsError, parse_trials

_TOKEN = re.compile(r'(?P<name>[A-Za-z][A-Za-z_-]*)=(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>\S*))|"(?P<quote>[^"]*)"|(?P<word>\S+)')
_REPORT = re.compile(r"(?:aiv-?)?([0-9a-z]{4,5})", re.IGNORECASE)
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def normal_id(text: str, *, prefixed: bool = False) -> str | None:
    """Return the canonical id (or its first four characters) that `text` means: case and O/0, I/L/1 are forgiven.

    With `prefixed` only what begins with AIV counts, so that a word such as "high" is not read as an id.
    """
    found = _REPORT.fullmatch(text.strip())
    if not found or (prefixed and not text.strip().lower().startswith("aiv")):
        return None
    return "AIV-" + found.group(1).upper().translate(_LOOKALIKE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that names a command: its arguments as typed, by parameter name."""

    command: Command
    given: dict[str, str]

    def text(self) -> str:
        """Return the line again, as a button or a form carries it."""
        return " ".join((self.command.name, *(argument(name, value) for name, value in self.given.items())))


def argument(name: str, value: str) -> str:
    """Return one argument by its name; a quote inside a quoted value is doubled."""
    if value and not re.search(r"[\s\"]", value):
        return f"{name}={value}"
    return f'{name}="{value.replace(chr(34), chr(34) * 2)}"'


def read_line(line: str, *, registry: Registry, surface: Surface, here: str = "") -> Line:
    """Return the command that a line names with its raw arguments; `here` is the report of this channel.

    Raises Problem `unknown_command` (with the nearest name) or `bad_argument`.
    """
    words = line.split()
    found = registry.match(surface, words)
    if found is None:
        raise unknown(line, registry=registry, surface=surface)
    command, count = found
    rest = line.lstrip()
    for _ in range(count):
        rest = re.sub(r"^\S+\s*", "", rest, count=1)
    return Line(command, _arguments(command, rest, here=here))


def unknown(line: str, *, registry: Registry, surface: Surface) -> Problem:
    """Return the refusal of a command that does not exist, with the nearest one that does."""
    words = line.lower().split()
    names = registry.names(surface)
    asked = " ".join(words[:1])
    inside = [one.partition(" ")[2] for one in names if one.startswith(f"{asked} ")]
    if inside:
        return Problem("unknown_command", "After ", code(f"/vdp {asked}"), f" comes one of {', '.join(inside)}. See ", code("/vdp help"),
                       " for what each does.")
    near = difflib.get_close_matches(" ".join(words[:2]), names, 1, 0.75) or difflib.get_close_matches(asked, names, 1, 0.6)
    hint: tuple[Words, ...] = ("Did you mean ", code("/vdp " + near[0]), "? ") if near else ()
    return Problem("unknown_command", "There is no such command. ", *hint, "See ", code("/vdp help"), " for the list.")


def _arguments(command: Command, rest: str, *, here: str) -> dict[str, str]:
    by_key = {p.key: p for p in command.params} | {p.name: p for p in command.params}
    places = [p for p in command.params if not p.named]
    greedy = command.greedy
    given: dict[str, str] = {}
    position = 0
    report = command.report_param
    while position < len(rest):
        found = _TOKEN.search(rest, position)
        if found is None:
            break
        name = (found.group("name") or "").lower()
        if name and name in by_key:
            quoted = found.group("quoted")
            value = quoted.replace('""', '"') if quoted is not None else found.group("bare")
            position = found.end()
            if quoted is None and not value and by_key[name].kind == "person" and (after := re.match(r"\s+(\S+)", rest[position:])):
                value, position = after.group(1), position + after.end()  # a chat client knows people only after a blank
            given[by_key[name].name] = value
            continue
        word = found.group("quote") if found.group("quote") is not None else found.group(0)
        if report is not None and report.name not in given and normal_id(word, prefixed=bool(here) or report is not places[0]):
            # A bare id beside free text must show a digit: "none" and "high" are words.
            plain = not word.lower().startswith("aiv")
            if not plain or (not here and (len(places) == 1 or any(char.isdigit() for char in word))):
                given[report.name] = word
                position = found.end()
                continue
        param = next((p for p in places if p.name not in given and p.kind != "report"), None)
        if param is None:
            raise Problem("bad_argument", "That is more than ", code(command.name), " takes. It is typed ",
                          code(command.usage()), ".")
        if param is greedy:
            text = rest[found.start():].strip()
            whole = re.fullmatch(r'"([^"]*)"', text)
            given[param.name] = whole.group(1) if whole else text
            break
        given[param.name] = word
        position = found.end()
    if report is not None and here:
        given.setdefault(report.name, here)
    return given


def convert(param: Param, raw: str, choices: Iterable[tuple[str, str]] = ()) -> Any:
    """Return the value of one argument, except reports and people; raises ValueError with words for the person."""
    text = raw.strip()
    match param.kind:
        case "number":
            return _number(param, text)
        case "trials":
            return _trials(text)
        case "date":
            return _date(text)
        case "choice":
            return _choice(param, text)
        case "many":
            return _several(text, [value for value, _ in choices])
        case _:
            allowed = [value for value, _ in choices]
            if allowed and text.lower() not in allowed:
                near = difflib.get_close_matches(text.lower(), allowed, 1, 0.5)
                meant = f" Did you mean {near[0]}?" if near else ""
                raise ValueError(f"This takes one of {len(allowed)} words.{meant}" if len(allowed) > 8
                                 else f"Choose one of {', '.join(allowed)}.{meant}")
            return text.lower() if allowed else raw.strip("\n")


def _number(param: Param, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise ValueError("Write a whole number, such as 3.")
    number = int(text)
    if param.hint.low is not None and number < param.hint.low:
        raise ValueError(f"The smallest allowed is {param.hint.low}.")
    if param.hint.high is not None and number > param.hint.high:
        raise ValueError(f"The largest allowed is {param.hint.high}.")
    return number


def _trials(text: str) -> Trials:
    try:
        return parse_trials(text)
    except TrialsError as wrong:
        raise ValueError(TRIALS[wrong.fault]) from None


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError("Write a date as 2026-12-31.") from None


def _choice(param: Param, text: str) -> Enum:
    wanted = text.lower().replace("_", "-").replace(" ", "-")
    members = {str(item.value).lower().replace("_", "-"): item for item in param.type}
    if wanted in members:
        found: Enum = members[wanted]
        return found
    near = difflib.get_close_matches(wanted, list(members), 1, 0.5)
    meant = f" Did you mean {near[0].replace('-', '_')}?" if near else ""
    raise ValueError(f"Choose one of {', '.join(str(item.value) for item in param.type)}.{meant}")


def _several(text: str, allowed: list[str]) -> tuple[str, ...]:
    known = {one.lower(): one for one in allowed}
    wanted = [one.lower() for one in re.split(r"[,\s]+", text) if one]
    if not set(wanted) <= set(known):
        raise ValueError(f"Choose among {', '.join(allowed)}, with commas between them, such as {','.join(allowed[:2])}.")
    return tuple(one for low, one in known.items() if low in wanted)


def choices_of(param: Param, desk: Any) -> tuple[tuple[str, str], ...]:
    """Return what may be chosen for a parameter, as value and label."""
    if param.hint.choices is not None:
        return tuple(param.hint.choices(desk))
    if param.kind == "choice":
        return tuple((str(item.value), re.sub("[_-]", " ", str(item.value))) for item in param.type)
    return ()


_FORM_KINDS = {"number": "number", "date": "date", "choice": "choice", "many": "many"}


def form_of(
    line: Line, *, desk: Any, about: str = "", values: Mapping[str, str] | None = None,
    people: tuple[tuple[str, str], ...] = (), only: Sequence[str] | None = None,
) -> Form:
    """Return the form that asks for what a line leaves open, or for `only` these parameters in this order; its id is the line so far."""
    fields: list[Field] = []
    ordered = sorted(line.command.params, key=lambda one: not one.hint.first)
    if only is None:
        wanted = [one for one in ordered if not ((one.named and one.hint == Hint()) or one.hint.typed or one.hint.inner)]
    else:
        wanted = sorted((one for one in ordered if one.name in only), key=lambda one: only.index(one.name))
    for param in wanted:
        if param.name in line.given or param.kind == "report":
            continue
        choices = people if param.kind == "person" else choices_of(param, desk)
        kind = _FORM_KINDS.get(param.kind, "text")
        if choices and kind != "many":
            kind = "choice"
        elif param.kind == "text" and param.hint.lines:
            kind = "lines"
        default = "" if param.required or param.default in (None, "", ()) else str(getattr(param.default, "value", param.default))
        # A date is picked, not typed: an example of how to write it helps nobody.
        help_ = param.hint.help or (f"For example: {param.hint.example}" if param.hint.example and kind != "date" else "")
        fields.append(Field(
            name=param.name, label=param.label[:1].upper() + param.label[1:], kind=kind,  # type: ignore[arg-type]
            required=param.required or param.hint.asked, choices=choices, help=help_, value=(values or {}).get(param.name, default),
        ))
    return Form(id=line.text(), title=line.command.title, fields=tuple(fields), about=about, submit=line.command.submit)
