"""chat.* and reactions: what the app says, changes, takes back, schedules."""

from __future__ import annotations

import json

from tests.platforms.slack_standin.api import SPECIAL, Asked, method
from tests.platforms.slack_standin.limits import TIER3, TIER4
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Channel, Json, Message

UPDATE_LONGEST = 4_000  # characters of the text of chat.update
METADATA_LONGEST = 8_000  # characters, as JSON


def target(ask: Asked) -> Channel:
    """Where a message goes: a conversation, or the direct conversation with a person."""
    space = ask.back.space
    wanted = ask.need("channel")
    person = space.people.get(wanted)
    if person is not None:
        ask.args["channel"] = space.direct(person.id).id
    elif (named := space.named(wanted.removeprefix("#"))) is not None and named.kind == "public":
        ask.args["channel"] = named.id
    channel = ask.channel(member=False)
    if space.bot.id not in channel.members and "chat:write.public" not in ask.back.manifest.scopes:
        raise Refusal("not_in_channel")
    if channel.kind == "im":
        other = next(one for one in channel.members if one != space.bot.id)
        if space.people[other].deleted:
            raise Refusal("channel_not_found")
        if not ask.back.manifest.messages_tab:
            raise Refusal("messages_tab_disabled")
    if channel.archived:
        raise Refusal("is_archived")
    return channel


def thread(ask: Asked, channel: Channel) -> str:
    """The message that is answered; it has to be there, or have been."""
    ts = ask.text("thread_ts")
    if not ts:
        return ""
    parent = channel.messages.get(ts)
    if parent is None:
        raise Refusal("cannot_reply_to_message")
    return parent.thread or parent.ts


def metadata(ask: Asked) -> Json | None:
    """The metadata of a message, if it has any."""
    found = ask.args.get("metadata")
    if found in (None, ""):
        return None
    try:
        found = json.loads(found) if isinstance(found, str) else found
    except ValueError:
        raise Refusal("invalid_metadata_format") from None
    if not isinstance(found, dict) or not isinstance(found.get("event_type"), str) or not isinstance(found.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(found)) > METADATA_LONGEST:
        raise Refusal("metadata_too_large")
    return dict(found)


@method("chat.postMessage", SPECIAL, "chat:write")
def post(ask: Asked) -> Json:
    channel = target(ask)
    below, found = thread(ask, channel), metadata(ask)
    ask.back.content(ask.args)  # a message that is refused does not use up the channel's second
    ask.back.limits.post(ask.method, channel.id)
    message = ask.back.bot_says(channel, ask.args, thread=below, metadata=found)
    return {"channel": channel.id, "ts": message.ts, "message": ask.back.space.body(channel, message, metadata=True)}


def own(ask: Asked, code: str) -> tuple[Channel, Message]:
    """A message of the app itself that is still there; `code` is the word for somebody else's."""
    channel = ask.channel()
    message = channel.messages.get(ask.need("ts"))
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    if not message.by_app:
        raise Refusal(code)
    return channel, message


@method("chat.update", TIER3, "chat:write")
def update(ask: Asked) -> Json:
    channel, message = own(ask, "cant_update_message")
    if channel.archived:
        raise Refusal("is_archived")
    if len(ask.text("text")) > UPDATE_LONGEST:
        raise Refusal("msg_too_long")
    found = metadata(ask)
    if "blocks" not in ask.args and not ask.text("text") and found is not None:
        text, blocks = message.text, message.blocks
    else:
        text, blocks = ask.back.content(ask.args)
        if "blocks" not in ask.args:
            blocks = message.blocks  # Slack keeps blocks that an update does not name; an empty list takes them away
    message.metadata = found if found is not None else message.metadata
    ask.back.space.edit(channel, message, text=text, blocks=blocks, files=ask.args.get("file_ids") != [])
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": ask.back.space.body(channel, message)}


@method("chat.delete", TIER3, "chat:write")
def delete(ask: Asked) -> Json:
    channel, message = own(ask, "cant_delete_message")
    ask.back.space.erase(channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", TIER4, "chat:write")
def post_ephemeral(ask: Asked) -> Json:
    channel, user = target(ask), ask.need("user")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    return {"message_ts": ask.back.whisper(user, channel.id, ask.args, "call").ts}


@method("chat.scheduleMessage", TIER3, "chat:write")
def schedule(ask: Asked) -> Json:
    channel, at, now = target(ask), ask.number("post_at", 0), ask.back.clock.seconds()
    if at <= now:
        raise Refusal("time_in_past")
    if at > now + 120 * 86_400:
        raise Refusal("time_too_far")
    near = [one for one in ask.back.scheduled.values() if one["channel"] == channel.id and abs(one["post_at"] - at) <= 300]
    if len(near) >= 30:
        raise Refusal("restricted_too_many")
    text, _ = ask.back.content(ask.args)
    name = ask.back.space.names.new("Q")
    ask.back.scheduled[name] = {"id": name, "channel": channel.id, "post_at": at, "date_created": now, "text": text,
                                "args": dict(ask.args)}
    return {"channel": channel.id, "scheduled_message_id": name, "post_at": at, "message": {"text": text, "type": "delayed_message"}}


@method("chat.deleteScheduledMessage", TIER3, "chat:write")
def unschedule(ask: Asked) -> Json:
    channel = ask.channel()
    ask.back.due()
    found = ask.back.scheduled.get(ask.need("scheduled_message_id"))
    if found is None or found["channel"] != channel.id:
        raise Refusal("invalid_scheduled_message_id")
    del ask.back.scheduled[found["id"]]
    return {}


@method("chat.scheduledMessages.list", TIER3, "chat:write")
def scheduled(ask: Asked) -> Json:
    ask.back.due()
    shown = [{k: v for k, v in one.items() if k not in {"args", "channel"}} | {"channel_id": one["channel"]}
             for one in ask.back.scheduled.values() if ask.text("channel") in {"", one["channel"]}]
    page, more = ask.page(shown)
    return {"scheduled_messages": page, **more}


@method("chat.getPermalink", SPECIAL)
def permalink(ask: Asked) -> Json:
    channel = ask.channel(member=False)
    message = channel.messages.get(ask.need("message_ts"))
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": f"{ask.back.base}/archives/{channel.id}/p{message.ts.replace('.', '')}"}


@method("reactions.add", TIER3, "reactions:write")
def react(ask: Asked) -> Json:
    channel, name = ask.channel(), ask.need("name")
    message = channel.messages.get(ask.need("timestamp"))
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    if not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise Refusal("invalid_name")
    users = message.reactions.setdefault(name, [])
    if ask.back.space.bot.id in users:
        raise Refusal("already_reacted")
    users.append(ask.back.space.bot.id)
    return {}
