"""The digest for leadership: once a week, and once a month if wanted, into its channel, and privately whenever it is asked for.

Decides when and on which platforms it goes out and who may see it. What it counts is in `numbers.py`, what it says in
`wording/digest.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from commands.calls import Call, Reply
from commands.digest import numbers as numbers_
from commands.digest import spans
from commands.digest.house import with_house
from commands.digest.spans import Span, Stretch
from commands.effects import Post
from commands.registry import Hint, command
from commands.text import Body, say
from commands.wording import digest as wording
from commands.wording.digest_counted import counted
from config.policy.roles import Allow
from config.policy.states import Role
from storage.figures import Figures

_READERS = Allow((Role.LEADERSHIP, Role.LEAD, Role.ADMIN))


@command("digest", allow=_READERS, reads=True)
async def digest(call: Call, span: Annotated[Span, Hint("how far back", typed=True)] = Span.WEEK) -> Reply:
    """Show the digest of the last 7, 30 or 365 days, privately.

    Counts and times only. The weekly one goes to the leadership channel by itself, and a monthly one if the programme wants it.
    """
    found = await numbers_.gather(call.work, call.program, spans.back_from(span, call.now))
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
    await _post(call, *spans.last_week(call.now, call.program))


async def monthly(call: Call) -> None:
    """Post the digest of the newest full month, once, where the programme wants one: on the first working day of the next."""
    if call.program.digest.monthly:
        await _post(call, *spans.last_month(call.now, call.program))


async def _post(call: Call, stretch: Stretch, due: datetime) -> None:
    key = f"digest/{spans.name(stretch, call.program)}"
    figures = Figures(call.work)
    began = await figures.first_written()
    if began is None or began >= due or await figures.known(key):
        return
    found = await numbers_.gather(call.work, call.program, stretch)
    if not await call.work.ledger.once(
        key, stretch.span.kind, person="clock", at=call.now, data={"asked": numbers_.asks_of(found)}
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
