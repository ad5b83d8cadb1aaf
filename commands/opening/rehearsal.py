"""A rehearsal: one test report through the real key, the real pipeline and the real channel, which erases itself afterwards.

Decides how it begins, what comes by itself because there is no researcher, when it is finished, and what is taken away at its end.
The programme itself is its reporter. Its ledger entries stay and say that they are a rehearsal; its row stays as an id with dates, so
that no figure counts them. Everything else is purged by the clock like a report whose time is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from sqlmodel import col, select

from commands import record
from commands.calls import Call, Incoming, Problem, Reply, lane_of
from commands.desk import Desk
from commands.effects import CloseChannel, DirectMessage, Erase, Post, Refresh
from commands.intake import facts, submit, template
from commands.judging.regression_hits import ourselves
from commands.opening.checks import FINISHED
from commands.outside.fame import Shown
from commands.registry import Hint, Registry, command
from commands.text import Body, Button
from commands.times import clock_time, soon
from commands.wording import going_live as wording
from config.policy.codes import Code
from config.policy.roles import Allow
from config.policy.states import DONE, EmbargoState, Event, Role, State, Verdict
from storage import doors
from storage.database import Work
from storage.doors import Play
from storage.models import Delivery, Report
from storage.people import PROGRAMME

LASTS: Final = timedelta(hours=24)  # at the latest it ends by itself
_SEEN: Final = timedelta(minutes=15)  # its channel stays after the last step, so that people see it done
_NAME: Final = "program rehearse"
_HEADS = Allow((Role.LEAD, Role.ADMIN))

# Each step with the ledger entries that say it is done.
_DONE_BY: Final[dict[str, frozenset[str]]] = {
    "acknowledge": frozenset({Event.ACKNOWLEDGE.value}), "accept": frozenset({Event.ACCEPT.value}), "owner": frozenset({"owner"}),
    "work": frozenset({Event.WORK.value}), "fix": frozenset({Event.FIX.value}), "verify": frozenset({Event.VERIFY.value}),
    "cause": frozenset({"cause"}), "regression": frozenset({"regression_item"}),
    "result": frozenset({Event.PASS.value}), "retest": frozenset({Event.CONFIRM.value}),
}


class Do(StrEnum):
    """What is done with a rehearsal."""

    START = "start"
    STOP = "stop"


# -- its report, as a message that came --------------------------------------------------------------------------------

def begins(registry: Registry, incoming: Incoming) -> bool:
    """Tell whether what arrived asks for a rehearsal, so that a message has to be made for it before its transaction."""
    if incoming.kind not in ("command", "press", "submit"):
        return False
    words = incoming.line.split()
    found = registry.match("staff", words)
    return found is not None and found[0].name == _NAME and not any(one.endswith(Do.STOP.value) for one in words[found[1]:])


def message(desk: Desk, now: datetime) -> bytes:
    """Return the text of the test report, which is encrypted to the programme key like anybody's."""
    return wording.report_text(desk.program.name, desk.program.tz, now).encode()


# -- from beginning to end ---------------------------------------------------------------------------------------------

@command("program rehearse", allow=_HEADS, title="Rehearse", submit="Begin")
async def rehearse(call: Call, do: Annotated[Do, Hint("what", typed=True)] = Do.START) -> Reply:
    """Play one test report through with your people; it erases itself and leaves no figure."""
    playing = await doors.play(call.work)
    if do is Do.STOP:
        if playing is None or playing.over:
            return Reply(text=wording.none_runs())
        await end_now(call, "by hand")
        return Reply(text=wording.stopped())
    if playing is not None:
        return Reply(text=wording.clearing() if playing.over else wording.runs(playing.report),
                     buttons=() if playing.over else (Button(f"show report={playing.report}", f"Open {playing.report}"),))
    brought = call.brought
    code = brought.opened.code if brought is not None and brought.opened is not None else Code.INTERNAL
    if brought is None or brought.opened is None or code is not Code.ACCEPTED:
        raise Problem("key_failed", wording.key_failed(code.value))
    text = brought.opened.plaintext.decode("utf-8", "replace")
    ours = await ourselves(call, text)
    source = submit.Source(
        text=text, sha256=brought.original.sha256 if brought.original else brought.opened.sha256, original=brought.original, clear=False,
        filled=template.read(text, facts.known(call.desk)), rehearsal=True)
    report = (await submit.open_report(ours, source)).report
    report.credit, report.agreed_reporter_at = "none", call.now
    report.embargo, report.embargo_end = EmbargoState.EXITED.value, None
    until = call.now + LASTS
    await record.note(ours, report, "rehearsal", data={"step": "begun", "by": call.caller.id})
    await doors.keep_play(call.work, Play(report.id, call.caller.id, call.now, until, finished=False, over=False))
    for platform, channel in _standing(call):
        call.emit(Post(platform, channel, Body(text=wording.standing_channel())), f"{report.id}/standing/{channel}", report=report.id)
    return Reply(text=wording.begun(report.id, until, call.program.tz),
                 buttons=(Button(f"show report={report.id}", f"Open {report.id}", "primary"),))


def _standing(call: Call) -> list[tuple[str, str]]:
    platform, channels = call.desk.triage_platform, call.program.channels
    return [(platform, one) for one in (channels.thanks(platform), channels.leaders(platform)) if one]


async def follow(call: Call) -> None:
    """Have what has no researcher come by itself, and see whether all is done."""
    for report in _played(call):
        playing = await doors.play(call.work)
        if playing is None or playing.report != report.id or playing.over:
            continue
        await _researcher(call, report)
        if State(report.state) in DONE and not playing.finished:
            await _finished(call, report, playing)


async def show(call: Call) -> None:
    """Draw the checklist anew, below the card of its report."""
    for report in _played(call):
        number = (await call.work.ledger.head())[0]
        call.emit(Refresh(report.triage_platform, f"{report.id}/rehearsal", number, channel=report.channel),
                  f"{report.id}/rehearsal@{number}", report=report.id)


def _played(call: Call) -> list[Report]:
    return [one for one in call.touched.values() if one.rehearsal and one.archived_at is None and one.key is not None]


async def _researcher(call: Call, report: Report) -> None:
    """Answer, and confirm the fix, in the place of the researcher whom a rehearsal does not have."""
    ours = await ourselves(call, "")
    if State(report.state) is State.NEEDS_INFO:
        await record.take(ours, report, Event.ANSWER)
    if State(report.state) is State.RETEST:
        await record.take(ours, report, Event.CONFIRM)
        report.verdict = Verdict.VERIFIED.value


async def _finished(call: Call, report: Report, playing: Play) -> None:
    """Write down that all was done, tell who began it, and leave the channel for a moment."""
    done = State(report.state) is State.RESOLVED
    await doors.keep_play(call.work, Play(playing.report, playing.by, playing.began, call.now + _SEEN, finished=True, over=False))
    if not done:  # it was set aside: nothing was played through
        return
    missing = await _not_reached(call, report)
    await call.work.ledger.write(FINISHED, report=report.id, person=playing.by, at=call.at, data={
        "rehearsal": "yes", "program": call.program.version, "no_channel": ",".join(missing)})
    at = await _times(call.work, report, call.desk)
    rows = [(step, at[step]) for step in _DONE_BY if step in at]
    await record.tell_person(call, playing.by, Body(text=wording.finished(report.id, rows, missing),
                                                    buttons=(Button("program go-live", "What is open", "primary"),)),
                             f"rehearsed/{report.id}")


async def _not_reached(call: Call, report: Report) -> list[str]:
    """Return the standing channels in which the test post did not arrive."""
    rows = await call.work.reports.deliveries([f"{report.id}/standing/{one}" for _, one in _standing(call)])
    return [one for _, one in _standing(call) if (row := rows.get(f"{report.id}/standing/{one}")) is None or row.state != "done"]


async def end_now(call: Call, how: str) -> None:
    """End the rehearsal: what it posted is taken away, its channel closes; the clock then removes what is stored."""
    playing = await doors.play(call.work)
    if playing is None or playing.over:
        return
    report = await call.work.reports.get(playing.report, locked=True)
    await doors.keep_play(call.work, Play(playing.report, playing.by, playing.began, call.now, finished=playing.finished, over=True))
    if report is None:
        return
    await call.work.ledger.write("rehearsal", report=report.id, person="clock" if how == "time" else call.caller.id, at=call.at, data={
        "step": "over", "how": "done" if playing.finished else how, "rehearsal": "yes"})
    await _take_away(call, report)
    report.state, report.closed_at, report.archived_at, report.next_due_at = State.CLOSED.value, call.now, call.now, None
    call.touched.pop(report.id, None)
    call.emit(CloseChannel(report.triage_platform, report.channel, remove=True), f"{report.id}/removed", report=report.id)


async def _take_away(call: Call, report: Report) -> None:
    """Erase what the bot said about a rehearsal, in channels and to colleagues."""
    rows = (await call.work.session.execute(select(Delivery).where(
        Delivery.report_id == report.id, Delivery.state == "done",
        col(Delivery.kind).in_(("post", "refresh", "direct"))))).scalars().all()
    rooms: dict[str, tuple[str, str]] = {}
    for person in {*(await call.work.people.staff()), *(one.person_id for one in await call.work.people.roster(report.id))}:
        for one in await call.work.people.accounts_of(call.desk.vault, person):
            lane = lane_of(DirectMessage(one.platform, one.account, Body()), call.desk.vault.blind)
            rooms[lane] = (one.platform, one.account)
    for row in rows:
        platform, _, channel = row.lane.partition("/")
        if row.lane in rooms:
            platform, account = rooms[row.lane]
            call.emit(Erase(platform, of=row.key, person=account), f"{row.key}/erased", report=report.id)
        elif not channel.startswith("dm/"):
            call.emit(Erase(platform, of=row.key, channel=channel), f"{row.key}/erased", report=report.id)


async def gone(call: Call) -> None:
    """Forget a rehearsal once nothing of it is stored but its id and its dates."""
    playing = await doors.play(call.work)
    report = await call.work.reports.get(playing.report) if playing is not None else None
    if playing is not None and playing.over and (report is None or report.key is None):
        await doors.keep_play(call.work, None)


# -- the checklist -----------------------------------------------------------------------------------------------------

async def render(work: Work, desk: Desk, report: Report) -> Shown | None:
    """Return the checklist of a rehearsal as it stands: what, who, and when it was done."""
    playing = await doors.play(work)
    if playing is None or playing.report != report.id:
        return None
    at, who = await _times(work, report, desk), await _people(work, desk, report)
    zone = desk.program.tz
    over = f"This channel goes away {clock_time(playing.until, zone)}." if playing.finished else ""
    card = wording.step_card(report.id, [(step, who[step], at.get(step, "")) for step in _DONE_BY],
                             until=clock_time(playing.until, zone), over=over)
    return Shown((await work.ledger.head())[0], Body(card=card))


async def _times(work: Work, report: Report, desk: Desk) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in await work.ledger.of(report.id):
        for step, kinds in _DONE_BY.items():
            if entry.kind in kinds:
                found.setdefault(step, f"{await _name(work, desk, report, entry.person_id)}, {soon(entry.at, desk.program.tz)}")
    return found


async def _name(work: Work, desk: Desk, report: Report, person: str) -> str:
    if person in ("", "clock", PROGRAMME):
        return "by itself"
    return await work.people.name(desk.vault, person, report.triage_platform)


async def _people(work: Work, desk: Desk, report: Report) -> dict[str, str]:
    """Return who may do each step, as words."""
    parts: dict[str, list[str]] = {}
    for member in await work.people.roster(report.id):
        parts.setdefault(member.part, []).append(await _name(work, desk, report, member.person_id))
    triagers = list(dict.fromkeys([*parts.get("security", []), *parts.get("ml", [])]))
    either = " or ".join(triagers) or "a triager; nobody holds that role yet"
    leads = " or ".join(parts.get("lead", [])) or "the lead"
    owners = [await _name(work, desk, report, one.id) for one in await work.people.with_role(Role.OWNER)]
    owner = await _name(work, desk, report, report.owner_id) if report.owner_id else " or ".join(owners) or "the owner whom you name"
    return {"acknowledge": either, "accept": either, "owner": f"{leads} or {either}" if triagers else leads, "work": owner, "fix": owner,
            "verify": either, "cause": either, "regression": either, "result": either, "retest": "nobody presses anything"}
