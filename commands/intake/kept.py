"""A sealed blob as it travels between the floors: its name, the key that opens it, size and digest."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.blobs import Kept as Blob


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that were fetched and sealed; `key` is the blob's own key in hex and never leaves a sealed record."""

    name: str
    blob: str
    key: str = field(repr=False)
    size: int
    sha256: str
    too_large: bool = False

    @classmethod
    def of(cls, name: str, blob: Blob) -> Kept:
        """Return a stored blob under the name a person knows it by."""
        return cls(name, blob.name, blob.key.hex(), blob.size, blob.sha256)
