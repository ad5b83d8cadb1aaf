"""`python -m bot setup`: what it asks, what it writes, and that nothing is half-written or overwritten."""

from __future__ import annotations

import contextlib
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import app
from bot.setup import files, questions
from commands.wording import setup as wording
from config import program as program_
from config import settings as settings_
from config.program import WEEKDAYS
from config.program_writer import Answers, Product, days_of, ids_of, program_text
from config.settings import SettingsError
from storage import gpghome
from storage.keyring import Keyring
from storage.keytext import key_bytes
from storage.packets import Kind, look
from storage.vault import Vault
from tests import pgp
from tests.going_live import master_key, set_up, settings_of

ANSWERS = ["Fjord AI", "Fjord Chat", "", "Fjord Large", "mode", "", "monday-thursday", "Europe/Oslo",
           "local:lead", "local:triager-sec", "local:triager-ml", "local:owner", "60", "", ""]


@pytest.mark.slow
async def test_a_few_answers_make_a_programme_with_keys_and_a_kit(tmp_path: Path) -> None:
    code, said = await set_up(tmp_path, ANSWERS)
    assert code == 0, said
    for name in (".env", "program.toml", "policy.md"):
        assert (tmp_path / name).is_file()
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert "Acknowledged within" in said and "24 h" in said, "every default is shown"
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env", "policy.md", "program.toml"], "no temporary file is left"

    program = program_.load(tmp_path / "program.toml")
    assert program.name == "Fjord AI"
    assert [(one.name, one.kind) for one in program.scope] == [("Fjord Chat", "product"), ("Fjord Large", "model")]
    assert {WEEKDAYS[one] for one in program.working.days} == {"monday", "tuesday", "wednesday", "thursday"}
    assert program.embargo.length.days == 60
    assert "# small: one person may hold several roles" in (tmp_path / "program.toml").read_text(), "the comments are kept"

    settings = settings_.load(**settings_of(tmp_path))
    key = master_key(said)
    assert settings.master_key is not None and settings.master_key.get_secret_value() == key
    assert settings.kit_confirmed
    assert ("triager-ml", "local", "triager-ml") in settings.roles
    assert settings.admin == "local:lead"
    env = (tmp_path / ".env").read_text()
    assert "# SLACK_BOT_TOKEN=" in env
    primary = said[said.index("-----BEGIN PGP PRIVATE"):said.index("-----END PGP PRIVATE")]
    assert primary.split("\n\n")[1][:40] not in env, "the primary stands in the kit alone"
    page = said[said.index("RECOVERY KIT"):said.index("step 3.\n") + 8].splitlines()
    assert len(page) <= 66 and max(map(len, page)) <= 80, "one printed page"
    block = said[said.index("-----BEGIN PGP PRIVATE"):said.index("REVOCATION")]
    assert look(key_bytes(block)).kind is Kind.PRIVATE_KEY
    home = gpghome.make_home()  # the kit's own steps, on another machine
    try:
        fingerprint = str(settings.program_fingerprint)
        pgp.run_gpg(home, "--import", data=block.encode())
        exported = pgp.run_gpg(home, "--export-secret-subkeys", fingerprint)
        assert Keyring(gpghome.make_home(home)).import_secret(exported, expected=fingerprint) == fingerprint
        revocation = said[said.index("-----BEGIN PGP PUBLIC"):said.index("TO RESTORE")]
        with contextlib.suppress(RuntimeError):  # gpg takes it, and then misses a list of trust that this home does not have
            pgp.run_gpg(home, "--import", data=revocation.encode())
        assert b"pub:r:" in pgp.run_gpg(home, "--list-keys", "--with-colons", fingerprint)
    finally:
        gpghome.end_processes(home)
        gpghome.remove_home(home)

    again, words = await set_up(tmp_path, [])
    assert again == 2
    assert "There already: program.toml, policy.md, .env" in words
    assert (tmp_path / ".env").read_text() == env
    kit, inside = tmp_path / "kit.txt", tmp_path / "programme-data" / "kit.txt"
    changed = [*ANSWERS[:-2], "n", "Fjord AS", "y", *[""] * 7, "y", str(inside), str(kit)]  # asked again; a file that cannot be taken
    forced, words = await set_up(tmp_path, changed, "--force")
    assert forced == 0 and wording.kit_place(str(inside)) in words, words
    second = program_.load(tmp_path / "program.toml")
    assert (second.name, second.scope, second.embargo) == ("Fjord AS", program.scope, program.embargo), "what was answered stays"
    assert kit.is_file()
    copies = [one for one in tmp_path.iterdir() if one.name.startswith(".env.")]
    assert [one.read_text() for one in copies] == [env]


@pytest.mark.slow
async def test_nothing_is_written_unless_the_kit_is_confirmed(tmp_path: Path) -> None:
    code, said = await set_up(tmp_path, ANSWERS[:5], gone=True)  # the terminal goes away
    assert code != 0 and not list(tmp_path.iterdir()), said
    kit = tmp_path / "kit.md"  # whatever it is called, it is its owner's alone
    flags = ["--yes", "--name", "Fjord AI", "--product", "Fjord Chat=product", "--lead", "slack:U012AB3CD"]
    code, said = await set_up(tmp_path, [], *flags[:-1], "everybody", "--kit", str(kit))
    assert code == 2 and "Lead: decides, and stands in: Write platform:account" in said and not list(tmp_path.iterdir())
    code, said = await set_up(tmp_path, [], *flags)
    assert code == 2 and "--kit" in said and not list(tmp_path.iterdir())
    for ours in (".env", "program.toml", "policy.md"):
        code, said = await set_up(tmp_path, [], *flags, "--kit", str(tmp_path / ours))
        assert code == 2 and wording.kit_place(str(tmp_path / ours)) in said and not list(tmp_path.iterdir()), "one would replace the other"
    code, said = await set_up(tmp_path, [], *flags, "--kit", str(kit), "--data", "/srv/o'brien")
    assert code == 2 and wording.odd_place("/srv/o'brien") in said and not list(tmp_path.iterdir())
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1\n")
    code, said = await set_up(tmp_path, [], *flags, "--kit", str(kit))
    assert code == 0, said
    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    assert master_key(kit.read_text()) not in said, "it is shown nowhere but in that file"
    env = (tmp_path / ".env").read_text()
    assert env.startswith("SLACK_BOT_TOKEN=xoxb-1"), "what others set stays"
    assert not settings_.load(**settings_of(tmp_path)).kit_confirmed
    assert program_.load(tmp_path / "program.toml").small, "one person holds every role"


def test_the_kit_is_confirmed_by_its_own_characters_alone() -> None:
    key = Vault.make_master_key()
    for typed in ("----\n" * 3, "\n" * 3, f"{key}\n" * 3):
        ran = CliRunner().invoke(app, ["keys", "kit"], input=typed, env={"HARBORLIGHT_MASTER_KEY": key})
        assert ran.exit_code == 1 and wording.NOT_THESE in ran.output and "HARBORLIGHT_KIT=" not in ran.output


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "program.toml", tmp_path / "there"
    first.write_text("as it was")
    (second / "in the way").mkdir(parents=True)
    (tmp_path / f"there.{datetime(2026, 11, 23, tzinfo=UTC):%Y-%m-%dT%H%M%S}").write_text("no copy can stand here")
    with pytest.raises(OSError):
        files.write({first: "new", tmp_path / "kit": "new", second: "new"}, datetime(2026, 11, 23, tzinfo=UTC), private=[])
    assert first.read_text() == "as it was" and (second / "in the way").is_dir()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["program.toml", "there", "there.2026-11-23T000000"]


def test_answers_are_read_with_a_reason() -> None:
    assert days_of("Sun - Thu") == ("monday", "tuesday", "wednesday", "thursday", "sunday")
    assert days_of("mon, wednesday and fri") == ("monday", "wednesday", "friday")
    with pytest.raises(ValueError, match="monday-friday"):
        days_of("weekdays")
    given = questions.Given(name="A", products=["B=ship"], days=None, zone=None, lead="slack:U012AB3CD", security=None, ml=None,
                            owner=None, admin=None, disclosure=None)
    with pytest.raises(typer.BadParameter, match="product, model, endpoint"):
        questions.ask(given, settings_.Settings.model_construct(), silent=True)
    assert ids_of([Product("Ö"), Product("Ö"), Product("Fjord Chat (web)")]) == ["system", "system-2", "fjord-chat-web"]


def test_a_written_programme_is_valid_whatever_its_name(tmp_path: Path) -> None:
    from datetime import date

    for hostile in ('He said "no" \\ # [x]', "[[scope]]", "[embargo]", "[site]", "name = 1", "\\1 \\g<0>"):
        text = program_text(Answers(name=hostile, products=(Product(hostile),), days=("friday",), zone="UTC", embargo_days=1, small=False,
                                    today=date(2026, 11, 23)))
        program = program_.read(text)
        assert program.name == program.scope[0].name == hostile
    rows = dict(wording.defaults(program, admin="local:lead", people=()))
    assert rows["Fixed within"].startswith("critical 7 days")


@pytest.mark.parametrize("said,read", [("U012AB3CD", "slack:U012AB3CD"), ("80351110224678912", "discord:80351110224678912"),
                                       ("lead", "local:lead"), (" slack:W12 ", "slack:W12")])
def test_an_account_s_form_tells_its_platform(said: str, read: str) -> None:
    given = questions.Given(name="A", products=["B"], days=None, zone=None, lead=said, security=None, ml=None, owner=None, admin=None,
                            disclosure=None)
    assert questions.ask(given, settings_.Settings.model_construct(), silent=True).lead == read


def test_the_local_page_has_these_people_only() -> None:
    given = questions.Given(name="A", products=["B"], days=None, zone=None, lead="local:boss", security=None, ml=None, owner=None,
                            admin=None, disclosure=None)
    with pytest.raises(typer.BadParameter, match=r"triager-ml.*Write one, such as"):
        questions.ask(given, settings_.Settings.model_construct(), silent=True)


def test_the_machine_s_zone_is_the_default(tmp_path: Path) -> None:
    assert questions.machine_zone(tmp_path) == "UTC"
    (tmp_path / "timezone").write_text("Europe/Oslo\n")
    assert questions.machine_zone(tmp_path) == "Europe/Oslo"


def test_settings_of_people_name_what_is_wrong() -> None:
    with pytest.raises(SettingsError, match="HARBORLIGHT_PEOPLE: write role=platform:person"):
        settings_.load(people="boss=slack:U1")
    with pytest.raises(SettingsError, match="HARBORLIGHT_KIT"):
        settings_.load(kit="yes")
    key, other = Vault.make_master_key(), Vault.make_master_key()
    for confirmed, of in ((True, key), (False, other)):
        kept = settings_.load(master_key=key, kit=f"2026-11-23/{settings_.kit_mark(of)}")
        assert kept.kit_confirmed == confirmed, "the kit of another master key is none"
