"""What a researcher sees of themselves: their reports, how they are thanked, rewards, and how long we took.

Decides what stands there, for their own eyes only. Times are counted as in the digest: from the start of the clock to the step.
"""

from __future__ import annotations

from datetime import timedelta

from commands.calls import Call
from commands.cards import resting_state
from commands.history import facts_of
from commands.judging import scoring
from commands.outside import fame
from commands.text import Text
from commands.wording import profile as wording
from commands.wording.common import researcher_word
from config.policy import deadlines, metrics
from config.policy.deadlines import ClockName
from config.policy.states import State
from storage.models import Person, Report

MOST = 10
_TOOK = (ClockName.ACKNOWLEDGE, ClockName.FIRST_RESPONSE)


async def profile(call: Call, person: Person) -> Text:
    """Return somebody's own reports with their states, thanks and rewards, and the median times we took for them."""
    mine = [one for one in await call.work.reports.of_person(person.id) if not one.rehearsal]
    known = call.work.people.pseudonym(call.desk.vault, person) if person.pseudonym is not None else ""
    took: dict[ClockName, list[timedelta]] = {name: [] for name in _TOOK}
    for one in mine:
        for view in deadlines.clocks(facts_of(await call.work.ledger.of(one.id)), call.program):
            if view.name in took and view.stopped is not None and view.fulfilled:
                took[view.name].append(view.stopped - view.started)
    middle = {name: (metrics.middle(sorted(spans)), len(spans)) for name, spans in took.items() if spans}
    return wording.profile(known, [await _line(call, one) for one in mine[:MOST]], more=max(0, len(mine) - MOST), took=middle)


async def _line(call: Call, report: Report) -> Text:
    reward = await call.work.publishing.reward(report.id)
    return wording.line(
        report.id, researcher_word(State(report.state), await resting_state(call.work, report)),
        level=report.level if scoring.is_judged(report) else "", public=report.published_at is not None,
        name=fame.name_of(call.desk, report), link=fame.link_of(call.desk, report), no_name=report.credit == "none",
        reward=(reward.amount, reward.currency, reward.paid_at is not None) if reward is not None else None)
