"""Questions for the digest: how many, how old, how long, asked of the report and entry tables as aggregates.

Decides which rows a figure is counted from. Nothing here loads a report as an object, and what is returned
grows with the week or with `most`, never with the number of reports. Leaves what counts as met or missed to
`config/policy/metrics.py` and every word to `commands/wording/digest.py`. No title, person or text is read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all

from config.policy.history import REOPENS, RESOLVES, SETS_ASIDE, SUBSTANTIVE
from config.policy.states import DONE, EmbargoState, Event, Flag, Level, State
from storage.counted import ENTRIES, REHEARSALS, REPORTS
from storage.models import Proposal

if TYPE_CHECKING:
    from storage.database import Work

# Entries that make a report part of the week: every step, and words that may keep a promise.
_MOVES = sorted(SUBSTANTIVE | {event.value for event in Event} | {"advisory", "statement"})
_JUDGED = sorted((SETS_ASIDE - {"decline"}) | {"accept", "lapse"})
_UNPUBLISHED = (State.RESOLVED.value, State.WONT_FIX.value)  # done, and yet to become public
_ACCEPTED = [
    State.ACCEPTED.value,
    State.REMEDIATING.value,
    State.MITIGATED.value,
    State.FIX_READY.value,
    State.VERIFYING.value,
    State.RETEST.value,
]
_RETURNED = '%"returned": "yes"%'  # a question that lapsed without setting the report aside
_BREACH = "%/100"
_CHUNK = 200

# Tables, not classes: nothing here becomes an object with a history of its own.
_REPORT, _ENTRY = REPORTS, ENTRIES
_r: Any = _REPORT.c
_e: Any = _ENTRY.c
_p: Any = Proposal.metadata.tables["proposal"].c
_ATTACKED = _r.flags.contains(Flag.ATTACKED.value)
_SHOWN = _r.flags.contains(Flag.EXPLOIT_PUBLIC.value)
_BOTH = _ENTRY.join(_REPORT, _r.id == _e.report_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """One report as far as figures need it."""

    report: str
    state: State
    level: str
    received_at: datetime
    owned: bool
    flags: str
    embargo_end: datetime | None  # while an embargo is in force
    published: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the ledger as far as figures need it."""

    report: str
    kind: str
    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class Took:
    """One step that was taken: when its time began, when it ended, and the level of its report."""

    begun: datetime
    ended: datetime
    level: str


@dataclass(slots=True)
class Now:
    """What stands now: open and ownerless reports by level, signs of attack, what becomes public soon."""

    open: dict[str, int] = field(default_factory=dict)
    unowned: dict[str, int] = field(default_factory=dict)
    attacked: int = 0
    shown: int = 0  # an exploit is public, and no attack was seen
    unwarned_attacked: int = 0  # of these, what has no advisory of ours yet
    unwarned_shown: int = 0
    public_soon: int = 0
    without_fix: int = 0
    first_public: datetime | None = None  # the first of those embargoes to end


@dataclass(frozen=True, slots=True)
class Wanted:
    """A first signature that waits for a second one."""

    proposal: str
    report: str
    act: str
    needs: str
    at: datetime
    lapses_at: datetime


def _open() -> ColumnElement[bool]:
    found: ColumnElement[bool] = _r.state.in_([state.value for state in State if state not in DONE])
    return found


def _within(at: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(at >= since, at < until)


class Figures:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def _all(self, query: Any) -> Sequence[Any]:
        rows: Sequence[Any] = (await self.work.session.execute(query)).all()
        return rows

    async def happened(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how often each step was taken in a stretch of time; what a lapse sent back did not lapse."""
        kinds = [event.value for event in Event]
        query = (
            select(_e.kind, func.count())
            .where(_e.kind.in_(kinds), _within(_e.at, since, until))
            .group_by(_e.kind)
        )
        found = {kind: int(count) for kind, count in await self._all(query)}
        if found.get("lapse"):
            back = select(func.count()).where(
                _e.kind == "lapse", _within(_e.at, since, until), _e.data.like(_RETURNED)
            )
            found["lapse"] -= int((await self._all(back))[0][0])
        return found

    async def standing(self, soon: datetime) -> Now:
        """Return what stands now, in one look over what is open or to be published; `soon` is 30 days off."""
        in_force = _r.embargo.in_([one.value for one in EmbargoState if one.in_force])
        ends = and_(in_force, _r.embargo_end <= soon)
        silent = _r.published_at.is_(None)
        public = and_(silent, or_(ends, _r.state == State.RESOLVED.value))
        query = (
            select(
                _r.state,
                _r.level,
                func.count(),
                func.sum(case((_r.owner_id == "", 1), else_=0)),
                func.sum(case((_ATTACKED, 1), else_=0)),
                func.sum(case((and_(_SHOWN, ~_ATTACKED), 1), else_=0)),
                func.sum(case((and_(_ATTACKED, silent), 1), else_=0)),
                func.sum(case((and_(_SHOWN, ~_ATTACKED, silent), 1), else_=0)),
                func.sum(case((public, 1), else_=0)),
                func.min(case((and_(public, ends), _r.embargo_end))),
            )
            .where(or_(_open(), _yet_to_publish()))
            .group_by(_r.state, _r.level)
        )
        now = Now()
        for state, level, *counts, first in await self._all(query):
            count, ownerless, attacked, shown, unwarned_attacked, unwarned_shown, public_soon = (int(one) for one in counts)
            now.public_soon += public_soon
            now.without_fix += 0 if state == State.RESOLVED.value else public_soon
            now.first_public = min((one for one in (now.first_public, first) if one), default=None)
            if State(state) in DONE:
                continue
            now.open[level] = now.open.get(level, 0) + count
            now.attacked += attacked
            now.shown += shown
            now.unwarned_attacked += unwarned_attacked
            now.unwarned_shown += unwarned_shown
            if state in _ACCEPTED and ownerless:
                now.unowned[level] = now.unowned.get(level, 0) + ownerless
        return now

    async def open_by_day(self) -> list[tuple[str, date, int]]:
        """Return how many open reports were received on which day (UTC), by level."""
        day = func.date(_r.received_at)
        query = select(_r.level, day, func.count()).where(_open()).group_by(_r.level, day)
        return [
            (level, date.fromisoformat(str(on)), int(count)) for level, on, count in await self._all(query)
        ]

    async def open_of(self, levels: Collection[str], *, most: int) -> list[Standing]:
        """Return the open reports of these levels, oldest first, at most `most`."""
        query = _standing().where(_open(), _r.level.in_(list(levels)))
        return [_as_standing(row) for row in await self._all(query.order_by(_r.received_at).limit(most))]

    async def unwarned(self, *, most: int) -> list[Standing]:
        """Return the open reports that are exploited and have no advisory yet: attacks before public exploits, the worst first."""
        urgent = and_(_open(), or_(_ATTACKED, _SHOWN), _r.published_at.is_(None))
        query = _standing().where(urgent).order_by(case((_ATTACKED, 0), else_=1), _worst_first(), _r.received_at).limit(most)
        return [_as_standing(row) for row in await self._all(query)]

    async def of_the_week(self, since: datetime, until: datetime, *, most: int) -> list[str] | None:
        """Return the reports that are open, to be published, or moved; None when there are over `most`."""
        moved = select(_e.report_id.label("id")).where(
            _e.kind.in_(_MOVES), _within(_e.at, since, until), _e.report_id != ""
        )
        standing = select(_r.id.label("id")).where(or_(_open(), _yet_to_publish()))
        # A limit on each part keeps the union small where there are very many.
        both = union_all(
            select(moved.distinct().limit(most + 1).subquery().c.id),
            select(standing.limit(most + 1).subquery().c.id),
        ).subquery()
        rows = await self._all(select(both.c.id).distinct().limit(most + 1))
        return None if len(rows) > most else sorted(row[0] for row in rows)

    async def standings(self, reports: Sequence[str]) -> AsyncIterator[tuple[Standing, list[Line]]]:
        """Yield these reports with their entries in order, a few at a time."""
        for start in range(0, len(reports), _CHUNK):
            some = list(reports[start : start + _CHUNK])
            lines: dict[str, list[Line]] = {one: [] for one in some}
            query = (
                select(_e.report_id, _e.kind, _e.at, _e.data)
                .where(_e.report_id.in_(some))
                .order_by(_e.report_id, _e.at, _e.number)
            )
            for row in await self._all(query):
                lines[row[0]].append(Line(*row))
            for row in await self._all(_standing().where(_r.id.in_(some)).order_by(_r.id)):
                yield _as_standing(row), lines[row[0]]

    async def acknowledged(self, since: datetime, until: datetime) -> AsyncIterator[Took]:
        """Yield what a person acknowledged in a stretch of time."""
        async for one in self._took(_e.kind == "acknowledge", since, until):
            yield one

    async def answered(self, since: datetime, until: datetime) -> AsyncIterator[Took]:
        """Yield what got its first real answer in a stretch of time."""
        before: Any = _ENTRY.alias().c
        earlier = select(literal(1)).where(
            before.report_id == _e.report_id,
            before.number < _e.number,
            before.kind.in_(sorted(SUBSTANTIVE)),
        )
        first = and_(_e.kind.in_(sorted(SUBSTANTIVE)), ~earlier.exists())
        async for one in self._took(first, since, until):
            yield one

    async def judged(self, since: datetime, until: datetime) -> AsyncIterator[Took]:
        """Yield what was judged in a stretch of time, from the report or from when it was taken up again."""
        async for one in self._took(_e.kind.in_(_JUDGED), since, until, begins=sorted(REOPENS)):
            yield one

    async def fixed(self, since: datetime, until: datetime) -> AsyncIterator[Took]:
        """Yield what got a fix in a stretch of time, from when it was accepted."""
        async for one in self._took(_e.kind == "fix", since, until, begins=["accept"]):
            yield one

    async def _took(
        self, ended: Any, since: datetime, until: datetime, *, begins: Sequence[str] = ()
    ) -> AsyncIterator[Took]:
        begun: Any = literal(None)
        if begins:
            before: Any = _ENTRY.alias().c
            begun = (
                select(func.max(before.at))
                .where(
                    before.report_id == _e.report_id,
                    before.number < _e.number,
                    before.kind.in_(list(begins)),
                )
                .scalar_subquery()
            )
        query = (
            select(begun, _r.received_at, _e.at, _r.level)
            .select_from(_BOTH)
            .where(ended, _within(_e.at, since, until), _e.data.not_like(_RETURNED))
        )
        async for row in await self.work.session.stream(query):
            yield Took(row[0] or row[1], row[2], row[3])

    async def breaches(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how many promises ran out in a stretch of time, by the stem of the clock's name."""
        query = select(_e.report_id, _e.key).where(
            _e.kind == "mark", _within(_e.at, since, until), _e.key.like(_BREACH)
        )
        found: dict[str, int] = {}
        async for report, key in await self.work.session.stream(query):
            stem = key.removeprefix(f"{report}/").rpartition("/")[0]
            found[stem] = found.get(stem, 0) + 1
        return found

    async def resolved(self, since: datetime, until: datetime) -> int:
        """Return how many reports reached resolved in a stretch of time and were not reopened since."""
        query = (
            select(func.count(func.distinct(_e.report_id)))
            .select_from(_BOTH)
            .where(
                _e.kind.in_(sorted(RESOLVES)),
                _within(_e.at, since, until),
                _r.state.in_([State.RESOLVED.value, State.CLOSED.value]),
            )
        )
        return int((await self._all(query))[0][0])

    async def unowned(self, *, most: int) -> list[tuple[Standing, datetime]]:
        """Return the worst of the accepted reports that nobody owns, with since when."""
        nobody = and_(_r.state.in_(_ACCEPTED), _r.owner_id == "")
        query = _standing().where(nobody).order_by(_worst_first(), _r.received_at).limit(most)
        standings = [_as_standing(row) for row in await self._all(query)]
        since = select(_e.report_id, func.max(_e.at)).where(
            _e.report_id.in_([one.report for one in standings]),
            _e.kind.in_(["accept", "owner_gone"]),
        )
        begun = {row[0]: row[1] for row in await self._all(since.group_by(_e.report_id))}
        return [(one, begun.get(one.report, one.received_at)) for one in standings]

    async def wanted(self, now: datetime, *, most: int) -> list[Wanted]:
        """Return the first signatures that wait for the lead or leadership, by when they lapse."""
        query = (
            select(_p.id, _p.report_id, _p.act, _p.needs, _p.at, _p.lapses_at)
            .where(_p.state == "open", _p.lapses_at > now, _p.needs.contains("lead"), _p.report_id.not_in(REHEARSALS))  # the lead or leadership
            .order_by(_p.lapses_at)
            .limit(most)
        )
        return [Wanted(*row) for row in await self._all(query)]

    async def decided(
        self, kinds: Sequence[str], since: datetime, until: datetime
    ) -> list[tuple[str, State, int]]:
        """Return how often these decisions were taken, with the state in which their reports are now."""
        query = (
            select(_e.kind, _r.state, func.count(func.distinct(_e.report_id)))
            .select_from(_BOTH)
            .where(_e.kind.in_(list(kinds)), _within(_e.at, since, until))
            .group_by(_e.kind, _r.state)
        )
        return [(kind, State(state), int(count)) for kind, state, count in await self._all(query)]

    async def settled(self, proposals: Sequence[str]) -> dict[str, str]:
        """Return what became of these first signatures: open, agreed, withdrawn or lapsed."""
        query = select(_p.id, _p.state).where(_p.id.in_(list(proposals)))
        return {row[0]: row[1] for row in await self._all(query)}

    async def known(self, key: str) -> bool:
        """Return whether the ledger holds an entry with this key."""
        return bool(await self._all(select(_e.number).where(_e.key == key).limit(1)))

    async def states_of(self, reports: Sequence[str]) -> dict[str, Standing]:
        """Return where these reports stand now."""
        rows = await self._all(_standing().where(_r.id.in_(list(reports))))
        return {row[0]: _as_standing(row) for row in rows}

    async def latest(self, kind: str, until: datetime) -> Line | None:
        """Return the newest entry of a kind before an instant."""
        query = (
            select(_e.report_id, _e.kind, _e.at, _e.data)
            .where(_e.kind == kind, _e.at < until)
            .order_by(_e.at.desc())
            .limit(1)
        )
        rows = await self._all(query)
        return Line(*rows[0]) if rows else None

    async def first_written(self) -> datetime | None:
        """Return when the ledger began."""
        rows = await self._all(select(_e.written_at).order_by(_e.number).limit(1))
        return rows[0][0] if rows else None


def _yet_to_publish() -> ColumnElement[bool]:
    return and_(_r.state.in_(_UNPUBLISHED), _r.published_at.is_(None))


def _standing() -> Select[Any]:
    return select(_r.id, _r.state, _r.level, _r.received_at, _r.owner_id, _r.flags, _r.embargo, _r.embargo_end, _r.published_at)


def _as_standing(row: Any) -> Standing:
    in_force = EmbargoState(row[6].lower()).in_force
    return Standing(
        row[0],
        State(row[1]),
        row[2],
        row[3],
        bool(row[4]),
        row[5],
        row[7] if in_force else None,
        row[8] is not None,
    )


def _worst_first() -> ColumnElement[int]:
    ranks = {level.value: number for number, level in enumerate(Level)}
    return case(ranks, value=_r.level, else_=len(ranks))
