"""The local world as people see it: who is there, who may read what, what was said, and what time it is.

Decides what is kept and that a conversation is there for its members and for nobody else. Leaves reading
rows to `rows.py`, what the bot does in the world to `delivery.py`, and the file to `store.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.platforms.local import render, rows
from bot.platforms.local.clock import WorldClock, stamp
from bot.platforms.local.people import BOT, PEOPLE, Inhabitant, direct, first_channels
from bot.platforms.local.rows import Change, Download, Json, Place, Pressed, Said, ShownForm
from bot.platforms.local.store import Store, note
from bot.platforms.port import Upload
from commands.calls import FileRef
from config.clock import Clock, SystemClock

PAGE = 1000  # messages in one answer at most
_BOT_NAME = "Harborlight"
_CHANGES_KEPT = 10_000  # for streams that resume; older than that means: read everything again
_FORMS_KEPT = 200  # remembered for each person
_PICTURES_KEPT = 10  # of private answers, for each person
_BETWEEN = "SELECT * FROM messages WHERE conversation = ? AND id > ? AND id < ? AND NOT erased"
_FOLLOWING = _BETWEEN + " ORDER BY id LIMIT ?"
_NEWEST = _BETWEEN + " ORDER BY id DESC LIMIT ?"


class World:
    """The people, their conversations and their clock; survives restarts of the bot."""

    def __init__(
        self, path: Path, *, people: Sequence[Inhabitant] = PEOPLE, system: Clock | None = None
    ) -> None:
        """`path` is the file; `system` is the clock to which the world's offset is added."""
        self.store = Store(path)
        self.clock = WorldClock(system or SystemClock())
        self._people = tuple(people)

    async def open(self) -> None:
        """Opens the file, makes people and first channels where they are missing, takes up the clock."""
        await self.store.open()
        await self.store.write(self._settle)
        found = await self.store.read(
            lambda base: base.execute("SELECT value FROM facts WHERE name = 'offset'").fetchone()
        )
        self.clock.offset = timedelta(microseconds=int(found["value"])) if found else timedelta()

    async def close(self) -> None:
        """Closes the file."""
        await self.store.close()

    def _settle(self, base: sqlite3.Connection) -> None:
        for place, one in enumerate(self._people):
            base.execute(
                "INSERT INTO people (id, place, name, roles) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET place = excluded.place, name = excluded.name, roles = excluded.roles",
                (one.id, place, one.name, json.dumps(one.roles)),
            )
        wanted: list[tuple[str, str, str, bool, tuple[str, ...]]] = [
            *((direct(one.id), "dm", _BOT_NAME, True, (one.id,)) for one in self._people),
            *((name, "channel", name, private, who) for name, private, who in first_channels(self._people)),
        ]
        for name, kind, shown, private, members in wanted:
            base.execute(
                "INSERT OR IGNORE INTO conversations (id, kind, name, private) VALUES (?, ?, ?, ?)",
                (name, kind, shown, private),
            )
            base.executemany("INSERT OR IGNORE INTO members VALUES (?, ?)", [(name, who) for who in members])
        base.execute("DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?", (_CHANGES_KEPT,))

    async def move_clock(self, to: datetime) -> datetime:
        """Moves the clock to `to`, which the caller has checked to be ahead; return the new instant."""
        offset = self.clock.offset + max(timedelta(), to - self.clock.now())

        def change(base: sqlite3.Connection) -> None:
            base.execute(
                "INSERT OR REPLACE INTO facts VALUES ('offset', ?)",
                (str(offset // timedelta(microseconds=1)),),
            )
            note(base, "clock")

        await self.store.write(change)
        self.clock.offset = offset
        return self.clock.now()

    async def people(self) -> tuple[Inhabitant, ...]:
        """Return everybody, in their order."""
        return await self.store.read(rows.people)

    async def person(self, name: str) -> Inhabitant | None:
        """Return one person, or nothing when nobody has this id."""
        return next((one for one in await self.people() if one.id == name), None)

    async def allow_direct(self, person: str, *, allowed: bool) -> None:
        """Opens or closes a person's direct messages for the bot."""

        def change(base: sqlite3.Connection) -> None:
            base.execute("UPDATE people SET dms = ? WHERE id = ?", (allowed, person))

        await self.store.write(change)

    async def place(self, person: str, where: str) -> Place | None:
        """Return the conversation `where` ("dm" or an id), or nothing when this person is not in it."""
        name = direct(person) if where == "dm" else where
        return await self.store.read(lambda base: rows.place(base, person, name))

    async def conversations(self, person: str) -> list[Json]:
        """Return the conversations of a person: the direct one first, then the channels by age."""
        return await self.store.read(lambda base: rows.conversations(base, person))

    async def say(self, place: Place, person: str, text: str, files: Sequence[Upload]) -> int | None:
        """Keeps a message and its files; return its id once on the disk, nothing when archived."""
        at = stamp(self.clock.now())
        brief = render.brief(render.said(text[:1000]), files)

        def change(base: sqlite3.Connection) -> int | None:
            # Looked at again in here: the bot may have closed the channel since the person was let in.
            if base.execute("SELECT archived FROM conversations WHERE id = ?", (place.id,)).fetchone()[0]:
                return None
            made = base.execute(
                "INSERT INTO messages (conversation, author, body, brief, at) VALUES (?, ?, ?, ?, ?)",
                (place.id, person, json.dumps({"text": text}), brief, at),
            ).lastrowid
            rows.keep_files(base, files, message=made)
            note(base, "message", conversation=place.id, message=made or 0)
            return made

        return await self.store.write(change)

    async def messages(self, place: Place, *, after: int | None, before: int, limit: int) -> list[Json]:
        """Return messages below the id `before`, oldest first: those that follow `after`, else the newest."""
        question = _NEWEST if after is None else _FOLLOWING

        def ask(base: sqlite3.Connection) -> list[Json]:
            found = base.execute(question, (place.id, after or 0, before, limit)).fetchall()
            return rows.messages(base, sorted(found, key=lambda row: int(row["id"])))

        return await self.store.read(ask)

    async def pressed(self, person: str, message: int) -> Pressed | None:
        """Return the message a person presses on, or nothing when it is not there for them."""

        def ask(base: sqlite3.Connection) -> Pressed | None:
            row = base.execute("SELECT * FROM messages WHERE id = ? AND NOT erased", (message,)).fetchone()
            place = rows.place(base, person, row["conversation"]) if row else None
            if place is None:
                return None
            buttons = frozenset(render.buttons_of(rows.body(row)))
            return Pressed(place, row["key"] or str(row["id"]), buttons)

        return await self.store.read(ask)

    async def download(self, person: str, file: int) -> Download | None:
        """Return a file of a message, or a picture of an answer to them; nothing when it is not there for this person."""

        def ask(base: sqlite3.Connection) -> Download | None:
            row = base.execute(
                "SELECT f.name, f.data, f.picture FROM files f JOIN messages m ON m.id = f.message"
                " JOIN members b ON b.conversation = m.conversation AND b.person = ? WHERE f.id = ?"
                " UNION ALL SELECT f.name, f.data, f.picture FROM files f JOIN acts a ON a.id = f.act"
                "  AND a.person = ? WHERE f.picture AND f.id = ?",
                (person, file, person, file),
            ).fetchone()
            return Download(row["name"], row["data"], bool(row["picture"])) if row else None

        return await self.store.read(ask)

    async def bytes_of(self, file: int, most: int) -> bytes:
        """Return at most `most` bytes of a file; raises FileNotFoundError when it is gone."""

        def ask(base: sqlite3.Connection) -> bytes:
            row = base.execute("SELECT substr(data, 1, ?) FROM files WHERE id = ?", (most, file)).fetchone()
            if row is None:
                raise FileNotFoundError("the file is gone")
            return bytes(row[0])

        return await self.store.read(ask)

    async def act(
        self, kind: str, person: str, conversation: str, files: Sequence[Upload]
    ) -> tuple[str, tuple[FileRef, ...]]:
        """Keeps that something was asked for; return its event id, unique for good, and its files."""
        at = stamp(self.clock.now())

        def change(base: sqlite3.Connection) -> tuple[str, tuple[FileRef, ...]]:
            made = base.execute(
                "INSERT INTO acts (kind, person, conversation, at) VALUES (?, ?, ?, ?)",
                (kind, person, conversation, at),
            ).lastrowid
            return f"{kind}-{made}", rows.keep_files(base, files, act=made)

        return await self.store.write(change)

    async def keep_picture(self, person: str, event: str, picture: Upload) -> str:
        """Keeps the picture of a private answer for the person who asked in this event; return the id of the file."""
        theirs = "SELECT f.id FROM files f JOIN acts a ON a.id = f.act WHERE f.picture AND a.person = ? ORDER BY f.id DESC"

        def change(base: sqlite3.Connection) -> str:
            (kept,) = rows.keep_files(base, [picture], act=int(event.rpartition("-")[2]), picture=True)
            old = base.execute(f"{theirs} LIMIT -1 OFFSET ?", (person, _PICTURES_KEPT)).fetchall()
            base.executemany("DELETE FROM files WHERE id = ?", [(row["id"],) for row in old])
            return kept.id

        return await self.store.write(change)

    async def remember_form(self, person: str, form: str, shown: ShownForm) -> None:
        """Keeps where a form was opened: the answer to it names only the form."""
        fields = json.dumps(shown.fields)

        def change(base: sqlite3.Connection) -> None:
            base.execute(
                "INSERT OR REPLACE INTO forms (person, form, conversation, message, fields)"
                " VALUES (?, ?, ?, ?, ?)",
                (person, form, shown.conversation, shown.message, fields),
            )
            base.execute(
                "DELETE FROM forms WHERE person = ? AND shown NOT IN"
                " (SELECT shown FROM forms WHERE person = ? ORDER BY shown DESC LIMIT ?)",
                (person, person, _FORMS_KEPT),
            )

        await self.store.write(change)

    async def form(self, person: str, form: str) -> ShownForm | None:
        """Return where this person last opened this form."""
        found = "SELECT conversation, message, fields FROM forms WHERE person = ? AND form = ?"
        row = await self.store.read(lambda base: base.execute(found, (person, form)).fetchone())
        return ShownForm(row[0], row[1], tuple(json.loads(row[2]))) if row else None

    async def spoken_since(self, last: int) -> tuple[int, tuple[str, ...]]:
        """Return the id of people's newest message, and the conversations with one newer than `last`."""

        def ask(base: sqlite3.Connection) -> tuple[int, tuple[str, ...]]:
            found = base.execute(
                "SELECT conversation, max(id) AS newest FROM messages WHERE id > ? AND author <> ?"
                " GROUP BY conversation ORDER BY min(id)",
                (last, BOT),
            ).fetchall()
            return max([last, *(row["newest"] for row in found)]), tuple(row["conversation"] for row in found)

        return await self.store.read(ask)

    async def said_after(self, conversation: str, last: int, limit: int) -> tuple[Said, ...]:
        """Return what people said in a conversation after the message `last`, oldest first."""
        return await self.store.read(lambda base: rows.said_after(base, conversation, last, limit))

    async def newest_change(self) -> tuple[int, int]:
        """Return the ids of the oldest and the newest change; zeros when there is none."""
        row = await self.store.read(
            lambda base: base.execute(
                "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM changes"
            ).fetchone()
        )
        return int(row[0]), int(row[1])

    async def changes(self, people: Sequence[str], after: int, limit: int = 100) -> tuple[int, list[Change]]:
        """Return what changed for any of these people after `after`, each change once, and how far that reaches."""
        return await self.store.read(lambda base: rows.changes(base, people, after, limit))
