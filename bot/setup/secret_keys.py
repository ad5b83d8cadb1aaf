"""The keys of a new programme: a master key and an OpenPGP key, made in a gpg home that is gone afterwards.

Decides which part goes where: the secret encryption subkey into the settings, the primary and its revocation certificate into the
recovery kit alone.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime

from bot.keys import StartError
from storage import gpghome
from storage.keyring import KeyRefusedError, Keyring
from storage.vault import Vault

_WIDE = 64


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What was made; no part of it is ever printed but by the recovery kit and the settings file."""

    fingerprint: str
    expires_at: datetime | None
    master: str = field(repr=False)
    subkey: str = field(repr=False)  # base64: what the bot opens reports with
    primary: str = field(repr=False)  # armored: what renews and revokes
    revocation: str = field(repr=False)  # armored


def make(programme: str) -> NewKeys:
    """Make the keys of a programme; raises StartError when gpg makes none."""
    home = gpghome.make_home()
    try:
        ring = Keyring(home)
        fingerprint = ring.make(f"{programme} disclosure desk")
        subkey = ring.secret_key(fingerprint)
        primary = ring.secret_key(fingerprint, subkeys_only=False)
        revocation = (home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text("utf-8")
        expires = ring.expires(fingerprint)
    except (KeyRefusedError, OSError):
        raise StartError("GnuPG made no key. Run `gpg --version` to see whether it works here, then run setup again.") from None
    finally:
        gpghome.end_processes(home)
        gpghome.remove_home(home)
    return NewKeys(
        fingerprint=fingerprint, expires_at=expires, master=Vault.make_master_key(), subkey=base64.b64encode(subkey).decode(),
        primary=_armored(primary), revocation=_block(revocation),
    )


def _armored(binary: bytes) -> str:
    text = base64.b64encode(binary).decode()
    rows = [text[at:at + _WIDE] for at in range(0, len(text), _WIDE)]
    return "\n".join(["-----BEGIN PGP PRIVATE KEY BLOCK-----", "", *rows, "-----END PGP PRIVATE KEY BLOCK-----"])


def _block(text: str) -> str:
    """Return the block of a revocation certificate as gpg keeps it, without the colon that guards it against a slip of the hand."""
    start, end = text.find("-----BEGIN"), text.find("-----END")
    body = text[start:end] + "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join(line for line in body.splitlines() if not line.startswith("Comment:"))
