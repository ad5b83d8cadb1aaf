"""Talk between a researcher and the triage team: relayed both ways, sealed, each side under the name it may know.

Decides which report words belong to and how a relay looks on either side. Notes stay with the staff: nothing here can relay
one. Staff names never reach the researcher, platform ids never reach the channel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from sqlmodel import select

from commands import notify, record
from commands.calls import Call, Problem, Reply, lane_of
from commands.daily import updates
from commands.effects import DirectMessage, Erase, Refresh
from commands.intake import care, submit, waiting
from commands.parsing import normal_id
from commands.registry import Hint, command, conversation
from commands.text import Body, Button, Voice, say
from commands.wording import case as wording
from commands.wording import common as general
from config.policy.roles import Allow, Place, Tie
from config.policy.states import Event, Role, State
from storage.models import Conversation, Passage, Report
from storage.people import PROGRAMME

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
ANYBODY = Allow(Role.REPORTER, place=Place.DM)
_ID = re.compile(r"\b(?:aiv-?)?[0-9a-z]{4,5}\b", re.IGNORECASE)
_QUESTION_LASTS = timedelta(hours=24)
_ANSWERABLE = 500  # of the newest messages to somebody


async def only_open(call: Call) -> Report | None:
    """Return the caller's only open report."""
    mine = await call.work.reports.of_person(call.caller.id, open_only=True)
    return mine[0] if len(mine) == 1 else None


async def find_report(call: Call, words: str, conversation_: Conversation) -> Report | None:
    """Return the report that words belong to: an answered message, an id in the text, the only open one, our last question.

    One whose key is destroyed takes no words any more.
    """
    mine = [one for one in await call.work.reports.of_person(call.caller.id) if one.key is not None]
    answered = await _answered(call)
    found = next((one for one in mine if one.id == answered), None)
    if found is not None:
        return found
    named = _named(words, mine)
    if named is not None:
        return named
    alone = await only_open(call)
    if alone is not None:
        return alone
    asked = conversation_.asked_at
    if asked is not None and call.now - asked <= _QUESTION_LASTS:
        return next((one for one in mine if one.id == conversation_.asked_report), None)
    return None


async def _answered(call: Call) -> str:
    """Return the report of the message that words answer: one of ours in their conversation, or an earlier one of their own."""
    ref = call.incoming.replies
    if not ref:
        return ""
    lane = lane_of(DirectMessage(call.incoming.platform, call.incoming.person, Body()), call.desk.vault.blind)
    for row in await call.work.reports.sent_in(lane, most=_ANSWERABLE):
        if row.report_id and row.ref is not None:
            said = call.desk.vault.common.open_text("delivery", "ref", row.key, row.ref)
            if said.partition(" ")[0] == ref:  # what follows is the platform's own: which files the message carries
                return row.report_id
    found = await call.work.session.execute(
        select(Passage.report_id).where(Passage.event == ref.rpartition(":")[2], Passage.person_id == call.caller.id))
    return found.scalars().first() or ""


def _named(words: str, mine: Sequence[Report]) -> Report | None:
    """Return the report that an id in words means, if it means one alone; four characters without a digit are a word."""
    for match in _ID.finditer(words):
        if len(match.group(0)) == 4 and not any(char.isdigit() for char in match.group(0)):
            continue
        wanted = normal_id(match.group(0))
        found = [one for one in mine if wanted and one.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
    return None


async def ask_which(call: Call, text: str, key: str, reports: Sequence[Report]) -> None:
    """Ask which report words are about; nothing reaches a channel before the choice."""
    draft = await waiting.keep(call, key, "choice", text)
    buttons = [Button(f"me about draft={draft.id} report={one.id}", one.id) for one in reports[:4]]
    buttons.append(Button(f"me throw-away draft={draft.id}", "None of these", "quiet"))
    call.emit(DirectMessage(call.incoming.platform, call.incoming.person,
                            Body(text=general.which_report(), buttons=tuple(buttons))), f"answer/{draft.id}/which")


async def from_reporter(call: Call, report: Report, text: str, *, encrypted: bool = False) -> Passage:
    """Take words of the researcher into their report and its channel; an answer lets the clocks go on."""
    row = await record.passage(call, report, "in", text)
    row.shown = f"{report.id}/talk/{row.number}"
    if report.state == State.NEEDS_INFO:
        await record.take(call, report, Event.ANSWER)
    await record.note(call, report, "message_in", data={"number": row.number})
    show(call, report, row)
    await notify.researcher_wrote(call, report)
    if call.incoming.kind != "message":
        return row  # they read the answer to their form
    draft = Button(f"me wrong-one report={report.id} number={row.number}", "Wrong one", "quiet")
    others = len(await call.work.reports.of_person(call.caller.id)) > 1
    call.emit(
        DirectMessage(call.incoming.platform, call.incoming.person, Body(
            text=wording.taken(report.id, encrypted=encrypted), voice=Voice("event"), buttons=(draft,) if others else ())),
        f"answer/{waiting.event_key(call)}/taken", report=report.id)
    return row


def show(call: Call, report: Report, row: Passage, *, version: int = 1) -> None:
    """Show a passage in the report's channel, or its newest state; an archived channel shows nothing new."""
    if report.archived_at is not None:
        return
    call.emit(Refresh(report.triage_platform, f"{report.id}/talk/{row.number}", version, channel=report.channel),
              f"{report.id}/talk/{row.number}@{version}", report=report.id)


async def show_again(call: Call, report: Report, row: Passage) -> None:
    """Draw a passage anew after the delivery that it shows has changed."""
    # The lane's own number only grows, so this version is newer than any that was shown.
    show(call, report, row, version=await call.work.reports.next_in_lane(f"{report.triage_platform}/{report.channel}"))


async def to_reporter(call: Call, report: Report, text: str, kind: str) -> Passage:
    """Send a colleague's words to the researcher under a role, and show them in the channel with their delivery."""
    row = await record.passage(call, report, kind, text)
    row.delivery, row.shown = f"{report.id}/out/{row.number}", f"{report.id}/talk/{row.number}"
    body = Body(text=say(text), voice=Voice("relay", name=await speaker(call, report), label=report.id))
    sent = await record.tell(call, report, body, f"out/{row.number}", then=f"{report.id}/talk/{row.number}")
    if not sent and (report.person_id != PROGRAMME or (kind == "ask" and not report.rehearsal)):
        raise Problem("no_way_back", wording.no_way_back())
    if not sent:  # what we found ourselves: the words stand in the channel, and nobody waits for them
        row.delivery = ""
    await record.note(call, report, "message_out", data={"number": row.number, "kind": kind})
    show(call, report, row)
    there = await record.reporter(call, report)
    if there is not None:
        key = call.desk.vault.blind("conversation", f"{there.platform}|dm-{there.account}")
        asked = await call.work.reports.conversation(key)
        asked.asked_report, asked.asked_at = report.id, call.now
    return row


async def say_again(call: Call, report: Report, row: Passage, key: str) -> None:
    """Send words once more under another key, to where the researcher can be reached now."""
    text = record.box(call, report).open_text("passage", "body", row.id, row.body) if row.body else ""
    part = next((one.part for one in await call.work.people.roster(report.id) if one.person_id == row.person_id), "")
    body = Body(text=say(text), voice=Voice("relay", name=wording.as_role(part), label=report.id))
    await record.tell(call, report, body, key, then=f"{report.id}/talk/{row.number}")


async def speaker(call: Call, report: Report) -> str:
    """Return how a colleague appears to the researcher: a role, or a name where the programme says so."""
    if call.program.names_shown:
        return call.caller.name
    for one in await call.work.people.roster(report.id):
        if one.person_id == call.caller.id:
            return wording.as_role(one.part)
    return wording.as_role("")


async def _confirm_clear(call: Call, report: Report, name: str, text: str, *, confirmed: bool) -> Reply | None:
    """Have a triager confirm once for each report that answers go in clear."""
    if report.clear_confirmed:
        return None
    if not confirmed:
        return Reply(code="confirm_clear", text=wording.goes_in_clear(),
                     form=wording.clear_form(f"{name} report={report.id} clear=yes", text, report.id))
    report.clear_confirmed = True
    await record.note(call, report, "clear_confirmed")
    return None


@command("reply", allow=STAFF, submit="Send to the researcher")
async def reply(call: Call, report: Report, text: Annotated[str, Hint("your answer", lines=True, told=True)], *,
                clear: str = "") -> Reply:
    """Answer the researcher, in their direct message."""
    question = await _confirm_clear(call, report, "reply", text, confirmed=clear == "yes")
    if question is not None:
        return question
    await to_reporter(call, report, text, "reply")
    return Reply(text=wording.on_its_way())


@command("ask", allow=STAFF, submit="Ask the researcher")
async def ask(call: Call, report: Report, text: Annotated[str, Hint("your question", lines=True, told=True)], *,
              clear: str = "") -> Reply:
    """Ask the researcher something; clocks that wait for them pause."""
    question = await _confirm_clear(call, report, "ask", text, confirmed=clear == "yes")
    if question is not None:
        return question
    if report.state != State.NEEDS_INFO:
        await record.take(call, report, Event.ASK)
        await assign_if_nobody(call, report)
    await to_reporter(call, report, text, "ask")
    return Reply(text=wording.asked())


@command("note", allow=Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=Tie.ROSTER))
async def note(call: Call, report: Report, text: Annotated[str, Hint("the note", lines=True)]) -> Reply:
    """Keep a note for the team; it never leaves this channel."""
    row = await record.passage(call, report, "note", text)
    row.shown = f"{report.id}/talk/{row.number}"
    await record.note(call, report, "note", data={"number": row.number})
    show(call, report, row)
    return Reply(text=wording.noted())


@command("update", allow=STAFF, submit="Send the update")
async def update(call: Call, report: Report | None = None, text: Annotated[str, Hint("the update", lines=True, told=True)] = "") -> Reply:
    """Tell the researcher how things stand; a sentence from the record is ready to be edited.

    Outside a report's channel it opens all updates that are owed together.
    """
    if report is None:
        return await updates.offer(call, text)
    if not text.strip():
        return Reply(form=wording.update_form(f"update report={report.id}", await updates.sentence(call, report)))
    await to_reporter(call, report, text, "update")
    return Reply(text=wording.on_its_way())


async def assign_if_nobody(call: Call, report: Report) -> None:
    """Make whoever acts first the assignee."""
    if not report.assignee_id and Role.TRIAGER in call.caller.roles:
        report.assignee_id = call.caller.id
        await record.note(call, report, "assigned", data={"to": call.caller.id})


@conversation("about", allow=ANYBODY, hidden=True)
async def about(call: Call, draft: str, report: Annotated[Report, Hint("report")]) -> Reply:
    """Say which report words are about."""
    row, text = await waiting.take(call, draft, "choice")
    await waiting.drop(call, [row.id])
    if report.person_id != call.caller.id or report.key is None:
        raise Problem("no_such_report", wording.gone())
    await from_reporter(call, report, text)
    return Reply(text=wording.taken(report.id, encrypted=False))


@conversation("wrong-one", allow=Allow(Role.REPORTER, tie=Tie.REPORTER), hidden=True)
async def wrong_one(call: Call, report: Report, number: int) -> Reply:
    """Take words back from the report they went to and ask again which one is meant."""
    rows = [one for one in await call.work.reports.passages(report.id) if one.number == number and one.kind == "in"]
    if not rows or rows[0].erased_at is not None or rows[0].body is None:
        raise Problem("gone", wording.gone())
    row = rows[0]
    text = record.box(call, report).open_text("passage", "body", row.id, row.body) if row.body else ""
    row.erased_at, row.body = call.now, None
    await record.note(call, report, "message_moved", data={"number": number})
    call.emit(Erase(report.triage_platform, of=f"{report.id}/talk/{number}", channel=report.channel),
              f"{report.id}/talk/{number}/moved", report=report.id)
    key = waiting.conversation_key(call.desk.vault, call.incoming)
    others = [one for one in await call.work.reports.of_person(call.caller.id) if one.id != report.id]
    await ask_which(call, text, key, others)
    return Reply(text=wording.moved(report.id))


@conversation("add-files", allow=ANYBODY, hidden=True)
async def add_files(call: Call, draft: str) -> Reply:
    """Add plain files to a report, by the person's choice."""
    row, text = await waiting.take(call, draft, "files")
    named = json.loads(text)["report"]
    report = await call.work.reports.get(named, locked=True)
    if report is None or report.person_id != call.caller.id:
        raise Problem("no_such_report", wording.gone())
    care.refuse_files(call, report)
    brought = call.brought.files if call.brought is not None else ()
    if any(one.too_large for one in brought):
        raise Problem("too_large", wording.file_too_large(call.program.intake.sent))
    if not brought:
        raise Problem("gone", wording.send_again())
    passage = await record.passage(call, report, "in", wording.files_came(len(brought)))
    passage.shown = f"{report.id}/talk/{passage.number}"
    for one in brought:
        await submit.attach(call, report, one, "file", passage.id)
    await waiting.drop(call, [row.id])
    if report.state == State.NEEDS_INFO:
        await record.take(call, report, Event.ANSWER)
    await record.note(call, report, "message_in", data={"number": passage.number, "files": len(brought)})
    show(call, report, passage)
    return Reply(text=wording.files_added(report.id, len(brought)))
