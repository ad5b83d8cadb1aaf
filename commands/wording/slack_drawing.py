"""The few sentences that exist only because Slack draws messages, forms and its Home tab in its own way.

Everything else that is shown there is said elsewhere; what was cut or folded always names where the rest is.
"""

from __future__ import annotations

from commands.wording.drawing import (
    CANCEL,
    FILE,
    GO_BACK,
    NEXT,
    NO_TITLE,
    NOT_SENT,
    OPEN,
    SEND,
    SURE,
    WAITING,
    cut_message,
    folded_file,
    notice,
    notice_files,
    with_files,
)

__all__ = [  # with what every platform says
    "CANCEL", "CLOSE", "FILE", "GO_BACK", "NEXT", "NOT_SENT", "NO_TITLE", "OPEN", "SEND", "SURE", "WAITING", "cut_answer",
    "cut_home", "cut_message", "folded_file", "line_too_long", "nothing_waits", "notice", "notice_files", "notice_note",
    "notice_outside", "notice_relay", "with_files",
]

CLOSE = "Close"


def cut_answer() -> str:
    """A private answer was longer than Slack shows; no file can follow it."""
    return "Cut here: Slack shows no more in one answer. Ask for one report to see all of it."


def cut_home() -> str:
    """The Home tab holds no more."""
    return "More than fits here. Type /vdp queue for the rest."


def line_too_long() -> str:
    """What was typed before the form is too long to be carried by it."""
    return "That line is too long to go on in a form. Nothing was sent. Type the command alone, then fill in the form."


def nothing_waits() -> str:
    """The Home tab when there is nothing on it."""
    return ("Nothing waits for you. To report a flaw, write to the bot under Messages. Colleagues type /vdp help.")


def notice_note() -> str:
    """A colleague left a note in a report's channel."""
    return "A new note in this channel"


def notice_outside() -> str:
    """The researcher's words reached a report's channel."""
    return "The researcher wrote"


def notice_relay(name: str, label: str) -> str:
    """Somebody speaks through the bot."""
    return f"A message from {name}" + (f", {label}" if label else "")
