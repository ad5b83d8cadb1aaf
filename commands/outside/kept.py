"""How well the programme kept what it promises researchers, as it is told to everybody.

Decides for which promises and for how long; what counts as kept is that of the digest (`config/policy/metrics.py`, counted by
`commands/digest/`). A number that would tell of single reports is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commands.digest.counting import Frame, aggregate, each
from commands.digest.numbers import EXACT
from config.policy import metrics
from config.policy.deadlines import ClockName
from config.policy.metrics import Period
from config.program import Program
from storage.database import Work
from storage.figures import Figures

SHOWN: Final = (ClockName.ACKNOWLEDGE, ClockName.FIRST_RESPONSE, ClockName.TRIAGE)


@dataclass(frozen=True, slots=True)
class Share:
    """How often a promise was kept in time, of how often its time was over; `of` is 0 where too few reports are behind it."""

    met: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The shares of a stretch of time, by the promise."""

    period: Period
    shares: Mapping[ClockName, Share]


async def counted(work: Work, program: Program, *, exact: int = EXACT) -> Kept:
    """Return what was kept in the last 90 days, from every history, or as aggregates where there are too many reports."""
    period = Period(since=work.now - metrics.PUBLIC_SPAN, until=work.now)
    figures = Figures(work)
    reports = await figures.of_the_week(period.since, work.now, most=exact)
    earlier = Period(since=period.since - metrics.PUBLIC_SPAN, until=period.since)
    frame = Frame(program=program, period=period, earlier=earlier, now=work.now, standing=await figures.standing(work.now + metrics.SOON))
    found = await (aggregate(figures, frame) if reports is None else each(figures, reports, frame))
    shares = {}
    for name in SHOWN:
        share = metrics.in_public(found.met.get(name, 0), found.missed.get(name, 0))
        shares[name] = Share(share.met, share.met + share.missed) if share is not None else Share()
    return Kept(period, shares)
