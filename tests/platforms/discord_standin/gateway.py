"""The gateway: HELLO, IDENTIFY, READY, heartbeats, RESUME, and everything that can go wrong with them."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.platforms.discord_standin import payloads
from tests.platforms.discord_standin.guild import Guild
from tests.platforms.discord_standin.sessions import ALL_INTENTS, CONTENT, PRIVILEGED, Line, Session, Zlib, Zstd, wanted
from tests.platforms.discord_standin.telling import Told, Tricks
from tests.platforms.discord_standin.things import DM, Channel, Json, Message


class Gateway:
    """All sessions of the bot. `valid` says whether a token is good; `url` where to come back to."""

    def __init__(self, guild: Guild, *, valid: Callable[[str], bool], url: Callable[[], str], seconds: Callable[[], float],
                 approved: set[str], heartbeat: float, life: float, flags: int = 0) -> None:
        self.guild = guild
        self.valid, self.url, self.seconds = valid, url, seconds
        self.approved = approved
        self.heartbeat, self.life, self.flags = heartbeat, life, flags
        self.sessions: dict[str, Session] = {}
        self.tricks = Tricks()
        self.record: list[Told] = []
        self.counts = {"connects": 0, "identifies": 0, "resumes": 0, "refused": 0, "heartbeats": 0, "replayed": 0}
        self.sent: list[Json] = []  # what the bot said, without heartbeats and tokens
        self._lines: set[Line] = set()
        guild.tell = self.tell

    # -- telling --
    def tell(self, kind: str, channel: Channel | None, *, data: Json | None = None, message: Message | None = None) -> Told:
        """Tell every session that may hear it; returns the record."""
        told = Told(len(self.record), kind, data or {}, "unheard" if self.reachable else "lost")
        self.record.append(told)
        bodies: list[tuple[Session, Json]] = []
        if not self._hidden(kind, channel):
            for one in self._living():
                if wanted(kind, channel, one.intents):
                    body = self._shown(one, channel, message) if message is not None else data or {}
                    bodies.append((one, body))
                    told.data = body
        if self.tricks.losing and kind != "INTERACTION_CREATE":
            told.state = "lost"
            return told

        def go() -> None:
            for session, body in bodies:
                session.tell(kind, body)
                told.to.append(session.id)
                up = session.line is not None and not session.line.silent
                told.state = "told" if up or told.state == "told" else "kept"

        if (self.tricks.holding or self.tricks.reorder) and kind != "INTERACTION_CREATE":
            told.state = "held"
            self.tricks.held.append(go)
            if self.tricks.reorder and len(self.tricks.held) >= self.tricks.reorder:
                self.tricks.reorder = 0
                self.release(backwards=True)
            return told
        go()
        if self.tricks.duplicates and bodies and kind != "INTERACTION_CREATE":
            self.tricks.duplicates -= 1
            go()
        return told

    def release(self, *, backwards: bool = False) -> None:
        """Tell what was held."""
        held, self.tricks.held, self.tricks.holding = self.tricks.held, [], False
        for one in reversed(held) if backwards else held:
            one()

    def again(self, told: int) -> None:
        """Tell an event once more."""
        found = self.record[told]
        for one in self._living():
            one.tell(found.kind, found.data)

    def _hidden(self, kind: str, channel: Channel | None) -> bool:
        """Whether the bot may not see where it happened; channels themselves are told to all bots of the guild."""
        if channel is not None and channel.type != DM and not self.guild.present:
            return True
        if channel is None or kind.startswith(("CHANNEL_", "INTERACTION_")):
            return False
        return not self.guild.bot_sees(channel)

    def _shown(self, session: Session, channel: Channel | None, message: Message) -> Json:
        hidden = self.hides(session.intents, message, channel)
        return payloads.message(self.guild, message, censored=hidden, nonce=True, event=True)

    def hides(self, intents: int, message: Message, channel: Channel | None) -> bool:
        """Whether the content of a message is kept from sessions with these intents."""
        bot = self.guild.bot.id
        if intents & CONTENT or channel is None or channel.type == DM or message.author_id == bot:
            return False
        return bot not in message.mentions

    def _living(self) -> list[Session]:
        for one in self.sessions.values():
            if one.line is None and self.seconds() - one.dropped_at > self.life:
                one.dead = True
        return [one for one in self.sessions.values() if not one.dead or one.line is not None]

    @property
    def open(self) -> list[Session]:
        """The sessions with a connection."""
        return [one for one in self.sessions.values() if one.line is not None]

    @property
    def reachable(self) -> bool:
        """Whether somebody hears or will hear."""
        return bool(self._living())

    # -- one connection --
    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket from HELLO to its end."""
        if self.tricks.refuse_handshakes:
            self.tricks.refuse_handshakes -= 1
            self.counts["refused"] += 1
            return web.Response(status=503, text="upstream connect error")
        if self.tricks.gate is not None:
            await self.tricks.gate.wait()
        link = web.WebSocketResponse(max_msg_size=2**20, compress=False)
        await link.prepare(request)
        asked = request.query.get("compress", "")
        line = Line(link, Zlib() if asked == "zlib-stream" else Zstd() if asked == "zstd-stream" else None)
        self._lines.add(line)
        self.counts["connects"] += 1
        writer = asyncio.create_task(line.write())
        line.send(10, {"heartbeat_interval": int(self.heartbeat * 1000), "_trace": []})
        session: Session | None = None
        try:
            if request.query.get("v") != "10" or request.query.get("encoding", "json") != "json":
                await self.end(line, 4012)
            async for message in link:
                if message.type is not WSMsgType.TEXT or line.silent:
                    continue
                session = await self._heard(line, session, str(message.data))
        finally:
            self._lines.discard(line)
            writer.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await writer
            if session is not None and session.line is line:
                session.line, session.dropped_at = None, self.seconds()
                # A client that says goodbye with 1000 or 1001 ends its session at once.
                session.dead = session.dead or (link.close_code in {1000, 1001} and line.close_code == 0)
        return link

    async def _heard(self, line: Line, session: Session | None, text: str) -> Session | None:
        if len(text.encode()) > 4096:
            await self.end(line, 4002)
            return session
        try:
            said = json.loads(text)
            op, data = int(said["op"]), said.get("d")
        except (ValueError, KeyError, TypeError):
            await self.end(line, 4002)
            return session
        if op == 1:
            line.heartbeats += 1
            self.counts["heartbeats"] += 1
            line.send(11)
            return session
        if self._hasty(line):
            await self.end(line, 4008)
            return session
        hidden = {"token": "..."} if isinstance(data, dict) and "token" in data else {}
        self.sent.append({"op": op, "d": {**data, **hidden} if isinstance(data, dict) else data})
        if op == 2:
            if session is not None:
                await self.end(line, 4005)
                return session
            return await self._identify(line, data)
        if op == 6:
            return await self._resume(line, data)
        if session is None:
            await self.end(line, 4003)
        elif op == 8:
            self._members(session, data)
        elif op not in {3, 4}:
            await self.end(line, 4001)
        return session

    @staticmethod
    def _hasty(line: Line) -> bool:
        """Whether more than 120 messages came within a minute of real time."""
        now = time.monotonic()
        line.heard = [one for one in line.heard if now - one < 60] + [now]
        return len(line.heard) > 120

    async def _identify(self, line: Line, data: Json) -> Session | None:
        self.counts["identifies"] += 1
        if not self.valid(str(data.get("token"))):
            await self.end(line, 4004)
            return None
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            await self.end(line, 4013)
            return None
        if any(intents & bit and name not in self.approved for name, bit in PRIVILEGED.items()):
            await self.end(line, 4014)
            return None
        session = Session(secrets.token_hex(16), intents, line)
        self.sessions[session.id] = session
        guild = self.guild
        session.tell("READY", {
            "v": 10, "user": payloads.user(guild.bot), "guilds": [{"id": guild.id, "unavailable": True}] if guild.present else [],
            "session_id": session.id, "resume_gateway_url": self.url(), "session_type": "normal", "private_channels": [],
            "relationships": [], "guild_join_requests": [], "presences": [], "user_settings": {}, "auth": {}, "geo_ordered_rtc_regions": [],
            "application": {"id": guild.application_id, "flags": self.flags}, "shard": data.get("shard", [0, 1]), "_trace": []})
        if guild.present:
            session.tell("GUILD_CREATE", payloads.guild_create(guild))
        return session

    async def _resume(self, line: Line, data: Json) -> Session | None:
        self.counts["resumes"] += 1
        if not self.valid(str(data.get("token"))):
            await self.end(line, 4004)
            return None
        self._living()
        session = self.sessions.get(str(data.get("session_id")))
        after = data.get("seq")
        if session is None or session.dead or not isinstance(after, int):
            line.send(9, False)
            return None
        if after > session.seq:
            await self.end(line, 4007)
            return None
        if session.line is not None:
            await self.end(session.line, 4000)
        session.line = line
        self.counts["replayed"] += session.replay(after)
        session.tell("RESUMED", {"_trace": []})
        return session

    def _members(self, session: Session, data: Json) -> None:
        """Answer a request for members: by ids always, by name or all of them only with the intent."""
        people = [one for one in self.guild.people.values() if one.in_guild]
        ids = data.get("user_ids")
        chosen = [one for one in people if ids and one.id in {str(each) for each in (ids if isinstance(ids, list) else [ids])}]
        if not ids and (data.get("query") or session.intents & PRIVILEGED["members"]):
            chosen = [one for one in people if one.name.startswith(str(data.get("query") or ""))][: int(data.get("limit") or 0) or None]
        found: Json = {"guild_id": self.guild.id, "members": [payloads.member(self.guild, one) for one in chosen], "chunk_index": 0,
                       "chunk_count": 1, "not_found": []}
        session.tell("GUILD_MEMBERS_CHUNK", found | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    # -- going wrong --
    async def end(self, line: Line, code: int) -> None:
        """Close a connection with this code, after what was said before it."""
        line.close_code = code
        while not line.out.empty() and not line.link.closed:
            await asyncio.sleep(0.001)
        with suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(line.link.close(code=code), 1.0)

    def hold_handshakes(self, on: bool) -> None:
        """Let handshakes wait, or wait no longer."""
        if self.tricks.gate is not None:
            self.tricks.gate.set()
        self.tricks.gate = asyncio.Event() if on else None

    async def drop(self) -> None:
        """Break every connection without a word."""
        for one in list(self._lines):
            transport: Any = one.link._req.transport if one.link._req is not None else None
            one.close_code = 1006
            if transport is not None:
                transport.abort()
        await self._gone()

    async def close_all(self, code: int) -> None:
        """Close every connection with this code."""
        await asyncio.gather(*(self.end(one, code) for one in list(self._lines)))
        await self._gone()

    def say(self, op: int, data: Any = None) -> None:
        """Say something to every connection: 7 for reconnect, 9 for an invalid session, 1 for a heartbeat."""
        for one in list(self._lines):
            one.send(op, data)

    def lose_sessions(self) -> None:
        """Let every session be forgotten, so that resuming fails."""
        for one in self.sessions.values():
            one.dead = True

    def silence(self, on: bool) -> None:
        """Let the open connections fall silent: no event, no heartbeat acknowledged."""
        for one in self._lines:
            one.silent = on

    async def _gone(self) -> None:
        async with asyncio.timeout(5):
            while any(one.line in self._lines and one.line is not None and one.line.close_code for one in self.sessions.values()):
                await asyncio.sleep(0.002)
