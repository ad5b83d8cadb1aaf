"""Questions for the digest: how many, how old, how long, asked of the report and entry tables as aggregates.

Decides which rows a figure is counted from. Nothing here loads a report as an object, and what is returned grows with the
week or with `most`, never with the number of reports. Leaves what counts as kept or missed to `config/policy/metrics.py`
and every word to `commands/wording_digest.py`. No title, no person and no text is read here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from config.policy.history import REOPENS, SETS_ASIDE, SUBSTANTIVE
from config.policy.states import DONE, EmbargoState, Event, Flag, State
from storage.models import Entry, Proposal, Report

if TYPE_CHECKING:
    from storage.database import Work

# Steps that may end a promise, so that a report with one of them belongs to the week.
ENDS = sorted(
    SUBSTANTIVE
    | SETS_ASIDE
    | {"acknowledge", "mitigate", "fix", "pass", "fail", "publish", "advisory", "statement", "lapse"}
)
_JUDGED = sorted((SETS_ASIDE - {"decline"}) | {"accept", "lapse"})
_FIXING = (State.ACCEPTED.value, State.REMEDIATING.value, State.MITIGATED.value)
_RETURNED = '%"returned": "yes"%'  # a question that lapsed without setting the report aside
_BREACH = "%/100"
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """One report as far as figures need it."""

    report: str
    state: State
    level: str
    received_at: datetime
    owned: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the ledger as far as figures need it."""

    report: str
    kind: str
    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class Becoming:
    """How many reports become public by their embargo's end, and when the first does."""

    state: State
    count: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A first signature that waits for a second one."""

    report: str
    act: str
    needs: str
    at: datetime
    lapses_at: datetime


def _open() -> ColumnElement[bool]:
    return col(Report.state).in_([state.value for state in State if state not in DONE])


def _within(at: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(at >= since, at < until)


class Figures:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def _all(self, query: Select[Any]) -> Sequence[Any]:
        return (await self.work.session.execute(query)).all()

    async def happened(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how often each step was taken in a stretch of time, by its name; a step back from a lapse is no lapse."""
        kinds = [event.value for event in Event]
        query = (
            select(Entry.kind, func.count())
            .where(col(Entry.kind).in_(kinds), _within(col(Entry.at), since, until))
            .group_by(col(Entry.kind))
        )
        found = {kind: int(count) for kind, count in await self._all(query)}
        if found.get("lapse"):
            back = select(func.count()).where(
                Entry.kind == "lapse", _within(col(Entry.at), since, until), col(Entry.data).like(_RETURNED)
            )
            found["lapse"] -= int((await self._all(back))[0][0])
        return found

    async def open_by_level(self) -> dict[str, int]:
        """Return how many reports are open, by level; the level is empty until somebody judged."""
        query = select(Report.level, func.count()).where(_open()).group_by(col(Report.level))
        return {level: int(count) for level, count in await self._all(query)}

    async def open_by_day(self, levels: Collection[str]) -> list[tuple[str, date, int]]:
        """Return how many open reports of these levels were received on which day (UTC)."""
        day = func.date(Report.received_at)
        query = (
            select(Report.level, day, func.count())
            .where(_open(), col(Report.level).in_(list(levels)))
            .group_by(col(Report.level), day)
        )
        return [(level, date.fromisoformat(str(on)), int(count)) for level, on, count in await self._all(query)]

    async def open_of(self, levels: Collection[str], *, most: int) -> list[Standing]:
        """Return the open reports of these levels, oldest first, at most `most`."""
        query = _standing().where(_open(), col(Report.level).in_(list(levels)))
        return [_as_standing(row) for row in await self._all(query.order_by(col(Report.received_at)).limit(most))]

    async def of_the_week(self, since: datetime, until: datetime, *, most: int) -> list[str] | None:
        """Return the reports that are open, or in which a promise may have ended; None when there are more than `most`."""
        ended = select(col(Entry.report_id).label("id")).where(
            col(Entry.kind).in_(ENDS), _within(col(Entry.at), since, until), Entry.report_id != ""
        )
        opened = select(col(Report.id).label("id")).where(_open())
        # Two limits keep the union small where there are very many.
        both = union_all(
            select(ended.distinct().limit(most + 1).subquery().c.id),
            select(opened.limit(most + 1).subquery().c.id),
        ).subquery()
        rows = await self._all(select(both.c.id).distinct().limit(most + 1))
        return None if len(rows) > most else sorted(row[0] for row in rows)

    async def standings(self, reports: Sequence[str]) -> AsyncIterator[tuple[Standing, list[Line]]]:
        """Yield these reports with their entries in order, a few at a time."""
        for start in range(0, len(reports), _CHUNK):
            some = list(reports[start : start + _CHUNK])
            lines: dict[str, list[Line]] = {one: [] for one in some}
            query = (
                select(Entry.report_id, Entry.kind, Entry.at, Entry.data)
                .where(col(Entry.report_id).in_(some))
                .order_by(col(Entry.report_id), col(Entry.at), col(Entry.number))
            )
            for row in await self._all(query):
                lines[row[0]].append(Line(*row))
            for row in await self._all(_standing().where(col(Report.id).in_(some)).order_by(col(Report.id))):
                yield _as_standing(row), lines[row[0]]

    async def acknowledged(self, since: datetime, until: datetime) -> AsyncIterator[tuple[datetime, datetime]]:
        """Yield when reports that a person acknowledged in a stretch of time were received and acknowledged."""
        query = (
            select(Report.received_at, Entry.at)
            .join(Report, col(Report.id) == col(Entry.report_id))
            .where(Entry.kind == "acknowledge", _within(col(Entry.at), since, until))
        )
        async for row in await self.work.session.stream(query):
            yield row[0], row[1]

    async def answered(self, since: datetime, until: datetime) -> AsyncIterator[tuple[datetime, datetime]]:
        """Yield when reports that got their first real answer in a stretch of time were received and answered."""
        before = aliased(Entry)
        earlier = select(literal(1)).where(
            col(before.report_id) == col(Entry.report_id),
            col(before.number) < col(Entry.number),
            col(before.kind).in_(sorted(SUBSTANTIVE)),
        )
        query = (
            select(Report.received_at, Entry.at)
            .join(Report, col(Report.id) == col(Entry.report_id))
            .where(
                col(Entry.kind).in_(sorted(SUBSTANTIVE)),
                _within(col(Entry.at), since, until),
                ~earlier.exists(),
            )
        )
        async for row in await self.work.session.stream(query):
            yield row[0], row[1]

    async def judged(self, since: datetime, until: datetime) -> AsyncIterator[tuple[datetime, datetime]]:
        """Yield when judging began, at the report or when it was taken up again, and when it ended."""
        async for row in self._since_last(sorted(REOPENS), _JUDGED, since, until):
            yield row

    async def fixed(self, since: datetime, until: datetime) -> AsyncIterator[tuple[datetime, datetime]]:
        """Yield when reports that got a fix in a stretch of time were accepted and fixed."""
        async for row in self._since_last(["accept"], ["fix"], since, until):
            yield row

    async def _since_last(
        self, begins: list[str], ends: list[str], since: datetime, until: datetime
    ) -> AsyncIterator[tuple[datetime, datetime]]:
        before = aliased(Entry)
        begun = (
            select(func.max(before.at))
            .where(
                col(before.report_id) == col(Entry.report_id),
                col(before.number) < col(Entry.number),
                col(before.kind).in_(begins),
            )
            .scalar_subquery()
        )
        query = (
            select(begun, Report.received_at, Entry.at)
            .join(Report, col(Report.id) == col(Entry.report_id))
            .where(
                col(Entry.kind).in_(ends),
                _within(col(Entry.at), since, until),
                col(Entry.data).not_like(_RETURNED),
            )
        )
        async for row in await self.work.session.stream(query):
            yield row[0] or row[1], row[2]

    async def breaches(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how many promises ran out in a stretch of time, by the stem of the clock's name."""
        query = select(Entry.report_id, Entry.key).where(
            Entry.kind == "mark", _within(col(Entry.at), since, until), col(Entry.key).like(_BREACH)
        )
        found: dict[str, int] = {}
        async for report, key in await self.work.session.stream(query):
            stem = key.removeprefix(f"{report}/").rpartition("/")[0]
            found[stem] = found.get(stem, 0) + 1
        return found

    async def exploited(self) -> dict[str, int]:
        """Return how many open reports carry the flags for attacks and for a public exploit."""
        found: dict[str, int] = {}
        for flag in (Flag.ATTACKED, Flag.EXPLOIT_PUBLIC):
            query = select(func.count()).select_from(Report).where(_open(), col(Report.flags).contains(flag.value))
            found[flag.value] = int((await self._all(query))[0][0])
        return found

    async def unowned(self, *, most: int) -> tuple[int, list[tuple[Standing, datetime]]]:
        """Return how many accepted reports nobody owns, and the worst of them with when they were last without one."""
        nobody = and_(col(Report.state).in_(_FIXING), Report.owner_id == "")
        count = int((await self._all(select(func.count()).select_from(Report).where(nobody)))[0][0])
        query = _standing().where(nobody).order_by(_worst_first(), col(Report.received_at)).limit(most)
        standings = [_as_standing(row) for row in await self._all(query)]
        since = select(Entry.report_id, func.max(Entry.at)).where(
            col(Entry.report_id).in_([one.report for one in standings]),
            col(Entry.kind).in_(["accept", "owner_gone"]),
        )
        begun = {row[0]: row[1] for row in await self._all(since.group_by(col(Entry.report_id)))}
        return count, [(one, begun.get(one.report, one.received_at)) for one in standings]

    async def becoming_public(self, now: datetime, until: datetime) -> list[Becoming]:
        """Return which reports become public by an embargo that ends until then, by state."""
        states = [state.value for state in State if state not in DONE or state in (State.RESOLVED, State.WONT_FIX)]
        in_force = [one.value for one in EmbargoState if one.in_force]
        query = (
            select(Report.state, func.count(), func.min(Report.embargo_end))
            .where(
                col(Report.state).in_(states),
                col(Report.embargo).in_(in_force),
                col(Report.embargo_end) > now,
                col(Report.embargo_end) <= until,
                col(Report.published_at).is_(None),
            )
            .group_by(col(Report.state))
        )
        return [Becoming(State(state), int(count), first) for state, count, first in await self._all(query)]

    async def wanted(self, now: datetime, *, most: int) -> list[Wanted]:
        """Return the first signatures that wait for the lead or leadership, the one that lapses first at the head."""
        query = (
            select(Proposal.report_id, Proposal.act, Proposal.needs, Proposal.at, Proposal.lapses_at)
            .where(
                Proposal.state == "open",
                col(Proposal.lapses_at) > now,
                or_(col(Proposal.needs).contains("lead"), col(Proposal.needs).contains("leadership")),
            )
            .order_by(col(Proposal.lapses_at))
            .limit(most)
        )
        return [Wanted(*row) for row in await self._all(query)]

    async def decided(self, kinds: Sequence[str], since: datetime, until: datetime) -> list[tuple[str, State, int]]:
        """Return how often these decisions were taken, with the state in which their reports are now."""
        query = (
            select(Entry.kind, Report.state, func.count(func.distinct(Entry.report_id)))
            .join(Report, col(Report.id) == col(Entry.report_id))
            .where(col(Entry.kind).in_(list(kinds)), _within(col(Entry.at), since, until))
            .group_by(col(Entry.kind), col(Report.state))
        )
        return [(kind, State(state), int(count)) for kind, state, count in await self._all(query)]

    async def states_of(self, reports: Sequence[str]) -> dict[str, Standing]:
        """Return where these reports stand now."""
        rows = await self._all(_standing().where(col(Report.id).in_(list(reports))))
        return {row[0]: _as_standing(row) for row in rows}

    async def latest(self, kind: str, until: datetime) -> Line | None:
        """Return the newest entry of a kind before an instant."""
        query = (
            select(Entry.report_id, Entry.kind, Entry.at, Entry.data)
            .where(Entry.kind == kind, col(Entry.at) < until)
            .order_by(col(Entry.at).desc())
            .limit(1)
        )
        rows = await self._all(query)
        return Line(*rows[0]) if rows else None

    async def first_written(self) -> datetime | None:
        """Return when the ledger began."""
        rows = await self._all(select(Entry.written_at).order_by(col(Entry.number)).limit(1))
        return rows[0][0] if rows else None


def _standing() -> Select[Any]:
    return select(Report.id, Report.state, Report.level, Report.received_at, Report.owner_id)


def _as_standing(row: Any) -> Standing:
    return Standing(row[0], State(row[1]), row[2], row[3], bool(row[4]))


def _worst_first() -> ColumnElement[int]:
    from sqlalchemy import case

    from config.policy.states import Level

    return case({level.value: number for number, level in enumerate(Level)}, value=col(Report.level), else_=len(Level))
