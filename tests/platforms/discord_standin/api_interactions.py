"""Answers to interactions: the callback within three seconds, the original and follow-ups for fifteen minutes."""

from __future__ import annotations

import time
from typing import Any

from tests.platforms.discord_standin import check_commands, mentions, payloads
from tests.platforms.discord_standin.api_messages import attachments, change, fill
from tests.platforms.discord_standin.check_components import modal as check_modal
from tests.platforms.discord_standin.check_components import numbered
from tests.platforms.discord_standin.check_messages import checked, sizes
from tests.platforms.discord_standin.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, FIRST, MODAL, Asked, Modal
from tests.platforms.discord_standin.refusals import Form, Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import COMPONENTS_V2, EPHEMERAL, LOADING, SUPPRESS_EMBEDS, Json, Message

_HOOK = "/webhooks/{webhook_id}/{token}"


@route("POST", "/interactions/{interaction_id}/{token}/callback", free=True)
def callback(call: Request) -> Json | None:
    """The one first answer."""
    back, body = call.back, call.json
    asked = back.interactions.first(call.params["interaction_id"], call.params["token"])
    try:
        kind: Any = body.get("type")
        data = body.get("data") or {}
        _allowed(asked, kind)
        _first(call, asked, int(kind), data)
    except Refused as wrong:
        asked.refusals.append(str(wrong))
        raise
    asked.first = FIRST[int(kind)]
    asked.ms = (time.monotonic() - asked.since) * 1000
    asked.told.set()
    if call.query.get("with_response") not in {"1", "true", "True"}:
        call.status = 204
        return None
    return _described(call, asked, int(kind))


def _allowed(asked: Asked, kind: Any) -> None:
    form = Form()
    allowed = {COMMAND: {4, 5, 9}, COMPONENT: {4, 5, 6, 7, 9}, AUTOCOMPLETE: {8}, MODAL: {4, 5, 6, 7}}[asked.type]
    if asked.type == MODAL and asked.source is None:
        allowed = {4, 5, 6}
    form.choice("type", kind, allowed)
    form.done()


def _first(call: Request, asked: Asked, kind: int, data: Json) -> None:
    if kind == 4:
        asked.original = _answer(call, asked, data)
    elif kind == 5:
        asked.ephemeral, asked.loading = bool(int(data.get("flags") or 0) & EPHEMERAL), True
        asked.original = _put(call, asked, _blank(call, asked), EPHEMERAL if asked.ephemeral else 0, loading=True)
    elif kind in {6, 7}:
        asked.original = asked.source
        if kind == 7 and asked.source is not None:
            change(call, call.back.guild.channels[asked.channel], asked.source, data, mentions.ONLY_USERS)
            call.back.guild.edited(call.back.guild.channels[asked.channel], asked.source)
    elif kind == 8:
        asked.choices = check_commands.autocompleted(data.get("choices"), _focused(asked.data.get("options") or []))
    elif kind == 9:
        check_modal(data)
        id = call.back.guild.flakes.new()
        shown = data | {"components": numbered(data["components"])}
        call.back.interactions.modals[id] = Modal(id, asked.user, asked.channel, shown, asked.source)
        asked.modal = id


def _focused(options: list[Json]) -> int:
    for one in options:
        if one.get("focused"):
            return int(one["type"])
        if found := _focused(one.get("options") or []):
            return found
    return 0


def _described(call: Request, asked: Asked, kind: int) -> Json:
    found: Json = {"id": asked.id, "type": asked.type}
    resource: Json = {"type": kind}
    if asked.original is not None and kind in {4, 5, 7}:
        found |= {"response_message_id": asked.original.id, "response_message_loading": kind == 5,
                  "response_message_ephemeral": bool(asked.original.flags & EPHEMERAL)}
        resource["message"] = payloads.message(call.back.guild, asked.original)
    return {"interaction": found, "resource": resource}


def _blank(call: Request, asked: Asked) -> Message:
    guild = call.back.guild
    message = guild.message(guild.channels[asked.channel], call.bot.id)
    who = payloads.user(guild.people[asked.user])
    message.interaction = {"id": asked.id, "type": asked.type, "user": who, "authorizing_integration_owners": {"0": guild.id}}
    message.type, message.token = 20 if asked.type == COMMAND else 0, asked.token
    if asked.source is not None and asked.type == COMPONENT:
        message.interaction["interacted_message_id"] = asked.source.id
    return message


def _answer(call: Request, asked: Asked, data: Json, flags: int | None = None) -> Message:
    """Check and put a new message as an answer; nonces have no effect here."""
    sizes([one.data for one in call.files], call.size)
    checked(data, len(call.files))
    message = _blank(call, asked)
    fill(message, data)
    message.attachments = attachments(call, data)
    return _put(call, asked, message, int(data.get("flags") or 0) & EPHEMERAL if flags is None else flags, data.get("allowed_mentions"))


def _put(call: Request, asked: Asked, message: Message, flags: int, allowed: Json | None = None, *, loading: bool = False) -> Message:
    guild = call.back.guild
    channel = guild.channels[asked.channel]
    if channel.deleted:
        raise unknown("channel")
    message.flags |= flags | (LOADING if loading else 0)
    mentions.apply(guild, channel, message, allowed, mentions.ONLY_USERS)
    if message.flags & EPHEMERAL:
        message.seen_by, message.pinged = asked.user, []
        for one in message.attachments:
            one.ephemeral = True
        channel.messages[message.id] = message
    else:
        guild.post(channel, message)
    if not loading:
        asked.messages.append(message)
    return message


def _hook(call: Request) -> Asked:
    if call.params["webhook_id"] != call.back.guild.application_id:
        raise unknown("webhook")
    return call.back.interactions.later(call.params["token"])


@route("POST", _HOOK, limit=5, seconds=2.0, free=True)
def follow(call: Request) -> Json:
    """A follow-up; the first one after a deferred answer takes its place and keeps its audience."""
    asked = _hook(call)
    data = call.json
    if asked.loading and asked.original is not None:
        message = _settle(call, asked, data)
    else:
        message = _answer(call, asked, data)
    asked.told.set()
    return payloads.message(call.back.guild, message)


def _settle(call: Request, asked: Asked, data: Json) -> Message:
    """Put content into the message that says that the bot is thinking."""
    message = asked.original
    assert message is not None
    channel = call.back.guild.channels[asked.channel]
    flags = int(data.get("flags") or 0) & (SUPPRESS_EMBEDS | COMPONENTS_V2)
    change(call, channel, message, {k: v for k, v in data.items() if k != "flags"} | {"flags": flags}, mentions.ONLY_USERS)
    message.flags &= ~LOADING
    mentions.apply(call.back.guild, channel, message, data.get("allowed_mentions"), mentions.ONLY_USERS)
    if message.seen_by:
        message.pinged = []
    message.history.clear()
    asked.loading = False
    asked.messages.append(message)
    call.back.guild.edited(channel, message, stamped=False)
    return message


def _found(call: Request, asked: Asked) -> Message:
    id = call.params.get("message_id", "@original")
    found = asked.original if id == "@original" else next((one for one in asked.messages if one.id == id), None)
    if found is None and asked.original is not None and asked.original.id == id:
        found = asked.original
    if found is None or found.deleted:
        raise unknown("message")
    return found


@route("GET", _HOOK + "/messages/{message_id}", limit=5, seconds=2.0, free=True)
def get(call: Request) -> Json:
    """An answer, or the original by @original."""
    return payloads.message(call.back.guild, _found(call, _hook(call)))


@route("PATCH", _HOOK + "/messages/{message_id}", limit=5, seconds=2.0, free=True)
def edit(call: Request) -> Json:
    """Change an answer; what was deferred is filled by it."""
    asked = _hook(call)
    message = _found(call, asked)
    if asked.loading and message is asked.original:
        _settle(call, asked, call.json)
    else:
        channel = call.back.guild.channels[asked.channel]
        change(call, channel, message, call.json, mentions.ONLY_USERS)
        call.back.guild.edited(channel, message)
    asked.told.set()
    return payloads.message(call.back.guild, message)


@route("DELETE", _HOOK + "/messages/{message_id}", limit=5, seconds=2.0, free=True)
def delete(call: Request) -> None:
    """Take an answer away."""
    asked = _hook(call)
    message = _found(call, asked)
    asked.loading = asked.loading and message is not asked.original
    call.back.guild.erase(call.back.guild.channels[asked.channel], message)
    asked.told.set()
