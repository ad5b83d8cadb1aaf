"""The facts of a report that people give: the fields of domain.md section 2, what each is good for, and what a step misses.

It decides which fields there are, which step needs them first and in which order they matter. Nothing here is ever required
to send a report. How a value is written is config/policy/fact_values.py; what people read, commands/wording/facts.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from config.policy.fact_values import ANYTHING, UNKNOWN, FactError, FactField, Fault, Kind, Known, written
from config.policy.rates import Trials, TrialsError, parse_trials

__all__ = ["FIELDS", "UNKNOWN", "FactError", "FactField", "Fault", "Kind", "Known", "Step", "check", "missing", "needed_by"]

UNCLEAR: Final = "?"  # stands before the id of a fact that was given but not understood
MOST_SHOWN: Final = 3
_YES_NO: Final = (("y", "yes"), ("n", "no"), ("true", "yes"), ("false", "no"))


class Step(StrEnum):
    """A step that uses facts; a fact is needed by the first one that does."""

    JUDGE = "judge"  # accept it and say how bad it is
    REPRODUCE = "reproduce"  # our own trials
    VERIFY = "verify"  # does the fix hold
    PUBLISH = "publish"


_TABLE: Final = (
    FactField(
        id="F20", name="strict_liability", label="Unlawful to hold", keys=("unlawful to hold", "unlawful", "unlawful content"),
        kind=Kind.CHOICE, values=("yes", "no"), example="no", secret=True, unknown=False, loose=True,
        # Who is not sure is taken at the careful word: nothing is held that must not be.
        aliases=(*_YES_NO, *((word, "yes") for word in ("maybe", "perhaps", "possibly", "probably", "likely"))),
        why="content such as abuse of minors must not be stored: then words alone are taken"),
    FactField(
        id="F06", name="relationship", label="Relation to the system", keys=("relation to the system", "relationship", "relation", "i am"),
        kind=Kind.CHOICE, values=("independent", "customer", "affected person", "invited red team", "employee"),
        aliases=(("affected", "affected person"), ("red team", "invited red team"), ("researcher", "independent")),
        example="independent", secret=True, why="somebody who was harmed is asked other things"),
    FactField(
        id="F07", name="kind", label="Kind", keys=("kind", "type"), kind=Kind.CHOICE, values=("vulnerability", "hazard", "incident"),
        aliases=(("flaw", "vulnerability"), ("weakness", "vulnerability")), example="vulnerability",
        why="an incident has people who were harmed; a hazard recurs without an attacker"),
    FactField(
        id="F08", name="title", label="Title", keys=("title", "subject"), kind=Kind.LINE, longest=120, unknown=False,
        example="Persona prompt gets crime help", why="names the behaviour on every list, without the payload"),
    FactField(
        id="F09", name="summary", label="What happens, and what should happen instead",
        keys=("what happens, and what should happen instead", "what happens", "summary", "description"), kind=Kind.LINES,
        longest=4_000, secret=True, unknown=False, example="It gives crime help to a persona; it should refuse.",
        why="says what is wrong"),
    FactField(
        id="F10", name="category_claimed", label="Category", keys=("category",), kind=Kind.CATEGORY, longest=60,
        example="jailbreak", why="starts the judgement; the team decides on its own"),
    FactField(
        id="F11", name="impact_claimed", label="Impact", keys=("impact",), kind=Kind.LINES, longest=2_000, secret=True,
        example="leaks personal data of other customers", why="says which harms are weighed: data, content, reliability, acts, cost"),
    FactField(
        id="F12", name="policy_clause", label="Rule that is broken", keys=("rule that is broken", "policy clause", "clause"),
        kind=Kind.LINE, example="usage policy, 3: no help with crimes", why="says why this answer must not be given"),
    FactField(
        id="F13", name="stakeholders", label="Who is harmed", keys=("who is harmed", "stakeholders"), kind=Kind.SET,
        values=("users", "third parties", "minors", "vulnerable", "customers", "provider", "public"), example="users, minors",
        why="says how far the harm reaches"),
    FactField(
        id="S01", name="system", label="System", keys=("system", "product"), kind=Kind.SYSTEM, longest=80,
        example="acme-chat", why="says what to try it on, and whether it is in scope"),
    FactField(
        id="S02", name="model", label="Model and version", keys=("model", "version", "model version", "model and version"),
        kind=Kind.LINE, longest=160, example="acme-large, 2026-01-15", why="another version may behave differently"),
    FactField(
        id="S03", name="endpoint", label="Endpoint", keys=("endpoint", "where"), kind=Kind.CHOICE_AND_WORDS,
        values=("api", "web", "app", "plug-in", "device"), aliases=(("plugin", "plug-in"), ("website", "web")),
        example="api, POST /v1/chat", why="filters differ between the ways in"),
    FactField(
        id="S04", name="first_seen, last_seen", label="First and last seen", keys=("seen", "first seen", "last seen"), kind=Kind.SEEN,
        longest=80, example="2026-11-20 to 2026-11-22", why="says which versions were affected"),
    FactField(
        id="S05", name="session_ref", label="Session or request", keys=("session", "request", "session or request"), kind=Kind.LINES,
        longest=1_000, secret=True, example="a request id or a shared chat", why="lets us find it in our own logs"),
    FactField(
        id="S06", name="system_prompt", label="System prompt", keys=("system prompt",), kind=Kind.LINES, longest=8_000, secret=True,
        example="default", why="trials under another one show nothing about yours"),
    FactField(
        id="S07", name="temperature, top_p, top_k, max_tokens, penalties", label="Sampling",
        keys=("sampling", "temperature", "top p", "top k", "max tokens", "frequency penalty", "presence penalty", "penalties"),
        kind=Kind.SAMPLING, longest=160, example="temperature 0.7, top_p default",
        values=("temperature", "top_p", "top_k", "min_p", "max_tokens", "frequency_penalty", "presence_penalty",
                "repetition_penalty", "penalties"),
        why="the same words work more or less often at another temperature"),
    FactField(
        id="S08", name="seed", label="Seed", keys=("seed",), kind=Kind.SEED, longest=40, example="none",
        why="repeats with one fixed seed are one attempt"),
    FactField(
        id="S09", name="tools_enabled", label="Tools", keys=("tools", "tools enabled"), kind=Kind.LIST, longest=600,
        example="none", why="an agent can do what a chat cannot"),
    FactField(
        id="S10", name="retrieval", label="Retrieval", keys=("retrieval", "sources"), kind=Kind.LINE, longest=600,
        example="help pages, index of 2026-11-01", why="what it reads changes what it says"),
    FactField(
        id="S11", name="modality, language", label="Modality and language", keys=("modality", "language", "modality and language"),
        kind=Kind.LANGUAGE, longest=120, values=("text", "image", "audio", "video", "speech", "code", "file", "document"),
        example="text, cy", why="filters are weaker in some languages"),
    FactField(
        id="S12", name="conversation_shape", label="Shape of the conversation", keys=("conversation", "shape of the conversation", "turns"),
        kind=Kind.LINE, example="3 turns, fresh chat each time, one after the other", why="a long or continued chat gives in sooner"),
    FactField(
        id="S13", name="success_criterion", label="Counts as success", kind=Kind.LINE, longest=300,
        keys=("counts as success", "criterion", "success criterion"), example="gives at least three of the five steps",
        why="so that anybody can tell a success from a failure"),
    FactField(
        id="S14", name="judge", label="Judge", keys=("judge", "judged by"), kind=Kind.CHOICE_AND_WORDS, longest=160,
        values=("person", "exact match", "regular expression", "classifier", "model"),
        aliases=(("exact", "exact match"), ("regex", "regular expression"), ("regexp", "regular expression"), ("human", "person"),
                 ("me", "person")),
        example="person", why="two judges count differently"),
    FactField(
        id="S15", name="attempts, successes", label="Attempts and successes", kind=Kind.TRIALS, longest=200,
        keys=("worked", "attempts", "success", "success rate", "how often it worked", "attempts and successes"), example="3 of 10",
        why="how often it works moves the level"),
    FactField(
        id="S16", name="attempt_log", label="Attempt log", keys=("attempt log", "log"), kind=Kind.LINES, longest=8_000, secret=True,
        example="1, seed 7, success, sha256 of the output", why="from high on, single attempts must be traceable"),
    FactField(
        id="S17", name="transcript", label="Transcript", keys=("transcript",), kind=Kind.LINES, longest=8_000, secret=True,
        example="what was typed and what came back", why="shows what really came back"),
    FactField(
        id="S18", name="steps", label="How to make it happen", kind=Kind.LINES, longest=8_000, secret=True, unknown=False,
        keys=("how to make it happen", "steps", "steps to reproduce"), example="Ask as an apprentice; then ask for the order.",
        why="a stranger must be able to repeat it"),
    FactField(
        id="S19", name="variants_tried", label="Variants tried", keys=("variants", "variants tried"), kind=Kind.LINES, longest=4_000,
        secret=True, example="without the persona: 0 of 10", why="what did not work helps as much"),
    FactField(
        id="S20", name="transfer", label="Other models", keys=("other models", "transfer"), kind=Kind.LIST, longest=600,
        example="none", why="if it works elsewhere, others must be told"),
    FactField(
        id="attack", name="attack", label="Attack, word for word", keys=("attack", "exact attack"), kind=Kind.ATTACK, longest=20_000,
        values=("system", "developer", "user", "assistant", "tool"), secret=True, unknown=False,
        example="the exact text that is sent", why="our own trials send exactly this"),
    FactField(
        id="match", name="match", label="Text that decides", keys=("match", "text that decides"), kind=Kind.LINES, longest=500,
        secret=True, unknown=False, example="Step 3:", why="the judge looks for exactly this"),
    FactField(
        id="F21", name="contains_personal_data", label="Personal data in it", kind=Kind.CHOICE, secret=True,
        keys=("personal data", "other people's data", "personal data in it"), values=("none", "synthetic", "own", "other people's"),
        aliases=(("no", "none"), ("yes", "other people's"), ("mine", "own"), ("others", "other people's"),
                 ("other people's data", "other people's"), ("other", "other people's")),
        example="synthetic", why="other people's data is masked and as little as possible kept"),
    FactField(
        id="F22", name="attachments", label="Attachments", kind=Kind.RECORDED, secret=True, example="an encrypted archive",
        why="send files encrypted; nothing opens them"),
    FactField(
        id="F30", name="exploited", label="Exploited", keys=("exploited",), kind=Kind.CHOICE_AND_WORDS, longest=600, secret=True,
        values=("no", "suspected", "yes"), aliases=(("suspect", "suspected"), ("maybe", "suspected")), example="no",
        why="an attack under way comes before everything else"),
    FactField(
        id="F31", name="already_public", label="Already public", keys=("already public", "public"), kind=Kind.CHOICE_AND_WORDS,
        longest=600, values=("no", "yes"), aliases=_YES_NO, example="yes, with a link", secret=True,
        why="what anybody can copy is more urgent, and cannot be kept quiet"),
    FactField(
        id="F32", name="harm_narrative", label="What happened to whom", keys=("what happened to whom", "harm"), kind=Kind.LINES,
        longest=4_000, secret=True, example="who, where, when", why="says who needs help now"),
    FactField(
        id="F33", name="recurs_why", label="Why it will happen again", keys=("why it will happen again", "recurs"), kind=Kind.LINES,
        longest=2_000, example="4 of 100 ordinary questions did it", why="tells a hazard from a one-off"),
    FactField(
        id="F40", name="disclosure_intent", label="Wish to publish", keys=("wish to publish", "disclosure", "publish"),
        kind=Kind.CHOICE, values=("already public", "yes", "no", "undecided"), aliases=_YES_NO, example="undecided",
        why="so that we agree on a day"),
    FactField(
        id="F41", name="embargo_proposal", label="Proposed embargo", keys=("embargo", "proposed embargo"), kind=Kind.EMBARGO,
        longest=40, example="90 days", why="left empty, the policy's own length holds"),
    FactField(
        id="F42", name="credit", label="Credit", keys=("credit",), kind=Kind.CHOICE_AND_WORDS, longest=160,
        values=("name", "pseudonym", "none"), aliases=(("no", "none"),), fallback="name", example="pseudonym, Quiet Heron",
        why="no name is thanked without a yes"),
    FactField(
        id="F43", name="told_others", label="Who else knows", keys=("who else knows", "told others"), kind=Kind.LIST, longest=600,
        secret=True, example="none", why="other vendors or a coordinator who were told need not hear it twice, and publish on their own day"),
    FactField(
        id="F44", name="dataset_consent", label="Use in our data set", keys=("data set", "use in our data set"), kind=Kind.CHOICE,
        values=("none", "internal", "public-anonymous", "public-credited"), aliases=(("no", "none"),), unknown=False, example="none",
        why="nothing is used for tests or training without your word"),
    FactField(
        id="F45", name="policy_accepted", label="Policy version", kind=Kind.RECORDED, example="2026-01",
        why="safe harbour is that of this version"),
)
FIELDS: Final[dict[str, FactField]] = {one.id: one for one in _TABLE}

# What a step uses, the most important first.
_USED: Final[dict[Step, tuple[str, ...]]] = {
    Step.JUDGE: ("S15", "S01", "F31", "F30", "S18", "S02", "F11", "F20", "F21", "F07", "F32", "F33", "F12", "S16", "F10"),
    Step.REPRODUCE: ("S13", "attack", "match", "S07", "S06", "S02", "S14", "S12", "S09", "S11", "S03", "S08", "S18", "S05", "S17"),
    Step.VERIFY: ("S13", "S07", "S06", "S14", "S19", "S16"),
    Step.PUBLISH: ("F40", "F43", "S20", "S04", "F42", "F44"),
}

# Of a report on content that is unlawful to hold, words that describe it are kept and nothing else.
COUNTING: Final = frozenset(  # how trials are made and counted: what only a rate depends on
    {"S06", "S07", "S08", "S09", "S11", "S12", "S13", "S14", "S15", "S19", "match"})
NOT_HELD: Final = frozenset({"S05", "S06", "S16", "S17", "S18", "S19", "F22", "attack", "match"})
_NOBODY: Final = frozenset({"none", "no", "not", "nothing", "n/a", "never", "untested", "unsure", UNKNOWN})  # so begins what names no model
_OURS: Final = frozenset({"F10", "F12", "F20", "F21"})  # not worth a question of their own to the researcher


def check(id: str, text: str, known: Known = ANYTHING) -> str:
    """A fact's value as it is kept, or nothing for an empty one; raises FactError with the field and the reason by name."""
    one = FIELDS.get(id)
    if one is None:
        raise FactError(id[:20], Fault.UNKNOWN_FIELD)
    return written(one, text, known)


def needed_by(id: str) -> Step | None:
    """The first step that uses a fact; nothing for one that only helps."""
    return next((step for step, used in _USED.items() if id in used), None)


def importance(id: str) -> tuple[int, int]:
    """Where a fact stands among all: by the first step that uses it, and its place there; what only helps comes last."""
    steps = list(_USED.values())
    return next(((place, used.index(id)) for place, used in enumerate(steps) if id in used), (len(steps), list(FIELDS).index(id)))


def unlawful(facts: Mapping[str, str]) -> bool:
    """Whether the content of a report is unlawful to hold (F20)."""
    return facts.get("F20") == "yes"


def others_data(facts: Mapping[str, str]) -> bool:
    """Whether a report holds other people's data (F21)."""
    return facts.get("F21") == "other people's"


def other_models(facts: Mapping[str, str], ours: Collection[str] = ()) -> tuple[str, ...]:
    """The models that a report names besides those of the programme (S20); `ours` are those, by id and name in small letters."""
    named = [one.strip() for one in facts.get("S20", "").split(",")]
    return tuple(one for one in named if one and one.casefold() not in ours and one.split()[0].strip(".:").casefold() not in _NOBODY)


def holds(facts: Mapping[str, str], id: str) -> bool:
    """Whether a fact may be kept with a report that says this of itself."""
    return not (unlawful(facts) and id in NOT_HELD)


def missing(facts: Mapping[str, str], step: Step, *, most: int = MOST_SHOWN, grave: bool = False) -> tuple[FactField, ...]:
    """What a step would use and nobody has said yet, the most important first; "unknown" is an answer.

    `grave` is a level of high or critical, which needs the log of attempts.
    """
    if step is Step.REPRODUCE and unlawful(facts):
        return ()  # nobody tries that again
    found = [FIELDS[id] for id in _USED[step] if id not in facts and holds(facts, id) and _applies(facts, id, grave=grave)]
    if other_models(facts) and "F43" not in facts:  # their vendors hear of it, and from nobody twice: the sooner the better
        found = [one for one in found if one.id != "F43"]
        found.insert(1, FIELDS["F43"])
    return tuple(found[:most])


def worth_asking(facts: Mapping[str, str], step: Step, *, most: int) -> tuple[FactField, ...]:
    """What the researcher is asked for, of what a step misses."""
    return tuple([one for one in missing(facts, step, most=len(FIELDS)) if one.id not in _OURS][:most])


def _applies(facts: Mapping[str, str], id: str, *, grave: bool = False) -> bool:
    match id:
        case "match":
            return facts.get("S14", "").startswith(("exact match", "regular expression"))
        case "F32":
            return facts.get("F07") == "incident"
        case "F33":
            return facts.get("F07") == "hazard"
        case "F12":
            return facts.get("F10") in ("jailbreak", "harmful-content")
        case "S16":
            return grave
        case "S15" | "S20":
            return not unlawful(facts)  # asking for it would have somebody try again
    return True


def trials_of(facts: Mapping[str, str]) -> Trials | None:
    """The researcher's own count; nothing when they gave none, or do not know."""
    try:
        return parse_trials(facts.get("S15", ""))
    except TrialsError:
        return None


def stored(facts: Mapping[str, str], unclear: Mapping[str, str]) -> str:
    """The facts as JSON for the sealed column, with what was said but not understood."""
    return json.dumps({**facts, **{UNCLEAR + id: text for id, text in unclear.items()}}, ensure_ascii=False)


def opened(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The facts of the sealed column, and what was said but not understood."""
    found = {str(id): str(value) for id, value in json.loads(text).items()}
    return ({id: value for id, value in found.items() if not id.startswith(UNCLEAR)},
            {id.removeprefix(UNCLEAR): value for id, value in found.items() if id.startswith(UNCLEAR)})
