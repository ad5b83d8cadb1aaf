"""The process among people, disks and other programs: asked to end, killed, out of space, locked out, with a wrong key."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from storage.vault import Vault
from tests.crash import plays
from tests.crash.plays import left_over, quietly, seen, single
from tests.process import Bot, Template, until

pytestmark = pytest.mark.slow


def test_what_was_accepted_is_handled_after_a_kill(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    assert bot.say("researcher", template.encrypted(plays.TEXT))["status"] == 202
    bot.kill()
    bot.start()
    assert seen(bot) == references.of(single)


def test_a_kill_leaves_a_home_and_the_next_start_removes_it(template: Template, tmp_path: Path, bots: list[Bot]) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    dead = bot.pid
    bot.kill()
    assert left_over(dead), "nobody was there to tidy up"
    bot.start()
    assert left_over(dead) == []
    assert left_over(bot.pid), "the living one keeps its own"
    last = bot.pid
    assert bot.stop() == 0
    assert left_over(last) == []


def test_it_ends_within_five_seconds_with_a_stream_open(template: Template, tmp_path: Path, bots: list[Bot]) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    with httpx.stream("GET", f"{bot.address}/api/stream", params={"as": "lead"}, timeout=30) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        bot.say("lead", "hello")
        assert next(line for line in lines if line.startswith("data"))
        assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_asked_to_end_in_the_middle_it_ends_and_goes_on_later(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    single(bot, template)
    assert bot.stop() == 0
    bot.start()
    assert seen(bot) == references.of(single)
    assert "Traceback" not in bot.log


def test_nothing_is_accepted_on_a_full_disk_and_it_recovers_by_itself(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    limit_files(bot.pid, 0)
    answer: list[int] = []
    quietly(lambda: answer.append(httpx.post(f"{bot.address}/api/say", timeout=60, json={
        "as": "researcher", "where": "dm", "text": template.encrypted(plays.TEXT), "files": []}).status_code))
    assert answer and answer[0] >= 500, "not acknowledged"
    limit_files(bot.pid, resource.RLIM_INFINITY)
    assert bot.messages("researcher") == []
    single(bot, template)
    assert seen(bot) == references.of(single)


def test_what_the_chat_accepted_waits_while_the_bot_has_no_space(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    sizes = {one.name: one.stat().st_size for one in bot.data.glob("*.sqlite*")}
    limit = max(size for name, size in sizes.items() if name.startswith("local")) + 64 * 1024
    with sqlite3.connect(bot.data / "engine.sqlite", timeout=10) as base:  # grow its log beyond the limit
        base.execute("CREATE TABLE filler (data BLOB)")
        base.execute("INSERT INTO filler VALUES (zeroblob(?))", (limit + 256 * 1024,))
    limit_files(bot.pid, limit)
    single(bot, template)  # the chat world has space: 202
    until(lambda: "not recorded, trying again" in bot.log, what="a try that failed")
    assert bot.texts("researcher") == []
    limit_files(bot.pid, resource.RLIM_INFINITY)
    assert seen(bot) == references.of(single)


def test_a_database_that_another_program_locks_is_waited_for(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    locked, free = threading.Event(), threading.Event()

    def lock() -> None:
        bases = [sqlite3.connect(bot.data / name, isolation_level=None, timeout=10)
                 for name in ("harborlight.sqlite", "engine.sqlite")]
        for base in bases:
            base.execute("BEGIN IMMEDIATE")
        locked.set()
        free.wait(10)
        for base in bases:
            base.execute("ROLLBACK")
            base.close()

    other = threading.Thread(target=lock)
    other.start()
    assert locked.wait(10)
    single(bot, template)
    time.sleep(2)
    assert bot.channels() == []
    free.set()
    other.join()
    assert seen(bot) == references.of(single)


def test_a_wrong_master_key_stops_the_start_and_spoils_nothing(
    references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    bot = Bot(template.copied(tmp_path)).start("decide-after")
    bots.append(bot)
    quietly(lambda: single(bot, template))
    assert bot.died() == -9
    shutil.copy(bot.data / "master.key", tmp_path / "right.key")
    before = _records(bot)
    assert before, "there is work in flight"
    (bot.data / "master.key").write_text(Vault.make_master_key())
    bot.start()
    assert bot.died() == 1
    assert "not the key" in bot.log
    assert _records(bot) == before
    (bot.data / "master.key").unlink()
    bot.start()
    assert bot.died() == 1
    assert "backup" in bot.log
    shutil.copy(tmp_path / "right.key", bot.data / "master.key")
    bot.start()
    assert seen(bot) == references.of(single)


def test_a_second_process_on_the_folder_is_refused(template: Template, tmp_path: Path, bots: list[Bot]) -> None:
    bot = Bot(template.copied(tmp_path)).start()
    bots.append(bot)
    second = Bot(bot.data).start()
    assert second.died() == 1
    assert "Another process runs on" in bot.log
    assert bot.say("researcher", "hello")["status"] == 202


def _records(bot: Bot) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{bot.data}/engine.sqlite?mode=ro", uri=True) as base:
        return sorted(base.execute("SELECT workflow_uuid, status FROM workflow_status WHERE status IN"
                                   " ('PENDING', 'ENQUEUED', 'ERROR')"))


def limit_files(pid: int, size: int) -> None:
    """Have every write beyond a file's first `size` bytes fail in another process, as on a disk without space."""
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
