"""The words a researcher says, and the ways in besides a PGP message: help, policy, scope, key, status, the form.

Decides what each word answers. Their acts on a report (retest, credit, publication) are in `retest.py` and in `outside/`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from commands import erasing, link, notify, record, talk, unreached
from commands.calls import Call, Problem, Reply
from commands.cards import resting_state
from commands.effects import DirectMessage
from commands.intake import doorway, facts, submit, template, waiting
from commands.next_steps import for_reporter, lasts
from commands.parsing import normal_id
from commands.registry import Hint, YesNo, conversation
from commands.text import Body, Button, Text, bold, code, lines, pre, say
from commands.times import clock_time
from commands.wording import case as wording_case
from commands.wording import ending
from commands.wording import facts as wording_facts
from commands.wording import intake as wording
from commands.wording import link as wording_link
from commands.wording import own_data as wording_own
from commands.wording import unreached as wording_unreached
from commands.wording.common import no_such_report, researcher_word
from config.policy.facts import unlawful as unlawful_to_hold
from config.policy.roles import Allow, Tie
from config.policy.states import Event, Role, State
from storage.models import Report

ANYBODY = Allow(Role.REPORTER)
_READERS = 3  # the two triagers and the lead
MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)


@conversation("help", allow=ANYBODY, reads=True)
async def help_(call: Call) -> Reply:
    """List the words that work here."""
    known = [one for one in call.desk.registry.commands if one.surface == "researcher" and not one.hidden]
    known.sort(key=lambda one: one.report_param is not None)  # what needs a report comes after what anybody can ask
    words = [say(bold(one.name), f"  {one.about}") for one in known]
    return Reply(text=lines([say("To report a flaw, press a button or send a message encrypted to our key. Words that work here:"),
                             *words, say("Anything else you write goes to the triage team of your report.")]),
                 buttons=wording.first_buttons())


@conversation("scope", allow=ANYBODY, reads=True)
async def scope(call: Call) -> Reply:
    """Show which systems are in scope."""
    found = [say(bold(one.name), f" ({one.kind}, ", code(one.id), ")") for one in call.program.scope]
    return Reply(text=lines([say("In scope:"), *found,
                             say("Behaviour counts, not only code: jailbreaks, injection, leaks, unsafe acts.")]))


@conversation("key", allow=ANYBODY)
async def key(call: Call) -> Reply:
    """Show our key and the one command to use it."""
    return await _key(call)


async def _key(call: Call, *before: Text) -> Reply:
    """Give the key as a file in the person's own conversation; as text where nobody knows whether that can be written to."""
    platform, account = call.incoming.platform, call.incoming.person
    closed = await call.work.people.unreachable(call.desk.vault.blind("account", f"{platform}|{account}"))
    if call.incoming.place != "dm" or call.incoming.apart or closed:
        return Reply(text=lines([*before, wording.key_text(call.desk, people=_READERS)], "\n\n"))
    body = Body(text=wording.key_text(call.desk, people=_READERS, attached=True), files=(wording.key_file(call.desk),))
    call.emit(DirectMessage(platform, account, body), f"answer/{waiting.event_key(call)}/key")
    return Reply(text=lines([*before, *([] if call.incoming.kind == "message" else [wording.key_below()])]))


@conversation("template", allow=ANYBODY, reads=True)
async def template_(call: Call) -> Reply:
    """Show a template; every line of it is optional."""
    return Reply(text=lines([say("Fill in what you know, write unknown where nobody can, leave the rest, encrypt it and send it. Plain "
                                 "prose is fine as well."),
                             pre(template.TEMPLATE)]))


@conversation("status", allow=ANYBODY, reads=True)
async def status(call: Call, report: Annotated[str, Hint("report", shape=r"(?i:aiv-?[0-9a-z]{4,5})")] = "") -> Reply:
    """Say where your reports stand, whose turn it is and by when."""
    mine = await call.work.reports.of_person(call.caller.id)
    if report.strip():
        wanted = normal_id(report)
        mine = [one for one in mine if wanted and one.id.startswith(wanted)]
        if not mine:
            raise Problem("no_such_report", no_such_report())
    if not mine:
        return Reply(text=say("You have no report with us yet. Without a receipt we did not get it."),
                     buttons=wording.first_buttons())
    mine.sort(key=lasts, reverse=True)  # those that are done stand last; among each, the newest first
    shown: list[Text] = []
    for one in mine[:10]:
        found = await for_reporter(call.work, call.desk, one)
        by = found.by.plain()
        shown.append(say(bold(one.id), f": {researcher_word(State(one.state), await resting_state(call.work, one))}. ", found.what,
                         f", {by}" if by else "", "" if by.endswith(".") else "."))
    more = [say(f"{len(mine) - 10} more; send status and an id for one of them.")] if len(mine) > 10 else []
    kept = [(one, said) for one in mine[:3] if (said := await unreached.shown(call, one))]
    buttons = [Button(f"me answer report={one.id}", f"Answer {one.id}", "primary") for one, _ in kept]
    if not kept and call.incoming.place != "dm":  # where words would be read by others
        buttons += [Button(f"me answer report={one.id}", f"Answer {one.id}", "primary") for one in mine[:3]
                    if State(one.state) is State.NEEDS_INFO]
    newest = await for_reporter(call.work, call.desk, mine[0])
    words = lines([*shown, *more])
    if kept:
        words = lines([words, *(text for _, said in kept for text in said), wording_unreached.open_your_messages()], "\n\n")
    return Reply(text=words, buttons=(*buttons, *newest.buttons)[:4])


@conversation("answer", allow=MINE, hidden=True, title="Answer", submit="Send to the team")
async def answer(call: Call, report: Report, text: Annotated[str, Hint("your answer", lines=True, help="The chat platform can "
                                                                       "read this; encrypt it if it matters.")]) -> Reply:
    """Write to the team of a report without a direct message."""
    if report.key is None:
        raise Problem("gone", ending.no_words_kept(report.id))
    await unreached.read(call, report)
    await talk.from_reporter(call, report, text.strip())
    return Reply(text=wording_case.taken(report.id, encrypted=False))


async def _taken_here(call: Call) -> dict[str, str]:
    """Open no form where no report is taken: nobody types for nothing."""
    if call.incoming.platform not in call.desk.intake:
        raise Problem("elsewhere", wording.elsewhere(call.desk.intake))
    await doorway.may_begin(call)
    return {}


def _yes_no(_desk: object) -> tuple[tuple[str, str], ...]:
    return tuple((one.value, one.value) for one in YesNo)


@conversation("report", allow=ANYBODY, title="Report a flaw", submit="Send the report", prefill=_taken_here)
async def report_form(
    call: Call,
    what: Annotated[str, Hint("What happens, and what should happen", lines=True,
                              help="This is all we need. We store it sealed.")],
    *,
    unlawful: Annotated[str, Hint("Would a transcript show content that is unlawful to hold, such as abuse of minors?",
                                  help="If yes, describe it in words only. We take no transcript and no file.",
                                  choices=_yes_no, first=True)] = "",
    how: Annotated[str, Hint("How to make it happen", lines=True)] = "",
    often: Annotated[str, Hint("How often it worked", help="For example: 3 of 10")] = "",
    exploited: Annotated[YesNo, Hint(inner=True)] = YesNo.NO,
) -> Reply:
    """Report a flaw with a form; two triagers and the lead read it, and your chat platform can as well."""
    if call.caller.person is None:
        person = await call.work.people.meet(call.desk.vault, call.incoming.platform, call.incoming.person, call.incoming.name)
        call.caller = replace(call.caller, person=person)
    filled = _filled(call, what=what, unlawful=unlawful, how=how, often=often, exploited="yes" if exploited is YesNo.YES else "")
    refused = await submit.turned_away(call)
    if refused is not None:
        return refused
    if exploited is YesNo.NO:
        await doorway.may_begin(call)
    steps = f"\n\nHow to make it happen:\n{filled.facts['S18']}" if filled.facts.get("S18") and not unlawful_to_hold(filled.facts) else ""
    text = filled.prose + steps
    opened = await submit.open_report(call, submit.Source(
        text=text, sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), filled=filled, clear=True))
    return await _received(call, opened)


def _filled(call: Call, *, what: str, unlawful: str, how: str, often: str, exploited: str) -> template.Filled:
    """Return what the form says as facts; raises Problem `bad_argument` with what is wrong at each input."""
    raw = {"F20": unlawful, "F09": what.strip(), "S18": how.strip(), "S15": often, "F30": exploited}
    filled = template.checked({id: text for id, text in raw.items() if text.strip()}, prose=what.strip(), known=facts.known(call.desk))
    if filled.errors:
        inputs = {"F20": "unlawful", "F09": "what", "S18": "how", "S15": "often"}
        errors = {inputs[one.id]: wording_facts.wrong(one) for one in filled.errors}
        raise Problem("bad_argument", " ".join(errors.values()), errors=errors)
    return filled


async def _received(call: Call, opened: submit.Opened) -> Reply:
    """Say what the report is called; with its receipt, unless that stands before the reader's eyes as a direct message."""
    platform, account = call.incoming.platform, call.incoming.person
    closed = await call.work.people.unreachable(call.desk.vault.blind("account", f"{platform}|{account}"))
    if call.incoming.place == "dm" and not call.incoming.apart and not closed:
        return Reply(text=wording.received(opened.report.id))
    return Reply(text=wording.received_here(opened.report.id), card=opened.receipt)


@conversation("use-text", allow=ANYBODY, hidden=True)
async def use_text(call: Call, draft: str) -> Reply:
    """Use clear text as a report, by the person's choice."""
    row, text = await waiting.take(call, draft, "clear")
    refused = await submit.turned_away(call)
    if refused is not None:
        return refused
    await doorway.may_begin(call)
    await waiting.drop(call, [row.id])
    opened = await submit.open_report(call, submit.Source(
        text=text, sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), clear=True,
        filled=template.read(text, facts.known(call.desk))))
    return await _received(call, opened)


@conversation("encrypt-instead", allow=ANYBODY, hidden=True)
async def encrypt_instead(call: Call, draft: str) -> Reply:
    """Destroy the clear copy and show how to encrypt."""
    row, _ = await waiting.take(call, draft, "clear")
    await waiting.drop(call, [row.id])
    return await _key(call, say("Our copy is destroyed. Please delete your message as well."))


@conversation("throw-away", allow=ANYBODY, hidden=True)
async def throw_away(call: Call, draft: str) -> Reply:
    """Destroy what waits for a choice."""
    row, _ = await waiting.take(call, draft, "clear", "choice", "files", doorway.HELD)
    await waiting.drop(call, [row.id])
    return Reply(text=say("Destroyed; nothing of it is kept. Please delete your message as well."))


_CLAIMS_AN_HOUR = 5


@conversation("claim", allow=ANYBODY, title="Claim a report")
async def claim(call: Call, receipt: Annotated[str, Hint("receipt code", example="the 16 digits")]) -> Reply:
    """Take over your report from another account with its receipt code, once."""
    digits = "".join(char for char in receipt if char.isdigit())
    person = call.caller.person
    if person is None:
        person = await call.work.people.meet(call.desk.vault, call.incoming.platform, call.incoming.person, call.incoming.name)
    tries = await call.work.reports.entries_since("claim_refused", person.id, call.now - timedelta(hours=1))
    if tries >= _CLAIMS_AN_HOUR:
        raise Problem("slow_down", f"Too many tries. Try again after {clock_time(call.now + timedelta(hours=1), call.program.tz)}.")
    found = await call.work.reports.of_receipt(call.desk.vault.blind("receipt", digits)) if len(digits) == 16 else None
    if found is None or found.person_id == person.id:
        await call.work.ledger.write("claim_refused", person=person.id, at=call.at)
        if found is not None:
            return Reply(text=say(bold(found.id), " is yours in this account already."))
        return Reply(code="no_such_report", text=say("That code fits no report, or it was used. Check the 16 digits of your receipt."))
    if (await call.work.people.grants(person.id))[0]:
        return Reply(code="has_roles", text=wording_link.has_roles())
    if await call.work.reports.of_person(person.id):
        return Reply(code="has_reports", text=say("This account has reports of its own, so it cannot take over another. Use a "
                                                  "fresh account."))
    holder = await call.work.people.get(found.person_id)
    if holder is None:
        raise Problem("gone", wording_case.gone())
    await link.refuse_conflict(call, holder, person)
    await link.join(call, holder, person)
    for one in await call.work.reports.of_person(holder.id):
        one.platform = call.incoming.platform  # the other account may be lost: from now on they are told here
    found.receipt = ""
    await record.note(call, found, "claimed")
    return Reply(text=say(bold(found.id), " is now yours in this account as well. The code is used up."))


@conversation("withdraw", allow=MINE, title="Withdraw a report", submit="Withdraw it")
async def withdraw(call: Call, report: Report,
                   sure: Annotated[YesNo, Hint("Withdraw it and erase its text", help="The id and its dates stay.")]) -> Reply:
    """Withdraw a report; its text is erased."""
    if sure is not YesNo.YES:
        return Reply(text=say("Nothing was changed."))
    state = State(report.state)
    accepted = state in (State.ACCEPTED, State.REMEDIATING, State.MITIGATED, State.FIX_READY, State.VERIFYING, State.RETEST)
    if not await record.take(call, report, Event.WITHDRAW, data={"continues": "yes" if accepted else "no"}):
        return Reply(text=say(bold(report.id), " is withdrawn already."))
    await erasing.erase_texts(call, report)
    record.post(call, report, say("The researcher withdrew this report; its text is erased. ",
                                  "Work goes on as our own." if accepted else "Nothing is left to do."), "withdrawn")
    return Reply(text=wording_own.report_withdrawn(report.id, records=call.program.retention.records))


@conversation("pseudonym", allow=ANYBODY, title="Change your pseudonym")
async def pseudonym(call: Call, name: Annotated[str, Hint("pseudonym", example="two words")]) -> Reply:
    """Change the name by which the triage team knows you."""
    person = call.caller.person
    if person is None:
        raise Problem("no_report", "Send a report first; a pseudonym comes with it.")
    shown = " ".join(name.split())[:40]
    if not shown or any(not (char.isalnum() or char in " -_.") for char in shown):
        raise Problem("bad_argument", "Use letters, digits, spaces and hyphens, at most 40.",
                      errors={"name": "Use letters, digits, spaces and hyphens."})
    box = call.work.people.box(call.desk.vault, person)
    person.pseudonym = box.seal("person", "pseudonym", person.id, shown)
    for one in await call.work.reports.of_person(person.id, open_only=True):
        record.touch(call, one)
    await call.work.ledger.write("pseudonym", person=person.id, at=call.at)
    return Reply(text=say("The team now knows you as ", bold(shown), "."))


@conversation("nudge", allow=MINE, hidden=True)
async def nudge(call: Call, report: Report) -> Reply:
    """Ask for news once a promise is missed."""
    return await notify.nudge(call, report)
