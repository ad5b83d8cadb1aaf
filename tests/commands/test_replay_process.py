"""The harness as a process of its own beside the bot: killed, told to stop, gone on with, taken in; and what it leaves nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.replay.run import Ending
from bot.replay.series import Books
from commands.wording import replay as wording
from config.program import DEMO
from storage.models import Report
from storage.trials import Attempt, Series, Stand
from tests.commands.process import command, environment
from tests.commands.replaying import ATTACK, KEY, PATTERN, house
from tests.nursery import Born, born
from tests.process import until
from tests.replay_standin import Standin
from tests.world import World, world

pytestmark = pytest.mark.slow
FILE = f'''text = "{ATTACK}"
system = "CANARY-SYSTEM be kind"
criterion = "CANARY-CRITERION names a step"
judge = "regular expression"
match = '{PATTERN}'
[sampling]
temperature = 0.7
'''


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin() as found:
        yield found


class Terminal:
    """Runs `replay` on the data folder of a world."""

    def __init__(self, folder: Path, standin: Standin, report: str) -> None:
        self.folder, self.report, self.data = folder, report, folder / "data"
        program = folder / "program.toml"
        program.write_text(DEMO.read_text("utf-8") + f'\n[replay.the-lab]\nurl = "{standin.url}"\nmodel = "m"\nretries = 1\n', "utf-8")
        self.env = {"HARBORLIGHT_PROGRAM": str(program), "HARBORLIGHT_MASTER_KEY": (self.data / "master.key").read_text().strip(),
                    "HARBORLIGHT_PROGRAM_KEY": "x", "HARBORLIGHT_ADMIN": "local:admin", "REPLAY_KEY_THE_LAB": KEY}
        self.file = folder / "attack.toml"
        self.file.write_text(FILE)

    def words(self, *more: str) -> list[str]:
        return ["replay", self.report, "--target", "the-lab", "--data", str(self.data), *more]

    def start(self, *more: str) -> Born:
        with (self.folder / "log").open("a") as log:
            return born([*self.words(*more), "--yes"], env=environment(**self.env), stderr=log.fileno())

    async def runs(self, *more: str) -> tuple[int, str]:
        one = self.start(*more)
        said = await asyncio.to_thread(one.stdout.read)
        return await asyncio.to_thread(one.wait, 30), said

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


async def kept(here: World, report: str) -> tuple[Report, list[tuple[Series, list[Attempt], list[dict[str, Any]]]]]:
    async with here.app.database.read(here.clock.now()) as work:
        row = await work.reports.get(report)
        assert row is not None
        box = here.app.vault.unlock(f"report|{report}", row.key)
        found = []
        for one in await work.trials.standing(*Stand, report=report):
            attempts = await work.trials.attempts(one.id)
            found.append((one, attempts, [json.loads(box.open_text("trial_attempt", "detail", each.id, each.detail or b""))
                                          for each in attempts]))
        return row, found


async def test_a_run_that_is_killed_goes_on_and_the_running_bot_takes_it_in(world: World, tmp_path: Path, standin: Standin) -> None:
    report = await world.researcher.sends_report("It tells apprentices everything.", worked="3 of 10")
    terminal = Terminal(tmp_path, standin, report)
    started = terminal.start("--attack", str(terminal.file), "--n", "40")
    await asyncio.to_thread(until, lambda: len(standin.requests) >= 12, what="twelve attempts")
    standin.hold()
    await asyncio.to_thread(until, lambda: standin._at_once == 4, what="four at once")
    assert (await terminal.runs("--continue"))[0] == 2
    assert wording.running() in terminal.log
    os.kill(started.pid, signal.SIGKILL)
    assert await asyncio.to_thread(started.wait, 30) == -signal.SIGKILL
    standin.release()
    _, ((series, attempts, details),) = await kept(world, report)
    left = {detail["seed"] for one, detail in zip(attempts, details, strict=True) if one.outcome == "started"}
    assert series.stand == Stand.OPEN
    assert len(left) == 4  # in flight

    standin.hold(at=25)  # or a fast machine is done before it is asked to end
    going = terminal.start("--continue")
    await asyncio.to_thread(until, lambda: len(standin.requests) >= 25, what="more attempts")
    going.terminate()
    standin.release()
    assert await asyncio.to_thread(going.wait, 30) == 130
    code, said = await terminal.runs("--continue", "--json")
    assert code == 0, terminal.log
    row, ((series, attempts, details),) = await kept(world, report)
    seeds = [detail["seed"] for detail in details]
    assert len(seeds) == len(set(seeds)) == 40
    assert {one.outcome for one in attempts} == {"success", "failure"}
    k = sum(map(standin.worked, seeds))
    assert (series.k, series.n, series.dropped) == (k, 40, 0)
    found = json.loads(said)
    assert (found["ending"], found["successes"], found["attempts"], found["planned"]) == ("complete", k, 40, 40)
    asked = Counter(standin.seeds())
    assert asked.keys() == set(seeds)
    assert left <= {seed for seed, times in asked.items() if times > 1} <= left | set(seeds)
    assert sum(asked.values()) <= 40 + len(left) + 8

    assert row.ours_n == -1
    await world.app.ticking.tick()
    await world.settled()
    row, ((series, _, _),) = await kept(world, report)
    assert (row.ours_k, row.ours_n, series.stand) == (k, 40, Stand.DONE)
    assert any(f"{k} of 40" in one for one in await world.lead.bot_texts(world.channel(report)))
    entries = len(await world.lead.bot_texts(world.channel(report)))
    await world.app.ticking.tick()
    await world.settled()
    assert len(await world.lead.bot_texts(world.channel(report))) == entries


async def test_what_was_made_while_no_bot_ran_is_taken_in_at_its_start_and_no_word_stands_anywhere(
    tmp_path: Path, standin: Standin,
) -> None:
    async with world(tmp_path) as here:
        report = await here.researcher.sends_report("It tells apprentices everything.", worked="3 of 10")
    terminal = Terminal(tmp_path, standin, report)
    standin.fault("500", 1)
    standin.fault("broken", 2)
    code, said = await terminal.runs("--attack", str(terminal.file))
    assert code == 0, terminal.log
    counted = sum(map(standin.worked, standin.seeds(answered=True)))
    assert f"{counted} of 33 attempts" in said
    assert wording.dropped({"broken": 2}) in said
    assert len(standin.requests) == 33 + 3
    standin.fault("400", 99)
    assert (await terminal.runs("--n", "50"))[0] == 1
    assert "HTTP 400" in terminal.log
    assert (await terminal.runs("--throw-away"))[0] == 0

    async with world(tmp_path) as here:
        await here.app.ticking.tick()
        await here.settled()
        row, found = await kept(here, report)
        assert (row.ours_k, row.ours_n) == (counted, 33)
        assert sorted(one.stand for one, _, _ in found) == [Stand.DONE, Stand.VOID]
        case = await Books(here.app.database, here.app.vault, here.clock).case(report)
        assert case is not None
        assert case.facts["attack"] == ATTACK
        await here.app.database.checkpoint()
        await here.app.engine.checkpoint()
    looked = [one for one in (tmp_path / "data").rglob("*") if one.is_file()]
    assert {"harborlight.sqlite", "engine.sqlite"} <= {one.name for one in looked}
    words = [b"CANARY-", ATTACK.encode(), PATTERN.encode(), KEY.encode(), b"turn the handle", b"I cannot help"]
    for one in [*looked, tmp_path / "log"]:
        data = one.read_bytes()
        assert not [word for word in words if word in data], one.name
    assert not any(word.decode() in said for word in words)


async def test_a_verification_shows_no_count_before_its_end(world: World, tmp_path: Path, standin: Standin) -> None:
    report = await world.researcher.sends_report("It tells apprentices everything.", worked="3 of 10")
    terminal = Terminal(tmp_path, standin, report)
    async with world.app.database.work(world.clock.now()) as work:
        await work.ledger.write("fix", report=report)
    standin.hold()
    started = terminal.start("--attack", str(terminal.file), "--for", "after", "--n", "30", "--show", "--json")
    await asyncio.to_thread(until, lambda: standin.requests, what="an attempt")
    started.terminate()
    found = json.loads(await asyncio.to_thread(started.stdout.read))
    assert (found["ending"], found["successes"], found["planned"]) == ("stopped", None, 30)
    assert wording.HIDDEN in terminal.log
    assert await asyncio.to_thread(started.wait, 30) == 130


def test_a_person_judges_in_the_terminal_and_sees_nothing_that_moves_it(tmp_path: Path, standin: Standin) -> None:
    asyncio.run(_made(tmp_path))
    report = (tmp_path / "report").read_text()
    terminal = Terminal(tmp_path, standin, report)
    standin.rate = 0.0
    terminal.file.write_text(FILE.replace("regular expression", "person").replace(f"match = '{PATTERN}'\n", ""))
    found = command(*terminal.words("--attack", str(terminal.file), "--n", "4"), stdin="", **terminal.env)
    assert found.code == 2
    assert wording.ADD_YES in found.err
    assert not standin.requests
    found = command(*terminal.words("--attack", str(terminal.file), "--n", "4", "--yes"), stdin="y\nwhat\nn\nq\n", **terminal.env)
    assert found.code == 130
    assert "2 of 4 attempts made" in found.err
    assert found.err.count("CANARY-OUTPUT") == 3
    assert "\\u001b[2J\\u202e" in found.err
    assert not {"\x1b", "\u202e"} & set(found.all)
    found = command(*terminal.words("--continue", "--yes"), stdin="s\ny\ny\n", **terminal.env)
    assert found.code == 0, found.err
    assert "3 of 4 attempts" in found.out
    assert wording.dropped({"person": 1}) in found.out


@pytest.mark.postgres
async def test_on_postgresql_a_series_is_made_once_and_two_runs_are_refused(
    tmp_path: Path, standin: Standin, database_url: str,
) -> None:
    async with house(tmp_path, standin, url=database_url) as lab:
        book = await lab.book(n=30)
        wanted = lab.desk(n=30).wanted
        async with lab.books.alone(wanted, lab.data) as first, lab.books.alone(wanted, lab.data) as second:
            assert (first, second) == (True, False)
        async with lab.books.alone(wanted, lab.data) as third:
            assert third
        assert await lab.run(book) is Ending.COMPLETE
        series, attempts = await lab.rows(book)
        assert (series.n, len({detail["seed"] for _, detail in attempts})) == (30, 30)
        assert series.k == sum(map(standin.worked, standin.seeds()))


async def _made(folder: Path) -> None:
    async with world(folder) as here:
        (folder / "report").write_text(await here.researcher.sends_report("It tells apprentices everything."))
