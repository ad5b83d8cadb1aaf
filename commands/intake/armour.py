"""PGP blocks as people paste them.

Decides where an armored block starts and ends in pasted text, undoes what chat clients do to it, and turns
its lines
into packets. Private keys are looked for first and in all of the text. Each step reads the text a fixed
number of
times, whatever it holds. What the packets are is left to `storage.packets`; what the person is told, to
intake.
"""

from __future__ import annotations

import base64
import binascii
import html.entities
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_NOTHING = [
    0x00AD,
    0x034F,
    0x061C,
    0x180E,
    0xFEFF,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE0080),
]
_DASHES = "\u2010\u2011\u2012\u2013\u2212\u30fc\ufe58\ufe63\uff0d\u02d7\u2043"
_LONG_DASHES = "\u2014\u2015\u2e3a\u2e3b\u2500\u2501"
_TABLE: dict[int, str] = {
    **{ord(one): " " for one in _SPACES},
    **{ord(one): "\n" for one in _BREAKS},
    **dict.fromkeys(_NOTHING, ""),
    **{ord(one): "-" for one in _DASHES},
    **{ord(one): "--" for one in _LONG_DASHES},
}
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,7}));")
_LINE_BREAK_TAG = re.compile(r"<br ?/?>", re.IGNORECASE)
# Each letter of the two words may stand apart, for a long message may have been split in the middle of a
# line.
_BEGIN, _END = (r"\s*+".join(word) for word in ("BEGIN", "END"))
_EDGE = re.compile(
    rf"(?<!-)(?P<dashes>-++(?:\n-{{1,4}}+)?+)\s*+(?:(?P<begin>{_BEGIN})|{_END})\s*+"
    r"(?P<label>[A-Za-z][A-Za-z0-9 ,/\n]{0,60}+)-++(?:\n-{1,4}+(?=\s|\Z))?+",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"(?<!-)-{2,}+\s*+BEGIN\s++(?:[A-Z0-9]{1,12}\s++){0,3}?(?:PRIVATE|SECRET)\s++KEY", re.IGNORECASE
)
_FENCE = re.compile(r"^[ >|]*(?:`{3,}|~{3,})[a-z]{0,12} *$", re.MULTILINE)
# None of these is base64: quote marks, bullets, fences, escapes at line ends.
_DECORATION = dict.fromkeys(map(ord, ">|*`~\\\u00bb\u203a\u2502\u2503\u258c"))
_DECORATED = re.compile(r"[\s>|*`~\\\u00bb\u203a\u2502\u2503\u258c]*+")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9 -]{0,40}:(?: [^\n]*+|(?=\n|\Z))")
_LONG_WORD = re.compile(r"(?<!\S)(?![0-9A-Fa-f]+(?:\s|\Z))[A-Za-z0-9+/]{60,}+=*+(?!\S)")
_BODY = re.compile(r"([A-Za-z0-9+/]*+)(={0,2})(?:=[A-Za-z0-9+/]{4})?=?")
_HEADER_LIMIT = 100
EDGE_LIMIT = 2_000


class Label(StrEnum):
    """Says what an armor line calls its block."""

    MESSAGE = "MESSAGE"
    SIGNED_MESSAGE = "SIGNED MESSAGE"
    SIGNATURE = "SIGNATURE"
    PUBLIC_KEY = "PUBLIC KEY BLOCK"
    PRIVATE_KEY = "PRIVATE KEY BLOCK"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True, slots=True)
class Block:
    """One armored block: its packets, None when the lines between the armor lines are not base64."""

    label: Label
    packets: bytes | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a text; offsets are those of the mended text."""

    mended: str
    blocks: tuple[Block, ...]
    private_key: bool
    open_at: int | None
    end_only: bool
    too_many: bool

    @property
    def unfinished(self) -> bool:
        """Says that a block begins and does not end."""
        return self.open_at is not None

    @property
    def words(self) -> str:
        """Returns the text outside all blocks."""
        out, at = [], 0
        for block in self.blocks:
            out.append(self.mended[at : block.start])
            at = max(at, block.end)
        out.append(self.mended[at : self.open_at] if self.open_at is not None else self.mended[at:])
        return "".join(out).strip()


def mend(text: str) -> str:
    """Undoes what chat clients do to text: entities, line ends, odd blanks, invisible characters, dashes.

    Text of people comes out changed too: the result is for finding blocks, never for showing or keeping.
    """
    for _ in range(2):  # quoted once more on the way, "&amp;gt;" is common; deeper is not
        if "&" not in text:
            break
        text = _ENTITY.sub(_entity, text)
    if "<" in text:
        text = _LINE_BREAK_TAG.sub("\n", text)
    text = text.replace("\r\n", "\n")
    return text.translate(_TABLE)


def has_private_key(text: str) -> bool:
    """Says whether a private key of any kind begins anywhere in the text."""
    return _edges(mend(text))[1]


def join(parts: Sequence[str]) -> str:
    """Puts the parts of one paste together, in the order in which they came."""
    return "\n".join(parts)


def find(text: str) -> Found:
    """Finds every armored block in a text, in time that grows with its length only."""
    mended = mend(text)
    edges, private, too_many = _edges(mended)
    blocks: list[Block] = []
    opened: _Edge | None = None
    end_only = False
    for edge in edges:
        if edge.begins:
            if opened is not None and opened.label is Label.SIGNED_MESSAGE:
                # The words of a clear-signed text run to its signature, or to a block quoted in it.
                blocks.append(Block(Label.SIGNED_MESSAGE, None, opened.start, edge.start))
            opened = edge
        elif opened is None:
            end_only = end_only or edge.label is not Label.FOREIGN
        else:
            body = None if opened.label is Label.FOREIGN else _packets(mended[opened.end : edge.start])
            blocks.append(Block(opened.label, body, opened.start, edge.end))
            opened = None
    if opened is not None and opened.label is Label.FOREIGN:
        blocks.append(Block(Label.FOREIGN, None, opened.start, opened.end))
        opened = None
    return Found(
        mended=mended,
        blocks=tuple(blocks),
        private_key=private,
        open_at=None if opened is None else opened.start,
        end_only=end_only and not blocks and opened is None,
        too_many=too_many,
    )


def stays_open(text: str, *, before: bool) -> bool | None:
    """Says whether a block is open after this part, given whether one was before; None: no armor line,
    none open."""
    edges, _, _ = _edges(mend(text))
    if not edges:
        return before or None
    return edges[-1].begins


def bare_packets(text: str) -> bytes:
    """Returns the packets in base64 that lost its armor lines, empty when the text is anything else."""
    return _packets(mend(text)) or b""


@dataclass(frozen=True, slots=True)
class _Edge:
    """One armor line."""

    begins: bool
    label: Label
    start: int
    end: int


def _edges(mended: str) -> tuple[list[_Edge], bool, bool]:
    """Returns the armor lines, whether a private key begins anywhere, and whether there were too many
    lines."""
    private = _PRIVATE.search(mended) is not None
    edges: list[_Edge] = []
    for number, match in enumerate(_EDGE.finditer(mended)):
        if number == EDGE_LIMIT:
            return edges, private, True
        words = "".join(match["label"].split()).upper()
        label = _label(words)
        begins = match["begin"] is not None
        dashes = match["dashes"].count("-")
        if dashes < 2 or (label is Label.FOREIGN and (dashes < 5 or not match["label"].isupper())):
            continue  # people write "--- end of log ---" too
        private = private or (begins and ("PRIVATEKEY" in words or "SECRETKEY" in words))
        edges.append(_Edge(begins, label, match.start(), match.end()))
    return edges, private, False


def _entity(match: re.Match[str]) -> str:
    if match[1] or match[2]:
        number = int(match[1]) if match[1] else int(match[2], 16)
        return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else ""
    return html.entities.html5.get(f"{match[3]};", match[0])


def _label(words: str) -> Label:
    """Returns what an armor line's words, blanks taken out, stand for."""
    if not words.startswith("PGP"):
        return Label.FOREIGN
    name = words.removeprefix("PGP")
    if name.startswith(("PRIVATEKEY", "SECRETKEY")):
        return Label.PRIVATE_KEY
    if name.startswith(("MESSAGE", "ARMOREDFILE")):
        return Label.MESSAGE
    return _LABELS.get(name, Label.FOREIGN)


_LABELS = {one.value.replace(" ", ""): one for one in Label}


def _packets(lines: str) -> bytes | None:
    """Turns the lines between the armor lines into packets; the checksum is not asked."""
    body = _BODY.fullmatch("".join(_without_headers(_FENCE.sub("", lines)).translate(_DECORATION).split()))
    if body is None or not body[1]:
        return None
    # One letter over is the rest of a cut block: the packets will say that it ends too early.
    text = body[1][: len(body[1]) - (len(body[1]) % 4 == 1)]
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def _without_headers(lines: str) -> str:
    """Returns what follows the header lines, found without the blank line, which is often lost or doubled."""
    at = 0
    for _ in range(_HEADER_LIMIT):
        at = _DECORATED.match(lines, at).end()  # type: ignore[union-attr]
        header = _HEADER.match(lines, at)
        if header is None:
            break
        # The whole block may stand on this line: the data start at its first long word that is no
        # fingerprint.
        data = _LONG_WORD.search(lines, at, header.end())
        if data is not None:
            return lines[data.start() :]
        at = header.end()
    return lines[at:]
