"""The demo plays the whole story on a real bot, says so when a step fails, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot import demo
from storage.gpghome import PREFIX
from tests.commands.process import ROOT, command, environment

pytestmark = pytest.mark.slow  # starts processes


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, markup=False, highlight=False, soft_wrap=True, width=200), out


def homes() -> set[Path]:
    return {one for folder in (Path("/dev/shm"), Path("/tmp")) for one in folder.glob(f"{PREFIX}{os.getpid()}-*")}


async def test_the_story_is_played_to_the_hall_of_fame_and_leaves_nothing(tmp_path: Path) -> None:
    before = homes()
    told, out = console()
    assert await demo.play(told, parent=tmp_path)
    said = out.getvalue()
    assert said.count("\n") >= len(demo.STEPS)
    for number in range(1, len(demo.STEPS) + 1):
        assert f"{number:>2}  " in said
    assert "Quiet Heron" in said.splitlines()[-3]
    assert "-----BEGIN" not in said
    assert list(tmp_path.iterdir()) == []
    assert homes() == before


async def test_a_step_that_does_not_show_what_it_should_ends_the_story(tmp_path: Path) -> None:
    async def leak(story: demo.Story) -> str:
        await story.sees("researcher-2", "We have your report")
        return "never said"

    told, out = console()
    assert not await demo.play(told, steps=(*demo.STEPS[:2], leak, *demo.STEPS[2:]), parent=tmp_path)
    said = out.getvalue()
    assert "should have shown researcher-2" in said
    assert "never said" not in said
    assert " 4  " not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["accept high jailbreak", "publish"])
async def test_a_refused_command_ends_the_story(tmp_path: Path, line: str) -> None:
    async def refused(story: demo.Story) -> str:
        await story.runs("leadership", f"{line} report={story.report}")
        return "never said"

    told, out = console()
    assert not await demo.play(told, steps=(*demo.STEPS[:2], refused), parent=tmp_path)
    assert "never said" not in out.getvalue()


def test_the_command_touches_nothing_that_the_environment_names(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ended = command("demo", HARBORLIGHT_DATA=str(data), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
                    TMPDIR=str(tmp_path))
    assert ended.code == 0, ended
    assert "Quiet Heron" in ended.out
    assert ended.err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_told_to_stop_tidies_up(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "bot", "demo"], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(TMPDIR=str(tmp_path)), text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert process.returncode != 0
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
