"""What a colleague reads in their queue: the groups, one line a report, what is offered at once, and what there is to filter by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from commands.text import Text, bold, code, lines, say
from commands.times import clock_time, count
from config.policy.deadlines import ClockName
from config.policy.pings import Need
from config.policy.states import Role

HEADS: Mapping[Need, str] = {Need.YOU: "Needs you", Need.WEEK: "This week", Need.OTHERS: "Waiting for others", Need.LATER: "Later"}

STAND_IN = say("Stand in for the missing discipline, with a reason")

# What a clock asks for that is not the next step itself: the words, the command, the label of its button.
BESIDE: Mapping[ClockName, tuple[Text, str, str]] = {
    ClockName.ACKNOWLEDGE: (say("Acknowledge it"), "acknowledge", "Acknowledge"),
    ClockName.TRIAGE: (say("Accept it or set it aside"), "show", "Open it"),
    ClockName.VERIFICATION: (say("Say whether the fix holds"), "show", "Open it"),
    ClockName.FIRST_RESPONSE: (say("Give the first real answer"), "reply", "Answer"),
    ClockName.UPDATE: (say("Send an update"), "update", "Write the update"),
    ClockName.MITIGATION: (say("Put a stop-gap in place"), "mitigate", "Stop-gap in place"),
    ClockName.EXPLOITED: (say("Tell the users what to do"), "show", "Open it"),
}

_WAITS = {"owner": "the owner", "lead": "the lead", "triagers": "the assignee"}

MORE, BACK, ACT, WRITE = "More", "Back", "Act on several", "Write them"
DONE = "Done"


def title(needs: int, week: int, others: int) -> Text:
    """The head of a queue, as the morning list counts."""
    if not needs and not week:
        return say("No report waits for you")
    return say(f"{needs or 'None'} {'needs' if needs < 2 else 'need'} you today, {week} this week, {others} "
               f"{'waits' if others == 1 else 'wait'} for others")


def title_of(words: Iterable[str], number: int) -> Text:
    """The head of a queue that was narrowed down."""
    return say(f"{count(number, 'report')}: {', '.join(words)}")


def decide(act: str) -> Text:
    """A proposal that waits for the reader."""
    return say(f"Agree to it, or say no: {act.rpartition(' ')[2].replace('-', ' ')}")


def next_deadline(report: str, what: Text, due: datetime, zone: tzinfo) -> Text:
    """What comes next when nothing waits."""
    return say(f"The next deadline is {clock_time(due, zone)}: ", bold(report), ", ", lower(what), ".")


def nothing(roles: Collection[Role]) -> Text:
    """No report at all."""
    head = "No report waits for you, no deadline runs. "
    if Role.TRIAGER in roles or Role.OWNER in roles or Role.LEAD in roles:
        return say(head, "New ones come to you by themselves.")
    if Role.LEADERSHIP in roles:
        return say(head, "Decisions for you stand here; the programme's figures: ", code("/vdp digest"), ".")
    return say(head, "How the bot does: ", code("/vdp upkeep health"), ".")


def nothing_fits(words: Iterable[str], due: datetime | None, zone: tzinfo) -> Text:
    """No report under a filter."""
    after = f"Next deadline: {clock_time(due, zone)}. " if due is not None else ""
    return say(f"No report of yours is {', '.join(words)}. {after}See all: ", code("/vdp queue"), ".")


def line(report: str, category: str, level: str, what: Text, *, waits: str, due: datetime | None, late: bool, zone: tzinfo) -> Text:
    """One report: id, category, level, what to do, by when; `waits` is whose turn it is when it is not the reader's."""
    who = _WAITS.get(waits, "")
    act = say(f"{who}: ", lower(what)) if who else lower(what)
    when = "" if due is None else f", was due {clock_time(due, zone)}" if late else f", by {clock_time(due, zone)}"
    return say(bold(report), f": {category or 'no category yet'}, {level or 'not judged yet'}, ", act, when, ".")


def line_done(report: str, category: str, level: str, state: str) -> Text:
    """One report that is done."""
    return say(bold(report), f": {category or 'no category'}, {level or 'never judged'}, {state}.")


def lower(what: Text) -> Text:
    """Words inside a sentence."""
    plain = what.plain()
    return say(plain[:1].lower() + plain[1:])


def pages(page: int, of: int, number: int) -> Text:
    """Where in a long queue the reader is."""
    return say(f"Page {page} of {of}, {count(number, 'report')} in all.")


def no_such_page(of: int) -> str:
    """A page that is not there."""
    return f"The last page is {of}. Give one up to it."


def unknown_word(near: str, allowed: Mapping[str, Sequence[str]]) -> Text:
    """A filter that does not exist, with all that do."""
    meant = (say("Did you mean ", code(near), "? "),) if near else ()
    rows = [say(f"{name}: ", ", ".join(words)) for name, words in allowed.items()]
    return lines([say("These words narrow a queue, several at once if you like. ", *meant), *rows,
                  say("For example ", code("/vdp queue mine high"), ".")])


def updates_owed(number: int, first: datetime, zone: tzinfo, *, late: bool) -> Text:
    """Updates that are due, together; `first` is the earliest."""
    when = f"the first was due {clock_time(first, zone)}" if late else f"the first by {clock_time(first, zone)}"
    one = f"was due {clock_time(first, zone)}" if late else f"is owed by {clock_time(first, zone)}"
    return say(f"1 update {one}." if number == 1 else f"{number} updates are owed, {when}.")
