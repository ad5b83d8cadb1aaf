"""The bot without its engine, in a folder that is gone afterwards: the real commands and the real tick, at once and in order.

Decides how what was decided is performed: a direct message becomes a letter, everything else is silent. Nothing is durable and
nothing leaves this process. What people do is in `lives.py`, what is made of the letters in `findings.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event

from bot.ticking import Ticking
from commands import modules, people
from commands.calls import Incoming, Reply
from commands.desk import Desk, ProgramKey
from commands.dispatch import Answer, Dispatch
from commands.effects import DirectMessage, Emitted, Post, Refresh
from commands.intake.brought import Brought
from commands.intake.opening import Piece, look_at
from commands.registry import Registry
from config.clock import ManualClock
from config.program import Program
from config.settings import ROOT
from storage.blobs import Blobs
from storage.database import Database, Work
from storage.migrate import migrate
from storage.vault import Vault

PLATFORM = "local"
TEAM: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("triager-sec", ("triager", "security")), ("triager-ml", ("triager", "ml")), ("owner", ("owner",)), ("lead", ("lead", "legal", "privacy")),
    ("leadership", ("leadership",)), ("operator", ("admin",)),
)
_CLOSED = "dms_closed"


@dataclass(frozen=True, slots=True)
class Letter:
    """One direct message as the platform would have got it; one that could not be delivered reached nobody."""

    at: datetime
    account: str
    key: str
    text: str
    report: str = ""
    card: bool = False  # the researcher's living status, edited from then on
    delivered: bool = True


class House:
    """Everything that decides, with a clock that stands still until it is moved."""

    def __init__(self, database: Database, desk: Desk, blobs: Blobs, clock: ManualClock) -> None:
        """`database` is migrated and seeded."""
        self.database, self.desk, self.blobs, self.clock = database, desk, blobs, clock
        self.dispatch = Dispatch(desk)
        self.letters: list[Letter] = []
        self.posts: list[str] = []  # keys of what was said in channels; cards are silent
        self.refusals: list[tuple[str, str, str]] = []  # who, what, the refusal's code
        self.closed: set[str] = set()  # accounts that cannot be written to
        self._lost: dict[str, Emitted] = {}
        self._turn = asyncio.Lock()
        self._events = 0

    # -- what people do ----------------------------------------------------------------------------------------

    async def does(
        self, who: str, line: str, *, channel: str = "", kind: Literal["command", "press", "submit"] = "command", **values: str,
    ) -> Reply:
        """Run a command line of somebody, in a channel or in their direct message."""
        reply = await self._run(self._incoming(
            who, kind, place="channel" if channel else "dm", conversation=channel or f"dm-{who}", line=line,
            values=tuple(values.items())))
        if reply.form is not None and kind != "submit":  # people send a form as it is prefilled
            shown = {one.name: one.value for one in reply.form.fields}
            return await self.does(who, reply.form.id, channel=channel, kind="submit", **shown)
        if reply.code != "ok" or reply.form is not None:
            self.refusals.append((who, line, reply.code))
        return reply

    async def says(self, who: str, text: str) -> None:
        """Have somebody write to the bot."""
        step = look_at([Piece("typed", "", text.encode())], sent_limit=self.desk.program.intake.sent)
        incoming = self._incoming(who, "message", place="dm", conversation=f"dm-{who}", text=text)
        await self._run(incoming, Brought(text=text, step=step))

    def _incoming(self, who: str, kind: Any, **more: Any) -> Incoming:
        self._events += 1
        return Incoming(platform=PLATFORM, event=str(self._events), person=who, name=who, kind=kind, at=self.clock.now(), **more)

    # -- what the tick asks of an engine -----------------------------------------------------------------------

    async def ask(self, line: str, *, key: str) -> Reply:
        """Run what the clock asks for."""
        return await self._run(Incoming(platform="clock", event=key, person="", name="clock", kind="clock", place="clock",
                                        conversation="clock", at=self.clock.now(), line=line))

    async def keep_up(self) -> None:
        """Nothing is ever left behind here."""

    async def checkpoint(self) -> None:
        """There are no records to be emptied."""

    async def forget(self, *, prefix: str = "", ids: list[str] | None = None) -> int:
        """There are no records to be forgotten."""
        return 0

    async def forget_finished(self, before: datetime) -> int:
        """There are no records to be forgotten."""
        return 0

    # -- what follows ------------------------------------------------------------------------------------------

    async def _run(self, incoming: Incoming, brought: Brought | None = None) -> Reply:
        async with self._turn:  # in the order in which it was asked, so that the same seed gives the same month
            return await self._decide(incoming, brought)

    async def _decide(self, incoming: Incoming, brought: Brought | None = None) -> Reply:
        async with self.database.work(self.clock.now()) as work:
            answer = await self.dispatch.run(work, incoming, brought)
            await work.session.flush()
            follow = [line for one in answer.effects for line in await self._perform(work, one)]
            follow += await self._again(work, answer)
        for line in follow:
            await self._decide(self._clock(line))
        return answer.reply

    def _clock(self, line: str) -> Incoming:
        return Incoming(platform="clock", event=line, person="", name="clock", kind="clock", place="clock", conversation="clock",
                        at=self.clock.now(), line=line)

    async def _again(self, work: Work, answer: Answer) -> list[str]:
        """Try once more what could not be delivered and is to be tried again."""
        return [line for key, _ in answer.revived if (lost := self._lost.pop(key, None)) is not None
                for line in await self._perform(work, lost, revived=True)]

    async def _perform(self, work: Work, emitted: Emitted, *, revived: bool = False) -> list[str]:
        """Perform one effect and return what the clock is to be asked because of it, as the lanes do."""
        effect = emitted.effect
        row = await work.reports.delivery(effect.card if isinstance(effect, Refresh) else emitted.key)
        if row is None:
            return []
        person = effect.person if isinstance(effect, DirectMessage | Refresh) else ""
        delivered = person not in self.closed
        first = row.done_at is None
        if delivered:
            row.state, row.reason, row.done_at = "done", "", work.now
            if isinstance(effect, Refresh):
                row.version = max(row.version, effect.version)
        else:
            row.state, row.reason = "refused", _CLOSED
        if isinstance(effect, DirectMessage) or (person and first):
            text = words_of(effect) if isinstance(effect, DirectMessage) else ""
            self.letters.append(Letter(work.now, person, emitted.key, text, emitted.report, card=isinstance(effect, Refresh),
                                       delivered=delivered))
        if isinstance(effect, Post):
            self.posts.append(emitted.key)
        if not isinstance(effect, DirectMessage):
            return []
        then = [f"watch-card card={effect.then}"] if effect.then else []
        if not delivered:
            self._lost[emitted.key] = emitted
            return [f"watch-undelivered key={emitted.key} reason={_CLOSED}", *then]
        handle = self.desk.vault.blind("account", f"{effect.platform}|{effect.person}")
        reached = f" handle={handle}" if await work.people.unreachable(handle) else ""
        return [*([f"watch-delivered key={emitted.key}{reached}"] if revived or reached else []), *then]


def words_of(effect: DirectMessage) -> str:
    """Return the words of a direct message: its text and the lines of its card."""
    card = effect.body.card
    return "\n".join([effect.body.text.plain(), *((one.plain() for one in card.lines) if card is not None else ())])


@asynccontextmanager
async def opened(program: Program, folder: Path, start: datetime) -> AsyncIterator[tuple[House, Ticking]]:
    """Put a house together in a folder: a database of its own, a key of its own, and the team that everybody has."""
    database = Database(f"sqlite:///{folder / 'simulation.sqlite'}")
    event.listen(database.engine.sync_engine, "connect", _careless)
    try:
        vault = Vault.from_setting(Vault.make_master_key())
        await migrate(database)
        async with database.work(start) as work:
            await people.seed(work, vault, [(name, name, roles) for name, roles in TEAM], admin=None)
        desk = Desk(program=program, vault=vault, key=ProgramKey("0" * 40, "", None), registry=Registry.of(modules()),
                    policy=(ROOT / "config" / "policy.md").read_text(encoding="utf-8"), triage_platform=PLATFORM,
                    platforms=(PLATFORM,), intake=(PLATFORM,))
        house = House(database, desk, Blobs(folder / "blobs", vault), ManualClock(start))
        for area in program.scope:
            await house.does("owner", f"program accept-deadlines {area.id}")
        yield house, Ticking(house, desk, data=folder)
    finally:
        await database.close()


def _careless(connection: Any, _record: Any) -> None:
    """Leave out the waits for the disk: all of this is thrown away."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
