"""What a programme consists of: the frozen values that program.toml is read into.

It decides which numbers there are; reading and checking them is done in config/program.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, time, timedelta, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

PLATFORMS = ("local", "slack", "discord")
LEVELS = ("critical", "high", "medium", "low", "informational")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Length:
    """A stretch of time as the programme writes it.

    With `business`, `span` counts business time: 24 h for each working day of the calendar.
    """

    span: timedelta
    business: bool = False
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PerLevel:
    """One length for each severity level; None where that level has no clock."""

    critical: Length | None = None
    high: Length | None = None
    medium: Length | None = None
    low: Length | None = None
    informational: Length | None = None

    def of(self, level: str) -> Length | None:
        """The length for a level's name; raises KeyError for a name that is no level."""
        if level not in LEVELS:
            raise KeyError(level)
        return cast("Length | None", getattr(self, level))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """The zone, the working days and the opening hours of the programme."""

    zone: str
    days: frozenset[int]  # 0 is Monday
    opening: time
    closing: time
    holidays: frozenset[date]

    @property
    def tz(self) -> tzinfo:
        """The time zone itself."""
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What a researcher is promised on the day of the report."""

    acknowledge: Length
    first_response: Length


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLengths:
    """How long each clock of a report runs."""

    triage: PerLevel
    mitigation: PerLevel
    remediation: PerLevel
    verification: PerLevel
    retest: PerLevel
    update: PerLevel
    publish: Length
    exploited: Length
    statement: Length


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbargoTerms:
    """The default embargo, its one extension, and the notices owed before details appear."""

    length: timedelta
    extension: timedelta
    vendor_notice: timedelta
    decline_wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long the programme waits for a researcher, and when it reminds them."""

    notes: tuple[timedelta, ...]
    lapse: timedelta
    retest_extension: timedelta
    appeal: timedelta
    regress: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPerson:
    """Where one person is not enough, and how long a proposal waits for the second."""

    lapse: Length
    repeat: Length
    stand_in: Length
    sign_off_levels: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PingRules:
    """How often a person may be pinged, and when the lists go out."""

    cap: int
    collect: timedelta
    weekend_list_before_closing: timedelta
    weekend_list_until: time


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """Sizes in bytes, rates per person, and how long the parts of one message may take."""

    sent: int
    opened: int
    messages_per_minute: int
    reports_per_hour: int
    wait_for_parts: timedelta
    greeting_again: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The names of the standing channels: one for every platform, or pairs of a platform and its own name."""

    hall_of_fame: str  # empty where pairs name it
    leadership: str
    hall_of_fame_on: tuple[tuple[str, str], ...] = ()
    leadership_on: tuple[tuple[str, str], ...] = ()
    front_door: str = ""
    front_door_on: tuple[tuple[str, str], ...] = ()

    def thanks(self, platform: str) -> str:
        """The name of the public channel for announcements on a platform, or nothing where it has none."""
        return self.hall_of_fame or dict(self.hall_of_fame_on).get(platform, "")

    def leaders(self, platform: str) -> str:
        """The name of the leadership channel on a platform, or nothing where it has none."""
        return self.leadership or dict(self.leadership_on).get(platform, "")

    def door(self, platform: str) -> str:
        """The name of the public channel with the buttons for researchers on a platform, or nothing where it has none."""
        return self.front_door or dict(self.front_door_on).get(platform, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """When the weekly digest goes out, in the zone of the programme, and whether a monthly one does."""

    weekday: int  # 0 is Monday
    hour: int
    monthly: bool = False  # on the first working day, over the calendar month before


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is no longer needed is kept."""

    closed: timedelta
    unclaimed: timedelta
    records: timedelta
    data_requests: timedelta = timedelta(days=30)  # until a researcher's question about their own data is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEdition:
    """The version and the date of the public policy."""

    version: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeItem:
    """One system that research is invited on; `kind` is model, endpoint or product."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the public pages are reached from outside, and who is written to besides; all of it may be left out."""

    url: str = ""  # https, without a slash at its end
    contact: tuple[str, ...] = ()  # https:, mailto: or tel:, the preferred one first
    languages: tuple[str, ...] = ("en",)  # that reports are read in, as BCP 47 tags
    direct: tuple[tuple[str, str], ...] = ()  # by platform, the address that opens the bot's direct messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """What the programme pays, in whole units of its currency; payment itself is made outside."""

    currency: str  # three letters, such as EUR
    amounts: tuple[tuple[str, int], ...]  # by level; a level without one is thanked only
    second_person_above: int
    budget: int = 0  # of a calendar year; 0 for none

    def of(self, level: str) -> int:
        """The usual amount for a level, 0 where the programme pays nothing."""
        return dict(self.amounts).get(level, 0)


def sums(given: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Return what amounts come to in each currency: a programme may change its own, and nothing here knows a rate."""
    found: dict[str, int] = {}
    for amount, currency in given:
        found[currency] = found.get(currency, 0) + amount
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTarget:
    """One chat endpoint that attacks are tried on; its key is a setting, and no part of the programme."""

    name: str
    url: str  # base of an OpenAI-compatible API, without a slash at its end
    model: str
    concurrency: int = 4  # attempts at once
    timeout: timedelta = timedelta(minutes=1)  # of one attempt
    retries: int = 4  # after a refused connection, a rate limit or a server's error
    attempts: int = 2_000  # most of one series, dropped ones among them
    tokens: int = 2_000_000  # most of one series, in and out
    seeds: bool = True  # whether the endpoint takes a seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Everything an adopter decided; `version` names exactly this content."""

    name: str
    mode: str  # open, rewrap or sealed
    size: str  # normal or small
    names_shown: bool
    working: WorkingTime
    promises: Promises
    clocks: ClockLengths
    embargo: EmbargoTerms
    waiting: Waiting
    second_person: SecondPerson
    pings: PingRules
    intake: IntakeLimits
    channels: Channels
    digest: Digest
    retention: Retention
    policy: PolicyEdition
    scope: tuple[ScopeItem, ...]
    triage_platform: str = ""  # empty: where there is a token
    intake_platforms: tuple[str, ...] = ()  # empty: all that are connected
    replay: tuple[ReplayTarget, ...] = ()
    rewards: Rewards | None = None  # None: thanks only
    site: Site = field(default=Site(), compare=False)  # an address is no term of a report

    @property
    def version(self) -> str:
        """The SHA-256 of the content in hex; the wording and order of the file do not change it."""
        return hashlib.sha256(json.dumps(_plain(self), sort_keys=True).encode()).hexdigest()

    @property
    def tz(self) -> tzinfo:
        """The time zone of the programme."""
        return self.working.tz

    @property
    def small(self) -> bool:
        """Whether one person may hold several roles."""
        return self.size == "small"


# Keys that came after the first release, which a programme may leave out.
_LATER = frozenset(("triage_platform", "intake_platforms", "hall_of_fame_on", "leadership_on", "front_door", "front_door_on",
                    "replay", "site", "data_requests", "rewards", "monthly"))


def _plain(value: object) -> object:
    if is_dataclass(value):
        # What is left at its default is left out, so that a new key changes no programme that does not use it.
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)
                if one.compare and not (one.name in _LATER and getattr(value, one.name) == one.default)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted((_plain(item) for item in value), key=repr)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):
        return value.isoformat()
    return value
