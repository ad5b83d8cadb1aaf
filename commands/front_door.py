"""The front door: one post with buttons in a public channel, for whoever does not know how to report a flaw.

Decides where it stands and that it is always there: it is looked at once an hour, and a post that somebody removed is made again.
"""

from __future__ import annotations

from commands.calls import Call, Reply
from commands.desk import Desk
from commands.effects import Refresh
from commands.outside.fame import Shown
from commands.registry import clockwork
from commands.text import Body, lines
from commands.wording import going_live
from commands.wording import intake as wording_intake
from config.policy.roles import Allow
from config.policy.states import Role
from storage import doors
from storage.database import Work

_NAME = "front-door"
_HOUR, _HOURS = 3600, 24


@clockwork("watch-front-door", allow=Allow(Role.CLOCK))
async def watch_front_door(call: Call) -> Reply:
    """Show the front door on every platform that takes reports and has a channel for it."""
    version = int(call.now.timestamp()) // _HOUR
    for platform in call.desk.intake:
        channel = call.program.channels.door(platform)
        card = f"{_NAME}/{platform}"
        before = await call.work.reports.delivery(card) if channel else None
        refused = before is not None and before.state == "refused"
        if channel and not (refused and version % _HOURS):  # operators hear once a day that there is no such channel
            call.emit(Refresh(platform, card, version, channel=channel), f"{card}@{version}")
    return Reply()


async def render(work: Work, desk: Desk, card: str) -> Shown | None:
    """Return the post, which says when no reports are taken; nothing for any other card."""
    if card.partition("/")[0] != _NAME:
        return None
    now = await doors.standing(work, desk.vault)
    if not now.open:
        words = lines([going_live.closed(now, desk.program.name, desk.program.tz), going_live.what_to_do(now)], "\n\n")
        return Shown(1, Body(text=words, buttons=going_live.talk_buttons()))
    return Shown(1, Body(text=wording_intake.front_door(desk), buttons=wording_intake.first_buttons()))
