"""What is said about an embargo as time goes on: reminders, its line on a card, the daily decision, what publication still lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from commands.text import Button, Text, bold, say
from commands.times import clock_time
from commands.wording import vendors
from commands.wording.embargo import answer_buttons, proposal, stamp, standing
from config.policy.disclosure import Urge
from config.policy.states import EmbargoState
from config.policy.vendors import Vendors
from config.program import Program
from storage.models import Report
from storage.publishing import Offer

ENDS: Final = "Embargo ends"
ACCEPT: Final = "Accept the end"
REASON: Final = "Say in a sentence why publishing now would do more harm."
_URGES: Final = {
    Urge.DECIDE_WITHIN_A_DAY: "Attacks are seen: the lead ends it, or writes down every day why it holds.",
    Urge.SHOULD_END: "The fix is live, so it should end: publish, or propose an earlier end.",
    Urge.PREPARE_END: "The fix is ready: prepare the advisory.",
}
_WHO: Final = {
    "done": "it is neither resolved nor declined, which triagers and the owner bring about",
    "reporter_agreement": "the researcher has not agreed; they press Agree to publish, or send agree",
    "lead_agreement": "our side has not agreed; the lead runs /vdp embargo agree",
    "advisory_agreement": "a second person has not read the advisory; they run /vdp embargo advisory",
}


# -- on cards ----------------------------------------------------------------------------------------------------

def on_card(report: Report, offer: Offer | None, urge: Urge | None, zone: tzinfo) -> Text:
    """The one line of a triage card: until when, what is proposed instead, and what the flags ask for."""
    parts = [standing(report, zone)]
    if offer is not None:
        parts.append(proposal(offer, zone, ours=True))
    if urge in _URGES and EmbargoState(report.embargo).in_force:
        parts.append(_URGES[urge])
    return say(" ".join(parts))


def on_status(report: Report, offer: Offer | None, zone: tzinfo) -> Text:
    """When it ends, for the researcher."""
    assert report.embargo_end is not None  # noqa: S101  asked for while it is in force
    asked = f". {proposal(offer, zone, ours=False)}" if offer is not None else ""
    return say(clock_time(report.embargo_end, zone), asked)


def accept_button(report: Report, offer: Offer) -> Button:
    """What the lead presses on the card when the researcher proposed an end."""
    return Button(f"embargo accept report={report.id} seen={stamp(offer.end)}", ACCEPT)


def decision_buttons(report: str) -> tuple[Button, ...]:
    """The two answers when attacks are seen."""
    return Button(f"embargo end report={report}", "End the embargo", "danger"), Button(f"embargo keep report={report}", "Keep it a day")


# -- reminders ---------------------------------------------------------------------------------------------------

def decide(data: Mapping[str, str], due: str) -> str:
    """One line to the lead, or a day later to leadership, that attacks are seen and the embargo still holds."""
    match data.get("step", ""):
        case "50":
            return f"attacks are seen and the embargo still holds. End it by {due}, or write down why not."
        case "100" | "+24h":
            return f"attacks are seen, and nobody decided about the embargo by {due}. End it now, or write down why not."
        case _:
            return f"attacks are seen, and since {due} nobody has decided about the embargo. Ask the lead."


def ahead(due: str) -> str:
    """One line to the lead that an embargo ends."""
    return f"the embargo ends {due}. The researcher may publish then, fixed or not. See /vdp embargo show for what is missing."


def unanswered(due: str) -> str:
    """One line to the lead that a proposed end waits."""
    return f"{due} is proposed as the end of the embargo, and not every side has answered. See /vdp embargo show."


def ends_soon(report: Report, end: datetime, zone: tzinfo) -> Text:
    """Tells the researcher what happens at the end."""
    return say("The embargo of ", bold(report.id), " ends ", bold(clock_time(end, zone)),
               ". From then on you may publish what you found, fixed or not, and so may we. If you need another end, propose it before.")


def still_asked(report: Report, end: datetime, zone: tzinfo) -> Text:
    """Asks the researcher once more about our proposal."""
    return say("We asked you to agree that the embargo of ", bold(report.id), f" ends {clock_time(end, zone)}. "
               "Until you answer, the old end holds. Choose below.")


def look_button(report: str) -> Button:
    """How the researcher sees it whole."""
    return Button(f"me embargo report={report}", "The embargo")


def asked_again_buttons(report: Report, end: datetime) -> tuple[Button, ...]:
    """What the researcher answers when they are asked once more."""
    return answer_buttons(report, end)


# -- the daily decision ------------------------------------------------------------------------------------------

def kept(until: datetime, zone: tzinfo) -> Text:
    """Answers the lead who keeps it."""
    return say(f"Recorded, with your reason. It holds, and you are asked again by {clock_time(until, zone)}.")


def nothing_to_keep(report: Report) -> Text:
    """It holds without a reason, or not at all."""
    if not EmbargoState(report.embargo).in_force:
        return say(bold(report.id), " has no embargo in force. Publish it, or see /vdp embargo show.")
    return say(bold(report.id), " is not known to be exploited, so its embargo needs no reason. See /vdp embargo show.")


# -- publication -------------------------------------------------------------------------------------------------

def not_yet(report: Report, missing: Sequence[str], end: datetime | None, others: Vendors, program: Program) -> Text:
    """Why it cannot be published, and who can give what is missing; `others` is what is known about other vendors."""
    zone = program.tz
    who = {**_WHO, "vendor_notice": vendors.lacks(others, program)}
    rest = {"done", "reporter_agreement", "lead_agreement"} & set(missing)
    until = f" From {clock_time(end, zone)} on, when the embargo ends, nobody has to agree." if end is not None and rest else ""
    return say(bold(report.id), " cannot be published yet: ", "; ".join(who.get(one, one.replace("_", " ")) for one in missing),
               f".{until} Try again then.")
