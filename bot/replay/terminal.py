"""A run of the harness on the terminal: what is asked before it, what is shown meanwhile, how it ends.

Decides the exit codes: 0 all attempts are made, 1 it ended before, 2 it cannot be run so, 130 somebody stopped it. Attack and
answers stand in memory, an answer on the terminal only where a person judges it. Leaves the run to `run.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot import cli_show as show
from bot.cli_frame import FAILED, STOPPED, UNUSABLE
from bot.replay import plan
from bot.replay.endpoint import Answer, Endpoint
from bot.replay.judges import PatternError, Said, opened
from bot.replay.plan import Asked, Plan, PlanError
from bot.replay.run import IN_A_ROW, SLOW, Ending, Limits, Run
from bot.replay.series import Book
from commands.judging.recorded_attack import WITH_FIX, AttackError, Judge
from commands.wording import replay as wording
from config import settings as settings_
from storage.trials import Kind

_KEYS: Final = {"y": Said.SUCCESS, "n": Said.FAILURE, "s": Said.DROP, "q": Said.STOP}
_LINE: Final = "─" * 60


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is shown."""

    shown: bool
    yes: bool
    json: bool


def asked(
    *, report: str, target: str, n: int | None, kind: str, name: str, file: Path | None, concurrency: int | None, budget: int | None,
    timeout: float | None, go_on: bool, throw_away: bool, vary_seed: bool, by: str,
) -> Asked:
    """Return what somebody typed, `timeout` in seconds, as it is meant."""
    return Asked(
        report=report.strip().upper(), target=target, n=n, kind=Kind(kind.replace("-", "_")), name=" ".join(name.split()), file=file,
        concurrency=concurrency, budget=budget, timeout=timedelta(seconds=timeout) if timeout else None, go_on=go_on,
        throw_away=throw_away, vary_seed=vary_seed, by=by)


def run(settings: settings_.Settings, what: Asked, look: Look) -> int:
    """Make a run and return the exit code."""
    try:
        return asyncio.run(_replay(settings, what, look))
    except PatternError:
        show.note(wording.cannot_judge())
    except (PlanError, AttackError, settings_.SettingsError) as wrong:
        show.note(_why(what, wrong))
    return UNUSABLE


def _why(what: Asked, wrong: PlanError | AttackError | settings_.SettingsError) -> str:
    match wrong:
        case PlanError():
            return wrong.sentence
        case AttackError() if what.file is not None and wrong.of_file:
            return wording.file_wrong(wrong.problems)
    return wording.cannot_run(what.report, wrong.problems)


async def _replay(settings: settings_.Settings, what: Asked, look: Look) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    keys = _Keys()
    async with plan.opened(settings, what) as desk:
        key = settings_.replay_key(what.target)
        async with desk.books.alone(desk.wanted, settings.data) as ours:
            if not ours:
                raise PlanError(wording.running())
            if what.throw_away:
                show.line(wording.thrown_away(await desk.throw_away()))
                return 0
            made = await desk.plan()

            async def ask(number: int, answer: Answer) -> Said:
                return await _person(keys, book, number, answer, stop)

            async with opened(made.test, ask) as judge:  # a pattern that cannot be used is known before anything is begun
                show.note(_about(desk.wanted.kind, made))
                if not look.yes and not await _agreed(keys, stop):
                    return STOPPED if stop.is_set() else UNUSABLE
                book = await desk.book(made)
                if look.shown and book.kind in WITH_FIX:
                    show.note(wording.HIDDEN)
                limits = Limits.of(made.target, what.budget)
                async with Endpoint(made.target, key, desk.books.clock) as endpoint:
                    with _progress(book, what.target, look) as told:
                        ended = await Run(book, endpoint, judge, limits, stop=stop, told=told).go()
    _report(book, ended, limits, look)
    return {Ending.COMPLETE: 0, Ending.STOPPED: STOPPED}.get(ended, FAILED)


# -- before ---------------------------------------------------------------------------------------------------------


def _about(kind: Kind, made: Plan) -> str:
    return wording.about_to(
        made.report, kind.value, made.target.name, made.target.model, urlsplit(made.target.url).netloc, planned=made.planned,
        left=made.planned - made.counted, tokens=made.tokens)


async def _agreed(keys: _Keys, stop: asyncio.Event) -> bool:
    """Ask before anything is sent; nobody to ask is a no."""
    if not sys.stdin.isatty():
        show.note(wording.ADD_YES)
        return False
    show.console(error=True).print(show.words(wording.GO_ON), end="")
    if (await keys.line(stop)).strip().lower() in ("y", "yes"):
        return True
    show.note(wording.REMOTE)
    return False


# -- meanwhile ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _progress(book: Book, target: str, look: Look) -> Iterator[Callable[[], None]]:
    """Show how far a run is; how often it worked only where looking early does no harm, and somebody asked for it."""
    hidden = not look.shown or book.kind in WITH_FIX
    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[far]}", markup=False),
        TimeElapsedColumn(), console=show.console(error=True), transient=True,
        disable=book.test.judge is Judge.PERSON or not sys.stderr.isatty())

    def far() -> str:
        return wording.so_far(book.counted, book.planned, sum(book.reasons.values()), None if hidden else book.successes)

    with bar:
        task = bar.add_task(wording.progress(book.report, target), total=book.planned, completed=book.counted, far=far())
        yield lambda: bar.update(task, completed=book.counted, far=far())


async def _person(keys: _Keys, book: Book, number: int, answer: Answer, stop: asyncio.Event) -> Said:
    """Show one answer, made harmless, and return what the person says of it."""
    out = show.console(error=True)
    out.print(show.words(wording.to_judge(number, book.counted, book.planned), "bold"))
    out.print(show.words(wording.criterion(book.test.criterion), "dim"))
    out.print(show.words(f"{_LINE}\n{answer.text}\n{_LINE}"))
    while not stop.is_set():
        out.print(show.words(wording.PERSON_KEYS), end="")
        try:
            said = (await keys.line(stop)).strip().lower()[:1]
        except EOFError:
            break
        if said in _KEYS:
            return _KEYS[said]
    return Said.STOP


class _Keys:
    """Lines of standard input, read beside the run: a read that never ends must not keep the process from ending."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] | None = None

    async def line(self, stop: asyncio.Event) -> str:
        """Return the next line, nothing once the run is stopped; raises EOFError when input has ended."""
        if self._lines is None:
            self._lines = asyncio.Queue()
            loop = asyncio.get_running_loop()
            threading.Thread(target=_read, args=(loop, self._lines), daemon=True).start()
        reading, stopping = asyncio.ensure_future(self._lines.get()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                return ""
            if (found := reading.result()) is None:
                raise EOFError
            return found
        finally:
            reading.cancel()
            stopping.cancel()


def _read(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
    # Not through sys.stdin: its lock, held by a thread that waits, would break the end of the interpreter.
    rest = b""
    with contextlib.suppress(OSError, RuntimeError):  # no input at all, or the loop has ended
        while chunk := os.read(0, 4096):
            *whole, rest = (rest + chunk).split(b"\n")
            for one in whole:
                loop.call_soon_threadsafe(lines.put_nowait, one.decode("utf-8", "replace"))
        if rest:
            loop.call_soon_threadsafe(lines.put_nowait, rest.decode("utf-8", "replace"))
        loop.call_soon_threadsafe(lines.put_nowait, None)


# -- at the end -----------------------------------------------------------------------------------------------------


def _report(book: Book, ended: Ending, limits: Limits, look: Look) -> None:
    count = book.count if ended is Ending.COMPLETE else None
    reasons = book.reasons
    if look.json:
        # An open verification shows no successes: whoever looks early and stops when it looks good is the one we guard against.
        show.as_json({
            "report": book.report, "series": book.id, "kind": book.kind.value, "target": book.context["target"], "ending": ended.value,
            "planned": book.planned, "attempts": book.counted, "successes": count.k if count else None,
            "dropped": dict(sorted(reasons.items())), "tokens": book.tokens})
        return
    if count is not None:
        show.line(wording.complete(book.report, book.kind.value, count), "bold")
        show.line(f"  {wording.interval(count)}")
    else:
        most = max(reasons, key=lambda one: reasons[one], default="")
        show.note(wording.ended_early(
            ended.value, counted=book.counted, planned=book.planned, row=IN_A_ROW, why=wording.reason(most), tokens=limits.tokens,
            attempts=limits.attempts, slow=SLOW))
    if reasons:
        show.line(f"  {wording.dropped(reasons)}")
    if count is not None:
        show.line(f"  {wording.TAKEN_IN}")
