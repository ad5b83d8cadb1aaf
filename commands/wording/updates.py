"""What an update to a researcher says before anybody edits it: one truthful sentence from the record for each state.

Every word in it stands on an entry of the ledger or a date of the report; what is not known is said to be unknown, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from commands.text import Text, bold, code, lines, say
from commands.times import clock_time, count, day
from commands.wording import vendors
from commands.wording.common import researcher_word, state_word
from config.policy.states import State, Verdict
from storage.models import Report

TITLE = "Updates owed"
ABOUT = "From the record; change them as you like. Empty ones are left out."
AGAIN = "Write it again"
NEXT = "Write the next"


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says beside the report's row: when it came to this state, and the dates ahead."""

    since: datetime | None = None
    decide_by: datetime | None = None  # the promise of a decision, while it can still be kept
    retest_until: datetime | None = None
    tried: int = 0  # attempts of our own
    now: datetime | None = None
    waits: bool = False  # for the notice to other vendors, which lasts until then; None while nobody told them
    notice_until: datetime | None = None


def sentence(report: Report, known: Known, zone: tzinfo) -> str:
    """Return how a report stands, for its researcher."""
    state, on = State(report.state), f" on {day(known.since, zone)}" if known.since else ""
    since = f" since {day(known.since, zone)}" if known.since else ""
    decide = f" We aim to decide by {day(known.decide_by, zone)}." if known.decide_by else " We write again when we have."
    match state:
        case State.RECEIVED:
            return f"We have had {report.id} since {day(report.received_at, zone)} and have not decided yet.{decide}"
        case State.ACKNOWLEDGED | State.TRIAGING:
            tried = f" We tried it {count(known.tried, 'time')} so far." if known.tried else ""
            return f"We are looking at {report.id} and have not decided yet.{tried}{decide}"
        case State.NEEDS_INFO:
            asked = f" of {day(known.since, zone)}" if known.since else ""
            return f"{report.id} waits for your answer to our question{asked}. A short one helps."
        case State.ACCEPTED:
            level = f" as {report.level}" if report.level else ""
            who = "Its owner is named; we have no date yet." if report.owner_id else \
                "We are finding who fixes it and have no date yet."
            return f"We accepted {report.id}{on}{level}. {who}"
        case State.REMEDIATING:
            return f"We have been fixing {report.id}{since}.{_date(report, known, zone)}"
        case State.MITIGATED:
            return f"A stop-gap for {report.id} has been in place{since}. The fix itself follows.{_date(report, known, zone)}"
        case State.FIX_READY:
            return f"A fix for {report.id} has been ready{since}. We check it, then you try it."
        case State.VERIFYING:
            short = " We cannot yet say that it holds." \
                if report.verdict in (Verdict.PARTIAL, Verdict.INCONCLUSIVE) else ""
            return f"We have been checking a fix for {report.id}{since}.{short} You try it when we are done."
        case State.RETEST:
            until = f" until {clock_time(known.retest_until, zone)}" if known.retest_until else ""
            return f"The fix for {report.id} is yours to try{until}. Without your word we close it on our own numbers."
        case State.RESOLVED if report.published_at is None:
            notice = vendors.for_reporter(known.notice_until, zone).plain() if known.waits else ""
            return f"{report.id} was resolved{on}. {_publication(report, notice)}"
        case _:
            return f"{report.id} is {researcher_word(state)}."


def _date(report: Report, known: Known, zone: tzinfo) -> str:
    if report.due_on is None:
        return " We have no date for the fix yet."
    if known.now is not None and report.due_on < known.now:
        return f" We aimed for {day(report.due_on, zone)}, which has passed, and have no new date yet."
    return f" We aim for {day(report.due_on, zone)}."


def _publication(report: Report, notice: str) -> str:
    said = "We have not agreed to publish it yet." if report.agreed_staff_at is None else \
        "Publishing it waits for your word." if report.agreed_reporter_at is None else \
        "Both sides agreed to publish it." if notice else "Both sides agreed to publish it; that is still to come."
    return f"{said} {notice}".rstrip()


def label(report: str, state: State, due: datetime | None, zone: tzinfo, *, late: bool) -> str:
    """What stands above one update in the form."""
    when = "" if due is None else f", was owed by {clock_time(due, zone)}" if late else f", owed by {clock_time(due, zone)}"
    return f"{report}, {state_word(state)}{when}"


def which() -> Text:
    """Words without a report."""
    return say("Name the report, or use its own channel: ", code("/vdp update AIV-K7Q3M how it stands"), ".")


def nothing_owed() -> Text:
    """No update is due soon."""
    return say("You owe no update within two days. For one report send ", code("/vdp update"), " in its channel.")


def nothing_written() -> Text:
    """Every input came back empty."""
    return say("Nothing was sent: all were empty. Open them again to write.")


def sent(reports: Sequence[str]) -> Text:
    """Updates that are on their way."""
    return say(f"{count(len(reports), 'update')} on the way: ", bold(", ".join(reports)), ".")


def not_sent(rows: Sequence[tuple[str, Text]]) -> Text:
    """Those that were not sent, each with why."""
    return lines([say("Not sent:"), *(say("• ", bold(report), ": ", why) for report, why in rows)]) if rows else Text()


def moved_on(state: State) -> Text:
    """A report changed between reading and sending."""
    return say(f"it is {state_word(state)} by now. Read it again before you write.")


def told_already() -> Text:
    """Somebody else sent an update meanwhile."""
    return say("somebody sent an update meanwhile. Read it again before you write.")


def left(number: int) -> Text:
    """More are owed than fit into one form."""
    return say(f"{count(number, 'more update')} {'is' if number == 1 else 'are'} owed.")
