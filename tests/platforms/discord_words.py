"""What Discord makes of a text: a small reader of its markdown that tells what is live and what a reader sees.

Knows nothing of how the text was made. It reads more as live than a client does: where clients differ, the liveliest counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any

from commands.text import Span

_ANGLE = (
    ("person", re.compile(r"<@!?(\d+)>")), ("role", re.compile(r"<@&(\d+)>")), ("channel", re.compile(r"<#(\d+)>")),
    ("guide", re.compile(r"<id:[\w-]+(?::\d+)?>")), ("emoji", re.compile(r"<a?:\w+:\d+>")), ("command", re.compile(r"</[^<>\n]+:\d+>")),
    ("time", re.compile(r"<t:(-?\d+(?::\w)?)>")), ("link", re.compile(r"<((?:https?|steam|discord|ftp)://[^\s<>]+)>")),
    ("email", re.compile(r"<(?:mailto:|tel:|sms:)?([^\s<>]+@[^\s<>]+\.[^\s<>]+)>")), ("phone", re.compile(r"<(?:tel:|sms:)?(\+[\d() -]{4,})>")),
    ("other", re.compile(r"<\w+:\S*?>")),
)
_MASKED = re.compile(r"\[((?:\\.|[^\]\\])+)\]\(\s*<?(\w+://(?:\\.|[^\s<>()\\])+)>?[^)]*\)", re.DOTALL)
_FENCE = re.compile(r"```(?:[\w+.#-]*\n)?(.*?)```", re.DOTALL)
_CODE = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_STARTS = (
    ("heading", re.compile(r"[^\S\n]*#{1,3}[^\S\n]+(?=\S)")), ("small", re.compile(r"[^\S\n]*-#[^\S\n]+(?=\S)")),
    ("list", re.compile(r"[^\S\n]*(?:[-*+]|\d+[.)])[^\S\n]+(?=\S)")), ("quote", re.compile(r"[^\S\n]*>(?:>>)?[^\S\n]*(?=\S)")),
)
_PAIRS = (("bold", "**"), ("underline", "__"), ("strike", "~~"), ("spoiler", "||"), ("italic", "*"), ("italic", "_"))
_ADDRESS = re.compile(r"[a-z][\w+.-]*://\S", re.IGNORECASE)
_SHORTCODE = re.compile(r":[\w+'~-]+:")
_LURE = re.compile(
    r"(?:discord\.(?:gg|gift|new)|discord(?:app)?\.com/(?:invite|gifts)|dsc\.gg|(?<![\w-])(?:bit\.ly|tinyurl\.com|t\.co))/", re.IGNORECASE)
_CALL = re.compile(r"@(?:everyone|here)|<@[!&]?\d+>")


@dataclass
class Read:
    """A text as it is read: what is live (kind, what), and the letters that are seen."""

    live: list[tuple[str, str]] = field(default_factory=list)
    seen: str = ""


def read(text: str) -> Read:
    """Read markdown as Discord does."""
    found = Read()
    found.live += [("call", one) for one in _CALL.findall(text)]  # the server looks everywhere, whatever is escaped
    found.live += [("lure", one) for one in _LURE.findall(text)]  # so do clients
    _walk(text, found, start=True)
    return found


def _walk(text: str, found: Read, *, start: bool) -> None:
    at = 0
    while at < len(text):
        if start:
            for kind, pattern in _STARTS:
                if begun := pattern.match(text, at):
                    found.live.append((kind, begun[0].strip()))
                    at = begun.end()
                    break
        start = False
        if at >= len(text):
            return
        at = _step(text, at, found)
        start = text[at - 1] == "\n"


def _step(text: str, at: int, found: Read) -> int:
    """Read what begins here; returns where it ends."""
    char = text[at]
    if char == "\\" and at + 1 < len(text) and re.match(r"[^0-9A-Za-z\s]", text[at + 1]):
        found.seen += text[at + 1]
        return at + 2
    if char == "`":
        for kind, pattern, group in (("pre", _FENCE, 1), ("code", _CODE, 2)):
            if code := pattern.match(text, at):
                found.live.append((kind, code[group]))
                found.seen += code[group]
                return code.end()
    if char == "<":
        for kind, pattern in _ANGLE:
            if angle := pattern.match(text, at):
                found.live.append((kind, angle[1] if pattern.groups else angle[0]))
                return angle.end()
    if char == "[" and (masked := _MASKED.match(text, at)):
        found.live.append(("link", masked[2]))
        _walk(masked[1], found, start=True)
        return masked.end()
    for kind, mark in _PAIRS:
        end = _closing(text, at, mark)
        if end:
            found.live.append((kind, text[at:end]))
            _walk(text[at + len(mark):end - len(mark)], found, start=True)
            return end
    for kind, pattern in (("address", _ADDRESS), ("shortcode", _SHORTCODE)):
        if live := pattern.match(text, at):
            found.live.append((kind, live[0]))
    found.seen += char
    return at + 1


def _closing(text: str, at: int, mark: str) -> int:
    """Where what is marked ends, or 0."""
    if not text.startswith(mark, at):
        return 0
    pair = re.compile(re.escape(mark) + r"(?:\\.|[^\\])+?" + re.escape(mark), re.DOTALL).match(text, at)
    return pair.end() if pair and pair.end() - pair.start() > 2 * len(mark) else 0


# -- what may be live ----------------------------------------------------------------------------------------------

_ACCOUNT = re.compile(r"[1-9]\d{14,19}")
_WEB = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#][^\s<>|@()\[\]*]*)?")
STYLES = frozenset({"bold", "code", "small", "pre"})


@dataclass(frozen=True)
class Allowed:
    """Accounts that may be called, addresses that may be followed, instants that may be shown."""

    people: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()


NOTHING = Allowed()


def ours(found: Any) -> Allowed:
    """What the spans of anything that holds texts may bring to life, judged by their targets alone."""
    spans = list(_spans(found))
    return Allowed(
        frozenset(one.to for one in spans if one.style == "person" and _ACCOUNT.fullmatch(one.to)),
        frozenset(one.to for one in spans if one.style == "link" and _WEB.fullmatch(one.to)),
        frozenset(instant for one in spans if one.style == "time" for instant in _instant(one.to)),
    )


def _instant(told: str) -> Iterator[str]:
    try:
        yield f"{int(datetime.fromisoformat(told).timestamp())}:f"
    except ValueError:
        return


def _spans(found: Any) -> Iterator[Span]:
    if isinstance(found, Span):
        yield found
    elif isinstance(found, tuple):
        for one in found:
            yield from _spans(one)
    elif is_dataclass(found):
        for part in fields(found):
            yield from _spans(getattr(found, part.name))


def check_markdown(text: str, allowed: Allowed = NOTHING, *, styles: frozenset[str] = STYLES, calls: bool = True) -> None:
    """Nothing is live in a text but what is ours; `calls` says that mentions may stand here."""
    for kind, what in read(text).live:
        match kind:
            case "person" | "call":
                account = re.sub(r"\D", "", what)
                assert calls, what
                assert account in allowed.people, what
                assert "&" not in what, what
            case "link":
                assert what in allowed.links, what
            case "time":
                assert what in allowed.times, what
            case "lure" | "address" if any(_holds(one, what) for one in allowed.links):
                continue
            case other:
                assert other in styles, (other, what, text[:300])


def _holds(link: str, what: str) -> bool:
    return what.lower() in link.lower()
