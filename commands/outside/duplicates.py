"""Reports that repeat another one: their researchers hear when the first came, when its flaw is fixed and when it is public.

Decides who hears of which milestone and who is thanked. Closing a report as a duplicate is `triage.py`; the announcement is
`fame.py`; which reports resemble one another is `judging/likeness.py`. Nobody learns the id of the first report here.
"""

from __future__ import annotations

from datetime import tzinfo

from sqlmodel import col, select

from commands import record
from commands.calls import Call, Problem, Reply
from commands.next_steps import credit_buttons
from commands.outside import fame
from commands.text import Body, Button, Text, say
from commands.times import day
from commands.wording import duplicates as wording
from config.policy.states import State
from storage.database import Work
from storage.models import Report


async def shown(work: Work, report: Report, zone: tzinfo) -> tuple[tuple[str, Text], ...]:
    """Return what the researcher's status says of the first report: the day on which it came."""
    first = await work.reports.get(report.duplicate_of) if report.duplicate_of else None
    return ((wording.FIRST, say(day(first.received_at, zone))),) if first is not None else ()


def buttons(report: Report) -> tuple[Button, ...]:
    """Return what a colleague may still say of a duplicate: that it adds something."""
    if report.state != State.DUPLICATE or report.credit or not report.duplicate_of:
        return ()
    line = f"close-without-fix report={report.id} reason=duplicate original={report.duplicate_of} adds=yes"
    return (Button(line, wording.ADDS, "quiet"),)


async def helped(call: Call, report: Report) -> Reply:
    """Record that a duplicate adds something: its researcher is asked by which name they are thanked."""
    if report.credit:
        return Reply(text=wording.known(report.id))
    report.credit = "asked"
    await record.note(call, report, "adds")
    await record.tell(call, report, Body(text=wording.adds(report.id), buttons=credit_buttons(report)), "adds")
    return Reply(text=wording.recorded(report.id))


def refuse_credit(report: Report) -> None:
    """Raise Problem `adds_nothing` for a duplicate of which nobody said that it adds something."""
    if report.state == State.DUPLICATE and not report.credit:
        raise Problem("adds_nothing", wording.adds_nothing(report.id))


async def stands_alone(call: Call, report: Report) -> None:
    """Make a report of its own of what was a duplicate: it is fixed, published and thanked for by itself."""
    if report.duplicate_of:
        report.duplicate_of, report.published_at = "", None
        await fame.follow(call, report)


async def follow(call: Call, first: Report) -> None:
    """Tell the researchers of a report's duplicates that its flaw is fixed, or that it is public; each once."""
    found = await call.work.session.execute(
        select(Report).where(Report.duplicate_of == first.id, Report.state == State.DUPLICATE.value).order_by(col(Report.id)))
    public = first.published_at is not None
    for one in found.scalars():
        if one.person_id == first.person_id or one.published_at is not None:
            continue
        step = "public" if public else "fixed"
        if public:
            one.published_at = call.now
            await fame.follow(call, one)
        if not await call.work.ledger.once(f"{one.id}/first/{step}", "first_" + step, report=one.id, person="clock", at=call.at):
            continue
        words = wording.public(one.id, thanked=one.credit == "name") if public else wording.fixed(one.id)
        await record.tell(call, one, words, f"first/{step}")
        record.touch(call, one)
