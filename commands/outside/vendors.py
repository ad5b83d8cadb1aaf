"""Other vendors whose models a flaw hits too: whether anybody has to tell them still, or until when details wait for them.

Decides where that is read: from the ledger, and from fact S20 of a report that is older than what the ledger says of it. Until when
details wait is `config/policy/vendors.py`. The lead records whom they told by `embargo party` (`embargo.py`), and that nobody else is
to be told by `embargo no-vendors` (`embargo_days.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from commands import record
from commands.calls import Call
from commands.desk import Desk
from commands.intake import care
from commands.text import Button, Text
from commands.wording import vendors as wording
from config.policy.history import Fact
from config.policy.states import EmbargoState, Flag, State
from config.policy.vendors import Vendors
from storage.models import Report

_PUBLIC = frozenset({Flag.PUBLIC.value, Flag.EXPLOIT_PUBLIC.value})
_DROPPED = (State.SPAM, State.WITHDRAWN)
# What is only claimed so far, and what was set aside: nobody is sent to other vendors with it.
_CLAIMED = (State.RECEIVED, State.ACKNOWLEDGED, State.TRIAGING, State.DUPLICATE, State.OUT_OF_SCOPE, State.NOT_REPRODUCIBLE, State.INFORMATIVE)


def of(desk: Desk, report: Report, history: Iterable[Fact]) -> Vendors:
    """Return what is known about other vendors of a report."""
    found = Vendors()
    for fact in history:
        found = found.read(fact.kind, fact.at, fact.data)
    if found.known or found.stated is not None or report.key is None or report.facts is None:
        return found
    facts = care.read(desk.vault.unlock(f"report|{report.id}", report.key), report)
    return replace(found, named=report.received_at) if care.other_models(desk, facts) else found


async def standing(call: Call, report: Report) -> Vendors:
    """Return what is known about other vendors of the report that a call is about."""
    return of(call.desk, report, await record.history(call, report))


def waits(report: Report, found: Vendors) -> bool:
    """Whether the notice to other vendors still keeps a report from being published: not once the flaw is public.

    Nor once they were told of what is attacked and under no embargo any more: `may_publish` waits for no days then.
    """
    gone = report.published_at is not None or bool(_PUBLIC & set(report.flags)) or State(report.state) in _DROPPED
    early = Flag.ATTACKED.value in report.flags and not EmbargoState(report.embargo).in_force and found.last is not None
    return found.hit and not gone and not early


def lasting(desk: Desk, report: Report, found: Vendors, now: datetime) -> tuple[bool, datetime | None]:
    """Return whether details wait for a notice now, and until when; that is unknown while nobody was told."""
    until = found.until(desk.program.embargo.vendor_notice)
    return waits(report, found) and (until is None or until > now), until


def told_or_due(report: Report, found: Vendors) -> bool:
    """Whether other vendors have their notice, or are to be told by now."""
    return waits(report, found) and (found.last is not None or State(report.state) not in _CLAIMED)


def on_card(desk: Desk, report: Report, history: Iterable[Fact]) -> list[Text]:
    """Return the line of a triage card: whom nobody told yet, or until when details wait."""
    found = of(desk, report, history)
    return [wording.on_card(found, desk.program)] if told_or_due(report, found) else []


def buttons(report: Report, found: Vendors) -> tuple[Button, ...]:
    """Return what the lead presses about other vendors, as long as they matter."""
    return wording.buttons(report.id) if waits(report, found) else ()
