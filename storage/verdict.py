"""What gpg's status lines mean.

Decides, from one run's status alone, whether a message was opened whole and intact, and if not, why. Never
looks at
the text, never trusts the return code, never reads gpg's words for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from config.policy.codes import Code

_MARK = b"[GNUPG:] "
_KNOWN = frozenset(
    {
        "BADMDC",
        "BADSIG",
        "BEGIN_DECRYPTION",
        "DECRYPTION_FAILED",
        "DECRYPTION_KEY",
        "DECRYPTION_OKAY",
        "ERROR",
        "ERRSIG",
        "FAILURE",
        "GOODMDC",
        "NODATA",
        "NO_PUBKEY",
        "NO_SECKEY",
        "PLAINTEXT",
        "PLAINTEXT_LENGTH",
        "UNEXPECTED",
        "VALIDSIG",
    }
)
_BAD = ("ERROR", "UNEXPECTED", "NODATA", "BADMDC", "DECRYPTION_FAILED")
# Codes of libgpg-error that speak of our agent, our key or our memory, not of what was sent: no secret
# key, bad or
# no passphrase, resources, time-out, agent gone, pinentry, cancelled. From 256 on: talk with the agent broke.
_OURS = frozenset({11, 17, 31, 33, 62, 63, 77, 78, 80, 81, 85, 86, 99, 177, 198})
_SYSTEM_ERROR = 0x8000


@dataclass(frozen=True, slots=True)
class Status:
    """The known status lines of one run, by keyword, in order."""

    lines: Mapping[str, tuple[tuple[str, ...], ...]]

    def count(self, keyword: str) -> int:
        """Returns how often a keyword came."""
        return len(self.lines.get(keyword, ()))

    def words(self, keyword: str) -> tuple[str, ...]:
        """Returns the words after the first line of this keyword, none when it never came."""
        return next(iter(self.lines.get(keyword, ())), ())

    @property
    def key_fingerprint(self) -> str:
        """Returns the fingerprint of the key that opened the message, empty when none did."""
        words = self.words("DECRYPTION_KEY")
        return words[0] if words else ""

    @property
    def signed_by(self) -> str:
        """Returns the primary fingerprint of a known key's good signature, empty otherwise.

        With several signatures every one has to be good: a stranger's good one beside a bad one
        proves nothing.
        """
        valid = self.lines.get("VALIDSIG", ())
        if len(valid) != 1 or self.count("BADSIG") or self.count("ERRSIG") or not valid[0]:
            return ""
        return valid[0][-1]


def read_status(raw: bytes) -> Status:
    """Reads status bytes: lines end at LF only, known keywords only, everything else is passed over."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for keyword, words in _lines(raw):
        found.setdefault(keyword, []).append(words)
    return Status(MappingProxyType({keyword: tuple(rows) for keyword, rows in found.items()}))


def judge(status: Status, *, ours_named: bool) -> Code | None:
    """Returns the verdict on one decrypt, None where a second look at the bare contents is needed.

    `ours_named` says that the message names a key of ours: then "no secret key" is our fault, not the
    sender's.
    """
    begun = status.count("BEGIN_DECRYPTION")
    if _good(status):
        return Code.ACCEPTED
    if status.count("BADMDC") or status.count("BADSIG"):
        # At a bad signature of a key it knows gpg stops, before it has checked the container.
        return Code.TAMPERED
    if not status.count("DECRYPTION_KEY"):
        return _not_unlocked(status, ours_named)
    if begun > 1:
        return Code.TOO_COMPLEX
    if not status.count("DECRYPTION_OKAY"):
        # Either the integrity check failed or gpg gave up on the contents before it came to the check.
        return Code.TAMPERED if status.count("DECRYPTION_FAILED") else None
    return _odd_contents(status)


def _good(status: Status) -> bool:
    once = ("BEGIN_DECRYPTION", "PLAINTEXT", "DECRYPTION_OKAY")
    if any(status.count(keyword) != 1 for keyword in once) or any(status.count(keyword) for keyword in _BAD):
        return False
    # The return code is repeated as a failure when a signature could not be checked; that says
    # nothing of the text.
    unchecked = status.count("ERRSIG") or status.count("NO_PUBKEY")
    failures = status.lines.get("FAILURE", ())
    return not failures or (bool(unchecked) and all(words[:1] == ("gpg-exit",) for words in failures))


def _not_unlocked(status: Status, ours_named: bool) -> Code:
    codes = [
        words[1]
        for words in status.lines.get("ERROR", ())
        if words[:1] == ("pkdecrypt_failed",) and words[1:]
    ]
    if codes:
        numbers = [int(code) & 0xFFFF for code in codes if code.isdecimal()]
        if len(numbers) < len(codes) or any(n & _SYSTEM_ERROR or n >= 256 or n in _OURS for n in numbers):
            return Code.INTERNAL
        # A damaged session key and a damaged body share one code: telling them apart would help to forge.
        return Code.TAMPERED
    if status.count("NO_SECKEY"):
        return Code.INTERNAL if ours_named else Code.WRONG_RECIPIENT
    if status.count("NODATA") or status.count("UNEXPECTED"):
        return Code.MALFORMED
    if status.count("DECRYPTION_FAILED") or status.count("BEGIN_DECRYPTION"):
        return Code.INTERNAL if ours_named else Code.WRONG_RECIPIENT
    return Code.INTERNAL


def _odd_contents(status: Status) -> Code | None:
    if status.count("UNEXPECTED"):
        return None
    texts = status.count("PLAINTEXT")
    again = any(
        words[:1] in (("proc_pkt.plaintext",), ("decryption.early_plaintext",))
        for words in status.lines.get("ERROR", ())
    )
    if texts > 1 or (texts and again):
        return Code.MULTIPLE_MESSAGES
    if not texts and {words[:1] for words in status.lines.get("NODATA", ())} == {("2",)}:
        return Code.EMPTY_PLAINTEXT
    return Code.MALFORMED


def _lines(raw: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in raw.split(b"\n"):
        if not line.startswith(_MARK):
            continue
        words = line[len(_MARK) :].decode("utf-8", "replace").split(" ")
        if words[0] in _KNOWN:
            yield words[0], tuple(word for word in words[1:] if word)
