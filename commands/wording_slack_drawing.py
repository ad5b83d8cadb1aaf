"""The few sentences that exist only because Slack draws messages, forms and its Home tab in its own way.

Everything else that is shown there is said elsewhere; what was cut or folded always names where the rest is.
"""

from __future__ import annotations

from commands.times import count

SURE = "Are you sure?"
GO_BACK = "Go back"
CLOSE = "Close"
CANCEL = "Cancel"
SEND = "Send"
OPEN = "Open"
WAITING = "Waiting for you"
NEXT = "Next"
NOT_SENT = "Nothing was sent yet."
NO_TITLE = "Answer"
FILE = "file"


def cut_message(name: str) -> str:
    """A message was longer than Slack shows; the file follows it."""
    return f"Cut here. The whole text is in the file {name}."


def cut_answer() -> str:
    """A private answer was longer than Slack shows; no file can follow it."""
    return "Cut here: Slack shows no more in one answer. Ask for one report to see all of it."


def cut_home() -> str:
    """The Home tab holds no more."""
    return "More than fits here. Type /vdp queue for the rest."


def folded_file(name: str) -> str:
    """Where a text is that is shown to nobody who did not ask for it."""
    return f"The text is in the file {name}. It may hold what it describes."


def with_files(names: tuple[str, ...], more: int) -> str:
    """Which files belong to a message."""
    shown = ", ".join(names)
    return f"With it: {shown}" + (f" and {count(more, 'more file', 'more files')}." if more else ".")


def line_too_long() -> str:
    """What was typed before the form is too long to be carried by it."""
    return "That line is too long to go on in a form. Nothing was sent. Type the command alone, then fill in the form."


def nothing_waits() -> str:
    """The Home tab when there is nothing on it."""
    return ("Nothing waits for you. To report a flaw, write to the bot under Messages; as a colleague, type /vdp help for "
            "what you can do.")


def notice_note() -> str:
    """A colleague left a note in a report's channel."""
    return "A new note in this channel"


def notice_outside() -> str:
    """The researcher's words reached a report's channel."""
    return "The researcher wrote"


def notice_relay(name: str, label: str) -> str:
    """Somebody speaks through the bot."""
    return f"A message from {name}" + (f", {label}" if label else "")


def notice_files() -> str:
    """A message that holds files alone."""
    return "A file for you"


def notice() -> str:
    """A message of which nothing may stand in a notice."""
    return "A message from the disclosure desk"
