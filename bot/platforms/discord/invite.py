"""How the bot has to be invited: which permissions it uses, each with its reason, and the address that asks for them.

Decides what is asked for, and nothing more. `adapter.py` compares it with what the bot was given.
"""

from __future__ import annotations

import discord

PERMISSIONS = {
    "view_channel": "see the channels that it posts in",
    "send_messages": "post cards, relays, announcements and the digest",
    "embed_links": "draw a card",
    "attach_files": "share encrypted reports, long texts and the picture of the digest",
    "read_message_history": "look whether a message was posted before posting it again",
    "manage_channels": "make a private channel for each report",
    "manage_roles": "keep exactly the roster in a report's channel",
    "manage_threads": "close a report's thread, where threads are used",
    "create_private_threads": "go on with private threads when the server can hold no more channels",
    "send_messages_in_threads": "post in those threads",
    "use_application_commands": "let the roster use commands in a report's channel",
    "add_reactions": "let the roster react in a report's channel",
}


def permissions() -> discord.Permissions:
    """Return what the bot asks for."""
    return discord.Permissions(**dict.fromkeys(PERMISSIONS, True))


def lacking(given: discord.Permissions) -> list[str]:
    """Return what the bot was not given."""
    return [] if given.administrator else [one for one in PERMISSIONS if not getattr(given, one)]


def address(application: int, guild: int = 0) -> str:
    """Return the address on which somebody who manages the server adds the bot."""
    return discord.utils.oauth_url(
        application, permissions=permissions(), guild=discord.Object(guild) if guild else discord.utils.MISSING,
        scopes=("bot", "applications.commands"), disable_guild_select=bool(guild))
