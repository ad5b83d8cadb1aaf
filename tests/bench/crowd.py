"""Public keys of many people, made without gpg: a thousand of its own would take minutes.

Version 4 keys as gpg makes them: an Ed25519 primary key, a name, an X25519 subkey, both bound by real signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.pgp import new_packet

_MADE = 1_767_225_600  # one instant for all: 2026-01-01
_ED25519 = bytes.fromhex("2b06010401da470f01")
_CV25519 = bytes.fromhex("2b060104019755010501")


def public_keys(count: int) -> list[bytes]:
    """Return this many different public keys, binary."""
    return [_key(f"Somebody {number} <somebody-{number}@example.invalid>".encode()) for number in range(count)]


def _key(name: bytes) -> bytes:
    primary, sub = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    body = _public(22, _ED25519, primary.public_key().public_bytes(*_RAW))
    inner = _public(18, _CV25519, sub.public_key().public_bytes(*_RAW)) + b"\x03\x01\x08\x07"
    named = _signed(primary, body, 0x13, b"\xb4" + len(name).to_bytes(4, "big") + name, [(27, b"\x03"), (11, b"\x09")])
    bound = _signed(primary, body, 0x18, _hashed(inner), [(27, b"\x0c")])
    return (new_packet(6, body) + new_packet(13, name) + new_packet(2, named)
            + new_packet(14, inner) + new_packet(2, bound))


_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _public(algorithm: int, curve: bytes, point: bytes) -> bytes:
    return (b"\x04" + _MADE.to_bytes(4, "big") + bytes([algorithm, len(curve)]) + curve + _number(b"\x40" + point))


def _number(data: bytes) -> bytes:
    value = int.from_bytes(data, "big")
    return value.bit_length().to_bytes(2, "big") + value.to_bytes((value.bit_length() + 7) // 8, "big")


def _hashed(key: bytes) -> bytes:
    return b"\x99" + len(key).to_bytes(2, "big") + key


def _signed(primary: Ed25519PrivateKey, key: bytes, kind: int, what: bytes, more: Iterable[tuple[int, bytes]]) -> bytes:
    fingerprint = hashlib.sha1(_hashed(key), usedforsecurity=False).digest()
    parts = [(33, b"\x04" + fingerprint), (2, _MADE.to_bytes(4, "big")), *more]
    inside = b"".join(bytes([len(data) + 1, number]) + data for number, data in parts)
    head = bytes([4, kind, 22, 8]) + len(inside).to_bytes(2, "big") + inside
    digest = hashlib.sha256(_hashed(key) + what + head + b"\x04\xff" + len(head).to_bytes(4, "big")).digest()
    signature = primary.sign(digest)
    outside = b"\x09\x10" + fingerprint[-8:]
    return (head + len(outside).to_bytes(2, "big") + outside + digest[:2] + _number(signature[:32]) + _number(signature[32:]))
