"""What the crash tests share: a template folder, one with a report in it, and the outcome of each play without a crash."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import gpghome
from tests.crash import plays
from tests.process import Bot, Template, make_template


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    """A data folder that was started once."""
    folder = Path(tempfile.mkdtemp(prefix="hl-crash-"))
    made = asyncio.run(make_template(folder))
    yield made
    gpghome.end_processes(made.sender)
    gpghome.sweep_stale_homes()  # of the processes that were killed
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def references(template: Template, tmp_path_factory: pytest.TempPathFactory) -> plays.References:
    """What each play leads to when nothing goes wrong, played when it is first asked for."""
    return plays.References(template, tmp_path_factory.mktemp("references"))


@pytest.fixture
def bots() -> Iterator[list[Bot]]:
    """The processes of a test, which end with it."""
    found: list[Bot] = []
    yield found
    for one in found:
        if one.process is not None and one.process.poll() is None:
            one.kill()
