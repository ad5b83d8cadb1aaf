"""What Discord would refuse in a message, a modal or a command, and what it would bring to life in them.

Knows the documented limits and nothing of how the JSON was made; lengths are those of UTF-16.
"""

from __future__ import annotations

import json
import re
from typing import Any

from bot.platforms.discord.drawing import Drawn
from commands.text import visible
from tests.platforms.discord_words import NOTHING, Allowed, check_markdown, read

Json = dict[str, Any]

_BREAK = "\u200b"


def units(text: str) -> int:
    """How long a text is."""
    return len(text.encode("utf-16-le")) // 2


def check_message(drawn: Drawn, allowed: Allowed = NOTHING) -> None:
    """A message that Discord takes, in which nothing lives that is not allowed, and that calls nobody but whom it names."""
    assert units(drawn.content) <= 2_000
    assert drawn.content.strip() or drawn.embeds, "an empty message"
    check_markdown(drawn.content, allowed)
    assert set(drawn.pings) <= allowed.people
    assert {what for kind, what in read(drawn.content).live if kind == "person"} == set(drawn.pings)
    assert len(drawn.embeds) <= 10
    assert sum(_embed(one, allowed) for one in drawn.embeds) <= 6_000
    _rows(list(drawn.components))
    assert len(drawn.rest) <= 10
    for name, data in drawn.rest:
        assert re.fullmatch(r"(?:SPOILER_)?[A-Za-z0-9-]{1,60}\.txt", name)
        assert data.decode().strip()
        assert name in words(drawn), "who reads the message knows the file"
    if drawn.cut:
        assert drawn.rest
    json.dumps([drawn.content, drawn.embeds, drawn.components], ensure_ascii=False).encode()


def _embed(one: Json, allowed: Allowed) -> int:
    assert set(one) <= {"color", "author", "title", "description", "fields", "image", "footer"}, set(one)
    assert set(one) - {"color"}, "an empty embed"
    size = 0
    for part, name, most in (("author", "name", 256), ("footer", "text", 2_048)):
        if part in one:
            assert set(one[part]) == {name}
            size += _plain(one[part][name], most)
    for name, most in (("title", 256), ("description", 4_096)):
        if name in one:
            size += _marked(one[name], most, allowed)
    fields = one.get("fields", [])
    assert len(fields) <= 25
    for found in fields:
        assert set(found) == {"name", "value", "inline"}
        assert isinstance(found["inline"], bool)
        size += _marked(found["name"], 256, allowed) + _marked(found["value"], 1_024, allowed)
    if "image" in one:
        assert re.fullmatch(r"attachment://[\w.-]+", one["image"]["url"])
    assert 0 <= one.get("color", 0) <= 0xFFFFFF
    return size


def _marked(text: str, most: int, allowed: Allowed) -> int:
    assert text.strip(), "an empty part"
    assert units(text) <= most
    check_markdown(text, allowed)
    return units(text)


def _plain(text: str, most: int) -> int:
    """Words that Discord shows as they are."""
    assert text.strip(), "an empty part"
    assert units(text) <= most, (units(text), most)
    assert "\n" not in text
    assert visible(text.replace(_BREAK, "")) == text.replace(_BREAK, "")
    assert not [one for one in read(text).live if one[0] in ("call", "lure", "address", "person", "role", "channel", "emoji", "time")], text
    return units(text)


def _rows(rows: list[Json]) -> None:
    assert len(rows) <= 5
    ids = [one["custom_id"] for row in rows for one in row["components"]]
    assert len(ids) == len(set(ids)), "ids are unique"
    for row in rows:
        assert set(row) == {"type", "components"}
        assert row["type"] == 1
        assert 1 <= len(row["components"]) <= 5
        for one in row["components"]:
            assert set(one) == {"type", "style", "label", "custom_id"}
            assert one["type"] == 2
            assert one["style"] in (1, 2, 4)
            assert 1 <= units(one["custom_id"]) <= 100
            _plain(one["label"], 80)
    assert sum(one["style"] == 1 for row in rows for one in row["components"]) <= 1, "one primary button"


def check_modal(modal: Json, allowed: Allowed = NOTHING) -> None:
    """A modal that Discord takes."""
    json.dumps(modal, ensure_ascii=False).encode()
    assert set(modal) == {"title", "custom_id", "components"}
    _plain(modal["title"], 45)
    assert 1 <= units(modal["custom_id"]) <= 100
    parts = modal["components"]
    assert 1 <= len(parts) <= 5
    ids = [one["component"]["custom_id"] for one in parts if one["type"] == 18]
    assert ids, "a modal has inputs"
    assert len(ids) == len(set(ids))
    for part in parts:
        if part["type"] == 10:
            assert set(part) == {"type", "content"}
            _marked(part["content"], 4_000, allowed)
            continue
        assert part["type"] == 18
        assert set(part) <= {"type", "label", "description", "component"}
        _plain(part["label"], 45)
        if "description" in part:
            _plain(part["description"], 100)
        _input(part["component"])


def _input(one: Json) -> None:
    assert 1 <= units(one["custom_id"]) <= 100
    rest = set(one) - {"type", "custom_id", "required"}
    assert isinstance(one["required"], bool)
    match one["type"]:
        case 4:
            assert rest <= {"style", "max_length", "value"}
            assert one["style"] in (1, 2)
            assert 1 <= one["max_length"] <= 4_000
            assert units(one.get("value", "")) <= one["max_length"]
        case 3:
            assert rest == {"options", "min_values", "max_values"}
            _options(one["options"], 1, 25, most_chosen=one["max_values"])
            assert one["min_values"] == int(one["required"])
            assert 1 <= one["max_values"] <= len(one["options"])
        case 21:
            assert rest == {"options"}
            _options(one["options"], 2, 10)
        case 19:
            assert rest == {"min_values", "max_values"}
            assert int(one["required"]) == one["min_values"]
            assert one["max_values"] == 10
        case other:
            raise AssertionError(f"no input of ours is {other}")


def _options(options: list[Json], least: int, most: int, *, most_chosen: int = 1) -> None:
    assert least <= len(options) <= most
    assert len({one["value"] for one in options}) == len(options)
    assert sum(one.get("default", False) for one in options) <= most_chosen
    for one in options:
        assert set(one) <= {"label", "value", "default"}
        _plain(one["label"], 100)
        assert 1 <= units(one["value"]) <= 100


def check_command(found: Json, *, depth: int = 0) -> int:
    """A command that Discord takes; returns the characters that it counts, of 8,000."""
    if found.get("type") == 3 and depth == 0:
        assert 1 <= len(found["name"]) <= 32
        assert set(found) == {"name", "type", "contexts", "integration_types"}
        return len(found["name"])
    assert re.fullmatch(r"[a-z0-9-]{1,32}", found["name"]), found["name"]
    assert 1 <= units(found["description"]) <= 100
    size = len(found["name"]) + len(found["description"])
    options = found.get("options", [])
    assert len(options) <= 25
    assert len({one["name"] for one in options}) == len(options)
    assert len({one["type"] in (1, 2) for one in options}) <= 1, "words and values do not mix"
    for one in options:
        if one["type"] in (1, 2):
            assert depth < 2
            assert one["type"] == 1 or depth == 0
            size += check_command(one, depth=depth + 1)
            continue
        assert not one.get("required"), "a form asks for what is left out"
        size += check_command({**one, "type": 0}, depth=3)
        choices = one.get("choices", [])
        assert len(choices) <= 25
        assert not (choices and one.get("autocomplete"))
        for choice in choices:
            assert 1 <= len(choice["name"]) <= 100
            assert 1 <= len(choice["value"]) <= 100
            size += len(choice["name"]) + len(choice["value"])
    return size


def words(drawn: Drawn) -> str:
    """Everything that a reader sees, in order."""
    found = [read(drawn.content).seen]
    for one in drawn.embeds:
        found += [one["author"]["name"]] if "author" in one else []
        found += [read(one[name]).seen for name in ("title", "description") if name in one]
        found += [read(field["name"]).seen + "\n" + read(field["value"]).seen for field in one.get("fields", [])]
        found += [one["footer"]["text"]] if "footer" in one else []
    found += [one["label"] for one in buttons(drawn)]
    return "\n".join(found).replace(_BREAK, "")


def buttons(drawn: Drawn) -> list[Json]:
    """Every button, in order."""
    return [one for row in drawn.components for one in row["components"]]
