"""Real keys and hostile messages, made at test time.

Decides how each bad OpenPGP message is built, byte by byte; leaves every judgement to the tests. A message
of ours is
real: its session key packet comes from gpg, so that only the part under test is forged.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESOCB3

OUR_FLAGS = ("--batch", "--no-tty", "--no-options", "--trust-model", "always", "--pinentry-mode", "loopback")


def run_gpg(home: Path, *args: str, data: bytes = b"") -> bytes:
    """Runs gpg in this home and returns what it wrote; raises when gpg fails."""
    done = subprocess.run(
        ["gpg", "--homedir", str(home), *OUR_FLAGS, *args],
        input=data,
        capture_output=True,
        check=False,
        timeout=60,  # it stands in the way of everything else here
        env={"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"},
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def make_key(
    home: Path,
    name: str = "Somebody <somebody@example.invalid>",
    *,
    expires: str = "2y",
    options: Sequence[str] = (),
) -> str:
    """Makes an ed25519 key with a cv25519 subkey in this home and returns its fingerprint."""
    bare = (*options, "--passphrase", "")
    run_gpg(home, *bare, "--quick-generate-key", name, "ed25519", "cert,sign", expires)
    rows = run_gpg(home, *options, "--list-keys", "--with-colons", "--", name).decode().splitlines()
    fingerprint = [row.split(":")[9] for row in rows if row.startswith("fpr:")][-1]
    run_gpg(home, *bare, "--quick-add-key", fingerprint, "cv25519", "encr", expires)
    return fingerprint


def export_public(home: Path, fingerprint: str, *, armored: bool = True) -> bytes:
    """Returns the public key."""
    return run_gpg(home, *(["--armor"] if armored else []), "--export", fingerprint)


def export_secret(home: Path, fingerprint: str, *, armored: bool = True) -> bytes:
    """Returns the whole secret key."""
    return run_gpg(home, *(["--armor"] if armored else []), "--export-secret-keys", fingerprint)


def encrypt(home: Path, recipients: Sequence[str], data: bytes, *options: str) -> bytes:
    """Returns the binary message to these recipients."""
    named = [part for one in recipients for part in ("--recipient", one)]
    return run_gpg(home, *options, *named, "--encrypt", data=data)


def new_packet(tag: int, body: bytes) -> bytes:
    """Frames a body with a new-format header and a definite length."""
    size = len(body)
    if size < 192:
        length = bytes([size])
    elif size < 8384:
        length = bytes([((size - 192) >> 8) + 192, (size - 192) & 255])
    else:
        length = b"\xff" + size.to_bytes(4, "big")
    return bytes([0xC0 | tag]) + length + body


def old_packet(tag: int, body: bytes, *, indeterminate: bool = False) -> bytes:
    """Frames a body with an old-format header, with a length of four bytes or none at all."""
    if indeterminate:
        return bytes([0x80 | tag << 2 | 3]) + body
    return bytes([0x80 | tag << 2 | 2]) + len(body).to_bytes(4, "big") + body


def partial_packet(tag: int, body: bytes, *, power: int = 9) -> bytes:
    """Frames a body with partial lengths of two to this power bytes each."""
    out, step, at = bytearray([0xC0 | tag]), 1 << power, 0
    while len(body) - at >= step:
        out += bytes([224 + power]) + body[at : at + step]
        at += step
    return bytes(out) + new_packet(tag, body[at:])[1:]


def literal(data: bytes, *, name: bytes = b"") -> bytes:
    """Wraps data in a literal packet."""
    return new_packet(11, b"b" + bytes([len(name)]) + name + bytes(4) + data)


def compressed(packets: bytes, *, level: int = 9) -> bytes:
    """Wraps packets in a zlib-compressed packet."""
    return new_packet(8, b"\x02" + zlib.compress(packets, level))


def zeros_compressed(count: int) -> bytes:
    """Returns a compressed packet whose literal holds this many zero bytes, made without holding them."""
    squeeze = zlib.compressobj(9)
    head = bytes([0xC0 | 11]) + b"\xff" + (count + 6).to_bytes(4, "big") + b"b\x00" + bytes(4)
    out, block = bytearray(squeeze.compress(head)), bytes(1 << 20)
    for _ in range(count >> 20):
        out += squeeze.compress(block)
    out += squeeze.compress(bytes(count & ((1 << 20) - 1))) + squeeze.flush()
    return new_packet(8, b"\x02" + bytes(out))


def hidden_session_key(body: bytes = bytes(80)) -> bytes:
    """Returns a session key packet that names nobody and fits no key."""
    return new_packet(1, b"\x03" + bytes(8) + b"\x12" + body)


def password_session_key() -> bytes:
    """Returns a session key packet for a password."""
    return new_packet(3, b"\x04\x09\x03\x08" + bytes(8) + b"\xff")


def armor(binary: bytes, label: str = "MESSAGE", *, headers: Sequence[str] = (), crc: bool = True) -> str:
    """Armours packets as gpg does."""
    text = base64.b64encode(binary).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    check = ["=" + base64.b64encode(crc24(binary).to_bytes(3, "big")).decode()] if crc else []
    head, tail = f"-----BEGIN PGP {label}-----", f"-----END PGP {label}-----"
    return "\n".join([head, *headers, "", *lines, *check, tail, ""])


def crc24(data: bytes) -> int:
    """Returns the armor checksum."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ 0x1864CFB if crc & 0x800000 else crc << 1
    return crc & 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Forge:
    """One real session key to one real recipient, under which any content can be sealed."""

    session_packet: bytes
    session_key: bytes

    def integrity_protected(self, inner: bytes) -> bytes:
        """Returns a message with a good integrity check around any inner packets."""
        return self.session_packet + new_packet(18, b"\x01" + self._sealed(inner))

    def unprotected(self, inner: bytes) -> bytes:
        """Returns the same in the old container without integrity check."""
        prefix = bytes(range(16))
        quick = self._cfb(prefix + prefix[14:])
        # The old container starts the cipher again after its prefix, with the ciphertext as vector.
        body = self._cfb(inner, vector=quick[2:18])
        return self.session_packet + new_packet(9, quick + body)

    def offset_codebook(self, inner: bytes) -> bytes:
        """Returns the same in the authenticated container of GnuPG 2.3 (tag 20, OCB), in one chunk."""
        head, vector = b"\xd4\x01\x09\x02\x10", bytes(range(15))
        cipher = AESOCB3(self.session_key)
        first = cipher.encrypt(_chunk_nonce(vector, 0), inner, head + bytes(8))
        last = cipher.encrypt(
            _chunk_nonce(vector, 1), b"", head + bytes(7) + b"\x01" + len(inner).to_bytes(8, "big")
        )
        return self.session_packet + new_packet(20, head[1:] + vector + first + last)

    def tampered(self, inner: bytes) -> bytes:
        """Returns a protected message whose last byte was changed."""
        good = self.integrity_protected(inner)
        return good[:-1] + bytes([good[-1] ^ 1])

    def with_session_packets(self, extra: bytes, inner: bytes) -> bytes:
        """Returns a good message with more session key packets in front."""
        return extra + self.integrity_protected(inner)

    def _sealed(self, inner: bytes) -> bytes:
        prefix = bytes(range(16))
        plain = prefix + prefix[14:] + inner + b"\xd3\x14"
        return self._cfb(plain + hashlib.sha1(plain, usedforsecurity=False).digest())

    def _cfb(self, data: bytes, *, vector: bytes = bytes(16)) -> bytes:
        seal = Cipher(algorithms.AES(self.session_key), CFB(vector)).encryptor()
        return seal.update(data) + seal.finalize()


def make_forge(home: Path, recipient: str, *options: str) -> Forge:
    """Takes a real session key from gpg, to be used under forged contents."""
    real = encrypt(home, [recipient], b"seed", "--cipher-algo", "AES256", *options)
    shown = subprocess.run(
        ["gpg", "--homedir", str(home), *OUR_FLAGS, "--status-fd", "1", "--show-session-key", "-d"],
        input=real,
        capture_output=True,
        check=True,
        env={"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"},
    ).stdout
    row = next(line for line in shown.split(b"\n") if line.startswith(b"[GNUPG:] SESSION_KEY "))
    size = real[1]  # one session key packet with a one-byte old or new length
    return Forge(session_packet=real[: size + 2], session_key=bytes.fromhex(row.split(b":")[-1].decode()))


def _chunk_nonce(vector: bytes, index: int) -> bytes:
    low = int.from_bytes(vector[7:], "big") ^ index
    return vector[:7] + low.to_bytes(8, "big")
