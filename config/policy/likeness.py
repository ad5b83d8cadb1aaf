"""How alike two texts are, told by keyed sketches that say nothing of a text to whoever lacks the key.

Decides what of a text is compared, how it becomes a sketch, and from when on two texts are called similar. Compared are
the beginnings of the longer words, whatever their order: of the kinds that were measured (tests/rules/test_likeness.py)
these set a flaw that two people tell apart from different flaws most widely, and they need no list of words of one
language. A sketch is 1-bit MinHash (Broder 1997; Li and König 2010): bit by bit, two sketches agree with probability
(1 + J) / 2, where J is the share of what two texts have in common. Where sketches stand is decided in commands/judging/likeness.py.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import unicodedata
from dataclasses import dataclass
from typing import Final

BITS: Final = 1_024  # the standard error of a share is 1 / sqrt(BITS), 3 percent
SIMILAR: Final = 0.22  # from this share on two texts are similar: five standard errors above what different flaws share on average
SIMILAR_NEARBY: Final = 0.18  # the same where category and system are the same as well
FEWEST: Final = 12  # features; a text with fewer says too little to be compared
MOST_READ: Final = 20_000  # characters; what is longer is compared by its beginning
_WORD_LETTERS, _BEGINNING = 5, 6
_ROUNDS = _BINS = 32  # one hash of a feature gives a bin in each round
_EMPTY: Final = 1 << 32
_TAG_BYTES: Final = 8
_LAYOUT: Final = struct.Struct(f">BB{_TAG_BYTES}s{BITS // 8}s")
_FORMAT: Final = 1

# What is drawn over or between letters: accents, joiners, directions, tags.
_UNSEEN: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u00ad\u200b-\u200f"
                            "\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e01ef]+")
_LONG_RUN: Final = re.compile(r"([^\w\s]{30})[^\w\s]+")  # sorting a long run of marks takes the square of its length
_SPACED: Final = "A-Za-z\u00aa-\u02af\u0370-\u058f\u0591-\u06ff\u10a0-\u10ff\u1c90-\u1cbf\u1e00-\u1fff"
_UNSPACED: Final = "\u0900-\u109f\u1100-\u1c8f\u3041-\u30ff\u3105-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS: Final = re.compile(f"([{_SPACED}]+)|([{_UNSPACED}]+)")


def features(text: str) -> frozenset[str]:
    """The beginnings of the longer words of a text; pairs of characters where a script sets no spaces between words."""
    read = _LONG_RUN.sub(r"\1", _UNSEEN.sub("", text[:MOST_READ]))
    read = _UNSEEN.sub("", unicodedata.normalize("NFKD", read)[:3 * MOST_READ])  # a single character may stand for 18
    found: set[str] = set()
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", read).casefold()):
        word, run = match.groups()
        if run:
            found.update(run[at: at + 2] for at in range(len(run) - 1))
        elif len(word) >= (3 if "\u0590" <= word[0] <= "\u06ff" else _WORD_LETTERS):  # vowels are not written there
            found.add(word[:_BEGINNING])
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a report to compare it: bits of its text unless that says too little, and a tag of its system."""

    bits: int | None = None
    system: bytes = b""

    def __bool__(self) -> bool:
        """Whether there is anything to compare."""
        return self.bits is not None or bool(self.system)

    def __repr__(self) -> str:
        """Show nothing: a sketch belongs to somebody's words."""
        return "<sketch>"

    def packed(self) -> bytes:
        """The sketch as bytes of one length, whatever it holds."""
        return _LAYOUT.pack(_FORMAT, self.bits is not None, self.system, (self.bits or 0).to_bytes(BITS // 8))


def unpacked(data: bytes) -> Sketch:
    """The sketch that was packed; empty for bytes of another format, which are compared with nothing."""
    if len(data) != _LAYOUT.size or data[0] != _FORMAT:
        return Sketch()
    _, told, system, bits = _LAYOUT.unpack(data)
    return Sketch(int.from_bytes(bits) if told else None, system if any(system) else b"")


def sketch(key: bytes, text: str, *, system: str = "") -> Sketch:
    """The sketch of a text under a key of 32 bytes, with the system that it is about, if that is known."""
    said = features(text)
    named = " ".join(unicodedata.normalize("NFKC", system).casefold().split())
    return Sketch(_minima(key, said) if len(said) >= FEWEST else None,
                  hmac.digest(key, b"system\0" + _bytes(named), "sha256")[:_TAG_BYTES] if named else b"")


def share(one: Sketch, other: Sketch) -> float | None:
    """The share of what two texts have in common, from 0 to 1, within about 3 percent; None when it cannot be told."""
    if one.bits is None or other.bits is None:
        return None
    return max(0.0, 1 - 2 * (one.bits ^ other.bits).bit_count() / BITS)


def same_system(one: Sketch, other: Sketch) -> bool:
    """Whether both are known to be about the same system."""
    return bool(one.system) and one.system == other.system


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _minima(key: bytes, said: frozenset[str]) -> int:
    """One bit of the smallest hash in each bin of each round, as a number.

    A feature costs one hash for all rounds. An empty bin borrows from the next one that is not (Shrivastava and Li 2014):
    the same features borrow alike, so the probability of agreeing stays what it is.
    """
    smallest = [_EMPTY] * BITS
    numbers = struct.Struct(f">{_ROUNDS}I").unpack
    starts = range(0, BITS, _BINS)
    for one in said:
        for start, number in zip(starts, numbers(hashlib.shake_128(key + _bytes(one)).digest(4 * _ROUNDS)), strict=True):
            at = start + (number >> 27)
            value = number & 0x7FFFFFF
            if value < smallest[at]:  # noqa: PLR1730  min() takes twice the time, 30,000 times a report
                smallest[at] = value
    bits = 0
    for start in starts:
        row = smallest[start: start + _BINS]
        for at in range(_BINS):
            steps = next(step for step in range(_BINS) if row[(at + step) % _BINS] != _EMPTY)
            # What was borrowed says another bit the farther away it was, so that one value does not fill a round.
            bits = bits << 1 | (row[(at + steps) % _BINS] >> steps % 24 & 1)
    return bits
