"""The local platform: what the bot sees of the chat world, and the life of its web server.

Decides in which order messages reach the bot: those of one conversation one after another, each until it is
recorded. Leaves what a delivery does to `delivery.py` and the web to `server.py`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.platforms.local import delivery
from bot.platforms.local.acting import Listener
from bot.platforms.local.clock import WorldClock
from bot.platforms.local.guard import Guard
from bot.platforms.local.people import PEOPLE, Inhabitant
from bot.platforms.local.rows import Said
from bot.platforms.local.server import Api
from bot.platforms.local.stream import BEAT
from bot.platforms.local.world import World
from bot.platforms.port import Facts, Handle, Known, Limits, Mark, Outcome, Sending, nobody
from bot.platforms.serving import listening, serve
from commands.calls import FileRef, Incoming
from config.clock import Clock

log = logging.getLogger(__name__)

PAGES = Path(__file__).parent / "pages"
_BATCH = 100  # messages read at once
_AGAIN = 0.5  # seconds until a conversation is tried again that could not be recorded
_ELSEWHERE = 5.0  # seconds until the file is looked at again: what another process kept in it wakes nobody here


class Local:
    """The chat world as a platform of the bot."""

    name = "local"
    limits = Limits(patience=30.0)  # a person at the page waits for the answer itself

    def __init__(
        self,
        path: Path,
        *,
        people: Sequence[Inhabitant] = PEOPLE,
        host: str = "127.0.0.1",
        port: int = 0,
        system: Clock | None = None,
        home: Handle | None = None,
        moved: Callable[[], Awaitable[None]] | None = None,
        sent_limit: int = 8 * 1024 * 1024,
        pages: Path = PAGES,
        beat: float = BEAT,
    ) -> None:
        """`path` is the world's file, `port` 0 any free one, `sent_limit` the most bytes of a report as sent.

        `home` answers what is only looked at (without it `receive`'s handle does); `moved` starts what has
        become due when the clock was moved. Raises ValueError when `host` is no loopback address.
        """
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError("the local platform listens on this machine only")
        self.world = World(path, people=people, system=system)
        self.listener = Listener(home=home, moved=moved)
        self.caught_up = asyncio.Event()
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._most = sent_limit * 3 // 2 + 64 * 1024
        self._pages = pages
        self._beat = beat

    @property
    def clock(self) -> WorldClock:
        """The clock of the world; its offset is known once it is open."""
        return self.world.clock

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._port

    @property
    def address(self) -> str:
        """The address of the page."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def open(self) -> None:
        """Opens the world and takes the port; raises OSError when another program has it."""
        await self.world.open()
        try:
            self._socket = listening(self._host, self._port)
        except BaseException:
            await self.world.close()
            raise

    async def close(self) -> None:
        """Gives the port back and closes the world; may be called twice."""
        if self._socket is not None:
            self._socket.close()
        await self.world.close()

    async def serve(self, stop: asyncio.Event) -> None:
        """Answers page and API until `stop` is set; streams end at once, other answers within two seconds."""
        if self._socket is None:
            raise RuntimeError("the local platform is not open")
        ending = asyncio.Event()
        api = Api(
            self.world, self.listener, most=self._most, ending=ending, pages=self._pages, beat=self._beat
        )

        def end() -> None:
            ending.set()
            self.world.store.wake()

        await serve(Guard(api.app(), port=lambda: self.port), self._socket, stop, ending=end)

    async def receive(self, handle: Handle, mark: Mark, known: Known = nobody) -> None:
        """Gives each message to `handle` in order, first those newer than the marks; until cancelled."""
        self.listener.handle = handle
        reached: dict[str, int] = {}
        fresh: dict[str, None] = {}
        newest = 0
        loop = asyncio.get_running_loop()
        try:
            with self.world.store.watch() as woken:

                def again(conversation: str) -> None:
                    fresh[conversation] = None
                    woken.set()

                while True:
                    woken.clear()
                    newest, spoken = await self.world.spoken_since(newest)
                    fresh.update(dict.fromkeys(spoken))
                    while fresh:
                        conversation = next(iter(fresh))
                        del fresh[conversation]
                        try:
                            more = await self._hand_on(conversation, reached, handle, mark)
                        except Exception as fault:
                            # The message keeps its place: nothing said after it may reach the bot before it.
                            log.error(
                                "local message not recorded, trying again: kind=%s", type(fault).__name__
                            )
                            loop.call_later(_AGAIN, again, conversation)
                        else:
                            if more:
                                fresh[conversation] = None
                    self.caught_up.set()
                    with suppress(TimeoutError):  # wait_for would lose a cancellation that comes with the event
                        async with asyncio.timeout(_ELSEWHERE):
                            await woken.wait()
        finally:
            self.listener.handle = None

    async def _hand_on(self, conversation: str, reached: dict[str, int], handle: Handle, mark: Mark) -> bool:
        """Hand on what is new in one conversation; return whether there may be more."""
        if conversation not in reached:
            last = await mark(conversation)
            reached[conversation] = int(last) if last.isdigit() else 0
        found = await self.world.said_after(conversation, reached[conversation], _BATCH)
        for one in found:
            await handle(_incoming(one))
            reached[conversation] = one.id
        return len(found) == _BATCH

    async def deliver(self, sending: Sending) -> Outcome:
        """Performs one effect; the same key again changes nothing and has the same outcome."""
        now = self.clock.now()
        return await self.world.store.write(lambda base: delivery.perform(base, sending, now))

    async def fetch(self, file: FileRef, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit` + 1; raises FileNotFoundError when it is gone."""
        return await self.world.bytes_of(int(file.id), limit + 1)

    def site(self) -> None:
        """Return nothing: the page is for this machine and has a server of its own."""

    async def look(self, channel: str) -> Facts:
        """Return what is known of a channel."""
        return await self.world.store.read(lambda base: delivery.facts(base, channel))


def _incoming(one: Said) -> Incoming:
    return Incoming(
        platform="local",
        event=str(one.id),
        person=one.author,
        name=one.name,
        kind="message",
        place=one.kind,
        conversation=one.conversation,
        at=one.at,
        text=one.text,
        files=one.files,
    )
