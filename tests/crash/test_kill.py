"""SIGKILL at any step between a message and its last effect ends, after a restart, with one of each."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage import gpghome
from tests import pgp
from tests.world import template_folder, words_of

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 40.0


class Process:
    """The bot as a process of its own, with its own process group."""

    def __init__(self, data: Path, crash: tuple[str, str, int] | None = None) -> None:
        start = ["-m", "bot"] if crash is None else ["-m", "tests.crash.launcher", *map(str, crash), "--"]
        self.process = subprocess.Popen(
            [sys.executable, *start, "run", "--port", "0", "--data", str(data)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.address = line.removeprefix("local: ").strip()
        self.client = httpx.Client(base_url=self.address, timeout=20) if line.startswith("local: ") else None

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """SIGTERM; returns the exit code, and fails when it takes more than 5 seconds."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=5)

    def say(self, person: str, text: str) -> bool:
        """Say something; tells whether it was accepted."""
        try:
            found = self.client.post("/api/say", json={"as": person, "where": "dm", "text": text, "files": []})
        except httpx.HTTPError:
            return False
        return found.status_code == 202

    def run(self, person: str, where: str, line: str) -> dict[str, Any]:
        """Run a command; nothing when the process died over it."""
        try:
            return dict(self.client.post("/api/run", json={"as": person, "where": where, "line": line}).json())
        except httpx.HTTPError:
            return {}

    def channels(self) -> list[str]:
        """The triage channels there are."""
        found = self.client.get("/api/conversations", params={"as": "lead"}).json()
        return [one["id"] for one in found if one["id"].startswith("triage-")]

    def texts(self, person: str, where: str) -> list[str]:
        """What the bot said in a conversation."""
        found = self.client.get(f"/api/conversations/{where}/messages", params={"as": person}).json()
        return [words_of(one) for one in found if one["author"] == "bot"]


@pytest.fixture
async def prepared(tmp_path: Path) -> Path:
    """A data folder that was started before, and a home that encrypts to its key."""
    data = tmp_path / "data"
    shutil.copytree(await template_folder(), data)
    return data


@contextmanager
def running(data: Path, crash: tuple[str, str, int] | None = None) -> Iterator[Process]:
    process = Process(data, crash)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.kill()


def sealed(data: Path, folder: Path, text: str) -> str:
    """Encrypt to the key of a data folder."""
    public = subprocess.run([sys.executable, "-m", "bot", "keys", "export", "--data", str(data)], cwd=ROOT,
                            capture_output=True, check=True).stdout
    home = folder / "sender"
    home.mkdir(mode=0o700)
    pgp.run_gpg(home, "--import", data=public)
    listed = pgp.run_gpg(home, "--list-keys", "--with-colons").decode().splitlines()
    fingerprint = next(row.split(":")[9] for row in listed if row.startswith("fpr:"))
    try:
        return pgp.run_gpg(home, "--armor", "--recipient", fingerprint, "--encrypt", data=text.encode()).decode()
    finally:
        gpghome.end_processes(home)


def eventually(what: Any) -> Any:
    """Return the first true value of a question that is asked until the patience ends."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            found = what()
        except (httpx.HTTPError, KeyError):
            found = None
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def whole(process: Process) -> bool:
    """Whether the receipt, the channel and its card are there."""
    channels = process.channels()
    return bool(channels) and any("We have your report" in one for one in process.texts("researcher", "dm-researcher")) \
        and any("It was found twice" in one for one in process.texts("lead", channels[0]))


def expect_one_of_each(process: Process, data: Path) -> str:
    """One report, one receipt, one channel, one card; the ledger verifies. Returns the channel."""
    assert eventually(lambda: whole(process)), process.texts("researcher", "dm-researcher")
    time.sleep(0.6)  # what could come twice comes now
    channels = process.channels()
    assert len(channels) == 1
    assert sum("We have your report" in one for one in process.texts("researcher", "dm-researcher")) == 1
    assert sum("It was found twice" in one for one in process.texts("lead", channels[0])) == 1
    verified = subprocess.run([sys.executable, "-m", "bot", "audit", "verify", "--data", str(data)], cwd=ROOT,
                              capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return channels[0]


POINTS = [
    ("receive", "before", 1), ("record", "before", 1), ("record", "after", 1), ("bring", "before", 1),
    ("bring", "after", 1), ("decide", "before", 1), ("decide", "after", 1), ("enqueue", "before", 1),
    ("enqueue", "before", 2), ("enqueue", "after", 2), ("perform", "before", 1), ("deliver", "after", 1),
    ("deliver", "after", 2), ("deliver", "after", 3), ("keep", "after", 1), ("keep", "after", 3),
]


@pytest.mark.parametrize("point", POINTS, ids=["-".join(map(str, one)) for one in POINTS])
def test_a_report_survives_a_kill(prepared: Path, tmp_path: Path, point: tuple[str, str, int]) -> None:
    message = sealed(prepared, tmp_path, "Title: Twice\n\nIt was found twice.")
    with running(prepared, point) as first:
        accepted = first.say("researcher", message)
        first.process.wait(timeout=PATIENCE)
    assert accepted
    with running(prepared) as again:
        expect_one_of_each(again, prepared)


@pytest.mark.parametrize("point", [("decide", "after", 2), ("enqueue", "before", 5), ("deliver", "after", 5)],
                         ids=["decide", "enqueue", "deliver"])
def test_an_answer_survives_a_kill(prepared: Path, tmp_path: Path, point: tuple[str, str, int]) -> None:
    message = sealed(prepared, tmp_path, "Title: Twice\n\nIt was found twice.")
    with running(prepared) as first:
        assert first.say("researcher", message)
        channel = expect_one_of_each(first, prepared)
        first.kill()
    seam, when, _ = point
    with running(prepared, (seam, when, 1)) as second:
        answered = second.run("triager-sec", channel, "/vdp reply clear=yes Thank you for the canary words.")
        second.process.wait(timeout=PATIENCE)
    assert answered == {} or seam != "decide"
    with running(prepared) as again:
        assert eventually(lambda: any("canary words" in one for one in again.texts("researcher", "dm-researcher")))
        assert eventually(lambda: any("delivered" in one for one in again.texts("lead", channel) if "canary" in one))
        time.sleep(0.6)
        both = Counter(dm=sum("canary words" in one for one in again.texts("researcher", "dm-researcher")),
                       channel=sum("canary words" in one for one in again.texts("lead", channel)))
        assert both == {"dm": 1, "channel": 1}


def test_killed_twice_and_stale_homes_are_swept(prepared: Path, tmp_path: Path) -> None:
    message = sealed(prepared, tmp_path, "Title: Twice\n\nIt was found twice.")
    with running(prepared, ("decide", "after", 1)) as first:
        assert first.say("researcher", message)
        first.process.wait(timeout=PATIENCE)
    with running(prepared, ("deliver", "after", 1)) as second:
        second.process.wait(timeout=PATIENCE)
    dead = {first.process.pid, second.process.pid}
    with running(prepared) as again:
        expect_one_of_each(again, prepared)
        left = [home for root in gpghome.roots() for home in root.glob(f"{gpghome.PREFIX}*")
                if int(home.name.removeprefix(gpghome.PREFIX).split("-")[0]) in dead]
        assert left == []


def test_sigterm_ends_cleanly_with_an_open_stream(prepared: Path) -> None:
    with running(prepared) as process, httpx.stream(
        "GET", process.address + "/api/stream?as=lead", timeout=10
    ) as stream:
        next(stream.iter_bytes())
        assert process.end() == 0


def test_another_master_key_stops_the_start_and_spoils_nothing(prepared: Path, tmp_path: Path) -> None:
    message = sealed(prepared, tmp_path, "Title: Twice\n\nIt was found twice.")
    with running(prepared, ("record", "after", 1)) as first:
        assert first.say("researcher", message)
        first.process.wait(timeout=PATIENCE)
    key = prepared / "master.key"
    right = key.read_text()
    key.write_text("00" * 32)
    refused = subprocess.run([sys.executable, "-m", "bot", "run", "--port", "0", "--data", str(prepared)], cwd=ROOT,
                             capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode == 1
    assert "not the key" in refused.stderr
    assert "Traceback" not in refused.stderr
    key.write_text(right)
    with running(prepared) as again:
        expect_one_of_each(again, prepared)
