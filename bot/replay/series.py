"""What a run of the harness keeps: its series, each attempt before it is made and after, the facts that a file added.

Decides that nothing is lost and nothing counts twice: an attempt is written down with its seed before it is sent, and one without
an outcome is made again as the same attempt. Of an answer only its digest is kept. Leaves sending and judging to `run.py`, and
what a finished series means to `commands/judging/trials.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.takeover import ALIVE, lock_of
from commands.judging import recorded_attack as attack_
from commands.judging import verdicts
from commands.judging.recorded_attack import Messages, Recorded
from config.clock import Clock
from config.policy import facts as facts_
from config.policy import sampling
from config.policy.rates import Trials
from config.program import ReplayTarget
from storage.database import Database, Work
from storage.models import Entry, Report
from storage.people import new_id
from storage.trials import Attempt, Kind, Series, Stand
from storage.vault import Box, Vault

STARTED: Final = "started"
COUNTED: Final = ("success", "failure")
DROPPED: Final = "dropped"
_SEEDS: Final = 2**31 - 1
_LOCKS = "replaying"  # folder of the data folder; its empty files stay, a removed one could be locked twice
_NO_SEEDS = "not taken"


class GoneError(Exception):
    """The report's texts were erased: nothing can be kept any more."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report as a run needs it: its row, its facts, its history, and the series made so far."""

    report: Report
    facts: Mapping[str, str] = field(repr=False)
    entries: tuple[Entry, ...]
    abandoned: tuple[tuple[int, bool], ...] = ()  # looks at a fix that nobody finished
    authors: frozenset[str] = frozenset()  # who made a fix of it, with every account of theirs

    @property
    def fixes(self) -> int:
        """How many fixes there were."""
        return sum(one.kind == "fix" for one in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which series is meant: of which report, on which target, of which kind, of which variant."""

    report: str
    target: str
    kind: Kind
    name: str = ""

    @property
    def lock(self) -> str:
        """A name that two runs of the same series share; it tells nothing of a variant."""
        return hashlib.sha256(json.dumps([self.report, self.target, self.kind.value, self.name]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Slot:
    """One attempt that was written down and is to be made."""

    number: int
    seed: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """What came of an attempt; of the answer nothing but its digest."""

    outcome: str
    sha256: str = ""
    ms: int = 0
    tokens: int = 0
    reason: str = ""


class Books:
    """The series of a database, as the harness keeps them."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        """`clock` is the one that the bot on this database goes by."""
        self.database, self.vault, self.clock = database, vault, clock

    async def case(self, report: str) -> Case | None:
        """Return a report with its opened facts; None when there is none, GoneError when its texts are erased."""
        async with self.database.read(self.clock.now()) as work:
            row = await work.reports.get(report)
            if row is None:
                return None
            if row.key is None or row.facts is None:
                raise GoneError
            box = self.vault.unlock(f"report|{row.id}", row.key)
            known, _ = facts_.opened(box.open_text("report", "facts", row.id, row.facts))
            return Case(row, known, tuple(await work.ledger.of(report)), tuple(await verdicts.abandoned(work, row)),
                        await verdicts.authors(work, row))

    async def person(self, platform: str, account: str) -> str:
        """Return the id of the person behind an account, nothing when nobody has it."""
        async with self.database.read(self.clock.now()) as work:
            found = await work.people.who(self.vault, platform, account)
            return found.id if found is not None else ""

    async def add_facts(self, report: str, given: Mapping[str, str]) -> dict[str, str]:
        """Keep what a file adds to a report's facts and return all of them; raises AttackError with nothing changed."""
        async with self.database.work(self.clock.now()) as work:
            row, box = await self._row(work, report)
            known, unclear = facts_.opened(box.open_text("report", "facts", row.id, row.facts or b""))
            fresh = attack_.added(known, given)
            if fresh:
                whole = known | fresh
                left = {name: said for name, said in unclear.items() if name not in fresh}
                row.facts = box.seal("report", "facts", row.id, facts_.stored(whole, left))
                await work.ledger.write("replay_facts", report=report, data={"fields": " ".join(sorted(fresh))})
            return known | fresh

    async def _row(self, work: Work, report: str) -> tuple[Report, Box]:
        row = await work.reports.get(report, locked=True)
        if row is None or row.key is None or row.facts is None:
            raise GoneError
        return row, self.vault.unlock(f"report|{row.id}", row.key)

    # -- series ------------------------------------------------------------------------------------------------

    async def find(self, wanted: Wanted) -> Book | None:
        """Return the open series that is meant."""
        async with self.database.read(self.clock.now()) as work:
            row = await work.reports.get(wanted.report)
            if row is None or row.key is None:
                return None
            box = self.vault.unlock(f"report|{row.id}", row.key)
            for one in await work.trials.standing(Stand.OPEN, report=wanted.report):
                if one.kind != wanted.kind or one.context is None:
                    continue
                context = json.loads(box.open_text("trial_series", "context", one.id, one.context))
                name = box.open_text("trial_series", "name", one.id, one.name) if one.name is not None else ""
                if (context.get("target"), name) == (wanted.target, wanted.name):
                    return await Book.opened(self, one, context, box, await work.trials.attempts(one.id))
        return None

    async def begin(
        self, wanted: Wanted, target: ReplayTarget, facts: Mapping[str, str], *, prompts: tuple[Messages, ...], planned: int,
        vary_seed: bool, person: str, round: int,
    ) -> Book:
        """Write down a new series with the number of its attempts, fixed before the first one."""
        test = attack_.of_facts(facts, prompts)
        context: dict[str, Any] = sampling.recorded(facts)
        context |= {"S02": target.model, "S03": f"api, {target.url}"}
        if vary_seed:
            context["S08"] = attack_.FRESH[0]
        alike = f"{wanted.report}|{sampling.canonical(context)}"
        if wanted.kind in attack_.BENIGN:  # another list of requests is another test
            alike += f"|{attack_.packed(prompts)}"
        if not target.seeds:
            context["seeds"] = _NO_SEEDS
        context |= {"target": wanted.target, "prompts": attack_.packed(test.prompts), "system": facts.get("S06", "")}
        async with self.database.work(self.clock.now()) as work:
            row, box = await self._row(work, wanted.report)
            identity = new_id("t")
            series = Series(
                id=identity, report_id=row.id, number=await work.trials.next_number(row.id),
                kind=wanted.kind.value, round=round, planned=planned, judge=test.judge.value,
                person_id=person, at=work.now, stand=Stand.OPEN.value, test=self.vault.blind("test", alike),
                context=box.seal("trial_series", "context", identity, json.dumps(context, ensure_ascii=False)))
            if wanted.name:
                series.name = box.seal("trial_series", "name", identity, wanted.name)
            if wanted.kind is Kind.AFTER and not row.planned:
                row.planned = planned
            work.session.add(series)
            await work.ledger.write("replay_begun", report=row.id, person=person,
                                    data={"series": identity, "kind": wanted.kind.value, "planned": planned})
        return await Book.opened(self, series, context, box, [])

    @asynccontextmanager
    async def alone(self, wanted: Wanted, data: Path) -> AsyncIterator[bool]:
        """Keep every other process from this series; yields whether that was possible. It is free once this process is dead."""
        if self.database.is_sqlite:
            with _file_lock(data / _LOCKS / wanted.lock[:40]) as ours:
                yield ours
            return
        engine = create_async_engine(self.database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        try:
            async with engine.connect() as connection:
                for one in ALIVE:
                    await connection.execute(text(f"SET {one}"))
                found = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": lock_of(f" replay {wanted.lock}")})
                yield bool(found.scalar())
        finally:
            await engine.dispose()


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


@dataclass(slots=True)
class Book:
    """One open series: what was made, what is written down and not made, and where the next one goes."""

    books: Books = field(repr=False)
    id: str
    report: str
    kind: Kind
    planned: int
    person: str
    test: Recorded
    box: Box = field(repr=False)
    context: dict[str, Any] = field(repr=False)
    left: list[Slot] = field(default_factory=list)  # written down, without an outcome
    made: dict[int, Made] = field(default_factory=dict)
    seeds: set[int] = field(default_factory=set)
    number: int = 0  # of the newest attempt

    @classmethod
    async def opened(cls, books: Books, series: Series, context: dict[str, Any], box: Box, attempts: list[Attempt]) -> Book:
        """Return a series with its attempts as they stand."""
        test = attack_.of_facts({name: said for name, said in context.items() if isinstance(said, str)},
                                attack_.unpacked(context["prompts"]))
        found = cls(books, series.id, series.report_id, Kind(series.kind), series.planned, series.person_id, test, box, context)
        for one in attempts:
            detail = json.loads(box.open_text("trial_attempt", "detail", one.id, one.detail)) if one.detail is not None else {}
            seed = detail.get("seed")
            found.number = max(found.number, one.number)
            if isinstance(seed, int):
                found.seeds.add(seed)
            if one.outcome == STARTED:
                found.left.append(Slot(one.number, seed))
            else:
                found.made[one.number] = Made(one.outcome, tokens=int(detail.get("tokens", 0)), reason=str(detail.get("reason", "")))
        return found

    @property
    def counted(self) -> int:
        """How many attempts count."""
        return sum(one.outcome in COUNTED for one in self.made.values())

    @property
    def successes(self) -> int:
        """How many were a success."""
        return sum(one.outcome == "success" for one in self.made.values())

    @property
    def reasons(self) -> dict[str, int]:
        """Why attempts were dropped, and how many."""
        return dict(Counter(one.reason for one in self.made.values() if one.outcome == DROPPED))

    @property
    def tokens(self) -> int:
        """What the series has used."""
        return sum(one.tokens for one in self.made.values())

    @property
    def count(self) -> Trials | None:
        """The count of a series whose attempts are all made."""
        return Trials(self.successes, self.counted) if self.counted == self.planned else None

    async def reserve(self) -> Slot:
        """Write down the next attempt with its seed, before anything is sent; raises GoneError."""
        slot = Slot(self.number + 1, self._seed())
        async with self.books.database.work(self.books.clock.now()) as work:
            report = await work.reports.get(self.report)
            series = await work.trials.get(self.id)
            if report is None or report.key is None or series is None or series.stand != Stand.OPEN or series.context is None:
                raise GoneError
            identity = f"{self.id}/{slot.number}"
            work.session.add(Attempt(id=identity, series_id=self.id, number=slot.number, at=work.now,
                                     detail=self._sealed(identity, {"seed": slot.seed}, version=1)))
        self.number = slot.number
        if slot.seed is not None:
            self.seeds.add(slot.seed)
        return slot

    def _seed(self) -> int | None:
        if self.context.get("seeds") == _NO_SEEDS:
            return None
        if self.test.seed is not None:
            return self.test.seed
        while (drawn := secrets.randbelow(_SEEDS)) in self.seeds:
            pass
        return drawn

    async def record(self, slot: Slot, made: Made) -> None:
        """Write down what came of an attempt, once; raises GoneError."""
        identity = f"{self.id}/{slot.number}"
        async with self.books.database.work(self.books.clock.now()) as work:
            row = await work.session.get(Attempt, identity)
            if row is None or row.detail is None:
                raise GoneError
            if row.outcome != STARTED:
                return
            detail = {"seed": slot.seed, "sha256": made.sha256, "ms": made.ms, "tokens": made.tokens, "reason": made.reason}
            row.outcome, row.at = made.outcome, work.now
            row.detail = self._sealed(identity, {name: said for name, said in detail.items() if said not in ("", None)}, version=2)
        self.made[slot.number] = made

    def _sealed(self, identity: str, detail: Mapping[str, object], *, version: int) -> Any:
        return self.box.seal("trial_attempt", "detail", identity, json.dumps(detail), version=version)

    async def close(self) -> bool:
        """Declare the series made, with the counts of what is written down; tells whether it was complete."""
        async with self.books.database.work(self.books.clock.now()) as work:
            series = await work.trials.get(self.id)
            if series is None or series.context is None:
                raise GoneError
            found = await work.trials.outcomes(self.id)
            k, n = found.get("success", 0), sum(found.get(one, 0) for one in COUNTED)
            if series.stand != Stand.OPEN or n != series.planned or found.get(STARTED):
                return series.stand in (Stand.CAME, Stand.DONE)
            series.k, series.n, series.dropped, series.stand = k, n, found.get(DROPPED, 0), Stand.CAME.value
            context = self.context | {"dropped": self.reasons}
            series.context = self.box.seal("trial_series", "context", self.id, json.dumps(context, ensure_ascii=False), version=2)
            series.at = work.now
        return True

    async def throw_away(self) -> None:
        """Have the series not count; its attempts stay on record."""
        async with self.books.database.work(self.books.clock.now()) as work:
            series = await work.trials.get(self.id)
            if series is not None and series.stand == Stand.OPEN:
                series.stand, series.dropped = Stand.VOID.value, sum(self.reasons.values())
                await work.ledger.write("replay_thrown_away", report=self.report, person=self.person,
                                        data={"series": self.id, "kind": self.kind.value, "attempts": len(self.made),
                                              "k": self.successes, "planned": self.planned})
