"""The facts of a report after it came: listed, filled in by the team, added by the researcher, asked for once.

Decides which facts are asked of whom and when, and what follows from a new one. Which fields there are and what is allowed is
config/policy/facts.py; what their content demands is in `care.py`; the template is `template.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from commands import notify, record
from commands.calls import Call, Field, Form, Problem, Reply
from commands.desk import Desk, categories, category_choices
from commands.effects import DirectMessage
from commands.intake import care
from commands.intake.care import read as read  # noqa: PLC0414  others read facts here
from commands.judging import likeness
from commands.judging.verdicts import deterministic
from commands.registry import Hint, command, conversation
from commands.text import Body, Button, Text, lines, shorten
from commands.wording import facts as wording
from commands.wording.common import researcher_word
from config.policy import facts as policy
from config.policy.facts import FIELDS, FactError, FactField, Kind, Known, Step
from config.policy.roles import Allow, Tie
from config.policy.states import DONE, Event, Flag, Level, Role, State
from storage.models import Report

ON_IT = Allow((Role.TRIAGER, Role.LEAD, Role.OWNER), tie=(Tie.ROSTER, Tie.OWNER))
STAFF = Allow((Role.TRIAGER, Role.LEAD), tie=Tie.ROSTER)
MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)

ASKED = 2  # facts that the researcher is asked for, once
_SLOTS = ("value", "second", "third", "fourth")  # a form holds so many: one page on every platform
_JUDGING = (State.RECEIVED, State.ACKNOWLEDGED, State.TRIAGING, State.NEEDS_INFO)
_FIXING = (State.ACCEPTED, State.REMEDIATING, State.MITIGATED)
_CHECKING = (State.FIX_READY, State.VERIFYING)
_ASKED_IN = (State.ACKNOWLEDGED, State.TRIAGING, *_FIXING)
_STEPS = (Event.ACKNOWLEDGE.value, Event.ACCEPT.value)

_Value = Annotated[str, Hint("value", lines=True, asked=True)]
_More = Annotated[str, Hint(inner=True)]


# -- for other modules -------------------------------------------------------------------------------------------

def known(desk: Desk) -> Known:
    """Return what the programme knows: the categories of the taxonomy, the systems in scope."""
    return Known(categories={one.id: one.name for one in categories().values()},
                 systems={one.id: one.name for one in desk.program.scope})


def step_of(report: Report, facts: Mapping[str, str]) -> Step | None:
    """Return the next step of a report that uses facts."""
    state = State(report.state)
    if state in _JUDGING:
        judges = [one for one in policy.missing(facts, Step.JUDGE, grave=_grave(report)) if one.id != "F43"]  # which no trial waits for
        return Step.JUDGE if judges or report.ours_n > 0 else Step.REPRODUCE
    if state in _FIXING:
        return Step.VERIFY if report.ours_n > 0 else Step.REPRODUCE
    if state in _CHECKING:
        return Step.VERIFY
    return Step.PUBLISH if state in (State.RESOLVED, State.WONT_FIX) and report.published_at is None else None


def next_missing(report: Report, facts: Mapping[str, str]) -> tuple[FactField, ...]:
    """Return at most three facts that the next step of a report misses, the most important first."""
    step = step_of(report, facts)
    said = _said(report, facts)
    return policy.missing(said, step, grave=_grave(report)) if step is not None else ()


def _said(report: Report, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts with what the case itself knows by now, and with what such a flaw does not need."""
    said = {**facts, "F42": report.credit} if report.credit in ("name", "none") else dict(facts)
    said |= {id: "yes" for id, flag in (("F30", Flag.ATTACKED), ("F31", Flag.PUBLIC)) if flag.value in report.flags}
    if deterministic(report):  # nothing is counted, so nothing of how it is counted is missing
        said |= dict.fromkeys(policy.COUNTING - said.keys(), policy.UNKNOWN)
    return said


def on_card(report: Report, facts: Mapping[str, str]) -> tuple[Text, ...]:
    """Return what the card says of facts: what waits to be confirmed, and at most three that the next step misses, with the reason."""
    return (*(wording.claimed(one) for one in _claims(report, facts)),
            *(wording.missing_on_card(one) for one in next_missing(report, facts)))


def buttons(report: Report, facts: Mapping[str, str]) -> tuple[Button, ...]:
    """Return the buttons that confirm what the researcher says of it, and that open a form for what is missing."""
    found = next_missing(report, facts)
    return (*(Button(f"case flag report={report.id} what={what}", wording.CONFIRM[what]) for what in _claims(report, facts)),
            *((_fill(report, found, wording.FILL_IN),) if found else ()))


def _claims(report: Report, facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the researcher says that makes a case urgent and nobody of the team has confirmed yet."""
    if State(report.state) in DONE:
        return ()
    said = (("exploited", "F30", Flag.ATTACKED), ("public", "F31", Flag.PUBLIC))
    return tuple(what for what, id, flag in said if facts.get(id, "").startswith("yes") and flag.value not in report.flags)


def _grave(report: Report) -> bool:
    return report.level in (Level.CRITICAL, Level.HIGH)


async def write(
    call: Call, report: Report, changes: Mapping[str, str], *, not_understood: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Keep checked facts with a report and return the ids of those that are new; what follows from them is done.

    Raises Problem `gone` when the report's words are erased.
    """
    if report.facts is None or report.key is None:
        raise Problem("gone", wording.erased(report.id))
    box = record.box(call, report)
    before, raw = care.read(box, report), {**care.unclear(box, report), **(not_understood or {})}
    after = {**before, **{id: value for id, value in changes.items() if value}}
    after = {id: value for id, value in after.items() if policy.holds(after, id)}
    raw = {id: text for id, text in raw.items() if id not in after and policy.holds(after, id)}
    report.facts = box.seal("report", "facts", report.id, policy.stored(after, raw))
    changed = tuple(id for id in FIELDS if before.get(id) != after.get(id))
    if not changed:
        return ()
    if "S15" in changed:
        count = policy.trials_of(after)
        report.claimed_k, report.claimed_n = (count.k, count.n) if count is not None else (-1, -1)
    if "F10" in changed:
        report.category_claimed = after["F10"] if after["F10"] in categories() else ""
    if "F08" in changed:
        report.title = box.seal("report", "title", report.id, after["F08"])
    await record.note(call, report, "facts", data={"fields": " ".join(changed)})
    if policy.unlawful(after) and not policy.unlawful(before):
        await care.destroy_files(call, report)
        await care.destroy_attacks(call, report)
    await care.tell(call, report, before, after, later=True)
    await care.others(call, report, before, after)
    if "S20" in changed:
        await _who_else_knows(call, report, after)
    await likeness.learned(call, report, changed)
    return changed


# -- asked once --------------------------------------------------------------------------------------------------

async def ask(call: Call) -> None:
    """Ask the researcher once for at most two missing facts, when a colleague first acknowledged or judged their report."""
    if not call.caller.roles & {Role.TRIAGER, Role.LEAD, Role.OWNER}:
        return
    for report in list(call.touched.values()):
        if report.facts_asked_at is not None or State(report.state) not in _ASKED_IN or report.facts is None:
            continue
        if not any(one.kind in _STEPS and one.written_at == call.now for one in await call.work.ledger.of(report.id)):
            continue
        facts = care.of(call, report)
        step = step_of(report, facts)
        found = policy.worth_asking(_said(report, facts), step, most=ASKED) if step is not None and not policy.unlawful(facts) else ()
        if found and await _ask(call, report, found):
            report.facts_asked_at = call.now
            await record.note(call, report, "facts_asked", data={"fields": " ".join(one.id for one in found)})


async def _who_else_knows(call: Call, report: Report, facts: Mapping[str, str]) -> None:
    """Ask who else knows where other models are named later than the researcher was asked for facts, or would have been."""
    state = State(report.state)
    comes = report.facts_asked_at is None and state in _JUDGING  # with the other facts
    over = state in DONE and step_of(report, facts) is not Step.PUBLISH
    if comes or over or "F43" in facts or not care.other_models(call.desk, facts):
        return
    if await _ask(call, report, [FIELDS["F43"]]):
        report.facts_asked_at = report.facts_asked_at or call.now
        await record.note(call, report, "facts_asked", data={"fields": "F43"})


async def _ask(call: Call, report: Report, fields: Sequence[FactField]) -> bool:
    """Ask in the message that goes out anyway, where there is one in our own voice; else in one of its own."""
    account = await record.reporter(call, report)
    if account is None or not account.reachable:
        return False
    words = wording.ask(report.id, fields)
    ids = ",".join(one.id for one in fields)
    acts = (Button(f"me add report={report.id} fields={ids}", wording.ADD, "primary"),
            Button(f"me add-later report={report.id}", wording.LATER, "quiet"))
    for place, (key, lane, effect, about) in enumerate(call.emitted):
        if about == report.id and isinstance(effect, DirectMessage) and effect.person == account.account \
                and effect.platform == account.platform and effect.body.voice is None and effect.body.card is None:
            body = replace(effect.body, text=lines([effect.body.text, words], "\n\n"), buttons=(*effect.body.buttons, *acts))
            call.emitted[place] = (key, lane, replace(effect, body=body), about)
            return True
    again = f"/{(await call.work.ledger.head())[0]}" if report.facts_asked_at is not None else ""  # who else knows, later
    return await record.tell(call, report, Body(text=words, buttons=acts), f"facts{again}")


@conversation("add-later", allow=MINE, reads=True, hidden=True)
async def add_later(call: Call, report: Report) -> Reply:
    """Leave the question for facts until later."""
    return Reply(text=wording.later(report.id))


# -- the researcher's form ---------------------------------------------------------------------------------------

@conversation("add", allow=MINE, reads=True, title=wording.ADD_TITLE)
async def add(call: Call, report: Report, *, fields: _More = "") -> Reply:
    """Add what we still miss about your report; unknown is an answer."""
    _refuse_done(report)
    facts = care.of(call, report)
    wanted = [FIELDS[id] for id in fields.split(",") if id in FIELDS and policy.holds(facts, id)]
    if not wanted:
        steps = (step_of(report, facts), Step.JUDGE, Step.REPRODUCE)
        wanted = list(dict.fromkeys(one for step in steps if step is not None
                                    for one in policy.worth_asking(_said(report, facts), step, most=len(_SLOTS))))
    if not wanted:
        return Reply(text=wording.nothing_missing(report.id))
    if "F20" not in facts and any(one.id in policy.NOT_HELD for one in wanted):
        wanted = [FIELDS["F20"], *(one for one in wanted if one.id != "F20")]  # before anything that it forbids
    wanted = wanted[:len(_SLOTS)]
    return Reply(form=Form(
        id=f"me add-facts report={report.id} fields={','.join(one.id for one in wanted)}", title=wording.ADD_TITLE,
        fields=_inputs(call, wanted), about=wording.who_reads(report.id), submit=wording.SEND))


@conversation("add-facts", allow=MINE, hidden=True)
async def add_facts(
    call: Call, report: Report, *, fields: _More, value: _More = "", second: _More = "", third: _More = "", fourth: _More = "",
) -> Reply:
    """Keep what a researcher added to their report."""
    if call.incoming.kind == "press":
        return await add.run(call, report, fields=fields)
    _refuse_done(report)
    ids = [id for id in fields.split(",") if id in FIELDS][:len(_SLOTS)]
    changes = _checked(call, report, dict(zip(ids, (value, second, third, fourth), strict=False)))
    before = care.of(call, report)
    changed = await write(call, report, changes)
    if not changed:
        return Reply(text=wording.known_already(report.id))
    if report.state == State.NEEDS_INFO:
        await record.take(call, report, Event.ANSWER)
    await notify.researcher_wrote(call, report)
    after = {**before, **changes}
    if policy.unlawful(after) and not policy.unlawful(before):
        return Reply(text=wording.unlawful_researcher(report.id))
    thanks = wording.added(report.id, [id for id in changes if id in changed])
    more = wording.others_data_researcher(report.id) if policy.others_data(after) and not policy.others_data(before) else ""
    return Reply(text=lines([thanks, more], "\n\n"))


def _refuse_done(report: Report) -> None:
    """Refuse a form that is older than the end of its report; what is asked at the end is taken until it is published."""
    state = State(report.state)
    if state in DONE and (step_of(report, {}) is not Step.PUBLISH):
        raise Problem("report_done", wording.done(report.id, researcher_word(state)))


# -- the team's form ---------------------------------------------------------------------------------------------

@command("case facts", allow=ON_IT, reads=True)
async def facts_(call: Call, report: Report) -> Reply:
    """Show what is known about a report and what is missing; sealed facts are named and shown on request."""
    facts = care.of(call, report)
    unclear = care.unclear(record.box(call, report), report)
    found = next_missing(report, facts)
    acts = [_fill(report, found, wording.FILL_IN)] if found else []
    for name, ids in wording.GROUPS.items():
        absent = [FIELDS[id] for id in ids if id not in facts and policy.holds(facts, id) and FIELDS[id].kind is not Kind.RECORDED]
        absent.sort(key=lambda one: policy.importance(one.id))
        if absent:
            acts.append(_fill(report, absent, f"{wording.FILL_IN}: {name.lower()}"))
    if any(FIELDS[id].secret for id in facts if id in FIELDS):
        acts.append(Button(f"case sealed-facts report={report.id}", wording.SHOW_SEALED, "quiet"))
    return Reply(text=wording.listing(report.id, facts, unclear, found, shown=report.mode == "open"), buttons=tuple(acts))


@command("case sealed-facts", allow=ON_IT, reads=True, hidden=True)
async def sealed_facts(call: Call, report: Report) -> Reply:
    """Show the sealed facts of a report to one reader, where the programme lets text stand in chat."""
    if report.mode != "open":
        raise Problem("not_in_chat", wording.not_in_chat(report.mode))
    return Reply(text=wording.sealed_values(report.id, care.of(call, report)))


@command("case fill", allow=STAFF, reads=True, hidden=True)
async def fill(call: Call, report: Report, fields: str) -> Reply:
    """Open the form for a few facts."""
    wanted = [FIELDS[id] for id in fields.split(",") if id in FIELDS][:len(_SLOTS)]
    if not wanted:
        raise _unfit({"fields": wording.wrong(FactError("", policy.Fault.UNKNOWN_FIELD))})
    return Reply(form=_form(call, report, wanted))


def field_choices(_desk: object) -> tuple[tuple[str, str], ...]:
    """Return the facts that a colleague can fill in, as id and label."""
    return tuple((one.id.lower(), f"{one.id} {one.label}") for one in FIELDS.values() if one.kind is not Kind.RECORDED)


@command("case fact", allow=STAFF, title=wording.FILL_TITLE, submit=wording.SAVE)
async def fact(
    call: Call, report: Report, field: Annotated[str, Hint("field", choices=field_choices, example="S13")], value: _Value = "",
    *, more: _More = "", second: _More = "", third: _More = "", fourth: _More = "", seen: _More = "",
) -> Reply:
    """Fill in a fact of a report, such as S13; unknown is an answer."""
    ids = [*(one for one in FIELDS if one.lower() == field), *(id for id in more.split(",") if id in FIELDS)][:len(_SLOTS)]
    given = dict(zip(ids, (value, second, third, fourth), strict=False))
    if call.incoming.kind != "submit" and not any(text.strip() for text in given.values()):
        return Reply(form=_form(call, report, [FIELDS[id] for id in ids]))
    changes = _checked(call, report, given)
    before = care.of(call, report)
    if all(before.get(id) == text for id, text in changes.items()):
        return Reply(text=wording.known_already(report.id))
    if seen and seen != _mark(call, report, ids, before):
        raise Problem("stale_form", wording.stale())
    changed = await write(call, report, changes)
    return Reply(text=wording.filled_in(report.id, [id for id in changes if id in changed]))


def _form(call: Call, report: Report, wanted: Sequence[FactField]) -> Form:
    facts = care.of(call, report)
    ids = [one.id for one in wanted]
    more = f" more={','.join(ids[1:])}" if ids[1:] else ""
    return Form(
        id=f"case fact report={report.id} field={ids[0].lower()}{more} seen={_mark(call, report, ids, facts)}",
        title=wording.FILL_TITLE, submit=wording.SAVE, about=wording.who_reads_staff(),
        fields=_inputs(call, wanted, facts, shown=report.mode == "open"))


def _mark(call: Call, report: Report, ids: Sequence[str], facts: Mapping[str, str]) -> str:
    """Return a mark of what stands in these fields, which tells nobody else what that is."""
    return call.desk.vault.blind("facts", f"{report.id}|{json.dumps([facts.get(id, '') for id in ids])}")[:12]


def _fill(report: Report, fields: Sequence[FactField], label: str) -> Button:
    return Button(f"case fill report={report.id} fields={','.join(one.id for one in fields[:len(_SLOTS)])}", label)


# -- what both forms share ---------------------------------------------------------------------------------------

def _inputs(
    call: Call, wanted: Sequence[FactField], facts: Mapping[str, str] | None = None, *, shown: bool = False,
) -> tuple[Field, ...]:
    """Return the inputs for a few facts; what is known stands in them where it may be shown."""
    return tuple(_input(call, slot, one, (facts or {}).get(one.id, ""), shown=shown) for slot, one in zip(_SLOTS, wanted, strict=False))


def _input(call: Call, slot: str, one: FactField, value: str, *, shown: bool) -> Field:
    shown = shown and not one.secret
    about = wording.replaces(one) if value and not shown else wording.help_of(one)
    found = Field(slot, one.label, "lines" if one.kind in (Kind.LINES, Kind.ATTACK) else "text", help=about, value=value if shown else "")
    unknown = ((policy.UNKNOWN, policy.UNKNOWN),) if one.unknown else ()
    match one.kind:
        case Kind.CHOICE:
            return replace(found, kind="choice", choices=(*((word, word) for word in one.values), *unknown))
        case Kind.CATEGORY:
            return replace(found, kind="choice", choices=(*category_choices(call.desk), *unknown))
        case Kind.SYSTEM:
            return replace(found, kind="choice", choices=(*known(call.desk).systems.items(), *unknown))
    return found


def _checked(call: Call, report: Report, given: Mapping[str, str]) -> dict[str, str]:
    """Return what was filled in as it is kept; raises Problem `bad_argument` with what is wrong at each field."""
    facts = care.of(call, report)
    found: dict[str, str] = {}
    errors: dict[str, str] = {}
    held = {**facts, **({"F20": "yes"} if given.get("F20", "").strip().lower() == "yes" else {})}
    for slot, (id, text) in zip(_SLOTS, given.items(), strict=False):
        if not text.strip():
            continue
        if not policy.holds(facts, id):
            errors[slot] = wording.not_kept(FIELDS[id])
            continue
        try:
            found[id] = policy.check(id, text, known(call.desk))
        except FactError as wrong:
            errors[slot] = wording.wrong(wrong)
    if errors:
        raise _unfit(errors)
    if not any(text.strip() for text in given.values()):
        raise _unfit({_SLOTS[0]: wording.nothing_given()})
    return {id: value for id, value in found.items() if policy.holds(held, id)}


def _unfit(errors: dict[str, str]) -> Problem:
    return Problem("bad_argument", shorten(" ".join(errors.values()), 1_000), errors=errors)
