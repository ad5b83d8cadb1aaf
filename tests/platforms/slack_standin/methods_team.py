"""Who is there and who asks: auth, apps, users, user groups, bots, the team, OAuth."""

from __future__ import annotations

from tests.platforms.slack_standin.api import SPECIAL, Asked, method
from tests.platforms.slack_standin.limits import TIER2, TIER3, TIER4
from tests.platforms.slack_standin.names import secret
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import APP, DOMAIN, TEAM, Json, Person


@method("api.test", SPECIAL, token="none")
def api_test(ask: Asked) -> Json:
    if ask.text("error"):
        raise Refusal(ask.text("error"))
    return {"args": ask.args}


@method("auth.test", SPECIAL)
def auth_test(ask: Asked) -> Json:
    me = ask.back.space.bot
    return {"url": f"{ask.back.base}/", "team": "Standin", "user": me.name, "team_id": TEAM, "user_id": me.id,
            "bot_id": ask.back.space.bot_id, "is_enterprise_install": False}


@method("auth.revoke", TIER3)
def auth_revoke(ask: Asked) -> Json:
    ask.back.tokens.state = "revoked"
    return {"revoked": True}


@method("apps.connections.open", TIER3, token="app")
def connections_open(ask: Asked) -> Json:
    if ask.back.tokens.state == "gone" or ask.back.options.mode != "socket":
        raise Refusal("forbidden_team")
    return {"url": ask.back.sockets.ticket(ask.back.host)}


@method("bots.info", TIER3, "users:read")
def bots_info(ask: Asked) -> Json:
    space = ask.back.space
    if ask.need("bot") != space.bot_id:
        raise Refusal("bot_not_found")
    return {"bot": {"id": space.bot_id, "app_id": APP, "user_id": space.bot.id, "name": space.bot.name, "deleted": False,
                    "updated": 0, "icons": {}}}


@method("team.info", TIER3, "team:read")
def team_info(ask: Asked) -> Json:
    return {"team": {"id": TEAM, "name": "Standin", "domain": DOMAIN, "email_domain": "example.org", "icon": {}}}


def _body(ask: Asked, person: Person) -> Json:
    return person.body(email="users:read.email" in ask.back.manifest.scopes)


@method("users.info", TIER4, "users:read")
def users_info(ask: Asked) -> Json:
    found = ask.back.space.people.get(ask.need("user"))
    if found is None:
        raise Refusal("user_not_found")
    if found.guest == "hidden":
        raise Refusal("user_not_visible")
    return {"user": _body(ask, found)}


@method("users.list", TIER2, "users:read")
def users_list(ask: Asked) -> Json:
    found, more = ask.page([_body(ask, one) for one in ask.back.space.people.values()], default=200)
    return {"members": found, "cache_ts": ask.back.clock.seconds(), **more}


@method("users.lookupByEmail", TIER3, "users:read.email")
def lookup_by_email(ask: Asked) -> Json:
    email = ask.need("email").lower()
    for one in ask.back.space.people.values():
        if one.email.lower() == email and not one.deleted and not one.is_bot:
            return {"user": _body(ask, one)}
    raise Refusal("users_not_found")


@method("usergroups.list", TIER2, "usergroups:read")
def usergroups_list(ask: Asked) -> Json:
    if ask.back.options.free_plan:
        raise Refusal("plan_upgrade_required")
    return {"usergroups": list(ask.back.groups)}


@method("usergroups.users.list", TIER2, "usergroups:read")
def usergroups_users(ask: Asked) -> Json:
    if ask.back.options.free_plan:
        raise Refusal("plan_upgrade_required")
    for one in ask.back.groups:
        if one["id"] == ask.need("usergroup"):
            return {"users": list(one["users"])}
    raise Refusal("no_such_subteam")


@method("oauth.v2.access", SPECIAL, token="none")
def oauth(ask: Asked) -> Json:
    tokens = ask.back.tokens
    if not ask.text("client_id"):
        raise Refusal("invalid_client_id")
    if ask.text("grant_type") == "refresh_token":
        if ask.text("refresh_token") not in tokens.refreshes:
            raise Refusal("invalid_refresh_token")
        tokens.refreshes.discard(ask.text("refresh_token"))
    elif ask.text("code") in tokens.codes:
        tokens.codes.discard(ask.text("code"))
    else:
        raise Refusal("invalid_code")
    refresh = f"xoxe-1-{secret()}"
    tokens.refreshes.add(refresh)
    return {"access_token": tokens.bot, "token_type": "bot", "scope": ",".join(sorted(ask.back.manifest.scopes)),
            "bot_user_id": ask.back.space.bot.id, "app_id": APP, "team": {"id": TEAM, "name": "Standin"}, "enterprise": None,
            "authed_user": {"id": ask.back.first_person.id}, "refresh_token": refresh, "expires_in": 43_200,
            "is_enterprise_install": False}
