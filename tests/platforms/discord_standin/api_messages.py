"""Messages over REST: posting with all its checks, editing, deleting, history. Pins and the like are in `api_marks.py`."""

from __future__ import annotations

import mimetypes
from datetime import timedelta

from tests.platforms.discord_standin import bits, mentions, payloads
from tests.platforms.discord_standin.check_components import numbered
from tests.platforms.discord_standin.check_messages import checked, sizes
from tests.platforms.discord_standin.names import kept_name
from tests.platforms.discord_standin.refusals import Form, Refused
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import (
    CATEGORY,
    COMPONENTS_V2,
    DM,
    SILENT,
    SUPPRESS_EMBEDS,
    Attachment,
    Channel,
    Json,
    Message,
)

_SETTABLE = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2


def shown(call: Request, channel: Channel, message: Message, *, nonce: bool = False) -> Json:
    """A message as the REST API shows it to the bot."""
    back = call.back
    hidden = back.content_hidden and back.gateway.hides(0, message, channel)
    return payloads.message(back.guild, message, censored=hidden, nonce=nonce or back.options.nonce_in_history)


def attachments(call: Request, body: Json) -> list[Attachment]:
    """The files of a request with the names that `attachments` gives them."""
    named = {str(one.get("id")): one for one in body.get("attachments") or []}
    found = []
    for one in call.files:
        about = named.get(str(one.index), {})
        name = kept_name(str(about.get("filename") or one.filename))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        found.append(Attachment(call.back.guild.flakes.new(), name, one.data, kind, str(about.get("description") or "")))
    return found


def writable(call: Request, channel: Channel) -> None:
    """Refuse a channel in which the bot cannot write: closed conversations, locked threads, missing permissions."""
    guild = call.back.guild
    if channel.type == CATEGORY:
        raise Refused(400, 50008, "Cannot send messages in a non-text channel")
    if channel.type == DM:
        other = guild.people[next(one for one in channel.recipients if one != guild.bot.id)]
        if call.back.options.mutual_needed and (not other.in_guild or not guild.present):
            raise Refused(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        if other.dms_closed or other.blocks_bot:
            raise Refused(403, 50007, "Cannot send messages to this user")
        return
    may = guild.may(call.bot, channel)
    if not may & bits.SEND:
        raise Refused(403, 50013, "Missing Permissions")
    if channel.is_thread and channel.locked and (channel.archived or not may & bits.MANAGE_THREADS):
        raise Refused(400, 50083, "Thread is archived") if channel.archived else Refused(400, 160005, "Thread is locked")


def fill(message: Message, body: Json) -> None:
    """Take over from a request body whatever it has of a message's content."""
    if "content" in body:
        message.content = str(body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = [{"type": "rich", **one} for one in body["embeds"] or []]
    if "components" in body:
        message.components = numbered(body["components"] or [])
    if "flags" in body:
        message.flags = message.flags & ~_SETTABLE | int(body["flags"] or 0) & _SETTABLE | message.flags & COMPONENTS_V2


def reference(call: Request, channel: Channel, body: Json) -> Json | None:
    """The message that a reply refers to; refused when it is not there, unless `fail_if_not_exists` is off."""
    given = body.get("message_reference")
    if not given:
        return None
    found = channel.messages.get(str(given.get("message_id")))
    if found is None or found.deleted or found.seen_by:
        if given.get("fail_if_not_exists", True):
            form = Form()
            form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.done()
        return None
    if channel.type != DM and not call.back.guild.may(call.bot, channel) & bits.HISTORY:
        raise Refused(403, 160002, "Cannot reply without permission to read message history")
    where: Json = {"type": 0, "channel_id": channel.id, "message_id": found.id}
    return where | ({} if channel.type == DM else {"guild_id": call.back.guild.id})


@route("POST", "/channels/{channel_id}/messages", limit=5, seconds=5.0)
def post(call: Request) -> Json:
    """Post a message; the same enforced nonce returns the message that it has posted before."""
    back, channel, body = call.back, call.channel(), call.json
    writable(call, channel)
    may = back.guild.may(call.bot, channel)
    if channel.type != DM and ((call.files and not may & bits.ATTACH) or (body.get("embeds") and not may & bits.EMBED)):
        raise Refused(403, 50013, "Missing Permissions")
    sizes([one.data for one in call.files], call.size)
    checked(body, len(call.files))
    nonce = str(body.get("nonce") or "")
    if body.get("enforce_nonce") and (known := back.posted(channel, nonce)) is not None:
        return shown(call, channel, known, nonce=True)
    message = back.guild.message(channel, call.bot.id)
    fill(message, body)
    message.nonce = nonce
    message.attachments = attachments(call, body)
    message.reference = reference(call, channel, body)
    message.type = 19 if message.reference else 0
    mentions.apply(back.guild, channel, message, body.get("allowed_mentions"), mentions.EVERYTHING)
    if nonce:
        back.nonces[channel.id, nonce] = message
    back.guild.post(channel, message)
    mentions.draw_in(back.guild, channel, message)
    return shown(call, channel, message, nonce=True)


@route("PATCH", "/channels/{channel_id}/messages/{message_id}", limit=5, seconds=5.0)
def edit(call: Request) -> Json:
    """Edit one's own message."""
    channel, body = call.channel(), call.json
    message = call.message(channel)
    if message.author_id != call.bot.id:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    if channel.is_thread and channel.archived:
        raise Refused(400, 50083, "Thread is archived")
    change(call, channel, message, body, mentions.EVERYTHING)
    call.back.guild.edited(channel, message)
    return shown(call, channel, message)


def change(call: Request, channel: Channel, message: Message, body: Json, default: Json) -> None:
    """Check and carry out an edit, of a message in a channel or of an answer to an interaction."""
    sizes([one.data for one in call.files], call.size)
    kept = message.attachments
    if body.get("attachments") is not None:
        listed = {str(one.get("id")) for one in body["attachments"]}
        kept = [one for one in kept if one.id in listed]
    has = bool(kept or ("content" not in body and message.content) or ("embeds" not in body and message.embeds)
               or ("components" not in body and message.components))
    checked({"flags": message.flags & COMPONENTS_V2} | body, len(call.files), has=has)
    if len(kept) + len(call.files) > 10:
        form = Form()
        form.wrong("attachments", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 10 in length.")
        form.done()
    message.history.append(message.content)
    fill(message, body)
    message.attachments = [*kept, *attachments(call, body)]
    before = list(message.pinged)
    mentions.apply(call.back.guild, channel, message, body.get("allowed_mentions"), default)
    message.pinged = before  # an edit shows a mention but notifies nobody


@route("DELETE", "/channels/{channel_id}/messages/{message_id}", limit=5, seconds=1.0)
def delete(call: Request) -> None:
    """Delete one's own message, or anybody's with MANAGE_MESSAGES."""
    channel = call.channel()
    message = call.message(channel)
    if message.author_id != call.bot.id:
        if channel.type == DM:
            raise Refused(403, 50003, "Cannot execute action on a DM channel")
        call.channel("manage_messages")
    if channel.is_thread and channel.archived:
        raise Refused(400, 50083, "Thread is archived")
    call.back.guild.erase(channel, message)


@route("POST", "/channels/{channel_id}/messages/bulk-delete", limit=1, seconds=3.0)
def bulk_delete(call: Request) -> None:
    """Delete two to a hundred messages, none older than two weeks."""
    channel = call.channel()
    if channel.type == DM:
        raise Refused(403, 50003, "Cannot execute action on a DM channel")
    call.channel("manage_messages")
    form = Form()
    ids = form.count("messages", call.json.get("messages"), 2, 100)
    form.done()
    found = [one for one in channel.kept if one.id in {str(each) for each in ids}]
    if any(call.back.clock.now() - one.at > timedelta(days=14) for one in found):
        raise Refused(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    for one in found:
        call.back.guild.erase(channel, one)


@route("GET", "/channels/{channel_id}/messages/{message_id}")
def get(call: Request) -> Json:
    """One message."""
    channel = call.channel("read_message_history")
    return shown(call, channel, call.message(channel))


@route("GET", "/channels/{channel_id}/messages", limit=5, seconds=1.0)
def history(call: Request) -> list[Json]:
    """Messages, the newest first; none without READ_MESSAGE_HISTORY."""
    channel = call.channel()
    if channel.type == CATEGORY:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    limit = call.number("limit", 50, 1, 100)
    if channel.type != DM and not call.back.guild.may(call.bot, channel) & bits.HISTORY:
        return []
    found = [one for one in channel.kept if not one.seen_by]
    edges = {name: int(call.query[name]) for name in ("before", "after", "around") if call.query.get(name)}
    if "before" in edges:
        found = [one for one in found if int(one.id) < edges["before"]][-limit:]
    elif "after" in edges:
        found = [one for one in found if int(one.id) > edges["after"]][:limit]
    elif "around" in edges:
        older = [one for one in found if int(one.id) <= edges["around"]][-(limit // 2) - 1:]
        newer = [one for one in found if int(one.id) > edges["around"]][: limit // 2]
        found = (older + newer)[-limit:]
    else:
        found = found[-limit:]
    return [shown(call, channel, one) for one in reversed(found)]
