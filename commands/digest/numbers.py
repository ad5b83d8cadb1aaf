"""The numbers of one digest: what was counted, and what needs a decision or became of the last ones.

Decides which reports belong to a digest, which seven days it covers and what it asks for. Counting is done in
`counting.py`; the words are in `wording/digest.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from commands.digest import causes as digest_causes
from commands.digest.causes import Trends
from commands.digest.counting import (
    LISTED,
    Against,
    Ages,
    Frame,
    Overdue,
    aggregate,
    each,
    level_named,
)
from config.policy import metrics
from config.policy.deadlines import ClockName
from config.policy.history import DROPS, REOPENS, RESOLVES, SETS_ASIDE
from config.policy.metrics import Period, Times, Week
from config.policy.states import DONE, Level, State
from config.program import Program
from storage.database import Work
from storage.figures import Figures, Wanted

EXACT = 1_000  # reports whose histories are read one by one; beyond that the week is counted in the database
DECISIONS = ("decline", "more_time", "resolve_limited", "appeal", "publish", "no_publication")


@dataclass(frozen=True, slots=True)
class Orphan:
    """An accepted report that nobody owns."""

    report: str
    level: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last digest asked for, and what became of it: open, agreed, lapsed, owned and so on."""

    what: str  # owner, sign or late
    report: str
    became: str
    state: State | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Everything that one digest says."""

    now: datetime
    week: Week
    before: Mapping[ClockName, Times]  # the same times in the stretch before
    met: Mapping[ClockName, int]
    missed: Mapping[ClockName, int]
    open: int
    more: int  # open reports more than at the start of the period
    levels: Mapping[Level | None, int]
    ages: tuple[Ages, ...]
    against: tuple[Against, ...]
    attacked: int
    shown: int  # reports whose exploit is public, without attacks seen
    without_fix: int  # of what becomes public soon
    first_public: datetime | None
    unowned: Mapping[str, int]  # by level
    orphans: tuple[Orphan, ...]  # the worst of them
    wanted: tuple[Wanted, ...]
    overdue: tuple[Overdue, ...]
    very_late: int
    decided: Mapping[str, Mapping[State, int]]
    asked: tuple[Outcome, ...]
    trends: Trends
    exact: bool

    @property
    def quiet(self) -> bool:
        """Whether one line says it all."""
        return self.week.quiet and self.trends.quiet and not (self.wanted or self.very_late or self.asked or self.decided)


def last_period(now: datetime, program: Program) -> tuple[Period, datetime]:
    """Return the seven days that the newest weekly digest covers, and when that digest was due."""
    tz, digest = program.tz, program.digest
    local = now.astimezone(tz)
    day = local.date() - timedelta(days=(local.weekday() - digest.weekday) % 7)
    due = datetime.combine(day, time(digest.hour), tz).astimezone(UTC)
    if due > now:
        day -= timedelta(days=7)
        due = datetime.combine(day, time(digest.hour), tz).astimezone(UTC)
    since, until = (
        datetime.combine(one, time(), tz).astimezone(UTC) for one in (day - timedelta(days=7), day)
    )
    return Period(since=since, until=until), due


def week_name(period: Period, program: Program) -> str:
    """Return the ISO week in which a period ends, such as `2026-W47`."""
    last = (period.until.astimezone(program.tz) - timedelta(microseconds=1)).isocalendar()
    return f"{last.year}-W{last.week:02}"


async def gather(work: Work, program: Program, period: Period, *, exact: int = EXACT) -> Numbers:
    """Return the numbers of a period as they stand now."""
    figures = Figures(work)
    earlier = Period(since=period.since - (period.until - period.since), until=period.since)
    reports = await figures.of_the_week(earlier.since, work.now, most=exact)
    standing = await figures.standing(work.now + metrics.SOON)
    orphans = await figures.unowned(most=LISTED) if standing.unowned else []
    frame = Frame(program=program, period=period, earlier=earlier, now=work.now, standing=standing)
    counted = await (aggregate(figures, frame) if reports is None else each(figures, reports, frame))
    happened = await figures.happened(period.since, period.until)
    decided: dict[str, dict[State, int]] = {}
    for kind, state, count in await figures.decided(DECISIONS, period.since, period.until):
        decided.setdefault(kind, {})[state] = count
    levels = {level_named(one): count for one, count in standing.open.items()}
    return Numbers(
        now=work.now,
        week=counted.week,
        before=counted.before,
        met=counted.met,
        missed=counted.missed,
        open=sum(levels.values()),
        more=_more(happened),
        levels=levels,
        ages=counted.ages,
        against=counted.against,
        attacked=standing.attacked,
        shown=standing.shown,
        without_fix=standing.without_fix,
        first_public=standing.first_public,
        unowned=standing.unowned,
        orphans=tuple(Orphan(one.report, one.level, since) for one, since in orphans),
        wanted=tuple(await figures.wanted(work.now, most=LISTED)),
        overdue=counted.overdue,
        very_late=counted.very_late,
        decided=decided,
        asked=await _asked(figures, period, counted.overdue),
        trends=await digest_causes.gather(work, period, earlier),
        exact=reports is not None,
    )


def _more(happened: Mapping[str, int]) -> int:
    gone = RESOLVES | SETS_ASIDE | DROPS | {"lapse"}
    came = sum(happened.get(kind, 0) for kind in {"submit"} | REOPENS)
    return came - sum(happened.get(kind, 0) for kind in gone)


def asks_of(numbers: Numbers) -> list[list[str]]:
    """Return what a digest asks for, as ids and words of ours: the next digest says what became of it."""
    found = [["sign", one.report, one.proposal] for one in numbers.wanted]
    found += [["owner", one.report, ""] for one in numbers.orphans]
    found += [["late", one.report, one.clock.value] for one in numbers.overdue]
    return found[:LISTED]


async def _asked(figures: Figures, period: Period, overdue: tuple[Overdue, ...]) -> tuple[Outcome, ...]:
    last = await figures.latest("digest", period.until)
    asked = [tuple(one) for one in json.loads(last.data).get("asked", [])] if last is not None else []
    if not asked:
        return ()
    standings = await figures.states_of([report for _, report, _ in asked])
    settled = await figures.settled([detail for what, _, detail in asked if what == "sign"])
    late = {(one.report, one.clock.value) for one in overdue}
    found = []
    for what, report, detail in asked:
        standing = standings.get(report)
        became = "open"
        if what == "sign":
            became = settled.get(detail, "lapsed")
        elif standing is None or standing.state in DONE:
            became = "done"
        elif what == "owner" and standing.owned:
            became = "owned"
        elif what == "late":
            became = "open" if (report, detail) in late else "done"
        found.append(Outcome(what, report, became, standing.state if standing else None))
    return tuple(found)
