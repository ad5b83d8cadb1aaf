"""A researcher's copy of their own data: what is in it and what is not, as one file that people and programs can read.

Put together from the newest state when it is delivered, in memory: no record, no blob and no log holds it. It has what they sent
and what was sent to them, the facts that they gave, where their reports stand and how they are thanked; no notes, nobody of the
team by name, nothing of other people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from commands.calls import Problem
from commands.desk import Desk
from commands.judging import scoring
from commands.outside.fame import Shown
from commands.text import Body, Enclosure
from commands.wording import own_data as wording
from commands.wording.common import researcher_word
from config.policy import facts as policy
from config.policy.states import State
from storage.database import Work
from storage.models import Attachment, Passage, Person, Report
from storage.own_data import DataRequest

CARD = "own/"
_FROM_THEM = ("report", "in")
_TO_THEM = ("acknowledge",)  # with everything that a delivery carried to them
_MOST_FILES = 8  # beside the copy itself; a platform takes ten with a message


async def render(work: Work, desk: Desk, identity: str) -> Shown | None:
    """Return the message with the copy that a request asks for; nothing when the request or the person is gone."""
    found = await _whose(work, identity)
    if found is None:
        return None
    row, person = found
    files = [Enclosure("", wording.FILE, 0, f"{CARD}{row.id}")]
    for report in await work.reports.of_person(person.id):
        if report.key is None:
            continue
        box = desk.vault.unlock(f"report|{report.id}", report.key)
        for one in await _files(work, report.id):
            if one.kind == "text" and one.name is not None and one.blob_key is not None and len(files) <= _MOST_FILES:
                files.append(Enclosure(one.blob, f"{report.id}-{box.open_text('attachment', 'name', one.id, one.name)}", one.size,
                                       report.id))
    return Shown(1, Body(text=wording.here_it_is(), files=tuple(files)))


async def made(work: Work, desk: Desk, one: Enclosure) -> bytes | None:
    """Return the bytes of a file that is made when it goes out; None for one that is kept as a blob."""
    if one.blob or not one.report.startswith(CARD):
        return None
    found = await _whose(work, one.report.removeprefix(CARD))
    if found is None:
        raise LookupError("the request is gone")
    return json.dumps(await content(work, desk, found[1]), ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace")


async def content(work: Work, desk: Desk, person: Person) -> dict[str, Any]:
    """Return a person's copy as plain data; raises Problem `gone` for somebody who is forgotten."""
    if person.key is None:
        raise Problem("gone", wording.nothing_held())
    accounts = await work.people.accounts_of(desk.vault, person.id)
    return {
        "about": wording.ABOUT, "made": _at(work.now), "programme": desk.program.name,
        "you": {
            "pseudonym": work.people.pseudonym(desk.vault, person), "known_since": _at(person.created_at),
            "accounts": [{"platform": one.platform, "account": one.account, "name": one.name} for one in accounts],
        },
        "reports": [await _report(work, desk, one) for one in await work.reports.of_person(person.id)],
        "not_in_this_file": list(wording.LEFT_OUT),
    }


async def _whose(work: Work, identity: str) -> tuple[DataRequest, Person] | None:
    row = await work.session.get(DataRequest, identity)
    person = await work.people.get(await work.people.now(row.person_id)) if row is not None else None
    return (row, person) if row is not None and person is not None and person.key is not None else None


async def _report(work: Work, desk: Desk, report: Report) -> dict[str, Any]:
    """Return one report: without its key its id and its dates only."""
    found: dict[str, Any] = {
        "id": report.id, "status": researcher_word(State(report.state)), "received": _at(report.received_at),
        "closed": _at(report.closed_at), "published": _at(report.published_at), "embargo_ends": _at(report.embargo_end),
    }
    if report.key is None:
        return found | {"text": wording.DESTROYED}
    box = desk.vault.unlock(f"report|{report.id}", report.key)
    title = box.open_text("report", "title", report.id, report.title) if report.title else ""
    facts = policy.opened(box.open_text("report", "facts", report.id, report.facts))[0] if report.facts else {}
    credit = box.open_text("report", "credit_name", report.id, report.credit_name) if report.credit_name else ""
    link = box.open_text("report", "credit_link", report.id, report.credit_link) if report.credit_link else ""
    reward = await work.publishing.reward(report.id)
    theirs = await _theirs(work, report)
    return found | {
        "title": title, "level": report.level if scoring.is_judged(report) else "",
        "how_often_you_saw_it": f"{report.claimed_k} of {report.claimed_n}" if report.claimed_n > 0 else "",
        "facts_you_gave": {id: value for id, value in sorted(facts.items()) if theirs(id)},
        "messages": [_message(box, row) for row in await work.reports.passages(report.id) if _is_theirs(row)],
        "files": [{"kind": one.kind, "name": box.open_text("attachment", "name", one.id, one.name) if one.name else "",
                   "size": one.size, "sha256": one.sha256, "received": _at(one.at)} for one in await _files(work, report.id)],
        "thanks": {"choice": report.credit, "name": credit, "link": link},
        "reward": {"amount": reward.amount, "currency": reward.currency, "given": _at(reward.at), "paid": _at(reward.paid_at)}
        if reward is not None else None,
    }


async def _theirs(work: Work, report: Report) -> Any:
    """Return a question: was a fact said by the researcher, at the beginning or as the last to say it."""
    mine = await work.people.circle(report.person_id)
    said: dict[str, str] = {}
    for entry in await work.ledger.of(report.id):
        if entry.kind == "facts":
            said |= dict.fromkeys(str(json.loads(entry.data).get("fields", "")).split(), entry.person_id)
    return lambda id: said.get(id, report.person_id) in mine


def _is_theirs(row: Passage) -> bool:
    return row.kind in _FROM_THEM or (row.kind not in ("note", "event") and (bool(row.delivery) or row.kind in _TO_THEM))


def _message(box: Any, row: Passage) -> dict[str, Any]:
    words = box.open_text("passage", "body", row.id, row.body) if row.body is not None else ""
    if not words:
        words = wording.ERASED if row.erased_at is not None or row.body is None else wording.IN_A_FILE
    return {"at": _at(row.at), "from": "you" if row.kind in _FROM_THEM else "the team", "text": words}


async def _files(work: Work, report: str) -> Sequence[Attachment]:
    return (await work.session.execute(
        select(Attachment).where(Attachment.report_id == report).order_by(col(Attachment.at), col(Attachment.id)))).scalars().all()


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant is not None else ""
