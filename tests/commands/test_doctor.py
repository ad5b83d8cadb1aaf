"""Doctor and audit: what is well is said to be, each thing that is wrong is found, and nothing is made."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot import examine, health, health_signing
from bot.health import Check
from config import settings as settings_
from config.clock import ManualClock
from storage import gpghome
from storage.signing import ends
from tests import pgp
from tests.commands.process import command
from tests.world import MONDAY, World

EVERYTHING = ["settings", "programme", "data", "bot", "database", "schema", "master key", "programme key", "ledger",
              "marks", "dead letters", "queue", "records", "intake", "opening", "size", "disk"]


async def found(world: World, **later: float) -> dict[str, Check]:
    clock = ManualClock(MONDAY + timedelta(**later))
    return {one.name: one for one in await health.doctor(world.data, system=clock)}


def change(world: World, statement: str, file: str = "harborlight.sqlite") -> None:
    with closing(sqlite3.connect(world.data / file, isolation_level=None)) as base:
        base.execute(statement)


async def test_a_running_house_is_well_in_everything(world: World) -> None:
    await world.researcher.sends_report()
    checks = await found(world)
    assert list(checks) == EVERYTHING
    assert {one.state for one in checks.values()} == {"ok"}, checks
    assert checks["bot"].facts["running"]
    assert checks["programme key"].facts["fingerprint"] == world.fingerprint
    assert checks["size"].facts["reports"] == 1


async def test_marks_that_were_not_sent_are_named(world: World) -> None:
    report = await world.researcher.sends_report()
    assert (await found(world, minutes=30))["marks"].state == "ok"
    late = (await found(world, days=4))["marks"]
    assert late.state == "fail"
    assert any(one.startswith(f"{report}/first-response") for one in late.facts["unsent"])
    assert "Start the bot" in late.hint


async def test_marks_that_were_sent_are_well_again(world: World) -> None:
    await world.researcher.sends_report()
    await world.passes(days=4)
    assert (await found(world))["marks"].state == "ok"  # the world's own clock was moved as far


async def test_a_message_that_could_not_be_delivered_fails(world: World) -> None:
    await world.post("/api/people/researcher", {"dms": False})
    await world.researcher.says(world.encrypted("It answers what it should refuse."))
    dead = (await found(world))["dead letters"]
    assert dead.state == "fail"
    assert "dead-letters" in dead.hint


async def test_what_waits_too_long_to_be_delivered_fails(world: World) -> None:
    await world.researcher.sends_report()
    change(world, "UPDATE delivery SET state = 'queued' WHERE kind = 'direct'")
    assert (await found(world, minutes=5))["queue"].state == "ok"
    assert (await found(world, minutes=30))["queue"].state == "warn"
    stuck = (await found(world, hours=2))["queue"]
    assert stuck.state == "fail"
    assert "1 delivery" in stuck.text


async def test_a_key_that_ends_soon_warns_and_an_ended_one_fails(world: World) -> None:
    # The key was made by the machine's clock, whatever day the world has.
    end = world.app.desk.key.expires_at
    assert end is not None
    for before, state in ((timedelta(days=70), "ok"), (timedelta(days=20), "warn"), (timedelta(seconds=-1), "fail")):
        clock = ManualClock(end - before)
        checks = {one.name: one for one in await health.doctor(world.data, system=clock)}
        assert checks["programme key"].state == state


async def test_the_key_that_signs_the_security_file_is_looked_at_where_one_is_set(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "signer"
    home.mkdir(mode=0o700)
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")  # a passphrase that costs no second
    try:
        good = pgp.export_secret(home, pgp.make_key(home)).decode()
        pgp.run_gpg(home, "--passphrase", "secret", "--quick-generate-key", "Locked <locked@example.invalid>", "ed25519", "sign", "9y")
        locked = pgp.run_gpg(home, "--passphrase", "secret", "--armor", "--export-secret-keys", "Locked").decode()
        public = pgp.run_gpg(home, "--armor", "--export", "Locked").decode()
    finally:
        gpghome.end_processes(home)
    end = ends(good)
    assert end is not None and "signing key" not in await found(world)
    for key, before, state, words in (
        (good, 70, "ok", "signs security.txt; it expires"), (good, 59, "warn", "in 59 d"), (good, -1, "warn", "expired"),
        (public, 70, "warn", "no secret key"), (locked, 70, "warn", "makes no signature"), ("  ", 70, "warn", "holds no key"),
        ("nonsense", 70, "warn", "no secret key"),
    ):
        assert (looked := await health_signing.looked_at(key, end - timedelta(days=before)))[0] == state and words in looked[1], looked
        assert bool(looked[2]) == (state == "warn") and "nonsense" not in looked[1]
    monkeypatch.setenv("HARBORLIGHT_SIGNING_KEY", public)
    assert (await found(world))["signing key"].state == "warn"


async def test_a_changed_entry_is_named(world: World) -> None:
    await world.researcher.sends_report()
    change(world, "UPDATE entry SET person_id = 'somebody' WHERE number = 6")
    ledger = (await found(world))["ledger"]
    assert ledger.state == "fail"
    assert "entry 6" in ledger.text
    audit = await examine.audit(settings_.load(data=world.data))
    assert [fault.number for fault in audit.faults] == [6]


async def test_a_removed_entry_is_named(world: World) -> None:
    await world.researcher.sends_report()
    change(world, "DELETE FROM entry WHERE number = 4")
    audit = await examine.audit(settings_.load(data=world.data))
    assert audit.faults[0].number == 5


async def test_a_tail_that_was_cut_off_is_shown_by_the_anchor_alone(world: World) -> None:
    await world.researcher.sends_report()
    await world.passes(days=1)
    settings = settings_.load(data=world.data)
    whole = await examine.audit(settings)
    assert whole.anchors >= 1
    assert whole.faults == ()
    (world.data / "anchors.txt").write_text(f"2026-12-01 {whole.entries} {whole.head}\n")
    change(world, "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)")
    audit = await examine.audit(settings)
    assert [fault.number for fault in audit.faults] == [whole.entries]
    assert "anchor of 2026-12-01" in audit.faults[0].what
    assert (await found(world, days=1))["ledger"].state == "fail"


async def test_a_chain_that_was_written_anew_differs_from_the_anchor(world: World) -> None:
    await world.researcher.sends_report()
    (world.data / "anchors.txt").write_text(f"2026-12-01 3 {'0' * 64}\nnot an anchor\n")
    audit = await examine.audit(settings_.load(data=world.data))
    assert [fault.number for fault in audit.faults] == [3]
    assert audit.anchors == 1


async def test_a_schema_of_another_release(world: World) -> None:
    change(world, "UPDATE alembic_version SET version_num = ''")
    checks = await found(world)
    assert checks["schema"].state == "fail"
    assert "migrate" in checks["schema"].hint
    assert "ledger" not in checks
    change(world, "UPDATE alembic_version SET version_num = '9999'")
    checks = await found(world)
    assert checks["schema"].state == "fail"
    assert "9999" in checks["schema"].text


async def test_another_master_key_is_told_and_nothing_is_changed(world: World) -> None:
    key = world.data / "master.key"
    before = key.read_text()
    key.write_text("ab" * 32)
    checks = await found(world)
    assert checks["master key"].state == checks["programme key"].state == "fail"
    assert checks["ledger"].state == "ok"
    key.unlink()
    checks = await found(world)
    assert checks["database"].state == "fail"
    assert not key.exists()
    key.write_text(before)
    key.chmod(0o644)
    assert "0600" in (await found(world))["master key"].text


async def test_an_open_folder_warns(world: World) -> None:
    world.data.chmod(0o755)
    checks = await found(world)
    assert checks["data"].state == "warn"
    assert "chmod" in checks["data"].hint


async def test_settings_and_programme_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBORLIGHT_MASTER_KEY", "geheim")
    (only,) = await health.doctor(tmp_path)
    assert (only.name, only.state) == ("settings", "fail")
    assert "geheim" not in repr(only)


async def test_a_broken_programme_is_told(tmp_path: Path) -> None:
    program = tmp_path / "program.toml"
    program.write_text("name = 3")
    ended = command("doctor", "--json", "--data", str(tmp_path), HARBORLIGHT_PROGRAM=str(program),
                    HARBORLIGHT_MASTER_KEY="ab" * 32, HARBORLIGHT_PROGRAM_KEY="x", HARBORLIGHT_ADMIN="local:admin")
    assert ended.code == 1
    checks = json.loads(ended.out)
    assert [(one["name"], one["state"]) for one in checks] == [("settings", "ok"), ("programme", "fail")]
    assert checks[1]["hint"]


@pytest.mark.slow
async def test_the_commands_end_as_they_should_beside_a_running_bot(world: World) -> None:
    audit = command("audit", "verify", "--json", "--data", str(world.data))
    assert audit.code == 0
    assert json.loads(audit.out)["ok"] is True
    doctor = command("doctor", "--json", "--data", str(world.data))
    assert doctor.code == 0, doctor
    assert [one["name"] for one in json.loads(doctor.out)] == EVERYTHING
    assert command("migrate", "--data", str(world.data)).code == 0
    change(world, "UPDATE entry SET kind = 'other' WHERE number = 2")
    audit = command("audit", "verify", "--data", str(world.data))
    assert audit.code == 1
    assert "Entry 2" in audit.out
    doctor = command("doctor", "--data", str(world.data))
    assert doctor.code == 1
    assert "fail  ledger" in doctor.out
    assert (await world.lead.runs("queue")).code == "ok"


@pytest.mark.slow
async def test_migrate_makes_the_tables_of_a_new_folder(tmp_path: Path) -> None:
    done = command("migrate", "--data", str(tmp_path / "data"))
    assert done.code == 0
    assert "at this release now" in done.out
    assert "already" in command("migrate", "--data", str(tmp_path / "data")).out
    away = command("migrate", "--data", str(tmp_path / "data"), DATABASE_URL="postgresql://u:geheim@127.0.0.1:1/x")
    assert away.code == 1
    assert "geheim" not in away.all
