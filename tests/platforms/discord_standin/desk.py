"""The control surface: what tests may do and see, as operations by name with JSON in and out.

People's doings come from `uses.py`; here are the faults, the switches, and the reading of the state.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
from collections import Counter
from typing import Any

from tests.platforms.discord_standin import bits, markdown, names
from tests.platforms.discord_standin.faults import Fault
from tests.platforms.discord_standin.things import DM, Channel, Json
from tests.platforms.discord_standin.uses import Uses

_TICK = 0.005  # seconds


class Desk(Uses):
    """Everything a test can ask for."""

    async def perform(self, word: str, args: Json) -> Any:
        """Do one operation; raises LookupError for an unknown one, and whatever the operation raises."""
        found = self.now(word, args)
        return await found if inspect.isawaitable(found) else found

    def now(self, word: str, args: Json) -> Any:
        """Do one operation that does not wait, or start one that does."""
        run = None if word.startswith("_") or word in {"perform", "now", "back"} else getattr(self, word, None)
        if run is None:
            raise LookupError(f"no such operation: {word}")
        return run(**args)

    # -- faults of requests --
    def fault(self, pattern: str, kind: str, **more: Any) -> None:
        """Let the next requests that fit go wrong."""
        self.back.faults.order(Fault(pattern, kind, **more))

    def clear_faults(self) -> None:
        """Let every request go right again."""
        self.back.faults.clear()

    # -- the gateway --
    async def drop(self) -> None:
        """Break every gateway connection without a word; sessions stay."""
        await self.back.gateway.drop()

    async def close_gateway(self, code: int) -> None:
        """Close every gateway connection with this code."""
        await self.back.gateway.close_all(code)

    def reconnect_gateway(self) -> None:
        """Say op 7."""
        self.back.gateway.say(7)

    def invalidate(self, resumable: bool) -> None:
        """Say op 9; unless resumable, the sessions are gone."""
        if not resumable:
            self.back.gateway.lose_sessions()
        self.back.gateway.say(9, resumable)

    def lose_sessions(self) -> None:
        """Forget every session: the next RESUME is answered with op 9."""
        self.back.gateway.lose_sessions()

    def silent(self, on: bool = True) -> None:
        """Let the open connections fall silent: no event, no heartbeat acknowledged."""
        self.back.gateway.silence(on)

    def refuse_handshakes(self, times: int = 1) -> None:
        """Answer the next WebSocket handshakes with 503."""
        self.back.gateway.tricks.refuse_handshakes = times

    def hold_handshakes(self, on: bool = True) -> None:
        """Let WebSocket handshakes wait until this is switched off."""
        self.back.gateway.hold_handshakes(on)

    def lose_events(self, on: bool = True) -> None:
        """Never tell what happens from now on (interactions are told)."""
        self.back.gateway.tricks.losing = on

    def hold_events(self) -> None:
        """Keep events back."""
        self.back.gateway.tricks.holding = True

    def release_events(self, backwards: bool = False) -> None:
        """Tell what was kept back."""
        self.back.gateway.release(backwards=backwards)

    def reorder_events(self, count: int) -> None:
        """Hold the next `count` events, then tell the last first."""
        self.back.gateway.tricks.reorder = count

    def duplicate_events(self, times: int = 1) -> None:
        """Tell each of the next events twice."""
        self.back.gateway.tricks.duplicates = times

    def redeliver(self, told: int) -> None:
        """Tell an event once more."""
        self.back.gateway.again(told)

    # -- the bot's standing --
    async def revoke_token(self) -> None:
        """Make the token bad: 401 over REST, 4004 at the gateway."""
        self.back.token_good = False
        await self.back.gateway.close_all(4004)

    def restore_token(self) -> None:
        """Make the token good again."""
        self.back.token_good = True

    def reset_token(self) -> str:
        """Give the bot a new token; returns it."""
        self.back.token = names.bot_token(self.back.guild.bot.id)
        return self.back.token

    def approve(self, members: bool | None = None, presences: bool | None = None, message_content: bool | None = None) -> list[str]:
        """Switch privileged intents in the portal; returns those that are on. Counts at the next IDENTIFY."""
        for name, on in (("members", members), ("presences", presences), ("message_content", message_content)):
            if on is not None:
                (self.back.approved.add if on else self.back.approved.discard)(name)
        self.back.gateway.flags = self.back.flags
        return sorted(self.back.approved)

    def permissions(self, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change what the bot's own role allows; returns it."""
        guild = self.back.guild
        role = next(one for one in guild.roles.values() if one.managed_by == guild.bot.id)
        role.permissions = (role.permissions | bits.bits(*(add or []))) & ~bits.bits(*(remove or []))
        from tests.platforms.discord_standin import payloads

        guild.tell("GUILD_ROLE_UPDATE", None, data={"guild_id": guild.id, "role": payloads.role(role)})
        return bits.named(role.permissions)

    def kick_bot(self) -> None:
        """Take the bot out of the guild."""
        self.back.guild.tell("GUILD_DELETE", None, data={"id": self.back.guild.id})
        self.back.guild.present = self.back.guild.bot.in_guild = False

    def caps(self, **given: int) -> dict[str, int]:
        """Change per_category, per_guild, category_code, active_threads, thread_members; returns them all."""
        if strange := set(given) - set(self.back.caps):
            raise LookupError(f"no such cap: {', '.join(strange)}")
        self.back.caps |= given
        return dict(self.back.caps)

    def expire_urls(self) -> None:
        """Let every attachment address given so far be too old."""
        self.back.cdn_epoch += 1

    def expire_interactions(self) -> None:
        """Let every interaction be older than fifteen minutes."""
        self.back.interactions.expire()

    def patience(self, seconds: float) -> None:
        """How many real seconds a first answer may take from now on."""
        self.back.interactions.seconds = seconds

    def advance(self, seconds: float) -> None:
        """Move the stand-in's time forward."""
        self.back.clock.advance(seconds)

    # -- waiting --
    async def connected(self, count: int = 1, seconds: float = 10.0) -> None:
        """Wait until so many sessions have a connection; TimeoutError after so many real seconds."""
        async with asyncio.timeout(seconds):
            while len(self.back.gateway.open) < count:
                await asyncio.sleep(_TICK)

    # -- reading --
    def facts(self) -> Json:
        """What a client needs to begin: addresses, token, ids."""
        back, guild = self.back, self.back.guild
        first = guild.person("researcher")
        assert first is not None
        return {"api_url": f"{back.base}/api/v10", "gateway_url": f"ws://{back.host}/gateway/", "control_url": f"{back.base}/control/",
                "token": back.token, "guild_id": guild.id, "application_id": guild.application_id, "bot_user": guild.bot.id,
                "user_id": first.id, "channels": {one.name: one.id for one in guild.places()},
                "roles": {one.name: one.id for one in guild.roles.values()}}

    def people(self) -> list[Json]:
        """Everybody, with the bot."""
        roles = self.back.guild.roles
        return [{"id": one.id, "name": one.name, "bot": one.bot, "in_guild": one.in_guild, "roles": [roles[each].name for each in one.roles],
                 "dms_closed": one.dms_closed, "blocks_bot": one.blocks_bot} for one in self.back.guild.people.values()]

    def channels(self, everything: bool = False, light: bool = False) -> list[Json]:
        """Every channel, category and thread in the order in which they were made; deleted ones and DMs only with `everything`.

        `light` leaves out who sees them, which takes long with many people.
        """
        found = [one for one in self.back.guild.channels.values() if everything or not (one.deleted or one.type == DM)]
        return [self._room(one, light=light) for one in found]

    def channel(self, channel: str, who: str = "") -> Json:
        """One channel by id or name, or the direct conversation of `who`."""
        return self._room(self._place(channel) if channel != "dm" else self.back.guild.direct(self._person(who).id))

    def _may(self, one: Channel) -> list[tuple[str, int]]:
        """What each person may do in a channel; whoever has the same roles and nothing of their own may do the same."""
        guild, known = self.back.guild, {}
        found: list[tuple[str, int]] = []
        for who in guild.people.values():
            own = who.id in one.overwrites or who.id in one.members or who.id in one.recipients or who.id == guild.owner_id
            parent = guild.channels.get(one.parent_id) if one.is_thread else None
            own = own or (parent is not None and who.id in parent.overwrites)
            key = who.id if own else (who.in_guild, *who.roles)
            if key not in known:
                known[key] = guild.may(who, one)
            found.append((who.name, known[key]))
        return found

    def _room(self, one: Channel, *, light: bool = False) -> Json:
        guild = self.back.guild
        words = {0: "text", 1: "dm", 2: "voice", 4: "category", 5: "news", 11: "public_thread", 12: "private_thread"}
        overwrites = [{"id": each.id, "type": "member" if each.type else "role", "name": self._named(each.id),
                       "allow": bits.named(each.allow), "deny": bits.named(each.deny)} for each in one.overwrites.values()]
        may = [] if light else self._may(one)
        return {
            "id": one.id, "kind": words.get(one.type, str(one.type)), "name": one.name, "topic": one.topic, "parent_id": one.parent_id,
            "parent": guild.channels[one.parent_id].name if one.parent_id else "", "position": one.position, "deleted": one.deleted,
            "archived": one.archived, "locked": one.locked, "invitable": one.invitable, "overwrites": overwrites,
            "members": [self._named(each) for each in one.members], "seen_by": [who for who, able in may if able & bits.VIEW],
            "writable_by": [who for who, able in may if able & bits.VIEW and able & bits.SEND]}

    def _named(self, id: str) -> str:
        guild = self.back.guild
        return guild.people[id].name if id in guild.people else guild.roles[id].name if id in guild.roles else id

    def messages(self, channel: str, who: str = "", everything: bool = False) -> list[Json]:
        """The messages of a channel, oldest first; `everything` adds deleted, ephemeral and system messages."""
        place = self._place(channel) if channel != "dm" else self.back.guild.direct(self._person(who).id)
        found = list(place.messages.values())
        return [self._lively(place, one.id) for one in found if everything or not (one.deleted or one.seen_by or one.type == 6)]

    def _lively(self, place: Channel, message: str) -> Json:
        return self._shown(place, place.messages[message])

    def _shown(self, channel: Channel, message: Any) -> Json:
        found = super()._shown(channel, message)
        live = markdown.shown(message.content, message.embeds, message.components, message.flags)
        return found | {"live": live, "content_live": markdown.shown(message.content, [], [], message.flags)}

    def commands(self) -> list[Json]:
        """Every registered command, those of the guild too."""
        return [*self.back.commands.globally.values(), *self.back.commands.in_guild.values()]

    def command_writes(self) -> Json:
        """How often commands were written, and how many were created today."""
        return {"writes": self.back.commands.writes, "created": len(self.back.commands.created)}

    def calls(self, pattern: str = "") -> list[Json]:
        """Every request in order, or those whose route is or ends with the pattern."""
        return [one.record() for one in self.back.calls if not pattern or one.route == pattern or one.route.endswith(pattern)]

    def counts(self) -> dict[str, int]:
        """How often each route was called."""
        return dict(Counter(one.route for one in self.back.calls))

    def invalid(self) -> int:
        """How many requests counted as invalid."""
        return sum(one.status in {401, 403} or (one.status == 429 and one.scope != "shared") for one in self.back.calls)

    def forget_calls(self) -> None:
        """Begin the record of requests anew."""
        self.back.calls.clear()

    def events(self, kind: str = "") -> list[Json]:
        """Everything that was to be told to the bot."""
        return [one.body() for one in self.back.gateway.record if kind in {"", one.kind}]

    def gateway(self) -> Json:
        """Counts of connections, identifies, resumes, heartbeats, replayed events; sessions with their intents; what the bot sent."""
        found = self.back.gateway
        sessions = [{"id": one.id, "intents": one.intents, "open": one.line is not None, "dead": one.dead, "seq": one.seq}
                    for one in found.sessions.values()]
        return {**found.counts, "open": len(found.open), "sessions": sessions, "sent": list(found.sent)}

    def typing(self) -> list[str]:
        """The channels in which the bot showed that it writes."""
        return list(self.back.typing)

    def file_bytes(self, file: str) -> str:
        """The bytes of an attachment in base64."""
        return base64.b64encode(self.back.files[file].data).decode()
