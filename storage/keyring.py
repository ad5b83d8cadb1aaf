"""The programme's keys.

Decides how a key of ours is made, imported, exported, checked and renewed, and encrypts to people. The only
user of
python-gnupg. Opening what strangers send is left to `gpg`. Keys are always asked for by full fingerprint:
listing the
whole ring would cost more with every key in it.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import gnupg

from config.clock import SystemClock
from config.policy.codes import Code
from storage.child import run_bounded
from storage.gpg import WALL_SECONDS, Gpg
from storage.gpghome import environment, prepare, program, start_agent
from storage.keytext import key_bytes
from storage.packets import Kind, look

# At DEBUG the wrapper logs everything gpg says, texts included.
logging.getLogger("gnupg").setLevel(logging.WARNING)

KEY_YEARS = 2
_DAY = 86_400  # seconds
_OPTIONS = [
    "--no-options",
    "--no-auto-check-trustdb",
    "--trust-model",
    "always",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--disable-dirmngr",
    "--no-random-seed-file",
]
_LOOPBACK = ["--batch", "--no-tty", "--no-autostart", "--pinentry-mode", "loopback", "--passphrase-fd", "0"]
_FINGERPRINT = re.compile(r"[0-9A-F]{40}\Z")


class KeyProblem(StrEnum):
    """Says why a key was not taken or not used."""

    UNREADABLE = "unreadable"
    PUBLIC_ONLY = "public_only"
    PRIVATE_KEY = "private_key"
    WRONG_FINGERPRINT = "wrong_fingerprint"
    NOT_IMPORTED = "not_imported"
    CANNOT_DECRYPT = "cannot_decrypt"
    NOT_MADE = "not_made"
    UNKNOWN = "unknown"
    NOT_ENCRYPTED = "not_encrypted"
    NO_PRIMARY = "no_primary"
    NOT_EXTENDED = "not_extended"


class KeyRefusedError(Exception):
    """A key was refused; `problem` says why, in a word that is safe to show."""

    def __init__(self, problem: KeyProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is known of one key, by its primary fingerprint; `expires` is the earliest end that matters."""

    fingerprint: str
    name: str
    made: datetime
    expires: datetime | None
    secret: bool


class Keyring:
    """The keys in one gpg home: one current programme key, older ones that only decrypt, and recipients."""

    def __init__(self, home: Path, *, passphrase: str | None = None) -> None:
        """Takes a home; the passphrase, if any, is random and machine-made (see `random_passphrase`)."""
        self.home = home
        self._passphrase = passphrase
        prepare(home)
        self._gnupg: Any = gnupg.GPG(
            gpgbinary=program("gpg"), gnupghome=str(home), options=_OPTIONS, env=environment(home)
        )
        self._gnupg.encoding = "utf-8"
        self._current = ""
        self._programme: list[str] = []

    @property
    def fingerprint(self) -> str:
        """Returns the primary fingerprint of the current programme key; raises KeyRefusedError
        without one."""
        if not self._current:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        return self._current

    @property
    def programme_keys(self) -> tuple[str, ...]:
        """Returns the fingerprints of all programme keys, the current one first."""
        return (self.fingerprint, *(one for one in self._programme if one != self._current))

    def make(self, programme: str, *, rsa_bits: int = 0) -> str:
        """Makes the programme's key (Curve25519, two years) and makes it current; returns its fingerprint.

        `rsa_bits` makes an RSA key instead. Raises KeyRefusedError when gpg makes none.
        """
        name = re.sub(r"[^\w .,&'+/-]", " ", programme, flags=re.ASCII if programme.isascii() else 0).strip()
        kind = (
            f"Key-Type: RSA\nKey-Length: {rsa_bits}\nKey-Usage: cert,sign\n"
            f"Subkey-Type: RSA\nSubkey-Length: {rsa_bits}\nSubkey-Usage: encrypt\n"
            if rsa_bits
            else "Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: cert,sign\n"
            "Subkey-Type: ECDH\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt\n"
        )
        protection = f"Passphrase: {self._passphrase}\n" if self._passphrase else "%no-protection\n"
        who = f"Name-Real: {name or 'Disclosure programme'}\nExpire-Date: {KEY_YEARS}y\n"
        order = f"{kind}{who}{protection}%commit\n"
        made = str(self._gnupg.gen_key(order).fingerprint or "")
        if not _FINGERPRINT.match(made):
            raise KeyRefusedError(KeyProblem.NOT_MADE)
        self.rewrite_ring([made, *self._programme])
        return self._adopt(made, current=True)

    def import_secret(
        self, setting: str | bytes, *, expected: str | None = None, current: bool = True
    ) -> str:
        """Imports a programme key from a setting (armor or base64) and returns its primary fingerprint.

        `expected` is the demanded fingerprint of the key or of its encryption subkey. Raises
        KeyRefusedError: nothing
        is imported unless the packets are one secret key.
        """
        binary = key_bytes(setting)
        facts = look(binary)
        if not binary or facts.kind in (Kind.NOTHING, Kind.NOT_PGP) or facts.truncated or facts.malformed:
            raise KeyRefusedError(KeyProblem.UNREADABLE)
        if facts.kind is not Kind.PRIVATE_KEY:
            raise KeyRefusedError(KeyProblem.PUBLIC_ONLY)
        result = self._gnupg.import_keys(binary, passphrase=self._passphrase)
        found = sorted({str(one) for one in result.fingerprints if one})
        if len(found) != 1:
            raise KeyRefusedError(KeyProblem.NOT_IMPORTED)
        rows = self._gnupg.list_keys(secret=True, keys=found)
        if not rows:
            raise KeyRefusedError(KeyProblem.NOT_IMPORTED)
        usable = [sub for sub in rows[0]["subkey_info"].values() if "e" in sub["cap"]]
        known = {found[0], *(sub[2] for sub in rows[0]["subkeys"])}
        if expected is not None and _plain(expected) not in known:
            self._gnupg.delete_keys(found, secret=True, passphrase=self._passphrase, expect_passphrase=False)
            self._gnupg.delete_keys(found)
            raise KeyRefusedError(KeyProblem.WRONG_FINGERPRINT)
        if not usable and "e" not in rows[0]["cap"]:
            raise KeyRefusedError(KeyProblem.CANNOT_DECRYPT)
        return self._adopt(found[0], current=current)

    def use(self, fingerprint: str) -> None:
        """Makes one of the programme's keys the current one; raises KeyRefusedError for any other."""
        if _plain(fingerprint) not in self._programme:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        self._current = _plain(fingerprint)

    def learn(self, public: str | bytes) -> str:
        """Takes somebody's public key as a recipient and returns its fingerprint.

        Raises KeyRefusedError; a secret key is never imported.
        """
        binary = key_bytes(public)
        facts = look(binary)
        if facts.holds_private_key:
            raise KeyRefusedError(KeyProblem.PRIVATE_KEY)
        if facts.kind is not Kind.PUBLIC_KEY or facts.truncated or facts.malformed:
            raise KeyRefusedError(KeyProblem.UNREADABLE)
        result = self._gnupg.import_keys(binary)
        found = sorted({str(one) for one in result.fingerprints if one})
        if len(found) != 1:
            raise KeyRefusedError(KeyProblem.NOT_IMPORTED)
        return found[0]

    def public_key(self, fingerprint: str | None = None) -> str:
        """Returns the armored public key, of the current programme key unless told; raises
        KeyRefusedError."""
        wanted = self._full(fingerprint or self.fingerprint)
        text = str(self._gnupg.export_keys(wanted, minimal=True))
        if "BEGIN PGP PUBLIC KEY BLOCK" not in text:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        return text

    def secret_key(self, fingerprint: str | None = None, *, subkeys_only: bool = True) -> bytes:
        """Returns the binary secret key, by default without the primary; raises KeyRefusedError."""
        wanted = self._full(fingerprint or self.fingerprint)
        which = "--export-secret-subkeys" if subkeys_only else "--export-secret-keys"
        # The wrapper exports whole secret keys only. The agent is up first, for it must not
        # inherit the limits.
        start_agent(self.home)
        ran = run_bounded(
            [program("gpg"), *_OPTIONS, *_LOOPBACK, "--homedir", str(self.home), which, wanted],
            f"{self._passphrase or ''}\n".encode(),
            home=self.home,
            output_cap=1 << 20,
            wall_seconds=WALL_SECONDS,
        )
        if look(ran.output).kind is not Kind.PRIVATE_KEY:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        return ran.output

    def holds_primary(self, fingerprint: str | None = None) -> bool:
        """Returns whether the secret primary is here: without it a key opens, but its end cannot be moved."""
        rows = self._gnupg.list_keys(secret=True, keys=[self._full(fingerprint or self.fingerprint)])
        return bool(rows) and rows[0].get("token") != "#"

    def extend(self, until: datetime, fingerprint: str | None = None) -> str:
        """Moves the end of a key and of its subkeys to an instant and returns the armored public key.

        The fingerprint stays. Raises KeyRefusedError without the secret primary, or when gpg does not do it.
        """
        wanted = self._full(fingerprint or self.fingerprint)
        if not self.holds_primary(wanted):
            raise KeyRefusedError(KeyProblem.NO_PRIMARY)
        start_agent(self.home)
        order = [program("gpg"), *_OPTIONS, *_LOOPBACK, "--homedir", str(self.home), "--quick-set-expire", wanted,
                 until.astimezone(UTC).strftime("%Y%m%dT%H%M%S")]
        row = self._gnupg.list_keys(keys=[wanted])[0]
        revoked = {id for id, info in row["subkey_info"].items() if info.get("trust") == "r"}
        # Each by name: gpg's own word for all of them leaves out those that have ended.
        subkeys = [sub[2] for sub in row["subkeys"] if sub[0] not in revoked]
        for which in ([], subkeys):  # the primary, then every subkey
            run_bounded([*order, *which], f"{self._passphrase or ''}\n".encode(), home=self.home, output_cap=1 << 20,
                        wall_seconds=WALL_SECONDS)
        if self.expires(wanted) != until.astimezone(UTC).replace(microsecond=0):
            raise KeyRefusedError(KeyProblem.NOT_EXTENDED)
        return self.public_key(wanted)

    def renew(self, public: str | bytes) -> None:
        """Takes a newer copy of the current key's public side, with its later end; raises KeyRefusedError for any other key."""
        binary = key_bytes(public)
        facts = look(binary)
        if facts.kind is not Kind.PUBLIC_KEY or facts.truncated or facts.malformed:
            raise KeyRefusedError(KeyProblem.UNREADABLE)
        named = {str(row["fingerprint"]) for row in self._gnupg.scan_keys_mem(binary)}
        if named != {self.fingerprint}:
            raise KeyRefusedError(KeyProblem.WRONG_FINGERPRINT)
        self._gnupg.import_keys(binary)

    def rewrite_ring(self, fingerprints: Sequence[str]) -> None:
        """Writes the public ring anew from these keys: an imported ring decrypts in half the time
        of a made one."""
        copies = [bytes(self._gnupg.export_keys(self._full(one), armor=False)) for one in fingerprints]
        ring = self.home / "pubring.kbx"
        kept = ring.rename(ring.with_suffix(".before"))
        for copy in copies:
            self._gnupg.import_keys(copy)
        if not all(self._gnupg.list_keys(secret=True, keys=[one]) for one in fingerprints):
            kept.rename(ring)
            raise KeyRefusedError(KeyProblem.NOT_MADE)
        kept.unlink()

    def facts(self, fingerprint: str | None = None) -> KeyFacts:
        """Returns what is known of one key, asked for by fingerprint; raises KeyRefusedError when
        it is not there."""
        wanted = self._full(fingerprint or self.fingerprint)
        rows = self._gnupg.list_keys(keys=[wanted])
        if not rows:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        row = rows[0]
        ends = [_instant(row["expires"])]
        usable = [sub for sub in row["subkey_info"].values() if "e" in sub["cap"]]
        if usable:
            subkey_ends = [_instant(sub["expires"]) for sub in usable]
            ends.append(None if None in subkey_ends else max(end for end in subkey_ends if end is not None))
        known = [end for end in ends if end is not None]
        return KeyFacts(
            fingerprint=str(row["fingerprint"]),
            name=str((row["uids"] or [""])[0]),
            made=_instant(row["date"]) or datetime.fromtimestamp(0, UTC),
            expires=min(known, default=None),
            secret=bool(self._gnupg.list_keys(secret=True, keys=[wanted])),
        )

    def expires(self, fingerprint: str | None = None) -> datetime | None:
        """Returns when a key ends, of the current programme key unless told, None when it never does."""
        return self.facts(fingerprint).expires

    def encrypt(self, text: bytes, recipients: Sequence[str]) -> str:
        """Returns text armored and encrypted to all recipients in one call, named by full fingerprint.

        Raises KeyRefusedError when one of them is unknown, expired or unfit.
        """
        return self._encrypt(text, recipients, armor=True).decode("ascii")

    def check(self, gpg: Gpg) -> bool:
        """Says whether every programme key opens a message made for it just now."""
        for one in self.programme_keys:
            canary = secrets.token_hex(16).encode()
            facts = self.facts(one)
            # Nothing is encrypted to a key that has ended, but it still opens: the test is made as on the day after it was made.
            ended = facts.expires is not None and facts.expires <= SystemClock().now()  # gpg goes by the machine
            then = [f"--faked-system-time={int(facts.made.timestamp()) + _DAY}!"] if ended else []
            opened = gpg.decrypt(self._encrypt(canary, [one], armor=False, extra=then))
            if opened.code is not Code.ACCEPTED or opened.plaintext != canary:
                return False
        return True

    def _encrypt(self, text: bytes, recipients: Sequence[str], *, armor: bool, extra: Sequence[str] = ()) -> bytes:
        wanted = [self._full(one) for one in recipients]
        if not wanted:
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        result = self._gnupg.encrypt(text, wanted, always_trust=True, armor=armor, extra_args=list(extra) or None)
        if not result.ok:
            raise KeyRefusedError(KeyProblem.NOT_ENCRYPTED)
        return bytes(result.data)

    def _adopt(self, fingerprint: str, *, current: bool) -> str:
        if fingerprint not in self._programme:
            self._programme.append(fingerprint)
        if current or not self._current:
            self._current = fingerprint
        return fingerprint

    def _full(self, fingerprint: str) -> str:
        plain = _plain(fingerprint)
        if not _FINGERPRINT.match(plain):
            raise KeyRefusedError(KeyProblem.UNKNOWN)
        return plain


def random_passphrase() -> str:
    """Returns a random passphrase of 192 bits: only such a one may be protected by the low count we set."""
    return secrets.token_hex(24)


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).upper().removeprefix("0X")


def _instant(seconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds and str(seconds).isdecimal() else None
