"""What invented people do: researchers who write at any hour, and a team that works in working hours and is not perfect.

Decides who acts when, the same for the same seed. Each life is one report: it says when it goes on, and acts through the
real commands then. A life that goes wrong in some way (late, forgotten, unanswered) is as likely as one that goes well.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.simulate.house import House
from bot.simulate.scene import LEAD, ML, OWNER, SEC, Scene
from commands.wording import simulate as wording
from config.policy import calendar
from config.policy.states import State

_DAY = timedelta(days=1)


Life = AsyncIterator[datetime]
"""Gives the instants at which it wants to go on."""


# -- parts of lives ----------------------------------------------------------------------------------------------

async def _taken_in_hand(one: Scene, who: str, *, hours: float) -> Life:
    yield one.at_work(hours=hours)
    await one.staff(who, "acknowledge")


async def _accepted(one: Scene, who: str, level: str, *, hours: float, second: float = 3) -> Life:
    yield one.at_work(hours=hours)
    await one.staff(who, f"accept {level} jailbreak")
    if level in one.house.desk.program.second_person.sign_off_levels:
        yield one.at_work(hours=second)
        await one.agrees(ML if who == SEC else SEC)


async def _owned(one: Scene, *, hours: float, days: int) -> Life:
    yield one.at_work(hours=hours)
    await one.staff(SEC, "case evidence 3/10")
    await one.staff(SEC, "case cause alignment")
    await one.staff(LEAD, "owner owner")
    yield one.at_work(hours=5)
    await one.staff(OWNER, f"work {one.day(days)}")


async def _updated(one: Scene, who: str, *, days: float, times: int) -> Life:
    for _ in range(times):
        yield one.at_work(days=days)
        await one.staff(who, f"reply clear=yes {wording.UPDATE}")


async def _fixed(one: Scene, *, days: float) -> Life:
    yield one.at_work(days=days)
    await one.staff(OWNER, "fix build 7")
    yield one.at_work(hours=20)
    await one.staff(ML, "verify")
    yield one.at_work(hours=3)
    await one.staff(ML, "result 9/29")  # it does not hold
    yield one.at_work(days=2)
    if await one.state() is State.VERIFYING:
        return
    await one.staff(OWNER, "fix build 8")
    yield one.at_work(hours=6)
    await one.staff(ML, "verify")
    for line in wording.VARIANTS:
        await one.staff(ML, line)
    yield one.at_work(hours=2)
    await one.staff(ML, "result 0/400")


# -- lives -------------------------------------------------------------------------------------------------------

async def swift(one: Scene) -> Life:
    """Goes well: acknowledged soon, accepted, fixed at the second try, retested, published."""
    for part in (_taken_in_hand(one, SEC, hours=2), _accepted(one, SEC, "medium", hours=20), _owned(one, hours=4, days=12),
                 _fixed(one, days=6)):
        async for when in part:
            yield when
    yield one.later(hours=30)
    if await one.state() is State.RETEST:
        await one.presses("fixed")
        yield one.later(hours=2)
        await one.presses("agree")
        yield one.at_work(hours=20)
        await one.staff(LEAD, "agree")
        await one.staff(LEAD, "publish")


async def late(one: Scene) -> Life:
    """Is acknowledged two days late, and the researcher nudges."""
    yield one.later(hours=40)
    await one.presses("nudge")
    for part in (_taken_in_hand(one, ML, hours=20), _accepted(one, ML, "low", hours=70), _updated(one, ML, days=12, times=2)):
        async for when in part:
            yield when


async def exploited(one: Scene) -> Life:
    """Is used against people already: called at once, with a stop-gap, and the advice to users comes late."""
    async for when in _taken_in_hand(one, SEC, hours=1):
        yield when
    yield one.at_work(hours=2)
    await one.staff(SEC, "case flag exploited")
    for part in (_accepted(one, SEC, "critical", hours=1, second=1), _owned(one, hours=1, days=5)):
        async for when in part:
            yield when
    yield one.at_work(days=2)
    await one.staff(OWNER, f"mitigate until={one.day(9)} {wording.OFF}")
    async for when in _updated(one, SEC, days=4, times=2):
        yield when


async def public(one: Scene) -> Life:
    """Is found in public one evening and flagged by the lead next morning: a statement is due within a day."""
    async for when in _taken_in_hand(one, ML, hours=5):
        yield when
    yield one.at_work(days=4)
    await one.staff(LEAD, "case flag public")
    for part in (_accepted(one, ML, "high", hours=2, second=2), _owned(one, hours=3, days=14)):
        async for when in part:
            yield when


async def answered(one: Scene) -> Life:
    """Gets a question and answers it on the weekend or at night, after the first days."""
    async for when in _taken_in_hand(one, ML, hours=4):
        yield when
    yield one.at_work(hours=3)
    await one.staff(ML, f"ask clear=yes {wording.QUESTION}")
    yield one.later(days=3, hours=11)
    await one.says()
    await one.says()
    for part in (_accepted(one, ML, "medium", hours=24), _owned(one, hours=20, days=20)):
        async for when in part:
            yield when


async def unanswered(one: Scene) -> Life:
    """Comes at night, is unlawful to hold, gets a question and never answers."""
    async for when in _taken_in_hand(one, SEC, hours=3):
        yield when
    yield one.at_work(hours=1)
    await one.staff(SEC, f"ask clear=yes {wording.QUESTION}")


async def forgotten(one: Scene) -> Life:
    """Nobody looks at it, and the researcher writes now and then, at any hour."""
    for _ in range(4):
        yield one.later(days=4, hours=7)
        await one.says()
        await one.presses("nudge")


async def more_time(one: Scene) -> Life:
    """Is high; its second signature is forgotten for days, and its owner needs more time."""
    for part in (_taken_in_hand(one, SEC, hours=6), _accepted(one, SEC, "high", hours=4, second=96), _owned(one, hours=24, days=8)):
        async for when in part:
            yield when
    yield one.at_work(days=5)
    await one.staff(OWNER, f'more-time date={one.day(9)} why="{wording.WHY}"')
    yield one.at_work(hours=26)
    await one.agrees(LEAD)
    async for when in _updated(one, SEC, days=6, times=2):
        yield when


async def lapsed(one: Scene) -> Life:
    """Has a proposal that nobody signs until it lapses, and is proposed again."""
    for part in (_taken_in_hand(one, ML, hours=8), _accepted(one, ML, "critical", hours=6, second=24 * 9),
                 _accepted(one, SEC, "high", hours=2)):
        async for when in part:
            yield when


async def aside(one: Scene) -> Life:
    """Is closed without a fix."""
    async for when in _taken_in_hand(one, SEC, hours=3):
        yield when
    yield one.at_work(hours=30)
    await one.staff(SEC, "close-without-fix informative")


async def unreachable(one: Scene) -> Life:
    """Closes their direct messages, so that answers cannot be delivered for days."""
    async for when in _taken_in_hand(one, ML, hours=3):
        yield when
    yield one.later(hours=5)
    one.house.closed.add(one.researcher)
    yield one.at_work(hours=12)
    await one.staff(ML, f"reply clear=yes {wording.UPDATE}")
    yield one.at_work(hours=30)
    await one.staff(ML, f"reply clear=yes {wording.UPDATE}")
    yield one.later(days=6)
    one.house.closed.discard(one.researcher)
    await one.says()
    async for when in _accepted(one, ML, "low", hours=24):
        yield when


async def chatty(one: Scene) -> Life:
    """Writes a lot, three messages within a minute, also at night."""
    async for when in _taken_in_hand(one, SEC, hours=2):
        yield when
    for hours in (3, 9, 26, 20, 55):
        yield one.later(hours=hours)
        for seconds in (0, 20, 35):
            yield one.now + timedelta(seconds=seconds)
            await one.says()
    for part in (_accepted(one, SEC, "medium", hours=12), _owned(one, hours=30, days=20), _updated(one, SEC, days=10, times=1)):
        async for when in part:
            yield when


async def unowned(one: Scene) -> Life:
    """Is accepted, waits days for an owner, who hands it back."""
    for part in (_taken_in_hand(one, ML, hours=2), _accepted(one, ML, "high", hours=20)):
        async for when in part:
            yield when
    yield one.at_work(days=6)
    await one.staff(LEAD, "owner owner")
    yield one.at_work(hours=20)
    await one.staff(OWNER, "case not-mine")
    async for when in _owned(one, hours=40, days=14):
        yield when


async def silent(one: Scene) -> Life:
    """Is fixed fast, and the researcher says nothing to the retest until the silence decides."""
    for part in (_taken_in_hand(one, ML, hours=1), _accepted(one, ML, "low", hours=10), _owned(one, hours=3, days=5),
                 _fixed(one, days=2)):
        async for when in part:
            yield when
    yield one.later(days=2)
    if await one.state() is State.RETEST:
        await one.presses("more-days")


LIVES: Final[tuple[Callable[[Scene], Life], ...]] = (
    exploited, swift, more_time, forgotten, answered, unreachable, late, chatty, lapsed, unowned, aside, silent, unanswered, public,
)


async def life(one: Scene, kind: Callable[[Scene], Life]) -> Life:
    """The life of one report from its first message; what lies behind the end of the simulation does not happen."""
    yield one.arrives
    await one.sends()
    if one.report:
        async for when in kind(one):
            if when > one.until:
                return
            yield when


def cast(house: House, count: int, seed: int, since: datetime, until: datetime) -> list[Life]:
    """Return the lives of so many reports: half of them arrive on the first working day, the others at any hour soon after."""
    dice = random.Random(seed)  # noqa: S311  dice of a simulation
    working = house.desk.program.working
    opening = calendar.opening_at_or_after(since, working)
    closing = calendar.closing_of(calendar.local_day(opening, working), working)
    span = min((until - since) / 3, 11 * _DAY)
    found = []
    for number in range(1, count + 1):
        if number <= (count + 1) // 2:
            arrives = opening + (closing - opening) * dice.uniform(0.02, 0.8)
        else:
            arrives = opening + span * dice.random()
        kind = LIVES[(number - 1) % len(LIVES)]
        if kind is unanswered:
            arrives = closing + timedelta(hours=1 + 12 * dice.random())
        researcher = f"researcher-{number if number % 5 else number - 1}"  # every fifth report is somebody's second one
        one = Scene(house, number, arrives, until, random.Random(dice.random()), researcher, unlawful=kind is unanswered)  # noqa: S311
        found.append(life(one, kind))
    return found
