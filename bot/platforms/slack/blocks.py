"""From what the bot says to a message of Slack's: pure functions, nothing is sent.

Decides the order of a card, what stands in a notice and what becomes a file. A notice holds words of ours alone: never a title,
never what somebody wrote. Folded text is not in the message at all: a button asks for it, or a file holds it. Leaves limits to
`sheet.py` and hostile text to `text.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.platforms.plain import clipped
from bot.platforms.slack.sheet import MESSAGE_BLOCKS, MESSAGE_ROOM, Acts, Fitted, context, cost, fit, head
from bot.platforms.slack.text import ACCOUNT, Json, label_text, mrkdwn
from commands.calls import Choice, Panel, Reply, Row
from commands.text import (
    Body,
    Button,
    Card,
    Enclosure,
    Text,
    Voice,
    Words,
    bold,
    code,
    lines,
    quiet,
    say,
    shorten,
    visible,
)
from commands.wording import slack_drawing as wording

_BARS = {"critical": "▂▄▆█", "high": "▂▄▆", "medium": "▂▄", "low": "▂"}
_MARKS = {"light": "● ", "ring": "○ ", "check": "✓ "}
_STATES = {"good": "✓ ", "bad": "", "": ""}
_NOTICE = 150
_FILES = 5


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the words of the notice, the blocks, and files (name, bytes) that hold what is not shown."""

    text: str
    blocks: list[Json] = field(default_factory=list)
    rest: tuple[tuple[str, bytes], ...] = ()
    cut: bool = False  # a private answer did not fit: a dialog holds more


def message(body: Body, *, picture: str = "") -> Message:
    """Return a message; `picture` is the id of its picture among Slack's files, where that may be shown already."""
    acts = Acts()
    one = body.card or Card(title=Text())
    rest: list[tuple[str, bytes]] = []
    fold, ask = _folded(body, acts, rest)
    pressed = _joined(acts.row(one.buttons), acts.row(body.buttons))
    line = _event(body)
    drawn = draw(replace(body, text=Text()) if line else body, top=[*_voice(body.voice), *line], end=[
        *fold, *_picture(one, picture), *_names(body.files), *ask, *pressed.blocks, *_state(body.voice)])
    blocks = list(drawn.blocks)
    if drawn.cut or pressed.cut:
        name, data = _file(_whole(body), one.report or "message")
        rest.append((name, data))
        blocks += context(wording.cut_message(name))
    return Message(_notice(body), blocks or context(wording.notice()), tuple(rest))


def reply(answer: Reply) -> Message:
    """Return a private answer; it carries no file, so what does not fit is left out and the last line says so."""
    drawn = answer_blocks(answer, room=MESSAGE_ROOM, most=MESSAGE_BLOCKS)
    words = _notice(Body(text=answer.text, card=answer.card))
    return Message(words, list(drawn.blocks) or context(wording.notice()), cut=drawn.cut)


def answer_blocks(answer: Reply, *, room: int, most: int) -> Fitted:
    """Return the blocks of a private answer within limits, in a message or in a view."""
    acts = Acts()
    wrong = [say(words) for _, words in answer.errors if words not in answer.text.plain()]
    said = lines([answer.text, *wrong, *(_choice(one) for one in answer.choices),
                  *(_panel(answer.panel) if answer.panel else ())])
    pressed = _joined(acts.row(answer.card.buttons if answer.card else ()), acts.row(answer.buttons))
    picture = _picture(answer.card, "") if answer.card else []
    drawn = draw(Body(text=said, card=answer.card), end=[*picture, *pressed.blocks], room=room, most=most)
    cut = drawn.cut or pressed.cut
    return Fitted((*drawn.blocks, *(context(wording.cut_answer()) if cut else ())), cut)


def draw(
    body: Body, *, top: Sequence[Json] = (), end: Sequence[Json] = (), room: int = MESSAGE_ROOM, most: int = MESSAGE_BLOCKS,
) -> Fitted:
    """Return a text and a card between blocks that always fit; what must be read first gets its room first."""
    one = body.card or Card(title=Text())
    heading = _heading(one) if body.card else []
    room -= cost([*top, *end, *heading]) + 400  # for the line that says what was cut
    blocks_left = most - len(top) - len(end) - len(heading) - 1
    about = fit(lines([_title(one), *one.lines]), min(room, 3_000), most=4)
    room -= cost(about.blocks)
    then = fit(_next(one), min(room, 2_000), most=2)
    room -= cost(then.blocks)
    blocks_left -= len(about.blocks) + len(then.blocks)
    rows = lines([_field(name, text) for name, text in one.fields])
    shared = max(room // 2, room - cost(fit(body.text, room).blocks)) if body.text else room
    fields = fit(rows, shared, most=blocks_left // 2)
    room -= cost(fields.blocks)
    text = fit(body.text, room, most=blocks_left - len(fields.blocks), quote=body.voice is not None and body.voice.kind == "note")
    return Fitted((*top, *text.blocks, *heading, *about.blocks, *then.blocks, *fields.blocks, *end),
                  cut=about.cut or then.cut or fields.cut or text.cut)


def _joined(*rows: Fitted) -> Fitted:
    return Fitted(tuple(block for one in rows for block in one.blocks), cut=any(one.cut for one in rows))


# -- the parts of a card -------------------------------------------------------------------------------------------

def _heading(card: Card) -> list[Json]:
    """Return which report, how bad, and its state; a card without a report is headed by its title, which is ours."""
    if not card.report:
        title = card.title.plain()
        return [head(title)] if title.strip() and len(title) <= 150 else []
    level = " ".join(part for part in (_BARS.get(card.level, ""), card.level, card.score) if part)
    return [head(" · ".join(part for part in (card.report, level, card.aside, card.state) if part))]


def _title(card: Card) -> Text:
    title = card.title.plain()
    return say(bold(title)) if title.strip() and (card.report or len(title) > 150) else Text()


def _next(card: Card) -> Text:
    if not card.next:
        return Text()
    return lines([say("● ", bold(card.next.plain())), card.next_by])


def _field(name: str, text: Text) -> Text:
    between = "\n" if "\n" in text.plain() else "  "
    return say(bold(name), between, text, "\n" if between == "\n" else "")


def _picture(card: Card, file: str) -> list[Json]:
    if card.image is None:
        return []
    if file:
        return [{"type": "image", "slack_file": {"id": file}, "alt_text": label_text(card.image.alt, 1_000)}]
    return context(card.image.alt, most=1_000)


# -- who speaks, and what comes with it ----------------------------------------------------------------------------

def _voice(voice: Voice | None) -> list[Json]:
    return context(shorten(voice.name, 80), shorten(voice.label, 150)) if voice is not None else []


def _event(body: Body) -> list[Json]:
    """Return a small event as one grey line; nothing where it is long or holds what is more than words."""
    words = body.text.plain()
    if body.voice is None or body.voice.kind != "event" or len(words) > 300 or "\n" in words:
        return []
    return context(words) if all(span.style in ("plain", "bold", "quiet") for span in body.text.spans) else []


def _state(voice: Voice | None) -> list[Json]:
    return context(_STATES[voice.tone] + voice.state) if voice is not None and voice.state else []


def _names(files: Sequence[Enclosure]) -> list[Json]:
    names = tuple(file_name(one.name) for one in files[:_FILES])
    return context(wording.with_files(names, len(files) - len(names)), most=600) if names else []


def file_name(name: str) -> str:
    """Return a file's name to show: no folders, nothing invisible, at most 80 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return clipped(" ".join(visible(last).split()).lstrip("."), 80) or wording.FILE


def _folded(body: Body, acts: Acts, rest: list[tuple[str, bytes]]) -> tuple[list[Json], list[Json]]:
    """Return what stands for the folded text: a line and a button; without a line to ask with, it becomes a file."""
    if not body.folded:
        return [], []
    if body.unfold:
        return [], list(acts.row((Button(body.unfold, body.folded_title or wording.OPEN),), opens=True).blocks)
    name, data = _file(body.folded.plain(), f"{body.card.report}-text" if body.card and body.card.report else "text")
    rest.append((name, data))
    return context(wording.folded_file(name)), []


def _file(words: str, stem: str) -> tuple[str, bytes]:
    """Return a file; its name tells its content apart from that of others, so that the same file is not shared twice."""
    data = words.encode("utf-8")
    kept = re.sub(r"[^A-Za-z0-9-]", "", stem)[:40]
    return f"{kept or 'text'}-{hashlib.sha256(data).hexdigest()[:6]}.txt", data


def _whole(body: Body) -> str:
    """Return all words that a message would have shown."""
    parts = [body.text.plain()]
    if body.card is not None:
        one = body.card
        parts += [visible(" ".join(part for part in (one.report, one.level, one.score, one.aside, one.state) if part)),
                  one.title.plain(), *(line.plain() for line in one.lines), one.next.plain(), one.next_by.plain(),
                  *(f"{visible(name)}: {text.plain()}" for name, text in one.fields)]
    buttons = [*(body.card.buttons if body.card else ()), *body.buttons]
    parts += [f"[{visible(one.label)}]" for one in buttons]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


# -- the notice ----------------------------------------------------------------------------------------------------

def _notice(body: Body) -> str:
    """Return the words of the notice: whom it is for and what to do, nothing that somebody wrote."""
    voice, card = body.voice, body.card
    words: Words = wording.notice()
    if voice is not None and voice.kind != "event":
        words = _spoken(voice)
    elif card is not None and card.report:
        known = ", ".join(part for part in (card.report, card.level, card.state) if part)
        words = f"{known}: {card.next.plain()}" if card.next else known
    elif body.text:
        words = body.text.plain().partition("\n")[0]
    elif card is not None and card.title:
        words = card.title.plain()
    elif body.files:
        words = wording.notice_files()
    called = [span for span in body.text.spans if span.style == "person" and ACCOUNT.fullmatch(span.to)][:5] if voice is None else []
    shown = say(shorten(say(words).plain(), _NOTICE))
    found = mrkdwn(say(*(part for span in called for part in (span, " ")), shown)) if called else mrkdwn(shown)
    return found if found.strip() else mrkdwn(say(wording.notice()))


def _spoken(voice: Voice) -> str:
    if voice.kind == "note":
        return wording.notice_note()
    if voice.kind == "outside":
        return wording.notice_outside()
    return wording.notice_relay(shorten(voice.name, 60), shorten(voice.label, 60))


# -- rows of a panel, lines of a completion ------------------------------------------------------------------------

def row_words(row: Row) -> Text:
    """Return one row of a panel: what, in words, and below it the rest."""
    first = say(_MARKS.get(row.mark, ""), bold(row.label) if row.label else "", "  " if row.label and row.text else "")
    shown = code(row.text) if row.mark == "key" else row.text
    return lines([say(first, shown), quiet(row.detail)])


def _panel(panel: Panel) -> list[Text]:
    found: list[Text] = [say(panel.about)]
    found += [lines([say("\n", bold(title)), *(row_words(row) for row in rows)]) for title, rows in panel.sections]
    return found


def _choice(one: Choice) -> Text:
    return say(code(one.usage or one.word), f"  {one.text}", quiet(f" {one.why_not}") if one.why_not else "")
