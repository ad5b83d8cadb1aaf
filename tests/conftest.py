"""What every test may ask for."""

from __future__ import annotations

import gc
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import pictures
from tests import queues
from tests import world as world_
from tests.postgres import database_url, postgres

__all__ = ["database_url", "postgres"]

queues.watch()
pictures._APART = frozenset()  # a digest is drawn here, with a library loaded once; platforms/test_charts.py has one drawn apart


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[world_.World]:
    """The demo programme on Monday 30 Nov 2026, 08:00 UTC, with nobody waiting."""
    async with world_.world(tmp_path) as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
def _no_template_left() -> object:
    yield
    if world_._template is not None:
        shutil.rmtree(world_._template, ignore_errors=True)


def pytest_collection_finish() -> None:
    """Leave what was loaded until here out of every later search for garbage: it is most of what there is, and stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the pictures of README anew."""
    parser.addoption("--pictures", action="store_true", help="write the pictures of the browser tests into docs/pictures")
