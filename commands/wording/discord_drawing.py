"""The few sentences that exist only because Discord draws messages, forms and commands in its own way.

Everything else that is shown there is said elsewhere; what was cut or folded always names where the rest is.
"""

from __future__ import annotations

from commands.wording.drawing import (
    FILE,
    GO_BACK,
    NEXT,
    NO_TITLE,
    NOT_SENT,
    OPEN,
    SURE,
    WAITING,
    cut_message,
    folded_file,
    notice,
    notice_files,
)

__all__ = [  # with what every platform says
    "CORRECT", "DATE", "FILE", "GO_BACK", "LEFT_AS_IT_IS", "NEXT", "NOT_SENT", "NO_TITLE", "NUMBER", "OPEN", "REPORT", "SEND_TO_DESK",
    "SURE", "VDP", "WAITING", "cut_message", "folded_file", "group_about", "line_too_long", "listed", "more_pages", "nothing_waits",
    "notice", "notice_files", "option", "short_list", "type_instead", "words_for",
]

CORRECT = "Correct"
DATE = "As YYYY-MM-DD."
NUMBER = "A whole number."
LEFT_AS_IT_IS = "Nothing was changed."
VDP = "Work on reports of flaws: what is due, what to decide, what to say."
REPORT = "Report a flaw, or see what became of yours. Only you see the answers."
SEND_TO_DESK = "Send to the desk"
_GROUPS = {
    "case": "Less common acts on one report.", "program": "The programme: policy, scope, who does what.",
    "upkeep": "For the people who run the bot.", "embargo": "When a report may be published.",
}


def group_about(name: str) -> str:
    """What a group of commands is for."""
    return _GROUPS.get(name, "More commands.")


def option(label: str, example: str = "") -> str:
    """What an option of a command takes."""
    shown = label[:1].upper() + label[1:]
    return f"{shown}, such as {example}" if example else shown


def type_instead(label: str, line: str) -> tuple[str, str, str]:
    """A button's command is too long for Discord: before it, the command, after it."""
    return f"For [{label}], type ", line, "."


def words_for(label: str, sure: str) -> str:
    """What a dangerous button would do, said before it is pressed."""
    return f"{label}: {sure}"


def more_pages(shown: int, all_of_them: int) -> str:
    """A form is longer than Discord shows at once."""
    return f"{shown} of {all_of_them} questions. Send them, and the rest follows."


def short_list(count: int) -> str:
    """A choice that is typed because there are too many to choose from."""
    return f"One of the {count} words above."


def listed(label: str, words: str) -> str:
    """The words of a choice that is typed."""
    return f"{label}: {words}"


def line_too_long() -> str:
    """What was typed before the form is too long to be carried by it."""
    return "That line is too long to go on in a form. Nothing was sent. Type the command alone, then fill in the form."


def nothing_waits() -> str:
    """The panel when there is nothing on it."""
    return "Nothing waits for you. To report a flaw, type /report new. Colleagues type /vdp help."
