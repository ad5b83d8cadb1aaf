"""The marks of an embargo besides its end: reminders before it, an end that nobody answers, the decision once attacks are seen, and
other vendors who are to be told.

It decides when both sides are reminded and from when the lead has to decide anew. What the end itself does is the clock
`embargo`; which moves are possible is decided in config/policy/disclosure.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from config.policy.history import DROPS, REOPENS, Fact, instant, leaves
from config.policy.marks import Mark
from config.policy.runs import ClockName, Run
from config.policy.states import Who
from config.policy.vendors import Vendors
from config.program import Program

AHEAD: Final = (timedelta(days=30), timedelta(days=7), timedelta(days=1))  # lines of the lead's morning list
TOLD: Final = timedelta(days=7)  # before the end, when the researcher hears what happens then
ANSWER: Final = timedelta(days=7)  # after which a proposed end is asked about again, once
DECIDE: Final = timedelta(days=1)  # within which the lead ends an embargo on what is exploited, or says why not


def before_end(run: Run) -> tuple[Mark, ...]:
    """The reminders before the end of an embargo in force, those that come after its end was agreed on."""
    end = run.reach()
    if run.stopped is not None or end is None:
        return ()
    stem = f"{run.key}-until-{end:%Y%m%dT%H%M%SZ}"  # another end is reminded of anew

    def mark(step: str, before: timedelta, to: Who) -> Mark:
        return Mark(key=f"{stem}/{step}", clock=run.name, step=step, at=end - before, to=(to,), due=end, known_at=run.known_at)

    marks = [mark(f"ahead-{before.days}d", before, Who.LEAD) for before in AHEAD]
    marks.append(mark("told", TOLD, Who.REPORTER))
    return tuple(one for one in marks if one.at > run.known_at)


def embargo_waits(history: Iterable[Fact]) -> tuple[Mark, ...]:
    """The marks of a proposed end without an answer and of the decision that attacks ask for, at the end of a history."""
    in_force = left = False
    offer: tuple[datetime, datetime, Who] | None = None  # since when it waits, the proposed end, who is to answer
    decide: datetime | None = None  # since when the lead is to decide
    rounds = 0
    for fact in history:
        if fact.kind in DROPS or fact.kind == "publish" or fact.data.get("flag") in ("P", "X"):
            in_force, offer = False, None
        elif fact.kind == "submit":
            in_force = fact.data.get("embargo") != "none"
        elif fact.kind == "embargo":
            in_force = fact.data["state"] in ("active", "revise")
            offer = _offer(fact)
        elif fact.kind == "embargo_kept" or (fact.data.get("flag") == "A" and decide is None):
            decide, rounds = fact.at, rounds + 1
        left = leaves(fact) or (left and fact.kind not in REOPENS)
    if left:
        return ()
    return (*(_answer(*offer) if offer else ()), *(_decision(decide, rounds) if in_force and decide else ()))


def vendor_waits(history: Iterable[Fact], program: Program) -> tuple[Mark, ...]:
    """The marks of other vendors: the lead tells them once the report is accepted, is asked again, and hears when their notice is over.

    `due` is the latest instant for telling them, so that the notice is over with the embargo; later on the end of the notice.
    """
    vendors, accepted, end, over = Vendors(), None, None, False
    for fact in history:
        vendors = vendors.read(fact.kind, fact.at, fact.data)
        if fact.kind == "accept":
            accepted = fact.at
        elif fact.kind == "submit" and fact.data.get("embargo") != "none":
            end = fact.at + program.embargo.length
        elif fact.kind == "embargo":
            end = instant(fact.data["end"]) if "end" in fact.data else None
        gone = fact.kind in DROPS or fact.kind == "publish" or fact.data.get("flag") in ("P", "X") or leaves(fact)
        over = gone or (over and fact.kind not in REOPENS)
    if over or not vendors.hit or accepted is None:
        return ()
    notice = program.embargo.vendor_notice
    if (until := vendors.until(notice)) is not None and vendors.last is not None:
        return (_vendors(f"until-{until:%Y%m%dT%H%M%SZ}", "notice-over", until, since=vendors.last, due=until),)
    since = max(accepted, vendors.named or accepted)
    latest = end - notice if end is not None else None
    return tuple(_vendors(f"{since:%Y%m%dT%H%M%SZ}", step, at, since=since, due=latest if latest is not None and latest > at else None)
                 for step, at in (("tell", since), ("tell-again", since + ANSWER)))


def _vendors(name: str, step: str, at: datetime, *, since: datetime, due: datetime | None) -> Mark:
    key = f"{ClockName.VENDORS}-{name}/{step}"
    return Mark(key=key, clock=ClockName.VENDORS, step=step, at=at, to=(Who.LEAD,), due=due, known_at=since)


def _offer(fact: Fact) -> tuple[datetime, datetime, Who] | None:
    if fact.data["state"] not in ("proposed", "revise") or "proposed" not in fact.data:
        return None
    asked = fact.data.get("asked", "programme" if fact.data.get("by") == "reporter" else "reporter")
    return fact.at, instant(fact.data["proposed"]), Who.REPORTER if asked == "reporter" else Who.LEAD


def _answer(since: datetime, end: datetime, who: Who) -> tuple[Mark, ...]:
    at = since + ANSWER
    if at >= end:
        return ()
    key = f"embargo-offer-{since:%Y%m%dT%H%M%SZ}/repeat"
    return (Mark(key=key, clock=ClockName.EMBARGO, step="repeat", at=at, to=(who,), due=end, known_at=since),)


def _decision(since: datetime, rounds: int) -> tuple[Mark, ...]:
    """A line of the morning list, then the ladder of a missed promise, whose pings are urgent at any hour."""
    stem = "embargo-decision" if rounds == 1 else f"embargo-decision-{rounds}"
    due = since + DECIDE
    return tuple(
        Mark(key=f"{stem}/{step}", clock=ClockName.DECISION, step=step, at=at, to=(to,), due=due, known_at=since, urgent=True)
        for step, at, to in (("50", since + DECIDE / 2, Who.LEAD), ("100", due, Who.LEAD), ("+24h", due + timedelta(hours=24), Who.LEAD),
                             ("+72h", due + timedelta(hours=72), Who.LEADERSHIP)))
