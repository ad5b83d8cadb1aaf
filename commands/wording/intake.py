"""What a researcher reads on the way in: the first answer, the receipt, and one helpful answer for each way it can fail.

Never a copy of what was sent, never blame, always the next step. Times are absolute instants.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from commands.desk import Desk
from commands.text import PROGRAM_KEY, Button, Card, Enclosure, Text, bold, code, lines, pre, say
from commands.times import by, clock_time, count, length
from commands.wording.common import either, platform_word
from commands.wording.key_end import OLDER_COPY
from config.policy.calendar import after
from config.policy.codes import Code

REPORT, ENCRYPT, POLICY = "me report", "me key", "me policy"
KEY_FILE = "program-key.asc"

SAFE_HARBOUR = "Research within our policy is authorised: we take no legal action and keep your account open."


def _scope(desk: Desk) -> str:
    names = [one.name for one in desk.program.scope]
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def first_answer(desk: Desk, now: datetime) -> Text:
    """The first answer: who reads, by when a person answers, scope, safe harbour, no receipt means not received."""
    program = desk.program
    answer_by = after(now, program.promises.first_response, program.working)
    return lines(
        [
            say(f"Hello, this is the disclosure desk of {program.name}. Our security and machine learning triagers "
                f"read what you send; a person answers by {by(answer_by, now, program.tz)}."),
            say(f"In scope: {_scope(desk)}. {SAFE_HARBOUR}"),
            say("Write nothing about the flaw yet: use a button. ",
                bold("No receipt means we did not get it.")),
        ],
        "\n\n",
    )


def first_buttons() -> tuple[Button, ...]:
    """The three ways on."""
    return (Button(REPORT, "Report a flaw", "primary"), Button(ENCRYPT, "Encrypt first"), Button(POLICY, "Policy", "quiet"))


def front_door(desk: Desk) -> Text:
    """The post in a public channel, for whoever wants to report something."""
    return lines(
        [
            say("Found a flaw in one of our AI systems? Tell the disclosure desk of ", bold(desk.program.name), "."),
            say(f"In scope: {_scope(desk)}. {SAFE_HARBOUR}"),
            say("Press a button: only you see the answer. Write nothing about the flaw here."),
        ],
        "\n\n",
    )


def short_answer() -> Text:
    """The one line for somebody who had the first answer already."""
    return say("We are here. Press a button to report a flaw, or send ", code("help"), " for all words.")


def receipt(desk: Desk, *, report: str, at: datetime, sha256: str, code_: str, clear: bool, triage: str = "") -> Card:
    """The receipt is proof: id, exact time, digest, who reads it where, the promised time, the code and its use."""
    program = desk.program
    acknowledged = after(at, program.promises.acknowledge, program.working)
    answered = after(at, program.promises.first_response, program.working)
    where = {"open": "in a private channel that they alone can see",
             "rewrap": "as files encrypted to each of them", "sealed": "as the ciphertext you sent"}[program.mode]
    if triage:  # not the platform on which it was sent
        where += f", on {platform_word(triage)}"
    arrived = f"{at.astimezone(program.tz):%a} {at.astimezone(program.tz).day} {at.astimezone(program.tz):%b %Y, %H:%M:%S %Z}"
    return Card(
        title=say("We have your report"),
        report=report,
        state="received",
        lines=(
            say("Received ", bold(arrived), ", in clear." if clear else ", encrypted."),
            say("SHA-256 of what arrived: ", code(sha256)),
        ),
        next=say("A person acknowledges it"),
        next_by=say(f"by {clock_time(acknowledged, program.tz)}. The first real answer comes by "
                    f"{clock_time(answered, program.tz)}."),
        fields=(
            ("Who reads it", say("a security triager, a machine-learning triager and the lead, " + where)),
            ("Receipt code", say(code(" ".join(code_[i:i + 4] for i in range(0, 16, 4))))),
            ("Its use", say("shown once; proves that the report is yours. From another account send ",
                            code("claim"), " and the code, once.")),
        ),
        buttons=(Button("me status", "What happens next"), Button("me withdraw report=" + report, "Withdraw", "quiet")),
    )


def received(report: str) -> Text:
    """What a form answers where the receipt stands before its reader's eyes."""
    return say("We have it as ", bold(report), ".")


def received_here(report: str) -> Text:
    """What a form answers, above the receipt, where nobody knows whether its reader gets direct messages."""
    return say(received(report), " Your receipt: keep the code. It also comes as a direct message; if yours are closed, send ",
               code("status"), " here.")


def key_text(desk: Desk, *, people: int, attached: bool = False) -> Text:
    """The key with everything that is needed to use it; as text too, where no file can stand beside it."""
    expiry = f" Valid until {clock_time(desk.key.expires_at, desk.program.tz)}. {OLDER_COPY}" if desk.key.expires_at else ""
    where = platform_word(desk.triage_platform)
    readers = {
        "open": f"Once opened, it stands in a private channel on {where}: {people} people and {where} itself can read it.",
        "rewrap": f"Once opened, it is encrypted again to {people} people: {where} sees ciphertext only.",
        "sealed": f"{people} people open it, with a key that neither the bot nor {where} has.",
    }[desk.program.mode]
    return lines(
        [
            say("Our key, fingerprint ", bold(desk.key.grouped), ".", expiry),
            say("Save the attached ", code(KEY_FILE), " and run:") if attached else say("Save it as ", code(KEY_FILE), " and run:"),
            pre(f"gpg --armor --encrypt --recipient-file {KEY_FILE} report.txt"),
            say("Send us ", code("report.txt.asc"), " as a file or pasted, in several messages if needed. ", readers),
            "" if attached else pre(desk.key.armored),
        ],
        "\n\n",
    )


def key_file(desk: Desk) -> Enclosure:
    """The key as a file beside its text."""
    return Enclosure(PROGRAM_KEY, KEY_FILE, len(desk.key.armored.encode()))


def key_below() -> Text:
    """Answers a button where the key follows as a message of its own."""
    return say("Our key stands below, with its command.")


def setup_works() -> Text:
    """Answer to an encrypted message that says only test."""
    return say("Your set-up works. That made no report; encrypt the real one the same way.")


def clear_choice(until: datetime, zone: tzinfo) -> Text:
    """Clear text is a choice, not an error."""
    return say("That came unencrypted: the chat platform can read it; deleting your message still helps. We sealed our copy unread. "
               f"Choose below, or it is destroyed {clock_time(until, zone)}.")


def clear_buttons(draft: str) -> tuple[Button, ...]:
    """The three choices for clear text."""
    return (Button(f"me use-text draft={draft}", "Use it as my report", "primary"),
            Button(f"me encrypt-instead draft={draft}", "Send it encrypted instead"),
            Button(f"me throw-away draft={draft}", "Throw it away", "quiet"))


def files_choice(report: str, count: int) -> Text:
    """Plain files go to a report by choice."""
    return say(f"{'That file is' if count == 1 else 'Those files are'} not encrypted: the chat platform can read "
               f"{'it' if count == 1 else 'them'}. We fetched nothing yet. Add {'it' if count == 1 else 'them'} to ",
               bold(report), "?")


def elsewhere(platforms: Sequence[str]) -> Text:
    """No report is taken on this platform."""
    return say(f"We take new reports on {either(platforms)}: write to us there. Earlier ones go on.")


def slow_down(until: datetime, zone: tzinfo) -> Text:
    """Too many messages; nothing accepted is lost."""
    return say(f"That was a lot at once. All we confirmed is safe; go on after "
               f"{clock_time(until, zone)}.")


def too_many_reports(until: datetime, zone: tzinfo) -> Text:
    """Too many reports in an hour."""
    return say("That is many reports in an hour. Those with a receipt are safe; send this one again after "
               f"{clock_time(until, zone)}.")


def answer(code_: Code, desk: Desk, *, wait: timedelta | None = None) -> Text:
    """Return what was wrong with a message and what to do next, for every code but `accepted`."""
    limit = f"{desk.program.intake.sent // (1024 * 1024)} MiB"
    opened = f"{desk.program.intake.opened // (1024 * 1024)} MiB"
    again = say(" Send ", code("key"), " to see how.")
    match code_:
        case Code.NOT_PGP:
            return say("That is no OpenPGP message. Encrypt your report to our key and send that.", again)
        case Code.EMPTY:
            return say("That was empty. Send the encrypted report again.")
        case Code.EMPTY_PLAINTEXT:
            return say("That opened, but nothing was inside. Encrypt your report and send it again.")
        case Code.PLAINTEXT_MESSAGE:
            return say("That came unencrypted. Choose below what we do with it.")
        case Code.PUBLIC_KEY:
            return say("That is a public key, not a report; we answer here anyway. Encrypt the report to our key.", again)
        case Code.PRIVATE_KEY:
            return say("That holds a private key. We kept nothing, but others may have it now. Delete the message, revoke the key "
                       "and make a new one.", again)
        case Code.CLEARSIGNED:
            return say("That is signed but anyone can read it. Encrypt it to our key and send it again.", again)
        case Code.SIGNED_ONLY:
            return say("That is signed, not encrypted. Add --encrypt to your command and send it again.", again)
        case Code.DETACHED_SIGNATURE:
            return say("That is a signature alone. Encrypt the report itself and send it.", again)
        case Code.WRONG_RECIPIENT:
            return say("That is encrypted, but not to our key. Encrypt it to ",
                       code(desk.key.grouped), " and send it again.")
        case Code.SYMMETRIC_ONLY:
            return say("That is locked with a password. Encrypt it to our key instead; keep the password to yourself.", again)
        case Code.NO_INTEGRITY:
            return say("That lacks protection against changes. Use GnuPG 2 or any current OpenPGP program and send it "
                       "again.", again)
        case Code.TAMPERED:
            return say("That was changed on its way. Send it again, best as a file.")
        case Code.TRUNCATED:
            return say("That ends too early. Send it whole again, best as a file.")
        case Code.MALFORMED:
            return say("That is damaged. Send it again as a file with the ending .asc.")
        case Code.UNSUPPORTED_FORMAT:
            return say("We cannot open that OpenPGP format yet. Encrypt it with GnuPG.", again)
        case Code.TOO_LARGE:
            return say(f"That is too large: at most {limit} as sent, {opened} opened. Send the text first; for the rest "
                       "we find a way together.")
        case Code.DECOMPRESSION_BOMB:
            return say(f"That unpacks to more than {opened}, so we stopped. Encrypt only what is needed, "
                       "with --compress-algo none.")
        case Code.TOO_COMPLEX:
            return say("Too many layers or recipients. Encrypt it once, to our key alone.", again)
        case Code.MULTIPLE_MESSAGES:
            return say("That holds several encrypted messages. Send one for each report.")
        case Code.INCOMPLETE:
            after_ = f" in {length(wait)}" if wait else " in time"
            return say(f"The rest of your message did not come{after_}, so the parts are gone. Send it whole again, best as a "
                       "file.")
        case Code.UNSUPPORTED_FILE:
            return say("We take encrypted files only: .asc, .gpg or .pgp, and .txt. Pack yours into one archive, encrypt it to "
                       "our key and send it.", again)
        case Code.INTERNAL:
            return say("We could not open that; it is our fault. It is kept, our operators know, we try again. No need to "
                       "resend it.")
        case Code.ACCEPTED:
            return say("We could open that.")


def files_enclosed(number: int) -> str:
    """Shown in the channel in place of words, above files that came encrypted."""
    return f"{count(number, 'file')}, encrypted with the report by the researcher."
