"""From our own styled text, and from the Markdown of a policy, to HTML.

Decides what a page may hold: everything is escaped, and links lead to http, https, mailto or a page of ours. Raw HTML in a policy
is shown as the letters that it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from commands.text import Span, Text, say, visible
from commands.wording import site as words
from config.program import Program

_FOLLOWED: Final = ("http", "https", "mailto", "tel", "slack")
_ITEM: Final = re.compile(r"^- (.+)$")
_WHEN: Final = re.compile(r"(?P<what>.+?)(?:,? within|:| at least(?= every)| (?=at once\b))\s*(?P<when>.+?)\.?")


def html(text: str | Text) -> Markup:
    """Return styled text as HTML."""
    return Markup("").join(_span(one) for one in (text if isinstance(text, Text) else say(text)).spans)


def _span(one: Span) -> Markup:
    shown = escape(visible(one.text))
    match one.style:
        case "bold":
            return Markup("<strong>{}</strong>").format(shown)
        case "code" | "pre":
            return Markup("<code>{}</code>").format(shown)
        case "link" if followed(one.to):
            return Markup('<a href="{}"{}>{}</a>').format(one.to, outside(one.to), shown)
    return shown


def followed(address: str) -> bool:
    """Whether a page may link there."""
    return (address.startswith("/") and not address.startswith("//")) or urlsplit(address).scheme.lower() in _FOLLOWED


def outside(address: str) -> Markup:
    """Return what a link that leaves these pages says of itself."""
    return Markup("") if address.startswith("/") else Markup(' rel="noopener noreferrer"')


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of plain text."""
    return [" ".join(one.split()) for one in re.split(r"\n\s*\n", text.strip()) if one.strip()]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a policy: its title, its place on the page, and its HTML."""

    title: str
    anchor: str
    body: Markup


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy in its parts."""

    title: str
    lead: Markup
    sections: Sequence[Section]
    words: int


def policy_page(markdown: str, program: Program, *, listed_scope: str) -> PolicyPage:
    """Return a policy (Markdown, filled in) as a page; the scope as `listed_scope` has it becomes a table."""
    title, sections = words.POLICY_TITLE, [("", "")]
    for line in _tabled(markdown, program, listed_scope).splitlines():
        if line.startswith("# ") and title == words.POLICY_TITLE:
            title = line[2:].strip()
        elif line.startswith("## "):
            sections.append((line[3:].strip(), ""))
        else:
            sections[-1] = (sections[-1][0], f"{sections[-1][1]}{line}\n")
    found, taken = [], set[str]()
    for name, body in sections[1:]:
        anchor = _anchor(name, taken)
        found.append(Section(name, anchor, _rendered(body)))
    return PolicyPage(title, _rendered(sections[0][1]), found, words_in(markdown))


def words_in(markdown: str) -> int:
    """Return how many words a text has."""
    return len(re.findall(r"\b\w[\w’'.-]*", markdown))


def _anchor(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "section"
    anchor, number = plain, 2
    while anchor in taken or anchor in {"main", "in-short", "editions", "theme"}:
        anchor, number = f"{plain}-{number}", number + 1
    taken.add(anchor)
    return anchor


def _tabled(markdown: str, program: Program, listed: str) -> str:
    """Return the policy with its list of systems and its list of times as tables, where they are lists that we understand."""
    if listed and listed in markdown:
        rows = [(f"**{one.name}**", one.kind, f"`{one.id}`") for one in program.scope]
        markdown = markdown.replace(listed, _table(words.SCOPE_HEADS, rows), 1)
    return re.sub(r"(?m)(?:^- .+(?:\n|\Z))+", _times, markdown)


def _times(found: re.Match[str]) -> str:
    rows = []
    for line in found[0].splitlines():
        item = _ITEM.match(line)
        parts = _WHEN.fullmatch(item[1]) if item else None
        if parts is None or not re.search(r"\d+ (?:\w+ )?(?:hour|day|minute|week)s?\b|at once", parts["when"]):
            return found[0]
        rows.append((parts["what"], parts["when"]))
    return _table((words.WHAT, words.WHEN), rows) + "\n" if len(rows) > 2 else found[0]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines) + "\n"


def _rendered(markdown: str) -> Markup:
    return Markup(_reader().render(markdown))  # noqa: S704  the reader escapes everything that is no markup of its own


class _Reader(MarkdownIt):
    """The library's reader, with our own answer to which addresses are links."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  the library's name
        """Say whether an address becomes a link."""
        return followed(url)


def _reader() -> _Reader:
    reader = _Reader("commonmark", {"html": False, "typographer": True})
    reader.enable(["table", "smartquotes"]).disable("image")
    reader.add_render_rule("link_open", _link)
    return reader


def _link(self: object, tokens: Sequence[Token], at: int, _options: object, _env: object) -> str:
    address = str(tokens[at].attrGet("href") or "")
    return str(Markup('<a href="{}"{}>').format(address, outside(address)))
