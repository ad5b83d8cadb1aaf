"""The real application on the local platform, driven through its JSON API, with a clock that is moved by hand.

Everything is real: SQLite files, a gpg home, the durable engine, HTTP on loopback. Only time stands still until a test
moves it. A world is copied from a template that was started once, so that queues run and keys exist at once.
"""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot import app as app_
from config import settings as settings_
from config.clock import ManualClock
from config.policy import buy_in
from config.policy.states import Role
from config.program import DEMO, Program
from config.program import load as load_program
from storage import gpghome
from storage.database import Work
from tests import pgp, queues

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # a working day, before the opening at 09:00
_PATIENCE = 60.0  # seconds that a message may take, ten times what the slowest needs
STAFF = ("triager-sec", "triager-ml", "owner", "lead", "leadership", "admin")

_template: Path | None = None
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading the authorities takes time, and nothing here speaks TLS


@dataclass
class Answer:
    """What the API answered: the HTTP status and the reply."""

    status: int
    data: dict[str, Any]

    @property
    def reply(self) -> dict[str, Any]:
        """The reply of a command."""
        return dict(self.data.get("reply") or {})

    @property
    def code(self) -> str:
        """The reply's stable word, or that of the API's refusal."""
        return str(self.reply.get("code") or self.data.get("error", {}).get("code", ""))

    @property
    def text(self) -> str:
        """The reply's words."""
        return str(self.reply.get("text") or "")

    @property
    def form(self) -> dict[str, Any]:
        """The form that the reply opened."""
        return dict(self.reply.get("form") or {})


@dataclass
class Someone:
    """One person of the local world."""

    world: World
    id: str

    async def says(self, text: str, *, where: str = "dm", files: dict[str, bytes] | None = None, settle: bool = True) -> int:
        """Say something and wait until it was handled; returns the event."""
        sent = [{"name": name, "content_base64": base64.b64encode(data).decode()} for name, data in (files or {}).items()]
        found = await self.world.post("/api/say", {"as": self.id, "where": where, "text": text, "files": sent})
        assert found.status == 202, found
        if settle:
            conversation = f"dm-{self.id}" if where == "dm" else where
            await self.world.handled(conversation, int(found.data["event"]))
            await self.world.settled()
        return int(found.data["event"])

    async def runs(self, line: str, where: str = "dm") -> Answer:
        """Run a command line, with or without its /vdp."""
        full = line if line.startswith("/vdp") else f"/vdp {line}"
        return await self._act("/api/run", {"where": where, "line": full})

    async def presses(self, button: str, where: str = "dm") -> Answer:
        """Press the newest button whose id begins like this, or whose label is this."""
        for message in reversed(await self.messages(where)):
            for one in buttons_of(message):
                if one["id"].startswith(button) or one["label"] == button:
                    return await self._act("/api/press", {"message": message["id"], "button": one["id"]})
        raise AssertionError(f"{self.id} sees no button {button!r} in {where}")

    async def submits(self, form: dict[str, Any] | str, values: dict[str, Any]) -> Answer:
        """Send a form."""
        return await self._act("/api/submit", {"form": form if isinstance(form, str) else form["id"], "values": values})

    async def _act(self, path: str, body: dict[str, Any]) -> Answer:
        found = await self.world.post(path, {"as": self.id, **body})
        await self.world.settled()
        return found

    async def messages(self, where: str = "dm") -> list[dict[str, Any]]:
        """Everything that can be read in a conversation."""
        conversation = f"dm-{self.id}" if where == "dm" else where
        found = await self.world.get(f"/api/conversations/{conversation}/messages", {"as": self.id})
        assert found.status == 200, found
        return list(found.data)  # type: ignore[arg-type]

    async def bot_texts(self, where: str = "dm") -> list[str]:
        """What the bot said in a conversation, as words."""
        return [words_of(one) for one in await self.messages(where) if one["author"] == "bot"]

    async def last(self, where: str = "dm") -> str:
        """The newest words of the bot in a conversation."""
        texts = await self.bot_texts(where)
        return texts[-1] if texts else ""

    async def conversations(self) -> list[dict[str, Any]]:
        """The conversations they can see."""
        found = await self.world.get("/api/conversations", {"as": self.id})
        return list(found.data)  # type: ignore[arg-type]

    async def sends_report(self, text: str = "It tells people how to do harm.", **facts: str) -> str:
        """Send an encrypted report and return its id."""
        head = "".join(f"{key.replace('_', ' ').capitalize()}: {value}\n" for key, value in facts.items())
        before = {one["card"]["report"] for one in await self.messages() if one.get("card")}
        await self.says(self.world.encrypted(head + ("\n" if head else "") + text))
        for message in await self.messages():
            card = message.get("card")
            if card and card["report"] not in before:
                return str(card["report"])
        raise AssertionError(f"no receipt: {await self.last()}")


def buttons_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Every button of a message, those of its card first."""
    card = message.get("card") or {}
    return [*card.get("buttons", []), *message.get("buttons", [])]


def words_of(message: dict[str, Any]) -> str:
    """All words of a message: text, card and folded text."""
    parts = [message.get("text") or ""]
    card = message.get("card")
    if card:
        parts += [card["report"], card["title"], card["level"], card["state"], *card["lines"], card["next"], card["next_by"]]
        parts += [f"{one['label']}: {one['text']}" for one in card["fields"]]
    if message.get("folded"):
        parts.append(message["folded"]["text"])
    if message.get("voice"):
        parts += [message["voice"]["name"], message["voice"]["label"], message["voice"]["state"]]
    return "\n".join(part for part in parts if part)


@dataclass
class World:
    """The running application and everybody in it."""

    app: app_.App
    client: httpx.AsyncClient
    clock: ManualClock
    data: Path
    sender: Path  # gpg home of whoever encrypts to us
    fingerprint: str = ""
    tasks: tuple[asyncio.Task[None], ...] = ()  # what serves and listens
    _people: dict[str, Someone] = field(default_factory=dict)

    def __getitem__(self, person: str) -> Someone:
        return self._people.setdefault(person, Someone(self, person))

    def __getattr__(self, name: str) -> Someone:
        known = {"researcher", "researcher_2", "triager_sec", "triager_ml", "owner", "lead", "leadership", "admin"}
        if name not in known:
            raise AttributeError(name)
        return self[name.replace("_", "-")]

    async def post(self, path: str, body: dict[str, Any]) -> Answer:
        """POST to the API."""
        found = await self.client.post(path, json=body)
        return Answer(found.status_code, found.json())

    async def get(self, path: str, query: dict[str, str] | None = None) -> Answer:
        """GET from the API."""
        found = await self.client.get(path, params=query or {})
        return Answer(found.status_code, found.json())

    async def handled(self, conversation: str, event: int) -> None:
        """Wait until what was said was handled; raises TimeoutError after a minute, RuntimeError once nobody listens.

        What the engine gave up is done and leaves no mark: without an end this would wait for it for ever.
        """
        end = asyncio.get_running_loop().time() + _PATIENCE
        while int(await self.app.engine.mark("local", conversation) or 0) < event:
            for one in self.tasks:
                if one.done():
                    raise RuntimeError("nobody listens to the local platform any more") from (None if one.cancelled() else one.exception())
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError(f"message {event} of {conversation} was not handled; still at work: {await self.app.engine.unfinished()}")
            await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Wait until everything that was started is done."""
        await queues.settled(self.app.engine)

    async def passes(self, text: str = "", **length: float) -> None:
        """Let time pass, such as `hours=25` or "25h"; what became due has happened afterwards."""
        by = timedelta(**length) if length else None
        if by is not None:
            body = {"to": (await self.now() + by).isoformat()}
        else:
            body = {"advance": text}
        found = await self.post("/api/clock", body)
        assert found.status == 200, found
        await self.settled()

    async def until(self, instant: datetime) -> None:
        """Let time pass until an instant."""
        found = await self.post("/api/clock", {"to": instant.isoformat()})
        assert found.status == 200, found
        await self.settled()

    async def now(self) -> datetime:
        """The time in this world."""
        return datetime.fromisoformat((await self.get("/api/clock")).data["now"])

    def encrypted(self, text: str | bytes) -> str:
        """Return text encrypted to the programme's key, armored."""
        data = text.encode() if isinstance(text, str) else text
        return pgp.run_gpg(self.sender, "--armor", "--recipient", self.fingerprint, "--encrypt", data=data).decode()

    def channel(self, report: str) -> str:
        """Return the channel of a report."""
        return f"triage-{report.lower()}"

    async def card(self, report: str, person: str = "lead") -> dict[str, Any]:
        """Return the case card of a report as it stands now."""
        for message in await self[person].messages(self.channel(report)):
            if message.get("card") and message["card"]["report"] == report:
                return dict(message["card"])
        raise AssertionError(f"no card of {report}")


def _program(**changes: Any) -> Program:
    from dataclasses import replace

    return replace(load_program(DEMO), **changes)


async def _make_template(folder: Path) -> None:
    """Start once on an empty folder, so that later worlds find queues, keys and tables."""
    found = settings_.load(data=folder)
    async with app_.opened(found, port=0, system=ManualClock(MONDAY), poll=0.02) as app, app.database.work(MONDAY) as work:
        await accept_deadlines(work, app.program)


async def accept_deadlines(work: Work, program: Program) -> None:
    """Have an owner answer for every product area, so that a world begins without open questions of the house."""
    for owner in (await work.people.with_role(Role.OWNER))[:1]:
        for area in program.scope:
            await work.ledger.write("buy_in", person=owner.id, data={"area": area.id, "lengths": buy_in.digest(program)})


async def template_folder() -> Path:
    """Return a data folder that was started once; made on first use in this process."""
    global _template  # noqa: PLW0603
    if _template is None:
        folder = Path(tempfile.mkdtemp(prefix="hl-template-"))
        await _make_template(folder)
        (folder / "running").unlink(missing_ok=True)
        _template = folder
    return _template


@asynccontextmanager
async def world(
    folder: Path, *, start: datetime = MONDAY, database: str | None = None, rate: float = 1.0, **changes: Any
) -> AsyncIterator[World]:
    """Open a world in a folder; `changes` are fields of the programme that differ from the demo's.

    `rate` makes real waits shorter: at 100 a retry after 10 seconds comes after a tenth.
    """
    data = folder / "data"
    if not data.exists():
        shutil.copytree(await template_folder(), data)
    clock = ManualClock(start, rate)
    settings = settings_.load(data=data, database_url=database)
    async with app_.opened(settings, port=0, system=clock, poll=0.02, program=_program(**changes)) as app:
        stop = asyncio.Event()
        tasks = [
            asyncio.create_task(app.local.serve(stop)),
            asyncio.create_task(app.local.receive(app.engine.receive, lambda c: app.engine.mark("local", c))),
        ]
        sender = folder / "sender"
        sender.mkdir(mode=0o700, exist_ok=True)
        pgp.run_gpg(sender, "--import", data=app.desk.key.armored.encode())
        async with httpx.AsyncClient(base_url=app.local.address, timeout=60, verify=PLAIN) as client:
            try:
                yield World(app, client, clock, data, sender, app.desk.key.fingerprint, tuple(tasks))
            finally:
                stop.set()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                gpghome.end_processes(sender)


REPORT_ID = re.compile(r"AIV-[0-9A-HJKMNP-TV-Z]{5}")
