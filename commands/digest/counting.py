"""Counting one week: exactly from every history, or as aggregates where there are too many reports.

Decides how the two ways give the same shape. Definitions are in `config/policy/metrics.py`, the questions to
the database in `storage/figures.py`, what may need a decision in `numbers.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from config.policy import calendar, deadlines, metrics
from config.policy.deadlines import ClockName, ClockView, Fact
from config.policy.history import REOPENS, RESOLVES
from config.policy.metrics import PROMISED, Age, Count, Kept, Period, Record, Times, Week
from config.policy.states import DONE, OPEN, Flag, Level, State
from config.program import Length, Program
from storage.figures import Figures, Line, Now, Standing, Took

DOTS = 25
BAR_DAYS = 10
BARS = 36
LISTED = 20
VERY_LATE = timedelta(hours=72)  # when a breach reaches leadership
_DAY = timedelta(days=1)
_FACED = (ClockName.ACKNOWLEDGE, ClockName.FIRST_RESPONSE)  # what a researcher feels first, so it is drawn
_SHOWN = (*_FACED, ClockName.TRIAGE, ClockName.REMEDIATION)


@dataclass(frozen=True, slots=True)
class Ages:
    """Open reports of one level: each with its age and how late it is, or counted by ten days of age."""

    level: Level | None
    count: int
    dots: tuple[tuple[timedelta, timedelta], ...] = ()
    bars: tuple[tuple[int, int], ...] = ()  # reports, and how many of them are late
    late: int = 0
    latest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Against:
    """How long one step took against its promise, counted as the promise counts; True marks what was late."""

    clock: ClockName
    promise: Length
    took: tuple[tuple[timedelta, bool], ...]

    @property
    def met(self) -> int:
        """How many were in time."""
        return sum(not late for _, late in self.took)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A promise that ran out more than 72 h ago and is still open."""

    report: str
    level: str
    clock: ClockName
    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a digest is counted for: the programme, the period, the one before it, and now."""

    program: Program
    period: Period
    earlier: Period
    now: datetime
    standing: Now


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What both ways of counting give."""

    week: Week
    before: Mapping[ClockName, Times]
    met: Mapping[ClockName, int]
    missed: Mapping[ClockName, int]
    ages: tuple[Ages, ...]
    against: tuple[Against, ...]
    overdue: tuple[Overdue, ...] = ()
    very_late: int = 0
    kept_before: Kept | None = None


async def each(figures: Figures, reports: list[str], frame: Frame) -> Counted:
    """Count from the history of every one of these reports."""
    program, period, now = frame.program, frame.period, frame.now
    records: list[tuple[Standing, Record]] = []
    async for standing, lines in figures.standings(reports):
        records.append((standing, record_of(standing, lines, program)))
        if len(records) % 20 == 0:
            await asyncio.sleep(0)  # whoever waits for an answer of ours goes first
    alone = [record for _, record in records]
    kept = {name: metrics.promises(alone, [name], period, now=now) for name in PROMISED}
    overdue = sorted(_overdue(records, now), key=lambda one: one.by, reverse=True)
    return Counted(
        week=metrics.week(alone, period, now=now),
        before={name: metrics.times(alone, name, frame.earlier) for name in _SHOWN},
        met={name: one.met for name, one in kept.items()},
        missed={name: one.missed for name, one in kept.items()},
        ages=_ages([record for record in alone if record.state in OPEN], now),
        against=tuple(_against(alone, name, frame) for name in _FACED),
        overdue=tuple(overdue[:LISTED]),
        very_late=len(overdue),
        kept_before=metrics.promises(alone, PROMISED, frame.earlier, now=now),
    )


def record_of(standing: Standing, lines: list[Line], program: Program) -> Record:
    """Return a report as the metrics need it."""
    facts = [Fact(one.kind, one.at, {k: str(v) for k, v in json.loads(one.data).items()}) for one in lines]
    resolved = None
    for fact in facts:
        if fact.kind in RESOLVES:
            resolved = fact.at
        elif fact.kind in REOPENS:
            resolved = None
    ends = standing.state not in DONE or standing.state in (State.RESOLVED, State.WONT_FIX)
    return Record(
        received=standing.received_at,
        state=standing.state,
        level=level_named(standing.level),
        resolved=resolved,
        published=standing.published,
        owned=standing.owned,
        embargo_end=standing.embargo_end if ends else None,
        flags=frozenset(Flag(one) for one in standing.flags),
        clocks=deadlines.clocks(facts, program),
    )


def level_named(name: str) -> Level | None:
    """Return a level by its name, or None for what nobody judged yet."""
    return Level(name) if name else None


def _running(record: Record, now: datetime) -> list[ClockView]:
    return [
        view for view in record.clocks if view.name in PROMISED and not (view.stopped and view.stopped <= now)
    ]


def _overdue(records: list[tuple[Standing, Record]], now: datetime) -> list[Overdue]:
    found = []
    for standing, record in records:
        for view in _running(record, now):
            if view.due is not None and now - view.due > VERY_LATE:
                found.append(Overdue(standing.report, standing.level, view.name, now - view.due))
    return found


def _ages(records: list[Record], now: datetime) -> tuple[Ages, ...]:
    by_level: dict[Level | None, list[tuple[timedelta, timedelta]]] = {level: [] for level in Level}
    for record in records:
        late = max((view.late_by(now) for view in _running(record, now)), default=timedelta(0))
        by_level.setdefault(record.level, []).append((now - record.received, late))
    return tuple(_row(level, found) for level, found in by_level.items())


def _row(level: Level | None, found: list[tuple[timedelta, timedelta]]) -> Ages:
    late = [one for _, one in found if one]
    latest = max(late, default=timedelta(0))
    if len(found) <= DOTS:
        return Ages(level, len(found), dots=tuple(sorted(found)), late=len(late), latest=latest)
    bars = [[0, 0] for _ in range(BARS)]
    for age, by in found:
        bar = bars[min(age // _DAY // BAR_DAYS, BARS - 1)]
        bar[0] += 1
        bar[1] += bool(by)
    return Ages(level, len(found), bars=_trimmed(bars), late=len(late), latest=latest)


def _trimmed(bars: list[list[int]]) -> tuple[tuple[int, int], ...]:
    last = max(number for number, (count, _) in enumerate(bars) if count)
    return tuple((count, late) for count, late in bars[: last + 1])


def _promise(name: ClockName, program: Program) -> Length:
    made = program.promises
    return made.acknowledge if name is ClockName.ACKNOWLEDGE else made.first_response


def _against(records: list[Record], name: ClockName, frame: Frame) -> Against:
    program, now = frame.program, frame.now
    took = []
    for record in records:
        for view in (one for one in record.clocks if one.name is name):
            broken = metrics.broken_at(view, now)
            ended = broken or (view.stopped if view.fulfilled else None)
            if frame.period.holds(ended):
                end = min(view.stopped or now, now)
                span = calendar.passed(view.started, end, view.length, program.working)
                took.append((span, broken is not None))
    return Against(name, _promise(name, program), tuple(sorted(took)))


async def aggregate(figures: Figures, frame: Frame) -> Counted:
    """Count in the database; questions to the researcher and moved dates are not looked at."""
    program, period, earlier = frame.program, frame.period, frame.earlier
    spans: dict[ClockName, list[_Step]] = {}
    before: dict[ClockName, Times] = {}
    for name in _SHOWN:
        ends = {
            ClockName.ACKNOWLEDGE: figures.acknowledged,
            ClockName.FIRST_RESPONSE: figures.answered,
            ClockName.TRIAGE: figures.judged,
            ClockName.REMEDIATION: figures.fixed,
        }[name]
        spans[name] = await _spans(ends(period.since, period.until), name, program)
        found = await _spans(ends(earlier.since, earlier.until), name, program)
        before[name] = _times([one.span for one in found])
    missed: Counter[ClockName] = Counter()
    for stem, count in (await figures.breaches(period.since, period.until)).items():
        name_of = next(
            (one for one in PROMISED if stem == one or stem.startswith((f"{one}-", f"{one}+"))), None
        )
        if name_of is not None:
            missed[name_of] += count
    for name in _FACED:  # these never pause, so their steps tell as much as the marks
        missed[name] = max(missed[name], sum(period.holds(one.broken) for one in spans[name]))
    met = {name: sum(one.broken is None for one in found) for name, found in spans.items()}
    cells, ages = await _open(figures, frame)
    happened = await figures.happened(period.since, period.until)
    standing = frame.standing
    how = metrics.HOW
    week = Week(
        period=period,
        received=Count(happened.get("submit", 0), how["received"]),
        resolved=Count(await figures.resolved(period.since, period.until), how["resolved"]),
        exploited=Count(standing.attacked + standing.shown, how["exploited"]),
        open=metrics.Open(cells, how["open"]),
        unowned=Count(sum(standing.unowned.values()), how["unowned"]),
        public_soon=Count(standing.public_soon, how["public_soon"]),
        promises=Kept(sum(met.values()), sum(missed.values()), how["promises"]),
        times={name: _times([one.span for one in found]) for name, found in spans.items()},
    )
    against = tuple(Against(name, _promise(name, program), _drawn(spans[name], period)) for name in _FACED)
    return Counted(week=week, before=before, met=met, missed=missed, ages=ages, against=against)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step: its time around the clock, as the promise counts, and when its promise was broken."""

    span: timedelta
    counted: timedelta
    broken: datetime | None


def _drawn(steps: list[_Step], period: Period) -> tuple[tuple[timedelta, bool], ...]:
    """What a period draws: steps in time, and those whose promise was broken in it."""
    return tuple(
        sorted(
            (one.counted, one.broken is not None)
            for one in steps
            if one.broken is None or period.holds(one.broken)
        )
    )


async def _spans(found: AsyncIterator[Took], name: ClockName, program: Program) -> list[_Step]:
    lengths = {
        ClockName.TRIAGE: program.clocks.triage,
        ClockName.REMEDIATION: program.clocks.remediation,
    }.get(name)
    spans = []
    async for one in found:
        length = lengths.of(one.level or Level.MEDIUM) if lengths else _promise(name, program)
        span = one.ended - one.begun
        if length is None:
            spans.append(_Step(span, span, None))
            continue
        counted = calendar.passed(one.begun, one.ended, length, program.working)
        due = calendar.after(one.begun, length, program.working)
        spans.append(_Step(span, counted, due if one.ended > due else None))
    return spans


def _times(spans: list[timedelta]) -> Times:
    spans.sort()
    how = metrics.HOW["times"]
    if not spans:
        return Times(None, None, 0, how)
    half = len(spans) // 2
    middle = spans[half] if len(spans) % 2 else (spans[half - 1] + spans[half]) / 2
    return Times(middle, metrics.percentile(spans, 90), len(spans), how)


async def _open(
    figures: Figures, frame: Frame
) -> tuple[dict[tuple[Level | None, Age], int], tuple[Ages, ...]]:
    now = frame.now
    counts = {level_named(one): count for one, count in frame.standing.open.items()}
    cells: dict[tuple[Level | None, Age], int] = {}
    bars: dict[Level | None, list[list[int]]] = {}
    for name, day, count in await figures.open_by_day():
        level, age = level_named(name), now - datetime.combine(day, time(), UTC)
        group = metrics.age(now - age, now)
        cells[level, group] = cells.get((level, group), 0) + count
        bars.setdefault(level, [[0, 0] for _ in range(BARS)])[min(age // _DAY // BAR_DAYS, BARS - 1)][0] += (
            count
        )
    few = [level.value if level else "" for level, count in counts.items() if count <= DOTS]
    dots: dict[Level | None, list[tuple[timedelta, timedelta]]] = {}
    for one in await figures.open_of(few, most=DOTS * len(few)):
        dots.setdefault(level_named(one.level), []).append((now - one.received_at, timedelta(0)))
    levels: list[Level | None] = [*Level, *([None] if None in counts else [])]
    return cells, tuple(
        Ages(level, counts[level], bars=_trimmed(bars[level]))
        if counts.get(level, 0) > DOTS
        else Ages(level, counts.get(level, 0), dots=tuple(sorted(dots.get(level, []))))
        for level in levels
    )
