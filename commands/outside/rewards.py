"""Rewards: an amount by level, a second person above a limit, told to the researcher; paying is done outside and marked by hand.

Decides who may give what and what is told. What the programme pays is in `program.toml`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from commands import record, second
from commands.calls import Call, Problem, Reply
from commands.registry import Hint, command
from commands.wording import rewards as wording
from config.policy.roles import Allow, Tie
from config.policy.states import Role, State
from config.program import Rewards
from config.program_parts import sums
from storage.models import Report
from storage.people import PROGRAMME, new_id
from storage.publishing import Reward

GIVING = Allow((Role.LEAD, Role.LEADERSHIP), tie=Tie.ROSTER)
READING = Allow((Role.LEAD, Role.LEADERSHIP, Role.ADMIN))
_EARNED = (State.ACCEPTED, State.REMEDIATING, State.MITIGATED, State.FIX_READY, State.VERIFYING, State.RETEST, State.NEEDS_INFO,
           State.RESOLVED, State.WONT_FIX, State.CLOSED, State.DUPLICATE)
_MOST = 10_000_000


def _rules(call: Call) -> Rewards:
    if call.program.rewards is None:
        raise Problem("no_rewards", wording.thanks_only())
    return call.program.rewards


async def _usual(call: Call) -> dict[str, str]:
    if call.report is None or call.program.rewards is None:
        return {}
    before = await call.work.publishing.reward(call.report.id)
    amount = before.amount if before is not None else call.program.rewards.of(call.report.level)
    return {"amount": str(amount)} if amount else {}


@command("program reward", allow=GIVING, title="Give a reward", submit="Give it", prefill=_usual)
async def reward(call: Call, report: Report, amount: Annotated[int, Hint("amount, whole units; 0 takes it back", low=0, high=_MOST)]) -> Reply:
    """Give the researcher of a report a reward; above the limit a second person agrees."""
    rules = _rules(call)
    before = await call.work.publishing.reward(report.id)
    same = before is None or before.currency == rules.currency or not amount
    if same and (before.amount if before is not None else 0) == amount:
        return Reply(text=wording.so_already(report.id, amount, rules.currency))
    if before is not None and before.paid_at is not None:
        raise Problem("paid", wording.paid_before(before.paid_at, call.program.tz))
    if amount and (State(report.state) not in _EARNED or report.person_id == PROGRAMME or report.rehearsal):
        raise Problem("illegal_transition", wording.not_earned(report.id))
    line = f"program reward report={report.id} amount={amount}"
    if amount > rules.second_person_above:
        others = await second.signers(call, report, "program reward", line)
        if call.caller.id in others:
            raise Problem("second_person", wording.you_proposed())
        if not others:
            return await second.propose(call, report, "program reward", line, (Role.LEADERSHIP.value, Role.LEAD.value))
    elif Role.LEAD not in call.caller.roles:
        raise Problem("not_allowed", wording.lead_gives())
    await second.settle(call, report, "program reward", line)
    if before is not None:
        before.gone_at = call.now
    if amount:
        call.work.session.add(Reward(id=new_id("w"), report_id=report.id, amount=amount, currency=rules.currency, by=call.caller.id,
                                     at=call.now))
    await record.note(call, report, "reward", data={"amount": amount, "currency": rules.currency})
    number = (await call.work.ledger.head())[0]
    words = wording.told(report.id, amount, rules.currency) if amount else wording.told_taken_back(report.id)
    await record.tell(call, report, words, f"reward/{number}")
    await call.work.session.flush()
    spent = sums((one.amount, one.currency) for one in await call.work.publishing.rewards(*_year(call, call.now)))
    return Reply(text=wording.given(report.id, amount, rules, spent=spent))


@command("program paid", allow=Allow((Role.LEAD, Role.ADMIN), tie=Tie.ROSTER), title="Mark as paid", submit="It is paid")
async def paid(call: Call, report: Report) -> Reply:
    """Mark the reward of a report as paid, which happened outside; the researcher is told."""
    found = await call.work.publishing.reward(report.id)
    if found is None:
        raise Problem("no_reward", wording.none_given(report.id))
    if found.paid_at is not None:
        return Reply(text=wording.paid_already(found.paid_at, call.program.tz))
    found.paid_at = call.now
    await record.note(call, report, "reward_paid", data={"amount": found.amount, "currency": found.currency})
    await record.tell(call, report, wording.told_paid(report.id, found.amount, found.currency), f"paid/{found.id}")
    return Reply(text=wording.marked())


@command("program rewards", allow=READING, reads=True, title="Rewards")
async def rewards(call: Call) -> Reply:
    """List this year's rewards with what is paid and what is left of the budget."""
    rules = _rules(call)
    found = await call.work.publishing.rewards(*_year(call, call.now))
    return Reply(text=wording.listed([(one.report_id, one.amount, one.currency, one.paid_at is not None, one.at) for one in found],
                                     rules, call.program.tz))


def _year(call: Call, now: datetime) -> tuple[datetime, datetime]:
    """The calendar year of the programme's zone that holds `now`."""
    year = now.astimezone(call.program.tz).year
    first = datetime(year, 1, 1, tzinfo=call.program.tz)
    return first.astimezone(UTC), first.replace(year=year + 1).astimezone(UTC)
