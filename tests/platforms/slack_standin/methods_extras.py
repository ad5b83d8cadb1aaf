"""Pins, bookmarks, canvases: what the bot does without, here for whoever else tries the stand-in."""

from __future__ import annotations

from tests.platforms.slack_standin.api import Asked, method
from tests.platforms.slack_standin.limits import TIER2, TIER3
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Json

_BOOKMARKS = 100


@method("pins.add", TIER2, "pins:write")
def pin(ask: Asked) -> Json:
    channel, ts = ask.channel(), ask.need("timestamp")
    message = channel.messages.get(ts)
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    if ts in channel.pins:
        raise Refusal("already_pinned")
    channel.pins.append(ts)
    return {}


@method("bookmarks.add", TIER2, "bookmarks:write")
def bookmark(ask: Asked) -> Json:
    channel = ask.channel("channel_id")
    if len(channel.bookmarks) >= _BOOKMARKS:
        raise Refusal("too_many_bookmarks")
    if ask.need("type") == "link" and not ask.text("link").startswith(("http://", "https://")):
        raise Refusal("invalid_link")
    found = {"id": ask.back.space.names.new("Bk"), "channel_id": channel.id, "title": ask.need("title"), "link": ask.text("link"),
             "type": ask.text("type")}
    channel.bookmarks.append(found)
    return {"bookmark": found}


@method("bookmarks.edit", TIER2, "bookmarks:write")
def bookmark_edit(ask: Asked) -> Json:
    for one in ask.channel("channel_id").bookmarks:
        if one["id"] == ask.need("bookmark_id"):
            one |= {name: ask.text(name) for name in ("title", "link") if ask.text(name)}
            return {"bookmark": one}
    raise Refusal("not_found")


@method("bookmarks.list", TIER3, "bookmarks:read")
def bookmarks(ask: Asked) -> Json:
    return {"bookmarks": list(ask.channel("channel_id").bookmarks)}


@method("conversations.canvases.create", TIER2, "canvases:write")
def canvas(ask: Asked) -> Json:
    channel = ask.channel("channel_id")
    if channel.canvas:
        raise Refusal("free_team_canvas_tab_already_exists" if ask.back.options.free_plan else "channel_canvas_already_exists")
    if ask.back.options.free_plan:
        raise Refusal("team_tier_cannot_create_channel_canvases")
    channel.canvas = ask.back.space.names.new("F")
    return {"canvas_id": channel.canvas}


@method("canvases.edit", TIER3, "canvases:write")
def canvas_edit(ask: Asked) -> Json:
    wanted = ask.need("canvas_id")
    if not isinstance(ask.json("changes"), list):
        raise Refusal("invalid_arguments", ["missing required field: changes"])
    if not any(one.canvas == wanted for one in ask.back.space.channels.values()):
        raise Refusal("canvas_not_found")
    return {}
