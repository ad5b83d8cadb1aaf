"""What the bot says, as Discord's markdown; and what Discord sends, as the person typed it.

Decides how hostile text is kept from becoming a mention, a link or formatting, and where a long text is cut. Two targets:

- `markdown` for contents, descriptions, titles and fields. Marks are escaped with a backslash, so what is read is what was written.
  Addresses are set as code, which no client follows or unfolds into a preview; those of invitations and of shorteners are
  defanged besides, because clients look for invitations everywhere. What begins a mention, an instant, an emoji or a command
  (`<`, and `@` before everyone and here) is broken up with a zero-width space; so is a fence inside a block of code.
- `label` for buttons, authors, footers and names of inputs, which Discord shows as they are: nothing is escaped there.

Only spans of ours become markup. A text that is too long is cut between two characters as they are read, never inside an escape,
a fence or a mention. Lengths are those of UTF-16, which is never less than what Discord counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from bot.platforms import plain
from bot.platforms.discord.names import typed
from bot.platforms.plain import clipped, epoch, units
from commands.text import Span, Text, visible

Json = dict[str, Any]

ACCOUNT = re.compile(r"[1-9]\d{14,19}")
BREAK = "\u200b"  # seen by nobody, and no mark survives it
_LOOKED_AT = 5  # times the room: so many characters fit nowhere, though marks that paint over others are dropped
_LINK_MOST = 500
_FENCE = re.compile(r"``(?=`)")
_STARS = re.compile(r"\*(?=\*)")
_SEAM = 120  # an address as code is one piece up to here

_SHORT_HOSTS = (
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "v.gd", "ow.ly", "buff.ly", "cutt.ly", "rebrand.ly", "rb.gy", "shorturl.at",
    "shorturl.com", "tiny.cc", "t.ly", "s.id", "bl.ink", "lnkd.in", "dub.sh", "short.io", "adf.ly", "soo.gd", "trib.al", "qr.ae",
)
_INVITE_HOSTS = ("discord.gg", "discord.new", "discord.gift", "discord.me", "discord.io", "discord.li", "dsc.gg", "invite.gg", "disboard.org")
_ALLURING = (
    r"(?:" + "|".join(re.escape(host) for host in _INVITE_HOSTS) + r"|discord(?:app)?\.com/(?:invite|gifts?|template|billing))(?![\w-]|\.\w)"
    + r"|(?<![\w-])(?:[\w-]{1,63}\.){0,4}(?:" + "|".join(re.escape(host) for host in _SHORT_HOSTS) + r")(?![\w-]|\.\w)"
)
_LURE = re.compile(_ALLURING, re.IGNORECASE)
_ADDRESS = re.compile(
    rf"""(?:(?:\w[\w+.-]{{0,20}})?://|(?<!\w)www\.)[^\s<>|"`]+  # with its scheme, or as clients guess one
      | (?:{_ALLURING})(?:[/?#:][^\s<>|"`]*)?""",
    re.IGNORECASE | re.VERBOSE,
)
_TOKEN = re.compile(
    r"""(?P<head>^[^\S\n]*)(?P<mark>[-+>#]|\d{1,10}(?=[.)]))(?P<dot>[.)]?)  # a list, a quote, a heading, small print
      | (?P<angle><)(?=[@#:/]|\w+:)
      | (?P<everyone>@)(?=everyone|here)
      | (?P<emoji>:)(?=[^\s:]*:|//)
      | (?P<escape>[\\*_~|`\[<])
      | (?P<plain>.)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CALLING = re.compile(r"@(?=everyone|here)|<(?=[@#:/]|\w+:)", re.IGNORECASE)
_HEARD = re.compile(
    r"<(?:@[!&]?(?P<who>\d{1,20})|#(?P<where>\d{1,20})|a?(?P<emoji>:\w{2,32}:)\d{1,20}|(?P<command>/[^<>\n:]{1,100}):\d{1,20})>")


@dataclass(frozen=True, slots=True)
class Marked:
    """Markdown that fits: its text, the accounts that it calls, and whether something was left out."""

    text: str = ""
    pings: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    """A piece of markdown: marks around atoms, each of which is kept whole; `block` stands on lines of its own."""

    atoms: tuple[str, ...]
    open: str = ""
    close: str = ""
    ping: str = ""
    block: bool = False


# -- markdown ------------------------------------------------------------------------------------------------------

def markdown(text: Text, room: int = 2_000) -> Marked:
    """Return a text as markdown of at most `room` characters; one that is cut ends with an ellipsis."""
    runs, long = _runs(text, _LOOKED_AT * room + 200)
    if not long:
        whole, pings, cut = _laid(runs, room)
        if not cut:
            return Marked(whole, pings)
    words, pings, _ = _laid(runs, room - 1)
    return Marked(words.rstrip() + "…" if room > 0 else "", pings, cut=True)


def escaped(words: str, room: int = 2_000) -> str:
    """Return words of anybody's as markdown that shows them."""
    return markdown(Text((Span(words),)), room).text


def _laid(runs: list[_Run], room: int) -> tuple[str, tuple[str, ...], bool]:
    """Return as much of the pieces as fits, whom it calls, and whether something is left."""
    out: list[str] = []
    pings: list[str] = []
    size, after_block = 0, False
    for run in (one for one in runs if one.atoms):
        begin = _joint(run, out[-1] if out else "", after_block) + run.open
        fixed = units(begin) + len(run.close)
        taken: list[str] = []
        for atom in run.atoms:
            piece = BREAK + atom if taken and atom.startswith("`") and taken[-1].endswith("`") and not run.block else atom
            price = units(piece)
            if size + fixed + price > room:
                break
            taken.append(piece)
            size += price
        if taken:
            size += fixed
            out += [one for one in (begin, *taken, run.close) if one]
            after_block = run.block
            pings += [run.ping] if run.ping else []
        if len(taken) < len(run.atoms):
            return "".join(out), tuple(dict.fromkeys(pings)), True
    return "".join(out), tuple(dict.fromkeys(pings)), False


def _joint(run: _Run, last: str, after_block: bool) -> str:
    """Return what stands between a piece and the one before it."""
    if run.block or after_block:
        return "\n" if last and not last.endswith("\n") and not run.atoms[0].startswith("\n") else ""
    return BREAK if last.endswith("`") and (run.open or run.atoms[0]).startswith("`") else ""


def _runs(text: Text, left: int) -> tuple[list[_Run], bool]:
    """Return the pieces of the first `left` characters of a text, and whether there are more."""
    found: list[_Run] = []
    spans = _joined(text)
    for at, span in enumerate(spans):
        words = visible(span.text[:left])
        if at and spans[at - 1].style == "pre":
            words = words.lstrip("\n")
        if at + 1 < len(spans) and spans[at + 1].style == "pre":
            words = words.rstrip("\n")
        found += _drawn(replace(span, text=words)) if words else []
        if len(span.text) > left:
            return found, True
        left -= len(span.text)
    return found, False


def _joined(text: Text) -> list[Span]:
    """Return the spans with neighbours of one style as one, so that what only together is an address or a mark is seen.

    Small print is only what fills its lines; within a line it is plain.
    """
    spans = [one for one in map(_settled, text.spans) if one.text]
    for at, one in enumerate(spans):
        if one.style != "quiet":
            continue
        begins = at == 0 or spans[at - 1].text.endswith("\n") or one.text.startswith("\n")
        ends = at + 1 == len(spans) or spans[at + 1].text.startswith("\n") or one.text.endswith("\n")
        same = any(0 <= near < len(spans) and spans[near].style == "quiet" for near in (at - 1, at + 1))
        if not (begins and ends) or same:
            spans[at] = Span(one.text)
    found: list[Span] = []
    for one in spans:
        if found and one.style == found[-1].style and one.style in ("plain", "bold"):
            found[-1] = Span(found[-1].text + one.text, one.style)
        else:
            found.append(one)
    return found


def _settled(span: Span) -> Span:
    """Return a span whose target is good, or its words alone."""
    if span.style == "person" and not ACCOUNT.fullmatch(span.to):
        return Span(f"@{span.text}")
    if (span.style == "link" and not _followable(span)) or (span.style == "time" and epoch(span.to) is None):
        return Span(span.text)
    if span.style in ("bold", "code", "pre") and not visible(span.text).strip():
        return Span(span.text)
    return span


def _drawn(span: Span) -> list[_Run]:
    words = span.text
    match span.style:
        case "link":
            return [_Run((_link(words, span.to),))]
        case "person":
            return [_Run((f"<@{span.to}>",), ping=span.to)]
        case "time":
            return [_Run((f"<t:{epoch(span.to)}:f>",))]
        case "code":
            return [_Run(tuple(_tamed(typed(" ".join(words.split())).replace("`", "‵"))), "`", "`")]
        case "pre":
            fenced = _FENCE.sub(f"``{BREAK}", _tamed(words.strip("\n")))  # never three in a row, however many there were
            return [_Run(_fence_atoms(fenced), "```\n", "\n```", block=True)]
        case "bold":
            inner = words.strip()
            before, _, after = words.partition(inner)
            return [_Run(tuple(_atoms(before))), _Run(tuple(_atoms(inner)), "**", "**"), _Run(tuple(_atoms(after)))]
        case "quiet":
            return list(_small(words))
    return [_Run(tuple(_atoms(words)))]


def _fence_atoms(words: str) -> tuple[str, ...]:
    """Return the characters of a block; backticks and what breaks them up stay together."""
    return tuple(re.findall(rf"[`{BREAK}]{{1,40}}|[\s\S]", words))


def _small(words: str) -> Iterator[_Run]:
    """Return lines of small print."""
    for line in re.findall(r"[^\n]*\n|[^\n]+\Z", words):
        shown = line.strip()
        if shown:
            yield _Run(tuple(_atoms(shown)), "-# ")
        if line.endswith("\n"):
            yield _Run(("\n",))


def _link(words: str, to: str) -> str:
    label = " ".join(words.split())
    if label in (to, to.rstrip("/")):
        return f"<{to}>"
    shown = escaped(label.replace("[", "(").replace("]", ")"), 1_000)
    return f"[{shown}](<{to}>)"


def _atoms(words: str) -> Iterator[str]:
    """Return words as pieces of markdown that show them, each of which must stay whole."""
    for part, address in addresses(words):
        if address:
            shown = _CALLING.sub(_broken, defanged(part) if _LURE.search(part) else part)
            shown = _STARS.sub("*" + BREAK, shown)  # the end of our own bold counts even within code
            yield from (f"`{one}`" for one in _seamed(shown))
        else:
            yield from map(_still, _TOKEN.finditer(part))


def _seamed(shown: str) -> Iterator[str]:
    """Return an address in pieces, none of which ends within a dot that was defanged."""
    at = 0
    while at < len(shown):
        end = at + _SEAM
        if end < len(shown):
            end -= 1 if shown[end - 1] == "[" else 2 if shown[end - 2 : end] in ("[.", "[:") else 0
        yield shown[at:end]
        at = end


def _still(found: re.Match[str]) -> str:
    if found["mark"]:
        if found["mark"].isdigit():
            return f"{found['head']}{found['mark']}\\{found['dot']}"
        return f"{found['head']}\\{found['mark']}{found['dot']}"
    if found["angle"]:
        return "\\<" + BREAK
    if found["everyone"]:
        return "@" + BREAK
    if found["emoji"] or found["escape"]:
        return "\\" + found[0]
    return found[0]


def _tamed(words: str) -> str:
    """Return what stands in code: invitations defanged, what calls somebody broken up."""
    return _CALLING.sub(_broken, _LURE.sub(lambda found: defanged(found[0]), words))


def _broken(found: re.Match[str]) -> str:
    return found[0] + BREAK


def addresses(words: str) -> Iterator[tuple[str, bool]]:
    """Return the pieces of a text in order, each with whether it is an address that a client might follow."""
    return plain.addresses(words, _ADDRESS)


def defanged(address: str) -> str:
    """Return an address that no client follows."""
    return address.replace("://", "[:]//").replace(".", "[.]")


def _followable(span: Span) -> bool:
    """Tell whether a link may be followed: it leads to http or https, and its label does not name another site."""
    url = span.to
    if len(url) > _LINK_MOST or re.search(r"[\s<>|\"^`\\()\[\]*]", url) or visible(url) != url:
        return False
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    if not host or not re.match(r"https?://[^/@?#]+(?:[/?#]|\Z)", url):
        return False
    label = " ".join(visible(span.text).split())
    if label in (url, url.rstrip("/")):
        return True
    if not label or "://" in label or units(label) > _LINK_MOST:
        return False
    return all(_host(found[0]) == host for found in _NAMED.finditer(label))


_NAMED = re.compile(r"(?<![\w@-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])[^\s<>|\"`]*", re.IGNORECASE)  # a site, without its scheme


def _host(address: str) -> str:
    try:
        return (urlsplit(f"//{address}").hostname or "").lower()
    except ValueError:
        return ""


# -- labels --------------------------------------------------------------------------------------------------------

def label(words: str, most: int, otherwise: str = "…") -> str:
    """Return plain words on one line, at most `most` characters, for where Discord knows no markdown."""
    text = " ".join(visible(words[: 4 * most]).split())
    text = "".join(defanged(part) if address else part for part, address in addresses(text)).replace("://", "[:]//")
    return clipped(_CALLING.sub(_broken, text), most) or otherwise


# -- what arrives --------------------------------------------------------------------------------------------------

def heard(text: str, names: Mapping[str, str] | None = None) -> str:
    """Return what a person typed, from the content of their message.

    Discord sends it as it was typed, but for what the client completed: people, channels, emoji and commands. `names` are those
    of the people, by account.
    """
    known = names or {}

    def typed(found: re.Match[str]) -> str:
        if found["who"]:
            return "@" + known.get(found["who"], found["who"])
        return "#" + found["where"] if found["where"] else found["emoji"] or found["command"]

    return _HEARD.sub(typed, text)
