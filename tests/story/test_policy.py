"""The policy at work: linted in chat and on the command line, refused at the start, announced when it changes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot import app as app_
from bot.keys import StartError
from commands.desk import Desk, ProgramKey
from commands.registry import Registry
from config import settings as settings_
from config.program import DEMO, PolicyEdition, load
from config.settings import ROOT
from storage.vault import Vault
from tests.world import MONDAY, World
from tests.world import world as open_world


async def test_a_new_version_is_announced_once_to_open_reports_which_stay_under_theirs(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        report = await world.researcher.sends_report(title="Persona prompt")
        assert "announced already" in (await world.lead.runs("program announce-policy nothing")).text
    newer = PolicyEdition(version="1.1", date=date(2026, 11, 30))
    async with open_world(tmp_path, policy=newer) as world:
        assert "differs from what was announced" in (await world.triager_sec.runs("program policy")).text
        assert (await world.triager_sec.runs("program announce-policy Anything")).code == "not_allowed"
        done = await world.lead.runs("program announce-policy Model theft is in scope now.")
        assert "1 researcher with open reports is told" in done.text
        told = await world.researcher.last()
        assert "version 1.1, 2026-11-30. Model theft is in scope now." in told
        assert f"{report} (version 1.0)" in told
        assert "announced already" in (await world.lead.runs("program announce-policy Again")).text
        await world.researcher.says("policy 1.0")
        assert "Version 1.0, 2026-01-05" in await world.researcher.last()
        await world.researcher.says("policy")
        assert "Version 1.1, 2026-11-30" in await world.researcher.last()
        await world.researcher.says("policy 0.9")
        assert "There are: 1.1, 1.0" in await world.researcher.last()
        second = await world.researcher.sends_report(title="Another")
        async with world.app.database.read(world.clock.now()) as work:
            versions = [(await work.reports.get(one)).policy_version for one in (report, second)]  # type: ignore[union-attr]
        assert versions == ["1.0", "1.1"]


async def test_the_lint_answers_in_chat_and_knows_the_key(world: World) -> None:
    found = await world.triager_sec.runs("program policy lint")
    assert found.code == "ok", found
    assert (await world.triager_sec.runs("policy lint")).text == found.text
    assert "VDP010" not in found.text, "the fingerprint on the page is that of the key"


@pytest.mark.slow
def test_the_command_line_lints_a_file_and_ends_accordingly(tmp_path: Path) -> None:
    def lint(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "bot", "policy", "lint", "--data", str(tmp_path / "data"), *words], cwd=ROOT,
                              capture_output=True, text=True, check=False)

    good = lint()
    assert good.returncode == 0, good
    assert "VDP010 warning" in good.stdout, "no key was made yet"
    bad = tmp_path / "policy.md"
    bad.write_bytes(DEMO.with_name("policy.md").read_bytes().replace(b"## Safe harbour", b"## Notes") + b"\xff TODO")
    found = lint(str(bad), "--json")
    assert found.returncode == 1
    assert {one["rule"] for one in json.loads(found.stdout) if one["level"] == "error"} >= {"VDP001", "VDP006", "VDP017"}
    assert lint(str(tmp_path / "missing.md")).returncode != 0


def test_a_real_programme_does_not_start_with_a_policy_that_breaks_its_promises(tmp_path: Path) -> None:
    (tmp_path / "program.toml").write_text(DEMO.read_text("utf-8"), "utf-8")
    (tmp_path / "policy.md").write_text("# Policy\n\nWe might sue you.\n", "utf-8")
    given = {"data": tmp_path / "data", "program": tmp_path / "program.toml", "master_key": "00" * 32, "program_key": "x",
             "admin": "local:admin"}
    settings = settings_.load(**given)
    assert app_.policy_file(settings) == tmp_path / "policy.md"
    key = ProgramKey("0" * 40, "", None)
    desk = Desk(program=load(DEMO), vault=Vault.from_setting("00" * 32), key=key, registry=Registry.of(()),
                policy=app_.policy_file(settings).read_text("utf-8"))
    with pytest.raises(StartError, match="VDP006"):
        app_.refuse_policy(settings, desk, MONDAY)
    app_.refuse_policy(settings_.load(**given, policy_anyway=True), desk, MONDAY)
    app_.refuse_policy(settings_.load(data=tmp_path / "data"), desk, MONDAY)


def test_a_real_programme_does_not_start_in_a_mode_in_which_nobody_could_read(tmp_path: Path) -> None:
    (tmp_path / "program.toml").write_text(DEMO.read_text("utf-8").replace('mode = "open"', 'mode = "rewrap"'), "utf-8")
    settings = settings_.load(data=tmp_path / "data", program=tmp_path / "program.toml", master_key="00" * 32, program_key="x",
                              admin="local:admin")
    with pytest.raises(StartError, match="rewrap is planned and not built"):
        app_.refuse_mode(settings, app_.read_program(settings))
    app_.refuse_mode(settings, load(DEMO))
