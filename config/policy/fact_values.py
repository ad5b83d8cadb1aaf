"""How one fact of a report is written: the kinds of fields, what each allows, and the form in which a value is kept.

It decides what is understood and what is refused, by name. What is not known is the word "unknown"; what nobody said is
absent; neither ever becomes a default. Which fields there are, and which step needs them, is config/policy/facts.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from config.policy.rates import TrialsError, TrialsFault, parse_trials

UNKNOWN: Final = "unknown"
_NOT_KNOWN: Final = frozenset({"unknown", "not known", "not sure", "unsure", "unclear", "don't know", "do not know", "i don't know",
                               "i do not know", "no idea", "?"})
_AROUND: Final = " :,;.-–—()"  # what may stand between a value and the words after it
_DENIALS: Final = ("no", "none")  # "no idea" is no "no": words follow these only after a comma or the like
_RATE: Final = re.compile(r"-?\d+\s*(?:/|of|out\s+of|in)\s*-?\d+", re.IGNORECASE)
_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)")
_PAIR: Final = re.compile(r"([a-z][a-z _-]*?)\s*(?:=|:|\s)\s*(\S+)", re.IGNORECASE)


class Kind(StrEnum):
    """How a fact is written."""

    LINE = "line"  # words on one line
    LINES = "lines"  # words on several lines, kept as they are
    CHOICE = "choice"  # one of the values
    CHOICE_AND_WORDS = "choice_and_words"  # one of the values, and words if there are some
    SET = "set"  # several of the values
    LIST = "list"  # anything, separated by commas; "none" is an answer
    CATEGORY = "category"
    SYSTEM = "system"
    TRIALS = "trials"
    SAMPLING = "sampling"
    SEED = "seed"
    SEEN = "seen"  # one day or instant, or two
    LANGUAGE = "language"
    EMBARGO = "embargo"  # days or a date
    ATTACK = "attack"
    RECORDED = "recorded"  # by the programme, never typed


class Fault(StrEnum):
    """Why a value is not taken."""

    UNKNOWN_FIELD = "unknown_field"
    NOT_ALLOWED = "not_allowed"
    TOO_LONG = "too_long"
    NOT_A_COUNT = "not_a_count"
    NO_UNKNOWN = "no_unknown"  # only an answer helps, or none
    RECORDED = "recorded"


class FactError(ValueError):
    """A value that cannot be taken; names the field and the fault, and never holds the value."""

    def __init__(self, id: str, fault: Fault, *, trials: TrialsFault | None = None) -> None:
        super().__init__(f"{id}: {fault.value}")
        self.id, self.fault, self.trials = id, fault, trials


@dataclass(frozen=True, slots=True, kw_only=True)
class FactField:
    """One field of domain.md section 2."""

    id: str
    name: str
    label: str
    kind: Kind
    example: str
    why: str  # what it is good for, in a few words
    keys: tuple[str, ...] = ()  # as written in the template, in small letters
    longest: int = 300  # characters
    values: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()  # what people write for a value
    fallback: str = ""  # the value that words without a value are taken for
    secret: bool = False  # never leaves the sealed store in clear
    unknown: bool = True  # "unknown" is an answer
    loose: bool = False  # words after the value are let go


@dataclass(frozen=True, slots=True)
class Known:
    """What the programme knows, by id and name: the categories of the taxonomy, the systems in scope."""

    categories: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)


ANYTHING: Final = Known()


def written(one: FactField, text: str, known: Known = ANYTHING) -> str:
    """A value as it is kept, or nothing for an empty one; raises FactError."""
    if not text.strip():
        return ""
    if one.kind is Kind.RECORDED:
        raise FactError(one.id, Fault.RECORDED)
    if " ".join(text.lower().replace("’", "'").split()).rstrip(".") in _NOT_KNOWN:
        if not one.unknown:
            raise FactError(one.id, Fault.NO_UNKNOWN)
        return UNKNOWN
    if len(text) > one.longest:
        raise FactError(one.id, Fault.TOO_LONG)
    found = _READ[one.kind](one, text.strip("\r\n") if one.kind in (Kind.LINES, Kind.ATTACK) else " ".join(text.split()), known)
    if not found:
        raise FactError(one.id, Fault.NOT_ALLOWED)
    return found


def _words(_: FactField, text: str, __: Known) -> str:
    return text


def _choice(one: FactField, text: str, _: Known) -> str:
    value, rest = _leading(one, text)
    return "" if rest and not one.loose else value


def _choice_and_words(one: FactField, text: str, _: Known) -> str:
    value, rest = _leading(one, text)
    if not value and one.fallback:
        value, rest = one.fallback, text.strip(_AROUND)
    return f"{value}: {rest}" if value and rest else value


def _leading(one: FactField, text: str) -> tuple[str, str]:
    """Return the value that a text begins with, by the longest name it goes by, and the words after it."""
    names = {value: value for value in one.values} | dict(one.aliases)
    plain = text.lower().replace("’", "'")
    for name in sorted(names, key=len, reverse=True):
        after = plain[len(name):len(name) + 1]
        bare = len(name) == 1 or names[name] in _DENIALS
        if plain.startswith(name) and not after.isalnum() and not (bare and after and after not in ",;:.-–—("):
            return names[name], text[len(name):].strip(_AROUND)
    return "", text


def _set(one: FactField, text: str, known: Known) -> str:
    found = [_choice(one, part, known) for part in _parts(text)]
    return ", ".join(value for value in one.values if value in found) if all(found) else ""


def _list(_: FactField, text: str, __: Known) -> str:
    return "none" if text in ("[]", "-") or text.lower() in ("none", "no") else ", ".join(_parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;]", text) if part.strip()]


def _named(names: Mapping[str, str], text: str) -> str:
    """Return the id that a text means, by id or name; any word where none is known."""
    word = re.sub(r"[\s_]+", "-", text.lower())
    if not names:
        return word
    if word in names:
        return word
    return next((id for id, name in names.items() if name.casefold() == text.casefold()), "")


def _category(_: FactField, text: str, known: Known) -> str:
    return _named(known.categories, text)


def _system(_: FactField, text: str, known: Known) -> str:
    return _named(known.systems, text)


def _trials(one: FactField, text: str, _: Known) -> str:
    counts = [text] if not _RATE.search(text) else [match.group(0) for match in _RATE.finditer(text)]
    try:
        found = parse_trials(counts[0])
    except TrialsError as wrong:
        raise FactError(one.id, Fault.NOT_A_COUNT, trials=wrong.fault) from None
    if len(counts) > 1:  # which of them is meant nobody can tell
        raise FactError(one.id, Fault.NOT_A_COUNT, trials=TrialsFault.NOT_A_COUNT)
    return f"{found.k} of {found.n}"


def _sampling(one: FactField, text: str, _: Known) -> str:
    if re.fullmatch(r"\d+,\d+", text):  # a comma in a number, as most of Europe writes it
        text = text.replace(",", ".")
    found: dict[str, str] = {}
    for part in _parts(text):
        match = _PAIR.fullmatch(part)
        name, value = (match.group(1), match.group(2)) if match else ("temperature", part)
        name = re.sub(r"[ -]+", "_", name.lower().strip())
        name = {"temp": "temperature", "max_new_tokens": "max_tokens", "penalty": "penalties"}.get(name, name)
        value = value.lower()
        if name not in one.values or not (value in ("default", UNKNOWN) or _fits(name, value)) or name in found:
            raise FactError(one.id, Fault.NOT_ALLOWED)
        found[name] = value
    return ", ".join(f"{name}={found[name]}" for name in one.values if name in found)


def _fits(name: str, value: str) -> bool:
    if not _NUMBER.fullmatch(value) or len(value) > 12:
        return False
    number = float(value)
    match name:
        case "temperature":
            return 0 <= number <= 100
        case "top_p" | "min_p":
            return 0 <= number <= 1
        case "top_k" | "max_tokens":
            return value.isdecimal()
    return True


def _seed(_: FactField, text: str, __: Known) -> str:
    if text.lower() in ("none", "no", "no seed"):
        return "none"
    return text if re.fullmatch(r"-?\d{1,20}", text) else ""


def _seen(_: FactField, text: str, __: Known) -> str:
    parts = [_instant(part) for part in re.split(r"\s+(?:to|until|and)\s+|\s*[,;]\s*", text)]
    if not 1 <= len(parts) <= 2 or not all(parts) or parts != sorted(parts):
        return ""
    return " to ".join(parts)


def _instant(text: str) -> str:
    """Return a day, or an instant in UTC; nothing for what is neither, or has a time without a zone."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            return ""
    try:
        found = datetime.fromisoformat(re.sub(r"\s*(?:UTC|Z)$", "+00:00", text, flags=re.IGNORECASE))
    except ValueError:
        return ""
    return found.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z") if found.tzinfo else ""


def _language(one: FactField, text: str, _: Known) -> str:
    parts = [part.lower() if part.lower() in one.values else part for part in _parts(text)]
    return ", ".join(parts) if all(part in one.values or _TAG.fullmatch(part) for part in parts) else ""


def _embargo(_: FactField, text: str, __: Known) -> str:
    days = re.fullmatch(r"(\d{1,4})(?:\s*days?)?", text, re.IGNORECASE)
    if days:
        return f"{int(days.group(1))} days"
    return _instant(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else ""


def _attack(one: FactField, text: str, _: Known) -> str:
    try:
        found = json.loads(text) if text.lstrip().startswith("[") else None
    except (ValueError, RecursionError):
        return text  # words that begin with a bracket
    if isinstance(found, list) and found and all(isinstance(turn, dict) for turn in found):
        turns = [(turn.get("role"), turn.get("content")) for turn in found]
        if not all(role in one.values and isinstance(content, str) and content for role, content in turns):
            return ""
    return text


_READ: Final[dict[Kind, Callable[[FactField, str, Known], str]]] = {
    Kind.LINE: _words, Kind.LINES: _words, Kind.CHOICE: _choice, Kind.CHOICE_AND_WORDS: _choice_and_words, Kind.SET: _set,
    Kind.LIST: _list, Kind.CATEGORY: _category, Kind.SYSTEM: _system, Kind.TRIALS: _trials, Kind.SAMPLING: _sampling,
    Kind.SEED: _seed, Kind.SEEN: _seen, Kind.LANGUAGE: _language, Kind.EMBARGO: _embargo, Kind.ATTACK: _attack,
}
