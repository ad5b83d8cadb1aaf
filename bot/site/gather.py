"""What the pages show, gathered from the database once and kept until something changed.

Decides what may reach a page at all: advisories that stand in public, thanks by consent, shares from five on, the public side of the
key. Nothing else of a report is read here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from commands.desk import Desk
from commands.outside import hall, kept
from commands.outside.hall import Hall
from commands.outside.kept import Kept
from config.clock import Clock
from config.policy.advisory import Advisory
from storage.database import Database

_COUNTED_AGAIN: Final = timedelta(minutes=10)  # shares of 90 days change slowly, and counting them reads many histories
_LOOKED_AGAIN: Final = 1.0  # seconds between two looks at whether something changed


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The programme's key as it is shown."""

    fingerprint: str
    armored: str
    expires_at: datetime | None
    older: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the policy as it was announced."""

    version: str
    on: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that any page shows, as it stood at one instant."""

    at: datetime
    head: int  # the newest entry of the ledger
    key: PublicKey
    policy: str
    policies: tuple[Edition, ...]  # that were announced, the newest first
    advisories: tuple[Advisory, ...]
    hall: Hall
    kept: Kept

    def advisory(self, identity: str) -> Advisory | None:
        """Return an advisory by its id."""
        return next((one for one in self.advisories if one.id == identity), None)


class Gathering:
    """Looks at most once a second whether something changed, and reads it then; callers at the same time share one look."""

    def __init__(self, database: Database, desk: Desk, clock: Clock, *, again: float = _LOOKED_AGAIN) -> None:
        """`again` is the least time between two looks, in seconds."""
        self._database, self._desk, self._clock, self._again = database, desk, clock, again
        self._lock = asyncio.Lock()
        self._content: Content | None = None
        self._looked = float("-inf")

    async def now(self) -> Content:
        """Return what the pages show now."""
        content = self._content
        if content is not None and asyncio.get_running_loop().time() - self._looked < self._again:
            return content
        async with self._lock:
            if self._content is not None and asyncio.get_running_loop().time() - self._looked < self._again:
                return self._content
            self._content = await self._look(self._content)
            self._looked = asyncio.get_running_loop().time()
            return self._content

    async def _look(self, before: Content | None) -> Content:
        desk, at = self._desk, self._clock.now()
        key = PublicKey(desk.key.fingerprint, desk.key.armored, desk.key.expires_at, desk.key.older)
        async with self._database.read(at) as work:
            head = (await work.ledger.head())[0]
            same_day = before is not None and before.at.astimezone(desk.program.tz).date() == at.astimezone(desk.program.tz).date()
            fresh = before is not None and at - before.kept.period.until < _COUNTED_AGAIN
            if before is not None and (before.head, before.key, before.policy) == (head, key, desk.policy) and same_day and fresh:
                return before
            shares = before.kept if before is not None and fresh else await kept.counted(work, desk.program)
            policies = tuple(Edition(one.version, date.fromisoformat(one.date), one.text) for one in await work.publishing.policies())
            return Content(at=at, head=head, key=key, policy=desk.policy, policies=policies, kept=shares, hall=await hall.gathered(work, desk),
                           advisories=tuple(await work.publishing.public(desk.vault)))
