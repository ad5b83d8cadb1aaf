"""From rows of the world's file to what people, the bot and the live stream get.

Decides the shape of a message and of a conversation in the JSON API and what a live change shows. Leaves
when to ask to `world.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.platforms.local import render
from bot.platforms.local.people import BOT, Inhabitant
from bot.platforms.port import Upload
from commands.calls import FileRef
from commands.text import visible

Json = dict[str, Any]
Kind = Literal["dm", "channel"]


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation in which a person takes part."""

    id: str
    kind: Kind
    archived: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person, as it is handed to the bot."""

    id: int
    conversation: str
    kind: Kind
    author: str
    name: str
    text: str
    at: datetime
    files: tuple[FileRef, ...]


@dataclass(frozen=True, slots=True)
class Pressed:
    """The message behind a press: where it stands, its key and its buttons."""

    place: Place
    key: str
    buttons: frozenset[str]


@dataclass(frozen=True, slots=True)
class Download:
    """A file as a person gets it back; a picture was drawn by the bot and may be shown."""

    name: str
    data: bytes
    picture: bool


@dataclass(frozen=True, slots=True)
class ShownForm:
    """Where a form was opened, from which message, and its fields in order."""

    conversation: str
    message: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the live stream: what changed, as its reader may see it now."""

    id: int
    kind: str
    data: Json


def people(base: sqlite3.Connection) -> tuple[Inhabitant, ...]:
    """Return everybody, in their order."""
    found = base.execute("SELECT id, name, roles, dms FROM people ORDER BY place")
    return tuple(
        Inhabitant(one["id"], one["name"], tuple(json.loads(one["roles"])), bool(one["dms"])) for one in found
    )


def place(base: sqlite3.Connection, person: str, conversation: str) -> Place | None:
    """Return a conversation, or nothing when this person takes no part in it."""
    row = base.execute(
        "SELECT c.id, c.kind, c.archived FROM conversations c JOIN members m ON m.conversation = c.id"
        " WHERE c.id = ? AND m.person = ?",
        (conversation, person),
    ).fetchone()
    return Place(row["id"], row["kind"], bool(row["archived"])) if row else None


def conversations(base: sqlite3.Connection, person: str, only: str = "") -> list[Json]:
    """Return the conversations of a person (or the one named `only`) with the words of their last message."""
    found = base.execute(
        "SELECT c.*, l.id AS last_id, l.brief AS last FROM conversations c"
        " JOIN members b ON b.conversation = c.id AND b.person = ?"
        " LEFT JOIN messages l ON l.id ="
        "  (SELECT max(id) FROM messages WHERE conversation = c.id AND NOT erased)"
        " WHERE ? IN ('', c.id) ORDER BY c.kind = 'dm' DESC, c.place",
        (person, only),
    ).fetchall()
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "name": row["name"],
            "private": bool(row["private"]),
            "archived": bool(row["archived"]),
            "members": members(base, row["id"]),
            "last": row["last"] or "",
            "last_id": row["last_id"],
        }
        for row in found
    ]


def members(base: sqlite3.Connection, conversation: str) -> list[str]:
    """Return who takes part, in the order of the people."""
    found = base.execute(
        "SELECT m.person FROM members m JOIN people p ON p.id = m.person"
        " WHERE m.conversation = ? ORDER BY p.place",
        (conversation,),
    )
    return [row["person"] for row in found]


def body(row: sqlite3.Row) -> Json:
    """Return the shape of a message's content; what people wrote is kept as typed and made visible here."""
    kept: Json = json.loads(row["body"])
    return kept if row["author"] == BOT else render.said(kept["text"])


def messages(base: sqlite3.Connection, found: Sequence[sqlite3.Row]) -> list[Json]:
    """Return the shapes of messages that are not erased."""
    files = _files(base, found)
    return [_message(row, files.get(row["id"], [])) for row in found]


def _message(row: sqlite3.Row, files: list[sqlite3.Row]) -> Json:
    shape = body(row)
    picture = next((one for one in files if one["picture"]), None)
    if picture is not None and shape["card"] and shape["card"]["image"]:
        shape["card"]["image"]["file"] = str(picture["id"])
    return {
        "id": row["id"],
        "conversation": row["conversation"],
        "author": row["author"],
        **shape,
        "files": [
            {"id": str(one["id"]), "name": render.file_name(one["name"]), "size": one["size"]}
            for one in files
            if not one["picture"]
        ],
        "picture": str(picture["id"]) if picture is not None else None,
        "alt": picture["alt"] if picture is not None else "",
        "at": row["at"],
        "edited": row["edited"],
    }


def _files(base: sqlite3.Connection, found: Sequence[sqlite3.Row]) -> dict[int, list[sqlite3.Row]]:
    kept: dict[int, list[sqlite3.Row]] = {}
    for one in base.execute(
        "SELECT id, message, name, size, picture, alt FROM files"
        " WHERE message IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps([row["id"] for row in found]),),
    ):
        kept.setdefault(one["message"], []).append(one)
    return kept


def keep_files(
    base: sqlite3.Connection,
    files: Sequence[Upload],
    *,
    message: int | None = None,
    act: int | None = None,
    picture: bool = False,
) -> tuple[FileRef, ...]:
    """Keep the bytes of files that came with a message or an act; return how the platform names them."""
    kept = []
    for one in files:
        made = base.execute(
            "INSERT INTO files (message, act, name, size, picture, alt, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (message, act, one.name, len(one.data), picture, visible(one.alt), one.data),
        ).lastrowid
        kept.append(FileRef(str(made), one.name, len(one.data)))
    return tuple(kept)


def said_after(base: sqlite3.Connection, conversation: str, last: int, limit: int) -> tuple[Said, ...]:
    """Return what people said in a conversation after the message `last`, oldest first."""
    found = base.execute(
        "SELECT m.*, c.kind, coalesce(p.name, m.author) AS name FROM messages m"
        " JOIN conversations c ON c.id = m.conversation LEFT JOIN people p ON p.id = m.author"
        " WHERE m.conversation = ? AND m.id > ? AND m.author <> ? ORDER BY m.id LIMIT ?",
        (conversation, last, BOT, limit),
    ).fetchall()
    files = _files(base, found)
    return tuple(
        Said(
            id=row["id"],
            conversation=row["conversation"],
            kind=row["kind"],
            author=row["author"],
            name=row["name"],
            text=json.loads(row["body"])["text"],
            at=datetime.fromisoformat(row["at"]),
            files=tuple(
                FileRef(str(one["id"]), one["name"], one["size"]) for one in files.get(row["id"], [])
            ),
        )
        for row in found
    )


def changes(base: sqlite3.Connection, people: Sequence[str], after: int, limit: int) -> tuple[int, list[Change]]:
    """Return what changed after `after` as the first of these people who may see it does now, and how far that reaches."""
    found = base.execute("SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT ?", (after, limit)).fetchall()
    shown = []
    for row in found:
        for person in people:
            name, data = _change(base, person, row)
            if name:
                shown.append(Change(row["id"], name, data))
                break
    return (found[-1]["id"] if found else after), shown


def _change(base: sqlite3.Connection, person: str, row: sqlite3.Row) -> tuple[str, Json]:
    """Return name and data of one event, or an empty name when it is not for this person."""
    where = row["conversation"]
    if row["kind"] == "clock":
        return "clock", {}
    if row["person"] not in {"", person}:
        return "", {}
    if place(base, person, where) is None:
        return ("conversation", {"id": where, "gone": True}) if row["person"] else ("", {})
    if row["kind"] == "conversation":
        return "conversation", {"conversation": conversations(base, person, where)[0]}
    kept = base.execute("SELECT * FROM messages WHERE id = ? AND NOT erased", (row["message"],)).fetchall()
    if not kept:
        return "erase", {"conversation": where, "id": row["message"]}
    return row["kind"], {"conversation": where, "message": messages(base, kept)[0]}
