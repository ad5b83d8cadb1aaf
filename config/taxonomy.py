"""The taxonomy of this release as frozen values: categories of flaws with their mappings, and root causes.

Decides what a usable taxonomy is, with every fault named, and which categories are meant by words. Every mapping keeps the
source and the version in which its id was read, because numbers move between editions. Words for people are left to
commands/wording/causes.py; how bad a flaw is, to the rubric.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from config import rubric

TAXONOMY: Final = Path(__file__).with_name("taxonomy.toml")
SOURCES: Final = ("atlas", "owasp_llm_2025", "owasp_llm_2026", "avid_sep", "vrt", "cwe")
RISKS: Final = frozenset({"Security", "Ethics", "Performance"})  # the domains of AVID
OTHER, UNKNOWN = "other", "unknown"  # the category and the cause that nothing else fits
_TOKEN = re.compile(r"[a-z0-9][a-z0-9.:_-]*")
_NEAR = 0.74  # how alike a word must be to be taken for another one
_SHORT = 4  # shorter words are never taken for others


class TaxonomyError(ValueError):
    """Content that is no usable taxonomy; `problems` names every fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Source:
    """A list that ours is mapped to; `year` stands behind its ids where editions number differently."""

    key: str
    name: str
    version: str

    @property
    def year(self) -> str:
        """The year of an edition that numbers anew, else nothing."""
        return self.version if re.fullmatch(r"20\d\d", self.version) else ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One id of a source that a category corresponds to; `since` and `priority` where the source tells them."""

    source: Source
    id: str
    name: str = ""
    since: str = ""
    priority: int | None = None

    @property
    def shown(self) -> str:
        """The id as it is written, always with its year: LLM06:2025 is not LLM06:2026."""
        return f"{self.id}:{self.source.year}" if self.source.year else self.id


@dataclass(frozen=True, slots=True)
class Category:
    """One category of flaws. `axes` are the impact axes that it usually touches, `risks` the domains of AVID."""

    id: str
    name: str
    summary: str
    axes: tuple[str, ...]
    mapped: tuple[Mapped, ...]
    risks: tuple[str, ...]
    causes: tuple[str, ...]  # root causes to think of first

    def of(self, source: str) -> tuple[Mapped, ...]:
        """The mappings to one source."""
        return tuple(one for one in self.mapped if one.source.key == source)


@dataclass(frozen=True, slots=True)
class RootCause:
    """Why a flaw could be there, the question that tells it apart, and what usually takes it away."""

    id: str
    name: str
    question: str
    fix: str


@dataclass(frozen=True)
class Taxonomy:
    """The whole: its version, what it was mapped to, categories and causes by id in the order of the file."""

    version: str
    sources: Mapping[str, Source]
    categories: Mapping[str, Category]
    causes: Mapping[str, RootCause]

    @cached_property
    def _words(self) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        """The words of each category's id and name, and those of its summary as well."""
        found = {}
        for one in self.categories.values():
            named = frozenset(_tokens(f"{one.id.replace('-', ' ')} {one.name}"))
            found[one.id] = (named, named | frozenset(_tokens(one.summary)))
        return found

    def find(self, words: str) -> tuple[Category, ...]:
        """The categories that words mean, the best first: an id or a name, a mapped id, words of the description.

        A mapped id may be written without its year or its last part (LLM01, AML.T0051). Where nothing fits, what is spelt
        alike is meant. Nothing for no words, and for words that are like none.
        """
        text = " ".join(words.casefold().replace("-", " ").split())
        plain = " ".join(words.casefold().split())
        if not _tokens(plain):
            return ()
        for one in self.categories.values():
            if text in (one.id.replace("-", " "), one.name.casefold().replace("-", " ")):
                return (one,)
        ranked = [(rank, one) for one in self.categories.values() if (rank := self._rank(one, text, plain)) is not None]
        if ranked:
            best = min(rank for rank, _ in ranked)
            # A whole id means nothing else, and words that stand in a name are not meant as words of a description.
            most = 0 if best == 0 else best if best == _DESCRIBED else _DESCRIBED - 1
            return tuple(one for rank, one in sorted(ranked, key=lambda pair: pair[0]) if rank <= most)
        return self._near(_tokens(text))

    def _rank(self, one: Category, text: str, plain: str) -> int | None:
        named, described = self._words[one.id]
        wanted = _as_id(plain)
        ids = [id_ for mapped in one.mapped for id_ in (mapped.id.casefold(), mapped.shown.casefold())]
        if any(id_ == wanted or id_.startswith(f"{wanted}.") for id_ in ids):
            return 0
        if text in f"{one.id.replace('-', ' ')}\n{one.name.casefold().replace('-', ' ')}":
            return 1
        tokens = _tokens(text)
        if all(any(word.startswith(token) for word in named) for token in tokens):
            return 2
        if len(wanted) >= _SHORT and any(id_.startswith(wanted) for id_ in ids):
            return 2  # an id that is not typed to its end
        if all(any(word.startswith(token) for word in described) for token in tokens):
            return _DESCRIBED
        return None

    def _near(self, tokens: Sequence[str]) -> tuple[Category, ...]:
        """The categories with words like these: in their names, else in what describes them."""
        for place in (0, 1):
            found = []
            for one in self.categories.values():
                scores = [max(_alike(token, word) for word in self._words[one.id][place]) for token in tokens]
                if min(scores) >= _NEAR:
                    found.append((-sum(scores), one))
            if found:
                return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))
        return ()


_DESCRIBED = 3  # the rank of what is found by its description only


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.rstrip(".:_-") for one in _TOKEN.findall(text.casefold())))


def _alike(token: str, word: str) -> float:
    if word.startswith(token):
        return 1.0
    if len(token) < _SHORT or abs(len(token) - len(word)) > 3:
        return 0.0
    return difflib.SequenceMatcher(None, token, word).ratio()


def _as_id(text: str) -> str:
    """Words as the sources write an id: CWE79 and cwe 79, T0051, LLM6 are forgiven."""
    wanted = text.replace(" ", "")
    for written, meant in ((r"cwe[-:]?(?=\d)", "cwe-"), (r"(?=t\d{4})", "aml."), (r"llm-?(?=[1-9](\D|$))", "llm0"), (r"llm-(?=\d)", "llm")):
        wanted, changed = re.subn(f"^{written}", meant, wanted)
        if changed:
            break
    return wanted


def load(path: Path = TAXONOMY) -> Taxonomy:
    """Read a taxonomy; raises TaxonomyError with every problem, and OSError when there is no such file."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise TaxonomyError([f"not TOML: {wrong}"]) from None
    return read(content)


@cache
def current() -> Taxonomy:
    """The taxonomy of this release, read once."""
    return load()


def read(content: Mapping[str, object]) -> Taxonomy:
    """Return what the content of a taxonomy file says; raises TaxonomyError with every fault."""
    look = _Look()
    version = look.text(content, "schema_version", "")
    named = look.table(content, "source", "")
    sources = {}
    for key in SOURCES:
        one = look.table(named, key, "source.")
        sources[key] = Source(key, look.text(one, "name", f"source.{key}."), look.text(one, "version", f"source.{key}."))
    tables = look.table(content, "ref", "")
    refs = {key: look.table(tables, key, "ref.") for key in SOURCES}
    causes: dict[str, RootCause] = {}
    for at, one in look.rows(content, "root_cause"):
        cause = RootCause(look.id(one, at, causes), look.text(one, "name", at), look.text(one, "question", at),
                          look.text(one, "typical_fix", at))
        causes[cause.id] = cause
    axes = frozenset(one.code for one in rubric.current().impact_axes)
    categories: dict[str, Category] = {}
    for at, one in look.rows(content, "category"):
        mapped: list[Mapped] = []
        for key in SOURCES:
            mapped += [_mapped(sources[key], id_, refs[key][id_]) for id_ in look.among(one, key, at, refs[key])]
        category = Category(look.id(one, at, categories), look.text(one, "name", at), look.text(one, "summary", at),
                            look.among(one, "axes", at, axes), tuple(mapped), look.among(one, "avid_risk_domain", at, RISKS),
                            look.among(one, "root_causes", at, causes))
        if not category.axes or not category.causes:
            look.problems.append(f"{at}axes and root_causes: at least one")
        categories[category.id] = category
    for missing, known, what in ((OTHER, categories, "category"), (UNKNOWN, causes, "root_cause")):
        if missing not in known:
            look.problems.append(f"{what}: {missing} is missing")
    if look.problems:
        raise TaxonomyError(look.problems)
    return Taxonomy(version, sources, categories, causes)


def _mapped(source: Source, id_: str, named: object) -> Mapped:
    if isinstance(named, Mapping):
        priority = named.get("priority")
        return Mapped(source, id_, since=str(named.get("since", "")), priority=priority if isinstance(priority, int) else None)
    name = str(named)
    return Mapped(source, id_, name.removeprefix(f"{id_}: "))


class _Look:
    """Reads values and collects what is wrong with them; each is named by where it stands."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(self, table: Mapping[str, object], key: str, at: str) -> str:
        found = table.get(key)
        if isinstance(found, str) and found.strip():
            return found
        self.problems.append(f"{at}{key}: a text is missing")
        return ""

    def table(self, table: Mapping[str, object], key: str, at: str) -> Mapping[str, object]:
        found = table.get(key)
        if isinstance(found, Mapping):
            return found
        self.problems.append(f"{at}{key}: a table is missing")
        return {}

    def rows(self, content: Mapping[str, object], key: str) -> list[tuple[str, Mapping[str, object]]]:
        found = content.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(one, Mapping) for one in found):
            self.problems.append(f"{key}: a list of tables is missing")
            return []
        return [(f"{key} {one.get('id') or number}: ", one) for number, one in enumerate(found, 1)]

    def id(self, table: Mapping[str, object], at: str, known: Mapping[str, object]) -> str:
        found = self.text(table, "id", at)
        if found and not re.fullmatch(r"[a-z][a-z-]*", found):
            self.problems.append(f"{at}id: small letters and hyphens")
        if found in known:
            self.problems.append(f"{at}id: there twice")
        return found

    def among(self, table: Mapping[str, object], key: str, at: str, known: Iterable[str]) -> tuple[str, ...]:
        """Return a list whose every entry is known, each once."""
        found = table.get(key)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.problems.append(f"{at}{key}: a list of texts is missing")
            return ()
        if len(set(found)) != len(found):
            self.problems.append(f"{at}{key}: an entry is there twice")
        strange = [one for one in found if one not in known]
        self.problems += [f"{at}{key}: {one} is not known" for one in strange]
        return tuple(one for one in found if one not in strange)
