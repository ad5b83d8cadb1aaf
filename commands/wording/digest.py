"""What leadership reads: the digest in words.

Decides words only. Counts and times, no titles, no reporters; a report's id stands only where a decision
needs it, and never in the picture, which may be passed on: `digest_picture.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from commands import times
from commands.digest.numbers import Numbers, Outcome
from commands.text import Button, Card, Image, Text, code, lines, quiet, say, shorten
from commands.wording.common import STATE_WORDS
from commands.wording.digest_causes import sections
from commands.wording.digest_picture import late, picture
from config.policy.deadlines import ClockName
from config.policy.metrics import Age
from config.policy.states import Level, State
from config.program import Program

HEAD = 200  # characters in which a hurried reader must find what matters
_LISTED = 5
_HOUR = timedelta(hours=1)

_STEPS: dict[ClockName, tuple[str, str]] = {
    ClockName.ACKNOWLEDGE: ("acknowledgement", "acknowledgements"),
    ClockName.FIRST_RESPONSE: ("first answer", "first answers"),
    ClockName.TRIAGE: ("judgement", "judgements"),
    ClockName.MITIGATION: ("stop-gap", "stop-gaps"),
    ClockName.REMEDIATION: ("fix", "fixes"),
    ClockName.VERIFICATION: ("check of a fix", "checks of fixes"),
    ClockName.UPDATE: ("update", "updates"),
    ClockName.PUBLISH: ("publication", "publications"),
    ClockName.EXPLOITED: ("warning to users", "warnings to users"),
}
_TIMED: dict[ClockName, str] = {
    ClockName.ACKNOWLEDGE: "Acknowledged",
    ClockName.FIRST_RESPONSE: "First answer",
    ClockName.TRIAGE: "Judged",
    ClockName.REMEDIATION: "Fix ready",
}
_DECIDED: dict[str, tuple[str, str]] = {
    "decline": ("refusal to fix", "refusals to fix"),
    "more_time": ("later date", "later dates"),
    "resolve_limited": ("resolution on limited evidence", "resolutions on limited evidence"),
    "appeal": ("appeal heard", "appeals heard"),
    "publish": ("publication", "publications"),
    "no_publication": ("agreement not to publish", "agreements not to publish"),
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


def _many(count: int, words: tuple[str, str]) -> str:
    return f"{count:,} {words[count != 1]}"


def _reports(count: int, kind: str = "") -> str:
    return _many(count, (f"{kind}report", f"{kind}reports"))


def title(numbers: Numbers) -> str:
    """Return the finding of the week."""
    missed = {name: count for name, count in numbers.missed.items() if count}
    if numbers.attacked:
        return f"{_number(numbers.attacked)} {_FLAWS[numbers.attacked != 1]} being exploited"
    if numbers.shown:
        return f"{_number(numbers.shown)} {_EXPLOITS[numbers.shown != 1]} public"
    if len(missed) == 1:
        ((name, count),) = missed.items()
        return f"{_number(count)} {_STEPS[name][count != 1]} {'was' if count == 1 else 'were'} late"
    if missed:
        return f"{_number(sum(missed.values()))} promises were missed"
    if numbers.quiet:
        return "A quiet week"
    wanted = _wanted_count(numbers)
    if wanted:
        return f"{_number(wanted)} {'decision is' if wanted == 1 else 'decisions are'} wanted"
    return "Every promise was kept" if numbers.week.promises.met else "Nothing is late"


def _wanted_count(numbers: Numbers) -> int:
    return len(numbers.wanted) + numbers.week.unowned.value + numbers.very_late


def decision(numbers: Numbers) -> str:
    """Return the one thing to decide first, without an id; empty when there is none."""
    if numbers.attacked or numbers.shown:
        count = numbers.attacked or numbers.shown
        what = "being exploited" if numbers.attacked else "open while its exploit is public"
        return f"when to warn users; {_many(count, ('report is', 'reports are'))} {what}."
    if numbers.orphans and numbers.orphans[0].level in (Level.CRITICAL, Level.HIGH):
        return _orphan_words(numbers)
    if numbers.wanted:
        one = numbers.wanted[0]
        more = f", and {_many(len(numbers.wanted) - 1, ('more', 'more'))}" if len(numbers.wanted) > 1 else ""
        return f"{_act(one.act)}, which lapses {times.clock_time(one.lapses_at)}{more}."
    if numbers.orphans:
        return _orphan_words(numbers)
    if numbers.overdue:
        worst = numbers.overdue[0]
        what = f"whose {_STEPS[worst.clock][0]} is {late(worst.by)}"
        return f"what happens with {_article(worst.level)} report {what}."
    return ""


def _orphan_words(numbers: Numbers) -> str:
    worst = numbers.orphans[0]
    same = numbers.unowned.get(worst.level, 1)
    since = times.length(numbers.now - worst.since)
    if same == 1:
        return f"the {worst.level} report has had no owner for {since}."
    return f"{same:,} {worst.level} reports have no owner, one for {since}."


def _article(level: str) -> str:
    return f"an {level}" if level == Level.INFORMATIONAL else f"a {level}" if level else "an unrated"


def _act(act: str) -> str:
    return {
        "accept": "whether a level is right",
        "severity": "whether a level is right",
        "close-without-fix": "whether a report is spam",
        "case decline": "whether a fix is refused",
        "more-time": "whether a fix gets more time",
    }.get(act, f"about {act.removeprefix('case ').replace('-', ' ')}")


def foot(numbers: Numbers) -> str:
    """Return the sentence at the foot of the picture."""
    wanted = decision(numbers)
    return f"Decide first: {wanted}" if wanted else "Nothing waits for a decision."


def head(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return what a hurried reader must know, in 200 characters; a quiet week is this one line."""
    if numbers.quiet:
        when = period(numbers, program, live=live)
        return (
            f"A quiet week, {when}: nothing came, nothing was missed, nothing is being exploited and "
            f"nothing waits for a decision. {_many(numbers.open, ('report is', 'reports are'))} open."
        )
    if numbers.attacked or numbers.shown:
        parts = [
            _many(numbers.attacked, ("flaw is", "flaws are")) + " being exploited."
            if numbers.attacked
            else "",
            _many(numbers.shown, ("exploit is", "exploits are")) + " public." if numbers.shown else "",
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
        return f"All {kept.met:,} promises were kept." if kept.met > 1 else "The one promise was kept."
    return f"{kept.met:,} of {kept.met + kept.missed:,} promises were kept."


def period(numbers: Numbers, program: Program, *, live: bool) -> str:
    """Return the seven days: `Mon 23 to Sun 29 Nov 2026`, or up to which instant when they are not over."""
    since, until = numbers.week.period.since.astimezone(program.tz), numbers.week.period.until
    if live:
        return f"7 days to {times.clock_time(until, program.tz)}"
    last = (until - timedelta(microseconds=1)).astimezone(program.tz)
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
        return Card(title=say("A quiet week"), image=image, buttons=(how,))
    found = {
        "Open": _open(numbers),
        "Times": lines([_time(name, numbers) for name in _TIMED]),
        "Promises": _promises(numbers),
        **sections(numbers.trends),
        "Without an owner": _unowned(numbers),
        "Public within 30 days, fix or not": _public(numbers, program),
        "Wants a decision": _decisions(numbers, program),
        "Asked for last week": _asked(numbers),
        "Decided this week": _decided(numbers),
    }
    return Card(
        title=say(title(numbers)),
        lines=(say(about(numbers, program, live=live) + "."),),
        fields=tuple((label, text) for label, text in found.items() if text),
        image=image,
        buttons=(*_buttons(numbers), how),
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
    missed = [_many(count, _STEPS[name]) for name, count in numbers.missed.items() if count]
    tail = f"{kept.missed:,} missed: {', '.join(missed)}." if missed else "none missed."
    return say(f"{kept.met:,} met, {tail}")


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
        f", {numbers.without_fix:,} of them without a finished fix" if numbers.without_fix else ", all fixed"
    )
    first = (
        f" The first embargo ends {times.clock_time(numbers.first_public, program.tz)}."
        if numbers.first_public
        else ""
    )
    return say(f"{_many(count, ('report', 'reports'))}{without}.{first}")


def _decisions(numbers: Numbers, program: Program) -> Text:
    rows: list[Text] = []
    if numbers.attacked or numbers.shown:
        rows.append(say(decision(numbers)[:1].upper() + decision(numbers)[1:]))
    for one in numbers.wanted:
        until = times.clock_time(one.lapses_at, program.tz)
        rows.append(say(code(one.report), f": {_act(one.act)}; waits for {one.needs} until {until}."))
    for orphan in numbers.orphans:
        since, level = times.clock_time(orphan.since, program.tz), orphan.level or "not rated yet"
        rows.append(say(code(orphan.report), f": who owns it, {level}; nobody since {since}."))
    for one_late in numbers.overdue:
        step, level = _STEPS[one_late.clock][0], one_late.level or "not rated yet"
        rows.append(
            say(code(one_late.report), f": how to go on, {level}; the {step} is {late(one_late.by)}.")
        )
    total = _wanted_count(numbers) + bool(numbers.attacked or numbers.shown)
    return _some(rows, total)


def _some(rows: list[Text], total: int) -> Text:
    shown = rows[:_LISTED]
    rest = total - len(shown)
    return lines([*shown, *([say(quiet(f"and {rest:,} more"))] if rest > 0 else [])])


_BECAME = {"agreed": "agreed", "withdrawn": "withdrawn", "lapsed": "lapsed without a second signature"}
_ASKED = {"owner": "an owner", "sign": "a second signature", "late": "how to go on"}


def _asked(numbers: Numbers) -> Text:
    return _some([_outcome(one) for one in numbers.asked], len(numbers.asked))


def _outcome(one: Outcome) -> Text:
    state = STATE_WORDS[one.state] if one.state is not None else "gone"
    if one.became == "open":
        words = {"owner": "still nobody", "sign": "still waiting", "late": "still late"}[one.what]
    elif one.became == "owned":
        words = "somebody took it"
    else:
        words = _BECAME.get(one.became, "settled")
    return say(code(one.report), f", {_ASKED[one.what]}: {words}; now {state}.")


def _decided(numbers: Numbers) -> Text:
    rows = []
    for kind, states in numbers.decided.items():
        now = ", ".join(f"{count:,} {STATE_WORDS[state]}" for state, count in _in_order(states))
        rows.append(say(f"{_many(sum(states.values()), _DECIDED[kind])}: now {now}."))
    return lines(rows)


def _in_order(states: Mapping[State, int]) -> list[tuple[State, int]]:
    return [(state, states[state]) for state in State if state in states]


def _buttons(numbers: Numbers) -> tuple[Button, ...]:
    found = [
        Button(f"case agree proposal={one.proposal}", f"Agree: {one.act} {one.report}")
        for one in numbers.wanted[:2]
    ]
    found += [
        Button(f"owner report={one.report}", f"Name the owner of {one.report}") for one in numbers.orphans[:2]
    ]
    found += [Button(f"show report={one.report}", f"Show {one.report}") for one in numbers.overdue[:1]]
    if numbers.orphans and numbers.orphans[0].level in (Level.CRITICAL, Level.HIGH):
        found.sort(key=lambda one: not one.id.startswith("owner "))
    return tuple(
        Button(one.id, one.label, "secondary" if number else "primary")
        for number, one in enumerate(found[:3])
    )
