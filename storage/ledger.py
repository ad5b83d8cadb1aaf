"""The ledger: an append-only record, chained by hash, of what was done by whom.

Decides how an entry is chained and verified. Entries hold ids, digests and words of ours, never a report's text. An entry
with a key exists at most once: that is what makes a reminder go out once. What clocks and figures say is computed from
here, so it can be explained at any later day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import col, select

from storage.models import Entry
from storage.standing import standing

if TYPE_CHECKING:
    from storage.database import Work

GENESIS = "0" * 64
_CHAIN_LOCK = 7_204_113  # PostgreSQL advisory lock: one writer extends the chain at a time


def digest_of(entry: Entry) -> str:
    """Return the hash that binds an entry to everything before it."""
    content = [
        entry.number, entry.previous, entry.at.astimezone(UTC).isoformat(), entry.written_at.astimezone(UTC).isoformat(),
        entry.kind, entry.report_id, entry.person_id, entry.key, entry.data,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain breaks and how."""

    number: int
    what: str


class Ledger:
    """The record, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction that entries become part of."""
        self.work = work
        self._end: tuple[int, str] | None = None  # the newest entry, once this transaction alone may extend the chain
        self._of: dict[str, list[Entry]] = {}
        self.mine: list[Entry] = []  # what this transaction has written

    async def write(
        self,
        kind: str,
        *,
        report: str = "",
        person: str = "",
        at: datetime | None = None,
        key: str | None = None,
        data: Mapping[str, object] | None = None,
    ) -> Entry:
        """Append one entry; `at` is when it happened (now unless told)."""
        number, previous = await self._locked()
        entry = Entry(
            number=number + 1,
            previous=previous,
            digest="",
            at=at or self.work.now,
            written_at=self.work.now,
            kind=kind,
            report_id=report,
            person_id=person,
            key=key,
            data=json.dumps(dict(data or {}), ensure_ascii=False, sort_keys=True, default=str),
        )
        entry.digest = digest_of(entry)
        self.work.session.add(entry)
        self._end = (entry.number, entry.digest)
        self.mine.append(entry)
        if report in self._of:
            self._of[report].append(entry)
        return entry

    async def _locked(self) -> tuple[int, str]:
        """Return the end of the chain and keep everybody else from extending it until this transaction ends."""
        if self._end is None:
            if self.work.postgres:
                await self.work.session.execute(text(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})"))
            self._end = await self.head()
        return self._end

    async def once(self, key: str, kind: str, *, report: str = "", person: str = "", at: datetime | None = None,
                   data: Mapping[str, object] | None = None) -> bool:
        """Append an entry with a key unless there is one; tell whether it was new."""
        await self._locked()
        found = await self.work.session.execute(select(Entry.number).where(Entry.key == key))
        if found.first() is not None:
            return False
        await self.write(kind, report=report, person=person, at=at, key=key, data=data)
        return True

    async def of(self, report: str) -> list[Entry]:
        """Return a report's entries that stand, oldest first: what was undone is left out. Whatever decides reads this."""
        return standing(await self.written(report))

    async def written(self, report: str) -> list[Entry]:
        """Return every entry of a report, undone ones too, oldest first."""
        if report not in self._of:
            found = await self.work.session.execute(
                select(Entry).where(Entry.report_id == report).order_by(col(Entry.number))
            )
            self._of[report] = list(found.scalars())
        return list(self._of[report])

    async def keys(self, report: str) -> set[str]:
        """Return the keys that a report's entries hold: what was sent already."""
        return {entry.key for entry in await self.written(report) if entry.key}

    async def head(self) -> tuple[int, str]:
        """Return number and digest of the newest entry."""
        if self._end is not None:
            return self._end
        row = (
            await self.work.session.execute(select(Entry.number, Entry.digest).order_by(col(Entry.number).desc()).limit(1))
        ).first()
        return (row[0], row[1]) if row else (0, GENESIS)

    async def follow(self, *, last: int = 0) -> Chain:
        """Look at the newest `last` entries, or at all of them, and return what was found."""
        chain = Chain()
        start = (await self.head())[0] - last if last else 0
        if start > 0:
            before = await self.work.session.get(Entry, start)
            chain.number, chain.digest = start, before.digest if before is not None else ""
        async for entry in self.entries(after=max(0, start)):
            chain.add(entry)
        return chain

    async def entries(self, batch: int = 1000, *, after: int = 0) -> AsyncIterator[Entry]:
        """Yield every entry behind number `after` in order, a batch at a time."""
        last = after
        while True:
            found = await self.work.session.execute(
                select(Entry).where(col(Entry.number) > last).order_by(col(Entry.number)).limit(batch)
            )
            rows = list(found.scalars())
            for row in rows:
                yield row
            if len(rows) < batch:
                return
            last = rows[-1].number


@dataclass(slots=True)
class Chain:
    """Entries looked at one after another: where the last one ended and every break so far."""

    number: int = 0
    digest: str = GENESIS
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, entry: Entry) -> None:
        """Look at the next entry."""
        if entry.number != self.number + 1:
            self.faults.append(Fault(entry.number, f"follows number {self.number}"))
        if entry.previous != self.digest:
            self.faults.append(Fault(entry.number, "does not follow from the entry before it"))
        if digest_of(entry) != entry.digest:
            self.faults.append(Fault(entry.number, "was changed"))
        self.digest, self.number = entry.digest, entry.number
        self.count += 1


def verify(entries: Iterable[Entry]) -> list[Fault]:
    """Return every break of the chain: a changed, missing, added or reordered entry."""
    chain = Chain()
    for entry in entries:
        chain.add(entry)
    return chain.faults
