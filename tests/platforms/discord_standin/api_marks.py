"""What is put on messages and channels over REST: pins, reactions, the sign that the bot is writing."""

from __future__ import annotations

from urllib.parse import unquote

from tests.platforms.discord_standin.api_messages import shown, writable
from tests.platforms.discord_standin.names import stamp
from tests.platforms.discord_standin.refusals import Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import DM, Json

PINS = 250


@route("POST", "/channels/{channel_id}/typing", limit=5, seconds=5.0)
def typing(call: Request) -> None:
    """Show that the bot is writing."""
    channel = call.channel()
    writable(call, channel)
    call.back.typing.append(channel.id)


@route("PUT", "/channels/{channel_id}/messages/pins/{message_id}", limit=5, seconds=4.0)
def pin(call: Request) -> None:
    """Pin a message; a system message says so. PIN_MESSAGES is a permission of its own."""
    channel = call.channel("pin_messages")
    message = call.message(channel)
    if message.pinned:
        return
    if sum(one.pinned for one in channel.kept) >= PINS:
        raise Refused(400, 30003, f"Maximum number of pins reached ({PINS})")
    message.pinned = True
    guild = call.back.guild
    guild.edited(channel, message, stamped=False)
    said = guild.message(channel, call.bot.id)
    said.type, said.reference = 6, {"type": 0, "channel_id": channel.id, "message_id": message.id}
    guild.post(channel, said)


@route("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", limit=5, seconds=4.0)
def unpin(call: Request) -> None:
    """Take a pin away."""
    channel = call.channel("pin_messages")
    message = call.message(channel)
    message.pinned = False
    call.back.guild.edited(channel, message, stamped=False)


@route("GET", "/channels/{channel_id}/messages/pins")
def pins(call: Request) -> Json:
    """The pinned messages."""
    channel = call.channel("read_message_history")
    found = [one for one in reversed(channel.kept) if one.pinned]
    return {"items": [{"pinned_at": stamp(one.at), "message": shown(call, channel, one)} for one in found[:50]],
            "has_more": len(found) > 50}


@route("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me", limit=1, seconds=0.25)
def react(call: Request) -> None:
    """React to a message."""
    _react(call, "ADD")


@route("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me", limit=1, seconds=0.25)
def unreact(call: Request) -> None:
    """Take a reaction away."""
    _react(call, "REMOVE")


def _react(call: Request, word: str) -> None:
    channel = call.channel("read_message_history", *(["add_reactions"] if word == "ADD" else []))
    message = call.message(channel)
    name = unquote(call.params["emoji"])
    if name.isascii() and ":" not in name:
        raise Refused(400, 10014, "Unknown Emoji")
    who = message.reactions.setdefault(name, [])
    if word == "ADD" and call.bot.id not in who:
        who.append(call.bot.id)
    elif word == "REMOVE":
        if call.bot.id not in who:
            raise unknown("message")
        who.remove(call.bot.id)
    data = {"user_id": call.bot.id, "channel_id": channel.id, "message_id": message.id, "emoji": {"id": None, "name": name},
            "burst": False, "type": 0} | ({} if channel.type == DM else {"guild_id": call.back.guild.id})
    call.back.guild.tell(f"MESSAGE_REACTION_{word}", channel, data=data)
