"""What is filled into a view: first values, what a person gives, and what Slack's client would not let through."""

from __future__ import annotations

from typing import Any

from tests.platforms.slack_standin.blocks import elements
from tests.platforms.slack_standin.refusals import ClientRefuses
from tests.platforms.slack_standin.things import Json

_ONE = {"static_select": "option", "external_select": "option", "radio_buttons": "option", "users_select": "user",
        "conversations_select": "conversation", "channels_select": "channel", "datepicker": "date", "timepicker": "time",
        "datetimepicker": "date_time"}
_MANY = {"checkboxes": "options", "multi_static_select": "options", "multi_external_select": "options",
         "multi_users_select": "users", "multi_conversations_select": "conversations", "multi_channels_select": "channels"}


def first(element: Json) -> Json | None:
    """The state of an element that nobody has touched; None for one that has no state."""
    kind = element["type"]
    if kind in _ONE:
        return {"type": kind, f"selected_{_ONE[kind]}": element.get(f"initial_{_ONE[kind]}")}
    if kind in _MANY:
        return {"type": kind, f"selected_{_MANY[kind]}": list(element.get(f"initial_{_MANY[kind]}") or [])}
    if kind == "file_input":
        return {"type": kind, "files": []}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": element.get("initial_value")}
    if kind in {"plain_text_input", "number_input", "email_text_input", "url_text_input"}:
        return {"type": kind, "value": element.get("initial_value")}
    return None


def given(element: Json, value: Any) -> Json:
    """The state after a person gave this value: text, the value of an option or a list of them, file objects."""
    kind = element["type"]
    if kind in _ONE:
        chosen = _option(element, value) if _ONE[kind] == "option" and value is not None else value
        return {"type": kind, f"selected_{_ONE[kind]}": chosen}
    if kind in _MANY:
        some = list(value or [])
        chosen = [_option(element, one) for one in some] if _MANY[kind] == "options" else some
        return {"type": kind, f"selected_{_MANY[kind]}": chosen}
    if kind == "file_input":
        return {"type": kind, "files": list(value or [])}
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": kind, "rich_text_value": {"type": "rich_text", "elements": [section]} if value else None}
    _typed(element, value)
    return {"type": kind, "value": value or None}


def state(blocks: list[Json], held: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """The whole state of a view: every element that has one, touched or not."""
    found: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for one in elements([block]):
            untouched = first(one)
            if untouched is None:
                continue
            kept = held.get(block["block_id"], {}).get(one["action_id"])
            known = kept if kept is not None and kept["type"] == one["type"] else untouched
            found.setdefault(block["block_id"], {})[one["action_id"]] = known
    return found


def complete(blocks: list[Json], values: dict[str, dict[str, Json]]) -> None:
    """Slack's client asks for what is missing before it sends anything; raises ClientRefuses."""
    for block in blocks:
        if block.get("type") != "input" or block.get("optional"):
            continue
        for one in values.get(block["block_id"], {}).values():
            if not any(held for name, held in one.items() if name != "type"):
                raise ClientRefuses(f"please complete this required field: {block['block_id']}")


def _option(element: Json, value: Any) -> Json:
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for one in options:
        if one.get("value") == value:
            return dict(one)
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": value}
    raise ClientRefuses(f"there is no such option: {value}")


def _typed(element: Json, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise ClientRefuses("text is typed into this field")
    if value and len(value) < element.get("min_length", 0):
        raise ClientRefuses("that is too short")
    if len(value) > element.get("max_length", 3000):
        raise ClientRefuses("that is too long")
