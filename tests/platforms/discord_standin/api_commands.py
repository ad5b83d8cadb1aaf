"""Application commands over REST: reading, writing one by one or all at once; creations are counted per day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.platforms.discord_standin import check_commands
from tests.platforms.discord_standin.refusals import Refused, unknown
from tests.platforms.discord_standin.router import Request, route
from tests.platforms.discord_standin.things import Json

_KEYS = ("type", "name", "name_localizations", "description", "description_localizations", "options", "default_member_permissions",
         "dm_permission", "nsfw", "contexts", "integration_types")


def _shelf(call: Request) -> dict[str, Json]:
    if call.params["application_id"] != call.back.guild.application_id:
        raise Refused(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" in call.params:
        call.guild_there()
        return call.back.commands.in_guild
    return call.back.commands.globally


def _made(call: Request, given: Json, old: Json | None) -> Json:
    """The command object; a new one counts for the day."""
    back, guild = call.back, call.back.guild
    if old is None:
        now = back.clock.now()
        back.commands.created = [one for one in back.commands.created if now - one < timedelta(days=1)]
        if len(back.commands.created) >= back.options.creates_per_day:
            raise Refused(400, 30034, f"Max number of daily application command creates has been reached ({back.options.creates_per_day})")
        back.commands.created.append(now)
    found: Json = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False, "integration_types": [0],
                   "contexts": None, "dm_permission": True, "options": []}
    found |= {name: given[name] for name in _KEYS if given.get(name) is not None}
    same = old is not None and all(old[name] == value for name, value in found.items())
    found |= {"id": old["id"] if old else guild.flakes.new(), "application_id": guild.application_id}
    found["version"] = old["version"] if old is not None and same else guild.flakes.new()
    if "guild_id" in call.params:
        found["guild_id"] = guild.id
    return found


def _old(shelf: dict[str, Json], given: Json) -> Json | None:
    return next((one for one in shelf.values() if (one["type"], one["name"]) == (given.get("type", 1), given.get("name"))), None)


def listed(call: Request) -> list[Json]:
    """All commands."""
    return list(_shelf(call).values())


def overwrite(call: Request) -> list[Json]:
    """Take this list for all commands."""
    shelf = _shelf(call)
    given = check_commands.checked(call.body)
    made = [_made(call, one, _old(shelf, one)) for one in given]
    call.back.commands.writes += 1
    shelf.clear()
    shelf.update({one["id"]: one for one in made})
    return made


def upsert(call: Request) -> Json:
    """Make one command, or write over the one of this name."""
    shelf = _shelf(call)
    given = check_commands.one(call.json)
    old = _old(shelf, given)
    kind = given.get("type", 1)
    if old is None and sum(one["type"] == kind for one in shelf.values()) >= check_commands.MOST[kind]:
        raise Refused(400, 30032, f"Maximum number of application commands reached ({check_commands.MOST[kind]})")
    made = _made(call, given, old)
    shelf[made["id"]] = made
    call.back.commands.writes += 1
    call.status = 200 if old else 201
    return made


def _one(call: Request) -> Json:
    found = _shelf(call).get(call.params["command_id"])
    if found is None:
        raise unknown("command")
    return found


def get(call: Request) -> Json:
    """One command."""
    return _one(call)


def edit(call: Request) -> Json:
    """Change one command."""
    old = _one(call)
    made = _made(call, check_commands.one(old | call.json), old)
    _shelf(call)[old["id"]] = made
    call.back.commands.writes += 1
    return made


def delete(call: Request) -> None:
    """Delete one command."""
    found = _one(call)
    del _shelf(call)[found["id"]]
    call.back.commands.writes += 1


def _enter() -> None:
    runs: tuple[tuple[str, str, Any], ...] = (
        ("GET", "", listed), ("PUT", "", overwrite), ("POST", "", upsert), ("GET", "/{command_id}", get),
        ("PATCH", "/{command_id}", edit), ("DELETE", "/{command_id}", delete))
    for place in ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands"):
        for method, rest, run in runs:
            route(method, place + rest, limit=50 if method == "GET" else 5, seconds=1.0 if method == "GET" else 20.0)(run)


_enter()

