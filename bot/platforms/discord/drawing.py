"""From what the bot says to a message of Discord's: pure functions, nothing is sent.

Decides what is a sentence and what an embed, what becomes a file, and what a press carries. Plain sentences are the content of a
message, the only place where a mention calls somebody; cards and what people say through the bot are embeds. Folded text is not in
the message at all: a button asks for it, or a file holds it. Leaves limits of embeds to `embeds.py`, ids of buttons to
`buttons.py` and hostile text to `text.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.platforms.discord.buttons import Acts, Rows, typed
from bot.platforms.discord.embeds import Sheet, plain_words
from bot.platforms.discord.text import ACCOUNT, Json, escaped, markdown
from bot.platforms.plain import clipped
from commands.calls import Choice, Panel, Reply, Row
from commands.text import Body, Button, Span, Text, bold, code, lines, quiet, say, visible
from commands.wording import discord_drawing as wording

_MARKS = {"light": "● ", "ring": "○ ", "check": "✓ "}
CONTENT = 2_000
HIDDEN = "SPOILER_"  # a file whose name begins so shows nothing of itself before a click
_NOTE = 160  # of a content, for the line that says what was cut


@dataclass(frozen=True, slots=True)
class Drawn:
    """One message as Discord takes it; `pings` are the accounts that its mentions may call, `rest` files (name, bytes)."""

    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    rest: tuple[tuple[str, bytes], ...] = ()
    pings: tuple[str, ...] = ()
    cut: bool = False  # not all of it is shown; `rest` holds the whole


def message(body: Body, *, picture: str = "") -> Drawn:
    """Return a message; `picture` is the file name of its picture, where that goes out with it."""
    acts, sheet = Acts(), Sheet()
    rest: list[tuple[str, bytes]] = []
    report = body.card.report if body.card is not None else ""
    notes = Text()
    buttons = (*(body.card.buttons if body.card is not None else ()), *body.buttons)
    if body.folded and body.unfold:
        ahead = len(body.card.buttons[:24]) if body.card is not None else 0  # the first of a card is what to do next
        acts.add(buttons[:ahead])
        acts.add((Button(body.unfold, body.folded_title or wording.OPEN),), kind="show")
        buttons = buttons[ahead:]
    elif body.folded.plain().strip():  # blanks alone are no file
        rest.append(_file(body.folded.plain(), f"{report}-text" if report else "text", hidden=True))
        notes = say(quiet(wording.folded_file(rest[0][0])))
    acts.add(buttons)
    text = _small(body) or body.text
    if body.voice is not None and body.voice.kind != "event":
        text = Text()
        sheet.spoken(body.voice, body.text)
    if body.card is not None:
        sheet.card(body.card, picture=picture)
    bare = wording.notice_files() if body.files else wording.notice()
    return _composed(_Parts(text, notes, tuple(rest), report or "message", bare, _whole(body)), sheet, acts.done())


def reply(answer: Reply) -> Drawn:
    """Return a private answer with its panel, where it has one; forms are drawn by `forms.py`."""
    acts, sheet = Acts(), Sheet()
    card, panel = answer.card, answer.panel
    wrong = [say(words) for _, words in answer.errors if words not in answer.text.plain()]
    text = lines([answer.text, *wrong, *(_choice(one) for one in answer.choices), panel.about if panel is not None else ""])
    acts.add((*(card.buttons if card is not None else ()), *answer.buttons))
    if card is not None:
        sheet.card(card)
    for title, words in _sections(panel) if panel is not None else ():
        sheet.words(words, title=title)
    for row in _rows(panel):
        acts.add(row.buttons, before=row.label)
    bare = wording.nothing_waits() if panel is not None else wording.notice()
    return _composed(_Parts(text, Text(), (), card.report if card is not None and card.report else "answer", bare,
                            _whole(Body(text=text, card=card, buttons=answer.buttons), panel)), sheet, acts.done())


def question(line: str, label: str, sure: str = "") -> Drawn:
    """Return the private question that stands between a press on a dangerous button and its act."""
    acts = Acts()
    acts.add((Button(line, label, "danger"),), kind="sure")
    acts.add((Button("back", wording.GO_BACK),), kind="stop")
    words = markdown(lines([say(bold(label)), sure if sure.strip() else wording.SURE]), CONTENT)
    return Drawn(words.text, components=acts.done().rows, cut=words.cut)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a message is composed of besides its embeds and buttons."""

    text: Text
    notes: Text
    rest: tuple[tuple[str, bytes], ...]
    stem: str
    bare: str  # said where there is nothing else to say
    whole: str  # everything, for a file


def _composed(parts: _Parts, sheet: Sheet, pressed: Rows) -> Drawn:
    """Return a message; a text that is too long for a content is an embed, one too long for that is whole in a file."""
    said = lines([parts.text, pressed.instead])
    shown = markdown(lines([said, parts.notes]), CONTENT - _NOTE)
    if shown.cut:
        sheet.words(said, first=True)
        shown = markdown(lines([_called(said), parts.notes]), CONTENT - _NOTE)
    content, rest = shown.text if shown.text.strip() else "", parts.rest
    cut = sheet.cut or pressed.cut or shown.cut
    if cut:
        name, data = _file(parts.whole, parts.stem)
        rest = (*rest, (name, data))
        if not sheet.foot(wording.cut_message(name)):
            content = "\n".join(part for part in (content, f"-# {escaped(wording.cut_message(name), _NOTE - 10)}") if part)
    if not content and not sheet.embeds:
        content = escaped(parts.bare)
    return Drawn(content, tuple(sheet.embeds), pressed.rows, rest, shown.pings, cut)


def _called(text: Text) -> Text:
    """Return the mentions of a text alone: in an embed they would call nobody."""
    called = {span.to: span for span in text.spans if span.style == "person" and ACCOUNT.fullmatch(span.to)}
    return lines(called.values(), " ")


# -- pieces --------------------------------------------------------------------------------------------------------

def _small(body: Body) -> Text:
    """Return a small event as one line of small print; nothing where it is long or holds what is more than words."""
    words = body.text.plain()
    if body.voice is None or body.voice.kind != "event" or len(words) > 300 or "\n" in words or not words.strip():
        return Text()
    return say(quiet(words)) if all(span.style in ("plain", "bold", "quiet") for span in body.text.spans) else Text()


def file_name(name: str) -> str:
    """Return a file's name to show: no folders, nothing invisible, at most 80 characters; whether it is hidden is ours to say."""
    last = re.split(r"[/\\]", name)[-1]
    shown = " ".join(visible(last).replace("\\", "_").split()).lstrip(".")
    while shown.startswith(HIDDEN):
        shown = shown.removeprefix(HIDDEN)
    return clipped(shown, 80) or wording.FILE


def _file(words: str, stem: str, *, hidden: bool = False) -> tuple[str, bytes]:
    """Return a file; its name tells its content apart from that of others, so that the same file is not shared twice."""
    data = words.encode("utf-8")
    kept = re.sub(r"[^A-Za-z0-9-]", "", stem)[:40]
    return f"{HIDDEN if hidden else ''}{kept or 'text'}-{hashlib.sha256(data).hexdigest()[:6]}.txt", data


def _whole(body: Body, panel: Panel | None = None) -> str:
    """Return all words that a message would have shown."""
    voice = body.voice
    parts = [visible(" ".join(part for part in (voice.name, voice.label) if part)) if voice is not None else "", body.text.plain(),
             *(plain_words(body.card) if body.card is not None else ())]
    buttons = [*(body.card.buttons if body.card is not None else ()), *body.buttons]
    parts += [f"{visible(title)}\n{words.plain()}" for title, words in (_sections(panel) if panel is not None else ())]
    buttons += [one for row in _rows(panel) for one in row.buttons]
    parts += [visible(f"[{one.label}] {typed(one.id)}") for one in buttons]
    parts.append(visible(voice.state) if voice is not None else "")
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


# -- rows of a panel, lines of a completion ------------------------------------------------------------------------

def _sections(panel: Panel) -> Iterable[tuple[str, Text]]:
    """Return what a panel shows, in order: what waits, the next deadline, the rest."""
    if panel.waiting:
        yield wording.WAITING, lines(_row(Row("", words, "light")) for _, words in panel.waiting)
    if panel.next_text.strip():
        when = Span(panel.next_at, "time", panel.next_at)
        yield wording.NEXT, lines([_row(Row("", panel.next_text, "ring")), say(when)])
    yield from ((title, lines(_row(row) for row in rows)) for title, rows in panel.sections if rows)


def _rows(panel: Panel | None) -> list[Row]:
    return [row for _, rows in panel.sections for row in rows] if panel is not None else []


def _row(row: Row) -> Text:
    """Return one row of a panel: what, in words, and below it the rest."""
    first = say(_MARKS.get(row.mark, ""), bold(row.label) if row.label else "", "  " if row.label and row.text else "")
    shown = code(row.text) if row.mark == "key" else row.text
    return lines([say(first, shown), quiet(row.detail)])


def _choice(one: Choice) -> Text:
    return say(code(one.usage or one.word), f"  {one.text}", f" {one.why_not}" if one.why_not else "")
