"""An embargo from day to day: how it stands on a card, that it is over, the decision that attacks ask for, who else is to be told.

Decides what goes when an embargo is over, and who writes down why one still holds or why no other vendor waits for a notice. When
somebody is reminded is `config/policy/embargo_marks.py`; what both sides agree on is `embargo.py`.
"""

from __future__ import annotations

from typing import Annotated

from commands import record, talk
from commands.calls import Call, Problem, Reply
from commands.desk import Desk
from commands.outside import vendors
from commands.registry import Hint, command
from commands.text import Button, Text
from commands.wording import embargo_time as wording
from commands.wording import vendors as wording_vendors
from config.policy import disclosure
from config.policy.disclosure import Consent
from config.policy.embargo_marks import DECIDE
from config.policy.roles import Allow, Tie
from config.policy.states import EmbargoState, Flag, Role
from storage.database import Work
from storage.models import Report

THEIRS = "reporter"


async def over(call: Call, report: Report, *, by: str) -> bool:
    """End an embargo for good, with what was proposed and who took part; a mere proposal goes. Tells whether anything was changed."""
    before = EmbargoState(report.embargo)
    if before in (EmbargoState.EXITED, EmbargoState.NONE):
        return False
    report.embargo = (EmbargoState.EXITED if before.in_force else EmbargoState.NONE).value
    if (offer := await call.work.publishing.offer(report.id)) is not None:
        await call.work.session.delete(offer)
    for party in await call.work.publishing.parties(report.id):
        party.consent = Consent.NONE.value
    await record.note(call, report, "embargo", data={"state": report.embargo, "by": by})
    return True


async def no_proposal(call: Call, report: Report) -> None:
    """Take away an end that is proposed, because nobody is left to accept it: the old terms hold, if there were any."""
    offer = await call.work.publishing.offer(report.id)
    if offer is None:
        return
    await call.work.session.delete(offer)
    state = EmbargoState(report.embargo)
    report.embargo = (EmbargoState.ACTIVE if state.in_force else EmbargoState.NONE).value
    end = {"end": report.embargo_end.isoformat()} if state.in_force and report.embargo_end is not None else {}
    await record.note(call, report, "embargo", data={"state": report.embargo, "by": "withdrawal", **end})


def decides(report: Report) -> bool:
    """Whether attacks are seen while the embargo holds, so that the lead decides every day."""
    flags = frozenset(Flag(one) for one in report.flags)
    return EmbargoState(report.embargo).in_force and disclosure.urge(flags) is disclosure.Urge.DECIDE_WITHIN_A_DAY


async def on_card(work: Work, desk: Desk, report: Report) -> list[Text]:
    """Return the line of a triage card, as long as something is agreed, proposed or still to be published."""
    state = EmbargoState(report.embargo)
    if report.published_at is not None or state is EmbargoState.NONE:
        return []
    urge = disclosure.urge(frozenset(Flag(one) for one in report.flags))
    return [wording.on_card(report, await work.publishing.offer(report.id), urge, desk.program.tz)]


async def on_status(work: Work, desk: Desk, report: Report) -> tuple[tuple[str, Text], ...]:
    """Return the end as the researcher's status shows it, while the embargo is in force."""
    if report.published_at is not None or not EmbargoState(report.embargo).in_force or report.embargo_end is None:
        return ()
    return ((wording.ENDS, wording.on_status(report, await work.publishing.offer(report.id), desk.program.tz)),)


async def buttons(work: Work, report: Report) -> tuple[Button, ...]:
    """Return what the lead answers from the card: an end that the researcher proposed, or whether it holds although attacks are seen."""
    if decides(report):
        return wording.decision_buttons(report.id)
    offer = await work.publishing.offer(report.id)
    return (wording.accept_button(report, offer),) if offer is not None and offer.side == THEIRS else ()


@command("embargo keep", allow=Allow(Role.LEAD, tie=Tie.ROSTER), title="Keep the embargo for a day", submit="Keep it")
async def keep(call: Call, report: Report, why: Annotated[str, Hint("why publishing now would do more harm", lines=True)]) -> Reply:
    """Write down why the embargo holds for a day more although attacks are seen; you are asked again then."""
    if not decides(report):
        raise Problem("nothing_to_decide", wording.nothing_to_keep(report))
    if not why.strip():
        raise Problem("bad_argument", wording.REASON, errors={"why": wording.REASON})
    row = await record.passage(call, report, "note", why.strip())
    row.shown = f"{report.id}/talk/{row.number}"
    await record.note(call, report, "embargo_kept", data={"number": row.number})
    talk.show(call, report, row)
    return Reply(text=wording.kept(call.at + DECIDE, call.program.tz))


@command("embargo no-vendors", allow=Allow(Role.LEAD, tie=Tie.ROSTER), hidden=True, title="Nobody else is to be told",
         submit="Write it down")
async def no_vendors(call: Call, report: Report, why: Annotated[str, Hint("why nobody else is to be told", lines=True)]) -> Reply:
    """Write down why no other vendor is to be told any more; details then wait for no notice."""
    found = await vendors.standing(call, report)
    if not found.hit:
        return Reply(text=wording_vendors.nobody_already(report.id))
    if not why.strip():
        raise Problem("bad_argument", wording_vendors.REASON, errors={"why": wording_vendors.REASON})
    row = await record.passage(call, report, "note", why.strip())
    row.shown = f"{report.id}/talk/{row.number}"
    await record.note(call, report, "no_vendors", data={"number": row.number})
    talk.show(call, report, row)
    return Reply(text=wording_vendors.nobody(report.id))
