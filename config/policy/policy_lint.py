"""Whether a disclosure policy keeps what a good one promises: the rules VDP001 to VDP018, as findings with their lines.

It decides from the text, the programme and the key alone; `what` names the reason, whose sentence stands in
commands/wording/policy_lint.py. Filling in a policy's numbers is left to commands/wording/policy_text.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from config.policy import prose
from config.policy.prose import Section, Sentence
from config.program import Length, Program, ScopeItem, parse_length

ERROR: Final = "error"
WARN: Final = "warn"

SECTIONS: Final = {
    "scope": r"scope",
    "how to report": r"how to report|reporting",
    "rules of engagement": r"rules of engagement|ground rules",
    "safe harbour": r"safe harbou?r",
    "what you can expect": r"what you can expect|response times|what we promise",
    "disclosure": r"disclosure|publication",
    "credit": r"credit|recognition|reward|thanks",
    "privacy": r"privacy",
}
BEHAVIOURS: Final = {
    "jailbreaks": r"jailbreak",
    "prompt injection": r"prompt injection",
    "harmful content": r"harmful (content|output)",
    "bias": r"\bbias",
    "hallucination": r"hallucinat",
    "privacy of training data": r"training data",
    "model theft": r"model (theft|stealing|extraction)|steal\w* (of )?(the |a )?(model|weights)",
}
_HARBOUR: Final = {
    "authorised": r"(?<!not )(?<!never )\bauthori[sz]ed",
    "no legal action": r"\b(no|not|never)\b(?![^.]{0,20}\b(rule|ruled) out|[^.]{0,20}\bexclude)[^.]{0,40}legal action",
    "terms waived": r"terms of (use|service)[^.]*(?<!not )(?<!never )\bwaive|(?<!not )(?<!never )\bwaive[^.]*terms of (use|service)",
    "good faith": r"good[ -]faith[^.]*(means|is when|is that)|in good faith (if|when)",
    "third party": r"third part(y|ies)[^.]*\b(we|our)\b|\b(we|our)\b[^.]*third part(y|ies)",
    "accident": r"accident|honest mistake|unintended|by mistake",
}
# What must not be asked of people in return for not being sued, and the words by which a condition is made.
_BOUND: Final = re.compile(
    r"\bnda\b|non-?disclosure agreement|confidentiality agreement|secrecy agreement|keep[^.]*(secret|confidential|to yourself)"
    r"|(not|never|without)\s+(publish|disclos|speak|talk)\w*|silen(t|ce)|(waive|give up|claim)\w*[^.]*(reward|bounty|payment|money)"
    r"|\b(tell|speak|talk)s?\b[^.]*\b(press|journalists?|media|public)\b")
_CONDITION: Final = re.compile(
    r"\bonly if\b|\bif you\b|\bprovided\b|\bas long as\b|\bunless\b|\bon condition\b|\bmust\b|\brequires?\b|\bwho sign"
    r"|\bonce you\b|\bwhoever\b|\botherwise\b|\b(is|are) (void|lost)\b|\bloses?\b|\bends (if|when)\b")
_PROTECTION: Final = re.compile(r"safe harbou?r|protection|legal action|authori[sz]ed")
_DUTIES: Final = ("sole discretion", "immediately forfeits", "without limitation", "hold harmless", "indemnify")
_HOLE: Final = re.compile(r"\{\{[^}]*\}\}|\{[a-z_]+\}|\[[A-Z][^\]\n]*\](?!\()|\bTODO\b|\bFIXME\b|\bTBD\b|example\.(?:com|org|net)|lorem ipsum"
                          r"|\[(?:your|the|insert) [^\]\n]*\](?!\()|<[A-Za-z][A-Za-z_ ]*>|\bXXX+\b")
_LENGTH: Final = r"(?P<length>\d+\s*(?:minutes?|hours?|h|days?|(?:working|business) days?))"
_FINGERPRINT: Final = re.compile(r"\b(?:[0-9A-Fa-f]{4}\s*){10}\b")
_ITEM: Final = re.compile(r"^\s*[-*+]\s+`?([a-z0-9][a-z0-9._-]*[a-z0-9])`?\s*(?::|\(|,|$)")
_MOST_WORDS, _MANY_WORDS = 1500, 900
_MOST_CHARACTERS: Final = 100_000  # what is longer is no policy, and is not read
_HARD, _HARD_HARBOUR, _LONG_SENTENCE = 12.0, 10.0, 40
_SOONEST: Final = timedelta(hours=48)
_LONGEST: Final = 180  # days until people may publish
_YEAR: Final = timedelta(days=365)
_KEY_LEFT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: its id, error or warn, the line, the reason by name, and what it is about."""

    rule: str
    level: str
    line: int
    what: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a policy is held against: the programme, its key as far as there is one, the rubric's version, today."""

    program: Program
    today: date
    fingerprint: str = ""
    expires: datetime | None = None
    now: datetime
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy read into its sections, each found by what it is called."""

    text: str
    all: tuple[Section, ...]

    @classmethod
    def read(cls, text: str) -> Policy:
        """Return a policy from its Markdown."""
        return cls(text, tuple(prose.sections(text)))

    def named(self, name: str) -> list[Section]:
        """Return the sections that are what `name` stands for."""
        return [one for one in self.all if one.title and re.search(SECTIONS[name], one.title)]

    def section(self, name: str) -> Section:
        """Return the first such section, an empty one where there is none: its absence is VDP001's to find."""
        return next(iter(self.named(name)), Section("", 1))

    def line_of(self, pattern: str) -> int:
        """Return the first line that holds a pattern, 1 where none does."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.search(pattern, line, re.IGNORECASE):
                return number
        return 1

    @property
    def whole(self) -> str:
        """Everything it says, in small letters, without marks; rows of tables among it."""
        cells = " ".join(cell for one in self.all for _, row in one.cells for cell in row)
        return " ".join([*(one.text for one in self.all), cells.casefold()])


def lint(text: str, around: Around) -> tuple[Finding, ...]:
    """Return every finding about a policy whose numbers are filled in, in the order of its lines."""
    if len(text) > _MOST_CHARACTERS:
        return (Finding("VDP002", ERROR, 1, "too long", str(len(prose.words_of(text)))),)
    policy = Policy.read(text)
    found = [one for rule in _RULES for one in rule(policy, around)]
    return tuple(sorted(found, key=lambda one: (one.line, one.rule)))


def _sections(policy: Policy, _around: Around) -> Iterator[Finding]:
    for name in SECTIONS:
        if not any(one.sentences or one.cells for one in policy.named(name)):
            yield Finding("VDP001", ERROR, 1, "section", name)


def _length(policy: Policy, _around: Around) -> Iterator[Finding]:
    words = len(prose.words_of(prose.plain(policy.text)))
    if words > _MOST_WORDS:
        yield Finding("VDP002", ERROR, 1, "too long", str(words))
    elif words > _MANY_WORDS:
        yield Finding("VDP002", WARN, 1, "long", str(words))


def _readable(policy: Policy, _around: Around) -> Iterator[Finding]:
    everything = [one for section in policy.all for one in section.sentences]
    harbour = policy.section("safe harbour")
    for sentences, most, what, line in (
        (everything, _HARD, "hard", 1), (harbour.sentences, _HARD_HARBOUR, "hard harbour", harbour.line),
    ):
        ease = prose.reading_ease(sentences)
        if ease > most:
            yield Finding("VDP003", WARN, line, what, f"{ease:.1f}")
    for one in everything:
        if one.words > _LONG_SENTENCE:
            yield Finding("VDP003", WARN, one.line, "long sentence", str(one.words))


def _scope(policy: Policy, around: Around) -> Iterator[Finding]:
    section = policy.section("scope")
    known = {one.id: one for one in around.program.scope}
    listed = {found.group(1): number for number, line in section.lines if (found := _ITEM.match(line))}
    listed |= {row[0]: number for number, row in section.cells if re.fullmatch(r"[a-z0-9][a-z0-9._-]*[a-z0-9]", row[0])}
    words = " ".join(line for _, line in section.lines).casefold()
    named = {one.id for one in around.program.scope if one.id in listed or _names(words, one)}
    for one in listed:
        if one not in known:
            yield Finding("VDP004", ERROR, listed[one], "not in scope list", one)
    # In a list with a line that begins with a system of ours, every line is one; only there is a line without an id taken for one.
    starts = tuple(name.casefold() for one in known.values() for name in (one.id, one.name))
    for lines in _lists(section):
        if any(words.startswith(starts) for _, words in lines):
            for number, words in lines:
                if number not in listed.values() and not any(_names(words, one) for one in known.values()):
                    yield Finding("VDP004", ERROR, number, "not in scope list", words[:40])
    for identity in known:
        if identity not in named:
            yield Finding("VDP004", ERROR, section.line, "not in policy", identity)
    kinds = {known[one].kind for one in named}
    if "model" not in kinds:
        yield Finding("VDP004", ERROR, section.line, "no model")
    if not kinds & {"endpoint", "product"}:
        yield Finding("VDP004", ERROR, section.line, "no endpoint")


def _names(words: str, one: ScopeItem) -> bool:
    return one.name.casefold() in words or bool(re.search(rf"(?<![\w-]){re.escape(one.id.casefold())}(?![\w-])", words))


def _lists(section: Section) -> Iterator[list[tuple[int, str]]]:
    """The lists of a section, each as its lines in small letters; a paragraph between two of them parts them."""
    lines: list[tuple[int, str]] = []
    for number, line in section.lines:
        if re.match(r"\s*[-*+]\s", line):
            lines.append((number, prose.plain(line).strip(" \t-*+").casefold()))
        elif line.strip() and not line.startswith((" ", "\t")):
            yield lines
            lines = []
    yield lines


def _behaviours(policy: Policy, _around: Around) -> Iterator[Finding]:
    section = policy.section("scope")
    words = section.text + " " + " ".join(cell for _, row in section.cells for cell in row).casefold()
    for name, pattern in BEHAVIOURS.items():
        if not re.search(pattern, words):
            yield Finding("VDP005", ERROR, section.line, "behaviour", name)


def _harbour(policy: Policy, _around: Around) -> Iterator[Finding]:
    section = policy.section("safe harbour")
    for name, pattern in _HARBOUR.items():
        if not re.search(pattern, section.text):
            yield Finding("VDP006", ERROR, section.line, "harbour", name)


def _unbound(policy: Policy, _around: Around) -> Iterator[Finding]:
    harbour = policy.section("safe harbour")
    for section in policy.all:
        for one in section.sentences:
            words = one.text.casefold()
            if (section is harbour or _PROTECTION.search(words)) and _BOUND.search(words) and _CONDITION.search(words):
                yield Finding("VDP007", ERROR, one.line, "bound")


def _times(policy: Policy, around: Around) -> Iterator[Finding]:
    section, promises = policy.section("what you can expect"), around.program.promises
    for name, pattern, made in (
        ("acknowledgement", r"acknowledg", promises.acknowledge),
        ("first response", r"first (real )?(response|answer|reply)|on the substance", promises.first_response),
    ):
        said = _promised(section, pattern)
        if said is None:
            yield Finding("VDP008", ERROR, section.line, "no promise", name)
            continue
        line, length = said
        if length.span > _SOONEST:
            yield Finding("VDP008", ERROR, line, "too late", name)
        if (length.span, length.business) != (made.span, made.business):
            yield Finding("VDP008", ERROR, line, "other promise", f"{name}|{made.written or _written(made)}")


def _promised(section: Section, pattern: str) -> tuple[int, Length] | None:
    """The first length that a sentence, or a row of a table, about `pattern` promises."""
    rows = [Sentence(" ".join(cells), number) for number, cells in section.cells]
    for one in [*section.sentences, *rows]:
        words = one.text.casefold()
        about, length = re.search(pattern, words), re.search(_LENGTH, words)
        if about and length:
            return one.line, parse_length(length["length"])
    return None


def _written(length: Length) -> str:
    hours = int(length.span.total_seconds() // 3600)
    return f"{hours // 24} working days" if length.business else f"{hours} hours"


def _embargo(policy: Policy, around: Around) -> Iterator[Finding]:
    section = policy.section("disclosure")
    days = around.program.embargo.length.days
    said = [(one.line, int(number)) for one in section.sentences for number in re.findall(r"(\d{1,6})\s+days", one.text)]
    if not said:
        yield Finding("VDP009", ERROR, section.line, "no days", str(days))
    elif 1 <= said[0][1] <= _LONGEST and said[0][1] != days:
        yield Finding("VDP009", ERROR, said[0][0], "other days", str(days))
    for line, number in said:
        if not 1 <= number <= _LONGEST:
            yield Finding("VDP009", ERROR, line, "days out of range", str(number))
    if not re.search(r"already public|exploited|used in attacks|attacked|attacks are seen", section.text):
        yield Finding("VDP009", ERROR, section.line, "no early rule")


def _key(policy: Policy, around: Around) -> Iterator[Finding]:
    section = policy.section("how to report")
    if not re.search(r"encrypt|pgp", section.text):
        yield Finding("VDP010", ERROR, section.line, "no encryption")
    if not around.fingerprint:
        yield Finding("VDP010", WARN, section.line, "no key yet")
        return
    said = {"".join(found.split()).upper() for found in _FINGERPRINT.findall(policy.text)}
    if not said:
        yield Finding("VDP010", ERROR, section.line, "no fingerprint")
    elif said != {around.fingerprint.upper()}:
        yield Finding("VDP010", ERROR, policy.line_of(_FINGERPRINT.pattern), "other fingerprint")
    if around.expires is not None and around.expires - around.now <= _KEY_LEFT:
        yield Finding("VDP010", ERROR, section.line, "key ends")


def _not_to_send(policy: Policy, _around: Around) -> Iterator[Finding]:
    words = policy.section("how to report").text + " " + policy.section("rules of engagement").text
    line = policy.section("how to report").line
    if not re.search(r"(do not|don't|never) send[^.]*(unlawful|illegal)", words):
        yield Finding("VDP011", ERROR, line, "unlawful")
    if not re.search(r"(do not|don't|never) send[^.]*personal data", words):
        yield Finding("VDP011", ERROR, line, "personal data")
    if not re.search(r"\binstead\b|describe (it|what)", words):
        yield Finding("VDP011", ERROR, line, "instead")


def _contact(policy: Policy, around: Around) -> Iterator[Finding]:
    words, line = policy.whole, policy.section("how to report").line
    if not re.search(r"\blanguages?\b|\b(read|speak|write|answer)\b[^.]*\b(english|german|french|spanish|[a-z]+ish)\b", words):
        yield Finding("VDP012", WARN, line, "languages")
    zone = around.program.working.zone.casefold()
    if not re.search(rf"time zone|\butc\b|{re.escape(zone)}", words):
        yield Finding("VDP012", WARN, policy.section("what you can expect").line, "zone")
    if not re.search(r"[\w.+-]+@[\w-]+\.\w|https?://|security\.txt|\+\d[\d ]{6,}", words):
        yield Finding("VDP012", WARN, line, "contact")


def _version(policy: Policy, around: Around) -> Iterator[Finding]:
    severity = {number for one in policy.all if "severity" in one.title for number, _ in one.lines}  # names the rubric's version
    said = [(number, found[1]) for number, line in enumerate(policy.text.splitlines(), 1) if number not in severity
            and (found := re.search(r"\bversion:?\s+v?(\d[\w.-]*\w|\d)", line, re.IGNORECASE))]
    line, version = said[-1] if said else (1, "")
    if not version:
        yield Finding("VDP013", ERROR, 1, "no version")
    elif version != around.program.policy.version:
        yield Finding("VDP013", ERROR, line, "other version", around.program.policy.version)
    dates = re.findall(r"\b\d{4}-\d{2}-\d{2}\b", policy.text)
    day = _date(dates[-1]) if dates else None
    if day is None:
        yield Finding("VDP013", ERROR, line, "no date")
    elif day > around.today:
        yield Finding("VDP013", ERROR, policy.line_of(dates[-1]), "future", dates[-1])
    elif around.today - day >= _YEAR:
        yield Finding("VDP013", WARN, policy.line_of(dates[-1]), "old", dates[-1])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _second_looks(policy: Policy, _around: Around) -> Iterator[Finding]:
    for name, pattern in (("retest", r"\bretest|try the fix|test the fix"), ("appeal", r"\bappeal"), ("coordinator", r"coordinator")):
        if not re.search(pattern, policy.whole):
            yield Finding("VDP014", WARN, 1, "missing", name)


def _reward(policy: Policy, _around: Around) -> Iterator[Finding]:
    section = policy.section("credit")
    words = section.text + " " + " ".join(cell for _, row in section.cells for cell in row).casefold()
    amounts = re.search(r"([$€£]|\b(usd|eur|gbp|chf|jpy)\b)\s?\d|\d\s?([$€£]|\b(usd|eur|gbp|chf|jpy)\b)", words)
    if not amounts and not re.search(r"no money|no (cash )?reward|thanks only|do not pay", words):
        yield Finding("VDP015", WARN, section.line, "silent")


def _duties(policy: Policy, _around: Around) -> Iterator[Finding]:
    for number, line in enumerate(policy.text.splitlines(), 1):
        for words in _DUTIES:
            if words in line.casefold():
                yield Finding("VDP016", WARN, number, "harsh", words)


def _holes(policy: Policy, around: Around) -> Iterator[Finding]:
    for number, line in enumerate(policy.text.splitlines(), 1):
        for found in _HOLE.finditer(line):
            if "fingerprint" in found.group(0) and not around.fingerprint:
                continue  # filled in as soon as there is a key, about which VDP010 speaks
            yield Finding("VDP017", ERROR, number, "hole", found.group(0)[:40])
        if re.search(r"\bAcme\b", line) and "acme" not in around.program.name.casefold():
            yield Finding("VDP017", ERROR, number, "hole", "Acme")


def _method(policy: Policy, around: Around) -> Iterator[Finding]:
    section = next((one for one in policy.all if "severity" in one.title), None)
    if section is None:
        yield Finding("VDP018", WARN, 1, "no severity")
        return
    words = " ".join(line for _, line in section.lines)
    if around.rubric and around.rubric not in words and not re.search(r"https?://|\]\(", words):
        yield Finding("VDP018", WARN, section.line, "no method", around.rubric)


_Rule = Callable[[Policy, Around], Iterable[Finding]]
_RULES: Final[tuple[_Rule, ...]] = (
    _sections, _length, _readable, _scope, _behaviours, _harbour, _unbound, _times, _embargo, _key, _not_to_send, _contact, _version,
    _second_looks, _reward, _duties, _holes, _method,
)
