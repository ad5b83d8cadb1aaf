"""How a score is shown: as the answer to whoever scores, and as the part of the case card that says how bad it is.

Decides what stands on it and what is offered. What is scored is `scoring.py`; who may sign, `severity.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.calls import Reply
from commands.desk import Desk
from commands.judging import cvss4, scoring
from commands.judging.scoring import Judgement, rated
from commands.parsing import argument
from commands.text import Button, Card, Text
from commands.wording import severity as wording
from commands.wording.common import people_words
from config import rubric as rubrics
from config.policy import severity as policy
from config.policy.calendar import after
from config.policy.severity import Whose
from config.policy.states import Discipline, Level
from config.program import Program
from storage.judging import Rating
from storage.models import Proposal, Report


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a case card that says how bad it is."""

    score: str = ""
    aside: str = ""
    lines: tuple[Text, ...] = ()
    buttons: tuple[Button, ...] = ()


def on_card(report: Report, ratings: Sequence[Rating], desk: Desk, *, proposals: Sequence[Proposal] = ()) -> Shown:
    """Return what a report's card says of its severity: who is missing, what is apart, what it would be now, what stands beside."""
    lines: list[Text] = []
    buttons: list[Button] = []
    for one in proposals:
        asked = scoring.proposed(desk, report, one)
        if asked is not None:
            lines.append(wording.proposal(asked.level, asked.score, one.needs))
    differing = apart(newest(ratings))
    if differing:
        lines.append(wording.differ([rated(one) for one in differing]))
    would = scoring.would_be(report)
    if would is not None:
        now = scoring.current(report)
        moved = now is not None and now.rate is not None and now.rate.whose is Whose.OURS and not _same_rate(report, would)
        lines.append(wording.now_it_would_be(would, ours=moved))
        buttons.append(Button(f"severity report={report.id}", wording.SCORE_AGAIN))
    elif report.level and not report.vector:
        buttons.append(Button(f"severity report={report.id}", wording.BY_RUBRIC))
    lines += _who_signed(report, ratings, desk)
    if report.cvss:
        lines.append(wording.cvss_beside(cvss4.score_of(report.cvss)))
    if report.level:
        buttons.append(Button(f"case explain report={report.id}", wording.WHY, "secondary" if report.vector else "quiet"))
    aside = "" if not report.level else wording.BY_HAND if not report.vector else wording.PROVISIONAL if report.provisional else ""
    return Shown(report.score, aside, tuple(lines), tuple(buttons))


def while_waiting(desk: Desk, report: Report, row: Proposal, now: datetime) -> tuple[Button, ...]:
    """Return what is offered beside Agree while a score waits for the second discipline: another score, and in time a stand-in."""
    judgement = scoring.proposed(desk, report, row)
    if judgement is None:
        return ()
    found = [Button(f"{row.act} report={report.id} seen=1", wording.DIFFERENTLY)]
    stands = stand_in(desk, report, row)
    if stands is not None and now >= stands[1]:
        found.append(stands[0])
    return tuple(found)


def stand_in(desk: Desk, report: Report, row: Proposal) -> tuple[Button, datetime] | None:
    """Return how the lead stands in for the one discipline that a score waits for, and from when; None when it waits for no craft."""
    judgement = scoring.proposed(desk, report, row)
    missing = [one for one in Discipline if people_words([one.value]) == row.needs]
    if judgement is None or not missing:
        return None
    line = f"{row.act} report={report.id} standing-in={missing[0].value}"
    return Button(line, wording.STAND_IN), stand_in_from(desk.program, row, judgement.level)


def stand_in_from(program: Program, row: Proposal, level: Level) -> datetime:
    """Return from when on the lead may stand in for the missing discipline: for a critical one at once."""
    return row.at if level is Level.CRITICAL else after(row.at, program.second_person.stand_in, program.working)


def _same_rate(report: Report, would: policy.Score) -> bool:
    return f"/{scoring.RATE}:{would.vector.code(scoring.RATE)}/" in report.vector


def _who_signed(report: Report, ratings: Sequence[Rating], desk: Desk) -> list[Text]:
    """Who stood in, and whether one person signed for both: small teams and stand-ins stay visible."""
    settled = [one for one in ratings if one.settled]
    if not settled or report.level not in desk.program.second_person.sign_off_levels:
        return []
    last = [one for one in settled if (one.level, one.vector) == (settled[-1].level, settled[-1].vector)]
    found = [wording.stood_in(one.stand_in) for one in last if one.stand_in]
    return found + ([wording.one_signed()] if len({one.person_id for one in last}) == 1 else [])


def newest(ratings: Sequence[Rating]) -> list[Rating]:
    """Return each person's newest judgement that no standing level has settled yet."""
    found = {one.person_id: one for one in ratings if not one.settled}
    return list(found.values())


def apart(ratings: Sequence[Rating]) -> list[Rating]:
    """Return the judgements that are more than one level from another one, the highest first; none when all are close."""
    rubric = rubrics.current()
    far = [one for one in ratings if any(policy.apart(rubric, Level(one.level), Level(other.level)) for other in ratings)]
    return sorted(far, key=lambda one: list(Level).index(Level(one.level)))


# -- to whoever scores ---------------------------------------------------------------------------------------------

def score(report: Report, act: str, judgement: Judgement, *, seen: int, others: Sequence[tuple[Proposal, Text]] = ()) -> Reply:
    """Return the score of somebody's answers with its reasons, and how to make it theirs; nothing is recorded yet."""
    buttons = [take(report, act, judgement, seen)]
    buttons += [Button(f"case agree proposal={row.id}", wording.AGREE) for row, _ in others[:1]]
    buttons.append(Button(f"{act} report={report.id} seen={seen}", wording.ANEW, "quiet"))
    lines = [said for _, said in others]
    return Reply(card=_card(report, judgement, (*lines, wording.not_recorded()), tuple(buttons)))


def proposal(report: Report, row: Proposal, judgement: Judgement, said: Text, *, seen: int) -> Reply:
    """Return what somebody proposed, for the second person: agree, differ, or ask why."""
    buttons = (
        Button(f"case agree proposal={row.id}", wording.AGREE, "primary"),
        Button(f"{row.act} report={report.id} seen={seen}", wording.DIFFERENTLY),
        Button(f"case explain report={report.id} proposal={row.id}", wording.WHY, "quiet"),
    )
    moved = (wording.changed_since(),) if judgement.differs else ()
    return Reply(card=_card(report, judgement, (said, *moved), buttons))


def take(report: Report, act: str, judgement: Judgement, seen: int) -> Button:
    """Return the button that makes a shown score its reader's own; it carries all answers."""
    category = "" if judgement.category == report.category else " " + argument("category", judgement.category)
    label = wording.ACCEPT_THIS if act == "accept" else wording.SET_THIS
    return Button(f"{act} report={report.id}{category} scored={scoring.pack(judgement, seen)}", label, "primary")


def _card(report: Report, judgement: Judgement, lines: tuple[Text, ...], buttons: tuple[Button, ...]) -> Card:
    found = judgement.score
    if found is None or judgement.rate is None:
        return Card(title=wording.title(report.id), report=report.id, level=judgement.level.value, aside=wording.BY_HAND, lines=lines,
                    buttons=buttons)
    why = [*wording.reasons(found), wording.rate(judgement.rate, rubrics.current())]
    if found.provisional:
        why.append(wording.provisional())
    return Card(title=wording.title(report.id), report=report.id, level=found.level.value, score=str(found.score),
                aside=wording.PROVISIONAL if found.provisional else "", lines=(*why, *lines), buttons=buttons)
