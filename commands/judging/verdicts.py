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
from config.policy import evidence, sampling
from config.policy.evidence_terms import Evidence, Judgement, Look, Same, Variant, Way, together
from config.policy.rates import Trials
from config.policy.states import Level, State, Verdict
from storage.database import Work
from storage.models import Entry, Report
from storage.trials import Kind, Series, Stand

RESULTS = ("pass", "fail", "inconclusive")  # ledger kinds that are looks at a fix
_RUNS = ("evidence", "replay_thrown_away")  # and what the harness writes
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


def deterministic(report: Report) -> bool:
    """Whether a report's flaw is judged by one yes or no."""
    return evidence.works_always(report.category, Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None)


def pooled(series: Sequence[Series]) -> Trials | None:
    """Return the series that are the same test as the newest one, as one count."""
    if not series:
        return None
    alike = [one for one in series if one.test == series[-1].test]
    return together([Trials(one.k, one.n) for one in alike])


def only_waits(judgement: Judgement) -> bool:
    """Whether nothing but more trials is missing: then the fix need not go back to its owner."""
    return bool(judgement.settles) and all(one.way in _WAITING for one in judgement.settles)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a fix: the number of the fix, successes and attempts, and whether it is known to have spent."""

    fix: int
    k: int
    n: int
    spent: bool = False

    def is_of(self, fix: int, count: Trials) -> bool:
        """Whether it is this count of this fix."""
        return (self.fix, self.k, self.n) == (fix, count.k, count.n)


def looks(entries: Iterable[Entry]) -> list[Seen]:
    """Return the looks at fixes so far, oldest first: results, series of the harness, and series given up after a success.

    A count told again is no other look. Without the harness's own, a run could be repeated until it passes.
    """
    found: list[Seen] = []
    fix = 0
    for one in entries:
        if one.kind == "fix":
            fix += 1
        elif one.kind in RESULTS or one.kind in _RUNS:
            data = json.loads(one.data)
            if one.kind in _RUNS and data.get("kind") != Kind.AFTER:
                continue
            if one.kind == "replay_thrown_away":
                found += [Seen(fix, int(data["k"]), int(data["planned"]))] if data.get("k") else []
            elif data.get("n"):
                look = Seen(int(data.get("of", fix)), int(data["k"]), int(data["n"]), bool(data.get("spent")))
                if one.kind in RESULTS and found and found[-1].is_of(look.fix, Trials(look.k, look.n)):
                    found[-1] = replace(look, spent=look.spent or found[-1].spent)
                else:
                    found.append(look)
    return found


async def _seen(work: Work, report: Report, entries: Sequence[Entry]) -> list[Entry]:
    """Return what counts as looks: what stands, and results that were taken back, for what was seen is not unseen.

    Else a bad count could be undone and the next one told as the first.
    """
    stands = {one.number for one in entries}
    return [one for one in await work.ledger.written(report.id) if one.number in stands or one.kind in RESULTS]


async def abandoned(work: Work, report: Report) -> list[tuple[int, bool]]:
    """Return the looks of the harness at fixes that nobody finished and that saw a success already."""
    found = []
    for one in await work.trials.standing(Stand.OPEN, Stand.CAME, report=report.id):
        if one.kind == Kind.AFTER and (await work.trials.outcomes(one.id)).get("success"):
            found.append((one.planned, False))
    return found


async def authors(work: Work, report: Report) -> frozenset[str]:
    """Return everybody who made a fix of a report or answers for it, with every account that ever was theirs."""
    made = {one.person_id for one in await work.ledger.of(report.id) if one.kind == "fix"} | {report.owner_id}
    found: set[str] = set()
    for one in made - {""}:
        found |= await work.people.circle(one)
    return frozenset(found)


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
    seen = looks(await _seen(work, report, entries))
    if after is None:
        if made:
            after, same = Trials(made[-1].k, made[-1].n), _same(desk, report, series, made[-1], await authors(work, report))
        if after is not None and seen and seen[-1].is_of(fixes, after):
            seen = seen[:-1]  # the newest look is this one
    ceiling = rubric.current().ceiling(level_of(report))
    spent = [(one.n, one.spent) for one in seen] + await abandoned(work, report)
    turn = evidence.round_after(spent, before, ceiling)
    found = Standing(
        before=before, after=after, bypass=_bypass(now), level=level_of(report), ceiling=ceiling, round=turn,
        planned=report.planned or None, fixes=fixes, judgement=None, deterministic=deterministic(report))
    if after is None or found.deterministic:
        return found
    judgement = evidence.judge(_evidence(report, found, series=series, now=now, same=same or frozenset(Same)))
    return replace(found, judgement=judgement)


def _evidence(
    report: Report, found: Standing, *, series: Sequence[Series], now: Sequence[Series], same: frozenset[Same],
) -> Evidence:
    bypasses = [one for one in now if one.kind == Kind.BYPASS]
    tried = [one for one in now if one.kind == Kind.VARIANT]
    ways = [one for one in series if one.kind == Kind.BYPASS]  # also around an earlier fix: the next one has to stop it
    untried = bool(ways) and not any(one.at >= ways[-1].at for one in tried)
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


def _same(
    desk: Desk, report: Report, series: Sequence[Series], made: Series, theirs: frozenset[str],
) -> frozenset[Same]:
    hands = frozenset({Same.OTHER_HANDS} if made.person_id not in theirs else ())
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
