"""How bad a flaw is: the two commands that score it, accept and severity, and the forms that ask one after the other.

Decides what is asked next and how an answer may be given: a level by hand, a vector, axis by axis. What the answers score is
`scoring.py`, how that is shown `score_card.py`, when it stands `sign_off.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from commands import record
from commands.calls import Call, Problem, Reply
from commands.desk import categories, categories_like, category_choices
from commands.judging import cvss4, score_card, scoring, sign_off
from commands.judging.score_card import Shown, on_card
from commands.judging.scoring import Judgement, would_be
from commands.judging.sign_off import Asked, follow_trials
from commands.registry import Hint, command
from commands.wording import severity as wording
from config import rubric as rubrics
from config.policy import severity_vector as vectors
from config.policy.roles import Allow, Tie
from config.policy.severity_vector import VectorError
from config.policy.states import Discipline, Event, Level, Role
from storage.models import Report

__all__ = ["Shown", "accept", "follow_trials", "on_card", "severity", "would_be"]

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
_AXES = {one.code: one for one in scoring.asked_axes(rubrics.current())}
_IMPACT = tuple(one.code for one in rubrics.current().impact_axes)
_ALWAYS = tuple(one for one in _AXES if one not in _IMPACT)  # asked whatever it touches


def _of_axis(code: str) -> Hint:
    axis = _AXES[code]
    options = tuple((one.code, wording.option(one)) for one in axis.options)
    return Hint(axis.question, choices=lambda _desk: options, help=wording.in_full(axis), asked=True, inner=True)


_BUDGET = Hint("attempts that go unnoticed", typed=True, asked=True, help=wording.budget_help(), choices=lambda _desk: [
    (name, wording.budget(name, attempts)) for name, attempts in rubrics.current().budgets])
_TOUCHES = Hint("what it touches", example="C,H", choices=lambda _desk: [(one, _AXES[one].name) for one in _IMPACT],
                help=wording.axes_help())
_CATEGORY = Hint("category", choices=category_choices, asked=True, search=categories_like)
_BY_HAND = Hint("level by hand", help="Only when the questions do not fit. Left open, the answers that follow give the level.")
_VECTOR = Hint("all answers as text", example="AIR:1.0/C:n/...", typed=True)
_CVSS = Hint("a CVSS v4 vector beside it", example="CVSS:4.0/AV:N/...", typed=True)


# -- the forms -----------------------------------------------------------------------------------------------------

async def _asks(call: Call, given: dict[str, str], act: str) -> tuple[str, ...]:
    """Which parameters are asked for next: what it touches, then the questions of the axes chosen, then a reason where one is due."""
    report = call.report
    event, level = (Event.ACCEPT, "severity") if act == "accept" else (Event.RESCORE, "level")
    if report is None or not record.reachable(report, event) or given.get("vector"):
        return ()
    if given.get("standing_in"):
        return () if given.get("why") or not await _may_stand_in(call, report, act, given["standing_in"]) else ("why",)
    if given.get(level) or given.get("scored"):
        return ("why",) if act != "accept" and not given.get("why") and _takes_longer(report, given, level) else ()
    axes = set(given.get("axes", "").replace(",", " ").upper().split())
    if axes:
        codes = [one for one in _IMPACT if one in axes] + list(_ALWAYS)
        if axes - set(_IMPACT) or all(given.get(one.lower()) for one in codes):
            return ()
        return (*(one.lower() for one in codes if not given.get(one.lower())), *(() if given.get("budget") else ("budget",)))
    if given.get("cvss") and act != "accept":
        return ()
    if "seen" not in given and await sign_off.others_proposals(call, report, act):
        return ()  # what somebody proposed is shown first
    given["seen"] = str(len(await sign_off.of_others(call, report)))
    return ("category", "axes", level)


async def _asks_accept(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    return await _asks(call, given, "accept")


async def _asks_severity(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    return await _asks(call, given, "severity")


async def _may_stand_in(call: Call, report: Report, act: str, craft: str) -> bool:
    """Whether a stand-in lacks nothing but its reason: nobody writes one for nothing."""
    try:
        await sign_off.beside(call, report, act, Discipline(craft.strip().lower()))
    except (Problem, ValueError):
        return False  # said where the line is run
    return True


def _takes_longer(report: Report, given: Mapping[str, str], level: str) -> bool:
    try:
        if given.get("scored"):
            answers, budget, _ = scoring.unpack(given["scored"])
            found = scoring.judged(report, answers, category=given.get("category") or scoring.category_of(report), budget=budget).level
        else:
            found = Level(given[level].strip().lower())
    except (Problem, VectorError, ValueError):
        return False  # said where the line is run
    return sign_off.takes_longer(report, found)


async def _prefill(call: Call) -> dict[str, str]:
    """Return what the person, or else the report, had before; what a category usually touches where there is nothing."""
    report, rubric = call.report, rubrics.current()
    if report is None:
        return {}
    category = scoring.category_of(report)
    mine = [one for one in await call.work.judging.ratings(report.id) if one.person_id == call.caller.id and one.vector]
    before, budget = (mine[-1].vector, mine[-1].budget) if mine else (report.vector, report.budget)
    known = categories().get(category)
    found = {"category": category, "budget": budget or rubric.default_budget, "axes": ",".join(known.axes if known else ())}
    try:
        answers = scoring.answers_of(vectors.parse(rubric, before).pairs) if before else {}
    except VectorError:  # of another version of the rubric
        return found
    # What it did not touch before is asked without an answer, should it be said to touch it now.
    answers = {axis: code for axis, code in answers.items() if axis not in _IMPACT or code != _AXES[axis].options[0].code}
    if answers:
        found["axes"] = ",".join(one for one in _IMPACT if one in answers)
    return found | {axis.lower(): code for axis, code in answers.items()}


# -- the two commands ----------------------------------------------------------------------------------------------

@command("accept", allow=STAFF, title="Accept the report", submit="Go on", prefill=_prefill, asks=_asks_accept)
async def accept(
    call: Call, report: Report, severity: Annotated[Level | None, _BY_HAND] = None, category: Annotated[str, _CATEGORY] = "",
    why: Annotated[str, Hint("why, in a sentence", lines=True, typed=True, asked=True)] = "",
    *, axes: Annotated[tuple[str, ...], _TOUCHES] = (), vector: Annotated[str, _VECTOR] = "", budget: Annotated[str, _BUDGET] = "",
    cvss: Annotated[str, _CVSS] = "",
    standing_in: Annotated[Discipline | None, Hint("the missing discipline", typed=True)] = None,
    c: Annotated[str, _of_axis("C")] = "", h: Annotated[str, _of_axis("H")] = "", i: Annotated[str, _of_axis("I")] = "",
    a: Annotated[str, _of_axis("A")] = "", g: Annotated[str, _of_axis("G")] = "", x: Annotated[str, _of_axis("X")] = "",
    s: Annotated[str, _of_axis("S")] = "", p: Annotated[str, _of_axis("P")] = "",
    scored: Annotated[str, Hint(inner=True)] = "", seen: Annotated[int | None, Hint(low=0, inner=True)] = None,
) -> Reply:
    """Accept a report with a category and a score by the rubric; high and critical need both disciplines."""
    codes = {"C": c, "H": h, "I": i, "A": a, "G": g, "X": x, "S": s, "P": p}
    return await _judge(call, report, Asked(
        act="accept", level=severity, category=category, why=why, vector=vector, scored=scored, axes=axes, codes=codes, budget=budget,
        cvss=cvss, stand_in=standing_in, seen=seen))


@command("severity", allow=STAFF, title="How bad it is", submit="Go on", prefill=_prefill, asks=_asks_severity)
async def severity(
    call: Call, report: Report, level: Annotated[Level | None, _BY_HAND] = None,
    why: Annotated[str, Hint("why; sent to the researcher when it takes longer now", lines=True, typed=True, asked=True, told=True)] = "",
    *, category: Annotated[str, _CATEGORY] = "", axes: Annotated[tuple[str, ...], _TOUCHES] = (),
    vector: Annotated[str, _VECTOR] = "", budget: Annotated[str, _BUDGET] = "", cvss: Annotated[str, _CVSS] = "",
    standing_in: Annotated[Discipline | None, Hint("the missing discipline", typed=True)] = None,
    c: Annotated[str, _of_axis("C")] = "", h: Annotated[str, _of_axis("H")] = "", i: Annotated[str, _of_axis("I")] = "",
    a: Annotated[str, _of_axis("A")] = "", g: Annotated[str, _of_axis("G")] = "", x: Annotated[str, _of_axis("X")] = "",
    s: Annotated[str, _of_axis("S")] = "", p: Annotated[str, _of_axis("P")] = "",
    scored: Annotated[str, Hint(inner=True)] = "", seen: Annotated[int | None, Hint(low=0, inner=True)] = None,
) -> Reply:
    """Score a report again; clocks are computed again from their start."""
    codes = {"C": c, "H": h, "I": i, "A": a, "G": g, "X": x, "S": s, "P": p}
    return await _judge(call, report, Asked(
        act="severity", level=level, category=category, why=why, vector=vector, scored=scored, axes=axes, codes=codes, budget=budget,
        cvss=cvss, stand_in=standing_in, seen=seen))


async def _judge(call: Call, report: Report, asked: Asked) -> Reply:
    """Take a judgement in whichever way it was given, or show what it would be."""
    category = asked.category or scoring.category_of(report)
    if asked.act == "accept" and not record.reachable(report, Event.ACCEPT):
        await record.take(call, report, Event.ACCEPT)  # refuses by name, unless it is accepted
        known = asked.stand_in is None and (asked.level or asked.vector or asked.scored)
        return await sign_off.accepted_already(call, report, _judgement(report, asked, category) if known else None)
    if not record.reachable(report, asked.event):
        await record.take(call, report, asked.event)
    cvss = "" if asked.cvss in ("", "none") else cvss4.read(asked.cvss).vector
    if asked.stand_in is not None:
        return await sign_off.stand_in(call, report, asked)
    if asked.level is None and not (asked.vector or asked.scored or asked.axes):
        if asked.cvss and asked.act == "severity":
            return await _cvss_alone(call, report, cvss)
        return await _nothing_said(call, report, asked)
    if category not in categories():
        raise Problem("bad_argument", "Category: name one, for example jailbreak. Press Accept for the list.",
                      errors={"category": "Choose a category."})
    found = _judgement(report, asked, category)
    if found.score is not None and not (asked.vector or asked.scored):
        seen = asked.seen if asked.seen is not None else len(await sign_off.of_others(call, report))
        return score_card.score(report, asked.act, found, seen=seen, others=[
            (row, said) for row, _, said in await sign_off.others_proposals(call, report, asked.act)])
    return await sign_off.sign(call, report, _with_seen(asked), found, cvss or report.cvss)


def _with_seen(asked: Asked) -> Asked:
    return replace(asked, seen=scoring.unpack(asked.scored)[2]) if asked.scored else asked


def _judgement(report: Report, asked: Asked, category: str) -> Judgement:
    budget = asked.budget
    if asked.vector:
        found = scoring.typed(report, asked.vector, category=category, budget=budget)
        if asked.level not in (None, found.level):
            words = wording.not_that_level(found.level, found.score)
            raise Problem("bad_argument", words, errors={"severity" if asked.act == "accept" else "level": words})
        return found
    if asked.level is not None:
        return Judgement(level=asked.level, category=category)
    if asked.scored:
        answers, budget, _ = scoring.unpack(asked.scored)
        return scoring.judged(report, answers, category=category, budget=budget)
    chosen = {one: asked.codes[one] if one in asked.axes or one in _ALWAYS else _AXES[one].options[0].code for one in _AXES}
    missing = {one.lower(): wording.answer_this(_AXES[one]) for one, code in chosen.items() if not code}
    if missing:
        raise Problem("bad_argument", next(iter(missing.values())), errors=missing)
    return scoring.judged(report, chosen, category=category, budget=budget)


async def _nothing_said(call: Call, report: Report, asked: Asked) -> Reply:
    """Show the proposal that waits for the caller; else the form came back empty."""
    waiting = await sign_off.others_proposals(call, report, asked.act) if asked.seen is None else []
    if not waiting:
        raise Problem("bad_argument", wording.choose_something(), errors={"axes": wording.choose_something()})
    row, judgement, said = waiting[0]
    return score_card.proposal(report, row, judgement, said, seen=len(await sign_off.of_others(call, report)))


async def _cvss_alone(call: Call, report: Report, vector: str) -> Reply:
    if vector == report.cvss:
        return Reply(text=wording.nothing_else(report.id))
    report.cvss = vector
    await record.note(call, report, "cvss", data={"vector": vector})
    return Reply(text=wording.nothing_else(report.id) if vector else wording.cvss_gone(report.id))
