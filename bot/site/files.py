"""The files of the pages: style sheets, scripts, the icon, and the library that encrypts; served under a name that changes with them.

Decides that a file is kept by browsers for good: its address holds a digest of all of them. The digest of what encrypts is told to
people, so that they can compare it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
_OURS: Final = FOLDER / "static"
_SHARED: Final = FOLDER.parent / "platforms" / "local" / "pages"  # the colours and the theme are those of every page
LIBRARY: Final = FOLDER / "vendor" / "openpgp.min.mjs"
ENCRYPTS: Final = ("encrypt.js", "report.js", "openpgp.min.mjs")  # what the checksum of the page is made of, in this order
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", "": "text/plain"}
_PATHS: Final = {
    **{name: _SHARED / name for name in ("tokens.css", "theme.js", "icon.svg")},
    **{path.name: path for path in _OURS.iterdir()},
    LIBRARY.name: LIBRARY,
    "LICENSE": LIBRARY.with_name("LICENSE"),
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is served."""

    data: bytes
    packed: bytes
    media_type: str
    integrity: str  # as `integrity` names it


@dataclass(frozen=True, slots=True)
class Files:
    """All of them, read once."""

    build: str
    checksum: str
    by_name: dict[str, File]

    def address(self, name: str) -> str:
        """Return the address of a file on these pages."""
        return f"/static/{self.build}/{name}"


@cache
def current() -> Files:
    """Return the files of this release."""
    data = {name: path.read_bytes() for name, path in sorted(_PATHS.items())}
    build = hashlib.sha256(b"".join(name.encode() + hashlib.sha256(one).digest() for name, one in data.items())).hexdigest()[:12]
    checksum = hashlib.sha256(b"".join(data[name] for name in ENCRYPTS)).hexdigest()
    return Files(build, checksum, {
        name: File(one, gzip.compress(one, 6, mtime=0), f"{_KINDS[Path(name).suffix]}; charset=utf-8",
                   "sha384-" + base64.b64encode(hashlib.sha384(one).digest()).decode())
        for name, one in data.items()
    })
