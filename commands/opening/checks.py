"""What must be there before a programme opens: policy, roles, keys, kit, channels, a rehearsal that was played through.

Decides what counts as done and says what is missing otherwise. Opening itself is `day.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from commands.calls import Call
from commands.outside.policy import linted
from commands.times import day
from commands.wording import going_live as wording
from commands.wording.policy_lint import line
from config.policy.policy_lint import ERROR
from config.policy.states import Discipline, Role
from storage.models import Entry

FINISHED: Final = "rehearsal_finished"  # of the ledger
_SHOWN: Final = 3  # errors of the policy; the lint shows all
_KEY_LASTS: Final = timedelta(days=60)
_GRANTS = ("granted", "revoked")
_PLAY = frozenset({Role.LEAD.value, Role.TRIAGER.value, Role.OWNER.value})  # who presses something in a rehearsal


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the checklist; `missing` says what to do, nothing when it is done."""

    name: str
    missing: str = ""


async def points(call: Call, opens: datetime) -> list[Point]:
    """Return the checklist for an opening at an instant."""
    played = await _played(call)
    return [
        Point("policy", "; ".join(_policy(call))),
        Point("roles", "; ".join(await _roles(call))),
        Point("keys", "; ".join(_keys(call, opens))),
        Point("kit", "" if call.desk.kit else "not confirmed; an operator runs python -m bot keys kit, which asks four characters of it"),
        Point("channels", _channels(played)),
        Point("rehearsal", "" if played is not None else
              "none was finished by these leads, triagers and owners on this programme; /vdp program rehearse"),
    ]


def _policy(call: Call) -> list[str]:
    """Return the errors of the policy; its warnings are advice, and the lint shows them."""
    found = [line(one) for one in linted(call) if one.level == ERROR]
    if re.search(r"\bacme\b", call.desk.policy, re.IGNORECASE) and "acme" not in call.program.name.lower():
        found.append(wording.STILL_ACME)
    return [*found[:_SHOWN], *([wording.more_errors(len(found) - _SHOWN)] if len(found) > _SHOWN else [])]


async def _roles(call: Call) -> list[str]:
    people = call.work.people
    wanted = [] if await people.with_role(Role.LEAD) else ["no lead; /vdp program grant SOMEBODY lead"]
    triagers = {craft: await people.with_role(Role.TRIAGER, craft) for craft in Discipline}
    if not call.program.small or not any(triagers.values()):
        wanted += [f"no triager for {craft.value}; /vdp program grant SOMEBODY triager-{craft.value}"
                   for craft, found in triagers.items() if not found]
    if not call.program.small and not wanted and len({one.id for found in triagers.values() for one in found}) < 2:
        wanted.append('one triager for both crafts; grant another, or write size = "small" in program.toml')
    if not await people.with_role(Role.OWNER):
        wanted.append("no owner of fixes; /vdp program grant SOMEBODY owner")
    if len(await people.with_role(Role.ADMIN)) < 2:
        wanted.append("one administrator alone; /vdp program grant SOMEBODY admin")
    return wanted


def _keys(call: Call, opens: datetime) -> list[str]:
    ends = call.desk.key.expires_at
    found = [] if call.desk.own_master_key else ["the master key is the demo's; run python -m bot keys master, on an empty data folder"]
    if ends is not None and ends < opens + _KEY_LASTS:
        found.append(f"the programme key ends {day(ends, call.program.tz)}; renew it first")
    return found


def _channels(played: Entry | None) -> str:
    if played is None:
        return "not tried yet; the rehearsal posts in each"
    missing = [one for one in str(json.loads(played.data).get("no_channel", "")).split(",") if one]
    return f"not reached: {', '.join(missing)}; make them, invite the bot, rehearse again" if missing else ""


async def _played(call: Call) -> Entry | None:
    """Return the entry of the newest rehearsal that was finished on this programme by the leads, triagers and owners of now."""
    found = (await call.work.session.execute(
        select(Entry).where(Entry.kind == FINISHED).order_by(col(Entry.number).desc()).limit(1))).scalars().first()
    if found is None or json.loads(found.data).get("program") != call.program.version:
        return None
    later = await call.work.session.execute(select(Entry.data).where(col(Entry.kind).in_(_GRANTS), col(Entry.number) > found.number))
    return None if any(json.loads(data).get("role") in _PLAY for data in later.scalars()) else found
