"""The record of events for the bot, and what goes wrong with them on their way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.platforms.discord_standin.things import Json


@dataclass(slots=True)
class Told:
    """One event for the bot. `state` is told, kept (for a replay), held, lost, or unheard (not for the bot)."""

    id: int
    kind: str
    data: Json
    state: str
    to: list[str] = field(default_factory=list)

    def body(self) -> Json:
        """The event for the record."""
        return {"id": self.id, "kind": self.kind, "data": self.data, "state": self.state, "to": list(self.to)}


@dataclass(slots=True)
class Tricks:
    """What goes wrong with events on their way."""

    losing: bool = False
    holding: bool = False
    reorder: int = 0
    duplicates: int = 0
    refuse_handshakes: int = 0
    gate: asyncio.Event | None = None  # handshakes wait for it
    held: list[Callable[[], None]] = field(default_factory=list)
