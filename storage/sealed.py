"""The sealed value: its layout, what it is bound to, and the only column type that may hold it.

This module decides what a sealed value looks like, how the place it belongs to is spelt, and that nothing
else can be written into a sealed column. It holds no key and opens nothing: that is storage/vault.py.

Layout, big-endian: format (1 byte), key number (2), version (4), nonce (12), ciphertext and tag. Key
number 0 means "under the owner's own data key"; any other number names the master key it was sealed under,
so that older master keys can be given beside the current one without a change of this layout.
"""

from __future__ import annotations

import struct
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

FORMAT = 1
HEADER = struct.Struct(">BHI")
NONCE_BYTES = 12
TAG_BYTES = 16
SMALLEST = HEADER.size + NONCE_BYTES + TAG_BYTES


class VaultError(Exception):
    """Something cannot be sealed or opened; the text never holds a key or a word of the content."""


def bound(header: bytes, *parts: str) -> bytes:
    """Return additional data for AES-GCM in which no two different lists of parts look alike."""
    encoded = [to_bytes(part) for part in parts]
    return header + b"".join(struct.pack(">I", len(part)) + part for part in encoded)


def to_bytes(text: str) -> bytes:
    """Return the text as UTF-8, whatever it holds."""
    # Strangers can send lone surrogates, and a strict encoder's error would carry the text with it.
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """Return the text that to_bytes encoded; VaultError when the bytes are no text."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise VaultError("the sealed value is not text") from None


class NotSealedError(VaultError, DontWrapMixin):
    """A value that was never sealed was about to be written into a sealed column."""

    # DontWrapMixin: SQLAlchemy would otherwise put the parameters, here the clear text, into its own error.


class Sealed(bytes):
    """A sealed value: ciphertext bound to its table, column, row and version."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell the size only, so that rows stay readable in a debugger."""
        return f"<sealed, {len(self)} bytes>"

    __str__ = __repr__

    @property
    def version(self) -> int:
        """Return the version this value was sealed as; VaultError when it is no sealed value at all."""
        if not self.is_whole():
            raise VaultError("this is not a sealed value")
        return int(HEADER.unpack_from(self)[2])

    def is_whole(self) -> bool:
        """Tell whether the outer form is that of a sealed value; only opening it proves the rest."""
        return len(self) >= SMALLEST and self[0] == FORMAT

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let table classes name this type; nothing but a Sealed passes a validation."""
        return core_schema.is_instance_schema(cls)


class SealedColumn(TypeDecorator[Sealed]):
    """A binary column that takes only Sealed values (or NULL) and gives them back as Sealed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Return the plain bytes for the driver; NotSealedError for what did not come from a box."""
        if value is None:
            return None
        if not isinstance(value, Sealed) or not value.is_whole():
            raise NotSealedError(f"a sealed column takes only sealed values, not {type(value).__name__}")
        return bytes(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Sealed | None:
        """Return what the database holds, unchecked: a damaged cell must not hide the rest of its row."""
        return None if value is None else Sealed(value)
