"""What is said where one act is done to several reports: the form, what was done, what was left and why."""

from __future__ import annotations

from collections.abc import Sequence

from commands.text import Text, bold, code, lines, say
from commands.times import count
from commands.wording.common import state_word
from config.policy.states import State

TITLE = "Act on several"
ABOUT = "What does no harm can be done to several reports at once. You choose which of this page next."
GO_ON = "Go on"
QUEUE = "Back to the queue"
CHOOSE = "Choose at least one report."
NO_COLLEAGUE = "Choose the colleague who takes them."

_ACTS = {"acknowledge": "Acknowledge", "update": "Send an update", "remind": "Remind me", "hand-over": "Hand over"}
TITLES = {"acknowledge": "Acknowledge several", "update": "Updates", "remind": "Remind me of several", "hand-over": "Hand over several"}
ABOUTS = {
    "acknowledge": "Each researcher gets the usual sentence. Where nobody is assigned yet, you are.",
    "update": "Each researcher gets what you write.",
    "remind": "Only you are reminded, and nothing is stopped.",
    "hand-over": "They become the assignee and join the rosters.",
}
SUBMITS = {"acknowledge": "Acknowledge them", "update": "Send them", "remind": "Remind me", "hand-over": "Hand them over"}
_DONE = {"acknowledge": "acknowledged, and each researcher is told", "remind": "kept as reminders, for you alone",
         "hand-over": "handed over"}


def act_of(act: str, number: int) -> str:
    """One act with how many of the page it applies to."""
    return f"{_ACTS[act]}: {number}"


def choice(report: str, level: str, state: str) -> str:
    """One report to choose."""
    return f"{report}, {level or 'not judged yet'}, {state_word(State(state))}"


def too_many(most: int) -> str:
    """More reports than one act takes."""
    return f"At most {most} reports at once. Name fewer."


def nothing_for(act: str) -> Text:
    """An act that applies to no report of a page."""
    return say(f"{_ACTS[act]}: it applies to no report of this page. Look at another one with ", code("/vdp queue"), ".")


def done(act: str, reports: Sequence[str], stale: Sequence[tuple[str, Text]]) -> Text:
    """What was done, then what was left as it is and why."""
    parts = [say(f"{count(len(reports), 'report')} {_DONE[act]}: ", bold(", ".join(reports)), ".")] if reports else []
    if stale:
        parts.append(say(f"Left as {'it is' if len(stale) == 1 else 'they are'}:"))
        parts += [say("• ", bold(report), ": ", why) for report, why in stale]
    return lines(parts)
