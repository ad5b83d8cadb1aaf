"""The hall of fame as a page: everybody who chose a name, what they found, and what they are thanked for besides.

Decides how the thanks for single reports become one line a person. Whether a name may be shown at all is decided by the same rule
as for the announcements in chat (`commands/outside/fame.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from commands.desk import Desk
from commands.outside import fame
from storage import thanks
from storage.database import Work
from storage.models import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanked:
    """One report that somebody is thanked for."""

    who: str  # the person's id: two people may choose the same name
    name: str
    link: str = ""
    report: str
    at: datetime
    level: str = ""  # empty for a report that was known already
    known: bool = False
    broke: bool = False  # they broke a fix in the retest


@dataclass(frozen=True, slots=True)
class Named:
    """One person in the hall of fame: levels of their reports by count, and what else they are thanked for."""

    name: str
    link: str
    since: datetime
    last: datetime
    levels: Mapping[str, int]
    known: int
    broke: int


@dataclass(frozen=True, slots=True)
class Hall:
    """All thanks, the newest first, and how many published reports have no name, by year."""

    all: tuple[Thanked, ...] = ()
    nameless: Mapping[int, int] = field(default_factory=dict)


async def gathered(work: Work, desk: Desk) -> Hall:
    """Return the hall of fame as it stands now."""
    found: list[Thanked] = []
    nameless: Counter[int] = Counter()
    reports = await thanks.published(work)
    broke, back = [await ask(work, [one.id for one in reports]) for ask in (thanks.broke_a_fix, thanks.came_back)]
    for one in reports:
        name = fame.thanked(desk, one, back=one.id in back)
        at = one.published_at
        if at is None:
            continue
        if name:
            found.append(_thanked(one, name, at, link=fame.link_of(desk, one), broke=one.id in broke))
        elif one.credit == "none":
            nameless[at.astimezone(desk.program.tz).year] += 1
    return Hall(tuple(found), dict(nameless))


def _thanked(report: Report, name: str, at: datetime, *, link: str, broke: bool) -> Thanked:
    known = bool(report.duplicate_of)
    return Thanked(who=report.person_id, name=name, link=link, report=report.id, at=at, level="" if known else report.level,
                   known=known, broke=broke)


def people(all_: Iterable[Thanked]) -> tuple[Named, ...]:
    """Return one line a person, the one who was thanked last first."""
    lines: dict[tuple[str, str], list[Thanked]] = {}
    for one in all_:
        lines.setdefault((one.who, one.name), []).append(one)
    found = [
        Named(name, next((one.link for one in mine if one.link), ""), min(one.at for one in mine), max(one.at for one in mine),
              Counter(one.level for one in mine if one.level), sum(one.known for one in mine), sum(one.broke for one in mine))
        for (_, name), mine in lines.items()
    ]
    return tuple(sorted(found, key=lambda one: one.last, reverse=True))
