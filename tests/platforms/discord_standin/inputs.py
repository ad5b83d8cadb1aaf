"""What people give: options of commands, values of selects, fields of modals; and what the client would not let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.discord_standin import bits, payloads
from tests.platforms.discord_standin import check_commands as kinds
from tests.platforms.discord_standin.check_components import (
    CHANNEL_SELECT,
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    LABEL,
    RADIO,
    ROLE_SELECT,
    ROW,
    SELECTS,
    STRING_SELECT,
    TEXT_DISPLAY,
    TEXT_INPUT,
    USER_SELECT,
    counts,
)
from tests.platforms.discord_standin.refusals import ClientRefuses, units
from tests.platforms.discord_standin.things import Json, Person

if TYPE_CHECKING:
    from tests.platforms.discord_standin.acts import Acts


# -- options of commands --
def options(acts: Acts, who: Person, known: list[Json], given: Json, resolved: Json, *, partial: bool = False) -> list[Json]:
    """The options of an invocation as Discord sends them; `partial` while still typing."""
    by_name = {one["name"]: one for one in known}
    normal = {name.replace("-", "_"): name for name in by_name}
    found: dict[str, Json] = {}
    for name, value in given.items():
        real = name if name in by_name else normal.get(name, "")
        if not real:
            raise ClientRefuses(f"there is no such option: {name}")
        if value is not None:
            found[real] = {"name": real, "type": by_name[real]["type"], "value": _value(acts, who, by_name[real], value, resolved)}
    missing = [one["name"] for one in known if one.get("required") and one["name"] not in found]
    if missing and not partial:
        raise ClientRefuses(f"these options are required: {', '.join(missing)}")
    return [found[one["name"]] for one in known if one["name"] in found]


def _value(acts: Acts, who: Person, one: Json, value: Any, resolved: Json) -> Any:
    kind, name = one["type"], one["name"]
    if one.get("choices"):
        for each in one["choices"]:
            if value in {each["value"], each["name"]}:
                return each["value"]
        raise ClientRefuses(f"{value} is no choice of {name}")
    if kind == kinds.STRING:
        text = str(value)
        if not int(one.get("min_length") or 0) <= units(text) <= int(one.get("max_length") or 6000):
            raise ClientRefuses(f"{name} has the wrong length")
        return text
    if kind in {kinds.INTEGER, kinds.NUMBER}:
        if isinstance(value, bool) or not isinstance(value, int if kind == kinds.INTEGER else int | float):
            raise ClientRefuses(f"{name} is no number")
        if value < one.get("min_value", value) or value > one.get("max_value", value):
            raise ClientRefuses(f"{name} is out of range")
        return value
    if kind == kinds.BOOLEAN:
        return bool(value)
    if kind == kinds.ATTACHMENT:
        made = acts._file(value, who, ephemeral=True)
        resolved.setdefault("attachments", {})[made.id] = payloads.attachment(acts.back.guild, made, "ephemeral")
        return made.id
    as_select = {kinds.USER_OPTION: USER_SELECT, kinds.CHANNEL: CHANNEL_SELECT, kinds.ROLE: ROLE_SELECT}.get(kind, 7)
    return resolve(acts, as_select, str(value), resolved)


def resolve(acts: Acts, kind: int, key: str, resolved: Json) -> str:
    """The id of a person, role or channel, entered into `resolved`."""
    guild = acts.back.guild
    if kind == CHANNEL_SELECT:
        place = acts._place(key)
        resolved.setdefault("channels", {})[place.id] = payloads.channel(guild, place, partial=True) | {"permissions": "0"}
        return place.id
    role = guild.role(key) if kind != USER_SELECT else None
    if role is not None:
        resolved.setdefault("roles", {})[role.id] = payloads.role(role)
        return role.id
    if kind == ROLE_SELECT:
        raise ClientRefuses(f"no such role: {key}")
    person = acts._person(key)
    resolved.setdefault("users", {})[person.id] = payloads.user(person)
    if person.in_guild:
        body = payloads.member(guild, person, with_user=False)
        resolved.setdefault("members", {})[person.id] = body | {"permissions": str(bits.base(guild, person))}
    return person.id


# -- selects and modals --
def chosen(acts: Acts, one: Json, values: list[str], resolved: Json, *, required: bool = True) -> list[str]:
    """The values of a select; options by value or label, people and the like by id or name."""
    least, most = counts(one)
    if not values and not required:
        return []
    if not least <= len(values) <= most:
        raise ClientRefuses(f"between {least} and {most} values have to be chosen")
    if one["type"] == STRING_SELECT:
        return [_option(one, each) for each in values]
    return [resolve(acts, one["type"], each, resolved) for each in values]


def _option(one: Json, value: str) -> str:
    for each in one.get("options") or []:
        if value in {each["value"], each["label"]}:
            return str(each["value"])
    raise ClientRefuses(f"there is no such option: {value}")


def _inner(component: Json) -> Json | None:
    if component["type"] == LABEL:
        found: Json = component["component"]
        return found
    if component["type"] == ROW:
        first: Json = component["components"][0]
        return first
    return None


def names(data: Json) -> list[str]:
    """The custom_ids of a modal's inputs, from top to bottom."""
    return [inner["custom_id"] for one in data["components"] if (inner := _inner(one)) is not None]


def filled(acts: Acts, who: Person, components: list[Json], values: Json, resolved: Json) -> list[Json]:
    """The components of a modal as they are submitted; raises ClientRefuses where the client would keep the person from it."""
    known = {inner["custom_id"] for one in components if (inner := _inner(one)) is not None}
    if strange := set(values) - known:
        raise ClientRefuses(f"there is no such field: {', '.join(sorted(strange))}")
    found: list[Json] = []
    for one in components:
        inner = _inner(one)
        if inner is None:
            found.append({"type": TEXT_DISPLAY, "id": one["id"]})
            continue
        body = {"type": inner["type"], "id": inner["id"], "custom_id": inner["custom_id"]}
        body |= _given(acts, who, inner, values.get(inner["custom_id"]), resolved)
        outer = {"type": one["type"], "id": one["id"]}
        found.append(outer | ({"component": body} if one["type"] == LABEL else {"components": [body]}))
    return found


def _given(acts: Acts, who: Person, one: Json, value: Any, resolved: Json) -> Json:
    kind, required = one["type"], bool(one.get("required", True))
    if kind == TEXT_INPUT:
        return {"value": _text(one, str(one.get("value") or "") if value is None else str(value), required=required)}
    if kind == CHECKBOX:
        return {"value": bool(one.get("default") if value is None else value)}
    if kind == RADIO:
        default = next((each["value"] for each in one["options"] if each.get("default")), None)
        picked = default if value is None else _option(one, str(value))
        if picked is None and required:
            raise ClientRefuses(f"{one['custom_id']} is required")
        return {"value": picked}
    many: list[Any] = [value] if isinstance(value, str | dict) else list(value or [])
    if value is None and kind in {STRING_SELECT, CHECKBOXES}:
        many = [each["value"] for each in one.get("options") or [] if each.get("default")]
    if not many and required:
        raise ClientRefuses(f"{one['custom_id']} is required")
    if kind == FILE_UPLOAD:
        return {"values": _files(acts, who, one, many, resolved)}
    if kind == CHECKBOXES:
        one = {**one, "max_values": one.get("max_values") or len(one["options"]), "type": STRING_SELECT}
    assert kind in SELECTS | {CHECKBOXES}
    return {"values": chosen(acts, one, many, resolved, required=required)}


def _text(one: Json, text: str, *, required: bool) -> str:
    if not text and not required:
        return ""
    if not text.strip():
        raise ClientRefuses(f"{one['custom_id']} is required")
    if not int(one.get("min_length") or 0) <= units(text) <= int(one.get("max_length") or 4000):
        raise ClientRefuses(f"{one['custom_id']} has the wrong length")
    return text


def _files(acts: Acts, who: Person, one: Json, many: list[Any], resolved: Json) -> list[str]:
    least, most = counts(one)
    if len(many) > most or (many and len(many) < least):
        raise ClientRefuses(f"between {least} and {most} files")
    found = []
    for each in many:
        made = acts._file(each, who, ephemeral=True)
        resolved.setdefault("attachments", {})[made.id] = payloads.attachment(acts.back.guild, made, "ephemeral")
        found.append(made.id)
    return found
