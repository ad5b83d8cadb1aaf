"""The outer OpenPGP packets of what a stranger sent, read before gpg sees a byte of it.

Decides what the bytes are, to whom they are encrypted, whether they are whole, and whether they stay under
the caps
on packets and recipients. Leaves everything that needs a key to `gpg`, and text armour to the floor above.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from config.policy.codes import Code
from storage.framing import (
    BLANKS,
    CONTAINERS,
    IGNORED,
    KEYS,
    SECRETS,
    Fault,
    Packet,
    Tag,
    inflate,
    packets_of,
    plausible,
)

PACKET_LIMIT = 1_000
SESSION_KEY_LIMIT = 64
LAYER_LIMIT = 8
HIDDEN = "0" * 16

# RSA (1, 2), ElGamal (16) and ECDH (18) are what gpg 2.2 and 2.4 decrypt with.
OPENABLE_ALGORITHMS = frozenset({1, 2, 16, 18})


class Kind(StrEnum):
    """Says what the packets are as a whole."""

    ENCRYPTED = "encrypted"
    SIGNED = "signed"
    SIGNATURE = "signature"
    PUBLIC_KEY = "public_key"
    PRIVATE_KEY = "private_key"
    LITERAL = "literal"
    PACKETS = "packets"
    NOTHING = "nothing"
    NOT_PGP = "not_pgp"


class Container(StrEnum):
    """Says in what the encrypted part is wrapped."""

    ABSENT = "absent"
    UNPROTECTED = "unprotected"
    MDC = "mdc"
    OCB = "ocb"
    RFC9580 = "rfc9580"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """One session key packet: where it lies, and for which key (sixteen zeros: not said)."""

    start: int
    end: int
    version: int
    algorithm: int
    key_id: str

    @property
    def hidden(self) -> bool:
        """Says that the packet does not name its recipient."""
        return self.key_id == HIDDEN


@dataclass(frozen=True, slots=True)
class Facts:
    """What the outer packets say; every count is exact up to the caps."""

    kind: Kind
    container: Container = Container.ABSENT
    session_keys: tuple[SessionKey, ...] = ()
    passwords: int = 0
    packets: int = 0
    containers: int = 0
    container_span: tuple[int, int] = (0, 0)
    body_at: int = 0
    holds_private_key: bool = False
    truncated: bool = False
    malformed: bool = False
    too_complex: bool = False
    nested: bool = False

    @property
    def recipients(self) -> tuple[str, ...]:
        """Returns the named key ids, 16 upper-case hex digits each, in order."""
        return tuple(one.key_id for one in self.session_keys if not one.hidden)

    @property
    def hidden_recipients(self) -> int:
        """Returns how many session keys name nobody."""
        return sum(one.hidden for one in self.session_keys)

    @property
    def has_integrity(self) -> bool:
        """Says whether a change to the encrypted part would be noticed."""
        return self.container in (Container.MDC, Container.OCB, Container.RFC9580)

    def refusal(self) -> Code | None:
        """Returns the code that the packets alone settle, or None when a key must be tried."""
        if self.holds_private_key:
            return Code.PRIVATE_KEY
        if self.too_complex:
            return Code.TOO_COMPLEX
        plain = {
            Kind.NOTHING: Code.EMPTY,
            Kind.NOT_PGP: Code.NOT_PGP,
            Kind.PUBLIC_KEY: Code.PUBLIC_KEY,
            Kind.PRIVATE_KEY: Code.PRIVATE_KEY,
            Kind.SIGNATURE: Code.DETACHED_SIGNATURE,
            Kind.SIGNED: Code.SIGNED_ONLY,
            # A bare literal is readable by all and not even signed: what to do next is the same.
            Kind.LITERAL: Code.SIGNED_ONLY,
            Kind.PACKETS: Code.MALFORMED,
        }
        if self.kind is not Kind.ENCRYPTED:
            return Code.TRUNCATED if self.truncated and self.kind is Kind.PACKETS else plain[self.kind]
        return self._encrypted_refusal()

    def _encrypted_refusal(self) -> Code | None:
        if self.nested:
            return Code.TOO_COMPLEX
        if self.containers > 1:
            return Code.MULTIPLE_MESSAGES
        if self.truncated or (self.container is Container.ABSENT and not self.malformed):
            return Code.TRUNCATED
        if self.malformed:
            return Code.MALFORMED
        if not self.session_keys:
            return Code.SYMMETRIC_ONLY if self.passwords else Code.MALFORMED
        if self.container is Container.RFC9580:
            return Code.UNSUPPORTED_FORMAT
        if not any(
            one.version in (2, 3) and one.algorithm in OPENABLE_ALGORITHMS for one in self.session_keys
        ):
            return Code.UNSUPPORTED_FORMAT
        if self.container is Container.UNPROTECTED:
            return Code.NO_INTEGRITY
        return None


@dataclass(slots=True)
class _Count:
    packets: int = 0
    containers: int = 0
    passwords: int = 0
    session_keys: list[SessionKey] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)


def look(
    binary: bytes, *, packet_limit: int = PACKET_LIMIT, session_key_limit: int = SESSION_KEY_LIMIT
) -> Facts:
    """Reads the outer packets in one pass and says what they are; never raises, whatever the bytes."""
    binary = binary.rstrip(BLANKS) if not binary.strip(BLANKS) else binary
    if not binary:
        return Facts(Kind.NOTHING)
    count = _Count()
    private = truncated = malformed = too_complex = nested = False
    container, span, body_at = Container.ABSENT, (0, 0), 0
    literal_inside: Kind | None = None
    for packet in packets_of(binary):
        if packet.fault is Fault.BROKEN or not plausible(packet):
            if count.packets == 0:
                return Facts(Kind.NOT_PGP)
            # Blanks after a whole message are an editor's doing and are not handed on.
            malformed = malformed or bool(binary[packet.start :].strip(BLANKS))
            break
        count.packets += 1
        private = private or packet.tag in SECRETS
        if packet.fault is Fault.TOO_MANY or count.packets > packet_limit:
            too_complex = True
            break
        if packet.tag not in IGNORED:
            count.tags.append(packet.tag)
        if packet.tag == Tag.PUBLIC_SESSION_KEY:
            malformed = malformed or count.containers > 0
            count.session_keys.append(_session_key(packet))
        elif packet.tag == Tag.PASSWORD_SESSION_KEY:
            count.passwords += 1
        elif packet.tag in CONTAINERS:
            count.containers += 1
            if count.containers == 1:
                container, span, body_at = _container(packet), (packet.start, packet.end), packet.body
        elif packet.tag == Tag.COMPRESSED and literal_inside is None:
            literal_inside = _peek(binary, packet)
            private = private or literal_inside is Kind.PRIVATE_KEY
            nested = nested or literal_inside is Kind.ENCRYPTED
        if len(count.session_keys) + count.passwords > session_key_limit:
            too_complex = True
            break
        if packet.fault is Fault.CUT:
            truncated = True
            break
    kind = _kind(count.tags, literal_inside)
    stray = {tag for tag in count.tags if tag not in CONTAINERS and tag not in (1, 3)}
    return Facts(
        kind=kind,
        container=container,
        session_keys=tuple(count.session_keys),
        passwords=count.passwords,
        packets=count.packets,
        containers=count.containers,
        container_span=span,
        body_at=body_at,
        holds_private_key=private,
        truncated=truncated,
        malformed=malformed or (kind is Kind.ENCRYPTED and not nested and bool(stray)),
        too_complex=too_complex,
        nested=nested,
    )


def compressed_layers(binary: bytes) -> int:
    """Counts how many compressed packets lie one in another at the start, at most one over the limit."""
    layers = 0
    while layers <= LAYER_LIMIT:
        first = next(packets_of(binary), None)
        if first is None or first.fault is Fault.BROKEN or first.tag != Tag.COMPRESSED:
            break
        layers += 1
        binary = inflate(binary, first)
    return layers


def _session_key(packet: Packet) -> SessionKey:
    head = packet.head
    if head[:1] in (b"\x02", b"\x03") and len(head) >= 10:
        return SessionKey(packet.start, packet.end, head[0], head[9], head[1:9].hex().upper())
    return SessionKey(packet.start, packet.end, head[0] if head else 0, 0, HIDDEN)


def _container(packet: Packet) -> Container:
    if packet.tag == Tag.UNPROTECTED:
        return Container.UNPROTECTED
    if packet.tag == Tag.OCB:
        return Container.OCB if packet.head[:1] == b"\x01" else Container.RFC9580
    return Container.MDC if packet.head[:1] == b"\x01" else Container.RFC9580


def _peek(binary: bytes, packet: Packet) -> Kind:
    for _ in range(LAYER_LIMIT):
        binary = inflate(binary, packet)
        inner = next(packets_of(binary), None)
        if inner is None or inner.fault is Fault.BROKEN or not plausible(inner):
            return Kind.PACKETS
        if inner.tag != Tag.COMPRESSED:
            return _kind([inner.tag], None)
        packet = inner
    return Kind.ENCRYPTED


def _kind(tags: list[int], inside: Kind | None) -> Kind:
    seen = set(tags)
    if not seen:
        return Kind.PACKETS
    if seen & SECRETS or inside is Kind.PRIVATE_KEY:
        return Kind.PRIVATE_KEY
    if seen & CONTAINERS or seen & {1, 3} or inside is Kind.ENCRYPTED:
        return Kind.ENCRYPTED
    if seen & KEYS:
        return Kind.PUBLIC_KEY
    if seen == {Tag.SIGNATURE}:
        return Kind.SIGNATURE
    if seen & {Tag.SIGNATURE, Tag.ONE_PASS} or inside in (Kind.SIGNED, Kind.SIGNATURE):
        return Kind.SIGNED
    if Tag.LITERAL in seen or inside is Kind.LITERAL:
        return Kind.LITERAL
    return inside or Kind.PACKETS
