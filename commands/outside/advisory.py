"""The advisory of a report: drawn up from its public facts, looked at by both sides, published, and corrected in the open.

Decides which facts may stand in it (an allow-list, never the report's own text), who may change its words, and that whoever
agreed to other words is asked again. Its fields are `config/policy/advisory.py`; whether a report may be published,
`config/policy/disclosure.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from commands import record, second
from commands.calls import Call, Problem, Reply
from commands.desk import categories
from commands.intake import care
from commands.outside import fame
from commands.registry import Hint, command, conversation
from commands.text import Body, Button
from commands.wording import advisory as wording
from config import rubric
from config.policy.advisory import CONTEXT, Advisory, Revision, System
from config.policy.rates import Trials
from config.policy.roles import Allow, Tie
from config.policy.states import Flag, Role, State
from storage.models import Report
from storage.people import PROGRAMME
from storage.publishing import Edition, Shown, opened, sealed
from storage.reports import short_digest

STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)
_LATE = (State.RESOLVED, State.WONT_FIX, State.CLOSED)
_CORRECTED = "embargo advisory-corrected"
_LONGEST = {"title": 120, "lead": 600, "happened": 4_000, "changed": 2_000}


# -- drawing it up -----------------------------------------------------------------------------------------------

async def current(call: Call, report: Report) -> tuple[Edition, Advisory]:
    """Return the newest edition with what it says; the first one is drawn up from the record when there is none."""
    rows = await call.work.publishing.editions(report.id)
    if rows and rows[-1].body is not None:
        found = opened(call.desk.vault, rows[-1])
        if found is not None:
            return rows[-1], found
    row = Edition(id=f"{report.id}/{len(rows) + 1}", report_id=report.id, number=len(rows) + 1, shown=Shown.DRAFT.value, at=call.now)
    found = await _from_record(call, report, number=row.number)
    sealed(call.desk.vault, row, found)
    call.work.session.add(row)
    await call.work.session.flush()
    return row, found


async def _from_record(call: Call, report: Report, *, number: int) -> Advisory:
    """Return what the record alone says, in our words: no text of the report is read, only facts that are public."""
    facts = care.of(call, report)
    category = categories().get(report.category or report.category_claimed)
    when = {entry.kind: entry.at for entry in await call.work.ledger.of(report.id) if entry.kind in ("accept", "fix")}
    systems = _systems(call, facts)
    found = Advisory(
        id=report.id, title=facts.get("F08") or wording.title(category.name if category else "", [one.name for one in systems]),
        lead="", happened=wording.happened(category.summary if category else ""), systems=systems,
        category=report.category or report.category_claimed, kind=facts.get("F07", ""),
        reported=report.received_at.astimezone(UTC).date(), published=call.now,
        revisions=(Revision(number, call.now, wording.FIRST),))
    found = _figures(report, found, when)
    return replace(found, lead=wording.advice(found, State(report.state)), context=tuple(
        (one, facts[one]) for one in CONTEXT if facts.get(one, "unknown") != "unknown"))


def _systems(call: Call, facts: dict[str, str]) -> tuple[System, ...]:
    known = {one.id: one for one in call.program.scope}
    item = known.get(facts.get("S01", ""))
    version = facts.get("S02", "")
    if item is None:
        return ()
    return (System(item.id, item.name, "" if version == "unknown" else version, item.kind),)


def _figures(report: Report, found: Advisory, when: dict[str, datetime]) -> Advisory:
    """Return an advisory with what only the record decides, as it stands now."""
    return replace(
        found, level=report.level, score=report.score, vector=report.vector, rubric=report.rubric or rubric.current().version,
        verdict=report.verdict, cause=report.cause, exploited=Flag.ATTACKED.value in report.flags,
        before=Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None,
        after=Trials(report.after_k, report.after_n) if report.after_n > 0 else None,
        accepted=when["accept"].astimezone(UTC).date() if "accept" in when else None,
        fixed=when["fix"].astimezone(UTC).date() if "fix" in when and Flag.FIX_READY.value in report.flags else None)


# -- looking at it and changing its words ------------------------------------------------------------------------

@command("embargo advisory", allow=STAFF, title="The advisory")
async def advisory(call: Call, report: Report) -> Reply:
    """Show what becomes public about a report, as it stands now, and change its words."""
    row, found = await current(call, report)
    if row.shown == Shown.DRAFT.value:
        found = await _refreshed(call, report, row, found)
    edit = Button(f"embargo advisory-words report={report.id}", "Change the words")
    return Reply(text=wording.preview(found, public=row.shown == Shown.PUBLIC.value), buttons=(edit,))


async def _filled(call: Call) -> dict[str, str]:
    if call.report is None:
        return {}
    rows = await call.work.publishing.editions(call.report.id)
    found = opened(call.desk.vault, rows[-1]) if rows else None
    if found is None:
        found = await _from_record(call, call.report, number=1)
    return {"title": found.title, "lead": found.lead, "happened": found.happened, "changed": found.changed}


async def _asks(call: Call, given: dict[str, str]) -> tuple[str, ...]:
    """Ask for four inputs, which fit any platform: for an advisory that is public what was corrected takes the title's place."""
    if call.report is None or given.get("happened"):
        return ()
    public = any(one.shown == Shown.PUBLIC.value for one in await call.work.publishing.editions(call.report.id))
    return ("lead", "happened", "changed", "note") if public else ("title", "lead", "happened", "changed")


@command("embargo advisory-words", allow=STAFF, hidden=True, title="The advisory's words", submit="Keep these words", prefill=_filled,
         asks=_asks)
async def words(
    call: Call, report: Report, lead: Annotated[str, Hint("what users should do", told=True)],
    happened: Annotated[str, Hint("what happened", lines=True, told=True)], *,
    title: Annotated[str, Hint("title: the finding, without the payload", first=True, asked=True, told=True)] = "",
    changed: Annotated[str, Hint("what changed", lines=True, asked=True, told=True)] = "",
    note: Annotated[str, Hint("what you corrected", help="For an advisory that is public.", asked=True, told=True)] = "",
) -> Reply:
    """Change the words of an advisory; who agreed to other words is asked again."""
    row, before = await current(call, report)
    given = {"title": title.strip() or before.title, "lead": lead, "happened": happened, "changed": changed}
    for name, text in given.items():
        if len(text) > _LONGEST[name]:
            raise Problem("bad_argument", wording.too_long(name, _LONGEST[name]), errors={name: wording.shorter(_LONGEST[name])})
        if name != "changed" and not text.strip():
            raise Problem("bad_argument", wording.empty(name), errors={name: wording.EMPTY})
    after = replace(before, title=given["title"], lead=lead.strip(), happened=happened.strip(), changed=changed.strip())
    public = any(one.shown == Shown.PUBLIC.value for one in await call.work.publishing.editions(report.id))
    waits = public and row.shown == Shown.DRAFT.value
    if after == before and not waits:  # a correction that waits is asked about anew when the question lapsed
        return Reply(text=wording.unchanged())
    if public:
        return await _correct(call, report, row, before, after, note)
    row.by = call.caller.id
    sealed(call.desk.vault, row, after)
    await second.forget(call, report, "embargo agree")  # who proposed that meant other words
    asked = await _ask_again(call, report, after)
    await record.note(call, report, "advisory", data={"edition": row.number})
    return Reply(text=wording.kept(asked=asked))


async def _ask_again(call: Call, report: Report, after: Advisory) -> bool:
    """Take back both sides' agreement to other words, and ask the researcher; tells whether they had read other ones.

    Once our side agreed they were shown its words, and their button stands below those.
    """
    had = report.agreed_reporter_at is not None or report.agreed_staff_at is not None
    take_back_agreement(report)
    if had:
        number = (await call.work.ledger.head())[0]
        body = Body(text=wording.changed_since(after), buttons=(Button(f"me agree report={report.id}", "Agree to publish", "primary"),))
        await record.tell(call, report, body, f"advisory/{number}")
    return had


def take_back_agreement(report: Report) -> None:
    """Have both sides agree anew; of a flaw that the programme found itself, nobody else's word is waited for."""
    report.agreed_staff_at = None
    if report.person_id != PROGRAMME:
        report.agreed_reporter_at = None


# -- both sides agree, it is published ---------------------------------------------------------------------------

async def writer(call: Call, report: Report) -> str:
    """Return who changed the words last, if anybody did: somebody else agrees to them for our side."""
    return (await current(call, report))[0].by


async def _refreshed(call: Call, report: Report, row: Edition, found: Advisory) -> Advisory:
    when = {entry.kind: entry.at for entry in await call.work.ledger.of(report.id) if entry.kind in ("accept", "fix")}
    fresh = _figures(report, found, when)
    if fresh != found and call.writes:
        sealed(call.desk.vault, row, fresh)
    return fresh


async def preview(call: Call, report: Report) -> Advisory:
    """Return the draft as it would be published now."""
    row, found = await current(call, report)
    return await _refreshed(call, report, row, found) if row.shown == Shown.DRAFT.value else found


async def published(call: Call, report: Report) -> None:
    """Put the draft in public."""
    row, found = await current(call, report)
    found = await _refreshed(call, report, row, found)
    last = replace(found.revisions[-1], at=call.now)
    sealed(call.desk.vault, row, _thanks(call, report, replace(found, published=call.now, revisions=(*found.revisions[:-1], last))))
    row.shown, row.at = Shown.PUBLIC.value, call.now
    await record.note(call, report, "advisory", data={"edition": row.number, "shown": row.shown})


def _thanks(call: Call, report: Report, found: Advisory) -> Advisory:
    return replace(found, credit=fame.name_of(call.desk, report), credit_link=fame.link_of(call.desk, report))


async def follow_credit(call: Call, report: Report) -> None:
    """Bring the thanks in every edition in line with what the researcher wishes now."""
    for row in await call.work.publishing.editions(report.id):
        found = opened(call.desk.vault, row)
        if found is None:
            continue
        public = row.shown == Shown.PUBLIC.value  # a draft is thanked for once it appears, an edition that was replaced no more
        wished = _thanks(call, report, found) if public else replace(found, credit="", credit_link="")
        if wished != found:
            sealed(call.desk.vault, row, wished)


# -- corrections -------------------------------------------------------------------------------------------------

async def _correct(call: Call, report: Report, row: Edition, before: Advisory, after: Advisory, note: str) -> Reply:
    """Draw up the next edition, or change the one that waits; it stands in public once a second person agreed to these words."""
    waits = row.shown == Shown.DRAFT.value
    said = " ".join(note.split())[:200] or (before.revisions[-1].note if waits else "")
    if not said:
        raise Problem("bad_argument", wording.no_note(), errors={"note": wording.NOTE})
    number = before.revision + (not waits)
    line = f"embargo advisory-corrected report={report.id} edition={number} words={_digest(after)}"
    if await second.signers(call, report, _CORRECTED, line):
        return Reply(text=wording.unchanged())
    if not waits:
        row = Edition(id=f"{report.id}/{number}", report_id=report.id, number=number, shown=Shown.DRAFT.value, at=call.now)
        call.work.session.add(row)
    row.by = call.caller.id
    earlier = before.revisions[:-1] if waits else before.revisions
    sealed(call.desk.vault, row, replace(after, revisions=(*earlier, Revision(number, call.now, said))))
    await record.note(call, report, "advisory", data={"edition": number})
    if call.program.small:
        return await _stands(call, report, row)
    return await second.propose(call, report, _CORRECTED, line, (Role.LEAD.value, Role.TRIAGER.value))


def _digest(found: Advisory) -> str:
    """Return what tells these words from others."""
    return short_digest("\n".join((found.title, found.lead, found.happened, found.changed)))[:12]


@command(_CORRECTED, allow=STAFF, hidden=True, title="Publish the correction")
async def corrected(call: Call, report: Report, edition: int, *, words: Annotated[str, Hint(inner=True)] = "") -> Reply:
    """Agree to a correction as the second person: the new edition takes the place of the old one."""
    rows = {one.number: one for one in await call.work.publishing.editions(report.id)}
    row = rows.get(edition)
    if row is None or row.shown != Shown.DRAFT.value:
        return Reply(text=wording.stands_already())
    if row.by in await call.work.people.circle(call.caller.id):
        raise Problem("second_person", wording.somebody_else())
    found = opened(call.desk.vault, row)
    if found is None or (words and words != _digest(found)):
        raise Problem("moved_on", wording.other_words(report.id))
    await second.settle(call, report, _CORRECTED)
    return await _stands(call, report, row)


async def _stands(call: Call, report: Report, row: Edition) -> Reply:
    found = opened(call.desk.vault, row)
    assert found is not None  # noqa: S101  it was drawn up just now
    for one in await call.work.publishing.editions(report.id):
        if one.shown == Shown.PUBLIC.value:
            one.shown = Shown.REPLACED.value
    row.shown, row.at = Shown.PUBLIC.value, call.now
    last = replace(found.revisions[-1], at=call.now)
    sealed(call.desk.vault, row, _thanks(call, report, replace(found, revisions=(*found.revisions[:-1], last))))
    await record.note(call, report, "advisory", data={"edition": row.number, "shown": row.shown})
    await record.tell(call, report, wording.corrected(report.id, found.revisions[-1].note), f"corrected/{row.number}")
    return Reply(text=wording.correction_stands(row.number))


@conversation("advisory", allow=MINE, reads=True, title="The advisory")
async def mine(call: Call, report: Report) -> Reply:
    """Show what becomes public about your report, as it stands now."""
    rows = [one for one in await call.work.publishing.editions(report.id) if one.body is not None]
    found = opened(call.desk.vault, rows[-1]) if rows else None
    if found is None or State(report.state) not in _LATE:
        return Reply(text=wording.none_yet(report.id))
    return Reply(text=wording.preview(found, public=rows[-1].shown == Shown.PUBLIC.value))
