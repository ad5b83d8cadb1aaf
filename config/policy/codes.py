"""The closed list of answers to one piece of incoming mail.

Decides the names only: they stand in audit rows, metrics and answers, so a name never changes once released.
What each means for a person is said in the wording; how it is found out, in the packet reader and the opener.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Says what became of a message somebody sent."""

    ACCEPTED = "accepted"
    NOT_PGP = "not_pgp"
    EMPTY = "empty"
    PLAINTEXT_MESSAGE = "plaintext_message"
    PUBLIC_KEY = "public_key"
    PRIVATE_KEY = "private_key"
    CLEARSIGNED = "clearsigned"
    SIGNED_ONLY = "signed_only"
    DETACHED_SIGNATURE = "detached_signature"
    WRONG_RECIPIENT = "wrong_recipient"
    SYMMETRIC_ONLY = "symmetric_only"
    NO_INTEGRITY = "no_integrity"
    TAMPERED = "tampered"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_LARGE = "too_large"
    DECOMPRESSION_BOMB = "decompression_bomb"
    TOO_COMPLEX = "too_complex"
    EMPTY_PLAINTEXT = "empty_plaintext"
    MULTIPLE_MESSAGES = "multiple_messages"
    INCOMPLETE = "incomplete"
    UNSUPPORTED_FILE = "unsupported_file"
    INTERNAL = "internal"
