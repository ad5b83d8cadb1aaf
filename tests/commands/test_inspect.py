"""`inspect`: what intake would say of files, beside the running bot, with its own key."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.gpghome import make_home, remove_home
from tests import pgp
from tests.commands.process import Bot, bot, command

pytestmark = pytest.mark.slow  # starts processes

TEXT = b"The model follows orders hidden in a picture.\nIt did so in 3 of 10 tries.\n"
DIGEST = hashlib.sha256(TEXT).hexdigest()


@dataclass(frozen=True)
class Desk:
    bot: Bot
    sender: Path
    key: str
    message: bytes  # armored

    def rows(self, *files: Path | str, joined: bool = False, code: int = 0) -> list[dict[str, Any]]:
        more = ["--joined"] if joined else []
        ended = command("inspect", *map(str, files), *more, "--json", "--data", str(self.bot.data))
        assert ended.code == code, ended
        assert ended.out.isascii()
        return list(json.loads(ended.out))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    sender = make_home()
    with bot(tmp_path_factory.mktemp("inspect") / "data") as one:
        key = command("keys", "export", "--data", str(one.data)).out.encode()
        pgp.run_gpg(sender, "--import", data=key)
        shown = command("keys", "show", "--data", str(one.data)).out
        fingerprint = shown.partition("  ")[0].replace(" ", "")
        message = pgp.run_gpg(sender, "--armor", "--recipient", fingerprint, "--encrypt", data=TEXT)
        yield Desk(one, sender, fingerprint, message)
    remove_home(sender)


def test_each_file_has_its_row_in_order(desk: Desk, tmp_path: Path) -> None:
    made = {
        "good.asc": (desk.message, "accepted", DIGEST),
        "good.gpg": (pgp.encrypt(desk.sender, [desk.key], TEXT), "accepted", DIGEST),
        "typed.txt": (b"Hello, here it is:\n\n" + desk.message.replace(b"\n", b"\r\n"), "accepted", DIGEST),
        "mangled.txt": (b"> " + desk.message.replace(b"\n", b"\n> "), "accepted", DIGEST),
        "short.txt": (b"is anybody there", "plaintext_message", ""),
        "long.txt": (b"It tells people things. " * 20, "plaintext_message", ""),
        "cut.asc": (desk.message[: len(desk.message) // 2], "truncated", ""),
        "part.txt": (desk.message[: len(desk.message) // 2], "incomplete", ""),
        "empty.asc": (b" \n", "empty", ""),
        "picture.png": (b"\x89PNG\r\n", "unsupported_file", ""),
        "key.asc": (pgp.export_public(desk.sender, desk.key), "public_key", ""),
        "password.pgp": (pgp.run_gpg(desk.sender, "--passphrase", "x", "--symmetric", data=TEXT), "symmetric_only", ""),
        "blank.asc": (pgp.run_gpg(desk.sender, "--armor", "-r", desk.key, "--encrypt", data=b"  "), "empty_plaintext", ""),
    }
    for name, (data, _, _) in made.items():
        (tmp_path / name).write_bytes(data)
    files = [tmp_path / name for name in made]
    rows = desk.rows(*files)
    assert [row["file"] for row in rows] == [str(one) for one in files]
    assert [(row["code"], row["sha256"]) for row in rows] == [(code, digest) for _, code, digest in made.values()]
    assert set(rows[0]) == {"file", "code", "detail", "sha256"}
    by_name = {Path(row["file"]).name: row for row in rows}
    assert by_name["short.txt"]["detail"] == "short"
    assert by_name["long.txt"]["detail"] == ""


def test_parts_of_one_message_in_order_are_one_row(desk: Desk, tmp_path: Path) -> None:
    half = desk.message.index(b"\n", len(desk.message) // 2) + 1
    (tmp_path / "1.txt").write_bytes(desk.message[:half])
    (tmp_path / "2.txt").write_bytes(desk.message[half:])
    one, two = tmp_path / "1.txt", tmp_path / "2.txt"
    assert desk.rows(one, two, joined=True) == [
        {"file": f"{one}, {two}", "code": "accepted", "detail": "", "sha256": DIGEST}]
    assert desk.rows(two, one, joined=True)[0]["code"] != "accepted"
    assert [row["code"] for row in desk.rows(one, two)] == ["incomplete", "incomplete"]


def test_what_cannot_be_read_is_a_row_and_a_failure(desk: Desk, tmp_path: Path) -> None:
    good, folder = tmp_path / "good.asc", tmp_path / "folder.asc"
    good.write_bytes(desk.message)
    folder.mkdir()
    rows = desk.rows(good, tmp_path / "none.asc", folder, code=1)
    assert [row["code"] for row in rows] == ["accepted", "unreadable", "unreadable"]
    assert rows[1]["detail"] == "there is no such file"
    joined = desk.rows(good, tmp_path / "none.asc", joined=True, code=1)
    assert len(joined) == 1
    assert joined[0]["code"] == "unreadable"


def test_too_large_is_told_without_reading_it_all(desk: Desk, tmp_path: Path) -> None:
    huge = tmp_path / "huge.asc"
    with huge.open("wb") as file:
        file.truncate(1 << 40)  # a hole: a terabyte that takes no room
    assert desk.rows(huge)[0]["code"] == "too_large"


def test_hostile_names_stay_names(desk: Desk, tmp_path: Path) -> None:
    name = "\x1b[2Jevil\u202egpj\nok: accepted\x07.asc"
    (tmp_path / name).write_bytes(desk.message)
    raw = os.fsencode(tmp_path) + b"/\xff\xfe.asc"
    Path(os.fsdecode(raw)).write_bytes(desk.message)
    rows = desk.rows(tmp_path / name, os.fsdecode(raw))
    assert [row["code"] for row in rows] == ["accepted", "accepted"]
    assert rows[0]["file"] == str(tmp_path / name)
    shown = command("inspect", str(tmp_path / name), os.fsdecode(raw), "--data", str(desk.bot.data))
    assert shown.code == 0
    assert not set(shown.out) & {"\x1b", "\x07", "\u202e"}
    assert not any(line.startswith("ok: accepted") for line in shown.out.splitlines())
    assert "\\u001b" in shown.out


def test_a_terminal_reads_what_it_means_and_no_word_of_the_report(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "good.asc").write_bytes(desk.message)
    (tmp_path / "short.txt").write_bytes(b"is anybody there")
    shown = command("inspect", str(tmp_path / "good.asc"), str(tmp_path / "short.txt"), "--data", str(desk.bot.data))
    assert shown.code == 0
    assert DIGEST in shown.out
    assert "talk, not a report" in shown.out
    assert "hidden in a picture" not in shown.all
    assert "anybody" not in shown.all


def test_a_wrong_master_key_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "good.asc").write_bytes(desk.message)
    ended = command("inspect", str(tmp_path / "good.asc"), "--data", str(desk.bot.data), HARBORLIGHT_MASTER_KEY="ab" * 32)
    assert ended.code == 1
    assert "not the key that sealed" in ended.err


def test_the_key_of_the_settings_opens_without_a_database(tmp_path: Path) -> None:
    home = make_home()
    try:
        key = pgp.make_key(home)
        secret = pgp.export_secret(home, key).decode()
        (tmp_path / "good.asc").write_bytes(pgp.encrypt(home, [key], TEXT))
    finally:
        remove_home(home)
    program = Path(__file__).resolve().parents[2] / "config" / "program.toml"
    ended = command(
        "inspect", str(tmp_path / "good.asc"), "--json", "--data", str(tmp_path / "none"),
        HARBORLIGHT_PROGRAM=str(program), HARBORLIGHT_MASTER_KEY="ab" * 32, HARBORLIGHT_PROGRAM_KEY=secret,
        HARBORLIGHT_ADMIN="local:admin")
    assert ended.code == 0, ended
    assert json.loads(ended.out)[0]["sha256"] == DIGEST
    assert not (tmp_path / "none").exists()
    assert "PRIVATE" not in ended.all
