"""What the bot does in the local world: one effect, one transaction, the same outcome however often.

Decides what the world refuses and why, as a real chat platform would. Leaves when and how often to try to
the engine.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import assert_never

from bot.platforms.local import render, rows
from bot.platforms.local.clock import stamp
from bot.platforms.local.people import BOT, direct
from bot.platforms.local.store import note
from bot.platforms.port import Done, Facts, Outcome, Refused, Sending
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, ReopenChannel, SetMembers
from commands.text import Body, visible


def perform(base: sqlite3.Connection, sending: Sending, now: datetime) -> Outcome:
    """Perform one effect inside the caller's transaction; whatever is refused changes nothing."""
    if sending.only_look:
        return _posted(base, sending.key) or Done()
    match sending.effect:
        case OpenChannel(channel=channel, members=members):
            return _open(base, channel, members)
        case SetMembers(channel=channel, members=members):
            return _set_members(base, channel, members)
        case Post(channel=channel, body=body):
            return (
                _posted(base, sending.key)
                or _refused(base, channel)
                or _post(base, channel, body, sending, now)
            )
        case DirectMessage(person=person, body=body):
            return (
                _posted(base, sending.key)
                or _unreachable(base, person)
                or _post(base, direct(person), body, sending, now)
            )
        case Edit(of=of, body=body):
            return _edit(base, of, body, sending, now)
        case Erase(of=of):
            return _erase(base, of, sending)
        case CloseChannel(channel=channel):
            return _close(base, channel)
        case ReopenChannel(channel=channel, members=members):
            return _reopen(base, channel, members)
        case other:
            assert_never(other)


def facts(base: sqlite3.Connection, channel: str) -> Facts:
    """Return what is known of a channel."""
    row = _channel(base, channel)
    if row is None:
        return Facts(exists=False)
    return Facts(
        exists=True,
        archived=bool(row["archived"]),
        private=bool(row["private"]),
        members=tuple(rows.members(base, channel)),
    )


def _channel(base: sqlite3.Connection, channel: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = base.execute(
        "SELECT * FROM conversations WHERE id = ? AND kind = 'channel'", (channel,)
    ).fetchone()
    return found


def _refused(base: sqlite3.Connection, channel: str) -> Refused | None:
    row = _channel(base, channel)
    if row is None:
        return Refused("channel_gone")
    return Refused("channel_archived") if row["archived"] else None


def _strangers(base: sqlite3.Connection, members: tuple[str, ...]) -> bool:
    return not set(members) <= {one.id for one in rows.people(base)}


def _unreachable(base: sqlite3.Connection, person: str) -> Refused | None:
    row = base.execute("SELECT dms FROM people WHERE id = ?", (person,)).fetchone()
    if row is None:
        return Refused("unknown_person")
    return None if row["dms"] else Refused("dms_closed")


def _open(base: sqlite3.Connection, channel: str, members: tuple[str, ...]) -> Outcome:
    row = base.execute("SELECT kind, private FROM conversations WHERE id = ?", (channel,)).fetchone()
    if row is not None:
        # Made by an earlier attempt: its roster may have changed since and stays as it is.
        return Done(channel) if row["kind"] == "channel" and row["private"] else Refused("name_taken")
    if _strangers(base, members):
        return Refused("unknown_person")
    base.execute(
        "INSERT INTO conversations (id, kind, name, private) VALUES (?, 'channel', ?, 1)",
        (channel, visible(channel)),
    )
    base.executemany("INSERT OR IGNORE INTO members VALUES (?, ?)", [(channel, who) for who in members])
    note(base, "conversation", conversation=channel)
    return Done(channel)


def _set_members(base: sqlite3.Connection, channel: str, members: tuple[str, ...]) -> Outcome:
    refused = _refused(base, channel)
    if refused is not None:
        return refused
    if _strangers(base, members):
        return Refused("unknown_person")
    before, after = set(rows.members(base, channel)), set(members)
    base.executemany(
        "DELETE FROM members WHERE conversation = ? AND person = ?", [(channel, w) for w in before - after]
    )
    base.executemany("INSERT INTO members VALUES (?, ?)", [(channel, who) for who in after - before])
    if before != after:
        note(base, "conversation", conversation=channel)
    for who in sorted(before - after):
        note(base, "conversation", conversation=channel, person=who)
    return Done(channel)


def _close(base: sqlite3.Connection, channel: str) -> Outcome:
    row = _channel(base, channel)
    if row is None:
        return Refused("channel_gone")
    if not row["archived"]:
        base.execute("UPDATE conversations SET archived = 1 WHERE id = ?", (channel,))
        note(base, "conversation", conversation=channel)
    return Done(channel)


def _reopen(base: sqlite3.Connection, channel: str, members: tuple[str, ...]) -> Outcome:
    row = _channel(base, channel)
    if row is None:
        return Refused("channel_gone")
    if row["archived"]:
        base.execute("UPDATE conversations SET archived = 0 WHERE id = ?", (channel,))
        note(base, "conversation", conversation=channel)
    return _set_members(base, channel, members)


def _posted(base: sqlite3.Connection, key: str) -> Done | None:
    row = base.execute("SELECT id FROM messages WHERE key = ?", (key,)).fetchone()
    return Done(str(row["id"])) if row else None


def _post(
    base: sqlite3.Connection, conversation: str, body: Body, sending: Sending, now: datetime
) -> Outcome:
    shape = render.body(body)
    made = base.execute(
        "INSERT INTO messages (conversation, author, key, body, brief, at) VALUES (?, ?, ?, ?, ?, ?)",
        (conversation, BOT, sending.key, json.dumps(shape), render.brief(shape, sending.files), stamp(now)),
    ).lastrowid
    rows.keep_files(base, sending.files, message=made)
    rows.keep_files(base, [sending.picture] if sending.picture else [], message=made, picture=True)
    note(base, "message", conversation=conversation, message=made or 0)
    return Done(str(made))


def _made(base: sqlite3.Connection, of: str, ref: str) -> sqlite3.Row | None:
    """Return the message of the bot with this reference, or the one made under the key `of`."""
    found: sqlite3.Row | None = base.execute(
        "SELECT m.*, c.archived FROM messages m JOIN conversations c ON c.id = m.conversation"
        " WHERE m.author = ? AND (CASE WHEN ? <> '' THEN CAST(m.id AS TEXT) = ? ELSE m.key = ? END)",
        (BOT, ref, ref, of),
    ).fetchone()
    return found


def _edit(base: sqlite3.Connection, of: str, body: Body, sending: Sending, now: datetime) -> Outcome:
    row = _made(base, of, sending.ref)
    if row is None or row["erased"]:
        return Refused("message_gone")
    if row["archived"]:
        return Refused("channel_archived")
    shape = render.body(body)
    kept = json.dumps(shape)
    had = base.execute("SELECT 1 FROM files WHERE message = ? AND NOT picture", (row["id"],)).fetchone()
    if kept == row["body"] and not sending.files and not had and sending.picture is None:
        return Done(str(row["id"]))
    base.execute(
        "UPDATE messages SET body = ?, brief = ?, edited = ? WHERE id = ?",
        (kept, render.brief(shape, sending.files), stamp(now), row["id"]),
    )
    # What is not sent any more goes away, as on other platforms; the picture goes with the card that shows it.
    base.execute("DELETE FROM files WHERE message = ? AND NOT picture", (row["id"],))
    rows.keep_files(base, sending.files, message=row["id"])
    if sending.picture is not None or not (body.card and body.card.image):
        base.execute("DELETE FROM files WHERE message = ? AND picture", (row["id"],))
        rows.keep_files(base, [sending.picture] if sending.picture else [], message=row["id"], picture=True)
    note(base, "edit", conversation=row["conversation"], message=row["id"])
    return Done(str(row["id"]))


def _erase(base: sqlite3.Connection, of: str, sending: Sending) -> Outcome:
    """Remove what a message says; in an archived channel too: a wish to be forgotten has no end."""
    row = _made(base, of, sending.ref)
    if row is None:
        return Refused("message_gone")
    if not row["erased"]:
        # The row stays without its words: its key must go on saying that this was posted once.
        base.execute("UPDATE messages SET body = '{}', brief = '', erased = 1 WHERE id = ?", (row["id"],))
        base.execute("DELETE FROM files WHERE message = ?", (row["id"],))
        note(base, "erase", conversation=row["conversation"], message=row["id"])
    return Done(str(row["id"]))
