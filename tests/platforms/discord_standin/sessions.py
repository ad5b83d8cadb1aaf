"""A gateway session: what it may hear by its intents, its numbered events, and what it replays after a break."""

from __future__ import annotations

import asyncio
import importlib
import json
import zlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.platforms.discord_standin.things import DM, Channel, Json

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 9, 1 << 12, 1 << 15
GUILD_REACTIONS, DIRECT_REACTIONS = 1 << 10, 1 << 13
PRIVILEGED = {"members": MEMBERS, "presences": PRESENCES, "message_content": CONTENT}
ALL_INTENTS = (1 << 26) - 1
KEPT = 10_000  # events that a session keeps for a replay


def wanted(kind: str, channel: Channel | None, intents: int) -> bool:
    """Whether an event of this kind, in this channel, is for a session with these intents."""
    direct = channel is not None and channel.type == DM
    if kind.startswith("MESSAGE_REACTION"):
        return bool(intents & (DIRECT_REACTIONS if direct else GUILD_REACTIONS))
    if kind.startswith("MESSAGE"):
        return bool(intents & (DIRECT_MESSAGES if direct else GUILD_MESSAGES))
    if kind.startswith("GUILD_MEMBER"):
        return bool(intents & MEMBERS)
    if kind == "CHANNEL_PINS_UPDATE" and direct:
        return bool(intents & DIRECT_MESSAGES)
    if kind.startswith(("CHANNEL_", "THREAD_", "GUILD_")):
        return bool(intents & GUILDS)
    return True


class Squeeze(Protocol):
    """A compressor of one connection."""

    def pack(self, text: str) -> bytes:
        """One message, complete for the receiver."""


class Zlib:
    """zlib-stream: one stream for the connection, flushed after each message."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> bytes:
        """One message that ends with Z_SYNC_FLUSH."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class Zstd:
    """zstd-stream: likewise. Raises ImportError without the zstandard package, which a client needs to ask for it."""

    def __init__(self) -> None:
        module: Any = importlib.import_module("zstandard")
        self._stream = module.ZstdCompressor().compressobj()
        self._flush = module.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, text: str) -> bytes:
        """One message, flushed as a block."""
        return bytes(self._stream.compress(text.encode()) + self._stream.flush(self._flush))


@dataclass(eq=False, slots=True)
class Line:
    """One connection. What is put into `out` is sent in order; None ends it."""

    link: Any  # web.WebSocketResponse
    squeeze: Squeeze | None
    out: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)
    silent: bool = False
    close_code: int = 0
    heartbeats: int = 0
    heard: list[float] = field(default_factory=list)  # real instants of what the bot said

    def send(self, op: int, data: Any = None, *, seq: int | None = None, kind: str | None = None) -> None:
        """Put a gateway message on its way."""
        self.out.put_nowait({"op": op, "d": data, "s": seq, "t": kind})

    async def write(self) -> None:
        """Send what comes until the end."""
        while (message := await self.out.get()) is not None:
            text = json.dumps(message)
            if self.squeeze is None:
                await self.link.send_str(text)
            else:
                await self.link.send_bytes(self.squeeze.pack(text))


@dataclass(eq=False, slots=True)
class Session:
    """What survives a connection: a number for each event, and the events that were not acknowledged by a heartbeat."""

    id: str
    intents: int
    line: Line | None = None
    seq: int = 0
    events: list[tuple[int, str, Json]] = field(default_factory=list)
    dropped_at: float = 0.0  # on the clock of instants; only while there is no line
    dead: bool = False

    def tell(self, kind: str, data: Json) -> None:
        """Number an event, keep it, and send it when there is a line."""
        self.seq += 1
        self.events.append((self.seq, kind, data))
        del self.events[:-KEPT]
        if self.line is not None and not self.line.silent:
            self.line.send(0, data, seq=self.seq, kind=kind)

    def replay(self, after: int) -> int:
        """Send again what came after this number; returns how many."""
        assert self.line is not None
        missed = [one for one in self.events if one[0] > after]
        for seq, kind, data in missed:
            self.line.send(0, data, seq=seq, kind=kind)
        return len(missed)
