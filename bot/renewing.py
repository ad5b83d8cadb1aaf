"""A later end for the programme's key, its fingerprint kept: made where the primary is at hand, and shown by every process.

Decides how the end is moved and where the renewed public key stands; when that may be asked for is `commands/key_end.py`. The
renewed key is public and stands in the database beside the sealed secret, which does not change. Each process reads it when a
tick tells it that there is a newer one. Nothing here runs inside a transaction but the writing down.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from datetime import datetime

from bot.keys import PUBLIC, Keys
from commands.key_end import DONE, WANTED, until_of
from storage.database import Database, Work
from storage.gpghome import HomeError
from storage.keyring import KeyRefusedError
from storage.models import Setting
from storage.pings import RENEWAL

log = logging.getLogger("harborlight.renewing")


class Renewing:
    """Keeps the key of one process in step with what the database says about its end."""

    def __init__(self, database: Database, keys: Keys) -> None:
        """`keys` are open; their public side is what everybody at the desk shows."""
        self.database, self.keys = database, keys
        self._seen = ""  # the stamp of the public key that this process shows

    async def look(self, stand: str, now: datetime) -> str:
        """Do what the renewal's setting says, `wanted ...` or `done ...`; returns the clock command that tells of it, or nothing.

        What gpg refuses is taken back, so that it is not tried for ever. Who finds it done has it told of as well, for whoever did it
        may have died before; the ledger keeps that to once.
        """
        if stand == self._seen or not stand:
            return ""
        if stand.startswith(WANTED):
            try:
                await extend(self.database, self.keys, until_of(stand), now)
            except (KeyRefusedError, HomeError, OSError) as fault:
                log.error("the key was not extended: %s", type(fault).__name__)
                async with self.database.work(now) as work:
                    await _write(work, {RENEWAL: f"{DONE}refused"})
                return "watch-key-refused"
            return "watch-key-extended"
        self._seen = stand
        async with self.database.read(now) as work:
            row = await work.reports.setting(PUBLIC)
        if row is not None and row.value:
            try:
                await asyncio.to_thread(self.keys.keyring.renew, row.value)
            except (KeyRefusedError, HomeError, OSError) as fault:  # such as of a key that was replaced since
                log.error("the renewed key was not taken: %s", type(fault).__name__)
                return ""
            show(self.keys)
            return "watch-key-extended"
        return ""


def show(keys: Keys) -> None:
    """Have everybody at the desk show the key as the keyring has it now."""
    keys.public.armored, keys.public.expires_at = keys.keyring.public_key(), keys.keyring.expires()


async def extend(database: Database, keys: Keys, until: datetime, now: datetime, *, by: str = "clock") -> None:
    """Move the end of the current key to `until`, and keep the renewed public key for all processes; once for each end.

    Raises KeyRefusedError without the primary, or when gpg does not do it.
    """
    before = keys.keyring.expires()
    if before is None or before < until:
        await asyncio.to_thread(keys.keyring.extend, until)
    show(keys)
    public = keys.public.armored
    stamp = hashlib.sha256(public.encode()).hexdigest()[:16]
    async with database.work(now) as work:
        await _write(work, {PUBLIC: public, RENEWAL: DONE + stamp})
        await work.ledger.once(f"key/{keys.public.fingerprint[-16:]}/until/{until.date().isoformat()}", "key_extended", person=by,
                               data={"until": until.isoformat(), "from": before.isoformat() if before else ""})


async def _write(work: Work, values: dict[str, str]) -> None:
    for name, value in values.items():
        row = await work.reports.setting(name)
        if row is None:
            work.session.add(Setting(name=name, value=value))
        else:
            row.value = value
