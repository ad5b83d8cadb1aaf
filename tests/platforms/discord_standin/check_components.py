"""What components may be: rows of buttons and selects under a message, labels with inputs in a modal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.platforms.discord_standin.refusals import Form, units
from tests.platforms.discord_standin.things import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE, CHANNEL_SELECT = range(1, 9)
SECTION, TEXT_DISPLAY, LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 9, 10, 18, 19, 21, 22, 23
SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE, CHANNEL_SELECT})
_V2 = frozenset({ROW, SECTION, TEXT_DISPLAY, 12, 13, 14, 17})
_IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX}


def every(components: list[Json]) -> Iterator[Json]:
    """All components with those inside them, in reading order."""
    for one in components:
        yield one
        yield from every([*one.get("components", []), *(one[name] for name in ("component", "accessory") if one.get(name))])


def numbered(components: list[Json]) -> list[Json]:
    """The components with an id for each, as Discord gives it to those that have none."""
    taken = {one["id"] for one in every(components) if one.get("id")}
    free = (i for i in range(1, 10_000) if i not in taken)

    def copy(one: Json) -> Json:
        made = {"id": one.get("id") or next(free), **{k: v for k, v in one.items() if k != "id"}}
        for name in ("component", "accessory"):
            if made.get(name):
                made[name] = copy(made[name])
        if "components" in made:
            made["components"] = [copy(each) for each in made["components"]]
        return made

    return [copy(one) for one in components]


def counts(one: Json) -> tuple[int, int]:
    """How many values are chosen at least and at most; null is as good as absent."""
    least, most = one.get("min_values"), one.get("max_values")
    return 1 if least is None else int(least), 1 if most is None else int(most)


def rows(form: Form, components: Any, *, v2: bool) -> None:
    """Check the components of a message; `v2` for IS_COMPONENTS_V2."""
    given = form.count("components", components, 0, 40 if v2 else 5)
    if v2 and len(list(every(given))) > 40:
        form.wrong("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The maximum number of components in this message is 40.")
    if v2 and sum(units(str(one.get("content") or "")) for one in every(given) if one.get("type") == TEXT_DISPLAY) > 4000:
        form.wrong("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "The displayable text size exceeds 4000.")
    for i, one in enumerate(given):
        at = f"components.{i}"
        form.choice(f"{at}.type", one.get("type"), _V2 if v2 else {ROW})
        if one.get("type") == ROW:
            _row(form, at, one)
    _distinct(form, given)


def _row(form: Form, at: str, row: Json) -> None:
    inside = form.count(f"{at}.components", row.get("components"), 1, 5)
    if len(inside) > 1 and any(one.get("type") in SELECTS for one in inside):
        form.wrong(f"{at}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
    for k, one in enumerate(inside):
        path = f"{at}.components.{k}"
        form.choice(f"{path}.type", one.get("type"), SELECTS | {BUTTON})
        if one.get("type") == BUTTON:
            _button(form, path, one)
        elif one.get("type") in SELECTS:
            _select(form, path, one, modal=False)


def _button(form: Form, at: str, one: Json) -> None:
    form.choice(f"{at}.style", one.get("style"), {1, 2, 3, 4, 5, 6})
    if one.get("label") is not None:
        form.length(f"{at}.label", one["label"], 0, 80)
    elif not one.get("emoji") and one.get("style") != 6:
        form.wrong(at, "BUTTON_COMPONENT_INVALID_LABEL_OR_EMOJI", "A button must have a label or an emoji.")
    if one.get("style") == 5:
        form.length(f"{at}.url", one.get("url"), 1, 512)
        if one.get("custom_id"):
            form.wrong(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
    elif one.get("style") != 6:
        form.length(f"{at}.custom_id", one.get("custom_id"), 1, 100)
    emoji = one.get("emoji")
    # A name without an id is a Unicode emoji: letters and digits are none (skin tones, keycaps and flags are).
    if emoji and not emoji.get("id") and (not emoji.get("name") or str(emoji["name"]).isascii()):
        form.wrong(f"{at}.emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _select(form: Form, at: str, one: Json, *, modal: bool) -> None:
    form.length(f"{at}.custom_id", one.get("custom_id"), 1, 100)
    if one.get("placeholder") is not None:
        form.length(f"{at}.placeholder", one["placeholder"], 0, 150)
    least, most = counts(one)
    if not 0 <= least <= 25 or not 1 <= most <= 25 or least > most:
        form.wrong(f"{at}.max_values", "NUMBER_TYPE_MAX", "int value should be less than or equal to 25.")
    if modal and one.get("required", True) and not least:
        form.wrong(f"{at}.min_values", "NUMBER_TYPE_MIN", "A required select has a minimum of at least 1.")
    if modal and one.get("disabled"):
        form.wrong(f"{at}.disabled", "COMPONENT_CANNOT_BE_DISABLED", "A component of a modal cannot be disabled.")
    if one["type"] == STRING_SELECT:
        options(form, at, one, 25)
        if most > len(one.get("options") or []):
            form.wrong(f"{at}.max_values", "SELECT_COMPONENT_MAX_VALUES", "There are fewer options than max_values.")


def options(form: Form, at: str, one: Json, most: int, least: int = 1) -> None:
    """Check the options of a select, a radio group or a group of checkboxes."""
    seen: set[str] = set()
    for k, option in enumerate(form.count(f"{at}.options", one.get("options"), least, most)):
        path = f"{at}.options.{k}"
        form.length(f"{path}.label", option.get("label"), 1, 100)
        value = form.length(f"{path}.value", option.get("value"), 1, 100)
        if option.get("description") is not None:
            form.length(f"{path}.description", option["description"], 0, 100)
        if value in seen:
            form.wrong(f"{path}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
        seen.add(value)


def _distinct(form: Form, components: list[Json]) -> None:
    seen: set[str] = set()
    for one in every(components):
        name = one.get("custom_id")
        if name in seen:
            form.wrong("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        elif name:
            seen.add(str(name))
    ids = [one["id"] for one in every(components) if one.get("id")]
    if len(ids) != len(set(ids)):
        form.wrong("components", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")


def modal(data: Any) -> None:
    """Check a modal; raises Refused."""
    form = Form()
    given: Json = data if isinstance(data, dict) else {}
    form.length("data.title", given.get("title"), 1, 45)
    form.length("data.custom_id", given.get("custom_id"), 1, 100)
    components = form.count("data.components", given.get("components"), 1, 5)
    for i, one in enumerate(components):
        at = f"data.components.{i}"
        kind = one.get("type")
        form.choice(f"{at}.type", kind, {ROW, TEXT_DISPLAY, LABEL})
        if kind == LABEL:
            form.length(f"{at}.label", one.get("label"), 1, 45)
            if one.get("description") is not None:
                form.length(f"{at}.description", one["description"], 0, 100)
            inner = one.get("component") or {}
            form.choice(f"{at}.component.type", inner.get("type"), _IN_LABEL)
            _inner(form, f"{at}.component", inner)
        elif kind == TEXT_DISPLAY:
            form.length(f"{at}.content", one.get("content"), 1, 4000)
        elif kind == ROW:
            inside = form.count(f"{at}.components", one.get("components"), 1, 1)
            for each in inside:
                form.choice(f"{at}.components.0.type", each.get("type"), {TEXT_INPUT})
                form.length(f"{at}.components.0.label", each.get("label"), 1, 45)
                _inner(form, f"{at}.components.0", each)
    if components and not any(one.get("custom_id") for one in every(components)):
        form.wrong("data.components", "MODAL_WITHOUT_INPUT", "A modal needs at least one input.")
    _distinct(form, components)
    form.done()


def _inner(form: Form, at: str, one: Json) -> None:
    kind = one.get("type")
    if kind in SELECTS:
        _select(form, at, one, modal=True)
        return
    form.length(f"{at}.custom_id", one.get("custom_id"), 1, 100)
    if kind == TEXT_INPUT:
        form.choice(f"{at}.style", one.get("style"), {1, 2})
        if one.get("placeholder") is not None:
            form.length(f"{at}.placeholder", one["placeholder"], 0, 100)
        least, most = int(one.get("min_length") or 0), int(one.get("max_length") or 4000)
        if not 0 <= least <= 4000 or not 1 <= most <= 4000 or least > most:
            form.wrong(f"{at}.max_length", "NUMBER_TYPE_MAX", "int value should be less than or equal to 4000.")
        if one.get("value") is not None:
            form.length(f"{at}.value", one["value"], 0, most)
    elif kind == FILE_UPLOAD:
        least, most = counts(one)
        if not 0 <= least <= 10 or not 1 <= most <= 10 or least > most:
            form.wrong(f"{at}.max_values", "NUMBER_TYPE_MAX", "int value should be less than or equal to 10.")
        if one.get("required", True) and not least:
            form.wrong(f"{at}.min_values", "NUMBER_TYPE_MIN", "A required upload has a minimum of at least 1.")
    elif kind == RADIO:
        options(form, at, one, 10, 2)
    elif kind == CHECKBOXES:
        options(form, at, one, 10, 1)
