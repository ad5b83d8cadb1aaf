"""The app as Slack has to know it: which scopes and events the bot uses, each with its reason.

Decides what is asked for, and nothing more. The manifest is printed for a person to paste; `adapter.py` compares the scopes
with those that the token has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

SCOPES = {
    "chat:write": "say things in channels and direct messages",
    "commands": "/vdp and the message shortcut",
    "im:history": "read reports in direct messages, also those sent while the bot was away",
    "im:read": "know which direct messages there are",
    "im:write": "write to somebody first, such as a triager",
    "groups:write": "make a private channel for each report, with exactly its roster, and archive it",
    "groups:read": "compare a channel's members with the roster",
    "groups:history": "look whether a message was posted before posting it again",
    "channels:read": "find the channel of the hall of fame",
    "channels:history": "look whether an announcement was posted before posting it again",
    "files:read": "fetch an encrypted report that was sent as a file",
    "files:write": "share long texts and the picture of the digest",
}
EVENTS = {
    "message.im": "what people write to the bot",
    "app_home_opened": "the Home tab",
    "member_joined_channel": "somebody was added to a channel by hand",
    "member_left_channel": "somebody left a channel",
    "group_rename": "a channel of ours was renamed",
    "group_archive": "a channel of ours was archived by hand",
    "group_left": "the bot was removed from a channel",
    "app_uninstalled": "the app was removed",
    "tokens_revoked": "the token was taken away",
}


def missing(granted: str) -> list[str]:
    """Return the scopes that are not among those of Slack's header, a list with commas."""
    have = {one.strip() for one in granted.split(",")}
    return [one for one in SCOPES if one not in have]


def shape(*, url: str = "") -> dict[str, Any]:
    """Return the manifest; `url` is where the bot takes requests by HTTP, nothing for Socket Mode."""
    where = {"request_url": f"{url.rstrip('/')}/slack/events"} if url else {}
    return {
        "display_information": {
            "name": "Harborlight", "description": "Private reports of flaws in AI systems", "background_color": "#1d2b53",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "harborlight", "always_online": True},
            "slash_commands": [{
                "command": "/vdp", "description": "Work on a report", "usage_hint": "queue, show, help", "should_escape": True,
                **({"url": where["request_url"]} if where else {}),
            }],
            "shortcuts": [{
                "name": "Add to report", "type": "message", "callback_id": "add_to_report",
                "description": "Keep this message as a note of the report",
            }],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**where, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **where},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def manifest(*, url: str = "") -> str:
    """Return the manifest as YAML, with the reason beside each scope and event."""
    return "\n".join(_yaml(shape(url=url))) + "\n"


def _yaml(found: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _yaml(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{name}:"
            for one in value:
                if isinstance(one, dict):
                    first, *rest = _yaml(one, indent + "    ")
                    yield f"{indent}  - {first.strip()}"
                    yield from rest
                else:
                    yield f"{indent}  - {one}  # {SCOPES.get(one) or EVENTS[one]}"
        else:
            yield f"{indent}{name}: {json.dumps(value)}"
