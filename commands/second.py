"""The second person: a first signature is kept as a proposal until somebody who may agrees, withdraws it, or it lapses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from commands import notify, record
from commands.calls import Call, Problem, Reply
from commands.wording import case as wording_case
from commands.wording import common as wording
from config.policy.calendar import after
from config.policy.states import Event
from storage.models import Proposal, Report
from storage.people import new_id
from storage.reports import short_digest

WITH_LEADERSHIP = ("decline", "program reward")  # a critical one is declined, a large reward given with them, who are on no roster
_ASIDE = frozenset({Event.DUPLICATE.value, Event.OUT_OF_SCOPE.value, Event.NOT_REPRODUCED.value, Event.INFORMATIVE.value})


async def signers(call: Call, report: Report, act: str, line: str) -> list[str]:
    """Return who proposed exactly this act on a report; whoever is or was one with the caller counts as the caller."""
    digest, same = short_digest(line), await call.work.people.circle(call.caller.id)
    return [call.caller.id if one.person_id in same else one.person_id
            for one in await call.work.reports.proposals(report.id) if one.act == act and one.digest == digest]


async def propose(
    call: Call, report: Report, act: str, line: str, needs: Sequence[str], *, whole: str = "", level: str = "",
) -> Reply:
    """Record a first signature; whoever is needed presses Agree or repeats the command.

    `line` is what makes two proposals the same act; `whole` is what Agree then runs, where that carries more.
    """
    for one in await call.work.reports.proposals(report.id):
        if one.act == act and one.digest != short_digest(line):  # a new proposal takes the place of another one
            one.state = "withdrawn"
            await record.note(call, report, "proposal_settled", data={"id": one.id, "how": "replaced"})
    words = wording.people_words(needs) if act != "close-without-fix" else "the lead or another triager"
    identity = new_id("s")
    row = Proposal(id=identity, report_id=report.id, act=act, digest=short_digest(line),
                   line=call.desk.vault.common.seal("proposal", "line", identity, whole or line), person_id=call.caller.id,
                   needs=words, at=call.now, lapses_at=after(call.now, call.program.second_person.lapse, call.program.working))
    call.work.session.add(row)
    data = {"id": row.id, "act": act, "needs": ",".join(needs)} | ({"level": level} if level else {})
    await record.note(call, report, "proposal", data=data)
    await notify.decision_wanted(call, report, needs)
    return Reply(text=wording_case.waiting_for(words, row.lapses_at, call.program.tz))


async def settle(call: Call, report: Report, act: str, line: str = "") -> None:
    """Mark the open proposals of an act as agreed; with a `line` only what proposed exactly that, anything else was replaced by it."""
    await _close(call, report, act, lambda one: "replaced" if line and one.digest != short_digest(line) else "agreed")


async def forget(call: Call, report: Report, act: str) -> None:
    """Withdraw the open proposals of an act, because what they meant is another thing now."""
    await _close(call, report, act, lambda _one: "replaced")


async def _close(call: Call, report: Report, act: str, how: Callable[[Proposal], str]) -> None:
    for one in await call.work.reports.proposals(report.id):
        if one.act == act:
            said = how(one)
            one.state = "agreed" if said == "agreed" else "withdrawn"
            await record.note(call, report, "proposal_settled", data={"id": one.id, "how": said})


async def find(call: Call, proposal: str) -> tuple[Proposal, Report]:
    """Return an open proposal with its report; raises Problem `gone`."""
    row = await call.work.session.get(Proposal, proposal)
    report = await call.work.reports.get(row.report_id, locked=True) if row is not None else None
    if row is None or report is None:
        raise Problem("gone", wording_case.gone())
    await call.work.session.refresh(row)  # it may have been settled before the report was ours
    if row.state != "open" or row.lapses_at <= call.now:
        raise Problem("gone", wording_case.gone())
    return row, report


def line_of(call: Call, row: Proposal) -> str:
    """Return the command line that was proposed."""
    return call.desk.vault.common.open_text("proposal", "line", row.id, row.line)


async def set_it_aside(call: Call, report: Report) -> bool:
    """Tell whether the caller set this report aside and an appeal was heard since: then somebody else judges it."""
    by_me, appealed, same = False, False, await call.work.people.circle(call.caller.id)
    for entry in await call.work.ledger.of(report.id):
        by_me = by_me or (entry.kind in _ASIDE and entry.person_id in same)
        appealed = appealed or entry.kind == Event.APPEAL.value
    return by_me and appealed
