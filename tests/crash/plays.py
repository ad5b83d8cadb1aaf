"""What happens in the crash tests, and how it must end: each play once through, whatever died on the way.

A play is what people do. Its outcome is what can be seen afterwards, without the parts that differ from run to run. The
outcome after crashes must be that of a run without any.
"""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from storage import gpghome
from storage.database import Database
from storage.ledger import verify
from tests.process import Bot, Template, until

TEXT = "Title: Persona prompt\n\nIt gives persona prompts what they ask for."
ANSWER = "Thank you. Which account did you use?"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"picture" * 50).decode()
_CHANGING = (
    (re.compile(r"AIV-[0-9A-Z]{5}", re.IGNORECASE), "AIV-XXXXX"),
    (re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b|\b\d{16}\b"), "RECEIPT"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2} \d{4}(, \d\d:\d\d(:\d\d)?( UTC)?)?"), "WHEN"),
    (re.compile(r"\bdelivered \d\d:\d\d\b"), "delivered TIME"),
    (re.compile(r"\b[a-z]+-[a-z]+\b(?=,| |$|;|\))"), "PSEUDONYM"),
)

Play = Callable[[Bot, Template], None]


def single(bot: Bot, template: Template) -> None:
    """Send a report in one message."""
    _say(bot, 1, template.encrypted(TEXT))


def split(bot: Bot, template: Template) -> None:
    """Send a report in three messages."""
    lines = template.encrypted(TEXT).splitlines(keepends=True)
    for number, part in enumerate((lines[:4], lines[4:6], lines[6:]), 1):
        _say(bot, number, "".join(part))


def in_a_file(bot: Bot, template: Template) -> None:
    """Send a report as a file."""
    content = base64.b64encode(template.encrypted(TEXT).encode()).decode()
    _say(bot, 1, files={"report.asc": content})


def _say(bot: Bot, number: int, text: str = "", *, files: dict[str, str] | None = None) -> None:
    """Say something unless as many messages stand there: people see what they have said, and do not say it again."""
    if sum(one["author"] == "researcher" for one in bot.messages("researcher")) < number:
        assert bot.say("researcher", text, files=files)["status"] == 202


def reply(bot: Bot, _template: Template) -> None:
    """Answer the researcher from the channel."""
    where = bot.channels()[0]
    asked = bot.post("/api/run", who="triager-sec", where=where, line=f"/vdp reply {ANSWER}")
    bot.post("/api/submit", who="triager-sec", form=asked["reply"]["form"]["id"], values={"text": ANSWER})


def picture(bot: Bot, _template: Template) -> None:
    """Send a picture that belongs to the report, and press the button that says so."""
    _say(bot, 2, "Here is what it looks like.", files={"screen.png": PICTURE})

    def offered() -> tuple[str, str] | None:
        for one in bot.messages("researcher"):
            for button in one.get("buttons", []):
                if button["id"].startswith("me add-files"):
                    return one["id"], button["id"]
        return None

    message, button = until(offered, what="the button that adds a file")
    bot.settled()
    bot.post("/api/press", who="researcher", message=message, button=button)


def unsent(bot: Bot, template: Template) -> None:
    """Answer the researcher from the channel, and take it back."""
    reply(bot, template)
    bot.settled()
    taken = bot.post("/api/run", who="triager-sec", where=bot.channels()[0], line="/vdp unsend")
    assert taken["reply"]["code"] == "ok"


AFTER_A_REPORT = {reply, picture, unsent}


@dataclass(frozen=True)
class Outcome:
    """What can be seen: how often each text stands on each side, the records, and whether the chain holds."""

    researcher: Counter[str]
    channel: Counter[str]
    files: Counter[str]
    channels: int
    reports: int
    entries: Counter[str]
    undone: tuple[str, ...]
    chain: tuple[str, ...] = ()


def seen(bot: Bot) -> Outcome:
    """Wait until everything is done and return what can be seen; the process is killed afterwards."""
    until(bot.channels, what="a channel")
    bot.settled()
    channels = bot.channels()
    both = [*bot.messages("researcher"), *(one for name in channels for one in bot.messages("lead", name))]
    found = Outcome(
        researcher=Counter(map(steady, bot.texts("researcher"))),
        channel=Counter(steady(text) for name in channels for text in bot.texts("lead", name)),
        files=Counter(file["name"] for one in both for file in one["files"]),
        channels=len(channels),
        **_kept(bot.data),
    )
    bot.kill()
    return found


def steady(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return text


def _kept(data: Path) -> dict[str, Any]:
    with sqlite3.connect(f"file:{data}/harborlight.sqlite?mode=ro", uri=True, timeout=10) as base:
        reports = base.execute("SELECT count(*) FROM report").fetchone()[0]
        entries = Counter(kind for (kind,) in base.execute("SELECT kind FROM entry"))
        undone = tuple(key for (key,) in base.execute("SELECT key FROM delivery WHERE state NOT IN ('done', 'unsent')"))
    return {"reports": reports, "entries": entries, "undone": undone, "chain": asyncio.run(_breaks(data))}


async def _breaks(data: Path) -> tuple[str, ...]:
    database = Database(f"sqlite:///{data}/harborlight.sqlite")
    async with database.read(datetime(2026, 1, 1, tzinfo=UTC)) as work:
        entries = [entry async for entry in work.ledger.entries()]
    await database.close()
    return tuple(fault.what for fault in verify(entries))


def left_over(pid: int) -> list[str]:
    """Return the gpg homes and processes that a dead process left."""
    homes = [home for root in gpghome.roots() for home in root.glob(f"{gpghome.PREFIX}{pid}-*")]
    running = [
        entry.name for entry in Path("/proc").glob("[0-9]*")
        if f"{gpghome.PREFIX}{pid}-".encode() in _command(entry)
    ]
    return [*map(str, homes), *running]


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def quietly(act: Callable[[], object]) -> None:
    """Do something to a process that may die while it answers."""
    try:
        act()
    except (httpx.TransportError, KeyError, AssertionError):
        return


@dataclass
class References:
    """The outcome of each play without a crash, and a template with a report in it."""

    template: Template
    folder: Path
    _found: dict[str, Outcome] = field(default_factory=dict)
    _reported: Template | None = None

    def of(self, play: Play) -> Outcome:
        """Return how a play ends."""
        if play.__name__ not in self._found:
            bot = Bot(self.start_of(play).copied(self._new(play.__name__))).start()
            play(bot, self.template)
            self._found[play.__name__] = seen(bot)
        return self._found[play.__name__]

    def start_of(self, play: Play) -> Template:
        """Return the folder that a play begins on."""
        if play not in AFTER_A_REPORT:
            return self.template
        if self._reported is None:
            bot = Bot(self.template.copied(self._new("reported"))).start()
            single(bot, self.template)
            until(bot.channels, what="a channel")
            bot.settled()
            bot.stop()
            self._reported = Template(bot.data, self.template.sender, self.template.fingerprint)
        return self._reported

    def _new(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder
