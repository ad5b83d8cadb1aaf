"""What intake would say of files on the disk, and the keys that tools open beside a running bot.

Decides what a tool may open: what an earlier start made, read without a lock, and never anything new. Never
launches the durable engine. Leaves the verdict itself to `commands/intake/opening.py`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot import keys as keys_
from bot.keys import Keys, StartError
from bot.platforms.local.clock import kept_offset
from commands.intake.opening import Piece, opened_pieces, piece_of_file
from commands.wording import tools as wording
from config.clock import Clock, SystemClock
from config.policy.codes import Code
from config.program import Program
from config.settings import Settings
from storage import anchors as anchors_
from storage.database import Database
from storage.gpg import Opened
from storage.ledger import Fault
from storage.models import Setting
from storage.vault import Vault, VaultError

UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Row:
    """What intake would say: a result code, or `unreadable` for a file that this machine cannot read."""

    file: str
    code: str
    detail: str = ""
    sha256: str = ""


class ShiftedClock:
    """The clock of the machine, moved as far as the local world was moved by hand."""

    def __init__(self, offset: timedelta, system: Clock) -> None:
        """`offset` was read from the world's file, `system` tells the time without it."""
        self._system, self._offset = system, offset

    def now(self) -> datetime:
        """The present instant of the world, aware and in UTC."""
        return self._system.now() + self._offset

    def real(self, seconds: float) -> float:
        """The number of real seconds to wait for `seconds`."""
        return self._system.real(seconds)


def clock_of(settings: Settings, system: Clock | None = None) -> Clock:
    """Return the clock that a bot on this data folder goes by."""
    return ShiftedClock(kept_offset(settings.data / "local.sqlite"), system or SystemClock())


def database_file(database: Database) -> Path | None:
    """Return the file of an SQLite database, None for another kind."""
    return Path(database.url.database or "") if database.is_sqlite else None


def check_begun(settings: Settings, database: Database) -> None:
    """Raise StartError where there is no database; a connection would make an empty one."""
    file = database_file(database)
    if file is not None and not file.exists():
        raise StartError(wording.never_started(str(settings.data)))


def check_made(settings: Settings, database: Database) -> None:
    """Raise StartError when an earlier start left nothing to open; opening it now would make it anew."""
    if settings.program_key is None:
        check_begun(settings, database)
    if settings.master_key is None and not (settings.data / "master.key").exists():
        raise StartError(wording.never_started(str(settings.data)))


async def check_sealed(database: Database, vault: Vault, now: datetime) -> None:
    """Raise StartError unless this database was begun, and sealed under this master key."""
    canary = await _setting(database, "canary", now)
    if canary is None:
        raise StartError(wording.DATABASE_FOREIGN)
    try:
        known = vault.recognises(base64.b64decode(canary.value))
    except (binascii.Error, VaultError):
        known = False
    if not known:
        raise StartError(wording.WRONG_KEY)


async def _setting(database: Database, name: str, now: datetime) -> Setting | None:
    try:
        async with database.read(now) as work:
            return await work.reports.setting(name)
    except (DBAPIError, OSError):
        raise StartError(wording.DATABASE_AWAY) from None


@asynccontextmanager
async def program_keys(settings: Settings, program: Program, clock: Clock) -> AsyncIterator[Keys]:
    """Open the programme key that an earlier start made or the settings bring; makes none.

    Works beside a running bot. Raises StartError with what to do.
    """
    database = Database(settings.database)
    try:
        check_made(settings, database)
        vault = keys_.open_vault(settings)
        if settings.program_key is None:
            await check_sealed(database, vault, clock.now())
            kept = await _setting(database, "program_key", clock.now())
            if kept is None or kept.secret is None:
                raise StartError(wording.NO_PROGRAM_KEY)
        keys = await keys_.open_keys(settings, database, vault, clock, opened_limit=program.intake.opened)
        try:
            yield keys
        finally:
            keys.close()
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class Audit:
    """What the whole ledger says: how many entries, the newest one's digest, the anchors, and every break."""

    entries: int
    head: str
    anchors: int
    faults: tuple[Fault, ...]


async def audit(settings: Settings) -> Audit:
    """Verify every entry of the ledger and compare it with the anchors; raises StartError."""
    database = Database(settings.database)
    try:
        check_begun(settings, database)
        anchors = anchors_.read(settings.data / anchors_.FILE)
        try:
            async with database.read(clock_of(settings).now()) as work:
                chain = await work.ledger.follow()
                differing = await anchors_.differing(work, anchors)
        except (DBAPIError, OSError):
            raise StartError(wording.DATABASE_AWAY) from None
    finally:
        await database.close()
    faults = [*chain.faults]
    for one, there in differing:
        faults.append(Fault(one.number, (wording.anchor_differs if there else wording.anchor_missing)(one.day)))
    return Audit(chain.count, chain.digest, len(anchors), tuple(sorted(faults, key=lambda fault: fault.number)))


async def inspect(files: Sequence[str], keys: Keys, *, joined: bool, sent_limit: int) -> list[Row]:
    """Return what intake would say of each file, or of all as one person's messages in order."""
    rows: list[Row] = []
    pieces: list[Piece] = []
    for name in files:
        piece = _piece(name, sent_limit)
        if isinstance(piece, Row):
            rows.append(piece)
        elif joined:
            pieces.append(piece)
        else:
            rows.append(_row(name, await opened_pieces([piece], keys.gpg, sent_limit=sent_limit)))
    if not joined:
        return rows
    whole = ", ".join(files)
    if rows:  # a part that cannot be read would make the verdict on the others wrong
        return [Row(whole, UNREADABLE, "; ".join(f"{one.file}: {one.detail}" for one in rows))]
    return [_row(whole, await opened_pieces(pieces, keys.gpg, sent_limit=sent_limit))]


def _piece(name: str, sent_limit: int) -> Piece | Row:
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            return Row(name, UNREADABLE, wording.UNREADABLE_KIND)
        with path.open("rb") as file:
            return piece_of_file(path.name, file.read(sent_limit + 1))
    except FileNotFoundError:
        return Row(name, UNREADABLE, wording.UNREADABLE_MISSING)
    except (OSError, ValueError) as wrong:
        return Row(name, UNREADABLE, getattr(wrong, "strerror", None) or wording.UNREADABLE)


def _row(name: str, opened: Opened) -> Row:
    if opened.code is not Code.ACCEPTED:
        return Row(name, opened.code.value, opened.detail)
    return Row(name, opened.code.value, "expired_key" if opened.expired_key else opened.detail, opened.sha256)
