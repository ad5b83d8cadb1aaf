"""What Discord tells the bot, as Incoming: messages, commands, presses, submitted forms.

Decides which events mean something and how they are named, so that the same thing told twice is one. What a person asks for
themselves stands in their own conversation, wherever they pressed: the answer is theirs alone. Leaves answering to `answers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord

from bot.platforms.discord import buttons, commands, forms
from bot.platforms.discord.places import Places
from bot.platforms.discord.text import heard
from commands.calls import FileRef, Incoming

_ME = "me "
_SHOW = "show"  # alone it shows what is next
_SPOKEN = frozenset((discord.MessageType.default, discord.MessageType.reply))


def own(person: str) -> str:
    """Return the name of somebody's own conversation with the bot."""
    return f"dm-{person}"


def message(found: discord.Message, places: Places) -> Incoming | None:
    """Return what a person said to the bot directly; nothing when it is no such thing."""
    if found.guild is not None or found.author.bot or found.type not in _SPOKEN or found.webhook_id is not None:
        return None
    person = str(found.author.id)
    places.remember_direct(person, found.channel.id)
    answered = found.reference.message_id if found.reference is not None and found.type is discord.MessageType.reply else None
    return Incoming(
        platform="discord", event=str(found.id), person=person, name=found.author.name, kind="message", place="dm",
        conversation=own(person), at=found.created_at, text=heard(found.content), room=str(found.channel.id),
        files=tuple(FileRef(f"{found.channel.id}:{found.id}:{one.id}", one.filename, one.size) for one in found.attachments),
        replies=f"{found.channel.id}:{answered}" if answered else "",
    )


def edited(found: discord.Message, places: Places) -> Incoming | None:
    """Return what a person changed about their words; nothing when only a preview was added."""
    said = message(found, places)
    if said is None or found.edited_at is None:
        return None
    return replace(said, event=f"{said.event}/edited/{found.edited_at.timestamp():.6f}", edits=said.event, at=found.edited_at)


def deleted(channel: int, message_id: int, places: Places, now: datetime) -> Incoming | None:
    """Return that a message of somebody's own conversation was taken back; nothing when nobody knows whose that is."""
    person = places.whose(channel)
    if not person:
        return None
    return Incoming(platform="discord", event=f"{message_id}/deleted", person=person, name="", kind="message", place="dm",
                    conversation=own(person), at=now, edits=str(message_id), gone=True)


def command(interaction: discord.Interaction, data: Mapping[str, Any], places: Places) -> Incoming:
    """Return a command that was chosen. Raises ValueError for one that is not ours."""
    line, named = commands.line(data)
    if line == _SHOW:
        line = ""  # Discord runs no bare `/vdp`
    return replace(_acted(interaction, line, places), kind="command", line=line, named=named)


def completion(interaction: discord.Interaction, data: Mapping[str, Any], places: Places) -> tuple[Incoming, str] | None:
    """Return what is being completed, and what stands in that option so far."""
    asked = commands.asked(data)
    if asked is None:
        return None
    line = asked.command if asked.surface == "staff" else _ME + asked.command
    found = replace(_acted(interaction, line, places), kind="complete", line=line, message=asked.option, text=asked.typed, values=asked.given)
    return found, asked.typed


def press(interaction: discord.Interaction, line: str, places: Places) -> Incoming:
    """Return a pressed button."""
    return replace(_acted(interaction, line, places), kind="press", line=line)


def submit(interaction: discord.Interaction, data: Mapping[str, Any], places: Places) -> Incoming:
    """Return a submitted form. Raises ValueError for one that is not ours."""
    found = forms.submitted(data)
    files = tuple(FileRef(f"::{one['id']}:{one['url']}", str(one.get("filename") or "file"), int(one.get("size") or 0))
                  for one in found.files)
    return replace(_acted(interaction, found.line, places), kind="submit", line=found.line, values=found.values, files=files,
                   partial=found.partial)


def sent_to_desk(interaction: discord.Interaction, data: Mapping[str, Any], places: Places) -> Incoming | None:
    """Return the message that somebody sends to the desk from its menu, as if they had said it again; only their own words."""
    given = ((data.get("resolved") or {}).get("messages") or {}).get(str(data.get("target_id") or "")) or {}
    author = (given.get("author") or {}).get("id")
    if not given or str(author) != str(interaction.user.id):
        return None
    said = _acted(interaction, _ME, places)
    files = tuple(FileRef(f"{given.get('channel_id')}:{given.get('id')}:{one['id']}", str(one.get("filename") or "file"),
                          int(one.get("size") or 0)) for one in given.get("attachments") or ())
    return replace(said, kind="message", event=str(given.get("id")), text=heard(str(given.get("content") or "")), files=files)


def notice(channel: int, what: str, places: Places, now: datetime, *, who: str = "") -> Incoming | None:
    """Return what was done by hand to a channel of ours; nothing when it is none of ours."""
    name = places.name_of(channel)
    if name == str(channel):
        return None
    said = f" who={who}" if who else ""
    return Incoming(platform="discord", event=f"{what}/{channel}", person="", name="", kind="notice", place="clock",
                    conversation=name, at=now, line=f"watch-channel channel={name} what={what}{said}")


def _acted(interaction: discord.Interaction, line: str, places: Places) -> Incoming:
    person, channel = str(interaction.user.id), interaction.channel_id or 0
    if interaction.guild_id is None:
        places.remember_direct(person, channel)
    elif interaction.channel is not None:
        places.learn(interaction.channel)  # it may be a thread that was in the archive
    private = interaction.guild_id is None or line.startswith(_ME) or line == _ME.strip()
    return Incoming(
        platform="discord", event=str(interaction.id), person=person, name=interaction.user.name, kind="press",
        place="dm" if private else "channel", at=interaction.created_at,
        conversation=own(person) if private else places.name_of(channel),
        room=str(channel) if interaction.guild_id is None else "", apart=private and interaction.guild_id is not None,
    )


def pressed(data: Mapping[str, Any]) -> buttons.Pressed | None:
    """Return what the pressed button says; nothing when it is none of ours."""
    return buttons.pressed(str(data.get("custom_id") or ""))
