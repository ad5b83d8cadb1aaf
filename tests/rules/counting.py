"""Counts of attempts, as hypothesis makes them."""

from __future__ import annotations

from hypothesis import strategies as st

from config.policy.rates import Trials


def counts(most: int = 3000, *, least: int = 1) -> st.SearchStrategy[Trials]:
    """Any count of `least` to `most` attempts."""
    return st.integers(least, most).flatmap(lambda n: st.integers(0, n).map(lambda k: Trials(k, n)))
