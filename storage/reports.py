"""Questions about reports, named as the questions they answer, and the rows that belong to one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, update
from sqlmodel import col, select

from config.policy.states import DONE
from storage.models import (
    HELD,
    UNSENT,
    Conversation,
    Delivery,
    Entry,
    Lane,
    Member,
    Passage,
    Proposal,
    Report,
    Setting,
    Step,
    Waiting,
)

if TYPE_CHECKING:
    from storage.database import Work

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U


def draw_id() -> str:
    """Return a random report id, which tells nobody how many reports there are."""
    return "AIV-" + "".join(secrets.choice(_ALPHABET) for _ in range(5))


def draw_receipt() -> str:
    """Return a receipt code of 16 digits."""
    return "".join(secrets.choice("0123456789") for _ in range(16))


class Reports:
    """The questions, inside one transaction."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    async def fresh_id(self) -> str:
        """Return an id that no report has; it is drawn again on collision."""
        while True:
            drawn = draw_id()
            if await self.work.session.get(Report, drawn) is None:
                return drawn

    async def get(self, report: str, *, locked: bool = False) -> Report | None:
        """Return the report; `locked` keeps other writers away from it until the transaction ends.

        It is read anew then: what was known of it before the lock may be what somebody else has changed meanwhile.
        """
        if locked and self.work.postgres:
            found = await self.work.session.execute(
                select(Report).where(Report.id == report).with_for_update().execution_options(populate_existing=True))
            return found.scalars().first()
        return await self.work.session.get(Report, report)

    async def beginning_with(self, start: str, *, most: int = 3) -> list[Report]:
        """Return up to `most` reports whose id begins with `start`."""
        found = await self.work.session.execute(
            select(Report).where(col(Report.id).startswith(start, autoescape=True)).limit(most))
        return list(found.scalars())

    async def of_channel(self, platform: str, channel: str) -> Report | None:
        """Return the report whose triage channel this is."""
        found = await self.work.session.execute(
            select(Report).where(Report.triage_platform == platform, Report.channel == channel))
        return found.scalars().first()

    async def of_person(self, person: str, *, open_only: bool = False) -> list[Report]:
        """Return a reporter's reports, newest first."""
        query = select(Report).where(Report.person_id == person)
        if open_only:
            query = query.where(col(Report.state).not_in([s.value for s in DONE]))
        found = await self.work.session.execute(query.order_by(col(Report.received_at).desc()))
        return list(found.scalars())

    async def received_since(self, person: str, instant: datetime) -> int:
        """Return how many reports a person sent since an instant."""
        found = await self.work.session.execute(
            select(func.count()).select_from(Report).where(Report.person_id == person,
                                                           col(Report.opened_at) > instant))
        return int(found.scalar_one())

    async def open(self) -> list[Report]:
        """Return every report that is not done, oldest first."""
        found = await self.work.session.execute(
            select(Report).where(col(Report.state).not_in([s.value for s in DONE])).order_by(
                col(Report.received_at)))
        return list(found.scalars())

    async def on_roster(self, person: str, *, open_only: bool = False, closed: bool = False) -> list[Report]:
        """Return the reports whose roster somebody is on, oldest first: those whose channel is still open, or all with `closed`."""
        done = [s.value for s in DONE] if open_only else [] if closed else ["closed"]
        found = await self.work.session.execute(
            select(Report).join(Member, col(Member.report_id) == col(Report.id)).where(
                Member.person_id == person, col(Report.state).not_in(done)).distinct().order_by(col(Report.received_at)))
        return list(found.scalars())

    async def due(self, now: datetime, *, most: int = 500) -> Sequence[tuple[str, datetime]]:
        """Return the reports on which the clock has something to do now, most urgent first."""
        found = await self.work.session.execute(
            select(Report.id, Report.next_due_at).where(
                col(Report.next_due_at).is_not(None), col(Report.next_due_at) <= now
            ).order_by(col(Report.next_due_at)).limit(most))
        return [(row[0], row[1]) for row in found]

    async def next_due(self) -> tuple[str, datetime] | None:
        """Return the report whose clock has something to do next, and when."""
        found = await self.work.session.execute(
            select(Report.id, Report.next_due_at).where(col(Report.next_due_at).is_not(None)).order_by(
                col(Report.next_due_at)).limit(1))
        row = found.first()
        return (row[0], row[1]) if row else None

    async def passages(self, report: str) -> list[Passage]:
        """Return what was said about a report, in order."""
        found = await self.work.session.execute(
            select(Passage).where(Passage.report_id == report).order_by(col(Passage.number)))
        return list(found.scalars())

    async def next_number(self, report: str) -> int:
        """Return the number of a report's next passage."""
        found = await self.work.session.execute(
            select(func.max(Passage.number)).where(Passage.report_id == report))
        return int(found.scalar_one_or_none() or 0) + 1

    async def proposals(self, report: str) -> list[Proposal]:
        """Return the first signatures on a report that wait for a second one."""
        found = await self.work.session.execute(
            select(Proposal).where(Proposal.report_id == report, Proposal.state == "open",
                                   col(Proposal.lapses_at) > self.work.now).order_by(col(Proposal.at)))
        return list(found.scalars())

    async def erase_steps(self, report: str) -> None:
        """Destroy what is kept of a report's steps; the numbers of what was taken back stay, because figures leave it out."""
        await self.work.session.execute(update(Step).where(col(Step.report_id) == report).values(before=None))

    async def forget_steps(self, report: str) -> None:
        """Remove the steps of a report that stand; figures go on leaving out what was taken back."""
        await self.work.session.execute(delete(Step).where(col(Step.report_id) == report, col(Step.undone_at).is_(None)))

    async def conversation(self, key: str) -> Conversation:
        """Return how far a conversation is handled; `key` is its keyed hash."""
        found = await self.work.session.get(Conversation, key)
        if found is None:
            found = Conversation(id=key)
            self.work.session.add(found)
        return found

    async def waiting(self, conversation: str, kind: str) -> list[Waiting]:
        """Return what waits in a conversation: parts of a block, or clear text awaiting a choice."""
        found = await self.work.session.execute(
            select(Waiting).where(Waiting.conversation == conversation, Waiting.kind == kind,
                                  col(Waiting.key).is_not(None)).order_by(col(Waiting.number), col(Waiting.at)))
        return list(found.scalars())

    async def expired(self, *, most: int = 200) -> list[Waiting]:
        """Return what has waited long enough."""
        found = await self.work.session.execute(
            select(Waiting).where(col(Waiting.expires_at) <= self.work.now).order_by(col(Waiting.expires_at)).limit(most))
        return list(found.scalars())

    async def delivery(self, key: str) -> Delivery | None:
        """Return what became of an effect or a card."""
        return await self.work.session.get(Delivery, key)

    async def deliveries(self, keys: Iterable[str]) -> dict[str, Delivery]:
        """Return what became of several effects or cards, by their keys."""
        found = await self.work.session.execute(select(Delivery).where(col(Delivery.key).in_(list(keys))))
        return {row.key: row for row in found.scalars()}

    async def on_the_way(self, report: str) -> bool:
        """Return whether something of a report is still to be delivered."""
        found = await self.work.session.execute(
            select(Delivery.key).where(Delivery.report_id == report, Delivery.state == "queued").limit(1))
        return found.first() is not None

    async def sent_in(self, lane: str, *, most: int = 100) -> list[Delivery]:
        """Return what was last sent in a lane."""
        found = await self.work.session.execute(
            select(Delivery).where(Delivery.lane == lane, col(Delivery.state).in_(("done", UNSENT)), col(Delivery.ref).is_not(None)).order_by(
                col(Delivery.done_at).desc()).limit(most))
        return list(found.scalars())

    async def opening(self, platform: str, channel: str) -> Delivery | None:
        """Return what became of the opening of a report's channel, the last time where it was opened again."""
        found = await self.work.session.execute(
            select(Delivery).join(Report, col(Report.id) == col(Delivery.report_id)).where(
                Report.triage_platform == platform, Report.channel == channel,
                or_(col(Delivery.kind) == "open_channel", and_(col(Delivery.kind) == "reopen_channel", col(Delivery.ref).is_not(None)))
            ).order_by(col(Delivery.at).desc(), col(Delivery.kind).desc()))
        return found.scalars().first()

    async def dead_letters(self) -> set[str]:
        """Return the keys of the effects and cards that were refused, or hold their lane."""
        found = await self.work.session.execute(select(Delivery.key).where(col(Delivery.state).in_(("refused", HELD))))
        return set(found.scalars())

    async def next_in_lane(self, lane: str) -> int:
        """Return the next sequence number of a lane."""
        return (await self.next_in_lanes([lane]))[0]

    async def next_in_lanes(self, lanes: Sequence[str]) -> list[int]:
        """Return the next sequence number for each of these; the rows keep commit order across workers."""
        query = select(Lane).where(col(Lane.name).in_(set(lanes))).order_by(col(Lane.name))
        if self.work.postgres:
            query = query.with_for_update()
        rows = {row.name: row for row in (await self.work.session.execute(query)).scalars()}
        numbers = []
        for lane in lanes:
            row = rows.get(lane)
            if row is None:
                row = rows[lane] = Lane(name=lane)
                self.work.session.add(row)
            row.sequence += 1
            numbers.append(row.sequence)
        return numbers

    async def of_receipt(self, receipt: str) -> Report | None:
        """Return the report with that keyed hash of a receipt code."""
        found = await self.work.session.execute(select(Report).where(Report.receipt == receipt))
        return found.scalars().first() if receipt else None

    async def entries_since(self, kind: str, person: str, instant: datetime) -> int:
        """Return how often somebody did something since an instant."""
        found = await self.work.session.execute(
            select(func.count()).select_from(Entry).where(Entry.kind == kind, Entry.person_id == person,
                                                          col(Entry.at) > instant))
        return int(found.scalar_one())

    async def setting(self, name: str) -> Setting | None:
        """Return a fact of the installation."""
        return await self.work.session.get(Setting, name)


def short_digest(text: str) -> str:
    """Return a digest of words of ours, to recognise the same line again."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]

