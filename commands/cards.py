"""Cards and other messages that are names, not content: rendered from the newest state when they are delivered.

Decides what a card says and offers in each state. Opened text is read here, in memory, for one delivery; no record holds it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col, select

from commands import brief, fame, front_door, likeness, next_steps, submit, wording, wording_trials
from commands import wording_case as words
from commands.desk import Desk, categories
from commands.fame import Shown
from commands.history import facts_of
from commands.interval_picture import picture
from commands.next_steps import Next
from commands.text import Body, Card, Enclosure, Image, Text, Voice, say, shorten
from commands.times import clock_time, day, on_the_day
from commands.verdicts import Standing, level_of, standing
from config import rubric
from config.policy.evidence import DETERMINISTIC
from config.policy.lifecycle import TABLE
from config.policy.rates import ALPHA, Trials
from config.policy.states import DONE, Event, Level, State, Verdict
from config.policy.trial_plan import plan_fix
from storage.database import Work
from storage.models import Attachment, Passage, Proposal, Report
from storage.vault import Box


async def render(work: Work, desk: Desk, card: str) -> Shown | None:
    """Return the newest state of a card; nothing when what it shows is gone."""
    name, _, part = card.partition("/")
    if name == "hall":
        return await fame.render(work, desk, part.partition("/")[0])
    if (door := front_door.render(desk, card)) is not None:
        return door
    report = await work.reports.get(name)
    if report is None or report.key is None:
        return None
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    if part == "card":
        return Shown(report.card_version, await case_card(work, desk, report, box))
    if part.partition("/")[0] == "status":
        return Shown(report.status_version, Body(card=await status_card(work, desk, report, box)))
    if part.startswith("talk/"):
        return await _talk(work, desk, report, box, int(part.removeprefix("talk/")))
    if part.startswith("brief/"):
        return await brief.render(work, desk, report, box=box, number=int(part.removeprefix("brief/")))
    return None


async def blob_key(work: Work, desk: Desk, one: Enclosure) -> bytes:
    """Return the key of a blob that goes out with a message."""
    found = await work.session.execute(
        select(Attachment).where(Attachment.report_id == one.report, Attachment.blob == one.blob))
    row = found.scalars().first()
    report = await work.reports.get(one.report)
    if row is None or report is None or row.blob_key is None:
        raise LookupError("the file is gone")
    return desk.vault.unlock(f"report|{report.id}", report.key).open("attachment", "blob_key", row.id, row.blob_key)


async def case_card(work: Work, desk: Desk, report: Report, box: Box) -> Body:
    """Return the card of a triage channel, with the report's text folded below it."""
    title = box.open_text("report", "title", report.id, report.title) if report.title else report.id
    state = State(report.state)
    history = facts_of(await work.ledger.of(report.id))
    proposals = await work.reports.proposals(report.id)
    found = await next_steps.for_staff(work, desk, report, history, proposals)
    proved, image = _proved(report, await standing(work, desk, report))
    repeats = await likeness.buttons(work, report)
    card = Card(
        title=say(shorten(title, 120)),
        report=report.id,
        level=report.level,
        aside="level by hand" if report.level else "",
        state=wording.state_word(state),
        lines=(*_about(desk, report), *proved, *await likeness.on_card(work, report)),
        next=found.what,
        next_by=found.by,
        fields=tuple(await _fields(work, desk, report, proposals)),
        image=image,
        buttons=(*found.buttons[:4 - len(repeats)], *repeats),
    )
    folded, files = await _text_of(work, report, box)
    return Body(card=card, folded=folded, folded_title="Show the report; it may hold what it describes",
                unfold=f"report-text report={report.id}",
                files=files)


def _about(desk: Desk, report: Report) -> list[Text]:
    parts = []
    category = categories().get(report.category or report.category_claimed)
    if category is not None:
        parts.append(category.name + ("" if report.category else ", claimed"))
    once = report.category in DETERMINISTIC
    if report.claimed_n > 0 and not once:
        parts.append(f"Works in {wording_trials.rate(Trials(report.claimed_k, report.claimed_n))}, claimed")
    if report.ours_n > 0 and not once:
        parts.append(f"Ours: {wording_trials.rate(Trials(report.ours_k, report.ours_n))}")
    lines = [say(". ".join(parts) + ".")] if parts else []
    if report.due_on is not None and report.state in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED):
        lines.append(say(f"Fix due {day(report.due_on, desk.program.tz)}."))
    return lines


def _before_the_fix(report: Report) -> list[Text]:
    """Return what our trials without the fix still lack, while it can be made up for (product.md section 8)."""
    if report.category in DETERMINISTIC or State(report.state) not in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED):
        return []
    level = level_of(report)
    now = Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None
    found = wording_trials.before_the_fix(now, plan_fix(now, rubric.current().ceiling(level)), level)
    return [found] if found else []


def _proved(report: Report, found: Standing) -> tuple[list[Text], Image | None]:
    """Return what the trials with the fix proved and what would settle it; and the picture of the rate."""
    lines: list[Text] = []
    if report.verdict and report.state != State.RECEIVED:
        lines.append(wording_trials.on_card(found, Verdict(report.verdict)))
    if found.bypass is not None and State(report.state) not in DONE:
        lines.append(wording_trials.bypassed(found.bypass))
    if found.deterministic or (found.before is None and found.after is None):
        return lines, None  # a count that is only claimed is words: pictures are drawn for what was measured here
    if found.after is None:
        return lines, picture(found.before, None, None, title=wording_trials.rate_title(found.before), about=report.id)
    alpha = found.judgement.alpha if found.judgement else ALPHA
    return lines, picture(found.before, found.after, found.ceiling, title=wording_trials.picture_title(found), about=report.id,
                          level=found.level, alpha=alpha)


async def _fields(work: Work, desk: Desk, report: Report, proposals: list[Proposal]) -> list[tuple[str, Text]]:
    people = work.people
    fields: list[tuple[str, Text]] = []
    if proposals:
        one = proposals[0]
        first = await people.name(desk.vault, one.person_id, report.triage_platform)
        fields.append(("Waiting", say(f"{first} proposed {one.act}; needs {one.needs} until "
                                      f"{clock_time(one.lapses_at, desk.program.tz)}")))
    seen: dict[str, list[str]] = {}
    for member in await people.roster(report.id):
        name = await people.name(desk.vault, member.person_id, report.triage_platform)
        seen.setdefault(name, []).append(words.role_shown(member.part))
    if seen:
        fields.append(("On it", say(", ".join(_with_parts(name, parts) for name, parts in seen.items()))))
    if report.assignee_id:
        fields.append(("Assignee", say(await people.name(desk.vault, report.assignee_id, report.triage_platform))))
    if report.owner_id:
        fields.append(("Owner", say(await people.name(desk.vault, report.owner_id, report.triage_platform))))
    reporter = await people.get(report.person_id)
    if reporter is not None and report.state != State.WITHDRAWN:
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
            select(Attachment).where(Attachment.report_id == report.id, Attachment.kind == "original"))
        return Text(), tuple(_enclosure(one, box) for one in found.scalars())
    passages = [one for one in await work.reports.passages(report.id) if one.kind == "report"]
    rows = (await work.session.execute(
        select(Attachment).where(Attachment.report_id == report.id, Attachment.kind == "text").order_by(col(Attachment.at))
    )).scalars().all()
    files = tuple(_enclosure(one, box) for one in rows)
    if not passages or passages[0].body is None:
        return Text(), files
    text = box.open_text("passage", "body", passages[0].id, passages[0].body)
    if len(text) > submit.REPORT_SHOWN:
        text = text[: submit.REPORT_SHOWN] + "\n… cut here; the whole text is longer."
    return (say(text) if text else say("The text is long: it is in the file.") if files else Text()), files


def _enclosure(row: Attachment, box: Box) -> Enclosure:
    name = box.open_text("attachment", "name", row.id, row.name) if row.name else "file"
    return Enclosure(row.blob, name, row.size, row.report_id)


async def _talk(work: Work, desk: Desk, report: Report, box: Box, number: int) -> Shown | None:
    row = next((one for one in await work.reports.passages(report.id) if one.number == number), None)
    if row is None or row.body is None or row.erased_at is not None:
        return None
    text = say(box.open_text("passage", "body", row.id, row.body))
    files = (await work.session.execute(select(Attachment).where(Attachment.passage_id == row.id,
                                                                 Attachment.kind == "file"))).scalars().all()
    voice, version = await _voice(work, desk, report, row)
    return Shown(version, Body(text=text, voice=voice, files=tuple(_enclosure(one, box) for one in files)))


async def _voice(work: Work, desk: Desk, report: Report, row: Passage) -> tuple[Voice, int]:
    reporter = await work.people.get(report.person_id)
    pseudonym = work.people.pseudonym(desk.vault, reporter) if reporter else "a researcher"
    if row.kind == "in":
        changed = f", {row.changed} by them" if row.changed else ""
        return Voice("outside", name=pseudonym, label=f"researcher, through the bot{changed}"), 1
    name = await work.people.name(desk.vault, row.person_id, report.triage_platform)
    if row.kind == "note":
        return Voice("note", name=name, label="note, stays in this channel"), 1
    delivery = await work.reports.delivery(row.delivery)
    voice = Voice("relay", name=name, label=f"to {pseudonym}", state="not delivered yet")
    if delivery is not None and delivery.state == "done" and delivery.done_at is not None:
        came = on_the_day(delivery.done_at, row.at, desk.program.tz)
        return replace(voice, state=f"delivered {came}", tone="good"), 2
    if delivery is not None and delivery.state == "refused":
        return replace(voice, state="could not be delivered. Try again later with /vdp update, or keep a note.",
                       tone="bad"), 2
    return voice, 1


async def status_card(work: Work, desk: Desk, report: Report, box: Box) -> Card:
    """Return the researcher's living status: one of six words, whose turn it is and by when, absolute times only."""
    title = box.open_text("report", "title", report.id, report.title) if report.title else report.id
    found: Next = await next_steps.for_reporter(work, desk, report)
    done = await resting_state(work, report)
    return Card(
        title=say(shorten(title, 100)), report=report.id, state=wording.researcher_word(State(report.state), done),
        next=found.what, next_by=found.by, buttons=found.buttons[:4],
        fields=_for_reporter(report),
    )


def _for_reporter(report: Report) -> tuple[tuple[str, Text], ...]:
    """Return how bad we judge it and how often we saw it; probabilities are for nobody's status."""
    fields: list[tuple[str, Text]] = []
    if report.level in list(Level):
        score = f", {report.score} of 10" if report.score else ""
        still = ", provisional until our own tries" if report.provisional else ""
        fields.append(("Level", say(f"{report.level}{score}{still}")))
    if report.category not in DETERMINISTIC:
        if report.after_n > 0 and report.verdict:
            fields.append(("With the fix", say(wording_trials.rate(Trials(report.after_k, report.after_n)))))
        if report.ours_n > 0:
            fields.append(("When we tried", say(wording_trials.rate(Trials(report.ours_k, report.ours_n)))))
        elif report.claimed_n > 0:
            fields.append(("As you saw it", say(wording_trials.rate(Trials(report.claimed_k, report.claimed_n)))))
    return tuple(fields)


async def resting_state(work: Work, report: Report) -> State | None:
    """Return the state in which a closed report came to rest."""
    if report.state != State.CLOSED:
        return None
    for entry in reversed(await work.ledger.of(report.id)):
        if entry.kind in {e.value for e in Event}:
            to = TABLE[Event(entry.kind)].to
            if isinstance(to, State) and to in DONE and to is not State.CLOSED:
                return to
    return None
