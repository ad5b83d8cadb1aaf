"""What the digest wants decided, in words: the one thing first, what waits, what became of it, and the buttons that act.

Decides words and their order: what is exploited, what nobody owns or answers for, what waits for a signature, what is very late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from commands import times
from commands.digest.numbers import Numbers, Outcome, Unwarned
from commands.digest.spans import Span
from commands.text import Button, Text, bold, code, lines, quiet, say
from commands.wording import buy_in, embargo_time
from commands.wording.common import STATE_WORDS
from commands.wording.digest_picture import late
from config.policy.deadlines import ClockName
from config.policy.states import Level, State
from config.program import Program

WANTS = "Wants a decision"
_LISTED = 5
_BUTTONS = 3
_FIRST = 2  # of each sort before more of another

STEPS: dict[ClockName, tuple[str, str]] = {
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
_DECIDED: dict[str, tuple[str, str]] = {
    "decline": ("refusal to fix", "refusals to fix"),
    "more_time": ("later date", "later dates"),
    "resolve_limited": ("resolution on limited evidence", "resolutions on limited evidence"),
    "appeal": ("appeal heard", "appeals heard"),
    "publish": ("publication", "publications"),
    "no_publication": ("agreement not to publish", "agreements not to publish"),
}
_ACTS = {
    "accept": "whether a level is right",
    "severity": "whether a level is right",
    "close-without-fix": "whether a report is spam",
    "decline": "whether a fix is refused",
    "more-time": "whether a fix gets more time",
    "program reward": "whether a large reward is given",
}


def many(count: int, words: tuple[str, str]) -> str:
    """Return a number with its noun."""
    return f"{count:,} {words[count != 1]}"


def act(name: str) -> str:
    """Return what a first signature asks, by the name of the command that was proposed."""
    return _ACTS.get(name.removeprefix("case "), f"about {name.rpartition(' ')[2].replace('-', ' ')}")


def wanted(numbers: Numbers) -> int:
    """Return how many decisions are wanted, without what is exploited; all product areas without buy-in are one."""
    return len(numbers.wanted) + numbers.week.unowned.value + bool(numbers.missing) + numbers.very_late


# -- the one thing -----------------------------------------------------------------------------------------------

def decision(numbers: Numbers) -> str:
    """Return the one thing to decide first, without an id; empty when there is none."""
    if numbers.unwarned:
        count = numbers.unwarned_attacked or numbers.unwarned_shown
        what = "being exploited" if numbers.unwarned_attacked else "open while its exploit is public"
        return f"when to warn users; {many(count, ('report is', 'reports are'))} {what}."
    if numbers.orphans:
        return _orphan_words(numbers)
    if numbers.missing:
        return buy_in.decide(len(numbers.missing))
    if numbers.wanted:
        one = numbers.wanted[0]
        more = f", and {many(len(numbers.wanted) - 1, ('more', 'more'))}" if len(numbers.wanted) > 1 else ""
        return f"{act(one.act)}, by {times.clock_time(one.lapses_at)}{more}."
    if numbers.overdue:
        worst = numbers.overdue[0]
        what = f"whose {STEPS[worst.clock][0]} is {late(worst.by)}"
        return f"what happens with {_article(worst.level)} report {what}."
    return ""


def foot(numbers: Numbers) -> str:
    """Return the sentence at the foot of the picture."""
    found = decision(numbers)
    return f"Decide first: {found}" if found else "Nothing waits for a decision."


def _orphan_words(numbers: Numbers) -> str:
    worst = numbers.orphans[0]
    same = numbers.unowned.get(worst.level, 1)
    since = times.length(numbers.now - worst.since)
    if same == 1:
        return f"the {worst.level} report has had no owner for {since}."
    return f"{same:,} {worst.level} reports have no owner, one for {since}."


def _article(level: str) -> str:
    return f"an {level}" if level == Level.INFORMATIONAL else f"a {level}" if level else "an unrated"


# -- what waits, and what became of it ---------------------------------------------------------------------------

def waits(numbers: Numbers, program: Program) -> Text:
    """Return what wants a decision, the first things first."""
    zone = program.tz
    first = [_warn(one, zone) for one in numbers.unwarned]
    orphans = [say(code(one.report), f": who owns it, {one.level or 'not rated yet'}; nobody since {times.clock_time(one.since, zone)}.")
               for one in numbers.orphans]
    areas = [buy_in.row([one.name for one in numbers.missing], min((one.since for one in numbers.missing if one.since), default=None),
                        zone)] if numbers.missing else []
    signs = [say(code(one.report), f": {act(one.act)}; waits for {one.needs} until {times.clock_time(one.lapses_at, zone)}.")
             for one in numbers.wanted]
    overdue = [say(code(one.report), f": how to go on, {one.level or 'not rated yet'}; the {STEPS[one.clock][0]} is {late(one.by)}.")
               for one in numbers.overdue]
    rows = [*first[:_FIRST], *orphans[:_FIRST], *areas, *signs[:_FIRST], *orphans[_FIRST:], *signs[_FIRST:], *overdue]
    return some(rows, wanted(numbers) + numbers.unwarned_attacked + numbers.unwarned_shown)


def _warn(one: Unwarned, zone: tzinfo) -> Text:
    """What is exploited and not public yet, and what is to be decided about it."""
    why = "attacks are seen" if one.attacked else "its exploit is public"
    holds = f"the embargo holds until {times.clock_time(one.until, zone)}: end it, or say why not" if one.until is not None else \
        "no advisory is public"
    return say(code(one.report), f": when to warn users, {one.level or 'not rated yet'}; {why}, and {holds}.")


def some(rows: list[Text], total: int) -> Text:
    """Return the first of some lines, and how many more there are."""
    shown = rows[:_LISTED]
    rest = total - len(shown)
    return lines([*shown, *([say(quiet(f"and {rest:,} more"))] if rest > 0 else [])])


_BECAME = {"agreed": "agreed", "withdrawn": "withdrawn", "lapsed": "lapsed without a second signature"}
_ASKED = {"owner": "an owner", "sign": "a second signature", "late": "how to go on"}
_AREA = {"accepted": "an owner accepted", "open": "still nobody", "gone": "no longer in scope"}


def asked_label(span: Span) -> str:
    """Return the heading of what the last digest asked for."""
    return f"Asked for last {span.value}"


def decided_label(span: Span) -> str:
    """Return the heading of what was decided."""
    return f"Decided this {span.value}"


def asked(numbers: Numbers) -> Text:
    """Return what became of what the last digest asked for."""
    return some([_outcome(one) for one in numbers.asked], len(numbers.asked))


def _outcome(one: Outcome) -> Text:
    if one.what == "buy_in":
        return say(bold(one.report), f", its deadlines: {_AREA[one.became]}.")
    state = STATE_WORDS[one.state] if one.state is not None else "gone"
    if one.became == "open":
        words = {"owner": "still nobody", "sign": "still waiting", "late": "still late"}[one.what]
    elif one.became == "owned":
        words = "somebody took it"
    else:
        words = _BECAME.get(one.became, "settled")
    return say(code(one.report), f", {_ASKED[one.what]}: {words}; now {state}.")


def decided(numbers: Numbers) -> Text:
    """Return what was decided in the period, with where it stands now."""
    rows = []
    for kind, states in numbers.decided.items():
        now = ", ".join(f"{count:,} {STATE_WORDS[state]}" for state, count in _in_order(states))
        rows.append(say(f"{many(sum(states.values()), _DECIDED[kind])}: now {now}."))
    return lines(rows)


def _in_order(states: Mapping[State, int]) -> list[tuple[State, int]]:
    return [(state, states[state]) for state in State if state in states]


# -- buttons and what they show ----------------------------------------------------------------------------------

def buttons(numbers: Numbers) -> tuple[Button, ...]:
    """Return what can be done at once, in the order of the decisions; the first is the primary one."""
    owners = [Button(f"owner report={one.report}", f"Name the owner of {one.report}") for one in numbers.orphans[:_FIRST]]
    areas = [Button("program buy-in", buy_in.WHO_IS_MISSING)] if numbers.missing else []
    looks = [Button(f"digest-look report={one.report}", f"Look at {one.report}") for one in numbers.wanted[:_FIRST]]
    shows = [Button(f"show report={one.report}", f"Show {one.report}") for one in numbers.overdue[:1]]
    found = list(dict.fromkeys([*_warning(numbers), *owners[:1], *areas, *looks[:1], *owners[1:], *looks[1:], *shows]))[:_BUTTONS]
    return tuple(replace(one, look="secondary" if number else "primary") if one.look != "danger" else one
                 for number, one in enumerate(found))


def _warning(numbers: Numbers) -> list[Button]:
    """What acts on the worst of what is exploited: the two answers while its embargo holds, else a look at it."""
    if not numbers.unwarned:
        return []
    one = numbers.unwarned[0]
    if one.attacked and one.until is not None:
        end, keep = embargo_time.decision_buttons(one.report)
        return [replace(end, label=f"End the embargo of {one.report}"), replace(keep, label=f"Keep that of {one.report} a day")]
    return [Button(f"show report={one.report}", f"Show {one.report}")]


def look(report: str, level: str, state: State, found: list[tuple[str, str, str, str]]) -> Text:
    """Return what was proposed for a report: what it asks, who may agree, until when, and the whole line."""
    head = say(bold(report), f", {level or 'not rated yet'}, {STATE_WORDS[state]}.")
    rows = [say(f"{asks[:1].upper()}{asks[1:]}; waits for {needs} until {until}.\n", code(line)) for asks, needs, until, line in found]
    return lines([head, *rows], "\n\n")


def nothing_waits(report: str) -> Text:
    """Nothing is proposed for it any more."""
    return say(bold(report), ": nothing waits for a signature now. The next digest says what became of it.")
