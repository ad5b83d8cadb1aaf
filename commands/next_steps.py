"""What must happen next on a report, by whom and by when, with the buttons for it: one answer for card, queue and panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from commands.desk import Desk
from commands.history import facts_of
from commands.judging import score_card
from commands.judging.verdicts import deterministic, standing
from commands.outside import vendors
from commands.text import Button, Text, say
from commands.times import clock_time
from commands.wording import small as wording_small
from commands.wording import stop_gap as wording_stop_gap
from commands.wording import vendors as wording_vendors
from config.policy import deadlines
from config.policy.deadlines import ClockName, Fact
from config.policy.evidence_terms import Settle, Way
from config.policy.states import DONE, State, Verdict
from config.policy.vendors import Vendors
from config.policy.waits import stop_gap_until
from storage.database import Work
from storage.models import Proposal, Report


@dataclass(frozen=True, slots=True)
class Next:
    """The next step: what, who and by when in words, the instant, whose turn, and what to press."""

    what: Text = field(default_factory=Text)
    by: Text = field(default_factory=Text)
    due: datetime | None = None
    turn: str = ""  # triagers, owner, lead, reporter, nobody
    buttons: tuple[Button, ...] = ()


_CLOCK: dict[State, ClockName] = {
    State.RECEIVED: ClockName.ACKNOWLEDGE, State.ACKNOWLEDGED: ClockName.TRIAGE, State.TRIAGING: ClockName.TRIAGE,
    State.NEEDS_INFO: ClockName.QUESTION, State.ACCEPTED: ClockName.REMEDIATION, State.REMEDIATING: ClockName.REMEDIATION,
    State.MITIGATED: ClockName.REMEDIATION, State.FIX_READY: ClockName.VERIFICATION, State.VERIFYING: ClockName.VERIFICATION,
    State.RETEST: ClockName.RETEST, State.RESOLVED: ClockName.PUBLISH,
}


def due_of(history: tuple[Fact, ...], desk: Desk, name: ClockName) -> datetime | None:
    """Return when a clock is due that has not stopped."""
    view = deadlines.clock(deadlines.clocks(history, desk.program), name)
    return view.due if view is not None and view.stopped is None else None


def state_due(report: Report, history: tuple[Fact, ...], desk: Desk) -> datetime | None:
    """Return when the next step of a report is due."""
    state = State(report.state)
    if report.due_on is not None and state in (State.REMEDIATING, State.MITIGATED):
        return report.due_on
    name = _CLOCK.get(state)
    return due_of(history, desk, name) if name else None


async def for_staff(
    work: Work, desk: Desk, report: Report, history: tuple[Fact, ...], proposals: list[Proposal],
) -> Next:
    """Return the next step as the team sees it."""
    state, r = State(report.state), f"report={report.id}"
    due = state_due(report, history, desk)
    roster = await work.people.roster(report.id)
    triagers = [await work.people.name(desk.vault, one.person_id, report.triage_platform) for one in roster
                if one.part in ("security", "ml")]
    either = " or ".join(triagers) if triagers else "a triager"
    owner = await work.people.name(desk.vault, report.owner_id, report.triage_platform) if report.owner_id else ""

    def by(who: str) -> Text:
        return say(f"{who}, by {clock_time(due, desk.program.tz)}" if due else who)

    timeline = Button(f"case timeline {r}", "Timeline", "quiet")
    if proposals:
        agree = Button(f"case agree proposal={proposals[0].id}", f"Agree: {proposals[0].act}", "primary")
        differ = score_card.while_waiting(desk, report, proposals[0], work.now)
        take_back = Button(f"case withdraw-proposal proposal={proposals[0].id}", "Withdraw the proposal")
        first = await work.people.name(desk.vault, proposals[0].person_id, report.triage_platform)
        stands = score_card.stand_in(desk, report, proposals[0])
        return Next(say(f"Second person: {proposals[0].needs}"),
                    say(f"{first} proposed it; it lapses {clock_time(proposals[0].lapses_at, desk.program.tz)}",
                        wording_small.stands_in(stands[1], work.now, desk.program.tz) if stands else ""), proposals[0].lapses_at,
                    "triagers", (agree, *differ, take_back, timeline))
    accept = Button(f"accept {r}", "Accept", "primary")
    ask = Button(f"ask {r}", "Ask the researcher")
    aside = Button(f"close-without-fix {r}", "Set aside")
    match state:
        case State.RECEIVED:
            return Next(say("Acknowledge it"), by(either), due, "triagers",
                        (Button(f"acknowledge {r}", "Acknowledge", "primary"), ask, aside,
                         Button(f"acknowledge {r} edit=yes", "Edit first", "quiet"), timeline))
        case State.ACKNOWLEDGED | State.TRIAGING:
            return Next(say("Accept it or set it aside"), by(either), due, "triagers", (accept, ask, aside, timeline))
        case State.NEEDS_INFO:
            return Next(say("The researcher answers"), say(""), due, "reporter",
                        (Button(f"reply {r}", "Write to the researcher"), aside, timeline))
        case State.ACCEPTED if not owner:
            return Next(say("Name an owner for the fix"), by("the lead or " + either), due, "lead",
                        (Button(f"owner {r}", "Name the owner", "primary"), *_before_the_fix(report), timeline))
        case State.ACCEPTED:
            return Next(say("Take it and give a date"), by(owner), due, "owner",
                        (Button(f"work {r}", "I take it", "primary"), Button(f"case not-mine {r}", "Not mine"),
                         Button(f"mitigate {r}", "Stop-gap first"), Button(f"more-time {r}", "More time", "quiet")))
        case State.MITIGATED if (ends := stop_gap_until(history)) is not None and ends <= work.now:
            return Next(say(wording_stop_gap.ASKED), by(owner or "the owner"), due, "owner",
                        (*wording_stop_gap.buttons(report.id), Button(f"more-time {r}", "More time"), timeline))
        case State.REMEDIATING | State.MITIGATED:
            return Next(say("Fix it"), by(owner or "the owner"), due, "owner",
                        (Button(f"fix {r}", "The fix is ready", "primary"),
                         *((Button(f"mitigate {r}", "Stop-gap in place"),) if state is State.REMEDIATING else ()),
                         Button(f"more-time {r}", "More time"), *(_before_the_fix(report)[:1] or (timeline,))))
        case State.FIX_READY:
            return Next(say("Verify the fix"), by(either), due, "triagers",
                        (Button(f"verify {r}", "Start verifying", "primary"), timeline))
        case State.VERIFYING:
            kept = bool(await work.judging.regression(report.id))
            what, buttons = _verifying(report, await _missing(work, desk, report), kept=kept)
            return Next(say(what), by(either), due, "triagers", (*buttons, ask, timeline)[:4])
        case State.RETEST:
            return Next(say("The researcher tries the fix"),
                        say(f"until {clock_time(due, desk.program.tz)}" if due else ""), due, "reporter",
                        (Button(f"reply {r}", "Write to the researcher"), timeline))
        case State.RESOLVED | State.WONT_FIX if report.published_at is None:
            return _publication(report, desk, due, vendors.of(desk, report, history), timeline, work.now)
        case _:
            return Next(say("Nothing is left to do"), Text(), None, "nobody", (timeline,))


def _before_the_fix(report: Report) -> tuple[Button, ...]:
    """What cannot be made up for once there is a fix, as long as it is missing; and the cause, which the verdict will ask for."""
    r, found = f"report={report.id}", []
    if report.ours_n <= 0 and not deterministic(report):
        found.append(Button(f"case evidence {r}", "Our own trials"))
    if not report.cause:
        found.append(Button(f"case cause {r}", "Name the cause"))
    return tuple(found)


async def _missing(work: Work, desk: Desk, report: Report) -> Settle | None:
    """What the newest verdict lacks first, while it is not settled; after a way around the fix, to try that.

    When nothing but the researcher's look is missing any more since it was recorded, that is what is returned.
    """
    judgement = (await standing(work, desk, report)).judgement
    settles = judgement.settles if judgement is not None else ()
    tried = next((one for one in settles if one.way is Way.TRY_BYPASS), None)
    if tried is not None or report.verdict not in (Verdict.PARTIAL, Verdict.INCONCLUSIVE):
        return tried
    if judgement is not None and judgement.verdict is Verdict.VERIFIED:
        return Settle(Way.WAIT)
    return settles[0] if settles else None


def _verifying(report: Report, lacks: Settle | None, *, kept: bool) -> tuple[str, tuple[Button, ...]]:
    """What a verification lacks: first what it cannot pass without, then its result; `kept` is an attack in the regression set."""
    r, missing = f"report={report.id}", lacks.way if lacks is not None else None
    if not report.cause:
        return "Name the root cause, then record the result", (Button(f"case cause {r}", "Name the cause", "primary"),)
    if deterministic(report):
        if report.verdict == Verdict.INCONCLUSIVE and not kept:
            return "Add the attack to the regression set, then record the result again", (
                Button(f"case regression {r}", "Add to the regression set", "primary"),
                Button(f"result {r} found=fixed", "It is fixed"), Button(f"result {r} found=still-works", "It still works"))
        return "Try it once and say whether it still works", (
            Button(f"result {r} found=fixed", "It is fixed", "primary"), Button(f"result {r} found=still-works", "It still works"),
            *(() if kept else (Button(f"case regression {r}", "Add to the regression set"),)))
    if report.ours_n <= 0 or missing is Way.MORE_BEFORE:
        return "Try it on the version without the fix, then record the result", (
            Button(f"case evidence {r}", "Our own trials", "primary"), Button(f"result {r}", "Record the result"))
    numbers = (Button(f"case numbers {r}", "Numbers"),) if report.verdict else ()
    if missing in (Way.MORE_VARIANTS, Way.MORE_VARIANT_TRIALS, Way.TRY_BYPASS):
        return "Try what the researcher found, then the same test again" if missing is Way.TRY_BYPASS else \
            "Try variants that the author of the fix has not seen", (
            Button(f"case variants {r}", "Variants", "primary"), Button(f"result {r}", "Record the result"), *numbers)
    if missing is Way.MORE_BENIGN:
        return "Try ordinary requests, without the fix and with it", (
            Button(f"case benign {r}", "Ordinary requests", "primary"), Button(f"result {r}", "Record the result"), *numbers)
    if missing is Way.WAIT and report.after_n > 0:
        return "Nothing is missing any more: record the result again", (
            Button(f"result {r} found={report.after_k}/{report.after_n}", f"Record {report.after_k:,} of {report.after_n:,} again",
                   "primary"), *numbers)
    if lacks is not None and missing is Way.MORE_AFTER and lacks.number and report.after_n > 0:
        return f"Make {lacks.number:,} more attempts, then record all {report.after_n + lacks.number:,} together", (
            Button(f"result {r}", "Record the result", "primary"), *numbers)
    return f"Make {report.planned:,} attempts and record the result" if report.planned else "Record the result", (
        Button(f"result {r}", "Record the result", "primary"), *numbers)


def _publication(report: Report, desk: Desk, due: datetime | None, others: Vendors, timeline: Button, now: datetime) -> Next:
    r, zone = f"report={report.id}", desk.program.tz
    until = others.until(desk.program.embargo.vendor_notice)
    if vendors.waits(report, others) and until is None:  # the longest wait begins with it
        latest = due - desk.program.embargo.vendor_notice if due is not None else None  # so that their notice is over when we owe it
        by = say(f"the lead, by {clock_time(latest, zone)}" if latest is not None and latest > now else "the lead, now")
        return Next(say(wording_vendors.TELL), by, latest, "lead", (*wording_vendors.buttons(report.id, first=True), timeline))
    when = say(f"the lead, by {clock_time(due, desk.program.tz)}" if due else "the lead")
    if report.agreed_staff_at is None:
        return Next(say("Agree to publish"), when, due, "lead",
                    (Button(f"embargo agree {r}", "Agree to publish", "primary"), timeline))
    if report.agreed_reporter_at is None:
        return Next(say("The researcher agrees to publish"), say(""), due, "reporter",
                    (Button(f"publish {r}", "Publish"), timeline))
    if vendors.waits(report, others) and until is not None and until > now:
        return Next(say("Other vendors have their notice, then publish it"), say(f"the lead, from {clock_time(until, zone)}"), until,
                    "nobody", (Button(f"embargo show {r}", "The embargo"), timeline))
    return Next(say("Publish it"), when, due, "lead", (Button(f"publish {r}", "Publish", "primary"), timeline))


async def for_reporter(work: Work, desk: Desk, report: Report) -> Next:
    """Return the next step as the researcher sees it; absolute times only, for it is edited later."""
    history = facts_of(await work.ledger.of(report.id))
    state, r, zone = State(report.state), f"report={report.id}", desk.program.tz
    due = state_due(report, history, desk)
    until = f"by {clock_time(due, zone)}" if due else ""
    nudge = (Button(f"me nudge {r}", "Nudge"),) if _late(history, desk, work.now) else ()
    match state:
        case State.RECEIVED:
            return Next(say("A person acknowledges it"), say(until), due, "triagers", nudge)
        case State.ACKNOWLEDGED | State.TRIAGING:
            return Next(say("We look at it and decide"), say(until), due, "triagers", nudge)
        case State.NEEDS_INFO:
            return Next(say("Your turn: answer our question"), say("Write here; it reaches the team."), due, "reporter")
        case State.ACCEPTED | State.REMEDIATING | State.MITIGATED:
            return Next(say("We fix it"), say(until), due, "owner", nudge)
        case State.FIX_READY | State.VERIFYING:
            return Next(say("We check the fix"), say(until), due, "triagers", nudge)
        case State.RETEST:
            return Next(say("Your turn: confirm the fix or break it"),
                        say(f"{until}. If you say nothing, we close it on our own numbers." if until else ""), due, "reporter",
                        retest_buttons(report))
        case State.RESOLVED | State.WONT_FIX if report.published_at is None:
            others = vendors.of(desk, report, history)
            notice = others.until(desk.program.embargo.vendor_notice) if vendors.waits(report, others) else None
            return _reporter_publication(report, until, due, notice=clock_time(notice, zone) if notice and notice > work.now else "")
        case _:
            return Next(say("Nothing is left to do. Thank you"), Text(), None, "nobody")


def lasts(report: Report) -> bool:
    """Whether anything is left to be done about a report, as its researcher sees it."""
    state = State(report.state)
    return state not in DONE or (state in (State.RESOLVED, State.WONT_FIX) and report.published_at is None)


def retest_buttons(report: Report) -> tuple[Button, ...]:
    """The four answers to a retest."""
    r = f"report={report.id}"
    return (Button(f"me fixed {r}", "It is fixed", "primary"), Button(f"me bypass {r}", "It still works"),
            Button(f"me more-days {r}", "Need 7 more days"), Button(f"me pass {r}", "I'll pass", "quiet"))


def publication_buttons(report: Report) -> tuple[Button, ...]:
    """What a researcher decides once it is resolved: consent and credit."""
    r = f"report={report.id}"
    return (Button(f"me agree {r}", "Agree to publish", "primary"), Button(f"me credit {r}", "Thank me by name"),
            Button(f"me no-credit {r}", "No name"))


def credit_buttons(report: Report) -> tuple[Button, ...]:
    """The two answers to how a researcher is thanked."""
    return publication_buttons(report)[1:]


def _reporter_publication(report: Report, until: str, due: datetime | None, *, notice: str) -> Next:
    buttons = [one for one in publication_buttons(report)
               if not (one.id.startswith("me agree") and report.agreed_reporter_at is not None)]
    if report.credit in ("name", "none"):
        buttons = [one for one in buttons if not one.id.startswith("me no-credit") or report.credit == "name"]
    if report.agreed_reporter_at is None:
        return Next(say("Your turn: may we publish it, and how do we thank you"), say(until), due, "reporter", tuple(buttons))
    if report.credit in ("", "asked"):
        return Next(say("Your turn: by which name do we thank you"), say(until), due, "reporter", tuple(buttons))
    if notice:
        return Next(say("We publish it once other vendors had their notice"), say(f"from {notice}"), due, "lead", tuple(buttons))
    return Next(say("We publish it"), say(until), due, "lead", tuple(buttons))


def _late(history: tuple[Fact, ...], desk: Desk, now: datetime) -> bool:
    """Whether a promise is broken that nobody has kept since."""
    return any(view.stopped is None and not view.window and view.due is not None and view.due < now
               for view in deadlines.clocks(history, desk.program))


