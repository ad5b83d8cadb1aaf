"""What a release gate found: its file read line by line, kept sealed until the clock takes it in, opened as reports.

Decides what a usable file is, that the same hit is told once, and what a report looks like that nobody sent: its researcher is
the programme itself. Such a report is judged and fixed like any other; nobody waits for its answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlmodel import col, select

from commands import record, talk
from commands.calls import Call, Caller, Reply
from commands.intake import submit
from commands.intake.template import Filled
from commands.judging import regression
from commands.judging.recurring import component_of
from commands.registry import clockwork
from commands.wording import regression as wording
from config.policy.rates import MOST
from config.policy.roles import Allow
from config.policy.states import DONE, EmbargoState, Role, State
from storage.database import Work
from storage.models import Person, Report, Setting
from storage.people import PROGRAMME
from storage.pings import HITS
from storage.vault import Vault

_INBOX: Final = HITS  # settings of this name hold what was not taken in yet
_OPENED: Final = "regression-report/"  # and of this name, which report is about a fix and a model
_AT_ONCE: Final = 10
_LONGEST: Final = 160
PSEUDONYM: Final = "regression"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a gate's file: how often one item worked on one model."""

    item: str
    k: int
    n: int
    model: str


# -- the file ------------------------------------------------------------------------------------------------------

def read(text: str, known: Iterable[str]) -> tuple[list[Result], list[str]]:
    """Return the results of a gate's file and what is wrong with it, by number of the line and name of the field.

    `known` are the ids of the set. Empty lines and lines with a canary alone are passed over; no word of the file is repeated.
    """
    ids, found, problems = frozenset(known), [], []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        row = _object(line)
        if row is not None and "canary" in row and "id" not in row:
            continue
        wrong = [wording.NOT_JSON] if row is None else _wrong(row, ids)
        if row is not None and not wrong:
            one = Result(row["id"], row["successes"], row["attempts"], " ".join(row["model"].split()))
            if (one.item, one.model) in seen:
                wrong = [wording.same_as(seen[one.item, one.model])]
            seen.setdefault((one.item, one.model), number)
            found.append(one)
        problems += [wording.wrong_line(number, what) for what in wrong]
    if not found and not problems:
        problems.append(wording.nothing_in())
    return found, problems


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _wrong(row: Mapping[str, Any], ids: frozenset[str]) -> list[str]:
    def whole(name: str, low: int, high: int) -> bool:
        value = row.get(name)
        return type(value) is int and low <= value <= high

    model = row.get("model")
    named = isinstance(model, str) and 0 < len(" ".join(model.split())) <= _LONGEST and model.isprintable()
    found = [] if isinstance(row.get("id"), str) and row["id"] in ids else [wording.ID]
    attempts = whole("attempts", 1, MOST)
    found += [] if attempts else [wording.ATTEMPTS]
    found += [] if whole("successes", 0, row["attempts"] if attempts else MOST) else [wording.SUCCESSES]
    return found + ([] if named else [wording.MODEL])


# -- the inbox -----------------------------------------------------------------------------------------------------

async def keep(work: Work, vault: Vault, results: Iterable[Result]) -> tuple[int, int]:
    """Keep the hits for the clock, one entry for each fixed report and model; returns how many are new and how many known."""
    items = {one.id: one for one in await work.judging.regression()}
    groups: dict[tuple[str, str], list[list[object]]] = {}
    for one in results:
        if one.k and one.item in items:
            item = items[one.item]
            groups.setdefault((item.report_id, one.model), []).append([one.item, item.kind, one.k, one.n])
    new = 0
    for (report, model), rows in sorted(groups.items()):
        content = json.dumps({"report": report, "model": model, "rows": sorted(rows)}, ensure_ascii=False, sort_keys=True)
        name = _INBOX + vault.blind("regression-hit", content)[:40]
        if await work.reports.setting(name) is None:
            work.session.add(Setting(name=name, secret=vault.common.seal("setting", "secret", name, content)))
            new += 1
    return new, len(groups) - new


async def waiting(work: Work) -> bool:
    """Tell whether hits wait to be taken in."""
    found = await work.session.execute(
        select(Setting.name).where(col(Setting.name).startswith(_INBOX), col(Setting.secret).is_not(None)).limit(1))
    return found.first() is not None


@clockwork("watch-regression", allow=Allow(Role.CLOCK))
async def watch_regression(call: Call) -> Reply:
    """Open a report for each hit that waits; one that is open already gets a note."""
    query = select(Setting).where(col(Setting.name).startswith(_INBOX), col(Setting.secret).is_not(None)).order_by(
        col(Setting.name)).limit(_AT_ONCE)
    if call.work.postgres:
        query = query.with_for_update()
    for row in (await call.work.session.execute(query)).scalars().all():
        if row.secret is None:  # another process was faster
            continue
        found = json.loads(call.desk.vault.common.open_text("setting", "secret", row.name, row.secret))
        rows = [(str(item), str(kind), int(k), int(n)) for item, kind, k, n in found["rows"]]
        report = await _take_in(call, found["report"], found["model"], rows)
        row.value, row.secret = report.id, None
    return Reply()


# -- the report ----------------------------------------------------------------------------------------------------

Rows = list[tuple[str, str, int, int]]


async def _take_in(call: Call, fixed: str, model: str, rows: Rows) -> Report:
    """Return the report of a hit: the open one of this fix and model, or a new one."""
    name = _OPENED + call.desk.vault.blind("regression-model", f"{fixed}|{model}")[:40]
    known = await call.work.reports.setting(name)
    before = await call.work.reports.get(known.value, locked=True) if known is not None else None
    if before is not None and State(before.state) not in DONE and before.key is not None:
        note = await record.passage(call, before, "note", wording.again(model, rows))
        note.shown = f"{before.id}/talk/{note.number}"
        talk.show(call, before, note)
        await record.note(call, before, "regression_hit", data={"of": fixed, "items": len(rows)})
        return before
    report = await _open(call, await call.work.reports.get(fixed), model, rows)
    if known is None:
        call.work.session.add(Setting(name=name, value=report.id))
    else:
        known.value = report.id
    return report


async def _open(call: Call, fixed: Report | None, model: str, rows: Rows) -> Report:
    assert fixed is not None  # noqa: S101  an item belongs to a report, and reports are never deleted
    k, n = max(((k, n) for _, _, k, n in rows), key=lambda one: one[0] / one[1])
    facts = {"F08": wording.title(model), "F10": fixed.category or fixed.category_claimed, "S02": model, "S15": f"{k} of {n}"}
    if fixed.key is not None:
        box = call.desk.vault.unlock(f"report|{fixed.id}", fixed.key)
        component = component_of(fixed, box)
        facts |= {"S01": component} if component else {}
        kept = {one.id: one for one in await call.work.judging.regression(fixed.id) if one.body is not None}
        item = next((kept[name] for name, _, _, _ in sorted(rows, key=lambda one: -one[2] / one[3]) if name in kept), None)
        if item is not None:
            body = regression.opened(box, item)
            facts |= {key: value for key, value in body["facts"].items() if key != "S02"}
            facts["attack"] = json.dumps(body["messages"], ensure_ascii=False)
    text = wording.opened(fixed.id, model, rows)
    filled = Filled(facts={key: value for key, value in facts.items() if value}, prose=text, k=k, n=n)
    ours = await ourselves(call, text)
    source = submit.Source(text=text, sha256=hashlib.sha256(text.encode()).hexdigest(), filled=filled, clear=False)
    report = (await submit.open_report(ours, source)).report
    report.mode = "open"  # the text is ours: whatever the mode, there is nothing that only a researcher may open
    report.recurs_of, report.credit, report.agreed_reporter_at = fixed.id, "none", call.now
    report.embargo, report.embargo_end = EmbargoState.EXITED.value, None
    await record.note(call, report, "embargo", data={"state": report.embargo})
    await record.note(ours, report, "agreed", data={"side": "reporter"})  # nobody else's word is waited for
    await record.note(call, report, "regression_hit", data={"of": fixed.id, "items": len(rows)})
    await record.note(call, report, "recurs", data={"of": fixed.id})
    return report


async def ourselves(call: Call, text: str) -> Call:
    """Return this call as one of the programme itself, which sends no messages to itself."""
    person = await call.work.people.get(PROGRAMME)
    if person is None:
        vault = call.desk.vault
        person = Person(id=PROGRAMME, created_at=call.now)
        person.key, box = vault.new_key(f"person|{PROGRAMME}")
        person.pseudonym = box.seal("person", "pseudonym", PROGRAMME, PSEUDONYM)
        call.work.session.add(person)
        await call.work.session.flush()
    incoming = replace(call.incoming, platform=call.desk.triage_platform, person="", text=text)
    found = Call(work=call.work, desk=call.desk, incoming=incoming,
                 caller=Caller(person, incoming.platform, "", PSEUDONYM, frozenset({Role.REPORTER})))
    found.emitted, found.touched, found.writes = call.emitted, call.touched, call.writes
    return found
