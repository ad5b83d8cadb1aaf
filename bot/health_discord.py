"""What doctor looks at on Discord: token, server, permissions, commands, rooms, and the standing channels.

Decides nothing about the rest of the house. Only looks: it posts nothing, makes nothing, and does not listen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot.keys import StartError
from commands import modules
from commands.registry import Registry
from commands.wording import discord as wording
from config.clock import SystemClock

if TYPE_CHECKING:
    from bot.platforms.discord.adapter import Discord
    from config.program import Program
    from config.settings import Settings

Found = tuple[str, str, str]


async def looked_at(settings: Settings, program: Program) -> AsyncIterator[Found]:
    """Yield what was found as name, words, and what to do; the last is empty where all is well."""
    from bot.platforms.discord import adapter

    server = adapter.Discord.of(settings, SystemClock(), Registry.of(modules()))
    try:
        await server.open()
    except adapter.CannotStartError as wrong:
        yield "discord", str(wrong), wording.HINT
        return
    try:
        yield "discord", wording.GOOD, ""
        async for one in _rooms(server, program):
            yield one
    finally:
        await server.close()


async def _rooms(server: Discord, program: Program) -> AsyncIterator[Found]:
    from bot.platforms.discord.asked import RefusedCall, Unclear, Wait

    try:
        known = await server.offered()
        yield "discord commands", wording.commands(known=known), "" if known else wording.COMMANDS_HINT
        categories = len(await server.places.categories())
        yield "discord rooms", wording.rooms(categories, server.places.count), wording.ROOMS_HINT if server.capacity.crowded else ""
        channels = program.channels
        for name in filter(None, (channels.thanks(server.name), channels.leaders(server.name), channels.door(server.name))):
            found = await server.look(name)
            yield "discord channels", wording.channel(name, there=found.exists), "" if found.exists else wording.CHANNEL_HINT
    except (RefusedCall, Unclear, Wait) as lost:
        yield "discord", wording.not_told(str(lost)), wording.HINT


async def invitation(settings: Settings, application: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the address that adds the bot to a server, and each permission with its reason.

    Raises StartError when neither an id nor a token says whose bot it is.
    """
    import discord

    from bot.platforms.discord import connection, invite
    from bot.platforms.discord.asked import RefusedCall, Unclear, Wait, asked

    if not application.isdecimal():
        if settings.discord_token is None:
            raise StartError(wording.WHICH_APPLICATION)
        connection.point(settings.discord_api_url, settings.discord_gateway_url)
        client = discord.Client(intents=connection.intents())
        try:
            await asked(client.login(settings.discord_token.get_secret_value()))
        except (RefusedCall, Unclear, Wait):
            raise StartError(wording.token_refused()) from None
        finally:
            await client.close()
        application = str(client.application_id)
    reasons = [(name.replace("_", " "), reason) for name, reason in invite.PERMISSIONS.items()]
    return invite.address(int(application), int(settings.discord_guild or 0)), reasons
