"""Sealing: a data key for each owner, wrapped by the master key; blind indexes; the canary.

This module decides how sensitive values are encrypted and to what each one is bound. It leaves to others
where wrapped keys and sealed values are stored (models.py), which rows have an owner, and when a key is
destroyed: whoever overwrites the wrapped key in the owner's row has shredded all that was sealed under it.

    master key --HKDF--> wrap    wraps the random data key of each owner (a report, a person)
                         common  seals rows without an owner
                         records seals the texts of the durable engine
                         canary  proves that this is the master key of this database
                         index   keys the blind indexes, and nothing else

Master keys are numbered. One is current and seals; older ones only open. Each thing written starts with a
format and the number of the key it needs, and both are authenticated. Blind indexes carry no number because
they must stay equal: they use the lowest-numbered key given, so adding a newer key leaves every look-up
working, and leaving the lowest out means that the indexes must be computed anew.
"""

from __future__ import annotations

import base64
import re
import secrets
import struct
from collections.abc import Mapping
from typing import NoReturn, SupportsIndex, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.sealed import (
    FORMAT,
    HEADER,
    NONCE_BYTES,
    SMALLEST,
    Sealed,
    SealedColumn,
    VaultError,
    bound,
    to_bytes,
    to_text,
)

__all__ = ["Box", "Sealed", "SealedColumn", "Vault", "VaultError"]

KEY_BYTES = 32
OWN_KEY = 0
HIGHEST_KEY_NUMBER = 0xFFFF
HIGHEST_VERSION = 0xFFFFFFFF
WRAPPED_HEADER = struct.Struct(">BH")
CANARY_TEXT = b"harborlight canary"
HEX_TEXT = re.compile(r"[0-9A-Fa-f]+")
BASE64_TEXT = re.compile(r"[0-9A-Za-z+/_-]+={0,2}")
RECORD_TEXT = re.compile(r"([1-9][0-9]{0,4})\.([0-9A-Za-z+/=]+)")


class _Secret:
    """Something that holds keys: it shows nothing of them and cannot be pickled or copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} holds keys and cannot be pickled or copied")


@final
class Box(_Secret):
    """An opened key: seals and opens single values, each bound to its table, column, row and version."""

    __slots__ = ("_ciphers", "_number")

    def __init__(self, ciphers: Mapping[int, AESGCM], *, number: int) -> None:
        """Take the ciphers by key number and the number of the one that seals."""
        self._ciphers = dict(ciphers)
        self._number = number

    def seal(self, table: str, column: str, row: str, value: str | bytes, *, version: int = 1) -> Sealed:
        """Return the value sealed for exactly this place; VaultError when the place is not fully named."""
        if not 1 <= version <= HIGHEST_VERSION:
            raise VaultError("the version of a sealed value counts from 1")
        header = HEADER.pack(FORMAT, self._number, version)
        nonce = secrets.token_bytes(NONCE_BYTES)
        data = to_bytes(value) if isinstance(value, str) else value
        sealed = self._ciphers[self._number].encrypt(nonce, data, _place(header, table, column, row))
        return Sealed(header + nonce + sealed)

    def open(self, table: str, column: str, row: str, sealed: bytes, *, version: int | None = None) -> bytes:
        """Return what was sealed for this place; VaultError for anything else.

        The version is read from the sealed value and authenticated. A caller who knows which version the
        row must hold passes it, and an older value put back in its place is then refused too.
        """
        where = f"{table}.{column}"
        if not isinstance(sealed, bytes) or len(sealed) < SMALLEST or sealed[0] != FORMAT:
            raise VaultError(f"{where}: not a sealed value")
        header = sealed[: HEADER.size]
        _, number, sealed_as = HEADER.unpack(header)
        cipher = self._ciphers.get(number)
        if cipher is None:
            raise VaultError(f"{where}: sealed under key number {number}, which this box does not hold")
        if version is not None and version != sealed_as:
            raise VaultError(f"{where}: holds version {sealed_as} where version {version} is expected")
        body = HEADER.size + NONCE_BYTES
        try:
            return cipher.decrypt(
                bytes(sealed[HEADER.size : body]), bytes(sealed[body:]), _place(header, table, column, row)
            )
        except InvalidTag:
            raise VaultError(f"{where}: damaged, or sealed for another place or key") from None

    def open_text(
        self, table: str, column: str, row: str, sealed: bytes, *, version: int | None = None
    ) -> str:
        """Return the text that was sealed for this place; VaultError also when it is not UTF-8."""
        return to_text(self.open(table, column, row, sealed, version=version))


def _place(header: bytes, table: str, column: str, row: str) -> bytes:
    if not (table and column and row):
        raise VaultError("table, column and row must be known before a value can be sealed")
    return bound(header, table, column, row)


@final
class _Master(_Secret):
    """The keys derived from one master key, as ciphers: the raw bytes are not kept."""

    __slots__ = ("canary", "common", "index", "records", "wrap")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultError(f"a master key has {KEY_BYTES} bytes, this one has {len(key)}")
        self.wrap = AESGCM(_derived(key, b"wrap"))
        self.common = AESGCM(_derived(key, b"common"))
        self.records = AESGCM(_derived(key, b"records"))
        self.canary = AESGCM(_derived(key, b"canary"))
        self.index = HMAC(_derived(key, b"index"), SHA256())


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"harborlight/1/" + purpose).derive(master)


@final
class Vault(_Secret):
    """The master keys at work: makes and opens boxes, blinds look-up values, seals the engine's records."""

    __slots__ = ("_common", "_index", "_masters", "_number")

    def __init__(self, keys: Mapping[int, bytes], *, current: int) -> None:
        """Take 32-byte master keys by number (1 to 65535) and the number of the one that seals."""
        if current not in keys or not all(1 <= number <= HIGHEST_KEY_NUMBER for number in keys):
            raise VaultError("master keys are numbered from 1 to 65535, and the current one is among them")
        self._masters = {number: _Master(key) for number, key in keys.items()}
        self._number = current
        self._index = self._masters[min(keys)].index
        self._common = Box({number: key.common for number, key in self._masters.items()}, number=current)

    @classmethod
    def from_setting(cls, text: str) -> Vault:
        """Return the vault for one master key written as hex, base64 or base64url; it gets number 1.

        White space anywhere is forgiven. VaultError says what is wrong and never repeats the text.
        """
        return cls({1: _key_from(text)}, current=1)

    @staticmethod
    def make_master_key() -> str:
        """Return a new random master key in hex, which survives shells, .env files and double-clicks."""
        return secrets.token_hex(KEY_BYTES)

    def blind(self, kind: str, value: str) -> str:
        """Return the blind index of a value as 64 hex digits: equal for equal values of one kind.

        White space around the value is stripped, and that is all: whether case or Unicode forms matter
        differs by kind, so callers bring the value into the form in which it is compared.
        """
        index = self._index.copy()
        index.update(bound(b"", kind, value.strip()))
        return index.finalize().hex()

    def new_key(self, owner: str) -> tuple[bytes, Box]:
        """Return a new data key twice: wrapped, for the owner's row, and opened as a box.

        The owner is named as table and row id ("report|4f1c..."), and the wrapped key opens for it alone.
        """
        key = AESGCM.generate_key(KEY_BYTES * 8)
        wrapped = self._put(self._masters[self._number].wrap, key, _owned(owner))
        return wrapped, Box({OWN_KEY: AESGCM(key)}, number=OWN_KEY)

    def unlock(self, owner: str, wrapped: bytes | None) -> Box:
        """Return the owner's box; VaultError("shredded") when its key is gone or is not this owner's.

        A key wrapped under a master key that was not given is told apart: it is not lost.
        """
        if not wrapped:
            raise VaultError("shredded")
        number = self._number_of(wrapped)
        if number is None:
            raise VaultError("shredded")
        if number not in self._masters:
            raise VaultError(f"this data key needs master key {number}, which was not given")
        key = self._take(self._masters[number].wrap, wrapped, _owned(owner))
        if key is None:
            raise VaultError("shredded")
        return Box({OWN_KEY: AESGCM(key)}, number=OWN_KEY)

    @property
    def common(self) -> Box:
        """Return the box for rows without an owner; nothing sealed in it can be shredded by itself."""
        return self._common

    def canary(self) -> bytes:
        """Return a value that only a vault with the same current master key recognises."""
        return self._put(self._masters[self._number].canary, CANARY_TEXT, ("canary",))

    def recognises(self, canary: bytes) -> bool:
        """Tell whether a stored canary was made with one of the given master keys."""
        number = self._number_of(canary)
        master = None if number is None else self._masters.get(number)
        return master is not None and self._take(master.canary, canary, ("canary",)) == CANARY_TEXT

    def seal_record(self, text: str, purpose: str) -> str:
        """Return the text sealed for one purpose: the master key's number, a dot, and base64."""
        sealed = self._put(self._masters[self._number].records, to_bytes(text), ("record", purpose))
        return f"{self._number}.{base64.b64encode(sealed).decode('ascii')}"

    def open_record(self, text: str, purpose: str) -> str:
        """Return the text that seal_record sealed for this purpose; VaultError for anything else."""
        damaged = "this record is damaged, or sealed for another purpose or key"
        parts = RECORD_TEXT.fullmatch(text)
        if parts is None:
            raise VaultError("not a sealed record")
        number, encoded = int(parts[1]), parts[2]
        if number not in self._masters:
            raise VaultError(f"this record needs master key {number}, which was not given")
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise VaultError(damaged) from None
        # One record has one spelling: base64 would otherwise let the last character vary unnoticed.
        one_spelling = base64.b64encode(data).decode("ascii") == encoded
        if not one_spelling or self._number_of(data) != number:
            raise VaultError(damaged)
        opened = self._take(self._masters[number].records, data, ("record", purpose))
        if opened is None:
            raise VaultError(damaged)
        return to_text(opened)

    def _put(self, cipher: AESGCM, data: bytes, parts: tuple[str, ...]) -> bytes:
        header = WRAPPED_HEADER.pack(FORMAT, self._number)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + cipher.encrypt(nonce, data, bound(header, *parts))

    @staticmethod
    def _number_of(data: bytes) -> int | None:
        if len(data) < WRAPPED_HEADER.size + NONCE_BYTES or data[0] != FORMAT:
            return None
        return int(WRAPPED_HEADER.unpack_from(data)[1])

    @staticmethod
    def _take(cipher: AESGCM, data: bytes, parts: tuple[str, ...]) -> bytes | None:
        header, body = data[: WRAPPED_HEADER.size], WRAPPED_HEADER.size + NONCE_BYTES
        try:
            return cipher.decrypt(data[WRAPPED_HEADER.size : body], data[body:], bound(header, *parts))
        except InvalidTag:
            return None


def _owned(owner: str) -> tuple[str, str]:
    if not owner:
        raise VaultError("a data key needs an owner")
    return "data key", owner


def _key_from(text: str) -> bytes:
    compact = "".join(text.replace("\ufeff", "").split())
    if not compact:
        raise VaultError("the master key is empty")
    if HEX_TEXT.fullmatch(compact):
        # Random base64 never consists of hex digits alone, so this is hex, perhaps cut off.
        if len(compact) != KEY_BYTES * 2:
            raise VaultError(f"the master key has {len(compact)} hex digits, {KEY_BYTES * 2} are needed")
        return bytes.fromhex(compact)
    if not BASE64_TEXT.fullmatch(compact):
        raise VaultError("the master key holds a character that neither hex nor base64 uses")
    standard = compact.translate(str.maketrans("-_", "+/"))
    if "=" not in standard:
        standard += "=" * (-len(standard) % 4)
    try:
        key = base64.b64decode(standard, validate=True)
    except ValueError:
        raise VaultError("the master key looks like base64 that was cut off") from None
    if len(key) != KEY_BYTES:
        raise VaultError(f"the master key has {len(key)} bytes, {KEY_BYTES} are needed")
    return key
