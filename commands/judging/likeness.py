"""Likely duplicates: what is kept of a report to compare it, which earlier ones resemble it, and what its card says of them.

Decides where sketches stand (sealed under the common box, bound to their report, gone with its text), which reports are
looked at, and that the ledger and the card name ids and reasons only: who is on one report learns nothing of another. How
alike two texts are is decided in `config/policy/likeness.py`. The card calls `on_card` and `buttons`; no researcher sees either.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import col, select

from commands import record
from commands.calls import Call
from commands.intake import template
from commands.text import Button, Text
from commands.wording import likeness as wording
from config.policy import likeness
from config.policy.likeness import SIMILAR, SIMILAR_NEARBY, Sketch
from config.policy.states import DONE, Event, State
from storage.database import Work
from storage.models import Report
from storage.sealed import Sealed
from storage.vault import Vault, VaultError

MOST: Final = 3  # suggestions
KIND: Final = "alike"  # of the ledger's entry
_KEPT_OPEN: Final = 20_000  # sketches in memory, about 10 MB
_AT_ONCE: Final = 200  # sketches between two turns of the loop
_LOOKED_AT: Final = 1_000  # reports of a category, where the text says too little
_CLOSEST: Final = 10 * MOST  # of which some may repeat one another
_NEVER: Final = (State.WITHDRAWN.value, State.SPAM.value)
_TOLD: Final = ("F08", "F09", "S18", "attack")  # the facts that are free text
_UNKNOWN: Final = frozenset({"", "unknown", "default", "none", "other"})
_HEADINGS: Final = frozenset(line.strip() for line in template.TEMPLATE.splitlines() if line.strip())

# Opened sketches by report, and the sealed values they were opened from. They are no text, and reports that are gone drop out.
# Both are bytes, which the collector does not walk: objects would make the first look at 10,000 reports twice as long.
_opened: dict[str, bytes] = {}
_sealed: dict[str, Sealed] = {}


@dataclass(slots=True)
class Likely:
    """An earlier report that this one may repeat: the reasons, and the share of the text in percent."""

    report: str
    why: list[str] = field(default_factory=list)
    percent: int = 0


# -- when a report arrives -----------------------------------------------------------------------------------------


async def arrived(call: Call, report: Report, text: str) -> None:
    """Keep the sketch of a report that arrives and note which earlier ones it resembles."""
    await sketch(call, report, text)
    await suggest(call, report)


async def learned(call: Call, report: Report, fields: Collection[str]) -> None:
    """Look again when facts came later: the system joins the sketch, and words where the text alone said too little."""
    if report.rehearsal or not record.reachable(report, Event.DUPLICATE) or not set(fields) & {"S01", "F10", *_TOLD}:
        return
    kept = likeness.unpacked(_open(call.desk.vault, report.id, report.sketch))
    first = next((one for one in await call.work.reports.passages(report.id) if one.kind == "report"), None)
    text = "" if first is None or first.body is None else record.box(call, report).open_text("passage", "body", first.id, first.body)
    await sketch(call, report, text, bits=kept.bits)
    await suggest(call, report)


async def sketch(call: Call, report: Report, text: str, *, bits: int | None = None) -> None:
    """Keep a report's sketch, or none: in `sealed` mode there is no text here, and a short text says too little.

    `bits` are those of its text where they are known.
    """
    report.sketch = None
    if report.mode == "sealed":
        return
    facts = _facts(call, report)
    system = facts.get("S01", "").strip()
    found = likeness.sketch(key_of(call.desk.vault), "" if bits is not None else compared(text, facts),
                            system="" if system.casefold() in _UNKNOWN else system)
    if bits is not None:
        found = replace(found, bits=bits)
    if found:
        report.sketch = call.desk.vault.common.seal("report", "sketch", report.id, found.packed())


def compared(text: str, facts: dict[str, str]) -> str:
    """What of a report is compared: its title and prose, without the lines that every report has from the template."""
    filled = template.read(text[: 2 * likeness.MOST_READ])
    parts = [(filled.facts | facts).get(one, "") for one in _TOLD]
    parts += [line for line in filled.prose.splitlines() if line.strip() not in _HEADINGS]
    return "\n".join(parts)


async def suggest(call: Call, report: Report) -> tuple[Likely, ...]:
    """Find at most three earlier reports that a report may repeat; they become one entry of the ledger, and the newest counts."""
    found = await likely(call.work, call.desk.vault, report)
    data = {"found": [{"report": one.report, "why": one.why, "percent": one.percent} for one in found]}
    if data["found"] != await _noted(call.work, report):
        await call.work.ledger.write(KIND, report=report.id, person="clock", data=data)
        record.touch(call, report)
    return found


async def likely(work: Work, vault: Vault, report: Report) -> tuple[Likely, ...]:
    """Find at most three reports that a report may repeat, the likeliest first; one that repeats another gives way to it."""
    found = {row.id: Likely(row.id, [wording.SIGNATURE])
             for row in await work.judging.of_signature(report.signature, but=report.id) if row.state not in _NEVER}
    own = likeness.unpacked(_open(vault, report.id, report.sketch))
    if own.bits is not None:
        await _by_text(work, vault, report, own, found)
    elif own.system:
        await _by_facts(work, vault, report, own, found)
    ranked = sorted(found.values(), key=lambda one: (wording.SIGNATURE not in one.why, -one.percent, one.report))
    chosen: dict[str, Likely] = {}
    for one in ranked:
        if len(chosen) == MOST:
            break
        first = await _first(work, one.report, report.id)
        if first:
            chosen.setdefault(first, Likely(first, one.why, one.percent))
    return tuple(chosen.values())


async def _by_text(work: Work, vault: Vault, report: Report, own: Sketch, found: dict[str, Likely]) -> None:
    """Compare the text of a report with that of every other one; the likeliest few join what was found."""
    category = func.coalesce(func.nullif(Report.category, ""), Report.category_claimed)
    # Read in parts: others have their turn between them, and rows that die young cost the collector nothing.
    rows = await work.session.stream(select(Report.id, Report.sketch, category).where(
        Report.id != report.id, col(Report.sketch).is_not(None), col(Report.state).not_in(_NEVER)))
    mine = report.category or report.category_claimed
    known_category = mine not in _UNKNOWN
    close: list[tuple[float, str, bool]] = []
    opened: dict[str, bytes] = {}
    values: dict[str, Sealed] = {}
    async for part in rows.partitions(_AT_ONCE):
        for other, sealed, named in part:
            plain = _opened[other] if _sealed.get(other) == sealed else _open(vault, other, sealed)
            if len(opened) < _KEPT_OPEN:
                opened[other], values[other] = plain, sealed
            theirs = likeness.unpacked(plain)
            share = likeness.share(own, theirs)
            if share is None or share < SIMILAR_NEARBY:
                continue
            nearby = known_category and named == mine and likeness.same_system(own, theirs)
            if share >= SIMILAR or nearby:
                close.append((share, other, nearby))
        close = heapq.nlargest(_CLOSEST, close)
    for share, other, nearby in close:
        one = found.setdefault(other, Likely(other))
        one.why += [wording.TEXT] + ([wording.FACTS] if nearby else [])
        one.percent = 5 * round(share * 20)
    forget()
    _opened.update(opened)
    _sealed.update(values)


async def _by_facts(work: Work, vault: Vault, report: Report, own: Sketch, found: dict[str, Likely]) -> None:
    """Find open reports with the same category and system: all that can be told when the text says too little."""
    mine = report.category or report.category_claimed
    if mine in _UNKNOWN:
        return
    category = func.coalesce(func.nullif(Report.category, ""), Report.category_claimed)
    rows = await work.session.execute(
        select(Report.id, Report.sketch).where(
            Report.id != report.id, category == mine, col(Report.sketch).is_not(None), col(Report.state).not_in(DONE),
        ).order_by(col(Report.received_at).desc()).limit(_LOOKED_AT))
    same = [other for other, sealed in rows if likeness.same_system(own, likeness.unpacked(_open(vault, other, sealed)))]
    for other in same[:MOST]:
        found.setdefault(other, Likely(other)).why.append(wording.FACTS)


async def _first(work: Work, other: str, but: str) -> str:
    """Return the report that another one repeats, or itself; nothing when it may not be suggested."""
    for _ in range(MOST):
        row = await work.reports.get(other)
        if row is None or row.state in _NEVER or row.id == but:
            return ""
        first = await work.reports.get(row.duplicate_of) if row.duplicate_of else None
        if first is None or first.state in _NEVER:
            return row.id
        other = first.id
    return other if other != but else ""


def _open(vault: Vault, report: str, sealed: Sealed | None) -> bytes:
    """Open a sketch; a damaged one is compared with nothing, for no report may fail because of another's row."""
    try:
        return vault.common.open("report", "sketch", report, sealed) if sealed is not None else b""
    except VaultError:
        return b""


def key_of(vault: Vault) -> bytes:
    """Return the key of the sketches: a keyed hash that the lowest-numbered master key gives, as for blind indexes."""
    return bytes.fromhex(vault.blind("likeness", "the key of the sketches"))


def forget() -> None:
    """Drop what stands opened in memory; the next look opens it again."""
    _opened.clear()
    _sealed.clear()


def _facts(call: Call, report: Report) -> dict[str, str]:
    if report.facts is None:
        return {}
    found = json.loads(record.box(call, report).open_text("report", "facts", report.id, report.facts))
    return {name: value for name, value in found.items() if isinstance(value, str)}


# -- on the card ---------------------------------------------------------------------------------------------------


async def standing(work: Work, report: Report) -> tuple[Likely, ...]:
    """Return what a report may repeat as it stands now: undecided reports only, and none that was withdrawn meanwhile."""
    if report.duplicate_of or not record.reachable(report, Event.DUPLICATE):
        return ()
    found = {one.id: Likely(one.id, [wording.SIGNATURE]) for one in
             await work.judging.of_signature(report.signature, but=report.id)}
    for kept in await _noted(work, report):
        one = found.setdefault(kept["report"], Likely(kept["report"]))
        one.why += [reason for reason in kept["why"] if reason not in one.why]
        one.percent = kept["percent"]
    able = [one for one in found.values() if (row := await work.reports.get(one.report)) is not None and row.state not in _NEVER]
    return tuple(able[:MOST])


async def _noted(work: Work, report: Report) -> list[dict[str, Any]]:
    """Return what the newest entry of the ledger says."""
    newest = next((one for one in reversed(await work.ledger.of(report.id)) if one.kind == KIND), None)
    return list(json.loads(newest.data)["found"]) if newest is not None else []


async def on_card(work: Work, report: Report) -> tuple[Text, ...]:
    """Return the lines of a triage card about reports that this one may repeat: ids and reasons."""
    return tuple(wording.alike(one.report, one.why, one.percent) for one in await standing(work, report))


async def buttons(work: Work, report: Report) -> tuple[Button, ...]:
    """Return the button that closes a report as a repeat of the likeliest one; it asks once more."""
    return tuple(Button(f"close-without-fix report={report.id} reason=duplicate original={one.report}", wording.repeats(one.report),
                        "danger", wording.sure(report.id, one.report)) for one in (await standing(work, report))[:1])
