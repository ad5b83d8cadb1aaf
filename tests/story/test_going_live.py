"""From an empty folder to an open programme: setup, rehearsal, go-live; and the days on which no report is taken."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot import health
from bot.platforms.slack.manifest import shape
from commands.digest import numbers as digest_numbers
from config.clock import ManualClock
from storage import doors
from storage.models import Attachment, Delivery, Entry, Passage, Person, Report
from tests.discord_world import dead, discord_world
from tests.going_live import own_slack, own_world, set_up
from tests.platforms.slack_standin import Standin
from tests.slack_world import SlackWorld, press, words
from tests.world import MONDAY, World, words_of

pytestmark = pytest.mark.slow

ANSWERS = ["Fjord AI", "Fjord Chat", "", "Fjord Large", "model", "", "", "UTC",
           "local:lead", "local:triager-sec", "local:triager-ml", "local:owner", "", "", ""]
STEPS = (("triager-sec", "acknowledge"), ("triager-sec", "accept medium software-flaw"), ("lead", "owner owner"),
         ("owner", "work 2026-12-18"), ("owner", "fix build 2026-12-01"), ("triager-ml", "verify"),
         ("triager-ml", "case cause software"), ("triager-ml", "case regression"), ("triager-ml", "result found=fixed"))


async def _rows(world: World, table: type) -> list:  # type: ignore[type-arg]
    async with world.app.database.read(world.app.clock.now()) as work:
        return list((await work.session.execute(select(table))).scalars())


async def _play(world: World, report: str) -> None:
    """Have everybody press what the checklist asks of them."""
    for person, line in STEPS:
        answer = await world[person].runs(line, world.channel(report))
        assert answer.code == "ok", (line, answer)


async def test_from_an_empty_folder_to_an_open_programme(tmp_path: Path) -> None:
    code, said = await set_up(tmp_path, ANSWERS)
    assert code == 0, said
    async with own_world(tmp_path) as world:
        await world.until(world.clock.now().replace(hour=10))
        lead, researcher = world.lead, world.researcher

        # before it opens
        await researcher.says("hello")
        assert "is not open yet" in await researcher.last()
        assert "Its date is not set yet." in await researcher.last()
        await researcher.says(world.encrypted("Title: early\n\nIt tells secrets."))
        assert "sealed here and read by nobody" in await researcher.last()
        assert not await _rows(world, Report)
        found = await lead.runs("go-live")
        assert "✓ Policy" in found.text and "✓ Keys" in found.text and "✓ Recovery kit" in found.text
        home = (await world.get("/api/home", {"as": "lead", "where": "dm"})).data
        assert home["demo"] is False and home["sections"][0]["title"] == "Not open yet", "no story is played: the next step is shown"
        assert home["sections"][0]["rows"][0]["buttons"][0]["id"] == "program go-live"
        assert "○ Roles: one administrator alone" in found.text and "○ Rehearsal" in found.text
        assert (await lead.runs("go-live now")).code == "not_ready"
        await world.admin.says("hello")  # whoever is given a role is known from then on
        assert (await lead.runs("program grant admin admin")).code == "ok"

        # the rehearsal
        before = {one.id: one.rotated_at for one in await _rows(world, Person)}
        begun = await lead.runs("rehearse")
        assert begun.code == "ok", begun
        report = next(one for one in await _rows(world, Report)).id
        assert (await lead.runs("rehearse")).text.startswith("A rehearsal runs already")
        channel = world.channel(report)
        await world.settled()
        shown = "\n".join(await lead.bot_texts(channel))
        assert "REHEARSAL: our own test" in shown
        assert "○ Acknowledge it: triager-sec or triager-ml" in shown
        pinged = "\n".join(await world.triager_sec.bot_texts())
        queue = words_of({"card": (await world.triager_sec.runs("queue")).reply["card"], "author": "bot"})
        assert f"{report} (rehearsal): a new report" in pinged and f"{report} (rehearsal): " in queue
        await _play(world, report)
        shown = "\n".join(await lead.bot_texts(channel))
        assert "○" not in shown, shown
        assert "✓ The researcher's look: by itself" in shown
        assert "is done; its channel goes away" in await lead.last()
        async with world.app.database.read(world.app.clock.now()) as work:
            numbers = await digest_numbers.gather(work, world.app.program, digest_numbers.Period(
                since=world.app.clock.now() - timedelta(days=7), until=world.app.clock.now() + timedelta(hours=1)))
            assert numbers.week.received.value == 0 and numbers.open == 0, "no figure counts it while it runs"
            assert not await work.judging.regression(), "what releases are tried against neither"
        assert [(await lead.runs(one, channel)).code for one in ("embargo agree", "publish")] == ["rehearsal"] * 2
        await world.passes(minutes=16)
        await world.passes(minutes=1)
        await world.passes(minutes=1)
        row = next(one for one in await _rows(world, Report))
        assert row.rehearsal and row.key is None and row.title is None and not row.channel
        assert not await _rows(world, Passage) and not await _rows(world, Attachment)
        assert not [one for one in await _rows(world, Delivery) if one.report_id == report]
        assert {one.id: one.rotated_at for one in await _rows(world, Person) if one.id in before} == before, "no turn was spent"
        entries = [one for one in await _rows(world, Entry) if one.report_id == report and one.kind in ("submit", "accept", "pass")]
        assert len(entries) == 3 and all(json.loads(one.data)["rehearsal"] == "yes" for one in entries)
        assert not [one for one in await lead.conversations() if one["id"] == channel and not one.get("archived")]
        assert "Nobody sent it" not in "\n".join(await world.triager_sec.bot_texts())

        # open
        found = await lead.runs("go-live")
        assert "○" not in found.text, found.text
        opened = await lead.runs("go-live now")
        assert "is open" in opened.text and "1 sealed message" in opened.text
        assert "We take reports now" in await researcher.last()
        sent = await researcher.presses("me send-held")
        assert "We have it as" in sent.text
        early = next(one for one in await _rows(world, Report) if not one.rehearsal)
        assert "Rehearsal" not in "\n".join((await world.card(early.id))["lines"])
        assert (await lead.runs("go-live")).text.startswith("The programme is open")
        assert "Not open yet" not in str((await world.get("/api/home", {"as": "lead", "where": "dm"})).data)

        # roles are granted by the settings once
        assert "Taken away" in (await world.admin.runs("program revoke owner owner")).text
    async with own_world(tmp_path, start=world.clock.now()) as world:
        assert "owner: owner" not in (await world.lead.runs("program roles")).text.lower()
        found = await world.lead.runs("go-live")
        assert found.text.startswith("The programme is open")


async def test_a_pause_has_an_end_and_exploited_ones_come_in(world: World) -> None:
    await world.until(world.clock.now().replace(hour=10))
    lead, researcher = world.lead, world.researcher
    open_one = await researcher.sends_report("It leaks.", title="Leak")
    for wrong in ("yesterday", "2026-11-29", "2027-12-02", "9999-12-31"):
        assert "a day within the next 366 days" in (await lead.runs(f"program intake pause until {wrong}")).text, wrong
    paused = await lead.runs("program intake pause until 2026-12-03 We move house this week.")
    assert "Thu 3 Dec 2026, 09:00 UTC" in paused.text, paused
    assert "No new reports until Thu 3 Dec 2026, 09:00 UTC" in "\n".join((await world.card(open_one))["lines"])
    assert "No new reports since" in (await world.admin.runs("upkeep health")).text
    assert "No new reports since" in words_of({"card": (await lead.runs("digest")).reply["card"], "author": "bot"})

    other = world.researcher_2
    await other.says("Hello, I found something.")
    assert "We move house this week." in await other.last() and "Thu 3 Dec 2026, 09:00 UTC" in await other.last()
    await other.says(world.encrypted("Title: Held\n\nA flaw."))
    assert "sealed here and read by nobody" in await other.last()
    taken = await other.presses("me exploited-now")
    assert "We have it as" in taken.text
    await other.says(world.encrypted("Title: Urgent\nExploited: yes, since Friday\n\nA flaw."))
    assert "We have your report" in await other.last(), "what says so itself needs no press"
    form = await other.runs("me report")
    assert form.code == "closed" and form.form == {}
    form = await other.runs("me report exploited=yes")
    assert (await other.submits(form.form, {"what": "It is used against people now."})).code == "ok"
    await other.says(world.encrypted("Title: Later\n\nAnother flaw."))
    await researcher.says(f"{open_one} one more thing about it")
    assert "one more thing" in "\n".join(await lead.bot_texts(world.channel(open_one))), "open reports go on"

    await world.until(datetime(2026, 12, 3, 9, 1, tzinfo=UTC))
    assert "No new reports" not in "\n".join((await world.card(open_one))["lines"])
    later = await other.bot_texts()
    assert "destroyed" in "\n".join(later)
    assert len(await _rows(world, Report)) == 4
    entries = {one.kind: json.loads(one.data) for one in await _rows(world, Entry) if one.kind.startswith("intake_")}
    assert entries["intake_opened"]["how"] == "by time" and entries["intake_paused"]["until"].startswith("2026-12-03")
    assert "no pause" in (await lead.runs("program intake open")).text
    await lead.runs("program intake pause 2027-01-29")
    checks = {one.name: one for one in await health.doctor(world.data, system=world.clock)}
    assert checks["opening"].state == "warn" and "until Fri 29 Jan 2027" in checks["opening"].text
    assert "taken again" in (await lead.runs("program intake open")).text


async def test_open_points_are_an_administrator_s_act_and_a_rehearsal_ends_by_itself(world: World) -> None:
    await world.until(world.clock.now().replace(hour=10))
    async with world.app.database.work(await world.now()) as work:
        await doors.close_until(work, datetime(2027, 1, 4, 9, tzinfo=UTC))
    lead, admin, leadership = world.lead, world.admin, world.leadership
    open_one = await world.researcher.sends_report("Used now.", title="Urgent", exploited="yes")
    assert "Rehearsal: this programme is not open yet." in (await world.card(open_one))["lines"]

    await lead.runs("rehearse")
    report = next(one for one in await _rows(world, Report) if one.rehearsal).id
    channel = world.channel(report)
    await world.triager_sec.runs("acknowledge", channel)
    asked = await world.triager_sec.runs("ask Which account?", channel)
    if asked.code == "confirm_clear":
        asked = await world.triager_sec.submits(asked.form, {"text": "Which account?"})
    assert asked.code == "ok", asked
    assert (await world.card(report))["state"] == "in triage", "nobody is there to answer, so it goes on"
    heard = len(await leadership.bot_texts())
    await world.passes(hours=24, minutes=1)
    await world.passes(minutes=1)
    row = next(one for one in await _rows(world, Report) if one.id == report)
    assert row.key is None and row.state == "closed"
    assert len(await leadership.bot_texts()) == heard, "nobody above the lead is called for a test"
    over = [json.loads(one.data) for one in await _rows(world, Entry) if one.kind == "rehearsal" and one.report_id == report]
    assert [one["step"] for one in over] == ["begun", "over"] and over[1]["how"] == "time"
    assert (await lead.runs("rehearse stop")).text.startswith("No rehearsal runs")

    assert "○ Rehearsal: none was finished" in (await lead.runs("go-live")).text
    assert (await lead.runs("go-live now anyway=yes")).code == "not_allowed"
    for wrong in ("2020-01-01", "2027-12-03", "9999-12-31"):
        assert "a day within the next 366 days" in (await admin.runs(f"go-live {wrong} anyway=yes")).text, wrong
    assert "is open" in (await admin.runs("go-live now anyway=yes")).text
    opened = [json.loads(one.data) for one in await _rows(world, Entry) if one.kind == "programme_opened"]
    assert len(opened) == 1 and "rehearsal" in opened[0]["open_points"].split(",")
    assert not [one for one in (await world.card(open_one))["lines"] if "not open yet" in one], "the banner is gone"
    async with world.app.database.work(await world.now()) as work:  # an installation of an earlier release, which knows no rehearsal
        await work.session.delete(await work.reports.setting(doors.STAGE))
        await work.session.flush()
        await doors.begin(work)
        assert (await doors.standing(work, world.app.vault)).live, "it holds reports, so it is open"


async def test_on_slack_from_setup_to_the_first_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock(MONDAY.replace(hour=10), 20.0)
    took: list[tuple[str, float]] = []
    begun = time.monotonic()

    def step(name: str) -> None:
        nonlocal begun
        took.append((name, time.monotonic() - begun))
        begun = time.monotonic()

    async with Standin.open(mode="socket", rate=20.0, now=clock.now, manifest=shape()) as slack:
        ids = {name: f"slack:{slack.person(name).id}" for name in ("lead", "triager-sec", "triager-ml", "owner")}
        (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN={slack.bot_token}\nSLACK_APP_TOKEN={slack.app_token}\n")
        code, said = await set_up(tmp_path, [*ANSWERS[:8], *ids.values(), "", "", ""])
        assert code == 0, said
        assert "in their profile: Copy member ID" in said and "Without a chat platform" not in said
        step("setup")
        async with own_slack(tmp_path, slack, clock) as world:
            lead, sec, ml, owner = world.lead, world.triager_sec, world.triager_ml, world.owner
            step("run")
            await lead.slash(f"/vdp program grant @{world.admin.name} admin")
            found = words(await lead.slash("/vdp go-live"))
            assert found.startswith("\u2713 Policy") and "not tried yet; the rehearsal posts in each" in found
            await world.researcher.dm("hello")
            await world.until(lambda: "is not open yet" in told(world), "the answer before it opens")

            await lead.slash("/vdp rehearse")
            room = await world.until(lambda: next(iter(world.triage()), None), "a channel")
            channel = room.name
            await world.until(lambda: len(world.said(channel)) >= 2, "the card and the checklist")
            await world.settled()
            for name, private in (("hall-of-fame", False), ("leadership", True)):  # made only now: the rehearsal found them missing
                made = await world.admin.create_channel(name, private=private)
                await world.admin.invite(made, slack.bot_user)
            await lead.slash("/vdp rehearse stop")
            await world.until(lambda: world.slack.channel(channel).archived, "the archive")
            assert not [one for one in world.said(channel) if one.text or one.blocks], "what the bot said is gone"
            for _ in range(3):
                await world.moved(clock.now() + timedelta(minutes=1))
            step("a rehearsal that is stopped")

            await lead.slash("/vdp rehearse")
            room = await world.until(lambda: next((one for one in world.triage() if one.name != channel), None), "another channel")
            channel = room.name
            await world.until(lambda: len(world.said(channel)) >= 2, "the card and the checklist")
            await world.until(lambda: world.said("leadership"), "the test post")
            await press(world, sec, "Acknowledge", channel)
            for person, line in ((sec, "accept medium software-flaw"), (lead, f"owner @{owner.name}")):
                await person.slash(f"/vdp {line}", channel)
            await world.until(lambda: owner.id in world.slack.channel(channel).members, "the owner in the channel")
            for person, line in ((owner, "work 2026-12-18"), (owner, "fix build 2026-12-01"), (ml, "verify"), (ml, "case cause software"),
                                 (ml, "case regression"), (ml, "result found=fixed")):
                await person.slash(f"/vdp {line}", channel)
            await world.until(lambda: "is done; its channel goes away" in told(world, "lead"), "the end")
            assert f"{sec.name}," in told(world, "lead"), "whom the settings named by account has a name since they were heard"
            for minutes in (16, 1, 1):
                await world.moved(clock.now() + timedelta(minutes=minutes))
            assert world.slack.channel(channel).archived
            assert not [one for one in world.said("hall-of-fame") if one.text], "the test post is gone"
            step("the rehearsal")

            found = words(await lead.slash("/vdp go-live"))
            assert "\u25cb" not in found, found
            assert "opens by itself" in words(await lead.slash("/vdp go-live 2026-12-01"))
            await world.researcher.dm("hello again")
            await world.until(lambda: "It opens Tue 1 Dec 2026, 09:00 UTC" in told(world), "the date")
            await world.moved(datetime(2026, 12, 1, 9, 1, tzinfo=UTC))
            first = await world.report()
            await world.until(lambda: world.said(world.channel(first)), "the card")
            assert "not open yet" not in "\n".join(words(one) for one in world.said(world.channel(first)))
            step("go-live and the first report")
    with capsys.disabled():
        sys.stdout.write("\n" + "".join(f"{name}: {seconds:.1f} s\n" for name, seconds in took))


def told(world: SlackWorld, who: str = "researcher") -> str:
    """Return everything that the bot said to somebody directly."""
    return "\n".join(words(one) for one in world.slack.person(who).dms() if one.by_app)


async def test_on_discord_the_channel_of_a_rehearsal_is_removed(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        await world.moved(world.clock.now().replace(hour=10))
        begun = await world.lead.slash("vdp-program rehearse", at="desk")
        assert "came in through the real key" in begun.text, begun
        room = await world.until(lambda: next(iter(world.triage()), None), "a channel")
        await world.until(lambda: len(world.said(room.name)) >= 2, "the card and the checklist")
        assert any("Rehearsal: who presses what" in shown(one) for one in world.said(room.name))
        assert world.said("hall-of-fame"), "the test post"
        ended = await world.lead.slash("vdp-program rehearse", do="stop", at="desk")
        assert "Ended" in ended.text, ended
        await world.until(lambda: not world.triage(), "the removal")
        await world.until(lambda: not world.said("hall-of-fame"), "the end of the test post")
        for _ in range(3):
            await world.moved(world.clock.now() + timedelta(minutes=1))
        async with world.app.database.read(world.clock.now()) as work:
            report = (await work.session.execute(select(Report))).scalars().one()
            assert report.key is None and not report.channel
            assert not (await work.session.execute(select(Passage))).scalars().all()
        assert not await dead(world)


def shown(message: Any) -> str:
    """Return everything that a message on Discord shows."""
    return repr(message)
