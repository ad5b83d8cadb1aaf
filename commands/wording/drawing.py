"""Sentences that every platform needs which draws messages and forms in its own way.

What was cut or folded always names where the rest is.
"""

from __future__ import annotations

from commands.times import count

SURE = "Are you sure?"
GO_BACK = "Go back"
CANCEL = "Cancel"
SEND = "Send"
OPEN = "Open"
WAITING = "Waiting for you"
NEXT = "Next"
NOT_SENT = "Nothing was sent yet."
NO_TITLE = "Answer"
FILE = "file"


def cut_message(name: str) -> str:
    """A message was longer than the platform shows; the file follows it."""
    return f"Cut here. The whole text is in the file {name}."


def folded_file(name: str) -> str:
    """Where a text is that is shown to nobody who did not ask for it."""
    return f"The text is in the file {name}. It may hold what it describes."


def with_files(names: tuple[str, ...], more: int) -> str:
    """Which files belong to a message."""
    shown = ", ".join(names)
    return f"With it: {shown}" + (f" and {count(more, 'more file', 'more files')}." if more else ".")


def notice_files() -> str:
    """A message that holds files alone."""
    return "A file for you"


def notice() -> str:
    """A message of which nothing may stand in a notice."""
    return "A message from the disclosure desk"
