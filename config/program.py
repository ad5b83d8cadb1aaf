"""The programme as data: a typed, frozen view of program.toml.

It decides what a complete and sensible programme file is, and reports every problem at once with its key
path. The values themselves are declared in config/program_parts.py; what they mean for a report is decided in
config/policy/.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.program_parts import (
    LEVELS,
    PLATFORMS,
    WEEKDAYS,
    Channels,
    ClockLengths,
    Digest,
    EmbargoTerms,
    IntakeLimits,
    Length,
    PerLevel,
    PingRules,
    PolicyEdition,
    Program,
    Promises,
    ReplayTarget,
    Retention,
    Rewards,
    ScopeItem,
    SecondPerson,
    Site,
    Waiting,
    WorkingTime,
)
from config.program_reader import Table, parse_length

__all__ = [
    "DEMO",
    "LEVELS",
    "PLATFORMS",
    "WEEKDAYS",
    "Channels",
    "ClockLengths",
    "Digest",
    "EmbargoTerms",
    "IntakeLimits",
    "Length",
    "PerLevel",
    "PingRules",
    "PolicyEdition",
    "Program",
    "ProgramError",
    "Promises",
    "ReplayTarget",
    "Retention",
    "Rewards",
    "ScopeItem",
    "SecondPerson",
    "Site",
    "Waiting",
    "WorkingTime",
    "load",
    "parse_length",
    "read",
]

DEMO = Path(__file__).with_name("program.toml")


class ProgramError(Exception):
    """The programme file cannot be used; `problems` lists every reason with its key path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load(path: Path) -> Program:
    """The programme in a file; raises ProgramError with every problem found in it."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise ProgramError([f"the programme file cannot be read: {type(wrong).__name__}"]) from wrong
    return read(text)


def read(text: str) -> Program:
    """The programme in a TOML text; raises ProgramError with every problem found in it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ProgramError([f"the programme file is no valid TOML: {wrong}"]) from wrong
    problems: list[str] = []
    program = _program(Table(content, problems))
    if problems:
        raise ProgramError(problems)
    return program


def _program(top: Table) -> Program:
    program = Program(
        name=top.text("name", 80),
        mode=top.choice("mode", ("open", "rewrap", "sealed")),
        size=top.choice("size", ("normal", "small")),
        names_shown=top.truth("names_shown"),
        working=_working(top.table("calendar")),
        promises=_promises(top.table("promises")),
        clocks=_clocks(top.table("clocks")),
        embargo=_embargo(top.table("embargo")),
        waiting=_waiting(top.table("waiting")),
        second_person=_second_person(top.table("second_person")),
        pings=_pings(top.table("pings")),
        intake=_intake(top.table("intake")),
        channels=_channels(top.table("channels")),
        digest=_digest(top.table("digest")),
        retention=_retention(top.table("retention")),
        policy=_policy(top.table("policy")),
        scope=_scope(top),
        triage_platform=top.choice("triage_platform", PLATFORMS) if top.has("triage_platform") else "",
        intake_platforms=top.choices("intake_platforms", PLATFORMS) if top.has("intake_platforms") else (),
        replay=_replay(top) if top.has("replay") else (),
        rewards=_rewards(top.table("rewards")) if top.has("rewards") else None,
        site=_site(top.table("site")) if top.has("site") else Site(),
    )
    top.done()
    return program


def _working(table: Table) -> WorkingTime:
    zone = table.text("zone")
    try:
        ZoneInfo(zone) if zone != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.problem("zone", "is no known time zone")
        zone = "UTC"
    days = table.choices("days", WEEKDAYS)
    working = WorkingTime(
        zone=zone,
        days=frozenset(WEEKDAYS.index(day) for day in days),
        opening=table.time_of_day("opening"),
        closing=table.time_of_day("closing"),
        holidays=frozenset(table.days("holidays")),
    )
    if working.opening >= working.closing:
        table.problem("closing", "must be later than opening")
    table.done()
    return working


def _promises(table: Table) -> Promises:
    made = Promises(acknowledge=table.length("acknowledge"), first_response=table.length("first_response"))
    table.done()
    return made


def _clocks(table: Table) -> ClockLengths:
    clocks = ClockLengths(
        triage=table.per_level("triage"),
        mitigation=table.per_level("mitigation"),
        remediation=table.per_level("remediation"),
        verification=table.per_level("verification"),
        retest=table.per_level("retest"),
        update=table.per_level("update"),
        publish=table.length("publish"),
        exploited=table.length("exploited"),
        statement=table.length("statement"),
    )
    for key in ("triage", "verification", "retest", "update"):
        lengths: PerLevel = getattr(clocks, key)
        if any(lengths.of(level) is None for level in LEVELS):
            table.problem(key, "needs a length for every level")
    table.done()
    return clocks


def _embargo(table: Table) -> EmbargoTerms:
    terms = EmbargoTerms(
        length=table.span("length"),
        extension=table.span("extension"),
        vendor_notice=table.span("vendor_notice"),
        decline_wait=table.span("decline_wait"),
    )
    if not timedelta(days=1) <= terms.length <= timedelta(days=180):
        table.problem("length", "must be from 1 to 180 days")
    table.done()
    return terms


def _waiting(table: Table) -> Waiting:
    waiting = Waiting(
        notes=tuple(length.span for length in table.lengths("notes")),
        lapse=table.span("lapse"),
        retest_extension=table.span("retest_extension"),
        appeal=table.span("appeal"),
        regress=table.span("regress"),
    )
    if any(note >= waiting.lapse for note in waiting.notes):
        table.problem("notes", "must come before lapse")
    table.done()
    return waiting


def _second_person(table: Table) -> SecondPerson:
    rules = SecondPerson(
        lapse=table.length("lapse"),
        repeat=table.length("repeat"),
        stand_in=table.length("stand_in"),
        sign_off_levels=frozenset(table.choices("sign_off_levels", LEVELS)),
    )
    table.done()
    return rules


def _pings(table: Table) -> PingRules:
    rules = PingRules(
        cap=table.number("cap", least=2, most=100),  # a day before days off has two lists
        collect=table.span("collect"),
        weekend_list_before_closing=table.span("weekend_list_before_closing"),
        weekend_list_until=table.time_of_day("weekend_list_until"),
    )
    table.done()
    return rules


def _intake(table: Table) -> IntakeLimits:
    limits = IntakeLimits(
        sent=table.size("sent"),
        opened=table.size("opened"),
        messages_per_minute=table.number("messages_per_minute", least=1, most=10_000),
        reports_per_hour=table.number("reports_per_hour", least=1, most=10_000),
        wait_for_parts=table.span("wait_for_parts"),
        greeting_again=table.span("greeting_again"),
    )
    table.done()
    return limits


def _channels(table: Table) -> Channels:
    hall, halls = table.names("hall_of_fame", PLATFORMS)
    lead, leads = table.names("leadership", PLATFORMS)
    door, doors = table.names("front_door", PLATFORMS) if table.has("front_door") else ("", ())
    names = Channels(hall_of_fame=hall, leadership=lead, hall_of_fame_on=halls, leadership_on=leads,
                     front_door=door, front_door_on=doors)
    for one in PLATFORMS:
        if names.thanks(one) == names.leaders(one) != "":
            table.problem("leadership", "must be another channel than hall_of_fame")
            break
        if names.door(one) and names.door(one) in (names.thanks(one), names.leaders(one)):
            table.problem("front_door", "must be another channel than hall_of_fame and leadership")
            break
    table.done()
    return names


def _digest(table: Table) -> Digest:
    digest = Digest(
        weekday=WEEKDAYS.index(table.choice("weekday", WEEKDAYS)),
        hour=table.number("hour", least=0, most=23),
        monthly=table.truth("monthly") if table.has("monthly") else False,
    )
    table.done()
    return digest


def _retention(table: Table) -> Retention:
    kept = Retention(
        closed=table.span("closed"), unclaimed=table.span("unclaimed"), records=table.span("records"),
        data_requests=table.span("data_requests") if table.has("data_requests") else timedelta(days=30),
    )
    table.done()
    return kept


def _policy(table: Table) -> PolicyEdition:
    edition = PolicyEdition(version=table.text("version", 40), date=table.day("date"))
    table.done()
    return edition


def _scope(top: Table) -> tuple[ScopeItem, ...]:
    items: list[ScopeItem] = []
    for table in top.tables("scope"):
        item = ScopeItem(
            id=table.identifier("id"),
            name=table.text("name", 80),
            kind=table.choice("kind", ("model", "endpoint", "product")),
        )
        if any(item.id == other.id for other in items):
            table.problem("id", "is used twice")
        items.append(item)
        table.done()
    return tuple(items)


def _site(table: Table) -> Site:
    left_out = Site()
    direct = table.table("direct") if table.has("direct") else None
    found = Site(
        url=table.uri("url", ("https",)).rstrip("/"),
        contact=table.uris("contact", ("https", "mailto", "tel")) if table.has("contact") else left_out.contact,
        languages=table.tags("languages") if table.has("languages") else left_out.languages,
        direct=tuple((one, direct.uri(one, ("https", "slack"))) for one in PLATFORMS if direct.has(one)) if direct else (),
    )
    if direct is not None:
        direct.done()
    table.done()
    return found


def _rewards(table: Table) -> Rewards:
    currency = table.text("currency", 3)
    if not re.fullmatch("[A-Z]{3}", currency):
        table.problem("currency", 'must be three capital letters, such as "EUR"')
    amounts = tuple((level, table.number(level, least=1, most=10_000_000)) for level in LEVELS if table.has(level))
    if not amounts:
        table.problem("critical", "needs an amount for at least one level; leave the table out for thanks only")
    found = Rewards(currency=currency, amounts=amounts, second_person_above=table.number("second_person_above", least=0, most=10_000_000),
                    budget=table.number("budget", least=0, most=1_000_000_000) if table.has("budget") else 0)
    table.done()
    return found


def _replay(top: Table) -> tuple[ReplayTarget, ...]:
    left_out = ReplayTarget(name="", url="", model="")
    found = []
    for name, table in top.named("replay"):
        found.append(ReplayTarget(
            name=name, url=table.address("url"), model=table.text("model"),
            concurrency=table.number("concurrency", least=1, most=64) if table.has("concurrency") else left_out.concurrency,
            timeout=table.seconds("timeout", least=1, most=3600) if table.has("timeout") else left_out.timeout,
            retries=table.number("retries", least=0, most=10) if table.has("retries") else left_out.retries,
            attempts=table.number("attempts", least=1, most=100_000) if table.has("attempts") else left_out.attempts,
            tokens=table.number("tokens", least=1, most=10**12) if table.has("tokens") else left_out.tokens,
            seeds=table.truth("seeds") if table.has("seeds") else left_out.seeds,
        ))
        table.done()
    return tuple(sorted(found, key=lambda one: one.name))
