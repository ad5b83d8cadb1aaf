"""What was fetched and opened for a message before its transaction begins.

Decides nothing: `messages.py` fills it in and reads it, and a call carries it.
"""

from __future__ import annotations

from dataclasses import dataclass

from commands.intake.kept import Kept
from commands.intake.opening import Step
from storage.gpg import Opened


@dataclass(frozen=True, slots=True)
class Brought:
    """What was fetched and opened before the transaction. Its text is never stored outside a seal."""

    files: tuple[Kept, ...] = ()
    text: str = ""  # what was typed, also when it came as a blob
    step: Step | None = None
    opened: Opened | None = None
    original: Kept | None = None  # everything that arrived for this report, as received
    body: Kept | None = None  # opened text that is too long for a row
    parts: tuple[str, ...] = ()  # rows of earlier parts that this message completes
    enclosed: tuple[Kept, ...] = ()  # files that were encrypted with the text
