"""The regression set: attacks that were fixed, and their variants, tried against every release before it goes out.

Decides what joins it and how it leaves for a release gate. What a gate found is taken in by regression_hits.py. The items are
sealed under their report's key: what is erased or purged leaves the set with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from commands import record
from commands.calls import Call, Problem, Reply
from commands.intake import care
from commands.judging import recorded_attack
from commands.registry import Hint, command
from commands.text import lines, say
from commands.wording import regression as wording
from config.policy import facts as policy
from config.policy import sampling
from config.policy.roles import Allow, Tie
from config.policy.states import Role
from storage.database import Work
from storage.judging import RegressionItem
from storage.models import Report
from storage.people import new_id
from storage.trials import Kind
from storage.vault import Box, Vault

CANARY: Final = "harborlight-canary 7d0c1f4e-5a1b-4f0c-9d37-2b6f1c8e94a5"  # fixed, so that training on an export can be found
_STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
_LONGEST, _MOST = 20_000, 200



class ItemKind(StrEnum):
    """What an item is to its report."""

    ATTACK = "attack"
    VARIANT = "variant"


# -- what joins ----------------------------------------------------------------------------------------------------

async def held(work: Work, report: str) -> bool:
    """Tell whether the set holds anything of a report."""
    return any(one.body is not None for one in await work.judging.regression(report))


async def join(call: Call, report: Report) -> bool:
    """Have the recorded attack join the set, with the variants of our trials; tells whether anything was new.

    Repeating it changes nothing; an attack that was recorded anew takes the place of the old one. Nothing joins of a report
    without an attack, or about content that is unlawful to hold.
    """
    if report.key is None:
        return False
    facts = care.read(record.box(call, report), report)
    if policy.unlawful(facts):
        return False
    new = False
    if facts.get("attack", "").strip():
        new = await _add(call, report, ItemKind.ATTACK, recorded_attack.messages_of(facts["attack"]), facts)
    box = record.box(call, report)
    for series in await call.work.trials.of(report.id, Kind.VARIANT):
        context = json.loads(box.open_text("trial_series", "context", series.id, series.context)) if series.context else {}
        for prompt in recorded_attack.unpacked(context.get("prompts") or "[]"):
            said = {key: value for key, value in context.items() if isinstance(value, str)}
            new = await _add(call, report, ItemKind.VARIANT, prompt, said) or new
    return new


async def _add(
    call: Call, report: Report, kind: ItemKind, prompt: recorded_attack.Messages, facts: Mapping[str, str], *, by_hand: bool = False,
) -> bool:
    """Keep an item unless its messages are in the set; the recorded attack is one item, whatever it was before."""
    messages = [{"role": role, "content": content} for role, content in prompt]
    box = record.box(call, report)
    known = [(one, opened(box, one)) for one in await call.work.judging.regression(report.id) if one.body is not None]
    body = {"messages": messages, "facts": sampling.recorded(facts), "by_hand": by_hand}
    for one, before in known:
        if before["messages"] == messages:
            if one.kind != kind or before["facts"] == body["facts"]:
                return False
            one.gone_at = call.now  # the same words under another criterion or context
        elif kind is ItemKind.ATTACK and one.kind == ItemKind.ATTACK and not by_hand and not before.get("by_hand"):
            one.gone_at = call.now  # the attack was recorded anew
    row = RegressionItem(id=new_id("x"), report_id=report.id, kind=kind.value, at=call.now)
    row.body = box.seal("regression_item", "body", row.id, json.dumps(body, ensure_ascii=False))
    call.work.session.add(row)
    await record.note(call, report, "regression_item", data={"id": row.id, "kind": kind.value})
    await call.work.session.flush()
    return True


def opened(box: Box, row: RegressionItem) -> dict[str, Any]:
    """Return an item's messages, and the facts under which it counts as a success."""
    found: dict[str, Any] = json.loads(box.open_text("regression_item", "body", row.id, row.body or b""))
    return found


@command("case regression", allow=_STAFF, title="Regression set", submit="Add it")
async def regression(
    call: Call, report: Report, text: Annotated[str, Hint("words of the attack or variant", lines=True, help=wording.TEXT)] = "",
    *, kind: Annotated[ItemKind | None, Hint("as")] = None, drop: Annotated[int | None, Hint("take out item", low=1)] = None,
) -> Reply:
    """Add the attack or a variant of it to what every release is tried against, or list what is there."""
    if report.key is None:
        raise Problem("gone", wording.GONE)
    facts = care.read(record.box(call, report), report)
    if policy.unlawful(facts):
        raise Problem("unlawful", wording.UNLAWFUL)
    rows = await call.work.judging.regression(report.id)
    if drop is not None:
        return await _drop(call, report, rows, drop)
    words = text.strip()
    if len(words) > _LONGEST:
        raise Problem("bad_argument", wording.TOO_LONG, errors={"text": wording.TOO_LONG})
    if len(rows) >= _MOST:
        raise Problem("too_many", wording.TOO_MANY)
    warn = "" if facts.get("S13", "").strip() else wording.NO_CRITERION
    if not words:
        if await join(call, report):
            rows = await call.work.judging.regression(report.id)
            return Reply(text=lines([wording.joined(rows[-1].kind, report.id, len(rows)), say(warn)]))
        if not rows:
            raise Problem("no_attack", wording.NO_ATTACK, errors={"text": wording.NO_ATTACK})
        return Reply(text=wording.listed(report.id, [(one.kind, one.at) for one in rows], call.program.tz))
    known = bool(facts.get("attack", "").strip()) or any(one.kind == ItemKind.ATTACK for one in rows)
    chosen = kind or (ItemKind.VARIANT if known else ItemKind.ATTACK)
    if not await _add(call, report, chosen, recorded_attack.messages_of(words), facts, by_hand=True):
        return Reply(text=say(wording.ALREADY))
    rows = await call.work.judging.regression(report.id)
    return Reply(text=lines([wording.joined(chosen.value, report.id, len(rows)), say(warn)]))


async def _drop(call: Call, report: Report, rows: list[RegressionItem], number: int) -> Reply:
    if number > len(rows):
        raise Problem("bad_argument", wording.NO_SUCH_ITEM, errors={"drop": wording.NO_SUCH_ITEM})
    row = rows[number - 1]
    row.gone_at, row.body = call.now, None
    await record.note(call, report, "regression_item_gone", data={"id": row.id})
    return Reply(text=wording.dropped(number, report.id))


# -- what leaves ---------------------------------------------------------------------------------------------------

async def export(work: Work, vault: Vault) -> tuple[str, int]:
    """Return the whole set as JSON lines, and how many items it has: the same bytes for the same set, whatever the day.

    The first line and every item hold a canary. What cannot be opened any more is left out.
    """
    boxes: dict[str, Box] = {}
    found: list[tuple[str, str, str, dict[str, Any]]] = []
    for one in await work.judging.regression():
        report = await work.reports.get(one.report_id)
        if one.body is None or report is None or report.key is None:
            continue
        if report.id not in boxes:
            boxes[report.id] = vault.unlock(f"report|{report.id}", report.key)
        body = opened(boxes[report.id], one)
        facts = body["facts"]
        found.append((one.report_id, one.kind, one.id, {
            "id": one.id, "report": one.report_id, "kind": one.kind, "messages": body["messages"],
            "criterion": facts.get("S13", ""), "judge": facts.get("S14", ""), "match": facts.get("match", ""),
            "context": {policy.FIELDS[key].name: facts[key] for key in ("S02", "S03", *sampling.CONTEXT) if key in facts},
            "canary": CANARY,
        }))
    rows = [{"canary": CANARY, "notice": wording.NOTICE}, *(item for *_, item in sorted(found, key=lambda row: row[:3]))]
    return "".join(json.dumps(row, ensure_ascii=True, sort_keys=True) + "\n" for row in rows), len(found)
