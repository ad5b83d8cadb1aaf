"""From a form to a modal of Slack's, and from what comes back to values: pure functions.

Decides which input each kind of field becomes and what a modal carries with it. A form's identity is its command line, so the
modal holds that line and nothing has to be remembered. A modal holds 100 blocks, so no form is paged here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.platforms.plain import clipped
from bot.platforms.slack.blocks import answer_blocks
from bot.platforms.slack.sheet import VIEW_BLOCKS, VIEW_ROOM, context, cost, fit
from bot.platforms.slack.text import Json, label
from commands.calls import ASKS, Field, Form, Reply
from commands.text import Text, bold, lines, say, visible
from commands.wording import slack_drawing as wording

CALLBACK = "form"
SAID = "said"
_INPUT = "value"  # every field has one input
_WRONG = "wrong"  # block that says what is wrong with the whole form
_TITLE = 24
_TYPED = 3_000
_CARRIED = 3_000
_OPTION = 75
_OPTION_VALUE = 150
_MENU = 100
_RADIO = 5
_BOXES = 10
_ERROR = 300
_HINT = 1_000
_ABOUT_ROOM = 6_000
_KEPT = ("type", "title", "submit", "close", "callback_id", "private_metadata", "clear_on_close", "notify_on_close")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came back: the command line, the values in the order of the fields, where the form was opened, and on what."""

    line: str
    values: tuple[tuple[str, str], ...] = ()
    where: str = ""
    message: str = ""
    files: tuple[Json, ...] = ()  # as Slack describes them


# -- going out -----------------------------------------------------------------------------------------------------

def view(form: Form, *, where: str = "", message: str = "", words: Text | None = None) -> Json:
    """Return the modal of a form; it carries `where` and `message` back. `words` stand on top, as before a next step."""
    carried = json.dumps({"line": form.id, "names": [one.name for one in form.fields], "where": where, "message": message},
                         ensure_ascii=True, separators=(",", ":"))
    if len(carried) > _CARRIED:
        return said(Reply(code="bad_argument", text=say(wording.line_too_long())), title=form.title)
    top = [*_top(form.title, words or Text()), *context(form.about, most=_TYPED)]
    return {
        "type": "modal", "callback_id": CALLBACK, "private_metadata": carried,
        "title": label(form.title, _TITLE, wording.NO_TITLE),
        "submit": label(form.submit, _TITLE, wording.SEND),
        "close": label(wording.CANCEL, _TITLE),
        "blocks": [*top, *(_input(one) for one in form.fields)] or context(wording.SEND),
    }


def _top(title: str, words: Text) -> tuple[Json, ...]:
    """Return what stands above the inputs; a title that is cut in the bar stands there whole."""
    whole = say(bold(title)) if len(title) > _TITLE else Text()
    return fit(lines([whole, words]), _ABOUT_ROOM, most=4).blocks


def said(answer: Reply, *, title: str = "") -> Json:
    """Return a modal that only says something, with buttons where there are some."""
    blocks = list(answer_blocks(answer, room=VIEW_ROOM, most=VIEW_BLOCKS).blocks)
    heading = title or (answer.card.report if answer.card else "")
    return {"type": "modal", "callback_id": SAID, "title": label(heading, _TITLE, wording.NO_TITLE),
            "close": label(wording.CLOSE, _TITLE), "blocks": blocks or context(wording.notice())}


def _input(one: Field) -> Json:
    found: Json = {"type": "input", "block_id": one.name, "label": label(one.label or one.name, 150), "optional": not one.required,
                   "element": {**_element(one), "action_id": _INPUT}}
    if one.help.strip():
        found["hint"] = label(one.help, _HINT)
    return found


def _element(one: Field) -> Json:
    match one.kind:
        case "number":
            found: Json = {"type": "number_input", "is_decimal_allowed": False}
            if re.fullmatch(r"-?\d{1,12}", one.value):
                found["initial_value"] = one.value
            return found
        case "date":
            return {"type": "datepicker", **_initial_date(one.value)}
        case "file":
            return {"type": "file_input", "max_files": 10}
        case "choice" if _options(one.choices):
            return _choice(one)
        case "many" if 0 < len(_options(one.choices, apart=",")) <= _MENU:
            return _several(one)
    typed: Json = {"type": "plain_text_input", "multiline": one.kind == "lines", "max_length": _TYPED}
    if one.value:
        typed["initial_value"] = clipped(visible(one.value), _TYPED)
    return typed


def _initial_date(value: str) -> Json:
    try:
        return {"initial_date": date.fromisoformat(value).isoformat()}
    except ValueError:
        return {}


def _choice(one: Field) -> Json:
    options = _options(one.choices)
    chosen = next((option for option in options if option["value"] == one.value), None)
    initial: Json = {"initial_option": chosen} if chosen else {}
    if len(options) <= _RADIO:
        return {"type": "radio_buttons", "options": options, **initial}
    if len(options) <= _MENU:
        return {"type": "static_select", "options": options, **initial}
    groups = [options[at:at + _MENU] for at in range(0, min(len(options), _MENU * _MENU), _MENU)]
    return {"type": "static_select", **(initial if any(chosen in group for group in groups) else {}), "option_groups": [
        {"label": label(f"{group[0]['text']['text'][:30]} to {group[-1]['text']['text'][:30]}", _OPTION), "options": group}
        for group in groups]}


def _several(one: Field) -> Json:
    options = _options(one.choices)
    wanted = {each.strip() for each in one.value.split(",")}
    chosen = [option for option in options if option["value"] in wanted]
    return {"type": "checkboxes" if len(options) <= _BOXES else "multi_static_select", "options": options,
            **({"initial_options": chosen} if chosen else {})}


def _options(choices: Sequence[tuple[str, str]], *, apart: str = "") -> list[Json]:
    """Return the options, each value once; none where a value is too long for one, or holds what keeps them apart: typed then."""
    values = dict(choices)
    if any(not value or len(value) > _OPTION_VALUE or (apart and apart in value) for value in values):
        return []
    return [{"text": label(shown if shown.strip() else value, _OPTION), "value": value} for value, shown in values.items()]


# -- coming back ---------------------------------------------------------------------------------------------------

def submitted(found: Mapping[str, Any]) -> Submitted:
    """Return what a submitted modal holds; an input that was left empty is an empty value. Raises ValueError for any other view."""
    try:
        carried = json.loads(found.get("private_metadata") or "")
        line, names = str(carried["line"]), [str(one) for one in carried["names"]]
    except (ValueError, KeyError, TypeError):
        raise ValueError("no form of ours") from None
    state = _state(found)
    files = tuple(one for name in names for one in state.get(name, {}).get("files") or () if isinstance(one, dict))
    return Submitted(line=line, values=tuple((name, _value(state.get(name, {}))) for name in names),
                     where=str(carried.get("where") or ""), message=str(carried.get("message") or ""), files=files)


def _state(found: Mapping[str, Any]) -> dict[str, Json]:
    """Return each field's input as Slack tells it."""
    values = (found.get("state") or {}).get("values") or {}
    return {str(name): next((one for one in held.values() if isinstance(one, dict)), {})
            for name, held in values.items() if isinstance(held, dict)}


def _value(given: Json) -> str:
    option = given.get("selected_option")
    if isinstance(option, dict):
        return str(option.get("value") or "")
    several = given.get("selected_options")
    if isinstance(several, list):
        return ",".join(str(each.get("value") or "") for each in several if isinstance(each, dict))
    return str(given.get("value") or given.get("selected_date") or "")


def errors(answer: Reply, found: Mapping[str, Any]) -> Json | None:
    """Return what Slack shows while a form stays open, or nothing when it was taken or a next form follows.

    What is wrong with a field stands at that field; everything else stands on top, and what was typed is kept.
    """
    if (answer.code == "ok" and not answer.errors) or answer.form is not None or answer.code in ASKS:
        return None
    inputs = [str(one.get("block_id")) for one in found.get("blocks") or () if one.get("type") == "input"]
    at = {name: words for name, words in answer.errors if name in inputs}
    if at:
        return {"response_action": "errors",
                "errors": {name: clipped(visible(words), _ERROR) or wording.NOT_SENT for name, words in at.items()}}
    return {"response_action": "update", "view": _again(answer, found)}


def _again(answer: Reply, found: Mapping[str, Any]) -> Json:
    """Return the same modal with what is wrong on top."""
    wrong = lines([answer.text or say(wording.NOT_SENT),
                   *(say(words) for _, words in answer.errors if words not in answer.text.plain())])
    top = [{**one, "block_id": f"{_WRONG}{number or ''}"} for number, one in enumerate(fit(wrong, _ABOUT_ROOM, most=2).blocks)]
    state = _state(found)
    held = [_refilled(one, state.get(str(one.get("block_id")), {})) for one in found.get("blocks") or ()
            if not str(one.get("block_id", "")).startswith(_WRONG) or one.get("type") == "input"]
    kept = {name: found[name] for name in _KEPT if found.get(name)}
    return {**kept, "blocks": [*top, *held][:VIEW_BLOCKS]}


def _refilled(block: Json, given: Json) -> Json:
    """Return an input that shows what was given before."""
    element = dict(block.get("element") or {})
    if block.get("type") != "input" or element.get("type") == "file_input":
        return block
    for name in ("initial_value", "initial_option", "initial_options", "initial_date"):
        element.pop(name, None)
    option = given.get("selected_option")
    if isinstance(option, dict):
        element["initial_option"] = option
    elif given.get("selected_options"):
        element["initial_options"] = given["selected_options"]
    elif given.get("selected_date"):
        element["initial_date"] = given["selected_date"]
    elif given.get("value"):
        element["initial_value"] = given["value"]
    return {**block, "element": element}


def fits(form: Form) -> bool:
    """Return whether a form has room in one modal."""
    drawn = view(form)
    return len(drawn["blocks"]) <= VIEW_BLOCKS and cost(drawn["blocks"]) <= VIEW_ROOM and drawn["callback_id"] == CALLBACK
