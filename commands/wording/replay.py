"""The sentences of the harness: what a recorded attack lacks, what is wrong with its file, how a run went and what is next.

Decides words only, as plain strings for a terminal. Nothing here repeats an attack, a pattern or an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from commands.wording import judge
from config.policy import rates
from config.policy.rates import Trials

KINDS: Final[Mapping[str, str]] = {
    "before": "the attack without the fix", "after": "the attack with the fix", "variant": "a variant with the fix",
    "benign_before": "ordinary requests without the fix", "benign_after": "ordinary requests with the fix",
}
REFUSED: Final = "The answer refuses the request."

# -- the recorded attack -------------------------------------------------------------------------------------------

MISSING: Final[Mapping[str, str]] = {
    "attack": "attack: not recorded. Give --attack FILE, as text or messages.",
    "match": "match: not recorded. Give the exact text or regular expression in --attack FILE, as match.",
    "S13": "S13: no criterion of success. Give it in --attack FILE, as criterion.",
    "S14": "S14: no judge. Give it in --attack FILE, as judge: exact match, regular expression or person.",
}
OTHER_JUDGE: Final = ("S14: the harness judges by exact match, regular expression or person. Run others outside and record "
                      "their count with /vdp case evidence.")
SAMPLING_SHAPE: Final = "S07: write sampling settings such as: temperature 0.7, top_p 0.9, max_tokens 256."
SEED_SHAPE: Final = "S08: a whole number such as 42, or none."
_NAMES: Final[Mapping[str, str]] = {"S06": "system", "S07": "sampling", "S08": "sampling.seed", "S13": "criterion", "S14": "judge",
                                    "match": "match", "attack": "text"}


def match_too_long(most: int) -> str:
    """A pattern without end."""
    return f"match: at most {most:,} characters. Record a shorter one."


def setting_wrong(name: str, low: float, high: float, *, whole: bool) -> str:
    """A sampling setting that no endpoint takes."""
    return f"S07: {name} is {'a whole number' if whole else 'a number'} from {low:,g} to {high:,g}, and stands once."


def known_otherwise(fact: str) -> str:
    """A file that contradicts the report."""
    return (f"{_NAMES.get(fact, fact)}: the report says otherwise ({fact}). Leave it out of the file, or correct the report first.")


def not_taken(fact: str) -> str:
    """A value that a report does not keep."""
    return f"{_NAMES.get(fact, fact)}: cannot be kept as {fact}. Write it as docs/operator.md shows."


def no_toml(line: str) -> str:
    """A file that is no TOML."""
    return f"The file is no TOML{f', line {line}' if line else ''}. Write lines such as: judge = \"person\""


def file_unreadable(why: str) -> str:
    """A file that cannot be had."""
    return f"The --attack file cannot be read: {why}. Nothing was sent."


def file_too_large(most: int) -> str:
    """A file without end."""
    return f"The --attack file is larger than {most:,} bytes. Nothing was sent."


def file_needed(kind: str) -> str:
    """What only a file can say."""
    what = "the variant's text" if kind == "variant" else "the prompts"
    return f"For {KINDS[kind]} give {what} with --attack FILE."


def cannot_run(report: str, problems: list[str]) -> str:
    """Every reason why an attack cannot be run."""
    return f"{report} cannot be tried yet:\n" + "\n".join(f"  {one}" for one in problems)


def file_wrong(problems: list[str]) -> str:
    """Every problem of a file."""
    return "The --attack file has problems; nothing was sent:\n" + "\n".join(f"  {one}" for one in problems)


# -- before the first attempt --------------------------------------------------------------------------------------

NO_TARGETS: Final = "The programme names no endpoint. Add [replay.NAME] with url and model to its file."
NEEDS_NAME: Final = "A variant needs a name: --name \"in French\"."
NAME_NOT_WANTED: Final = "--name is for variants. Add --for variant, or leave it out."
NAME_SHAPE: Final = "--name takes 1 to 120 characters on one line."
BOTH: Final = "Give --continue or --throw-away, not both."
UNLAWFUL: Final = "The content is unlawful to hold. Do not try it."
ERASED: Final = "This report's texts are erased. Leave it."
REMOTE: Final = "Not sent. Answer y to go on, or add --yes."
ADD_YES: Final = "Nobody is here to answer. Read the above, then add --yes."
OLD_SCHEMA: Final = "The database is older than this release. Stop the bot, run `migrate`, then this again."
DONE: Final = "The report is done. If it is back, in chat: /vdp case regress."
NO_FIX: Final = "There is no fix yet. Use --for before."
KEPT_AS_BEGUN: Final = "A series goes on as begun. Leave out --n, --attack and --vary-seed, or --throw-away first."


def no_report() -> str:
    """An id that no report has."""
    return "No such report. Write its id, such as AIV-K7Q3M."


def no_target(names: tuple[str, ...]) -> str:
    """An endpoint that the programme does not name."""
    return f"No such target. The programme names: {', '.join(names)}." if names else NO_TARGETS


def no_person() -> str:
    """An account that nobody here has."""
    return "--by: write platform and account of somebody here, such as slack:U012345."


def needs_number(why: str) -> str:
    """A plan that cannot be made."""
    return f"{why} Give a number with --n."


NOTHING_BEFORE: Final = "No trials of ours before the fix, so no number follows."
NO_NUMBER: Final = "It worked too rarely before the fix to compare. Try more without it first."
OTHER_HANDS: Final = "Whoever made the fix does not try it. Have somebody else run this."


def planned_otherwise(planned: int) -> str:
    """A verification whose number is fixed."""
    return (f"This verification is planned with {planned:,} attempts. Leave out --n, or write "
            f"--n {planned}.")


def too_many(planned: int, cap: int) -> str:
    """More attempts than a target takes."""
    return f"{planned:,} attempts; this target takes {cap:,}. Raise attempts in its table, or ask for fewer."


def over_budget(budget: int, cap: int) -> str:
    """A budget beyond the programme's."""
    return f"--budget {budget} is too much: this target's series may use {cap:,} tokens. Raise tokens in its table."


def same_request(distinct: int, *, by_seed: bool) -> str:
    """Repeats that are one attempt."""
    why = ("The recorded seed is fixed" if by_seed
           else "At temperature 0 this target takes no seed")
    many = "one attempt" if distinct == 1 else f"{distinct} attempts"
    then = "Add --vary-seed for a fresh seed each time" if by_seed else "Use a target that takes a seed"
    return f"{why}, so repeats count once: here {many}. {then}, or write --n {distinct}."


def open_series(made: int, planned: int) -> str:
    """A series that was begun and not ended."""
    return (f"This series is open: {made:,} of {planned:,} made. Go on with --continue, or give it up with "
            "--throw-away.")


def nothing_open() -> str:
    """Nothing to go on with."""
    return "No such series is open. Leave out --continue or --throw-away."


def running() -> str:
    """A second run of the same."""
    return "Another process makes this series. Wait until it ends, or end it."


def thrown_away(made: int) -> str:
    """A series that was given up."""
    return f"{made:,} attempts thrown away: on record, not counted. The next run begins anew."


def about_to(report: str, kind: str, target: str, model: str, host: str, *, planned: int, left: int, tokens: int) -> str:
    """What is about to be sent where; asked before the first attempt."""
    rest = "" if left == planned else f", {left:,} left"
    return (f"{report}, {KINDS[kind]}: {planned:,} attempts{rest} on {target}. The attack leaves for {model} at {host}, "
            f"with at most {tokens:,} tokens.")


GO_ON: Final = "Go on? y or n: "


# -- while it runs -------------------------------------------------------------------------------------------------

HIDDEN: Final = "The count is shown at the end, so nobody stops when it looks good."
PERSON_KEYS: Final = "y it worked   n it did not   s drop it   q stop: "


def progress(report: str, target: str) -> str:
    """What the bar is about."""
    return f"{report} on {target}"


def so_far(counted: int, planned: int, dropped: int, k: int | None) -> str:
    """How far a run is."""
    shown = f", {k:,} worked" if k is not None else ""
    lost = f", {dropped:,} dropped" if dropped else ""
    return f"{counted:,} of {planned:,} made{lost}{shown}"


def to_judge(number: int, counted: int, planned: int) -> str:
    """The head of an answer that a person judges."""
    return f"Attempt {number}, {counted:,} of {planned:,} judged. Its answer:"


def criterion(text: str) -> str:
    """By what a person judges."""
    return f"It worked if: {text}"


# -- how it ended --------------------------------------------------------------------------------------------------

REASONS: Final[Mapping[str, str]] = {
    "refused": "connection refused", "timeout": "no answer in time", "rate limit": "rate limit", "cut": "connection cut",
    "broken": "answer that is no JSON", "empty": "answer without a text", "too large": "answer too large",
    "slow pattern": "pattern took too long", "person": "dropped by the person who judged",
}


def reason(name: str) -> str:
    """Why attempts were dropped, in a few words."""
    return REASONS.get(name, name.replace("http", "HTTP"))


def dropped(reasons: Mapping[str, int]) -> str:
    """The attempts that count in neither."""
    number = sum(reasons.values())
    listed = ", ".join(f"{reason(name)} {times:,}" for name, times in sorted(reasons.items(), key=lambda one: (-one[1], one[0])))
    return f"{number:,} dropped, counted in neither: {listed}."


def complete(report: str, kind: str, count: Trials) -> str:
    """A series whose attempts are all made."""
    verb = "was refused" if kind.startswith("benign") else "worked"
    return f"{report}, {KINDS[kind]}: it {verb} in {count.k:,} of {count.n:,} attempts, {judge.share(count.rate)}."


def interval(count: Trials) -> str:
    """How sure a count is."""
    return judge.between("Wilson, 95 %", rates.wilson(count))


TAKEN_IN: Final = "A running bot takes it in within seconds, a stopped one at its start."
_GO_ON: Final = "They are kept. Go on with --continue, or give them up with --throw-away."
_ENDINGS: Final[Mapping[str, str]] = {
    "stopped": "Stopped. ",
    "all dropped": "Stopped: {row} attempts in a row were dropped ({why}). Check the target's table, its key and "
                   "whether it runs. ",
    "budget": "Stopped: the budget of {tokens:,} tokens is used up. Give more with --budget, or raise tokens in the table. ",
    "cap": "The cap of {attempts:,} attempts is reached, dropped ones included. Raise attempts in the table. ",
    "slow pattern": "The pattern took too long on {slow} answers. Throw the series away and record a simpler one. ",
    "gone": "This report's texts were erased meanwhile; nothing more is sent. ",
}


def ended_early(how: str, *, counted: int, planned: int, **numbers: object) -> str:
    """Why a run ended before its plan, and what is next."""
    said = _ENDINGS[how].format(**numbers)
    return f"{said}{counted:,} of {planned:,} attempts made." + ("" if how == "gone" else f" {_GO_ON}")


def cannot_judge() -> str:
    """A pattern that is none."""
    return "match: this expression cannot be used. Record one that Python's re compiles quickly."
