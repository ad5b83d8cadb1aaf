"""The page docs/numbers.md: what every number that leadership sees means. `python -m commands.digest.definitions` writes it."""

from __future__ import annotations

from commands.digest.numbers import EXACT
from commands.wording.digest_counted import page
from config.settings import ROOT

PAGE = ROOT / "docs" / "numbers.md"


def render() -> str:
    """Return the page as it must read."""
    return page(EXACT)


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
