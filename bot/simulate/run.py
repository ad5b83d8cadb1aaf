"""The days one after another: people act, the clock ticks whenever something is due, and what was really sent is kept.

Decides from which day a simulation starts and when the next tick is: at every instant at which the real one would find
something to do. Leaves what is found in it to `findings.py`.
"""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from bot.simulate.house import TEAM, House, Letter, opened
from bot.simulate.lives import cast
from bot.ticking import Ticking
from commands.digest import spans
from commands.history import facts_of
from commands.wording import watch as wording_watch
from config.policy import calendar, pings
from config.policy.deadlines import Fact
from config.policy.states import Role
from config.program import Program
from storage.models import Entry, Ping, Report
from storage.pings import Pings

_AGAIN = timedelta(minutes=5)  # after a tick that left something due: it waits for something else
_BEFORE_HOLIDAY = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Row:
    """Something that a colleague was to hear: when it was due, when and in which letter it was said, and its line."""

    person: str
    report: str
    what: str
    kind: str  # now, list, weekend
    counts: bool
    due_at: datetime
    sent_at: datetime | None
    letter: str  # key of the letter; nothing when it was put away unsaid
    mark: str
    clock: str
    step: str
    due: datetime | None
    line: str


@dataclass(frozen=True, slots=True)
class Served:
    """A mark as the ledger says that it was served."""

    report: str
    key: str
    at: datetime
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Everything that is known of a simulated span; people by their account, reports in the order in which they came."""

    program: Program
    since: datetime
    until: datetime
    seed: int
    reports: tuple[str, ...]
    histories: dict[str, tuple[Fact, ...]]
    researchers: dict[str, str]  # report, account
    letters: tuple[Letter, ...]
    posts: tuple[str, ...]  # keys of what was said in channels
    rows: tuple[Row, ...]
    served: tuple[Served, ...]
    owners: dict[str, tuple[tuple[datetime, str], ...]]  # report: who owned its fix from when, nobody included
    refusals: tuple[tuple[str, str, str], ...]

    @property
    def team(self) -> dict[str, tuple[str, ...]]:
        """The colleagues and their roles."""
        return dict(TEAM)

    def holding(self, role: Role) -> set[str]:
        """Return the colleagues who hold a role."""
        return {name for name, roles in TEAM if role.value in roles}

    def number(self, report: str) -> int:
        """Return which report it is, counted from 1 in the order of arrival; 0 for none."""
        return self.reports.index(report) + 1 if report in self.reports else 0


def start_of(program: Program, today: date, days: int) -> date:
    """Return a day to start from: ten days before the programme's next holiday on a weekday, else the next Monday."""
    working = program.working
    lie = sorted(one for one in working.holidays if one.weekday() in working.days)
    ahead = [one for one in lie if one > today] or lie[-1:]
    if ahead:
        return ahead[0] - min(_BEFORE_HOLIDAY, timedelta(days=days // 2))
    return today + timedelta(days=-today.weekday() % 7 or 7)


async def play(
    program: Program, *, start: date, days: int = 30, reports: int = 14, seed: int = 1, folder: Path | None = None,
    progress: Callable[[int], None] = lambda _day: None,
) -> Played:
    """Play a span from midnight of `start` in the programme's zone; `progress` hears how many days are over.

    Its files are made in a new folder in `folder`, or where temporary folders are, and removed at the end.
    """
    since = calendar.at_wall(start, datetime.min.time(), program.working)
    until = calendar.at_wall(start + timedelta(days=days), datetime.min.time(), program.working)
    with tempfile.TemporaryDirectory(prefix="harborlight-simulation-", dir=folder) as made:
        async with opened(program, Path(made), since) as (house, ticking):
            await _days(house, ticking, reports, seed, since, until, progress)
            return await _gathered(house, since, until, seed)


async def _days(
    house: House, ticking: Ticking, reports: int, seed: int, since: datetime, until: datetime, progress: Callable[[int], None],
) -> None:
    lives = cast(house, reports, seed, since, until)
    waiting: list[tuple[datetime, int]] = []
    for number, one in enumerate(lives):
        waiting.append((await anext(one), number))
    heapq.heapify(waiting)
    while True:
        acts = waiting[0][0] if waiting else until
        ticks = await _next_tick(house)
        now = min(acts, ticks)
        if now >= until:
            return
        house.clock.to(max(now, house.clock.now()))
        progress((now - since).days)
        if ticks <= acts:
            await ticking.tick()
            continue
        _, number = heapq.heappop(waiting)
        when = await anext(lives[number], None)
        if when is not None:
            heapq.heappush(waiting, (max(when, now), number))


async def _next_tick(house: House) -> datetime:
    """Return when a tick finds something to do next, later than now."""
    now, program = house.clock.now(), house.desk.program
    async with house.database.read(now) as work:
        ahead = await Pings(work).ahead()
    _, digest = spans.last_week(now, program)
    found = [pings.opening_after(now, program), digest + timedelta(days=7), *(
        one for one in (ahead.report, ahead.waiting, calendar.at_work(max(ahead.ping, now), program.working) if ahead.ping else None)
        if one is not None)]
    if (before := pings.next_weekend_list(now, program)) is not None:
        found.append(before)
    return min(one if one > now else now + _AGAIN for one in found)


# -- what was really sent ------------------------------------------------------------------------------------------

async def _gathered(house: House, since: datetime, until: datetime, seed: int) -> Played:
    program, vault = house.desk.program, house.desk.vault
    async with house.database.read(house.clock.now()) as work:
        reports = list((await work.session.execute(select(Report).order_by(col(Report.opened_at), col(Report.id)))).scalars())
        names = {}
        for account in dict.fromkeys([*(name for name, _ in TEAM), *(one.account for one in house.letters)]):
            person = await work.people.who(vault, "local", account)
            if person is not None:
                names[person.id] = account
        entries = list((await work.session.execute(select(Entry).order_by(col(Entry.number)))).scalars())
        found = list((await work.session.execute(select(Ping).order_by(col(Ping.due_at), col(Ping.id)))).scalars())
    history = {one.id: facts_of([entry for entry in entries if entry.report_id == one.id]) for one in reports}
    return Played(
        program=program, since=since, until=until, seed=seed, reports=tuple(one.id for one in reports), histories=history,
        researchers={one.id: names.get(one.person_id, "") for one in reports}, letters=tuple(house.letters),
        posts=tuple(house.posts), rows=tuple(_row(one, names, program) for one in found),
        served=tuple(Served(one.report_id, json.loads(one.data)["key"], one.written_at, json.loads(one.data)["how"])
                     for one in entries if one.kind == "mark"),
        owners={one.id: tuple((entry.at, names.get(json.loads(entry.data).get("who", ""), "") if entry.kind == "owner" else "")
                              for entry in entries if entry.report_id == one.id and entry.kind in ("owner", "owner_gone"))
                for one in reports},
        refusals=tuple(house.refusals))


def _row(one: Ping, names: dict[str, str], program: Program) -> Row:
    data = json.loads(one.data)
    due = datetime.fromisoformat(data["due"]) if data.get("due") else None
    line = wording_watch.line(one.what, one.report_id, data, program.tz).plain()
    return Row(names.get(one.person_id, one.person_id), one.report_id, one.what, one.kind, one.counts, one.due_at, one.sent_at,
               data.get("message", ""), data.get("mark", ""), data.get("clock", ""), data.get("step", ""), due, line)
