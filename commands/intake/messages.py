"""What a person writes to the bot: a report, a part of one, a word, or talk.

Decides what a direct message is and where it goes; `bring` opens PGP outside the transaction, `message` acts inside it. Leaves
opening a report to `submit.py`, talk about reports to `talk.py`, and what a word does to its command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from commands import correct, record, talk
from commands.calls import Call, FileRef, Incoming, Reply
from commands.desk import Desk
from commands.effects import DirectMessage
from commands.intake import care, doorway, facts, packed, submit, template
from commands.intake.brought import Brought
from commands.intake.kept import Kept
from commands.intake.opening import TALK_LIMIT, Next, Piece, Step, look_at, piece_of_file
from commands.intake.waiting import conversation_key, drop, event_key, keep
from commands.parsing import Line, normal_id, read_line
from commands.text import Body, Button, Words, say
from commands.wording import facts as wording_facts
from commands.wording import intake as wording
from config.policy import facts as policy
from config.policy.codes import Code
from storage.blobs import Blobs
from storage.database import Work
from storage.gpg import Gpg, Opened
from storage.models import Conversation, Waiting
from storage.vault import Vault

TAKEN_ENDINGS = (".asc", ".gpg", ".pgp", ".txt")
LONG_BODY = 12_000  # characters of opened text that stand in a row; longer ones become a blob
_PARTS_MOST = 400


async def mark(work: Work, vault: Vault, platform: str, conversation: str) -> str:
    """Return the id of the last handled event of a conversation."""
    found = await work.session.get(Conversation, vault.blind("conversation", f"{platform}|{conversation}"))
    return found.last_event if found else ""


async def wanted(work: Work, desk: Desk, incoming: Incoming) -> tuple[FileRef, ...]:
    """Return the files that may be fetched: encrypted ones, and plain ones only after the person chose so."""
    if incoming.kind == "press" and incoming.line.startswith("me add-files"):
        draft = incoming.line.rpartition("draft=")[2].split()[0]
        row = await work.session.get(Waiting, draft)
        if row is None or row.key is None or row.body is None or row.conversation != conversation_key(desk.vault, incoming):
            return ()
        refs = json.loads(desk.vault.unlock(f"waiting|{row.id}", row.key).open_text("waiting", "body", row.id, row.body))
        report = await work.reports.get(refs["report"])
        if report is None or not care.takes_files_of(desk.vault, report):
            return ()
        return tuple(FileRef(one["id"], one["name"], one["size"]) for one in refs["files"])
    if incoming.kind != "message" or incoming.place != "dm":
        return ()
    return tuple(one for one in incoming.files if one.name.lower().endswith(TAKEN_ENDINGS))


async def parts(work: Work, desk: Desk, incoming: Incoming) -> tuple[tuple[str, Piece], ...]:
    """Return the earlier parts of a split block, as they arrived."""
    found = []
    for row in await work.reports.waiting(conversation_key(desk.vault, incoming), "part"):
        if row.expires_at <= work.now or row.body is None:
            continue
        box = desk.vault.unlock(f"waiting|{row.id}", row.key)
        name = box.open_text("waiting", "name", row.id, row.name) if row.name else ""
        data = box.open("waiting", "body", row.id, row.body)
        found.append((row.id, Piece("file" if row.form == "file" else "typed", name, data)))
    return tuple(found)


async def bring(
    desk: Desk, gpg: Gpg, blobs: Blobs, *, text: str, before: Sequence[tuple[str, Piece]], kept: tuple[Kept, ...],
    files: Sequence[bytes], late: Sequence[FileRef] = (),
) -> Brought:
    """Open what was sent, with the earlier parts of the same block before it.

    A pure computation but for sealed copies of what arrived; doing it again after a crash gives the same.
    """
    limit = desk.program.intake.sent
    if any(one.too_large for one in kept):
        return Brought(files=kept, text=text, step=Step(Next.REFUSE, Code.TOO_LARGE))
    now = [Piece("typed", "", text.encode("utf-8", "surrogatepass"))] if text.strip() else []
    now += [piece_of_file(one.name, data) for one, data in zip(kept, files, strict=True)]
    now += [Piece("file", one.name, b"") for one in late if not one.name.lower().endswith(TAKEN_ENDINGS)]
    pieces = [piece for _, piece in before] + now
    step = await gpg.aside(look_at, pieces, sent_limit=limit)
    spoken = "\n\n".join([text, *(piece.data.decode("utf-8", "replace") for piece in now[1 if text.strip() else 0:]
                                  if piece.kind == "typed")]).strip()
    used = tuple(row for row, _ in before)
    if step.next is not Next.OPEN:
        return Brought(files=kept, text=spoken, step=step, parts=used)
    opened = await gpg.opened(step.binary)
    original = body = None
    enclosed: tuple[Kept, ...] = ()
    if opened.code is Code.ACCEPTED:
        inside = await gpg.aside(packed.unpacked, opened.plaintext)
        opened = replace(opened, plaintext=inside.text)
        enclosed = tuple([Kept.of(name, await gpg.aside(blobs.keep, data)) for name, data in inside.files])
    if opened.code in (Code.ACCEPTED, Code.INTERNAL):
        original = Kept.of("original", await gpg.aside(blobs.keep, b"\n".join(piece.data for piece in pieces)))
    if opened.code is Code.ACCEPTED and len(opened.plaintext) > LONG_BODY:
        body = Kept.of("report.txt", await gpg.aside(blobs.keep, opened.plaintext))
    return Brought(files=kept, text=spoken, step=step, opened=opened, original=original, body=body, parts=used,
                   enclosed=enclosed)


Run = Callable[[Call, Line], Awaitable[Reply]]


async def message(call: Call, brought: Brought, run: Run) -> Reply:
    """Handle one message that a person wrote; `run` runs a command word."""
    key = conversation_key(call.desk.vault, call.incoming)
    conversation = await call.work.reports.conversation(key)
    if not call.incoming.edits:
        conversation.last_event, conversation.last_at = call.incoming.event, call.incoming.at
    if call.incoming.place != "dm":
        return Reply()  # what colleagues say to one another in a channel is theirs
    conversation.person_id = call.caller.id
    if call.incoming.room:
        await call.work.people.heard(call.desk.vault, call.incoming.platform, call.incoming.person, room=call.incoming.room)
    if _too_fast(call, conversation):
        return Reply()
    step, opened = brought.step, brought.opened
    if call.incoming.edits:
        armored = step is not None and step.next is not Next.TALK and step.code is not Code.PLAINTEXT_MESSAGE
        if await correct.corrected(call, brought.text, opened) or not armored:
            return Reply()
    if step is None:
        return Reply()
    if step.next is not Next.WAIT:
        await drop(call, brought.parts)
    match step.next:
        case Next.WAIT:
            await _keep_part(call, key, brought)
        case Next.OPEN:
            assert opened is not None  # noqa: S101  the engine opened it before the transaction
            await _opened(call, brought, opened, key)
        case Next.REFUSE if step.code is Code.PLAINTEXT_MESSAGE and brought.text:
            await _talk(call, brought.text, key, conversation, run)  # clear text is a choice, or words about a report
        case Next.REFUSE if step.code is not Code.PLAINTEXT_MESSAGE:
            await _refused(call, brought, step, key, conversation, run)
        case Next.TALK | Next.REFUSE:
            await _talk(call, brought.text, key, conversation, run)
    return Reply()


async def _opened(call: Call, brought: Brought, opened: Opened, key: str) -> None:
    if opened.code is not Code.ACCEPTED:
        await audit(call, opened.code)
        _say(call, wording.answer(opened.code, call.desk), "code")
        if opened.code is Code.INTERNAL:
            await call.work.ledger.write("internal", person=call.caller.id, data={"detail": opened.detail[:80]})
        return
    text = opened.plaintext.decode("utf-8", "replace").replace("\x00", "\ufffd")
    if text.strip().lower().rstrip(".!") == "test":
        _say(call, wording.setup_works(), "test")
        return
    filled = template.read(text, facts.known(call.desk))
    named = normal_id(filled.names) if filled.names else None
    mine = [one for one in await call.work.reports.of_person(call.caller.id)
            if one.key is not None and one.id.startswith(named)] if named else []
    if mine:
        await _more(call, mine[0].id, text, filled, brought.enclosed)
        return
    if await submit.turned_away(call) is not None:
        return
    source = submit.Source(
        text=text, sha256=brought.original.sha256 if brought.original else opened.sha256, original=brought.original,
        body=brought.body, filled=filled, clear=False, expired_key=opened.expired_key, enclosed=brought.enclosed,
    )
    if not await doorway.held(call, source, key):
        await submit.open_report(call, source)


async def _more(call: Call, named: str, text: str, filled: template.Filled, enclosed: tuple[Kept, ...]) -> None:
    """Take an encrypted message that names its report: the facts that it gives, and its words."""
    report = await call.work.reports.get(named, locked=True)
    if report is None:
        return
    if report.facts is not None and report.key is not None and (filled.facts or filled.unclear):
        await facts.write(call, report, filled.facts, not_understood=filled.unclear)
        if policy.unlawful(care.read(record.box(call, report), report)):
            text = template.description(filled)
        if filled.errors:
            _say(call, wording_facts.not_understood(report.id, filled.errors), "facts")
    if text:
        await talk.from_reporter(call, report, text, encrypted=True)
    if enclosed and care.takes_files_of(call.desk.vault, report):
        await submit.enclose(call, report, enclosed)


async def _refused(call: Call, brought: Brought, step: Step, key: str, conversation: Conversation, run: Run) -> None:
    refs = [one for one in call.incoming.files if not one.name.lower().endswith(TAKEN_ENDINGS)]
    if step.code is Code.UNSUPPORTED_FILE and refs and not brought.files:
        report = await talk.only_open(call)
        if report is not None and not care.takes_files_of(call.desk.vault, report):
            unlawful = policy.unlawful(care.read(record.box(call, report), report))
            _say(call, wording_facts.no_files(report.id, unlawful=unlawful), "files")
            if brought.text:
                await _talk(call, brought.text, key, conversation, run)
            return
        if report is not None:
            draft = await keep(call, key, "files", json.dumps(
                {"report": report.id, "files": [{"id": one.id, "name": one.name, "size": one.size} for one in refs]}))
            buttons = (Button(f"me add-files draft={draft.id}", f"Add to {report.id}", "primary"),
                       Button(f"me throw-away draft={draft.id}", "Do not add", "quiet"))
            _say(call, wording.files_choice(report.id, len(refs)), "files", buttons)
            if brought.text:
                await _talk(call, brought.text, key, conversation, run)
            return
    await audit(call, step.code)
    _say(call, wording.answer(step.code, call.desk), "code")


async def _talk(call: Call, text: str, key: str, conversation: Conversation, run: Run) -> None:
    words = text.strip()
    if not words:
        _say(call, wording.answer(Code.EMPTY, call.desk), "code")
        return
    if await _word(call, words, run):
        return
    reports = await call.work.reports.of_person(call.caller.id, open_only=True)
    about = await talk.find_report(call, words, conversation)
    if about is not None:
        await talk.from_reporter(call, about, text)
        return
    if reports:
        await talk.ask_which(call, text, key, reports)
        return
    if await submit.elsewhere(call) or await doorway.words(call, text, key):
        return
    if len(words) > TALK_LIMIT:
        await audit(call, Code.PLAINTEXT_MESSAGE)
        draft = await keep(call, key, "clear", text)
        _say(call, wording.clear_choice(draft.expires_at, call.program.tz), "clear", wording.clear_buttons(draft.id))
        return
    _greet(call, conversation)


async def _word(call: Call, words: str, run: Run) -> bool:
    """Run what was said when it is exactly a command word; anything else is talk."""
    first = words.split(maxsplit=1)[0].lower()
    registry = call.desk.registry
    command = registry.get("researcher", first)
    if command is None or command.hidden:
        return False
    takes = [p for p in command.params if p.kind != "report"]
    alone = len(words.split()) == 1
    about = len(words.split()) == 2 and command.report_param is not None and normal_id(words.split()[1]) is not None
    shaped = len(words.split()) == 2 and takes and takes[0].hint.shape and re.fullmatch(takes[0].hint.shape, words.split()[1])
    if not (alone or about or shaped or (takes and takes[0].required and len(words) <= 120 and "\n" not in words)):
        return False
    reply = await run(call, read_line(words, registry=registry, surface="researcher"))
    body = Body(text=reply.text, card=reply.card, buttons=reply.buttons)
    if reply.form is not None:
        body = Body(text=say("Press the button to fill it in."),
                    buttons=(Button(reply.form.id, reply.form.title, "primary"),))
    if body != Body():  # else what it emitted is the answer
        _say(call, body, "word")
    return True


def _greet(call: Call, conversation: Conversation) -> None:
    again = call.program.intake.greeting_again
    if conversation.greeted_at is None or call.now - conversation.greeted_at >= again:
        conversation.greeted_at = call.now
        _say(call, wording.first_answer(call.desk, call.at), "greeting", wording.first_buttons())
    else:
        _say(call, wording.short_answer(), "greeting", wording.first_buttons()[:2])


def _too_fast(call: Call, conversation: Conversation) -> bool:
    """Tell whether this message is one too many; the person hears so once a minute, and nothing accepted is lost."""
    minute = timedelta(minutes=1)
    recent = [datetime.fromisoformat(one) for one in conversation.recent.split()]
    recent = [one for one in recent if call.at - one < minute]
    most = call.program.intake.messages_per_minute
    if len(recent) >= most:
        if conversation.slowed_at is None or call.at - conversation.slowed_at >= minute:
            conversation.slowed_at = call.at
            _say(call, wording.slow_down(recent[0] + minute + timedelta(minutes=1), call.program.tz), "slow")
        return True
    conversation.recent = " ".join(one.isoformat() for one in [*recent, call.at][-most:])
    return False


async def _keep_part(call: Call, key: str, brought: Brought) -> None:
    waiting = await call.work.reports.waiting(key, "part")
    if len(waiting) >= _PARTS_MOST:
        await drop(call, tuple(one.id for one in waiting))
        _say(call, wording.answer(Code.TOO_COMPLEX, call.desk), "code")
        return
    lasts = call.program.intake.wait_for_parts
    if brought.text:
        await keep(call, key, "part", brought.text.encode("utf-8", "surrogatepass"), lasts=lasts)
    for one in brought.files:
        if not one.name.lower().endswith(".txt"):
            _say(call, wording.answer(Code.TRUNCATED, call.desk), "code")
    for row in waiting:
        row.expires_at = call.now + lasts  # the wait begins again with each part


async def audit(call: Call, code: Code) -> None:
    """Write down what became of a message that made no report: the code alone."""
    await call.work.ledger.write("intake", person=call.caller.id, at=call.at, data={"code": code.value})


def _say(call: Call, words: Body | Words, about: str, buttons: tuple[Button, ...] = ()) -> None:
    body = words if isinstance(words, Body) else Body(text=say(words), buttons=buttons)
    call.emit(DirectMessage(call.incoming.platform, call.incoming.person, body), f"answer/{event_key(call)}/{about}")
