"""What a simulated span shows: who was told what when, and whether the three promises about pings held.

Everything is read from what was really sent: letters, and the rows behind them. Leaves to `due_marks.py` whether each due mark
reached everybody whom it concerns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.simulate import due_marks
from bot.simulate.due_marks import Came
from bot.simulate.house import Letter
from bot.simulate.run import Played, Row
from commands.wording import simulate as wording
from config.policy import calendar
from config.policy.deadlines import ClockName

Kind = Literal["ping", "list", "exploited"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One message that somebody got: when, whether it counts towards the most of a day, and why."""

    at: datetime
    account: str
    kind: Kind
    counts: bool
    outside: bool  # of working hours
    reports: tuple[int, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise about pings: the number that was found, its goal, and what breaks it."""

    name: Literal["most", "outside", "marks", "notes"]
    found: int
    goal: int
    faults: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the goal was kept."""
        return self.found <= self.goal


@dataclass(frozen=True, slots=True)
class Month:
    """The table and its findings."""

    played: Played
    told: tuple[Told, ...]  # colleagues, in order of time
    researchers: tuple[Told, ...]
    findings: tuple[Finding, ...]
    marks: int  # that came

    @property
    def holds(self) -> bool:
        """Whether every finding is good."""
        return all(one.holds for one in self.findings)

    def of(self, account: str) -> list[Told]:
        """What one person was told."""
        return [one for one in (*self.told, *self.researchers) if one.account == account]


def month(played: Played) -> Month:
    """Work out the table and the findings of a span."""
    team = played.team
    delivered = [one for one in played.letters if one.delivered]
    rows: dict[str, list[Row]] = {}
    for row in played.rows:
        rows.setdefault(row.letter, []).append(row)
    told = tuple(_colleague(played, one, rows.get(one.key, ())) for one in delivered if one.account in team)
    others = tuple(_researcher(played, one) for one in delivered if one.account not in team)
    came = due_marks.came(played)
    return Month(played, told, others, (
        _most(played, told), _outside(played, told), _marks(played, came), _notes(played)), len(came))


def _urgent(row: Row) -> bool:
    return not row.counts and (row.what == "exploited" or (row.what == "mark" and row.clock in (ClockName.EXPLOITED, ClockName.DECISION)))


def _colleague(played: Played, letter: Letter, rows: Sequence[Row]) -> Told:
    exploited = bool(rows) and all(map(_urgent, rows)) and not letter.key.startswith("list/")
    reports = tuple(dict.fromkeys(played.number(row.report) for row in rows if row.report))
    if letter.key.startswith("list/"):
        reasons: tuple[str, ...] = (wording.lists(letter.text, len(rows)),)
    else:
        reasons = tuple(wording.reason(played.number(row.report), row.what, row.clock, row.step) for row in rows)
    kind: Kind = "exploited" if exploited else "list" if letter.key.startswith("list/") else "ping"
    return Told(letter.at, letter.account, kind, not exploited, not calendar.is_open(letter.at, played.program.working), reports,
                reasons or (wording.other(letter.key),))


def _researcher(played: Played, letter: Letter) -> Told:
    number = played.number(letter.report)
    return Told(letter.at, letter.account, "ping", False, not calendar.is_open(letter.at, played.program.working),
                (number,) if number else (), (wording.to_researcher(letter.key, letter.report, card=letter.card),))


# -- the first two findings ----------------------------------------------------------------------------------------

def _most(played: Played, told: Sequence[Told]) -> Finding:
    cap = played.program.pings.cap
    days = Counter((one.account, calendar.local_day(one.at, played.program.working)) for one in told if one.counts)
    most = max(days.values(), default=0)
    above = [(count, day, account) for (account, day), count in days.items() if count > cap]
    return Finding("most", most, cap, tuple(wording.too_many(account, day, count) for count, day, account in sorted(above, key=str)))


def _outside(played: Played, told: Sequence[Told]) -> Finding:
    found = [one for one in told if one.outside and one.kind != "exploited"]
    return Finding("outside", len(found), 0, tuple(
        wording.at_night(one.account, one.at, played.program.tz, "; ".join(one.reasons)) for one in found))


def _notes(played: Played) -> Finding:
    """The honest notes about one report: never two within a day."""
    most, faults = 0, []
    for report in played.reports:
        at = sorted(one.at for one in played.letters if one.report == report and one.key.endswith("/note"))
        for index, first in enumerate(at):
            close = sum(first <= one < first + _DAY for one in at[index:])
            if close > 1:
                faults.append(wording.notes(played.number(report), close))
            most = max(most, close)
    return Finding("notes", most, 1, tuple(faults))


def _marks(played: Played, came: Sequence[Came]) -> Finding:
    faults = due_marks.faults(played, came)
    return Finding("marks", len(faults), 0, tuple(
        wording.mark_fault(one.what, one.report, one.mark, one.account) for one in faults))


def working_days(played: Played) -> list[date]:
    """Return the working days of the span."""
    day, last = calendar.local_day(played.since, played.program.working), calendar.local_day(played.until, played.program.working)
    found = []
    while day < last:
        if calendar.is_working_day(day, played.program.working):
            found.append(day)
        day += _DAY
    return found
