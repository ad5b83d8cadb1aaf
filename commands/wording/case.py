"""What both sides read while a case goes on. To a researcher we are "we" and the triage team, never a name."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from commands.calls import Field, Form
from commands.text import Text, bold, code, say
from commands.times import clock_time, count, day
from commands.wording import duplicates
from config.policy.states import Role, Verdict
from storage.models import Report

_AS_ROLE = {"security": "a security triager", "ml": "a machine-learning triager", "lead": "the programme's lead",
            "owner": "the owner of the fix"}


def as_role(part: str) -> str:
    """Return how somebody on a roster appears to the researcher."""
    return _AS_ROLE.get(part, "the triage team")


def role_shown(part: str) -> str:
    """Return a part of the roster as colleagues read it."""
    return {"security": "security", "ml": "machine learning"}.get(part, part)


# -- talk ------------------------------------------------------------------------------------------------------

def taken(report: str, *, encrypted: bool) -> Text:
    """Says where words went."""
    return say("To the triage team of ", bold(report), ", opened on our side." if encrypted else ".")


def moved(report: str) -> Text:
    """Words were taken back from a report."""
    return say("Taken back from ", bold(report), ". Choose below where it belongs.")


def gone() -> Text:
    """The choice is no longer open."""
    return say("That is gone: chosen, moved or destroyed. Send it again if need be.")


def send_again() -> Text:
    """A file could not be fetched."""
    return say("We could not fetch that. Send it again.")


def file_too_large(limit: int) -> Text:
    """A file over the limit."""
    return say(f"That is over {limit // (1024 * 1024)} MiB, so nothing was added. Send a smaller file, or tell us about it.")


def files_came(number: int) -> str:
    """Shown in the channel in place of words."""
    return f"{count(number, 'file')}, unencrypted by the researcher's choice."


def files_added(report: str, number: int) -> Text:
    """Files are with a report."""
    return say(f"{count(number, 'file')} added to ", bold(report), ".")


def no_way_back() -> Text:
    """Nobody can be reached on the other side."""
    return say("The researcher has no account here now. Nothing was sent; keep a note instead.")


def goes_in_clear() -> Text:
    """Asked once for each report."""
    return say("Without a key of the researcher their chat platform can read this. Leave details of the flaw out, and "
               "confirm once for this report.")


def clear_form(line: str, text: str, report: str) -> Form:
    """The form that confirms an answer in clear."""
    return Form(id=line, title=f"Send in clear to the researcher of {report}", submit="Send in clear",
                about="Their chat platform can read it. Asked once a report.",
                fields=(Field("text", "The answer", "lines", required=True, value=text),))


def on_its_way() -> Text:
    """A relay was recorded."""
    return say("On its way; the message above says when it is delivered.")


def asked() -> Text:
    """A question was recorded."""
    return say("Asked. Clocks pause for the answer.")


def noted() -> Text:
    """A note was kept."""
    return say("Noted. It stays in this channel.")


def update_form(line: str, text: str) -> Form:
    """The form with a truthful sentence from the record."""
    return Form(id=line, title="Update for the researcher", submit="Send the update",
                about="From the record; change it as you like.",
                fields=(Field("text", "The update", "lines", required=True, value=text),))


# -- to the researcher -----------------------------------------------------------------------------------------

def acknowledgement(report: str) -> str:
    """The prefilled human sentence of an acknowledgement."""
    return f"Thank you for {report}. I have read it. You hear from us with questions or a decision."


def accepted(report: Report) -> Text:
    """The decision to accept."""
    return say("We accept ", bold(report.id), f" as {report.level}. Next we tell you a date.")


def level_changed(report: Report, reason: str) -> Text:
    """A new level, with the reason when it takes longer now."""
    return say(f"We now judge {report.id} as {report.level}.", f" The reason: {reason}" if reason else "")


def dated(report: Report, due: datetime, zone: tzinfo) -> Text:
    """The date of a fix."""
    return say("Work on ", bold(report.id), f" has begun. We aim for {day(due, zone)}.")


def date_changed(report: Report, due: datetime, reason: str, stop_gap: str, zone: tzinfo) -> Text:
    """A later date."""
    return say("We need more time for ", bold(report.id), f": the new date is {day(due, zone)}. The reason: {reason}",
               f" Meanwhile: {stop_gap}" if stop_gap else "")


def mitigated(report: Report, off: str) -> Text:
    """A stop-gap is in place."""
    return say("A stop-gap for ", bold(report.id), f" is in place: {off} The fix follows.")


def your_retest(report: Report, build: str, end: datetime, zone: tzinfo, k: int, n: int) -> Text:
    """The fix is the researcher's to try."""
    rate = f" It worked {k} of {n} times when we tried." if n > 0 else ""
    return say("A fix for ", bold(report.id), f" is ready: {build}.{rate} Please try it by "
               f"{clock_time(end, zone)}. Without your word we close it on our own numbers. A bypass is credited.")


def resolved(report: Report, verdict: Verdict) -> Text:
    """It is resolved; credit and consent are asked now."""
    how = {"verified": "the fix holds, on your tests and ours", "verified_internally": "the fix holds on our own tests",
           "partial": "the fix holds in part", "inconclusive": "the evidence stays limited"}.get(verdict.value, verdict.value)
    return say(bold(report.id), f" is resolved: {how}. May we publish it, and whom do we thank? Press a button, or "
                                "send ", code("credit"),
               " and the name. Nothing is published without your word.")


def reason_words(reason: str, report: Report, *, first: datetime | None = None, zone: tzinfo = UTC) -> str:
    """Return the prefilled message of a close without a fix; `first` is when the report came that a duplicate repeats."""
    base = {
        "duplicate": duplicates.closed(report.id, first, zone),
        "out-of-scope": f"Thank you. {report.id} is out of our scope, so we do not work on it.",
        "not-reproduced": f"Thank you. We tried {report.id} in your setting and it did not happen. Tell us more, and we look "
                          "again.",
        "informative": f"Thank you. {report.id} is true and useful, but needs no fix from us.",
        "spam": f"We closed {report.id}: it is not a report about our systems.",
    }
    appeal = "" if reason == "spam" else " If you disagree, send appeal within 30 days: somebody else judges it."
    return base[reason] + appeal


def published(report: Report, *, credited: bool) -> Text:
    """It is public."""
    return say(bold(report.id), " is published, ", "with thanks in the hall of fame." if credited
               else "without a name, as you wished.", " To change that, send ", code("credit"), " with a name, or ",
               code("credit none"), ".")


# -- to colleagues ---------------------------------------------------------------------------------------------

def who(role: Role) -> str:
    """Return a role as a person in a sentence."""
    return {Role.LEAD: "the lead", Role.OWNER: "the owner"}.get(role, role.value)


def waiting_for(needs: str, lapses: datetime, zone: tzinfo) -> Text:
    """A first signature is recorded."""
    return say(f"Proposed; waiting for {needs} until {clock_time(lapses, zone)}. They press Agree on the card.")


def deleted_by_reporter() -> Text:
    """Return the line for colleagues when a researcher deleted something they had sent."""
    return say("The researcher deleted a message. Its words stay with the report.")
