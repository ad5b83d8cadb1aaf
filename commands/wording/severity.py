"""What people read while they judge how bad a flaw is: questions of the form, the score and its reasons, who is waited for.

Decides words only. What drove a score in general is worded in `judge.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from commands.text import Text, bold, code, quiet, say
from commands.times import clock_time
from commands.wording import judge as wording_judge
from commands.wording.common import people_words
from config.policy.severity import Reproducibility, Score, Whose
from config.policy.severity_rubric import Axis, Option, Rubric
from config.policy.severity_vector import VectorError
from config.policy.states import Discipline, Level

PROVISIONAL, BY_HAND = "provisional", "level by hand"
ACCEPT_THIS, SET_THIS, ANEW, AGREE, DIFFERENTLY, WHY = (
    "Accept as this", "Set it so", "Answer again", "Agree", "I score it differently", "Why")
SCORE_AGAIN, BY_RUBRIC, ANYWAY, STAND_IN = "Score it again", "Score it by the rubric", "Score it as I did", "I stand in"
_CRAFTS = {Discipline.SECURITY: "security", Discipline.ML: "machine learning"}
_SHOWN = 75  # characters of an option that every platform shows


# -- the form ------------------------------------------------------------------------------------------------------

def option(one: Option) -> str:
    """An answer as it stands in a menu."""
    return f"{wording_judge.option_name(one).capitalize()}: {one.text}"


def in_full(axis: Axis) -> str:
    """The answers of a question that menus cut, in full."""
    return " ".join(f"{option(one)}." for one in axis.options if len(option(one)) > _SHOWN)


def axes_help() -> str:
    """What the five kinds of harm are chosen for."""
    return "The next page asks about these only. If none fits, choose a level below."


def budget(name: str, attempts: int) -> str:
    """An attempt budget as it stands in a menu."""
    return f"{name.capitalize()}: {attempts}" + (" attempt" if attempts == 1 else " attempts")


def budget_help() -> str:
    """What an attempt budget means."""
    return "How often somebody can try before they are stopped or seen."


def choose_something() -> str:
    """Neither kinds of harm nor a level were chosen."""
    return "Choose what it touches, or a level."


def answer_this(axis: Axis) -> str:
    """A question was left open."""
    return f"Choose one. {axis.question}"


# -- what is wrong -------------------------------------------------------------------------------------------------

def vector_wrong(rubric: Rubric, error: VectorError) -> str:
    """Every fault of a vector."""
    return " ".join(wording_judge.vector_wrong(rubric, error))


def not_that_level(level: Level, score: Score | None) -> str:
    """A level beside a vector that gives another one."""
    return f"The vector gives {short(level, score)}. Leave the level out."


def button_gone() -> Text:
    """A button of an earlier release, or one that was changed."""
    return say("That score is no longer readable. Answer anew with ", code("/vdp severity"), ".")


def no_cvss() -> str:
    """Not the beginning of a CVSS v4 vector, or none at all."""
    return "A CVSS v4 vector begins with CVSS:4.0/ and gives each base metric once, such as " \
           "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N"


def cvss_unknown() -> str:
    """A part that CVSS does not know."""
    return "One part is no CVSS v4 metric, or not written as metric:value."


def cvss_twice(metric: str) -> str:
    """A metric given twice."""
    return f"{metric} is given twice. Give it once."


def cvss_value(metric: str, values: Sequence[str]) -> str:
    """A value that a metric does not have."""
    return f"{metric} takes one of {', '.join(values)}."


def cvss_missing(metrics: Sequence[str]) -> str:
    """Base metrics are missing."""
    return f"{', '.join(metrics)} {'is' if len(metrics) == 1 else 'are'} missing."


def no_stand_in_without(report: str) -> Text:
    """The lead may stand in only beside somebody who signed."""
    return say("Nobody proposed a level for ", bold(report), " yet. Score it first; then stand in.")


def stands_in_too_early(craft: Discipline, since: datetime, zone: tzinfo) -> Text:
    """The missing discipline still has time."""
    return say(f"{_CRAFTS[craft].capitalize()} still has time to sign. Stand in from {clock_time(since, zone)} on; for a "
               "critical one at once.")


def signed_already(craft: Discipline, missing: Sequence[str]) -> Text:
    """A stand-in for a discipline that signed."""
    return say(f"{_CRAFTS[craft].capitalize()} has signed already. Ask {people_words(missing)}.")


def only_the_lead() -> Text:
    """Standing in is the lead's."""
    return say("Only the lead stands in. Ask them, or wait for the other triager.")


def why_stand_in() -> str:
    """A stand-in has a reason."""
    return "Say why the discipline is missing."


# -- the score -----------------------------------------------------------------------------------------------------

def short(level: Level, score: Score | None) -> str:
    """A score with its level: `5.2 medium`."""
    return f"{score.score} {level.value}" if score is not None else f"{level.value}, set by hand"


def title(report: str) -> Text:
    """The head of a score that nothing follows from yet."""
    return say(f"How bad {report} is")


def reasons(score: Score) -> list[Text]:
    """Why a score is what it is, in plain words."""
    return [say(one) for one in wording_judge.reasons(score)]


def rate(found: Reproducibility, rubric: Rubric) -> Text:
    """What reproducibility follows from."""
    name = wording_judge.option_name(rubric.by_axis["R"].by_code[found.code])
    attempts = rubric.attempts(found.budget)
    unnoticed = f"an attacker may try {attempts} times unnoticed" if attempts > 1 else "an attacker may try once"
    if found.deterministic and (found.trials is None or found.trials.k > 0):
        return say(f"Reproducibility is {name}: this category works always or never.")
    if found.trials is None:
        return say(f"Reproducibility is {name}: nobody said how often it works.")
    whose = "our own trials" if found.whose is Whose.OURS else "the researcher's count"
    return say(f"Reproducibility is {name}, computed: {found.trials.k:,} of {found.trials.n:,} by {whose}, and {unnoticed}.")


def provisional() -> Text:
    """A score that waits for our own trials."""
    return say("Provisional until our own trials exist.")


def computed(axes: Sequence[str]) -> Text:
    """A typed vector said something else than what follows from the record."""
    said = []
    if "R" in axes:
        said.append("Reproducibility is computed from trials; yours was replaced.")
    if any(one != "R" for one in axes):
        said.append("Exploited in the wild follows from the case's flags; yours was replaced. Change it with "
                    "/vdp case flag.")
    return say(" ".join(said))


def changed_since() -> Text:
    """A proposal's answers score differently by now."""
    return say("The record changed: these answers score differently now. Score it again; old signatures do not "
               "count.")


def not_recorded() -> Text:
    """A score that is only shown."""
    return say(quiet("Nothing is recorded until you press."))


def proposed(name: str, level: Level, score: Score | None, needs: str, lapses: datetime, zone: tzinfo) -> Text:
    """Whose proposal it is and whom it waits for."""
    return say(f"{name} proposed {short(level, score)}. It waits for {needs} until {clock_time(lapses, zone)}.")


def accepted(report: str, level: Level, score: Score | None, *, provisional: bool) -> Text:
    """It is accepted."""
    aside = ", provisional until our own trials exist" if provisional else ""
    return say(bold(report), f" is accepted as {level.value}" if score is None else f" is accepted: {short(level, score)}{aside}",
               "; the researcher is told. Next: name the owner.")


def rescored(report: str, level: Level, score: Score | None) -> Text:
    """The level is changed."""
    return say(bold(report), f" is {level.value if score is None else short(level, score)} now; the clocks follow.")


def is_so_already(report: str, words: str) -> Text:
    """A step that was done."""
    return say(bold(report), f" is {words} already.")


def waits_for_other() -> Text:
    """The proposer repeats the proposal."""
    return say("You proposed this. Ask the other discipline.")


def accepted_meanwhile(report: str, name: str, words: str, at: datetime, zone: tzinfo) -> Text:
    """Somebody else accepted it as something else before this came."""
    return say(bold(report), f" was accepted as {words} by {name}, {clock_time(at, zone)}, before this came. Score it again "
                             "to change that.")


def scored_meanwhile(name: str, words: str, at: datetime, zone: tzinfo) -> Text:
    """Somebody else scored it while the form was open."""
    return say(f"{name} scored it {words}, {clock_time(at, zone)}, after you opened this. Agree, or press again to keep yours.")


def apart(report: str, mine: str, theirs: Sequence[tuple[str, str]], higher: str) -> Text:
    """Two triagers differ by more than one level."""
    said = "; ".join(f"{name} says {words}" for name, words in theirs)
    return say(bold(report), f" is not settled: you say {mine}; {said}. More than one level apart: talk, then score it again. Until "
                             f"then the higher stands: {higher}.")


def nothing_else(report: str) -> Text:
    """CVSS alone was set."""
    return say("The CVSS vector of ", bold(report), " is recorded; our own score stays.")


def cvss_gone(report: str) -> Text:
    """CVSS was taken away."""
    return say("The CVSS vector of ", bold(report), " is removed.")


def why_longer() -> str:
    """A longer deadline needs a reason."""
    return "It takes longer now. Say why; the researcher reads it."


# -- on the card ---------------------------------------------------------------------------------------------------

def proposal(level: Level, score: Score | None, needs: str = "") -> Text:
    """What is proposed and which discipline has not signed: `Proposed: 7.0 high. Machine learning has not signed yet.`"""
    missing = needs.removeprefix("a triager for ").capitalize()
    return say(f"Proposed: {short(level, score)}.", f" {missing} has not signed yet." if missing else "")


def differ(words: Sequence[str]) -> Text:
    """Scores that are apart."""
    return say(f"More than one level apart: {' and '.join(words)}. The higher stands until they agree.")


def now_it_would_be(score: Score, *, ours: bool) -> Text:
    """What the same answers give by now."""
    by = "By our own trials" if ours else "By what is known now"
    return say(f"{by} it would be {score.score} {score.level.value}: score it again.")


def cvss_beside(score: str) -> Text:
    """A CVSS score, plainly somebody's."""
    return say(f"CVSS v4 {score}, given by a triager.")


def stood_in(craft: str) -> Text:
    """The lead signed for a missing discipline."""
    return say(f"The lead stood in for {_CRAFTS[Discipline(craft)]}.")


def one_signed() -> Text:
    """In a small team one person signed for both."""
    return say("One person signed for both disciplines.")


# -- why -----------------------------------------------------------------------------------------------------------

def no_level_yet(report: str) -> Text:
    """Nothing to explain."""
    return say(bold(report), " has no level yet. Accept it with a score, or set it aside.")


def by_hand(report: str, level: str) -> Text:
    """A level that no answers stand behind."""
    return say(bold(report), f" is {level}, set by hand. Score it by the rubric with ",
               code("/vdp severity"), ".")


def other_rubric(report: str, score: str, level: str, version: str, ours: str) -> Text:
    """A score of an older or a newer rubric."""
    return say(bold(report), f" was scored {score} {level} with rubric {version}; this release has {ours}. It "
               "stands; score it again to see reasons.")


def vector(text: str, version: str) -> Text:
    """The vector, for whoever wants it."""
    return say("Vector ", code(text), f", rubric {version}.")


def cvss_vector(text: str) -> Text:
    """The CVSS vector in full."""
    return say("CVSS v4 vector ", code(text), ".")
