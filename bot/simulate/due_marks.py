"""Every due mark in exactly one list or ping, for each person whom it concerns: what came against what was really said.

Which marks came is worked out from the histories; when the last moment to tell somebody was, from the calendar, not from the
rule of pings that is to be proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.simulate.house import Letter
from bot.simulate.run import Played, Row, Served
from commands.wording import watch as wording_watch
from config.policy import calendar
from config.policy.deadlines import ClockName, Mark, marks_of
from config.policy.states import Role, Who

_AT_ONCE: Final = frozenset({"100", "+24h", "+72h", "7d", "1d", "repeat"})  # of which somebody hears in working hours, not by a list


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks a finding: about which report and whom, and what is wrong."""

    what: str
    report: int
    mark: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """A mark whose instant came while its clock ran: from when it was to be told, and when that was settled by other means."""

    report: str
    mark: Mark
    at: datetime
    gone: datetime | None


def came(played: Played) -> list[Came]:
    """Return every mark that came, found by reading each history again as it stood before each of its entries."""
    found: dict[tuple[str, str], Came] = {}
    for report, history in played.histories.items():
        for length in range(1, len(history) + 1):
            since = history[length - 1].at
            until = history[length].at if length < len(history) else played.until
            if until <= since and length < len(history):
                continue  # no time passes between these two
            live = {one.key: one for one in marks_of(history[:length], played.program)}
            for (name, key), one in list(found.items()):
                if name == report and key not in live and one.gone is None:
                    found[name, key] = Came(report, one.mark, one.at, since)
            for key, mark in live.items():
                if mark.at < until and (report, key) not in found:
                    found[report, key] = Came(report, mark, max(mark.at, since), None)
    return list(found.values())


def faults(played: Played, came: Sequence[Came]) -> list[Fault]:
    """Return every mark that reached nobody in time, somebody twice, or not everybody whom it concerns."""
    served = {(one.report, one.key): one for one in played.served}
    return [*_in_none(played, came, served), *_as_served(played, came, served)]


def _in_none(played: Played, came: Sequence[Came], served: dict[tuple[str, str], Served]) -> Iterator[Fault]:
    """Marks that came, were not settled by other means in time, and of which nobody was told."""
    for one in came:
        if (one.report, one.mark.key) in served:
            continue
        last = _last_moment(played, one)
        if last < played.until and (one.gone is None or one.gone > last):
            yield Fault("nobody", played.number(one.report), one.mark.key)


def _last_moment(played: Played, one: Came) -> datetime:
    """Return when somebody has to be told at the latest: at once at any hour, at once in working hours, or at the next opening."""
    mark, working = one.mark, played.program.working
    if mark.act is not None or set(mark.to) <= {Who.REPORTER} or (mark.urgent and mark.step != "50"):
        return one.at
    at_once = mark.step in _AT_ONCE or (mark.step == "80" and mark.short)
    return calendar.at_work(one.at, working) if at_once else calendar.opening_after(one.at, working)


def _as_served(played: Played, came: Sequence[Came], served: dict[tuple[str, str], Served]) -> Iterator[Fault]:
    """Marks that were served, against what really reached each person whom they concern."""
    marks = {(one.report, one.mark.key): one for one in came}
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in played.rows:
        if row.what == "mark":
            rows.setdefault((row.report, row.mark), []).append(row)
    for place, one in served.items():
        known = marks.get(place)
        mine = rows.pop(place, [])
        match one.how:
            case "told":
                yield from _told_reporter(played, one)
            case "overtaken":
                if not any(other.report == one.report and other.key != one.key and _stem(other.key) == _stem(one.key)
                           for other in played.served):
                    yield Fault("overtaken", played.number(one.report), one.key)
            case "now" | "collect" | "morning_list" | "weekend_list":
                yield from _heard(played, one, known, mine)
    for (report, key), left in rows.items():
        yield from (Fault("unwritten", played.number(report), key, row.person) for row in left)


def _stem(key: str) -> str:
    return key.rpartition("/")[0]


def _told_reporter(played: Played, one: Served) -> Iterator[Fault]:
    """One message at that instant, about this mark alone or with what else was missed by then."""
    number, account = played.number(one.report), played.researchers[one.report]
    exact = [letter for letter in played.letters if letter.key == f"{one.report}/{one.key}" and letter.account == account]
    together = [letter for letter in played.letters if letter.report == one.report and letter.at == one.at
                and letter.key.endswith("/note")]
    if len(exact) > 1 or len(together) > 1:
        yield Fault("twice", number, one.key, account)
    elif not exact and not (together and one.key.endswith("/note")):
        yield Fault("unsaid", number, one.key, account)


def _heard(played: Played, one: Served, known: Came | None, rows: Sequence[Row]) -> Iterator[Fault]:
    number = played.number(one.report)
    people = Counter(row.person for row in rows)
    yield from (Fault("twice", number, one.key, person) for person, times in people.items() if times > 1)
    if known is not None:
        for who in known.mark.to:
            expected = _concerned(played, one, who)
            if expected is not None:
                yield from (Fault("missing", number, one.key, person) for person in sorted(expected - set(people)))
            elif not people:
                yield Fault("missing", number, one.key)
    for row in rows:
        yield from _said_once(played, one, known, row)


def _concerned(played: Played, one: Served, who: Who) -> set[str] | None:
    """Return whom a mark concerned when it was served; None where that is one of several."""
    match who:
        case Who.LEAD:
            return played.holding(Role.LEAD)
        case Who.LEADERSHIP:
            return played.holding(Role.LEADERSHIP)
        case Who.OWNER:
            owner = [name for at, name in played.owners.get(one.report, ()) if at <= one.at]
            return {owner[-1]} - {""} if owner else set()
        case Who.REPORTER:
            return set()
        case _:
            return None


def _said_once(played: Played, one: Served, known: Came | None, row: Row) -> Iterator[Fault]:
    """One row is one line in one letter; unless it was settled before it was said, or its time is still to come."""
    number, working = played.number(row.report), played.program.working
    if row.sent_at is None:
        waits = calendar.at_work(row.due_at, working) if row.kind == "now" else calendar.opening_at_or_after(row.due_at, working)
        if waits < played.until:
            yield Fault("unsaid", number, one.key, row.person)
        return
    if not row.letter:
        if known is not None and (known.gone is None or known.gone > row.sent_at):
            yield Fault("unsaid", number, one.key, row.person)
        return
    letters = [letter for letter in played.letters if letter.account == row.person and letter.delivered]
    twins = [other for other in played.rows if other.person == row.person and other.line == row.line and other.letter]
    lines = sum(_lines(letter, row.report, row.line) for letter in letters)
    own = [letter for letter in letters if letter.key == row.letter]
    if len(own) != 1 or lines > len(twins):
        yield Fault("twice" if lines > len(twins) or len(own) > 1 else "unsaid", number, one.key, row.person)
    elif not _lines(own[0], row.report, row.line) and not _lines(own[0], row.report, _falls_due(played, row)):
        yield Fault("unsaid", number, one.key, row.person)


def _falls_due(played: Played, row: Row) -> str:
    """Return the words with which a list before days off says the same."""
    if row.due is None:
        return row.line
    return wording_watch.falls_due(row.report, ClockName(row.clock), row.due, played.program.tz).plain()


def _lines(letter: Letter, report: str, line: str) -> int:
    """Return how often a letter says a line of a report; in a list it may be one of several sentences of the report's line."""
    rest = line.removeprefix(f"{report}: ")[1:]  # its first letter is a capital where another sentence stands before it
    return sum(one.count(rest) for one in letter.text.split("\n") if f"{report}: " in one)
