"""What the bot says, as Slack's text; and what Slack sends, as the person typed it.

Decides how hostile text is kept from becoming a mention, a link or formatting. Three targets, one function for each:

- `rich` for all words of messages, forms and the Home tab. Slack reads no markup inside rich text: styles, links, people and
  instants are elements, and only spans of ours make them. So a prompt keeps its asterisks and can be copied as it was sent.
  Addresses are set as code, which no client turns into a link. Sequences that other readers of the JSON might take for markup
  are spread over two elements; shown side by side they read the same.
- `label` for buttons, titles and options, which are plain text to Slack. The three control characters are drawn as look-alikes,
  because Slack hands labels back escaped; addresses are defanged, because clients may link them even there.
- `mrkdwn` for the one line that notices show. It knows no escape for `*`, `_`, `~` and the backtick, and counts a zero-width
  character as the end of a word, which lets formatting begin: so these four, colons of an emoji and quote marks at the start of
  a line become look-alikes. After `@` and `#` a word joiner stands. Lists need nothing: mrkdwn has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.platforms import plain
from bot.platforms.plain import clipped, epoch
from commands.text import Span, Text, shorten, visible

Json = dict[str, Any]

ACCOUNT = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHUNK = 2_500  # characters of one element; Slack's own texts hold 3,000
_LINK_MOST = 3_000
_DATE = "{date_short_pretty} {time}"
_JOINER = "\u2060"

_ADDRESS = re.compile(
    r"""(?:(?:\w[\w+.-]{0,20})?://|www\.|mailto:|tel:)[^\s<>|"]+  # with its scheme
      | [\w.+-]{1,64}(?:@[\w-]+(?:\.[\w-]+)+)+                     # of a mailbox
      | (?<![\w-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?::\d+)?(?:/[^\s<>|"]*)?  # a bare domain: clients link those too
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FOLLOWED = re.compile(r"[/:@]|www\.", re.IGNORECASE)
_SPREAD = re.compile(r"(?<=<)(?=[!@#])|(?<=``)(?=`)")
_LABEL = str.maketrans({"<": "‹", ">": "›", "&": "＆"})
_MARKS = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "‵"})
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_QUOTE = re.compile(r"^[ \t]*>+", re.MULTILINE)
_SIGIL = re.compile(r"(?<=[@#])(?=\w)")
_HEARD = re.compile(r"<([^<>\n]*)>|&(lt|gt|amp);")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_ENTITY = re.compile(r"&(lt|gt|amp);")


@dataclass(frozen=True, slots=True)
class Run:
    """One element of rich text; `pre` says that it stands in a block of fixed width."""

    element: Json
    pre: bool = False


# -- rich text -----------------------------------------------------------------------------------------------------

def rich(text: Text) -> list[Run]:
    """Return the elements of a text, in order, each at most 2,500 characters long."""
    return [run for span in _joined(text) for run in _runs(span)]


def _joined(text: Text) -> list[Span]:
    """Return the spans with neighbours of one style as one, so that what only together is an address or an emoji is seen."""
    found: list[Span] = []
    for one in text.spans:
        span = _settled(one)
        if found and span.style == found[-1].style and span.style in ("plain", "bold", "quiet"):
            found[-1] = Span(found[-1].text + span.text, span.style)
        elif span.text:
            found.append(span)
    return found


def _settled(span: Span) -> Span:
    """Return a span whose target is good, or its words alone."""
    if span.style == "person" and not ACCOUNT.fullmatch(span.to):
        return Span(f"@{span.text}")
    if (span.style == "link" and not _followable(span)) or (span.style == "time" and epoch(span.to) is None):
        return Span(span.text)
    return span


def _runs(span: Span) -> Iterator[Run]:
    words = visible(span.text)
    style: Json = {}
    match span.style:
        case "link":
            yield Run({"type": "link", "url": span.to, "text": shorten(words, _CHUNK)})
            return
        case "person":
            yield Run({"type": "user", "user_id": span.to})
            return
        case "time":
            yield Run({"type": "date", "timestamp": epoch(span.to), "format": _DATE, "fallback": shorten(words, 100)})
            return
        case "code" | "pre":
            pre = span.style == "pre"
            yield from (_run(part, {} if pre else {"code": True}, pre=pre) for part in _parts(words))
            return
        case "bold":
            style = {"bold": True}
        case "quiet":
            style = {"italic": True}
    for part, address in addresses(words):
        shown = {**style, "code": True} if address else style
        yield from (_run(one, shown) for one in _parts(part))


def _run(words: str, style: Json, *, pre: bool = False) -> Run:
    element: Json = {"type": "text", "text": words}
    if style:
        element["style"] = dict(style)
    return Run(element, pre)


def _parts(words: str) -> Iterator[str]:
    for piece in _SPREAD.split(words):
        rest = piece
        while len(rest) > _CHUNK:
            at = rest.rfind("\n", _CHUNK // 2, _CHUNK) + 1 or _CHUNK
            yield rest[:at]
            rest = rest[at:]
        if rest:
            yield rest


def addresses(words: str) -> Iterator[tuple[str, bool]]:
    """Return the pieces of a text in order, each with whether it is an address that a client might link."""
    return plain.addresses(words, _ADDRESS)


def _followable(span: Span) -> bool:
    """Tell whether a link may be followed: it leads to http or https, and its label does not name another site."""
    url = span.to
    if len(url) > _LINK_MOST or re.search(r"[\s<>|\"^`\\]", url) or visible(url) != url:
        return False
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    if not host or not re.match(r"https?://[^/@]+(?:[/?#]|\Z)", url):
        return False
    return bool(span.text.strip()) and all(_host(part) == host for part, address in addresses(span.text) if address)


def _host(address: str) -> str:
    try:
        return (urlsplit(address if "://" in address else f"//{address}").hostname or "").lower()
    except ValueError:
        return ""


# -- labels --------------------------------------------------------------------------------------------------------

def label(words: str, most: int, otherwise: str = "…") -> Json:
    """Return a plain text object on one line, at most `most` characters as Slack counts them."""
    return {"type": "plain_text", "text": label_text(words, most, otherwise), "emoji": False}


def label_text(words: str, most: int, otherwise: str = "…") -> str:
    """Return what `label` shows."""
    text = " ".join(visible(words[: 4 * most]).split()).translate(_LABEL)
    return clipped("".join(_defanged(part) if address else part for part, address in addresses(text)), most) or otherwise


def _defanged(address: str) -> str:
    """Return an address that no client follows; a bare name such as that of a file stays as it is."""
    if not _FOLLOWED.search(address):
        return address
    return address.replace("://", "[:]//").replace("@", "[at]").replace(".", "[.]")


# -- mrkdwn --------------------------------------------------------------------------------------------------------

def mrkdwn(text: Text) -> str:
    """Return a text in Slack's markup; only spans of ours become markup."""
    plain = Text(tuple(Span(span.text) if span.style == "quiet" else _settled(span) for span in text.spans))
    return "".join(_marked(span) for span in _joined(plain))


def _marked(span: Span) -> str:
    words = visible(span.text)
    match span.style:
        case "link":
            return f"<{_escaped(span.to)}|{_still(' '.join(words.split())).replace('|', '¦')}>"
        case "person":
            return f"<@{span.to}>"
        case "time":
            fallback = _still(" ".join(words.split())).replace("|", "¦").replace("^", "‸")
            return f"<!date^{epoch(span.to)}^{_DATE}|{fallback}>"
        case "code":
            return _code(" ".join(words.split()))
        case "pre" if words.strip():
            return f"```\n{_escaped(words.replace('```', '``‵'))}\n```"
        case "bold" if words.strip():
            inner = words.strip()
            before, _, after = words.partition(inner)
            return f"{before}*{_plain(inner)}*{after}"
    return _plain(words)


def _plain(words: str) -> str:
    return "".join(_code(part) if address else _still(part) for part, address in addresses(words))


def _code(words: str) -> str:
    inner = _escaped(words.replace("`", "‵"))
    return f"`{inner}`" if inner.strip() else inner


def _still(words: str) -> str:
    words = _QUOTE.sub(lambda found: found[0].replace(">", "›"), words)
    return _SIGIL.sub(_JOINER, _escaped(_EMOJI.sub("꞉", words.translate(_MARKS))))


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# -- what arrives --------------------------------------------------------------------------------------------------

def heard(text: str) -> str:
    """Return what a person typed, from the text of their message as Slack tells it.

    Slack escapes what was typed, so every bare `<...>` is its own: a link that it made or a mention. Escapes are undone once.
    What clients do to a PGP block besides (dashes, quotes, odd blanks) is mended where the block is read.
    """
    return _HEARD.sub(_typed, text)


def _typed(found: re.Match[str]) -> str:
    if found[2]:
        return _ENTITIES[found[2]]
    target, _, shown = found[1].partition("|")
    target, shown = _decoded(target), _decoded(shown)
    kind, rest = target[:1], target[1:]
    if kind in ("@", "#"):
        return kind + (shown.removeprefix(kind) or rest)
    if kind == "!":
        return shown if rest.startswith("date^") else "@" + (shown or rest.partition("^")[0]).removeprefix("@")
    if not re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        return found[0]
    bare = re.sub(r"^(?:mailto:|tel:)", "", target)
    if not shown:
        return bare
    same = {bare, target, re.sub(r"^https?://", "", target), re.sub(r"^https?://", "", target).rstrip("/")}
    return shown if shown in same else f"{shown} ({bare})"


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)
