"""What leadership reads: the digest in words.

Decides words and their order: promises and decisions first, then the numbers; the decisions themselves are in
`digest_decisions.py`. Counts and times, no titles, no reporters; a report's id stands only where a decision needs it, and
never in the picture, which may be passed on: `digest_picture.py`.
"""

from __future__ import annotations

import json
from datetime import timedelta

from commands import times
from commands.digest.numbers import Numbers
from commands.digest.spans import Span
from commands.text import Button, Card, Image, Text, lines, say, shorten
from commands.wording.digest_causes import sections
from commands.wording.digest_decisions import (
    STEPS,
    WANTS,
    asked,
    asked_label,
    buttons,
    decided,
    decided_label,
    decision,
    foot,
    many,
    waits,
    wanted,
)
from commands.wording.digest_picture import picture
from commands.wording.rewards import beside, money
from config.policy.deadlines import ClockName
from config.policy.metrics import Age
from config.policy.states import Level
from config.program import Program

HEAD = 200  # characters in which a hurried reader must find what matters
CHANGE, SPENT = "Received and resolved", "Rewards this year"

_TIMED: dict[ClockName, str] = {
    ClockName.ACKNOWLEDGE: "Acknowledged",
    ClockName.FIRST_RESPONSE: "First answer",
    ClockName.TRIAGE: "Judged",
    ClockName.REMEDIATION: "Fix ready",
}
_NUMBERS = (
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
)


_FLAWS = ("flaw is", "flaws are")
_EXPLOITS = ("exploit is", "exploits are")


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _reports(count: int, kind: str = "") -> str:
    return many(count, (f"{kind}report", f"{kind}reports"))


def title(numbers: Numbers) -> str:
    """Return the finding of the week."""
    missed = {name: count for name, count in numbers.missed.items() if count}
    if numbers.attacked:
        return f"{_number(numbers.attacked)} {_FLAWS[numbers.attacked != 1]} being exploited"
    if numbers.shown:
        return f"{_number(numbers.shown)} {_EXPLOITS[numbers.shown != 1]} public"
    if len(missed) == 1:
        ((name, count),) = missed.items()
        return f"{_number(count)} {STEPS[name][count != 1]} {'was' if count == 1 else 'were'} late"
    if missed:
        return f"{_number(sum(missed.values()))} promises were missed"
    if numbers.quiet:
        return f"A quiet {numbers.span}"
    waiting = wanted(numbers)
    if waiting:
        return f"{_number(waiting)} {'decision is' if waiting == 1 else 'decisions are'} wanted"
    return "Every promise was kept" if numbers.week.promises.met else "Nothing is late"


def head(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return what a hurried reader must know, in 200 characters; a quiet week is this one line."""
    if numbers.quiet:
        when = period(numbers, program, live=live)
        return (
            f"A quiet {numbers.span}, {when}: nothing came, was missed, is being exploited or waits for a decision. "
            f"{many(numbers.open, ('report', 'reports'))} open."
        )
    if numbers.attacked or numbers.shown:
        parts = [
            many(numbers.attacked, ("flaw is", "flaws are")) + " being exploited."
            if numbers.attacked
            else "",
            many(numbers.shown, ("exploit is", "exploits are")) + " public." if numbers.shown else "",
        ]
        first = " ".join(part for part in parts if part)
    else:
        first = "Nothing is being exploited."
    found = f"{first} {_promisesshort(numbers)} {foot(numbers)}"
    return shorten(found, HEAD)


def _promisesshort(numbers: Numbers) -> str:
    kept = numbers.week.promises
    if not kept.met and not kept.missed:
        return "No promise fell due."
    if not kept.missed:
        return f"All {kept.met:,} promises kept." if kept.met > 1 else "The one promise was kept."
    return f"{kept.met:,} of {kept.met + kept.missed:,} promises kept."


def period(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return the week, `Mon 23 to Sun 29 Nov 2026`, or the month, or how many days up to which instant when they are not over."""
    since, until = numbers.week.period.since.astimezone(program.tz), numbers.week.period.until
    if live:
        return f"{numbers.span.days} days to {times.clock_time(until, program.tz)}"
    last = (until - timedelta(microseconds=1)).astimezone(program.tz)
    if numbers.span is Span.MONTH:
        return f"{last:%B %Y}"
    begin = f"{since:%a} {since.day}"
    if since.month != last.month:
        begin += f" {since:%b}" + (f" {since.year}" if since.year != last.year else "")
    return f"{begin} to {last:%a} {last.day} {last:%b} {last.year}"


def about(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return the week and its counts."""
    week = numbers.week
    more = f" ({abs(numbers.more):,} {'more' if numbers.more > 0 else 'fewer'})" if numbers.more else ""
    counts = (
        f"{numbers.open:,} open{more}, {week.received.value:,} received, {week.resolved.value:,} resolved"
    )
    return f"{period(numbers, program, live=live)}: {counts}"


def card(numbers: Numbers, program: Program, *, live: bool) -> Card:
    """Return the digest as a card with its picture; what has no content is left out."""
    data = picture(
        numbers,
        title=title(numbers),
        about=about(numbers, program, live=live),
        foot=foot(numbers),
        decide=bool(decision(numbers)),
    )
    image = Image("digest", alt(numbers, program, live=live), json.dumps(data))
    how = Button("digest-counted", "How counted", "quiet")
    if numbers.quiet:
        return Card(title=say(title(numbers)), image=image, buttons=(how,))
    found = {
        "Promises": _promises(numbers),
        WANTS: waits(numbers, program),
        CHANGE: _change(numbers),
        "Open": _open(numbers),
        "Times": lines([_time(name, numbers) for name in _TIMED]),
        "Public within 30 days, fix or not": _public(numbers, program),
        "Without an owner": _unowned(numbers),
        asked_label(numbers.span): asked(numbers),
        decided_label(numbers.span): decided(numbers),
        SPENT: _spent(numbers),
        **sections(numbers.trends),
    }
    return Card(
        title=say(title(numbers)),
        lines=(say(about(numbers, program, live=live) + "."),),
        fields=tuple((label, text) for label, text in found.items() if text),
        image=image,
        buttons=(*buttons(numbers), how),
    )


def alt(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return the picture in words: title, counts and foot."""
    return f"{title(numbers)}. {about(numbers, program, live=live)}. {foot(numbers)}"


def _open(numbers: Numbers) -> Text:
    if not numbers.open:
        return Text()
    levels = [
        f"{count:,} {level.value if level else 'not rated yet'}"
        for level in (*Level, None)
        if (count := numbers.levels.get(level, 0))
    ]
    ages = {
        age: sum(count for (_, one), count in numbers.week.open.cells.items() if one is age) for age in Age
    }
    old = [f"{count:,} {age.value}" for age, count in ages.items() if count]
    return say(f"{numbers.open:,}: {', '.join(levels)}. Received {', '.join(old)} ago.")


def _time(name: ClockName, numbers: Numbers) -> Text:
    found, before = numbers.week.times[name], numbers.before.get(name)
    if found.middle is None or found.ninety is None:
        return Text()
    was = f"; median before {times.length(before.middle)}" if before and before.middle is not None else ""
    return say(
        f"{_TIMED[name]}: median {times.length(found.middle)}, 90th percentile {times.length(found.ninety)}, "
        f"of {found.of:,}{was}."
    )


def _promises(numbers: Numbers) -> Text:
    kept = numbers.week.promises
    if not kept.met and not kept.missed:
        return Text()
    missed = [many(count, STEPS[name]) for name, count in numbers.missed.items() if count]
    tail = f"{kept.missed:,} missed: {', '.join(missed)}." if missed else "none missed."
    before = numbers.kept_before
    was = f" Before: {before.met:,} met, {before.missed:,} missed." if before and (before.met or before.missed) else ""
    return say(f"{kept.met:,} met, {tail}{was}")


def _change(numbers: Numbers) -> Text:
    week = numbers.week
    found = (("Received", week.received.value, numbers.received_before), ("Resolved", week.resolved.value, numbers.resolved_before))
    return say(" ".join(f"{words} {now:,}, before {before:,}." for words, now, before in found if now or before))


def _spent(numbers: Numbers) -> Text:
    spent = numbers.spent
    if spent is None or not spent.count:
        return Text()
    of = f" of {money(spent.budget, spent.currency)}" if spent.budget else ""
    unpaid = f", {money(spent.unpaid, spent.currency)} unpaid" if spent.unpaid else ""
    over = f" Over budget by {money(spent.amount - spent.budget, spent.currency)}: decide whether it grows." if (
        0 < spent.budget < spent.amount) else ""
    return say(f"{money(spent.amount, spent.currency)}{of} in {spent.year}, {many(spent.count, ('reward', 'rewards'))}{unpaid}.{over}"
               f"{beside(dict(spent.each), spent.currency)}")


def _unowned(numbers: Numbers) -> Text:
    count = numbers.week.unowned.value
    if not count:
        return Text()
    oldest = min(one.since for one in numbers.orphans)
    return say(f"{_reports(count, 'accepted ')}, one for {times.length(numbers.now - oldest)}.")


def _public(numbers: Numbers, program: Program) -> Text:
    count = numbers.week.public_soon.value
    if not count:
        return Text()
    without = (
        f", {numbers.without_fix:,} without a finished fix" if numbers.without_fix else ", all fixed"
    )
    first = (
        f" The first embargo ends {times.clock_time(numbers.first_public, program.tz)}."
        if numbers.first_public
        else ""
    )
    return say(f"{many(count, ('report', 'reports'))}{without}.{first}")
