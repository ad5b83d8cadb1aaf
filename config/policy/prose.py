"""A policy as text: its sections, its sentences, how long and how hard to read it is.

It decides what a section, a sentence and a word is in Markdown. What a good policy says is decided in
config/policy/policy_lint.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MARKS = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*_`]+")
_BULLET = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or one line of a list, without its marks; `line` is where its paragraph begins, from 1."""

    text: str
    line: int

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(words_of(self.text))


@dataclass(slots=True)
class Section:
    """One `##` heading with everything below it; the lines before the first heading have an empty title."""

    title: str
    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The section's text, in small letters, on one line, without marks."""
        return " ".join(one.text for one in self.sentences).casefold()

    @property
    def sentences(self) -> list[Sentence]:
        """Its sentences: paragraphs cut at full stops, each line of a list by itself, rows of tables left out."""
        found: list[Sentence] = []
        for line, paragraph in self._paragraphs():
            found += [Sentence(part.strip(), line) for part in _END.split(plain(paragraph)) if _WORD.search(part)]
        return found

    @property
    def cells(self) -> list[tuple[int, list[str]]]:
        """The rows of its tables, each with its line."""
        return [(number, [plain(cell).strip() for cell in line.strip().strip("|").split("|")])
                for number, line in self.lines if line.lstrip().startswith("|") and not re.fullmatch(r"[\s|:-]+", line)]

    def _paragraphs(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        open_ = False
        for number, line in self.lines:
            if not line.strip() or line.startswith("#") or line.lstrip().startswith("|"):
                open_ = False
            elif _BULLET.match(line) or not open_:
                found.append((number, _BULLET.sub("", line, count=1).strip()))
                open_ = True
            else:
                found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        return found


def sections(text: str) -> list[Section]:
    """Return the sections of a policy in order, the first being what stands before any `##` heading."""
    found = [Section("", 1)]
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            found.append(Section(plain(line[3:]).strip().casefold(), number))
        else:
            found[-1].lines.append((number, line))
    return found


def plain(text: str) -> str:
    """Return text without Markdown's marks; of a link its words stay."""
    return _MARKS.sub(lambda found: found.group(1) or "", text)


def words_of(text: str) -> list[str]:
    """Return the words of a text: what stands between blanks and holds a letter or a digit."""
    return [one for one in text.split() if _WORD.search(one)]


def reading_ease(sentences: list[Sentence]) -> float:
    """Return the automated readability index: 4.71 characters/word + 0.5 words/sentence - 21.43; 0 for no words.

    Source: Smith and Senter, "Automated Readability Index", AMRL-TR-66-220 (1967). About the school year that a reader needs.
    """
    words = [word for one in sentences for word in words_of(one.text)]
    if not words:
        return 0.0
    characters = sum(len(word) for word in words)
    return 4.71 * characters / len(words) + 0.5 * len(words) / len(sentences) - 21.43
