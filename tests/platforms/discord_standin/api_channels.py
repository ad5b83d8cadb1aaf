"""Channels over REST: making, changing, deleting, overwrites; with the caps of categories and guilds."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.discord_standin import api_threads, bits, payloads
from tests.platforms.discord_standin.refusals import Form, Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import CATEGORY, DM, NEWS, TEXT, Channel, Json, Overwrite

_PLAIN = re.compile(r"[!\"#$%&'()*+,./:;<=>?@\[\\\]^`{|}~]")


def normal(name: str, kind: int) -> str:
    """A channel's name as Discord keeps it: text channels are lower case, with dashes for blanks."""
    if kind not in {TEXT, NEWS}:
        return name.strip()
    return re.sub(r"-{2,}", "-", _PLAIN.sub("", re.sub(r"\s+", "-", name.strip()).lower())) or "-"


def overwrites(call: Request, form: Form, given: Any) -> list[Overwrite]:
    """Overwrites of a request body, with the form errors they have."""
    found: list[Overwrite] = []
    for i, one in enumerate(form.count("permission_overwrites", given, 0, 1000)):
        form.choice(f"permission_overwrites.{i}.type", int(one.get("type", -1)), {0, 1})
        try:
            found.append(Overwrite(str(one["id"]), int(one["type"]), int(one.get("allow") or 0), int(one.get("deny") or 0)))
        except (KeyError, ValueError):
            form.wrong(f"permission_overwrites.{i}", "PERMISSION_TYPE_INVALID", "Invalid permissions")
    return found


def granted(call: Request, found: list[Overwrite], holds: int) -> None:
    """Refuse overwrites with bits that the bot does not hold, MANAGE_ROLES, or for nobody."""
    guild = call.back.guild
    for one in found:
        known = one.id in guild.roles if one.type == 0 else one.id in guild.people
        if not known:
            raise unknown("overwrite")
        touched = one.allow | one.deny
        if touched & ~holds or (touched & bits.MANAGE_ROLES and holds != bits.ALL):
            raise Refused(403, 50013, "Missing Permissions")


def room_in(call: Request, parent: str, *, own: str = "") -> None:
    """Refuse a category that is none, or full; with either of the two codes that Discord uses."""
    if not parent:
        return
    guild, caps = call.back.guild, call.back.caps
    category = guild.channels.get(parent)
    form = Form()
    if category is None or category.deleted or category.type != CATEGORY:
        form.wrong("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
        form.done()
    inside = [one for one in guild.places() if one.parent_id == parent and one.id != own]
    if len(inside) >= caps["per_category"]:
        if caps["category_code"] == 30013:
            raise Refused(400, 30013, f"Maximum number of channels in category reached ({caps['per_category']})")
        form.wrong("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", f"Maximum number of channels in category reached ({caps['per_category']})")
        form.done()


@route("POST", "/guilds/{guild_id}/channels", limit=10, seconds=10.0)
def create(call: Request) -> Json:
    """Make a channel or a category, with its overwrites in the same step."""
    call.guild_there()
    call.need("manage_channels")
    guild, body = call.back.guild, call.json
    form = Form()
    name = form.length("name", body.get("name"), 1, 100)
    kind = body.get("type", TEXT)
    form.choice("type", kind, {TEXT, 2, CATEGORY, NEWS, 13, 15})
    if body.get("topic") is not None:
        form.length("topic", body["topic"], 0, 1024)
    given = None if body.get("permission_overwrites") is None else overwrites(call, form, body["permission_overwrites"])
    parent = str(body.get("parent_id") or "")
    if parent and kind == CATEGORY:
        form.wrong("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Categories cannot have subcategories")
    form.done()
    granted(call, given or [], bits.base(guild, call.bot))
    if parent in guild.channels and not guild.may(call.bot, guild.channels[parent]) & bits.MANAGE_CHANNELS:
        raise Refused(403, 50013, "Missing Permissions")
    if len(guild.places()) >= call.back.caps["per_guild"]:
        raise Refused(400, 30013, f"Maximum number of guild channels reached ({call.back.caps['per_guild']})")
    room_in(call, parent)
    made = guild.create(kind, normal(name, kind), parent=parent, topic=str(body.get("topic") or ""), overwrites=given or None,
                        position=body.get("position"), nsfw=bool(body.get("nsfw")), slow=int(body.get("rate_limit_per_user") or 0))
    call.status = 201
    return payloads.channel(guild, made)


@route("GET", "/guilds/{guild_id}/channels")
def all_of(call: Request) -> list[Json]:
    """Every channel of the guild, hidden ones too; no threads."""
    call.guild_there()
    return [payloads.channel(call.back.guild, one) for one in call.back.guild.places()]


@route("GET", "/channels/{channel_id}")
def get(call: Request) -> Json:
    """One channel or thread, archived ones too."""
    return payloads.channel(call.back.guild, call.channel())


@route("PATCH", "/channels/{channel_id}", limit=10, seconds=10.0)
def edit(call: Request) -> Json:
    """Change a channel or a thread."""
    found, guild = call.channel(), call.back.guild
    if found.type == DM:
        raise Refused(403, 50003, "Cannot execute action on a DM channel")
    if found.is_thread:
        return api_threads.edit(call, found)
    call.channel("manage_channels")
    body, form = call.json, Form()
    renames = [name for name in ("name", "topic") if name in body and body[name] != getattr(found, name)]
    if "name" in body:
        form.length("name", body["name"], 1, 100)
    if body.get("topic") is not None:
        form.length("topic", body["topic"], 0, 1024)
    given = None if body.get("permission_overwrites") is None else overwrites(call, form, body["permission_overwrites"])
    form.done()
    if given is not None:
        call.channel("manage_roles")
        _changed(call, found, given)
    if "parent_id" in body:
        room_in(call, str(body["parent_id"] or ""), own=found.id)
    if renames:
        call.back.limits.rename(found.id)
    if given is not None:
        found.overwrites = {one.id: one for one in given}
    if "name" in body:
        found.name = normal(body["name"], found.type)
    found.topic = str(body.get("topic", found.topic) or "")
    found.parent_id = str(body.get("parent_id", found.parent_id) or "")
    found.position = int(body.get("position") or found.position)
    found.slow = int(body.get("rate_limit_per_user") or found.slow)
    found.nsfw = bool(body.get("nsfw", found.nsfw))
    guild.changed(found)
    return payloads.channel(guild, found)


def _changed(call: Request, found: Channel, given: list[Overwrite]) -> None:
    """Refuse changes of bits that the bot holds neither in the guild nor in the category; what stays as it was is free."""
    guild = call.back.guild
    holds = bits.base(guild, call.bot)
    parent = guild.channels.get(found.parent_id)
    if parent is not None:
        holds |= guild.may(call.bot, parent)
    for one in given:
        old = found.overwrites.get(one.id, Overwrite(one.id, one.type))
        granted(call, [Overwrite(one.id, one.type, one.allow ^ old.allow, one.deny ^ old.deny)], holds)
    for gone in set(found.overwrites) - {one.id for one in given}:
        old = found.overwrites[gone]
        if (old.allow | old.deny) & ~holds:
            raise Refused(403, 50013, "Missing Permissions")


@route("DELETE", "/channels/{channel_id}", limit=10, seconds=10.0)
def delete(call: Request) -> Json:
    """Delete a channel or a thread; a direct conversation is only closed."""
    found, guild = call.channel(), call.back.guild
    if found.type != DM:
        call.channel("manage_threads" if found.is_thread else "manage_channels")
        body = payloads.channel(guild, found)
        guild.remove(found)
        return body
    return payloads.channel(guild, found)


@route("PUT", "/channels/{channel_id}/permissions/{target}", limit=10, seconds=10.0)
def put_overwrite(call: Request) -> None:
    """Set the overwrite of one role or member."""
    found = call.channel("manage_roles")
    if found.type == DM or found.is_thread:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    body, form = call.json, Form()
    given = overwrites(call, form, [{**body, "id": call.params["target"]}])
    form.done()
    _changed(call, found, [*(one for one in found.overwrites.values() if one.id != given[0].id), given[0]])
    found.overwrites[given[0].id] = given[0]
    call.back.guild.changed(found)


@route("DELETE", "/channels/{channel_id}/permissions/{target}", limit=10, seconds=10.0)
def delete_overwrite(call: Request) -> None:
    """Take the overwrite of one role or member away."""
    found = call.channel("manage_roles")
    if call.params["target"] not in found.overwrites:
        raise unknown("overwrite")
    _changed(call, found, [one for one in found.overwrites.values() if one.id != call.params["target"]])
    del found.overwrites[call.params["target"]]
    call.back.guild.changed(found)
