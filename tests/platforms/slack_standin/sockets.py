"""Socket Mode: tickets, hello, envelopes to one open socket each, acknowledgements, disconnects, pings."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSMessage, WSMsgType, web

from tests.platforms.slack_standin.delivery import Attempt, Delivery, Tricks
from tests.platforms.slack_standin.things import APP

MOST = 10  # open sockets
TICKET = 30.0  # real seconds until an unused ticket is void
LIFE = 18_060  # what hello announces, in seconds


@dataclass(eq=False)
class _Socket:
    link: web.WebSocketResponse
    open: bool = True
    silent: bool = False
    waiting: dict[str, asyncio.Future[object]] = field(default_factory=dict)


class Sockets:
    """All open sockets of the app. Implements Carrier."""

    delays: tuple[float, ...] = (0.0, 0.0, 0.0)

    def __init__(self, tricks: Tricks, *, ack_seconds: float, life: float = LIFE, warning: float = 10.0) -> None:
        self.tricks = tricks
        self.ack_seconds = ack_seconds
        self.life = life
        self.warning = warning
        self.ping_seconds = 10.0
        self.opened = 0
        self.pings: list[str] = []
        self._tickets: dict[str, float] = {}
        self._sockets: list[_Socket] = []
        self._come = asyncio.Condition()
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def ticket(self, host: str) -> str:
        """The address of a socket that may be opened once, soon."""
        word = secrets.token_hex(16)
        self._tickets[word] = time.monotonic() + TICKET
        return f"ws://{host}/link/?ticket={word}&app_id={APP}"

    @property
    def count(self) -> int:
        """How many sockets take deliveries."""
        return sum(one.open for one in self._sockets)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket from its handshake to its end."""
        good_until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if good_until < time.monotonic():
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        link = web.WebSocketResponse(autoping=False, max_msg_size=0)
        await link.prepare(request)
        self.opened += 1
        if self.count >= MOST:
            await link.send_str(_disconnect("too_many_websockets"))
            await link.close()
            return link
        socket = _Socket(link)
        life = 360.0 if request.query.get("debug_reconnects") == "true" else self.life
        info = {"host": "standin", "build_number": 1, "approximate_connection_time": int(life)}
        await link.send_json({"type": "hello", "num_connections": self.count + 1, "debug_info": info,
                              "connection_info": {"app_id": APP}})
        self._sockets.append(socket)
        keeper = asyncio.create_task(self._keep(socket, life))
        async with self._come:
            self._come.notify_all()
        try:
            async for message in link:
                await self._heard(socket, message)
        finally:
            keeper.cancel()
            self._gone(socket)
        return link

    async def carry(self, delivery: Delivery, attempt: Attempt, *, answers: bool, waits: bool) -> None:
        """Send to one open socket and wait for its acknowledgement."""
        socket = await self._next(waits=waits)
        if socket is None:
            attempt.how = "connection_failed"
            return
        envelope = {"envelope_id": attempt.envelope, "type": delivery.kind, "payload": delivery.payload,
                    "accepts_response_payload": answers}
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt.retry, "retry_reason": attempt.reason}
        acked: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        socket.waiting[attempt.envelope] = acked
        attempt.at = time.monotonic()
        try:
            if not socket.silent:
                await socket.link.send_str(json.dumps(envelope))
            async with asyncio.timeout(self.ack_seconds):
                attempt.answer = await acked
            attempt.how, attempt.acked_at = "acked", time.monotonic()
            if not answers:
                attempt.answer = None
        except TimeoutError:
            attempt.how = "timeout"
        except (ConnectionError, RuntimeError):
            attempt.how = "closed"
            self._gone(socket)  # a dead link that nobody has noticed yet must not be chosen again
        finally:
            socket.waiting.pop(attempt.envelope, None)

    async def disconnect(self, reason: str) -> None:
        """Announce the end to every open socket and close it, after the warning time if it is a warning."""
        for socket in [one for one in self._sockets if one.open]:
            socket.open = False
            with suppress(ConnectionError):
                await socket.link.send_str(_disconnect(reason))
            self._later(self._close(socket, self.warning if reason == "warning" else 0.0))

    async def cut(self) -> None:
        """Close every socket without a word."""
        for socket in list(self._sockets):
            socket.open = False
            await self._close(socket, 0.0)

    def silence(self, on: bool) -> None:
        """Let every open socket fall silent: no envelope, no pong, no close."""
        for socket in self._sockets:
            socket.silent = on

    async def close(self) -> None:
        """Close everything, at the end of the stand-in."""
        for task in list(self._tasks):
            task.cancel()
        await self.cut()

    async def _next(self, *, waits: bool) -> _Socket | None:
        async with self._come:
            while waits and not self.count:
                await self._come.wait()
        ready = [one for one in self._sockets if one.open]
        self._turn += 1
        return ready[self._turn % len(ready)] if ready else None

    async def _heard(self, socket: _Socket, message: WSMessage) -> None:
        if message.type is WSMsgType.PING and not socket.silent:
            self.pings.append(bytes(message.data).decode(errors="replace"))
            await socket.link.pong(message.data)
        if message.type is not WSMsgType.TEXT or socket.silent:
            return
        try:
            said = json.loads(message.data)
        except ValueError:
            return
        name = str(said.get("envelope_id"))
        # The SDK answers over whichever socket it has at that moment, so the envelope may be one of another socket.
        for one in self._sockets:
            acked = one.waiting.get(name)
            if acked is not None and not acked.done():
                if self.tricks.drop_acks:
                    self.tricks.drop_acks -= 1
                else:
                    acked.set_result(said.get("payload"))

    async def _keep(self, socket: _Socket, life: float) -> None:
        """Ping the app, and end the socket when its time has come."""
        until = time.monotonic() + life
        while (left := until - time.monotonic() - self.warning) > 0:
            await asyncio.sleep(min(left, self.ping_seconds))
            if not socket.silent and not socket.link.closed:
                with suppress(ConnectionError):
                    await socket.link.ping(b"standin")
        with suppress(ConnectionError):
            await socket.link.send_str(_disconnect("warning"))
            await asyncio.sleep(self.warning)
            socket.open = False
            await socket.link.send_str(_disconnect("refresh_requested"))
            self._later(self._close(socket, 0.0))

    async def _close(self, socket: _Socket, after: float) -> None:
        await asyncio.sleep(after)
        with suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(socket.link.close(), 1.0)
        self._gone(socket)

    def _gone(self, socket: _Socket) -> None:
        socket.open = False
        if socket in self._sockets:
            self._sockets.remove(socket)
        for acked in socket.waiting.values():
            if not acked.done():
                acked.set_exception(ConnectionResetError())

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "standin"}})
