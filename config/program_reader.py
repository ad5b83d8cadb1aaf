"""Reads values out of the programme's TOML file and collects every problem under its key path.

It decides what a well-formed value is; what the values are for is said in config/program.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar

from config.program_parts import LEVELS, Length, PerLevel

T = TypeVar("T")

_LONGEST = timedelta(days=3650)
_LENGTH = re.compile(r"(\d{1,6})\s*([a-z]+(?: [a-z]+)?)")
_SIZE = re.compile(r"(\d{1,6})\s*(B|KiB|MiB|GiB)")
_WEB = r"//[A-Za-z0-9._\[\]:-]{1,255}(?:[/?#][^\s<>\"\\]{0,500})?"
_SUCH = {"https": '"https://flaws.example"'}
_IDENTIFIER = r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?"
_UNITS: Mapping[str, tuple[timedelta, bool]] = {
    **dict.fromkeys(("min", "minute", "minutes"), (timedelta(minutes=1), False)),
    **dict.fromkeys(("h", "hour", "hours"), (timedelta(hours=1), False)),
    **dict.fromkeys(("d", "day", "days"), (timedelta(days=1), False)),
    **dict.fromkeys(("week", "weeks"), (timedelta(weeks=1), False)),
    **dict.fromkeys(("business day", "business days"), (timedelta(days=1), True)),
    **dict.fromkeys(("working day", "working days"), (timedelta(days=1), True)),
}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def parse_length(written: str) -> Length:
    """The length a text such as "24 h" or "5 business days" stands for; raises ValueError otherwise."""
    match = _LENGTH.fullmatch(written.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise ValueError('a length is written like "30 minutes", "24 h", "7 days" or "5 business days"')
    unit, business = _UNITS[match[2]]
    span = int(match[1]) * unit
    if not timedelta(0) < span <= _LONGEST:
        raise ValueError("a length is more than zero and at most ten years")
    return Length(span, business, written.strip())


_NO_LENGTH = Length(timedelta(hours=1))


class Table:
    """One table of the file: hands out checked values and notes every problem with its key path.

    A faulty value is replaced by a harmless one, so that reading goes on to the next problem.
    """

    def __init__(self, content: Mapping[str, object], problems: list[str], path: str = "") -> None:
        self._content = content
        self._problems = problems
        self._path = path
        self._seen: set[str] = set()

    def problem(self, key: str, what: str) -> None:
        """Notes a problem with one key of this table."""
        self._problems.append(f"{self._path}{key}: {what}")

    def _take(self, key: str) -> object:
        self._seen.add(key)
        value = self._content.get(key)
        if value is None:
            self.problem(key, "is missing")
        return value

    def _typed(self, key: str, kind: type[T], fallback: T, what: str) -> T:
        value = self._take(key)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        if value is not None:
            self.problem(key, f"must be {what}")
        return fallback

    def done(self) -> None:
        """Notes every key of the table that nobody asked for."""
        for key in self._content:
            if key not in self._seen:
                self.problem(key, "is not a key of this file")

    def table(self, key: str) -> Table:
        """The table under `key`; when there is none, that is the one problem noted."""
        content = self._typed(key, dict, {}, "a table")
        problems = self._problems if isinstance(self._content.get(key), dict) else []
        return Table(content, problems, f"{self._path}{key}.")

    def tables(self, key: str) -> list[Table]:
        """The list of tables under `key`, which must not be empty."""
        rows = self._typed(key, list, [{}], "a list of tables")
        if not rows:
            self.problem(key, "needs at least one entry")
        found = []
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                self.problem(f"{key}[{number}]", "must be a table")
            else:
                found.append(Table(row, self._problems, f"{self._path}{key}[{number}]."))
        return found

    def named(self, key: str) -> list[tuple[str, Table]]:
        """The tables under `key` with their names, which are identifiers; there must be at least one."""
        rows = self._typed(key, dict, {}, "tables by name")
        if self._content.get(key) == {}:
            self.problem(key, "needs at least one entry")
        found = []
        for name, row in rows.items():
            if not re.fullmatch(_IDENTIFIER, name):
                self.problem(f"{key}.{name}" if name.isprintable() else key,
                             "must be lower-case letters, digits and hyphens, at most 60")
            elif not isinstance(row, dict):
                self.problem(f"{key}.{name}", "must be a table")
            else:
                found.append((name, Table(row, self._problems, f"{self._path}{key}.{name}.")))
        return found

    def address(self, key: str) -> str:
        """The base address of a service, http or https, without a slash at its end; user, query and fragment have no place."""
        value = self._typed(key, str, "-", "a text")
        if value != "-" and not re.fullmatch(r"https?://[A-Za-z0-9._\[\]:-]{1,255}(?:/[A-Za-z0-9._~/-]{0,500})?", value.strip()):
            self.problem(key, 'must be an address such as "https://models.example/v1", without a user, ? or #')
        return value.strip().rstrip("/")

    def uri(self, key: str, schemes: Sequence[str]) -> str:
        """An address of one of these kinds, without blanks and without a name or password in it."""
        value = self._typed(key, str, "", "an address")
        return self._uri(key, value, schemes) if self.has(key) else value

    def uris(self, key: str, schemes: Sequence[str]) -> tuple[str, ...]:
        """A list of addresses, at least one."""
        found = self._typed(key, list, [], "a list of addresses")
        if not found:
            self.problem(key, "needs at least one address")
        return tuple(self._uri(f"{key}[{number}]", str(one), schemes) for number, one in enumerate(found, 1))

    def _uri(self, place: str, value: str, schemes: Sequence[str]) -> str:
        rest = {"https": _WEB, "slack": _WEB, "mailto": r"[^\s@<>\"]{1,64}@[A-Za-z0-9.-]{3,255}", "tel": r"\+?[0-9().-]{3,30}"}
        scheme, _, told = value.partition(":")
        if scheme not in schemes or not re.fullmatch(rest[scheme], told):
            self.problem(place, f"must be an address that begins with {' or '.join(f'{one}:' for one in schemes)}, such as {_SUCH[schemes[0]]}")
        return value

    def tags(self, key: str) -> tuple[str, ...]:
        """A list of language tags, at least one."""
        found = tuple(str(one) for one in self._typed(key, list, ["en"], "a list of languages"))
        if not found or not all(re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", one) for one in found):
            self.problem(key, 'must list languages such as ["en", "cy"]')
        return found

    def text(self, key: str, longest: int = 200) -> str:
        """A text of 1 to `longest` characters on one line."""
        value = self._typed(key, str, "-", "a text")
        if not value.strip() or len(value) > longest or not value.isprintable():
            self.problem(key, f"must be 1 to {longest} printable characters on one line")
        return value.strip()

    def words(self, key: str, longest: int) -> str:
        """A text of 1 to `longest` characters, kept as it is, line breaks among them."""
        value = self._typed(key, str, "-", "a text")
        if not value.strip() or len(value) > longest:
            self.problem(key, f"must be 1 to {longest:,} characters")
        return value

    def decimal(self, key: str, *, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self._take(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return value
        if value is not None:
            self.problem(key, f"must be a number from {least:g} to {most:g}")
        return least

    def identifier(self, key: str) -> str:
        """A lower-case word of letters, digits and hyphens, at most 60 long."""
        value = self.text(key)
        if value != "-" and not re.fullmatch(_IDENTIFIER, value):
            self.problem(key, "must be lower-case letters, digits and hyphens, at most 60")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of the given words."""
        value = self._typed(key, str, choices[0], "a text")
        if value not in choices:
            self.problem(key, f"must be one of {', '.join(choices)}")
            return choices[0]
        return value

    def choices(self, key: str, choices: Sequence[str]) -> tuple[str, ...]:
        """A non-empty list of different words out of the given ones, in the order of `choices`."""
        value = self._typed(key, list, [choices[0]], "a list")
        known = tuple(word for word in choices if word in value)
        if len(known) != len(value) or not known:
            self.problem(key, f"must list, each once, at least one of {', '.join(choices)}")
        return known

    def skip(self, key: str) -> None:
        """Leaves a key to its caller, who reads it otherwise."""
        self._seen.add(key)

    def has(self, key: str) -> bool:
        """Whether the table has that key at all."""
        return key in self._content

    def names(self, key: str, owners: Sequence[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
        """One identifier for all, or a table with an identifier for some of the `owners`; the other half is empty."""
        if not isinstance(self._content.get(key), dict):
            return self.identifier(key), ()
        table = self.table(key)
        found = tuple((owner, table.identifier(owner)) for owner in owners if table.has(owner))
        table.done()
        if not found:
            self.problem(key, f"must name at least one of {', '.join(owners)}")
        return "", found

    def number(self, key: str, *, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._typed(key, int, least, "a whole number")
        if not least <= value <= most:
            self.problem(key, f"must be from {least} to {most}")
        return value

    def truth(self, key: str) -> bool:
        """True or false."""
        return self._typed(key, bool, False, "true or false")

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self._typed(key, date, date(2000, 1, 1), "a date such as 2026-12-25")
        if isinstance(value, datetime):
            self.problem(key, "must be a date without a time")
            return value.date()
        return value

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates, handed back in order and each once."""
        found = set()
        for number, value in enumerate(self._typed(key, list, [], "a list of dates"), 1):
            if isinstance(value, date) and not isinstance(value, datetime):
                found.add(value)
            else:
                self.problem(f"{key}[{number}]", "must be a date such as 2026-12-25")
        return tuple(sorted(found))

    def time_of_day(self, key: str) -> time:
        """A time of day written as hours and minutes."""
        value = self._typed(key, str, "12:00", 'a time such as "09:00"')
        match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value)
        if match is None:
            self.problem(key, 'must be a time such as "09:00"')
            return time(12)
        return time(int(match[1]), int(match[2]))

    def length(self, key: str, *, business: bool = True) -> Length:
        """A length; with `business` false it may not be counted in working days."""
        value = self._typed(key, str, "", 'a length such as "24 h"')
        return self._length(key, value, business) if value else _NO_LENGTH

    def seconds(self, key: str, *, least: int, most: int) -> timedelta:
        """A whole number of seconds from `least` to `most`."""
        return timedelta(seconds=self.number(key, least=least, most=most))

    def span(self, key: str) -> timedelta:
        """A length around the clock, as a plain timedelta."""
        return self.length(key, business=False).span

    def lengths(self, key: str) -> tuple[Length, ...]:
        """A list of lengths around the clock, each longer than the one before."""
        found = []
        for number, value in enumerate(self._typed(key, list, [], "a list of lengths"), 1):
            if isinstance(value, str):
                found.append(self._length(f"{key}[{number}]", value, False))
            else:
                self.problem(f"{key}[{number}]", 'must be a length such as "7 days"')
        if any(later.span <= earlier.span for earlier, later in pairwise(found)):
            self.problem(key, "must be in rising order")
        return tuple(found)

    def per_level(self, key: str) -> PerLevel:
        """A length for all levels, or a table of lengths by level with `others` for the rest."""
        value = self._take(key)
        if value is None:
            return PerLevel()
        by_level = value if isinstance(value, dict) else {"others": value}
        found: dict[str, Length] = {}
        for level, written in by_level.items():
            place = f"{key}.{level}" if isinstance(value, dict) else key
            if level not in (*LEVELS, "others"):
                self.problem(place, "is no severity level")
            elif isinstance(written, str):
                found[level] = self._length(place, written, True)
            else:
                self.problem(place, 'must be a length such as "7 days"')
        return PerLevel(**{level: found.get(level, found.get("others")) for level in LEVELS})

    def size(self, key: str) -> int:
        """A number of bytes, written like "8 MiB"."""
        value = self._typed(key, str, "1 B", 'a size such as "8 MiB"')
        match = _SIZE.fullmatch(value.strip())
        if match is None or int(match[1]) == 0:
            self.problem(key, 'must be a size such as "8 MiB"')
            return 1
        return int(match[1]) * _BYTES[match[2]]

    def _length(self, place: str, written: str, business: bool) -> Length:
        try:
            length = parse_length(written)
        except ValueError as wrong:
            self.problem(place, str(wrong))
            return _NO_LENGTH
        if length.business and not business:
            self.problem(place, "cannot be counted in working days")
        return length
