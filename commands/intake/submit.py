"""Opening a report: its id, its key, its roster, its receipt, its channel, in one transaction.

Decides who is on the roster and what happens at once. Leaves what a message is to `messages.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from commands import notify, record
from commands.calls import Call, Reply
from commands.desk import categories
from commands.effects import DirectMessage, OpenChannel, Refresh
from commands.intake import care, template
from commands.intake.kept import Kept
from commands.intake.template import Filled
from commands.intake.waiting import event_key
from commands.judging import likeness
from commands.staff import presence, rotation
from commands.text import Body, Button, Card, lines, say
from commands.wording import facts as wording_facts
from commands.wording import intake as wording
from config.policy import facts as policy
from config.policy.states import Discipline, EmbargoState, Event, Flag, Role, State
from storage.models import Attachment, Report
from storage.people import PROGRAMME, new_id
from storage.reports import draw_receipt

REPORT_SHOWN = 6_000  # characters of a report's text that stand beside its card; the whole text is a file then


@dataclass(frozen=True, slots=True)
class Source:
    """What a report is made of."""

    text: str
    sha256: str
    filled: Filled
    clear: bool  # it came unencrypted, by the person's own choice or by the form
    original: Kept | None = None
    body: Kept | None = None
    expired_key: bool = False
    enclosed: tuple[Kept, ...] = ()  # files that were encrypted with the text
    rehearsal: bool = False  # a test of our own: in no figure, compared with nothing, and no turn of anybody's rotation


def digest(text: str) -> str:
    """Return the SHA-256 of a text as it is kept, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def turned_away(call: Call) -> Reply | None:
    """Return why no report is taken here and now: not on this platform, or one too many for this hour; nothing is lost."""
    if await elsewhere(call):
        return Reply(code="elsewhere", text=wording.elsewhere(call.desk.intake))
    if await _too_many(call):
        return Reply(code="slow_down", text=say("You sent many reports in the last hour; the message says when to go on."))
    return None


async def elsewhere(call: Call) -> bool:
    """Tell whether no reports are taken on this platform; who wrote in words hears where they are."""
    if call.incoming.platform in call.desk.intake:
        return False
    if call.incoming.kind == "message":
        body = Body(text=wording.elsewhere(call.desk.intake))
        call.emit(DirectMessage(call.incoming.platform, call.incoming.person, body), f"answer/{event_key(call)}/elsewhere")
    return True


async def _too_many(call: Call) -> bool:
    hour = timedelta(hours=1)
    sent = await call.work.reports.received_since(call.caller.id, call.now - hour)
    if sent < call.program.intake.reports_per_hour:
        return False
    body = Body(text=wording.too_many_reports(call.now + hour, call.program.tz))
    call.emit(DirectMessage(call.incoming.platform, call.incoming.person, body), f"answer/{event_key(call)}/many")
    await call.work.ledger.write("intake", person=call.caller.id, at=call.at, data={"code": "too_many_reports"})
    return True


@dataclass(frozen=True, slots=True)
class Opened:
    """A report that was opened, and its receipt."""

    report: Report
    receipt: Card


async def open_report(call: Call, source: Source) -> Opened:
    """Open a report and emit its receipt, its channel and its card."""
    work, desk, program = call.work, call.desk, call.program
    identity = await work.reports.fresh_id()
    report = Report(
        id=identity, person_id=call.caller.id, platform=call.incoming.platform, triage_platform=desk.triage_platform,
        channel=f"triage-{identity.lower()}", mode=program.mode, state=State.RECEIVED.value, received_at=call.at,
        opened_at=call.now, program_version=program.version, policy_version=program.policy.version, sha256=source.sha256,
        rehearsal=source.rehearsal,
    )
    report.key, box = desk.vault.new_key(f"report|{identity}")
    source = keepable(source, mode=program.mode)
    filled, facts = source.filled, source.filled.facts
    report.title = box.seal("report", "title", identity, template.title_of(filled))
    report.facts = box.seal("report", "facts", identity, policy.stored(facts, filled.unclear))
    report.claimed_k, report.claimed_n = filled.k, filled.n
    report.category_claimed = facts["F10"] if facts.get("F10") in categories() else ""
    receipt = draw_receipt()
    report.receipt = desk.vault.blind("receipt", receipt)
    public = facts.get("F31", "").startswith("yes")
    report.embargo = EmbargoState.NONE.value if public else EmbargoState.ACTIVE.value
    report.embargo_end = None if public else call.at + program.embargo.length
    report.flags = Flag.VENDOR_AWARE.value
    work.session.add(report)
    await work.session.flush()
    await record.note(call, report, Event.SUBMIT.value, data={
        "clear": "yes" if source.clear else "no", "embargo": "none" if public else "default", "mode": program.mode,
        "sha256": source.sha256, "policy": program.policy.version,
    })
    first = await record.passage(call, report, "report", "" if source.body else source.text)
    for kind, kept in (("original", source.original), ("text", source.body)):
        if kept is not None:
            await attach(call, report, kept, kind, first.id)
    await make_roster(call, report)
    card = wording.receipt(
        desk, report=identity, at=call.at, sha256=source.sha256, code_=receipt, clear=source.clear,
        triage="" if report.platform == report.triage_platform else report.triage_platform)
    if report.person_id != PROGRAMME:  # which sends itself no receipt
        call.emit(DirectMessage(report.platform, call.incoming.person, Body(card=card)), f"{identity}/receipt", report=identity)
    call.emit(OpenChannel(report.triage_platform, report.channel, await record.members(call, report)), f"{identity}/channel",
              report=identity)
    if not report.rehearsal:
        await likeness.arrived(call, report, source.text)
    await notify.new_report(call, report, urgent=urgent(facts))
    await care.tell(call, report, {}, facts)
    await care.others(call, report, {}, facts)
    _tell_what_is_kept(call, report, filled)
    if source.enclosed:
        await enclose(call, report, source.enclosed)
    return Opened(report, card)


def urgent(said: Mapping[str, object]) -> bool:
    """Whether facts say that a flaw is exploited or public already."""
    return any(str(said.get(one, "")).startswith("yes") for one in ("F30", "F31"))


def keepable(source: Source, *, mode: str) -> Source:
    """Return what may be kept of a report: of content that is unlawful to hold a description, of others' data no files."""
    if policy.unlawful(source.filled.facts):
        filled = template.described(source.filled)
        return replace(source, filled=filled, text=template.description(filled), original=None, body=None, enclosed=())
    if policy.others_data(source.filled.facts) and mode == "open":  # else the triagers read nothing but the original
        return replace(source, original=None, enclosed=())
    return source


def _tell_what_is_kept(call: Call, report: Report, filled: Filled) -> None:
    """Tell the researcher once what is not kept, and what of their template was not understood."""
    said = []
    if policy.unlawful(filled.facts):
        said.append(wording_facts.unlawful_researcher(report.id))
    elif policy.others_data(filled.facts):
        said.append(wording_facts.others_data_researcher(report.id))
    if filled.errors:
        said.append(wording_facts.not_understood(report.id, filled.errors))
    if said:
        ids = ",".join(one.id for one in filled.errors[:4])  # what one form holds
        add = Button(f"me add report={report.id} fields={ids}", wording_facts.ADD, "primary")
        body = Body(text=lines(said, "\n\n"), buttons=(add,) if filled.errors else ())
        call.emit(DirectMessage(report.platform, call.incoming.person, body), f"{report.id}/kept", report=report.id)


async def enclose(call: Call, report: Report, files: tuple[Kept, ...]) -> None:
    """Keep files that came encrypted with a text, and show them in the report's channel where its text stands, too."""
    if report.mode != "open":
        return  # the original, which the triagers get, holds them
    passage = await record.passage(call, report, "in", wording.files_enclosed(len(files)))
    passage.shown = f"{report.id}/talk/{passage.number}"
    for one in files:
        await attach(call, report, one, "file", passage.id)
    await record.note(call, report, "message_in", data={"number": passage.number, "files": len(files)})
    call.emit(Refresh(report.triage_platform, passage.shown, 1, channel=report.channel), f"{passage.shown}@1", report=report.id)


async def attach(call: Call, report: Report, kept: Kept, kind: str, passage: str = "") -> Attachment:
    """Keep a sealed blob with a report: its key is sealed again under the report's, so that one key shreds all."""
    box = record.box(call, report)
    row = Attachment(id=new_id("f"), report_id=report.id, passage_id=passage, kind=kind, blob=kept.blob, size=kept.size,
                     sha256=kept.sha256, at=call.at)
    row.blob_key = box.seal("attachment", "blob_key", row.id, bytes.fromhex(kept.key))
    row.name = box.seal("attachment", "name", row.id, kept.name)
    call.work.session.add(row)
    return row


async def make_roster(call: Call, report: Report) -> None:
    """Put one security and one machine-learning triager on rotation, and the lead, on the report; never its reporter.

    It follows the ledger's entry, whose lock has two that are opened at one instant choose one after the other.
    """
    people = call.work.people
    theirs = await people.circle(report.person_id)  # with every account that ever was theirs
    chosen: set[str] = set()
    for discipline in Discipline:
        person = await rotation.next_for(call, report, discipline, but=() if call.program.small else chosen)
        if person is not None:
            chosen.add(person.id)
            await add_member(call, report, person.id, discipline.value)
            if not report.rehearsal:
                person.rotated_at = call.now
    leads = [one for one in await people.with_role(Role.LEAD) if one.id not in theirs]
    # A report without any lead would be worse than one more for a lead who is away.
    for person in [one for one in leads if not presence.is_away(one, call.now)] or leads:
        await add_member(call, report, person.id, Role.LEAD.value)


async def add_member(call: Call, report: Report, person: str, part: str) -> bool:
    """Put somebody on a report's roster; tells whether that was new."""
    if not await call.work.people.join(report.id, person, part):
        return False
    await call.work.ledger.write("roster", report=report.id, person=person, data={"part": part, "by": call.caller.id})
    return True
