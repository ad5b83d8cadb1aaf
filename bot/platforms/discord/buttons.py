"""The buttons of one message: rows that keep Discord's limits, and ids that say all that a press needs.

An id is one character for what a press does and then a command line, so nothing is remembered and a button works after a
restart. Two buttons with one line get different ends, which are cut off again on the way back. A line that is too long for an id
has no button: its command stands in the text instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.platforms.discord import names
from bot.platforms.discord.text import Json, label
from bot.platforms.plain import units
from commands.text import Button, Text, code, lines, quiet, say
from commands.wording import discord_drawing as wording

Kind = Literal["act", "show", "ask", "sure", "stop"]

_SIGNS: dict[Kind, str] = {"act": "!", "show": "+", "ask": "?", "sure": "=", "stop": "-"}
_KINDS = {sign: kind for kind, sign in _SIGNS.items()}
_MOST = 100
_ROW = 5
_ALL = 25
_LABEL = 80
_END = re.compile(r" ~(\d+)\Z")
UNSENDABLE = re.compile("[\ud800-\udfff\x00]")  # cannot be sent
_PRIMARY, _SECONDARY, _DANGER = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button's id says.

    act: run the line. show: run it and show the answer privately. ask: put the question first, with `drawing.question`.
    sure: run it, the question was answered. stop: the question was answered with no, only take its buttons away.
    """

    kind: Kind
    line: str


def pressed(custom_id: str) -> Pressed | None:
    """Return what a button's id says; nothing when it is none of ours."""
    kind = _KINDS.get(custom_id[:1])
    return Pressed(kind, _END.sub("", custom_id[1:], count=1)) if kind else None


def line_of(custom_id: str) -> str:
    """Return the command line that a button carries; empty when it is none of ours."""
    found = pressed(custom_id)
    return found.line if found else ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of buttons, words that stand for those that have none, and whether some were left out."""

    rows: tuple[Json, ...] = ()
    instead: Text = Text()  # noqa: RUF009  it is frozen
    cut: bool = False


class Acts:
    """Collects the buttons of one message: at most 25, one of them primary."""

    def __init__(self) -> None:
        self._made: list[Json] = []
        self._ids: set[str] = set()
        self._instead: list[Text] = []
        self._cut = False

    def add(self, buttons: Sequence[Button], *, kind: Kind = "act", before: str = "") -> None:
        """Add buttons; `before` stands before their labels, where the reader must know what they belong to."""
        for one in buttons:
            name = f"{before}: {one.label}" if before.strip() else one.label
            if not one.id.strip() or UNSENDABLE.search(one.id) or len(self._made) == _ALL:
                self._cut = True
            elif custom := self._id("ask" if kind == "act" and (one.sure or one.look == "danger") else kind, one.id):
                self._made.append({"type": 2, "style": self._style(one), "label": label(name, _LABEL, wording.OPEN), "custom_id": custom})
                if one.sure and kind == "act":
                    self._instead.append(say(quiet(wording.words_for(one.label, one.sure))))
            else:
                start, line, end = wording.type_instead(one.label, typed(one.id))
                self._instead.append(say(start, code(line), end))

    def _id(self, kind: Kind, line: str) -> str:
        """Return an id that no other button of the message has; empty when it would be too long."""
        base = _SIGNS[kind] + line
        tries = [base] if not _END.search(base) else []
        for custom in (*tries, *(f"{base} ~{number}" for number in range(_ALL))):
            if custom not in self._ids:
                if units(custom) > _MOST:
                    return ""
                self._ids.add(custom)
                return custom
        return ""

    def _style(self, one: Button) -> int:
        if one.look == "primary" and not any(made["style"] == _PRIMARY for made in self._made):
            return _PRIMARY
        return _DANGER if one.look == "danger" else _SECONDARY

    def done(self) -> Rows:
        """Return the rows."""
        rows = tuple({"type": 1, "components": self._made[at:at + _ROW]} for at in range(0, len(self._made), _ROW))
        return Rows(rows, lines(self._instead), self._cut)


def typed(line: str) -> str:
    """Return a button's line as a person types it."""
    return line.removeprefix("me ") if line.startswith("me ") else names.typed(f"/{names.VDP} {line}")

