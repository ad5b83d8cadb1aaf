"""Somebody leaves: what hangs on them is shown, then moved to a named cover in one act, and every access goes.

Decides who takes which report and what is refused. Nothing moves before the one confirmation, and nothing is left behind
half-way: a Problem undoes it all. An absence that ends is `absence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated

from sqlmodel import col, select

from commands import brief, notify, record
from commands.calls import Call, Reply
from commands.intake import submit
from commands.judging import sign_off
from commands.registry import Hint, YesNo, command
from commands.staff import absence, presence, rotation
from commands.staff.absence import COVER, STAFF_ROLES
from commands.text import Button, Text, lines
from commands.times import count
from commands.wording import staff as wording
from commands.wording.case import role_shown
from config.policy.roles import Allow
from config.policy.states import DONE, Discipline, Role, State
from storage.models import Grant, Passage, Person, Ping, Proposal, Report

_CRAFTS = tuple(one.value for one in Discipline)
_JUDGES = frozenset({Role.TRIAGER, Role.LEAD})
_OFFERED = 3  # covers that are offered as buttons


@dataclass(frozen=True, slots=True)
class Hangs:
    """What hangs on somebody: their grants, reports, proposals, questions, reminders, and whom they cover."""

    grants: tuple[tuple[Role, Discipline | None], ...] = ()
    reports: tuple[Report, ...] = ()  # on whose roster they are, whose assignee or owner they are; not closed
    proposals: tuple[Proposal, ...] = ()
    questions: tuple[str, ...] = ()  # reports that wait for an answer to a question of theirs
    reminders: tuple[Ping, ...] = ()
    covered: tuple[Person, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether anything needs somebody who takes it over."""
        return bool(self.reports or self.reminders or self.covered)


@dataclass(slots=True)
class Moved:
    """What became of the reports of somebody who left."""

    elsewhere: list[tuple[str, str]] = field(default_factory=list)  # reports that did not go to the cover, and to whom
    thin: list[tuple[str, str]] = field(default_factory=list)  # reports without anybody for a craft now
    to_cover: int = 0


@command("program leave", allow=Allow(Role.ADMIN), title="Somebody leaves")
async def leave(
    call: Call, who: Annotated[Person, Hint("who leaves", roles=STAFF_ROLES)], *,
    cover: Annotated[Person | None, Hint("who takes over", roles=STAFF_ROLES, typed=True)] = None,
    sure: Annotated[YesNo, Hint(inner=True)] = YesNo.NO,
) -> Reply:
    """Show what hangs on somebody who leaves; then move it to a cover and take every access away."""
    people, platform = call.work.people, call.incoming.platform
    await people.locked()  # before it is counted who is left
    hangs = await _hangs(call, who)
    name = await people.name(call.desk.vault, who.id, platform)
    for role in (Role.ADMIN, Role.LEAD):
        if any(held is role for held, _ in hangs.grants) and len(await people.with_role(role)) == 1:
            raise wording.last_one(role)
    if cover is not None and cover.id in await people.circle(who.id):
        raise wording.no_cover(wording.SELF_COVER)
    if cover is None and hangs.moves:
        return Reply(text=lines([await _shown(call, who.id, name, hangs), wording.choose_cover()], "\n\n"),
                     buttons=await _covers(call, who, hangs))
    covers = await people.name(call.desk.vault, cover.id, platform) if cover is not None else ""
    if cover is not None:
        lacking = await _lacking(call, hangs, cover, who, covers)
        if lacking:
            raise wording.missing(lacking)
    if sure is not YesNo.YES:
        to = f" cover={cover.id}" if cover is not None else ""
        button = Button(f"program leave who={who.id}{to} sure=yes", wording.confirm_button(covers), "primary")
        return Reply(text=lines([await _shown(call, who.id, name, hangs), wording.confirm(name, covers)], "\n\n"), buttons=(button,))
    moved = await _leave(call, who, cover, hangs)
    return Reply(text=wording.has_left(name, covers, moved.to_cover, moved.elsewhere, moved.thin))


# -- what hangs on them ------------------------------------------------------------------------------------------

async def _hangs(call: Call, who: Person) -> Hangs:
    session = call.work.session
    grants = (await session.execute(select(Grant).where(Grant.person_id == who.id).order_by(Grant.role, Grant.discipline))).scalars()
    found = {one.id for one in await call.work.reports.on_roster(who.id)}
    theirs = await session.execute(select(Report.id).where(
        (col(Report.assignee_id) == who.id) | (col(Report.owner_id) == who.id), col(Report.state) != State.CLOSED.value))
    found |= set(theirs.scalars())
    reports = [one for each in sorted(found) if (one := await call.work.reports.get(each, locked=True)) is not None and one.key is not None]
    proposals = (await session.execute(select(Proposal).where(
        Proposal.person_id == who.id, Proposal.state == "open").order_by(col(Proposal.at)))).scalars().all()
    asked = (await session.execute(select(Report.id).join(Passage, col(Passage.report_id) == col(Report.id)).where(
        Passage.person_id == who.id, Passage.kind == "ask", Report.state == State.NEEDS_INFO.value).distinct())).scalars()
    reminders = (await session.execute(select(Ping).where(
        Ping.person_id == who.id, Ping.what == "remind", col(Ping.sent_at).is_(None)))).scalars().all()
    covered = (await session.execute(select(Person).where(
        Person.cover_id == who.id, col(Person.away_until) > call.now).order_by(col(Person.id)))).scalars().all()
    return Hangs(
        grants=tuple((Role(one.role), Discipline(one.discipline) if one.discipline else None) for one in grants),
        reports=tuple(reports), proposals=tuple(proposals), questions=tuple(sorted(asked)), reminders=tuple(reminders),
        covered=tuple(covered))


async def _shown(call: Call, who: str, name: str, hangs: Hangs) -> Text:
    """Return what hangs on somebody, in lines."""
    rows: list[tuple[str, str]] = []

    def of(label: str, ids: Iterable[str]) -> None:
        known = sorted(set(ids))
        if known:
            rows.append((f"{label} ({len(known)})", wording.holds(known)))

    of("Assignee", (one.id for one in hangs.reports if one.assignee_id == who))
    of("Owner of the fix", (one.id for one in hangs.reports if one.owner_id == who))
    parts: dict[str, list[str]] = {}
    for one in hangs.reports:
        for member in await call.work.people.roster(one.id):
            if member.person_id == who and member.part != "owner":
                parts.setdefault(member.part, []).append(one.id)
    for part, ids in sorted(parts.items()):
        of(f"On the roster, {role_shown(part)}", ids)
    of("Open proposals, which are withdrawn", (one.report_id for one in hangs.proposals))
    of("Open questions", hangs.questions)
    if hangs.reminders:
        rows.append(("Reminders", count(len(hangs.reminders), "reminder")))
    if hangs.covered:
        names = [await call.work.people.name(call.desk.vault, one.id, call.incoming.platform) for one in hangs.covered]
        rows.append(("Covers", wording.holds(names)))
    if hangs.grants:
        rows.append(("Roles", wording.holds([wording.role_line(role, craft) for role, craft in hangs.grants])))
    return wording.hangs(name, rows) if rows else wording.nothing_hangs(name)


async def _covers(call: Call, who: Person, hangs: Hangs) -> tuple[Button, ...]:
    """Return who could take everything over, those first who were on a roster longest ago."""
    found = []
    able = {one.id: one for role in (Role.TRIAGER, Role.OWNER, Role.LEAD) for one in await call.work.people.with_role(role)}
    for one in able.values():
        if one.id == who.id or presence.is_away(one, call.now):
            continue
        name = await call.work.people.name(call.desk.vault, one.id, call.incoming.platform)
        if not await _lacking(call, hangs, one, who, name):
            found.append(Button(f"program leave who={who.id} cover={one.id}", wording.take_over_button(name)))
    return tuple(found[:_OFFERED])


async def _lacking(call: Call, hangs: Hangs, cover: Person, who: Person, name: str) -> list[str]:
    """Return what keeps somebody from taking it all over, in sentences."""
    held = (await call.work.people.grants(cover.id))[0]
    owned = [one.id for one in hangs.reports if one.owner_id == who.id and State(one.state) not in DONE
             and one.person_id not in await call.work.people.circle(cover.id)]
    assigned = [one.id for one in hangs.reports if one.assignee_id == who.id and State(one.state) not in DONE
                and one.person_id not in await call.work.people.circle(cover.id)]
    found = []
    if owned and Role.OWNER not in held:
        found.append(f"{name} has not the role of an owner, and the fix of {wording.holds(owned)} needs one.")
    if assigned and not held & _JUDGES:
        found.append(f"{name} is neither a triager nor the lead, and {wording.holds(assigned)} need one.")
    if presence.is_away(cover, call.now):
        found.append(f"{name} is away.")
    return found


# -- the one act -------------------------------------------------------------------------------------------------

async def _leave(call: Call, who: Person, cover: Person | None, hangs: Hangs) -> Moved:
    people, moved = call.work.people, Moved()
    await call.work.ledger.write("left", person=who.id, at=call.at, data={
        "by": call.caller.id, "cover": cover.id if cover is not None else "", "reports": len(hangs.reports)})
    for role, craft in hangs.grants:
        await people.revoke(who.id, role, craft)
        await call.work.ledger.write("revoked", person=who.id, at=call.at, data={
            "role": role.value, "craft": craft.value if craft else "", "by": call.caller.id})
    who.away_until, who.cover_id = None, ""
    for one in hangs.covered:
        one.cover_id = cover.id if cover is not None and cover.id != one.id else ""
    await call.work.session.flush()
    people.forget()
    for row in hangs.proposals:
        await _withdrawn(call, row)
    touched = {one.id: one for one in hangs.reports}
    for report in hangs.reports:
        await _hand_over(call, report, who, cover, moved)
    await _pings(call, who, cover)
    for one in hangs.covered:
        for report in await absence.concerned(call, one):
            touched[report.id] = report
    for report in touched.values():
        await absence.follow(call, report)
        if report.archived_at is None:
            await record.set_members(call, report)
    for name, part in moved.thin:
        await notify.nobody_for(call, touched[name], (part,))
    if cover is not None and moved.to_cover:
        await notify.took_over(call, cover.id, moved.to_cover)
    return moved


async def _withdrawn(call: Call, row: Proposal) -> None:
    """Withdraw what they proposed: nobody signs who is not there any more."""
    report = await call.work.reports.get(row.report_id, locked=True)
    row.state = "withdrawn"
    if report is not None and report.key is not None:
        await sign_off.take_back(call, report, row)
        await record.note(call, report, "proposal_settled", data={"id": row.id, "how": "left"})


async def _hand_over(call: Call, report: Report, who: Person, cover: Person | None, moved: Moved) -> None:
    """Move one report: its assignee, its owner and each part of its roster, to the cover or to whoever may have it."""
    people = call.work.people
    parts = [one.part for one in await people.roster(report.id) if one.person_id == who.id]
    for part in parts:
        await absence.leave_part(call, report, who.id, part)
    theirs = await people.circle(report.person_id)
    able = cover if cover is not None and cover.id not in theirs else None
    crafts = (await people.grants(able.id))[1] if able is not None else frozenset()
    took = False
    on_it = {one.person_id for one in await people.roster(report.id)}
    for part in parts:
        if part not in _CRAFTS or State(report.state) in DONE:
            continue
        taker = able if able is not None and Discipline(part) in crafts else await rotation.next_for(
            call, report, Discipline(part), but=() if call.program.small else on_it)
        if taker is None:
            if not any(one.part == part for one in await people.roster(report.id)):
                moved.thin.append((report.id, part))
            continue
        await submit.add_member(call, report, taker.id, part)
        on_it.add(taker.id)
        if taker is able:
            took = True
        else:
            taker.rotated_at = call.now
            moved.elsewhere.append((report.id, await people.name(call.desk.vault, taker.id, call.incoming.platform)))
    if report.assignee_id == who.id:
        took |= await _assignee(call, report, able, moved)
    if report.owner_id == who.id:
        took |= await _owner(call, report, who, able, moved)
    if Role.LEAD.value in parts:  # every lead is on every roster but those of their own reports
        for lead in await people.with_role(Role.LEAD):
            if lead.id not in theirs:
                await submit.add_member(call, report, lead.id, Role.LEAD.value)
    if not took and able is not None and set(parts) & {"reader", COVER}:
        await submit.add_member(call, report, able.id, "reader")
    moved.to_cover += took


async def _assignee(call: Call, report: Report, able: Person | None, moved: Moved) -> bool:
    """Name another assignee: the cover unless they made the fix, else the other triager, else the next in line, else a lead."""
    people = call.work.people
    theirs = await people.circle(report.person_id)
    if able is not None and able.id != report.owner_id and (await people.grants(able.id))[0] & _JUDGES:
        taker: str = able.id
    else:
        on_it = [one.person_id for one in await people.roster(report.id) if one.part in _CRAFTS and one.person_id != report.owner_id]
        leads = [one.id for one in await people.with_role(Role.LEAD) if one.id not in theirs]
        nxt = next(iter(on_it), "")
        for craft in Discipline:
            person = await rotation.next_for(call, report, craft) if not nxt else None
            nxt = nxt or (person.id if person is not None else "")
        taker = nxt or next(iter(leads), "") or (able.id if able is not None else "")
    report.assignee_id = taker
    if taker:
        await submit.add_member(call, report, taker, await absence.part_of(call, taker))
        await record.note(call, report, "assigned", data={"to": taker})
    ours = able is not None and taker == able.id
    if not ours and taker and all(one != report.id for one, _ in moved.elsewhere):
        moved.elsewhere.append((report.id, await people.name(call.desk.vault, taker, call.incoming.platform)))
    return ours


async def _owner(call: Call, report: Report, who: Person, able: Person | None, moved: Moved) -> bool:
    """Name another owner who holds the role: the cover, else the next owner; without one the lead names one."""
    people = call.work.people
    theirs = await people.circle(report.person_id)
    await record.note(call, report, "owner_gone", data={"who": who.id})
    await brief.follow(call, report)
    others = [one for one in await people.with_role(Role.OWNER) if one.id not in theirs]
    taker = next((one for one in others if able is not None and one.id == able.id), None) or next(iter(others), None)
    report.owner_id = taker.id if taker is not None else ""
    if taker is None:
        await notify.decision_wanted(call, report, (Role.LEAD.value,))
        return False
    await submit.add_member(call, report, taker.id, Role.OWNER.value)
    await record.note(call, report, "owner", data={"who": taker.id})
    await brief.follow(call, report)
    if able is None or taker.id != able.id:
        await notify.owner_assigned(call, report)
        moved.elsewhere.append((report.id, await people.name(call.desk.vault, taker.id, call.incoming.platform)))
    return able is not None and taker.id == able.id


async def _pings(call: Call, who: Person, cover: Person | None) -> None:
    """Give what they were still to hear to the cover; never about the cover's own report."""
    rows = await call.work.session.execute(select(Ping).where(Ping.person_id == who.id, col(Ping.sent_at).is_(None)))
    for row in rows.scalars().all():
        report = await call.work.reports.get(row.report_id) if row.report_id else None
        own = report is not None and cover is not None and cover.id in await call.work.people.circle(report.person_id)
        if cover is None or own:
            row.sent_at = call.now
        else:
            row.person_id = cover.id

