"""Being away: until when, who covers, who joins and leaves what for that time, and what somebody hears on their return.

Decides what an absence changes. Who acts for whom is `presence.py`, whom a ping reaches is `addressees.py`. A cover is on the
rosters of the absent person's reports as `cover`, and leaves those again that they joined for that alone.
"""

from __future__ import annotations

import datetime
from datetime import timedelta
from typing import Annotated

from sqlmodel import col, select

from commands import addressees, record
from commands.calls import Call, Problem, Reply
from commands.desk import Desk
from commands.intake import submit
from commands.registry import Hint, command
from commands.staff import presence
from commands.text import Button, Text, lines, say
from commands.wording import staff as wording
from commands.wording.common import state_word
from config.policy import calendar
from config.policy.roles import Allow
from config.policy.states import Event, Role, State, Who
from storage.database import Work
from storage.models import Entry, Person, Ping, Report
from storage.pings import LIST

COVER = "cover"  # the part of a roster of whoever is there for somebody who is away
STAFF_ROLES = tuple(role for role in Role if role not in (Role.REPORTER, Role.CLOCK))
ANY_STAFF = Allow(STAFF_ROLES)
_LONGEST = timedelta(days=366)
_READERS = (Role.TRIAGER, Role.LEAD)  # who hears of a new report
_MOST = 12
_TOLD = frozenset(event.value for event in Event) | {"message_in", "message_out", "owner", "assigned", "proposal"}
_PRIVATE = "remind"  # a reminder of one's own, which nobody else is told


# -- the commands ------------------------------------------------------------------------------------------------

@command("program away", allow=ANY_STAFF, title="Away", submit="Set it")
async def away(
    call: Call, until: Annotated[str, Hint("the day you are back", example="2026-12-20")] = "",
    date: Annotated[datetime.date | None, Hint(inner=True)] = None, *,
    cover: Annotated[Person | None, Hint("who covers", roles=STAFF_ROLES)] = None,
    who: Annotated[Person | None, Hint("somebody else who is away", roles=STAFF_ROLES)] = None,
) -> Reply:
    """Say until when you are away and who covers; without a day, show who is away.

    Pings and lists go to your cover meanwhile, and no new report is yours. The lead and administrators may set it for others.
    """
    if not until.strip() and date is None:
        return await _list(call)
    return await _set(call, date or _day(until), cover, who)


@command("program absence", allow=ANY_STAFF, hidden=True, title="I will be away", submit="Set it")
async def absence(
    call: Call, date: Annotated[datetime.date, Hint("the day you are back", example="2026-12-20")],
    cover: Annotated[Person | None, Hint("who covers", roles=STAFF_ROLES)] = None,
) -> Reply:
    """Ask in a form until when you are away and who covers."""
    return await _set(call, date, cover, None)


@command("program back", allow=ANY_STAFF, title="Back")
async def back(call: Call, who: Annotated[Person | None, Hint("somebody else who is back", roles=STAFF_ROLES)] = None) -> Reply:
    """Say that you are back, earlier than you said; what happened meanwhile is the answer."""
    person = await _subject(call, who)
    if not presence.is_away(person, call.now):
        return Reply(text=wording.covering_ended())
    person.away_until = call.now
    said = await returned(call, person)
    return Reply(text=lines(said))


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise wording.not_until() from None


async def _list(call: Call) -> Reply:
    rows = [await _line(call.work, call.desk, one, call.incoming.platform) for one in await presence.absent(call.work)]
    button = Button("program back", wording.I_AM_BACK) if presence.is_away(call.caller.person, call.now) else \
        Button("program absence", wording.I_WILL_BE_AWAY)
    return Reply(text=lines(rows) if rows else wording.nobody_away(), buttons=(button,))


async def _subject(call: Call, who: Person | None) -> Person:
    """Return whose absence it is: the caller's, or for the lead and administrators somebody else's."""
    person = who or call.caller.person
    if person is None:
        raise Problem("not_allowed", "Only colleagues can be away. Name a colleague.")
    if person.id != call.caller.id and not call.caller.roles & {Role.LEAD, Role.ADMIN}:
        raise wording.for_others()
    return person


async def _set(call: Call, date: datetime.date, cover: Person | None, who: Person | None) -> Reply:
    person = await _subject(call, who)
    working, people = call.program.working, call.work.people
    until = calendar.at_wall(date, datetime.time(), working)
    if until <= call.now or until > call.now + _LONGEST:
        raise wording.not_until()
    roles = (await people.grants(person.id))[0]
    if cover is not None:
        await _can_cover(call, person, cover, roles)
    before = await concerned(call, person)
    person.away_until, person.cover_id = until, cover.id if cover is not None else ""
    await call.work.session.flush()
    await call.work.ledger.write("away", person=person.id, at=call.at, data={
        "until": until.isoformat(), "cover": person.cover_id, "by": call.caller.id})
    for report in before:
        await follow(call, report)
    await hand_over_pings(call, person)
    name = "" if person.id == call.caller.id else await people.name(call.desk.vault, person.id, call.incoming.platform)
    mine = await call.work.reports.on_roster(person.id, open_only=True)
    readers = {one.id for role in _READERS for one in await people.with_role(role)}
    alone = bool(readers) and not await presence.present(call.work, sorted(readers), _READERS)
    if cover is None:
        return Reply(text=say(wording.set_away(name, until, "", len(mine), call.program.tz), wording.nobody_there() if alone else ""))
    covers = await people.name(call.desk.vault, cover.id, call.incoming.platform)
    said = [wording.set_away(name, until, covers, len(mine), call.program.tz)]
    lacking = roles - (await people.grants(cover.id))[0] - {Role.ADMIN}
    if lacking:
        said.append(wording.lacks(covers, lacking))
    if cover.away_until is not None and presence.is_away(cover, call.now):
        said.append(wording.still_away(covers, cover.away_until, call.program.tz))
    if alone:
        said.append(wording.nobody_there())
    return Reply(text=say(*said))


async def _can_cover(call: Call, person: Person, cover: Person, roles: frozenset[Role]) -> None:
    """Refuse a cover who is the person themselves, who is covered by them in the end, or who could do nothing for them."""
    if cover.id in await call.work.people.circle(person.id):
        raise wording.no_cover(wording.SELF_COVER)
    seen: set[str] = set()
    found: Person | None = cover
    while found is not None and presence.is_away(found, call.now) and found.cover_id and found.id not in seen:
        seen.add(found.id)
        if found.cover_id == person.id:
            raise wording.no_cover(wording.LOOP)
        found = await call.work.people.get(found.cover_id)
    held = (await call.work.people.grants(cover.id))[0]
    if not held & (roles | ({Role.LEAD} if Role.TRIAGER in roles else frozenset())):
        raise wording.no_cover(wording.NO_ROLE)


# -- rosters, cards and pings follow -----------------------------------------------------------------------------

async def concerned(call: Call, person: Person) -> list[Report]:
    """Return, locked, every report that an absence of somebody changes: theirs, and those of others whose cover they are."""
    people = {person.id, *(one.id for one in await presence.absent(call.work))}
    found = {one.id for each in sorted(people) for one in await call.work.reports.on_roster(each)}
    rows = [await call.work.reports.get(one, locked=True) for one in sorted(found)]
    return [one for one in rows if one is not None and one.key is not None]


async def follow(call: Call, report: Report) -> None:
    """Have covers on a roster exactly as long as somebody on it is away whom they stand for; never the reporter."""
    people = call.work.people
    roster = await people.roster(report.id)
    own = {one.person_id for one in roster if one.part != COVER}
    covers = {one.person_id for one in roster if one.part == COVER}
    theirs = await people.circle(report.person_id)
    wanted = set()
    for person in own | {report.assignee_id, report.owner_id} - {""}:
        cover = await presence.instead_of(call.work, person)
        if cover and cover != person and cover not in theirs:
            wanted.add(cover)
    changed = False
    for person in sorted(wanted - own - covers):
        changed |= await submit.add_member(call, report, person, COVER)
    for person in sorted(covers - wanted):
        if person in (report.assignee_id, report.owner_id):  # what they took meanwhile is theirs now
            await submit.add_member(call, report, person, await part_of(call, person))
        await leave_part(call, report, person, COVER)
        changed = True
    if changed and report.archived_at is None:
        await record.set_members(call, report)
    record.touch(call, report)


async def leave_part(call: Call, report: Report, person: str, part: str) -> None:
    """Take somebody off one part of a roster, and write it down."""
    await call.work.people.leave(report.id, person, part)
    await call.work.ledger.write("roster_left", report=report.id, person=person, data={"part": part, "by": call.caller.id})


async def part_of(call: Call, person: str, *, wanted: str = "") -> str:
    """Return as what somebody stands on a roster: their own craft, first the one that is wanted; else their role."""
    roles, crafts = await call.work.people.grants(person)
    held = sorted(one.value for one in crafts)
    if wanted in held or held:
        return wanted if wanted in held else held[0]
    return Role.LEAD.value if Role.LEAD in roles else Role.OWNER.value if Role.OWNER in roles else "reader"


async def hand_over_pings(call: Call, person: Person) -> None:
    """Give what somebody has not been told yet to whoever is told instead; what nobody else may hear waits for their return."""
    found = await call.work.session.execute(select(Ping).where(Ping.person_id == person.id, col(Ping.sent_at).is_(None)))
    cover = await presence.instead_of(call.work, person.id)
    for row in found.scalars().all():
        if row.what == _PRIVATE:
            continue
        instead = cover
        report = await call.work.reports.get(row.report_id) if row.report_id else None
        if report is not None and (not cover or cover in await call.work.people.circle(report.person_id)):
            instead = next(iter(await addressees.people_of(call, report, Who.ASSIGNEE)), "")
        if instead and instead != person.id:
            row.person_id = instead


async def hold(call: Call, person: Person, rows: list[Ping]) -> None:
    """Keep what waits for somebody who is away for the list on their return."""
    for row in rows:
        row.kind, row.due_at = LIST, person.away_until or call.now
    await call.work.session.flush()


# -- what is shown -----------------------------------------------------------------------------------------------

async def _line(work: Work, desk: Desk, person: Person, platform: str) -> Text:
    cover = await presence.instead_of(work, person.id)
    name = await work.people.name(desk.vault, person.id, platform)
    covers = await work.people.name(desk.vault, cover, platform) if cover else ""
    return wording.is_away(name, person.away_until or work.now, covers, desk.program.tz)


async def on_card(work: Work, desk: Desk, report: Report) -> list[Text]:
    """Return who of a report is away, until when, and who covers."""
    on_it = {one.person_id for one in await work.people.roster(report.id)} | {report.assignee_id, report.owner_id}
    return [await _line(work, desk, one, report.triage_platform) for one in await presence.absent(work) if one.id in on_it]


# -- coming back -------------------------------------------------------------------------------------------------

async def returned(call: Call, person: Person) -> list[Text]:
    """End an absence that is over, once, and return what happened meanwhile; nothing when nobody was away."""
    if person.away_until is None or presence.is_away(person, call.now):
        return []
    reports = await concerned(call, person)
    rows = await call.work.session.execute(
        select(Entry).where(Entry.kind == "away", Entry.person_id == person.id).order_by(col(Entry.number).desc()).limit(1))
    last = rows.scalars().first()
    person.away_until, person.cover_id = None, ""
    await call.work.session.flush()
    await call.work.ledger.write("back", person=person.id, at=call.now, data={"by": call.caller.id})
    for report in reports:
        await follow(call, report)
    since = last.at if last is not None else call.now
    found: list[Text] = []
    for report in await call.work.reports.on_roster(person.id):
        steps = [one.kind for one in await call.work.ledger.of(report.id)
                 if one.at >= since and one.kind in _TOLD and one.person_id != person.id]
        if steps:
            found.append(wording.moved(report.id, steps, state_word(State(report.state))))
    head = [wording.welcome(len(found)), *(say("• ", one) for one in found[:_MOST])]
    return head + ([wording.rest(len(found) - _MOST)] if len(found) > _MOST else [])


async def refuse_absent(call: Call, person: Person) -> None:
    """Refuse to give something new to somebody who is away; names the cover."""
    if not presence.is_away(person, call.now) or person.away_until is None:
        return
    cover = await presence.instead_of(call.work, person.id)
    name = await call.work.people.name(call.desk.vault, person.id, call.incoming.platform)
    covers = await call.work.people.name(call.desk.vault, cover, call.incoming.platform) if cover else ""
    raise wording.assign_instead(name, person.away_until, covers, call.program.tz)

