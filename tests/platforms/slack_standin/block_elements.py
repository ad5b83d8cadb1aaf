"""The elements that stand inside blocks: which fields each has, how long, and where it may stand."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.slack_standin.block_words import Complaints, Json

_SELECTS = {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
_MULTI = {f"multi_{one}" for one in _SELECTS}
_PICKERS = {"datepicker", "timepicker", "datetimepicker"}
_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}

SECTION = {"button", "overflow", "image", "checkboxes", "radio_buttons", *_SELECTS, *_MULTI, *_PICKERS}
ACTIONS = {"button", "overflow", "checkboxes", "radio_buttons", *_SELECTS, *_MULTI, *_PICKERS, "rich_text_input"}
INPUT = {"checkboxes", "radio_buttons", "file_input", *_SELECTS, *_MULTI, *_PICKERS, *_TYPED}
CONTEXT = {"image", "plain_text", "mrkdwn"}

# type -> (needed, allowed besides action_id, confirm and focus)
_FIELDS: dict[str, tuple[str, str]] = {
    "button": ("text", "url value style accessibility_label"),
    "overflow": ("options", ""),
    "image": ("alt_text", "image_url slack_file"),
    "checkboxes": ("options", "initial_options"),
    "radio_buttons": ("options", "initial_option"),
    "static_select": ("", "options option_groups initial_option placeholder"),
    "external_select": ("", "min_query_length initial_option placeholder"),
    "users_select": ("", "initial_user placeholder"),
    "conversations_select": ("", "initial_conversation default_to_current_conversation filter response_url_enabled placeholder"),
    "channels_select": ("", "initial_channel response_url_enabled placeholder"),
    "multi_static_select": ("", "options option_groups initial_options max_selected_items placeholder"),
    "multi_external_select": ("", "min_query_length initial_options max_selected_items placeholder"),
    "multi_users_select": ("", "initial_users max_selected_items placeholder"),
    "multi_conversations_select": (
        "", "initial_conversations default_to_current_conversation filter max_selected_items placeholder"),
    "multi_channels_select": ("", "initial_channels max_selected_items placeholder"),
    "datepicker": ("", "initial_date placeholder"),
    "timepicker": ("", "initial_time placeholder timezone"),
    "datetimepicker": ("", "initial_date_time"),
    "plain_text_input": ("", "initial_value multiline min_length max_length dispatch_action_config placeholder"),
    "number_input": ("is_decimal_allowed", "initial_value min_value max_value dispatch_action_config placeholder"),
    "email_text_input": ("", "initial_value dispatch_action_config placeholder"),
    "url_text_input": ("", "initial_value dispatch_action_config placeholder"),
    "rich_text_input": ("", "initial_value dispatch_action_config placeholder"),
    "file_input": ("", "filetypes max_files"),
}


def element(check: Complaints, value: Any, at: str, allowed: set[str], action_ids: set[str]) -> None:
    """Check one element that stands in a block that allows these types."""
    if not isinstance(value, dict):
        check.add(at, "must provide an object")
        return
    kind = str(value.get("type"))
    if "type" not in value:
        check.add(at, "missing required field: type")
        return
    if kind not in allowed:
        check.add(f"{at}/type", f"unsupported type: {kind}")
        return
    if kind in {"plain_text", "mrkdwn"}:
        check.text(value, at, 3000)
        return
    if kind == "file_input" and check.surface != "modal":
        check.add(f"{at}/type", f"unsupported type: {kind}")
    needs, may = _FIELDS[kind]
    common = "" if kind == "image" else " action_id confirm focus_on_load"
    found = check.thing(value, at, needs=needs, may=may + common)
    if found is None:
        return
    if isinstance(name := found.get("action_id"), str):
        if name in action_ids:
            check.add(f"{at}/action_id", f'`action_id` "{name}" already exists')
        action_ids.add(name)
    check.optional(found, at, {"action_id": 255, "url": 3000, "alt_text": 2000, "image_url": 3000})
    if "confirm" in found:
        check.confirm(found["confirm"], f"{at}/confirm")
    if "placeholder" in found:
        check.text(found["placeholder"], f"{at}/placeholder", 150, plain=True)
    _inside(check, kind, found, at)


def _inside(check: Complaints, kind: str, found: Json, at: str) -> None:
    if kind == "button":
        if "text" in found:
            check.text(found["text"], f"{at}/text", 75, plain=True)
        check.optional(found, at, {"value": 2000, "accessibility_label": 75})
        if found.get("style", "primary") not in {"primary", "danger"}:
            check.add(f"{at}/style", "must be a valid enum value")
        if "url" in found:
            address(check, found["url"], f"{at}/url")
    elif kind == "image":
        picture(check, found, at)
    elif kind == "overflow":
        for i, one in enumerate(check.items(found.get("options"), f"{at}/options", 5)):
            check.option(one, f"{at}/options/{i}", plain=True, urls=True)
    elif kind in {"checkboxes", "radio_buttons"}:
        for i, one in enumerate(check.items(found.get("options"), f"{at}/options", 10)):
            check.option(one, f"{at}/options/{i}", plain=False)
        _initial(check, found, at)
    elif kind in {"static_select", "multi_static_select"}:
        _menu(check, found, at)
        _initial(check, found, at)
    elif kind == "plain_text_input":
        _typed(check, found, at)
    elif kind == "datepicker" and "initial_date" in found:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(found["initial_date"])):
            check.add(f"{at}/initial_date", "must be a valid date")
    elif kind == "file_input":
        most = found.get("max_files", 10)
        if not isinstance(most, int) or not 1 <= most <= 10:
            check.add(f"{at}/max_files", "must be between 1 and 10")


def _menu(check: Complaints, found: Json, at: str) -> None:
    if "options" in found:
        for i, one in enumerate(check.items(found["options"], f"{at}/options", 100)):
            check.option(one, f"{at}/options/{i}", plain=True)
    elif "option_groups" in found:
        for g, group in enumerate(check.items(found["option_groups"], f"{at}/option_groups", 100)):
            where = f"{at}/option_groups/{g}"
            held = check.thing(group, where, needs="label options")
            if held and "label" in held:
                check.text(held["label"], f"{where}/label", 75, plain=True)
            for i, one in enumerate(check.items((held or {}).get("options"), f"{where}/options", 100)):
                check.option(one, f"{where}/options/{i}", plain=True)
    else:
        check.add(at, "missing required field: options")


def _initial(check: Complaints, found: Json, at: str) -> None:
    """What is chosen at first has to be one of the options, letter for letter."""
    options = list(found.get("options") or [])
    for group in found.get("option_groups") or []:
        options += (group.get("options") or []) if isinstance(group, dict) else []
    if "initial_option" in found and found["initial_option"] not in options:
        check.add(f"{at}/initial_option", "failed to match any of the options")
    if "initial_options" in found:
        for i, one in enumerate(check.items(found["initial_options"], f"{at}/initial_options", 100)):
            if one not in options:
                check.add(f"{at}/initial_options/{i}", "failed to match any of the options")


def _typed(check: Complaints, found: Json, at: str) -> None:
    longest = found.get("max_length", 3000)
    shortest = found.get("min_length", 0)
    if not isinstance(longest, int) or not 1 <= longest <= 3000:
        check.add(f"{at}/max_length", "must be between 1 and 3000")
    if not isinstance(shortest, int) or not 0 <= shortest <= 3000:
        check.add(f"{at}/min_length", "must be between 0 and 3000")
    if "initial_value" in found:
        check.string(found["initial_value"], f"{at}/initial_value", longest if isinstance(longest, int) else 3000, least=0)


def picture(check: Complaints, found: Json, at: str) -> None:
    """An image has an address or a Slack file, one of the two."""
    if ("image_url" in found) == ("slack_file" in found):
        check.add(at, "must define either `image_url` or `slack_file`")
    if "image_url" in found:
        address(check, found["image_url"], f"{at}/image_url")
    if "slack_file" in found:
        held = check.thing(found["slack_file"], f"{at}/slack_file", may="id url")
        if held is not None and ("id" in held) == ("url" in held):
            check.add(f"{at}/slack_file", "must define either `id` or `url`")


def address(check: Complaints, value: Any, at: str) -> None:
    """A web address."""
    if not isinstance(value, str) or not re.match(r"(https?|slack)://\S+$|mailto:\S+$", value):
        check.add(at, "must be a valid URL")
