"""Atom feeds (RFC 4287) of advisories and of thanks.

Decides what an entry holds: the same public words as the page. Ids stay the same for ever; a new edition of an advisory moves
`updated`. XML is written by the standard library, so that no name can break out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from bot.site.gather import Content
from commands.text import visible
from commands.wording import site as words
from config.policy.advisory import Advisory
from config.program import Program

ATOM: Final = "http://www.w3.org/2005/Atom"  # the name of a vocabulary; nothing is fetched from it
MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
_MOST: Final = 50
register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed."""

    id: str
    title: str
    page: str
    published: datetime
    updated: datetime
    author: str
    summary: str
    category: str = ""


def advisories(content: Content, program: Program, base: str) -> bytes:
    """Return the feed of advisories; `base` is the address of the pages."""
    entries = [_advisory(one, program, base) for one in content.advisories[:_MOST]]
    return _feed(program, base, "/advisories", words.FEED_ADVISORIES, entries, content)


def hall(content: Content, program: Program, base: str) -> bytes:
    """Return the feed of thanks."""
    entries = [
        Entry(f"{base}/hall-of-fame#{one.report}", words.thanks_title(one), f"{base}/hall-of-fame", one.at, one.at, program.name,
              words.thanks_summary(one))
        for one in content.hall.all[:_MOST]
    ]
    return _feed(program, base, "/hall-of-fame", words.FEED_HALL, entries, content)


def _advisory(one: Advisory, program: Program, base: str) -> Entry:
    page = f"{base}/advisories/{one.id}"
    return Entry(page, one.title, page, one.published, one.revised, one.credit or program.name, one.lead or one.title, one.category)


def _feed(program: Program, base: str, path: str, what: str, entries: Sequence[Entry], content: Content) -> bytes:
    feed = Element(f"{{{ATOM}}}feed")
    _put(feed, "title", words.feed_title(program, what))
    _put(feed, "id", f"{base}{path}.atom")
    SubElement(feed, f"{{{ATOM}}}link", rel="self", type="application/atom+xml", href=f"{base}{path}.atom")
    SubElement(feed, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=f"{base}{path}")
    # Without an entry the feed is as old as the policy: a reader must not see it change all the time.
    first = datetime(program.policy.date.year, program.policy.date.month, program.policy.date.day, tzinfo=UTC)
    _put(feed, "updated", _stamp(max((one.updated for one in entries), default=first)))
    _put(SubElement(feed, f"{{{ATOM}}}author"), "name", program.name)
    for one in entries:
        entry = SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, "title", one.title)
        _put(entry, "id", one.id)
        SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=one.page)
        _put(entry, "published", _stamp(one.published))
        _put(entry, "updated", _stamp(one.updated))
        _put(SubElement(entry, f"{{{ATOM}}}author"), "name", one.author)
        _put(entry, "summary", one.summary)
        if one.category:
            SubElement(entry, f"{{{ATOM}}}category", term=one.category)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(tostring(feed, encoding="utf-8"))


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{ATOM}}}{name}").text = visible(text)


def _stamp(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
