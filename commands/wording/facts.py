"""What is said about the facts of a report: which are missing and what for, what is allowed, who reads them, what is not kept.

Decides words only. A refusal names the field, what is allowed and an example, and never holds what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from commands.text import Text, bold, code, lines, quiet, say
from commands.times import count
from commands.wording.judge import TRIALS
from commands.wording.trials import percent
from config.policy import facts as policy
from config.policy import rates
from config.policy.facts import FIELDS, UNKNOWN, FactError, FactField, Fault, Kind, Step
from config.policy.rates import Trials

ADD, LATER, FILL_IN, SHOW_SEALED = "Add", "Later", "Fill in", "Show the sealed ones"
FILL_TITLE, ADD_TITLE = "Facts of the report", "Add to your report"
SAVE, SEND = "Keep it", "Send to the team"
_EXAMPLE: Final = Trials(3, 10)
_SHOWN: Final = 200  # characters of a fact in a list
_OPENED: Final = 1_500  # characters of a sealed fact that is shown

CONFIRM: Final = {"exploited": "Confirm: exploited", "public": "Confirm: public"}
_CLAIMED: Final = {"exploited": "The researcher says it is exploited. Confirm it, and triagers and lead are called.",
                   "public": "The researcher says it is public. Confirm it, and the embargo ends."}

STEPS: Final[dict[Step, str]] = {
    Step.JUDGE: "to judge it", Step.REPRODUCE: "to try it ourselves", Step.VERIFY: "to check the fix",
    Step.PUBLISH: "to publish it",
}
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "What it is": ("F07", "F08", "F10", "F11", "F12", "F13", "F30", "F31", "F32", "F33"),
    "How to see it happen": tuple(id for id in FIELDS if id.startswith("S") or id in ("attack", "match")),
    "Handling": ("F20", "F21", "F06", "F40", "F41", "F42", "F43", "F44"),
}


# -- one field ---------------------------------------------------------------------------------------------------

def allowed(one: FactField) -> str:
    """Return what may be written in a field, as one sentence."""
    unknown = f" or {UNKNOWN}" if one.unknown else ""
    values = ", ".join(one.values)
    match one.kind:
        case Kind.CHOICE:
            return f"One of {values}{unknown}."
        case Kind.CHOICE_AND_WORDS:
            return f"One of {values}{unknown}; words after a comma."
        case Kind.SET:
            return f"One or more of {values}{unknown}, with commas."
        case Kind.CATEGORY:
            return f"A category's id or name{unknown}."
        case Kind.SYSTEM:
            return f"A system in scope, as scope lists them{unknown}."
        case Kind.TRIALS:
            return f"Successes and attempts, two numbers{unknown}."
        case Kind.SAMPLING:
            return f"A number, default{unknown}; several with names and commas."
        case Kind.SEED:
            return f"A whole number, none{unknown}."
        case Kind.SEEN:
            return f"One or two days, or instants with zone{unknown}."
        case Kind.LANGUAGE:
            return f"What went in, such as text or image, and language tags{unknown}."
        case Kind.EMBARGO:
            return f"Days from now, or a date{unknown}."
        case Kind.ATTACK:
            return "The text word for word, or a JSON list of turns with role and content."
        case Kind.LIST:
            return f"Words with commas, none{unknown}."
        case _:
            return f"Words{unknown}, at most {one.longest:,} characters."


def wrong(error: FactError) -> str:
    """Return why a value is not taken: the field, what is allowed, an example; never the value."""
    one = FIELDS.get(error.id)
    if one is None:
        return "There is no such field. Choose one, for example S13."
    match error.fault:
        case Fault.NOT_A_COUNT if error.trials is not None:
            what = TRIALS[error.trials]
        case Fault.TOO_LONG:
            what = f"At most {one.longest:,} characters. {allowed(one)}" if one.kind not in (Kind.LINE, Kind.LINES) else allowed(one)
        case Fault.RECORDED:
            return f"{one.label} is recorded by itself. {one.why.capitalize()}."
        case _:
            what = allowed(one)
    return f"{one.label}: {what} For example: {one.example}."


def interval(trials: Trials) -> str:
    """Return a count with its interval: `3 of 10 gives an interval of 11 to 60 %`."""
    found = rates.wilson(trials)
    return f"{trials.k:,} of {trials.n:,} gives an interval of {percent(found.low)} to {percent(found.high)} %"


def hint(one: FactField) -> str:
    """Return how a field is filled in, in a few words."""
    return interval(_EXAMPLE) if one.kind is Kind.TRIALS else f"such as {one.example.rstrip('.')}"


def help_of(one: FactField) -> str:
    """Return what stands beside a field of a form."""
    return f"{one.why[:1].upper()}{one.why[1:]}. For example: {one.example}."


def replaces(one: FactField) -> str:
    """Return what stands beside a field whose value is known and not shown here."""
    return f"Known, not shown here; what you write replaces it. For example: {one.example}."


def claimed(what: str) -> Text:
    """Return what waits for a colleague's one click."""
    return say(_CLAIMED[what])


# -- what is missing ---------------------------------------------------------------------------------------------

def missing_on_card(one: FactField) -> Text:
    """Return one missing fact as the card lists it: its name and why it matters; the example stands in the form."""
    return say("Missing ", bold(one.label), f": {one.why}.", f" {hint(one)}." if one.kind is Kind.TRIALS else "")


def missing_line(one: FactField) -> Text:
    """Return one missing fact in the list of facts: its name, why it matters, how to fill it in."""
    return say(bold(one.label), f": {one.why}; {hint(one)}.")


def no_trials() -> Text:
    """Nobody tries again what is unlawful to hold."""
    return say("This content is unlawful to hold: keep no attack, try nothing again. Ask legal what is next.")


def ask(report: str, fields: Sequence[FactField]) -> Text:
    """Return the one question for facts, with what each is good for."""
    one = len(fields) == 1
    return lines([
        say(f"{'One thing' if one else 'Two things'} would help us with ", bold(report),
            ":"),
        *(say(f"· {each.label}: {each.why} ({hint(each)}).") for each in fields),
        say("Unknown is an answer too. Your report goes on either way; we ask this once."),
    ])


def later(report: str) -> Text:
    """Return the answer to Later."""
    return say("Fine. ", bold(report), " goes on without it. Send ", code("add"), " whenever you like.")


def nothing_missing(report: str) -> Text:
    """Nothing is asked any more."""
    return say("We miss nothing about ", bold(report), ". If you have more, write it here.")


def who_reads(report: str) -> str:
    """Return who can read what is typed into the researcher's form, and how it is kept."""
    return (f"For {report}. Triagers, the lead and later the owner of the fix read it. We store it sealed; "
            "your chat platform can read what you type. Leave out what you like.")


def who_reads_staff() -> str:
    """Return who can read what colleagues fill in."""
    return "Sealed: the roster reads it. Write unknown where nobody knows; leave open questions empty."


# -- what was given ----------------------------------------------------------------------------------------------

def added(report: str, fields: Iterable[str]) -> Text:
    """Return the thanks for facts."""
    return say("Added to ", bold(report), f": {_names(fields)}. Thank you.")


def filled_in(report: str, fields: Iterable[str]) -> Text:
    """Return what a colleague filled in."""
    return say("Kept with ", bold(report), f": {_names(fields)}.")


def known_already(report: str) -> Text:
    """The same was said before."""
    return say("We know that already; ", bold(report), " is unchanged.")


def nothing_given() -> str:
    """No field was filled in."""
    return "Fill in at least one field, or close the form."


def stale() -> Text:
    """The form is older than what it would replace."""
    return say("Somebody filled this in meanwhile; nothing was changed. Open the form again.")


def done(report: str, word: str) -> Text:
    """A form arrives after the report is done."""
    return say(bold(report), f" is {word}; it takes no more facts. If something is wrong, write it here.")


def erased(report: str) -> Text:
    """The words of a report are gone."""
    return say("The words of ", bold(report), " are erased. Send more as a new report.")


def not_kept(one: FactField) -> str:
    """A field of which nothing is kept, because the content is unlawful to hold."""
    return f"{one.label}: not kept, as the content is unlawful to hold. Describe it in words only."


def _names(fields: Iterable[str]) -> str:
    return ", ".join(FIELDS[id].label.lower() for id in fields if id in FIELDS)


# -- the list ----------------------------------------------------------------------------------------------------

def listing(report: str, facts: Mapping[str, str], unclear: Mapping[str, str], next_: Sequence[FactField], *,
            shown: bool = True) -> Text:
    """Return what is known of a report and what is not, by group; sealed values are named, and all where none is `shown` in chat."""
    parts: list[Text] = []
    if policy.unlawful(facts):
        parts.append(say("Unlawful to hold: a description only, no transcript, no file, no trials."))
    if next_:
        parts.append(lines([say(bold("Missing for the next step")), *(missing_line(one) for one in next_)]))
    for name, ids in GROUPS.items():
        known = [_known_line(FIELDS[id], facts[id], shown=shown) for id in ids if id in facts]
        said = [say(FIELDS[id].label, ": ", quiet("not understood; see the report's text"))
                for id in ids if id in unclear]
        absent = [FIELDS[id].label.lower() for id in ids
                  if id not in facts and id not in unclear and FIELDS[id].kind is not Kind.RECORDED and policy.holds(facts, id)]
        parts.append(lines([say(bold(name)), *known, *said, say(quiet("Nobody said: " + ", ".join(absent) + ".")) if absent else ""]))
    return lines([say("Facts of ", bold(report), "."), *parts], "\n\n")


def _known_line(one: FactField, value: str, *, shown: bool) -> Text:
    if not shown and one.kind not in (Kind.TRIALS, Kind.CATEGORY, Kind.CHOICE):
        return say(f"{one.label}: ", quiet("known, not shown in chat"))
    if one.secret and one.kind is Kind.CHOICE_AND_WORDS:
        word, _, more = value.partition(": ")
        return say(f"{one.label}: {word}", quiet(", with words that are sealed") if more else "")
    if value != UNKNOWN and one.secret and one.kind in (Kind.LINE, Kind.LINES, Kind.LIST, Kind.ATTACK):
        return say(f"{one.label}: ", quiet(f"sealed, {count(len(value), 'character')}"))
    if one.id == "S15" and (trials := policy.trials_of({"S15": value})) is not None:
        return say(f"{one.label}: {interval(trials)}")
    flat = " ".join(value.split())
    return say(f"{one.label}: {flat[:_SHOWN]}{'…' if len(flat) > _SHOWN else ''}")


def sealed_values(report: str, facts: Mapping[str, str]) -> Text:
    """Return the sealed facts in full, for one reader."""
    shown = [lines([say(bold(one.label)), say(facts[one.id][:_OPENED] + ("…" if len(facts[one.id]) > _OPENED else ""))])
             for one in FIELDS.values() if one.secret and one.id in facts]
    if not shown:
        return say("No sealed facts about ", bold(report), ".")
    return lines([say("Only you see this; it may hold the attack."), *shown], "\n\n")


def not_in_chat(mode: str) -> Text:
    """The programme keeps the text of reports out of chat."""
    return say(f"In the mode {mode} sealed facts never stand in chat. Open the encrypted report.")


# -- what is understood and kept of a new report -----------------------------------------------------------------

def not_understood(report: str, errors: Sequence[FactError]) -> Text:
    """Return which lines of a report were not understood, once; they stay in it as they were said."""
    several = len(errors) > 1
    return lines([
        say("We have ", bold(report), " whole. ", f"{count(len(errors), 'line')} we could not read as "
            f"{'facts' if several else 'a fact'}:"),
        *(say("· ", wrong(one)) for one in errors),
        say("Press Add to correct ", "them" if several else "it", "; you need not send the report again."),
    ])


def unlawful_researcher(report: str) -> Text:
    """Return what is kept of a report whose content is unlawful to hold."""
    return say("You said the content of ", bold(report), " is unlawful to hold. We kept your description alone. Send no "
                                                              "steps, transcript or file, and do not try it again. The lead and "
                                                              "legal know.")


def unlawful_team(report: str, *, later: bool) -> Text:
    """Return what the lead and legal are told of content that is unlawful to hold."""
    held = ("Kept files, steps and transcripts are destroyed; the conversation is yours to look at"
            if later else "We took a description only, no transcript, no file")
    return say(f"{report} is about content that is unlawful to hold. {held}. Ask for none, and look at it today.")


def others_data_researcher(report: str) -> Text:
    """Return what a researcher is asked where a report holds other people's data."""
    return say("You said ", bold(report), " holds other people's data. Mask names, addresses and numbers from now on. We "
                                               "keep the text alone, no files and no copy of the message; the privacy lead knows.")


def others_data_team(report: str) -> Text:
    """Return what the privacy lead is told."""
    return say(f"{report} holds other people's data, says the researcher. We keep the text alone. Say within a working "
               "day what else must go.")


def no_files(report: str, *, unlawful: bool) -> Text:
    """Return why a file is not taken."""
    if unlawful:
        return say("We took no file: the content of ", bold(report), " is unlawful to hold. Describe it in words only.")
    return say("We took no file: ", bold(report), " holds other people's data. Mask the data and send what is needed as text, "
               "encrypted.")
