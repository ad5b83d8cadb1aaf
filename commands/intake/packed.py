"""A report with files in one encrypted message: a MIME message (RFC 2046) of a text and what is attached to it.

Decides what is taken apart: only a message that begins as `multipart/mixed` and ends as it says; everything else is a text as it
came. Nothing inside is nested, opened or run: a part that is no text is a file, byte for byte. The form of the public pages writes
such messages, and so do mail programs.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from typing import Final

FILES_MOST: Final = 20
_HEADERS_MOST: Final = 4_000  # bytes of headers of one part
_EDGE: Final = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{1,70}")
_NAMED: Final = 120  # characters of a file's name


@dataclass(frozen=True, slots=True)
class Inside:
    """The text of a message, and the files that came with it: name and content."""

    text: bytes
    files: tuple[tuple[str, bytes], ...] = ()


def unpacked(data: bytes) -> Inside:
    """Return what is in an opened message; whatever is no well-formed message of parts is its text."""
    headers, body = _parted(data)
    if headers is None or headers.get_content_type() != "multipart/mixed":
        return Inside(data)
    edge = str(headers.get_boundary() or "").encode("latin-1", "replace")
    if not _EDGE.fullmatch(edge):
        return Inside(data)
    pieces = re.split(rb"(?:\A|\r?\n)--" + re.escape(edge) + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
    # What stands before the first edge and behind the last one is no part; the last edge says that it is.
    if len(pieces) < 5 or pieces[-2] != b"--" or any(pieces[1:-2:2]):
        return Inside(data)
    found = [_part(one) for one in pieces[2:-2:2]]
    if any(one is None for one in found) or len(found) > FILES_MOST + 1:
        return Inside(data)
    parts = [one for one in found if one is not None]
    texts = [content for name, content in parts if not name]
    return Inside(b"\n\n".join(texts), tuple((name, content) for name, content in parts if name))


def _part(piece: bytes) -> tuple[str, bytes] | None:
    headers, body = _parted(piece.removeprefix(b"\r").removeprefix(b"\n"))
    if headers is None:
        return None
    content = _decoded(body, str(headers.get("content-transfer-encoding", "7bit")).strip().lower())
    if content is None:
        return None
    name = str(headers.get_filename() or "").strip()
    plain = headers.get_content_type() == "text/plain" and headers.get_content_disposition() != "attachment"
    if plain and not name:
        return "", content
    return (re.sub(r"[\x00-\x1f\x7f/\\]", "_", name)[:_NAMED] or "file"), content


def _parted(data: bytes) -> tuple[EmailMessage | None, bytes]:
    """Return the headers and the body; no headers where none stand there."""
    found = re.search(rb"\r?\n\r?\n", data[: _HEADERS_MOST + 4])
    head = data[: found.start()] if found else b""
    if found is None or not re.match(rb"[A-Za-z-]+:", head):
        return None, data
    parsed = BytesHeaderParser(policy=default).parsebytes(head + b"\r\n\r\n")
    assert isinstance(parsed, EmailMessage)  # noqa: S101  that is what this policy makes
    return parsed, data[found.end() :]


def _decoded(body: bytes, encoding: str) -> bytes | None:
    match encoding:
        case "base64":
            try:
                return base64.b64decode(b"".join(body.split()), validate=True)
            except (binascii.Error, ValueError):
                return None
        case "quoted-printable":
            return quopri.decodestring(body)
        case "7bit" | "8bit" | "binary":
            return body
    return None
