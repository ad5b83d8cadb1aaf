"""The hall of fame: an announcement that exists only with the researcher's explicit credit choice.

It stands once in the public channel of each platform that has one, and says who is thanked, for what kind of flaw, how bad,
and when; never details that are not public. A changed mind edits or erases it everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from commands.calls import Call
from commands.desk import Desk, categories
from commands.effects import Erase, Refresh
from commands.text import Body, Span, bold, link
from commands.times import day
from commands.wording import duplicates as wording
from commands.wording import fame as wording_fame
from config.policy.disclosure import Thanks, may_thank
from config.policy.states import State
from storage import thanks
from storage.database import Work
from storage.models import Report
from storage.publishing import Shown as Edition


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card shows, and which version of it."""

    version: int
    body: Body


async def follow(call: Call, report: Report) -> None:
    """Bring the announcement in line with consent and publication."""
    number = (await call.work.ledger.head())[0]
    shown = not _missing(call.desk, report, back=await _back(call.work, report))
    for platform in dict.fromkeys((report.triage_platform, *call.desk.platforms)):
        channel = call.program.channels.thanks(platform)
        # Each platform has a card of its own; the first one has the name that all had when there was one platform.
        card = f"hall/{report.id}" + ("" if platform == report.triage_platform else f"/{platform}")
        if shown and channel:
            call.emit(Refresh(platform, card, number, channel=channel), f"{card}@{number}", report=report.id)
        elif not shown and (before := await call.work.reports.delivery(card)) is not None:
            channel = before.lane.removeprefix(f"{platform}/")  # where it was said, whatever the programme says now
            call.emit(Erase(platform, of=card, channel=channel), f"{card}/erased@{number}", report=report.id)


def thanked(desk: Desk, report: Report, *, back: bool) -> str:
    """Return the name under which somebody is thanked in public for a report, or nothing; `back` as `thanks.came_back` says."""
    return "" if _missing(desk, report, back=back) else name_of(desk, report)


def _missing(desk: Desk, report: Report, *, back: bool) -> tuple[str, ...]:
    name = None if report.credit in ("", "asked") else name_of(desk, report)
    return may_thank(Thanks(state=State(report.state), credit=name, public=report.published_at is not None, back=back))


async def _back(work: Work, report: Report) -> bool:
    return report.published_at is not None and report.id in await thanks.came_back(work, [report.id])


def name_of(desk: Desk, report: Report) -> str:
    """Return the name by which the researcher wishes to be thanked, or nothing."""
    if report.credit != "name" or report.credit_name is None or report.key is None:
        return ""
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    return box.open_text("report", "credit_name", report.id, report.credit_name)


def link_of(desk: Desk, report: Report) -> str:
    """Return the link that the researcher wishes beside their name, or nothing."""
    if report.credit != "name" or report.credit_link is None or report.key is None:
        return ""
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    return box.open_text("report", "credit_link", report.id, report.credit_link)


async def render(work: Work, desk: Desk, identity: str) -> Shown | None:
    """Return the announcement as it stands now; nothing without consent, or before it is public."""
    report = await work.reports.get(identity)
    if report is None or report.key is None or report.published_at is None or _missing(desk, report, back=await _back(work, report)):
        return None
    number = (await work.ledger.head())[0]
    category = categories().get(report.category)
    what = category.name.lower() if category else "a flaw"
    what = "A" + what[1:] if what.startswith("a ") else what[:1].upper() + what[1:]
    when = day(report.published_at, desk.program.tz)
    if report.duplicate_of:
        first = await work.reports.get(report.duplicate_of)
        return Shown(number, Body(text=wording.hall(_name(desk, report), what, first.level if first is not None else report.level, when)))
    fixed = {"verified": " The fix held when they tried to break it.",
             "verified_internally": " The fix holds on our own tests."}.get(report.verdict, "")
    broke = report.id in await thanks.broke_a_fix(work, [report.id])
    return Shown(number, Body(text=wording_fame.hall(
        _name(desk, report), what=what, level=report.level, fixed=fixed, broke=broke, when=when,
        page=await _page(work, desk, report))))


def _name(desk: Desk, report: Report) -> Span:
    to = link_of(desk, report)
    return link(name_of(desk, report), to) if to else bold(name_of(desk, report))


async def _page(work: Work, desk: Desk, report: Report) -> str:
    """Return the address of the advisory, where the programme has public pages and one stands there."""
    public = any(one.shown == Edition.PUBLIC for one in await work.publishing.editions(report.id))
    return f"{desk.program.site.url.rstrip('/')}/advisories/{report.id}" if public and desk.program.site.url else ""
