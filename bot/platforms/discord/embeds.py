"""Embeds that keep Discord's limits: a card, somebody who speaks, a long text.

Decides the order of a card and what is cut where it does not fit: at most 6,000 characters in all embeds of a message, and a room
for each part. What must be read first gets its room first. Mentions in embeds call nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.platforms.discord.text import BREAK, Json, Marked, label, markdown
from bot.platforms.plain import clipped, units
from commands.text import Card, Text, Voice, bold, lines, quiet, say

MOST = 10
_ALL = 6_000
_DESCRIPTION = 4_096
_TITLE = 256
_VALUE = 1_024
_FOOT = 200  # kept free for the line that says what was cut
_NEXT = 1_200
_SHORT = 45  # characters of a field that may stand beside another one
_BARS = {"critical": "▂▄▆█", "high": "▂▄▆", "medium": "▂▄", "low": "▂"}
_COLOURS = {"critical": 0xFF8F89, "high": 0xFF9D7C, "medium": 0xE3B748, "low": 0x8ECB9F, "informational": 0xAAB5BF}
_STATES = {"good": "✓ ", "bad": "", "": ""}


class Sheet:
    """The embeds of one message while they are made."""

    def __init__(self) -> None:
        self.embeds: list[Json] = []
        self.cut = False
        self._room = _ALL - _FOOT

    def words(self, text: Text, *, title: str = "", first: bool = False) -> None:
        """Add an embed that holds a text, before all others where it comes `first`."""
        found: Json = {}
        if title.strip():
            found["title"] = self._marked(say(" ".join(title.split())), _TITLE)
        if text:
            found["description"] = self._marked(text, _DESCRIPTION)
        self._add(found, first=first)

    def spoken(self, voice: Voice, text: Text) -> None:
        """Add what somebody says through the bot: who and to whom, the words, whether they arrived."""
        found: Json = {}
        name = " · ".join(part for part in (voice.name.strip(), voice.label.strip()) if part)
        if name:
            found["author"] = {"name": self._label(name, 250)}
        if voice.state.strip():
            found["footer"] = {"text": self._label(_STATES[voice.tone] + voice.state, 300)}
        if text:
            found["description"] = self._marked(text, _DESCRIPTION)
        self._add(found)

    def card(self, card: Card, *, picture: str = "") -> None:
        """Add a card: which report and how bad, what it is, what is next, the rest."""
        found: Json = {}
        if card.level in _COLOURS:
            found["color"] = _COLOURS[card.level]
        if card.report:
            level = " ".join(part for part in (_BARS.get(card.level, ""), card.level, card.score) if part)
            head = " · ".join(part for part in (card.report, level, card.aside, card.state) if part)
            found["author"] = {"name": self._label(head, 250)}
        if card.title.plain().strip():
            found["title"] = self._marked(say(" ".join(card.title.plain().split())), _TITLE)
        after = self._kept(_next(card), _NEXT)
        if card.image is not None and picture:
            found["image"] = {"url": f"attachment://{picture}"}
        shown = self._fields(card)
        rows = Text() if shown else lines(_row(name, text) for name, text in card.fields if name.strip() or text)
        if shown:
            found["fields"] = shown
        alt = say(quiet(" ".join(card.image.alt.split()))) if card.image is not None and not picture else Text()
        room = _DESCRIPTION - units(after.text) - 6  # for the gaps
        about = self._kept(lines(card.lines), room)
        rest = self._kept(rows, room - units(about.text))
        seen = self._kept(alt, room - units(about.text) - units(rest.text))
        found["description"] = "\n\n".join(one.text for one in (about, after, rest, seen) if one.text.strip())
        self._add(found)

    def foot(self, words: str) -> bool:
        """Say something below the last embed; tells whether there is one with room for it."""
        if not self.embeds:
            return False
        last = self.embeds[-1]
        before = last["footer"]["text"] + " · " if "footer" in last else ""
        last["footer"] = {"text": before + label(words, _FOOT)}
        return True

    # -- parts -------------------------------------------------------------------------------------------------

    def _add(self, found: Json, *, first: bool = False) -> None:
        found = {name: part for name, part in found.items() if part not in ("", None)}
        if not set(found) - {"color"}:
            return
        if len(self.embeds) == MOST:
            self.cut = True
            return
        self.embeds.insert(0 if first else len(self.embeds), found)

    def _label(self, words: str, most: int) -> str:
        whole = label(words, 4_000)
        shown = clipped(whole, max(1, min(most, self._room)))
        self.cut = self.cut or shown != whole
        self._room -= units(shown)
        return shown

    def _marked(self, text: Text, most: int) -> str:
        found = self._kept(text, most)
        return found.text if found.text.strip() else ""

    def _kept(self, text: Text, most: int) -> Marked:
        found = markdown(text, max(0, min(most, self._room)))
        self.cut = self.cut or found.cut
        self._room -= units(found.text)
        return found

    def _fields(self, card: Card) -> list[Json]:
        """Return the rows as fields; none where they do not fit as such, they are lines of the description then."""
        found: list[Json] = []
        size = 0
        for name, text in card.fields:
            if not name.strip() and not text.plain().strip():
                continue
            head, value = markdown(say(" ".join(name.split())), _TITLE), markdown(text, _VALUE)
            if head.cut or value.cut:
                return []
            shown = text.plain()
            found.append({"name": head.text if head.text.strip() else BREAK, "value": value.text if value.text.strip() else BREAK,
                          "inline": len(shown) <= _SHORT and "\n" not in shown and len(name) <= _SHORT})
            size += units(found[-1]["name"]) + units(found[-1]["value"])
        if len(found) > 25 or size > self._room // 2:
            return []
        self._room -= size
        return found


def _next(card: Card) -> Text:
    if not card.next.plain().strip():
        return card.next_by
    return lines([say("● ", bold(card.next.plain())), card.next_by])


def _row(name: str, text: Text) -> Text:
    between = "\n" if "\n" in text.plain() else "  "
    return say(bold(name), between if name.strip() else "", text, "\n" if between == "\n" else "")


def plain_words(card: Card) -> Sequence[str]:
    """Return all words of a card, in order, for a file."""
    head = " ".join(part for part in (card.report, card.level, card.score, card.aside, card.state) if part)
    return (say(head).plain(), card.title.plain(), *(line.plain() for line in card.lines), card.next.plain(), card.next_by.plain(),
            *(f"{say(name).plain()}: {text.plain()}" for name, text in card.fields), say(card.image.alt).plain() if card.image else "")
