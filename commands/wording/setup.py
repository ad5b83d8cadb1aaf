"""What `python -m bot setup` says: its questions, the defaults it chose, the recovery kit, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime

from commands.times import day
from config.program import LEVELS, WEEKDAYS, Length, PerLevel, Program

NAME = "Name of your programme, such as the company's"
PRODUCT = "In scope, a model among them: name of the first product, model or endpoint"
PRODUCT_MORE = "The next one (Enter for no more)"
KIND = "Its kind: product, model or endpoint"
DAYS = "Working days"
ZONE = "Time zone"
DISCLOSURE = "Days from a report until its researcher may publish"
LEAD = "Lead: decides, and stands in"
SECURITY = "Triager for security"
ML = "Triager for machine learning"
OWNER = "Owner of fixes, the first one"

INTRO = "Nine questions. Enter takes what stands in brackets; Ctrl-C writes nothing."
AGAIN = "Once more. Enter keeps what stands in brackets, Ctrl-C ends it."
WRITE = "Is this right? n asks again; program.toml can be changed later"
SAVE_KIT = "Also save the kit to a file, outside the data folder (Enter for no)"
SHOWN_ONCE = ("The recovery kit, shown once. Print it or copy it by hand now.\n"
              "Keep it away from this machine: whoever has it can read every report.")
CONFIRMED = "Confirmed. Clear this terminal when you are done."
NOT_THESE = "Other characters. Another place:"
NOT_CONFIRMED = "Other characters. Nothing was written, the keys are gone. Run setup again, with the kit at hand."
STOPPED = "Nothing was written."
KIT_NEEDED = "--yes: name a file for the recovery kit with --kit, outside the data folder; it is shown nowhere else."
KIT_OPEN = "The recovery kit is not confirmed: `python -m bot keys kit` asks four characters of it. Until then go-live lists it."
NO_MASTER_KEY = "No master key in the settings: run `python -m bot setup` first."

_FORMS = {
    "slack": "slack:U012AB3CD  on Slack, in their profile: Copy member ID",
    "discord": "discord:80351110224678912  on Discord, in developer mode: right-click them, Copy User ID",
    "local": "local:lead  on the local page: {}",
}


def accounts(platforms: Sequence[str], local: Sequence[str]) -> str:
    """How an account is written, for the platforms whose tokens are set; `local` are the persons of the local page."""
    shown = [f"  {_FORMS[one]}" for one in platforms or ("local",)]
    more = "" if platforms else ("\nWithout a chat platform's token it runs on the local page. For Slack or Discord write "
                                 f"accounts all the same:\n  {_FORMS['slack']}\n  {_FORMS['discord']}")
    return "People, each by their account, such as\n" + "\n".join(shown).format(", ".join(local)) + more


def keep(names: Sequence[str]) -> str:
    """Whether what is in scope stays."""
    return f"In scope: {', '.join(names)}. Keep it"


def which(group: int) -> str:
    """The question that proves that somebody holds the kit; `group` counts from 1, eight stand on a line."""
    return f"Type group {group} of the master key: line {(group + 7) // 8}, place {(group - 1) % 8 + 1}"


def bad_account() -> str:
    """An account that is none."""
    return "Write platform:account, such as slack:U012AB3CD, discord:80351110224678912 or local:lead."


def bad_local(names: Sequence[str]) -> str:
    """An account that nobody has on the local page."""
    return f"The local page has {', '.join(names)}. Write one, such as local:lead."


def there_already(names: Sequence[str]) -> str:
    """Files that setup will not overwrite."""
    return (f"There already: {', '.join(names)}. Nothing was changed. Choose another folder with --into, or --force, which keeps "
            "dated copies.")


def data_there(path: str) -> str:
    """A data folder that other keys sealed."""
    return f"{path} holds data sealed with another master key. Choose another folder with --data; nothing was changed."


def kit_place(path: str) -> str:
    """A file in which the kit must not stand."""
    return f"{path}: name a new file in an existing folder outside the data folder."


def odd_place(path: str) -> str:
    """A folder whose path a shell and a settings file would read differently."""
    return f"{path}: a settings file cannot name it. Choose a folder without quotes, $ and backslashes in its path, with --into or --data."


def added_to(path: str) -> str:
    """The settings file had other lines, which stay."""
    return f"{path} holds other settings; they stay, ours come below."


# -- the defaults ------------------------------------------------------------------------------------------------------

def defaults(program: Program, *, admin: str, people: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every value of a new programme that was chosen or left at its default, as rows of a table."""
    working, clocks, kept = program.working, program.clocks, program.retention
    days = ", ".join(WEEKDAYS[one] for one in sorted(working.days))
    return [
        ("Name", program.name),
        ("In scope", "; ".join(f"{one.name} ({one.kind}, {one.id})" for one in program.scope)),
        *((role, who) for role, who in people),
        ("admin", f"{admin} (grants roles; name a second one before you open)"),
        ("Working time", f"{days}, {working.opening:%H:%M} to {working.closing:%H:%M}, {working.zone}"),
        ("Team", "small: one person may hold several roles" if program.small else "normal: every role is another person"),
        ("Who reads a report", {"open": "the text stands in a private channel", "rewrap": "encrypted again to each triager",
                                "sealed": "the triagers alone can open it"}[program.mode]),
        ("Acknowledged within", _length(program.promises.acknowledge)),
        ("First real answer within", _length(program.promises.first_response)),
        *((label, _levels(lengths)) for label, lengths in (
            ("Judged within", clocks.triage), ("Stop-gap within", clocks.mitigation), ("Fixed within", clocks.remediation),
            ("Fix checked within", clocks.verification), ("Retest by the researcher", clocks.retest),
            ("News at least every", clocks.update))),
        ("Published after the fix", _length(clocks.publish)),
        ("Exploited: fixed within", f"{_length(clocks.exploited)}; first statement within {_length(clocks.statement)}"),
        ("Disclosure", f"{program.embargo.length.days} days; one extension of up to {program.embargo.extension.days} days"),
        ("An open question lapses", f"after {program.waiting.lapse.days} days"),
        ("Second person", f"for {', '.join(one for one in LEVELS if one in program.second_person.sign_off_levels)}"),
        ("Pings", f"at most {program.pings.cap} per person and working day; exploited never counts"),
        ("A report", f"at most {program.intake.sent // 1024**2} MiB as sent, {program.intake.opened // 1024**2} MiB opened"),
        ("Channels", f"{program.channels.hall_of_fame} (public), {program.channels.leadership} (private); make both"),
        ("Digest", f"{WEEKDAYS[program.digest.weekday]}, {program.digest.hour:02}:00"),
        ("Kept", f"a report {kept.closed.days} days after it is closed; unclaimed text {int(kept.unclaimed.total_seconds() // 3600)} h"),
    ]


def _length(one: Length | None) -> str:
    return one.written if one is not None else "no limit"


def _levels(lengths: PerLevel) -> str:
    found: dict[str, list[str]] = {}
    for level in LEVELS:
        one = lengths.of(level)
        if one is not None:
            found.setdefault(one.written, []).append(level)
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{' and '.join(levels) if len(levels) < 3 else 'others'} {written}" for written, levels in found.items())


# -- the kit -----------------------------------------------------------------------------------------------------------

def kit(*, name: str, at: datetime, master: str, fingerprint: str, expires: datetime | None, primary: str, revocation: str) -> str:
    """The recovery kit, one printed page of at most 66 lines and 80 columns."""
    groups = [master[start:start + 4] for start in range(0, len(master), 4)]
    rows = ["  " + " ".join(groups[start:start + 8]) for start in range(0, len(groups), 8)]
    print_of = " ".join(fingerprint[start:start + 4] for start in range(0, len(fingerprint), 4))
    until = f", valid until {day(expires)}" if expires else ""
    return "\n".join([
        f"RECOVERY KIT of {name[:40]}, made {day(at)}. Keep it on paper, locked away.",
        "",
        "MASTER KEY (HARBORLIGHT_MASTER_KEY, without the blanks)",
        *rows,
        f"OPENPGP KEY{until}",
        f"  {print_of}",
        "",
        "SECRET KEY: the primary and the encryption subkey; no passphrase",
        primary,
        "REVOCATION CERTIFICATE: publish it when the secret key is in other hands",
        revocation,
        "",
        "TO RESTORE",
        "1. Install the bot; put the data folder, or the database and blobs/, back.",
        "2. In .env: HARBORLIGHT_MASTER_KEY, the 64 characters above.",
        "3. Type the secret key into a file; gpg --import FILE; then",
        "   gpg --export-secret-subkeys FINGERPRINT | base64 -w0",
        "   is HARBORLIGHT_PROGRAM_KEY; HARBORLIGHT_PROGRAM_FINGERPRINT is above.",
        "4. HARBORLIGHT_PROGRAM: the path of program.toml. HARBORLIGHT_ADMIN: you.",
        "5. python -m bot doctor, then python -m bot run.",
        "TO RENEW THE KEY: gpg --quick-set-expire FINGERPRINT 1y, then step 3.",
    ])


# -- the settings file -------------------------------------------------------------------------------------------------

def settings_head(at: datetime) -> str:
    """The head of the settings file."""
    return f"# Harborlight, written by setup on {day(at)}. Secrets: keep it to yourself (0600), out of any repository."


TOKENS = """# The chat platform; without a token the bot runs on the local page. See docs/slack.md and docs/discord.md.
# Slack, page of your app: OAuth & Permissions (xoxb-...), then Basic Information, App-Level Tokens (xapp-...)
# SLACK_BOT_TOKEN=
# SLACK_APP_TOKEN=
# Discord, developer portal: Bot, Reset Token; the server's id by right-click, Copy Server ID
# DISCORD_TOKEN=
# DISCORD_GUILD="""


def done(files: Sequence[str], *, here: bool, settings: str, fingerprint: str) -> str:
    """What was written and what to do next."""
    env = f"--env {shlex.quote(settings)} "
    run = "./dev run starts it. It reads .env by itself." if here else f"./dev {env}run starts it, and ./dev {env}doctor looks at it."
    return "\n".join([
        "Written: " + ", ".join(files) + ".",
        f"The programme key: {fingerprint}.",
        "Next:",
        "1. Read policy.md, which researchers see, and change what does not fit.",
        f"2. Put your chat platform's token into {settings}, if any.",
        f"3. {run}",
        "4. In chat, as the lead: /vdp rehearse plays one report with your people.",
        "5. /vdp go-live shows what is open, and opens the programme. Until then researchers hear that it is not open.",
    ])


def kit_line(line: str) -> str:
    """The setting that says that the kit is confirmed."""
    return f"Put this line into the settings and restart the bot:\n{line}"
