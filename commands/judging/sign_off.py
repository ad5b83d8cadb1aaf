"""When a judgement of how bad a flaw is stands: who signed, who is missing, whose scores are apart, for whom the lead stands in.

Decides what becomes of a judgement that somebody means. How it is asked for and what it scores has its place in `severity.py` and
`scoring.py`; what waits for a second person is kept in `second.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from commands import record, second, talk
from commands.calls import Call, Problem, Reply
from commands.judging import recurring, score_card, scoring
from commands.judging.scoring import Judgement, rated, would_be
from commands.text import Button, Text, lines
from commands.wording import case as case_words
from commands.wording import severity as wording
from config import rubric as rubrics
from config.policy import severity as policy
from config.policy.guards import Facts
from config.policy.guards import sign_off as lacking
from config.policy.states import Discipline, Event, Level, Role
from storage.judging import Rating
from storage.models import Proposal, Report
from storage.people import new_id

_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a line asks for: a level, a vector, packed answers, or answers one by one."""

    act: str
    level: Level | None = None
    category: str = ""
    why: str = ""
    vector: str = ""
    scored: str = ""
    axes: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    budget: str = ""
    cvss: str = ""
    stand_in: Discipline | None = None
    seen: int | None = None

    @property
    def event(self) -> Event:
        """The event that it brings about."""
        return Event.ACCEPT if self.act == "accept" else Event.RESCORE


def takes_longer(report: Report, level: Level) -> bool:
    """Whether a level gives more time than the one that the researcher was told."""
    return bool(report.level) and scoring.is_judged(report) and _LEVELS.index(level) > _LEVELS.index(Level(report.level))


async def accepted_already(call: Call, report: Report, judgement: Judgement | None) -> Reply:
    """Answer an acceptance of what is accepted: it is so, or somebody else was faster with another judgement."""
    if judgement is None or (judgement.level.value == report.level and judgement.vector in ("", report.vector)):
        return Reply(text=wording.is_so_already(report.id, "accepted"))
    entry = next(one for one in reversed(await call.work.ledger.of(report.id)) if one.kind == Event.ACCEPT.value)
    name = await call.work.people.name(call.desk.vault, entry.person_id, report.triage_platform)
    stands = " ".join(part for part in (report.score, report.level) if part)
    return Reply(code="accepted_meanwhile", text=wording.accepted_meanwhile(report.id, name, stands, entry.at, call.program.tz),
                 buttons=(Button(f"severity report={report.id}", wording.SCORE_AGAIN),))


# -- whose judgements there are ------------------------------------------------------------------------------------

async def of_others(call: Call, report: Report) -> list[Rating]:
    """Return what other people judged so far; whoever is or was one with the caller is the caller."""
    same = await call.work.people.circle(call.caller.id)
    return [one for one in await call.work.judging.ratings(report.id) if one.person_id not in same]


async def others_proposals(call: Call, report: Report, act: str, *, own: bool = False) -> list[tuple[Proposal, Judgement, Text]]:
    """Return the open proposals of other people for this act, or of anybody, each with what it asks for and how that is said."""
    same, found = frozenset() if own else await call.work.people.circle(call.caller.id), []
    for row in await call.work.reports.proposals(report.id):
        judgement = scoring.proposed(call.desk, report, row) if row.act == act and row.person_id not in same else None
        if judgement is not None:
            name = await call.work.people.name(call.desk.vault, row.person_id, report.triage_platform)
            found.append((row, judgement, wording.proposed(name, judgement.level, judgement.score, row.needs, row.lapses_at,
                                                           call.program.tz)))
    return found


async def _rate(call: Call, report: Report, judgement: Judgement, stand_in: Discipline | None) -> Rating:
    """Keep a judgement; the same one twice by the same person is one."""
    before = [one for one in await call.work.judging.ratings(report.id) if one.person_id == call.caller.id and not one.settled]
    craft = stand_in.value if stand_in else ""
    if before and (before[-1].level, before[-1].vector, before[-1].stand_in) == (judgement.level.value, judgement.vector, craft):
        return before[-1]
    number = await call.work.judging.next_rating(report.id)
    row = Rating(id=new_id("j"), report_id=report.id, number=number, person_id=call.caller.id, at=call.now, level=judgement.level.value,
                 budget=judgement.budget, stand_in=craft)
    if judgement.score is not None:
        row.vector, row.score = judgement.vector, str(judgement.score.score)
        row.rubric, row.provisional = judgement.score.version, judgement.score.provisional
    call.work.session.add(row)
    await record.note(call, report, "scored", data={"level": row.level, "vector": row.vector, "score": row.score, "rubric": row.rubric})
    await call.work.session.flush()
    return row


def _with_one(facts: Facts) -> dict[str, str]:
    """Return what the ledger says of a level that one discipline settled; leadership reads it in the digest."""
    alone = facts.level in facts.sign_off_levels and facts.signers < 2 and facts.stand_in is None
    return {"stand_in": facts.stand_in.value if facts.stand_in else ""} | ({"alone": "yes"} if alone else {})


async def _signed(call: Call, level: Level, others: list[str], stand_in: Discipline | None) -> Facts:
    """Return who has signed a level: the caller and those who proposed it."""
    signed: set[Discipline] = set(call.caller.disciplines)
    for person in others:
        signed |= (await call.work.people.grants(person))[1]
    return Facts(level=level, signed=frozenset(signed), signers=len({call.caller.id, *others}), small=call.program.small, stand_in=stand_in,
                 sign_off_levels=call.program.second_person.sign_off_levels)


# -- a judgement that is meant -------------------------------------------------------------------------------------

async def sign(
    call: Call, report: Report, asked: Asked, judgement: Judgement, cvss: str, *, stand_in: Discipline | None = None,
) -> Reply:
    """Record a judgement; it stands, waits for the second discipline, or is apart from another one."""
    others = await of_others(call, report)
    if asked.seen is not None and len(others) > asked.seen:
        return await _scored_meanwhile(call, report, asked, judgement, others)
    if asked.act == "severity" and judgement.level.value == report.level and judgement.vector in ("", report.vector):
        return Reply(text=wording.is_so_already(report.id, report.level))
    line = scoring.line_of(asked.act, report.id, judgement)
    proposers = await second.signers(call, report, asked.act, line)
    if call.caller.id in proposers and not (stand_in and call.program.small):
        raise Problem("second_person", wording.waits_for_other())
    stale = [row for row, theirs, _ in await others_proposals(call, report, asked.act)
             if theirs.differs and theirs.answers == judgement.answers]
    said = lines([wording.computed(judgement.differs) if judgement.differs and not stale else "", wording.changed_since() if stale else ""])
    mine = await _rate(call, report, judgement, stand_in)
    circle = await call.work.people.circle(call.caller.id)
    far = score_card.apart([mine, *(one for one in score_card.newest(others) if one.person_id not in circle)])
    if mine in far:
        return await _apart(call, report, asked.act, mine, [one for one in far if _far(one, mine)], far[0])
    facts = await _signed(call, judgement.level, proposers, stand_in)
    refusal = lacking(facts)
    if refusal is not None:
        if asked.act == "accept":
            await talk.assign_if_nobody(call, report)
        waits = await second.propose(call, report, asked.act, line, refusal.waits_for,
                                     whole=scoring.line_of(asked.act, report.id, judgement, cvss), level=judgement.level.value)
        return replace(waits, text=lines([wording.proposal(judgement.level, judgement.score), said, waits.text]))
    settle = _accept if asked.act == "accept" else _rescore
    return await settle(call, report, asked, judgement, replace(facts, stand_in=stand_in), (cvss, said))


def _far(one: Rating, mine: Rating) -> bool:
    return policy.apart(rubrics.current(), Level(one.level), Level(mine.level))


async def _accept(
    call: Call, report: Report, asked: Asked, judgement: Judgement, facts: Facts, beside: tuple[str, Text],
) -> Reply:
    await second.settle(call, report, "accept")
    data = _set(report, judgement, beside[0]) | {**_with_one(facts)}
    await record.take(call, report, Event.ACCEPT, data=data, facts=replace(
        facts, category=True, actor_set_it_aside=await second.set_it_aside(call, report)))
    await talk.assign_if_nobody(call, report)
    await _settled(call, report)
    if asked.why.strip():
        await _keep_why(call, report, asked.why)
    await record.tell(call, report, case_words.accepted(report), f"accepted/{await _times(call, report, Event.ACCEPT)}")
    await record.note(call, report, "message_out", data={"kind": "decision"})
    done = wording.accepted(report.id, judgement.level, judgement.score, provisional=report.provisional)
    return Reply(text=lines([done, beside[1]]))


async def _rescore(
    call: Call, report: Report, asked: Asked, judgement: Judgement, facts: Facts, beside: tuple[str, Text],
) -> Reply:
    longer, why, before = takes_longer(report, judgement.level), asked.why.strip(), report.level
    if longer and not why:
        raise Problem("no_reason", wording.why_longer(), errors={"why": wording.why_longer()})
    data = _set(report, judgement, beside[0]) | {"before": before, **_with_one(facts)}
    await record.take(call, report, Event.RESCORE, data=data, facts=replace(facts, longer=longer, reason=bool(why)))
    await second.settle(call, report, "severity")
    await _settled(call, report)
    if facts.stand_in and why:
        await _keep_why(call, report, why)
    if before != report.level and scoring.is_judged(report):
        await record.tell(call, report, case_words.level_changed(report, why if longer else ""),
                          f"level/{await _times(call, report, Event.RESCORE)}")
        await record.note(call, report, "message_out", data={"kind": "level"})
    return Reply(text=lines([wording.rescored(report.id, judgement.level, judgement.score), beside[1]]))


def _set(report: Report, judgement: Judgement, cvss: str) -> dict[str, object]:
    """Make a judgement that of the report; returns what the ledger keeps of it."""
    found = judgement.score
    report.level, report.category, report.cvss = judgement.level.value, judgement.category, cvss
    report.vector, report.score = judgement.vector, str(found.score) if found is not None else ""
    report.rubric, report.provisional = (found.version, found.provisional) if found is not None else ("", False)
    report.budget = judgement.budget or report.budget
    return {"level": report.level, "category": report.category, "vector": report.vector, "score": report.score, "rubric": report.rubric,
            "provisional": "yes" if report.provisional else "no", "by_hand": "yes" if found is None else "no"}


async def _settled(call: Call, report: Report) -> None:
    for one in await call.work.judging.ratings(report.id):
        one.settled = True
    await recurring.resign(call, report)  # the category may be another one now


async def _keep_why(call: Call, report: Report, why: str) -> None:
    row = await record.passage(call, report, "note", why.strip())
    row.shown = f"{report.id}/talk/{row.number}"
    talk.show(call, report, row)


async def _times(call: Call, report: Report, event: Event) -> int:
    """Return how often it happened, undone or not: what was told once under a number is not told again under it."""
    return sum(one.kind == event.value for one in await call.work.ledger.written(report.id))


async def _scored_meanwhile(call: Call, report: Report, asked: Asked, judgement: Judgement, others: list[Rating]) -> Reply:
    """Refuse a score that was given before somebody else's was known; pressing again keeps it."""
    last = others[-1]
    name = await call.work.people.name(call.desk.vault, last.person_id, report.triage_platform)
    agree = [Button(f"case agree proposal={row.id}", wording.AGREE) for row, *_ in await others_proposals(call, report, asked.act)]
    mine = [replace(score_card.take(report, asked.act, judgement, len(others)), label=wording.ANYWAY, look="secondary")]
    return Reply(code="scored_meanwhile", text=wording.scored_meanwhile(name, rated(last), last.at, call.program.tz),
                 buttons=(*agree[:1], *(mine if judgement.score is not None else [])))


async def _apart(call: Call, report: Report, act: str, mine: Rating, theirs: list[Rating], higher: Rating) -> Reply:
    """Keep a score that is apart from another one without letting it stand: the higher does, until they have talked."""
    if not scoring.is_judged(report):
        report.level, report.vector, report.score = higher.level, higher.vector, higher.score
        report.rubric, report.provisional, report.budget = higher.rubric, higher.provisional, higher.budget or report.budget
    await record.note(call, report, "scores_apart", data={"levels": ",".join(one.level for one in (*theirs, mine))})
    said = [(await call.work.people.name(call.desk.vault, one.person_id, report.triage_platform), rated(one)) for one in theirs]
    agree = [Button(f"case agree proposal={row.id}", wording.AGREE) for row, *_ in await others_proposals(call, report, act)]
    again = Button(f"{act} report={report.id} seen={len(await of_others(call, report))}", wording.SCORE_AGAIN)
    return Reply(code="scores_apart", text=wording.apart(report.id, rated(mine), said, rated(higher)), buttons=(*agree[:1], again))


async def beside(call: Call, report: Report, act: str, craft: Discipline) -> tuple[Proposal, Judgement]:
    """Return the proposal beside which the lead may stand in for a discipline that is missing; raises Problem while they may not."""
    if Role.LEAD not in call.caller.roles:
        raise Problem("not_allowed", wording.only_the_lead())
    waiting = await others_proposals(call, report, act, own=call.program.small)
    if not waiting:
        raise Problem("nobody_signed", wording.no_stand_in_without(report.id))
    row, judgement, _ = waiting[0]
    facts = await _signed(call, judgement.level, [row.person_id], None)
    missing = [one.value for one in Discipline if one not in facts.signed]
    if craft.value not in missing:
        raise Problem("bad_argument", wording.signed_already(craft, missing), errors={"standing_in": "Name the one that is missing."})
    since = score_card.stand_in_from(call.program, row, judgement.level)
    if call.now < since:
        raise Problem("too_early", wording.stands_in_too_early(craft, since, call.program.tz))
    if judgement.differs:
        raise Problem("score_moved", wording.changed_since())
    return row, judgement


async def stand_in(call: Call, report: Report, asked: Asked) -> Reply:
    """Let the lead sign for a discipline that is missing: after two working days, for critical at once, with a reason."""
    assert asked.stand_in is not None  # noqa: S101 - asked for by the caller
    row, judgement = await beside(call, report, asked.act, asked.stand_in)
    if not asked.why.strip():
        raise Problem("no_reason", wording.why_stand_in(), errors={"why": wording.why_stand_in()})
    cvss = scoring.cvss_of(call.desk, row) or report.cvss
    return await sign(call, report, asked, judgement, cvss, stand_in=asked.stand_in)


async def take_back(call: Call, report: Report, row: Proposal) -> None:
    """Forget what somebody scored whose proposal is withdrawn; what stood only because two were apart stands no more."""
    if row.act not in ("accept", "severity"):
        return
    for one in await call.work.judging.ratings(report.id):
        if one.person_id == row.person_id and not one.settled:
            await call.work.session.delete(one)
    await call.work.session.flush()
    left = await call.work.judging.ratings(report.id)
    if not scoring.is_judged(report) and not any(one.settled for one in left) and not score_card.apart(score_card.newest(left)):
        report.level = report.vector = report.score = report.rubric = ""
        report.provisional = False


# -- our own trials ------------------------------------------------------------------------------------------------

async def follow_trials(call: Call, report: Report) -> None:
    """Compute the score again after our trials changed; one that stays is confirmed, one that moves is only pointed out."""
    found = scoring.current(report)
    if found is None or found.score is None:
        return
    would = would_be(report)
    if would is not None:
        await record.note(call, report, "score_would_be", data={"level": would.level.value, "score": str(would.score)})
    elif (found.vector, found.score.provisional) != (report.vector, report.provisional):
        report.vector, report.provisional = found.vector, found.score.provisional
        await record.note(call, report, "score_confirmed", data={
            "level": report.level, "vector": report.vector, "score": report.score, "rubric": report.rubric,
            "provisional": "yes" if report.provisional else "no"})
    record.touch(call, report)
