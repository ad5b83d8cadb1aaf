"""The disclosure policy at work: shown, linted, and announced when it changes.

Decides who hears of a new version. What a good policy says is `config/policy/policy_lint.py`; a report stays under the version
that was in force when it came.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated

from sqlmodel import col, select

from commands import record
from commands.calls import Call, Problem, Reply
from commands.desk import Desk
from commands.effects import DirectMessage
from commands.markdown import styled
from commands.queue import STAFF_ROLES
from commands.registry import Hint, command, conversation
from commands.text import Body
from commands.wording import policy as wording
from config import rubric
from config.policy import calendar
from config.policy.policy_lint import ERROR, Around, Finding, lint
from config.policy.roles import Allow
from config.policy.states import DONE, Role
from storage.database import Work
from storage.models import Report
from storage.people import PROGRAMME
from storage.publishing import PolicyText


class Look(StrEnum):
    """What to do with the policy."""

    SHOW = "show"
    LINT = "lint"


def linted(call: Call) -> tuple[Finding, ...]:
    """Return what the lint finds in the policy as people read it."""
    key = call.desk.key
    return lint(call.desk.policy, Around(
        program=call.program, today=calendar.local_day(call.now, call.program.working), fingerprint=key.fingerprint, expires=key.expires_at,
        now=call.now, rubric=rubric.current().version))


@command("program policy", allow=Allow(STAFF_ROLES), reads=True)
async def policy(call: Call, what: Annotated[Look, Hint("show it, or lint it")] = Look.SHOW) -> Reply:
    """Show the disclosure policy and its version, or lint it by eighteen rules."""
    if what is Look.LINT:
        found = linted(call)
        return Reply(code="policy_errors" if any(one.level == ERROR for one in found) else "ok", text=wording.findings(found))
    waits = await unannounced(call.work, call.desk)
    return Reply(text=wording.shown(call.program.policy, styled(call.desk.policy), waits=waits))


@conversation("policy", allow=Allow(Role.REPORTER), reads=True)
async def policy_mine(call: Call, version: Annotated[str, Hint("an earlier version", shape=r"\d[\w.-]*")] = "") -> Reply:
    """Show the disclosure policy, or an earlier version of it."""
    wanted = version.strip()
    if not wanted or wanted == call.program.policy.version:
        return Reply(text=styled(call.desk.policy))
    earlier = await call.work.session.get(PolicyText, wanted)
    if earlier is None:
        raise Problem("no_such_version", wording.no_such_version([one.version for one in await call.work.publishing.policies()]))
    return Reply(text=styled(earlier.text))


@command("program announce-policy", allow=Allow((Role.LEAD, Role.ADMIN)), title="Announce the new policy", submit="Announce it")
async def announce(call: Call, what: Annotated[str, Hint("what changed, for researchers", lines=True, told=True)]) -> Reply:
    """Announce the policy's new version to everybody with an open report."""
    edition = call.program.policy
    if not await unannounced(call.work, call.desk):
        return Reply(text=wording.announced_already(edition.version))
    before = await call.work.session.get(PolicyText, edition.version)
    if before is not None:
        raise Problem("same_version", wording.same_version(edition.version))
    wrong = [one for one in linted(call) if one.level == ERROR]
    if wrong:
        raise Problem("policy_errors", wording.findings(tuple(wrong)))
    _add(call.work, call.desk)
    await call.work.ledger.write("policy", person=call.caller.id, at=call.at, data={"version": edition.version, "sha256": digest(call.desk)})
    told = await _tell(call, what.strip())
    return Reply(text=wording.announced(edition.version, told))


async def _tell(call: Call, what: str) -> int:
    """Tell everybody who has an open report, once each, under which version their reports stay."""
    found = await call.work.session.execute(select(Report).where(
        col(Report.state).not_in([one.value for one in DONE]), Report.person_id != PROGRAMME, col(Report.rehearsal).is_(False)))
    by_person: dict[str, list[Report]] = {}
    for row in found.scalars():
        by_person.setdefault(row.person_id, []).append(row)
    told = 0
    for person, mine in by_person.items():
        account = await record.reporter(call, mine[0])
        if account is not None:
            body = Body(text=wording.changed(call.program.policy, what, [(one.id, one.policy_version) for one in mine]))
            call.emit(DirectMessage(account.platform, account.account, body), f"policy/{call.program.policy.version}/{person}")
            told += 1
    return told


async def first(work: Work, desk: Desk) -> None:
    """Take the policy that is there as the first one, when none was ever announced."""
    if not await work.publishing.policies():
        _add(work, desk)
        await work.ledger.write("policy", data={"version": desk.program.policy.version, "sha256": digest(desk), "by": "settings"})


async def unannounced(work: Work, desk: Desk) -> bool:
    """Whether the policy differs from what was announced under its version."""
    known = await work.session.get(PolicyText, desk.program.policy.version)
    return known is None or known.sha256 != digest(desk)


def digest(desk: Desk) -> str:
    """Return the SHA-256 of the policy as people read it, without the key, whose change is no change of the policy."""
    text = desk.policy.replace(desk.key.grouped, "")
    return hashlib.sha256(text.encode()).hexdigest()


def _add(work: Work, desk: Desk) -> None:
    edition = desk.program.policy
    work.session.add(PolicyText(version=edition.version, date=edition.date.isoformat(), sha256=digest(desk), text=desk.policy, at=work.now))
