"""The bot as a process of its own, driven over its JSON API, killed and started again.

The process leads a group of its own, so that a kill takes everything with it that it started and did not set free.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bot import app as app_
from config import settings as settings_
from storage import gpghome
from tests import pgp
from tests.nursery import Born, born
from tests.world import words_of

PATIENCE = 30.0  # seconds until a test gives up waiting for a real process
T = TypeVar("T")


def until(ask: Callable[[], T | None], *, what: str, most: float = PATIENCE) -> T:
    """Return what `ask` finds once it finds something; AssertionError naming `what` when it never does."""
    end = time.monotonic() + most
    while True:
        try:
            found = ask()
        except httpx.TransportError:
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.03)


@dataclass
class Bot:
    """One process on a data folder. `crash` names where it ends itself (`tests/crash/runner.py`)."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)
    process: Born | None = None
    address: str = ""

    def start(self, crash: str = "") -> Bot:
        """Start it and wait until it answers."""
        self.process = self._born("run", "--port", "0", crash=crash)
        first = self.process.stdout.readline()
        self.address = first.removeprefix("local:").strip()
        if not self.address:
            self.died()
        return self

    def _born(self, *arguments: str, crash: str = "") -> Born:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HARBORLIGHT", "DATABASE_URL", "DYNO"))}  # noqa: TID251
        with (self.data.parent / "log").open("a") as log:
            return born([*arguments, "--data", str(self.data)], env=kept | self.env, stderr=log.fileno(), crash=crash)

    def runs(self, *arguments: str) -> tuple[int, str]:
        """Run another command on its folder; returns the exit code and what it printed."""
        one = self._born(*arguments)
        said = one.stdout.read()
        return one.wait(PATIENCE), said

    @property
    def log(self) -> str:
        """Everything it ever wrote to standard error."""
        return (self.data.parent / "log").read_text()

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        assert self.process is not None
        return self.process.pid

    def died(self) -> int:
        """Wait until it has ended, take the rest of its group along, and return its exit code."""
        assert self.process is not None
        code = self.process.wait(PATIENCE)
        self._end_group()
        return code

    def kill(self) -> None:
        """Kill the whole group at once."""
        assert self.process is not None
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def freeze(self) -> None:
        """Have it stand still where it is: it lives and keeps what it holds, but does nothing until it is thawed."""
        assert self.process is not None
        os.kill(self.pid, signal.SIGSTOP)
        until(self.process.stopped, what="the end of every movement")

    def thaw(self) -> None:
        """Have it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end, and return its exit code; TimeoutExpired when that takes more than 5 seconds."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(5)
        finally:
            self._end_group()

    def _end_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    # -- the API -----------------------------------------------------------------------------------------------

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to the API; `who` becomes `as`. Returns the answer with its status."""
        body = {("as" if name == "who" else name): value for name, value in body.items()}
        found = httpx.post(self.address + path, json=body, timeout=60)
        return {"status": found.status_code, **found.json()}

    def get(self, path: str, **query: str) -> Any:
        """GET from the API; `who` becomes `as`."""
        query = {("as" if name == "who" else name): value for name, value in query.items()}
        return httpx.get(self.address + path, params=query, timeout=60).json()

    def say(self, who: str, text: str = "", *, where: str = "dm", files: dict[str, str] | None = None) -> dict[str, Any]:
        """Say something; returns the answer."""
        sent = [{"name": name, "content_base64": data} for name, data in (files or {}).items()]
        return self.post("/api/say", who=who, where=where, text=text, files=sent)

    def messages(self, who: str, where: str = "dm") -> list[dict[str, Any]]:
        """What can be read in a conversation; nothing when it is not there."""
        found = self.get(f"/api/conversations/{f'dm-{who}' if where == 'dm' else where}/messages", who=who)
        return found if isinstance(found, list) else []

    def texts(self, who: str, where: str = "dm") -> list[str]:
        """The words of everything the bot said in a conversation."""
        return [words_of(one) for one in self.messages(who, where) if one["author"] == "bot"]

    def channels(self, who: str = "lead") -> list[str]:
        """The triage channels that somebody sees."""
        return [one["id"] for one in self.get("/api/conversations", who=who) if one["id"].startswith("triage-")]

    def settled(self) -> None:
        """Wait until every record of the durable engine is finished (SQLite only)."""
        def done() -> bool:
            with sqlite3.connect(f"file:{self.data}/engine.sqlite?mode=ro", uri=True, timeout=10) as base:
                left = base.execute("SELECT count(*) FROM workflow_status WHERE status IN"
                                    " ('PENDING', 'ENQUEUED', 'DELAYED')").fetchone()[0]
            return bool(left == 0)

        until(done, what="the end of every record")


@dataclass(frozen=True)
class Template:
    """A data folder that was started once, and a gpg home that can encrypt to its programme."""

    data: Path
    sender: Path
    fingerprint: str
    _made: dict[str, str] = field(default_factory=dict)

    def copied(self, folder: Path) -> Path:
        """Copy the data folder into a test's own."""
        return Path(shutil.copytree(self.data, folder / "data"))

    def encrypted(self, text: str) -> str:
        """Return text encrypted to the programme, armored; the same for the same text."""
        if text not in self._made:
            made = pgp.run_gpg(self.sender, "--armor", "--recipient", self.fingerprint, "--encrypt", data=text.encode())
            self._made[text] = made.decode()
        return self._made[text]


async def make_template(folder: Path) -> Template:
    """Start the bot once in this process on an empty folder, on the real clock."""
    data, sender = folder / "data", folder / "sender"
    sender.mkdir(mode=0o700)
    async with app_.opened(settings_.load(data=data), port=0) as app:
        pgp.run_gpg(sender, "--import", data=app.desk.key.armored.encode())
        fingerprint = app.desk.key.fingerprint
    gpghome.end_processes(sender)
    return Template(data, sender, fingerprint)


def report_in(texts: list[str]) -> str:
    """Return the only report id that is named in these texts."""
    found = {one for text in texts for one in re.findall(r"AIV-[0-9A-HJKMNP-TV-Z]{5}", text)}
    assert len(found) == 1, found
    return found.pop()
