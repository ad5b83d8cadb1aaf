"""The recorded attack of a report: what is sent, how it is sampled, and by which criterion an answer is judged.

Decides how intake facts become a test that can be run, what a file may add to them, and names every problem of both. Sending
and judging are left to `bot/replay/run.py`; nothing here echoes what a fact or a file says.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from commands.wording import replay as wording
from config.policy import facts as facts_
from config.policy.facts import UNKNOWN, FactError
from config.program_reader import Table
from storage.trials import Kind

Messages = tuple[tuple[str, str], ...]  # role and content, in order

LONGEST: Final = facts_.FIELDS["attack"].longest  # characters
LONGEST_MATCH: Final = facts_.FIELDS["match"].longest
_MOST_PROMPTS: Final = 1_000
ROLES: Final = ("system", "developer", "user", "assistant")
BENIGN: Final = frozenset((Kind.BENIGN_BEFORE, Kind.BENIGN_AFTER))
WITH_FIX: Final = frozenset((Kind.AFTER, Kind.VARIANT, Kind.BENIGN_AFTER))
_NOT_SENT: Final = frozenset(("", "default", UNKNOWN, "none"))
_UNKNOWN: Final = frozenset(("", UNKNOWN))
_WHOLE: Final = frozenset(("top_k", "max_tokens"))
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "temperature": (0, 5), "top_p": (0, 1), "top_k": (0, 1_000_000), "max_tokens": (1, 10_000_000),
    "presence_penalty": (-2, 2), "frequency_penalty": (-2, 2), "min_p": (0, 1), "repetition_penalty": (0, 10),
}
_SETTING = re.compile(
    r"(?P<name>temperature|temp|top[ _-]?p|min[ _-]?p|top[ _-]?k|max[ _-]?(?:new[ _-]?|output[ _-]?|completion[ _-]?)?tokens"
    r"|presence[ _-]?penalty|frequency[ _-]?penalty|repetition[ _-]?penalty|penalties(?=\W+(?:default|unknown|none)))"
    r"\s{0,3}(?:=|:|of|\s)\s{0,3}"
    r"(?P<value>-?\d{1,9}(?:\.\d{1,9})?|default|unknown|none)(?![\w.])", re.IGNORECASE)


class Judge(StrEnum):
    """Who or what decides whether an answer is a success."""

    EXACT = "exact match"
    PATTERN = "regular expression"
    PERSON = "person"


class AttackError(Exception):
    """The attack cannot be run as it is recorded; `problems` are sentences that repeat nothing of it."""

    def __init__(self, problems: Iterable[str], *, of_file: bool = False) -> None:
        """`problems` is every reason; `of_file` tells that they are those of a file."""
        self.of_file = of_file
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} problems")  # an exception's text may reach a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One test. Several prompts only where ordinary requests are tried: attempt i sends the i-th, again from the first."""

    prompts: tuple[Messages, ...]
    system: str  # nothing: none is sent
    sampling: Mapping[str, float]
    seed: int | None  # None: a fresh one for each attempt
    criterion: str
    judge: Judge
    match: str

    def __repr__(self) -> str:
        return f"<recorded attack, {len(self.prompts)} prompts>"

    def messages(self, number: int) -> list[dict[str, str]]:
        """Return what attempt `number`, counted from 1, sends."""
        found = self.prompts[(number - 1) % len(self.prompts)]
        own = any(role in ("system", "developer") for role, _ in found)
        head = (("system", self.system),) if self.system and not own else ()
        return [{"role": role, "content": content} for role, content in (*head, *found)]


# -- from facts ----------------------------------------------------------------------------------------------------


def of_facts(facts: Mapping[str, str], prompts: tuple[Messages, ...] = ()) -> Recorded:
    """Return the test that facts record; `prompts` stand for the attack where a variant or a list is tried instead.

    Raises AttackError with every fact that is missing or cannot be used.
    """
    problems: list[str] = []
    attack = facts.get("attack", "")
    if not prompts and not attack.strip():
        problems.append(wording.MISSING["attack"])
    judge = _judge(facts.get("S14", ""), problems)
    match = facts.get("match", "").strip()
    if judge in (Judge.EXACT, Judge.PATTERN) and not match:
        problems.append(wording.MISSING["match"])
    if len(match) > LONGEST_MATCH:
        problems.append(wording.match_too_long(LONGEST_MATCH))
    criterion = facts.get("S13", "").strip()
    if not criterion:
        problems.append(wording.MISSING["S13"])
    sampling = _sampling(facts.get("S07", ""), problems)
    seed = _seed(facts.get("S08", ""), problems)
    if problems or judge is None:
        raise AttackError(problems)
    system = facts.get("system") or facts.get("S06", "")  # a series keeps the prompt itself where its ends are blank
    return Recorded(
        prompts=prompts or (messages_of(attack),), system="" if system.strip().lower() in _NOT_SENT else system,
        sampling=sampling, seed=seed, criterion=criterion, judge=judge, match=match)


def _judge(text: str, problems: list[str]) -> Judge | None:
    said = text.strip().lower()
    for begins, judge in (("exact", Judge.EXACT), ("regular expression", Judge.PATTERN), ("regex", Judge.PATTERN),
                          ("person", Judge.PERSON), ("a person", Judge.PERSON), ("human", Judge.PERSON)):
        if said.startswith(begins):
            return judge
    problems.append(wording.OTHER_JUDGE if said not in _UNKNOWN else wording.MISSING["S14"])
    return None


def _sampling(text: str, problems: list[str]) -> dict[str, float]:
    said = text.strip().lower()
    if said in _NOT_SENT:
        return {}
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,9})?", said):
        said = f"temperature {said}"
    found: dict[str, float] = {}
    for one in _SETTING.finditer(said):
        name = _setting(one["name"])
        if one["value"] not in _NOT_SENT:
            value = float(one["value"])
            low, high = _RANGES[name]
            if not low <= value <= high or (name in _WHOLE and value != int(value)) or found.get(name, value) != value:
                problems.append(wording.setting_wrong(name, low, high, whole=name in _WHOLE))
            found[name] = int(value) if name in _WHOLE else value
    if _SETTING.sub("", said).strip(" ,;.\n\t{}\"'"):
        problems.append(wording.SAMPLING_SHAPE)
    return found


def _setting(written: str) -> str:
    name = re.sub(r"[ -]", "_", written)
    if name.startswith("temp"):
        return "temperature"
    if name.startswith("max"):
        return "max_tokens"
    return {one.replace("_", ""): one for one in _RANGES}.get(name.replace("_", ""), name)


def _seed(text: str, problems: list[str]) -> int | None:
    said = text.strip().lower()
    if said in _NOT_SENT or said in FRESH:
        return None
    if not re.fullmatch(r"-?\d{1,18}", said):
        problems.append(wording.SEED_SHAPE)
        return None
    return int(said)


FRESH: Final = ("a fresh seed for each attempt",)  # S08 of a series whose recorded seed was varied


def messages_of(attack: str) -> Messages:
    """Return what the fact `attack` stands for: a JSON list of role and content, or one text of the user."""
    if attack.lstrip().startswith("["):
        try:
            found = json.loads(attack)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and found and all(
            isinstance(one, dict) and one.get("role") in ROLES and isinstance(one.get("content"), str) for one in found
        ):
            return tuple((str(one["role"]), str(one["content"])) for one in found)
    return (("user", attack),)


def packed(prompts: Iterable[Messages]) -> str:
    """Return prompts as one text, for a sealed column."""
    return json.dumps([list(map(list, one)) for one in prompts], ensure_ascii=False)


def unpacked(text: str) -> tuple[Messages, ...]:
    """Return the prompts that `packed` made a text of."""
    return tuple(tuple((str(role), str(content)) for role, content in one) for one in json.loads(text))


# -- from a file ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What a file gives: facts by id, and the prompts of a variant or of ordinary requests."""

    facts: Mapping[str, str]
    prompts: tuple[Messages, ...] = ()

    def __repr__(self) -> str:
        return f"<an attack file, {len(self.facts)} facts, {len(self.prompts)} prompts>"


def read_file(text: str, kind: Kind) -> Given:
    """Return what a TOML text gives for a run of this kind; raises AttackError with every problem by its key."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        line = re.search(r"at line (\d+)", str(wrong))
        raise AttackError([wording.no_toml(line[1] if line else "")]) from None
    problems: list[str] = []
    top = Table(content, problems)
    facts: dict[str, str] = {}
    prompts: tuple[Messages, ...] = ()
    if kind in BENIGN:
        prompts = _prompts(top, content)
    else:
        attack = _attack(top)
        if kind is Kind.VARIANT:
            prompts = (messages_of(attack),)
        else:
            facts["attack"] = attack
            _system_and_sampling(top, facts)
    if kind is not Kind.VARIANT:
        _criterion(top, facts, kind, content.get("judge"))
    top.done()
    if problems:
        raise AttackError(problems)
    return Given({name: value for name, value in facts.items() if value}, prompts)


def _attack(top: Table) -> str:
    if top.has("text") and top.has("messages"):
        top.problem("messages", "stands beside text; give one of the two")
        top.skip("text")
    if top.has("messages"):
        return json.dumps([{"role": role, "content": said} for role, said in _turns(top, "messages")], ensure_ascii=False)
    if not top.has("text"):
        top.problem("text", "is missing; give text, or messages with role and content")
        return ""
    return top.words("text", LONGEST)


def _turns(table: Table, key: str) -> Messages:
    found = []
    for one in table.tables(key):
        found.append((one.choice("role", ROLES), one.words("content", LONGEST)))
        one.done()
    return tuple(found)


def _prompts(top: Table, content: Mapping[str, object]) -> tuple[Messages, ...]:
    rows = content.get("prompts")
    top.skip("prompts")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_PROMPTS:
        top.problem("prompts", f"must be a list of 1 to {_MOST_PROMPTS:,} texts")
        return ()
    found: list[Messages] = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, str) and row.strip() and len(row) <= LONGEST:
            found.append((("user", row),))
        else:
            top.problem(f"prompts[{number}]", f"must be a text of 1 to {LONGEST:,} characters")
    if len(set(found)) < len(found):
        top.problem("prompts", "must differ from one another")
    return tuple(found)


def _system_and_sampling(top: Table, facts: dict[str, str]) -> None:
    if top.has("system"):
        facts["S06"] = top.words("system", facts_.FIELDS["S06"].longest)
    if not top.has("sampling"):
        return
    table = top.table("sampling")
    said = []
    for name, (low, high) in _RANGES.items():
        if table.has(name):
            value = (table.number(name, least=int(low), most=int(high)) if name in _WHOLE
                     else table.decimal(name, least=low, most=high))
            said.append(f"{name}={value}")
    facts["S07"] = ", ".join(said)
    if table.has("seed"):
        facts["S08"] = str(table.number("seed", least=-(2**53), most=2**53))
    table.done()


def _criterion(top: Table, facts: dict[str, str], kind: Kind, said: object) -> None:
    if top.has("criterion"):
        facts["S13"] = top.words("criterion", facts_.FIELDS["S13"].longest).strip()
    elif kind in BENIGN:
        facts["S13"] = wording.REFUSED
    if top.has("judge") or kind in BENIGN:
        facts["S14"] = top.choice("judge", tuple(Judge))
    if top.has("match"):
        facts["match"] = top.words("match", LONGEST_MATCH)
    if said in (Judge.EXACT, Judge.PATTERN) and "match" not in facts:
        top.problem("match", "is missing; it is the exact text or the regular expression that decides")
    if said == Judge.PERSON and "match" in facts:
        top.problem("match", "has no use where a person judges; leave it out")


def added(known: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return what a file adds to a report's facts; raises AttackError with every fact that the report has otherwise."""
    problems, fresh = [], {}
    for name, value in given.items():
        had = known.get(name, "").strip()
        if had.lower() in _UNKNOWN:
            try:
                fresh[name] = facts_.check(name, value)
            except FactError:
                problems.append(wording.not_taken(name))
        elif not _alike(name, had, value):
            problems.append(wording.known_otherwise(name))
    if problems:
        raise AttackError(problems)
    return fresh


def _alike(name: str, had: str, value: str) -> bool:
    if name == "S07":
        wrong: list[str] = []
        return _sampling(had, wrong) == _sampling(value, wrong) and not wrong
    if name == "S14":
        return _judge(had, []) == _judge(value, [])
    return had == value.strip()
