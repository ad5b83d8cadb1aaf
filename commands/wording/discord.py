"""What people read on Discord beside what every platform says: answers of the moment, and what the operators must do."""

from __future__ import annotations

DONE = "Done."
SENT = "The desk has your message. Its answer comes as a direct message. No receipt means we did not get it."
NOT_YOURS = "Only your own messages can be sent to the desk. To report something else, type /report new."
FORM_WAITS = "One more step: the button opens a form."
NOT_TAKEN = "That could not be taken just now. Try again in a minute; what has a receipt is safe."


def token_refused() -> str:
    """Discord does not take the token."""
    return ("DISCORD_TOKEN: Discord does not take it. Copy it again from the app's page, Bot, Reset Token; it is shown once, and is "
            "not the application's id or secret.")


def unreachable() -> str:
    """Discord could not be asked."""
    return "DISCORD_TOKEN: Discord could not be asked. Look at the connection, DISCORD_API_URL and DISCORD_GATEWAY_URL."


def no_guild(guild: str, address: str) -> str:
    """The bot is not in the server."""
    return (f"DISCORD_GUILD: the bot is not in the server {guild}. Somebody who manages the server opens {address} and adds it; the "
            "server's id is what Copy Server ID gives in Discord's developer mode.")


def guild_missing() -> str:
    """No server is named."""
    return "DISCORD_GUILD: missing. Give the id of the server: switch on developer mode in Discord, right-click the server, Copy Server ID."


def lacks(permissions: list[str], address: str) -> str:
    """The bot was not given all it needs."""
    shown = ", ".join(one.replace("_", " ") for one in permissions)
    return (f"DISCORD_GUILD: in that server the bot lacks the permissions {shown}. Somebody who manages the server opens {address} "
            "again, or gives them to the bot's role.")


WHICH_APPLICATION = ("Say the application's id, which stands on the app's page under General Information, or put DISCORD_TOKEN into the "
                     "settings.")


# -- doctor --------------------------------------------------------------------------------------------------------

GOOD = "token, server and permissions are good"
HINT = "docs/discord.md says where each comes from."
COMMANDS_HINT = "They are told to Discord at the next start; restart the bot."
ROOMS_HINT = "Near 500 the bot goes on with private threads, and removes the oldest closed reports' channels."
CHANNEL_HINT = "Make it, let the bot see it and write there, or name another one in program.toml under [channels]."


def commands(*, known: bool) -> str:
    """Whether Discord knows our commands."""
    return "Discord knows them as they are" if known else "Discord knows others than these"


def rooms(categories: int, count: int) -> str:
    """How many rooms there are."""
    shown = "no category for reports yet, the first report makes it"
    if categories:
        shown = f"{categories} {'category' if categories == 1 else 'categories'} for reports"
    return f"{count} of 500 channels are used; {shown}"


def channel(name: str, *, there: bool) -> str:
    """Whether a standing channel is there."""
    return f"{name} is there" if there else f"there is no channel {name}, or the bot does not see it"


def not_told(reason: str) -> str:
    """Discord did not say."""
    return f"Discord did not say ({reason})"
