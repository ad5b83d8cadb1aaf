"""What all the trials of a report prove together: one reading for the verdict, the card, `plan` and the full numbers.

Decides which series belong to the verification that goes on. The verdict itself follows from `config/policy/evidence.py`;
recording one, and what then happens, is `proof.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from commands.desk import Desk
from commands.text import Text
from commands.wording import trials as wording
from config import rubric
from config.policy import evidence, rates, sampling
from config.policy.evidence_terms import Evidence, Judgement, Look, Same, Variant, Way
from config.policy.rates import Trials
from config.policy.states import Level, State, Verdict
from storage.database import Work
from storage.models import Entry, Report
from storage.trials import Kind, Series

RESULTS = ("pass", "fail", "inconclusive")  # ledger kinds that are looks at a fix
_WAITING = frozenset({Way.MORE_AFTER, Way.MORE_VARIANTS, Way.MORE_VARIANT_TRIALS, Way.MORE_BENIGN, Way.REACH_PLAN, Way.PLAN,
                      Way.VERIFY_ANEW, Way.MORE_BEFORE, Way.SAME_TEST, Way.ONLY_PLANNED, Way.TRY_BYPASS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The trials of a report as they stand; `judgement` once there is a count with the fix."""

    before: Trials | None
    after: Trials | None
    bypass: Trials | None  # the researcher's, of this fix
    level: Level
    ceiling: float
    round: int  # which verification this is: what it spends of alpha
    planned: int | None
    fixes: int  # how many fixes there were so far
    judgement: Judgement | None
    deterministic: bool


def level_of(report: Report) -> Level:
    """Return the level by which a report's fix is judged; medium as long as nobody judged it."""
    return Level(report.level) if report.level else Level.MEDIUM


def pooled(series: Sequence[Series]) -> Trials | None:
    """Return the series that are the same test as the newest one, as one count."""
    if not series:
        return None
    alike = [one for one in series if one.test == series[-1].test]
    return Trials(min(sum(one.k for one in alike), rates.MOST), min(sum(one.n for one in alike), rates.MOST))


def only_waits(judgement: Judgement) -> bool:
    """Whether nothing but more trials is missing: then the fix need not go back to its owner."""
    return bool(judgement.settles) and all(one.way in _WAITING for one in judgement.settles)


def looks(entries: Iterable[Entry]) -> list[tuple[int, int, int]]:
    """Return the looks at fixes so far, as number of the fix, successes and attempts; a count told again is no other look."""
    found: list[tuple[int, int, int]] = []
    fix = 0
    for one in entries:
        if one.kind == "fix":
            fix += 1
        elif one.kind in RESULTS and (data := json.loads(one.data)).get("n"):
            look = fix, int(data["k"]), int(data["n"])
            found += [look] if look not in found[-1:] else []
    return found


async def standing(
    work: Work, desk: Desk, report: Report, *, after: Trials | None = None, same: frozenset[Same] | None = None,
) -> Standing:
    """Return what the trials of a report prove; with `after` as one more look at its fix, of the `same` test or not."""
    entries = await work.ledger.of(report.id)
    series = await work.trials.of(report.id)
    fixes = sum(one.kind == "fix" for one in entries)
    before = Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None
    now = [one for one in series if one.round == fixes and fixes > 0]
    made = [one for one in now if one.kind == Kind.AFTER]
    seen = looks(entries)
    if after is None:
        if made:
            after, same = Trials(made[-1].k, made[-1].n), _same(desk, report, series, made[-1])
        if after is not None and seen[-1:] == [(fixes, after.k, after.n)]:
            seen = seen[:-1]  # the newest look is this one
    ceiling = rubric.current().ceiling(level_of(report))
    turn = evidence.round_after([n for _, _, n in seen], before, ceiling)
    found = Standing(
        before=before, after=after, bypass=_bypass(now), level=level_of(report), ceiling=ceiling, round=turn,
        planned=report.planned or None, fixes=fixes, judgement=None, deterministic=report.category in evidence.DETERMINISTIC)
    if after is None or found.deterministic:
        return found
    judgement = evidence.judge(_evidence(report, found, series=series, now=now, same=same or frozenset(Same)))
    return replace(found, judgement=judgement)


def _evidence(
    report: Report, found: Standing, *, series: Sequence[Series], now: Sequence[Series], same: frozenset[Same],
) -> Evidence:
    bypasses = [one for one in now if one.kind == Kind.BYPASS]
    tried = [one for one in now if one.kind == Kind.VARIANT]
    untried = bool(bypasses) and not any(one.at >= bypasses[-1].at for one in tried)
    variants = [Variant(Trials(one.k, one.n), unseen=one.unseen) for one in tried]
    variants += [Variant(Trials(one.k, one.n)) for one in bypasses]  # nobody here had seen it
    return Evidence(
        level=found.level, ceiling=found.ceiling, before=found.before, after=found.after, round=found.round, same=same,
        planned=found.planned, variants=tuple(variants),
        refused_before=pooled([one for one in series if one.kind == Kind.BENIGN_BEFORE]),
        refused_after=pooled([one for one in now if one.kind == Kind.BENIGN_AFTER]),
        look=Look.BYPASSED if untried else _look(report))


def _look(report: Report) -> Look:
    if State(report.state) in (State.RESOLVED, State.CLOSED):
        return Look.CONFIRMED if report.verdict == Verdict.VERIFIED else Look.SILENT
    return Look.AHEAD


def _bypass(now: Sequence[Series]) -> Trials | None:
    found = [one for one in now if one.kind == Kind.BYPASS]
    return Trials(found[-1].k, found[-1].n) if found else None


def _same(desk: Desk, report: Report, series: Sequence[Series], made: Series) -> frozenset[Same]:
    hands = frozenset({Same.OTHER_HANDS} if not report.owner_id or made.person_id != report.owner_id else ())
    tests = [one for one in series if one.kind == Kind.BEFORE]
    if not tests or tests[-1].test == made.test:
        return frozenset({Same.CONTEXT, Same.CRITERION, Same.JUDGE}) | hands
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    before, after = ({} if one.context is None else json.loads(box.open_text("trial_series", "context", one.id, one.context))
                     for one in (tests[-1], made))
    return sampling.same(before, after) | hands


def numbers(found: Standing) -> Text:
    """Return every number behind a verdict in words."""
    return wording.numbers(found.before, found.after, found.judgement, round_=found.round, level=found.level,
                           ceiling=found.ceiling)
