"""The hands of a test: people who act, faults, and everything there is to see. The same in and out of the process.

Reading and switching is immediate (`discord.calls(...)`); whatever people do, and whatever ends connections, is awaited.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any, TypeVar

from tests.platforms.discord_standin.seen import Answered, Call, Json, Posted, Room, Told
from tests.platforms.discord_standin.someone import Someone, packed
from tests.platforms.slack_standin.someone import Wire

T = TypeVar("T")


class Discord:
    """The stand-in in a test's hands."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        facts = wire.ask("facts", {})
        self.api_url: str = facts["api_url"]
        self.gateway_url: str = facts["gateway_url"]
        self.control_url: str = facts["control_url"]
        self.token: str = facts["token"]
        self.guild_id: str = facts["guild_id"]
        self.application_id: str = facts["application_id"]
        self.bot_user: str = facts["bot_user"]
        self.user_id: str = facts["user_id"]
        self.first_channels: dict[str, str] = facts["channels"]
        self.roles: dict[str, str] = facts["roles"]

    # -- people --
    def person(self, key: str) -> Someone:
        """A person by id or name; LookupError for nobody."""
        for one in self._wire.ask("people", {}):
            if key in {one["id"], one["name"]}:
                return Someone(self._wire, one["id"], one["name"])
        raise LookupError(f"no such person: {key}")

    def people(self) -> list[Json]:
        """Everybody with the names of their roles, and the bot."""
        return list(self._wire.ask("people", {}))

    def add_person(self, name: str, *, in_guild: bool = True, roles: list[str] | None = None) -> Someone:
        """Let somebody exist, in the guild or not."""
        return Someone(self._wire, self._wire.ask("add_person", {"name": name, "in_guild": in_guild, "roles": roles or []}), name)

    # -- an admin of the guild --
    def create_channel(self, name: str, *, kind: str = "text", parent: str = "", topic: str = "", private: list[str] | None = None) -> str:
        """Make a channel (text, news, voice, category); `private` names roles, people or "bot" who alone see it. Returns the id."""
        args = {"name": name, "kind": kind, "parent": parent, "topic": topic, "private": private}
        return str(self._wire.ask("create_channel", args))

    def delete_channel(self, channel: str | Room) -> None:
        """Delete a channel or a thread."""
        self._wire.ask("delete_channel", {"channel": packed(channel)})

    def unfurl(self, message: Posted) -> None:
        """Let the links of a message unfold: the bot hears of an edit that is none (edited_timestamp stays empty)."""
        self._wire.ask("unfurl", {"channel": message.channel, "message": message.id})

    def guild_outage(self, on: bool = True) -> None:
        """Let the guild be unavailable at the gateway, or come back."""
        self._wire.ask("guild_outage", {"on": on})

    def rename_channel(self, channel: str | Room, name: str) -> None:
        """Rename a channel."""
        self._wire.ask("rename_channel", {"channel": packed(channel), "name": name})

    def edit_overwrite(self, channel: str | Room, target: str, *, allow: list[str] | None = None, deny: list[str] | None = None,
                       remove: bool = False) -> None:
        """Set what a role, a person, "bot" or "everyone" may do in a channel, or take the overwrite away."""
        self._wire.ask("edit_overwrite", {"channel": packed(channel), "target": target, "allow": allow or [], "deny": deny or [],
                                          "remove": remove})

    def edit_thread(self, channel: str | Room, *, archived: bool | None = None, locked: bool | None = None) -> None:
        """Archive, open, lock or unlock a thread."""
        self._wire.ask("edit_thread", {"channel": packed(channel), "archived": archived, "locked": locked})

    def thread_member(self, channel: str | Room, who: str, *, add: bool = True) -> None:
        """Add somebody (or "bot") to a thread, or take them out."""
        self._wire.ask("thread_member", {"channel": packed(channel), "who": who, "add": add})

    def give_role(self, who: str, role: str, *, take: bool = False) -> None:
        """Give somebody a role, or take it."""
        self._wire.ask("give_role", {"who": who, "role": role, "take": take})

    def create_role(self, name: str, *, permissions: list[str] | None = None, mentionable: bool = False) -> str:
        """Make a role; returns its id."""
        return str(self._wire.ask("create_role", {"name": name, "permissions": permissions or [], "mentionable": mentionable}))

    # -- reading --
    def channels(self, kind: str = "", *, everything: bool = False, light: bool = False) -> list[Room]:
        """Channels, categories and threads (of a kind), oldest first; deleted ones and DMs only with `everything`.

        `light` leaves seen_by and writable_by empty: for polling among hundreds of people.
        """
        found = [Room.of(one) for one in self._wire.ask("channels", {"everything": everything, "light": light})]
        return [one for one in found if kind in {"", one.kind}]

    def channel(self, channel: str | Room) -> Room:
        """One channel by id or name; LookupError for none."""
        return Room.of(self._wire.ask("channel", {"channel": packed(channel)}))

    def threads(self) -> list[Room]:
        """Every thread."""
        return [one for one in self.channels() if one.kind.endswith("thread")]

    def messages(self, channel: str | Room, *, everything: bool = False) -> list[Posted]:
        """What was said, oldest first; `everything` adds deleted, ephemeral and system messages."""
        return [Posted.of(one) for one in self._wire.ask("messages", {"channel": packed(channel), "everything": everything})]

    def commands(self) -> dict[str, Json]:
        """Registered application commands by name."""
        return {one["name"]: one for one in self._wire.ask("commands", {})}

    def command_writes(self) -> Json:
        """`writes` of commands ever, `created` today."""
        return dict(self._wire.ask("command_writes", {}))

    def calls(self, route: str = "") -> list[Call]:
        """Every request in order, or those of a route, as "POST /channels/{channel_id}/messages" or its end; "GET cdn" for files."""
        return [Call.of(one) for one in self._wire.ask("calls", {"pattern": route})]

    def counts(self) -> dict[str, int]:
        """How often each route was called."""
        return dict(self._wire.ask("counts", {}))

    def invalid(self) -> int:
        """How many requests counted as invalid: 401, 403, 429 (but for shared limits)."""
        return int(self._wire.ask("invalid", {}))

    def forget_calls(self) -> None:
        """Begin the record of requests anew."""
        self._wire.ask("forget_calls", {})

    def events(self, kind: str = "") -> list[Told]:
        """Everything that was to be told to the bot, as MESSAGE_CREATE."""
        return [Told.of(one) for one in self._wire.ask("events", {"kind": kind})]

    def gateway(self) -> Json:
        """connects, identifies, resumes, replayed, refused, heartbeats, open, sessions (id, intents, open, dead), sent."""
        return dict(self._wire.ask("gateway", {}))

    def typing(self) -> list[str]:
        """The channels in which the bot showed that it writes."""
        return list(self._wire.ask("typing", {}))

    def file_bytes(self, file: str) -> bytes:
        """The bytes of an attachment by id."""
        return base64.b64decode(self._wire.ask("file_bytes", {"file": file}))

    def outcome(self, answered: Answered) -> Answered:
        """What is seen by now of an interaction; `messages` are all its answers that are still there."""
        return Answered.of(self._wire.ask("outcome", {"asked": answered.id}))

    # -- faults --
    def fault(self, pattern: str, kind: str, times: int = 1, *, skip: int = 0, where: Json | None = None, **more: Any) -> None:
        """Let the next requests that fit go wrong, after `skip` good ones, if path parameters and body contain `where`.

        `pattern` is a route, a glob over it or over the real path ("POST */messages"), a method alone, or "*". Kinds: limited
        (retry_after=1.0 real seconds, scope="user"|"global"|"shared"), 500, 502, 503, 504, reset (nothing done), slow (seconds),
        lost (done, no answer), half (done, half an answer), hang (nothing done, no answer while the bot waits), mute (done, no
        answer while the bot waits), done (done, and answered with 504), error (status=403, code=50013). `clear_faults` ends hang and mute, too.
        """
        self._wire.ask("fault", {"pattern": pattern, "kind": kind, "times": times, "skip": skip, "where": where or {}, **more})

    def clear_faults(self) -> None:
        """Let every request go right again."""
        self._wire.ask("clear_faults", {})

    async def drop(self) -> None:
        """Break the gateway connections without a word; the sessions can be resumed."""
        await self._wire.act("drop", {})

    async def close_gateway(self, code: int) -> None:
        """Close the gateway connections with this code (1000, 4000 ... 4014)."""
        await self._wire.act("close_gateway", {"code": code})

    def reconnect_gateway(self) -> None:
        """Say op 7."""
        self._wire.ask("reconnect_gateway", {})

    def invalidate(self, *, resumable: bool) -> None:
        """Say op 9."""
        self._wire.ask("invalidate", {"resumable": resumable})

    def lose_sessions(self) -> None:
        """Forget the sessions: the next RESUME is answered with op 9, and nothing is replayed."""
        self._wire.ask("lose_sessions", {})

    def silent(self, on: bool = True) -> None:
        """Let the open connections fall silent: no event, no heartbeat acknowledged."""
        self._wire.ask("silent", {"on": on})

    def refuse_handshakes(self, times: int = 1) -> None:
        """Answer the next WebSocket handshakes with 503."""
        self._wire.ask("refuse_handshakes", {"times": times})

    def hold_handshakes(self, on: bool = True) -> None:
        """Let WebSocket handshakes wait until this is switched off: the bot stays away for as long as a test wants."""
        self._wire.ask("hold_handshakes", {"on": on})

    def lose_events(self, on: bool = True) -> None:
        """Never tell what happens from now on; interactions are told."""
        self._wire.ask("lose_events", {"on": on})

    def hold_events(self) -> None:
        """Keep events back."""
        self._wire.ask("hold_events", {})

    def release_events(self, *, backwards: bool = False) -> None:
        """Tell what was kept back."""
        self._wire.ask("release_events", {"backwards": backwards})

    def reorder(self, count: int) -> None:
        """Hold the next `count` events back and tell the last first."""
        self._wire.ask("reorder_events", {"count": count})

    def duplicate_event(self, times: int = 1) -> None:
        """Tell each of the next events twice."""
        self._wire.ask("duplicate_events", {"times": times})

    def redeliver(self, told: Told) -> None:
        """Tell an event once more."""
        self._wire.ask("redeliver", {"told": told.id})

    # -- the bot's standing --
    async def revoke_token(self) -> None:
        """Make the token bad: 401, and 4004 at the gateway."""
        await self._wire.act("revoke_token", {})

    def restore_token(self) -> None:
        """Make the token good again."""
        self._wire.ask("restore_token", {})

    def approve(self, **intents: bool) -> list[str]:
        """Switch members, presences, message_content in the portal; returns those that are on. Counts at the next IDENTIFY."""
        return list(self._wire.ask("approve", intents))

    def permissions(self, *, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change what the bot's own role allows, by names as in `manage_channels`; returns all of them."""
        return list(self._wire.ask("permissions", {"add": add or [], "remove": remove or []}))

    def kick_bot(self) -> None:
        """Take the bot out of the guild."""
        self._wire.ask("kick_bot", {})

    def caps(self, **given: int) -> dict[str, int]:
        """Change per_category, per_guild, category_code (50035 or 30013), active_threads, thread_members; returns them all."""
        return dict(self._wire.ask("caps", given))

    def expire_urls(self) -> None:
        """Let every attachment address given so far be too old."""
        self._wire.ask("expire_urls", {})

    def expire_interactions(self) -> None:
        """Let every interaction be older than fifteen minutes."""
        self._wire.ask("expire_interactions", {})

    def patience(self, seconds: float) -> None:
        """How many real seconds a first answer may take from now on, before it is too late for the API."""
        self._wire.ask("patience", {"seconds": seconds})

    def advance(self, seconds: float) -> None:
        """Move the stand-in's time forward: limits, nonces, addresses, interactions, sessions without a connection."""
        self._wire.ask("advance", {"seconds": seconds})

    # -- waiting --
    async def connected(self, count: int = 1, *, seconds: float = 10.0) -> None:
        """Wait until so many gateway sessions have a connection."""
        await self._wire.act("connected", {"count": count, "seconds": seconds})

    async def until(self, ask: Callable[[], T | None], *, what: str = "what was awaited", seconds: float = 10.0) -> T:
        """Return what `ask` finds once it finds something; AssertionError naming `what` when it never does."""
        end = time.monotonic() + seconds
        while True:
            found = ask()
            if found:
                return found
            assert time.monotonic() < end, f"never came: {what}"
            await asyncio.sleep(0.01)
