"""The same flaw again: by its root cause, category and component, whatever the words of a report.

Decides when a cause counts as known, what makes two flaws the same, and what repetition sets off. The component is sealed, so
look-ups go by a keyed digest. Recording a cause is `cause.py`; the rule of repetition, config/policy/recurrence.py.
"""

from __future__ import annotations

import datetime
import json

from sqlmodel import select

from commands import notify, record
from commands.calls import Call
from commands.history import facts_of
from commands.text import Text
from commands.wording import causes as wording
from config import taxonomy
from config.policy import recurrence
from config.taxonomy import UNKNOWN
from storage.models import Entry, Report
from storage.standing import stands
from storage.vault import Box, Vault

REVIEW = "process_review"  # the kind of entry that a third report in a year leaves
_DIGEST = 32  # characters of a signature that an entry names


def known(report: Report) -> bool:
    """Tell whether a report may be resolved as far as its cause goes: known, or unknown with a date to look again."""
    return bool(report.cause) and (report.cause != UNKNOWN or report.follow_up_on is not None)


def component_of(report: Report, box: Box) -> str:
    """Return the component of a report's cause, opened."""
    return box.open_text("report", "component", report.id, report.component) if report.component else ""


def on_card(report: Report, box: Box, *, zone: datetime.tzinfo = datetime.UTC) -> tuple[Text, ...]:
    """Return what a card says of the root cause; nothing while there is none."""
    found = taxonomy.current().causes.get(report.cause)
    if found is None:
        return tuple(line for line in (wording.happened_again(report.recurs_of),) if line)
    return wording.on_card(found, component_of(report, box), report.follow_up_on, report.recurs_of, zone)


# -- what makes two flaws the same ---------------------------------------------------------------------------------

def plain(component: str) -> str:
    """Return a component's name as it is compared: case and spaces do not matter."""
    return " ".join(component.casefold().split())


def signature(vault: Vault, cause: str, category: str, component: str) -> str:
    """Return the keyed digest of cause, category and component; nothing unless all three are known."""
    if cause in ("", UNKNOWN) or not category or not plain(component):
        return ""
    return vault.blind("signature", f"{cause}|{category}|{plain(component)}")


async def resign(call: Call, report: Report) -> None:
    """Compute a report's signature anew, after its category or cause changed, with what it repeats and what that sets off."""
    before, now = report.signature, ""
    if report.key is not None and report.cause:
        now = signature(call.desk.vault, report.cause, report.category, component_of(report, record.box(call, report)))
    if now == before:
        return
    if report.recurs_of in {one.id for one in await call.work.judging.of_signature(before, but=report.id)}:
        report.recurs_of = ""  # what the old signature said; what a release gate said stands
    report.signature = now
    await call.work.session.flush()
    found = await recurrences(call, report)
    if found and report.recurs_of != found[0][0]:
        report.recurs_of = found[0][0]
        await record.note(call, report, "recurs", data={"of": report.recurs_of})
    await _review(call, report)


async def recurrences(call: Call, report: Report) -> list[tuple[str, datetime.datetime]]:
    """Return the reports that this one repeats, each with when it was resolved, the newest first."""
    found = []
    for one in await call.work.judging.of_signature(report.signature, but=report.id):
        at = recurrence.resolved_at(facts_of(await call.work.ledger.of(one.id)))
        if at is not None and recurrence.recurs(report.received_at, at):
            found.append((one.id, at))
    return sorted(found, key=lambda pair: pair[1], reverse=True)


async def of_a_kind(call: Call, report: Report) -> int:
    """Return how many reports of this signature came in the year up to this one, this one included."""
    others = await call.work.judging.of_signature(report.signature, but=report.id)
    return recurrence.in_year([report.received_at, *(one.received_at for one in others)], report.received_at)


async def _review(call: Call, report: Report) -> None:
    """Ask leadership for a process review when a report is the third of its kind in a year; once a year for each kind."""
    number = await of_a_kind(call, report) if report.signature else 0
    if number < recurrence.REVIEW:
        return
    since, kind = call.now - recurrence.REMEMBERED, report.signature[:_DIGEST]
    rows = await call.work.session.execute(select(Entry.data).where(Entry.kind == REVIEW, Entry.at > since, stands(Entry)))
    if any(json.loads(data).get("signature") == kind for (data,) in rows):
        return
    await record.note(call, report, REVIEW, data={"signature": kind, "number": number})
    await notify.process_review(call, report, number)


async def counted(call: Call, report: Report, component: str) -> Text:
    """Return how often in a year: this signature, this component, this kind of fix."""
    of_year = await call.work.judging.with_cause(call.now - recurrence.REMEMBERED)
    vault, name = call.desk.vault, plain(component)
    same = sum(one.signature == report.signature for one in of_year) if report.signature else 0
    fix = sum(one.cause == report.cause for one in of_year)
    there = 0
    for one in of_year if name else ():
        if one.component is not None:
            there += plain(component_of(one, vault.unlock(f"report|{one.id}", one.key))) == name
    return wording.counts(same, there, fix, component)
