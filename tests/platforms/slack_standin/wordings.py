"""Text as Slack keeps it: escaping, what clients do to what people type, and which parts of a message are alive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_CONTROL = re.compile(r"<(?:[@#!][^<>\n]+|(?:https?://|mailto:|tel:)[^<>\n]+)>")
_URL = re.compile(r"https?://[^\s<>|]+")
_MAIL = re.compile(r"(?<![\w.:/+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_ALIVE = frozenset({"link", "user", "usergroup", "broadcast", "channel", "team"})


def typed(text: str, *, linkify: bool = False, smart: bool = False) -> str:
    """What a person typed, as it arrives in an event: `&`, `<`, `>` escaped.

    With `linkify`, addresses become links as clients make them; with `smart`, quotes and dashes are made pretty.
    """
    if smart:
        text = re.sub(r'"([^"\n]*)"', "\u201c\\1\u201d", text).replace("'", "\u2019").replace("--", "\u2014")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if linkify:
        text = _MAIL.sub(lambda found: f"<mailto:{found[0]}|{found[0]}>", text)
        text = _URL.sub(lambda found: f"<{found[0]}>", text)
    return text


def stored(text: str) -> str:
    """What an app posted, as Slack keeps it: control sequences stay, loose `&`, `<`, `>` are escaped."""
    parts, at = [], 0
    for found in _CONTROL.finditer(text):
        parts += [_loose(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*parts, _loose(text[at:])])


def _loose(text: str) -> str:
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def rich(text: str) -> list[dict[str, Any]]:
    """The rich text block that comes with a message that a person typed."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


def alive(text: str, blocks: list[dict[str, Any]]) -> list[str]:
    """Everything in a message that links, mentions or notifies, wherever it stands.

    Without blocks the text is shown, so a bare address in it counts; with blocks only its control sequences count.
    """
    found = [one[0] for one in _CONTROL.finditer(text)]
    if not blocks:
        found += _URL.findall(_CONTROL.sub(" ", text))
    for one in _objects(blocks):
        kind = one.get("type")
        if kind in {"mrkdwn", "markdown"} and isinstance(one.get("text"), str):
            found += [control[0] for control in _CONTROL.finditer(one["text"])]
            if not one.get("verbatim"):
                found += _URL.findall(_CONTROL.sub(" ", one["text"]))
        elif kind in _ALIVE:
            found.append(f"{kind}:{one.get('url') or one.get('user_id') or one.get('range') or one.get('channel_id') or ''}")
    return found


def _objects(thing: Any) -> Iterator[dict[str, Any]]:
    if isinstance(thing, dict):
        yield thing
        for value in thing.values():
            yield from _objects(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _objects(value)
