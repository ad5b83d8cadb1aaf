"""A year later: what is kept and what retention would free, a silence that may be none, and an upgrade that waits for the old work."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import app as app_
from bot import engine as engine_
from bot import exporting, health, health_size, lanes, versions
from bot.keys import StartError
from config import settings as settings_
from config.clock import ManualClock
from config.policy.silence import Quiet, quiet_periods
from tests.commands.process import command
from tests.commands.watching import brought_to, heard
from tests.world import MONDAY, World, template_folder
from tests.world import world as open_world


async def checks(world: World) -> dict[str, health.Check]:
    return {one.name: one for one in await health.doctor(world.data, system=ManualClock(MONDAY))}


@pytest.mark.parametrize(("recent", "before", "suspicious"), [(0, 4, True), (0, 1, True), (0, 0, False), (1, 4, False), (2, 0, False)])
def test_silence_is_suspicious_only_after_there_were_some(recent: int, before: int, suspicious: bool) -> None:
    assert Quiet(recent, before).suspicious is suspicious


def test_the_two_periods_touch_and_are_as_long() -> None:
    now = datetime(2026, 12, 31, tzinfo=UTC)
    (since, until), (earlier, end) = quiet_periods(now)
    assert (until, end) == (now, since) and until - since == end - earlier == timedelta(days=30)


@pytest.mark.slow
async def test_no_encrypted_report_for_a_month_is_said_where_operators_look(world: World) -> None:
    await world.researcher.sends_report("One.")
    await world.researcher.sends_report("Two.")
    form = (await world.researcher_2.runs("/vdp me report")).form
    assert (await world.researcher_2.submits(form, {"what": "In clear, by the form.", "unlawful": "no"})).code == "ok"
    line = "No encrypted report for 30 days, 2 in the 30 before"
    assert line not in (await world.admin.runs("upkeep health")).text
    assert (await checks(world))["intake"].state == "ok"
    await world.passes(days=31)
    form = (await world.researcher_2.runs("/vdp me report")).form
    assert (await world.researcher_2.submits(form, {"what": "Again in clear.", "unlawful": "no"})).code == "ok"
    assert line in (await world.admin.runs("upkeep health")).text
    assert line in str((await world.lead.runs("digest")).reply)
    found = (await checks(world))["intake"]
    assert found.state == "warn" and line in found.text and found.facts == {"recent": 0, "before": 2, "days": 30}
    await world.researcher.sends_report("Three.")
    assert line not in (await world.admin.runs("upkeep health")).text
    assert (await checks(world))["intake"].state == "ok"
    await world.passes(days=61)
    assert (await checks(world))["intake"].state == "ok", "after a second month there is nothing to compare with"


async def test_size_is_said_by_kind_with_growth_and_what_retention_frees(world: World) -> None:
    first = (await checks(world))["size"]
    assert "retention frees nothing now and nothing by" in first.text
    old = await world.researcher.sends_report("Long ago. " * 200)
    await world.researcher.sends_report("Today.")
    found = (await checks(world))["size"]
    assert set(found.facts["kinds"]) >= {"reports", "ledger", "deliveries", "people", "engine records", "blobs", "local world"}
    assert sum(found.facts["kinds"][kind] for kind in ("reports", "ledger")) <= sum(found.facts["files"].values())
    assert found.facts["month"]["reports"] > 0 and found.facts["month"]["ledger"] > 0
    now = await world.now()
    await brought_to(world, old, [("spam", {}), ("close", {})], state="closed", archived_at=now,
                     closed_at=now - world.app.program.retention.closed + timedelta(days=10))
    soon = (await checks(world))["size"].facts["frees"]
    assert (soon[0]["reports"], soon[1]["reports"]) == (0, 1) and soon[1]["bytes"] > 0
    await brought_to(world, old, [], closed_at=now - world.app.program.retention.closed - timedelta(days=1))
    due = (await checks(world))["size"]
    assert due.facts["frees"][0]["reports"] == 1 and "1 report" in due.text
    await world.passes(days=1)
    await world.passes(days=1)
    assert (await checks(world))["size"].facts["frees"][0]["reports"] == 0, "what doctor announced is what retention did"
    with closing(sqlite3.connect(world.data / "harborlight.sqlite", isolation_level=None)) as base:
        base.execute("BEGIN IMMEDIATE")  # somebody writes: doctor neither waits nor fails
        base.execute("UPDATE setting SET value = value")
        looked = await asyncio.wait_for(checks(world), 10)
        assert looked["size"].state == "ok"
        base.execute("ROLLBACK")


@pytest.mark.slow
async def test_an_upgrade_waits_for_the_work_of_the_earlier_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_world(tmp_path) as world:
        pass
    data = tmp_path / "data"
    assert (await template_folder()).exists()

    def release(version: str) -> None:
        monkeypatch.setattr(lanes, "APPLICATION_VERSION", version)
        monkeypatch.setattr(engine_, "APPLICATION_VERSION", version)

    release("0")  # the earlier release, stopped with everything it had to deliver still to be delivered
    settings = settings_.load(data=data)
    at_work = MONDAY + timedelta(hours=2)
    async with app_.opened(settings, port=0, system=ManualClock(at_work), poll=0.02, deliver=False) as app:
        found = await app.engine.ask("watch-internal event=in/1 reference=cafe0001", key="test/1")
        assert found.code == "ok"
        counted = await versions.unfinished(data, app.database)
    assert counted["0"] >= 1
    release("1")
    before = {one.name: one.read_bytes() for one in data.glob("*.sqlite")}
    with pytest.raises(StartError) as refused:
        async with app_.opened(settings, port=0, system=ManualClock(MONDAY), poll=0.02):
            pass
    assert "earlier release" in str(refused.value) and f"{counted['0']} record" in str(refused.value)
    ran = await asyncio.to_thread(command, "migrate", "--data", str(data))
    assert ran.code == 1 and "earlier release" in ran.all.replace("\n", " ")
    looked = {one.name: one for one in await health.doctor(data, system=ManualClock(MONDAY))}
    assert looked["records"].state == "fail" and looked["records"].facts["unfinished"] == counted
    assert {one.name: one.read_bytes() for one in data.glob("*.sqlite")} == before, "nothing was changed"
    release("0")
    async with open_world(tmp_path) as world:
        await world.settled()
        assert len([one for one in await heard(world, "admin") if "cafe0001" in one[1]]) == 1
    release("1")
    async with open_world(tmp_path) as world:
        assert len([one for one in await heard(world, "admin") if "cafe0001" in one[1]]) == 1, "nothing is lost, nothing said twice"
        assert (await checks(world))["records"].state == "ok"


@pytest.mark.slow
@pytest.mark.postgres
async def test_doctor_looks_at_postgresql_and_an_upgrade_waits_there_too(tmp_path: Path, database_url: str) -> None:
    async with open_world(tmp_path, database=database_url) as world:
        await world.researcher.sends_report("One.")
        program, database = world.app.program, world.app.database
        words, facts = await health_size.looked_at(world.data, program, database, await world.now())
        assert {"reports", "ledger", "deliveries", "engine records", "blobs"} <= set(facts["kinds"]) and "database" in words
        assert facts["kinds"]["engine records"] > 0 and facts["month"]["reports"] > 0
        assert versions.foreign(await versions.unfinished(world.data, database)) == 0
        await versions.refuse_foreign(world.data, database)
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE dbos.workflow_status SET application_version = '0', status = 'ENQUEUED' "
                                          "WHERE name = 'deliver'"))
        with pytest.raises(StartError, match="cannot go on"):
            await versions.refuse_foreign(world.data, database)
        span = exporting.span_of(MONDAY.date(), MONDAY.date(), program)
        async with database.read(await world.now()) as work:
            made = await exporting.export(work, program, span, [], tmp_path / "out")
        assert made.entries > 3 and made.clocks > 3
        ran = await asyncio.to_thread(subprocess.run, [sys.executable, "-I", str(tmp_path / "out" / "verify.py")], capture_output=True)
        assert ran.returncode == 0, ran.stdout
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE dbos.workflow_status SET application_version = '1', status = 'SUCCESS' "
                                          "WHERE name = 'deliver'"))
