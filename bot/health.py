"""Doctor: what is well with an installation and what is not, each with what to do.

Decides what is looked at and how bad it is. Only looks: it makes nothing, takes no lock, never launches the
durable engine, and works beside a running bot. Sentences are in `commands/wording/doctor.py`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from bot import doing, examine, health_discord, health_signing, health_size, health_slack, versions
from bot import keys as keys_
from bot.keys import StartError
from commands.history import facts_of
from commands.upkeep import DEAD, OVERDUE
from commands.wording import doctor as wording
from commands.wording import going_live
from commands.wording import silence as wording_silence
from commands.wording import tools as wording_tools
from commands.wording import versions as wording_versions
from config import program as program_
from config import settings as settings_
from config.clock import Clock
from config.placing import placed, tokens_of
from config.policy import deadlines, silence
from config.program import Program
from config.settings import Settings
from storage import anchors as anchors_
from storage import doors
from storage import migrate as migrate_
from storage.database import Database, Work
from storage.figures_house import encrypted_since
from storage.models import Delivery

State = Literal["ok", "warn", "fail"]
_VERIFIED = 1000  # newest entries
_SOON = timedelta(days=60)
_LONG_PAUSE = timedelta(days=30)
_SLOW, _STUCK = timedelta(minutes=10), timedelta(hours=1)
_LITTLE, _LEAST = 1 << 30, 100 << 20  # bytes of free disk
_NAMED = 5
_CARDS = ("refresh", "edit", "erase")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, how it is, in words, and what to do; `facts` are for programs."""

    name: str
    state: State
    text: str
    hint: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


async def doctor(data: Path | None, *, system: Clock | None = None) -> list[Check]:
    """Look at everything that can be looked at; what rests on something that failed is left out.

    `system` is the clock of the machine.
    """
    try:
        settings = settings_.load(data=data)
    except settings_.SettingsError as wrong:
        return [Check("settings", "fail", "; ".join(wrong.problems), wording.SETTINGS_HINT)]
    return [one async for one in _all(settings, system)]


async def _all(settings: Settings, system: Clock | None) -> AsyncIterator[Check]:
    yield Check("settings", "ok", wording.SETTINGS_GOOD)
    try:
        program = program_.load(settings.program or program_.DEMO)
    except program_.ProgramError as wrong:
        yield Check("programme", "fail", "; ".join(wrong.problems), wording.PROGRAM_HINT)
        return
    yield Check("programme", "ok", wording.programme(program.name, program.version))
    try:
        placed(program, tokens_of(settings))
    except program_.ProgramError as wrong:
        yield Check("platforms", "fail", "; ".join(wrong.problems), wording.PROGRAM_HINT)
    clock = examine.clock_of(settings, system)
    if settings.signing_key is not None:
        state, words, hint = await health_signing.looked_at(settings.signing_key.get_secret_value(), clock.now())
        yield Check("signing key", state, words, hint)
    if settings.slack_bot_token is not None:
        async for name, words, hint in health_slack.looked_at(settings, program):
            yield Check(name, "fail" if hint else "ok", words, hint)
    if settings.discord_token is not None:
        async for name, words, hint in health_discord.looked_at(settings, program):
            yield Check(name, "fail" if hint else "ok", words, hint)
    if not settings.data.is_dir():
        yield Check("data", "fail", f"{settings.data} is missing", wording.START_HINT)
        return
    yield _data(settings.data)
    yield _running(settings.data)
    database = Database(settings.database)
    try:
        async for one in _kept(_Looking(settings, program, database, clock)):
            yield one
    finally:
        await database.close()
    yield _disk(settings.data)


def _data(data: Path) -> Check:
    if data.stat().st_mode & 0o077:
        return Check("data", "warn", f"{data} {wording.DATA_OPEN}", wording.DATA_OPEN_HINT)
    return Check("data", "ok", f"{data} {wording.DATA_GOOD}")


def _running(data: Path) -> Check:
    if not doing.running(data):
        return Check("bot", "ok", wording.STOPPED, facts={"running": False})
    try:
        address = doing.find(data).address
    except doing.NotRunningError:
        address = ""
    words = f"{wording.RUNNING} {address}".removesuffix("at ").strip()
    return Check("bot", "ok", words, facts={"running": True, "address": address})


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(data).free
    state: State = "fail" if free < _LEAST else "warn" if free < _LITTLE else "ok"
    return Check("disk", state, wording.disk(free), wording.DISK_HINT, {"free": free})


@dataclass(frozen=True, slots=True)
class _Looking:
    """What the checks of the database have in their hands."""

    settings: Settings
    program: Program
    database: Database
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now()


async def _kept(at: _Looking) -> AsyncIterator[Check]:
    """Look at the database and everything in it."""
    try:
        examine.check_made(at.settings, at.database)
        old = await migrate_.pending(at.database)
    except StartError as wrong:
        yield Check("database", "fail", str(wrong), wording.START_HINT)
        return
    except (DBAPIError, OSError) as wrong:
        yield Check("database", "fail", wording.not_looked_at(type(wrong).__name__), wording.DATABASE_HINT)
        return
    except migrate_.MigrationError as wrong:
        yield Check("schema", "fail", str(wrong), wording.SCHEMA_NEW_HINT)
        return
    yield Check("database", "ok", f"{at.database.url.get_backend_name()} {wording.DATABASE_GOOD}")
    if old:
        yield Check("schema", "fail", wording.SCHEMA_OLD, wording.SCHEMA_HINT)
        return
    yield Check("schema", "ok", wording.SCHEMA_GOOD)
    for name, look in _LOOKS.items():
        try:
            yield await look(at)
        except StartError as wrong:
            yield Check(name, "fail", str(wrong), _HINTS.get(name, wording.CHECK_HINT))
        except Exception as wrong:  # its text could hold what a stranger wrote
            yield Check(name, "fail", wording.not_looked_at(type(wrong).__name__), wording.CHECK_HINT)


async def _master(at: _Looking) -> Check:
    await examine.check_sealed(at.database, keys_.open_vault(at.settings), at.now)
    return Check("master key", "ok", wording.MASTER_GOOD)


async def _key(at: _Looking) -> Check:
    async with examine.program_keys(at.settings, at.program, at.clock) as keys:
        public = keys.public  # opened: a message to itself was encrypted and opened again
    if public.expires_at is None:
        return Check("programme key", "ok", f"{public.grouped} {wording.KEY_FOREVER}")
    left = public.expires_at - at.now
    state: State = "fail" if left <= timedelta() else "warn" if left <= _SOON else "ok"
    return Check("programme key", state, wording.key(public.grouped, public.expires_at, left),
                 wording.EXPIRY_HINT, {"fingerprint": public.fingerprint, "days": left.days})


async def _ledger(at: _Looking) -> Check:
    found = await asyncio.to_thread(anchors_.read, at.settings.data / anchors_.FILE)
    async with at.database.read(at.now) as work:
        number, digest = await work.ledger.head()
        chain = await work.ledger.follow(last=_VERIFIED)
        wrong = await anchors_.differing(work, found)
    facts = {"entries": number, "head": digest, "anchors": len(found)}
    if chain.faults:
        first = chain.faults[0]
        return Check("ledger", "fail", wording.broken(first.number, first.what), wording.LEDGER_HINT, facts)
    if wrong:
        one, there = wrong[0]
        words = wording_tools.anchor_differs(one.day) if there else wording_tools.anchor_missing(one.day)
        return Check("ledger", "fail", wording.broken(one.number, words), wording.LEDGER_HINT, facts)
    return Check("ledger", "ok", wording.entries(number, chain.count, digest), facts=facts)


async def _marks(at: _Looking) -> Check:
    limit = at.now - OVERDUE
    async with at.database.read(at.now) as work:
        late = [one for report, _ in await work.reports.due(limit) for one in await _unsent(work, at, report, limit)]
    if not late:
        return Check("marks", "ok", wording.MARKS_GOOD, facts={"unsent": []})
    words = wording.overdue(late[:_NAMED], max(0, len(late) - _NAMED))
    return Check("marks", "fail", words, wording.MARKS_HINT, {"unsent": late})


async def _unsent(work: Work, at: _Looking, report: str, limit: datetime) -> list[str]:
    """Return the marks of a report that were due by `limit` and have no entry in the ledger."""
    sent = {key.removeprefix(f"{report}/") for key in await work.ledger.keys(report)}
    history = facts_of(await work.ledger.of(report))
    due = deadlines.due_marks(history, at.program, now=limit, sent=sent)
    return [f"{report}/{mark.key}" for mark in due.serve]


async def _dead(at: _Looking) -> Check:
    async with at.database.read(at.now) as work:
        rows = (await work.session.execute(
            select(Delivery.kind, func.count()).where(col(Delivery.state).in_(DEAD))
            .group_by(Delivery.kind))).all()
    cards = sum(number for kind, number in rows if kind in _CARDS)
    messages = sum(number for _, number in rows) - cards
    if not rows:
        return Check("dead letters", "ok", wording.DEAD_GOOD, facts={"messages": 0, "cards": 0})
    # A card that shows an older state harms nobody who waits; a message that is lost does.
    return Check("dead letters", "fail" if messages else "warn", wording.dead(messages, cards), wording.DEAD_HINT,
                 {"messages": messages, "cards": cards})


async def _queue(at: _Looking) -> Check:
    async with at.database.read(at.now) as work:
        number, oldest = (await work.session.execute(
            select(func.count(), func.min(Delivery.at)).where(Delivery.state == "queued"))).one()
    if not number:
        return Check("queue", "ok", wording.QUEUE_GOOD, facts={"queued": 0})
    age = max(timedelta(), at.now - oldest)
    state: State = "fail" if age > _STUCK else "warn" if age > _SLOW else "ok"
    return Check("queue", state, wording.queue(number, age), wording.QUEUE_HINT,
                 {"queued": number, "oldest_seconds": int(age.total_seconds())})


async def _records(at: _Looking) -> Check:
    found = await versions.unfinished(at.settings.data, at.database)
    number = versions.foreign(found)
    if number:
        return Check("records", "fail", wording_versions.found(number), wording_versions.HINT, {"unfinished": found})
    return Check("records", "ok", wording_versions.GOOD, facts={"unfinished": found})


async def _intake(at: _Looking) -> Check:
    periods = silence.quiet_periods(at.now)
    async with at.database.read(at.now) as work:
        quiet = silence.Quiet(*[await encrypted_since(work, since, until) for since, until in periods])
    facts = {"recent": quiet.recent, "before": quiet.before, "days": quiet.days}
    if quiet.suspicious:
        return Check("intake", "warn", wording_silence.sentence(quiet), wording_silence.HINT, facts)
    return Check("intake", "ok", wording_silence.heard(quiet), facts=facts)


async def _size(at: _Looking) -> Check:
    words, facts = await health_size.looked_at(at.settings.data, at.program, at.database, at.now)
    return Check("size", "ok", words, facts=facts)


async def _opening(at: _Looking) -> Check:
    """Look whether reports are taken; a pause of more than a month is a closed programme that does not say so."""
    async with at.database.read(at.now) as work:
        now = await doors.standing(work, keys_.open_vault(at.settings))
    long = now.pause is not None and now.pause.until - now.pause.since > _LONG_PAUSE
    facts = {"live": now.live, "paused_until": now.pause.until.isoformat() if now.pause is not None else ""}
    return Check("opening", "warn" if long else "ok", going_live.in_health(now, at.program.tz) or wording.OPEN, wording.PAUSE_HINT, facts)


_LOOKS: dict[str, Callable[[_Looking], Awaitable[Check]]] = {
    "master key": _master, "programme key": _key, "ledger": _ledger, "marks": _marks, "dead letters": _dead,
    "queue": _queue, "records": _records, "intake": _intake, "opening": _opening, "size": _size,
}
_HINTS = {"master key": wording.MASTER_HINT, "programme key": wording.KEY_HINT}
