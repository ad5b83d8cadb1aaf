"""One run of one clock: how far it has come, through pauses, a moved date and a change of length.

It decides when a share of the length is used up and whether a promise was missed on the way. Which events
start, pause and stop a clock is decided in config/policy/history.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from config.policy import calendar
from config.program import Length, WorkingTime


class ClockName(StrEnum):
    """The eleven clocks, and after them what else the programme waits for."""

    ACKNOWLEDGE = "acknowledge"
    FIRST_RESPONSE = "first-response"
    TRIAGE = "triage"
    MITIGATION = "mitigation"
    REMEDIATION = "remediation"
    VERIFICATION = "verification"
    RETEST = "retest"
    UPDATE = "update"
    EMBARGO = "embargo"
    PUBLISH = "publish"
    EXPLOITED = "exploited"

    QUESTION = "question"
    CLOSING = "closing"
    PROPOSAL = "proposal"
    DELIVERY = "delivery"
    STOP_GAP = "stop-gap"
    DECISION = "embargo-decision"  # whether an embargo holds although attacks are seen
    VENDORS = "vendor-notice"  # other vendors are told, and have their notice


class Why(StrEnum):
    """Why a clock does not run for a while."""

    QUESTION = "question"  # the researcher has been asked something
    CHECKING = "checking"  # a fix was thought to be ready
    AGREEMENT = "agreement"  # the researcher has not agreed to publish
    NOTICE = "notice"  # other vendors have their notice


# After what others held back is free: the time in which somebody does it. A promise cannot be due before it can be kept.
DOING: Final = Length(timedelta(days=1), business=True)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch that a clock does not count, or in which it lies with others; `until` is None while it lasts."""

    since: datetime
    until: datetime | None
    why: Why = Why.QUESTION


@dataclass(slots=True, kw_only=True)
class Run:
    """A clock while its history is read; `promised` dates ignore later grants of more time."""

    name: ClockName
    key: str
    started: datetime
    length: Length
    working: WorkingTime
    known_at: datetime  # when the present due time came about
    pauses: list[Pause] = field(default_factory=list)
    stopped: datetime | None = None
    stopped_by: str = ""
    fulfilled: bool = False  # stopped by what the clock waits for, not because nobody waits any more
    missed_due: datetime | None = None
    grants: int = 0
    granted: tuple[datetime, datetime] | None = None  # when more time was granted, and until when
    cap: datetime | None = None  # a date that comes first when it is earlier
    extra: timedelta = timedelta(0)  # what an extension added to the length
    holds: tuple[Pause, ...] = ()  # stretches in which it lies with others: its time runs, and it is due after them at the earliest

    def reach(self, share: float = 1.0, *, promised: bool = False) -> datetime | None:
        """When a share of the length is used up; None while a pause keeps that open, or others keep the whole from being due."""
        found = self._reach(share, promised=promised)
        if found is None or share < 1.0:
            return found
        for hold in sorted(self.holds, key=lambda one: one.since):
            if hold.since <= found:
                if hold.until is None:
                    return None
                found = max(found, calendar.after(hold.until, DOING, self.working))
        return found

    def _reach(self, share: float, *, promised: bool) -> datetime | None:
        if self.granted and not promised:
            since, until = self.granted
            return self._count(since, Length(until - since), share)
        end = self._count(self.started, self.length, share)
        if self.cap is None:
            return end
        capped = self.started + (self.cap - self.started) * share
        return capped if end is None else min(end, capped)

    def _count(self, cursor: datetime, length: Length, share: float) -> datetime | None:
        need = length.span * share
        for pause in self.pauses:
            if pause.until is not None and pause.until <= cursor:
                continue
            end = calendar.after(cursor, Length(need, length.business), self.working)
            if end <= pause.since:
                return end
            need -= calendar.passed(cursor, pause.since, length, self.working)
            if pause.until is None:
                return None
            cursor = pause.until
        return calendar.after(cursor, Length(need, length.business), self.working)

    def pause(self, at: datetime, why: Why = Why.QUESTION) -> None:
        """Stops counting at an instant."""
        self._look_back(at)
        self.pauses.append(Pause(at, None, why))

    def resume(self, at: datetime) -> None:
        """Counts on from an instant."""
        if self.pauses and self.pauses[-1].until is None:
            self.pauses[-1] = Pause(self.pauses[-1].since, at, self.pauses[-1].why)
            self.known_at = at

    def change(self, at: datetime, length: Length) -> None:
        """Gives the clock another length from its original start; a grant of more time is void."""
        if length == self.length:
            return
        self._look_back(at)
        self.length, self.granted, self.known_at = length, None, at

    def grant(self, at: datetime, until: datetime) -> None:
        """Moves the date; what was promised before stays the measure of the figures."""
        self._look_back(at)
        self.granted, self.known_at, self.grants = (at, until), at, self.grants + 1

    def limit(self, at: datetime, cap: datetime | None) -> None:
        """Sets the date that comes first when it is earlier."""
        if cap != self.cap:
            self._look_back(at)
            self.cap, self.known_at = cap, at

    def held(self, at: datetime, holds: tuple[Pause, ...]) -> None:
        """Says in which stretches it lies with others, in place of what was said of that before."""
        if holds != self.holds:
            self._look_back(at)
            before = self.reach()
            self.holds = holds
            if self.reach() != before:
                self.known_at = at

    def stop(self, at: datetime, by: str, *, fulfilled: bool = True) -> None:
        """Ends the run, for good unless it is taken up again."""
        self._look_back(at)
        self.resume(at)
        self.stopped, self.stopped_by, self.fulfilled = at, by, fulfilled

    def revive(self, at: datetime) -> None:
        """Lets a stopped run go on as if it had not stopped."""
        self.stopped, self.stopped_by, self.fulfilled, self.known_at = None, "", False, at

    def take_up(self, at: datetime) -> None:
        """Lets a stopped run go on; the time since it stopped is not counted."""
        if self.stopped is not None:
            self.pauses.append(Pause(self.stopped, at, Why.CHECKING))
            self.revive(at)

    def _look_back(self, at: datetime) -> None:
        due = self.reach(promised=True)
        if self.missed_due is None and due is not None and due < at:
            self.missed_due = due
