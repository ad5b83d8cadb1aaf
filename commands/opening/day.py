"""The day on which a programme opens, and the days on which it takes no new reports.

Decides who opens and who pauses, that opening with open points is an administrator's act that the ledger keeps, and that dates come
true by themselves. What must be there first is `checks.py`; what a researcher meets meanwhile is `intake/doorway.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from commands.calls import Call, Problem, Reply
from commands.effects import Post
from commands.intake import doorway
from commands.opening import checks as opening_checks
from commands.opening import rehearsal
from commands.opening.checks import Point
from commands.record import touch
from commands.registry import Hint, YesNo, clockwork, command
from commands.text import Body, Button, Text, lines
from commands.wording import going_live as wording
from config.policy.calendar import at_wall, local_day
from config.policy.roles import Allow
from config.policy.states import Role
from storage import doors

_HEADS = Allow((Role.LEAD, Role.ADMIN))
_CARDS = 200  # that are drawn again at once; others follow when something happens to them
_WORDS = 1_000
_FURTHEST = timedelta(days=366)  # a date beyond it was mistyped


class Do(StrEnum):
    """What becomes of new reports."""

    PAUSE = "pause"
    OPEN = "open"


# -- opening -----------------------------------------------------------------------------------------------------------

@command("program go-live", allow=_HEADS, title="Go live", submit="Go on")
async def go_live(
    call: Call, when: Annotated[str, Hint("when", example="now, or 2026-12-31", typed=True)] = "",
    *, anyway: Annotated[YesNo, Hint("open with open points", typed=True)] = YesNo.NO,
) -> Reply:
    """Show what is missing before the programme opens; with now or a date, open it."""
    if (await doorway.standing(call)).live:
        return Reply(text=wording.is_live())
    when, said = re.subn(r"\s*\banyway(=yes)?\b\s*", "", when)  # behind the day it is a word of the same text
    anyway = YesNo.YES if said else anyway
    at = _opening(call, when)
    found = await opening_checks.points(call, at or call.now)
    missing = [one for one in found if one.missing]
    if at is None:
        return _checklist(call, found)
    if missing and anyway is YesNo.NO:
        raise Problem("not_ready", wording.not_ready([one.name for one in missing]))
    if missing and Role.ADMIN not in call.caller.roles:
        raise Problem("not_allowed", wording.anyway_is_for_admins())
    points = ",".join(one.name for one in missing)
    if at > call.now:
        await doors.close_until(call.work, at)
        await call.work.ledger.write("opening_set", person=call.caller.id, at=call.at, data={"opens": at.isoformat(), "open_points": points})
        return Reply(text=wording.opens(at, call.program.tz))
    return Reply(text=await _open(call, who=call.caller.id, points=points))


def _checklist(call: Call, found: list[Point]) -> Reply:
    ready = not any(one.missing for one in found)
    text = lines([wording.checklist([(one.name, one.missing) for one in found]), wording.ready(call.program.name, all_done=ready)], "\n\n")
    if ready:
        return Reply(text=text, buttons=(Button("program go-live when=now", "Open it now", "primary"),))
    buttons = [] if not found[-1].missing else [Button("program rehearse", "Rehearse", "primary")]
    if Role.ADMIN in call.caller.roles:
        sure = "Open it although points are open? They go into the ledger."
        buttons.append(Button("program go-live when=now anyway=yes", "Open anyway", "danger", sure=sure))
    return Reply(text=text, buttons=tuple(buttons))


def _opening(call: Call, when: str) -> datetime | None:
    """Return when it is to open, None when nobody said so; raises Problem `bad_argument`."""
    said = when.strip().lower()
    if not said:
        return None
    if said in ("now", "today"):
        return call.now
    at = _at_opening(call, said)
    if at is None:
        raise Problem("bad_argument", wording.bad_date(), errors={"when": wording.bad_date()})
    return at


def _at_opening(call: Call, text: str) -> datetime | None:
    """Return the opening hour of a day that is still to come, at most 366 days ahead, else None."""
    today = local_day(call.now, call.program.working)
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    if not today <= on <= today + _FURTHEST:
        return None
    at = at_wall(on, call.program.working.opening, call.program.working)
    if at <= call.now:  # of today only what is left of it
        at = at_wall(on, time(23, 59), call.program.working)
    return at if at > call.now else None


async def _open(call: Call, *, who: str, points: str) -> Text:
    await doors.go_live(call.work)
    await call.work.ledger.write("programme_opened", person=who, at=call.at, data={"open_points": points})
    waiting = await doorway.tell_waiting(call)
    text = wording.opened(call.program.name, waiting)
    channel = call.program.channels.leaders(call.desk.triage_platform)
    if channel:
        call.emit(Post(call.desk.triage_platform, channel, Body(text=text)), "doors/opened")
    await _draw_again(call)
    return text


# -- pausing -----------------------------------------------------------------------------------------------------------

@command("program intake", allow=_HEADS, title="Pause new reports", submit="Do it")
async def intake(
    call: Call, do: Annotated[Do, Hint("what")], until: Annotated[str, Hint("until", example="2026-12-31", asked=True)] = "",
    text: Annotated[str, Hint("what researchers read instead of our words", lines=True, told=True)] = "",
) -> Reply:
    """Pause new reports until a date, or take them again; exploited ones still come in."""
    now = await doorway.standing(call)
    if not now.live:
        raise Problem("not_live", wording.pause_not_live())
    if do is Do.OPEN:
        if now.pause is None:
            return Reply(text=wording.not_paused())
        return Reply(text=await _resume(call, how="by hand", who=call.caller.id))
    if until.strip().lower() == "until":  # as it is spoken: pause until 2026-12-31
        found = re.match(r"\s*(\S+)\s*(.*)\Z", text, re.DOTALL)
        until, text = (found[1], found[2]) if found is not None else ("", "")
    at = _at_opening(call, until.strip())
    if at is None:
        raise Problem("bad_argument", wording.pause_when(), errors={"until": wording.pause_when()})
    if len(text.strip()) > _WORDS:
        raise Problem("bad_argument", wording.too_long(_WORDS), errors={"text": wording.too_long(_WORDS)})
    await doors.pause(call.work, call.desk.vault, at, by=call.caller.id, words=text.strip())
    await call.work.ledger.write("intake_paused", person=call.caller.id, at=call.at, data={"until": at.astimezone(UTC).isoformat()})
    await _draw_again(call)
    return Reply(text=wording.paused(at, call.program.tz))


async def _resume(call: Call, *, how: str, who: str) -> Text:
    await doors.resume(call.work)
    await call.work.ledger.write("intake_opened", person=who, at=call.at, data={"how": how})
    waiting = await doorway.tell_waiting(call)
    await _draw_again(call)
    return wording.resumed(waiting)


# -- the clock ---------------------------------------------------------------------------------------------------------

@clockwork("watch-doors", allow=Allow(Role.CLOCK))
async def watch_doors(call: Call) -> Reply:
    """Open the programme on its date, end a pause, end a rehearsal whose time is over; each once."""
    found = await doors.due(call.work)
    if "stage" in found:
        await _open(call, who="clock", points="")
    if "pause" in found:
        await _resume(call, how="by time", who="clock")
    if "rehearsal" in found:
        await rehearsal.end_now(call, "time")
    return Reply()


@clockwork("watch-rehearsal-gone", allow=Allow(Role.CLOCK))
async def watch_rehearsal_gone(call: Call) -> Reply:
    """Forget the rehearsal whose rows are purged; another one may begin."""
    await rehearsal.gone(call)
    return Reply()


async def _draw_again(call: Call) -> None:
    """Have the cards of open reports follow: a line at their head came or went."""
    for report in (await call.work.reports.open())[-_CARDS:]:
        touch(call, report)
