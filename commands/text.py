"""Text and cards as data: what the bot says, before any platform's markup exists.

Decides the closed list of styles and the treatment of hostile characters that is the same everywhere (`visible`).
Leaves escaping and drawing to each platform's renderer: a bare string is always plain text, never markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Style = Literal["plain", "bold", "code", "link", "person", "time", "quiet", "pre"]

# Characters that change how their neighbours are read; shown as escapes, kept as they are in the stored original.
_SPOOFING = frozenset(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x061C, 0x00AD]
    + [*range(0xE0000, 0xE0080)]
)
_MOST_MARKS = 4  # combining marks that may follow one letter; more paint over other lines


def visible(text: str) -> str:
    """Return `text` with control, bidirectional, zero-width and tag characters written as escapes."""
    out: list[str] = []
    marks = 0
    for char in text.replace("\r\n", "\n").replace("\r", "\n"):
        point = ord(char)
        if char in "\n\t":
            marks = 0
            out.append(char)
        elif point < 0x20 or 0x7F <= point < 0xA0 or point in _SPOOFING or 0xD800 <= point < 0xE000:
            out.append(f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}")
        elif unicodedata.combining(char):
            marks += 1
            if marks <= _MOST_MARKS:
                out.append(char)
        else:
            marks = 0
            out.append(char)
    return "".join(out)


def shorten(text: str, most: int) -> str:
    """Return at most `most` characters of `text`, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Span:
    """One run of characters in one style; `to` is a link's address, a person's account or an instant (ISO 8601)."""

    text: str
    style: Style = "plain"
    to: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What a person reads, in order. Line breaks stand inside the spans."""

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return any(span.text for span in self.spans)

    def plain(self) -> str:
        """Return the words alone, hostile characters made visible."""
        return visible("".join(f"@{s.text}" if s.style == "person" else s.text for s in self.spans))


Words = str | Span | Text


def say(*parts: Words) -> Text:
    """Join strings, spans and texts into one Text; a string is plain, whatever it holds."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            spans.append(Span(part))
        elif isinstance(part, Span):
            spans.append(part)
        else:
            spans.extend(part.spans)
    return Text(tuple(span for span in spans if span.text))


def lines(parts: Iterable[Words], between: str = "\n") -> Text:
    """Join the non-empty parts with a line break (or `between`)."""
    found: list[Words] = []
    for part in parts:
        one = say(part)
        if one:
            found += [between, one] if found else [one]
    return say(*found)


def bold(text: str) -> Span:
    """Return `text` in the strong weight."""
    return Span(text, "bold")


def code(text: str) -> Span:
    """Return `text` in the fixed-width face."""
    return Span(text, "code")


def pre(text: str) -> Span:
    """Return `text` as a block of its own in the fixed-width face."""
    return Span(text, "pre")


def quiet(text: str) -> Span:
    """Return `text` in the lighter ink."""
    return Span(text, "quiet")


def link(text: str, to: str) -> Span:
    """Return a link; renderers follow only http and https addresses."""
    return Span(text, "link", to)


def person(shown: str, account: str) -> Span:
    """Return a mention that pings `account` (the person's id on the platform the text goes to)."""
    return Span(shown, "person", account)


def moment(shown: str, instant: datetime) -> Span:
    """Return an instant that a client may show in its reader's own zone."""
    return Span(shown, "time", instant.isoformat())


@dataclass(frozen=True, slots=True)
class Button:
    """One act a reader can press; `id` is the command line that a press runs."""

    id: str
    label: str
    look: Literal["primary", "secondary", "quiet", "danger"] = "secondary"
    sure: str = ""  # asked once more before a danger button acts


@dataclass(frozen=True, slots=True)
class Image:
    """A picture described by data and drawn at delivery; `alt` says the same in words."""

    kind: Literal["digest", "interval"]
    alt: str
    data: str  # JSON that bot/charts.py understands


@dataclass(frozen=True, slots=True)
class Card:
    """A card: which report and how bad, its state, what it is, what is next, what is missing, who, what to press."""

    title: Text
    report: str = ""  # id shown in the head
    level: str = ""  # critical, high, medium, low, informational or nothing yet
    score: str = ""
    aside: str = ""  # words beside the level, such as "provisional"
    state: str = ""  # the pill
    lines: tuple[Text, ...] = ()
    next: Text = field(default_factory=Text)  # the one thing to do next
    next_by: Text = field(default_factory=Text)  # who and by when
    fields: tuple[tuple[str, Text], ...] = ()
    image: Image | None = None
    buttons: tuple[Button, ...] = ()


PROGRAM_KEY = "program-key"  # names the programme's public key where a blob is named


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes out: the blob that holds it (or `PROGRAM_KEY`) and the name a reader sees.

    `hidden` asks a platform that can to show nothing of it before a click.
    """

    blob: str
    name: str
    size: int
    report: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """Who is speaking through the bot: a relay, a note or one grey line; the platform draws it, the bot posts it."""

    kind: Literal["relay", "outside", "note", "event"]
    name: str = ""
    label: str = ""  # "to quiet-heron", "researcher, through the bot"
    state: str = ""  # "not delivered yet", "delivered 11:20"
    tone: Literal["", "good", "bad"] = ""


@dataclass(frozen=True, slots=True)
class Body:
    """One message of the bot."""

    text: Text = field(default_factory=Text)
    card: Card | None = None
    folded: Text = field(default_factory=Text)  # shown only after a click, with its heading
    folded_title: str = ""
    files: tuple[Enclosure, ...] = ()
    voice: Voice | None = None
    buttons: tuple[Button, ...] = ()
    unfold: str = ""  # command line that says the folded text privately, for a platform that cannot fold
