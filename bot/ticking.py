"""One tick: what the clock has to do now is started, each report's and each person's by a record of its own.

Decides what is looked at in a tick, and in which order: reports first, then people, so that everything that falls due for one
person at one instant is one message. What is due is decided by the policy, what happens then by `commands/watching/`; that it
happens once is written in the ledger there. So two processes may tick at once, late, or again after the clock was put back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlmodel import col, or_, select

from bot.renewing import Renewing
from commands.calls import Reply
from commands.desk import Desk
from commands.digest import spans
from commands.judging import regression_hits
from commands.notify import MORNING
from commands.watching.lists import BEFORE_DAYS_OFF, OWNER, stamp
from config.clock import Clock, SystemClock
from config.policy import calendar, pings
from storage import doors
from storage.blobs import Blobs
from storage.database import Database
from storage.models import Attachment, Report
from storage.pings import Ahead, Pings
from storage.trials import Stand

ANCHORS = "anchors.txt"
_DAILY = "daily"
_HOURLY = "hourly"
_AT_ONCE = 4  # records that are started side by side
_ROUNDS = 20  # of one tick; what is left then is the next tick's
_REST = timedelta(hours=1)  # before something that failed for good is tried again

log = logging.getLogger("harborlight.ticking")


class Running(Protocol):
    """What runs the clock's commands: the durable engine, or a simulation."""

    @property
    def clock(self) -> Clock:
        """The clock that all go by."""

    @property
    def database(self) -> Database:
        """The database."""

    @property
    def blobs(self) -> Blobs:
        """The files."""

    async def ask(self, line: str, *, key: str) -> Reply:
        """Run what the clock asks for, once under `key`."""

    async def keep_up(self) -> None:
        """Take over what was left behind."""

    async def forget(self, *, prefix: str = "", ids: list[str] | None = None) -> int:
        """Delete records by prefix or id."""

    async def forget_finished(self, before: datetime) -> int:
        """Delete the records of work that ended before an instant of the machine's own clock."""

    async def checkpoint(self) -> None:
        """Have what was deleted from the records gone from the disk."""


class Ticking:
    """Starts what is due."""

    def __init__(self, engine: Running, desk: Desk, *, data: Path, renewing: Renewing | None = None) -> None:
        """`engine` is at work; anchors of the ledger are written to the folder `data`; without `renewing` the key stays as it is."""
        self.engine, self.desk, self.data, self.renewing = engine, desk, data, renewing
        self._system = SystemClock()
        self._one = asyncio.Lock()
        self._known: dict[str, str] = {}  # how far the recurring work has come, as far as this process knows
        self._resting: dict[str, datetime] = {}  # what failed, and until when it is left alone

    async def tick(self) -> None:
        """Start everything that is due now, in order; returns when it was started."""
        async with self._one:
            await self.engine.keep_up()
            now = self.engine.clock.now()
            async with self.engine.database.read(now) as work:
                ahead = await Pings(work).ahead()
            if self.renewing is not None and (tells := await self.renewing.look(ahead.renewal, now)):
                await self._ask({"key": tells}, now)
            if ahead.beside:
                await self._came(now)
                await self._gate(now)
            if ahead.report is not None and ahead.report <= now:
                await self._reports(now)
            if ahead.waiting is not None and ahead.waiting <= now:
                await self._waiting(now)
            if ahead.doors:
                await self._doors(now)
            await self._people(now, ahead)
            await self._digest(now)
            await self._hourly(now)
            await self._daily(now)

    # -- in the order of a tick --------------------------------------------------------------------------------

    async def _came(self, now: datetime) -> None:
        """Have the reports take in the trials that the harness made beside us, also those of a time when no bot ran."""
        async with self.engine.database.read(now) as work:
            came = [(one.report_id, one.id) for one in await work.trials.standing(Stand.CAME)]
        await self._ask({f"{report}/{one}": f"trials-came report={report} series={one}" for report, one in came}, now)

    async def _gate(self, now: datetime) -> None:
        """Have reports opened for what a release gate told beside us."""
        async with self.engine.database.read(now) as work:
            found = await regression_hits.waiting(work)
        if found:
            await self._ask({"regression": "watch-regression"}, now)

    async def _reports(self, now: datetime) -> None:
        seen: set[str] = set()
        for _ in range(_ROUNDS):
            async with self.engine.database.read(now) as work:
                due = [report for report, _ in await work.reports.due(now) if report not in seen]
            seen.update(due)
            if not due:
                return
            await self._ask({report: f"watch-report report={report}" for report in due}, now)

    async def _waiting(self, now: datetime) -> None:
        for _ in range(_ROUNDS):
            await self._ask({"waiting": "watch-waiting"}, now)
            async with self.engine.database.read(now) as work:
                ahead = await Pings(work).ahead()
            if ahead.waiting is None or ahead.waiting > now:
                return

    async def _doors(self, now: datetime) -> None:
        """Have the programme open, a pause end and a rehearsal go away on their dates."""
        async with self.engine.database.read(now) as work:
            due = await doors.due(work)
            playing = await doors.play(work) if "cleared" in due else None
            left = playing is not None and await work.reports.on_the_way(playing.report)
        if due - {"cleared"}:
            await self._ask({"doors": "watch-doors"}, now)
        if playing is not None and not left:  # first its channel closes, then what is stored goes
            await self._purge(playing.report, now)
            await self._ask({"doors": "watch-rehearsal-gone"}, now)

    async def _people(self, now: datetime, ahead: Ahead) -> None:
        """Speak to people, in working hours only: what waited for them, and the lists that are due."""
        program = self.desk.program
        if not calendar.is_open(now, program.working):
            return
        lists = await self._undone(self._lists(now))
        if MORNING in lists:
            await self._ask({"key": "watch-key", "data-requests": "watch-data-requests", "buy-in": "watch-buy-in"}, now)
        async with self.engine.database.read(now) as work:
            people = set(await Pings(work).people_due())
            if lists:
                people.update(await work.people.staff())
        named = f" lists={','.join(lists)}" if lists else ""
        await self._ask({person: f"watch-person person={person}{named}" for person in sorted(people)}, now)
        await self._done(lists, now)

    def _lists(self, now: datetime) -> dict[str, str]:
        """Return the lists whose time has come today, each with the day or week it is for."""
        program = self.desk.program
        found = {MORNING: stamp(MORNING, now, program), OWNER: stamp(OWNER, now, program)}
        at = pings.weekend_list_on(calendar.local_day(now, program.working), program)
        if at is not None and at <= now:
            found[BEFORE_DAYS_OFF] = stamp(BEFORE_DAYS_OFF, now, program)
        return found

    async def _digest(self, now: datetime) -> None:
        program = self.desk.program
        due = {"digest": spans.last_week(now, program)[0], "digest-month": spans.last_month(now, program)[0]}
        names = {one: spans.name(stretch, program) for one, stretch in due.items()}
        if any(self._known.get(one, "") < name for one, name in names.items()) and await self._ask({"digest": "watch-digest"}, now):
            self._known |= names

    async def _hourly(self, now: datetime) -> None:
        """Once an hour: look whether what stands in public is still there."""
        if not any(map(self.desk.program.channels.door, self.desk.intake)):
            return
        hourly = await self._undone({_HOURLY: now.strftime("%Y-%m-%dT%H")})
        if hourly and await self._ask({"front-door": "watch-front-door"}, now):
            await self._done(hourly, now)

    async def _daily(self, now: datetime) -> None:
        """Once a day: anchor the ledger outside the database, and remove what was kept long enough."""
        day = calendar.local_day(now, self.desk.program.working).isoformat()
        daily = await self._undone({_DAILY: day})
        if not daily:
            return
        async with self.engine.database.read(now) as work:
            number, head = await work.ledger.head()
        await asyncio.to_thread(anchor, self.data / ANCHORS, day, number, head)
        await self._retention(now)
        await self._ask({"unreached": "watch-unreached"}, now)
        # The engine dates its records by the machine's clock, which nobody moves.
        await self.engine.forget_finished(self._system.now() - self.desk.program.retention.records)
        await self._done(daily, now)

    # -- retention ---------------------------------------------------------------------------------------------

    async def _retention(self, now: datetime) -> None:
        """Purge what was closed long enough ago: the key first, so that a purge that stops half-way has done its work."""
        before = now - self.desk.program.retention.closed
        async with self.engine.database.read(now) as work:
            found = await work.session.execute(
                select(Report.id).where(col(Report.closed_at) <= before, or_(col(Report.key).is_not(None), Report.channel != "")))
            reports = [report for (report,) in found]
        for report in reports:
            await self._purge(report, now)
        if reports:
            await self.engine.database.checkpoint()
            await self.engine.checkpoint()

    async def _purge(self, report: str, now: datetime) -> None:
        if not await self._ask({report: f"watch-shred report={report}"}, now):
            return
        async with self.engine.database.read(now) as work:
            found = await work.session.execute(select(Attachment.blob).where(Attachment.report_id == report))
            blobs = [name for (name,) in found]
        for name in blobs:
            await asyncio.to_thread(self.engine.blobs.shred, name)
        for prefix in (f"{report}/", f"then/{report}/", f"undelivered/{report}/", f"clock/{report}/"):
            await self.engine.forget(prefix=prefix)
        await self._ask({report: f"watch-purge report={report}"}, now)
        await self.engine.forget(prefix=f"clock/{report}/")

    # -- the means ---------------------------------------------------------------------------------------------

    async def _ask(self, lines: dict[str, str], now: datetime) -> bool:
        """Run clock commands, a few side by side; what fails for good is left alone for an hour. Tells whether all went well."""
        limit = asyncio.Semaphore(_AT_ONCE)
        token = secrets.token_hex(6)  # what was done is known by the ledger, so each tick may ask anew
        well = True

        async def one(name: str, line: str) -> None:
            nonlocal well
            if self._resting.get(line, now) > now:
                well = False
                return
            async with limit:
                reply = await self.engine.ask(line, key=f"{name}/{token}/{line.split(' ', 1)[0]}")
            if reply.code != "ok":
                well = False
                self._resting[line] = now + _REST
                log.warning("%s was refused: %s", line.split(" ", 1)[0], reply.code)

        self._resting = {line: until for line, until in self._resting.items() if now < until <= now + _REST}
        await asyncio.gather(*(one(name, line) for name, line in lines.items()))
        return well

    async def _undone(self, wanted: dict[str, str]) -> dict[str, str]:
        """Return what of recurring work is still to be done; the database is asked only when this process does not know."""
        left = {name: until for name, until in wanted.items() if self._known.get(name, "") < until}
        if left:
            async with self.engine.database.read(self.engine.clock.now()) as work:
                self._known |= await Pings(work).done()
            left = {name: until for name, until in left.items() if self._known.get(name, "") < until}
        return left

    async def _done(self, names: dict[str, str], now: datetime) -> None:
        if not names:
            return
        async with self.engine.database.work(now) as work:
            for name, until in names.items():
                await Pings(work).mark_done(name, until)
        self._known |= names


def anchor(path: Path, day: str, number: int, head: str) -> None:
    """Append one line to the file of anchors, `date number digest`, unless the day has one: file work, not the database's."""
    text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    if any(line.split(" ", 1)[0] == day for line in text.splitlines()):
        return
    with path.open("a", encoding="ascii") as file:
        file.write(f"{'' if not text or text.endswith(chr(10)) else chr(10)}{day} {number} {head}\n")
