"""The table of a simulated month: how it stands on a terminal, as CSV and as JSON, and from which day it starts."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bot import cli_simulate
from bot.cli import app
from bot.simulate.findings import Month, month
from bot.simulate.house import Letter
from bot.simulate.run import Played, Row, start_of
from commands.wording import simulate as wording
from commands.wording import watch as wording_watch
from config.program import DEMO, Program, load

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
REPORT = "AIV-K7Q3M"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def row(letter: str, sent: datetime, what: str = "new_report", person: str = "triager-sec", **more: Any) -> Row:
    line = f"{REPORT}: {what}"
    found = Row(person, REPORT, what, "now", True, sent, sent, letter, "", "", "", None, line)
    return replace(found, **more)


def a_week(*more: Letter, program: Program | None = None, rows: tuple[Row, ...] = ()) -> Month:
    """Six days with a holiday on Tuesday and a few letters."""
    made = program or load(DEMO)
    made = replace(made, working=replace(made.working, holidays=frozenset({date(2026, 12, 1)})))
    letters = (
        Letter(at(0, 8), "researcher-1", f"{REPORT}/receipt", "We have it.", REPORT),
        Letter(at(0, 9), "triager-sec", "ping/n-1", f"{REPORT}: new_report", REPORT),
        Letter(at(2, 9), "triager-sec", "list/morning/2026-12-02/p", "Your day: 1 needs you today\n• x", REPORT),
        Letter(at(5, 3, 30), "triager-sec", "ping/n-2", f"{REPORT}: exploited", REPORT),
        Letter(at(5, 4), "researcher-1", f"{REPORT}/status@1", "", REPORT, card=True, delivered=False),
        *more,
    )
    played = Played(
        program=made, since=MONDAY, until=at(6, 0), seed=1, reports=(REPORT,), histories={REPORT: ()},
        researchers={REPORT: "researcher-1"}, letters=letters, posts=(), served=(), owners={}, refusals=(),
        rows=(row("ping/n-1", at(0, 9)), row("list/morning/2026-12-02/p", at(2, 9), "reporter_wrote"),
              row("ping/n-2", at(5, 3, 30), "exploited", counts=False), *rows))
    return month(played)


def shown(result: Month, *, width: int = 100) -> list[str]:
    out = io.StringIO()
    cli_simulate._table(result, Console(file=out, markup=False, highlight=False, emoji=False, width=width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_table_has_a_line_for_each_working_day_with_times_and_reasons() -> None:
    lines = shown(a_week())
    head = " ".join(lines[: lines.index("")])
    assert head == ("Acme AI, from Mon 30 Nov 2026 to Sat 5 Dec 2026, times in UTC: 4 working days, holidays Tue 1 Dec; 1 report; "
                    "at most 5 pings a person and day; seed 1.")
    first = lines.index("triager-sec (triager security): 3 pings, most on one day 1")
    assert [" ".join(line.split()) for line in lines[first + 1 : first + 6]] == [
        "Mon 30 Nov 1 09:00 report 1: new",
        "Wed 2 Dec 1 09:00 morning list (1 to know)",
        "Thu 3 Dec 0",
        "Fri 4 Dec 0",
        "Sat 5 Dec (off) 0 03:30 report 1: exploited or public (counts never)",
    ]
    assert "researcher-1: 1 message, most on one day 1" in lines, "what could not be delivered reached nobody"
    assert lines[-4:] == [
        "  ok    most pings of anybody on one working day: 1 (at most 5)",
        "  ok    pings outside working hours: 0 (goal 0), beside 1 about exploitation",
        "  ok    due marks in no list or ping, or in two: 0 of 0 (goal 0)",
        "  ok    honest notes about one report within a day: 0 (at most 1)",
    ]


def test_a_broken_finding_says_who_and_when_and_what_now() -> None:
    program = load(DEMO)
    result = a_week(Letter(at(1, 11), "lead", "ping/n-3", "x"), Letter(at(2, 10), "triager-sec", "ping/n-4", "y"),
                    program=replace(program, pings=replace(program.pings, cap=1)))
    lines = shown(result, width=160)
    assert "  fail  most pings of anybody on one working day: 2 (at most 1)" in lines
    assert "        triager-sec had 2 on Wed 2 Dec." in lines
    assert "        lead, Tue 1 Dec 2026, 11:00 UTC: n 3." in lines, "a holiday is no working day"
    assert lines[-1] == wording.WHAT_NOW
    assert not result.holds


def test_narrow_terminals_wrap_the_reasons_only() -> None:
    many = tuple(Letter(at(2, 10, n), "owner", f"ping/n-o{n}", "z") for n in range(4))
    rows = tuple(row(one.key, one.at, "owner", "owner") for one in many)
    lines = shown(a_week(*many, rows=rows), width=60)
    first = next(n for n, line in enumerate(lines) if line.startswith("  Wed 2 Dec") and "owner named" in line)
    assert all(len(line) <= 60 for line in lines)
    assert lines[first + 1].startswith(" " * 12)


def test_lists_are_named_by_what_stands_in_them() -> None:
    texts = {
        "morning list": wording_watch.your_day(1, 2, 3).plain(),
        "fixes of the week": wording_watch.your_fixes(2).plain(),
        "before the days off": wording_watch.before_days_off(MONDAY, UTC).plain(),
    }
    for name, text in texts.items():
        assert wording.lists(text, 0) == name
    assert wording.lists("\n".join(texts.values()), 2) == "morning list and before the days off and fixes of the week (2 to know)"
    assert wording.lists("To know\n• x\n• y", 2) == "2 reminders"


@pytest.mark.parametrize(("what", "clock", "step", "words"), [
    ("mark", "first-response", "80", "report 3: first response 80 %"),
    ("mark", "acknowledge", "100", "report 3: acknowledge missed"),
    ("mark", "triage", "+24h", "report 3: triage late by a day"),
    ("reporter_wrote", "", "", "report 3: the researcher wrote"),
    ("something_new", "", "", "report 3: something new"),
])
def test_reasons_are_a_few_words(what: str, clock: str, step: str, words: str) -> None:
    assert wording.reason(3, what, clock, step) == words


def test_it_starts_where_a_holiday_of_the_programme_lies_ahead() -> None:
    program = load(DEMO)

    def with_holidays(*days: date) -> Program:
        return replace(program, working=replace(program.working, holidays=frozenset(days)))

    today = date(2026, 11, 25)
    assert start_of(program, today, 30) == date(2026, 11, 30)
    assert start_of(program, date(2026, 11, 30), 30) == date(2026, 12, 7), "the next Monday, not today"
    assert start_of(with_holidays(date(2026, 12, 26), date(2026, 12, 25)), today, 30) == date(2026, 12, 15), "a Saturday is none"
    assert start_of(with_holidays(date(2026, 12, 25)), today, 8) == date(2026, 12, 21)
    assert start_of(with_holidays(date(2025, 12, 25)), today, 30) == date(2025, 12, 15), "else the last one"


def test_csv_and_json_exclude_each_other_and_a_bad_file_names_its_problem() -> None:
    both = CliRunner().invoke(app, ["simulate", "--csv", "--json"])
    assert both.exit_code == 2
    assert wording.ONE_FORM in both.output
    missing = CliRunner().invoke(app, ["simulate", "--program", "/nowhere/program.toml"])
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output


def test_csv_is_one_line_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    cli_simulate._csv(a_week())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "day,time,who,kind,counts,outside,reports,why"
    assert "2026-11-30,09:00,triager-sec,ping,yes,no,1,report 1: new" in lines
    assert "2026-12-05,03:30,triager-sec,exploited,no,yes,1,report 1: exploited or public" in lines
    assert len(lines) == 5
