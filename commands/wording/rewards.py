"""What is said about rewards. Amounts are whole units, written with their currency: `1,500 EUR`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from commands.text import Text, bold, lines, say
from commands.times import day
from config.program import Rewards
from config.program_parts import sums


def money(amount: int, currency: str) -> str:
    """An amount with its currency."""
    return f"{amount:,} {currency}"


def beside(spent: Mapping[str, int], currency: str) -> str:
    """What was given in other currencies, which no budget counts: nobody here knows what they are worth in this one."""
    others = [money(amount, other) for other, amount in sorted(spent.items()) if other != currency]
    return f" Beside it, not in the sum: {' and '.join(others)}." if others else ""


# -- to the researcher -------------------------------------------------------------------------------------------

def told(report: str, amount: int, currency: str) -> Text:
    """A reward was given."""
    return say("For ", bold(report), " we thank you with ", bold(money(amount, currency)),
               ". The triage team tells you how it reaches you; it never asks for bank details in this chat.")


def told_taken_back(report: str) -> Text:
    """A reward was taken back before it was paid."""
    return say("The reward for ", bold(report), " is taken back. Write here to ask why; the lead answers.")


def told_paid(report: str, amount: int, currency: str) -> Text:
    """A reward was paid."""
    return say("The reward for ", bold(report), f", {money(amount, currency)}, is on its way to you. If it does not arrive, write here.")


# -- to the team -------------------------------------------------------------------------------------------------

def given(report: str, amount: int, rules: Rewards, *, spent: Mapping[str, int]) -> Text:
    """Answers who gave it; `spent` is what was given this year in each currency."""
    ours = spent.get(rules.currency, 0)
    left = f" This year: {money(ours, rules.currency)}" + (f" of {money(rules.budget, rules.currency)}" if rules.budget else "") + "."
    left += beside(spent, rules.currency)
    over = " That is over the budget: tell leadership." if rules.budget and ours > rules.budget else ""
    head = f": {money(amount, rules.currency)}. The researcher is told." if amount else ": the reward is taken back."
    return say(bold(report), head, left, over,
               " Mark it with program paid once it is paid." if amount else "")


def listed(rows: Sequence[tuple[str, int, str, bool, datetime]], rules: Rewards, zone: tzinfo) -> Text:
    """This year's rewards."""
    if not rows:
        return say("No reward was given this year. Give one with program reward.")
    spent = sums((amount, currency) for _, amount, currency, *_ in rows)
    unpaid = sums((amount, currency) for _, amount, currency, done, _ in rows if not done)
    head = f"{money(spent.get(rules.currency, 0), rules.currency)} this year" + (
        f" of {money(rules.budget, rules.currency)}" if rules.budget else "")
    waiting = " and ".join(money(amount, currency) for currency, amount in sorted(unpaid.items()))
    paid = f" {waiting} not paid yet." if waiting else " All of it is paid."
    return lines([say(f"{head}.{beside(spent, rules.currency)}{paid}"), *(
        say(bold(report), f": {money(amount, currency)}, {day(at, zone)}, {'paid' if done else 'not paid yet'}.")
        for report, amount, currency, done, at in rows[:40])])


def marked() -> Text:
    """Answers who marked it."""
    return say("Marked as paid. The researcher is told.")


def so_already(report: str, amount: int, currency: str) -> Text:
    """Nothing would change."""
    return say(bold(report), f" has {money(amount, currency)} already." if amount else " has no reward.")


def paid_already(at: datetime, zone: tzinfo) -> Text:
    """It was marked before."""
    return say(f"It was marked as paid on {day(at, zone)}.")


# -- refusals ----------------------------------------------------------------------------------------------------

def thanks_only() -> str:
    """The programme pays nothing."""
    return "This programme offers thanks only. To pay rewards, add [rewards] to program.toml."


def not_earned(report: str) -> Text:
    """It is too early, or not a researcher's report."""
    return say(bold(report), " is not accepted, so there is nothing to reward yet. Accept it first.")


def paid_before(at: datetime, zone: tzinfo) -> str:
    """What was paid cannot be changed here."""
    return f"It was paid on {day(at, zone)}, so the amount stands. Ask whoever pays to settle the difference."


def you_proposed() -> str:
    """One person does not sign twice."""
    return "You proposed this amount. Ask leadership or another lead to agree."


def lead_gives() -> str:
    """Leadership agrees, the lead gives."""
    return "The lead gives rewards; leadership agrees to large ones. Ask the lead."


def none_given(report: str) -> Text:
    """There is nothing to mark."""
    return say(bold(report), " has no reward. Give one with program reward.")
