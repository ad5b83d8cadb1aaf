"""Cards and other messages that are names, not content: rendered from the newest state when they are delivered.

Decides what is told in a channel and in the status of a researcher; the card of a channel is `case_card.py`. Opened text is read
here, in memory, for one delivery; no record holds it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import select

from commands import brief, case_card, front_door, next_steps
from commands.desk import Desk
from commands.guards import unsend
from commands.judging import scoring
from commands.judging.verdicts import deterministic
from commands.next_steps import Next
from commands.opening import rehearsal
from commands.outside import duplicates, embargo_days, fame
from commands.outside.fame import Shown
from commands.own_data import copy as own_data_copy
from commands.staff import readers
from commands.text import Body, Card, Enclosure, Text, Voice, say, shorten
from commands.times import on_the_day
from commands.wording import common as wording
from commands.wording import trials as wording_trials
from config.policy.lifecycle import TABLE
from config.policy.rates import Trials
from config.policy.states import DONE, Event, Level, State
from storage.database import Work
from storage.models import UNSENT, Attachment, Passage, Report
from storage.vault import Box


async def render(work: Work, desk: Desk, card: str) -> Shown | None:
    """Return the newest state of a card; nothing when what it shows is gone."""
    name, _, part = card.partition("/")
    if name == "hall":
        return await fame.render(work, desk, part.partition("/")[0])
    if name == "own":
        return await own_data_copy.render(work, desk, part)
    if (door := await front_door.render(work, desk, card)) is not None:
        return door
    report = await work.reports.get(name)
    if report is None or report.key is None:
        return None
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    if part == "rehearsal":
        return await rehearsal.render(work, desk, report)
    if part == "card":
        return Shown(report.card_version, await case_card.case_card(work, desk, report, box))
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


async def _talk(work: Work, desk: Desk, report: Report, box: Box, number: int) -> Shown | None:
    row = next((one for one in await work.reports.passages(report.id) if one.number == number), None)
    if row is not None and row.changed == UNSENT:
        return Shown(3, await unsend.shown(work, desk, report, row))
    if row is None or row.body is None or row.erased_at is not None:
        return None
    text = say(box.open_text("passage", "body", row.id, row.body))
    files = (await work.session.execute(select(Attachment).where(Attachment.passage_id == row.id,
                                                                 Attachment.kind == "file"))).scalars().all()
    voice, version = await _voice(work, desk, report, row)
    body = Body(text=text, voice=voice, files=tuple(case_card.enclosure(one, box, hidden=report.harm) for one in files))
    return Shown(version, readers.folded(report, number, body) if readers.folds(report, row.kind, text.plain()) else body)


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
    if report.rehearsal:
        return Voice("relay", name=name, label="to nobody: this is a rehearsal"), 1
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
        fields=(*_for_reporter(report), *await embargo_days.on_status(work, desk, report),
                *await duplicates.shown(work, report, desk.program.tz)),
    )


def _for_reporter(report: Report) -> tuple[tuple[str, Text], ...]:
    """Return how bad we judge it and how often we saw it; probabilities are for nobody's status."""
    fields: list[tuple[str, Text]] = []
    if report.level in list(Level) and scoring.is_judged(report):
        score = f", {report.score} of 10" if report.score else ""
        still = ", provisional until our own trials" if report.provisional else ""
        fields.append(("Level", say(f"{report.level}{score}{still}")))
    if not deterministic(report):
        if report.ours_n > 0:
            fields.append(("When we tried", say(wording_trials.rate(Trials(report.ours_k, report.ours_n)))))
        elif report.claimed_n > 0:
            fields.append(("As you saw it", say(wording_trials.rate(Trials(report.claimed_k, report.claimed_n)))))
        if report.after_n > 0 and report.verdict:
            fields.append(("With the fix", say(wording_trials.rate(Trials(report.after_k, report.after_n)))))
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
