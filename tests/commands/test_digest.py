"""The digest on a real database: hand-made ledgers in, sentences, picture and post out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from bot import charts
from bot.platforms.discord import drawing as discord_drawing
from bot.platforms.slack import blocks as slack_blocks
from commands.calls import Call, Caller, Incoming, Reply
from commands.desk import Desk, ProgramKey
from commands.digest import look as digest_look
from commands.digest import numbers as digest_numbers
from commands.digest import post as digest_module
from commands.digest import spans
from commands.digest.numbers import Numbers
from commands.effects import Post
from commands.registry import Registry
from commands.text import Card
from commands.wording import digest as wording_digest
from commands.wording import digest_counted
from config.policy import metrics
from config.policy.deadlines import ClockName
from config.policy.metrics import Period
from config.policy.states import Discipline, Level, Role, State
from config.program import DEMO, Program, Rewards, load
from storage.database import Database, Work
from storage.figures import Figures
from storage.ledger import Ledger
from storage.models import Person, Proposal, Report
from storage.publishing import Reward
from storage.sealed import Sealed
from storage.vault import Vault
from tests.platforms.discord_strict import check_message as check_discord
from tests.platforms.slack_strict import check_message as check_slack
from tests.world import accept_deadlines

PROGRAM = load(DEMO)
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # the digest of 23 to 29 Nov is due
WEEK = Period(since=datetime(2026, 11, 23, tzinfo=UTC), until=datetime(2026, 11, 30, tzinfo=UTC))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    """`24 10:00` is an instant in November 2026, `10-24 10:00` one in another month."""
    day, clock = text.split()
    month, _, number = day.rpartition("-")
    return datetime.fromisoformat(f"2026-{month or '11'}-{number}T{clock}+00:00")


class House:
    """A database in which reports stand as the ledger tells."""

    def __init__(self, database: Database, vault: Vault, program: Program = PROGRAM) -> None:
        self.database, self.vault, self.program = database, vault, program
        key = ProgramKey("A" * 40, "", None)
        registry = Registry.of([digest_module])
        self.desk = Desk(program=program, vault=vault, key=key, registry=registry, policy="")
        self.reports = 0

    async def report(self, *story: tuple[Any, ...], state: State, received: str, **more: Any) -> str:
        """Keep a report with this story: (when, kind, data)."""
        self.reports += 1
        identity = f"AIV-{self.reports:05}"
        came = at(received)
        columns: dict[str, Any] = {"flags": "V", "embargo": "active", "embargo_end": came + 90 * DAY, **more}
        async with self.database.work(MONDAY) as work:
            work.session.add(
                Report(
                    id=identity,
                    person_id="p-researcher",
                    platform="local",
                    triage_platform="local",
                    channel=f"triage-{identity.lower()}",
                    mode="open",
                    state=state.value,
                    received_at=came,
                    opened_at=came,
                    program_version="1",
                    policy_version="1",
                    sha256="0" * 64,
                    **columns,
                )
            )
            await work.ledger.write("submit", report=identity, at=came)
            for when, kind, *data in story:
                key = f"{identity}/{data[0]['key']}" if kind == "mark" else None
                await work.ledger.write(
                    kind, report=identity, at=at(when), key=key, data=data[0] if data else {}
                )
        return identity

    async def publishes(self, report: str) -> None:
        async with self.database.work(MONDAY) as work:
            row = await work.reports.get(report, locked=True)
            assert row is not None
            row.published_at = MONDAY

    async def proposal(self, report: str, needs: str = "leadership") -> str:
        identity = f"s-{report}"
        async with self.database.work(MONDAY) as work:
            line = self.vault.common.seal("proposal", "line", identity, "case decline")
            assert isinstance(line, Sealed)
            work.session.add(
                Proposal(
                    id=identity,
                    report_id=report,
                    act="case decline",
                    line=line,
                    digest="d",
                    person_id="p-lead",
                    needs=needs,
                    at=at("27 10:00"),
                    lapses_at=MONDAY + 4 * DAY,
                )
            )
        return identity

    async def numbers(self, period: Period = WEEK, now: datetime = MONDAY, *, exact: int = 1000) -> Numbers:
        async with self.database.read(now) as work:
            return await digest_numbers.gather(work, self.program, period, exact=exact)

    def call(self, work: Work, role: Role = Role.LEADERSHIP) -> Call:
        clock = role is Role.CLOCK
        incoming = Incoming(
            platform="local",
            event="1",
            person="clock" if clock else "leadership",
            name="",
            at=work.now,
            kind="clock" if clock else "command",
            place="clock" if clock else "dm",
            conversation="dm-leadership",
        )
        caller = Caller(
            None, "local", incoming.person, incoming.person, frozenset({role}), frozenset[Discipline]()
        )
        return Call(work=work, desk=self.desk, incoming=incoming, caller=caller)

    async def asks(self, now: datetime = MONDAY) -> Reply:
        async with self.database.read(now) as work:
            reply = await digest_module.digest.run(self.call(work))
            assert isinstance(reply, Reply)
            return reply

    async def weekly(self, now: datetime = MONDAY) -> list[tuple[str, Post]]:
        async with self.database.work(now) as work:
            call = self.call(work, Role.CLOCK)
            await digest_module.weekly(call)
            assert all(isinstance(effect, Post) for _, _, effect, _ in call.emitted)
            return [(key, effect) for key, _, effect, _ in call.emitted if isinstance(effect, Post)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = Database(str(tmp_path / "bot.sqlite"))
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    async with database.work(at("10-01 08:00")) as work:
        for name in ("p-researcher", "p-lead", "p-owner"):
            work.session.add(Person(id=name, created_at=work.now))
        await work.ledger.write("started")
        await work.people.grant("p-owner", Role.OWNER)
        await accept_deadlines(work, PROGRAM)
    yield House(database, Vault({1: b"k" * 32}, current=1))
    await database.close()


def field(card: Card | None, label: str) -> str:
    assert card is not None
    return next((text.plain() for name, text in card.fields if name == label), "")


def words(card: Card | None) -> str:
    assert card is not None
    return "\n".join(
        [card.title.plain(), *(one.plain() for one in card.lines), *(t.plain() for _, t in card.fields)]
    )


def data(card: Card | None) -> dict[str, Any]:
    assert card is not None and card.image is not None
    found: dict[str, Any] = json.loads(card.image.data)
    return found


async def _accepted(house: House, level: str = "high", accepted: str = "24 12:00", **more: Any) -> str:
    return await house.report(
        (accepted, "acknowledge"),
        (accepted, "start"),
        (accepted, "accept", {"level": level}),
        state=State.ACCEPTED,
        received="24 10:00",
        level=level,
        **more,
    )


async def test_a_late_fix_stays_a_miss(house: House) -> None:
    story: list[tuple[Any, ...]] = [
        ("10-20 11:00", "acknowledge"),
        ("10-20 12:00", "accept", {"level": "high"}),
        ("10-21 10:00", "work"),
        ("10-26 10:00", "mitigate"),
    ]
    late = await house.report(
        *story, state=State.REMEDIATING, received="10-20 10:00", level="high", owner_id="p-lead"
    )
    due = Period(
        since=datetime(2026, 11, 16, tzinfo=UTC), until=datetime(2026, 11, 23, tzinfo=UTC)
    )  # 30 days: 19 Nov
    found = await house.numbers(due, at("23 09:00"))
    assert (found.missed[ClockName.REMEDIATION], found.met[ClockName.REMEDIATION]) == (1, 0)
    assert wording_digest.title(found) == "One fix was late"

    async with house.database.work(MONDAY) as work:
        await work.ledger.write("fix", report=late, at=at("25 10:00"))
    after = await house.numbers()
    assert (after.missed[ClockName.REMEDIATION], after.met[ClockName.REMEDIATION]) == (0, 0), (
        "never a promise met"
    )
    again = await house.numbers(due)
    assert again.missed[ClockName.REMEDIATION] == 1, "and the miss stays where it happened"
    assert after.week.times[ClockName.REMEDIATION].middle == at("25 10:00") - at("10-20 12:00")


async def test_more_time_does_not_mend_a_miss_and_an_open_question_pauses(house: House) -> None:
    await house.report(
        ("11-16 10:30", "acknowledge"),
        ("11-16 11:00", "accept", {"level": "critical"}),
        ("11-16 12:00", "mitigate"),
        ("11-17 10:00", "more_time", {"due": "2026-12-20T10:00:00+00:00"}),
        state=State.MITIGATED,
        received="16 10:00",
        level="critical",
        owner_id="p-lead",
    )
    await house.report(
        ("11-16 10:30", "acknowledge"),
        ("11-17 10:00", "ask"),
        ("11-24 10:00", "answer"),
        state=State.TRIAGING,
        received="16 10:00",
    )
    found = await house.numbers()
    assert found.missed[ClockName.REMEDIATION] == 1
    assert found.missed[ClockName.TRIAGE] == 0, "five business days, one of them used before the question"


async def test_median_and_ninetieth_percentile(house: House) -> None:
    for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 20):
        day = f"24 {hours:02}:00"
        await house.report(
            (day, "acknowledge"), (day, "message_out"), state=State.ACKNOWLEDGED, received="24 00:00"
        )
    await house.report(
        ("17 03:00", "acknowledge"),
        (("17 05:00"), "message_out"),
        state=State.ACKNOWLEDGED,
        received="17 00:00",
    )
    found = await house.numbers()
    assert found.week.times[ClockName.ACKNOWLEDGE] == metrics.Times(
        5.5 * HOUR, 9 * HOUR, 10, metrics.HOW["times"]
    )
    reply = await house.asks()
    assert "Acknowledged: median 5 h, 90th percentile 9 h, of 10; median before 3 h." in field(
        reply.card, "Times"
    )
    assert data(reply.card)["times"]["medians"] == "Median 5 h and 5 h, before 3 h and 5 h"
    assert [row["kept"] for row in data(reply.card)["times"]["rows"]] == ["10 of 10", "10 of 10"]


async def test_promises_met_and_missed_and_the_finding(house: House) -> None:
    await house.report(
        ("24 20:00", "acknowledge"),
        ("26 17:00", "message_out"),
        state=State.ACKNOWLEDGED,
        received="24 10:00",
    )
    await house.report(
        ("24 20:00", "acknowledge"),
        ("27 04:00", "message_out"),
        state=State.ACKNOWLEDGED,
        received="24 10:00",
    )
    await house.report(
        ("24 20:00", "acknowledge"),
        ("25 10:00", "message_out"),
        state=State.ACKNOWLEDGED,
        received="24 10:00",
    )
    found = await house.numbers()
    assert wording_digest.title(found) == "Two first answers were late"
    picture = data(wording_digest.card(found, PROGRAM, live=False))
    assert picture["times"]["rows"][1]["kept"] == "1 of 3"
    assert [dot[1] for dot in picture["times"]["rows"][1]["dots"]] == ["", "55 h", "66 h"]
    assert picture["times"]["rows"][1]["promised"] == "promise 48 h"
    assert wording_digest.head(found, PROGRAM, live=False).startswith(
        "Nothing is being exploited. 7 of 9 promises kept."
    )
    assert (
        field(wording_digest.card(found, PROGRAM, live=False), "Promises")
        == "7 met, 2 missed: 2 first answers."
    )


async def test_open_by_level_and_age_with_what_is_late(house: House) -> None:
    await _accepted(house, "critical", owner_id="p-lead")
    await house.report(
        ("10-20 10:30", "acknowledge"),
        ("10-20 11:00", "accept", {"level": "high"}),
        ("10-20 12:00", "mitigate"),
        state=State.MITIGATED,
        received="10-20 10:00",
        level="high",
        owner_id="p-lead",
    )
    await house.report(state=State.RECEIVED, received="30 08:00")
    found = await house.numbers()
    assert found.open == 3 and found.levels == {Level.CRITICAL: 1, Level.HIGH: 1, None: 1}
    rows = {row["name"]: row for row in data(wording_digest.card(found, PROGRAM, live=False))["open"]["rows"]}
    assert list(rows) == ["critical", "high", "medium", "low", "informational", "not rated yet"]
    assert rows["critical"]["dots"] == [[5.96, "2 d late"]], "the stop-gap was due after 72 h"
    assert rows["high"]["dots"] == [[40.96, "33 d late"]], "the update was owed first"
    assert rows["medium"] == {"level": "medium", "name": "medium", "count": 0, "words": "", "dots": []}
    card = wording_digest.card(found, PROGRAM, live=False)
    assert field(card, "Open") == (
        "3: 1 critical, 1 high, 1 not rated yet. Received 2 up to 7 days, 1 31 to 90 days ago."
    )


async def test_received_resolved_and_how_many_more_are_open(house: House) -> None:
    await house.report(state=State.RECEIVED, received="25 10:00")
    await house.report(state=State.RECEIVED, received="26 10:00")
    await house.report(
        ("24 10:00", "confirm"), state=State.RESOLVED, received="10-01 10:00", published_at=MONDAY
    )
    await house.report(
        ("24 10:00", "confirm"), ("25 10:00", "regress"), state=State.TRIAGING, received="10-01 10:00"
    )
    await house.report(
        ("24 10:00", "lapse", {"returned": "yes"}), state=State.TRIAGING, received="10-01 10:00"
    )
    found = await house.numbers()
    assert (found.week.received.value, found.week.resolved.value, found.open, found.more) == (2, 1, 4, 1)
    assert wording_digest.about(found, PROGRAM, live=False) == (
        "Mon 23 to Sun 29 Nov 2026: 4 open (1 more), 2 received, 1 resolved"
    )


async def test_a_quiet_week_is_one_line(house: House) -> None:
    await house.report(
        ("10-06 10:30", "acknowledge"),
        ("10-06 11:00", "accept", {"level": "informational"}),
        ("11-22 10:00", "message_out"),
        state=State.ACCEPTED,
        received="10-06 10:00",
        level="informational",
        owner_id="p-lead",
    )
    reply = await house.asks()
    assert "\n" not in reply.text.plain()
    assert reply.text.plain().startswith("A quiet week, 7 days to Mon 30 Nov 2026, 09:00 UTC: nothing came,")
    assert reply.card is not None and not reply.card.lines and not reply.card.fields
    picture = data(reply.card)
    assert picture["title"] == "A quiet week" and not picture["decide"]
    assert picture["foot"] == "Nothing waits for a decision." and picture["times"]["rows"] == []


async def test_what_is_exploited_comes_first(house: House) -> None:
    one = await _accepted(house, "critical", accepted="29 12:00", flags="VA", owner_id="p-lead")
    two = await _accepted(house, "high", accepted="29 12:00", flags="VXP", owner_id="p-lead", embargo="exited")
    reply = await house.asks()
    assert reply.card is not None and reply.card.title.plain() == "One flaw is being exploited"
    head = reply.text.plain()[:200]
    assert head.startswith("1 flaw is being exploited. 1 exploit is public.")
    assert "Decide first: when to warn users; 1 report is being exploited." in head
    assert data(reply.card)["foot"] == "Decide first: when to warn users; 1 report is being exploited."
    # Each has its line; the first button acts on the worst: both answers while an embargo holds, else a look.
    ends = "Mon 22 Feb 2027, 10:00 UTC"
    assert field(reply.card, "Wants a decision").splitlines() == [
        f"{one}: when to warn users, critical; attacks are seen, and the embargo holds until {ends}: end it, or say why not.",
        f"{two}: when to warn users, high; its exploit is public, and no advisory is public."]
    assert [(button.id, button.look) for button in reply.card.buttons[:2]] == [
        (f"embargo end report={one}", "danger"), (f"embargo keep report={one}", "secondary")]
    await house.publishes(one)
    reply = await house.asks()
    assert reply.card is not None and reply.card.title.plain() == "One flaw is being exploited", "it still is"
    assert data(reply.card)["foot"] == "Decide first: when to warn users; 1 report is open while its exploit is public."
    assert (reply.card.buttons[0].id, reply.card.buttons[0].look) == (f"show report={two}", "primary")
    # Users were warned of both: it is said, and asked no more.
    await house.publishes(two)
    reply = await house.asks()
    assert reply.text.plain().startswith("1 flaw is being exploited. 1 exploit is public.") and "warn users" not in reply.text.plain()
    assert reply.card is not None and "warn users" not in words(reply.card) and data(reply.card)["foot"] == "Nothing waits for a decision."


async def test_accepted_reports_without_an_owner_want_a_decision(house: House) -> None:
    medium = await _accepted(house, "medium", accepted="27 09:00")
    critical = await _accepted(house, "critical", accepted="27 09:00")
    await _accepted(house, "high", accepted="27 09:00", owner_id="p-lead")
    reply = await house.asks()
    assert field(reply.card, "Without an owner") == "2 accepted reports, one for 3 d."
    assert field(reply.card, "Wants a decision").splitlines()[:2] == [
        f"{critical}: who owns it, critical; nobody since Fri 27 Nov 2026, 09:00 UTC.",
        f"{medium}: who owns it, medium; nobody since Fri 27 Nov 2026, 09:00 UTC.",
    ]
    assert reply.card is not None
    assert (reply.card.buttons[0].id, reply.card.buttons[0].look) == (f"owner report={critical}", "primary")
    assert reply.card.buttons[-1].id == "digest-counted"
    picture = data(reply.card)
    assert (
        picture["foot"] == "Decide first: the critical report has had no owner for 3 d." and picture["decide"]
    )
    assert "Decide first: the critical report has had no owner" in reply.text.plain()[:200]


async def test_first_signatures_and_breaches_of_three_days_want_a_decision(house: House) -> None:
    waiting = await _accepted(house, "medium", owner_id="p-lead")
    await house.proposal(waiting)
    other = await _accepted(house, "low", owner_id="p-lead")
    await house.proposal(other, needs="a triager for machine learning")
    slow = await house.report(state=State.RECEIVED, received="24 10:00")
    found = await house.numbers()
    card = wording_digest.card(found, PROGRAM, live=False)
    rows = field(card, "Wants a decision").splitlines()
    assert rows[0] == (
        f"{waiting}: whether a fix is refused; waits for leadership until Fri 4 Dec 2026, 09:00 UTC."
    )
    assert f"{slow}: how to go on, not rated yet; the acknowledgement is 4 d late." in rows
    assert not [row for row in rows if other in row]
    assert (card.buttons[0].id, card.buttons[0].label) == (f"digest-look report={waiting}", f"Look at {waiting}")
    assert wording_digest.foot(found) == "Decide first: whether a fix is refused, by Fri 4 Dec 2026, 09:00 UTC."


async def test_what_becomes_public_fixed_or_not(house: House) -> None:
    await _accepted(house, "low", owner_id="p-lead", embargo_end=at("12-04 10:00"))
    await _accepted(house, "low", owner_id="p-lead", embargo_end=at("12-31 10:00"))
    await house.report(
        ("10-20 10:30", "acknowledge"),
        ("10-20 11:00", "accept", {"level": "low"}),
        ("11-20 11:00", "fix"),
        ("11-21 11:00", "pass"),
        ("11-21 12:00", "confirm"),
        state=State.RESOLVED,
        received="10-20 10:00",
        level="low",
    )
    await house.report(state=State.DUPLICATE, received="10-20 10:00", embargo_end=at("12-01 10:00"))
    found = await house.numbers()
    assert found.week.public_soon.value == 2
    assert field(wording_digest.card(found, PROGRAM, live=False), "Public within 30 days, fix or not") == (
        "2 reports, 1 without a finished fix. The first embargo ends Fri 4 Dec 2026, 10:00 UTC."
    )


async def test_last_weeks_wishes_and_what_became_of_them(house: House) -> None:
    taken = await _accepted(house, "high")
    left = await _accepted(house, "medium")
    waiting = await _accepted(house, "low", owner_id="p-lead")
    proposal = await house.proposal(waiting)
    assert len(await house.weekly()) == 1
    async with house.database.work(MONDAY + DAY) as work:
        report = await work.reports.get(taken)
        row = await work.session.get(Proposal, proposal)
        assert report is not None and row is not None
        report.owner_id, report.state, row.state = "p-lead", State.REMEDIATING.value, "agreed"
        await work.ledger.write("decline", report=waiting, at=MONDAY + DAY)
        gone = await work.reports.get(waiting)
        assert gone is not None
        gone.state = State.WONT_FIX.value
    ((key, post),) = await house.weekly(MONDAY + 7 * DAY)
    card = post.body.card
    assert key == "digest/2026-W49"
    assert field(card, "Asked for last week").splitlines() == [
        f"{taken}, an owner: somebody took it; now being fixed.",
        f"{left}, an owner: still nobody; now accepted.",
        f"{waiting}, a second signature: agreed; now not to be fixed.",
    ]
    assert field(card, "Decided this week") == "1 refusal to fix: now 1 not to be fixed."


async def test_the_weekly_digest_goes_out_once(house: House) -> None:
    await _accepted(house)
    assert [key for key, _ in await house.weekly(MONDAY - HOUR)] == ["digest/2026-W47"], (
        "it was due a week ago"
    )
    sent = [*await house.weekly(MONDAY), *await house.weekly(MONDAY), *await house.weekly(MONDAY + 6 * DAY)]
    assert [key for key, _ in sent] == ["digest/2026-W48"]
    post = sent[0][1]
    assert (post.platform, post.channel) == ("local", "leadership")
    assert post.body.card is not None and "Mon 23 to Sun 29 Nov 2026" in words(post.body.card)
    assert [key for key, _ in await house.weekly(MONDAY + 7 * DAY)] == ["digest/2026-W49"]


async def test_after_an_outage_only_the_newest_week_is_told(house: House) -> None:
    await _accepted(house)
    sent = await house.weekly(MONDAY + 16 * DAY)
    assert [key for key, _ in sent] == ["digest/2026-W50"]
    assert "Mon 7 to Sun 13 Dec 2026" in words(sent[0][1].body.card)


async def test_nothing_goes_out_for_a_week_before_the_programme_began(house: House) -> None:
    first = at("10-01 08:00")  # a Thursday
    assert await house.weekly(first + HOUR) == []
    assert [key for key, _ in await house.weekly(first + 5 * DAY)] == ["digest/2026-W40"]


def test_the_week_follows_the_zone_of_the_programme() -> None:
    berlin = replace(PROGRAM, working=replace(PROGRAM.working, zone="Europe/Berlin"))
    found, due = spans.last_week(datetime(2026, 10, 26, 8, 30, tzinfo=UTC), berlin)
    period = found.period
    assert due == datetime(2026, 10, 26, 8, 0, tzinfo=UTC), "09:00 in winter time"
    assert (period.since, period.until) == (
        datetime(2026, 10, 18, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 23, tzinfo=UTC),
    ), "the hour was repeated"
    earlier, _ = spans.last_week(datetime(2026, 10, 26, 7, 59, tzinfo=UTC), berlin)
    assert earlier.period.until == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert found.earlier.until == period.since and earlier.period.since == datetime(2026, 10, 11, 22, tzinfo=UTC)
    assert spans.name(found, berlin) == "2026-W43"


def test_another_day_of_the_week_covers_the_seven_days_before_it() -> None:
    friday = replace(PROGRAM, digest=replace(PROGRAM.digest, weekday=4, hour=16))
    found, due = spans.last_week(MONDAY, friday)
    assert due == datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert found.period.until == datetime(2026, 11, 27, tzinfo=UTC)
    assert spans.name(found, friday) == "2026-W48"


async def test_the_picture_is_drawn_and_said_in_words(house: House) -> None:
    await _accepted(house, "critical", accepted="27 09:00")
    await house.report(("24 20:00", "acknowledge"), state=State.ACKNOWLEDGED, received="24 10:00")
    reply = await house.asks()
    assert reply.card is not None and reply.card.image is not None
    image = reply.card.image
    assert charts.draw(image.kind, image.data).startswith(b"\x89PNG")
    picture = json.loads(image.data)
    assert image.alt == f"{picture['title']}. {picture['about']}. {picture['foot']}"
    assert "AIV-" not in image.data + image.alt


async def test_empty_sections_are_left_out_and_the_head_fits(house: House) -> None:
    await house.report(
        ("24 11:00", "acknowledge"),
        ("24 12:00", "message_out"),
        ("24 12:00", "withdraw"),
        state=State.WITHDRAWN,
        received="24 10:00",
    )
    reply = await house.asks()
    assert reply.card is not None
    assert [label for label, _ in reply.card.fields] == ["Promises", "Received and resolved", "Times"]
    assert reply.card.title.plain() == "Every promise was kept"
    assert reply.text.plain() == (
        "Nothing is being exploited. All 3 promises kept. Nothing waits for a decision."
    )
    assert len(reply.text.plain()) <= 200


async def test_every_number_says_how_it_is_counted(house: House) -> None:
    async with house.database.read(MONDAY) as work:
        reply = await digest_module.digest_counted.run(house.call(work))
    text = reply.text.plain()
    assert all(words in text for _, words in digest_counted.definitions(digest_numbers.EXACT))
    assert "{" not in text


def test_who_may_see_it() -> None:
    for one in (digest_module.digest, digest_module.digest_counted):
        assert one.allow.roles == {Role.LEADERSHIP, Role.LEAD, Role.ADMIN}
        assert one.reads
    assert digest_module.digest_counted.hidden


async def test_the_database_counts_the_same_where_there_are_too_many(house: House) -> None:
    for hours in (1, 2, 3, 30):
        when = (at("24 00:00") + hours * HOUR).strftime("%d %H:%M")
        story: list[tuple[Any, ...]] = [(when, "acknowledge"), (when, "message_out")]
        if hours > 24:
            story.append(("25 00:00", "mark", {"key": "acknowledge/100"}))
        await house.report(*story, state=State.ACKNOWLEDGED, received="24 00:00")
    await house.report(
        ("16 10:30", "acknowledge"),
        ("16 10:30", "message_out"),
        ("17 10:00", "accept", {"level": "high"}),
        ("26 10:00", "mitigate"),
        ("27 10:00", "fix"),
        ("24 10:00", "mark", {"key": "mitigation/100"}),
        ("24 10:00", "mark", {"key": "update-20261117T100000Z/100"}),
        state=State.FIX_READY,
        received="16 10:00",
        level="high",
    )
    await house.report(
        ("23 10:00", "appeal"), ("24 10:00", "duplicate"), state=State.DUPLICATE, received="10-16 10:00"
    )
    for _ in range(30):
        await house.report(state=State.RECEIVED, received="29 20:00")
    one, other = await house.numbers(), await house.numbers(exact=10)
    assert one.exact and not other.exact
    shown = (ClockName.ACKNOWLEDGE, ClockName.FIRST_RESPONSE, ClockName.REMEDIATION)
    for name in shown:
        assert one.week.times[name] == other.week.times[name], name
        assert one.before[name] == other.before[name], name
        assert (one.met[name], one.missed[name]) == (other.met[name], other.missed.get(name, 0)), name
    assert one.missed[ClockName.MITIGATION] == other.missed[ClockName.MITIGATION] == 1
    assert one.against == other.against
    for same in ("open", "more", "levels", "orphans", "decided", "attacked"):
        assert getattr(one, same) == getattr(other, same), same
    for same in ("received", "resolved", "exploited", "unowned", "public_soon", "open"):
        assert getattr(one.week, same) == getattr(other.week, same), same
    assert one.ages[-1].bars == other.ages[-1].bars == ((34, 0),)
    assert charts.draw("digest", wording_digest.card(other, PROGRAM, live=False).image.data)  # type: ignore[union-attr]


async def test_more_than_25_reports_become_bars(house: House) -> None:
    for number in range(26):
        await house.report(
            ("30 00:00", "acknowledge"), state=State.ACKNOWLEDGED, received=f"{number % 2 + 1:02} 10:00"
        )
    row = data((await house.asks()).card)["open"]["rows"][-1]
    assert row["count"] == 26 and row["bars"] == [[0, 0], [0, 0], [26, 26]]
    assert row["words"] == "26 late, by up to 26 d", "the first answer"


async def test_a_ledger_that_was_purged_still_counts(house: House) -> None:
    gone = await house.report(("24 11:00", "acknowledge"), state=State.WITHDRAWN, received="24 10:00")
    async with house.database.work(MONDAY) as work:
        report = await work.reports.get(gone)
        assert report is not None
        report.key = None
        assert isinstance(work.ledger, Ledger)
    assert (await house.numbers()).week.received.value == 1


async def test_figures_never_read_more_than_they_are_asked_for(house: House) -> None:
    for _ in range(12):
        await house.report(state=State.RECEIVED, received="29 20:00")
    async with house.database.read(MONDAY) as work:
        figures = Figures(work)
        assert await figures.of_the_week(WEEK.since, MONDAY, most=11) is None
        assert len(await figures.of_the_week(WEEK.since, MONDAY, most=12) or []) == 12
        assert len(await figures.open_of([""], most=5)) == 5


async def _resolved(house: House, when: str, cause: str, *, state: State = State.RESOLVED, then: str = "") -> str:
    story: list[tuple[Any, ...]] = [("10-02 10:00", "accept", {"level": "low"}), (when, "waive")]
    if then:
        story.append((then, "regress"))
    return await house.report(*story, state=state, received="10-01 10:00", level="low", cause=cause, published_at=MONDAY, owner_id="p-lead")


async def test_levels_and_root_causes_stand_beside_the_week_before(house: House) -> None:
    for level, day in (("high", 24), ("high", 26), ("low", 18), ("medium", 17), ("medium", 25)):
        await _accepted(house, level, accepted=f"{day} 12:00", owner_id="p-lead")
    twice = await _accepted(house, "high", accepted="24 12:00", owner_id="p-lead")
    async with house.database.work(MONDAY) as work:
        await work.ledger.write("accept", report=twice, at=at("27 12:00"), data={"level": "high"})  # after an appeal: one report
    for cause, day in (("alignment", 24), ("alignment", 25), ("guardrail", 18), ("", 24), ("alignment", 19)):
        await _resolved(house, f"{day} 10:00", cause)
    await _resolved(house, "24 10:00", "data", state=State.TRIAGING, then="26 10:00")  # broken again: it does not count
    card = (await house.asks(at("30 00:00"))).card
    assert field(card, "Accepted, by level") == "4 (2 more): 3 high (3 more), 1 medium, 0 low (1 fewer)."
    assert field(card, "Resolved, by root cause") == (
        "3 (1 more): 2 alignment phase (1 more), 0 guardrail or classifier gap (1 fewer), 1 without a cause (1 more).")
    assert not field(card, "Happened again") and not field(card, "Process review")
    labels = [label for label, _ in card.fields] if card else []
    assert labels.index("Accepted, by level") > labels.index("Received and resolved") > labels.index("Promises")
    assert field(card, "Received and resolved") == "Received 6, before 0. Resolved 3, before 2."


async def test_what_happens_again_and_the_third_in_a_year_are_told(house: House) -> None:
    again = [await _resolved(house, "10-20 10:00", "alignment") for _ in range(3)]
    async with house.database.work(MONDAY) as work:
        for report in again[:2]:
            await work.ledger.write("recurs", report=report, at=at("24 10:00"), data={"of": "AIV-X"})
        await work.ledger.write("recurs", report=again[0], at=at("25 10:00"), data={"of": "AIV-Y"})
        await work.ledger.write("recurs", report=again[2], at=at("18 10:00"), data={"of": "AIV-X"})
        await work.ledger.write("process_review", report=again[1], at=at("24 10:00"), data={"signature": "s", "number": 3})
        await work.ledger.write("process_review", report=again[2], at=at("18 10:00"), data={"signature": "t", "number": 4})
    reply = await house.asks(at("30 00:00"))
    assert field(reply.card, "Happened again") == (
        "2 reports (1 more) with the cause, category and component of one that was resolved in the 365 days before.")
    assert field(reply.card, "Process review") == (
        f"{again[1]}: number 3 in a year with the same cause, category and component. Ask why it keeps coming.")
    assert "A quiet week" not in reply.text.plain()  # else nothing happened
    assert "AIV-" not in json.dumps(data(reply.card))
    [(_, post)] = await house.weekly()
    assert "Process review" in [label for label, _ in post.body.card.fields]  # type: ignore[union-attr]


async def test_trends_are_the_same_where_the_database_counts(house: House) -> None:
    await _accepted(house, "high", accepted="24 12:00", owner_id="p-lead")
    await _resolved(house, "24 10:00", "alignment")
    for _ in range(12):
        await house.report(state=State.RECEIVED, received="29 20:00")
    assert (await house.numbers()).trends == (await house.numbers(exact=5)).trends


# -- months and years, rewards, buy-in -----------------------------------------------------------------------------

MONTHLY = replace(PROGRAM, digest=replace(PROGRAM.digest, monthly=True))


async def _monthly(house: House, now: datetime) -> list[tuple[str, Post]]:
    async with house.database.work(now) as work:
        call = house.call(work, Role.CLOCK)
        await digest_module.monthly(call)
        return [(key, effect) for key, _, effect, _ in call.emitted if isinstance(effect, Post)]


def test_a_month_is_told_on_its_first_working_day() -> None:
    holiday = replace(MONTHLY, working=replace(PROGRAM.working, holidays=frozenset({datetime(2027, 1, 1, tzinfo=UTC).date()})))
    for now, month, due in (
        (datetime(2026, 11, 2, 8, 59, tzinfo=UTC), "2026-09", datetime(2026, 10, 1, 9, tzinfo=UTC)),  # the 1st is a Sunday
        (datetime(2026, 11, 2, 9, 0, tzinfo=UTC), "2026-10", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        (datetime(2027, 1, 4, 8, 0, tzinfo=UTC), "2026-11", datetime(2026, 12, 1, 9, tzinfo=UTC)),  # a holiday, then a weekend
        (datetime(2027, 1, 4, 9, 0, tzinfo=UTC), "2026-12", datetime(2027, 1, 4, 9, tzinfo=UTC)),
    ):
        found, at_ = spans.last_month(now, holiday)
        assert (spans.name(found, holiday), at_) == (month, due)
        assert found.earlier.until == found.period.since < found.period.until <= now
    year = spans.year_of(MONDAY, PROGRAM)
    assert (year.since, year.until) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


async def test_the_monthly_digest_goes_out_once_where_it_is_wanted(house: House) -> None:
    await _accepted(house, "medium")
    await house.report(state=State.RECEIVED, received="10-05 10:00")
    first = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert await _monthly(house, first) == []
    house.desk = replace(house.desk, program=MONTHLY)
    assert [key for key, _ in await _monthly(house, first - HOUR)] == ["digest/2026-10"], "it was due four weeks ago"
    ((key, post),) = await _monthly(house, first)
    assert key == "digest/2026-11" and await _monthly(house, first + DAY) == []
    assert post.body.card is not None and post.body.card.lines[0].plain().startswith("November 2026: 2 open")
    assert field(post.body.card, "Received and resolved") == "Received 1, before 1."
    ((_, later),) = await _monthly(house, datetime(2027, 1, 4, 9, tzinfo=UTC))
    assert field(later.body.card, "Asked for last month").startswith("AIV-00001, an owner: still nobody; now accepted.")


async def test_any_time_it_goes_back_a_week_a_month_or_a_year(house: House) -> None:
    await _accepted(house, "medium", owner_id="p-lead")
    await house.report(("10-06 10:00", "acknowledge"), state=State.WITHDRAWN, received="10-05 10:00")
    said = {}
    for span in spans.Span:
        async with house.database.read(MONDAY) as work:
            reply = await digest_module.digest.run(house.call(work), span)
        said[span] = reply.card.lines[0].plain()
        assert charts.draw("digest", reply.card.image.data), span
    assert said[spans.Span.WEEK].startswith("7 days to Mon 30 Nov 2026, 09:00 UTC: 1 open (1 more), 1 received")
    assert said[spans.Span.MONTH].startswith("30 days to Mon 30 Nov 2026, 09:00 UTC: 1 open (1 more), 1 received")
    assert said[spans.Span.YEAR].startswith("365 days to Mon 30 Nov 2026, 09:00 UTC: 1 open") and ", 2 received" in said[spans.Span.YEAR]


async def test_rewards_of_the_year_stand_beside_the_budget(house: House) -> None:
    paying = replace(PROGRAM, rewards=Rewards(currency="EUR", amounts=(("high", 2000),), second_person_above=1000, budget=3000))
    report = await _accepted(house, owner_id="p-lead")
    async with house.database.work(MONDAY) as work:
        for number, (amount, when) in enumerate(((2000, at("10-05 10:00")), (500, MONDAY), (900, datetime(2025, 12, 31, tzinfo=UTC)))):
            work.session.add(Reward(id=f"w-{number}", report_id=report, amount=amount, currency="EUR", by="p-lead", at=when,
                                    paid_at=when if number == 0 else None))
        work.session.add(Reward(id="w-gone", report_id=report, amount=5000, currency="EUR", by="p-lead", at=MONDAY, gone_at=MONDAY))
    assert not field((await house.asks()).card, "Rewards this year"), "a programme that thanks only"
    house.program = paying
    found = wording_digest.card(await house.numbers(), paying, live=False)
    assert field(found, "Rewards this year") == "2,500 EUR of 3,000 EUR in 2026, 2 rewards, 500 EUR unpaid."
    less = replace(PROGRAM, rewards=replace(paying.rewards, budget=2000))  # type: ignore[type-var]
    house.program = less
    over = field(wording_digest.card(await house.numbers(), less, live=False), "Rewards this year")
    assert over.endswith("Over budget by 500 EUR: decide whether it grows.")


async def test_what_nobody_owns_or_answers_for_leads_the_decisions(house: House) -> None:
    orphan = await _accepted(house, "low")
    waiting = await _accepted(house, "medium", owner_id="p-lead")
    await house.proposal(waiting)
    slow = await house.report(state=State.RECEIVED, received="24 10:00")
    async with house.database.work(MONDAY) as work:
        await work.people.revoke("p-owner", Role.OWNER)
    found = await house.numbers()
    card = wording_digest.card(found, PROGRAM, live=False)
    assert [line.split(":")[0] for line in field(card, "Wants a decision").splitlines()] == [
        orphan, "Acme Chat (web app), Acme Large and Acme Agent API", waiting, slow, slow]
    assert [one.label for one in card.buttons] == [f"Name the owner of {orphan}", "Who is missing", f"Look at {waiting}", "How counted"]
    assert [one.look for one in card.buttons] == ["primary", "secondary", "secondary", "quiet"]
    assert [label for label, _ in card.fields][:2] == ["Promises", "Wants a decision"]
    head = wording_digest.head(found, PROGRAM, live=False)
    assert "Decide first: the low report has had no owner for 5 d" in head and len(head) <= 200
    assert "Acme" not in data(card)["foot"] + data(card)["title"]


async def test_a_look_shows_what_waits_and_offers_to_agree(house: House) -> None:
    waiting = await _accepted(house, "medium", owner_id="p-lead")
    async with house.database.read(MONDAY) as work:
        report = await work.reports.get(waiting)
        nothing = await digest_look.digest_look.run(house.call(work), report)
    assert nothing.text.plain() == f"{waiting}: nothing waits for a signature now. The next digest says what became of it."
    await house.proposal(waiting)
    async with house.database.read(MONDAY) as work:
        shown = await digest_look.digest_look.run(house.call(work), await work.reports.get(waiting))
    assert shown.text.plain() == (f"{waiting}, medium, accepted.\n\nWhether a fix is refused; waits for leadership until "
                                  "Fri 4 Dec 2026, 09:00 UTC.\ncase decline")
    assert [(one.id, one.label) for one in shown.buttons] == [(f"case agree proposal=s-{waiting}", "Agree: whether a fix is refused")]


async def test_the_longest_digest_fits_every_platform(house: House) -> None:
    for level in ("critical", "high", "medium", "low") * 3:
        await _accepted(house, level, flags="VA")
    for day in range(10, 20):
        await house.report(state=State.RECEIVED, received=f"{day} 10:00")
        await _resolved(house, f"{day + 10} 10:00", ("alignment", "guardrail", "data")[day % 3])
    async with house.database.work(MONDAY) as work:
        await work.people.revoke("p-owner", Role.OWNER)
    await house.weekly(MONDAY - HOUR)
    ((_, post),) = await house.weekly(MONDAY)
    slack = slack_blocks.message(post.body)
    check_slack(slack.text, slack.blocks)
    assert not any(name.startswith("message") for name, _ in slack.rest)
    async with house.database.read(MONDAY) as work:
        how = await digest_module.digest_counted.run(house.call(work))
    drawn = discord_drawing.message(post.body)
    check_discord(drawn)
    assert not drawn.cut, "nothing of ours is too long"
    check_slack(slack_blocks.reply(how).text, slack_blocks.reply(how).blocks)
