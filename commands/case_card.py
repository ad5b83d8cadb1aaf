"""The card of a triage channel: what the report is, how bad and how often, what is proved, what is missing, what is next.

Decides what stands on it and in which order, and which buttons have room. Each part's words come from where that part is
judged; which step is next, from `next_steps.py`.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select

from commands import next_steps, stop_gap
from commands.desk import Desk, categories
from commands.history import facts_of
from commands.intake import care, facts, submit
from commands.judging import cause, likeness, score_card
from commands.judging.interval_picture import picture
from commands.judging.verdicts import Standing, deterministic, level_of, standing
from commands.outside import duplicates, embargo_days, vendors
from commands.staff import absence, readers
from commands.text import Body, Button, Card, Enclosure, Image, Text, bold, say, shorten
from commands.times import day
from commands.wording import case as words
from commands.wording import common as wording
from commands.wording import going_live
from commands.wording import readers as wording_readers
from commands.wording import trials as wording_trials
from config import rubric
from config.policy.evidence import works_always
from config.policy.rates import ALPHA, Trials
from config.policy.states import DONE, State, Verdict
from config.policy.trial_plan import plan_fix
from storage import doors
from storage.database import Work
from storage.models import Attachment, Report
from storage.people import PROGRAMME
from storage.vault import Box

_BUTTONS = 6  # of a card; the rest is typed


async def case_card(work: Work, desk: Desk, report: Report, box: Box) -> Body:
    """Return the card of a triage channel, with the report's text folded below it."""
    title = box.open_text("report", "title", report.id, report.title) if report.title else report.id
    state = State(report.state)
    history = facts_of(await work.ledger.of(report.id))
    proposals = await work.reports.proposals(report.id)
    found = await next_steps.for_staff(work, desk, report, history, proposals)
    proved, image = _proved(report, await standing(work, desk, report))
    bad = score_card.on_card(report, await work.judging.ratings(report.id), desk, proposals=proposals)
    known = care.read(box, report)
    asked = facts.buttons(report, known) if state not in DONE else ()
    card = Card(
        title=say(shorten(title, 120)),
        report=report.id,
        level=report.level,
        score=bad.score,
        aside=bad.aside,
        state=wording.state_word(state),
        lines=(*await _at_the_head(work, desk, report), *_about(desk, report), *await absence.on_card(work, desk, report),
               *stop_gap.on_card(report, history, desk, work.now), *await embargo_days.on_card(work, desk, report),
               *vendors.on_card(desk, report, history), *bad.lines,
               *proved, *cause.on_card(report, box, zone=desk.program.tz), *_before_the_fix(report),
               *await likeness.on_card(work, report), *(facts.on_card(report, known) if asked else ())),
        next=found.what,
        next_by=found.by,
        fields=tuple(await _fields(work, desk, report)),
        image=image,
        buttons=_offered(
            (*found.buttons[:1], *await embargo_days.buttons(work, report), *found.buttons[1:]),
            (*await likeness.buttons(work, report), *bad.buttons, *asked, *readers.button(report), *duplicates.buttons(report))),
    )
    folded, files = await _text_of(work, report, box)
    if not report.harm and len(folded.plain()) <= readers.OPEN:
        return Body(card=replace(card, lines=(*card.lines, folded)), files=files)
    return Body(card=card, folded=folded, files=files, unfold=f"report-text report={report.id}",
                folded_title="Show the report; it may hold what it describes" if report.harm else wording_readers.SHOW_REPORT)


def _offered(step: tuple[Button, ...], more: tuple[Button, ...]) -> tuple[Button, ...]:
    """Return the buttons of a card: those of the next step, then what helps with the rest; quiet ones where room is left."""
    first = [one for one in step if one.look != "quiet"]
    quiet = [one for one in (*more, *step) if one.look == "quiet"]
    rest = [one for one in more if one.look != "quiet" and one.label not in {other.label for other in first}]
    return (*first, *rest, *quiet)[:_BUTTONS]


async def _at_the_head(work: Work, desk: Desk, report: Report) -> list[Text]:
    """Return the line that says that the programme is not open, or takes no new reports; that this is a test."""
    now = await doors.standing(work, desk.vault)
    found = going_live.on_cards(now, desk.program.tz, rehearsal=report.rehearsal)
    return [say(bold(found + "."))] if found else []


def _about(desk: Desk, report: Report) -> list[Text]:
    parts = []
    category = categories().get(report.category or report.category_claimed)
    if category is not None:
        parts.append(category.name + ("" if report.category else ", claimed"))
    claimed = Trials(report.claimed_k, report.claimed_n) if report.claimed_n > 0 else None
    once = deterministic(report) or (not report.category and works_always(report.category_claimed, claimed))
    if claimed is not None and not once:
        parts.append(f"Works in {wording_trials.rate(claimed)}, claimed")
    if report.ours_n > 0 and not once:
        parts.append(f"Ours: {wording_trials.rate(Trials(report.ours_k, report.ours_n))}")
    lines = [say(". ".join(parts) + ".")] if parts else []
    if report.due_on is not None and report.state in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED):
        lines.append(say(f"Fix due {day(report.due_on, desk.program.tz)}."))
    return lines


def _before_the_fix(report: Report) -> list[Text]:
    """Return what our trials without the fix still lack, while it can be made up for (product.md section 8)."""
    if deterministic(report) or State(report.state) not in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED):
        return []
    level = level_of(report)
    now = Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None
    found = wording_trials.before_the_fix(now, plan_fix(now, rubric.current().ceiling(level)), level)
    return [found] if found else []


def _proved(report: Report, found: Standing) -> tuple[list[Text], Image | None]:
    """Return what the trials with the fix proved and what would settle it; and the picture of the rate."""
    lines: list[Text] = []
    if report.verdict and report.state != State.RECEIVED:
        lines.append(wording_trials.on_card(found, Verdict(report.verdict), State(report.state)))
    if found.bypass is not None and State(report.state) not in DONE:
        lines.append(wording_trials.bypassed(found.bypass, State(report.state)))
    if found.deterministic or (found.before is None and found.after is None):
        return lines, None  # a count that is only claimed is words: pictures are drawn for what was measured here
    if found.after is None:
        return lines, picture(found.before, None, None, title=wording_trials.rate_title(found.before), about=report.id)
    alpha = found.judgement.alpha if found.judgement else ALPHA
    return lines, picture(found.before, found.after, found.ceiling, title=wording_trials.picture_title(found), about=report.id,
                          level=found.level, alpha=alpha)


async def _fields(work: Work, desk: Desk, report: Report) -> list[tuple[str, Text]]:
    people = work.people
    fields: list[tuple[str, Text]] = []
    seen: dict[str, list[str]] = {}
    for member in await people.roster(report.id):
        name = await people.name(desk.vault, member.person_id, report.triage_platform)
        seen.setdefault(name, []).append(words.role_shown(member.part))
    for one, part in ((report.assignee_id, "assignee"), (report.owner_id, "owner")):
        name = await people.name(desk.vault, one, report.triage_platform) if one else ""
        if name and part not in seen.setdefault(name, []):
            seen[name].append(part)
    if seen:
        fields.append(("On it", say(", ".join(_with_parts(name, parts) for name, parts in seen.items()))))
    reporter = await people.get(report.person_id)
    if reporter is not None and report.person_id == PROGRAMME:
        fields.append(("Researcher", say("the programme itself: this is a rehearsal" if report.rehearsal else
                                          "the programme itself: a release gate found it")))
    elif reporter is not None and report.state != State.WITHDRAWN:
        fields.append(("Researcher", say(people.pseudonym(desk.vault, reporter), await _reach(work, desk, report))))
    return fields


def _with_parts(name: str, parts: list[str]) -> str:
    """Return somebody with what they are there for; a name that says it already stands alone."""
    others = [one for one in parts if one.casefold() != name.casefold()]
    return f"{name} ({' and '.join(others)})" if others else name


async def _reach(work: Work, desk: Desk, report: Report) -> str:
    account = await work.people.reach(desk.vault, report.person_id, report.platform, *desk.platforms)
    if account is not None and not account.reachable:
        return "; their direct messages are closed"
    return "; answers go in clear, no key of theirs is known" if not report.clear_confirmed else "; answers go in clear"


async def _text_of(work: Work, report: Report, box: Box) -> tuple[Text, tuple[Enclosure, ...]]:
    """Return the report's text as it stands beside the card, and the whole as a file when it is long."""
    if report.mode != "open":
        found = await work.session.execute(
            select(Attachment).where(Attachment.report_id == report.id, Attachment.kind == "original", col(Attachment.blob_key).is_not(None)))
        return Text(), tuple(enclosure(one, box) for one in found.scalars())
    passages = [one for one in await work.reports.passages(report.id) if one.kind == "report"]
    rows = (await work.session.execute(
        select(Attachment).where(Attachment.report_id == report.id, Attachment.kind == "text", col(Attachment.blob_key).is_not(None))
        .order_by(col(Attachment.at)))).scalars().all()
    files = tuple(enclosure(one, box) for one in rows)
    if not passages or passages[0].body is None:
        return Text(), files
    text = box.open_text("passage", "body", passages[0].id, passages[0].body)
    if len(text) > submit.REPORT_SHOWN:
        text = text[: submit.REPORT_SHOWN] + "\n… cut here; the whole text is longer."
    return (say(text) if text else say("The text is long: it is in the file.") if files else Text()), files


def enclosure(row: Attachment, box: Box, *, hidden: bool = False) -> Enclosure:
    """Return a kept file as it goes out with a message, by the name that a reader sees."""
    name = box.open_text("attachment", "name", row.id, row.name) if row.name else "file"
    return Enclosure(row.blob, name, row.size, row.report_id, hidden)
