"""From a form to a modal of Discord's, and from what comes back to values: pure functions.

Decides which input each kind of field becomes. A modal's id is what it is and the command line of its form, so nothing has to be
remembered. A modal holds five things; a form with more fields shows the first ones, says so, and is marked: what comes back is
partial. Discord does not keep a modal open when something is wrong, so errors are an answer with a button that leads back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.platforms.discord.buttons import UNSENDABLE
from bot.platforms.discord.drawing import Drawn, reply
from bot.platforms.discord.text import Json, label, markdown
from bot.platforms.plain import clipped, units
from commands.calls import ASKS, Field, Form, Reply
from commands.text import Button, Text, Words, bold, lines, quiet, say, visible
from commands.wording import discord_drawing as wording

WHOLE, PARTIAL = "form ", "part "
_MOST = 5
_TITLE = 45
_ID = 100
_DESCRIPTION = 100
_TYPED = 4_000
_OPTION = 100
_MENU = 25
_RADIO = 5
_TOP = 4_000
_TEXT, _SELECT, _SHOWN, _LABEL, _FILES, _CHOICE = 4, 3, 10, 18, 19, 21


class LineTooLong(ValueError):  # noqa: N818  nothing is wrong but its length
    """The command line so far does not fit into a modal's id; say `wording.line_too_long()` instead."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came back: the command line, the values in the order of the fields, and files as Discord describes them."""

    line: str
    values: tuple[tuple[str, str], ...] = ()
    files: tuple[Json, ...] = ()
    partial: bool = False  # the form has more fields than were shown


# -- going out -----------------------------------------------------------------------------------------------------

def shown_fields(form: Form, *, page: int = 0) -> tuple[Field, ...]:
    """Return the fields that the page of a form holds."""
    size = _MOST - bool(_top(form))
    return form.fields[page * size:(page + 1) * size]


def view(form: Form, *, page: int = 0, values: Mapping[str, str] | None = None) -> Json:
    """Return the modal of a form; `values` are those that were typed before.

    Raises LineTooLong, and ValueError for a page without fields.
    """
    fields = shown_fields(form, page=page)
    later = len(form.fields) > (page + 1) * (_MOST - bool(_top(form)))
    custom = (PARTIAL if later else WHOLE) + form.id
    if units(custom) > _ID or UNSENDABLE.search(custom):
        raise LineTooLong(len(form.id))
    if not fields:
        raise ValueError("a modal has inputs")
    top = markdown(_top(form), _TOP).text
    shown = [{"type": _SHOWN, "content": top}] if top.strip() else []
    inputs = [_input(one, (values or {}).get(one.name, one.value)) for one in fields]
    return {"title": label(form.title, _TITLE, wording.NO_TITLE), "custom_id": custom, "components": [*shown, *inputs]}


def _top(form: Form) -> Text:
    """Return what stands above the inputs.

    A title that is cut in the bar, who reads it, questions that are cut beside their inputs, words to choose from, how many follow.
    """
    whole: list[Words] = [bold(form.title)] if len(form.title) > _TITLE else []
    asked = [lines([say(bold(one.label)), _about(one)]) for one in form.fields if not _short(one)]
    listed = [say(quiet(wording.listed(one.label or one.name, ", ".join(value for value, _ in one.choices))))
              for one in form.fields if _typed(one)]
    size = _MOST - bool(whole or form.about.strip() or asked or listed)
    more = [say(quiet(wording.more_pages(_MOST - 1, len(form.fields))))] if len(form.fields) > size else []
    return lines([*whole, form.about if form.about.strip() else "", *asked, *listed, *more], "\n\n")


def _short(one: Field) -> bool:
    """Tell whether a question stands whole beside its input."""
    return units(visible(one.label)) <= _TITLE and units(visible(_about(one))) <= _DESCRIPTION


def _about(one: Field) -> str:
    """Return what the reader must know to fill in a field."""
    hint = {"date": wording.DATE, "number": wording.NUMBER}.get(one.kind, "")
    if _typed(one):
        hint = wording.short_list(len(one.choices))
    return " ".join(part for part in (one.help.strip(), hint) if part)


def _input(one: Field, value: str) -> Json:
    found: Json = {"type": _LABEL, "label": label(one.label or one.name, _TITLE),
                   "component": {**_element(one, value), "custom_id": one.name}}
    about = _about(one)
    if about:
        found["description"] = label(about, _DESCRIPTION)
    return found


def _element(one: Field, value: str) -> Json:
    match one.kind:
        case "file":
            return {"type": _FILES, "min_values": int(one.required), "max_values": 10, "required": one.required}
        case "choice" if options := _options(one.choices):
            return _choice(one, options, value)
        case "many" if options := _options(one.choices, apart=","):
            return _several(one, options, value)
    typed: Json = {"type": _TEXT, "style": 2 if one.kind == "lines" else 1, "max_length": _TYPED, "required": one.required}
    if one.kind == "date":
        typed["max_length"] = 10
        value = _date(value)
    if value:
        typed["value"] = clipped(visible(value), int(typed["max_length"]))
    return typed


def _date(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""


def _choice(one: Field, options: list[Json], value: str) -> Json:
    for option in options:
        if option["value"] == value:
            option["default"] = True
    if 2 <= len(options) <= _RADIO:
        return {"type": _CHOICE, "options": options, "required": one.required}
    return {"type": _SELECT, "options": options, "min_values": int(one.required), "max_values": 1, "required": one.required}


def _several(one: Field, options: list[Json], value: str) -> Json:
    wanted = {each.strip() for each in value.split(",")}
    for option in options:
        if option["value"] in wanted:
            option["default"] = True
    return {"type": _SELECT, "options": options, "min_values": int(one.required), "max_values": len(options), "required": one.required}


def _typed(one: Field) -> bool:
    """Tell whether what may be chosen is listed above, because no menu takes it."""
    return bool(one.choices) and one.kind in ("choice", "many") and not _options(one.choices, apart="," if one.kind == "many" else "")


def _options(choices: Sequence[tuple[str, str]], *, apart: str = "") -> list[Json]:
    """Return the options, each value once; none where there are too many, or a value fits none or holds `apart`: typed then."""
    values = dict(choices)
    if len(values) > _MENU or any(not value.strip() or units(value) > _OPTION or visible(value) != value or (apart and apart in value)
                                  for value in values):
        return []
    return [{"label": label(shown if shown.strip() else value, _OPTION), "value": value} for value, shown in values.items()]


# -- coming back ---------------------------------------------------------------------------------------------------

def submitted(data: Mapping[str, Any]) -> Submitted:
    """Return what a submitted modal holds; an input that was left empty is an empty value. Raises ValueError for any other modal."""
    custom = str(data.get("custom_id") or "")
    start = next((one for one in (WHOLE, PARTIAL) if custom.startswith(one)), "")
    if not start:
        raise ValueError("no form of ours")
    known = dict((data.get("resolved") or {}).get("attachments") or {})
    values: list[tuple[str, str]] = []
    files: list[Json] = []
    for one in data.get("components") or ():
        given = one.get("component") or {}
        if not given.get("custom_id"):
            continue
        if given.get("type") == _FILES:
            files += [known[id_] for id_ in given.get("values") or () if isinstance(known.get(id_), dict)]
        values.append((str(given["custom_id"]), _value(given)))
    return Submitted(custom.removeprefix(start), tuple(values), tuple(files), partial=start == PARTIAL)


def _value(given: Mapping[str, Any]) -> str:
    if given.get("type") == _FILES:
        return ""
    chosen = given.get("values")
    if isinstance(chosen, list):
        return ",".join(str(one) for one in chosen)
    return str(given.get("value") or "")


def errors(answer: Reply, line: str, labels: Mapping[str, str] | None = None) -> Drawn | None:
    """Return what is said when a form was not taken, with a button that runs `line` to open it again; nothing when it was taken.

    `line` is that of the form, or of the draft that holds what was typed; `labels` are those of the fields, by name.
    """
    if (answer.code == "ok" and not answer.errors) or answer.form is not None or answer.code in ASKS:
        return None
    names = labels or {}
    said = answer.text.plain()
    wrong = [say(bold(names.get(name) or name.replace("_", " ").capitalize()), "  ", words) if name else say(words)
             for name, words in answer.errors if words not in said]
    return reply(Reply(code=answer.code, text=lines([answer.text or say(wording.NOT_SENT), *wrong]),
                       buttons=(*answer.buttons, Button(line, wording.CORRECT, "primary"))))
