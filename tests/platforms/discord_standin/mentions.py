"""Whom a message really notifies: what its content mentions, what allowed_mentions leaves of it, who may do so."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.discord_standin import bits
from tests.platforms.discord_standin.guild import Guild
from tests.platforms.discord_standin.markdown import without_code
from tests.platforms.discord_standin.things import DM, PRIVATE_THREAD, Channel, Json, Message

EVERYTHING: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
ONLY_USERS: Json = {"parse": ["users"], "replied_user": True}


def apply(guild: Guild, channel: Channel, message: Message, allowed: Json | None, default: Json) -> None:
    """Set the mentions of a message, and who is notified by it. `default` stands in for allowed_mentions that are absent."""
    rule = default if allowed is None else allowed
    text = without_code(message.content)
    author = guild.people[message.author_id]
    power = guild.may(author, channel)
    users = _among(rule, "users", re.findall(r"<@!?(\d+)>", text))
    message.mentions = [one for one in users if one in guild.people]
    replied = _replied(channel, message)
    if replied and rule.get("replied_user") and replied not in message.mentions:
        message.mentions.append(replied)
    message.mention_roles, message.mention_everyone, pinged = [], False, [one for one in message.mentions if one != author.id]
    if channel.type != DM:
        roles = _among(rule, "roles", re.findall(r"<@&(\d+)>", text))
        for one in roles:
            role = guild.roles.get(one)
            if role is not None and (role.mentionable or power & bits.EVERYONE_BIT):
                message.mention_roles.append(one)
                pinged.append(f"@{role.name}")
        word = re.search(r"@(everyone|here)", text)
        if word and "everyone" in (rule.get("parse") or []) and power & bits.EVERYONE_BIT:
            message.mention_everyone = True
            pinged.append(f"@{word[1]}")
    message.pinged = pinged


def draw_in(guild: Guild, channel: Channel, message: Message) -> None:
    """Whoever is mentioned in a thread becomes its member, if they see its parent and the author may add them."""
    if not channel.is_thread:
        return
    parent, author = guild.channels[channel.parent_id], guild.people[message.author_id]
    closed = channel.type == PRIVATE_THREAD and not channel.invitable and channel.owner_id != author.id
    if closed and not guild.may(author, channel) & bits.MANAGE_THREADS:
        return
    for one in message.mentions:
        if one not in channel.members and guild.may(guild.people[one], parent) & bits.VIEW:
            guild.join_thread(channel, one)


def _among(rule: Json, kind: str, found: list[str]) -> list[str]:
    unique = list(dict.fromkeys(found))
    if kind in (rule.get("parse") or []):
        return unique
    named: list[Any] = rule.get(kind) or []
    return [one for one in unique if one in {str(each) for each in named}]


def _replied(channel: Channel, message: Message) -> str:
    source = channel.messages.get(str((message.reference or {}).get("message_id")))
    return source.author_id if source is not None else ""
