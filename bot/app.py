"""Puts the pieces together, runs them in one task group, and stops them cleanly.

Decides the order up and the order down. Only this may launch the durable engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from sqlalchemy.exc import DBAPIError

from bot import keys as keys_
from bot.engine import Engine
from bot.keys import Keys, StartError
from bot.lines import listened
from bot.platforms.local import PEOPLE, Local
from bot.platforms.port import Platform
from bot.platforms.serving import listening, serve
from bot.renewing import Renewing
from bot.schedule import TICK_SECONDS, Schedule
from bot.site import opening as site_
from bot.takeover import Seat
from bot.ticking import Ticking
from bot.versions import refuse_foreign
from commands import modules, people
from commands.desk import Desk
from commands.dispatch import Dispatch
from commands.outside import policy
from commands.registry import Registry
from commands.wording import tools
from commands.wording.policy_lint import line, policy_errors
from commands.wording.policy_text import filled
from config import rubric
from config.clock import Clock, SystemClock
from config.placing import Placing, placed, tokens_of
from config.policy import calendar
from config.policy.policy_lint import ERROR, Around, lint
from config.program import DEMO, Program, ProgramError
from config.program import load as load_program
from config.settings import ROOT, Settings
from storage import doors
from storage.blobs import Blobs
from storage.database import Database
from storage.migrate import MigrationError, migrate
from storage.vault import Vault

_CATCH_UP = 60.0  # seconds

Part = Literal["all", "web", "worker"]

log = logging.getLogger("harborlight")


class Stop(Exception):  # noqa: N818  not an error: somebody asked the bot to end
    """Ends the task group."""


@dataclass(slots=True)
class App:
    """The bot, put together and launched."""

    settings: Settings
    program: Program
    database: Database
    vault: Vault
    keys: Keys
    desk: Desk
    engine: Engine
    platforms: dict[str, Platform]
    ticking: Ticking
    clock: Clock

    @property
    def local(self) -> Local:
        """The local platform; raises LookupError where the bot runs on another one."""
        found = self.platforms.get("local")
        if not isinstance(found, Local):
            raise LookupError("there is no local platform here")
        return found

    async def listen(self, platform: Platform) -> None:
        """Take what a platform says, in turn with the other processes where only one may; until cancelled."""
        async def receive() -> None:
            await platform.receive(self.engine.receive, lambda one: self.engine.mark(platform.name, one),
                                   lambda: self.engine.known(platform.name))

        await (listened(self.database, platform.name, receive) if platform.limits.one_line else receive())


def read_program(settings: Settings) -> Program:
    """Return the programme; raises StartError with every problem in it."""
    try:
        return load_program(settings.program or DEMO)
    except ProgramError as wrong:
        raise StartError("The programme file has problems:\n" + "\n".join(f"  {one}" for one in wrong.problems)) from None


def hold(data: Path, *, alone: bool = True) -> IO[str]:
    """Hold the data folder for this process; raises StartError when another one runs on it.

    With `alone=False` several may: on PostgreSQL they share the folder (blobs, the local world) and the database, where
    each holds its own name.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (data / "running").open("a+")
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StartError(f"Another process runs on {data}. Stop it first, or give this one its own --data.") from None
    return file


@dataclass(frozen=True, slots=True)
class Chosen:
    """The platforms that are open, the clock that all go by, and what happens where."""

    platforms: dict[str, Platform]
    clock: Clock
    placing: Placing


@asynccontextmanager
async def _slack(settings: Settings, clock: Clock) -> AsyncIterator[Platform]:
    from bot.platforms.slack.adapter import CannotStartError, Slack  # a chat library is loaded only where it is used

    slack = Slack.of(settings, clock)
    try:
        await slack.open()
    except CannotStartError as wrong:
        raise StartError(str(wrong)) from None
    try:
        yield slack
    finally:
        await slack.close()


@asynccontextmanager
async def _discord(settings: Settings, clock: Clock) -> AsyncIterator[Platform]:
    from bot.platforms.discord.adapter import CannotStartError, Discord

    server = Discord.of(settings, clock, Registry.of(modules()))
    try:
        await server.open()
    except CannotStartError as wrong:
        raise StartError(str(wrong)) from None
    try:
        yield server
    finally:
        await server.close()


Opener = Callable[[Settings, Clock], AbstractAsyncContextManager[Platform]]

# How each platform that is connected by a token is opened; the local one is opened in `chosen`.
OPENERS: dict[str, Opener] = {"slack": _slack, "discord": _discord}


def placing(settings: Settings, program: Program) -> Placing:
    """Return what happens on which platform; raises StartError when the programme names one without a token."""
    try:
        return placed(program, [one for one in tokens_of(settings) if one in OPENERS])
    except ProgramError as wrong:
        raise StartError("The programme does not fit the settings:\n" + "\n".join(f"  {one}" for one in wrong.problems)) from None


@asynccontextmanager
async def chosen(settings: Settings, program: Program, *, port: int, system: Clock) -> AsyncIterator[Chosen]:
    """Open every platform that the settings or the programme name, local without any; raises StartError with what to do.

    Where the local platform is open all go by its clock, which can be moved.
    """
    found = placing(settings, program)
    clock, platforms = system, dict[str, Platform]()
    async with contextlib.AsyncExitStack() as stack:
        if "local" in found.opened:
            alone = found.opened == ("local",)  # beside others the port is for what they are sent from outside
            local = Local(settings.data / "local.sqlite", port=port if alone else 0, system=system, sent_limit=program.intake.sent)
            await local.open()
            stack.push_async_callback(local.close)
            clock, platforms["local"] = local.clock, local
        for name in found.opened:
            if name in OPENERS:
                platforms[name] = await stack.enter_async_context(OPENERS[name](settings, clock))
        yield Chosen(platforms, clock, found)


def policy_file(settings: Settings) -> Path:
    """Return where the policy stands: beside the programme's own file, or ours with the programme's names and numbers."""
    own = settings.program.with_name("policy.md") if settings.program is not None else None
    return own if own is not None and own.is_file() else ROOT / "config" / "policy.md"


def make_desk(settings: Settings, program: Program, vault: Vault, keys: Keys, *, at: Placing) -> Desk:
    """Return what outlives a call; `at` says which platforms are open and what happens on which."""
    policy = filled(policy_file(settings).read_text(encoding="utf-8"), program, fingerprint=keys.public.fingerprint,
                    rubric=rubric.current().version)
    return Desk(program=program, vault=vault, key=keys.public, registry=Registry.of(modules()), policy=policy, demo=settings.demo,
                triage_platform=at.triage, platforms=at.opened, intake=at.intake, kit=settings.kit_confirmed,
                own_master_key=not keys_.is_demo_key(settings))


def refuse_mode(settings: Settings, program: Program) -> None:
    """Raise StartError where a real programme promises a mode of reading that is not built: nobody could read a report there."""
    if not settings.demo and program.mode != "open":
        raise StartError(tools.mode_not_built(program.mode))


def refuse_policy(settings: Settings, desk: Desk, now: datetime) -> None:
    """Raise StartError with every error of a real programme's policy, unless the settings take it as it is."""
    if settings.demo or settings.policy_anyway:
        return
    found = lint(desk.policy, Around(program=desk.program, today=calendar.local_day(now, desk.program.working),
                                     fingerprint=desk.key.fingerprint, expires=desk.key.expires_at, now=now, rubric=rubric.current().version))
    wrong = [line(one) for one in found if one.level == ERROR]
    if wrong:
        raise StartError(policy_errors(wrong))


@asynccontextmanager
async def opened(
    settings: Settings, *, port: int = 8420, system: Clock | None = None, poll: float = 0.15, program: Program | None = None,
    deliver: bool = True,
) -> AsyncIterator[App]:
    """Bring everything up to the launched engine, in order, and take it down again in the other.

    Without `deliver` this process records and answers; another one performs what follows.
    """
    async with contextlib.AsyncExitStack() as stack:
        program = program or read_program(settings)
        refuse_mode(settings, program)
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        held = hold(settings.data, alone=database.is_sqlite)
        stack.callback(held.close)
        seat = Seat(database, settings.executor_id)
        stack.push_async_callback(seat.leave)
        await seat.take()
        async with seat.alone():
            vault = keys_.open_vault(settings)
            await refuse_foreign(settings.data, database)
            try:
                await migrate(database)
            except MigrationError as wrong:
                raise StartError(str(wrong)) from None
            found = await stack.enter_async_context(chosen(settings, program, port=port, system=system or SystemClock()))
            platforms, clock, at = found.platforms, found.clock, found.placing
            await keys_.check_canary(database, vault, clock.now())
            keys = await keys_.open_keys(settings, database, vault, clock, opened_limit=program.intake.opened)
            stack.callback(keys.close)
            desk = make_desk(settings, program, vault, keys, at=at)
            refuse_policy(settings, desk, clock.now())
            async with database.work(clock.now()) as work:
                demo_people = [(one.id, one.name, one.roles) for one in PEOPLE] if settings.demo and at.triage == "local" else []
                await people.seed(work, vault, demo_people, admin=settings.admin)
                await people.seed_once(work, vault, settings.roles)
                await policy.first(work, desk)
                if not settings.demo:
                    await doors.begin(work)
        dispatch = Dispatch(desk)
        system_url = database.url.set(drivername="postgresql+psycopg") if not database.is_sqlite else (
            database.url.set(drivername="sqlite", database=str(settings.data / "engine.sqlite")))
        engine = Engine(database=database, system_url=system_url, vault=vault, dispatch=dispatch, clock=clock,
                        blobs=Blobs(settings.data / "blobs", vault), gpg=keys.gpg, platforms=platforms,
                        seat=seat, poll=poll, deliver=deliver, encrypt=keys.encrypt)
        await stack.enter_async_context(engine)
        await engine.keep_up()
        ticking = Ticking(engine, desk, data=settings.data, renewing=Renewing(database, keys))
        local = platforms.get("local")
        if isinstance(local, Local):
            local.listener.home = engine.receive
            local.listener.moved = ticking.tick
        yield App(settings, program, database, vault, keys, desk, engine, platforms, ticking, clock)


async def run(
    settings: Settings, *, port: int = 8420, part: Part = "all", ready: Callable[[str, str], None] | None = None,
    site_port: int | None = None,
) -> None:
    """Run the bot, or a part of it, until it is told to stop by SIGTERM or SIGINT; raises StartError when it cannot start.

    Behind a load balancer several `web` take requests while `worker` do the work, on one PostgreSQL database.
    """
    if part == "web" and settings.database.startswith("sqlite"):
        raise StartError("DATABASE_URL: several processes share one PostgreSQL database. On SQLite start `run`.")
    announce = ready or (lambda _name, _address: None)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    async with opened(settings, port=0 if part == "web" else port, deliver=part != "web") as app:  # there the port is for the outside
        schedule = Schedule(app.ticking.tick)
        try:
            async with asyncio.TaskGroup() as group:
                for platform in app.platforms.values():
                    if part != "web" or not platform.limits.one_line:  # that line is for a process that works
                        group.create_task(app.listen(platform))
                if "local" in app.platforms:
                    group.create_task(app.local.serve(stop))
                if part != "worker":
                    own = [site for one in app.platforms.values() if (site := one.site()) is not None]
                    pages = site_.pages(app)
                    if own or part == "web":
                        at = listening("0.0.0.0", port)  # noqa: S104  requests come from outside: pages, and what a platform signs
                        group.create_task(serve(site_.beside(own[0], pages) if own else pages, at, stop))
                        announce("http", f"port {at.getsockname()[1]}")
                    if part == "all":
                        pages_at = site_.place(site_port)
                        group.create_task(serve(pages, pages_at, stop))
                if part != "web":
                    group.create_task(_tick(app.engine, schedule))
                group.create_task(_until(stop))
                group.create_task(_until(app.engine.seat.lost))
                for name in app.platforms:
                    announce(name, app.local.address if name == "local" else "connected")
                if part == "all":
                    announce("site", f"http://127.0.0.1:{pages_at.getsockname()[1]}")
        except* Stop:
            log.info("stopping")
        finally:
            schedule.stop()
        if app.engine.seat.lost.is_set():
            raise StartError("Another process took the name of this one while the database was away. Start it again.")


async def _tick(engine: Engine, schedule: Schedule) -> None:
    """Let the clock act once what people said while the bot was away is handled: a late answer counts before a silence.

    A platform that cannot be reached must not stop the clock for ever.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CATCH_UP):
            for platform in engine.platforms.values():
                await platform.caught_up.wait()
            while not await _handled(engine):
                with contextlib.suppress(DBAPIError):
                    await engine.keep_up()  # what was said may be in the hands of a process that was killed meanwhile
    schedule.start()


async def _handled(engine: Engine) -> bool:
    try:
        await engine.settled(most=TICK_SECONDS, of="in/")
    except TimeoutError:
        return False
    return True


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
    raise Stop


def quiet_logs() -> None:
    """Send our own log to standard error in one line each, and keep the libraries' details out."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("harborlight").setLevel(logging.INFO)
    for name in ("gnupg", "apscheduler", "sqlalchemy", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


