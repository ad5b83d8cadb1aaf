"""Permission bits and what follows from roles and overwrites; in Discord's order, with its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.platforms.discord_standin.guild import Guild
    from tests.platforms.discord_standin.things import Channel, Person

NAMES: dict[str, int] = {
    "create_instant_invite": 0, "kick_members": 1, "ban_members": 2, "administrator": 3, "manage_channels": 4, "manage_guild": 5,
    "add_reactions": 6, "view_audit_log": 7, "view_channel": 10, "send_messages": 11, "manage_messages": 13, "embed_links": 14,
    "attach_files": 15, "read_message_history": 16, "mention_everyone": 17, "use_external_emojis": 18, "change_nickname": 26,
    "manage_nicknames": 27, "manage_roles": 28, "manage_webhooks": 29, "use_application_commands": 31, "manage_threads": 34,
    "create_public_threads": 35, "create_private_threads": 36, "send_messages_in_threads": 38, "moderate_members": 40,
    "pin_messages": 51, "bypass_slowmode": 52,
}
ALL = (1 << 53) - 1


def bits(*names: str) -> int:
    """The sum of these permissions; raises KeyError for an unknown one."""
    found = 0
    for one in names:
        found |= 1 << NAMES[one]
    return found


ADMINISTRATOR, VIEW, SEND = bits("administrator"), bits("view_channel"), bits("send_messages")
MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_THREADS = bits("manage_channels"), bits("manage_roles"), bits("manage_threads")
IN_THREADS, PRIVATE_THREADS, PUBLIC_THREADS = (
    bits("send_messages_in_threads"), bits("create_private_threads"), bits("create_public_threads"))
EMBED, ATTACH, HISTORY, MANAGE_MESSAGES = (
    bits("embed_links"), bits("attach_files"), bits("read_message_history"), bits("manage_messages"))
PIN, EVERYONE_BIT, COMMANDS, REACT = (
    bits("pin_messages"), bits("mention_everyone"), bits("use_application_commands"), bits("add_reactions"))

PUBLIC = bits("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history", "add_reactions",
              "use_application_commands", "create_public_threads", "create_private_threads", "send_messages_in_threads",
              "change_nickname")
BOT = PUBLIC | bits("manage_channels", "manage_roles", "manage_threads", "manage_messages", "pin_messages")


def named(value: int) -> list[str]:
    """The names of the permissions in a sum."""
    return [name for name, place in NAMES.items() if value >> place & 1]


def base(guild: Guild, who: Person) -> int:
    """What a member may do in the guild as a whole; everything for its owner and for administrators."""
    if not who.in_guild:
        return 0
    if who.id == guild.owner_id:
        return ALL
    found = guild.roles[guild.id].permissions
    for one in who.roles:
        found |= guild.roles[one].permissions if one in guild.roles else 0
    return ALL if found & ADMINISTRATOR else found


def in_channel(guild: Guild, who: Person, channel: Channel) -> int:
    """What somebody may do in a channel or thread, or in a direct conversation; 0 for whoever cannot see it."""
    if channel.type == 1:
        return PUBLIC | PIN if who.id in channel.recipients else 0
    if channel.is_thread:
        return _in_thread(guild, who, channel)
    found = base(guild, who)
    if found == ALL or not found:
        return found
    found = overwritten(found, guild, who, channel)
    if not found & VIEW:
        return 0
    if not found & SEND:
        found &= ~(EVERYONE_BIT | EMBED | ATTACH)
    return found


def overwritten(found: int, guild: Guild, who: Person, channel: Channel) -> int:
    """The overwrites of a channel laid over `found`: @everyone, all role denies, all role allows, the member."""
    everyone = channel.overwrites.get(guild.id)
    if everyone is not None:
        found = found & ~everyone.deny | everyone.allow
    mine = [channel.overwrites[one] for one in who.roles if one in channel.overwrites]
    for one in mine:
        found &= ~one.deny
    for one in mine:
        found |= one.allow
    member = channel.overwrites.get(who.id)
    if member is not None:
        found = found & ~member.deny | member.allow
    return found


def _in_thread(guild: Guild, who: Person, thread: Channel) -> int:
    """As in the parent, but SEND_MESSAGES is void there, and private threads are for their members and moderators."""
    parent = guild.channels.get(thread.parent_id)
    found = in_channel(guild, who, parent) if parent is not None and not parent.deleted else 0
    if not found or (thread.type == 12 and who.id not in thread.members and not found & MANAGE_THREADS):
        return 0
    if found & IN_THREADS:
        return found | SEND
    return found & ~(SEND | EVERYONE_BIT | EMBED | ATTACH)
