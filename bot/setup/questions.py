"""The questions of setup, asked on the terminal or answered by flags: what is given is not asked.

Decides what an answer may be and what stands as its default. Leaves what becomes of the answers to `bot/cli_setup.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot import cli_show as show
from bot.platforms.local.people import PEOPLE
from commands.wording import setup as wording
from config.placing import tokens_of
from config.program import PLATFORMS
from config.program_writer import KINDS, Product, days_of
from config.settings import Settings

T = TypeVar("T")

_COLLEAGUES = tuple(one.id for one in PEOPLE if "researcher" not in one.roles)  # who can hold a role on the local page
_ACCOUNTS = {"slack": r"[UW][A-Z0-9]{2,}", "discord": r"[0-9]{5,20}", "local": "|".join(_COLLEAGUES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the flags answer already; None or empty is asked, or a default where nothing may be asked."""

    name: str | None
    products: Sequence[str]
    days: str | None
    zone: str | None
    lead: str | None
    security: str | None
    ml: str | None
    owner: str | None
    admin: str | None
    disclosure: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything that was answered."""

    name: str
    products: tuple[Product, ...]
    days: tuple[str, ...]
    zone: str
    lead: str
    security: str
    ml: str
    owner: str
    admin: str
    disclosure: int

    @property
    def small(self) -> bool:
        """Whether somebody holds more than one of the roles."""
        return len({self.lead, self.security, self.ml, self.owner}) < 4

    @property
    def people(self) -> tuple[tuple[str, str], ...]:
        """The roles and who holds them, as they are granted at the first start."""
        return (("lead", self.lead), ("triager-security", self.security), ("triager-ml", self.ml), ("owner", self.owner))


def ask(given: Given, settings: Settings, *, silent: bool) -> Told:
    """Return the answers; `silent` takes the flags and the defaults. Raises typer.BadParameter for a flag that cannot be used."""
    one = _Asking(silent=silent)
    if not silent:
        show.line(wording.INTRO)
    name = one(wording.NAME, given.name, _name, default="")
    products = _products(one, given.products)
    days = one(wording.DAYS, given.days, days_of, default="monday-friday")
    zone = one(wording.ZONE, given.zone, _zone, default=machine_zone())
    if not silent:
        show.line(wording.accounts(tokens_of(settings), _COLLEAGUES))
    lead = one(wording.LEAD, given.lead, _account, default="")
    return Told(
        name=name, products=products, days=days, zone=zone, lead=lead,
        security=one(wording.SECURITY, given.security, _account, default=lead),
        ml=one(wording.ML, given.ml, _account, default=lead),
        owner=one(wording.OWNER, given.owner, _account, default=lead),
        admin=_account(given.admin or lead),
        disclosure=one(wording.DISCLOSURE, None if given.disclosure is None else str(given.disclosure), _disclosure, default="90"),
    )


def ask_again(told: Told) -> Told:
    """Ask everything once more; the answers of before are the defaults."""
    one = _Asking(silent=False)
    show.line(wording.AGAIN)
    return Told(
        name=one(wording.NAME, None, _name, default=told.name), products=_products(one, (), before=told.products),
        days=one(wording.DAYS, None, days_of, default=", ".join(told.days)), zone=one(wording.ZONE, None, _zone, default=told.zone),
        lead=(lead := one(wording.LEAD, None, _account, default=told.lead)),
        security=one(wording.SECURITY, None, _account, default=told.security), ml=one(wording.ML, None, _account, default=told.ml),
        owner=one(wording.OWNER, None, _account, default=told.owner), admin=lead if told.admin == told.lead else told.admin,
        disclosure=one(wording.DISCLOSURE, None, _disclosure, default=str(told.disclosure)),
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks one question until its answer can be used."""

    silent: bool

    def __call__(self, question: str, given: str | None, read: Callable[[str], T], *, default: str) -> T:
        if given is not None or self.silent:
            return _usable(question, given if given is not None else default, read)
        while True:
            said = str(typer.prompt(question, default=default or None, show_default=bool(default)))
            try:
                return read(said.strip())
            except ValueError as wrong:
                show.line(f"  {wrong}", "yellow")


def _usable(question: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text.strip())
    except ValueError as wrong:
        raise typer.BadParameter(f"{question}: {wrong}") from None


def _products(one: _Asking, given: Sequence[str], before: tuple[Product, ...] = ()) -> tuple[Product, ...]:
    if given or one.silent:
        return tuple(_usable(wording.PRODUCT, text, _product) for text in given or [""])
    if before and typer.confirm(wording.keep([one.name for one in before]), default=True):
        return before
    found: list[Product] = []
    while True:
        question = wording.PRODUCT if not found else wording.PRODUCT_MORE
        name = str(typer.prompt(question, default="" if found else None, show_default=False)).strip()
        if not name and found:
            return tuple(found)
        try:
            found.append(Product(_name(name), one(f"  {wording.KIND}", None, _kind, default="product")))
        except ValueError as wrong:
            show.line(f"  {wrong}", "yellow")


def _product(text: str) -> Product:
    name, equals, kind = text.rpartition("=")
    return Product(_name(name), _kind(kind)) if equals else Product(_name(text))


def _name(text: str) -> str:
    if not text.strip() or len(text) > 80 or not text.isprintable():
        raise ValueError("Write 1 to 80 characters on one line.")
    return text.strip()


def _kind(text: str) -> str:
    found = [kind for kind in KINDS if text and kind.startswith(text.strip().lower())]
    if not found:
        raise ValueError(f"Choose one of {', '.join(KINDS)}.")
    return found[0]


def _zone(text: str) -> str:
    if text != "UTC" and text not in available_timezones():
        raise ValueError("Write a name such as Europe/Berlin or UTC.")
    return text


def _account(text: str) -> str:
    platform, colon, account = text.strip().partition(":")
    if not colon:  # the three forms differ, so the form alone tells the platform
        account = platform
        platform = next((one for one, form in _ACCOUNTS.items() if re.fullmatch(form, account)), "")
    if platform not in PLATFORMS or not re.fullmatch(_ACCOUNTS[platform], account):
        raise ValueError(wording.bad_local(_COLLEAGUES) if platform == "local" else wording.bad_account())
    return f"{platform}:{account}"


def _disclosure(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text) or not 1 <= int(text) <= 180:
        raise ValueError("Write a number of days from 1 to 180, such as 90.")
    return int(text)


def machine_zone(root: Path = Path("/etc")) -> str:
    """Return the time zone that this machine is set to, UTC where it does not say."""
    said = root / "timezone"
    found = [said.read_text("utf-8", "replace").strip()] if said.is_file() else []
    found.append(str((root / "localtime").resolve()).partition("/zoneinfo/")[2])
    for name in found:
        if name in available_timezones() and name not in ("Etc/UTC", "UTC", "Universal", "Zulu"):
            return ZoneInfo(name).key
    return "UTC"
