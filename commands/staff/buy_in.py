"""Buy-in: an owner accepts the deadlines of a product area; everybody sees who did, and the clock asks where nobody did.

Decides who accepts and who is asked when. What stands is decided by `config/policy/buy_in.py` and read in `storage/buy_in.py`.
Nobody gets a ping of their own for it but leadership, once: owners and the lead read a line of their next list.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from commands import notify
from commands.addressees import people_of
from commands.calls import Call, Problem, Reply
from commands.queue import STAFF_ROLES
from commands.registry import Hint, clockwork, command
from commands.text import Button
from commands.wording import buy_in as wording
from config.policy import buy_in
from config.policy.roles import Allow
from config.policy.states import Role, Who
from storage.buy_in import ACCEPTED, OPEN, Area, owners_since, register
from storage.figures import Figures
from storage.models import Ping
from storage.pings import LIST, NOW

_MOST = 200  # accepted reports without an owner that are looked at
_BUTTONS = 4
BUY_IN, BUY_IN_LEAD, BUY_IN_LEADERSHIP = "buy_in", "buy_in_lead", "buy_in_leadership"
UNOWNED_LEAD, UNOWNED_LEADERSHIP = "unowned_lead", "unowned_leadership"
AREAS, UNOWNED = (BUY_IN, BUY_IN_LEAD, BUY_IN_LEADERSHIP), (UNOWNED_LEAD, UNOWNED_LEADERSHIP)


def _areas(desk: object) -> tuple[tuple[str, str], ...]:
    return tuple((one.id, one.name) for one in desk.program.scope)  # type: ignore[attr-defined]


@command("program accept-deadlines", allow=Allow(Role.OWNER), title="Accept the deadlines", submit="Accept them")
async def accept_deadlines(call: Call, area: Annotated[str, Hint("product area", choices=_areas)]) -> Reply:
    """Accept the deadlines for fixes in a product area, as one of its owners."""
    found = next((one for one in await register(call.work, call.program) if one.id == area), None)
    if found is None:
        raise Problem("bad_argument", "That is no product area of the programme. Choose one that program scope shows.")
    if found.person == call.caller.id and found.at is not None:
        return Reply(text=wording.accepted_already(found.name, found.at, call.program.tz))
    await call.work.ledger.write(ACCEPTED, person=call.caller.id, at=call.at,
                                 data={"area": area, "lengths": buy_in.digest(call.program)})
    return Reply(text=wording.accepted(found.name, buy_in.lengths(call.program)))


@command("program buy-in", allow=Allow(STAFF_ROLES), reads=True, title="Who accepted the deadlines")
async def show(call: Call) -> Reply:
    """Show which owner accepted the deadlines of which product area, and where nobody has."""
    areas = await register(call.work, call.program)
    rows = []
    for one in areas:
        who = await call.work.people.name(call.desk.vault, one.person, call.incoming.platform) if one.person else ""
        rows.append((one.name, who, one.at, one.since))
    owner = Role.OWNER in call.caller.roles
    text = wording.register(rows, buy_in.lengths(call.program), call.program.tz, owner=owner, owners=len(await owners_since(call.work)))
    offered = [Button(f"program accept-deadlines area={one.id}", wording.accept_button(one.name), "secondary" if number else "primary")
               for number, one in enumerate(one for one in areas if one.open)] if owner else []
    return Reply(text=text, buttons=tuple(offered[:_BUTTONS]))


# -- the clock asks ----------------------------------------------------------------------------------------------

@clockwork("watch-buy-in", allow=Allow(Role.CLOCK))
async def watch_buy_in(call: Call) -> Reply:
    """Ask owners once, the lead weekly and leadership once, where nobody accepted deadlines or owns an accepted report."""
    wanted = buy_in.digest(call.program)
    for one in await register(call.work, call.program):
        if one.open and one.since is None:
            await call.work.ledger.once(f"buy-in/open/{one.id}/{wanted}/{one.newest}", OPEN, person="clock", at=call.now,
                                        data={"area": one.id, "lengths": wanted})
    await call.work.session.flush()
    missing = [one for one in await register(call.work, call.program) if one.open and one.since is not None]
    for person, since in sorted((await owners_since(call.work)).items()):
        asked = [one for one in missing if await call.work.ledger.once(
            f"buy-in/asked/{one.id}/{one.opening}/{person}/{since:%Y%m%dT%H%M%S}", "buy_in_asked", person=person, at=call.now,
            data={"area": one.id})]
        await _keep(call, [person], BUY_IN, LIST, _of_areas(asked))
    weekly = [one for one in missing if one.since and (weeks := buy_in.weeks_open(one.since, call.now)) and await _once(
        call, f"buy-in/lead/{one.id}/{one.opening}/{weeks}", {"area": one.id})]
    await _keep(call, await _holding(call, Role.LEAD), BUY_IN_LEAD, LIST, _of_areas(weekly))
    late = [one for one in missing if one.since and buy_in.for_leadership(one.since, call.now) and await _once(
        call, f"buy-in/leadership/{one.id}/{one.opening}", {"area": one.id})]
    await _keep(call, await _holding(call, Role.LEADERSHIP), BUY_IN_LEADERSHIP, NOW, _of_areas(late))
    await _unowned(call)
    return Reply()


async def _unowned(call: Call) -> None:
    """Ask the lead weekly, and leadership once, who owns accepted reports that nobody took."""
    told: dict[tuple[str, Who], list[tuple[str, datetime]]] = {}
    for one, since in await Figures(call.work).unowned(most=_MOST):
        weeks, stem = buy_in.weeks_open(since, call.now), f"{one.report}/unowned/{since:%Y%m%dT%H%M%S}"
        due = [Who.LEAD] if weeks and await _once(call, f"{stem}/{weeks}", {}, one.report) else []
        if buy_in.for_leadership(since, call.now) and await _once(call, f"{stem}/leadership", {}, one.report):
            due.append(Who.LEADERSHIP)
        report = await call.work.reports.get(one.report) if due else None
        if report is not None:
            for who in due:
                for person in await people_of(call, report, who):  # never whoever reported it
                    told.setdefault((person, who), []).append((one.report, since))
    for (person, asked), found in told.items():
        lead = asked is Who.LEAD
        await _keep(call, [person], UNOWNED_LEAD if lead else UNOWNED_LEADERSHIP, LIST if lead else NOW, _of_reports(found))


async def _once(call: Call, key: str, data: dict[str, str], report: str = "") -> bool:
    return await call.work.ledger.once(key, "buy_in_asked", report=report, person="clock", at=call.now, data=data)


async def _holding(call: Call, role: Role) -> list[str]:
    return [one.id for one in await call.work.people.with_role(role)]


def _of_areas(found: Sequence[Area]) -> dict[str, str]:
    since = min((one.since for one in found if one.since), default=None)
    return {"areas": wording.one_by_one([one.name for one in found]), "ids": ",".join(one.id for one in found),
            "since": since.isoformat() if since else ""} if found else {}


def _of_reports(found: Sequence[tuple[str, datetime]]) -> dict[str, str]:
    return {"ids": ",".join(report for report, _ in found), "count": str(len(found)),
            "since": min(since for _, since in found).isoformat()} if found else {}


async def _keep(call: Call, people: Sequence[str], what: str, kind: str, data: dict[str, str]) -> None:
    """Have people read something with what they are told next: the tick speaks to them right after this."""
    for person in people if data else ():
        notify.keep(call, person, "", kind, what, data, counts=kind == NOW, due=call.now)


async def live(call: Call, row: Ping) -> bool:
    """Tell whether what is kept for somebody is still to be asked: one of its areas is open, or one of its reports has no owner."""
    ids = set(json.loads(row.data).get("ids", "").split(","))
    if row.what in AREAS:
        return any(one.open and one.id in ids for one in await register(call.work, call.program))
    standing = await Figures(call.work).states_of(sorted(ids))
    return any(not one.owned for one in standing.values())
