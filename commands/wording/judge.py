"""The sentences of judgement: why a score, what a count of attempts shows, what a check of a fix found, what would settle it.

Decides words only; scores are computed in `config/policy/severity.py`, bounds and verdicts in `config/policy/`. Shares
are in percent. Used by the command line and wherever a card explains itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from config.policy.evidence_terms import Check, Finding, Settle, Standing, Way, Why
from config.policy.rates import MOST, Interval, Trials, TrialsFault
from config.policy.severity import Change, Driver, Part, Score
from config.policy.severity_rubric import Axis, Floor, Kind, Option, Rubric
from config.policy.severity_vector import Fault, VectorError, Wrong
from config.policy.states import Level, Verdict
from config.policy.trial_plan import FixPlan, Threshold

LEVELS: Final = tuple(one.value for one in Level)
MOST_ROUNDS: Final = 100

TRIALS: Final[dict[TrialsFault, str]] = {
    TrialsFault.NOT_A_COUNT: "Write successes and attempts as two numbers, such as 3/10.",
    TrialsFault.NOT_WHOLE: "Write whole numbers, such as 3/10.",
    TrialsFault.NO_ATTEMPTS: "0 attempts give no rate. Write at least one, such as 0/1.",
    TrialsFault.NEGATIVE: "Neither number can be below 0. Write them such as 3/10.",
    TrialsFault.MORE_SUCCESSES: "There cannot be more successes than attempts. Successes come first, such as 3/10.",
    TrialsFault.TOO_MANY: f"At most {MOST:,} attempts. Write a smaller number.",
}

CHECKS: Final[dict[Check, str]] = {
    Check.SAME_TEST: "Same test", Check.LOW_NOW: "Low now", Check.LOWER_THAN_BEFORE: "Lower than before",
    Check.UNSEEN_VARIANTS: "Not a string match", Check.NO_NEW_HARM: "No new refusals", Check.LAST_LOOK: "Researcher's last look",
}
STANDING: Final[dict[Standing, str]] = {
    Standing.HOLDS: "holds", Standing.FAILS: "fails", Standing.NOT_MADE: "not made", Standing.AHEAD: "still to come",
}
VERDICTS: Final[dict[Verdict, str]] = {
    Verdict.VERIFIED: "The fix is verified.",
    Verdict.VERIFIED_INTERNALLY: "We verified the fix; the researcher did not.",
    Verdict.PARTIAL: "The rate fell, perhaps not enough, or variants still work.",
    Verdict.NOT_FIXED: "Not fixed: it works more often than may remain.",
    Verdict.REGRESSIVE: "The attack is stopped, but more ordinary requests are refused.",
    Verdict.INCONCLUSIVE: "The attempts do not settle it.",
}
BOTH_HOLD: Final = ("Both checks of the counts hold. Unseen variants, ordinary requests and the last look "
                    "must hold too.")
NO_LEVEL_NAMED: Final = "Every level is shown. Name one with --level."
WHY_HEAD, DRIVERS_HEAD, CHANGES_HEAD = "Why", "What drove it", "What would change the level"
NEEDED_HEAD, CHECKS_HEAD = "Attempts needed, none successful", "Checks of the counts"
NOTHING_CHANGES: Final = "No single answer would change the level."


# -- small words -------------------------------------------------------------------------------------------------


def share(rate: float) -> str:
    """A rate as a percentage with three digits that count, and never 0 or 100 where it is not: `4.95 %`."""
    percent = Decimal(rate) * 100
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if percent > Decimal("99.95"):
        gap = 100 - percent
        return f"{(100 - gap.quantize(Decimal(1).scaleb(gap.adjusted()))).normalize():f} %"
    if percent < Decimal("0.001"):
        return f"{percent.quantize(Decimal(1).scaleb(percent.adjusted() - 1)).normalize():f} %"
    return f"{float(percent):.3g} %"


def odds(probability: float) -> str:
    """A probability as a percentage; what is next to nothing is not spelt out."""
    return "under 0.001 %" if probability < 0.00001 else share(probability)


def chance(probability: float) -> str:
    """A probability as a decimal with four digits."""
    return f"{probability:.4f}" if probability >= 0.0001 else "less than 0.0001"


def number(value: Decimal) -> str:
    """A decimal without digits that say nothing."""
    return f"{value.normalize():f}" if value else "0"


def option_name(option: Option) -> str:
    """An option's name in words."""
    return option.id.replace("_", " ")


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count:,} attempts"


# -- what cannot be read -----------------------------------------------------------------------------------------


def vector_wrong(rubric: Rubric, error: VectorError) -> list[str]:
    """Every fault of a vector, one sentence or two each."""
    return [_vector_fault(rubric, one, error.meant) for one in error.wrong]


def _vector_fault(rubric: Rubric, wrong: Wrong, meant: str) -> str:
    axis = rubric.by_axis.get(wrong.axis)
    known = f"{axis.code} ({axis.name})" if axis else wrong.axis
    axes = ", ".join(one.code for one in rubric.axes)
    match wrong.fault:
        case Fault.WRONG_VERSION:
            of = f"This vector is of version {wrong.value}. " if wrong.value else "This vector's version is not known here. "
            return f"{of}Score it again as {rubric.prefix}."
        case Fault.NOT_A_PAIR:
            named = f"{wrong.axis} is not written" if wrong.axis else "One part is not written"
            return f"{named} as axis:value. Write it such as H:s."
        case Fault.UNKNOWN_AXIS:
            return f"There is no axis {wrong.axis or 'of that name'}. The axes are {axes}."
        case Fault.DOUBLED_AXIS:
            return f"{known or 'An axis'} is given twice. Give it once."
        case Fault.MISSING_AXIS if axis:
            return f"{known} is missing. {allowed(axis)}"
        case Fault.UNKNOWN_VALUE if axis:
            return f"{known} has no value {wrong.value or 'like that'}. {allowed(axis)}"
        case Fault.WRONG_ORDER:
            return f"The axes stand in another order. Write {meant}"
    return f"A vector begins with {rubric.prefix} and gives each of {axes} once, such as {example(rubric)}"


def allowed(axis: Axis) -> str:
    """What may be answered on an axis."""
    return "Allowed: " + ", ".join(f"{one.code} ({option_name(one)})" for one in axis.options) + "."


def example(rubric: Rubric) -> str:
    """A vector that can be copied and changed."""
    return "/".join((rubric.prefix, *(f"{one.code}:{one.options[min(1, len(one.options) - 1)].code}" for one in rubric.axes)))


def no_such_level(text: str) -> str:
    """Refuses a level that does not exist."""
    named = text if text.isascii() and text.isalpha() and len(text) <= 20 else "of that name"
    return f"There is no level {named}. Choose {', '.join(LEVELS[:-1])} or {LEVELS[-1]}."


def no_such_round() -> str:
    """Refuses a number of verifications that cannot be."""
    return f"Write a whole number from 1 to {MOST_ROUNDS}, such as --round 2."


# -- why a score -------------------------------------------------------------------------------------------------


def score_head(score: Score) -> str:
    """A score and its level in a line."""
    return f"{score.score}  {score.level.value}" + ("  provisional: our own attempts are missing" if score.provisional else "")


def reasons(score: Score) -> list[str]:
    """Why a score is what it is: impact, likelihood, formula and each floor that set it."""
    impacts = [one for one in score.parts if one.axis.kind is Kind.IMPACT and one.option.rank]
    likelihoods = [one for one in score.parts if one.axis.kind is Kind.LIKELIHOOD]
    if not impacts:
        return ["Impact 0: none of the five kinds of harm, so the score is 0.0."]
    found = [f"Impact {number(score.impact)} of 10. {' '.join(_says(one) for one in impacts)}",
             f"Likelihood {number(score.likelihood)} of 1: {', '.join(_adds(one) for one in likelihoods)}.",
             f"By the formula {score.formula}."]
    return found + [raised(one, score) for one in score.floors]


def _says(part: Part) -> str:
    return f"{part.axis.name}: {option_name(part.option)} ({part.option.text})."


def _adds(part: Part) -> str:
    return f"{part.axis.name.lower()} {option_name(part.option)} adds {number(part.adds)}"


def raised(floor: Floor, score: Score) -> str:
    """Why a floor set a score."""
    conditions = [f"{axis.name.lower()} is {'' if option is axis.options[-1] else 'at least '}{option_name(option)}"
                  for axis, option in floor.at_least]
    conditions += [f"the impact is at least {number(floor.impact)}"] if floor.impact else []
    return f"A floor ({floor.id}) raised it from {score.formula} to {floor.score}: {' and '.join(conditions)}."


def driver(one: Driver) -> str:
    """What one answer did to a score."""
    return f"{one.axis.name}, {option_name(one.option)}: without it the score would be {one.lifts} lower."


def change(one: Change) -> str:
    """What one other answer would do to the level."""
    more = ""
    if one.computed:
        more = " Only attempts change that: " + (
            "more of them, or a higher rate." if one.steps > 0 else "a lower rate.")
    return (f"{one.level.value.capitalize()} ({one.score}) if {one.axis.name.lower()} were {option_name(one.option)}: "
            f"{one.option.text}.{more}")


# -- what a count shows ------------------------------------------------------------------------------------------


def count_head(name: str, count: Trials) -> str:
    """A count and its rate in a line."""
    return f"{name}: {count.k:,} of {count.n:,}, {share(count.rate)}"


def between(name: str, found: Interval) -> str:
    """Two bounds in a line."""
    return f"{name:<22}{share(found.low)} to {share(found.high)}"


def one_sided(low: float, high: float) -> str:
    """The bounds that decisions use."""
    return f"{'one-sided, 95 % each':<22}at least {share(low)}; at most {share(high)}"


def not_reproduced(found: Threshold) -> str:
    """How many attempts call a report not reproduced."""
    if not found.capped:
        return f"To call it not reproduced: {found.needed:,}."
    asked = f"this count asks for {found.full:,}" if found.full is not None else "this count shows no rate"
    return f"To call it not reproduced: {found.needed:,}; {asked}, so say \"not seen in {found.needed:,}\"."


def fix_needs(level: Level, plan: FixPlan, before: Trials) -> str:
    """How many attempts verify a fix at a level, and how easily a broken one passes."""
    ceiling = f"{level.value}, at most {share(plan.ceiling)} may remain"
    if plan.for_comparison is None:
        why = "it never worked before" if before.k == 0 else "it hardly worked before"
        return f"To verify a fix, {ceiling}: no number is enough, {why}. Collect more without the fix first."
    n = max(plan.for_ceiling, plan.for_comparison)
    thin = f", {plan.for_comparison:,} of them only because few were made before the fix" if plan.thin else ""
    unchanged = odds(plan.passes_unchanged or 0.0)
    return f"To verify a fix, {ceiling}: {n:,}{thin}. An unchanged system passes with probability {unchanged}."


# -- what a check found ------------------------------------------------------------------------------------------


def finding(one: Finding) -> str:
    """How a check stands and why, with its numbers."""
    return f"{CHECKS[one.check]}: {STANDING[one.standing]}. {_why(one)}"


def _why(one: Finding) -> str:
    count = f"{one.trials.k:,} of {one.trials.n:,}" if one.trials else ""
    measured, limit = one.measured or 0.0, one.limit or 0.0
    bound = f"{count}: it may still be {share(measured)}; at most {share(limit)} may remain."
    by_chance = f"Chance alone gives this with probability {chance(measured)}"
    words: dict[Why, str] = {
        Why.SAME: "It is the test of before.",
        Why.CONTEXT_DIFFERS: "The settings differ from those before the fix.",
        Why.CRITERION_DIFFERS: "The success criterion differs from before.",
        Why.JUDGE_DIFFERS: "The judge or its version differs from before.",
        Why.MADE_BY_AUTHOR: "The author of the fix made the attempts; somebody else must.",
        Why.NOT_PLANNED: "The number of attempts was not fixed beforehand.",
        Why.PLAN_NOT_REACHED: "Fewer attempts than planned.",
        Why.BEYOND_PLAN: "More attempts than planned.",
        Why.NO_TRIALS: "No attempts with the fix yet.",
        Why.UNDER_CEILING: f"{count}: at most {share(measured)}, and {share(limit)} may remain.",
        Why.TOO_FEW: bound,
        Why.OVER_CEILING: bound,
        Why.FELL: f"{by_chance}; the limit is {limit:.4g}.",
        Why.NOTHING_BEFORE: "No attempts of ours without the fix.",
        Why.NEVER_WORKED_BEFORE: f"{count} worked before, so no fall can show.",
        Why.NOT_SHOWN_LOWER: f"{by_chance}; the limit is {limit:.4g}.",
        Why.VARIANTS_STOPPED: f"{count} with variants worked.",
        Why.TOO_FEW_VARIANTS: "Too few variants unseen by the author of the fix.",
        Why.TOO_FEW_VARIANT_TRIALS: f"{count} with variants worked: too few tries.",
        Why.VARIANT_WORKS: f"One variant worked in {count}: at least {share(measured)}, and {share(limit)} may remain.",
        Why.VARIANTS_WORK: f"Variants worked in {count}: at least {share(measured)}, and {share(limit)} may remain.",
        Why.NOT_REFUSING_MORE: f"{count} ordinary requests are refused. {by_chance}.",
        Why.TOO_FEW_BENIGN: "Too few ordinary requests, before or after the fix.",
        Why.REFUSING_MORE: f"{count} ordinary requests are refused. {by_chance}; the limit is {limit:.4g}.",
        Why.CONFIRMED: "The researcher says it is fixed.",
        Why.WAIVED: "The researcher passed.",
        Why.SILENT: "The researcher did not answer in time.",
        Why.WINDOW_OPEN: "The researcher has yet to try it.",
        Why.BYPASSED: "The researcher got around it.",
        Why.FIXED_ONCE: "It no longer works.",
        Why.STILL_WORKS: "It still works.",
        Why.NO_REGRESSION_ITEM: "The regression set lacks it.",
    }
    return words[one.why]


def settle(one: Settle) -> str:
    """One way to settle a check, as a next step."""
    n = one.number or 0
    match one.way:
        case Way.MORE_AFTER:
            return f"Not enough tries yet: {n:,} more, none successful."
        case Way.VERIFY_ANEW if one.number is not None:
            return f"Check the fix again, then verify anew: {_attempts(n)}, none successful."
        case Way.MORE_BEFORE if one.number is not None:
            return f"Collect about {n:,} more without the fix."
        case Way.REACH_PLAN:
            return f"Not enough tries yet: {n:,} more, as planned."
        case Way.ONLY_PLANNED:
            return f"Record the first {_attempts(n)}; only these count."
        case Way.MORE_VARIANTS:
            return f"Try {n:,} more variants unseen by the author of the fix."
        case Way.MORE_VARIANT_TRIALS:
            return f"Make {_attempts(n)} more with variants."
        case Way.MORE_BENIGN:
            return f"Try {n:,} more ordinary requests, without the fix and with it."
    return _WAYS[one.way]


_WAYS: Final[dict[Way, str]] = {
    Way.VERIFY_ANEW: "Check the fix again, then verify anew.",
    Way.MORE_BEFORE: "Collect more without the fix until some work.",
    Way.SAME_TEST: "Repeat the test of before, not by the author of the fix.",
    Way.PLAN: "Fix the number of attempts first, then make them.",
    Way.FIX_AGAIN: "It goes back to the owner.",
    Way.TRY_BYPASS: "Try the researcher's way, and record how often it worked.",
    Way.REGRESSION_ITEM: "Add the attack to the regression set.",
    Way.WAIT: "Wait for the researcher or the end of the window.",
}
