"""The sentences of the page on which the reader's own browser encrypts a report.

Decides what is asked and what is said when something is missing. `SCRIPT` are the sentences that the page's script says; names in
braces are filled in there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from commands.text import Text, code, link, say
from commands.times import day
from commands.wording.site import PLATFORMS, listed

TITLE: Final = "Write a report"
ABOVE: Final = "For people without PGP"
LEAD: Final = "You write it here, your own computer encrypts it, and you send the result to the bot. Nothing you type leaves this page."
STEPS: Final = ("Write", "Encrypt", "Send")
UNLAWFUL: Final = "Would the report have to contain content that is unlawful to hold?"
UNLAWFUL_HELP: Final = "Such as sexual content with minors. If yes, we ask for a description only and call you."
UNLAWFUL_WHY: Final = ("Then please describe it in words and send none of it: nobody may hold it, we neither. Files, steps and transcripts are "
                       "left out of the form for that reason.")
YES, NO = "Yes", "No"
UNLAWFUL_KEY: Final = "Unlawful to hold"
QUESTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "F08": ("What does the model do?", "Name the behaviour, not the prompt."),
    "S01": ("System", ""),
    "S02": ("Model version", "As shown in the page footer, or the date."),
    "F09": ("What happens, and what should happen instead?", "Free text is enough. This is the one answer that we need."),
    "S18": ("How can we make it happen?", "A stranger must be able to repeat it."),
    "S13": ("An attempt counts when", "Such as: three or more of the five steps are given."),
    "S15": ("How often did it work?", ""),
    "F10": ("Category", "Such as: jailbreak, bias, or software flaw. The triage team decides on its own."),
    "F07": ("Kind", "An incident has people who were harmed."),
    "F30": ("Is it being exploited?", ""),
    "F31": ("Is it public already?", "Such as: yes, with a link."),
    "F21": ("Personal data in the report", "Please mask other people’s data."),
    "attack": ("Attack, word for word", "The exact text that is sent to the model."),
    "F42": ("Credit", "Such as: pseudonym, Quiet Heron. Or: none."),
    "F44": ("May we use it in our data set?", "Left open means no."),
}
UNKNOWN_SYSTEM, NO_CHOICE = "another one, or not known", "not said"
OF, ATTEMPTS = "of", "attempts"
SUCCESSES_NAME, ATTEMPTS_NAME = "Times that it worked", "Attempts in all"
FILES: Final = "Files"
MORE_HELP: Final = "all optional: sampling settings, tools, language, other models, credit"
CLEAR, ENCRYPT, CHANGE = "Clear everything", "Encrypt on this computer", "Change them"
SEND_LATER: Final = "Copy or save the result, then send it to the bot. A receipt follows within seconds. No receipt means not received."
PASTE, RECEIPT = "Paste it there. A receipt with your report id follows within seconds.", "No receipt means not received."
COPY, SAVE = "Copy the message", "Save as report.asc"
COPY_OPEN: Final = "Copy, then open the bot"
DOES: Final = "What this page does"
DOING: Final = ("It loads nothing from outside and sends nothing.", "It works offline. You may pull the plug now.",
                "It keeps nothing when you close it.")
TRUST, READERS = "Compare before you trust", "Who will read it"
CHECKSUM: Final = "Checksum of this page (SHA-256)"
COMPUTE, LICENCE = "Compute it yourself", "Its licence"
NO_FORM_TITLE: Final = "This form needs a script and your browser’s cryptography"
NO_FORM: Final = "One of them is missing or switched off here. Nothing you could type would be safe, so we show no fields. Two ways work:"
NO_FORM_BROWSER: Final = "Open this page over https in a current browser with scripts switched on."
NO_FORM_GPG: Final = "Or write the report as a text file and encrypt it with GnuPG:"
LIBRARY: Final = "Encrypted with OpenPGP.js, under the LGPL 3.0."
RESULT: Final = "The encrypted message"


def more(number: int) -> str:
    """The line that opens the folded questions."""
    return f"{number} more questions"


def such_as(example: str) -> str:
    """An example of an answer."""
    return f"Such as: {example}." if example else ""


def to_key(last: str) -> Text:
    """To which key it will be encrypted."""
    return say("To the programme key ", code(last), ", on this computer.")


def accept(version: str) -> Text:
    """Which policy a report accepts."""
    return say("With it you accept ", link(f"policy {version}", "/policy"), "; the safe harbour refers to this version.")


def same_values(*, listed: bool) -> Text:
    """Where the values stand besides, to be compared."""
    if listed:
        return say("Both values stand in ", link("security.txt", "/.well-known/security.txt"), "; the bot says the fingerprint when you send ",
                   code("key"), ".")
    return say("The bot says the fingerprint when you send ", code("key"), ".")


def how_to_compare(names: Sequence[str]) -> Text:
    """How the checksum is computed by somebody else."""
    return say("Save these files, then run ", code(f"cat {' '.join(names)} | sha256sum"))


def files_help(most: int) -> str:
    """How large the files may be together, in bytes."""
    return f"Up to {most // 1_000_000} MB in all, encrypted with the rest."


def key_ends(ends: datetime | None, zone: tzinfo) -> str:
    """Until when the key holds."""
    return f"Programme key, ends {day(ends, zone)}" if ends is not None else "Programme key"


def open_the_bot(platforms: Sequence[str]) -> str:
    """How the bot's direct messages are opened, where no address of them is known."""
    return f"Open a direct message with the bot on {listed([PLATFORMS.get(one, one) for one in platforms], 'or')}."


def open_on(platform: str) -> str:
    """The link that opens the bot's direct messages on a platform."""
    return f"Open {PLATFORMS[platform]}" if platform == "local" else f"Open the bot on {PLATFORMS[platform]}"


SCRIPT: Final[Mapping[str, str]] = {
    "unlawful": "Say first whether it holds content that is unlawful to hold.",
    "empty": "Write in a few words what happens.",
    "count": "Write two whole numbers, such as 3 of 10; the first is not larger than the second.",
    "long": "At most {most} characters; this has {have}. Put the rest into a file.",
    "size": "These files have {have} together; {most} fit. Leave one out, or send the rest later.",
    "missing": "{count} above: please look at what is marked.",
    "one": "One answer",
    "many": "{number} answers",
    "key": "The key on this page does not have the fingerprint beside it. Nothing was encrypted. Tell us, and do not use this page.",
    "ended": "The programme key has ended. Nothing was encrypted. Ask the bot for the new key.",
    "failed": "Your browser could not encrypt this. Nothing was sent, and what you wrote is still here. The way with GnuPG works:",
    "between": "Likely between {low} and {high} %",
    "written": "{answers} and {files}.",
    "answers": "{number} answers",
    "nofiles": "no file",
    "file": "1 file",
    "files": "{number} files",
    "sized": "{size}, {lines} lines. Chat may split it; we put the parts together.",
    "large": "{size}. That is long for a chat message: save it and drop the file into a direct message with the bot.",
    "copied": "Copied.",
    "copy": "Your browser does not let this page copy. Mark the text and copy it, or save the file.",
    "remove": "Remove {name}",
    "encrypted": "Nothing has been sent.",
    "write": STEPS[0],
    "step": "Written",
    "encrypt": STEPS[1],
    "done": "Encrypted",
}
