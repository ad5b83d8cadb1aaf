"""Signs a public file with a key that is given for that alone: cleartext, so that everybody can read it without a program.

Decides nothing about the file. The key stands in a gpg home of its own in memory, which is gone when the signature is made.
"""

from __future__ import annotations

from storage import gpghome
from storage.child import run_bounded
from storage.gpg import WALL_SECONDS
from storage.gpghome import program
from storage.keytext import key_bytes
from storage.packets import Kind, look

_MOST = 64 << 10  # bytes of a signed file


class SigningError(Exception):
    """The key cannot sign; the text says why and holds nothing of it."""


def clearsigned(text: str, key: str) -> str:
    """Return text with a cleartext signature of a secret key without a passphrase (armor or base64); raises SigningError. Blocks."""
    binary = key_bytes(key)
    if look(binary).kind is not Kind.PRIVATE_KEY:
        raise SigningError("it is no secret key")
    home = gpghome.make_home()
    try:
        gpghome.prepare(home)
        gpghome.start_agent(home)
        order = [program("gpg"), "--no-options", "--batch", "--no-tty", "--no-autostart", "--pinentry-mode", "loopback",
                 "--trust-model", "always", "--homedir", str(home)]
        run_bounded([*order, "--import"], binary, home=home, output_cap=_MOST, wall_seconds=WALL_SECONDS)
        ran = run_bounded([*order, "--digest-algo", "SHA256", "--clearsign"], text.encode(), home=home, output_cap=_MOST,
                          wall_seconds=WALL_SECONDS)
    finally:
        gpghome.end_processes(home)
        gpghome.remove_home(home)
    found = ran.output.decode("utf-8", "replace").replace("\r\n", "\n")
    if not found.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
        raise SigningError("gpg makes no signature with it: give a secret key that signs, without a passphrase")
    return found
