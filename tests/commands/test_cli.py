"""The command line as real processes: starting, stopping, saying what is wrong, and `do`."""

from __future__ import annotations

import base64
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot import cli_show, doing
from tests.commands.process import Bot, bot, command, typed
from tests.process import until

pytestmark = pytest.mark.slow  # starts processes

SECRET = "geheimnis-nicht-zeigen"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with bot(tmp_path_factory.mktemp("house") / "data") as one:
        yield one


def do(house: Bot, *words: str, stdin: str = "", who: str = "lead") -> tuple[int, str]:
    ended = command("do", "--data", str(house.data), "--as", who, *words, stdin=stdin)
    return ended.code, ended.all


# -- starting and stopping ---------------------------------------------------------------------------------------


def test_run_says_where_it_is_and_takes_it_back_when_it_stops(tmp_path: Path) -> None:
    with bot(tmp_path / "data") as one:
        assert re.fullmatch(r"local: http://127\.0\.0\.1:\d+", one.first)
        assert (one.data / "address").read_text().strip() == one.first.removeprefix("local: ")
        site = re.fullmatch(r"site: (http://127\.0\.0\.1:\d+)\n", one.process.stdout.readline())  # type: ignore[union-attr]
        assert site is not None
        page = httpx.get(f"{site[1]}/key", timeout=30)
        assert page.status_code == 200 and "Our key" in page.text
        code, seconds = one.stop()
        assert code == 0
        assert seconds < 5
        assert not (one.data / "address").exists()
        assert "Traceback" not in one.process.stderr.read()  # type: ignore[union-attr]


def test_after_a_kill_do_says_that_nothing_runs_and_a_new_start_mends_it(tmp_path: Path) -> None:
    with bot(tmp_path / "data") as one:
        one.stop(signal.SIGKILL)
        assert (one.data / "address").exists()
        ended = typed("do", "--data", str(one.data), "--as", "lead", "queue")
        assert ended.code == 1
        assert "not running" in ended.all
    with bot(tmp_path / "data") as again:
        assert do(again, "queue")[0] == 0


def test_an_address_that_another_program_has_now_is_not_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "running").touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        (data / "address").write_text(f"http://127.0.0.1:{other.getsockname()[1]}\n")
        with pytest.raises(doing.NotRunningError):
            doing.find(data)


@pytest.mark.parametrize("address", ["http://198.51.100.7:80", "https://127.0.0.1:1", "nonsense", "http://127.0.0.1:x"])
def test_only_this_machine_is_asked(address: str) -> None:
    with pytest.raises(doing.NotRunningError):
        doing.Api(address)


def test_every_problem_of_the_settings_at_once_and_no_secret(tmp_path: Path) -> None:
    ended = typed("run", "--data", str(tmp_path), HARBORLIGHT_MASTER_KEY=SECRET, HARBORLIGHT_ADMIN="nobody",
                  DATABASE_URL=f"mysql://u:{SECRET}@x/y", HARBORLIGHT_PROGRAM=str(tmp_path / "none.toml"))
    assert ended.code == 2
    for name in ("HARBORLIGHT_MASTER_KEY", "HARBORLIGHT_ADMIN", "DATABASE_URL", "HARBORLIGHT_PROGRAM"):
        assert name in ended.err
    assert SECRET not in ended.all


def test_a_real_programme_says_what_it_lacks(tmp_path: Path) -> None:
    program = Path(__file__).resolve().parents[2] / "config" / "program.toml"
    env = tmp_path / "own.env"
    env.write_text(f"HARBORLIGHT_PROGRAM={program}\n")
    ended = command("--env", str(env), "run", "--data", str(tmp_path))
    assert ended.code == 2
    for name in ("HARBORLIGHT_MASTER_KEY", "HARBORLIGHT_PROGRAM_KEY", "HARBORLIGHT_ADMIN"):
        assert f"{name}: missing" in ended.err


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = command("run", "--port", str(other.getsockname()[1]), "--data", str(tmp_path / "data"))
        pages = command("run", "--port", "0", "--site-port", str(other.getsockname()[1]), "--data", str(tmp_path / "data"))
    assert ended.code == 1
    assert "--port 0" in ended.err
    assert pages.code == 1
    assert "--site-port" in pages.err


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    ended = command("run", "--port", "0", "--data", str(tmp_path / "data"))
    assert ended.code == 1
    assert "cannot be used" in ended.err


def test_a_database_that_is_away(tmp_path: Path) -> None:
    ended = command("run", "--port", "0", "--data", str(tmp_path / "data"),
                    DATABASE_URL=f"postgresql://u:{SECRET}@127.0.0.1:1/x")
    assert ended.code == 1
    assert "DATABASE_URL" in ended.err
    assert SECRET not in ended.all


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "harborlight.sqlite").write_bytes(b"no database " * 1000)
    (tmp_path / "data" / "master.key").write_text(base64.b64encode(bytes(32)).decode())
    (tmp_path / "data" / "master.key").chmod(0o600)
    ended = command("run", "--port", "0", "--data", str(tmp_path / "data"))
    assert ended.code == 1
    assert "cannot start" in ended.err


def test_two_bots_on_one_folder(house: Bot) -> None:
    ended = command("run", "--port", "0", "--data", str(house.data))
    assert ended.code == 1
    assert "Another process" in ended.err
    assert (house.data / "address").exists()


# -- do ----------------------------------------------------------------------------------------------------------


def test_do_answers_and_refuses(house: Bot) -> None:
    assert do(house, "queue")[0] == 0
    assert do(house, "/vdp queue")[0] == 0
    assert do(house)[0] == 0
    code, said = do(house, "digest", who="triager-sec")
    assert code == 3
    assert "code: not_allowed" in said
    code, said = do(house, "queu")
    assert code == 3
    assert "Did you mean" in said
    assert do(house, "queue", who="nobody")[0] == 3
    assert do(house, "queue", "--where", "triage-none")[0] == 3
    assert command("do", "queue", "--data", str(house.data)).code == 2


def test_a_form_is_filled_by_set(house: Bot) -> None:
    code, said = do(house, "report", "--set", "what=It says too much.", "--set", "unlawful=no", who="researcher")
    assert code == 0
    assert "AIV-" in said
    code, said = do(house, "report", "--set", "wat=It says too much.", who="researcher")
    assert code == 2
    assert "no field wat" in said
    code, said = do(house, "report", "--set", "how=Ask twice.", who="researcher")
    assert code == 2
    assert "Still needed: what" in said
    assert do(house, "report", "--set", "nonsense", who="researcher")[0] == 2


def test_a_form_is_asked_field_by_field(house: Bot) -> None:
    code, said = do(house, "report", who="researcher", stdin="1\nIt says too much.\nTo everyone.\n\nAsk twice.\n\n3 of 10\n")
    assert code == 0
    report = re.search(r"AIV-\w{5}", said)
    assert report is not None
    channel = f"triage-{report[0].lower()}"  # it opens after the answer
    shown = until(lambda: next((words for words in [do(house, "show", "--where", channel)[1]] if "3 of 10" in words), ""),
                  what="the card")
    assert "[Acknowledge]" in shown


def test_input_that_ends_sends_nothing(house: Bot) -> None:
    code, said = do(house, "report", who="researcher-2")
    assert code == 2
    assert "Nothing was sent" in said
    assert "no report" in do(house, "status", who="researcher-2")[1].lower()


def test_a_choice_that_is_none_sends_nothing(house: Bot) -> None:
    code, said = do(house, "report", "--set", "what=x", "--set", "unlawful=perhaps", who="researcher-2")
    assert code == 2
    assert "choose one" in said


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202egnp\u200b\x9b31m"


def test_nothing_that_a_stranger_wrote_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    cli_show.reply({
        "code": HOSTILE, "text": HOSTILE, "errors": {HOSTILE: HOSTILE},
        "form": {"title": HOSTILE, "about": HOSTILE},
        "card": {"report": HOSTILE, "level": HOSTILE, "state": HOSTILE, "title": HOSTILE, "lines": [HOSTILE],
                 "next": HOSTILE, "next_by": HOSTILE, "fields": [{"label": HOSTILE, "text": HOSTILE}],
                 "image": {"alt": HOSTILE}, "buttons": [{"id": HOSTILE, "label": HOSTILE}]},
        "buttons": [{"id": HOSTILE, "label": "[bold]not bold[/bold]"}],
    })
    cli_show.reply({"spans": [[HOSTILE, style, HOSTILE] for style in ("plain", "bold", "link", "person", "code")]})
    said = capsys.readouterr().out
    assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e", "\u200b"}
    assert "\\u001b" in said
    assert "[bold]not bold[/bold]" in said


def test_a_hostile_report_reads_as_words_on_the_terminal(house: Bot) -> None:
    code, said = do(house, "report", "--set", f"what={HOSTILE} title", who="researcher")
    assert code == 0
    report = re.search(r"AIV-\w{5}", said)
    assert report is not None
    shown = do(house, "--where", f"triage-{report[0].lower()}")[1]
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


# -- keys --------------------------------------------------------------------------------------------------------


def test_a_master_key_and_nothing_else() -> None:
    one, two = typed("keys", "master"), command("keys", "master")
    assert one.out != two.out
    assert one.err == ""
    assert len(bytes.fromhex(one.out)) == 32


def test_the_programme_key_is_shown_and_exported_beside_the_running_bot(house: Bot) -> None:
    shown = command("keys", "show", "--data", str(house.data))
    assert shown.code == 0
    assert re.fullmatch(r"([0-9A-F]{4} ){10} expires .* UTC\n", shown.out)
    exported = command("keys", "export", "--data", str(house.data))
    assert exported.code == 0
    assert exported.out.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert exported.out.rstrip().endswith("-----END PGP PUBLIC KEY BLOCK-----")


def test_no_tool_makes_a_folder_or_a_key(tmp_path: Path) -> None:
    data = tmp_path / "none"
    for words in (["keys", "show"], ["keys", "export"], ["audit", "verify"], ["doctor"], ["inspect", "x.asc"], ["do", "--as", "lead"]):
        ended = command(*words, "--data", str(data))
        assert ended.code == 1
        assert "run" in ended.all
    assert list(tmp_path.iterdir()) == []
    data.mkdir()
    for words in (["keys", "show"], ["audit", "verify"], ["doctor"], ["inspect", "x.asc"]):
        assert command(*words, "--data", str(data)).code == 1
    assert list(data.iterdir()) == []
