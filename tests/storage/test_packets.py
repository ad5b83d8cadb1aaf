"""The outer packet reader on hand-made, cut and random bytes."""

from __future__ import annotations

import random
import sys
from types import FrameType

import pytest

from config.policy.codes import Code
from storage import framing, packets
from storage.packets import Container, Kind, compressed_layers, look
from tests import pgp

SESSION = pgp.new_packet(1, b"\x03" + bytes.fromhex("0123456789abcdef") + b"\x12" + bytes(80))
BODY = b"\x01" + bytes(range(200)) * 5
WHOLE = SESSION + pgp.new_packet(18, BODY)


def test_it_reads_recipients_and_container() -> None:
    facts = look(SESSION + pgp.hidden_session_key() + pgp.password_session_key() + pgp.new_packet(18, BODY))
    assert facts.kind is Kind.ENCRYPTED
    assert facts.recipients == ("0123456789ABCDEF",)
    assert (facts.hidden_recipients, facts.passwords, facts.packets) == (1, 1, 4)
    assert facts.container is Container.MDC
    assert facts.has_integrity
    assert facts.refusal() is None


@pytest.mark.parametrize(
    "container",
    [
        pgp.new_packet(18, BODY),
        pgp.old_packet(9, BODY),
        pgp.partial_packet(18, BODY),
        pgp.partial_packet(18, BODY, power=0),
        pgp.old_packet(9, BODY, indeterminate=True),
    ],
    ids=["new", "old", "partial", "partial of one byte", "indeterminate"],
)
def test_every_framing_is_followed_to_its_end(container: bytes) -> None:
    facts = look(SESSION + container)
    assert facts.container_span == (len(SESSION), len(SESSION) + len(container))
    assert (facts.packets, facts.truncated, facts.malformed) == (2, False, False)
    assert framing.body_of(container) == BODY


def test_every_cut_is_noticed() -> None:
    for whole in (WHOLE, SESSION + pgp.partial_packet(18, BODY)):
        for size in range(4, len(whole)):
            assert look(whole[:size]).refusal() is Code.TRUNCATED, size


def test_the_caps_are_exact() -> None:
    container = pgp.new_packet(18, BODY)
    assert look(SESSION + pgp.hidden_session_key() * 63 + container).refusal() is None
    assert look(SESSION + pgp.hidden_session_key() * 64 + container).refusal() is Code.TOO_COMPLEX
    marker = pgp.new_packet(10, b"PGP")
    assert look(marker * 998 + WHOLE).refusal() is None
    assert look(marker * 999 + WHOLE).refusal() is Code.TOO_COMPLEX


@pytest.mark.parametrize(
    ("binary", "code"),
    [
        (pgp.new_packet(18, BODY), Code.MALFORMED),
        (SESSION, Code.TRUNCATED),
        (pgp.password_session_key() + pgp.new_packet(18, BODY), Code.SYMMETRIC_ONLY),
        (SESSION + pgp.new_packet(9, BODY), Code.NO_INTEGRITY),
        (SESSION + pgp.new_packet(18, b"\x02" + BODY), Code.UNSUPPORTED_FORMAT),
        (WHOLE + b"words", Code.MALFORMED),
        (WHOLE + b"\r\n\x00", None),
        (WHOLE + SESSION, Code.MALFORMED),
        (WHOLE + WHOLE, Code.MULTIPLE_MESSAGES),
        (WHOLE + pgp.literal(b"x"), Code.MALFORMED),
        (pgp.literal(b"x") + WHOLE, Code.MALFORMED),
        (WHOLE + pgp.new_packet(21, b"padding"), None),
        (b"", Code.EMPTY),
        (b"\n\x00 ", Code.EMPTY),
        (b"hello", Code.NOT_PGP),
        (b"\xff\xd8\xff\xe0" + bytes(99), Code.NOT_PGP),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), Code.NOT_PGP),
        (b"PK\x03\x04" + bytes(99), Code.NOT_PGP),
        (b"%PDF-1.7", Code.NOT_PGP),
        (pgp.compressed(pgp.compressed(pgp.literal(b"x"))), Code.SIGNED_ONLY),
        (pgp.compressed(b"words"), Code.MALFORMED),
        (pgp.new_packet(8, b"\x02no zlib"), Code.MALFORMED),
    ],
)
def test_what_the_packets_alone_settle(binary: bytes, code: Code | None) -> None:
    assert look(binary).refusal() is code


def test_layers_are_counted_up_to_the_limit_only() -> None:
    inner = pgp.literal(b"x")
    for count in range(12):
        assert compressed_layers(inner) == min(count, packets.LAYER_LIMIT + 1)
        inner = pgp.compressed(inner)


def test_a_bomb_is_not_inflated_to_be_looked_at() -> None:
    facts = look(pgp.zeros_compressed(1 << 26))
    assert facts.kind is Kind.LITERAL
    assert (
        len(
            framing.inflate(
                pgp.zeros_compressed(1 << 26), next(framing.packets_of(pgp.zeros_compressed(1 << 26)))
            )
        )
        <= framing.PEEK_BYTES
    )


def lines_run(binary: bytes) -> int:
    """Counts the lines of our own code that run, which does not depend on the machine."""
    count = 0
    ours = {framing.__file__, packets.__file__}

    def local(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: object) -> object:
        return local if frame.f_code.co_filename in ours else None

    sys.settrace(trace)
    try:
        look(binary)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize(
    "unit",
    [b"\xca\x03PGP", b"\xd5\x01x", b"\xe0", b"\xc1\x0b\x03" + bytes(10), b"\xff", b"\x80", b"\xd2\xe0\x01"],
)
def test_work_is_bounded_however_long_the_bytes(unit: bytes) -> None:
    assert lines_run(unit * ((1 << 20) // len(unit))) < 1_500_000
    assert lines_run(WHOLE[:3] + unit * ((1 << 18) // len(unit))) < 1_500_000


@pytest.mark.slow
def test_ten_thousand_random_and_damaged_messages_never_raise() -> None:
    dice = random.Random(1)
    seeds = [
        WHOLE,
        SESSION + pgp.partial_packet(18, BODY),
        pgp.compressed(pgp.literal(b"x" * 99)),
        pgp.old_packet(9, BODY, indeterminate=True),
        pgp.new_packet(5, b"\x04" + bytes(60)) + pgp.new_packet(13, b"somebody"),
    ]
    for _ in range(10_000):
        binary = bytearray(dice.choice(seeds))
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(binary) + 1)
            act = dice.randrange(4)
            if act == 0:
                binary[at : at + 1] = bytes([dice.randrange(256)])
            elif act == 1:
                del binary[at : at + dice.randrange(1, 40)]
            elif act == 2:
                binary[at:at] = dice.randbytes(dice.randrange(1, 40))
            else:
                binary[at:at] = dice.choice(seeds)[: dice.randrange(200)]
        facts = look(bytes(binary))
        refusal = facts.refusal()
        start, end = facts.container_span
        assert 0 <= start <= end <= len(binary)
        assert all(0 <= one.start < one.end <= len(binary) for one in facts.session_keys)
        assert facts.packets <= packets.PACKET_LIMIT + 1
        # What passes has one container, a recipient, and nothing cut or broken.
        if refusal is None:
            assert facts.containers == 1
            assert facts.session_keys
            assert not (facts.truncated or facts.malformed or facts.holds_private_key)
