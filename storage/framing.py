"""How OpenPGP packets are framed: old and new headers, partial and indeterminate lengths, compressed packets.

Decides where each packet starts and ends and whether its first bytes fit its kind, in one pass over
hostile bytes, without ever raising. What the packets together mean is left to `packets`.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

# gpg writes chunks of 8 KiB, others of 512 bytes; 8 MiB in chunks of 512 bytes are 16,384.
CHUNK_LIMIT = 50_000
PEEK_BYTES = 64 * 1024


class Tag(int, Enum):
    """Names the packet kinds that are told apart."""

    PUBLIC_SESSION_KEY = 1
    SIGNATURE = 2
    PASSWORD_SESSION_KEY = 3
    ONE_PASS = 4
    SECRET_KEY = 5
    PUBLIC_KEY = 6
    SECRET_SUBKEY = 7
    COMPRESSED = 8
    UNPROTECTED = 9
    MARKER = 10
    LITERAL = 11
    TRUST = 12
    USER_ID = 13
    PUBLIC_SUBKEY = 14
    USER_ATTRIBUTE = 17
    PROTECTED = 18
    OCB = 20
    PADDING = 21


SECRETS = frozenset({Tag.SECRET_KEY, Tag.SECRET_SUBKEY})
KEYS = frozenset({Tag.PUBLIC_KEY, Tag.PUBLIC_SUBKEY, *SECRETS})
CONTAINERS = frozenset({Tag.UNPROTECTED, Tag.PROTECTED, Tag.OCB})
IGNORED = frozenset({Tag.MARKER, Tag.PADDING})
BLANKS = b" \t\r\n\x00\x0b\x0c\x1a"


class Fault(Enum):
    """Says what is wrong with the framing of a packet."""

    CUT = auto()
    BROKEN = auto()
    TOO_MANY = auto()


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it lies in the bytes; offsets count from their start."""

    tag: int
    start: int
    body: int
    end: int
    head: bytes  # the first bytes of the body, partial lengths taken out
    fault: Fault | None = None


def body_of(binary: bytes) -> bytes:
    """Returns the body of the first packet with its partial lengths taken out, empty when there is none."""
    first = next(packets_of(binary), None)
    return b"" if first is None else first_bytes(binary, first, len(binary))


def packets_of(binary: bytes) -> Iterator[Packet]:
    """Yields the packets in order; the last one carries the fault when the rest cannot be read."""
    at, size, chunks = 0, len(binary), 0
    while at < size:
        start, first = at, binary[at]
        if not first & 0x80:
            yield Packet(0, start, start, size, b"", Fault.BROKEN)
            return
        if not first & 0x40:
            tag, width = first >> 2 & 15, first & 3
            if width == 3:
                yield Packet(tag, start, at + 1, size, binary[at + 1 : at + 17])
                return
            body = at + 1 + (1 << width)
            if body > size:
                yield Packet(tag, start, size, size, b"", Fault.CUT)
                return
            at = body + int.from_bytes(binary[start + 1 : body], "big")
            yield Packet(tag, start, body, min(at, size), binary[body : min(body + 16, at)], _cut(at, size))
            continue
        tag, at, body, head = first & 63, at + 1, 0, bytearray()
        while True:
            length, after, partial = _new_length(binary, at)
            if after < 0:
                yield Packet(tag, start, body or size, size, bytes(head), Fault.CUT)
                return
            body = body or after
            if len(head) < 16:
                head += binary[after : min(after + 16, after + length)]
            at = after + length
            if not partial or at > size:
                break
            chunks += 1
            if chunks > CHUNK_LIMIT:
                yield Packet(tag, start, body, size, bytes(head), Fault.TOO_MANY)
                return
        yield Packet(tag, start, body, min(at, size), bytes(head[:16]), _cut(at, size))


def _cut(end: int, size: int) -> Fault | None:
    return Fault.CUT if end > size else None


def _new_length(binary: bytes, at: int) -> tuple[int, int, bool]:
    """Returns the length, where the body starts (-1: not all there), and whether more parts follow."""
    if at >= len(binary):
        return 0, -1, False
    first = binary[at]
    if first < 192:
        return first, at + 1, False
    if first < 224:
        if at + 1 >= len(binary):
            return 0, -1, False
        return ((first - 192) << 8) + binary[at + 1] + 192, at + 2, False
    if first < 255:
        return 1 << (first & 31), at + 1, True
    if at + 4 >= len(binary):
        return 0, -1, False
    return int.from_bytes(binary[at + 1 : at + 5], "big"), at + 5, False


def plausible(packet: Packet) -> bool:
    """Says whether the first bytes of a body fit its tag, so that a picture is not taken for a signature."""
    head, tag = packet.head, packet.tag
    if tag == Tag.USER_ID:
        return True
    if not head:
        # A packet cut off before its body is a cut packet; an empty one fits a few tags only.
        return packet.fault is Fault.CUT or tag in (Tag.TRUST, Tag.PADDING, Tag.UNPROTECTED)
    first = head[0]
    if tag in KEYS or tag in (Tag.SIGNATURE, Tag.ONE_PASS):
        return 2 <= first <= 6
    known = {
        Tag.PUBLIC_SESSION_KEY: range(2, 16),
        Tag.PASSWORD_SESSION_KEY: range(4, 16),
        Tag.COMPRESSED: range(4),
        Tag.PROTECTED: range(1, 16),
        Tag.OCB: range(1, 16),
    }
    for one, allowed in known.items():
        if tag == one:
            return first in allowed
    if tag == Tag.MARKER:
        return head == b"PGP"
    if tag == Tag.LITERAL:
        return first in b"btul1m"
    return tag in (Tag.UNPROTECTED, Tag.TRUST, Tag.USER_ATTRIBUTE, Tag.PADDING)


def inflate(binary: bytes, packet: Packet) -> bytes:
    """Returns the first bytes inside a compressed packet, at most 64 KiB, or nothing when it does not
    inflate."""
    # Partial lengths inside the first 64 KiB would spoil the stream; they are taken out chunk by chunk.
    data = first_bytes(binary, packet, PEEK_BYTES)
    method, rest = data[:1], data[1:]
    try:
        if method == b"\x00":
            return rest
        if method == b"\x01":
            return zlib.decompressobj(-15).decompress(rest, PEEK_BYTES)
        if method == b"\x02":
            return zlib.decompressobj().decompress(rest, PEEK_BYTES)
        if method == b"\x03":
            return bz2.BZ2Decompressor().decompress(rest, PEEK_BYTES)
    except (zlib.error, OSError, EOFError, ValueError):
        return b""
    return b""


def first_bytes(binary: bytes, packet: Packet, limit: int) -> bytes:
    """Returns the start of a body, at most limit bytes, with partial lengths taken out."""
    if not binary[packet.start] & 0x40:
        return binary[packet.body : min(packet.end, packet.body + limit)]
    out, at = bytearray(), packet.start + 1
    while len(out) < limit:
        length, after, partial = _new_length(binary, at)
        if after < 0:
            break
        out += binary[after : min(after + length, after + limit)]
        at = after + length
        if not partial:
            break
    return bytes(out[:limit])
