"""Signs a public file with a key that is given for that alone: cleartext, so that everybody can read it without a program.

Decides nothing about the file. The key stands in a gpg home of its own in memory, which is gone when the signature is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from storage import gpghome
from storage.child import run_bounded
from storage.gpg import WALL_SECONDS
from storage.gpghome import program
from storage.keytext import key_bytes
from storage.packets import Kind, look

_MOST = 64 << 10  # bytes of a signed file
_STATE, _ENDS, _ABLE = 1, 6, 11  # fields of a row of gpg's listing


class SigningError(Exception):
    """The key cannot sign; the text says why and holds nothing of it."""


def clearsigned(text: str, key: str) -> str:
    """Return text with a cleartext signature of a secret key without a passphrase (armor or base64); raises SigningError. Blocks."""
    with _opened(key) as run:
        return _signed(run, text)


def ends(key: str) -> datetime | None:
    """Return when a secret key stops signing, None for never; raises SigningError when it signs nothing while it lasts. Blocks."""
    with _opened(key) as run:
        listing = run(b"", "--with-colons", "--list-secret-keys").decode("utf-8", "replace")
        rows = [row.split(":") for row in listing.splitlines() if row.startswith(("sec:", "ssb:"))]
        if not rows:
            raise SigningError("gpg does not take it as a key")
        able = [row for row in rows if "s" in row[_ABLE]]
        if not able or any(row[_STATE] != "e" for row in able):  # of one that ended the day says enough
            _signed(run, "A line to try it with.\n")
        found = [_end(rows[0], row) for row in able]
        return None if None in found else max((one for one in found if one is not None), default=None)


def _end(primary: list[str], row: list[str]) -> datetime | None:
    """Return when a key that signs ends: with its own day, or with that of the primary key."""
    known = [datetime.fromtimestamp(int(one[_ENDS]), UTC) for one in (primary, row) if one[_ENDS].isdecimal()]
    return min(known, default=None)


@contextmanager
def _opened(key: str) -> Iterator[Callable[..., bytes]]:
    """Give what runs gpg with the key; raises SigningError for what is no secret key."""
    binary = key_bytes(key)
    if look(binary).kind is not Kind.PRIVATE_KEY:
        raise SigningError("it is no secret key")
    home = gpghome.make_home()
    try:
        gpghome.prepare(home)
        gpghome.start_agent(home)
        order = [program("gpg"), "--no-options", "--batch", "--no-tty", "--no-autostart", "--pinentry-mode", "loopback",
                 "--trust-model", "always", "--homedir", str(home)]

        def run(given: bytes, *more: str) -> bytes:
            return run_bounded([*order, *more], given, home=home, output_cap=_MOST, wall_seconds=WALL_SECONDS).output

        run(binary, "--import")
        yield run
    finally:
        gpghome.end_processes(home)
        gpghome.remove_home(home)


def _signed(run: Callable[..., bytes], text: str) -> str:
    found = run(text.encode(), "--digest-algo", "SHA256", "--clearsign").decode("utf-8", "replace").replace("\r\n", "\n")
    if not (found.startswith("-----BEGIN PGP SIGNED MESSAGE-----") and found.rstrip().endswith("-----END PGP SIGNATURE-----")):
        # Of a key that it cannot open gpg has written the text by then.
        raise SigningError("gpg makes no signature with it: give a secret key that signs, without a passphrase")
    return found
