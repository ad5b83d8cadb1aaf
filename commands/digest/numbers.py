"""The numbers of one digest: what was counted, and what needs a decision or became of the last ones.

Decides which reports belong to a digest and what it asks for. Which stretch of time it covers is decided in `spans.py`, counting
is done in `counting.py`; the words are in `wording/digest.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commands.digest import causes as digest_causes
from commands.digest import spans
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
from commands.digest.spans import Span, Stretch
from config.policy import metrics
from config.policy.deadlines import ClockName
from config.policy.history import DROPS, REOPENS, RESOLVES, SETS_ASIDE
from config.policy.metrics import Kept, Period, Times, Week
from config.policy.states import DONE, Flag, Level, State
from config.program import Program
from config.program_parts import sums
from storage.buy_in import Area, register
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
class Unwarned:
    """An open report that is exploited and of which users were not warned; `until` is when its embargo ends, while it holds."""

    report: str
    level: str
    attacked: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last digest asked for, and what became of it: open, agreed, lapsed, owned and so on."""

    what: str  # owner, sign, late or buy_in
    report: str  # for buy-in the name of the product area
    became: str
    state: State | None


@dataclass(frozen=True, slots=True)
class Spent:
    """The rewards of the calendar year in the programme's currency, in whole units, and what was planned for it (0: nothing)."""

    amount: int
    unpaid: int
    count: int
    budget: int
    currency: str
    year: int
    each: tuple[tuple[str, int], ...]  # every currency that a reward of the year has, with its sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Everything that one digest says."""

    now: datetime
    span: Span
    week: Week
    received_before: int
    resolved_before: int
    kept_before: Kept | None  # None where the database counts: it would take too long
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
    unwarned_attacked: int  # of these, what has no advisory yet: there is something to decide
    unwarned_shown: int
    unwarned: tuple[Unwarned, ...]  # the worst of them
    without_fix: int  # of what becomes public soon
    first_public: datetime | None
    unowned: Mapping[str, int]  # by level
    orphans: tuple[Orphan, ...]  # the worst of them
    missing: tuple[Area, ...]  # product areas for whose deadlines nobody answers
    wanted: tuple[Wanted, ...]
    overdue: tuple[Overdue, ...]
    very_late: int
    decided: Mapping[str, Mapping[State, int]]
    asked: tuple[Outcome, ...]
    trends: Trends
    spent: Spent | None
    exact: bool

    @property
    def quiet(self) -> bool:
        """Whether one line says it all."""
        waits = self.missing or self.wanted or self.very_late
        return self.week.quiet and self.trends.quiet and not (waits or self.asked or self.decided)


async def gather(work: Work, program: Program, stretch: Stretch | Period, *, exact: int = EXACT) -> Numbers:
    """Return the numbers of a stretch of time as they stand now; of a mere period beside as long a one before it."""
    if isinstance(stretch, Period):
        stretch = spans.before(stretch)
    figures, period, earlier = Figures(work), stretch.period, stretch.earlier
    reports = await figures.of_the_week(earlier.since, work.now, most=exact)
    standing = await figures.standing(work.now + metrics.SOON)
    orphans = await figures.unowned(most=LISTED) if standing.unowned else []
    unwarned = await figures.unwarned(most=LISTED) if standing.unwarned_attacked or standing.unwarned_shown else []
    frame = Frame(program=program, period=period, earlier=earlier, now=work.now, standing=standing)
    counted = await (aggregate(figures, frame) if reports is None else each(figures, reports, frame))
    happened = await figures.happened(period.since, period.until)
    areas = await register(work, program)
    decided: dict[str, dict[State, int]] = {}
    for kind, state, count in await figures.decided(DECISIONS, period.since, period.until):
        decided.setdefault(kind, {})[state] = count
    levels = {level_named(one): count for one, count in standing.open.items()}
    return Numbers(
        now=work.now,
        span=stretch.span,
        week=counted.week,
        received_before=(await figures.happened(earlier.since, earlier.until)).get("submit", 0),
        resolved_before=await figures.resolved(earlier.since, earlier.until),
        kept_before=counted.kept_before,
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
        unwarned_attacked=standing.unwarned_attacked,
        unwarned_shown=standing.unwarned_shown,
        unwarned=tuple(Unwarned(one.report, one.level, Flag.ATTACKED.value in one.flags, one.embargo_end) for one in unwarned),
        without_fix=standing.without_fix,
        first_public=standing.first_public,
        unowned=standing.unowned,
        orphans=tuple(Orphan(one.report, one.level, since) for one, since in orphans),
        missing=tuple(one for one in areas if one.open),
        wanted=tuple(await figures.wanted(work.now, most=LISTED)),
        overdue=counted.overdue,
        very_late=counted.very_late,
        decided=decided,
        asked=await _asked(figures, stretch, counted.overdue, areas),
        trends=await digest_causes.gather(work, period, earlier),
        spent=await _spent(work, program),
        exact=reports is not None,
    )


def _more(happened: Mapping[str, int]) -> int:
    gone = RESOLVES | SETS_ASIDE | DROPS | {"lapse"}
    came = sum(happened.get(kind, 0) for kind in {"submit"} | REOPENS)
    return came - sum(happened.get(kind, 0) for kind in gone)


def asks_of(numbers: Numbers) -> list[list[str]]:
    """Return what a digest asks for, as ids and words of ours: the next digest says what became of it."""
    found = [["owner", one.report, ""] for one in numbers.orphans[: LISTED // 2]]
    found += [["buy_in", one.id, ""] for one in numbers.missing]
    found += [["sign", one.report, one.proposal] for one in numbers.wanted]
    found += [["late", one.report, one.clock.value] for one in numbers.overdue]
    return found[:LISTED]


async def _spent(work: Work, program: Program) -> Spent | None:
    if program.rewards is None:
        return None
    year = spans.year_of(work.now, program)
    given = await work.publishing.rewards(year.since, year.until)
    ours = program.rewards.currency
    each = sums((one.amount, one.currency) for one in given)
    unpaid = sums((one.amount, one.currency) for one in given if one.paid_at is None)
    return Spent(each.get(ours, 0), unpaid.get(ours, 0), len(given), program.rewards.budget, ours,
                 work.now.astimezone(program.tz).year, tuple(each.items()))


async def _asked(figures: Figures, stretch: Stretch, overdue: tuple[Overdue, ...], areas: tuple[Area, ...]) -> tuple[Outcome, ...]:
    last = await figures.latest(stretch.span.kind, stretch.period.until)
    asked = [tuple(one) for one in json.loads(last.data).get("asked", [])] if last is not None else []
    if not asked:
        return ()
    standings = await figures.states_of([report for what, report, _ in asked if what != "buy_in"])
    known = {one.id: one for one in areas}
    settled = await figures.settled([detail for what, _, detail in asked if what == "sign"])
    late = {(one.report, one.clock.value) for one in overdue}
    found = []
    for what, report, detail in asked:
        if what == "buy_in":
            area = known.get(report)
            became = "gone" if area is None else "open" if area.open else "accepted"
            found.append(Outcome(what, area.name if area is not None else report, became, None))
            continue
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
