"""Ciphertext and attachments exactly as received, each one an encrypted file in one private folder.

This module decides how bytes get onto the disk whole or not at all, and how they come back verified. It
leaves to others which report a blob belongs to, and which blobs have lost their row (the orphan sweep).

Every kept blob is a file of its own under a random data key of its own. The caller seals that key in the
report's box, so that destroying the report's key makes the blob unreadable also to whoever has the master
key and a copy of the folder. Keys derived from the content could be derived again, and one file shared by
two reports would have to outlive the first of them: hence a name of two parts, the keyed hash of the
content (equal content shows only to someone who sees the folder) and a random rest (each keep is one file).

Layout of a file: format (1 byte), nonce (12), ciphertext and tag, bound to the file's name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.sealed import NONCE_BYTES, VaultError, bound
from storage.vault import Vault

HEADER = b"\x01"
KEY_BYTES = 32
NAME = re.compile(r"[0-9a-f]{64}-[0-9a-f]{32}")
UNFINISHED = re.compile(r"\.unfinished-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A blob that is safely on the disk: seal the key in the owner's box, keep the rest beside it."""

    name: str
    key: bytes = field(repr=False)
    size: int  # bytes as received
    sha256: str  # hex, of the bytes as received


class Blobs:
    """The folder of blobs. Safe to use from several threads and processes at once."""

    __slots__ = ("_root", "_vault")

    def __init__(self, root: Path, vault: Vault) -> None:
        """Open the store in its own folder, made if missing, closed to others; sweep unfinished files.

        OSError when the folder cannot be made or is not ours.
        """
        made = not root.is_dir()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root.resolve(strict=True)
        self._vault = vault
        self._root.chmod(0o700)  # it may be older than this rule
        if made:
            _flush_folder(self._root.parent)
        self._sweep_unfinished()

    def keep(self, data: bytes) -> Kept:
        """Store the bytes and return when they are durable; OSError (disk full) leaves no trace of them."""
        digest = hashlib.sha256(data).hexdigest()
        name = f"{self._vault.blind('blob', digest)}-{secrets.token_hex(16)}"
        key = AESGCM.generate_key(KEY_BYTES * 8)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, data, bound(HEADER, "blob", name))
        self._write(self._path(name), HEADER + nonce + sealed)
        return Kept(name=name, key=key, size=len(data), sha256=digest)

    def read(self, name: str, key: bytes) -> bytes:
        """Return the bytes as received; VaultError when damaged or not under this key, OSError when gone."""
        path = self._path(name)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            stored = file.read()
        body = len(HEADER) + NONCE_BYTES
        if len(key) != KEY_BYTES or len(stored) < body or not stored.startswith(HEADER):
            raise VaultError("a blob is damaged, or this is not its key")
        try:
            return AESGCM(key).decrypt(stored[len(HEADER) : body], stored[body:], bound(HEADER, "blob", name))
        except InvalidTag:
            raise VaultError("a blob is damaged, or this is not its key") from None

    def shred(self, name: str) -> None:
        """Remove the file for good; one that is gone already is fine, so a purge can go on after a crash.

        The promise rests on the destroyed key: overwriting in place means nothing on today's disks.
        """
        self._path(name).unlink(missing_ok=True)
        _flush_folder(self._root)

    def names(self) -> Iterator[tuple[str, datetime]]:
        """Yield each blob's name and when it was written, in UTC, for the orphan sweep.

        The time is the machine's own, never the programme's clock, which can have been moved forward:
        compare it with system time only, or fresh blobs look old before their row is committed.
        """
        with os.scandir(self._root) as entries:
            for entry in entries:
                if not NAME.fullmatch(entry.name):
                    continue
                with contextlib.suppress(FileNotFoundError):  # shredded while we look
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(facts.st_mode):
                        yield entry.name, datetime.fromtimestamp(facts.st_mtime, UTC)

    def _path(self, name: str) -> Path:
        # The pattern alone keeps names inside; the second look also refuses a link that was put here.
        if not NAME.fullmatch(name):
            raise VaultError("this is not the name of a blob")
        path = self._root / name
        if path.is_symlink() or path.resolve().parent != self._root:
            raise VaultError("this blob is not inside the store")
        return path

    def _write(self, target: Path, content: bytes) -> None:
        unfinished, descriptor = self._begin()
        try:
            try:
                os.fchmod(descriptor, 0o600)
                left = memoryview(content)
                while left:
                    left = left[os.write(descriptor, left) :]
                os.fsync(descriptor)
                unfinished.rename(target)
            finally:
                os.close(descriptor)
            _flush_folder(self._root)
        except BaseException:
            for leftover in (unfinished, target):
                with contextlib.suppress(OSError):
                    leftover.unlink()
            raise

    def _begin(self) -> tuple[Path, int]:
        # The lock tells a sweep in another process that somebody is still writing. Between open and lock such
        # a sweep can take the file away; then it has no name any more and we begin again.
        while True:
            path = self._root / f".unfinished-{secrets.token_hex(16)}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_nlink:
                    return path, descriptor
            except BaseException:
                os.close(descriptor)
                path.unlink(missing_ok=True)
                raise
            os.close(descriptor)

    def _sweep_unfinished(self) -> None:
        for path in list(self._root.iterdir()):
            if not UNFINISHED.fullmatch(path.name):
                continue
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # finished or swept by another process meanwhile
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
            except BlockingIOError:
                pass  # its writer is alive
            finally:
                os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
