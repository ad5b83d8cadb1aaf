"""The sentences that every part needs: states in words, refusals, what to do instead.

Decides words only. What a researcher reads on the way in is in `intake.py`, what both sides read while a case goes on
in `case.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from commands.text import Text, bold, code, say
from config.policy.lifecycle import Refusal
from config.policy.roles import Place
from config.policy.states import Discipline, Event, Role, State, Word, word
from storage.models import Report

# Three states have no word of their own for people (product.md section 7): they are steps of another one.
STATE_WORDS: dict[State, str] = {
    State.RECEIVED: "received",
    State.ACKNOWLEDGED: "in triage",
    State.TRIAGING: "in triage",
    State.NEEDS_INFO: "waiting for the researcher",
    State.ACCEPTED: "accepted",
    State.REMEDIATING: "being fixed",
    State.MITIGATED: "stop-gap in place",
    State.FIX_READY: "fix to verify",
    State.VERIFYING: "verifying",
    State.RETEST: "with the researcher to retest",
    State.RESOLVED: "resolved",
    State.CLOSED: "done",
    State.DUPLICATE: "a duplicate",
    State.OUT_OF_SCOPE: "out of scope",
    State.NOT_REPRODUCIBLE: "not reproduced",
    State.INFORMATIVE: "informative",
    State.WONT_FIX: "not to be fixed",
    State.WITHDRAWN: "withdrawn",
    State.SPAM: "spam",
}

ROLE_WORDS: dict[Role, str] = {
    Role.REPORTER: "a researcher", Role.TRIAGER: "a triager", Role.OWNER: "the owner", Role.LEAD: "the lead",
    Role.LEGAL: "legal", Role.PRIVACY: "the privacy lead", Role.LEADERSHIP: "leadership",
    Role.ADMIN: "an administrator", Role.CLOCK: "the clock",
}

COMMAND_EVENTS: dict[str, tuple[Event, ...]] = {
    "acknowledge": (Event.ACKNOWLEDGE,), "ask": (Event.ASK,), "accept": (Event.ACCEPT,),
    "close-without-fix": (Event.INFORMATIVE, Event.SPAM), "work": (Event.WORK,), "mitigate": (Event.MITIGATE,),
    "fix": (Event.FIX,), "verify": (Event.VERIFY,), "result": (Event.PASS,), "more-time": (Event.MORE_TIME,),
    "case decline": (Event.DECLINE,), "case appeal": (Event.APPEAL,), "case regress": (Event.REGRESS,),
    "severity": (Event.RESCORE,), "case close": (Event.CLOSE,), "case resolve-limited": (Event.RESOLVE_LIMITED,),
}

# Which command takes a step, for "possible now".
_STEP_COMMANDS: dict[Event, str] = {
    Event.ACKNOWLEDGE: "acknowledge", Event.ASK: "ask", Event.ACCEPT: "accept", Event.DUPLICATE: "close-without-fix",
    Event.OUT_OF_SCOPE: "close-without-fix", Event.NOT_REPRODUCED: "close-without-fix",
    Event.INFORMATIVE: "close-without-fix", Event.SPAM: "close-without-fix", Event.WORK: "work",
    Event.MITIGATE: "mitigate", Event.FIX: "fix", Event.VERIFY: "verify", Event.PASS: "result", Event.FAIL: "result",
    Event.MORE_TIME: "more-time", Event.RESCORE: "severity", Event.PUBLISH: "publish",
}

PLATFORM_WORDS: dict[str, str] = {"slack": "Slack", "discord": "Discord"}

_REASONS: dict[str, str] = {
    "roster_incomplete": "The roster lacks a discipline. Add somebody with /vdp assign.",
    "no_level": "Give a level: critical, high, medium, low or informational.",
    "no_category": "Choose a category, such as jailbreak.",
    "no_reproduction": "Record our own trials first: /vdp case evidence.",
    "scores_apart": "More than one level apart. Talk first; the higher one stands.",
    "no_original": "Name the report it repeats, for example original=AIV-....",
    "no_clause": "Name the policy clause that puts it out of scope.",
    "not_enough_trials": "Make more trials without a success first: /vdp case evidence.",
    "judged_before": "You set it aside before the appeal. Let somebody else judge it.",
    "no_reason": "Write a reason; the researcher reads it.",
    "no_date": "Give a date, such as 2026-12-31.",
    "no_stop_gap": "Say what is switched off or filtered.",
    "no_build": "Name the model or build that carries the fix.",
    "verified_by_owner": "Whoever made the fix does not verify it. Ask another triager.",
    "verdict_does_not_pass": "That verdict passes no fix. Record more trials, then the result again.",
    "verdict_does_not_fail": "That verdict sends no fix back. Record the result again.",
    "inconclusive_stays": "Inconclusive changes nothing. Collect more trials, then record the result again.",
    "no_cause": "Name the root cause first: /vdp case cause. If nobody knows it, record unknown with a date.",
    "no_rate": "Say how often it still works, such as 3/10.",
    "verdict_not_limited": "Only partial or inconclusive is resolved so. Record the result first.",
    "too_early": "Too early. See /vdp show for when.",
    "too_late": "The time for that is over. Open a new report that names this one.",
    "not_asked": "The researcher has not asked for that. Wait for them, or write to them.",
    "not_published": "It is not published. Publish it, or agree with the researcher not to.",
    "not_allowed": "Your role does not cover this. Ask the lead.",
}

_MISSING: dict[str, str] = {
    "done": "the report is neither resolved nor declined",
    "reporter_agreement": "the researcher has not agreed to publish",
    "lead_agreement": "our side has not agreed to publish; the lead sends agree",
    "vendor_notice": "other vendors have not had their notice",
    "advisory_agreement": "a second person has not read the advisory",
}


def platform_word(platform: str) -> str:
    """Return how a platform calls itself."""
    return PLATFORM_WORDS.get(platform, platform)


def either(platforms: Iterable[str]) -> str:
    """Return several platforms to choose from."""
    return " or ".join(platform_word(one) for one in platforms)


def named(report: Report) -> str:
    """Return the id of a report as a line of a list names it: a rehearsal is said to be one."""
    return f"{report.id} (rehearsal)" if report.rehearsal else report.id


def state_word(state: State) -> str:
    """Return the words that colleagues use for a state."""
    return STATE_WORDS[state]


def researcher_word(state: State, done: State | None = None) -> str:
    """Return one of the six words that a researcher sees, with the reason when it is done."""
    shown, reason = word(state, done=done)
    if shown is not Word.DONE or reason is None or reason in (State.RESOLVED, State.CLOSED):
        return "done, fixed" if reason is State.RESOLVED else shown.value
    return f"done, {STATE_WORDS[reason]}"


def people_words(needs: Iterable[str]) -> str:
    """Return who is waited for, in words."""
    words = []
    for one in needs:
        if one in {d.value for d in Discipline}:
            words.append(f"a triager for {'machine learning' if one == 'ml' else 'security'}")
        else:
            words.append(ROLE_WORDS[Role(one)])
    return " and ".join(words) if words else "a second person"


def refusal(report: str, state: State, event: Event, found: Refusal) -> Text:
    """Return why a step is refused and what is possible instead."""
    if found.code == "illegal_transition":
        possible = list(dict.fromkeys(_STEP_COMMANDS[one] for one in found.allowed if one in _STEP_COMMANDS
                                      and (one is not Event.PUBLISH or state in (State.RESOLVED, State.WONT_FIX))))
        head = say(bold(report), f" is {STATE_WORDS[state]}; this step does not fit now. ")
        if not possible:
            return say(head, "See ", code("/vdp show"), " for what is next.")
        commands: list[Text] = []
        for index, one in enumerate(possible[:4]):
            commands.append(say(", " if index else "", code("/vdp " + one)))
        return say(head, "Possible now: ", *commands, ".")
    if found.missing:
        return say("Not yet: ", "; ".join(_MISSING.get(one, one.replace("_", " ")) for one in found.missing),
                   ". Try again then.")
    if found.waits_for:
        return say(f"This takes a second person. Ask {people_words(found.waits_for)}.")
    return say(_REASONS.get(found.code, f"Not possible now ({found.code}, {event.value})."),
               "" if found.code in _REASONS else " See /vdp show for what is next.")


def flag_order() -> Text:
    """A flag comes after another one that is not set."""
    return say("A public attack makes the flaw public. Set public first.")


def no_such_report() -> Text:
    """The same words whether a report is missing or none of the reader's business."""
    return say("There is no such report for you. Check the id, or send ", code("status"), " for your own.")


def not_allowed(roles: Iterable[Role]) -> Text:
    """Who may do it instead."""
    words = ", ".join(sorted(ROLE_WORDS[role] for role in roles if role is not Role.CLOCK))
    return say(f"This is for {words}. Ask one of them." if words else "Leave this to the clock.")


def wrong_place(places: Iterable[Place]) -> Text:
    """Where it works instead."""
    words = {Place.DM: "a direct message with the bot", Place.TRIAGE_CHANNEL: "the report's own channel",
             Place.LEADERSHIP: "the leadership channel", Place.PUBLIC: "a public channel", Place.ANYWHERE: "anywhere"}
    return say("This works in ", " or ".join(sorted(words[one] for one in places)), ". Send it there.")


def which_report() -> Text:
    """Asked when words fit several reports."""
    return say("Which report is this about? Choose below.")


def which_report_staff(usage: str) -> Text:
    """Asked of colleagues outside a report's channel."""
    return say("Name the report, or use its own channel: ", code(usage), ".")


def internal(reference: str) -> Text:
    """Our fault, with the reference that operators find in the log."""
    return say("Something went wrong on our side. What you sent is kept; we try again. Reference ",
               code(reference), ".")
