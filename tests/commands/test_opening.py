"""Every answer to what strangers send, with real gpg and forged packets."""

from __future__ import annotations

import base64
import bz2
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.intake.opening import Next, Piece, look_at, open_pieces, opened_pieces, piece_of_file
from config.policy.codes import Code
from storage.gpg import Gpg
from storage.gpghome import make_home, remove_home
from storage.keyring import Keyring
from tests import pgp

TEXT = b"The model follows orders hidden in a picture.\nIt did so in 3 of 10 tries.\n"


@dataclass(frozen=True)
class Desk:
    home: Path
    gpg: Gpg
    fingerprint: str
    forge: pgp.Forge
    stranger: Path
    stranger_key: str

    def typed(self, *texts: str) -> Code:
        return open_pieces([typed(text) for text in texts], self.gpg).code

    def file(self, data: bytes, name: str = "report.asc") -> Code:
        return open_pieces([Piece("file", name, data)], self.gpg).code


def typed(text: str) -> Piece:
    return Piece("typed", "", text.encode())


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    home, stranger = make_home(), make_home()
    fingerprint = Keyring(home).make("Example programme")
    stranger_key = pgp.make_key(stranger)
    gpg = Gpg(home)
    yield Desk(home, gpg, fingerprint, pgp.make_forge(home, fingerprint), stranger, stranger_key)
    gpg.close()
    remove_home(home)
    remove_home(stranger)


@pytest.fixture(scope="module")
def message(desk: Desk) -> bytes:
    return pgp.encrypt(desk.home, [desk.fingerprint], TEXT)


def test_a_good_message_opens_and_says_which_key_and_digest(desk: Desk, message: bytes) -> None:
    opened = open_pieces([typed(pgp.armor(message))], desk.gpg)
    assert (opened.code, opened.plaintext) == (Code.ACCEPTED, TEXT)
    assert opened.key_fingerprint == desk.fingerprint
    assert opened.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert not opened.expired_key
    assert TEXT.decode()[:20] not in repr(opened)


async def test_the_twin_on_the_loop_says_the_same(desk: Desk, message: bytes) -> None:
    opened = await opened_pieces([typed(pgp.armor(message))], desk.gpg)
    assert opened.plaintext == TEXT


# Each code, from the same desk: what is sent, and the answer.
HOSTILE: dict[str, tuple[Code, Callable[[Desk, bytes], bytes]]] = {
    "no integrity": (Code.NO_INTEGRITY, lambda d, m: d.forge.unprotected(pgp.literal(TEXT))),
    "tampered": (Code.TAMPERED, lambda d, m: d.forge.tampered(pgp.literal(TEXT))),
    "tampered in compressed data": (
        Code.TAMPERED,
        lambda d, m: flipped(
            d.forge.integrity_protected(pgp.compressed(pgp.literal(os.urandom(9000)))), 3000
        ),
    ),
    "tampered session key": (Code.TAMPERED, lambda d, m: flipped(m, 60)),
    "tampered ocb": (Code.TAMPERED, lambda d, m: flipped(d.forge.offset_codebook(pgp.literal(TEXT)), -1)),
    "truncated": (Code.TRUNCATED, lambda d, m: m[:-5]),
    "truncated in the session key": (Code.TRUNCATED, lambda d, m: m[:40]),
    "session keys alone": (Code.TRUNCATED, lambda d, m: d.forge.session_packet),
    "bomb": (
        Code.DECOMPRESSION_BOMB,
        lambda d, m: d.forge.integrity_protected(pgp.zeros_compressed(1 << 30)),
    ),
    "bomb in bzip2": (Code.DECOMPRESSION_BOMB, lambda d, m: d.forge.integrity_protected(bzip2_bomb(1 << 26))),
    "too many recipients": (
        Code.TOO_COMPLEX,
        lambda d, m: d.forge.with_session_packets(pgp.hidden_session_key() * 64, pgp.literal(TEXT)),
    ),
    "too many passwords": (
        Code.TOO_COMPLEX,
        lambda d, m: d.forge.with_session_packets(pgp.password_session_key() * 64, pgp.literal(TEXT)),
    ),
    "too many packets": (Code.TOO_COMPLEX, lambda d, m: pgp.new_packet(10, b"PGP") * 1_001 + m),
    "too many chunks": (
        Code.TOO_COMPLEX,
        lambda d, m: d.forge.session_packet + pgp.partial_packet(18, b"\x01" + bytes(200_000), power=0),
    ),
    "encrypted twice": (
        Code.TOO_COMPLEX,
        lambda d, m: d.forge.integrity_protected(d.forge.integrity_protected(pgp.literal(TEXT))),
    ),
    "encrypted in compressed": (Code.TOO_COMPLEX, lambda d, m: pgp.compressed(m)),
    "fifty layers": (Code.TOO_COMPLEX, lambda d, m: d.forge.integrity_protected(layers(50))),
    "password only": (
        Code.SYMMETRIC_ONLY,
        lambda d, m: pgp.run_gpg(d.home, "--passphrase", "x", "--symmetric", data=TEXT),
    ),
    "not to us": (Code.WRONG_RECIPIENT, lambda d, m: pgp.encrypt(d.stranger, [d.stranger_key], TEXT)),
    "hidden, not to us": (
        Code.WRONG_RECIPIENT,
        lambda d, m: pgp.encrypt(d.stranger, [d.stranger_key], TEXT, "--throw-keyids"),
    ),
    "signed only": (Code.SIGNED_ONLY, lambda d, m: pgp.run_gpg(d.stranger, "--sign", data=TEXT)),
    "bare literal": (Code.SIGNED_ONLY, lambda d, m: pgp.literal(TEXT)),
    "clearsigned": (Code.CLEARSIGNED, lambda d, m: pgp.run_gpg(d.stranger, "--clear-sign", data=TEXT)),
    "detached": (Code.DETACHED_SIGNATURE, lambda d, m: pgp.run_gpg(d.stranger, "--detach-sign", data=TEXT)),
    "public key": (Code.PUBLIC_KEY, lambda d, m: pgp.export_public(d.stranger, d.stranger_key)),
    "public key, binary": (
        Code.PUBLIC_KEY,
        lambda d, m: pgp.export_public(d.stranger, d.stranger_key, armored=False),
    ),
    "private key": (Code.PRIVATE_KEY, lambda d, m: pgp.export_secret(d.stranger, d.stranger_key)),
    "private key, binary": (
        Code.PRIVATE_KEY,
        lambda d, m: pgp.export_secret(d.stranger, d.stranger_key, armored=False),
    ),
    "private key, compressed": (
        Code.PRIVATE_KEY,
        lambda d, m: pgp.compressed(pgp.export_secret(d.stranger, d.stranger_key, armored=False)),
    ),
    "private key behind a message": (
        Code.PRIVATE_KEY,
        lambda d, m: m + pgp.export_secret(d.stranger, d.stranger_key, armored=False),
    ),
    "private key called a message": (
        Code.PRIVATE_KEY,
        lambda d, m: pgp.armor(pgp.export_secret(d.stranger, d.stranger_key, armored=False)).encode(),
    ),
    "rfc 9580": (Code.UNSUPPORTED_FORMAT, lambda d, m: rfc9580()),
    "rfc 9580, old session key": (
        Code.UNSUPPORTED_FORMAT,
        lambda d, m: d.forge.session_packet + pgp.new_packet(18, b"\x02\x09\x02\x10" + bytes(80)),
    ),
    "x25519 session key": (
        Code.UNSUPPORTED_FORMAT,
        lambda d, m: (
            pgp.new_packet(1, b"\x03" + bytes(8) + b"\x19" + bytes(72))
            + pgp.new_packet(18, b"\x01" + bytes(80))
        ),
    ),
    "empty literal": (Code.EMPTY_PLAINTEXT, lambda d, m: d.forge.integrity_protected(pgp.literal(b""))),
    "blanks only": (Code.EMPTY_PLAINTEXT, lambda d, m: d.forge.integrity_protected(pgp.literal(b" \n\n"))),
    "nothing inside": (Code.EMPTY_PLAINTEXT, lambda d, m: d.forge.integrity_protected(b"")),
    "text after the message": (Code.MALFORMED, lambda d, m: m + b"and some words"),
    "text after the literal": (
        Code.MALFORMED,
        lambda d, m: d.forge.integrity_protected(pgp.literal(TEXT) + b"and some words"),
    ),
    "no packets inside": (Code.MALFORMED, lambda d, m: d.forge.integrity_protected(b"just words")),
    "bad compression": (
        Code.MALFORMED,
        lambda d, m: d.forge.integrity_protected(pgp.new_packet(8, b"\x02no zlib at all")),
    ),
    "a key inside": (
        Code.MALFORMED,
        lambda d, m: d.forge.integrity_protected(
            pgp.export_public(d.stranger, d.stranger_key, armored=False)
        ),
    ),
    "two literals": (
        Code.MULTIPLE_MESSAGES,
        lambda d, m: d.forge.integrity_protected(pgp.literal(TEXT) + pgp.literal(TEXT)),
    ),
    "two messages": (Code.MULTIPLE_MESSAGES, lambda d, m: m + m),
    "a picture": (Code.NOT_PGP, lambda d, m: b"\x89PNG\r\n\x1a\n" + bytes(400)),
    "words": (Code.NOT_PGP, lambda d, m: b"hello"),
    "another kind of armor": (
        Code.NOT_PGP,
        lambda d, m: b"-----BEGIN CERTIFICATE-----\nTWFueSB3b3Jkcw==\n-----END CERTIFICATE-----\n",
    ),
    "armored words": (Code.NOT_PGP, lambda d, m: pgp.armor(b"just words").encode()),
    "broken armor": (
        Code.MALFORMED,
        lambda d, m: pgp.armor(m).replace("MESSAGE-----\n\n", "MESSAGE-----\n\n#!#", 1).encode(),
    ),
    "empty armor": (
        Code.MALFORMED,
        lambda d, m: b"-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----\n",
    ),
    "empty": (Code.EMPTY, lambda d, m: b""),
    "blanks": (Code.EMPTY, lambda d, m: b" \r\n\t\n"),
}


def flipped(message: bytes, at: int) -> bytes:
    changed = bytearray(message)
    changed[at] ^= 1
    return bytes(changed)


def layers(count: int) -> bytes:
    packets = pgp.literal(TEXT)
    for _ in range(count):
        packets = pgp.compressed(packets)
    return packets


def bzip2_bomb(count: int) -> bytes:
    return pgp.new_packet(8, b"\x03" + bz2.compress(pgp.literal(bytes(count))))


def rfc9580() -> bytes:
    session = pgp.new_packet(1, b"\x06\x21\x06" + bytes(32) + b"\x19" + bytes(72))
    return session + pgp.new_packet(18, b"\x02\x09\x02\x10" + bytes(120))


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_get_their_own_code(desk: Desk, message: bytes, name: str) -> None:
    code, make = HOSTILE[name]
    opened = open_pieces([Piece("file", "report.gpg", make(desk, message))], desk.gpg)
    assert opened.code is code
    assert opened.plaintext == b""
    assert opened.sha256 == ""
    assert not any(word in opened.detail for word in ("model", "picture", "somebody"))


GOOD: dict[str, Callable[[Desk, bytes], bytes]] = {
    "binary": lambda d, m: m,
    "armored": lambda d, m: pgp.armor(m).encode(),
    "utf-8 with mark": lambda d, m: b"\xef\xbb\xbf" + pgp.armor(m).encode(),
    "utf-16": lambda d, m: pgp.armor(m).encode("utf-16"),
    "utf-16 big endian": lambda d, m: b"\xfe\xff" + pgp.armor(m).encode("utf-16-be"),
    "latin-1 comment": lambda d, m: pgp.armor(m, headers=["Comment: \xe9t\xe9"]).encode("latin-1"),
    "base64 alone": lambda d, m: base64.encodebytes(m),
    "blanks behind": lambda d, m: m + b"\r\n\x00",
    "hidden recipient": lambda d, m: pgp.encrypt(d.home, [d.fingerprint], TEXT, "--throw-keyids"),
    "sixty-four session keys": lambda d, m: d.forge.with_session_packets(
        hidden_to_nobody() * 63, pgp.literal(TEXT)
    ),
    "and a password": lambda d, m: d.forge.with_session_packets(
        pgp.password_session_key(), pgp.literal(TEXT)
    ),
    "a broken session key of somebody else": lambda d, m: d.forge.with_session_packets(
        pgp.new_packet(1, b"\x03" + b"12345678" + b"\x12nonsense"), pgp.literal(TEXT)
    ),
    "marker and padding": lambda d, m: pgp.new_packet(10, b"PGP") + pgp.new_packet(21, b"pad") + m,
    "gnupg 2.3 ocb": lambda d, m: d.forge.offset_codebook(pgp.literal(TEXT)),
    "partial lengths": lambda d, m: (
        d.forge.session_packet
        + pgp.partial_packet(
            18, d.forge.integrity_protected(pgp.literal(TEXT * 40))[len(d.forge.session_packet) + 3 :]
        )
    ),
    "not compressed": lambda d, m: pgp.encrypt(d.home, [d.fingerprint], TEXT, "--compress-algo", "none"),
    "bzip2": lambda d, m: pgp.encrypt(d.home, [d.fingerprint], TEXT * 99, "--compress-algo", "bzip2"),
    "text mode": lambda d, m: pgp.encrypt(d.home, [d.fingerprint], TEXT, "--textmode"),
    "indeterminate literal": lambda d, m: d.forge.integrity_protected(
        pgp.old_packet(11, b"b\x00\x00\x00\x00\x00" + TEXT, indeterminate=True)
    ),
    "old header": lambda d, m: d.forge.integrity_protected(
        pgp.old_packet(11, b"u\x00\x00\x00\x00\x00" + TEXT)
    ),
    "signed by a stranger": lambda d, m: signed(d),
}


def hidden_to_nobody() -> bytes:
    # A real point on the curve, sealed to a key that nobody has.
    point = bytes.fromhex("0107409b1c7b5d1e6d0a2f8f44c2c5b1e8f27d6a35f0c2b8d91e4a7c6f3052b8a1d42e")
    return pgp.new_packet(1, b"\x03" + bytes(8) + b"\x12" + point + b"\x30" + bytes(48))


def signed(desk: Desk) -> bytes:
    public = pgp.export_public(desk.home, desk.fingerprint)
    pgp.run_gpg(desk.stranger, "--import", data=public)
    return pgp.run_gpg(desk.stranger, "--sign", "--encrypt", "--recipient", desk.fingerprint, data=TEXT)


@pytest.mark.parametrize("name", GOOD)
def test_every_honest_form_opens(desk: Desk, message: bytes, name: str) -> None:
    opened = open_pieces([Piece("file", "Report.PGP", GOOD[name](desk, message))], desk.gpg)
    assert opened.code is Code.ACCEPTED
    assert TEXT in opened.plaintext
    assert opened.signed_by == ""


def test_a_signature_by_a_known_key_is_named_and_a_bad_one_is_not(desk: Desk, message: bytes) -> None:
    own = pgp.run_gpg(desk.home, "--sign", "--encrypt", "--recipient", desk.fingerprint, data=TEXT)
    assert open_pieces([Piece("file", "a.gpg", own)], desk.gpg).signed_by == desk.fingerprint
    inner = pgp.run_gpg(desk.home, "--compress-algo", "none", "--sign", data=TEXT)
    forged = desk.forge.integrity_protected(inner.replace(b"3 of 10", b"9 of 10"))
    opened = open_pieces([Piece("file", "a.gpg", forged)], desk.gpg)
    assert (opened.code, opened.signed_by, opened.plaintext) == (Code.TAMPERED, "", b"")


def test_sizes_are_bounded_as_sent_and_opened(desk: Desk) -> None:
    noise = pgp.encrypt(desk.home, [desk.fingerprint], os.urandom(300_000))
    pieces = [Piece("file", "a.gpg", noise)]
    assert open_pieces(pieces, desk.gpg, sent_limit=len(noise) - 1).code is Code.TOO_LARGE
    assert open_pieces(pieces, desk.gpg, sent_limit=len(noise)).code is Code.ACCEPTED
    assert open_pieces(pieces * 2, desk.gpg, sent_limit=len(noise)).code is Code.TOO_LARGE
    small = Gpg(desk.home, opened_limit=299_999)
    assert open_pieces(pieces, small).code is Code.TOO_LARGE
    exact = Gpg(desk.home, opened_limit=300_000)
    assert open_pieces(pieces, exact).code is Code.ACCEPTED


def test_short_talk_is_talk_and_long_clear_text_is_a_choice(desk: Desk) -> None:
    assert look_at([typed("hello, is anybody there?")]).next is Next.TALK
    assert look_at([typed("x" * 200)]).next is Next.TALK
    long = look_at([typed("word " * 60)])
    assert (long.next, long.code) == (Next.REFUSE, Code.PLAINTEXT_MESSAGE)
    assert look_at([typed(" \u200b\n ")]).code is Code.EMPTY
    assert look_at([]).code is Code.EMPTY
    assert look_at([typed("--- end of the log ---")]).next is Next.TALK
    assert look_at([piece_of_file("shot.png", b"...")]).code is Code.UNSUPPORTED_FILE
    assert look_at([piece_of_file("Words.TXT", b"hi")]).next is Next.TALK


def test_a_paste_split_over_messages_waits_and_then_opens(desk: Desk) -> None:
    text = pgp.armor(pgp.encrypt(desk.home, [desk.fingerprint], os.urandom(4000).hex().encode()))
    for size in (700, 1999, 2000, len(text) - 3, len(text) - 20):
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        for count in range(1, len(parts)):
            step = look_at([typed(part) for part in parts[:count]])
            assert step.code in (Code.INCOMPLETE, Code.ACCEPTED)
            assert step.next is not Next.REFUSE
        assert look_at([typed(parts[0])]).next is Next.WAIT or size == len(text) - 3
        assert desk.typed(*parts) is Code.ACCEPTED


def test_parts_may_be_typed_and_sent_as_files(desk: Desk, message: bytes) -> None:
    text = pgp.armor(message)
    half = len(text) // 2
    first, second = text[:half], text[half:]
    as_file = Piece("file", "rest.asc", second.encode())
    assert open_pieces([typed(first), as_file], desk.gpg).code is Code.ACCEPTED
    assert (
        open_pieces([Piece("file", "a.asc", first.encode()), typed(second)], desk.gpg).code is Code.ACCEPTED
    )
    assert open_pieces([typed("hello"), typed(first), typed(second)], desk.gpg).code is Code.ACCEPTED


def test_what_is_missing_is_called_incomplete_or_cut(desk: Desk, message: bytes) -> None:
    text = pgp.armor(message)
    assert desk.typed(text[:150]) is Code.INCOMPLETE
    assert desk.typed(text[150:]) is Code.INCOMPLETE
    assert desk.file(text[:150].encode()) is Code.TRUNCATED
    lines = text.splitlines()
    assert desk.typed("\n".join([*lines[:3], lines[-1]])) is Code.TRUNCATED


def test_a_message_counts_whatever_stands_beside_it(desk: Desk, message: bytes) -> None:
    text = pgp.armor(message)
    public = pgp.export_public(desk.stranger, desk.stranger_key).decode()
    assert desk.typed("Hello, here it is:\n" + text + "\nKind regards") is Code.ACCEPTED
    assert desk.typed(text + public) is Code.ACCEPTED
    assert desk.typed(public + text) is Code.ACCEPTED
    assert open_pieces([typed(text), Piece("file", "a.png", b"..")], desk.gpg).code is Code.ACCEPTED
    step = look_at([typed(text + public), Piece("file", "a.png", b"..")])
    assert set(step.beside) == {Code.PUBLIC_KEY, Code.UNSUPPORTED_FILE}
    assert desk.typed(text + text) is Code.MULTIPLE_MESSAGES
    assert (
        open_pieces([typed(text), Piece("file", "a.gpg", message)], desk.gpg).code is Code.MULTIPLE_MESSAGES
    )
    assert desk.typed(text[:200] + "\noh, once more\n" + text) is Code.ACCEPTED


def test_a_private_key_anywhere_comes_first(desk: Desk, message: bytes) -> None:
    text = pgp.armor(message)
    secret = pgp.export_secret(desk.stranger, desk.stranger_key).decode()
    assert desk.typed(text + secret) is Code.PRIVATE_KEY
    assert desk.typed(text, "so here is my key", secret[:120]) is Code.PRIVATE_KEY
    assert desk.typed(secret.replace("\n", " ").replace("-----", "\u2014\u2014-")) is Code.PRIVATE_KEY
    assert desk.typed("word " * 99 + "-----BEGIN OPENSSH PRIVATE KEY-----\nabcd") is Code.PRIVATE_KEY
    assert desk.file(secret.encode(), "key.bin") is Code.PRIVATE_KEY
    raw = pgp.export_secret(desk.stranger, desk.stranger_key, armored=False)
    assert desk.typed(base64.b64encode(raw).decode()) is Code.PRIVATE_KEY


def test_no_flipped_bit_changes_what_is_read(desk: Desk, message: bytes) -> None:
    ocb = desk.forge.offset_codebook(pgp.literal(TEXT))
    for whole in (message, ocb):
        for at in range(0, len(whole), 7):
            opened = desk.gpg.decrypt(flipped(whole, at))
            assert opened.plaintext in (b"", TEXT)
            assert opened.code is not Code.INTERNAL
