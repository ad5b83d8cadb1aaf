"""What the clock itself does to a report: silence resolves, a question lapses, a report closes, an embargo or a proposal ends.

Decides what each act writes down and says to whom. Whether its time has come is decided by the policy; that it happens once,
by the ledger entry that `reports.py` writes beside it.
"""

from __future__ import annotations

from datetime import datetime

from commands import notify, record
from commands.addressees import people_of, proposal_of
from commands.calls import Call, Problem
from commands.next_steps import retest_buttons
from commands.outside import disclose, embargo_days
from commands.text import Body, Text
from commands.wording import embargo_time as wording_embargo
from commands.wording import watch as wording_watch
from config.policy.deadlines import Act, ClockName, Mark
from config.policy.guards import Facts
from config.policy.states import Event, State, Verdict, Who
from config.policy.waits import appeal_until
from storage.models import Proposal, Report
from storage.pings import LIST


async def perform(call: Call, report: Report, mark: Mark) -> str:
    """Perform the act of a mark and return what became of it: done, nothing, or the code of a refusal."""
    assert mark.act is not None  # noqa: S101  the caller asks for acts only
    try:
        match mark.act:
            case Act.SILENCE:
                return await _silence(call, report)
            case Act.LAPSE:
                return await _lapse(call, report)
            case Act.CLOSE:
                return await _close(call, report)
            case Act.EMBARGO_END:
                return await _embargo_end(call, report)
            case Act.PROPOSAL_LAPSE:
                return await _proposal_lapse(call, report, proposal_of(mark.key))
    except Problem as problem:
        for person in await people_of(call, report, Who.LEAD):
            notify.keep(call, person, report.id, LIST, "act_refused", {"act": mark.act.value.replace("_", " ")},
                              counts=False, due=await notify.next_list(call))
        return problem.code


async def _silence(call: Call, report: Report) -> str:
    if not await record.take(call, report, Event.SILENCE, facts=Facts(time_over=True)):
        return "nothing"
    await disclose.resolved(call, report, Verdict.VERIFIED_INTERNALLY)
    return "done"


async def _lapse(call: Call, report: Report) -> str:
    reproduced = report.ours_k > 0  # as record.take decides it
    steps = await record.take(call, report, Event.LAPSE, facts=Facts(time_over=True),
                              data={"returned": "yes"} if reproduced else None)
    if not steps:
        return "nothing"
    words = wording_watch.went_on(report) if reproduced else \
        wording_watch.lapsed(report, appeal_until(call.now, call.program), call.program.tz)
    number = (await call.work.ledger.head())[0]
    await record.tell(call, report, words, f"lapse/{number}")
    return "done"


async def _close(call: Call, report: Report) -> str:
    entries = await call.work.ledger.of(report.id)
    facts = Facts(state=State(report.state), time_over=True, published=report.published_at is not None,
                  agreed_not_to_publish=any(one.kind == "no_publication" for one in entries))
    if not await record.take(call, report, Event.CLOSE, facts=facts):
        return "nothing"
    report.closed_at = call.now
    record.archive(call, report)
    return "done"


async def _embargo_end(call: Call, report: Report) -> str:
    await embargo_days.over(call, report, by="time")
    if report.published_at is not None or State(report.state) is State.CLOSED:
        return "done"
    await record.tell(call, report, wording_watch.embargo_over(report), "embargo-over")
    for person in await people_of(call, report, Who.LEAD):
        notify.keep(call, person, report.id, LIST, "embargo_end", {}, counts=False, due=await notify.next_list(call))
    return "done"


async def _proposal_lapse(call: Call, report: Report, proposal: str) -> str:
    row = await call.work.session.get(Proposal, proposal)
    await record.note(call, report, "proposal_settled", data={"id": proposal, "how": "lapsed"})
    if row is None or row.state != "open":
        return "nothing"
    row.state = "lapsed"
    notify.keep(call, row.person_id, report.id, LIST, "lapsed", {"act": row.act}, counts=False,
                      due=await notify.next_list(call))
    return "done"


def reminder(report: Report, mark: Mark, call: Call) -> Body:
    """Return the reminder to a researcher: a question, a retest or a proposed end is theirs to answer, or an embargo ends."""
    if mark.clock is ClockName.RETEST:
        return Body(text=wording_watch.still_yours(report, mark, call.program.tz), buttons=retest_buttons(report))
    if mark.clock is ClockName.EMBARGO and mark.due is not None:
        if mark.step == "repeat":
            return Body(text=wording_embargo.still_asked(report, mark.due, call.program.tz),
                        buttons=wording_embargo.asked_again_buttons(report, mark.due))
        return Body(text=wording_embargo.ends_soon(report, mark.due, call.program.tz), buttons=(wording_embargo.look_button(report.id),))
    return Body(text=wording_watch.still_asked(report, mark, call.program.tz))


def missed(marks: list[Mark]) -> list[tuple[ClockName, datetime]]:
    """Return what was promised and not kept, the earliest first."""
    return sorted([(one.clock, one.due) for one in marks if one.due is not None], key=lambda pair: pair[1])


def late_note(call: Call, report: Report, marks: list[Mark]) -> Text:
    """Return the honest note about every promise in `marks`."""
    return wording_watch.late_notes(report, missed(marks), call.program.tz)
