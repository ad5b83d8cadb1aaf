"""What is said about trials: recorded, planned, taken in, not enough yet; people read what is missing, not probabilities."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands.text import Text, bold, code, lines, say
from commands.times import count
from commands.wording import judge
from config.policy import rates, trial_plan
from config.policy.evidence_terms import Check, Judgement, Settle, Way
from config.policy.evidence_terms import Standing as Stands
from config.policy.rates import ALPHA, Trials, TrialsFault
from config.policy.states import Level, State, Verdict
from config.policy.trial_plan import FixPlan, NotSeen, Seen, Threshold
from storage.trials import Kind, Series

if TYPE_CHECKING:
    from commands.judging.verdicts import Standing

KINDS: dict[str, str] = {
    Kind.BEFORE: "without the fix", Kind.AFTER: "with the fix",
    Kind.VARIANT: "with variants", Kind.BENIGN_BEFORE: "ordinary requests refused without the fix",
    Kind.BENIGN_AFTER: "ordinary requests refused with the fix", Kind.BYPASS: "by the researcher, around the fix",
}
SHORT: dict[Verdict, str] = {
    Verdict.VERIFIED: "verified", Verdict.VERIFIED_INTERNALLY: "verified internally", Verdict.PARTIAL: "partial",
    Verdict.NOT_FIXED: "not fixed", Verdict.REGRESSIVE: "regressive", Verdict.INCONCLUSIVE: "inconclusive",
}


def rate(trials: Trials) -> str:
    """Return a count with its interval: `3 of 10 (11 to 60 %)`."""
    found = rates.wilson(trials)
    return f"{trials.k:,} of {trials.n:,} ({percent(found.low)} to {percent(found.high)} %)"


def percent(share: float) -> str:
    """Return a share as a whole percentage; with a digit more where it is small, and never 0 or 100 where it is not."""
    value = share * 100
    if share in (0, 1) or 0.95 <= value <= 99.5:
        return f"{value:.0f}"
    if value > 99.5:
        return "over 99"
    return f"{value:.1f}" if value >= 0.05 else "under 0.1"


def done(report: str) -> Text:
    """Trials of a report that is done."""
    return say(bold(report), " is done. If it is back: ", code("/vdp case regress"), ".")


def recorded(now: Trials, together: Trials) -> Text:
    """A series of our own."""
    more = f" In all: {rate(together)}." if together != now else ""
    return say(f"Recorded: {rate(now)}.{more}")


def recorded_already(now: Trials) -> Text:
    """The same count a moment ago."""
    return say(f"{now.k:,} of {now.n:,} is recorded already. For other attempts, add ", code("again=yes"), ".")


def collect_before(now: Trials, of_fix: FixPlan, level: Level) -> Text:
    """What thin evidence before the fix costs afterwards (product.md section 8); it goes on after a colon."""
    if now.k == 0:
        return say("none worked, so no fix can show a fall. Try on in the researcher's setting.")
    if of_fix.for_comparison is None:
        return say("too few worked to compare with. Collect more now: afterwards you cannot.")
    if of_fix.thin:
        return say(f"after {now.k:,} of {now.n:,} a fix needs {of_fix.for_comparison:,} attempts, none successful; with more now, "
                   f"{of_fix.for_ceiling:,}. Afterwards it is too late.")
    return say(f"enough to compare with. It needs {of_fix.for_ceiling:,} attempts, none successful, for {level.value}.")


def for_a_fix(words: Text) -> Text:
    """What our trials are worth for a fix that comes."""
    return say("For a fix: ", words)


def before_the_fix(now: Trials | None, of_fix: FixPlan, level: Level) -> Text:
    """On the card, while there is no fix: what it will cost that there are no trials of ours, or few."""
    if now is None:
        return say(bold("Collect before you fix"), ": our trials are missing and cannot be made afterwards.")
    if now.k == 0 or of_fix.for_comparison is None or of_fix.thin:
        return say(bold("Collect before you fix"), ": ", collect_before(now, of_fix, level))
    return Text()


def came(series: Series) -> Text:
    """Attempts that the harness made are here."""
    dropped = f" {count(series.dropped, 'attempt')} dropped." if series.dropped else ""
    if series.n == 0:
        return say(f"No attempt of the harness counts.{dropped} Check its target, then run it again.")
    then = " Record the result." if series.kind == Kind.AFTER else ""
    return say(f"The harness tried {KINDS[series.kind]}: {rate(Trials(series.k, series.n))}.{dropped}{then}")


# -- variants and ordinary requests --------------------------------------------------------------------------------

def no_fix_yet(report: str) -> Text:
    """Variants before there is a fix."""
    return say(bold(report), " has no fix yet. For attempts without one use ", code("/vdp case evidence"), ".")


def variants_shape() -> str:
    """What is wrong with a list of variants."""
    return "Write one variant a line, at most 40: how often it worked, a name, such as 0/6 in French."


def variant_wrong(number: int, fault: TrialsFault) -> str:
    """What is wrong with one line of it."""
    return f"Line {number}: {judge.TRIALS[fault]}"


def variants(fresh: int, now: Sequence[Series]) -> Text:
    """Variants are recorded."""
    if not fresh:
        return say("These are recorded already. For other attempts, add ", code("again=yes"), ".")
    unseen = [one for one in now if one.unseen]
    k, n = sum(one.k for one in unseen), sum(one.n for one in unseen)
    limits = trial_plan.LIMITS
    missing = [count(limits.variants - len(unseen), "more variant")] if len(unseen) < limits.variants else []
    missing += [count(limits.variant_trials - n, "more attempt")] if n < limits.variant_trials else []
    then = f" Still wanted: {' and '.join(missing)}." if missing else " That is enough."
    return say(f"Recorded: {count(len(unseen), 'variant')} unseen by the author of the fix, {k:,} of {n:,} in all.{then}")


def benign(before: Trials, after: Trials) -> Text:
    """Ordinary requests are recorded."""
    fewest = min(before.n, after.n)
    more = f" {trial_plan.LIMITS.benign - fewest} more on each side are enough." if fewest < trial_plan.LIMITS.benign else ""
    return say(f"Recorded: {before.k} of {before.n} ordinary requests refused without the fix, {after.k} of {after.n} with it.{more}")


# -- not reproduced ------------------------------------------------------------------------------------------------

def not_reproduced_yet(found: NotSeen, ours: Trials | None, claimed: Trials | None) -> Text:
    """Why a report cannot be called not reproduced yet, with the number."""
    if found.answer is Seen.SEEN and ours is not None:
        return say(f"We saw it in {ours.k:,} of {ours.n:,}: it is reproduced. Accept it, or close it otherwise.")
    if found.answer is Seen.OTHER_CONTEXT:
        return say(f"We tried in other settings than the researcher's. Try {found.threshold.needed:,} times in theirs.")
    reported = f"Reported: {claimed.k:,} of {claimed.n:,}." if claimed else "The researcher gave no rate."
    return say(f"{reported} To call it not reproduced, {found.threshold.needed:,} attempts in the researcher's setting must fail; "
               f"{ours.n if ours else 0:,} so far, {found.more:,} missing. Record them with ", code("/vdp case evidence"), ".")


def not_reproduced(report: str, ours: Trials, wanted: Threshold) -> str:
    """What the researcher reads; the numbers are shared."""
    words = (f"Thank you. We tried {report} {ours.n:,} times in your setting and it never worked. ")
    words += ("That shows only that we have not seen it. " if wanted.capped
              else "If it worked as often as you saw it, we would have. ")
    return words + "Tell us more, and we look again. If you disagree, send appeal within 30 days: somebody else judges it."


# -- plan ----------------------------------------------------------------------------------------------------------

def turns_of(shape: str) -> int:
    """Return the turns of one attempt, from what the report says of its conversation; 1 unless it names more."""
    found = re.search(r"(\d{1,3})\s*turns?", shape, re.IGNORECASE)
    return max(1, int(found.group(1))) if found else 1


def _cost(n: int, seconds: int, turns: int) -> str:
    minutes = math.ceil(n * seconds / 60)
    return f"{count(n, 'attempt')}, {count(n * turns, 'call')}, about {count(minutes, 'minute')}"


def plan_once() -> Text:
    """A flaw that works always or never."""
    return say("This flaw works always or never. It takes one yes or no by somebody who did not write the fix, a "
               "regression item, and the researcher's look. Add the item with ", code("/vdp case regression"), ".")


def plan(
    found: Standing, claimed: Trials | None, of_fix: FixPlan, *, level: Level, by_hand: bool, seconds: int, turns: int,
) -> Text:
    """What each statement costs, before anybody starts."""
    rows: list[Text] = []
    if claimed is not None and claimed.k:
        see = max(1, math.ceil(math.log(ALPHA) / math.log1p(-claimed.rate))) if claimed.rate < 1 else 1
        rows.append(say(bold("To reproduce it"), f": {_cost(see, seconds, turns)}. At the reported rate one of them shows it "
                        "in 19 cases of 20."))
    wanted = trial_plan.threshold(claimed)
    said = f" Say then only \"not seen in {wanted.needed:,}\"." if wanted.capped else ""
    rows.append(say(bold("To call it not reproduced"), f": {_cost(wanted.needed, seconds, turns)}, none successful.{said}"))
    assumed = f"{level.value}, not judged yet" if by_hand else level.value
    ceiling = judge.share(of_fix.ceiling)
    if found.before is None:
        rows.append(say(bold("To call a fix verified"), f" ({assumed}, at most {ceiling} may remain): at least "
                        f"{_cost(of_fix.for_ceiling, seconds, turns)}, none successful. Make our own now: "
                        "after the fix they cannot be made."))
    elif of_fix.trials is None:
        rows.append(say(bold("To call a fix verified"), f" ({assumed}): no number is enough, it hardly worked before. Collect "
                                                        "more without the fix first."))
    else:
        passes = judge.odds(of_fix.passes_unchanged or 0.0)
        at_ceiling = judge.odds(of_fix.passes_at_ceiling)
        thin = (f" {of_fix.for_comparison:,} of them only because few were made before the fix: "
                "more now is cheaper." if of_fix.thin and of_fix.for_comparison else "")
        rows.append(say(bold("To call a fix verified"), f" ({assumed}, at most {ceiling} may remain): "
                        f"{_cost(of_fix.trials, seconds, turns)}, none successful.{thin} An unchanged system passes with "
                        f"probability {passes}; one that still works in {ceiling} with {at_ceiling}."))
    limits = trial_plan.LIMITS
    strict = "needed" if level in limits.strict_levels else "recommended"
    rows.append(say(bold("Besides"), f", {strict} for {level.value}: {limits.variants} variants with {limits.variant_trials} attempts, "
                    f"and {limits.benign} ordinary requests without the fix and with it."))
    rows.append(say(f"At {seconds} seconds and {count(turns, 'call')} an attempt; ask with seconds=30 for another pace."))
    return lines(rows)


# -- verify and result ---------------------------------------------------------------------------------------------

def yours_to_verify(planned: int, level: Level, *, thin: bool, regression: bool) -> Text:
    """A verification begins; its number of attempts is fixed now."""
    if regression:
        return say("Yours to verify: try it once, then record fixed or still works.")
    more = (" Too few attempts without the fix: collect more on that version first.") if thin else ""
    return say("Yours to verify, in the same test as before. Fixed now: ", bold(count(planned, "attempt")),
               f" for {level.value}. Record them with ", code("/vdp result"), f" such as 0/{planned}.", more)


def verified_already() -> Text:
    """Somebody began before."""
    return say("It is being verified. Record your result with ", code("/vdp result"), ".")


def result_already() -> Text:
    """It passed before."""
    return say("Recorded already. The researcher has the last look.")


def found_shape(*, once: bool) -> str:
    """What `result` takes."""
    if once:
        return "This flaw works always or never. Record fixed or still-works."
    return "Write successes and attempts with the fix, such as 0/59."


def verdict(judgement: Judgement, before: Trials | None, after: Trials | None) -> Text:
    """A verdict, in what people read: the counts and what is missing; probabilities stand behind Numbers."""
    counts = f"{after.k:,} of {after.n:,} with the fix" if after else ""
    counts += f", {before.k:,} of {before.n:,} without it" if after and before else ""
    return lines([say(bold(SHORT[judgement.verdict].capitalize()), f": {counts}." if counts else "."),
                  *(say(judge.settle(one)) for one in ways(judgement.settles))])


def ways(settles: Sequence[Settle]) -> list[Settle]:
    """Return what would settle a verdict, but neither the wait for the researcher nor that it goes back: both are said apart."""
    return [one for one in settles if one.way not in (Way.WAIT, Way.FIX_AGAIN)]


def stays(judgement: Judgement) -> Text:
    """Nothing moves."""
    if judgement.verdict is Verdict.PARTIAL:
        return say("It stays with you for more attempts. To send it back, record it again with ",
                   code("back=yes"), ".")
    return say("Settle it as above and record again; the lead may resolve it on limited evidence.")


def goes_back() -> Text:
    """To the owner."""
    return say("It goes back to the owner.")


def last_look(report: str) -> Text:
    """To the researcher."""
    return say(bold(report), " passed; the researcher has the last look now.")


def numbers(
    before: Trials | None, after: Trials | None, found: Judgement | None, *, round_: int, level: Level, ceiling: float,
) -> Text:
    """Every number: bounds, probabilities, limits."""
    rows: list[Text | str] = []
    for name, one in (("Without the fix", before), ("With the fix", after)):
        if one is not None:
            rows.append(say(bold(judge.count_head(name, one))))
            shown, sure = rates.wilson(one), rates.exact(one)
            rows.append(f"Wilson, 95 %: {judge.share(shown.low)} to {judge.share(shown.high)}. Exact, 95 %: {judge.share(sure.low)} to "
                        f"{judge.share(sure.high)}. One-sided, 95 % each: at least {judge.share(rates.lower(one))}, at most "
                        f"{judge.share(rates.upper(one))}.")
    if not rows:
        return say("No trials of ours yet. Record them with ", code("/vdp case evidence"), ", such as 3/10.")
    rows.append(f"At {level.value}, at most {judge.share(ceiling)} may remain.")
    if found is not None:
        rows.append(say(bold(judge.VERDICTS[found.verdict])))
        for check in found.findings:
            name, _, said = judge.finding(check).partition(": ")
            rows.append(say("- ", bold(name), f": {said}"))
        rows += [judge.settle(one) for one in ways(found.settles)]
        rows.append(f"Verification {round_} may spend {found.alpha:.4g} of being wrong, half of it at each repeat.")
    return lines(rows)


# -- on cards ------------------------------------------------------------------------------------------------------

def on_card(found: Standing, verdict: Verdict, state: State) -> Text:
    """The verdict that stands, with its counts; and, while it is being verified, what is missing."""
    counts = f" {found.after.k:,} of {found.after.n:,} with the fix." if found.after and not found.deterministic else ""
    missing = ""
    if found.judgement is not None and verdict in (Verdict.PARTIAL, Verdict.INCONCLUSIVE) and state is State.VERIFYING:
        missing = " ".join(["", *(judge.settle(one) for one in ways(found.judgement.settles)[:2])])
    agreed = ", if the researcher agrees" if state is State.RETEST else ""
    return say("Verdict: ", bold(SHORT[verdict]), f"{agreed}.{counts}{missing}")


def bypassed(count_: Trials, state: State) -> Text:
    """The researcher got around this fix; while it is being verified, what to do with that."""
    found = say(f"The researcher got around the fix: {rate(count_)}.")
    return say(found, " Try it, and record it with ", code("/vdp case variants"), ".") if state is State.VERIFYING else found


def picture_title(found: Standing) -> str:
    """What the picture of a fix finds, in a line."""
    verdict = found.judgement.verdict if found.judgement else None
    if found.judgement is not None and verdict in (Verdict.PARTIAL, Verdict.INCONCLUSIVE):
        if found.bypass is not None:
            return "Not settled: there is a way around the fix"
        holds = {one.check for one in found.judgement.findings if one.standing is Stands.HOLDS}
        if {Check.LOW_NOW, Check.LOWER_THAN_BEFORE} <= holds:  # what is missing is not in the picture
            return "It fell, and low enough; more is to be tried"
    return {
        Verdict.VERIFIED: "It fell, and low enough", Verdict.VERIFIED_INTERNALLY: "It fell, and low enough",
        Verdict.PARTIAL: "It fell, but is not shown to be low enough", Verdict.NOT_FIXED: "It still works",
        Verdict.REGRESSIVE: "It fell, but ordinary requests suffer",
    }.get(verdict or Verdict.INCONCLUSIVE, "Not settled yet")


def rate_title(count_: Trials | None) -> str:
    """What the picture of our own count finds."""
    return f"It works in {count_.k:,} of {count_.n:,} attempts of ours" if count_ else ""
