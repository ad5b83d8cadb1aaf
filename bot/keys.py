"""The keys at start: the master key, the canary that recognises it, and the programme key in a fresh gpg home.

The demo programme makes its own on the first start; a real one brings them. A wrong key stops the start, before anything
recorded is touched.
"""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from commands.desk import ProgramKey
from commands.wording import tools
from config.clock import Clock
from config.settings import ROOT, Settings
from storage import gpghome
from storage.database import Database
from storage.gpg import OPENED_LIMIT, Gpg
from storage.keyring import KeyRefusedError, Keyring
from storage.models import Setting
from storage.vault import Vault, VaultError

PUBLIC = "program_key_public"  # setting: the public key with its later end, once it was extended


class StartError(Exception):
    """The bot does not start; the text says why and what to do, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens: the gpg home with the programme key, and the key's public side."""

    home: Path
    gpg: Gpg
    keyring: Keyring
    public: ProgramKey

    def encrypt(self, text: bytes) -> str:
        """Return a message to the programme key, armored, as a researcher sends one."""
        return self.keyring.encrypt(text, [self.keyring.fingerprint])

    def close(self) -> None:
        """End the agent and remove the home."""
        self.gpg.close()
        gpghome.remove_home(self.home)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def open_vault(settings: Settings) -> Vault:
    """Return the vault under the master key; the demo makes one on its first start."""
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
    else:
        path = settings.data / "master.key"
        if not path.exists():
            if (settings.data / "harborlight.sqlite").exists():
                raise StartError(f"{path.name} is gone, and without it nothing stored can be read. Put it back from your backup.")
            write_private(path, Vault.make_master_key() + "\n")
        if path.stat().st_mode & 0o077:
            raise StartError(f"{path.name} can be read by others. Set it to 0600.")
        text = path.read_text()
    try:
        return Vault.from_setting(text)
    except VaultError as wrong:
        raise StartError(f"HARBORLIGHT_MASTER_KEY: {wrong}") from None


def is_demo_key(settings: Settings) -> bool:
    """Tell whether a real programme was given the master key that a demo made for itself."""
    if settings.demo or settings.master_key is None:
        return False
    made = [one / "master.key" for one in (ROOT / ".data", settings.data)]
    given = "".join(settings.master_key.get_secret_value().split())
    return any(one.is_file() and "".join(one.read_text().split()) == given for one in made)


async def check_canary(database: Database, vault: Vault, now: datetime) -> None:
    """Refuse a master key that is not the one that sealed this database; remember it on the first start."""
    async with database.work(now) as work:
        row = await work.reports.setting("canary")
        if row is None:
            work.session.add(Setting(name="canary", value=base64.b64encode(vault.canary()).decode()))
            return
        if not vault.recognises(base64.b64decode(row.value)):
            raise StartError(tools.WRONG_KEY)


async def open_keys(
    settings: Settings, database: Database, vault: Vault, clock: Clock, *, opened_limit: int = OPENED_LIMIT,
) -> Keys:
    """Return the programme key in a fresh gpg home on memory; the demo makes it on its first start.

    `opened_limit` is the most that a message may hold once it is opened, in bytes.
    """
    gpghome.sweep_stale_homes()
    home = gpghome.make_home()
    try:
        keyring = Keyring(home)
        try:
            await _load(settings, database, vault, keyring, clock.now())
        except KeyRefusedError as refused:
            raise StartError(f"HARBORLIGHT_PROGRAM_KEY: {refused}") from None
        gpg = Gpg(home, opened_limit=opened_limit, now=clock.now)
        if not await gpg.aside(keyring.check, gpg):
            raise StartError("HARBORLIGHT_PROGRAM_KEY: it cannot open a message encrypted to itself")
    except BaseException:
        gpghome.end_processes(home)
        gpghome.remove_home(home)
        raise
    public = ProgramKey(keyring.fingerprint, keyring.public_key(), keyring.expires(), keyring.programme_keys[1:],
                        extendable=keyring.holds_primary())
    return Keys(home, gpg, keyring, public)


async def _load(settings: Settings, database: Database, vault: Vault, keyring: Keyring, now: datetime) -> None:
    await _secret(settings, database, vault, keyring, now)
    if not _begun(database):
        return  # a connection would make an empty one
    with contextlib.suppress(DBAPIError):  # a tool that brings its own key may stand before a database that has no tables yet
        async with database.read(now) as work:
            later = await work.reports.setting(PUBLIC)
        if later is not None and later.value:
            with contextlib.suppress(KeyRefusedError):  # of a key that was replaced since
                keyring.renew(later.value)


def _begun(database: Database) -> bool:
    return not database.is_sqlite or Path(database.url.database or "").exists()


async def _secret(settings: Settings, database: Database, vault: Vault, keyring: Keyring, now: datetime) -> None:
    if settings.program_key is not None:
        keyring.import_secret(settings.program_key.get_secret_value(), expected=settings.program_fingerprint)
        return
    async with database.read(now) as work:  # whoever only looks takes no lock
        row = await work.reports.setting("program_key")
    if row is not None and row.secret is not None:
        secret = vault.common.open("setting", "secret", "program_key", row.secret)
        keyring.import_secret(secret, expected=row.value)
        return
    async with database.work(now) as work:
        fingerprint = keyring.make("Acme AI disclosure desk (demo)")
        secret = keyring.secret_key(fingerprint, subkeys_only=False)
        work.session.add(Setting(name="program_key", value=fingerprint,
                                 secret=vault.common.seal("setting", "secret", "program_key", secret)))
