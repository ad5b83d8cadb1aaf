"""The rubric of this release: opens config/rubric.toml and hands it to the policy.

It decides only that decimals are read as they are written; what a usable rubric is says config/policy/severity_rubric.py.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from config.policy.severity_rubric import Rubric, RubricError, read

RUBRIC: Final = Path(__file__).with_name("rubric.toml")


def load(path: Path = RUBRIC) -> Rubric:
    """Read a rubric; raises RubricError with every problem, and OSError when there is no such file."""
    try:
        content = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise RubricError([f"not TOML: {wrong}"]) from None
    return read(content)


@cache
def current() -> Rubric:
    """The rubric that new scores are made with, read once."""
    return load()
