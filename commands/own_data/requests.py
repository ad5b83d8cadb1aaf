"""What researchers ask about their own data, as dated tasks: a copy of it, or that they are forgotten.

Decides who may ask, by when it is due, who hears of it, and what is erased. The copy itself is put together by
`copy.py` when it is delivered; no record holds it. What a person is in the database is `storage/own_data.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from commands import erasing, notify, record
from commands.calls import Call, Problem, Reply
from commands.effects import DirectMessage, Refresh
from commands.outside import advisory, fame
from commands.own_data.copy import CARD
from commands.own_data.profile import profile
from commands.registry import Hint, clockwork, command, conversation
from commands.text import Body, Button, Text, lines
from commands.wording import own_data as wording
from config.policy import calendar
from config.policy.lifecycle import implied
from config.policy.roles import Allow
from config.policy.states import DONE, Event, Role, State
from storage.models import Person, Report
from storage.own_data import PENDING, DataRequest, OwnData
from storage.people import PROGRAMME, Account, new_id
from storage.pings import NOW

ANYBODY = Allow(Role.REPORTER)
DESK = Allow((Role.PRIVACY, Role.LEAD))
EXPORT, FORGET, WITHDRAW = "export", "forget", "withdraw"
SOON = timedelta(days=7)
_ACCEPTED = (State.ACCEPTED, State.REMEDIATING, State.MITIGATED, State.FIX_READY, State.VERIFYING, State.RETEST)


# -- what a researcher asks --------------------------------------------------------------------------------------

def _kinds(_desk: object) -> tuple[tuple[str, str], ...]:
    return tuple(wording.KINDS.items())


@conversation("me", allow=ANYBODY, title="Your data", submit="Ask for it")
async def me(call: Call, what: Annotated[str, Hint("what you want", choices=_kinds, shape=r"(?i:export|forget|withdraw)")] = "", *,
             sure: Annotated[str, Hint(inner=True)] = "") -> Reply:
    """Show your reports, thanks and rewards; ask for your data, or to be forgotten, or withdraw that."""
    person = call.caller.person
    if person is None:
        return Reply(text=wording.nothing_held())
    zone, wanted = call.program.tz, what.strip().lower()
    if call.writes:
        await OwnData(call.work).alone(person.id)
    pending = await OwnData(call.work).pending(person.id)
    if wanted == WITHDRAW:
        return await _withdrawn(call, person, pending)
    standing = next((one for one in pending if one.kind == wanted), None)
    if standing is not None:
        return Reply(text=wording.asked_already(standing.kind, standing.due_at, zone), buttons=(_take_back(),))
    if not wanted:
        shown = lines([await profile(call, person), wording.choices([(one.kind, one.due_at) for one in pending], zone)], "\n\n")
        return Reply(text=shown, buttons=tuple(
            Button(f"me me {kind}", label) for kind, label in wording.KINDS.items() if (kind == WITHDRAW) == bool(pending)))
    due = call.now + call.program.retention.data_requests
    if wanted == FORGET:
        if (await call.work.people.grants(person.id))[0]:
            raise Problem("has_roles", wording.has_roles())
        if sure != "yes":
            return Reply(code="confirm", text=wording.sure(due, zone, records=call.program.retention.records), buttons=(
                Button("me me what=forget sure=yes", wording.SURE, "primary"),))
    row = DataRequest(id=new_id("q"), person_id=person.id, kind=wanted, at=call.at, due_at=due)
    call.work.session.add(row)
    await call.work.ledger.write("data_request", person=person.id, at=call.at,
                                 data={"id": row.id, "kind": wanted, "due": due.isoformat()})
    await _ping(call, row, "data_request_new")
    return Reply(text=wording.asked(wanted, due, zone), buttons=(_take_back(),))


def _take_back() -> Button:
    return Button("me me withdraw", wording.TAKE_BACK)


async def _withdrawn(call: Call, person: Person, pending: list[DataRequest]) -> Reply:
    taken: list[str] = []
    for one in pending:
        row = await OwnData(call.work).get(one.id)
        if row is None or row.state not in PENDING:
            continue  # somebody answered it at this moment
        row.state, row.done_at, row.done_by = "withdrawn", call.now, person.id
        await call.work.ledger.write("data_request_withdrawn", person=person.id, at=call.at, data={"id": row.id, "kind": row.kind})
        taken.append(row.kind)
    return Reply(text=wording.withdrawn(taken))


@conversation("own-copy", allow=ANYBODY, hidden=True, title="Send it here")
async def own_copy(call: Call, request: str) -> Reply:
    """Have the copy of your data sent here, by your own choice."""
    row = await OwnData(call.work).get(request)
    if row is None or row.kind != EXPORT or row.person_id not in await OwnData(call.work).same(call.caller.id):
        raise Problem("no_such_request", wording.no_such_request_of_yours())
    if row.state == "done":
        return Reply(text=wording.sent_already())
    if row.state != "offered":
        raise Problem("no_such_request", wording.no_such_request_of_yours())
    row.state, row.done_at = "done", call.now
    card = f"{CARD}{row.id}"
    call.emit(Refresh(call.incoming.platform, card, 1, person=call.incoming.person), f"{card}@1")
    await call.work.ledger.once(f"data-request/{row.id}/done", "data_request_done", person=row.done_by, at=call.at,
                                data={"id": row.id, "kind": row.kind, "of": row.person_id})
    return Reply(text=wording.on_its_way())


# -- what the programme does -------------------------------------------------------------------------------------

@command("program requests", allow=DESK, reads=True, title="Requests about data")
async def requests(call: Call) -> Reply:
    """List what researchers asked about their own data, and by when it is due."""
    found = await OwnData(call.work).pending()
    if not found:
        return Reply(text=wording.none_open())
    names = [await _pseudonym(call, one) for one in found]
    shown = wording.listed([(one.id, one.kind, name, one.due_at, one.state) for one, name in zip(found, names, strict=True)],
                           call.program.tz)
    return Reply(text=shown, buttons=tuple(_act(one) for one in found if one.state == "open")[:4])


def _act(row: DataRequest) -> Button:
    if row.kind == EXPORT:
        return Button(f"program request id={row.id}", f"{wording.PREPARE}: {row.id}", "primary")
    return Button(f"program request id={row.id} act=done", f"{wording.DO_FORGET}: {row.id}", "danger", sure=wording.SURE_FORGET)


def _acts(_desk: object) -> tuple[tuple[str, str], ...]:
    return (("done", "done"), ("prepare", "prepare the copy"))


@command("program request", allow=DESK, title="A request about data", submit="Do it")
async def request(call: Call, id: Annotated[str, Hint("the request", example="q-0123456789abcdef")],
                  act: Annotated[str, Hint("what is done", choices=_acts)] = "prepare") -> Reply:
    """Answer what a researcher asked about their own data: prepare the copy, or forget them."""
    row = await OwnData(call.work).get(id.strip())
    if row is None:
        raise Problem("no_such_request", wording.no_such_request())
    if row.state not in PENDING:
        return Reply(text=wording.over_already(row.id, row.state))
    person = await call.work.people.get(await call.work.people.now(row.person_id))
    if person is None or person.id in await call.work.people.circle(call.caller.id):
        raise Problem("not_allowed", wording.not_your_own())
    if row.kind == EXPORT:
        return await _prepare(call, row, by_hand=act == "done")
    if act != "done":
        raise Problem("bad_argument", wording.nothing_to_prepare(row.id))
    return await _forget(call, row, person)


async def _prepare(call: Call, row: DataRequest, *, by_hand: bool) -> Reply:
    """Offer the copy to the researcher; `by_hand` means that it reached them another way."""
    if by_hand:
        row.state, row.done_at, row.done_by = "done", call.now, call.caller.id
        await call.work.ledger.once(f"data-request/{row.id}/done", "data_request_done", person=call.caller.id, at=call.at,
                                    data={"id": row.id, "kind": row.kind, "of": row.person_id, "how": "another way"})
        return Reply(text=wording.done_by_hand(row.id))
    account = await _reach(call, await call.work.people.now(row.person_id))
    if account is None or not account.reachable:
        raise Problem("unreachable", wording.unreachable(row.id))
    if row.state == "open":
        row.state, row.done_by = "offered", call.caller.id
        body = Body(text=wording.ready(account.platform, row.due_at, call.program.tz),
                    buttons=(Button(f"me own-copy request={row.id}", wording.SEND_HERE, "primary"), _take_back()))
        call.emit(DirectMessage(account.platform, account.account, body), f"own-offer/{row.id}")
        await call.work.ledger.write("data_request_offered", person=call.caller.id, at=call.at,
                                     data={"id": row.id, "of": row.person_id})
    return Reply(text=wording.offered(row.id, row.due_at, call.program.tz))


async def _forget(call: Call, row: DataRequest, person: Person) -> Reply:
    """Forget somebody, once: what can be erased is, and the answer goes out before there is nobody to tell it to."""
    if (await call.work.people.grants(person.id))[0]:
        raise Problem("has_roles", wording.has_roles_staff())
    account = await _reach(call, person.id)
    reports = await call.work.reports.of_person(person.id)
    open_ones = 0
    for one in reports:
        report = await call.work.reports.get(one.id, locked=True)
        if report is None:
            continue
        if report.key is not None:
            open_ones += await _let_go(call, report)
        await _unname(call, report)
    if account is not None:
        words = wording.forgotten([one.id for one in reports], records=call.program.retention.records)
        call.emit(DirectMessage(account.platform, account.account, Body(text=words)), f"own-forgotten/{row.id}")
    accounts = await OwnData(call.work).erase(person)
    row.state, row.done_at, row.done_by = "done", call.now, call.caller.id
    await call.work.ledger.once(f"data-request/{row.id}/done", "data_request_done", person=call.caller.id, at=call.at, data={
        "id": row.id, "kind": row.kind, "of": person.id, "accounts": accounts, "reports": len(reports)})
    return Reply(text=wording.forgot(row.id, accounts=accounts, reports=len(reports), going_on=open_ones))


async def _let_go(call: Call, report: Report) -> bool:
    """Erase what somebody said in a report; tells whether the work on it goes on as our own."""
    state = State(report.state)
    goes_on = state in _ACCEPTED
    if state not in DONE and implied(state, Event.WITHDRAW, dated=report.due_on is not None):
        await record.take(call, report, Event.WITHDRAW, data={"continues": "yes" if goes_on else "no"})
        record.post(call, report, wording.posted(goes_on=goes_on), "forgotten")
    await erasing.erase_texts(call, report)
    return goes_on


async def _unname(call: Call, report: Report) -> None:
    """Take somebody's name down wherever it stands in public, also that of a report whose key is destroyed."""
    report.credit, report.credit_name, report.credit_link, report.receipt = "none", None, None, ""
    await advisory.follow_credit(call, report)
    await record.note(call, report, "forgotten")
    await fame.follow(call, report)


async def _reach(call: Call, person: str) -> Account | None:
    return await call.work.people.reach(call.desk.vault, person, *call.desk.platforms) if person != PROGRAMME else None


async def _pseudonym(call: Call, row: DataRequest) -> str:
    person = await call.work.people.get(await call.work.people.now(row.person_id))
    return call.work.people.pseudonym(call.desk.vault, person) if person is not None else "a researcher"


# -- who hears of it ---------------------------------------------------------------------------------------------

async def keepers(call: Call) -> list[str]:
    """Return who answers such requests: the privacy leads, or where there are none the leads."""
    found = await call.work.people.with_role(Role.PRIVACY) or await call.work.people.with_role(Role.LEAD)
    return [one.id for one in found]


async def _ping(call: Call, row: DataRequest, what: str) -> None:
    at = calendar.at_work(call.now, call.program.working)
    for person in await keepers(call):
        if person != row.person_id:
            kept = notify.keep(call, person, "", NOW, what, {"id": row.id, "kind": row.kind, "due": row.due_at.isoformat()}, due=at)
            if at <= call.now:
                await notify.say_now(call, person, [kept])


@clockwork("watch-data-requests", allow=Allow(Role.CLOCK))
async def watch_data_requests(call: Call) -> Reply:
    """Remind of what researchers asked about their data a week before it is due, and when it is due; once each."""
    for row in await OwnData(call.work).pending():
        for name, at in (("due", row.due_at), ("soon", row.due_at - SOON)):
            if at <= call.now:
                if await call.work.ledger.once(f"data-request/{row.id}/{name}", "data_request_reminder", person="clock",
                                               data={"id": row.id, "step": name}):
                    await _ping(call, row, f"data_request_{name}")
                break
    return Reply()


async def in_list(call: Call, person: str, *, alone: bool) -> tuple[list[Text], tuple[Button, ...]]:
    """Return the lines of a morning list about such requests; where the list holds nothing else, only of what is due in a week."""
    if person not in await keepers(call):
        return [], ()
    found = [one for one in await OwnData(call.work).pending() if one.person_id != person]
    if not found or (alone and not any(one.due_at - SOON <= call.now for one in found)):
        return [], ()
    return [wording.in_list([(one.kind, one.due_at) for one in found], call.program.tz)], (Button("program requests", wording.SHOW),)
