"""Who is pinged when, over a month: read from what was really sent to everybody, and shown to be able to fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli_simulate import as_data
from bot.simulate.findings import Finding, Month, month
from bot.simulate.house import Letter
from bot.simulate.run import Played, Row, play
from commands import notify
from commands.calls import Call
from config.program import DEMO, load
from tests.commands.process import command

pytestmark = pytest.mark.slow

START = date(2026, 11, 30)
HOLIDAYS = frozenset({date(2026, 12, 9), date(2026, 12, 25)})  # a Wednesday and a Friday
TEAM = ("triager-sec", "triager-ml", "owner", "lead", "leadership", "operator")
_kept: list[Played] = []


@pytest.fixture
async def played() -> Played:
    """Thirty days with fourteen reports, four weekends and two holidays; played once for this file."""
    if not _kept:
        program = load(DEMO)
        program = replace(program, working=replace(program.working, holidays=HOLIDAYS))
        _kept.append(await play(program, start=START, days=30, reports=14, seed=1))
    return _kept[0]


def finding(result: Month, name: str) -> Finding:
    return next(one for one in result.findings if one.name == name)


def urgent(rows: Sequence[Row]) -> bool:
    return bool(rows) and all(one.what == "exploited" or one.clock in ("exploited", "embargo-decision") for one in rows)


async def test_a_month_of_fourteen_reports_pings_nobody_too_often_or_at_night(played: Played) -> None:
    rows: dict[str, list[Row]] = {}
    for row in played.rows:
        rows.setdefault(row.letter, []).append(row)
    days: Counter[tuple[str, date]] = Counter()
    nights = 0
    for letter in played.letters:
        if letter.account not in TEAM:
            continue
        apart = urgent(rows.get(letter.key, []))
        at_work = letter.at.weekday() < 5 and letter.at.date() not in HOLIDAYS and time(9) <= letter.at.time() < time(17)
        assert at_work or apart, letter
        nights += not at_work
        if not (apart and letter.key.startswith("ping/")):
            days[letter.account, letter.at.date()] += 1
    assert max(days.values()) == 5, "so much happens that the cap is met, and it is kept"
    assert nights, "exploitation calls at any hour"
    assert {account for account, _ in days} == set(TEAM)
    assert not [one for one in played.letters if one.delivered and not one.text and not one.card], "no empty message"


async def test_every_due_mark_reached_each_person_once_and_all_findings_hold(played: Played) -> None:
    result = month(played)
    assert [(one.name, one.found, one.goal) for one in result.findings] == [
        ("most", 5, 5), ("outside", 0, 0), ("marks", 0, 0), ("notes", 1, 1)]
    assert result.holds
    assert result.marks > 200
    per_person = Counter((row.person, row.report, row.mark) for row in played.rows if row.mark)
    assert set(per_person.values()) == {1}
    # The month is no quiet one: everything that pings somebody happened.
    assert played.refusals == ()
    assert len(played.reports) == 14
    happened = {fact.kind for history in played.histories.values() for fact in history}
    assert happened >= {"ask", "answer", "accept", "more_time", "mitigate", "fail", "pass", "confirm", "publish", "undelivered",
                        "delivered", "flag", "informative", "owner_gone", "proposal_settled"}
    assert {one.how for one in played.served} >= {"now", "morning_list", "weekend_list", "told", "done"}
    assert {row.what for row in played.rows} >= {"mark", "new_report", "new_report_lead", "reporter_wrote", "undelivered", "decision",
                                                 "owner", "fix_ready", "fix_failed", "exploited", "nudge"}
    steps = {row.step for row in played.rows}
    assert steps >= {"50", "80", "100", "+24h", "+72h", "1d", "repeat"}
    # No channel hears of a mark.
    marks = {f"{one.report}/{one.key}" for one in played.served}
    assert not marks & set(played.posts)
    lists = [one.text.split("\n")[0] for one in played.letters if one.key.startswith("list/morning") and one.account == "triager-sec"]
    assert sum(one.startswith("Your day: ") for one in lists) >= 15


async def test_the_table_of_product_section_4_row_by_row(played: Played) -> None:
    def of(what: str, step: str = "", clock: str = "") -> list[Row]:
        return [row for row in played.rows if row.what == what and step in ("", row.step) and clock in ("", row.clock)]

    assert {(row.person, row.kind) for row in of("new_report")} <= {
        (who, kind) for who in ("triager-sec", "triager-ml") for kind in ("now", "list")}
    assert {(row.person, row.kind, row.counts) for row in of("new_report_lead")} == {("lead", "list", False)}
    assert [(row.person, row.sent_at and row.sent_at.hour) for row in of("care")] == [("lead", 9)], "what came at night waits as well"
    assert {row.person for row in of("exploited")} == {"triager-sec", "triager-ml", "lead"}
    assert {row.kind for row in of("mark", "50")} <= {"list", "weekend"}
    for row in of("mark", "80"):
        short = row.clock in ("acknowledge", "first-response", "exploited")
        assert row.kind != "now" or short, row
    assert {row.person for row in of("mark", "100")} == {"triager-sec", "triager-ml", "lead", "owner"}
    assert {row.person for row in of("mark", "+24h")} == {"lead"}
    assert {row.person for row in of("mark", "+72h")} == {"leadership"}
    assert {row.person for row in of("mark", "1d")} == {"owner"}
    repeats = Counter(row.mark for row in of("mark", "repeat"))
    assert sum(one.startswith("delivery") for one in repeats) == 1, "two messages were lost in a row"
    collected = [row for row in of("reporter_wrote") if row.sent_at and row.letter.startswith("ping/")]
    assert collected
    assert all(row.sent_at and row.sent_at >= row.due_at for row in collected)
    assert not [one for one in played.letters if one.account == "owner" and "Your day" in one.text], "a weekly list, no daily one"
    weekly = [one.at for one in played.letters if "Your fixes this week" in one.text]
    assert {at.weekday() for at in weekly} == {0}
    weekend = {one.at.date() for one in played.letters if one.text.startswith("Before the days off")
               or "\nBefore the days off" in one.text}
    assert weekend <= {date(2026, 12, 4), date(2026, 12, 8), date(2026, 12, 11), date(2026, 12, 18), date(2026, 12, 24)}
    assert weekend


# -- the findings can fail -------------------------------------------------------------------------------------------

async def test_a_ping_at_night_and_one_too_many_are_found(played: Played) -> None:
    night = Letter(datetime(2026, 12, 2, 3, tzinfo=UTC), "lead", "ping/n-night", "Something.")
    found = finding(month(replace(played, letters=(*played.letters, night))), "outside")
    assert (found.found, found.holds) == (1, False)
    assert found.faults[0].startswith("lead, Wed 2 Dec 2026, 03:00 UTC")
    holiday = Letter(datetime(2026, 12, 9, 11, tzinfo=UTC), "owner", "ping/n-holiday", "Something.")
    assert finding(month(replace(played, letters=(*played.letters, holiday))), "outside").found == 1
    many = [Letter(datetime(2026, 12, 29, 10 + n, tzinfo=UTC), "leadership", f"ping/n-{n}", "Something.") for n in range(6)]
    found = finding(month(replace(played, letters=(*played.letters, *many))), "most")
    assert (found.found, found.holds) == (6, False)
    assert found.faults == ("leadership had 6 on Tue 29 Dec.",)


async def test_a_mark_that_is_lost_doubled_or_never_said_is_found(played: Played) -> None:
    row = next(row for row in played.rows if row.mark and row.step == "100" and row.letter.startswith("ping/") and row.person == "lead")

    def faults(**changes: object) -> tuple[str, ...]:
        result = finding(month(replace(played, **changes)), "marks")  # type: ignore[arg-type]
        assert not result.holds
        return result.faults

    letter = next(one for one in played.letters if one.key == row.letter)
    again = replace(letter, key="list/morning/2026-12-30/p", at=letter.at + timedelta(days=1))
    assert "said twice" in str(faults(letters=(*played.letters, again)))
    assert "said twice" in str(faults(rows=(*played.rows, row)))
    others = tuple(one for one in played.rows if one is not row)
    assert "somebody whom it concerns was not told" in str(faults(rows=others))
    blank = tuple(replace(one, text="") if one is letter else one for one in played.letters)
    assert "never said" in str(faults(letters=blank))
    assert "never said" in str(faults(letters=tuple(one for one in played.letters if one is not letter)))
    unsent = tuple(replace(one, sent_at=None, letter="") if one is row else one for one in played.rows)
    assert "never said" in str(faults(rows=unsent))
    left = [one for one in played.served if (one.report, one.key) != (row.report, row.mark)]
    nobody = tuple(one for one in played.rows if (one.report, one.mark) != (row.report, row.mark))
    assert "nobody was told in time" in str(faults(served=tuple(left), rows=nobody))
    assert "told, and not written down" in str(faults(served=tuple(left)))
    note = next(one for one in played.letters if one.key.endswith("/note"))
    twice = replace(note, at=note.at + timedelta(hours=5), key=f"{note.report}/other/note")
    assert not finding(month(replace(played, letters=(*played.letters, twice))), "notes").holds


async def test_a_rule_that_stops_counting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_call: Call, people: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(people, 0)

    monkeypatch.setattr(notify, "heard_today", nothing)
    result = month(await play(load(DEMO), start=START, days=2, reports=14, seed=1))
    assert not finding(result, "most").holds
    assert finding(result, "outside").holds


# -- other settings --------------------------------------------------------------------------------------------------

async def test_another_zone_and_another_cap_are_kept_as_well(tmp_path: Path) -> None:
    program = load(DEMO)
    zone = ZoneInfo("Pacific/Auckland")
    program = replace(program, pings=replace(program.pings, cap=2), working=replace(
        program.working, zone="Pacific/Auckland", opening=time(8, 30), closing=time(16), holidays=frozenset({date(2026, 12, 8)})))
    days: list[int] = []
    played = await play(program, start=date(2026, 12, 3), days=9, reports=9, seed=5, folder=tmp_path, progress=days.append)
    assert list(tmp_path.iterdir()) == []
    assert (played.since, days[-1]) == (datetime(2026, 12, 3, tzinfo=zone), 8)
    result = month(played)
    assert result.holds, result.findings
    assert finding(result, "most").goal == finding(result, "most").found == 2
    for one in result.told:
        local = one.at.astimezone(zone)
        if one.kind != "exploited":
            assert time(8, 30) <= local.time() < time(16)
            assert local.date() != date(2026, 12, 8)


async def test_the_same_seed_is_the_same_month_and_another_is_another() -> None:
    async def told(seed: int) -> list[tuple[datetime, str, tuple[str, ...]]]:
        result = month(await play(load(DEMO), start=START, days=2, reports=4, seed=seed))
        return sorted((one.at, one.account, tuple(sorted(one.reasons))) for one in (*result.told, *result.researchers))

    first = await told(3)
    assert first
    assert first == await told(3)
    assert first != await told(4)


def test_the_command_touches_nothing_and_ends_as_its_findings_say(tmp_path: Path) -> None:
    data = tmp_path / "data"
    file = tmp_path / "program.toml"
    file.write_text(DEMO.read_text("utf-8").replace('zone = "UTC"', 'zone = "Europe/Berlin"').replace(
        "holidays = []", "holidays = [2026-12-08]"), "utf-8")
    made = tmp_path / "tmp"
    made.mkdir()
    ended = command("simulate", "--days", "6", "--reports", "3", "--program", str(file), "--json", "--from", "2026-12-04",
                    HARBORLIGHT_DATA=str(data), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", TMPDIR=str(made))
    assert ended.code == 0, ended
    found = json.loads(ended.out)
    assert (found["zone"], found["from"], found["until"], found["holds"]) == ("Europe/Berlin", "2026-12-04", "2026-12-10", True)
    assert set(found["people"]) == set(TEAM)
    assert ended.err == ""
    assert list(made.iterdir()) == []
    assert not data.exists()


async def test_as_data_says_what_the_table_says(played: Played) -> None:
    result = month(played)
    found = json.loads(json.dumps(as_data(result)))
    assert found["reports"] == 14
    assert sum(len(one["told"]) for one in found["people"].values()) == len(result.told)
    assert [one["name"] for one in found["findings"]] == ["most", "outside", "marks", "notes"]
