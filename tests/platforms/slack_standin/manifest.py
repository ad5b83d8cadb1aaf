"""What the app asked for when it was installed: scopes, events, commands, shortcuts, tabs.

The default is the manifest that the bot needs: no canvases, bookmarks, pins or user groups. `FULL` has those as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

SCOPES = frozenset({
    "chat:write", "commands", "im:history", "im:read", "im:write", "groups:write", "groups:read",
    "groups:history", "channels:read", "files:read", "files:write", "users:read", "users:read.email",
    "team:read", "reactions:write", "app_mentions:read",
})
EXTRAS = frozenset(["usergroups:read", "pins:write", "bookmarks:read", "bookmarks:write", "canvases:write"])
EVENTS = frozenset({
    "message.im", "message.groups", "app_home_opened", "app_mention", "member_joined_channel",
    "member_left_channel", "group_archive", "group_unarchive", "group_rename", "group_deleted", "group_left",
    "app_uninstalled", "tokens_revoked",
})

# What an event needs besides its subscription: Slack does not send it without the scope.
EVENT_SCOPES = {
    "message.im": "im:history",
    "message.groups": "groups:history",
    "message.channels": "channels:history",
    "app_mention": "app_mentions:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "group_rename": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "file_shared": "files:read",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of an app manifest that change how Slack behaves."""

    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: tuple[str, ...] = ("/vdp",)
    escaping: frozenset[str] = frozenset({"/vdp"})
    shortcuts: tuple[tuple[str, str], ...] = (("message", "add_to_report"),)
    home_tab: bool = True
    messages_tab: bool = True
    read_only: bool = False
    interactivity: bool = True

    def hears(self, event: str) -> bool:
        """Whether the app is told about this kind of event."""
        needs = EVENT_SCOPES.get(event)
        return event in self.events and (needs is None or needs in self.scopes)


DEFAULT = Manifest()
FULL = replace(DEFAULT, scopes=SCOPES | EXTRAS)


def read(given: dict[str, Any]) -> Manifest:
    """The manifest in Slack's own shape (parsed YAML or JSON); missing parts are off, as in Slack."""
    features = given.get("features") or {}
    settings = given.get("settings") or {}
    home = features.get("app_home") or {}
    commands = features.get("slash_commands") or []
    return Manifest(
        scopes=frozenset(((given.get("oauth_config") or {}).get("scopes") or {}).get("bot") or ()),
        events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or ()),
        commands=tuple(one["command"] for one in commands),
        escaping=frozenset(one["command"] for one in commands if one.get("should_escape")),
        shortcuts=tuple((one["type"], one["callback_id"]) for one in features.get("shortcuts") or ()),
        home_tab=bool(home.get("home_tab_enabled")),
        messages_tab=bool(home.get("messages_tab_enabled")),
        read_only=bool(home.get("messages_tab_read_only_enabled", True)),
        interactivity=bool((settings.get("interactivity") or {}).get("is_enabled")),
    )
