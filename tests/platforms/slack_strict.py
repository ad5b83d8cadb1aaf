"""What Slack would refuse, and what Slack would bring to life: walks everything that the drawing code returns.

Knows the documented limits and nothing of how the blocks were made. `Allowed` names what may be live because it is ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from commands.text import Span, visible

Json = dict[str, Any]

_LINKED = re.compile(
    r"\w://[^\s<>|\"]|\bwww\.\w|[\w.+-]+@[\w-]+\.[\w-]+|(?<![\w-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])", re.IGNORECASE)
_LABEL_LINKED = re.compile(r"\w://[^\s<>|\"]|\bwww\.\w|[\w.+-]+@[\w-]+\.[\w-]+|\w\.[^\W\d_]{2,}/", re.IGNORECASE)
_SPECIAL = re.compile(r"<[!@#]|```")
_TOKEN = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True)
class Allowed:
    """Accounts that may be called and addresses that may be followed."""

    people: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()


NOBODY = Allowed()
_ACCOUNT = re.compile(r"[UW][A-Z0-9]{2,20}")
_WEB = re.compile(r"https?://[\w.-]+(?:[/?#:][^\s<>|@]*)?")


def ours(found: Any) -> Allowed:
    """What the spans of a text, or of anything that holds texts, may bring to life, judged by their targets alone."""
    spans = list(_spans(found))
    return Allowed(frozenset(one.to for one in spans if one.style == "person" and _ACCOUNT.fullmatch(one.to)),
                   frozenset(one.to for one in spans if one.style == "link" and _WEB.fullmatch(one.to)))


def _spans(found: Any) -> Iterator[Span]:
    if isinstance(found, Span):
        yield found
    elif isinstance(found, tuple):
        for one in found:
            yield from _spans(one)
    elif is_dataclass(found):
        for part in fields(found):
            yield from _spans(getattr(found, part.name))


def check_message(text: str, blocks: list[Json], allowed: Allowed = NOBODY) -> None:
    """A message that chat.postMessage takes, and in which nothing lives that is not allowed."""
    assert text.strip(), "a message has words for the notice"
    assert len(text) <= 1_000, "a notice is short"
    check_mrkdwn(text, allowed)
    assert 1 <= len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) <= 13_200, "msg_blocks_too_long"
    _blocks(blocks, "message", allowed)


def check_view(view: Json, allowed: Allowed = NOBODY) -> None:
    """A view that views.open or views.publish takes."""
    json.dumps(view)
    kind = view["type"]
    assert kind in ("modal", "home")
    known = {"type", "blocks", "callback_id", "private_metadata"} | ({"title", "submit", "close"} if kind == "modal" else set())
    assert set(view) <= known, set(view) - known
    assert len(json.dumps(view, ensure_ascii=False).encode()) <= 250_000, "view_too_large"
    assert 1 <= len(view["callback_id"]) <= 255
    assert len(view.get("private_metadata", "")) <= 3_000
    if kind == "modal":
        for name in ("title", "submit", "close"):
            if name in view:
                _label(view[name], 24)
        assert "title" in view
        if any(one["type"] == "input" for one in view["blocks"]):
            assert "submit" in view
    assert 1 <= len(view["blocks"]) <= 100
    _blocks(view["blocks"], kind, allowed)


def _blocks(blocks: list[Json], surface: str, allowed: Allowed) -> None:
    ids = [one["block_id"] for one in blocks if "block_id" in one]
    assert len(ids) == len(set(ids)), "block ids are unique"
    assert all(1 <= len(one) <= 255 for one in ids)
    for block in blocks:
        match block["type"]:
            case "header":
                _keys(block, "text")
                _label(block["text"], 150)
            case "context":
                _keys(block, "elements")
                assert 1 <= len(block["elements"]) <= 10
                for one in block["elements"]:
                    _label(one, 3_000)
            case "rich_text":
                _keys(block, "elements")
                _rich(block["elements"], allowed)
            case "actions":
                _keys(block, "elements")
                _actions(block["elements"])
            case "image":
                _keys(block, "slack_file", "alt_text")
                assert 1 <= len(block["alt_text"]) <= 2_000
                assert set(block["slack_file"]) == {"id"}
            case "input" if surface == "modal":
                _keys(block, "label", "element", "optional", "hint")
                _label(block["label"], 2_000)
                if "hint" in block:
                    _label(block["hint"], 2_000)
                _input(block["element"])
            case other:
                raise AssertionError(f"a {surface} holds no {other}")


def _keys(block: Json, *names: str) -> None:
    assert set(block) <= {"type", "block_id", *names}, set(block)


def _label(found: Json, most: int) -> None:
    """Plain text: never markup to Slack, and without the characters that come back escaped."""
    assert set(found) == {"type", "text", "emoji"}, found
    assert found["type"] == "plain_text"
    assert found["emoji"] is False
    text = found["text"]
    assert text.strip()
    assert len(text) + sum(char > "\uffff" for char in text) <= most, (len(text), most)
    assert not set(text) & set("<>&\n")
    assert visible(text) == text
    assert not _LABEL_LINKED.search(text), text


def _rich(parts: list[Json], allowed: Allowed) -> None:
    assert parts
    written = 0
    for part in parts:
        assert set(part) == {"type", "elements"}
        assert part["type"] in ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
        assert part["elements"]
        for one in part["elements"]:
            if part["type"] == "rich_text_preformatted":
                assert one["type"] == "text"
                assert "style" not in one
            written += _element(one, part["type"] == "rich_text_preformatted", allowed)
    assert written <= 3_000, written


def _element(one: Json, pre: bool, allowed: Allowed) -> int:
    match one["type"]:
        case "text":
            assert set(one) <= {"type", "text", "style"}
            style = one.get("style", {})
            assert set(style) <= {"bold", "italic", "code"}
            assert one["text"], "an empty element is refused"
            assert visible(one["text"]) == one["text"]
            assert not _SPECIAL.search(one["text"]), one["text"]
            if not pre and not style.get("code"):
                assert not _LINKED.search(one["text"]), one["text"]
            return len(one["text"])
        case "link":
            assert set(one) == {"type", "url", "text"}
            assert one["url"] in allowed.links, one["url"]
            assert len(one["url"]) <= 3_000
            assert one["text"].strip()
            assert visible(one["text"]) == one["text"]
            return len(one["text"])
        case "user":
            assert set(one) == {"type", "user_id"}
            assert one["user_id"] in allowed.people
            return 0
        case "date":
            assert set(one) == {"type", "timestamp", "format", "fallback"}
            assert isinstance(one["timestamp"], int)
            assert one["fallback"]
            assert visible(one["fallback"]) == one["fallback"]
            return len(one["fallback"])
        case other:
            raise AssertionError(f"{other} may call somebody")


def _actions(elements: list[Json]) -> None:
    assert 1 <= len(elements) <= 25
    ids = [one["action_id"] for one in elements]
    assert len(ids) == len(set(ids))
    for one in elements:
        assert set(one) <= {"type", "action_id", "text", "value", "style", "confirm"}
        assert one["type"] == "button"
        assert 1 <= len(one["action_id"]) <= 255
        _label(one["text"], 75)
        assert 1 <= len(one["value"]) <= 2_000
        assert one.get("style", "primary") in ("primary", "danger")
        if "confirm" in one:
            asked = one["confirm"]
            assert set(asked) <= {"title", "text", "confirm", "deny", "style"}
            for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
                _label(asked[name], most)


def _input(one: Json) -> None:
    assert 1 <= len(one["action_id"]) <= 255
    rest = set(one) - {"type", "action_id"}
    match one["type"]:
        case "plain_text_input":
            assert rest <= {"multiline", "max_length", "initial_value"}
            assert 1 <= one["max_length"] <= 3_000
            assert len(one.get("initial_value", "")) <= one["max_length"]
        case "number_input":
            assert rest <= {"is_decimal_allowed", "initial_value"}
            assert "is_decimal_allowed" in one
            assert re.fullmatch(r"-?\d+", one.get("initial_value", "1"))
        case "datepicker":
            assert rest <= {"initial_date"}
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.get("initial_date", "2026-01-01"))
        case "file_input":
            assert rest <= {"max_files"}
            assert 1 <= one["max_files"] <= 10
        case "radio_buttons":
            assert rest <= {"options", "initial_option"}
            _options(one["options"], 10)
            _initial(one, one["options"])
        case "checkboxes" | "multi_static_select" as kind:
            assert rest <= {"options", "initial_options"}
            _options(one["options"], 10 if kind == "checkboxes" else 100)
            assert all(option in one["options"] for option in one.get("initial_options", []))
            assert one.get("initial_options", [1]), "an empty list is refused"
        case "static_select":
            assert rest <= {"options", "option_groups", "initial_option"}
            assert ("options" in one) != ("option_groups" in one)
            groups = one.get("option_groups") or [{"options": one["options"]}]
            assert 1 <= len(groups) <= 100
            for group in groups:
                if "label" in group:
                    _label(group["label"], 75)
                _options(group["options"], 100)
            _initial(one, [option for group in groups for option in group["options"]])
        case other:
            raise AssertionError(f"no input of ours is {other}")


def _options(options: list[Json], most: int) -> None:
    assert 1 <= len(options) <= most
    values = [one["value"] for one in options]
    assert len(values) == len(set(values))
    for one in options:
        assert set(one) == {"text", "value"}
        _label(one["text"], 75)
        assert 1 <= len(one["value"]) <= 150


def _initial(one: Json, options: list[Json]) -> None:
    if "initial_option" in one:
        assert one["initial_option"] in options


def check_mrkdwn(text: str, allowed: Allowed = NOBODY, *, bold: bool = False, pre: bool = False) -> None:
    """A model of what Slack makes of its markup: nothing is live but what is allowed. `bold` and `pre`: spans of ours are."""
    assert visible(text.replace("\u2060", "")) == text.replace("\u2060", "")
    left = text
    if pre:
        left = re.sub(r"```\n.*?\n```", " ", left, flags=re.DOTALL)
    left = re.sub(r"`[^`\n]+`", " ", left)
    for token in _TOKEN.findall(left):
        target = token.partition("|")[0].replace("&amp;", "&")
        person = target.startswith("@") and target[1:] in allowed.people
        instant = re.fullmatch(r"!date\^\d+\^\{date_short_pretty\} \{time\}", target)
        assert person or instant or target in allowed.links, token
    left = _TOKEN.sub(" ", left)
    assert not set(left) & set("<>_~`"), left
    assert bold or "*" not in left, left
    assert not re.search(r"&(?!(?:amp|lt|gt);)", left), left
    assert not re.search(r":[\w+'-]+:", left), left
    assert not re.search(r"^[ \t]*&gt;", left, re.MULTILINE), left
    assert not re.search(r"[@#]\w", left), left
    seen = left.replace("*", " ").replace("\u2060", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert not _LINKED.search(seen), seen


def words(blocks: Iterable[Json]) -> str:
    """Everything that a reader sees, in order."""
    return "\n".join("".join(_strings(one)) for one in blocks)


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, list):
        for one in found:
            yield from _strings(one)
    elif isinstance(found, dict):
        for name, value in found.items():
            if name in ("text", "fallback", "alt_text") and isinstance(value, str):
                yield value
            elif name != "confirm":
                yield from _strings(value)
        if found.get("type") in ("rich_text_section", "rich_text_preformatted", "rich_text_quote", "button", "plain_text"):
            yield "\n"


def buttons(blocks: Iterable[Json]) -> list[Json]:
    """Every button, in order."""
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
