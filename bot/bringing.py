"""What an event brings with it: files are fetched and sealed, what was encrypted is opened in memory.

Runs before the transaction of the event and may run again after a crash, with the same outcome. Leaves to
`commands/intake/messages.py` which files are wanted and what the opened text means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot import wire
from bot.platforms.port import Platform
from commands.calls import Incoming
from commands.desk import Desk
from commands.intake import messages as intake
from commands.intake.brought import Brought
from commands.intake.kept import Kept
from commands.opening import rehearsal
from config.clock import Clock
from storage.blobs import Blobs
from storage.database import Database
from storage.gpg import Gpg


class Bringing:
    """Fetches and opens."""

    def __init__(
        self, *, database: Database, clock: Clock, desk: Desk, blobs: Blobs, gpg: Gpg, platforms: dict[str, Platform],
        encrypt: Callable[[bytes], str] | None = None,
    ) -> None:
        """Everything it needs is given; `encrypt` makes a message to the programme key, as a rehearsal sends one."""
        self.encrypt = encrypt
        self.database, self.clock, self.desk = database, clock, desk
        self.blobs, self.gpg, self.platforms = blobs, gpg, platforms

    async def fetch(self, data: dict[str, Any]) -> list[Any]:
        """Return the files that are wanted as sealed blobs, as plain data."""
        incoming = wire.unpack_incoming(data)
        limit = self.desk.program.intake.sent
        async with self.database.read(self.clock.now()) as work:
            wanted = await intake.wanted(work, self.desk, incoming)
        kept: list[Kept] = []
        for file in wanted:
            content = await self.platforms[incoming.platform].fetch(file, limit)
            if len(content) > limit:
                kept.append(Kept(file.name, "", "", len(content), "", too_large=True))
                continue
            kept.append(Kept.of(file.name, await asyncio.to_thread(self.blobs.keep, content)))
        return wire.pack_kept(tuple(kept))

    async def bring(self, incoming: Incoming, kept: tuple[Kept, ...]) -> Brought:
        """Open what was sent. A pure computation between the steps: nothing of it is stored, a replay does it again."""
        if self.encrypt is not None and rehearsal.begins(self.desk.registry, incoming):
            sent = await self.gpg.aside(self.encrypt, rehearsal.message(self.desk, self.clock.now()))
            return await intake.bring(self.desk, self.gpg, self.blobs, text=sent, before=(), kept=(), files=())
        if incoming.kind != "message" or incoming.place != "dm":
            return Brought(files=kept)
        text = incoming.text
        if incoming.text_blob:
            name, _, key = incoming.text_blob.partition(":")
            text = (await asyncio.to_thread(self.blobs.read, name, bytes.fromhex(key))).decode("utf-8", "replace")
        files = []
        for one in kept:
            files.append(b"" if one.too_large else await asyncio.to_thread(self.blobs.read, one.blob, bytes.fromhex(one.key)))
        async with self.database.read(self.clock.now()) as work:
            before = await intake.parts(work, self.desk, incoming)
        return await intake.bring(self.desk, self.gpg, self.blobs, text=text, before=before, kept=kept, files=files,
                                  late=incoming.files)
