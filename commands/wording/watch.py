"""What the clock says: pings and lists to colleagues, honest notes and reminders to researchers.

To colleagues ids and dates only, never a word of a report. Times are absolute instants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from commands.text import Text, Words, bold, code, lines, say
from commands.times import clock_time, count, day
from commands.wording import buy_in, embargo_time, key_end, own_data, vendors
from commands.wording import staff as wording_staff
from commands.wording.common import platform_word
from config.policy.deadlines import ClockName
from config.policy.marks import Mark
from storage.models import Report

_MOST_LINES = 12

PROMISED: dict[ClockName, str] = {
    ClockName.ACKNOWLEDGE: "an acknowledgement", ClockName.FIRST_RESPONSE: "a first real answer",
    ClockName.TRIAGE: "a decision", ClockName.MITIGATION: "a stop-gap", ClockName.REMEDIATION: "a fix",
    ClockName.VERIFICATION: "a check of the fix", ClockName.UPDATE: "an update", ClockName.PUBLISH: "publication",
    ClockName.EXPLOITED: "advice to users", ClockName.RETEST: "the researcher's retest",
    ClockName.EMBARGO: "the end of the embargo", ClockName.QUESTION: "the researcher's answer",
    ClockName.CLOSING: "closing", ClockName.PROPOSAL: "a second person", ClockName.DELIVERY: "a message",
    ClockName.STOP_GAP: "the stop-gap", ClockName.DECISION: "a decision about the embargo",
    ClockName.VENDORS: "the notice to other vendors",
}


def promised(clock: str) -> str:
    """Return what a clock stands for, in a sentence."""
    return PROMISED[ClockName(clock)] if clock in list(ClockName) else clock


# -- one line to a colleague -------------------------------------------------------------------------------------

def line(what: str, report: str, data: Mapping[str, str], zone: tzinfo) -> Text:
    """Return one line about a report: what happened or is due, and when."""
    head = say(bold(report), ": ") if report else say("")
    return say(head, _mark(data, zone) if what == "mark" else _occasion(what, data, zone))


def _mark(data: Mapping[str, str], zone: tzinfo) -> str:
    name = promised(data.get("clock", ""))
    due = _when(data.get("due", ""), zone)
    match data.get("step", ""):
        case _ if data.get("clock") == ClockName.DECISION:
            return embargo_time.decide(data, due)
        case step if data.get("clock") == ClockName.VENDORS:
            return vendors.remind(step, due)
        case "repeat" if data.get("clock") == ClockName.EMBARGO:
            return embargo_time.unanswered(due)
        case step if step.startswith("ahead-"):
            return embargo_time.ahead(due)
        case "50":
            return f"half the time for {name} is used; due {due}."
        case "80":
            return f"most time for {name} is used; due {due}."
        case "100":
            return f"we promised {name} by {due} and did not keep it."
        case "+24h":
            return f"{name} was due {due} and is open a day later."
        case "+72h":
            return f"{name} was due {due} and is open three days later."
        case "stand-in":
            return "one discipline has not signed. You can stand in now, with a reason, on its card."
        case "7d" | "1d":
            return f"{name} is due {due}."
        case "repeat" if data.get("clock") == ClockName.PROPOSAL:
            return "a proposal waits for you. Agree, or say no."
        case "repeat" if data.get("clock") == ClockName.DELIVERY:
            return "a message is still not delivered. Try another way, or keep a note."
        case "repeat":
            return f"the stop-gap was meant to last until {due}. Say how it goes on."
        case _:
            return f"{name} is due {due}."


def _occasion(what: str, data: Mapping[str, str], zone: tzinfo) -> str:
    due, since = _when(data.get("due", ""), zone), _when(data.get("since", ""), zone)
    match what:
        case "new_report":
            return f"a new report, received {since}. Acknowledge it by {due}."
        case "new_urgent":
            return "a new report, said to be exploited or public, while everybody is away. Look now, or name a cover: /vdp away."
        case "new_report_lead":
            return f"a new report, received {since}."
        case "reporter_wrote":
            times = int(data.get("count", "1"))
            return f"the researcher wrote{f' {times} times' if times > 1 else ''}, first {since}."
        case "undelivered":
            return "a message could not be delivered; its channel says which."
        case "drift_joined":
            return f"{data.get('name') or 'somebody'} was added to the channel by hand and is out again. Assign them to let them read."
        case "drift_left":
            return f"{data.get('name') or 'somebody'} left the channel and is asked in again."
        case "drift_renamed":
            return "somebody renamed the channel; it has its name again."
        case "drift_archived":
            return "somebody archived the channel. Unarchive it and invite the bot."
        case "drift_removed":
            return "somebody removed the bot from the channel. Invite it again."
        case "channel_failed":
            return "its channel could not be opened; the report is safe, the operators know."
        case "decision":
            return "a decision waits for you."
        case "owner":
            named = f"you own the fix{f', due {due}' if due else ''}. "
            if data.get("on"):
                return f"{named}Its channel is on {platform_word(data['on'])}, where you have no account. Open it here."
            return f"{named}The brief is in its channel."
        case "process_review":
            return (f"report number {data.get('count', '3')} in a year with the same root cause, category and component. "
                    "Ask for a process review; the lead knows the others.")
        case "rotation":
            return "yours now, by rotation. The next step is on its card."
        case "nobody_for":
            return wording_staff.no_triager(data.get("crafts", "").split(","))
        case "took_over":
            return wording_staff.took_over(int(data.get("count", "0")))
        case "stop_gap_off":
            return "the stop-gap is off before the fix. The researcher knows; the next step is on its card."
        case "account_gone":
            return wording_staff.account_gone()
        case "embargo_moved":
            return f"agreed: the embargo ends {_when(data.get('due', ''), zone)}."
        case "embargo_refused":
            return f"the researcher refused our end; the embargo ends {_when(data.get('due', ''), zone)}, as before."
        case "embargo_ended":
            return "the researcher ended the embargo. Look at what becomes public now."
        case "fix_ready":
            return "the fix is ready to verify."
        case "fix_failed":
            return "the fix did not hold and is yours again."
        case "internal":
            return (f"Something failed on our side and was given up. Reference {data.get('reference', '')}. "
                    "The log has the place, and nothing that was sent.")
        case "care":
            return "its content needs care by law. Look at it today, or ask the lead."
        case "exploited":
            return "confirmed as exploited or public. Act now, by its card."
        case "nudge":
            return f"the researcher asks for news: {promised(data.get('clock', ''))} was due {due}."
        case "lapsed":
            return f"your proposal ({data.get('act', '')}) lapsed. Propose it again if it still stands."
        case "embargo_end":
            return f"the embargo has ended; the researcher may publish. {vendors.then_publish(data.get('notice'), zone)}"
        case "act_refused":
            return f"the clock could not take its step ({data.get('act', '')}). Look at it."
        case "dead_letter":
            return f"could not be delivered: {data.get('key', '')} ({data.get('reason', '')}). Try again with /vdp upkeep revive."
        case "key":
            return key_end.over(due) if data.get("over") == "yes" else key_end.near(due)
        case "key_extended":
            return key_end.extended(due)
        case "key_refused":
            return key_end.refused(due)
        case "data_request_new" | "data_request_soon" | "data_request_due":
            return own_data.line(what, data, due)
        case "buy_in" | "buy_in_lead" | "buy_in_leadership" | "unowned_lead" | "unowned_leadership":
            return buy_in.line(what, data, zone)
        case _:
            return what.replace("_", " ") + "."


def _when(text: str, zone: tzinfo) -> str:
    return clock_time(datetime.fromisoformat(text), zone) if text else ""


def several(rows: Sequence[Words]) -> Text:
    """Several pings put into one message."""
    return lines([say(f"{count(len(rows), 'reminder')} for you:"), *to_know(rows)])


def to_know(rows: Sequence[Words]) -> list[Text]:
    """Return lines of what is due or new, none left out: one for each report, and one for all reports of which the same is said."""
    found: dict[str, Text] = {}
    alone: list[Text] = []
    for row in map(say, rows):
        if not (row.spans and row.spans[0].style == "bold"):
            alone.append(row)
            continue
        report = row.spans[0].text
        more = row.plain().removeprefix(f"{report}: ")
        found[report] = say(found[report], f" {more[:1].upper()}{more[1:]}") if report in found else say(more)
    same: dict[str, list[str]] = {}
    for report, words in found.items():
        same.setdefault(words.plain(), []).append(report)
    shown = [say(bold(", ".join(reports)), ": ", found[reports[0]]) for reports in same.values()]
    return [say("• ", one) for one in (*shown, *alone)]


def listed(rows: Sequence[Words]) -> list[Text]:
    """Return the lines of a list, the rest of a long one counted."""
    found = [say("• ", one) for one in rows[:_MOST_LINES]]
    if len(rows) > _MOST_LINES:
        found.append(say(f"and {len(rows) - _MOST_LINES} more: ", code("/vdp queue")))
    return found


# -- lists -------------------------------------------------------------------------------------------------------

def your_day(you: int, week: int, others: int) -> Text:
    """The head of the morning list."""
    return say(bold(f"Your day: {you} {'needs' if you == 1 else 'need'} you today, {week} this week, "
                    f"{others} {'waits' if others == 1 else 'wait'} for others"))


def task(report: str, what: Text, due: datetime | None, zone: tzinfo) -> Text:
    """One of the first lines of a list: the next step and its time."""
    return say(bold(report), ": ", what, f", by {clock_time(due, zone)}" if due else "", ".")


def reminders() -> Text:
    """Above what is new since the last list."""
    return say(bold("To know"))


def before_days_off(until: datetime, zone: tzinfo) -> Text:
    """The head of the list before the weekend."""
    return say(bold(f"Before the days off: due before {clock_time(until, zone)}"))


def falls_due(report: str, clock: ClockName, due: datetime, zone: tzinfo) -> Text:
    """One line of the list before the weekend."""
    return say(bold(report), f": {promised(clock)}, due {clock_time(due, zone)}.")


def your_fixes(number: int) -> Text:
    """The head of an owner's weekly list."""
    return say(bold(f"Your fixes this week: {count(number, 'open report')}"))


def one_fix(report: str, level: str, due: datetime | None, zone: tzinfo) -> Text:
    """One line of an owner's weekly list."""
    return say(bold(report), f", {level or 'no level yet'}: ", f"fix due {day(due, zone)}." if due else "no date yet.")


# -- to researchers ----------------------------------------------------------------------------------------------

def late_notes(report: Report, missed: Sequence[tuple[ClockName, datetime]], zone: tzinfo) -> Text:
    """One honest note about every promise that was missed since the last one."""
    if len(missed) == 1:
        promise = f"We promised {promised(missed[0][0])} by {clock_time(missed[0][1], zone)}"
        return say(bold(report.id), f": {promise} and did not keep it. That is our fault; the lead knows. "
                   "Press Nudge to hear sooner.")
    parts = [say("• ", promised(clock), f", by {clock_time(due, zone)}") for clock, due in missed]
    return lines([say(bold(report.id), ": we promised this and did not keep it:"), *parts,
                  say("That is our fault; the lead knows. Press Nudge to hear sooner.")])


def still_asked(report: Report, mark: Mark, zone: tzinfo) -> Text:
    """A reminder that a question is open."""
    end = f" until {clock_time(mark.due, zone)}" if mark.due else ""
    return say("Our question about ", bold(report.id), f" waits for you{end}. Then we decide on what we have. "
               "A short answer here helps.")


def still_yours(report: Report, mark: Mark, zone: tzinfo) -> Text:
    """A reminder that a fix is theirs to try."""
    end = f" until {clock_time(mark.due, zone)}" if mark.due else ""
    return say("The fix for ", bold(report.id), f" is yours to try{end}. Without your word we close it on our own numbers. Choose below.")


def lapsed(report: Report, appeal: datetime, zone: tzinfo) -> Text:
    """An open question ended without an answer."""
    return say("Our question about ", bold(report.id), " had no answer and we could not see it happen, so it is closed "
               f"as not reproduced. Send appeal by {clock_time(appeal, zone)} to tell us more.")


def went_on(report: Report) -> Text:
    """An open question ended without an answer, and we go on."""
    return say("Our question about ", bold(report.id), " had no answer. We saw the flaw ourselves and go on. "
               "You can still answer here.")


def embargo_over(report: Report) -> Text:
    """The agreed silence has ended."""
    return say("The embargo of ", bold(report.id), " has ended. You may publish. Tell us here, and we link to it.")


def nudged(sees: datetime, zone: tzinfo) -> Text:
    """A nudge was passed on."""
    return say("Passed on. The triage team and the lead see it by ", f"{clock_time(sees, zone)}. ",
               "Write here at any time.")


def nudged_already(at: datetime, zone: tzinfo) -> Text:
    """The same promise was nudged about before."""
    return say(f"We passed that on {clock_time(at, zone)}, once a missed promise. Write here if there is news.")


def not_late(report: Report) -> Text:
    """Nothing to nudge about."""
    return say("Nothing we promised for ", bold(report.id), " is late. Send ", code("status"), " for the next date.")
