"""`python -m bot setup`: a few questions, then a programme that starts in rehearsal.

Decides the order: ask, show every default, make the keys, show the recovery kit once, have four characters of it typed, write all
files together. Until the last step nothing is kept; whoever stops begins anew.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import cli_show as show
from bot.cli_frame import FAILED, STOPPED, UNUSABLE, ending
from bot.setup import files, questions, secret_keys
from bot.setup.questions import Told
from bot.setup.secret_keys import NewKeys
from commands.wording import setup as wording
from config import program as program_
from config import settings as settings_
from config.clock import SystemClock
from config.program_writer import Answers, program_text
from config.settings import ROOT

_TRIES = 3
_FILES = ("program.toml", "policy.md", ".env")


def setup(
    into: Annotated[Path, typer.Option("--into", help="Folder for program.toml, policy.md and .env.")] = ROOT,
    data: Annotated[Path | None, typer.Option("--data", help="Folder for all that is kept; programme-data beside .env unless told.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: flags and defaults.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there; a dated copy of each is kept.")] = False,
    kit: Annotated[Path | None, typer.Option("--kit", help="Also save the recovery kit here, outside the data folder.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the programme.")] = None,
    product: Annotated[list[str] | None, typer.Option("--product", help="NAME=KIND, as often as needed; product, model or endpoint.")] = None,
    days: Annotated[str | None, typer.Option("--days", help="Working days, such as monday-friday.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Time zone, such as Europe/Berlin.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help="Account of the lead, such as slack:U012AB3CD.")] = None,
    security: Annotated[str | None, typer.Option("--triager-security", help="Account; the lead unless told.")] = None,
    ml: Annotated[str | None, typer.Option("--triager-ml", help="Account; the lead unless told.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Account; the lead unless told.")] = None,
    admin: Annotated[str | None, typer.Option("--admin", help="Account of the first administrator; the lead unless told.")] = None,
    disclosure: Annotated[int | None, typer.Option("--disclosure-days", help="Days until a researcher may publish.")] = None,
) -> None:
    """Set up a programme of your own: nine questions, keys, a recovery kit, and its files."""
    into = into.resolve()
    kept = (data or into / "programme-data").resolve()
    with ending(), _stopping():
        _refuse(into, kept, force=force)
        if yes and kit is None:
            _end(wording.KIT_NEEDED)
        if kit is not None and not _fits(kit, into, kept):
            _end(wording.kit_place(str(kit)))
        given = questions.Given(name=name, products=product or (), days=days, zone=zone, lead=lead, security=security, ml=ml,
                                owner=owner, admin=admin, disclosure=disclosure)
        try:
            told = questions.ask(given, _settings(into), silent=yes)
        except typer.BadParameter as wrong:
            _end(wrong.message)
        now = SystemClock().now()
        text = _program(told, now)
        while not yes and not typer.confirm(wording.WRITE, default=True):
            told = questions.ask_again(told)
            text = _program(told, now)
        keys = secret_keys.make(told.name)
        page = wording.kit(name=told.name, at=now, master=keys.master, fingerprint=keys.fingerprint, expires=keys.expires_at,
                           primary=keys.primary, revocation=keys.revocation)
        mark = ""
        if not yes:
            kit = _shown_once(page, kit, into, kept)
            if not confirmed(keys.master):
                _end(wording.NOT_CONFIRMED)
            show.line(wording.CONFIRMED)
            mark = f"{now.date().isoformat()}/{settings_.kit_mark(keys.master)}"
        policy = (ROOT / "config" / "policy.md").read_text("utf-8")
        env = into / ".env"
        before = files.others_settings(env)
        texts = {into / "program.toml": text, into / "policy.md": policy}
        if kit is not None:
            texts[kit.resolve()] = page + "\n"
        texts[env] = "\n\n".join([*([before] if before else []), wording.settings_head(now), _lines(told, keys, into, kept, mark),
                                  *([] if before else [wording.TOKENS])]) + "\n"
        if before:
            show.line(wording.added_to(str(env)))
        copies = files.write(texts, now, private=[one for one in texts if one.name not in ("program.toml", "policy.md")])
        for one in copies:
            show.line(f"Kept: {one}", "dim")
        show.line(wording.done([str(one) for one in texts], here=into == ROOT, settings=str(env), fingerprint=keys.fingerprint))
        if not mark:
            show.line(wording.KIT_OPEN)


def kit_confirmed() -> None:
    """Confirm that you hold the recovery kit of the master key in the settings, by four characters of it."""
    with ending():
        settings = settings_.load()
        if settings.master_key is None:
            _end(wording.NO_MASTER_KEY)
        key = "".join(settings.master_key.get_secret_value().split())
        if not confirmed(key):
            raise typer.Exit(FAILED)
        today = SystemClock().now().date().isoformat()
        show.line(wording.kit_line(f"HARBORLIGHT_KIT={today}/{settings_.kit_mark(key)}"))


def confirmed(key: str) -> bool:
    """Have four characters of a key typed, at a place nobody knows before; tells whether they were right, at most at the third try."""
    for left in reversed(range(_TRIES)):
        group = secrets.randbelow(len(key) // 4) + 1
        said = str(typer.prompt(wording.which(group), default="", show_default=False))
        if "".join(said.split()).lower() == key[4 * group - 4:4 * group].lower():
            return True
        if left:
            show.line(wording.NOT_THESE, "yellow")
    return False


def _refuse(into: Path, data: Path, *, force: bool) -> None:
    for place in (into, data):
        if re.search(r"['\"$`\\]|[^\S ]", str(place)):
            _end(wording.odd_place(str(place)))
    there = files.in_the_way([into / one for one in _FILES])
    if there and not force:
        _end(wording.there_already(there))
    if (data / "harborlight.sqlite").exists() or (data / "blobs").exists():
        _end(wording.data_there(str(data)))


@contextmanager
def _stopping() -> Iterator[None]:
    """Say of a Ctrl-C at a question that nothing was written."""
    try:
        yield
    except typer.Abort:
        show.note("\n" + wording.STOPPED)
        raise typer.Exit(STOPPED) from None


def _program(told: Told, now: datetime) -> str:
    """Return the programme file of these answers, and show what it says."""
    text = program_text(Answers(name=told.name, products=told.products, days=told.days, zone=told.zone,
                                embargo_days=told.disclosure, small=told.small, today=now.date()))
    _table(wording.defaults(program_.read(text), admin=told.admin, people=told.people))
    return text


def _fits(kit: Path, into: Path, data: Path) -> bool:
    place = kit.resolve()
    return (not place.exists() and not place.is_relative_to(data) and place.parent.is_dir()
            and place not in [into / one for one in _FILES])


def _shown_once(page: str, kit: Path | None, into: Path, data: Path) -> Path | None:
    """Show the kit, and return the file in which it is to stand as well."""
    show.line("")
    show.line(wording.SHOWN_ONCE, "bold")
    rule = "-" * 80
    typer.echo(f"{rule}\n{page}\n{rule}")
    while kit is None:
        said = str(typer.prompt(wording.SAVE_KIT, default="", show_default=False)).strip()
        if not said:
            return None
        place = Path(said).expanduser()
        if _fits(place, into, data):
            return place
        show.line(f"  {wording.kit_place(said)}", "yellow")
    return kit


def _settings(into: Path) -> settings_.Settings:
    """Return what is set already, for the tokens alone; nothing where it cannot be read."""
    try:
        return settings_.Settings(_env_file=into / ".env")
    except ValueError:
        return settings_.Settings.model_construct()


def _table(rows: list[tuple[str, str]]) -> None:
    wide = max(len(label) for label, _ in rows) + 2
    show.line("")
    for label, value in rows:
        show.line(f"  {label:<{wide}}{value}")
    show.line("")


def _lines(told: Told, keys: NewKeys, into: Path, data: Path, mark: str) -> str:
    people = " ".join(f"{role}={who}" for role, who in told.people)
    values = {
        "HARBORLIGHT_DATA": str(data), "HARBORLIGHT_PROGRAM": str(into / "program.toml"), "HARBORLIGHT_MASTER_KEY": keys.master,
        "HARBORLIGHT_PROGRAM_KEY": keys.subkey, "HARBORLIGHT_PROGRAM_FINGERPRINT": keys.fingerprint, "HARBORLIGHT_ADMIN": told.admin,
        "HARBORLIGHT_PEOPLE": people, **({"HARBORLIGHT_KIT": mark} if mark else {}),
    }
    return "\n".join(f"{one}={_quoted(value)}" for one, value in values.items())


def _quoted(value: str) -> str:
    """Return a value as both a shell and the settings read it; there is no quote in it."""
    return value if re.fullmatch(r"[\w./:=@+,-]*", value, re.ASCII) else f"'{value}'"


def _end(sentence: str) -> NoReturn:
    show.note(sentence)
    raise typer.Exit(UNUSABLE)
