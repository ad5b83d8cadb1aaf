"""G1, G7 and G13: the whole application, from an event to the committed report, and its start.

The application is opened in this process as `bot run` opens it, on a folder of its own; only the limits for one person are
lifted, so that one can send a hundred reports. A cold start is a process of its own.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import psutil
from dbos import DBOS, SetWorkflowID
from pydantic import SecretStr

from bot import app as app_
from bot import wire
from bot.schedule import Schedule
from commands.calls import Incoming
from commands.intake import messages as intake
from config import settings as settings_
from config.program import DEMO
from config.program import load as load_program
from config.settings import ROOT
from storage.database import Work
from tests import pgp
from tests.bench import opening
from tests.bench.store import Statements, beside, fill
from tests.bench.table import Row, Side, Size, ms

POLL = 0.15  # the product's own
PLENTY = 1_000_000


@asynccontextmanager
async def opened(data: Path, *, bits: int = 0, poll: float = POLL) -> AsyncIterator[app_.App]:
    """Open the application on a folder with a programme key of this kind."""
    program = load_program(DEMO)
    program = replace(program, intake=replace(program.intake, messages_per_minute=PLENTY, reports_per_hour=PLENTY))
    settings = settings_.load(data=data).model_copy(
        update={"program_key": SecretStr(base64.b64encode(opening.secret(bits)).decode())})
    async with app_.opened(settings, port=0, poll=poll, program=program) as app:
        yield app


class Sender:
    """Sends encrypted reports of 4 KB and sees them arrive."""

    def __init__(self, app: app_.App) -> None:
        self.app = app
        self.number = 0
        self.binary = pgp.encrypt(app.keys.home, [app.desk.key.fingerprint], opening.TEXT)
        self.text = pgp.armor(self.binary)

    def event(self) -> Incoming:
        """Return a new message; each comes in a conversation of its own, as from different people."""
        self.number += 1
        return Incoming(platform="local", event=str(self.number), person="researcher", name="Researcher", kind="message",
                        place="dm", conversation=f"dm-{self.number}", at=self.app.clock.now(), text=self.text)

    def reports(self, file: sqlite3.Connection) -> int:
        """Count what is committed."""
        return int(file.execute("SELECT count(*) FROM report").fetchone()[0])

    async def one(self, file: sqlite3.Connection, *, queued: bool) -> float:
        """Send one and return the seconds until its report is committed."""
        before, incoming = self.reports(file), self.event()
        start = time.perf_counter()
        if queued:
            await self.app.engine.receive(incoming)
        else:  # without the wait for the queue's turn: what the work itself takes
            with SetWorkflowID(self.app.engine.event_id(incoming)):
                await DBOS.start_workflow_async(self.app.engine._handle_workflow, wire.pack_incoming(incoming))
        while self.reports(file) == before:
            await asyncio.sleep(0.001)
        took = time.perf_counter() - start
        await self.app.engine.settled()
        return took


def g1(size: Size) -> list[Row]:
    """From the event to the committed report."""
    rows = asyncio.run(_alone(size, opening.RSA))
    rows += asyncio.run(_alone(size, 0))
    return rows + asyncio.run(_hundred(size))


async def _alone(size: Size, bits: int) -> list[Row]:
    async with opened(size.scratch / f"alone-{bits}", bits=bits) as app:
        sender = Sender(app)
        bare: list[float] = []
        work: list[float] = []
        lived: list[float] = []
        with closing(sqlite3.connect(app.settings.data / "harborlight.sqlite")) as file:
            for turn in range(size.rounds + 2):
                start = time.perf_counter()
                await asyncio.to_thread(opening.bare, app.keys.home, sender.binary)
                took = time.perf_counter() - start
                a, b = await sender.one(file, queued=False), await sender.one(file, queued=True)
                if turn >= 2:
                    bare.append(took)
                    work.append(a)
                    lived.append(b)
    base, own, seen = Side(tuple(bare)), Side(tuple(work)), Side(tuple(lived))
    name, asked = opening.NAMES[bits], bits == opening.RSA
    return [
        Row("G1", f"{name}: event to committed report / bare decrypt", f"{ms(own.median)} / {ms(base.median)}",
            f"{own.times(base):.2f}x", "<= 3x" if asked else "", own.times(base) <= 3 if asked else None),
        Row("G1", f"{name}: the same through the inbox, looked at every {POLL * 1000:.0f} ms", ms(seen.median),
            f"{seen.times(base):.1f}x"),
    ]


async def _hundred(size: Size) -> list[Row]:
    count = 40 if size.quick else 100
    async with opened(size.scratch / "hundred") as app:
        sender = Sender(app)
        with closing(sqlite3.connect(app.settings.data / "harborlight.sqlite")) as file:
            await sender.one(file, queued=True)
            before = sender.reports(file)
            events = [sender.event() for _ in range(count)]
            start = time.perf_counter()
            await asyncio.gather(*(app.engine.receive(one) for one in events))
            recorded = time.perf_counter() - start
            while sender.reports(file) < before + count:
                await asyncio.sleep(0.01)
            committed = time.perf_counter() - start
            for one in events:  # done once its effects are enqueued
                handle = await DBOS.retrieve_workflow_async(app.engine.event_id(one))
                await handle.get_result(polling_interval_sec=0.02)
            enqueued = time.perf_counter() - start
            left = len(await app.engine.unfinished())
        await app.engine.settled(most=120)
        everything = time.perf_counter() - start
    return [
        Row("G1", f"Curve25519, {count} in flight: reports with effects enqueued", f"{count / enqueued:.1f}/s", "", ">= 20/s",
            count / enqueued >= 20),
        Row("G1", f"{count} recorded / committed / all effects done", f"{recorded:.1f} / {committed:.1f} / {everything:.1f} s "
            f"({left} left when enqueued)"),
    ]


async def decision(size: Size) -> tuple[list[float], list[float], Statements]:
    """Return the seconds of the dispatcher's transaction on one encrypted report beside its bare statements."""
    async with opened(size.scratch / "whole") as app:
        sender = Sender(app)
        brought = await intake.bring(app.desk, app.keys.gpg, app.engine.blobs, text=sender.text, before=(), kept=(), files=())

        async def write(_: int) -> float:
            incoming = sender.event()
            start = time.perf_counter()
            async with app.database.work(app.clock.now()) as work:
                await app.engine.dispatch.run(Work(work.session, work.now), incoming, brought)
            return time.perf_counter() - start

        return await beside(app.database, app.settings.data / "harborlight.sqlite", write, rounds=size.rounds,
                            repeat=5 if size.quick else 15)


def g7(size: Size) -> list[Row]:
    """Jobs and restart, with no report and with many."""
    return asyncio.run(_g7(size))


async def _g7(size: Size) -> list[Row]:
    many = min(size.rows, 100_000)
    folders = {0: size.scratch / "none", many: size.scratch / "many"}
    async with opened(folders[0]):
        pass
    shutil.copytree(folders[0], folders[many])
    await fill(folders[many] / "harborlight.sqlite", many)
    jobs: dict[int, int] = {}
    took: dict[int, list[float]] = {count: [] for count in folders}
    for turn in range(min(size.rounds, 5) + 1):
        for count, folder in folders.items():
            start = time.perf_counter()
            async with opened(folder) as app:
                ready = time.perf_counter() - start
                schedule = Schedule(app.ticking.tick)
                schedule.start()
                jobs[count] = schedule.jobs
                schedule.stop()
            if turn:
                took[count].append(ready)
    none, full = (Side(tuple(one)) for one in took.values())
    return [
        Row("G7", f"scheduler jobs with {many:,} reports / with none", f"{jobs[many]} / {jobs[0]}", "", "< 10",
            jobs[many] < 10 and jobs[many] == jobs[0]),
        Row("G7", f"restart with {many:,} reports / with none", f"{ms(full.median)} / {ms(none.median)}", f"{full.times(none):.2f}x",
            "about 1x", full.times(none) <= 1.2),
    ]


_IMPORT = """
import gc, sys, time
start = time.perf_counter()
gc.disable()  # as bot/__main__.py does
import {modules}
print(time.perf_counter() - start, int("matplotlib" in sys.modules), flush=True)
"""


def g13(size: Size) -> list[Row]:
    """The start and what the process weighs."""
    rounds = min(size.rounds, 3)
    alone, loaded = _imported(rounds, "bot, bot.app, bot.cli")
    chat, chat_loaded = _imported(rounds, "bot, bot.app, bot.cli, slack_bolt.async_app, slack_bolt.adapter.socket_mode.aiohttp, discord")
    first: list[float] = []
    again: list[float] = []
    heavy: list[int] = []
    drawn = False
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=size.scratch) as folder:
            first.append(_started(Path(folder))[0])
            took, rss, plots = _started(Path(folder))
        again.append(took)
        heavy.append(rss)
        drawn = drawn or plots
    ready, made = statistics.median(again), statistics.median(first)
    weight = statistics.median(heavy) / (1 << 20)
    more = (chat[1] - alone[1]) / (1 << 20)
    return [
        Row("G13", "cold start until `local:` is printed", f"{ready:.2f} s", "", "< 2.0 s", ready < 2.0),
        Row("G13", "the same on an empty folder (keys and tables are made)", f"{made:.2f} s", "", "< 2.0 s", made < 2.0),
        Row("G13", "import of the bot (bot.app)", ms(alone[0]), "", "< 900 ms", alone[0] < 0.9),
        Row("G13", "resident memory, idle, local platform", f"{weight:.0f} MB", "", "< 150 MB", weight < 150),
        Row("G13", "with the libraries of Slack and Discord loaded beside", f"{weight + more:.0f} MB", "", "< 150 MB",
            weight + more < 150),
        Row("G13", "matplotlib loaded at start", "yes" if drawn or loaded or chat_loaded else "no", "", "no",
            not (drawn or loaded or chat_loaded)),
    ]


def _imported(rounds: int, modules: str) -> tuple[tuple[float, int], bool]:
    """Return the median seconds of an import in a fresh interpreter, its memory in bytes, and whether matplotlib came along."""
    seconds, sizes, plots = [], [], False
    for _ in range(rounds + 1):
        child = subprocess.Popen([sys.executable, "-c", _IMPORT.format(modules=modules) + "sys.stdin.read()"], cwd=ROOT,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        took, found = child.stdout.readline().split()
        seconds.append(float(took))
        sizes.append(psutil.Process(child.pid).memory_info().rss)
        plots = plots or found == "1"
        child.communicate("")
    return (statistics.median(seconds[1:]), int(statistics.median(sizes[1:]))), plots


def _started(data: Path) -> tuple[float, int, bool]:
    """Start the bot; return the seconds until it is ready, its memory once idle, and whether matplotlib is in it."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "bot", "run", "--port", "0", "--data", str(data)], cwd=ROOT,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        took = time.perf_counter() - start
        if not line.startswith("local:"):
            raise RuntimeError(f"the bot does not start: {child.communicate()[1][-300:]}")
        time.sleep(1.0)
        process = psutil.Process(child.pid)
        plots = any("matplotlib" in one.path for one in process.memory_maps())
        return took, process.memory_info().rss, plots
    finally:
        child.terminate()
        try:
            child.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()


