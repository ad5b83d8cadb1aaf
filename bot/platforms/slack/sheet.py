"""Blocks that keep Slack's limits: how much fits, where a text is broken, what is cut.

Decides how long a set of blocks may be. Slack tells no limit for all blocks of a message together and refuses some with 13,200
characters; what it counts is not known, so here every character of the JSON counts, up to 12,000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.platforms.slack.text import Json, Run, label, rich
from commands.text import Button, Text, shorten
from commands.wording.slack_drawing import GO_BACK, OPEN, SURE

MESSAGE_ROOM = 12_000
VIEW_ROOM = 60_000  # a view may have 250,000 bytes, and a character four
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ACTION = "act:"  # a press of such a button runs its value
SHOW = "show:"  # likewise, and the answer is best shown in a dialog
_BLOCK = 2_999  # characters of text in one block, and one for an ellipsis
_ELEMENTS = 200  # in one block; Slack names no limit
_BUTTONS = 25
_BUTTON_ROOM = 4_000
_VALUE = 2_000
_HALF = re.compile("[\ud800-\udfff]")  # half a character cannot be sent


def cost(blocks: Iterable[Json]) -> int:
    """Return how many characters blocks take."""
    return sum(len(json.dumps(one, ensure_ascii=False, separators=(",", ":"))) + 1 for one in blocks)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Blocks of a text, and whether some of it was left out."""

    blocks: tuple[Json, ...] = ()
    cut: bool = False


def fit(text: Text, room: int, *, most: int = 24, quote: bool = False) -> Fitted:
    """Return a text as at most `most` blocks of rich text that take at most `room` characters."""
    page = _Page(room, most, "rich_text_quote" if quote else "rich_text_section")
    for run in _trimmed(rich(text)):
        if not page.take(run):
            return Fitted(page.done(), cut=True)
    return Fitted(page.done())


def _trimmed(runs: Sequence[Run]) -> list[Run]:
    """Return the runs without line breaks around blocks of fixed width, which stand on lines of their own."""
    found: list[Run] = []
    for at, run in enumerate(runs):
        if run.pre or run.element["type"] != "text":
            found.append(run)
            continue
        words = str(run.element["text"])
        if found and found[-1].pre:
            words = words.lstrip("\n")
        if at + 1 < len(runs) and runs[at + 1].pre:
            words = words.rstrip("\n")
        if words:
            found.append(Run({**run.element, "text": words}))
    return found


class _Page:
    """Rich text that is being laid out."""

    def __init__(self, room: int, most: int, kind: str) -> None:
        self._room, self._most, self._kind = room, most, kind
        self._blocks: list[Json] = []
        self._written = self._held = 0  # characters and elements in the last block

    def take(self, run: Run) -> bool:
        """Add one element, or the part of it that fits; tells whether it fitted whole."""
        kind = "rich_text_preformatted" if run.pre else self._kind
        shown = str(run.element.get("text", run.element.get("fallback", "")))
        fresh = not self._blocks or self._written + len(shown) > _BLOCK or self._held == _ELEMENTS
        if fresh and len(self._blocks) == self._most:
            self._end()
            return False
        new_part = fresh or self._blocks[-1]["elements"][-1]["type"] != kind
        frame = (40 if fresh else 0) + (len(kind) + 30 if new_part else 0)
        element, whole = run.element, True
        price = cost([element]) + frame
        if price > self._room:
            element, whole = _clipped(element, self._room - frame), False
            if not element:
                self._end()
                return False
            price = cost([element]) + frame
        self._room -= price
        if fresh:
            self._blocks.append({"type": "rich_text", "elements": []})
            self._written = self._held = 0
        if new_part:
            self._blocks[-1]["elements"].append({"type": kind, "elements": []})
        self._blocks[-1]["elements"][-1]["elements"].append(element)
        self._written += len(shown)
        self._held += 1
        return whole

    def _end(self) -> None:
        """Mark the last words as cut, where they are words."""
        for part in reversed(self._blocks[-1]["elements"] if self._blocks else []):
            last = part["elements"][-1]
            if last["type"] == "text":
                last["text"] = last["text"].rstrip("…") + "…"
            return

    def done(self) -> tuple[Json, ...]:
        """Return the blocks; a part without visible words is left out, and a line break at its end."""
        found = []
        for block in self._blocks:
            parts = [part for part in block["elements"] if _stripped(part)]
            if parts:
                found.append({**block, "elements": parts})
        return tuple(found)


def _stripped(part: Json) -> bool:
    elements = part["elements"]
    while elements and elements[-1]["type"] == "text" and not elements[-1]["text"].rstrip("\n"):
        elements.pop()
    if elements and elements[-1]["type"] == "text":
        elements[-1]["text"] = elements[-1]["text"].rstrip("\n")
    return any(one["type"] != "text" or one["text"].strip() for one in elements)


def _clipped(element: Json, room: int) -> Json:
    """Return an element of text cut to `room`, or nothing where that is not worth while."""
    if element["type"] != "text" or room < 80:
        return {}
    words = str(element["text"])
    length = min(len(words), room)
    while length > 0:
        found = {**element, "text": shorten(words, length)}
        over = cost([found]) - room
        if over <= 0:
            return found
        length -= max(1, over // 6)  # a character takes at most six as JSON
    return {}


# -- blocks that are always short ----------------------------------------------------------------------------------

def context(*words: str, most: int = 300) -> list[Json]:
    """Return one grey line of plain words, or nothing where there are none."""
    found = [label(one, most) for one in words if one.strip()][:10]
    return [{"type": "context", "elements": found}] if found else []


def head(words: str) -> Json:
    """Return a heading."""
    return {"type": "header", "text": label(words, 150)}


class Acts:
    """The buttons of one message or view: ids that stay the same when it is drawn again, one primary button."""

    def __init__(self) -> None:
        self._count = 0
        self._primary = False
        self._room = _BUTTON_ROOM

    def row(self, buttons: Sequence[Button], *, opens: bool = False) -> Fitted:
        """Return blocks of buttons; `opens` says that what they answer is best shown in a dialog."""
        elements: list[Json] = []
        for one in buttons:
            element = self._button(one, SHOW if opens else ACTION)
            price = cost([element]) if element else 0
            if not element or price > self._room:
                continue
            self._room -= price
            elements.append(element)
        rows = [{"type": "actions", "elements": elements[at:at + _BUTTONS]} for at in range(0, len(elements), _BUTTONS)]
        return Fitted(tuple(rows), cut=len(elements) < len(buttons))

    def _button(self, one: Button, kind: str) -> Json:
        if not one.id or len(one.id) > _VALUE or _HALF.search(one.id):
            return {}
        found: Json = {"type": "button", "action_id": f"{kind}{self._count}", "text": label(one.label, 75, OPEN),
                       "value": one.id}
        self._count += 1
        if one.look == "primary" and not self._primary:
            self._primary, found["style"] = True, "primary"
        if one.look == "danger":
            found["style"] = "danger"
        if one.sure or one.look == "danger":
            found["confirm"] = {
                "title": label(one.label, 100, SURE), "text": label(one.sure or SURE, 300), "deny": label(GO_BACK, 30),
                "confirm": label(one.label, 30, OPEN),
                **({"style": "danger"} if one.look == "danger" else {}),
            }
        return found
