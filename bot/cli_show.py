"""How answers look on a terminal: replies, cards and forms of the API, rows of inspect, lines of doctor.

Decides layout only. Every string passes `visible`, so that nothing a stranger wrote moves the cursor, and none
is read as markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from commands.text import visible
from commands.wording import tools as wording
from config.policy.codes import Code

if TYPE_CHECKING:
    from bot.examine import Row
    from bot.health import Check

Json = dict[str, Any]
_STYLES = {"bold": "bold", "code": "cyan", "pre": "cyan", "quiet": "dim", "person": "bold", "link": "underline"}
_MARKS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def console(*, error: bool = False) -> Console:
    """Return a terminal that reads nothing as markup and breaks no id in two."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True, stderr=error)


def words(text: str, style: str = "") -> Text:
    """Return text as it may stand on a terminal."""
    return Text(visible(text), style=style)


def note(text: str) -> None:
    """Print a sentence to standard error, in one piece."""
    console(error=True).print(words(text))


def line(text: str, style: str = "") -> None:
    """Print a sentence."""
    console().print(words(text, style))


def as_json(found: object) -> None:
    """Print as JSON, with everything but ASCII escaped: safe on any terminal and in any pipe."""
    sys.stdout.write(json.dumps(found, ensure_ascii=True, indent=2) + "\n")


def reply(found: Json) -> None:
    """Print a reply: its words, its card, what is wrong with a form, and what can be done next."""
    out = console()
    text = _spans(found.get("spans")) or words(str(found.get("text") or ""))
    if text.plain.strip():
        out.print(text)
    card = found.get("card")
    if card:
        _card(out, card)
    form = found.get("form")
    if form:
        out.print(words(str(form.get("title") or ""), "bold"))
        if form.get("about"):
            out.print(words(str(form["about"]), "dim"))
    errors = found.get("errors") or {}
    for name, what in errors.items():
        out.print(words(f"  {name}: {what}", "red"))
    _buttons(out, [*((card or {}).get("buttons") or []), *(found.get("buttons") or [])])
    if str(found.get("code", "ok")) != "ok":
        out.print(words(f"code: {found['code']}", "dim"))


def _spans(found: Any) -> Text | None:
    if not found:
        return None
    text = Text()
    for shown, style, to in found:
        prefix = "@" if style == "person" else ""
        text.append(visible(prefix + str(shown)), _STYLES.get(style, ""))
        if style == "link" and to and to != shown:
            text.append(visible(f" ({to})"), "dim")
    return text


def _card(out: Console, card: Json) -> None:
    head = Text()
    for part, style in ((card.get("report"), "bold"), (card.get("level"), ""), (card.get("score"), ""),
                        (card.get("aside"), "dim"), (card.get("state"), "italic")):
        if part:
            head.append("  " if head else "").append(visible(str(part)), style)
    body = [head] if head else []
    rich = card.get("rich") or {}
    body.append(_spans(rich.get("title")) or words(str(card.get("title") or ""), "bold"))
    shown = rich.get("lines") or []
    for number, one in enumerate(card.get("lines") or []):
        body.append((_spans(shown[number]) if number < len(shown) else None) or words(str(one)))
    if card.get("next"):
        body.append(Text("next  ", "yellow") + words(str(card["next"])))
        if card.get("next_by"):
            body.append(Text("      ") + words(str(card["next_by"]), "dim"))
    for one in card.get("fields") or []:
        body.append(words(f"{one['label']}: ", "dim") + words(str(one["text"])))
    if card.get("image"):
        body.append(words(str(card["image"].get("alt") or ""), "dim"))
    for text in body:
        for one in text.split("\n") if text.plain.strip() else ():
            out.print(Text("  ") + one)


def _buttons(out: Console, buttons: Iterable[Json]) -> None:
    for one in buttons:
        out.print(words(f"  [{one['label']}]  ") + words(str(one["id"]), "dim"))


def ask(field: Json) -> str:
    """Ask for one field of a form on the terminal; raises EOFError when input has ended."""
    out = console()
    needed = "" if field["required"] else " (may be left out)"
    out.print(words(str(field["label"]), "bold") + words(needed, "dim"))
    if field.get("help"):
        out.print(words(f"  {field['help']}", "dim"))
    for number, one in enumerate(field.get("choices") or [], 1):
        name = "" if one["label"] == one["value"] else f"  {one['label']}"
        out.print(words(f"  {number}  {one['value']}{name}"))
    if field.get("value"):
        out.print(words(f"  as it stands: {field['value']}", "dim"))
    if field["kind"] == "lines":
        out.print(words(f"  {wording.ENDS_WITH_EMPTY}", "dim"))
        return _lines()
    return input("> ")


def _lines() -> str:
    found = [input("> ")]
    while found[-1]:
        try:
            found.append(input("> "))
        except EOFError:
            break
    return "\n".join(found).strip()


def rows(found: Sequence[Row]) -> None:
    """Print what intake would say of each file."""
    out = console()
    for one in found:
        good = one.code == Code.ACCEPTED.value
        name = one.file.replace("\n", "\\n").replace("\r", "\\r")  # a name has one line, whatever it holds
        out.print(words(name, "bold") + Text(": ") + words(one.code, "green" if good else "yellow"))
        out.print(words(f"  {_meaning(one)}"))
        if one.sha256:
            out.print(words(f"  SHA-256 of the opened text  {one.sha256}", "dim"))


def _meaning(one: Row) -> str:
    if one.code not in set(Code):
        return one.detail
    if one.code == Code.PLAINTEXT_MESSAGE and one.detail == "short":
        return wording.SHORT_TALK
    detail = f" ({one.detail})" if one.detail else ""
    return wording.CODES[Code(one.code)] + detail


def checks(found: Sequence[Check]) -> None:
    """Print the findings of doctor, each failure with what to do."""
    out = console()
    wide = max((len(one.name) for one in found), default=0) + 2
    for one in found:
        name = words(f"  {one.name:<{wide}}")
        out.print(words(f"{one.state:<4}", _MARKS[one.state]) + name + words(one.text))
        if one.hint and one.state != "ok":
            out.print(words(f"{'':{wide + 6}}{one.hint}", "dim"))


def checks_json(found: Sequence[Check]) -> None:
    """Print the findings as JSON."""
    as_json([asdict(one) for one in found])


def rows_json(found: Sequence[Row]) -> None:
    """Print what intake would say as JSON."""
    as_json([asdict(one) for one in found])
