"""A key as people paste it into a setting.

Decides how armor, base64 and their usual damage (literal backslash-n, spaces for newlines, quotes, a byte
order mark)
become the binary packets of a key. Importing and checking them is left to `keyring`.
"""

from __future__ import annotations

import base64
import binascii
import re

_BEGIN = re.compile(r"-----BEGIN PGP (?:PRIVATE|PUBLIC) KEY BLOCK-----")
_END = "-----END PGP"
_DATA = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}\Z|[A-Za-z0-9+/]{1,3}={0,2}\Z|[A-Za-z0-9+/]*={1,2}\Z")


def key_bytes(setting: str | bytes) -> bytes:
    """Returns the binary packets inside a setting's value, empty when there are none to be found."""
    if isinstance(setting, bytes):
        if setting[:1] and setting[0] & 0x80 and not setting.startswith(b"\xef\xbb\xbf"):
            return setting
        setting = setting.decode("utf-8-sig", "replace")
    text = _unescaped(setting)
    if _BEGIN.search(text) is None:
        plain = _decoded("".join(text.split()))
        if plain[:1] and plain[0] & 0x80:
            return plain
        # base64 of a whole armored file is as common as base64 of the key itself
        text = _unescaped(plain.decode("ascii", "replace"))
    return _dearmored(text)


def _unescaped(text: str) -> str:
    text = text.strip("\ufeff \t\r\n'\"")
    return text.replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def _dearmored(text: str) -> bytes:
    begin = _BEGIN.search(text)
    if begin is None:
        return b""
    body, end, _ = text[begin.end() :].partition(_END)
    if not end:
        return b""
    data: list[str] = []
    for line in body.split("\n"):
        words = line.split()
        if ":" in line:
            # A header, or the whole block on one line: the data are the long words at its end.
            words = _after_headers(words)
        data += [word for word in words if not re.fullmatch(r"=[A-Za-z0-9+/]{4}", word)]
    if not all(_DATA.match(word) for word in data):
        return b""
    return _decoded("".join(data))


def _after_headers(words: list[str]) -> list[str]:
    for at, word in enumerate(words):
        if len(word) >= 60 and _DATA.match(word):
            return words[at:]
    return []


def _decoded(text: str) -> bytes:
    text = text.rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
