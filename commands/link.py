"""One person with accounts on several platforms: joined by a one-time code, and taken apart again.

Decides who may be joined with whom and who hears of it. What moves is `storage/joining.py`. A code is random, stands in the
database as a keyed hash, lives for ten minutes, works once, and wrong ones are counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from sqlalchemy import delete
from sqlmodel import col, or_, select

from commands import record
from commands.calls import Call, Problem, Reply
from commands.effects import DirectMessage
from commands.registry import Hint, conversation
from commands.text import Body, Button
from commands.wording import link as wording_link
from config.policy.roles import Allow
from config.policy.states import Role
from storage.joining import Joinings
from storage.models import Identity, Joining, LinkCode, Member, Person, Report

ANYBODY = Allow(Role.REPORTER)
LASTS = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_TRIES = 5  # wrong codes in an hour
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SHAPE = r"(?=.*[0-9])[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}"


@conversation("link", allow=ANYBODY, title="Join your accounts")
async def link(call: Call, code: Annotated[str, Hint("code", shape=SHAPE, help="Leave it empty to get one.")] = "", *,
               sure: str = "") -> Reply:
    """Join your accounts: get a code here, and send it with link in your account on the other platform."""
    person, identity = await _me(call)
    if not code.strip():
        return await _issue(call, person, identity)
    if await call.work.reports.entries_since("link_refused", person.id, call.now - _HOUR) >= _TRIES:
        raise Problem("slow_down", wording_link.too_many(call.now + _HOUR, call.program.tz))
    hashed = _hash(call, code)
    row = await call.work.session.get(LinkCode, hashed)
    asker = await call.work.people.get(await call.work.people.now(row.person_id)) if row is not None else None
    source = await call.work.session.get(Identity, row.identity_id) if row is not None else None
    if row is None or row.expires_at <= call.now or asker is None or source is None:
        return await _wrong(call, person)
    if asker.id == person.id:
        return Reply(code="same_account", text=wording_link.same_account())
    roles, _ = await call.work.people.grants(person.id)
    reports = await call.work.reports.of_person(person.id)
    await refuse_conflict(call, person, asker)
    if (roles or reports) and sure != "yes":
        return Reply(code="confirm", text=wording_link.sure(source.platform, roles, len(reports)),
                     buttons=(Button(f"me link code={_plain(code)} sure=yes", wording_link.SURE, "primary"),))
    used: Any = await call.work.session.execute(delete(LinkCode).where(col(LinkCode.id) == hashed, col(LinkCode.expires_at) > call.now))
    if used.rowcount != 1:  # somebody else was faster
        return await _wrong(call, person)
    kept, part = (person, asker) if reports and not await call.work.reports.of_person(asker.id) else (asker, person)
    there = source.platform, next(one.account for one in await call.work.people.accounts_of(call.desk.vault, asker.id)
                                  if one.id == source.id)
    await join(call, kept, part)
    call.emit(DirectMessage(*there, Body(text=wording_link.joined_elsewhere(call.incoming.platform))), f"joined/{hashed[:32]}")
    return Reply(text=wording_link.joined(source.platform))


@conversation("unlink", allow=ANYBODY)
async def unlink(call: Call) -> Reply:
    """Take this account and those it was joined with apart again."""
    _, identity = await _me(call)
    joinings = Joinings(call.work, call.desk.vault)
    row = await joinings.of(identity)
    if row is None:
        return Reply(text=wording_link.nothing_joined())
    vault = call.desk.vault
    kept, part, reports = await joinings.undo(row, lambda platform, account: vault.blind("conversation", f"{platform}|dm-{account}"))
    await call.work.ledger.write("unjoined", person=kept.id, at=call.at, data={"part": part.id})
    await _follow(call, reports)
    here = await call.work.session.get(Identity, identity.id)
    other = part if here is not None and here.person_id == kept.id else kept
    await record.tell_person(call, other.id, Body(text=wording_link.apart_elsewhere()), f"apart/{row.id}")
    mine = kept if other is part else part
    call.caller = replace(call.caller, person=mine)
    return Reply(text=wording_link.apart())


async def join(call: Call, kept: Person, part: Person) -> Joining:
    """Make one person of two, write it down, and have cards, clocks and channels follow."""
    roles, _ = await call.work.people.grants(part.id)
    row = await Joinings(call.work, call.desk.vault).join(kept, part)
    await call.work.ledger.write("joined", person=kept.id, at=call.at, data={
        "part": part.id, "joining": row.id, "roles": ",".join(sorted(one.value for one in roles))})
    call.caller = replace(call.caller, person=kept)
    rostered = [one.id for one in await call.work.reports.on_roster(kept.id)]
    await _follow(call, [*(one.id for one in await call.work.reports.of_person(kept.id)), *rostered])
    return row


async def refuse_conflict(call: Call, one: Person, other: Person) -> None:
    """Raise Problem where one of two people sent a report that the other one judges or fixes."""
    for reporter, worker in ((one, other), (other, one)):
        found = await call.work.session.execute(select(Report.id).where(
            Report.person_id == reporter.id, or_(
                Report.owner_id == worker.id, Report.assignee_id == worker.id,
                col(Report.id).in_(select(Member.report_id).where(Member.person_id == worker.id)))))
        if found.first() is not None:
            raise Problem("conflict", wording_link.conflict(), audit=True)


async def _me(call: Call) -> tuple[Person, Identity]:
    """Return the caller as a person, made where they are new, and the account that they use now."""
    one = call.incoming
    person = await call.work.people.meet(call.desk.vault, one.platform, one.person, one.name)
    call.caller = replace(call.caller, person=person)
    await call.work.session.flush()
    identity = await call.work.people.heard(call.desk.vault, one.platform, one.person)
    assert identity is not None  # noqa: S101  it was just met
    return person, identity


async def _issue(call: Call, person: Person, identity: Identity) -> Reply:
    await call.work.session.execute(delete(LinkCode).where(col(LinkCode.person_id) == person.id))
    text = ""
    while not any(char.isdigit() for char in text):  # so that no word of a sentence is taken for a code
        text = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    call.work.session.add(LinkCode(id=_hash(call, text), person_id=person.id, identity_id=identity.id, expires_at=call.now + LASTS))
    roles, _ = await call.work.people.grants(person.id)
    return Reply(text=wording_link.issued(f"{text[:4]}-{text[4:]}", call.now + LASTS, call.program.tz, roles=bool(roles)))


async def _wrong(call: Call, person: Person) -> Reply:
    await call.work.ledger.write("link_refused", person=person.id, at=call.at)
    return Reply(code="no_such_code", text=wording_link.no_such_code())


def _hash(call: Call, code: str) -> str:
    return call.desk.vault.blind("link", _plain(code))


def _plain(code: str) -> str:
    return "".join(char for char in code.upper() if char.isalnum())


async def _follow(call: Call, reports: Iterable[str]) -> None:
    """Have the cards and channels of reports follow who is on them now."""
    for identity in dict.fromkeys(reports):
        report = await call.work.reports.get(identity, locked=True)
        if report is None or report.key is None:
            continue
        record.touch(call, report)
        if report.archived_at is None:
            await record.set_members(call, report)
