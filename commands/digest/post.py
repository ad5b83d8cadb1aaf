"""The digest for leadership: once a week into its channel, and privately whenever it is asked for.

Decides when and on which platforms it goes out and who may see it. What it counts is in `numbers.py`, what it says in
`wording/digest.py`.
"""

from __future__ import annotations

from datetime import timedelta

from commands.calls import Call, Reply
from commands.digest import numbers as numbers_
from commands.digest.house import with_house
from commands.effects import Post
from commands.registry import command
from commands.text import Body, say
from commands.wording import digest as wording
from commands.wording.digest_counted import counted
from config.policy.metrics import Period
from config.policy.roles import Allow
from config.policy.states import Role
from storage.figures import Figures

_READERS = Allow((Role.LEADERSHIP, Role.LEAD, Role.ADMIN))
_WEEK = timedelta(days=7)


@command("digest", allow=_READERS, reads=True)
async def digest(call: Call) -> Reply:
    """Show the digest of the last seven days, privately.

    Counts and times only. The weekly one goes to the leadership channel by itself.
    """
    period = Period(since=call.now - _WEEK, until=call.now)
    found = await numbers_.gather(call.work, call.program, period)
    return Reply(
        text=say(wording.head(found, call.program, live=True)),
        card=await with_house(call, wording.card(found, call.program, live=True)),
    )


@command("digest-counted", allow=_READERS, reads=True, hidden=True)
async def digest_counted(_call: Call) -> Reply:
    """Say how every number of the digest is counted."""
    return Reply(text=counted(numbers_.EXACT))


async def weekly(call: Call) -> None:
    """Post the digest of the newest full week in the leadership channel, once, also after an outage.

    Called by the clock as often as it likes. Nothing goes out for a week before the programme began.
    """
    period, due = numbers_.last_period(call.now, call.program)
    key = f"digest/{numbers_.week_name(period, call.program)}"
    figures = Figures(call.work)
    began = await figures.first_written()
    if began is None or began >= due or await figures.known(key):
        return
    found = await numbers_.gather(call.work, call.program, period)
    if not await call.work.ledger.once(
        key, "digest", person="clock", at=call.now, data={"asked": numbers_.asks_of(found)}
    ):
        return
    body = Body(
        text=say(wording.head(found, call.program, live=False)),
        card=await with_house(call, wording.card(found, call.program, live=False)),
    )
    channels = call.program.channels
    for platform in dict.fromkeys((call.desk.triage_platform, *call.desk.platforms)):
        # One name for all means where triage is; who names a channel on each platform wants it on each.
        wanted = channels.leaders(platform) if platform == call.desk.triage_platform or channels.leadership_on else ""
        if wanted:
            own = "" if platform == call.desk.triage_platform else f"/{platform}"
            call.emit(Post(platform, wanted, body), key + own)
