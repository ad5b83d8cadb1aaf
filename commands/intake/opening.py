"""One person's pieces, from what was typed and sent to one verdict.

Decides, for messages and files in the order they came, whether they are complete, what they are, and which
bytes go
to gpg. Intake and `inspect` ask the same question here. Leaves the mending of text to `armour`, packets and
keys to
the storage floor, and what is said about it to the wording.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from commands.intake import armour
from config.policy.codes import Code
from storage.gpg import Gpg, Opened
from storage.packets import Facts, Kind, look

SENT_LIMIT = 8 << 20
TALK_LIMIT = 200
FILE_ENDINGS = (".asc", ".gpg", ".pgp")

# Where no message is found, the first of these that was seen is the answer.
_ORDER = (
    Code.TOO_COMPLEX,
    Code.CLEARSIGNED,
    Code.SIGNED_ONLY,
    Code.TRUNCATED,
    Code.MALFORMED,
    Code.PLAINTEXT_MESSAGE,
    Code.PUBLIC_KEY,
    Code.DETACHED_SIGNATURE,
    Code.NOT_PGP,
    Code.UNSUPPORTED_FILE,
    Code.EMPTY,
)
_LABELLED = {
    armour.Label.SIGNED_MESSAGE: Code.CLEARSIGNED,
    armour.Label.SIGNATURE: Code.DETACHED_SIGNATURE,
    armour.Label.PUBLIC_KEY: Code.PUBLIC_KEY,
    armour.Label.FOREIGN: Code.NOT_PGP,
    armour.Label.MESSAGE: Code.MALFORMED,
}
# Shorter base64 is a word like any other.
_BARE_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """One typed message or one file, exactly as it arrived; typed text is UTF-8."""

    kind: Literal["typed", "file"]
    name: str
    data: bytes


class Next(StrEnum):
    """Says what is to be done with the pieces so far."""

    TALK = "talk"
    WAIT = "wait"
    OPEN = "open"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Step:
    """What the pieces are. `code` is the verdict if nothing more comes; `binary` is what gpg opens."""

    next: Next
    code: Code
    binary: bytes = b""
    detail: str = ""
    beside: tuple[Code, ...] = ()


def look_at(pieces: Sequence[Piece], *, sent_limit: int = SENT_LIMIT) -> Step:
    """Classifies one person's pieces in order; the limit is in bytes for all of them together."""
    if sum(len(piece.data) for piece in pieces) > sent_limit:
        return Step(Next.REFUSE, Code.TOO_LARGE, detail=f"limit={sent_limit}")
    sorted_out = _sort_out(pieces)
    found = armour.find(armour.join(sorted_out.texts))
    seen = [*sorted_out.codes]
    facts: list[tuple[bytes, Facts]] = []
    for packets in (*sorted_out.binaries, *(block.packets for block in found.blocks)):
        if packets is not None:
            facts.append((packets, look(packets)))
    seen += [
        _LABELLED[block.label] for block in found.blocks if block.packets is None and block.label in _LABELLED
    ]
    if found.private_key or sorted_out.private_key or any(one.holds_private_key for _, one in facts):
        return Step(Next.REFUSE, Code.PRIVATE_KEY)
    seen += [one.refusal() or Code.MALFORMED for _, one in facts if one.kind is not Kind.ENCRYPTED]
    if found.too_many:
        seen.append(Code.TOO_COMPLEX)
    encrypted = [(packets, one) for packets, one in facts if one.kind is Kind.ENCRYPTED]
    if len(encrypted) > 1:
        return Step(Next.REFUSE, Code.MULTIPLE_MESSAGES, detail=f"messages={len(encrypted)}")
    if encrypted:
        packets, one = encrypted[0]
        code, beside = one.refusal(), tuple(dict.fromkeys(seen))
        if code is not None:
            return Step(Next.REFUSE, code, beside=beside)
        return Step(Next.OPEN, Code.ACCEPTED, binary=packets, beside=beside)
    if found.unfinished:
        return Step(Next.WAIT, Code.INCOMPLETE if sorted_out.typed_since_open else Code.TRUNCATED)
    if found.end_only:
        return Step(Next.REFUSE, Code.INCOMPLETE, detail="no beginning")
    return _without_message(found.words if sorted_out.typed else "", seen)


def open_pieces(pieces: Sequence[Piece], gpg: Gpg, *, sent_limit: int = SENT_LIMIT) -> Opened:
    """Gives the final verdict on one person's pieces, opened when they hold one message; blocks."""
    step = look_at(pieces, sent_limit=sent_limit)
    if step.next is not Next.OPEN:
        return Opened(step.code, detail=step.detail)
    return gpg.decrypt(step.binary)


async def opened_pieces(pieces: Sequence[Piece], gpg: Gpg, *, sent_limit: int = SENT_LIMIT) -> Opened:
    """Gives the same verdict in gpg's own threads: megabytes of hostile text never hold up the event loop."""
    return await gpg.aside(open_pieces, pieces, gpg, sent_limit=sent_limit)


def piece_of_file(name: str, data: bytes) -> Piece:
    """Returns a file on disk as a piece: `.txt` stands for a typed message, every other ending for a file."""
    return Piece("typed" if name.lower().endswith(".txt") else "file", name, data)


@dataclass(slots=True)
class _Sorted:
    """Pieces by what they hold."""

    texts: list[str] = field(default_factory=list)
    binaries: list[bytes] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    private_key: bool = False
    typed: bool = False
    typed_since_open: bool = False
    open: bool = False

    def add(self, text: str, *, typed: bool) -> bool:
        """Takes text that has, or continues, an armored block; typed words are taken anyway."""
        after = armour.stays_open(text, before=self.open)
        if after is None and not typed:
            return False
        self.typed = self.typed or typed
        if after:
            self.typed_since_open = typed or (self.open and self.typed_since_open)
        self.open = bool(after)
        self.texts.append(text)
        return True


def _sort_out(pieces: Sequence[Piece]) -> _Sorted:
    out = _Sorted()
    for piece in pieces:
        if piece.kind == "typed":
            _sort_typed(out, _decoded(piece.data) or piece.data.decode("utf-8", "replace"))
        elif not piece.name.lower().endswith(FILE_ENDINGS):
            out.codes.append(Code.UNSUPPORTED_FILE)
            out.private_key = out.private_key or armour.has_private_key(piece.data.decode("latin-1"))
        else:
            _sort_file(out, piece.data)
    return out


def _sort_typed(out: _Sorted, text: str) -> None:
    bare = None if out.open else _bare(text)
    if bare is None:
        out.add(text, typed=True)
    else:
        out.binaries.append(bare)


def _sort_file(out: _Sorted, data: bytes) -> None:
    if not data.strip(b"\x00 \t\r\n") or data in _MARKS:
        out.codes.append(Code.EMPTY)
        return
    text = None if look(data).kind is not Kind.NOT_PGP else _decoded(data)
    if text is None:
        out.binaries.append(data)
    elif not text.strip():
        out.codes.append(Code.EMPTY)
    elif not out.add(text, typed=False):
        out.binaries.append(_bare(text) or data)


def _bare(text: str) -> bytes | None:
    """Returns the packets of a message or key that lost its armor lines."""
    if len(text) < _BARE_LIMIT:
        return None
    packets = armour.bare_packets(text)
    kinds = (Kind.ENCRYPTED, Kind.PRIVATE_KEY, Kind.PUBLIC_KEY, Kind.SIGNED)
    return packets if packets and look(packets).kind in kinds else None


_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _decoded(data: bytes) -> str | None:
    """Returns bytes as text by their byte order mark, else as UTF-8 or, with an armor line in them, as
    Latin-1."""
    try:
        if data.startswith(_MARKS[1:]):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1") if b"BEGIN PGP" in data or b"END PGP" in data else None


def _without_message(words: str, seen: list[Code]) -> Step:
    if len(words) > TALK_LIMIT:
        seen = [*seen, Code.PLAINTEXT_MESSAGE]
    for code in _ORDER:
        if code in seen:
            return Step(
                Next.REFUSE, code, beside=tuple(dict.fromkeys(one for one in seen if one is not code))
            )
    if words:
        return Step(Next.TALK, Code.PLAINTEXT_MESSAGE, detail="short")
    return Step(Next.REFUSE, Code.EMPTY)
