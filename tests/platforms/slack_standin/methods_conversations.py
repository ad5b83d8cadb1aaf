"""conversations.*: channels, who is in them, what was said in them."""

from __future__ import annotations

import re

from tests.platforms.slack_standin.api import HISTORY, READ, WRITE, Asked, method
from tests.platforms.slack_standin.limits import TIER2, TIER3, TIER4
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Channel, Json, Message

_MANAGE = "groups:write|channels:manage"
_READ = "|".join(READ.values())
_HISTORY = "|".join(HISTORY.values())
KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def checked_name(ask: Asked, name: str) -> str:
    """A name for a channel, as Slack allows it and as nobody else has it."""
    if not name:
        raise Refusal("invalid_name_required")
    if len(name) > 80:
        raise Refusal("invalid_name_maxlength")
    if re.fullmatch(r"[-_.]+", name):
        raise Refusal("invalid_name_punctuation")
    if not re.fullmatch(r"[^\W A-Z]+(?:[-_]|[^\W A-Z])*|[-_](?:[-_]|[^\W A-Z])*", name):
        raise Refusal("invalid_name_specials")
    if ask.back.space.named(name):
        raise Refusal("name_taken")
    return name


@method("conversations.create", TIER2, _MANAGE)
def create(ask: Asked) -> Json:
    private = ask.flag("is_private")
    ask.scope(WRITE["private" if private else "public"])
    space = ask.back.space
    found = space.create(checked_name(ask, ask.text("name")), private=private, creator=space.bot.id)
    return {"channel": found.body(space.bot.id)}


@method("conversations.invite", TIER3, f"{_MANAGE}|groups:write.invites|channels:write.invites")
def invite(ask: Asked) -> Json:
    channel = ask.channel()
    users = ask.items("users")
    if channel.kind == "im":
        raise Refusal("method_not_supported_for_channel_type")
    if not users:
        raise Refusal("no_user")
    if len(users) > 100:
        raise Refusal("too_many_users")
    if channel.archived:
        raise Refusal("is_archived")
    wrong = [{"user": one, "ok": False, "error": code} for one in users if (code := _cannot_join(ask, channel, one))]
    if wrong and not (ask.flag("force") and len(wrong) < len(users)):
        raise Refusal(str(wrong[0]["error"]), errors=wrong)
    refused = {one["user"] for one in wrong}
    for user in dict.fromkeys(users):
        if user not in refused:
            ask.back.space.join(channel, user, ask.back.space.bot.id)
    return {"channel": channel.body(ask.back.space.bot.id), **({"errors": wrong} if wrong else {})}


def _cannot_join(ask: Asked, channel: Channel, user: str) -> str:
    person = ask.back.space.people.get(user)
    if person is None:
        return "user_not_found"
    if person is ask.back.space.bot:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    if person.deleted:
        return "cant_invite"
    if person.guest == "single":
        elsewhere = any(user in one.members and one.kind != "im" for one in ask.back.space.channels.values())
        return "ura_max_channels" if elsewhere else ""
    return "user_is_restricted" if person.guest == "blocked" else ""


@method("conversations.kick", TIER3, _MANAGE)
def kick(ask: Asked) -> Json:
    channel, user = ask.channel(), ask.need("user")
    if channel.kind == "im":
        raise Refusal("method_not_supported_for_channel_type")
    if user == ask.back.space.bot.id:
        raise Refusal("cant_kick_self")
    if user not in ask.back.space.people:
        raise Refusal("user_not_found")
    if user not in channel.members:
        raise Refusal("not_in_channel")
    if channel.archived:
        raise Refusal("is_archived")
    ask.back.space.leave(channel, user, ask.back.space.bot.id)
    return {"errors": {}}


@method("conversations.archive", TIER2, _MANAGE)
def archive(ask: Asked) -> Json:
    channel = ask.channel(member=False, scopes=WRITE)
    if channel.kind == "im":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("already_archived")
    if ask.back.space.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    ask.back.space.archive(channel, ask.back.space.bot.id)
    return {}


@method("conversations.unarchive", TIER2, _MANAGE)
def unarchive(ask: Asked) -> Json:
    channel = ask.channel(scopes=WRITE)
    if not channel.archived:
        raise Refusal("not_archived")
    ask.back.space.unarchive(channel, ask.back.space.bot.id)
    return {}


@method("conversations.rename", TIER2, _MANAGE)
def rename(ask: Asked) -> Json:
    channel = ask.channel(scopes=WRITE)
    if channel.archived:
        raise Refusal("is_archived")
    if channel.creator != ask.back.space.bot.id:
        raise Refusal("not_authorized")
    ask.back.space.rename(channel, checked_name(ask, ask.text("name")), ask.back.space.bot.id)
    return {"channel": channel.body(ask.back.space.bot.id)}


def _describe(ask: Asked, word: str) -> Json:
    channel = ask.channel(scopes=WRITE)
    if channel.archived:
        raise Refusal("is_archived")
    text = ask.text(word)
    if len(text) > 250:
        raise Refusal("too_long")
    ask.back.space.describe(channel, word, text, ask.back.space.bot.id)
    return {"channel": channel.body(ask.back.space.bot.id)}


@method("conversations.setTopic", TIER2, _MANAGE)
def set_topic(ask: Asked) -> Json:
    return _describe(ask, "topic")


@method("conversations.setPurpose", TIER2, _MANAGE)
def set_purpose(ask: Asked) -> Json:
    return _describe(ask, "purpose")


@method("conversations.info", TIER3, _READ)
def info(ask: Asked) -> Json:
    channel = ask.channel(member=False, scopes=READ)
    found = channel.body(ask.back.space.bot.id)
    if ask.flag("include_num_members"):
        found["num_members"] = len(channel.members)
    return {"channel": found}


@method("conversations.list", TIER2, _READ)
def listed(ask: Asked) -> Json:
    me = ask.back.space.bot.id
    kinds = ask.items("types") or ["public_channel"]
    if any(one not in KINDS for one in kinds):
        raise Refusal("invalid_types")
    for one in kinds:
        ask.scope(READ.get(KINDS[one], "mpim:read"))
    wanted = {KINDS[one] for one in kinds}
    found = [
        one.body(me) | ({} if one.kind == "im" else {"num_members": len(one.members)})
        for one in ask.back.space.channels.values()
        if one.kind in wanted and not one.deleted and (one.kind == "public" or me in one.members)
        and not (one.archived and ask.flag("exclude_archived"))
    ]
    page, more = ask.page(found)
    return {"channels": page, **more}


@method("conversations.members", TIER4, _READ)
def members(ask: Asked) -> Json:
    channel = ask.channel(member=False, scopes=READ)
    page, more = ask.page([{"id": one} for one in channel.members])
    return {"members": [one["id"] for one in page], **more}


@method("conversations.join", TIER3, "channels:join")
def join(ask: Asked) -> Json:
    channel = ask.channel(member=False)
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    me = ask.back.space.bot.id
    known = me in channel.members
    if not known:
        ask.back.space.join(channel, me)
    return {"channel": channel.body(me), **({"warning": "already_in_channel"} if known else {})}


@method("conversations.leave", TIER3, _MANAGE)
def leave(ask: Asked) -> Json:
    channel = ask.channel(member=False)
    if channel.archived:
        raise Refusal("is_archived")
    if ask.back.space.bot.id not in channel.members:
        return {"not_in_channel": True}
    ask.back.space.leave(channel, ask.back.space.bot.id)
    return {}


@method("conversations.open", TIER3, "im:write")
def opened(ask: Asked) -> Json:
    space = ask.back.space
    if ask.text("channel"):
        return {"channel": ask.channel().body(space.bot.id)}
    users = ask.items("users")
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        ask.scope("mpim:write")
        raise Refusal("method_not_supported_for_channel_type")
    person = space.people.get(users[0])
    if person is None:
        raise Refusal("user_not_found")
    if person is space.bot:
        raise Refusal("cannot_dm_bot")
    if person.deleted:
        raise Refusal("user_disabled")
    if person.guest == "hidden":
        raise Refusal("user_not_visible")
    known = any(one.kind == "im" and person.id in one.members for one in space.channels.values())
    channel = space.direct(person.id)
    found = channel.body(space.bot.id) if ask.flag("return_im") else {"id": channel.id}
    return {"channel": found, **({"no_op": True, "already_open": True} if known else {})}


def _chosen(ask: Asked, found: list[Message]) -> list[Message]:
    oldest, latest = ask.text("oldest", "0"), ask.text("latest")
    inclusive = ask.flag("inclusive")

    def inside(ts: str) -> bool:
        low = float(ts) >= float(oldest) if inclusive else float(ts) > float(oldest)
        high = not latest or (float(ts) <= float(latest) if inclusive else float(ts) < float(latest))
        return low and high
    try:
        return [one for one in found if inside(one.ts)]
    except ValueError:
        raise Refusal("invalid_ts_latest" if latest else "invalid_ts_oldest") from None


def _told(ask: Asked, channel: Channel, found: list[Message]) -> Json:
    with_metadata = ask.flag("include_all_metadata")
    bodies = [ask.back.space.body(channel, one, metadata=with_metadata) for one in found]
    limited = ask.back.options.history_limited
    page, more = ask.page(bodies, default=15 if limited else 100, most=15 if limited else 999)
    has_more = bool(more["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": has_more, **(more if has_more else {})}


@method("conversations.history", TIER3, _HISTORY)
def history(ask: Asked) -> Json:
    channel = ask.channel(scopes=HISTORY)
    found = [one for one in channel.messages.values() if not one.deleted and one.thread in {"", one.ts}]
    return {**_told(ask, channel, list(reversed(_chosen(ask, found)))), "pin_count": len(channel.pins)}


@method("conversations.replies", TIER3, _HISTORY)
def replies(ask: Asked) -> Json:
    channel = ask.channel(scopes=HISTORY)
    parent = channel.messages.get(ask.need("ts"))
    if parent is None or (parent.deleted and not channel.thread(parent.ts)):
        raise Refusal("thread_not_found")
    found = [] if parent.deleted else [parent]
    return _told(ask, channel, found + _chosen(ask, channel.thread(parent.ts)))
