"""What Slack tells the bot, as Incoming: messages, commands, presses, submitted forms.

Decides which events mean something and how they are named, so that the same thing told twice is one. Pure but for asking
which channel is which. Leaves answering to `adapter.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.platforms.slack import forms
from bot.platforms.slack.places import Places
from bot.platforms.slack.text import heard
from commands.calls import FileRef, Incoming

Json = dict[str, Any]

_SPOKEN = frozenset(("", "file_share", "thread_broadcast"))  # the subtypes that a person's own words have
_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|([^<>]*))?>")
_TEXTS = frozenset(("text", "plain_text", "markdown", "txt"))


async def message(event: Json, places: Places) -> Incoming | None:
    """Return what a person said to the bot directly, changed or took back; nothing when it is no such thing."""
    match event.get("subtype"):
        case "message_changed":
            return await _changed(event, places)
        case "message_deleted":
            before = dict(event.get("previous_message") or {})
            said = await message({**before, "subtype": "", "channel": event["channel"], "channel_type": event.get("channel_type")},
                                 places)
            return said and replace(said, event=f"{said.event}/deleted", edits=said.event, gone=True, text="", files=())
    if event.get("channel_type") != "im" or event.get("subtype", "") not in _SPOKEN:
        return None
    if event.get("bot_id") or not event.get("user") or event["user"] == places.bot:
        return None
    places.remember_direct(str(event["user"]), str(event["channel"]))
    thread = str(event.get("thread_ts") or "")
    return Incoming(
        platform="slack", event=str(event["ts"]), person=str(event["user"]), name="", kind="message", place="dm",
        conversation=own(str(event["user"])), at=instant(str(event["ts"])), text=heard(str(event.get("text") or "")),
        files=files(event.get("files") or []), replies=f"{event['channel']}:{thread}" if thread and thread != event["ts"] else "",
    )


async def _changed(event: Json, places: Places) -> Incoming | None:
    now, before = dict(event.get("message") or {}), dict(event.get("previous_message") or {})
    if now.get("text") == before.get("text"):
        return None  # a preview was added, or a file's details came
    said = await message({**now, "channel": event["channel"], "channel_type": event.get("channel_type")}, places)
    when = str((now.get("edited") or {}).get("ts") or event.get("event_ts") or "")
    return said and replace(said, event=f"{said.event}/edited/{when}", edits=said.event)


async def command(body: Json, places: Places, now: datetime) -> Incoming:
    """Return a slash command."""
    direct = body.get("channel_name") == "directmessage"
    line, named = spoken(str(body.get("text") or ""))
    channel = str(body["channel_id"])
    return Incoming(
        platform="slack", event=str(body["trigger_id"]), person=str(body["user_id"]), name=str(body.get("user_name") or ""),
        kind="command", place="dm" if direct else "channel", at=now, line=line, named=named,
        conversation=own(str(body["user_id"])) if direct else await places.name_of(channel),
    )


async def press(body: Json, places: Places, now: datetime) -> Incoming:
    """Return a pressed button."""
    action = body["actions"][0]
    return replace(await _acted(body, places, now), kind="press", event=f"{body['trigger_id']}", line=str(action.get("value") or ""))


async def shortcut(body: Json, places: Places, now: datetime) -> Incoming:
    """Return what "Add to report" asks for: a note with the words of the message."""
    words = heard(str((body.get("message") or {}).get("text") or "")).strip()
    return replace(await _acted(body, places, now), kind="command", event=str(body["trigger_id"]), line=f"note {words}".strip())


async def submit(body: Json, places: Places, now: datetime) -> Incoming:
    """Return a submitted form, in the conversation where it was opened."""
    view, user = body["view"], body["user"]
    found = forms.submitted(view)
    where = found.where or "dm"
    direct = where == "dm" or where.startswith("D")
    return Incoming(
        platform="slack", event=f"{view['id']}/{view.get('hash', '')}", person=str(user["id"]),
        name=str(user.get("username") or user.get("name") or ""), kind="submit", place="dm" if direct else "channel",
        conversation=own(str(user["id"])) if direct else await places.name_of(where), at=now, line=found.line, values=found.values,
        files=files(found.files), message=found.message,
    )


def own(person: str) -> str:
    """Return the name of somebody's own conversation with the bot: Slack's id for it is known only once it is open."""
    return f"dm-{person}"


def home(event: Json, now: datetime) -> Incoming:
    """Return that somebody looks at the Home tab."""
    return Incoming(platform="slack", event=str(event.get("event_ts") or ""), person=str(event["user"]), name="", kind="home",
                    place="dm", conversation="home", at=now)


async def notice(event: Json, places: Places, now: datetime) -> Incoming | None:
    """Return what was done by hand to a channel, or nothing when the bot did it itself or nothing follows from it."""
    kind, channel, person = str(event["type"]), event.get("channel"), str(event.get("user") or "")
    channel_id = str(channel.get("id") if isinstance(channel, dict) else channel or "")
    if places.bot in (person, event.get("inviter")):
        return None  # our own doing, which may be told before its call has answered
    ours = await places.name_of(channel_id)
    what = {"group_rename": "renamed", "member_joined_channel": "joined", "member_left_channel": "left",
            "group_archive": "archived", "group_left": "removed"}[kind]
    renamed_back = kind == "group_rename" and isinstance(channel, dict) and channel.get("name") == ours
    if ours == channel_id or renamed_back:
        return None
    who = f" who={person}" if what in ("joined", "left") else ""
    return Incoming(
        platform="slack", event=f"{kind}/{event.get('event_ts') or now.timestamp()}", person="", name="", kind="notice",
        place="clock", conversation=ours, at=now, line=f"watch-channel channel={ours} what={what}{who}",
    )


async def _acted(body: Json, places: Places, now: datetime) -> Incoming:
    channel = str((body.get("channel") or {}).get("id") or "")
    direct = not channel or channel.startswith("D")
    user = body["user"]
    return Incoming(
        platform="slack", event="", person=str(user["id"]), name=str(user.get("username") or user.get("name") or ""),
        kind="press", place="dm" if direct else "channel", at=now,
        conversation=own(str(user["id"])) if direct else await places.name_of(channel),
    )


def spoken(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a typed line with people named by their accounts, and the people that Slack says they are."""
    named: list[tuple[str, str]] = []

    def account(found: re.Match[str]) -> str:
        named.append((found[1], found[2] or found[1]))
        return found[1]

    return heard(_MENTION.sub(account, text)).strip(), tuple(named)


def files(found: Sequence[Json]) -> tuple[FileRef, ...]:
    """Return references to files; a pasted snippet is a typed text whatever it is called."""
    refs = []
    for one in found:
        name = str(one.get("name") or one.get("title") or "file")
        if (one.get("mode") == "snippet" or one.get("filetype") in _TEXTS) and "." not in name[-5:]:
            name += ".txt"
        refs.append(FileRef(str(one["id"]), name, int(one.get("size") or 0)))
    return tuple(refs)


def instant(ts: str) -> datetime:
    """Return the instant of a message; its id is the time to the microsecond."""
    seconds, _, rest = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int((rest or "0")[:6].ljust(6, "0")))
