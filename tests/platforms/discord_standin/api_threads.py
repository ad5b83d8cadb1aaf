"""Threads over REST: opening, members, locking and archiving, lists; with the caps of active threads and members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.platforms.discord_standin import bits, payloads
from tests.platforms.discord_standin.names import stamp
from tests.platforms.discord_standin.refusals import Form, Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import NEWS, PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel, Json

ARCHIVE = {60, 1440, 4320, 10080}


def _form(body: Json, *, needs_name: bool) -> None:
    form = Form()
    if needs_name or "name" in body:
        form.length("name", body.get("name"), 1, 100)
    if body.get("auto_archive_duration") is not None:
        form.choice("auto_archive_duration", body["auto_archive_duration"], ARCHIVE)
    form.done()


@route("POST", "/channels/{channel_id}/threads", limit=50, seconds=300.0)
def start(call: Request) -> Json:
    """Open a thread without a message: private ones only in text channels."""
    parent, body, guild = call.channel(), call.json, call.back.guild
    if parent.type not in {TEXT, NEWS}:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    _form(body, needs_name=True)
    kind = body.get("type", PRIVATE_THREAD)
    form = Form()
    form.choice("type", kind, {PUBLIC_THREAD, PRIVATE_THREAD} if parent.type == TEXT else {10})
    form.done()
    call.channel("create_private_threads" if kind == PRIVATE_THREAD else "create_public_threads")
    _room(call)
    made = guild.start_thread(parent, kind, body["name"], call.bot.id, auto_archive=int(body.get("auto_archive_duration") or 4320),
                              invitable=bool(body.get("invitable", True)))
    call.status = 201
    return payloads.channel(guild, made)


@route("POST", "/channels/{channel_id}/messages/{message_id}/threads", limit=50, seconds=300.0)
def start_on(call: Request) -> Json:
    """Open a public thread on a message."""
    parent, body, guild = call.channel("create_public_threads"), call.json, call.back.guild
    message = call.message(parent)
    _form(body, needs_name=True)
    if message.id in guild.channels:
        raise Refused(400, 160004, "A thread has already been created for this message")
    _room(call)
    made = guild.start_thread(parent, PUBLIC_THREAD, body["name"], call.bot.id)
    del guild.channels[made.id]
    made.id = message.id
    guild.channels[made.id] = made
    call.status = 201
    return payloads.channel(guild, made)


def _room(call: Request) -> None:
    if len(call.back.guild.threads()) >= call.back.caps["active_threads"]:
        raise Refused(400, 160006, "Maximum number of active threads reached")


def edit(call: Request, thread: Channel) -> Json:
    """Change a thread; an archived one has to be opened first or in the same step."""
    guild, body = call.back.guild, call.json
    may = guild.may(call.bot, thread)
    moderator = bool(may & bits.MANAGE_THREADS)
    _form(body, needs_name=False)
    if thread.archived and body.get("archived") is not False:
        raise Refused(400, 50083, "Thread is archived")
    if not moderator:
        opening = set(body) <= {"archived", "auto_archive_duration"} and not thread.locked and bool(may & bits.SEND)
        own = thread.owner_id == call.bot.id and not thread.locked and "locked" not in body
        if not opening and not own:
            raise Refused(403, 50013, "Missing Permissions")
    if thread.archived and body.get("archived") is False:
        _room(call)
    thread.name = str(body.get("name") or thread.name)
    thread.locked = bool(body.get("locked", thread.locked))
    if thread.type == PRIVATE_THREAD:
        thread.invitable = bool(body.get("invitable", thread.invitable))
    thread.auto_archive = int(body.get("auto_archive_duration") or thread.auto_archive)
    if bool(body.get("archived", thread.archived)) != thread.archived:
        thread.archived, thread.archive_at = not thread.archived, call.back.clock.now()
    guild.changed(thread)
    return payloads.channel(guild, thread)


def _thread(call: Request) -> Channel:
    found = call.channel()
    if not found.is_thread:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    return found


@route("PUT", "/channels/{channel_id}/thread-members/{user_id}", limit=10, seconds=10.0)
def add_member(call: Request) -> None:
    """Add a member: the bot itself (@me), or somebody who sees the parent channel."""
    thread, guild = _thread(call), call.back.guild
    if thread.archived:
        raise Refused(400, 50083, "Thread is archived")
    who = call.bot.id if call.params["user_id"] == "@me" else call.params["user_id"]
    person = guild.people.get(who)
    if person is None:
        raise unknown("user")
    parent = guild.channels[thread.parent_id]
    if not person.in_guild or not guild.may(person, parent) & bits.VIEW:
        raise Refused(403, 50001, "Missing Access")
    may = guild.may(call.bot, thread)
    closed = thread.type == PRIVATE_THREAD and not thread.invitable and thread.owner_id != call.bot.id
    if not may & bits.SEND or (closed and not may & bits.MANAGE_THREADS):
        raise Refused(403, 50013, "Missing Permissions")
    if who not in thread.members and len(thread.members) >= call.back.caps["thread_members"]:
        raise Refused(400, 30033, f"Maximum number of thread participants has been reached ({call.back.caps['thread_members']})")
    guild.join_thread(thread, who)


@route("DELETE", "/channels/{channel_id}/thread-members/{user_id}", limit=10, seconds=10.0)
def remove_member(call: Request) -> None:
    """Take a member out; others only with MANAGE_THREADS, or from a private thread of one's own."""
    thread, guild = _thread(call), call.back.guild
    if thread.archived:
        raise Refused(400, 50083, "Thread is archived")
    who = call.bot.id if call.params["user_id"] == "@me" else call.params["user_id"]
    own = thread.type == PRIVATE_THREAD and thread.owner_id == call.bot.id
    if who != call.bot.id and not own and not guild.may(call.bot, thread) & bits.MANAGE_THREADS:
        raise Refused(403, 50013, "Missing Permissions")
    if who not in thread.members:
        raise unknown("member")
    guild.leave_thread(thread, who)


@route("GET", "/channels/{channel_id}/thread-members/{user_id}")
def member(call: Request) -> Json:
    """One membership."""
    thread = _thread(call)
    if call.params["user_id"] not in thread.members:
        raise unknown("member")
    return payloads.thread_member(thread, call.params["user_id"])


@route("GET", "/channels/{channel_id}/thread-members")
def members(call: Request) -> list[Json]:
    """All memberships; with the privileged intent only."""
    thread = _thread(call)
    if "members" not in call.back.approved:
        raise Refused(403, 50001, "Missing Access")
    return [payloads.thread_member(thread, one) for one in thread.members]


def _listed(call: Request, keep: Callable[[Channel], bool], *, by_id: bool = False) -> Json:
    parent, guild = call.channel("read_message_history"), call.back.guild
    limit = call.number("limit", 50, 2, 100)
    found = [one for one in guild.threads(archived=True) if one.parent_id == parent.id and keep(one)]
    found.sort(key=lambda one: int(one.id) if by_id else (one.archive_at or one.made or guild.made).timestamp(), reverse=True)
    before = call.query.get("before")
    if before:
        found = [one for one in found if (int(one.id) < int(before) if by_id else stamp(one.archive_at or guild.made) < before)]
    return _page(call, found[:limit]) | {"has_more": len(found) > limit}


def _page(call: Request, found: list[Channel]) -> Json:
    guild = call.back.guild
    mine = [payloads.thread_member(one, call.bot.id) for one in found if call.bot.id in one.members]
    return {"threads": [payloads.channel(guild, one) for one in found], "members": mine}


@route("GET", "/channels/{channel_id}/threads/archived/public")
def archived_public(call: Request) -> Json:
    """Archived public threads."""
    return _listed(call, lambda one: one.type == PUBLIC_THREAD)


@route("GET", "/channels/{channel_id}/threads/archived/private")
def archived_private(call: Request) -> Json:
    """Archived private threads; needs MANAGE_THREADS."""
    call.channel("manage_threads")
    return _listed(call, lambda one: one.type == PRIVATE_THREAD)


@route("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
def archived_mine(call: Request) -> Json:
    """Archived private threads that the bot is in."""
    return _listed(call, lambda one: one.type == PRIVATE_THREAD and call.bot.id in one.members, by_id=True)


@route("GET", "/guilds/{guild_id}/threads/active")
def active(call: Request) -> Any:
    """Active threads that the bot sees."""
    call.guild_there()
    return _page(call, [one for one in call.back.guild.threads() if call.back.guild.bot_sees(one)])
