from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

import pytest

from config.clock import ManualClock, SystemClock
from config.program import DEMO, LEVELS, Length, ProgramError, Site, load, parse_length, read
from config.program_parts import _plain
from config.settings import SettingsError, replay_key, replay_variable

TEXT = DEMO.read_text("utf-8")


def problems(text: str) -> list[str]:
    with pytest.raises(ProgramError) as caught:
        read(text)
    return caught.value.problems


def test_the_demo_programme_is_what_the_specification_promises() -> None:
    program = load(DEMO)
    assert (program.name, program.mode, program.size, program.names_shown) == (
        "Acme AI",
        "open",
        "normal",
        False,
    )
    assert program.tz is UTC
    assert program.working.days == {0, 1, 2, 3, 4}
    assert (program.working.opening, program.working.closing) == (time(9), time(17))
    assert program.promises.acknowledge == Length(timedelta(hours=24))
    assert program.promises.first_response == Length(timedelta(hours=48))
    assert program.clocks.triage.low == Length(timedelta(days=5), business=True)
    assert program.clocks.mitigation.medium is None
    assert [program.clocks.remediation.of(level) for level in LEVELS] == [
        *(Length(timedelta(days=days)) for days in (7, 30, 60, 90)),
        None,
    ]
    assert program.embargo.length == timedelta(days=90)
    assert program.intake.sent == 8 * 1024 * 1024
    assert program.intake.opened == 32 * 1024 * 1024
    assert [item.id for item in program.scope] == ["acme-chat", "acme-large", "acme-agent"]
    assert program.channels.hall_of_fame == "hall-of-fame"
    assert program.pings.cap == 5


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30 minutes", Length(timedelta(minutes=30))),
        ("24 h", Length(timedelta(hours=24))),
        ("24h", Length(timedelta(hours=24))),
        ("1 hour", Length(timedelta(hours=1))),
        ("7 days", Length(timedelta(days=7))),
        ("2 weeks", Length(timedelta(days=14))),
        ("5 business days", Length(timedelta(days=5), business=True)),
        ("1 working day", Length(timedelta(days=1), business=True)),
    ],
)
def test_lengths_are_read_as_written(written: str, length: Length) -> None:
    assert parse_length(written) == length
    assert parse_length(written).written == written


@pytest.mark.parametrize(
    "written", ["", "24", "h", "-1 h", "0 h", "1.5 h", "9999 days", "1 fortnight", "1 h 2 min"]
)
def test_other_lengths_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="length"):
        parse_length(written)


def test_every_problem_is_reported_at_once_with_its_key() -> None:
    text = (
        TEXT.replace('zone = "UTC"', 'zone = "Mars/Olympus"')
        .replace('acknowledge = "24 h"', 'acknowledge = "soon"')
        .replace("cap = 5", "cap = true")
        .replace('critical = "72 h"', 'terrible = "72 h"')
        .replace('id = "acme-large"', 'id = "acme-chat"')
        .replace('closing = "17:00"', 'closing = "08:00"')
        .replace("hour = 9", "hour = 24\nminute = 3")
        .replace('sent = "8 MiB"', "")
        .replace('length = "90 days"', 'length = "5 business days"')
    )
    found = problems(text)
    assert {problem.split(":")[0] for problem in found} == {
        "calendar.zone",
        "calendar.closing",
        "promises.acknowledge",
        "pings.cap",
        "clocks.mitigation.terrible",
        "scope[2].id",
        "digest.hour",
        "digest.minute",
        "intake.sent",
        "embargo.length",
    }


def test_a_missing_table_is_one_problem() -> None:
    start, end = TEXT.index("[pings]"), TEXT.index("[intake]")
    assert problems(TEXT[:start] + TEXT[end:]) == ["pings: is missing"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('mode = "open"', 'mode = "loud"', "mode"),
        ('notes = ["7 days", "21 days"]', 'notes = ["21 days", "7 days"]', "waiting.notes"),
        ('lapse = "30 days"', 'lapse = "20 days"', "waiting.notes"),
        ('critical = "7 days", others = "14 days" }', 'critical = "7 days" }', "clocks.retest"),
        ('leadership = "leadership"', 'leadership = "hall-of-fame"', "channels.leadership"),
        ("holidays = []", "holidays = [2026-12-25, 5]", "calendar.holidays[2]"),
        ("date = 2026-01-05", "date = 2026-01-05T10:00:00Z", "policy.date"),
        ('days = ["monday", ', 'days = ["mönday", ', "calendar.days"),
        ('length = "90 days"', 'length = "181 days"', "embargo.length"),
        ('name = "Acme AI"', 'name = "Acme\\u202eAI"', "name"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(old: str, new: str, key: str) -> None:
    assert old in TEXT
    assert key in {problem.split(":")[0] for problem in problems(TEXT.replace(old, new))}


def test_no_toml_and_no_file_are_problems_too(tmp_path: Path) -> None:
    assert len(problems("= nonsense")) == 1
    with pytest.raises(ProgramError):
        load(tmp_path / "missing.toml")


def test_the_version_names_the_content_and_not_its_wording() -> None:
    program = read(TEXT)
    assert read("# a comment\n" + TEXT.replace('"24 h"', '"24 hours"')).version == program.version
    assert read(TEXT.replace("cap = 5", "cap = 6")).version != program.version
    assert replace(program, name="Other").version != program.version
    assert len(bytes.fromhex(program.version)) == 32


def test_holidays_and_zones_are_read() -> None:
    program = read(
        TEXT.replace("holidays = []", "holidays = [2026-12-25, 2026-01-01]").replace(
            'zone = "UTC"', 'zone = "Europe/Berlin"'
        )
    )
    assert program.working.holidays == {date(2026, 12, 25), date(2026, 1, 1)}
    assert datetime(2026, 7, 1, tzinfo=program.tz).utcoffset() == timedelta(hours=2)


def test_a_programme_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        load(DEMO).name = "other"  # type: ignore[misc]


def test_a_manual_clock_moves_only_forward() -> None:
    start = datetime(2026, 1, 16, 16, tzinfo=UTC)
    clock = ManualClock(start, rate=10)
    clock.advance(timedelta(hours=1))
    assert clock.now() == start + timedelta(hours=1)
    clock.to(datetime(2026, 1, 16, 19, tzinfo=parse_zone()))  # 18:00 in UTC
    assert clock.now() == start + timedelta(hours=2)
    assert clock.now().tzinfo is UTC
    assert clock.real(5) == 0.5
    with pytest.raises(ValueError, match="back"):
        clock.to(start)
    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="zone"):
        clock.to(datetime(2027, 1, 1))  # noqa: DTZ001 - the naive instant is the point
    with pytest.raises(ValueError, match="zone"):
        ManualClock(datetime(2027, 1, 1))  # noqa: DTZ001 - the naive instant is the point
    with pytest.raises(ValueError, match="rate"):
        ManualClock(start, rate=0)


def parse_zone() -> tzinfo:
    return replace(load(DEMO).working, zone="Europe/Berlin").tz


def test_the_system_clock_is_aware_and_does_not_stretch_waits() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.now() <= clock.now()
    assert clock.real(2.5) == 2.5


REPLAY = """
[replay.staging]
url = "https://models.example/v1/"
model = "acme-large"

[replay.live-eu]
url = "http://127.0.0.1:8080"
model = "acme-large"
concurrency = 2
timeout = 30
retries = 0
attempts = 500
tokens = 9000
seeds = false
"""


def test_replay_targets_are_read_and_what_is_left_out_has_a_value() -> None:
    live, staging = read(TEXT + REPLAY).replay
    assert (staging.name, staging.url, staging.concurrency, staging.seeds) == ("staging", "https://models.example/v1", 4, True)
    assert (live.name, live.timeout, live.retries, live.attempts, live.tokens) == ("live-eu", timedelta(seconds=30), 0, 500, 9000)
    assert not live.seeds


def test_a_programme_without_replay_targets_keeps_its_version() -> None:
    program = read(TEXT)
    assert program.replay == ()
    assert "replay" not in str(_plain(program))
    assert read(TEXT + REPLAY).version != program.version


def test_every_problem_of_a_replay_target_is_named() -> None:
    text = (REPLAY.replace("https://models.example/v1/", "https://who:word@models.example/v1?x=1").replace("timeout = 30", "timeout = 0")
            .replace("retries = 0", 'retries = "often"').replace("seeds = false", "seed = 7")
            .replace('model = "acme-large"\n\n', "") + '\n[replay."Bad Name"]\nurl = 1\n')
    assert {one.split(":")[0] for one in problems(TEXT + text)} == {
        "replay.staging.url", "replay.staging.model", "replay.live-eu.timeout", "replay.live-eu.retries", "replay.live-eu.seed",
        "replay.Bad Name"}
    assert problems(TEXT + "\n[replay]\n") == ["replay: needs at least one entry"]
    assert problems(TEXT.replace('size = "normal"', 'size = "normal"\nreplay = 1')) == ["replay: must be tables by name"]


def test_the_key_of_a_replay_target_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replay_variable("live-eu") == "REPLAY_KEY_LIVE_EU"
    assert replay_key("live-eu") is None
    monkeypatch.setenv("REPLAY_KEY_LIVE_EU", " sk-abc ")
    found = replay_key("live-eu")
    assert found is not None
    assert found.get_secret_value() == "sk-abc"
    assert "sk-abc" not in repr(found)
    monkeypatch.setenv("REPLAY_KEY_LIVE_EU", "two words")
    with pytest.raises(SettingsError, match="REPLAY_KEY_LIVE_EU") as caught:
        replay_key("live-eu")
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize(("lines", "wrong"), [
    ('url = "http://flaws.example"', "site.url"),
    ('url = "https://flaws.example"\ncontact = ["javascript:alert(1)"]', "site.contact[1]"),
    ('url = "https://user:word@flaws.example"', "site.url"),
    ('url = "https://flaws.example"\ncontact = []', "site.contact"),
    ('url = "https://flaws.example"\nlanguages = ["e n"]', "site.languages"),
    ('url = "https://flaws.example"\ndirect = { moon = "https://x.example" }', "site.direct.moon"),
    ('contact = ["mailto:a@flaws.example"]', "site.url"),
])
def test_an_address_of_the_public_pages_that_cannot_be_used_is_named(lines: str, wrong: str) -> None:
    text = re.sub(r"(?m)^\[site\]\n(?:[a-z]+ = .*\n)+", lambda _: f"[site]\n{lines}\n", DEMO.read_text("utf-8"))
    with pytest.raises(ProgramError) as found:
        read(text)
    assert [one.split(": ")[0] for one in found.value.problems] == [wrong]


def test_public_pages_are_no_term_of_a_programme() -> None:
    whole = load(DEMO)
    assert replace(whole, site=Site(url="https://elsewhere.example")).version == whole.version
