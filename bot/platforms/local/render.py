"""From what the bot says to the JSON of the local API: pure functions, one per kind of thing.

Decides the shapes. Every string that a person reads passes `visible`; what only machines compare (ids of
buttons and forms, names of fields, values of choices) stays as it is. Links lead to http and https
addresses or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.platforms.port import Upload
from commands.calls import Choice, Field, Form, Panel, Reply, Row
from commands.text import Body, Button, Card, Span, Text, Voice, shorten, visible

Json = dict[str, Any]

_BRIEF = 80  # characters of the last message that a list of conversations shows


def spans(text: Text) -> list[list[str]]:
    """Return the runs of a text as [words, style, to]; the page adds the @ of a person."""
    return [_span(one) for one in text.spans if one.text]


def _span(one: Span) -> list[str]:
    if one.style == "link" and not _followable(one.to):
        return [visible(one.text), "plain", ""]
    return [visible(one.text), one.style, visible(one.to)]


def _followable(address: str) -> bool:
    try:
        found = urlsplit(address)
    except ValueError:
        return False
    return found.scheme in {"http", "https"} and bool(found.netloc) and visible(address) == address


def button(one: Button) -> Json:
    """Return the shape of a button."""
    return {"id": one.id, "label": visible(one.label), "look": one.look, "sure": visible(one.sure)}


def card(one: Card | None) -> Json | None:
    """Return the shape of a card; `rich` repeats texts as spans, `image.file` is known when it is read."""
    if one is None:
        return None
    return {
        "title": one.title.plain(),
        "report": visible(one.report),
        "level": visible(one.level),
        "score": visible(one.score),
        "aside": visible(one.aside),
        "state": visible(one.state),
        "lines": [line.plain() for line in one.lines],
        "next": one.next.plain(),
        "next_by": one.next_by.plain(),
        "fields": [{"label": visible(label), "text": text.plain()} for label, text in one.fields],
        "image": None
        if one.image is None
        else {"kind": one.image.kind, "alt": visible(one.image.alt), "file": None},
        "buttons": [button(each) for each in one.buttons],
        "rich": {
            "title": spans(one.title),
            "lines": [spans(line) for line in one.lines],
            "fields": [spans(text) for _, text in one.fields],
            "next": spans(one.next),
            "next_by": spans(one.next_by),
        },
    }


def voice(one: Voice | None) -> Json | None:
    """Return the shape of who speaks through the bot."""
    if one is None:
        return None
    return {
        "kind": one.kind,
        "name": visible(one.name),
        "label": visible(one.label),
        "state": visible(one.state),
        "tone": one.tone,
    }


def body(one: Body) -> Json:
    """Return what is kept of a message of the bot; its files and picture are kept beside it."""
    return {
        "kind": one.voice.kind if one.voice else "message",
        "text": one.text.plain(),
        "spans": spans(one.text),
        "card": card(one.card),
        "folded": (
            {"title": visible(one.folded_title), "text": one.folded.plain(), "spans": spans(one.folded)}
            if one.folded
            else None
        ),
        "voice": voice(one.voice),
        "buttons": [button(each) for each in one.buttons],
    }


def said(text: str) -> Json:
    """Return the same shape for what a person wrote, which has no styles."""
    seen = visible(text)
    return {
        "kind": "message",
        "text": seen,
        "spans": [[seen, "plain", ""]] if seen else [],
        "card": None,
        "folded": None,
        "voice": None,
        "buttons": [],
    }


def buttons_of(message: Json) -> set[str]:
    """Return the ids of all buttons that a message carries."""
    return {each["id"] for each in [*message["buttons"], *((message["card"] or {}).get("buttons") or [])]}


def brief(message: Json, files: Sequence[Upload]) -> str:
    """Return one line that stands for a message in a list of conversations."""
    words = message["text"] or (message["card"] or {}).get("title") or (files[0].name if files else "")
    return shorten(" ".join(visible(words[: 4 * _BRIEF]).split()), _BRIEF)


def file_name(name: str) -> str:
    """Return a name to show and to save under: no folders, nothing invisible, at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return shorten(" ".join(visible(last).split()).lstrip("."), 120) or "file"


def form(one: Form | None) -> Json | None:
    """Return the shape of a form."""
    if one is None:
        return None
    return {
        "id": one.id,
        "title": visible(one.title),
        "about": visible(one.about),
        "submit": visible(one.submit),
        "fields": [_field(each) for each in one.fields],
    }


def _field(one: Field) -> Json:
    return {
        "name": one.name,
        "label": visible(one.label),
        "kind": one.kind,
        "required": one.required,
        "choices": [{"value": value, "label": visible(label)} for value, label in one.choices],
        "help": visible(one.help),
        "value": one.value if one.kind in ("choice", "many") else visible(one.value),
    }


def panel(one: Panel | None) -> Json:
    """Return the shape of what stands beside a conversation; nothing to show is an empty panel."""
    one = one or Panel()
    return {
        "sections": [
            {"title": visible(title), "rows": [_row(each) for each in rows]} for title, rows in one.sections
        ],
        "waiting": [{"conversation": place, "text": visible(words)} for place, words in one.waiting],
        "next": {"at": one.next_at, "text": visible(one.next_text)} if one.next_at else None,
        "about": visible(one.about),
        "demo": one.demo,
    }


def _row(one: Row) -> Json:
    return {
        "label": visible(one.label),
        "text": visible(one.text),
        "mark": one.mark,
        "detail": visible(one.detail),
        "at": one.at,
        "buttons": [button(each) for each in one.buttons],
        "k": one.k,
        "n": one.n,
    }


def choice(one: Choice) -> Json:
    """Return the shape of one line of a completion."""
    return {
        "word": visible(one.word),
        "text": visible(one.text),
        "why_not": visible(one.why_not),
        "usage": visible(one.usage),
    }


def errors(one: Reply) -> dict[str, str]:
    """Return what is wrong with a submitted form, by the name of the field."""
    return {name: visible(words) for name, words in one.errors}


def reply(one: Reply) -> Json:
    """Return the shape of a private answer."""
    return {
        "code": one.code,
        "text": one.text.plain(),
        "spans": spans(one.text),
        "card": card(one.card),
        "form": form(one.form),
        "errors": errors(one),
        "panel": panel(one.panel) if one.panel else None,
        "choices": [choice(each) for each in one.choices],
        "buttons": [button(each) for each in one.buttons],
    }
