"""What is said about an embargo: one exact end with its zone, who proposed what, and what each side can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from commands.text import Button, Text, bold, lines, say
from commands.times import clock_time
from config.policy.disclosure import Consent
from config.policy.states import EmbargoState
from config.program import Program
from storage.models import Report
from storage.publishing import Offer

DATE: Final = "Write a day as 2027-03-31, or a time with its zone as 2027-03-31T17:00+02:00."
ZONE: Final = "Add the zone, such as +02:00 or UTC."
ANOTHER: Final = "Choose another end."
NAME: Final = "Write the name of the vendor or coordinator."
_STATES: Final = {
    Consent.NONE: "takes no part", Consent.INVITED: "is invited", Consent.SIGNATORY: "takes part", Consent.DECLINED: "declined",
    Consent.LAPSED: "has to accept the new end",
}
_MISSING: Final = {
    "done": "it is neither resolved nor declined", "reporter_agreement": "the researcher has not agreed to publish",
    "lead_agreement": "our side has not agreed to publish", "vendor_notice": "the notice to other vendors is not over",
    "advisory_agreement": "the advisory waits for both sides' approval",
}


# -- how it stands -----------------------------------------------------------------------------------------------

def standing(report: Report, zone: tzinfo) -> str:
    """Until when the embargo holds, in one sentence."""
    if EmbargoState(report.embargo).in_force and report.embargo_end is not None:
        return f"The embargo holds until {clock_time(report.embargo_end, zone)}."
    if EmbargoState(report.embargo) is EmbargoState.EXITED:
        return "The embargo is over."
    return "There is no embargo."


def proposal(offer: Offer, zone: tzinfo, *, ours: bool) -> str:
    """What is proposed, and by whom; `ours` is how the programme's side reads it."""
    theirs = "The researcher proposes" if ours else "You propose"
    who = {"programme": "We propose", "reporter": theirs}.get(offer.side, "Another party proposes")
    return f"{who} {clock_time(offer.end, zone)} instead."


def missing_words(missing: Sequence[str]) -> str:
    """What publication still lacks."""
    return ", ".join(_MISSING.get(one, one) for one in missing)


def shown(report: Report, offer: Offer | None, parties: Sequence[Text], missing: Sequence[str], others: Sequence[Text], zone: tzinfo) -> Text:
    """Everything about an embargo, for the team; `others` is what is said of other vendors."""
    rows: list[Text] = [say(bold(report.id), ": ", standing(report, zone))]
    if offer is not None:
        rows.append(say(proposal(offer, zone, ours=True), " The old end holds until all agree."))
    rows += [*parties, *others]
    flags = [("fix live", "D"), ("public", "P"), ("attack public", "X"), ("exploited", "A")]
    rows.append(say("; ".join(f"{name}: {'yes' if letter in report.flags else 'no'}" for name, letter in flags) + "."))
    rows.append(say("It is published." if report.published_at is not None
                    else f"Publication waits: {missing_words(missing)}." if missing else "It can be published."))
    return lines(rows)


def party(name: str, consent: str, told: datetime, zone: tzinfo) -> Text:
    """One party outside: what it does, and since when it knows."""
    return say(bold(name), f" {_STATES[Consent(consent)]}. Told {clock_time(told, zone)}.")


def for_reporter(report: Report, offer: Offer | None, *, free: bool, others: Sequence[Text], zone: tzinfo) -> Text:
    """How an embargo stands, for the researcher; `others` is what is said of other vendors."""
    rows: list[Text] = [say(bold(report.id), ": ", standing(report, zone))]
    if offer is not None:
        rows.append(say(proposal(offer, zone, ours=False)))
    if EmbargoState(report.embargo).in_force and report.embargo_end is not None and not free:
        rows.append(say("Then you may publish, fixed or not. You can propose another end or end it now."))
    elif report.published_at is None:
        rows.append(say("You may publish. Tell us when, and we publish with you."))
    return lines([*rows, *others])


# -- what can be pressed -----------------------------------------------------------------------------------------

def staff_buttons(report: Report, offer: Offer | None) -> tuple[Button, ...]:
    """What the lead may do now."""
    r = f"report={report.id}"
    if not EmbargoState(report.embargo).in_force and EmbargoState(report.embargo) is not EmbargoState.PROPOSED:
        return ()
    if offer is None:
        return (Button(f"embargo propose {r}", "Propose another end"), Button(f"embargo end {r}", "End it", "danger"))
    if offer.side == "programme":
        return (Button(f"embargo propose {r}", "Propose another end"), Button(f"embargo reject {r}", "Take it back"))
    return (Button(f"embargo accept {r} seen={stamp(offer.end)}", "Accept the end", "primary"),
            Button(f"embargo propose {r}", "Propose another"), Button(f"embargo reject {r}", "Refuse"))


def reporter_buttons(report: Report, offer: Offer | None) -> tuple[Button, ...]:
    """What the researcher may do now."""
    r = f"report={report.id}"
    if not EmbargoState(report.embargo).in_force and EmbargoState(report.embargo) is not EmbargoState.PROPOSED:
        return ()
    if offer is None:
        return (Button(f"me embargo-propose {r}", "Propose another end"), Button(f"me embargo-end {r}", "End it", "danger"))
    if offer.side == "reporter":
        return (Button(f"me embargo-propose {r}", "Propose another end"), Button(f"me embargo-reject {r}", "Take it back"))
    return answer_buttons(report, offer.end)


def answer_buttons(report: Report, end: datetime) -> tuple[Button, ...]:
    """What the researcher answers to a proposed end; accepting means this end and no later proposal."""
    r = f"report={report.id}"
    return (Button(f"me embargo-accept {r} seen={stamp(end)}", "Accept the end", "primary"),
            Button(f"me embargo-propose {r}", "Propose another"), Button(f"me embargo-reject {r}", "Refuse"))


def stamp(end: datetime) -> str:
    """An end as the line of a button names it."""
    return f"{end.astimezone(UTC):%Y%m%dT%H%M%S}"


# -- what happened -----------------------------------------------------------------------------------------------

def we_propose(report: Report, end: datetime, why: str, zone: tzinfo) -> Text:
    """Asks the researcher."""
    reason = f" {why}" if why else ""
    return say("For ", bold(report.id), " we ask you to wait until ", bold(clock_time(end, zone)),
               f".{reason} Until you accept, the old end holds.")


def asked_reporter(end: datetime, zone: tzinfo) -> Text:
    """Answers the lead."""
    return say(f"The researcher is asked for {clock_time(end, zone)}. The old end holds until they accept.")


def asked_us(end: datetime, zone: tzinfo) -> Text:
    """Answers the researcher."""
    return say(f"The lead is asked for {clock_time(end, zone)}. The old end holds until they accept.")


def proposed_already(end: datetime, zone: tzinfo) -> Text:
    """It was proposed before."""
    return say(f"{clock_time(end, zone)} is proposed and waits for the other side.")


def settled(report: Report, end: datetime, zone: tzinfo) -> Text:
    """Every side agreed."""
    return say("Agreed: the embargo of ", bold(report.id), " ends ", bold(clock_time(end, zone)), ".")


def waits_for_others(_zone: tzinfo) -> Text:
    """One side agreed, another has not."""
    return say("Recorded. It counts once all agree.")


def we_refuse(report: Report, end: datetime | None, zone: tzinfo) -> Text:
    """Tells the researcher that we do not accept their end."""
    until = f" The embargo still ends {clock_time(end, zone)}." if end is not None else ""
    return say("We cannot accept your end for ", bold(report.id), f".{until} To propose another one, send embargo.")


def taken_back(report: Report, end: datetime | None, zone: tzinfo) -> Text:
    """Tells the researcher that we take our proposal back."""
    until = f" The embargo ends {clock_time(end, zone)}, as before." if end is not None else ""
    return say("We take our proposal for ", bold(report.id), f" back.{until}")


def old_end_holds(end: datetime | None, zone: tzinfo) -> Text:
    """Answers who refused."""
    return say(f"Recorded. The embargo ends {clock_time(end, zone)}, as before." if end is not None else "Recorded. There is no embargo.")


def we_ended(report: Report, why: str) -> Text:
    """Tells the researcher that we ended it."""
    return say("We ended the embargo of ", bold(report.id), f". {why} You may publish now.")


def ended() -> Text:
    """Answers the lead."""
    return say("The embargo is over, for good. The researcher knows and may publish.")


def ended_mine(report: Report) -> Text:
    """Answers the researcher."""
    return say("The embargo of ", bold(report.id), " is over; the team knows. Please leave out what helps attackers while it works.")


def over_already() -> Text:
    """It was over before."""
    return say("The embargo is over already.")


def party_recorded(act: str) -> Text:
    """Answers the lead."""
    return say(f"Recorded: {act}.")


# -- refusals ----------------------------------------------------------------------------------------------------

def no_date() -> str:
    """What was typed is no date."""
    return "Write a day as 2027-03-31, or a time with its zone as 2027-03-31T17:00+02:00."


def no_zone() -> str:
    """A time without its zone."""
    return "A time needs its zone. Write it as 2027-03-31T17:00+02:00."


def no_embargo(report: Report) -> Text:
    """There is none to act on."""
    return say(bold(report.id), " has no embargo in force. Publish it, or propose one.")


def unreachable() -> str:
    """There is no way to the researcher."""
    return "The researcher cannot be reached to accept. Keep the end that stands."


def nothing_to_accept(code: str) -> str:
    """Nothing is proposed, or only by oneself."""
    if code == "own_proposal":
        return "Your end waits for the other side. Propose another, or take it back."
    return "No other end is proposed. Propose one, or keep this one."


def another_end(end: datetime, zone: tzinfo) -> Text:
    """The button that was pressed stands beside an end that is not proposed any more."""
    return say("Another end is proposed by now: ", bold(clock_time(end, zone)), ". Nothing was accepted. Accept it in the newest message, "
               "or send embargo.")


def refused(code: str, report: Report, program: Program, end: datetime | None) -> Text:
    """Why an end cannot be proposed, and what can."""
    terms, zone = program.embargo, program.tz
    longest = clock_time(end + terms.extension, zone) if end is not None else f"{(terms.length + terms.extension) // timedelta(days=1)} days"
    reasons = {
        "embargo_over": "The embargo is over, for good. Either side may publish.",
        "flag_forbids": "Public, used in attacks, or its fix ready: no later end. Propose an earlier one.",
        "in_the_past": "That is over. Propose a later instant.",
        "too_long": f"Too long: at most {longest} from now. Propose an earlier end.",
        "extended_before": "It was extended once, which is all. Propose an earlier end.",
        "extension_too_long": f"Too long: the latest end is {longest}. Propose an earlier one.",
    }
    return say(bold(report.id), ": ", reasons.get(code, "That end is not possible. Propose another one."))


def who_is_it() -> str:
    """The party has no name."""
    return "Who is it? Write the name of the vendor or coordinator."


def party_cannot(before: Consent) -> str:
    """The party's consent cannot change like that."""
    return f"That party {_STATES[before]} already. See embargo show."
