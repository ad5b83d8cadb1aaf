"""Whether a new report is taken at this moment: not before the programme opens, and not in a pause, unless it is exploited.

Decides what becomes of what is sent meanwhile: it is sealed under a key of its own, read by nobody, and destroyed when its time is
over; one press takes it when it is being exploited, or once reports are taken again. Reports that are open are not asked about here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from sqlmodel import col, select

from commands.binding import Choose
from commands.calls import Call, Reply
from commands.effects import DirectMessage
from commands.intake import facts, submit, template, waiting
from commands.intake.kept import Kept
from commands.intake.opening import TALK_LIMIT
from commands.registry import conversation
from commands.text import Body, Text, lines
from commands.wording import going_live as wording
from commands.wording import intake as wording_intake
from config.policy.roles import Allow
from config.policy.states import Role
from storage import doors
from storage.doors import Doors
from storage.models import Waiting

HELD = "held"  # the kind of what waits here
_EARLY = timedelta(days=30)  # the longest that something waits for a programme to open
_TEXT = 12_000  # characters that are kept beside a blob with the whole text
_ANYBODY = Allow(Role.REPORTER)
_BLOB = ("name", "blob", "key", "size", "sha256")


async def standing(call: Call) -> Doors:
    """Return how the programme stands now."""
    return await doors.standing(call.work, call.desk.vault)


async def held(call: Call, source: submit.Source, key: str) -> bool:
    """Hold back a report that came encrypted while none is taken; tells whether it did. What is exploited or public goes through."""
    now = await standing(call)
    if now.open or submit.urgent(source.filled.facts):
        return False
    row = await _hold(call, source, key, now)
    _answer(call, now, row)
    return True


async def words(call: Call, text: str, key: str) -> bool:
    """Answer somebody who writes while no report is taken, and hold back what is long enough to be one; tells whether it did."""
    now = await standing(call)
    if now.open:
        return False
    row = None
    if len(text.strip()) > TALK_LIMIT:
        source = submit.Source(text=text, sha256=submit.digest(text), clear=True, filled=template.read(text, facts.known(call.desk)))
        row = await _hold(call, source, key, now)
    _answer(call, now, row)
    return True


async def may_begin(call: Call) -> None:
    """Open no form while no report is taken, but the one for what is being exploited; raises Problem `closed`."""
    now = await standing(call)
    if not now.open and "exploited=yes" not in call.incoming.line:
        raise Choose("closed", _words(call, now, None), wording.talk_buttons())


# -- what waits --------------------------------------------------------------------------------------------------------

async def _hold(call: Call, source: submit.Source, key: str, now: Doors) -> Waiting:
    source = submit.keepable(source, mode=call.program.mode)
    content = {
        "text": source.text[:_TEXT] if source.body else source.text,
        "filled": {name: getattr(source.filled, name) for name in ("facts", "prose", "k", "n", "unclear")},
        "sha256": source.sha256, "clear": source.clear, "expired_key": source.expired_key,
        **{name: {part: getattr(kept, part) for part in _BLOB} for name, kept in (("original", source.original), ("body", source.body))
           if kept is not None},
        "enclosed": [{part: getattr(kept, part) for part in _BLOB} for kept in source.enclosed],
    }
    lasts = call.program.retention.unclaimed
    if not now.live:
        lasts = min(_EARLY, now.opens_at - call.now + lasts) if now.opens_at is not None else _EARLY
    return await waiting.keep(call, key, HELD, json.dumps(content, ensure_ascii=False), lasts=lasts)


def _source(content: str, *, exploited: bool) -> submit.Source:
    said = json.loads(content)
    filled = template.Filled(**said["filled"])
    if exploited:
        filled = replace(filled, facts={**filled.facts, "F30": filled.facts.get("F30") or "yes"})
    return submit.Source(
        text=said["text"], sha256=said["sha256"], filled=filled, clear=said["clear"], expired_key=said["expired_key"],
        enclosed=tuple(Kept(**one) for one in said.get("enclosed", [])),
        original=Kept(**said["original"]) if "original" in said else None, body=Kept(**said["body"]) if "body" in said else None)


def _words(call: Call, now: Doors, row: Waiting | None) -> Text:
    zone = call.program.tz
    more = wording.held(row.expires_at, zone) if row is not None else wording.what_to_do(now)
    return lines([wording.closed(now, call.program.name, zone), more], "\n\n")


def _answer(call: Call, now: Doors, row: Waiting | None) -> None:
    body = Body(text=_words(call, now, row), buttons=wording.held_buttons(row.id) if row is not None else wording.talk_buttons())
    call.emit(DirectMessage(call.incoming.platform, call.incoming.person, body), f"answer/{waiting.event_key(call)}/closed")


@conversation("exploited-now", allow=_ANYBODY, hidden=True)
async def exploited_now(call: Call, draft: str) -> Reply:
    """Have what waits taken as a report, because it is being exploited now."""
    return await _take(call, draft, exploited=True)


@conversation("send-held", allow=_ANYBODY, hidden=True)
async def send_held(call: Call, draft: str) -> Reply:
    """Have what waits taken as a report, now that reports are taken."""
    now = await standing(call)
    if not now.open:
        return Reply(code="closed", text=_words(call, now, None))
    return await _take(call, draft, exploited=False)


async def _take(call: Call, draft: str, *, exploited: bool) -> Reply:
    row, content = await waiting.take(call, draft, HELD)
    refused = await submit.turned_away(call)
    if refused is not None:
        return refused
    await waiting.drop(call, [row.id])
    found = await submit.open_report(call, _source(content, exploited=exploited))
    return Reply(text=wording_intake.received(found.report.id))


async def tell_waiting(call: Call) -> int:
    """Tell everybody whose message waits that reports are taken again; returns how many there are."""
    rows = (await call.work.session.execute(
        select(Waiting).where(Waiting.kind == HELD, col(Waiting.expires_at) > call.now).order_by(col(Waiting.at)))).scalars().all()
    told = 0
    for row in rows:
        if row.key is None or row.told:
            continue
        row.told = True
        row.expires_at = max(row.expires_at, call.now + call.program.retention.unclaimed)
        account = await call.work.people.account(call.desk.vault, row.person_id, row.platform)
        if account is not None:
            body = Body(text=wording.open_again(row.expires_at, call.program.tz), buttons=wording.open_buttons(row.id))
            call.emit(DirectMessage(account.platform, account.account, body), f"answer/{row.id}/open")
            told += 1
    return told
