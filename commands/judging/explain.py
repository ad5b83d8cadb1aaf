"""Why a report is as bad as it is said to be: what drove its score, and what would change it.

Decides what is told when somebody asks why. The sentences are those of `wording/judge.py`; nothing is changed here.
"""

from __future__ import annotations

from typing import Annotated

from commands.calls import Call, Problem, Reply
from commands.judging import cvss4, scoring
from commands.judging.scoring import Judgement
from commands.registry import Hint, command
from commands.text import Button, Text, bold, lines, say
from commands.wording import judge as wording_judge
from commands.wording import severity as wording
from config import rubric as rubrics
from config.policy import severity as policy
from config.policy import severity_vector as vectors
from config.policy.roles import Allow, Tie
from config.policy.severity import Score
from config.policy.states import Role
from storage.models import Proposal, Report

_ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))


@command("case explain", allow=_ON_IT, reads=True, title="Why this severity")
async def explain(call: Call, report: Report, *, proposal: Annotated[str, Hint(inner=True)] = "") -> Reply:
    """Say why a report is scored as it is: what drove it, and what would change it."""
    rubric = rubrics.current()
    if proposal:
        judgement = await _proposed(call, report, proposal)
        if judgement.score is None:
            return Reply(text=wording.by_hand(report.id, judgement.level.value))
        return Reply(text=lines([*_why(judgement.score, []), wording.vector(judgement.vector, rubric.version)]))
    again = (Button(f"severity report={report.id}", wording.BY_RUBRIC),)
    beside = [wording.cvss_beside(cvss4.score_of(report.cvss)), wording.cvss_vector(report.cvss)] if report.cvss else []
    if not report.level:
        return Reply(text=lines([wording.no_level_yet(report.id), *beside]))
    if not report.vector:
        return Reply(text=lines([wording.by_hand(report.id, report.level), *beside]), buttons=again)
    vector = wording.vector(report.vector, report.rubric)
    if report.rubric != rubric.version:
        said = wording.other_rubric(report.id, report.score, report.level, report.rubric, rubric.version)
        return Reply(text=lines([said, vector, *beside]), buttons=again)
    score = policy.score(rubric, vectors.parse(rubric, report.vector), provisional=report.provisional)
    return Reply(text=lines([*_why(score, _since(report, score)), vector, *beside]))


def _why(score: Score, since: list[Text]) -> list[Text]:
    """What the score is, why, what it rests on, what drove it, and what would change its level."""
    found = policy.explain(rubrics.current(), score)
    changes = [say(wording_judge.change(one)) for one in found.changes] or [say(wording_judge.NOTHING_CHANGES)]
    drivers = [say(wording_judge.driver(one)) for one in found.drivers]
    return [
        say(bold(wording_judge.score_head(score))), *wording.reasons(score), *since,
        *([say(bold(wording_judge.DRIVERS_HEAD)), *drivers] if drivers else []), say(bold(wording_judge.CHANGES_HEAD)), *changes,
    ]


def _since(report: Report, score: Score) -> list[Text]:
    """What it rests on, and what it would be by now."""
    now = scoring.current(report)
    if now is None or now.rate is None:
        return []
    would = scoring.would_be(report)
    if would is not None:
        return [wording.now_it_would_be(would, ours=now.rate.code != score.vector.code(scoring.RATE))]
    return [wording.rate(now.rate, rubrics.current())]


async def _proposed(call: Call, report: Report, proposal: str) -> Judgement:
    row = await call.work.session.get(Proposal, proposal)
    judgement = scoring.proposed(call.desk, report, row) if row is not None and row.report_id == report.id else None
    if judgement is None:
        raise Problem("gone", wording.button_gone())
    return judgement
