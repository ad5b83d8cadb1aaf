"""What Discord's client makes of a text: which mentions, links, emoji, timestamps, headings, spoilers are live in it.

A small parser of Discord's markdown: backslash escapes, code spans and code blocks are dead text; everything else that the
client would draw as more than letters is named as `kind:text`. Kinds: mention, role, channel, command, everyone, emoji,
timestamp, link, preview (a link that unfolds), masked, invite, email, heading, subtext, quote, list, spoiler, bold, italic,
underline, strike, code, block.
"""

from __future__ import annotations

import re

from tests.platforms.discord_standin.things import SUPPRESS_EMBEDS, Json

_BLOCK = re.compile(r"```(?:[A-Za-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```")
_CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_MASKED = re.compile(r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))+)\]\(\s*<?((?:https?|discord)://(?:[^\s\\()<>]|\\.|\([^\s()]*\))+)>?(?:\s+[\"'][^)]*)?\s*\)")
_ANGLED = re.compile(r"<((?:https?|discord)://[^\s<>]+)>")
_EMAIL = re.compile(r"<(?:mailto:)?([^\s<>@:]+@[^\s<>@:]+\.[^\s<>@:]+)>")
_BARE = re.compile(r"(?:https?|discord)://[^\s<]+[^<.,:;\"'\]\s]")
_ANGLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mention", re.compile(r"<@!?\d+>")), ("role", re.compile(r"<@&\d+>")), ("channel", re.compile(r"<#\d+>")),
    ("channel", re.compile(r"<id:(?:browse|customize|guide|linked-roles)(?::\d+)?>")),
    ("command", re.compile(r"</[^:>]+:\d+>")), ("emoji", re.compile(r"<a?:\w{2,32}:\d+>")),
    ("timestamp", re.compile(r"<t:-?\d{1,17}(?::[tTdDfFsSR])?>")), ("everyone", re.compile(r"@(?:everyone|here)")),
)
_PAIRS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")), ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")), ("strike", re.compile(r"~~([\s\S]+?)~~")),
    ("italic", re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^*\s\\]|\*\*)|[^\s*\\])+?)\*(?!\*)")),
    ("italic", re.compile(r"(?<![^\W_])_((?:__|\\[\s\S]|[^\\_])+?)_(?![^\W_])")),
)
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("heading", re.compile(r"#{1,3}[ \t]+(?=\S)")), ("subtext", re.compile(r"-#[ \t]+(?=\S)")),
    ("quote", re.compile(r">(?:>>)?[ \t]")), ("list", re.compile(r"[ \t]*(?:[-*]|\d+\.)[ \t]+(?=\S)")),
)
INVITE = re.compile(r"(?:https?://)?(?:\w+\.)?(?:discord\.gg|discord(?:app)?\.com/invite)/[\w-]+", re.IGNORECASE)


def alive(text: str, *, lines: bool = True, masked: bool = True, previews: bool = False) -> list[str]:
    """What is live in a text. Titles have no `lines` and no `masked` links; only a message's content has `previews`."""
    found: list[str] = []
    _scan(text, found, lines=lines, masked=masked, previews=previews)
    return found


def _scan(text: str, found: list[str], *, lines: bool, masked: bool, previews: bool) -> None:
    i, fresh = 0, True  # fresh: only blanks since the line began
    how = {"masked": masked, "previews": previews}
    while i < len(text):
        if fresh and lines:
            kind, step = _line(text, i)
            if step:
                end = text.find("\n", i)
                found.append(f"{kind}:{text[i:len(text) if end < 0 else end]}")
                i, fresh = i + step, kind in {"quote", "list"}
                continue
        step = _dead(text, i, found) or _links(text, i, found, masked=masked, previews=previews) or _angles(text, i, found)
        if not step:
            for kind, pattern in _PAIRS:
                pair = pattern.match(text, i)
                if pair:
                    found.append(f"{kind}:{pair[0]}")
                    _scan(pair[1], found, lines=False, **how)
                    step = len(pair[0])
                    break
        fresh = text[i] == "\n" if not step else False
        i += step or 1


def _line(text: str, i: int) -> tuple[str, int]:
    for kind, pattern in _LINES:
        begun = pattern.match(text, i)
        if begun:
            return kind, len(begun[0])
    return "", 0


def _dead(text: str, i: int, found: list[str]) -> int:
    """The length of dead text that begins here: an escaped sign, a code block, a code span."""
    if text[i] == "\\":
        one = _ESCAPE.match(text, i)
        return len(one[0]) if one else 0
    if text[i] == "`":
        for kind, pattern in (("block", _BLOCK), ("code", _CODE)):
            code = pattern.match(text, i)
            if code:
                found.append(f"{kind}:{code[0]}")
                return len(code[0])
    return 0


def _links(text: str, i: int, found: list[str], *, masked: bool, previews: bool) -> int:
    link = _MASKED.match(text, i) if masked and text[i] == "[" else None
    if link:
        found.append(f"masked:{link[0]}")
        _scan(link[1], found, lines=False, masked=False, previews=False)
        if previews:
            found.append(f"preview:{link[2]}")
        _invited(link[2], found)
        return len(link[0])
    angled = _ANGLED.match(text, i) or _EMAIL.match(text, i) if text[i] == "<" else None
    if angled:
        found.append(f"{'link' if '://' in angled[1] else 'email'}:{angled[1]}")
        _invited(angled[1], found)
        return len(angled[0])
    bare = _BARE.match(text, i)
    if bare:
        url = bare[0]
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1]
        found.append(f"link:{url}")
        if previews:
            found.append(f"preview:{url}")
        _invited(url, found)
        return len(url)
    before = text[i - 1] if i else " "
    invite = INVITE.match(text, i) if not (before.isalnum() or before in "/.") else None
    if invite:
        found.append(f"invite:{invite[0]}")
        return len(invite[0])
    return 0


def _invited(url: str, found: list[str]) -> None:
    if INVITE.match(url):
        found.append(f"invite:{url}")


def _angles(text: str, i: int, found: list[str]) -> int:
    if text[i] not in "<@":
        return 0
    for kind, pattern in _ANGLES:
        one = pattern.match(text, i)
        if one:
            found.append(f"{kind}:{one[0]}")
            return len(one[0])
    return 0


def shown(content: str, embeds: list[Json], components: list[Json], flags: int = 0) -> list[str]:
    """What is live in a whole message: content, embeds (where nothing notifies), and text displays."""
    found = alive(content, previews=not flags & SUPPRESS_EMBEDS)
    for one in embeds:
        found += alive(str(one.get("title") or ""), lines=False, masked=False)
        found += alive(str(one.get("description") or ""))
        for field in one.get("fields") or []:
            found += alive(str(field.get("name") or ""), lines=False, masked=False)
            found += alive(str(field.get("value") or ""))
    for one in components:
        if one.get("type") == 10:
            found += alive(str(one.get("content") or ""))
        found += shown("", [], one.get("components") or [])
    return found


def without_code(text: str) -> str:
    """The text without its code, for the server's own search for mentions (which no backslash stops)."""
    return _CODE.sub(" ", _BLOCK.sub(" ", text))
