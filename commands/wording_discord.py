"""What people read on Discord beside what every platform says: answers of the moment, and what the operators must do."""

from __future__ import annotations

DONE = "Done."
SENT = "The desk has your message. Its answer comes as a direct message; no receipt means that we did not get it."
NOT_YOURS = "Only your own messages can be sent to the desk. To report something else, type /report new."
FORM_WAITS = "One more step: the button opens a form."
NOT_TAKEN = "That could not be taken just now. Try again in a minute; nothing was lost that you were given a receipt for."


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


def intent_refused() -> str:
    """Discord does not let the bot listen."""
    return "DISCORD_TOKEN: Discord does not let the app listen. On the app's page, Bot, look whether the bot was limited or disabled."
