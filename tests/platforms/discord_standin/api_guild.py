"""The bot itself, the guild, its members and roles over REST; and opening direct conversations."""

from __future__ import annotations

from tests.platforms.discord_standin import bits, payloads
from tests.platforms.discord_standin.refusals import Form, Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import Json


@route("GET", "/users/@me")
def me(call: Request) -> Json:
    """The bot's own user."""
    return payloads.user(call.bot) | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None}


@route("GET", "/users/{user_id}")
def user(call: Request) -> Json:
    """Any user."""
    found = call.back.guild.people.get(call.params["user_id"])
    if found is None:
        raise unknown("user")
    return payloads.user(found)


@route("GET", "/users/@me/guilds")
def guilds(call: Request) -> list[Json]:
    """The guilds that the bot is in."""
    guild = call.back.guild
    found: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False, "features": [],
             "permissions": str(bits.base(guild, call.bot)), "approximate_member_count": len(guild.people)}
    return [found] if guild.present else []


@route("DELETE", "/users/@me/guilds/{guild_id}")
def leave(call: Request) -> None:
    """Leave the guild."""
    call.guild_there()
    call.back.guild.tell("GUILD_DELETE", None, data={"id": call.back.guild.id})
    call.back.guild.present = False


@route("POST", "/users/@me/channels", limit=10, seconds=10.0)
def open_direct(call: Request) -> Json:
    """Open a direct conversation, or return the one there is; closed ones are found out by writing."""
    form = Form()
    who = form.length("recipient_id", None if call.json.get("recipient_id") is None else str(call.json["recipient_id"]), 1, 20)
    form.done()
    guild = call.back.guild
    person = guild.people.get(who)
    if person is None:
        form.wrong("recipient_id", "USER_INVALID", "Invalid Recipient(s)")
        raise Refused(400, 50033, "Invalid Recipient(s)")
    if person.bot:
        raise Refused(400, 50007, "Cannot send messages to this user")
    return payloads.channel(guild, guild.direct(who))


@route("GET", "/oauth2/applications/@me")
@route("GET", "/applications/@me")
def application(call: Request) -> Json:
    """The application that the bot belongs to."""
    return payloads.application(call.back.guild, call.back.flags)


@route("GET", "/gateway/bot")
def gateway(call: Request) -> Json:
    """Where the gateway is, and how many IDENTIFY are left today."""
    left = 1000 - call.back.gateway.counts["identifies"]
    return {"url": f"ws://{call.back.host}/gateway/", "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": max(0, left), "reset_after": 86_400_000, "max_concurrency": 1}}


@route("GET", "/gateway", free=True)
def open_gateway(call: Request) -> Json:
    """Where the gateway is."""
    return {"url": f"ws://{call.back.host}/gateway/"}


@route("GET", "/guilds/{guild_id}")
def guild(call: Request) -> Json:
    """The guild."""
    call.guild_there()
    found = payloads.guild_body(call.back.guild)
    if call.query.get("with_counts") in {"1", "true"}:
        count = sum(one.in_guild for one in call.back.guild.people.values())
        found |= {"approximate_member_count": count, "approximate_presence_count": count}
    return found


@route("GET", "/guilds/{guild_id}/roles")
def roles(call: Request) -> list[Json]:
    """The roles."""
    call.guild_there()
    return [payloads.role(one) for one in call.back.guild.roles.values()]


@route("GET", "/guilds/{guild_id}/roles/{role_id}")
def role(call: Request) -> Json:
    """One role."""
    call.guild_there()
    found = call.back.guild.roles.get(call.params["role_id"])
    if found is None:
        raise unknown("role")
    return payloads.role(found)


@route("GET", "/guilds/{guild_id}/members/{user_id}", limit=5, seconds=2.0)
def member(call: Request) -> Json:
    """One member."""
    call.guild_there()
    found = call.back.guild.people.get(call.params["user_id"])
    if found is None:
        raise unknown("user")
    if not found.in_guild:
        raise unknown("member")
    return payloads.member(call.back.guild, found)


@route("GET", "/guilds/{guild_id}/members", limit=10, seconds=10.0)
def members(call: Request) -> list[Json]:
    """All members; with the privileged intent only."""
    call.guild_there()
    if "members" not in call.back.approved:
        raise Refused(403, 50001, "Missing Access")
    limit, after = call.number("limit", 1, 1, 1000), int(call.query.get("after") or 0)
    found = sorted((one for one in call.back.guild.people.values() if one.in_guild and int(one.id) > after), key=lambda one: int(one.id))
    return [payloads.member(call.back.guild, one) for one in found[:limit]]


@route("GET", "/guilds/{guild_id}/members/search", limit=10, seconds=10.0)
def search(call: Request) -> list[Json]:
    """Members whose name begins with the query."""
    call.guild_there()
    word = call.query.get("query", "").lower()
    found = [one for one in call.back.guild.people.values() if one.in_guild and word and one.name.lower().startswith(word)]
    return [payloads.member(call.back.guild, one) for one in found[: call.number("limit", 1, 1, 1000)]]


@route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", limit=10, seconds=10.0)
def give_role(call: Request) -> None:
    """Give a member a role below the bot's own."""
    _role(call, give=True)


@route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", limit=10, seconds=10.0)
def take_role(call: Request) -> None:
    """Take a role from a member."""
    _role(call, give=False)


def _role(call: Request, *, give: bool) -> None:
    call.guild_there()
    call.need("manage_roles")
    guild = call.back.guild
    person, found = guild.people.get(call.params["user_id"]), guild.roles.get(call.params["role_id"])
    if person is None or not person.in_guild:
        raise unknown("member")
    if found is None:
        raise unknown("role")
    if found.managed_by or found.position >= max(guild.roles[one].position for one in call.bot.roles):
        raise Refused(403, 50013, "Missing Permissions")
    if give and found.id not in person.roles:
        person.roles.append(found.id)
    elif not give and found.id in person.roles:
        person.roles.remove(found.id)
    guild.tell("GUILD_MEMBER_UPDATE", None, data=payloads.member(guild, person) | {"guild_id": guild.id})
